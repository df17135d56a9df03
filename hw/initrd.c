/*
 * Initial ramdisks: refused here if Linux could only panic over them. Linux takes cpio archives,
 * plain or compressed (several in a row), and old-style file system images.
 */
#include "hw/loader.h"

#include <string.h>
#include <zlib.h>

static bool has(const Blob *f, size_t offset, const void *bytes, size_t len)
{
    return f->size >= offset + len && memcmp(f->data + offset, bytes, len) == 0;
}

char *gzip_expand(const Blob *f, uint64_t max, GByteArray *out)
{
    enum { CHUNK = 256 * 1024 };
    uint8_t *chunk = g_malloc(CHUNK);
    z_stream z = {.next_in = (Bytef *)f->data};
    uint64_t left = f->size, total = 0;
    char *err = NULL;
    int rc = Z_OK;

    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) {
        g_free(chunk);
        return g_strdup_printf("%s: out of memory", f->name);
    }
    while (rc != Z_STREAM_END && !err) {
        if (z.avail_in == 0 && left) {
            z.avail_in = MIN(left, UINT32_MAX);
            left -= z.avail_in;
        }
        z.next_out = chunk;
        z.avail_out = CHUNK;
        rc = inflate(&z, Z_NO_FLUSH);
        total += CHUNK - z.avail_out;
        if (rc == Z_BUF_ERROR || (rc == Z_OK && z.avail_in == 0 && left == 0 && z.avail_out)) {
            err = g_strdup_printf("%s: truncated gzip file", f->name);
        } else if (rc != Z_OK && rc != Z_STREAM_END) {
            err = g_strdup_printf("%s: damaged gzip file", f->name);
        } else if (total > max) {
            g_autofree char *ram = size_text(max);

            err = g_strdup_printf("%s: too large when unpacked: RAM is %s", f->name, ram);
        } else if (out) {
            g_byte_array_append(out, chunk, CHUNK - z.avail_out);
        }
    }
    inflateEnd(&z);
    g_free(chunk);
    return err;
}

/* Field n of a newc header: 8 hex digits; false if they are not. */
static bool cpio_field(const uint8_t *hdr, unsigned n, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < 8; i++) {
        int digit = g_ascii_xdigit_value(hdr[6 + 8 * n + i]);

        if (digit < 0) {
            return false;
        }
        *value = *value << 4 | (unsigned)digit;
    }
    return true;
}

/* Walks an archive (initramfs buffer format, newc) to its trailer. */
static char *cpio_check(const Blob *f)
{
    enum { HEADER = 110, FILESIZE = 6, NAMESIZE = 11 };
    uint64_t pos = 0;

    while (pos + HEADER <= f->size) {
        const uint8_t *hdr = f->data + pos;
        uint64_t filesize, namesize;

        if ((memcmp(hdr, "070701", 6) != 0 && memcmp(hdr, "070702", 6) != 0) ||
            !cpio_field(hdr, FILESIZE, &filesize) || !cpio_field(hdr, NAMESIZE, &namesize)) {
            return g_strdup_printf("%s: damaged cpio archive", f->name);
        }
        if (namesize == 11 && has(f, pos + HEADER, "TRAILER!!!", 10)) {
            return NULL;
        }
        pos += (HEADER + namesize + 3) & ~UINT64_C(3);
        pos += (filesize + 3) & ~UINT64_C(3);
    }
    return g_strdup_printf("%s: truncated cpio archive", f->name);
}

/* The footer of an xz stream ends in "YZ" and may be padded with zeros. */
static char *xz_check(const Blob *f)
{
    size_t end = f->size;

    while (end > 0 && f->data[end - 1] == 0) {
        end--;
    }
    if (end < 12 || memcmp(f->data + end - 2, "YZ", 2) != 0) {
        return g_strdup_printf("%s: truncated xz file", f->name);
    }
    return NULL;
}

char *initrd_check(const Blob *f)
{
    static const struct {
        unsigned offset;
        const char *magic;
    } taken_as_is[] = {
        {0, "BZh"},          {0, "\x5d\x00\x00"},     {0, "\x89LZO"},
        {0, "\x02\x21\x4c"}, {0, "\x28\xb5\x2f\xfd"}, {0, "\x04\x22\x4d\x18"},
        {0, "hsqs"},         {0, "\x45\x3d\xcd\x28"}, {0, "-rom1fs-"},
        {0x438, "\x53\xef"},
    };

    if (f->size == 0) {
        return g_strdup_printf("%s: is empty", f->name);
    }
    if (has(f, 0, "\x1f\x8b", 2)) {
        return gzip_expand(f, UINT64_MAX, NULL);
    }
    if (has(f, 0,
            "\xfd"
            "7zXZ",
            5)) {
        return xz_check(f);
    }
    if (has(f, 0, "070701", 6) || has(f, 0, "070702", 6)) {
        return cpio_check(f);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(taken_as_is); i++) {
        size_t len = MAX(strlen(taken_as_is[i].magic), 2);

        if (has(f, taken_as_is[i].offset, taken_as_is[i].magic, len)) {
            return NULL;
        }
    }
    return g_strdup_printf(
        "%s: not an initial ramdisk (neither a cpio archive, nor compressed, nor "
        "a file system image)",
        f->name);
}
