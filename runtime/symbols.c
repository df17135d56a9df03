/* See symbols.h. */
#include "runtime/symbols.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum { REACH = 1 << 20 }; /* a symbol further away than this names nothing */

typedef struct Symbol {
    uint64_t addr;
    char *name;
} Symbol;

struct Symbols {
    GArray *all; /* Symbol, ascending */
};

static int by_addr(const void *a, const void *b)
{
    uint64_t x = ((const Symbol *)a)->addr, y = ((const Symbol *)b)->addr;
    return x < y ? -1 : x > y;
}

static void clear_symbol(gpointer p)
{
    g_free(((Symbol *)p)->name);
}

static Symbols *symbols_new(void)
{
    Symbols *s = g_new(Symbols, 1);
    s->all = g_array_new(FALSE, FALSE, sizeof(Symbol));
    g_array_set_clear_func(s->all, clear_symbol);
    return s;
}

static Symbols *finish(Symbols *s)
{
    if (!s->all->len) {
        symbols_free(s);
        return NULL;
    }
    /* not g_array_sort(): GLib casts the function to another type, which traps in WebAssembly */
    qsort(s->all->data, s->all->len, sizeof(Symbol), by_addr);
    return s;
}

/* Labels of the compiler and mapping symbols ($x, $d: RISC-V ELF psABI) name nothing for people. */
static void add(Symbols *s, uint64_t addr, const char *name, size_t len)
{
    if ((len > 0 && name[0] == '$') || (len > 1 && name[0] == '.' && name[1] == 'L')) {
        return;
    }
    Symbol sym = {addr, g_strndup(name, len)};
    g_array_append_val(s->all, sym);
}

/* Every offset comes from the file: nothing is read before it is known to lie inside. */
static const void *inside(const uint8_t *data, size_t size, uint64_t offset, uint64_t len)
{
    return offset <= size && len <= size - offset ? data + offset : NULL;
}

/* Names may overlap in the file, but all together they are no longer than it. */
static void add_table(Symbols *s, const uint8_t *data, size_t size, const Elf64_Shdr *table,
                      const Elf64_Shdr *names)
{
    const char *text = inside(data, size, names->sh_offset, names->sh_size);
    const uint8_t *syms = inside(data, size, table->sh_offset, table->sh_size);
    size_t left = size;

    for (uint64_t k = 0; text && syms && (k + 1) * sizeof(Elf64_Sym) <= table->sh_size; k++) {
        Elf64_Sym sym;
        memcpy(&sym, syms + k * sizeof(sym), sizeof(sym));
        unsigned type = ELF64_ST_TYPE(sym.st_info);
        if ((type == STT_FUNC || type == STT_NOTYPE) && sym.st_shndx != SHN_UNDEF &&
            sym.st_name < names->sh_size && text[sym.st_name]) {
            size_t len = strnlen(text + sym.st_name, names->sh_size - sym.st_name);
            if (len > left) {
                return;
            }
            left -= len;
            add(s, sym.st_value, text + sym.st_name, len);
        }
    }
}

Symbols *symbols_from_elf(const uint8_t *data, size_t size)
{
    Elf64_Ehdr eh;
    if (size < sizeof(eh)) {
        return NULL;
    }
    memcpy(&eh, data, sizeof(eh));
    if (memcmp(eh.e_ident, ELFMAG, SELFMAG) || eh.e_ident[EI_CLASS] != ELFCLASS64 ||
        eh.e_shentsize != sizeof(Elf64_Shdr)) {
        return NULL;
    }
    Symbols *s = symbols_new();
    const uint8_t *sections =
        inside(data, size, eh.e_shoff, (uint64_t)eh.e_shnum * sizeof(Elf64_Shdr));
    for (unsigned k = 0; sections && k < eh.e_shnum; k++) {
        Elf64_Shdr table, names;
        memcpy(&table, sections + k * sizeof(table), sizeof(table));
        if (table.sh_type == SHT_SYMTAB && table.sh_link < eh.e_shnum) {
            memcpy(&names, sections + table.sh_link * sizeof(names), sizeof(names));
            add_table(s, data, size, &table, &names);
            break; /* there is only one (System V gABI, chapter 4) */
        }
    }
    return finish(s);
}

Symbols *symbols_from_map(const char *name, const uint8_t *data, size_t size, char **error)
{
    Symbols *s = symbols_new();
    g_autofree char *text = g_strndup((const char *)data, size);

    for (char *line = text, *next; line && *line; line = next) {
        char *end;
        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        uint64_t addr = g_ascii_strtoull(line, &end, 16);
        /* " T name", perhaps followed by a module's name in brackets */
        if (end - line >= 8 && end[0] == ' ' && g_ascii_isalpha(end[1]) && end[2] == ' ' &&
            strchr("TtWw", end[1])) {
            add(s, addr, end + 3, strcspn(end + 3, " \t\r"));
        }
    }
    s = finish(s);
    if (!s) {
        *error = g_strdup_printf("symbols '%s': no line of the form 'address type name'", name);
    }
    return s;
}

void symbols_free(Symbols *s)
{
    if (s) {
        g_array_free(s->all, TRUE);
        g_free(s);
    }
}

bool symbols_describe(const Symbols *s, uint64_t addr, GString *out)
{
    unsigned lo = 0, hi = s ? s->all->len : 0;

    if (!hi || addr < g_array_index(s->all, Symbol, 0).addr) {
        return false;
    }
    while (hi - lo > 1) {
        unsigned mid = (lo + hi) / 2;
        if (g_array_index(s->all, Symbol, mid).addr <= addr) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    const Symbol *sym = &g_array_index(s->all, Symbol, lo);
    uint64_t off = addr - sym->addr;
    if (off > REACH) {
        return false;
    }
    g_string_append(out, sym->name);
    if (off) {
        g_string_append_printf(out, "+0x%x", (unsigned)off);
    }
    return true;
}
