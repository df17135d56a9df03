/*
 * Fuzzing of everything that takes a file of the user's: kernels, firmware, initial ramdisks,
 * device trees, symbol tables. The input is RAM size and file; every loader gets it. A file is
 * taken or refused with one line that names it, and what is taken lies in RAM.
 *
 * Inputs are whole files of each kind with fields, bytes and length changed.
 */
#include <elf.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "hw/fdt.h"
#include "hw/loader.h"
#include "runtime/symbols.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_RAM_PAGES = 64, NAME_LIMIT = 1 << 20 };

static void check_refusal(char *error)
{
    g_assert_nonnull(error);
    g_assert_true(g_str_has_prefix(error, "file: ") || strstr(error, "'file'"));
    g_assert_null(strchr(error, '\n'));
    g_assert_true(g_utf8_validate(error, -1, NULL));
    g_free(error);
}

static void check_image(const LoadTarget *to, LoadedImage *img, char *error)
{
    if (error) {
        check_refusal(error);
        g_assert_cmpuint(img->owned != NULL, ==, 0);
        return;
    }
    g_assert_cmpuint(img->nb_seg, >, 0);
    g_assert_cmphex(img->lo, >=, to->ram_base);
    g_assert_cmphex(img->hi, <=, to->ram_base + to->ram_size);
    g_assert_true(img->entry >= img->lo && img->entry < img->hi);
    uint8_t *ram = calloc(1, to->ram_size); /* its own block: redzones around it */
    loaded_image_write(img, to, ram);
    free(ram);
    loaded_image_clear(img);
}

static void load_images(const Blob *file, uint64_t ram_size)
{
    LoadTarget to = {VIRT_RAM, ram_size, VIRT_RAM};
    LoadedImage img;
    char *error = load_kernel(file, &to, 0, &img);
    check_image(&to, &img, error);
    error = load_kernel(file, &to, VIRT_RAM + 0x4000, &img);
    check_image(&to, &img, error);
    error = load_firmware(file, &to, &img);
    check_image(&to, &img, error);
    error = initrd_check(file);
    if (error) {
        check_refusal(error);
    }
}

static void fill(void *buf, size_t len)
{
    memset(buf, 1, len);
}

static void load_tree(const Blob *file, uint64_t ram_size)
{
    FDTConfig cfg = {.ram_size = ram_size,
                     .append = "console=ttyS0",
                     .initrd = true,
                     .initrd_start = VIRT_RAM,
                     .initrd_end = VIRT_RAM + 1};
    char *error = NULL;
    size_t size, again;
    void *fdt = fdt_adopt(file, &cfg, &size, &error);

    g_assert_true(!fdt == !!error);
    if (error) {
        check_refusal(error);
        return;
    }
    g_assert_cmpint(fdt_check_full(fdt, size), ==, 0);
    g_free(fdt);
    /* the board places a tree by its size, before it knows the addresses */
    cfg.initrd_start = cfg.initrd_end = UINT64_MAX;
    fdt = fdt_adopt(file, &cfg, &again, &error);
    g_assert_cmpuint(again, ==, size);
    fdt_set_seed(fdt, fill);
    g_assert_cmpint(fdt_check_full(fdt, size), ==, 0);
    g_free(fdt);
}

static void load_symbols(const Blob *file)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char *error = NULL;
    Symbols *elf = symbols_from_elf(file->data, file->size);
    Symbols *map = symbols_from_map(file->name, file->data, file->size, &error);

    g_assert_true(!map == !!error);
    if (error) {
        check_refusal(error);
    }
    for (unsigned k = 0; k < 4; k++) {
        symbols_describe(elf, VIRT_RAM + 0x1000 * k, text);
        symbols_describe(map, VIRT_RAM + 0x1000 * k, text);
    }
    g_assert_cmpuint(text->len, <, NAME_LIMIT);
    symbols_free(elf);
    symbols_free(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    uint64_t ram_size = (1 + data[0] % MAX_RAM_PAGES) * UINT64_C(4096);
    uint8_t *copy = malloc(size - 1); /* exactly as long as the file */
    Blob file = {"file", copy, size - 1};

    memcpy(copy, data + 1, size - 1);
    load_images(&file, ram_size);
    load_tree(&file, ram_size);
    load_symbols(&file);
    free(copy);
    return 0;
}

/* ---- inputs ---------------------------------------------------------------------------------- */

/* A number that is right, nearly right, or at an edge. */
static uint64_t mistake(uint64_t right)
{
    static const uint64_t edges[] = {
        0,         1,          8,          0x40,      0xfff,      0x10000,
        INT32_MAX, UINT32_MAX, 1ull << 32, INT64_MAX, 1ull << 63, UINT64_MAX,
    };
    switch (below(64)) {
    case 0: return edges[below(G_N_ELEMENTS(edges))];
    case 1: return right + below(9) - 4;
    case 2: return right * 2;
    case 3: return any_word();
    default: return right;
    }
}

