/*
 * What goes into a job. The worker sees nothing of the TB cache: guest code is copied here, the
 * keys and table slots that the code will name are given out here.
 *
 * A region is the TBs that a hot TB goes to within its page, as long as they are warm themselves,
 * in an order in which each loop is a stretch of its own with the head in front (a weak topological
 * order): that is what structured control flow wants.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/jit-internal.h"
#include "runtime/symbols.h"

enum { REGION_INSNS = 500, MAX_INDIRECT = 256 };

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

/* ---- regions --------------------------------------------------------------------------------- */

/* A set of members, by their number. */
typedef unsigned __int128 Members;

static inline Members member(unsigned v)
{
    return (Members)1 << v;
}

static inline unsigned first_member(Members set)
{
    uint64_t low = (uint64_t)set;
    return low ? (unsigned)__builtin_ctzll(low)
               : 64 + (unsigned)__builtin_ctzll((uint64_t)(set >> 64));
}

typedef struct Region {
    Jit *jit;
    uint32_t keys[JIT_MAX_REGION]; /* the root first */
    unsigned n, insns, most;       /* TBs: how many there may be */
    Members succ[JIT_MAX_REGION], inner;
    uint32_t inner_keys[JIT_MAX_REGION]; /* computed jumps may lead there */
    unsigned nb_inner;
    /* weak topological order, after Bourdoncle: filled from the end */
    uint32_t order[JIT_MAX_REGION];
    unsigned front;
    unsigned number[JIT_MAX_REGION]; /* of a visit; 0 none yet */
    uint8_t stack[JIT_MAX_REGION];
    unsigned depth, counter;
} Region;

enum { WTO_DONE = INT_MAX };
_Static_assert((int)JIT_MAX_REGION <= 128, "sets of members");

static int region_find(const Region *r, uint32_t key)
{
    for (unsigned k = 0; k < r->n; k++) {
        if (r->keys[k] == key) {
            return (int)k;
        }
    }
    return -1;
}

static bool is_warm(Jit *jit, uint32_t key)
{
    const TBKey *k = tbc_key(jit->h->tbc, key);
    return k->tb && k->phys2 == NO_PAGE &&
           (jit->codes[key] || jit->state[key] & KEY_QUEUED ||
            tbc_runs(jit->h->tbc, key) > jit->config.threshold / 8);
}

static void region_add(Region *r, uint32_t key)
{
    if (r->n == r->most || region_find(r, key) >= 0 || !is_warm(r->jit, key)) {
        return;
    }
    unsigned insns = tbc_key(r->jit->h->tbc, key)->tb->n_insns;
    if (r->insns + insns <= REGION_INSNS) {
        r->insns += insns;
        r->keys[r->n++] = key;
    }
}

/* Where a call returns to, if what is called may be in the region; or 0. */
static uint32_t return_site(Region *r, uint32_t key)
{
    const TBKey *k = tbc_key(r->jit->h->tbc, key);
    const TB *tb = k->tb;
    return tb->link && (tb->ptr || (tb->nb_exits && region_find(r, tb->exits[0]) >= 0))
               ? tbc_known_slot(r->jit->h->tbc, k->phys + tb->size, NO_PAGE, k->flags)
               : 0;
}

/* What a computed jump that is no return has led to. */
static void add_indirect(Region *r, uint32_t key)
{
    uint32_t slots[MAX_INDIRECT];
    unsigned n = tbc_indirect(r->jit->h->tbc, key, slots, MAX_INDIRECT);

    for (unsigned k = 0; k < n; k++) {
        region_add(r, slots[k]);
    }
}

/* Breadth first, so that what is near the root is in. */
static void region_grow(Region *r, bool near)
{
    TBCache *tbc = r->jit->h->tbc;

    for (unsigned at = 0; at < r->n; at++) {
        const TB *tb = tbc_key(tbc, r->keys[at])->tb;
        for (unsigned e = 0; e < tb->nb_exits; e++) {
            region_add(r, tb->exits[e]);
        }
        if (near) {
            continue;
        }
        if (tb->ptr && !tbc_is_return(tbc, tb)) {
            add_indirect(r, r->keys[at]);
        }
        uint32_t site = return_site(r, r->keys[at]);
        if (site) {
            region_add(r, site);
        }
    }
}

/* What a computed jump may lead to, as a set of members. */
static Members inner_set(Region *r)
{
    Members set = 0;

    for (unsigned v = 0; v < r->n; v++) {
        const TBKey *k = tbc_key(r->jit->h->tbc, r->keys[v]);
        int site = k->tb->link ? region_find(r, return_site(r, r->keys[v])) : -1;
        set |= site >= 0 ? member((unsigned)site) : 0;
        set |= k->indirect && !k->site ? member(v) : 0;
    }
    return set;
}

