/*
 * The work of a job: guest code -> IR -> objects -> one module. Runs in the worker or on the vCPU's
 * thread; it touches nothing but the job and its own context.
 */
#include <stdlib.h>

#include "runtime/host.h"
#include "runtime/jit-internal.h"
#include "runtime/translate.h"

void job_context_init(JobContext *c, const Jit *jit)
{
    c->ops = jit->h->cs->ops;
    c->tcg = tcg_context_new();
    tcg_register_helpers(c->tcg, c->ops->helpers, c->ops->nb_helpers);
    c->ops->tcg_init(c->tcg);
    c->link = &jit->link;
    c->tail_calls = jit->config.mode == JIT_BATCH && jit->config.link != LINK_NONE;
}

void job_context_clear(JobContext *c)
{
    tcg_context_free(c->tcg);
}

/* ---- a region as one piece of IR ------------------------------------------------------------- */

typedef struct Stretch {
    const JobTB *tb;
    unsigned label;
} Stretch;

static int stretch_at(const Stretch *s, unsigned n, uint32_t offset)
{
    for (unsigned k = 0; k < n; k++) {
        if (s[k].tb->page_offset == offset) {
            return (int)k;
        }
    }
    return -1;
}

static TCGOp branch_to(TCGContext *s, unsigned label)
{
    s->labels[label].refs++;
    return (TCGOp){.opc = INDEX_op_br, .type = TCG_TYPE_I64, .args = {label}};
}

/*
 * Label of a goto's target in the region, or -1: outside, or the root, which the generator does, or
 * a label that the optimiser has dropped.
 */
static int inner_target(const TCGContext *tcg, const Stretch *s, unsigned n, const TCGOp *op,
                        bool optimized)
{
    int k = op->opc == INDEX_op_goto_tb && op->args[1] < TARGET_PAGE_SIZE
                ? stretch_at(s, n, op->args[1])
                : -1;
    return k > 0 && (!optimized || tcg->labels[s[k].label].present) ? (int)s[k].label : -1;
}

/*
 * Gotos inside the region become branches. A conditional branch around a goto,
 *     brcond c, L; goto_tb A; set_label L; goto_tb B
 * branches to where B is at once.
 */
static bool link_inside(TCGContext *tcg, const Stretch *s, unsigned n, unsigned from,
                        bool optimized)
{
    bool any = false;

    for (unsigned i = from; i < tcg->nb_ops; i++) {
        TCGOp *op = &tcg->ops[i];
        int label = inner_target(tcg, s, n, op, optimized);
        if (label < 0) {
            continue;
        }
        *op = branch_to(tcg, (unsigned)label);
        any = true;
        if (i >= 3 && i + 1 == tcg->nb_ops && op[-1].opc == INDEX_op_set_label &&
            op[-3].opc == INDEX_op_brcond && op[-3].args[3] == op[-1].args[0] &&
            tcg->labels[op[-1].args[0]].refs == 1) {
            tcg->labels[op[-1].args[0]].refs--;
            tcg->labels[op[-1].args[0]].present = false;
            op[-3].args[3] = (uint32_t)label;
            tcg->nb_ops -= 2;
        }
    }
    return any;
}

/* A computed jump looks first whether it leads to a TB inside. */
static void look_inside(TCGContext *tcg, const JobTB *t)
{
    if (tcg->nb_inner && t->computed && tcg->nb_ops &&
        tcg->ops[tcg->nb_ops - 1].opc == INDEX_op_goto_ptr) {
        TCGv target = {(uint16_t)tcg->ops[--tcg->nb_ops].args[0]};
        tcg_gen_goto_inner(tcg, target);
        tcg_gen_goto_ptr(tcg, target);
    }
}

static int by_offset(const void *a, const void *b)
{
    return ((const TCGInner *)a)->page_offset - ((const TCGInner *)b)->page_offset;
}

static void set_inner(TCGContext *tcg, const Stretch *s, unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        if (s[k].tb->inner) {
            tcg->inner[tcg->nb_inner++] =
                (TCGInner){s[k].tb->page_offset, (uint16_t)(k ? s[k].label : TCG_ROOT_LABEL)};
        }
    }
    qsort(tcg->inner, tcg->nb_inner, sizeof(tcg->inner[0]), by_offset);
}

static bool translate_one(JobContext *c, const JitJob *job, const JobTB *t)
{
    TBRequest req = {
        .flags = t->flags,
        .page_offset = t->page_offset,
        .code = job->bytes->data + t->code,
        .avail = t->avail,
        .max_insns = t->n_insns,
    };
    c->ops->translate(c->tcg, &req);
    return !c->tcg->overflow && req.n_insns == t->n_insns;
}

/* IR of tbs[first .. first + n). False: too much for one. */
static bool translate(JobContext *c, const JitJob *job, const JobTB *tbs, unsigned n)
{
    Stretch s[JIT_MAX_REGION];

    tcg_func_start(c->tcg);
    for (unsigned k = 0; k < n; k++) {
        s[k] = (Stretch){&tbs[k], k ? tcg_new_label(c->tcg) : 0};
    }
    if (n > 1) {
        set_inner(c->tcg, s, n);
    }
    for (unsigned k = 0; k < n; k++) {
        unsigned from = c->tcg->nb_ops;
        if (k) {
            tcg_gen_set_label(c->tcg, s[k].label);
            tcg_gen_tb_head(c->tcg, tbs[k].key, tbs[k].n_insns);
        }
        if (!translate_one(c, job, &tbs[k])) {
            return false;
        }
        look_inside(c->tcg, &tbs[k]);
        link_inside(c->tcg, s, n, from, false);
    }
    ir_optimize(c->tcg);
    if (link_inside(c->tcg, s, n, 0, true)) {
        ir_optimize(c->tcg); /* returns whose calls are known by now */
    }
    ir_liveness(c->tcg);
    return true;
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

static LinkObject *generate(JobContext *c, const JitJob *job, const JobTB *tbs, unsigned n,
                            uint32_t table_slot)
{
    ExitRequest exits = {tbs, n};
    WasmGen gen = {
        .memory64 = c->link->memory64,
        .tail_calls = c->tail_calls,
        .key = tbs->key,
        .table_slot = table_slot,
        .page_offset = tbs->page_offset,
        .n_insns = tbs->n_insns,
        .key_for = key_for_exit,
        .far_key_for = key_for_far,
        .opaque = &exits,
    };
    for (unsigned k = 0; k < n; k++) {
        gen.slow_calls |= tbs[k].slow_calls;
    }
    return translate(c, job, tbs, n) ? wasm_generate(c->tcg, &gen) : NULL;
}

static void make_object(JobContext *c, JitJob *job, JobObject *o)
{
    const JobTB *tbs = &g_array_index(job->tbs, JobTB, o->first);
    uint32_t slot = c->link->slot_for(c->link->slot_opaque, tbs->key);

    o->obj = generate(c, job, tbs, o->n, slot);
    if (!o->obj && o->n > 1) {
        o->obj = generate(c, job, tbs, 1, slot); /* too large as a region */
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
