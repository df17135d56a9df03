/* The first pass of the module writer over its objects. */
#include <inttypes.h>
#include <stdlib.h>

#include "linker/writer.h"

bool writer_fail(Writer *w, const char *format, ...)
{
    if (w->error) {
        va_list ap;

        va_start(ap, format);
        *w->error = g_strdup_vprintf(format, ap);
        va_end(ap);
    }
    return false;
}

bool writer_fail_object(Writer *w, unsigned i, const char *format, ...)
{
    if (w->error) {
        const LinkObject *obj = w->objects[i];
        va_list ap;
        char *text;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        *w->error = g_strdup_printf("object %u%s%s%s: %s", i, obj->name ? " (" : "",
                                    obj->name ? obj->name : "", obj->name ? ")" : "", text);
        g_free(text);
    }
    return false;
}

/* ---- types ---- */

/* 4 bits for the number of parameters, 3 bits for each type, the result above them. */
uint64_t type_pack(const LinkType *t)
{
    uint64_t packed = t->nb_params | 1u << 31;

    if (t->nb_params > G_N_ELEMENTS(t->params)) {
        return 0;
    }
    for (unsigned i = 0; i <= t->nb_params; i++) {
        uint8_t code = i < t->nb_params ? t->params[i] : t->result;

        if (code < WASM_F64 || code > WASM_I32) {
            if (code || i < t->nb_params) {
                return 0;
            }
            code = 0x80;
        }
        packed |= (uint64_t)(0x80 - code) << (i < t->nb_params ? 4 + 3 * i : 32);
    }
    return packed;
}

static unsigned type_find(const Writer *w, uint64_t packed)
{
    unsigned mask = w->type_hash_size - 1;
    unsigned at = packed * 0x9e3779b97f4a7c15u >> 40 & mask;

    while (w->type_hash[at] && w->types[w->type_hash[at] - 1] != packed) {
        at = (at + 1) & mask;
    }
    return at;
}

static void types_grow(Writer *w)
{
    uint64_t *types = g_new(uint64_t, w->cap_types * 2);

    memcpy(types, w->types, w->nb_types * sizeof(*types));
    if (w->types != w->small_types) {
        g_free(w->types);
        g_free(w->type_hash);
    }
    w->types = types;
    w->cap_types *= 2;
    w->type_hash_size = w->cap_types * 2;
    w->type_hash = g_new0(uint32_t, w->type_hash_size);
    for (unsigned i = 0; i < w->nb_types; i++) {
        w->type_hash[type_find(w, types[i])] = i + 1;
    }
}

unsigned type_number(Writer *w, uint64_t packed)
{
    unsigned at = type_find(w, packed);

    if (w->type_hash[at]) {
        return w->type_hash[at] - 1;
    }
    if (w->nb_types == w->cap_types) {
        types_grow(w);
        at = type_find(w, packed);
    }
    w->types[w->nb_types++] = packed;
    w->type_hash[at] = w->nb_types;
    return w->nb_types - 1;
}

/* ---- objects ---- */

static bool scan_import(Writer *w, unsigned i, uint32_t target)
{
    uint64_t packed;

    if (target >= w->opt->nb_imports) {
        return writer_fail_object(w, i, "import %u: there are %u", target, w->opt->nb_imports);
    }
    if (w->import_index[target]) {
        return true;
    }
    packed = type_pack(&w->opt->imports[target].type);
    if (!packed) {
        return writer_fail_object(w, i, "import %u has no valid type", target);
    }
    type_number(w, packed);
    g_array_append_val(w->imports, target);
    w->import_index[target] = w->imports->len;
    return true;
}

/* The slot form of a goto around the key's field. */
static bool goto_fits(const Writer *w, const uint8_t *body, uint64_t size, uint64_t offset)
{
    const uint8_t op = w->opt->memory64 ? OP_I64_CONST : OP_I32_CONST;
    const uint8_t *p = body + offset;

    return offset >= 3 && offset + GOTO_SIZE < size && p[-3] == OP_LOCAL_GET && p[-2] == 0 &&
           p[-1] == OP_I32_CONST && p[LINK_LEB_WIDTH] == op &&
           p[2 * LINK_LEB_WIDTH + 1] == OP_RETURN_CALL_INDIRECT && p[GOTO_SIZE - 1] == 0;
}

