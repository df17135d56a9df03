/* The life of an object. */
#include "linker/leb.h"
#include "linker/object.h"

LinkDraft *link_draft_new(void)
{
    LinkDraft *d = g_new(LinkDraft, 1);

    d->body = g_byte_array_new();
    d->locals = g_array_new(FALSE, FALSE, sizeof(uint8_t));
    d->relocs = g_array_new(FALSE, FALSE, sizeof(LinkReloc));
    d->hints = g_array_new(FALSE, FALSE, sizeof(LinkHint));
    d->types = g_array_new(FALSE, TRUE, sizeof(LinkType));
    d->entries = g_array_new(FALSE, FALSE, sizeof(LinkEntry));
    return d;
}

void link_draft_free(LinkDraft *d)
{
    if (!d) {
        return;
    }
    g_byte_array_unref(d->body);
    g_array_unref(d->locals);
    g_array_unref(d->relocs);
    g_array_unref(d->hints);
    g_array_unref(d->types);
    g_array_unref(d->entries);
    g_free(d);
}

static unsigned run_end(const GArray *locals, unsigned from)
{
    unsigned k = from + 1;

    while (k < locals->len && locals->data[k] == locals->data[from]) {
        k++;
    }
    return k;
}

/* Bytes of the declarations: runs of one type each. */
static uint32_t size_locals(const GArray *locals, unsigned *runs)
{
    uint32_t size = 0;

    *runs = 0;
    for (unsigned k = 0, end; k < locals->len; k = end) {
        end = run_end(locals, k);
        size += leb_size_u(end - k) + 1;
        (*runs)++;
    }
    return size + leb_size_u(*runs);
}

static uint8_t *put_locals(uint8_t *p, const GArray *locals, unsigned runs)
{
    p += leb_put_u(p, runs);
    for (unsigned k = 0, end; k < locals->len; k = end) {
        end = run_end(locals, k);
        p += leb_put_u(p, end - k);
        *p++ = (uint8_t)locals->data[k];
    }
    return p;
}

static uint8_t *put_array(uint8_t *p, const GArray *a, size_t size)
{
    if (a->len) {
        memcpy(p, a->data, a->len * size);
    }
    return p + a->len * size;
}

LinkObject *link_draft_finish(LinkDraft *d)
{
    unsigned runs;
    LinkObject head = {
        .nb_relocs = d->relocs->len,
        .nb_entries = d->entries->len,
        .nb_hints = d->hints->len,
        .nb_types = d->types->len,
        .nb_locals = d->locals->len,
        .locals_size = size_locals(d->locals, &runs),
        .body_size = d->body->len,
    };
    LinkObject *obj = g_malloc(link_object_size(&head));
    uint8_t *p = (uint8_t *)obj->relocs;

    memcpy(obj, &head, offsetof(LinkObject, relocs));
    p = put_array(p, d->relocs, sizeof(LinkReloc));
    p = put_array(p, d->entries, sizeof(LinkEntry));
    p = put_array(p, d->hints, sizeof(LinkHint));
    p = put_array(p, d->types, sizeof(LinkType));
    p = put_locals(p, d->locals, runs);
    if (d->body->len) {
        memcpy(p, d->body->data, d->body->len);
    }
    link_draft_free(d);
    return obj;
}

void link_object_free(LinkObject *obj)
{
    if (obj) {
        g_free(obj->name);
        g_free(obj);
    }
}

size_t link_object_size(const LinkObject *obj)
{
    return offsetof(LinkObject, relocs) + obj->nb_relocs * sizeof(LinkReloc) +
           obj->nb_entries * sizeof(LinkEntry) + obj->nb_hints * sizeof(LinkHint) +
           obj->nb_types * sizeof(LinkType) + obj->locals_size + obj->body_size +
           (obj->name ? strlen(obj->name) + 1 : 0);
}
