/* -d wasm: what a job made, as text. Runs on the vCPU's thread, which the log belongs to. */
#include <inttypes.h>

#include "runtime/jit-internal.h"
#include "runtime/log.h"

static void put_title(const Jit *jit, const JobObject *o, GString *out)
{
    const TBKey *key = tbc_key(jit->h->tbc, o->key);
    const char *name = o->obj ? o->obj->name : o->name;

    g_string_append_printf(out, "WASM: key %u phys 0x%" PRIx64 " flags 0x%x", o->key, key->phys,
                           key->flags);
    if (name) {
        g_string_append_printf(out, " %s", name);
    }
    for (unsigned k = 1; k < o->code->nb_members; k++) {
        g_string_append_printf(out, k == 1 ? " with keys %u" : " %u", o->code->members[k]);
    }
    g_string_append(out, !o->obj ? ": stays interpreted\n" : o->n ? "\n" : ": as before\n");
}

void job_log(const Jit *jit, const JitJob *job)
{
    g_autoptr(GString) out = g_string_new(NULL);
    unsigned n = 0;

    for (unsigned k = 0; k < job->objects->len; k++) {
        n += g_array_index(job->objects, JobObject, k).obj != NULL;
    }
    g_string_append_printf(out, "WASM: module of %u function%s, %u bytes\n", n, n == 1 ? "" : "s",
                           job->module ? job->module->bytes->len : 0);
    for (unsigned k = 0; k < job->objects->len; k++) {
        const JobObject *o = &g_array_index(job->objects, JobObject, k);
        put_title(jit, o, out);
        if (o->n && o->obj) {
            wasm_text(o->obj, jit->imports, jit->link.nb_imports, out);
        }
    }
    log_write(out->str, out->len);
}
