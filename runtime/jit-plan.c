/*
 * What goes into a job. The worker sees nothing of the TB cache: guest code is copied here, the
 * keys and table slots that the code will name are given out here.
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/jit-internal.h"
#include "runtime/symbols.h"

/* ---- jobs ------------------------------------------------------------------------------------ */

JitJob *job_new(void)
{
    JitJob *job = g_new0(JitJob, 1);
    job->tbs = g_array_new(FALSE, FALSE, sizeof(JobTB));
    job->bytes = g_byte_array_new();
    job->objects = g_array_new(FALSE, FALSE, sizeof(JobObject));
    job->replaces = g_ptr_array_new();
    return job;
}

void job_free(JitJob *job)
{
    for (unsigned k = 0; k < job->objects->len; k++) {
        JobObject *o = &g_array_index(job->objects, JobObject, k);
        if (o->n && o->obj) {
            link_object_free(o->obj);
        }
        g_free(o->name);
    }
    if (job->module) {
        link_module_free(job->module);
    }
    g_array_free(job->tbs, TRUE);
    g_byte_array_free(job->bytes, TRUE);
    g_array_free(job->objects, TRUE);
    g_ptr_array_free(job->replaces, TRUE);
    g_free(job->error);
    g_free(job);
}

/* ---- a batch --------------------------------------------------------------------------------- */

static void add_exit(Jit *jit, JobTB *t, uint32_t key)
{
    if (jit->config.mode == JIT_BATCH && !table_slot_for(jit, key)) {
        return; /* the table is full: it goes there by way of the jump cache or the dispatcher */
    }
    t->exits[t->nb_exits].key = key;
    t->exits[t->nb_exits++].offset =
        (uint32_t)(tbc_key(jit->h->tbc, key)->phys & ~TARGET_PAGE_MASK);
}

/*
 * Where a jump to another page leads, as far as one can tell: asked in the address space of now,
 * which need not be the one the TB ran in. Code that goes there checks at run time.
 */
static void add_far(Jit *jit, JobTB *t, uint64_t pc_page, int32_t disp)
{
    uint64_t phys;
    bool partial;

    /* a full cache has slots left for one TB: it is about to be flushed */
    if (pc_page == NO_PAGE || jit->config.link == LINK_NONE || tbc_full(jit->h->tbc) ||
        !hart_fetch(jit->h, pc_page + (uint64_t)(int64_t)disp, true, &phys, &partial) || partial) {
        return;
    }
    uint32_t key = tbc_slot(jit->h->tbc, phys, NO_PAGE, tbc_key(jit->h->tbc, t->key)->flags);
    if (table_slot_for(jit, key)) {
        t->far[t->nb_far].disp = disp;
        t->far[t->nb_far++].key = key;
    }
}

static bool add_tb(Jit *jit, JitJob *job, uint32_t key, uint64_t pc_page)
{
    const TBKey *k = tbc_key(jit->h->tbc, key);
    uint8_t buf[TBC_BUF];
    TBRequest req;

    if (!tbc_request(jit->h->tbc, key, &req, buf)) {
        return false;
    }
    JobTB t = {
        .key = key,
        .flags = req.flags,
        .code = job->bytes->len,
        .page_offset = (uint16_t)req.page_offset,
        .avail = k->tb->size,
        .n_insns = k->tb->n_insns,
        .slow_calls = jit->state[key] & KEY_CALLS,
        .apart = jit->state[key] & KEY_APART,
    };
    for (unsigned e = 0; e < k->tb->nb_exits; e++) {
        add_exit(jit, &t, k->tb->exits[e]);
    }
    for (unsigned e = 0; e < k->tb->nb_far; e++) {
        add_far(jit, &t, pc_page, k->tb->far[e]);
    }
    g_byte_array_append(job->bytes, req.code, k->tb->size);
    g_array_append_val(job->tbs, t);
    return true;
}

/* "name+0x12" if there are symbols, else the address, for a page that is mapped where it ran last.
 */
static char *code_name(Jit *jit, const TBKey *key)
{
    uint64_t pc = jit->h->cs->pc_page | (key->phys & ~TARGET_PAGE_MASK);
    GString *name = g_string_new(NULL);
    if (jit->config.mode == JIT_BATCH) {
        pc = key->phys; /* whose page runs now is another matter */
    }
    if (!symbols_describe(jit->h->vm->symbols, pc, name)) {
        g_string_printf(name, "guest_%" G_GINT64_MODIFIER "x", (guint64)pc);
    }
    return g_string_free(name, FALSE);
}