/* *end: where the fields of the relocations end that were seen. */
static bool scan_reloc(Writer *w, unsigned i, unsigned k, uint64_t *end)
{
    const LinkObject *obj = w->objects[i];
    const LinkReloc *r = &obj->relocs[k];
    uint64_t width = LINK_LEB_WIDTH;

    switch (r->kind) {
    case RELOC_FUNC_IMPORT:
        if (!scan_import(w, i, r->target)) {
            return false;
        }
        break;
    case RELOC_TYPE:
        if (r->target >= obj->nb_types) {
            return writer_fail_object(w, i, "type %u: there are %u", r->target, obj->nb_types);
        }
        break;
    case RELOC_GOTO_TB:
        if (!w->opt->slot_for) {
            return writer_fail_object(w, i, "goto to key %u: no slots are given", r->target);
        }
        if (!goto_fits(w, link_object_body(obj), obj->body_size, r->offset)) {
            return writer_fail_object(w, i, "relocation %u at %u is not of a goto", k, r->offset);
        }
        width = GOTO_SIZE;
        w->unit_gotos += obj->unit != 0;
        break;
    default: return writer_fail_object(w, i, "relocation %u is of unknown kind %u", k, r->kind);
    }
    if (r->offset < *end || r->offset + width > obj->body_size) {
        return writer_fail_object(w, i,
                                  "relocation %u at %u is out of order or of the body's %u bytes",
                                  k, r->offset, obj->body_size);
    }
    *end = r->offset + width;
    return true;
}

static bool scan_hints(Writer *w, unsigned i)
{
    const LinkObject *obj = w->objects[i];
    const LinkHint *hints = link_object_hints(obj);
    const uint8_t *body = link_object_body(obj);

    for (unsigned k = 0; k < obj->nb_hints; k++) {
        const uint32_t at = hints[k].offset;

        if (at >= obj->body_size || (k && at <= hints[k - 1].offset)) {
            return writer_fail_object(w, i,
                                      "hint %u at %u is out of order or of the body's %u bytes", k,
                                      at, obj->body_size);
        }
        if (body[at] != OP_IF && body[at] != OP_BR_IF) {
            return writer_fail_object(w, i, "hint %u at %u is not of a branch", k, at);
        }
    }
    return true;
}

static bool scan_object(Writer *w, unsigned i, uint32_t *type_map)
{
    const LinkObject *obj = w->objects[i];
    const LinkType *types = link_object_types(obj);
    const LinkEntry *entries = link_object_entries(obj);
    uint64_t end = 0;

    if (!obj->body_size || link_object_body(obj)[obj->body_size - 1] != OP_END) {
        return writer_fail_object(w, i, "the body does not end with `end`");
    }
    if (obj->nb_locals > MAX_LOCALS - NB_PARAMS) {
        return writer_fail_object(w, i, "%u locals, at most %u", obj->nb_locals,
                                  MAX_LOCALS - NB_PARAMS);
    }
    for (unsigned k = 0; k < obj->nb_types; k++) {
        uint64_t packed = type_pack(&types[k]);

        if (!packed) {
            return writer_fail_object(w, i, "type %u is not valid", k);
        }
        type_map[k] = type_number(w, packed);
    }
    for (unsigned k = 0; k < obj->nb_entries; k++) {
        if (entries[k].table_slot >= MAX_TABLE) {
            return writer_fail_object(w, i, "table slot %u, at most %u", entries[k].table_slot,
                                      MAX_TABLE - 1);
        }
        w->entries[w->nb_entries++] = (TableEntry){entries[k].table_slot, i, entries[k].key};
    }
    for (unsigned k = 0; k < obj->nb_relocs; k++) {
        if (!scan_reloc(w, i, k, &end)) {
            return false;
        }
    }
    return !w->opt->hints || scan_hints(w, i);
}

/* ---- table slots and keys ---- */

static int compare_slots(const void *a, const void *b)
{
    uint32_t x = ((const TableEntry *)a)->slot, y = ((const TableEntry *)b)->slot;

    return (x > y) - (x < y);
}

static bool sort_entries(Writer *w)
{
    TableEntry *e = w->entries;
    bool sorted = true;

    for (unsigned k = 1; k < w->nb_entries && sorted; k++) {
        sorted = e[k - 1].slot < e[k].slot;
    }
    if (sorted) {
        return true;
    }
    qsort(e, w->nb_entries, sizeof(*e), compare_slots);
    for (unsigned k = 1; k < w->nb_entries; k++) {
        if (e[k].slot == e[k - 1].slot) {
            return writer_fail_object(w, e[k].func, "table slot %u is also object %u's", e[k].slot,
                                      e[k - 1].func);
        }
    }
    return true;
}