/* Successors inside the region, but for the root: a jump to it begins the function anew. */
static void find_successors(Region *r)
{
    r->inner = inner_set(r);
    for (unsigned v = 0; v < r->n; v++) {
        const TB *tb = tbc_key(r->jit->h->tbc, r->keys[v])->tb;
        r->succ[v] = tb->ptr ? r->inner : 0;
        for (unsigned e = 0; e < tb->nb_exits; e++) {
            int w = region_find(r, tb->exits[e]);
            r->succ[v] |= w >= 0 ? member((unsigned)w) : 0;
        }
        r->succ[v] &= ~member(0);
    }
}

static unsigned wto_visit(Region *r, unsigned v);

static unsigned wto_successors(Region *r, unsigned v, bool fresh_only)
{
    unsigned head = r->number[v];

    for (Members set = r->succ[v]; set; set &= set - 1) {
        unsigned w = first_member(set);
        if (!r->number[w]) {
            unsigned least = wto_visit(r, w);
            head = MIN(head, least);
        } else if (!fresh_only) {
            head = MIN(head, r->number[w]);
        }
    }
    return head;
}

static unsigned wto_visit(Region *r, unsigned v)
{
    unsigned own = ++r->counter, head;
    bool loop = false;

    r->stack[r->depth++] = (uint8_t)v;
    r->number[v] = own;
    head = wto_successors(r, v, false);
    loop |= (r->succ[v] & member(v)) != 0;
    if (head == own) {
        unsigned top = r->stack[--r->depth];
        loop |= top != v;
        r->number[v] = WTO_DONE;
        if (loop) {
            while (top != v) {
                r->number[top] = 0;
                top = r->stack[--r->depth];
            }
            wto_successors(r, v, true); /* the loop's own order */
        }
        r->order[--r->front] = r->keys[v];
    }
    return head;
}

static bool is_inner(const Region *r, uint32_t key)
{
    for (unsigned k = 0; k < r->nb_inner; k++) {
        if (r->inner_keys[k] == key) {
            return true;
        }
    }
    return false;
}

/* keys[] in the order in which they are to be emitted. */
static void region_sort(Region *r)
{
    find_successors(r);
    for (Members set = r->inner; set; set &= set - 1) {
        r->inner_keys[r->nb_inner++] = r->keys[first_member(set)];
    }
    memset(r->number, 0, r->n * sizeof(r->number[0]));
    r->front = r->n;
    r->depth = r->counter = 0;
    wto_visit(r, 0);
    /* what is left out is the end of a call from which no return inside comes back */
    g_assert(r->order[r->front] == r->keys[0]);
    r->n -= r->front;
    memcpy(r->keys, r->order + r->front, r->n * sizeof(r->keys[0]));
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
        .computed = k->tb->ptr != 0,
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

static JitCode *code_new(Jit *jit, const Region *r)
{
    JitCode *code = g_malloc0(sizeof(JitCode) + r->n * sizeof(uint32_t));
    const TBKey *key = tbc_key(jit->h->tbc, r->keys[0]);

    code->key = r->keys[0];
    code->page = page_get(jit, key->phys);
    code->id = (uint32_t)(key->phys >> TARGET_PAGE_BITS) + 1;
    code->nb_members = (uint16_t)r->n;
    memcpy(code->members, r->keys, r->n * sizeof(uint32_t));
    g_ptr_array_add(code->page->codes, code);
    return code;
}

/* A new object for a hot key. */
static void add_region(Jit *jit, JitJob *job, const HotKey *hot)
{
    const uint32_t key = hot->key;
    const TBKey *k = tbc_key(jit->h->tbc, key);
    Region r = {.jit = jit, .keys = {key}, .n = 1, .insns = k->tb->n_insns};
    JobObject o = {.first = job->tbs->len, .key = key};

    const bool hot_one = jit->state[key] & KEY_HOT;
    r.most = hot_one ? jit->config.region : jit->config.first;
    if (r.most > 1 && k->phys2 == NO_PAGE) {
        region_grow(&r, !hot_one);
        region_sort(&r);
    }
    if (!table_slot_for(jit, key)) {
        return;
    }
    for (unsigned n = 0; n < r.n; n++) {
        if (!add_tb(jit, job, r.keys[n], hot->pc_page)) {
            g_array_set_size(job->tbs, o.first);
            return;
        }
        g_array_index(job->tbs, JobTB, o.first + n).inner = is_inner(&r, r.keys[n]);
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
        jit->state[key] &= (uint8_t) ~(KEY_HOT | KEY_CALLS); /* it may come again */
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
            job->generation = MAX(job->generation, m->generation + wanted);
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
