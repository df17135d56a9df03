/*
 * The module writer: n objects into one WebAssembly module.
 *
 *     type      0 = the type of all linked functions, then what imports and objects name, each once
 *     import    "e"."m" memory, "e"."t" table, "h"."0", "h"."1", ... the functions used, each once
 *     function  one an object, all of type 0
 *     element   an active segment for each run of consecutive table slots
 *     hints     on request: a custom section that has to stand before the code
 *     code      bodies copied, relocations applied
 *     name      on request
 *
 * Two passes over the objects. The first checks limits and finds the types and imports used, the
 * second copies bodies and applies relocations: the index of a function or type is known by then.
 * All work is linear, but for sorting the table slots where they do not ascend already.
 *
 * A module of one object is written thousands of times: small tables lie in Writer itself.
 */
#include "linker/writer.h"

enum { KIND_FUNC, KIND_TABLE, KIND_MEMORY };
enum { LIMIT_MAX = 1, LIMIT_SHARED = 2, LIMIT_I64 = 4 };
enum { TYPE_FUNC = 0x60, TYPE_FUNCREF = 0x70 };
enum { NAME_MODULE, NAME_FUNCTIONS };

static void type_write(Bytes *b, uint64_t packed)
{
    unsigned nb_params = packed & 15, result = packed >> 32;

    bytes_u8(b, TYPE_FUNC);
    bytes_u8(b, nb_params);
    for (unsigned i = 0; i < nb_params; i++) {
        bytes_u8(b, 0x80 - (packed >> (4 + 3 * i) & 7));
    }
    bytes_u8(b, result != 0);
    if (result) {
        bytes_u8(b, 0x80 - result);
    }
}

static void write_types(Writer *w)
{
    size_t begin = begin_section(&w->out, SEC_TYPE);

    bytes_u(&w->out, w->nb_types);
    for (unsigned i = 0; i < w->nb_types; i++) {
        type_write(&w->out, w->types[i]);
    }
    bytes_end(&w->out, begin);
}

static void write_imports(Writer *w)
{
    static const uint8_t memory[] = {1, 'e', 1, 'm', KIND_MEMORY};
    static const uint8_t table[] = {1, 'e', 1, 't', KIND_TABLE, TYPE_FUNCREF};
    const LinkOptions *opt = w->opt;
    const uint8_t index = opt->memory64 ? LIMIT_I64 : 0;
    size_t begin = begin_section(&w->out, SEC_IMPORT);
    Bytes *b = &w->out;

    bytes_u(b, 2 + w->imports->len);
    bytes_put(b, memory, sizeof(memory));
    bytes_u8(b,
             index | (opt->memory_max ? LIMIT_MAX : 0) | (opt->shared_memory ? LIMIT_SHARED : 0));
    bytes_u(b, opt->memory_min);
    if (opt->memory_max) {
        bytes_u(b, opt->memory_max);
    }
    bytes_put(b, table, sizeof(table));
    bytes_u8(b, index);
    bytes_u8(b, 0);
    for (unsigned i = 0; i < w->imports->len; i++) {
        const LinkImport *import = &opt->imports[g_array_index(w->imports, uint32_t, i)];
        uint8_t digits[10], at = sizeof(digits);
        unsigned v = i;

        do {
            digits[--at] = '0' + v % 10;
            v /= 10;
        } while (v);
        bytes_u8(b, 1);
        bytes_u8(b, 'h');
        bytes_u8(b, sizeof(digits) - at);
        bytes_put(b, digits + at, sizeof(digits) - at);
        bytes_u8(b, KIND_FUNC);
        bytes_u(b, type_number(w, type_pack(&import->type)));
    }
    bytes_end(b, begin);
}

static void write_functions(Writer *w)
{
    size_t begin = begin_section(&w->out, SEC_FUNCTION);

    bytes_u(&w->out, w->n);
    memset(bytes_room(&w->out, w->n), 0, w->n); /* all of type 0 */
    w->out.len += w->n;
    bytes_end(&w->out, begin);
}

static unsigned run_end(const TableEntry *e, unsigned n, unsigned from)
{
    unsigned k = from + 1;

    while (k < n && e[k].slot == e[k - 1].slot + 1) {
        k++;
    }
    return k;
}

static void write_elements(Writer *w)
{
    const TableEntry *e = w->entries;
    const unsigned n = w->nb_entries;
    unsigned runs = 0;
    size_t begin;

    if (!n) {
        return;
    }
    for (unsigned k = 0; k < n; k = run_end(e, n, k)) {
        runs++;
    }
    begin = begin_section(&w->out, SEC_ELEMENT);
    bytes_u(&w->out, runs);
    for (unsigned k = 0; k < n;) {
        unsigned end = run_end(e, n, k);

        bytes_u8(&w->out, 0); /* active, of table 0, function indices */
        bytes_u8(&w->out, w->opt->memory64 ? OP_I64_CONST : OP_I32_CONST);
        bytes_s(&w->out, e[k].slot);
        bytes_u8(&w->out, OP_END);
        bytes_u(&w->out, end - k);
        for (; k < end; k++) {
            bytes_u(&w->out, w->imports->len + e[k].func);
        }
    }
    bytes_end(&w->out, begin);
}

