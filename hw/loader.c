/* Kernels and firmware. See loader.h. */
#include "hw/loader.h"

#include <string.h>

static uint16_t ld16(const uint8_t *p)
{
    return p[0] | p[1] << 8;
}

static uint32_t ld32(const uint8_t *p)
{
    return ld16(p) | (uint32_t)ld16(p + 2) << 16;
}

static uint64_t ld64(const uint8_t *p)
{
    return ld32(p) | (uint64_t)ld32(p + 4) << 32;
}

static bool has(const Blob *f, size_t offset, const void *bytes, size_t len)
{
    return f->size >= offset + len && memcmp(f->data + offset, bytes, len) == 0;
}

char *size_text(uint64_t bytes)
{
    if (bytes < 10240) {
        return g_strdup_printf("%u bytes", (unsigned)bytes);
    }
    if (bytes < 10 << 20) {
        return g_strdup_printf("%u KiB", (unsigned)(bytes >> 10));
    }
    return g_strdup_printf("%" G_GINT64_MODIFIER "u MiB", bytes >> 20);
}

/* Adds a segment, checking that it lies in RAM. */
static char *add_segment(const Blob *file, const LoadTarget *to, LoadedImage *out, uint64_t addr,
                         const uint8_t *data, uint64_t size, uint64_t memsz)
{
    if (addr < to->ram_base || addr - to->ram_base > to->ram_size ||
        memsz > to->ram_size - (addr - to->ram_base)) {
        g_autofree char *need = size_text(memsz);
        g_autofree char *ram = size_text(to->ram_size);

        return g_strdup_printf("%s: does not fit in RAM: needs %s at 0x%" G_GINT64_MODIFIER
                               "x, RAM is %s at 0x%" G_GINT64_MODIFIER "x",
                               file->name, need, addr, ram, to->ram_base);
    }
    if (out->nb_seg == LOADER_MAX_SEGMENTS) {
        return g_strdup_printf("%s: more than %d loadable segments", file->name,
                               LOADER_MAX_SEGMENTS);
    }
    out->seg[out->nb_seg] = (LoadSegment){addr, data, size, memsz - size};
    out->lo = out->nb_seg ? MIN(out->lo, addr) : addr;
    out->hi = MAX(out->hi, addr + memsz);
    out->nb_seg++;
    return NULL;
}

/* ---- ELF (System V gABI, chapters 4 and 5) ---- */

enum { ET_EXEC = 2, EM_RISCV = 243, PT_LOAD = 1, EHDR = 64, PHDR = 56 };

static const char *machine_name(unsigned machine)
{
    switch (machine) {
    case 3: return "x86 (32-bit)";
    case 8: return "MIPS";
    case 20: return "PowerPC";
    case 21: return "PowerPC64";
    case 22: return "S/390";
    case 40: return "Arm (32-bit)";
    case 62: return "x86-64";
    case 183: return "arm64";
    case 258: return "LoongArch";
    }
    return "another machine";
}

static char *check_elf_header(const Blob *f)
{
    const uint8_t *d = f->data;
    unsigned machine;

    if (f->size < 20) {
        return g_strdup_printf("%s: truncated ELF file", f->name);
    }
    machine = d[5] == 2 ? d[18] << 8 | d[19] : ld16(d + 18);
    if (machine != EM_RISCV) {
        return g_strdup_printf("%s: is an ELF file for %s, not for RISC-V", f->name,
                               machine_name(machine));
    }
    if (d[4] != 2) {
        return g_strdup_printf("%s: is a 32-bit ELF file, the machine is 64-bit", f->name);
    }
    if (d[5] != 1) {
        return g_strdup_printf("%s: is a big-endian ELF file, the machine is little-endian",
                               f->name);
    }
    if (f->size < EHDR) {
        return g_strdup_printf("%s: truncated ELF file", f->name);
    }
    if (ld16(d + 16) != ET_EXEC) {
        return g_strdup_printf("%s: is an ELF file, but not an executable with fixed addresses",
                               f->name);
    }
    return NULL;
}