static void put(uint8_t *p, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        p[i] = (uint8_t)(value >> (8 * i));
    }
}

typedef struct Elf {
    Elf64_Ehdr eh;
    Elf64_Phdr ph[3];
    Elf64_Shdr sh[4];
    Elf64_Sym sym[4];
    char names[32];
    uint8_t code[512];
} Elf;

static void make_elf(GByteArray *out)
{
    Elf f = {.names = "\0first\0second\0third"};

    memcpy(f.eh.e_ident, "\177ELF\2\1\1", 7);
    f.eh.e_type = (Elf64_Half)mistake(ET_EXEC);
    f.eh.e_machine = (Elf64_Half)mistake(EM_RISCV);
    f.eh.e_entry = mistake(VIRT_RAM + 4);
    f.eh.e_phoff = mistake(offsetof(Elf, ph));
    f.eh.e_phentsize = (Elf64_Half)mistake(sizeof(Elf64_Phdr));
    f.eh.e_phnum = (Elf64_Half)mistake(1 + below(3));
    f.eh.e_shoff = mistake(offsetof(Elf, sh));
    f.eh.e_shentsize = (Elf64_Half)mistake(sizeof(Elf64_Shdr));
    f.eh.e_shnum = (Elf64_Half)mistake(4);
    for (unsigned k = 0; k < 3; k++) {
        uint64_t at = VIRT_RAM + 0x1000 * k;
        f.ph[k] = (Elf64_Phdr){.p_type = (Elf64_Word)mistake(k < 2 ? PT_LOAD : PT_NOTE),
                               .p_offset = mistake(offsetof(Elf, code)),
                               .p_vaddr = mistake(one_in(4) ? at + 0xffffffff00000000 : at),
                               .p_paddr = mistake(at),
                               .p_filesz = mistake(sizeof(f.code)),
                               .p_memsz = mistake(sizeof(f.code) + below(0x1000))};
    }
    f.sh[1] = (Elf64_Shdr){.sh_type = (Elf64_Word)mistake(SHT_SYMTAB),
                           .sh_offset = mistake(offsetof(Elf, sym)),
                           .sh_size = mistake(sizeof(f.sym)),
                           .sh_link = (Elf64_Word)mistake(2)};
    f.sh[2] = (Elf64_Shdr){.sh_type = (Elf64_Word)mistake(SHT_STRTAB),
                           .sh_offset = mistake(offsetof(Elf, names)),
                           .sh_size = mistake(sizeof(f.names))};
    f.sh[3] = f.sh[1 + below(2)];
    for (unsigned k = 1; k < 4; k++) {
        f.sym[k] = (Elf64_Sym){.st_name = (Elf64_Word)mistake(1 + 6 * (k - 1)),
                               .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                               .st_shndx = (Elf64_Half)mistake(1),
                               .st_value = mistake(VIRT_RAM + 0x800 * k)};
    }
    g_byte_array_append(out, (const uint8_t *)&f, sizeof(f));
}

/* Linux' boot-image-header.rst, with a PE header as its EFI stub has it. */
static void make_image(GByteArray *out)
{
    enum { PE = 64, SECTIONS = PE + 24 + 16 };
    uint8_t f[1024] = {0};
    bool efi = one_in(2);

    put(f + 8, mistake(0x2000), 8);
    put(f + 16, mistake(sizeof(f) + below(8192)), 8);
    put(f + 24, mistake(0), 8);
    memcpy(f + 0x30, "RISCV", 5);
    memcpy(f + 0x38, "RSC\x05", 4);
    if (efi) {
        memcpy(f, "MZ", 2);
        put(f + 60, mistake(PE), 4);
        memcpy(f + PE, "PE\0\0", 4);
        put(f + PE + 6, mistake(2), 2);
        put(f + PE + 20, mistake(16), 2);
        for (unsigned k = 0; k < 2; k++) {
            put(f + SECTIONS + 40 * k + 16, mistake(256), 4);
            put(f + SECTIONS + 40 * k + 20, mistake(512 + 256 * k), 4);
        }
    }
    g_byte_array_append(out, f, sizeof(f));
}

static void add_padded(GByteArray *out, const void *data, guint len)
{
    static const uint8_t zeros[4];
    g_byte_array_append(out, data, len);
    g_byte_array_append(out, zeros, -out->len & 3);
}