static uint16_t nb_apart(const Jit *jit, const RegionPlan *r)
{
    unsigned n = 0;
    for (unsigned k = 0; k < r->n; k++) {
        n += (jit->state[r->keys[k]] & KEY_APART) != 0;
    }
    return (uint16_t)n;
}

static JitCode *code_new(Jit *jit, const RegionPlan *r)
{
    JitCode *code = g_malloc0(sizeof(JitCode) + r->n * sizeof(uint32_t));
    const TBKey *key = tbc_key(jit->h->tbc, r->keys[0]);

    code->key = r->keys[0];
    code->page = page_get(jit, key->phys);
    code->id = (uint32_t)(key->phys >> TARGET_PAGE_BITS) + 1;
    code->nb_members = (uint16_t)r->n;
    code->shape = r->shape;
    code->nb_apart = nb_apart(jit, r);
    memcpy(code->members, r->keys, r->n * sizeof(uint32_t));
    g_ptr_array_add(code->page->codes, code);
    return code;
}

/*
 * The live code has just these TBs and nothing new is to be said of them: made again it would only
 * lose what the engine's optimiser has done.
 */
static bool is_there_already(const Jit *jit, const RegionPlan *r)
{
    const JitCode *code = jit->codes[r->keys[0]];

    if (!code || !code->unit || code->nb_members != r->n || code->shape != r->shape ||
        code->nb_apart != nb_apart(jit, r) ||
        memcmp(code->members, r->keys, r->n * sizeof(r->keys[0])) != 0) {
        return false;
    }
    for (unsigned k = 0; k < r->n && !code->calls; k++) {
        if (jit->state[r->keys[k]] & KEY_CALLS) {
            return false;
        }
    }
    return true;
}

/* A new object for a hot key. */
static void add_region(Jit *jit, JitJob *job, const HotKey *hot)
{
    const uint32_t key = hot->key;
    const TBKey *k = tbc_key(jit->h->tbc, key);
    const bool hot_one = jit->state[key] & KEY_HOT;
    JobObject o = {.first = job->tbs->len, .key = key};
    RegionPlan r;

    region_plan(jit, key, hot_one ? jit->config.region : jit->config.first, !hot_one, &r);
    if (is_there_already(jit, &r)) {
        if (!jit->codes[key]->grown) {
            jit->state[key] &= (uint8_t)~KEY_HOT; /* samples may find more around it later */
        }
        return;
    }
    if (!table_slot_for(jit, key)) {
        return;
    }
    for (unsigned n = 0; n < r.n; n++) {
        if (!add_tb(jit, job, r.keys[n], hot->pc_page)) {
            g_array_set_size(job->tbs, o.first);
            return;
        }
        JobTB *t = &g_array_index(job->tbs, JobTB, o.first + n);
        t->computed = r.computed[n];
        t->inner = r.inner[n];
    }
    o.n = r.n;
    o.code = code_new(jit, &r);
    o.code->in_job = true;
    o.code->grown = hot_one;
    for (unsigned n = 1; n < r.n && !hot_one; n++) {
        jit->state[r.keys[n]] |= KEY_COVERED;
    }
    o.name = jit->link.names ? code_name(jit, k) : NULL;
    g_array_append_val(job->objects, o);
}

static void add_kept(JitJob *job, JitCode *code)
{
    JobObject o = {.obj = code->obj, .key = code->key, .code = code};
    code->in_job = true;
    g_array_append_val(job->objects, o);
}

static bool page_is_held(Jit *jit, uint32_t key)
{
    uint64_t number = tbc_key(jit->h->tbc, key)->phys & TARGET_PAGE_MASK;
    const JitPage *p = g_hash_table_lookup(jit->pages, &number);
    return p && cpu_insns(jit->h->cs) < p->held_until;
}