static char *load_elf(const Blob *f, const LoadTarget *to, LoadedImage *out)
{
    char *err = check_elf_header(f);
    const uint8_t *ph;
    uint64_t phoff, entry;
    unsigned phnum;

    if (err) {
        return err;
    }
    out->entry = entry = ld64(f->data + 24);
    phoff = ld64(f->data + 32);
    phnum = ld16(f->data + 56);
    if (phnum && ld16(f->data + 54) != PHDR) {
        return g_strdup_printf("%s: damaged ELF file (size of program headers)", f->name);
    }
    if (phoff > f->size || phnum * PHDR > f->size - phoff) {
        return g_strdup_printf("%s: truncated ELF file", f->name);
    }
    ph = f->data + phoff;
    for (unsigned i = 0; i < phnum && !err; i++, ph += PHDR) {
        uint64_t offset = ld64(ph + 8), vaddr = ld64(ph + 16), paddr = ld64(ph + 24);
        uint64_t filesz = ld64(ph + 32), memsz = ld64(ph + 40);

        if (ld32(ph) != PT_LOAD || memsz == 0) {
            continue;
        }
        if (offset > f->size || filesz > f->size - offset) {
            return g_strdup_printf("%s: truncated ELF file", f->name);
        }
        if (filesz > memsz) {
            return g_strdup_printf("%s: damaged ELF file (segment larger than its memory)",
                                   f->name);
        }
        /* An entry point that is a virtual address is moved with its segment. */
        if (entry - vaddr < memsz) {
            out->entry = entry - vaddr + paddr;
        }
        err = add_segment(f, to, out, paddr, f->data + offset, filesz, memsz);
    }
    if (!err && out->nb_seg == 0) {
        err = g_strdup_printf("%s: ELF file with nothing to load", f->name);
    }
    if (!err && (out->entry < out->lo || out->entry >= out->hi)) {
        err = g_strdup_printf("%s: ELF file whose entry point is not in it", f->name);
    }
    return err;
}

/* ---- Linux Image ---- */

enum { IMAGE_HEADER = 64 };

/*
 * The header does not say how long the file is; its PE header, if it has one, does: no section may
 * end behind the end of the file.
 */
static bool image_truncated(const Blob *f)
{
    uint64_t pe = ld32(f->data + 60), table, count;

    if (!has(f, 0, "MZ", 2)) {
        return false;
    }
    if (pe + 24 > f->size) {
        return true;
    }
    if (memcmp(f->data + pe, "PE\0\0", 4) != 0) {
        return false;
    }
    count = ld16(f->data + pe + 6);
    table = pe + 24 + ld16(f->data + pe + 20);
    if (table + 40 * count > f->size) {
        return true;
    }
    for (const uint8_t *s = f->data + table; count; count--, s += 40) {
        if ((uint64_t)ld32(s + 16) + ld32(s + 20) > f->size) {
            return true;
        }
    }
    return false;
}

static char *load_image(const Blob *f, const LoadTarget *to, uint64_t min_addr, LoadedImage *out)
{
    uint64_t text_offset, memsz, addr;
    char *err;

    if (f->size <= IMAGE_HEADER || image_truncated(f)) {
        return g_strdup_printf("%s: truncated kernel image", f->name);
    }
    if (ld64(f->data + 24) & 1) {
        return g_strdup_printf("%s: is a big-endian kernel, the machine is little-endian", f->name);
    }
    text_offset = ld64(f->data + 8);
    memsz = MAX(ld64(f->data + 16), f->size);
    if (text_offset > to->ram_size) {
        return g_strdup_printf("%s: damaged kernel image (text_offset), or RAM too small", f->name);
    }
    addr = MAX(to->flat_base + text_offset, min_addr);
    err = add_segment(f, to, out, addr, f->data, f->size, memsz);
    if (!err) {
        /* The kernel clears its own bss. */
        out->seg[0].clear = 0;
        out->entry = addr;
    }
    return err;
}

