/*
 * The work of a job: guest code -> IR -> objects -> one module. Runs in the worker or on the vCPU's
 * thread; it touches nothing but the job and its own context.
 */
#include "runtime/host.h"
#include "runtime/jit-internal.h"
#include "runtime/region.h"

void job_context_init(JobContext *c, const Jit *jit)
{
    c->ops = jit->h->cs->ops;
    c->tcg = tcg_context_new();
    tcg_register_helpers(c->tcg, c->ops->helpers, c->ops->nb_helpers);
    c->ops->tcg_init(c->tcg);
    c->link = &jit->link;
    c->count_hits = jit->config.counters;
    c->tail_calls = jit->config.mode == JIT_BATCH && jit->config.link != LINK_NONE;
}

void job_context_clear(JobContext *c)
{
    tcg_context_free(c->tcg);
}

/* ---- IR -------------------------------------------------------------------------------------- */

typedef struct Translation {
    JobContext *c;
    const JitJob *job;
    const JobTB *tbs;
} Translation;

static bool translate_one(void *opaque, unsigned k)
{
    const Translation *x = opaque;
    const JobTB *t = &x->tbs[k];
    TBRequest req = {
        .flags = t->flags,
        .page_offset = t->page_offset,
        .code = x->job->bytes->data + t->code,
        .avail = t->avail,
        .max_insns = t->n_insns,
    };
    x->c->ops->translate(x->c->tcg, &req);
    return !x->c->tcg->overflow && req.n_insns == t->n_insns;
}

/* IR of tbs[0 .. n). False: too much for one. */
static bool translate(JobContext *c, const JitJob *job, const JobTB *tbs, unsigned n)
{
    Translation x = {c, job, tbs};
    RegionTB r[JIT_MAX_REGION];
    _Static_assert((int)JIT_MAX_REGION <= (int)REGION_MAX_TBS, "labels of its TBs");

    for (unsigned k = 0; k < n; k++) {
        r[k] = (RegionTB){tbs[k].key, tbs[k].page_offset, tbs[k].n_insns, tbs[k].computed,
                          tbs[k].inner};
    }
    return region_build(c->tcg, r, n, translate_one, &x);
}

/* ---- objects --------------------------------------------------------------------------------- */

typedef struct ExitRequest {
    const JobTB *tbs;
    unsigned n;
} ExitRequest;

static uint32_t key_for_exit(void *opaque, uint32_t page_offset)
{
    const ExitRequest *r = opaque;
    for (unsigned k = 0; k < r->n; k++) {
        if (r->tbs[k].page_offset == page_offset) {
            return r->tbs[k].key;
        }
        for (unsigned e = 0; e < r->tbs[k].nb_exits; e++) {
            if (r->tbs[k].exits[e].offset == page_offset) {
                return r->tbs[k].exits[e].key;
            }
        }
    }
    return 0;
}

static uint32_t key_for_far(void *opaque, int32_t disp)
{
    const ExitRequest *r = opaque;
    for (unsigned k = 0; k < r->n; k++) {
        for (unsigned e = 0; e < r->tbs[k].nb_far; e++) {
            if (r->tbs[k].far[e].disp == disp) {
                return r->tbs[k].far[e].key;
            }
        }
    }
    return 0;
}

static bool is_apart(void *opaque, uint32_t key)
{
    const ExitRequest *r = opaque;
    for (unsigned k = 0; k < r->n; k++) {
        if (r->tbs[k].key == key) {
            return r->tbs[k].apart;
        }
    }
    return false;
}

/* An object of the first n TBs; false: too much for one. */
static bool generate(JobContext *c, JitJob *job, JobObject *o, unsigned n, uint32_t table_slot)
{
    const JobTB *tbs = &g_array_index(job->tbs, JobTB, o->first);
    ExitRequest exits = {tbs, n};
    WasmGen gen = {
        .memory64 = c->link->memory64,
        .tail_calls = c->tail_calls,
        .count_hits = c->count_hits,
        .key = tbs->key,
        .table_slot = table_slot,
        .page_offset = tbs->page_offset,
        .n_insns = tbs->n_insns,
        .key_for = key_for_exit,
        .far_key_for = key_for_far,
        .apart = is_apart,
        .opaque = &exits,
    };
    for (unsigned k = 0; k < n; k++) {
        gen.slow_calls |= tbs[k].slow_calls;
    }
    o->obj = translate(c, job, tbs, n) ? wasm_generate(c->tcg, &gen) : NULL;
    o->nb_made = (uint16_t)n;
    o->slow_calls = gen.slow_calls;
    job->nb_guarded += o->obj ? gen.nb_guarded : 0;
    return o->obj != NULL;
}

static void make_object(JobContext *c, JitJob *job, JobObject *o)
{
    uint32_t slot = c->link->slot_for(c->link->slot_opaque, o->key);

    for (unsigned n = o->n; n && !generate(c, job, o, n, slot); n /= 8) {
        /* fewer if it is too large */
    }
    if (o->obj) {
        o->obj->unit = o->code->id;
        o->obj->name = g_steal_pointer(&o->name);
    }
}

void job_run(JobContext *c, JitJob *job)
{
    g_autofree LinkObject **objects = g_new(LinkObject *, job->objects->len);
    int64_t t0 = host_monotonic_ns(), t1;
    unsigned n = 0;

    for (unsigned k = 0; k < job->objects->len; k++) {
        JobObject *o = &g_array_index(job->objects, JobObject, k);
        if (o->n) {
            make_object(c, job, o);
        }
        if (o->obj) {
            objects[n++] = o->obj;
        }
    }
    t1 = host_monotonic_ns();
    if (n) {
        job->module = link_write_module(objects, n, c->link, &job->error);
    }
    job->generate_ns = t1 - t0;
    job->link_ns = host_monotonic_ns() - t1;
}