static void write_name(Bytes *b, const char *name)
{
    if (g_utf8_validate(name, -1, NULL)) {
        size_t len = strlen(name);

        bytes_u(b, len);
        bytes_put(b, name, len);
    } else {
        char *valid = g_utf8_make_valid(name, -1);

        write_name(b, valid);
        g_free(valid);
    }
}

static void write_names(Writer *w)
{
    size_t section = begin_section(&w->out, SEC_CUSTOM), begin;
    unsigned named = w->imports->len;
    Bytes *b = &w->out;

    write_name(b, "name");
    if (w->opt->module_name) {
        bytes_u8(b, NAME_MODULE);
        begin = bytes_begin(b);
        write_name(b, w->opt->module_name);
        bytes_end(b, begin);
    }
    for (unsigned i = 0; i < w->n; i++) {
        named += w->objects[i]->name != NULL;
    }
    bytes_u8(b, NAME_FUNCTIONS);
    begin = bytes_begin(b);
    bytes_u(b, named);
    for (unsigned i = 0; i < w->imports->len; i++) {
        const LinkImport *import = &w->opt->imports[g_array_index(w->imports, uint32_t, i)];

        bytes_u(b, i);
        write_name(b, import->name ? import->name : "");
    }
    for (unsigned i = 0; i < w->n; i++) {
        if (w->objects[i]->name) {
            bytes_u(b, w->imports->len + i);
            write_name(b, w->objects[i]->name);
        }
    }
    bytes_end(b, begin);
    bytes_end(b, section);
}

static bool write_module(Writer *w)
{
    static const uint8_t head[] = {0, 'a', 's', 'm', 1, 0, 0, 0};

    if (!writer_scan(w)) {
        return false;
    }
    bytes_put(&w->out, head, sizeof(head));
    write_types(w);
    write_imports(w);
    write_functions(w);
    write_elements(w);
    write_code(w);
    if (w->opt->names) {
        write_names(w);
    }
    if (w->out.len > MAX_MODULE) {
        return writer_fail(w, "module of %" G_GSIZE_FORMAT " bytes, at most %u", w->out.len,
                           MAX_MODULE);
    }
    return true;
}

LinkModule *link_write_module(LinkObject *const *objects, unsigned n, const LinkOptions *options,
                              char **error)
{
    static const LinkType tb_type = {NB_PARAMS, {WASM_I64, WASM_I32}, WASM_I32};
    const bool many_imports = options->nb_imports > SMALL_IMPORTS;
    LinkModule *m = NULL;
    Writer w;

    w.objects = objects;
    w.n = n;
    w.opt = options;
    w.error = error;
    w.out = (Bytes){NULL, 0, 0};
    w.type_hash = w.small_hash;
    w.type_hash_size = G_N_ELEMENTS(w.small_hash);
    w.types = w.small_types;
    w.nb_types = 0;
    w.cap_types = SMALL_TYPES;
    w.imports = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    w.type_map = w.small_map;
    w.entries = w.small_entries;
    w.nb_entries = 0;
    w.key_hash = w.small_keys;
    w.key_hash_size = 0;
    w.unit_gotos = 0;
    w.hints = (Bytes){NULL, 0, 0};
    w.nb_hinted = w.nb_direct = w.nb_slot = 0;
    w.import_index = w.small_imports;
    memset(w.small_hash, 0, sizeof(w.small_hash));
    if (many_imports) {
        w.import_index = g_new0(uint32_t, options->nb_imports);
    } else {
        memset(w.small_imports, 0, sizeof(w.small_imports));
    }
    type_number(&w, type_pack(&tb_type));

    if (write_module(&w)) {
        m = g_new(LinkModule, 1);
        m->bytes = g_byte_array_new_take(w.out.data, w.out.len);
        m->imports = w.imports;
        m->nb_direct = w.nb_direct;
        m->nb_slot = w.nb_slot;
    } else {
        g_free(w.out.data);
        g_array_unref(w.imports);
    }
    if (many_imports) {
        g_free(w.import_index);
    }
    if (w.types != w.small_types) {
        g_free(w.types);
        g_free(w.type_hash);
    }
    if (w.type_map != w.small_map) {
        g_free(w.type_map);
    }
    if (w.entries != w.small_entries) {
        g_free(w.entries);
    }
    if (w.key_hash != w.small_keys) {
        g_free(w.key_hash);
    }
    g_free(w.hints.data);
    return m;
}

void link_module_free(LinkModule *m)
{
    if (m) {
        g_byte_array_unref(m->bytes);
        g_array_unref(m->imports);
        g_free(m);
    }
}