/* What a file that is no kernel for this machine is, if that can be told. */
static const char *other_kind(const Blob *f)
{
    if (has(f, 4, "zimg", 4) && has(f, 0, "MZ", 2)) {
        return "an EFI zboot image: unpack the kernel in it first";
    }
    if (has(f, 0x38, "ARM\x64", 4)) {
        return "a kernel for arm64";
    }
    if (has(f, 0x202, "HdrS", 4)) {
        return "an x86 kernel (bzImage)";
    }
    if (has(f, 0, "MZ", 2)) {
        return "a PE/EFI program";
    }
    if (has(f, 0,
            "\xfd"
            "7zXZ",
            5)) {
        return "compressed with xz: unpack it first";
    }
    if (has(f, 0, "\x28\xb5\x2f\xfd", 4)) {
        return "compressed with zstd: unpack it first";
    }
    if (has(f, 0, "BZh", 3)) {
        return "compressed with bzip2: unpack it first";
    }
    if (has(f, 0, "\x27\x05\x19\x56", 4)) {
        return "a U-Boot image: unpack the kernel in it first";
    }
    if (has(f, 0, "\xd0\x0d\xfe\xed", 4)) {
        return "a device tree or FIT image";
    }
    if (has(f, 0, "07070", 5)) {
        return "a cpio archive";
    }
    if (has(f, 0, "#!", 2)) {
        return "a script";
    }
    return NULL;
}

static bool is_elf(const Blob *f)
{
    return has(f, 0, "\177ELF", 4);
}

static bool is_image(const Blob *f)
{
    return has(f, 0x38, "RSC\x05", 4);
}

static bool is_gzip(const Blob *f)
{
    return has(f, 0, "\x1f\x8b\x08", 3);
}

static char *not_a_kernel(const Blob *f)
{
    const char *kind = other_kind(f);

    return kind ? g_strdup_printf("%s: is %s", f->name, kind)
                : g_strdup_printf("%s: not a RISC-V kernel (neither a Linux Image nor ELF)",
                                  f->name);
}

char *load_kernel(const Blob *file, const LoadTarget *to, uint64_t min_addr, LoadedImage *out)
{
    Blob f = *file;
    char *err = NULL;

    *out = (LoadedImage){0};
    if (f.size == 0) {
        return g_strdup_printf("%s: is empty", f.name);
    }
    if (is_gzip(&f)) {
        GByteArray *bytes = g_byte_array_new();

        err = gzip_expand(&f, to->ram_size, bytes);
        f.size = bytes->len;
        f.data = out->owned = g_byte_array_free(bytes, FALSE);
    }
    if (err) {
        /* nothing more to look at */
    } else if (is_elf(&f)) {
        err = load_elf(&f, to, out);
    } else if (is_image(&f)) {
        err = load_image(&f, to, min_addr, out);
    } else {
        err = not_a_kernel(&f);
    }
    if (err) {
        loaded_image_clear(out);
    }
    return err;
}

/* No code begins with that much text. */
static bool is_text(const Blob *f)
{
    for (size_t i = 0; i < MIN(f->size, 256); i++) {
        if (!g_ascii_isprint(f->data[i]) && !g_ascii_isspace(f->data[i])) {
            return false;
        }
    }
    return true;
}

char *load_firmware(const Blob *f, const LoadTarget *to, LoadedImage *out)
{
    const char *kind = other_kind(f);
    char *err;

    *out = (LoadedImage){0};
    if (f->size == 0) {
        return g_strdup_printf("%s: is empty", f->name);
    }
    if (is_elf(f)) {
        err = load_elf(f, to, out);
    } else if (is_image(f)) {
        err = g_strdup_printf("%s: is a Linux kernel, not firmware", f->name);
    } else if (is_gzip(f)) {
        err = g_strdup_printf("%s: is compressed with gzip: unpack it first", f->name);
    } else if (kind || is_text(f)) {
        err = g_strdup_printf("%s: is %s", f->name, kind ? kind : "a text file");
    } else {
        out->entry = to->flat_base;
        err = add_segment(f, to, out, to->flat_base, f->data, f->size, f->size);
    }
    return err;
}

void loaded_image_clear(LoadedImage *img)
{
    g_free(img->owned);
    *img = (LoadedImage){0};
}

void loaded_image_write(const LoadedImage *img, const LoadTarget *to, uint8_t *ram)
{
    for (unsigned i = 0; i < img->nb_seg; i++) {
        const LoadSegment *s = &img->seg[i];
        uint8_t *p = ram + (s->addr - to->ram_base);

        memcpy(p, s->data, s->size);
        memset(p + s->size, 0, s->clear);
    }
}