static unsigned key_find(const Writer *w, uint32_t key)
{
    unsigned mask = w->key_hash_size - 1;
    unsigned at = key * 0x9e3779b97f4a7c15u >> 32 & mask;

    while (w->key_hash[at] && w->entries[w->key_hash[at] - 1].key != key) {
        at = (at + 1) & mask;
    }
    return at;
}

static bool hash_keys(Writer *w)
{
    unsigned size = SMALL_ENTRIES * 2;

    while (size < w->nb_entries * 2) {
        size *= 2;
    }
    if (size > G_N_ELEMENTS(w->small_keys)) {
        w->key_hash = g_new0(uint32_t, size);
    } else {
        memset(w->small_keys, 0, sizeof(w->small_keys));
    }
    w->key_hash_size = size;
    for (unsigned k = 0; k < w->nb_entries; k++) {
        unsigned at = key_find(w, w->entries[k].key);

        if (w->key_hash[at]) {
            return writer_fail_object(w, w->entries[k].func, "key %u is also object %u's",
                                      w->entries[k].key, w->entries[w->key_hash[at] - 1].func);
        }
        w->key_hash[at] = k + 1;
    }
    return true;
}

int64_t direct_target(const Writer *w, unsigned i, uint32_t key)
{
    const uint32_t unit = w->objects[i]->unit;
    unsigned k = unit && w->key_hash_size ? w->key_hash[key_find(w, key)] : 0;

    if (k && w->objects[w->entries[k - 1].func]->unit == unit) {
        return w->entries[k - 1].func;
    }
    return -1;
}

/* ---- the pass ---- */

static bool check_memory(Writer *w)
{
    const LinkOptions *opt = w->opt;
    uint64_t max = opt->memory64 ? MAX_PAGES64 : MAX_PAGES32;

    if (opt->memory_min > max || opt->memory_max > max) {
        return writer_fail(w, "memory of %" PRIu64 " to %" PRIu64 " pages, at most %" PRIu64,
                           opt->memory_min, opt->memory_max, max);
    }
    if (opt->memory_max ? opt->memory_min > opt->memory_max : opt->shared_memory) {
        return writer_fail(w, "memory of %" PRIu64 " pages with %s maximum", opt->memory_min,
                           opt->memory_max ? "a smaller" : "no");
    }
    return true;
}

bool writer_scan(Writer *w)
{
    size_t nb_types = 0, nb_entries = 0, bytes = 256;
    uint32_t *map;

    if (w->n > MAX_FUNCTIONS) {
        return writer_fail(w, "%u functions, at most %u", w->n, MAX_FUNCTIONS);
    }
    if (!check_memory(w)) {
        return false;
    }
    for (unsigned i = 0; i < w->n; i++) {
        const LinkObject *obj = w->objects[i];

        size_t body = (size_t)obj->locals_size + obj->body_size;

        if (body > MAX_BODY) {
            return writer_fail_object(
                w, i, "function body of %" G_GSIZE_FORMAT " bytes, at most %u", body, MAX_BODY);
        }
        nb_types += obj->nb_types;
        nb_entries += obj->nb_entries;
        bytes += body + 16;
        if (bytes > MAX_MODULE) {
            return writer_fail_object(w, i, "the module has more than %u bytes", MAX_MODULE);
        }
    }
    w->out.cap = bytes;
    w->out.data = g_malloc(bytes);
    map = w->type_map = nb_types > SMALL_MAP ? g_new(uint32_t, nb_types) : w->small_map;
    w->entries = nb_entries > SMALL_ENTRIES ? g_new(TableEntry, nb_entries) : w->small_entries;

    for (unsigned i = 0; i < w->n; i++) {
        if (!scan_object(w, i, map)) {
            return false;
        }
        map += w->objects[i]->nb_types;
    }
    if (w->nb_types > MAX_TYPES) {
        return writer_fail(w, "%u types, at most %u", w->nb_types, MAX_TYPES);
    }
    return sort_entries(w) && (!w->opt->direct || !w->unit_gotos || hash_keys(w));
}
