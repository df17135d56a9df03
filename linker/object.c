/* The life of an object. */
#include "linker/object.h"

LinkObject *link_object_new(void)
{
    LinkObject *obj = g_new0(LinkObject, 1);

    obj->body = g_byte_array_new();
    obj->locals = g_array_new(FALSE, FALSE, sizeof(uint8_t));
    obj->relocs = g_array_new(FALSE, FALSE, sizeof(LinkReloc));
    obj->types = g_array_new(FALSE, TRUE, sizeof(LinkType));
    obj->entries = g_array_new(FALSE, FALSE, sizeof(LinkEntry));
    obj->exits = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return obj;
}

void link_object_free(LinkObject *obj)
{
    if (!obj) {
        return;
    }
    g_byte_array_unref(obj->body);
    g_array_unref(obj->locals);
    g_array_unref(obj->relocs);
    g_array_unref(obj->types);
    g_array_unref(obj->entries);
    g_array_unref(obj->exits);
    g_free(obj->name);
    g_free(obj);
}

size_t link_object_size(const LinkObject *obj)
{
    return sizeof(*obj) + obj->body->len + obj->locals->len + obj->relocs->len * sizeof(LinkReloc);
}