static void plan_key(Jit *jit, JitJob *job, const HotKey *hot)
{
    const uint32_t key = hot->key;
    JitCode *code = jit->codes[key];
    const bool upgrade = jit->state[key] & KEY_UPGRADE;

    jit->state[key] &= (uint8_t)~KEY_UPGRADE;
    if ((jit->fns[key] && !upgrade) || !tbc_key(jit->h->tbc, key)->tb) {
        return;
    }
    if (page_is_held(jit, key)) {
        jit->state[key] &= (uint8_t) ~(KEY_HOT | KEY_SLOW); /* it may come again */
        if (!jit->fns[key]) {
            tbc_interpret(jit->h->tbc, key, JIT_MAX_THRESHOLD);
        }
    } else if (code && !upgrade) {
        add_kept(job, code);
    } else if (!upgrade && jit->state[key] & KEY_COVERED) {
        /* whoever runs it will mostly come from where it is inside */
        jit->state[key] &= (uint8_t)~KEY_COVERED;
        tbc_interpret(jit->h->tbc, key, (uint16_t)MAX(jit->config.threshold / 4, 1));
    } else {
        if (!jit->fns[key]) {
            tbc_interpret(jit->h->tbc, key, JIT_MAX_THRESHOLD); /* it waits for the job now */
        }
        add_region(jit, job, hot);
    }
}

static int by_address(const void *a, const void *b)
{
    const JitCode *x = ((const JobObject *)a)->code, *y = ((const JobObject *)b)->code;
    return (x->id > y->id) - (x->id < y->id);
}

/* TBs of a page stand together. */
static JitJob *finish_plan(JitJob *job)
{
    if (!job->objects->len) {
        job_free(job);
        return NULL;
    }
    qsort(job->objects->data, job->objects->len, sizeof(JobObject), by_address);
    return job;
}

JitJob *plan_batch(Jit *jit, unsigned most)
{
    JitJob *job = job_new();
    unsigned k = 0;

    for (; k < jit->queue->len && job->objects->len < most; k++) {
        const HotKey *hot = &g_array_index(jit->queue, HotKey, k);
        jit->state[hot->key] &= (uint8_t)~KEY_QUEUED;
        plan_key(jit, job, hot);
    }
    g_array_remove_range(jit->queue, 0, k);
    return finish_plan(job);
}

/* ---- compaction ------------------------------------------------------------------------------ */

/* Linking it anew would lose optimised code that is in use. */
static bool is_hot(const Jit *jit, const JitModule *m)
{
    return jit->heat >= 16 && m->heat * 8 >= jit->heat;
}

static bool mostly_dead(const JitModule *m)
{
    return m->nb_live * 4 < m->nb_codes;
}

static void add_module(JitJob *job, JitModule *m)
{
    for (unsigned k = 0; k < m->units->len; k++) {
        const JitUnit *u = g_ptr_array_index(m->units, k);
        for (unsigned n = 0; n < u->codes->len; n++) {
            JitCode *code = g_ptr_array_index(u->codes, n);
            if (!code->superseded) {
                add_kept(job, code);
            }
        }
    }
    g_ptr_array_add(job->replaces, m);
}

void plan_fade(Jit *jit)
{
    jit->heat = 0;
    for (JitModule *m = jit->modules.next; m != &jit->modules; m = m->next) {
        m->heat /= 2;
        jit->heat += m->heat;
    }
}

JitJob *plan_compaction(Jit *jit)
{
    enum { GENERATIONS = 16 };
    unsigned count[GENERATIONS] = {0}, dead = 0, which = GENERATIONS;
    const bool crowded = jit->live + 4 >= jit->limit; /* then hot ones move, too */
    JitJob *job;

    for (JitModule *m = jit->modules.next; m != &jit->modules; m = m->next) {
        count[MIN(m->generation, GENERATIONS - 1)] += crowded || !is_hot(jit, m);
        dead += mostly_dead(m);
    }
    for (unsigned g = 0; g < GENERATIONS && which == GENERATIONS; g++) {
        which = count[g] >= (crowded ? 2 : jit->config.compact) ? g : which;
    }
    if (which == GENERATIONS && dead < jit->config.compact) {
        return NULL;
    }
    job = job_new();
    for (JitModule *m = jit->modules.next; m != &jit->modules; m = m->next) {
        const bool wanted = m->generation == which && (crowded || !is_hot(jit, m));
        if (wanted || mostly_dead(m)) {
            add_module(job, m);
            job->generation = MAX(job->generation, MIN(m->generation + wanted, GENERATIONS - 1));
        }
    }
    plan_fade(jit);
    return finish_plan(job);
}

/* The oldest, in jit=batch the oldest of the coldest. */
JitModule *plan_coldest(Jit *jit)
{
    JitModule *coldest = jit->modules.next;
    for (JitModule *m = coldest; jit->config.mode == JIT_BATCH && m != &jit->modules; m = m->next) {
        if (m->heat < coldest->heat) {
            coldest = m;
        }
    }
    return coldest;
}
