/* Symbol tables: System.map lines, ELF files, and ELF files damaged at random. */
#include <elf.h>
#include <string.h>

#include "runtime/symbols.h"

static void expect(const Symbols *s, uint64_t addr, const char *want)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_cmpint(symbols_describe(s, addr, out), ==, want != NULL);
    g_assert_cmpstr(out->str, ==, want ? want : "");
}

static void test_map(void)
{
    static const char text[] = "ffffffff80000000 T _start\n"
                               "ffffffff80001000 t middle\t[module]\r\n"
                               "ffffffff80000800 D data\n"
                               "ffffffff80001100 t $x\n"
                               "ffffffff80001100 t .Lpcrel_hi0\n"
                               "ffffffff80002000 W weak\n"
                               "garbage\n";
    char *error = NULL;
    Symbols *s = symbols_from_map("m", (const uint8_t *)text, sizeof(text) - 1, &error);
    g_assert_null(error);
    expect(s, 0xffffffff80000000, "_start");
    expect(s, 0xffffffff80000802, "_start+0x802");
    expect(s, 0xffffffff80001000, "middle");
    expect(s, 0xffffffff80001102, "middle+0x102");
    expect(s, 0xffffffff80002010, "weak+0x10");
    expect(s, 0x7fffffff, NULL);
    expect(s, 0xffffffff80202000, NULL); /* too far behind */
    expect(NULL, 0, NULL);
    symbols_free(s);

    s = symbols_from_map("m", (const uint8_t *)"no\nlines\n", 9, &error);
    g_assert_null(s);
    g_assert_cmpstr(error, ==, "symbols 'm': no line of the form 'address type name'");
    g_free(error);
}

typedef struct File {
    Elf64_Ehdr eh;
    Elf64_Shdr sh[3];
    Elf64_Sym sym[3];
    char names[16];
} File;

static void make_file(File *f)
{
    memset(f, 0, sizeof(*f));
    memcpy(f->eh.e_ident, ELFMAG, SELFMAG);
    f->eh.e_ident[EI_CLASS] = ELFCLASS64;
    f->eh.e_shentsize = sizeof(Elf64_Shdr);
    f->eh.e_shnum = 3;
    f->eh.e_shoff = offsetof(File, sh);
    f->sh[1] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
                            .sh_offset = offsetof(File, sym),
                            .sh_size = sizeof(f->sym),
                            .sh_link = 2};
    f->sh[2] = (Elf64_Shdr){
        .sh_type = SHT_STRTAB, .sh_offset = offsetof(File, names), .sh_size = sizeof(f->names)};
    memcpy(f->names, "\0first\0second", 14);
    f->sym[1] = (Elf64_Sym){.st_name = 1,
                            .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                            .st_shndx = 1,
                            .st_value = 0x1000};
    f->sym[2] = (Elf64_Sym){.st_name = 7,
                            .st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC),
                            .st_shndx = 1,
                            .st_value = 0x800};
}

static void test_elf(void)
{
    File f;
    make_file(&f);
    Symbols *s = symbols_from_elf((const uint8_t *)&f, sizeof(f));
    expect(s, 0x1004, "first+0x4");
    expect(s, 0x800, "second");
    expect(s, 0x700, NULL);
    symbols_free(s);
    g_assert_null(symbols_from_elf((const uint8_t *)"MZ", 2));
}

/* Whatever the file says, nothing outside of it is read (the sanitizers watch). */
static void test_damaged(void)
{
    g_autoptr(GRand) rnd = g_rand_new_with_seed(7);
    for (unsigned n = 0; n < 20000; n++) {
        File f;
        make_file(&f);
        for (unsigned k = 0; k < 3; k++) {
            ((uint8_t *)&f)[g_rand_int_range(rnd, 16, sizeof(f))] = (uint8_t)g_rand_int(rnd);
        }
        size_t size = (size_t)g_rand_int_range(rnd, 0, sizeof(f) + 1);
        uint8_t *copy = g_malloc(size + 1);
        memcpy(copy, &f, size);
        symbols_free(symbols_from_elf(copy, size));
        g_free(copy);
    }
}

/* A file whose symbols all have one long name, many times over, makes no tables larger than itself.
 */
static void test_greedy(void)
{
    enum { SYMBOLS = 20000, SECTIONS = 1000, NAME = 1 << 20 };
    typedef struct Greedy {
        Elf64_Ehdr eh;
        Elf64_Shdr sh[SECTIONS];
        Elf64_Sym sym[SYMBOLS];
        char name[NAME];
    } Greedy;
    Greedy *g = g_new0(Greedy, 1);
    File f;

    make_file(&f);
    g->eh = f.eh;
    g->eh.e_shnum = SECTIONS;
    g->eh.e_shoff = offsetof(Greedy, sh);
    g->sh[0] =
        (Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_offset = offsetof(Greedy, name), .sh_size = NAME};
    for (unsigned k = 1; k < SECTIONS; k++) {
        g->sh[k] = (Elf64_Shdr){
            .sh_type = SHT_SYMTAB, .sh_offset = offsetof(Greedy, sym), .sh_size = sizeof(g->sym)};
    }
    for (unsigned k = 0; k < SYMBOLS; k++) {
        g->sym[k] = f.sym[1];
        g->sym[k].st_value = 0x1000 * (uint64_t)k;
    }
    memset(g->name, 'x', NAME);
    Symbols *s = symbols_from_elf((const uint8_t *)g, sizeof(*g));
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_true(symbols_describe(s, 0, out));
    g_assert_cmpuint(out->len, <, NAME);
    expect(s, 0x1000ull * SYMBOLS, NULL);
    symbols_free(s);
    g_free(g);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/symbols/map", test_map);
    g_test_add_func("/symbols/elf", test_elf);
    g_test_add_func("/symbols/damaged", test_damaged);
    g_test_add_func("/symbols/greedy", test_greedy);
    return g_test_run();
}
