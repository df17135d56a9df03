/*
 * Functions: bodies copied piece by piece, between them what the relocations say, each number in as
 * few bytes as it takes. So a body gets shorter and what is in it moves; branch hints move along.
 */
#include "linker/writer.h"

/* ---- branch hints ---- */

typedef struct HintCursor {
    const LinkHint *next;
    unsigned left;
} HintCursor;

static HintCursor begin_hints(Writer *w, unsigned i)
{
    const LinkObject *obj = w->objects[i];
    HintCursor c = {link_object_hints(obj), w->opt->hints ? obj->nb_hints : 0};

    if (c.left) {
        bytes_u(&w->hints, w->imports->len + i);
        bytes_u(&w->hints, c.left);
        w->nb_hinted++;
    }
    return c;
}

/*
 * Hints before `end` of the object's body, which has become place `now` of the function. Places
 * count from the declarations of locals.
 */
static inline void put_hints(Writer *w, HintCursor *c, uint32_t end, uint32_t now)
{
    for (; c->left && c->next->offset < end; c->next++, c->left--) {
        bytes_u(&w->hints, c->next->offset + now - end);
        bytes_u8(&w->hints, 1); /* bytes of the hint */
        bytes_u8(&w->hints, c->next->likely);
    }
}

/* The section has to stand before the code section, which begins at `code`. */
static void insert_hints(Writer *w, size_t code)
{
    static const char name[] = "\x19metadata.code.branch_hint";
    Bytes b = {NULL, 0, 0};
    size_t begin;

    bytes_room(&b, w->hints.len + 64);
    begin = begin_section(&b, SEC_CUSTOM);
    bytes_put(&b, name, sizeof(name) - 1);
    bytes_u(&b, w->nb_hinted);
    bytes_put(&b, w->hints.data, w->hints.len);
    bytes_end(&b, begin);
    bytes_insert(&w->out, code, b.data, b.len);
    g_free(b.data);
}

/* ---- functions ---- */

/* A goto, from its key on. */
static uint8_t *put_goto(Writer *w, unsigned i, uint8_t *to, uint32_t key)
{
    int64_t target = direct_target(w, i, key);

    to += leb_put_s(to, (int32_t)key);
    if (target >= 0) {
        *to++ = OP_RETURN_CALL;
        to += leb_put_u(to, w->imports->len + target);
        w->nb_direct++;
    } else {
        *to++ = w->opt->memory64 ? OP_I64_CONST : OP_I32_CONST;
        to += leb_put_s(to, (int32_t)w->opt->slot_for(w->opt->slot_opaque, key));
        *to++ = OP_RETURN_CALL_INDIRECT;
        *to++ = 0; /* type */
        *to++ = 0; /* table */
        w->nb_slot++;
    }
    return to;
}

static void write_function(Writer *w, unsigned i, const uint32_t *type_map)
{
    const LinkObject *obj = w->objects[i];
    const uint8_t *body = link_object_body(obj);
    const uint32_t most = obj->locals_size + obj->body_size;
    const unsigned width = leb_size_u(most);
    uint8_t *head = bytes_room(&w->out, width + most), *start = head + width, *to = start;
    HintCursor hints = begin_hints(w, i);
    uint32_t at = 0; /* what has been copied of the body */

    memcpy(to, link_object_locals(obj), obj->locals_size);
    to += obj->locals_size;
    for (unsigned k = 0; k < obj->nb_relocs; k++) {
        const LinkReloc *r = &obj->relocs[k];

        memcpy(to, body + at, r->offset - at);
        to += r->offset - at;
        put_hints(w, &hints, r->offset, (uint32_t)(to - start));
        at = r->offset + LINK_LEB_WIDTH;
        switch (r->kind) {
        case RELOC_FUNC_IMPORT: to += leb_put_u(to, w->import_index[r->target] - 1); break;
        case RELOC_TYPE: to += leb_put_u(to, type_map[r->target]); break;
        case RELOC_GOTO_TB:
            to = put_goto(w, i, to, r->target);
            at = r->offset + GOTO_SIZE;
            break;
        }
    }
    memcpy(to, body + at, obj->body_size - at);
    to += obj->body_size - at;
    put_hints(w, &hints, obj->body_size, (uint32_t)(to - start));
    leb_put_wide(head, (uint32_t)(to - start), width);
    w->out.len = (size_t)(to - w->out.data);
}

void write_code(Writer *w)
{
    const size_t code = w->out.len, begin = begin_section(&w->out, SEC_CODE);
    const uint32_t *type_map = w->type_map;

    bytes_u(&w->out, w->n);
    for (unsigned i = 0; i < w->n; i++) {
        write_function(w, i, type_map);
        type_map += w->objects[i]->nb_types;
    }
    bytes_end(&w->out, begin);
    if (w->nb_hinted) {
        insert_hints(w, code);
    }
}