/* A newc archive (initramfs buffer format). */
static void make_cpio(GByteArray *out)
{
    enum { FIELDS = 13, FILESIZE = 6, NAMESIZE = 11 };
    static const uint8_t contents[64];

    for (unsigned n = 1 + below(4); n; n--) {
        const char *name = n == 1 ? "TRAILER!!!" : "some/file";
        guint size = n == 1 ? 0 : below(sizeof(contents)), name_size = (guint)strlen(name) + 1;
        g_autoptr(GString) entry = g_string_new(one_in(4) ? "070702" : "070701");
        for (unsigned k = 0; k < FIELDS; k++) {
            uint64_t value = k == FILESIZE ? size : k == NAMESIZE ? name_size : 0;
            g_string_append_printf(entry, "%08x", (uint32_t)mistake(value));
        }
        g_string_append_len(entry, name, name_size);
        add_padded(out, entry->str, (guint)entry->len);
        add_padded(out, contents, size);
    }
}

static void make_tree(GByteArray *out)
{
    FDTConfig cfg = {.ram_size = 1 << 20, .isa = "rv64imac_zicsr", .nb_virtio = below(3)};
    static const uint32_t tokens[] = {FDT_BEGIN_NODE, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END};
    size_t size;
    uint8_t *fdt = fdt_generate(&cfg, &size);
    guint start = out->len + (guint)fdt_off_dt_struct(fdt), words = fdt_size_dt_struct(fdt) / 4;

    g_byte_array_append(out, fdt, (guint)size);
    for (unsigned n = one_in(2) ? below(4) : 0; n; n--) {
        uint32_t value = one_in(2) ? tokens[below(G_N_ELEMENTS(tokens))] : below(256);
        value = GUINT32_TO_BE(value);
        memcpy(out->data + start + 4 * below(words), &value, 4);
    }
    for (unsigned n = one_in(2) ? below(3) : 0; n; n--) { /* fields of the header */
        uint8_t *field = out->data + out->len - size + 4 * below(10);
        uint32_t value;
        memcpy(&value, field, 4);
        value = GUINT32_TO_BE((uint32_t)mistake(GUINT32_FROM_BE(value)));
        memcpy(field, &value, 4);
    }
    g_free(fdt);
}

static void make_map(GByteArray *out)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned n = below(6); n; n--) {
        g_string_append_printf(text, "%016" G_GINT64_MODIFIER "x %c name%u%s",
                               (guint64)mistake(VIRT_RAM), "TtWwDa"[below(6)], n,
                               one_in(4) ? "\t[module]\r\n" : "\n");
    }
    g_byte_array_append(out, (const uint8_t *)text->str, (guint)text->len);
}

/* Files that are known by their first bytes alone. */
static void make_other(GByteArray *out)
{
    static const char magic[][12] = {
        "MZ\0\0zimg",       "BZh",      "hsqs",     "#!/bin/sh\n", "\x28\xb5\x2f\xfd",
        "\x27\x05\x19\x56", "\x1f\x8b", "-rom1fs-", "text",        "\x02\x21\x4c",
    };
    uint8_t f[64] = {0};

    memcpy(f, magic[below(G_N_ELEMENTS(magic))], sizeof(magic[0]));
    if (one_in(4)) { /* an xz stream ends in its own way */
        memcpy(f,
               "\xfd"
               "7zXZ",
               5);
        memcpy(f + 60 - 4 * below(2), "YZ", 2);
    }
    g_byte_array_append(out, f, 1 + below(sizeof(f)));
}

/* What stands behind `from` becomes gzip. */
static void compress_rest(GByteArray *out, guint from)
{
    uint8_t packed[1 << 14];
    z_stream z = {.next_in = out->data + from, .avail_in = out->len - from, .next_out = packed};

    z.avail_out = sizeof(packed);
    g_assert_cmpint(deflateInit2(&z, 1, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), ==, Z_OK);
    g_assert_cmpint(deflate(&z, Z_FINISH), ==, Z_STREAM_END);
    deflateEnd(&z);
    g_byte_array_set_size(out, from);
    g_byte_array_append(out, packed, (guint)z.total_out);
}

GByteArray *fuzz_make_input(void)
{
    static void (*const makers[])(GByteArray * out) = {
        make_elf, make_elf, make_image, make_cpio, make_tree, make_map, make_other,
    };
    GByteArray *in = g_byte_array_new();
    uint8_t ram = (uint8_t)below(256);

    g_byte_array_append(in, &ram, 1);
    makers[below(G_N_ELEMENTS(makers))](in);
    if (one_in(8)) {
        compress_rest(in, 1);
    }
    for (unsigned n = one_in(2) ? 0 : below(4); n; n--) {
        in->data[below(in->len)] = (uint8_t)below(256);
    }
    if (one_in(8)) {
        g_byte_array_set_size(in, 1 + below(in->len));
    }
    return in;
}
