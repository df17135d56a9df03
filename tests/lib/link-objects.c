/* Hand-made objects. */
#include "tests/lib/link-objects.h"

#include "linker/leb.h"

void add_reloc(LinkDraft *obj, unsigned kind, uint32_t target)
{
    LinkReloc r = {obj->body->len, kind, target};

    g_array_append_val(obj->relocs, r);
    OPS(obj, 0, 0, 0, 0, 0);
}

void add_hint(LinkDraft *obj, bool likely)
{
    LinkHint h = {obj->body->len, likely};

    g_array_append_val(obj->hints, h);
}

void add_entry(LinkDraft *obj, uint32_t key, uint32_t slot)
{
    LinkEntry e = {key, slot};

    g_array_append_val(obj->entries, e);
}

void add_locals(LinkDraft *obj, uint8_t type, unsigned n)
{
    while (n--) {
        g_array_append_val(obj->locals, type);
    }
}

void op_env(LinkDraft *obj, bool memory64)
{
    OPS(obj, 0x20, 0);
    if (!memory64) {
        OPS(obj, 0xa7);
    }
}

void op_call(LinkDraft *obj, uint32_t import)
{
    OPS(obj, 0x10);
    add_reloc(obj, RELOC_FUNC_IMPORT, import);
}

void op_goto(LinkDraft *obj, bool memory64, uint32_t key)
{
    OPS(obj, 0x20, 0, 0x41);
    add_reloc(obj, RELOC_GOTO_TB, key);
    OPS(obj, memory64 ? 0x42 : 0x41, 0, 0, 0, 0, 0, 0x13, 0, 0, 0, 0, 0, 0);
}

LinkDraft *object_const(uint32_t key, uint32_t slot, int32_t value)
{
    LinkDraft *obj = link_draft_new();
    uint8_t leb[LEB_MAX];

    add_entry(obj, key, slot);
    OPS(obj, 0x41);
    g_byte_array_append(obj->body, leb, leb_put_s(leb, value));
    OPS(obj, OP_END);
    return obj;
}

LinkDraft *object_count(bool memory64, uint32_t key, uint32_t slot, uint32_t next)
{
    LinkDraft *obj = link_draft_new();

    add_entry(obj, key, slot);
    add_locals(obj, WASM_I32, 1);
    op_env(obj, memory64);
    OPS(obj, 0x28, 2, 0, 0x22, 2, 0x45, 0x04, 0x40, 0x41, 2, 0x0f, OP_END);
    op_env(obj, memory64);
    OPS(obj, 0x20, 2, 0x41, 1, 0x6b, 0x36, 2, 0);
    op_goto(obj, memory64, next);
    OPS(obj, OP_END);
    return obj;
}

LinkDraft *object_helpers(bool memory64, uint32_t key, uint32_t slot, uint32_t next)
{
    LinkDraft *obj = link_draft_new();

    add_entry(obj, key, slot);
    OPS(obj, 0x20, 0);
    op_call(obj, 1);
    OPS(obj, 0x20, 0, 0x20, 1);
    op_call(obj, 0);
    OPS(obj, 0x1a);
    op_goto(obj, memory64, next);
    OPS(obj, OP_END);
    return obj;
}

LinkObject **objects_finish(LinkDraft **drafts, unsigned n)
{
    LinkObject **objects = g_new(LinkObject *, n);

    for (unsigned i = 0; i < n; i++) {
        objects[i] = link_draft_finish(drafts[i]);
    }
    return objects;
}

void objects_free(LinkObject **objects, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        link_object_free(objects[i]);
    }
    g_free(objects);
}
