/* Hand-made objects. */
#include "tests/lib/link-objects.h"

#include "linker/leb.h"

void add_reloc(LinkObject *obj, unsigned kind, uint32_t target)
{
    LinkReloc r = {obj->body->len, kind, target};

    g_array_append_val(obj->relocs, r);
    OPS(obj, 0, 0, 0, 0, 0);
}

void add_entry(LinkObject *obj, uint32_t key, uint32_t slot)
{
    LinkEntry e = {key, slot};

    g_array_append_val(obj->entries, e);
}

void add_locals(LinkObject *obj, uint8_t type, unsigned n)
{
    while (n--) {
        g_array_append_val(obj->locals, type);
    }
}

void op_env(LinkObject *obj, bool memory64)
{
    OPS(obj, 0x20, 0);
    if (!memory64) {
        OPS(obj, 0xa7);
    }
}

void op_call(LinkObject *obj, uint32_t import)
{
    OPS(obj, 0x10);
    add_reloc(obj, RELOC_FUNC_IMPORT, import);
}

void op_goto(LinkObject *obj, bool memory64, uint32_t key)
{
    LinkReloc r = {obj->body->len + 3, RELOC_GOTO_TB, key};

    g_array_append_val(obj->relocs, r);
    g_array_append_val(obj->exits, key);
    OPS(obj, 0x20, 0, 0x41, 0, 0, 0, 0, 0, memory64 ? 0x42 : 0x41, 0, 0, 0, 0, 0, 0x13, 0, 0);
}

LinkObject *object_const(uint32_t key, uint32_t slot, int32_t value)
{
    LinkObject *obj = link_object_new();
    uint8_t leb[LEB_MAX];

    add_entry(obj, key, slot);
    OPS(obj, 0x41);
    g_byte_array_append(obj->body, leb, leb_put_s(leb, value));
    OPS(obj, OP_END);
    return obj;
}

LinkObject *object_count(bool memory64, uint32_t key, uint32_t slot, uint32_t next)
{
    LinkObject *obj = link_object_new();

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

LinkObject *object_helpers(bool memory64, uint32_t key, uint32_t slot, uint32_t next)
{
    LinkObject *obj = link_object_new();

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
