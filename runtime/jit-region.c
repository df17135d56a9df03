/*
 * Which TBs become one function. A region is the TBs that a hot TB goes to within its page, as long
 * as they are warm themselves, in an order in which each loop is a stretch of its own with the head
 * in front (a weak topological order): that is what structured control flow wants.
 *
 * Computed jumps stay inside where they can. Each has a set of TBs that it may lead to: for a
 * return the sites of the calls from which one comes to it, for any other what such jumps have led
 * to. The smaller the sets, the fewer edges the engine's optimiser has to think of.
 */
#include <limits.h>
#include <string.h>

#include "runtime/jit-internal.h"

enum { REGION_INSNS = 500, MAX_INDIRECT = 256, WTO_DONE = INT_MAX, NO_MEMBER = -1 };

/* Of members, by their number. */
typedef unsigned __int128 Members;
_Static_assert((int)JIT_MAX_REGION <= 128, "sets of members");

typedef struct Region {
    Jit *jit;
    bool near;                     /* only gotos are followed */
    uint32_t keys[JIT_MAX_REGION]; /* the root first */
    unsigned n, insns, most;       /* TBs: how many there may be */
    Members live;                  /* what the root leads to */
    Members goes[JIT_MAX_REGION];  /* by computed jumps */
    uint8_t set[JIT_MAX_REGION];   /* their sets: 1 + number, 0 none */
    Members sets[TCG_INNER_SETS];
    unsigned nb_sets;
    /* weak topological order, after Bourdoncle: filled from the end */
    Members succ[JIT_MAX_REGION];
    uint8_t order[JIT_MAX_REGION];
    unsigned front;
    unsigned number[JIT_MAX_REGION]; /* of a visit; 0 none yet */
    uint8_t stack[JIT_MAX_REGION];
    unsigned depth, counter;
} Region;

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

static int region_find(const Region *r, uint32_t key)
{
    for (unsigned k = 0; k < r->n; k++) {
        if (r->keys[k] == key) {
            return (int)k;
        }
    }
    return NO_MEMBER;
}

static const TB *tb_of(const Region *r, unsigned v)
{
    return tbc_key(r->jit->h->tbc, r->keys[v])->tb;
}

/* ---- which ----------------------------------------------------------------------------------- */

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
static uint32_t return_site(const Region *r, unsigned v)
{
    const TBKey *k = tbc_key(r->jit->h->tbc, r->keys[v]);
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
static void region_grow(Region *r)
{
    TBCache *tbc = r->jit->h->tbc;

    for (unsigned at = 0; at < r->n; at++) {
        const TB *tb = tb_of(r, at);
        for (unsigned e = 0; e < tb->nb_exits; e++) {
            region_add(r, tb->exits[e]);
        }
        if (r->near) {
            continue;
        }
        if (tb->ptr && !tbc_is_return(tbc, tb)) {
            add_indirect(r, r->keys[at]);
        }
        uint32_t site = return_site(r, at);
        if (site) {
            region_add(r, site);
        }
    }
}

/* ---- where to -------------------------------------------------------------------------------- */

static Members exits_inside(const Region *r, unsigned v)
{
    const TB *tb = tb_of(r, v);
    Members set = 0;

    for (unsigned e = 0; e < tb->nb_exits; e++) {
        int w = region_find(r, tb->exits[e]);
        set |= w >= 0 ? member((unsigned)w) : 0;
    }
    return set & r->live;
}

/* What computed jumps that are no returns have led to. */
static Members jumped_to(const Region *r)
{
    Members set = 0;

    for (unsigned v = 0; v < r->n; v++) {
        const TBKey *k = tbc_key(r->jit->h->tbc, r->keys[v]);
        set |= k->indirect && !k->site ? member(v) : 0;
    }
    return set & r->live;
}

static Members reached(const Members *next, Members from)
{
    Members all = from, todo = from;

    while (todo) {
        unsigned v = first_member(todo);
        todo = (todo & ~member(v)) | (next[v] & ~all);
        all |= next[v];
    }
    return all;
}

/*
 * Fills goes[]: a return leads to the sites of the calls from whose target one comes to it. What is
 * not live neither calls nor is gone to.
 */
static void find_targets(Region *r)
{
    const Members jumps = jumped_to(r);
    Members returns = 0, called[JIT_MAX_REGION], next[JIT_MAX_REGION];
    int site[JIT_MAX_REGION];

    for (unsigned v = 0; v < r->n; v++) {
        const TB *tb = tb_of(r, v);
        const bool is_return = tbc_is_return(r->jit->h->tbc, tb);
        called[v] = exits_inside(r, v);
        called[v] |= tb->ptr && !is_return ? jumps : 0;
        site[v] = tb->link && r->live & member(v) ? region_find(r, return_site(r, v)) : NO_MEMBER;
        /* as seen from within a function, a call goes on behind itself */
        next[v] = !tb->link ? called[v] : site[v] >= 0 ? member((unsigned)site[v]) : 0;
        returns |= is_return ? member(v) : 0;
        r->goes[v] = tb->ptr && !is_return ? jumps : 0;
    }
    for (unsigned v = 0; v < r->n; v++) {
        Members set = site[v] >= 0 ? reached(next, called[v]) & returns : 0;
        for (; set; set &= set - 1) {
            r->goes[first_member(set)] |= member((unsigned)site[v]);
        }
    }
}

/* goes[] and live. The end of a call is live only if a return leads there, which may be all there
 * is. */
static void find_live_targets(Region *r)
{
    Members next[JIT_MAX_REGION], before;

    r->live = ~(Members)0;
    do {
        before = r->live;
        find_targets(r);
        for (unsigned v = 0; v < r->n; v++) {
            next[v] = exits_inside(r, v) | r->goes[v];
        }
        r->live = reached(next, member(0));
    } while (r->live != before);
}

/* Numbers the sets. The last of so many is for all the rest, so it may be larger than needed. */
static void number_sets(Region *r)
{
    for (unsigned v = 0; v < r->n; v++) {
        unsigned k = 0;
        if (!r->goes[v] || !(r->live & member(v))) {
            continue;
        }
        while (k < r->nb_sets && r->sets[k] != r->goes[v]) {
            k++;
        }
        k = MIN(k, TCG_INNER_SETS - 1);
        r->sets[k] |= r->goes[v];
        r->nb_sets = MAX(r->nb_sets, k + 1);
        r->set[v] = (uint8_t)(k + 1);
    }
}

/* Successors inside the region, but for the root: a jump to it begins the function anew. */
static void find_successors(Region *r)
{
    for (unsigned v = 0; v < r->n; v++) {
        r->succ[v] = exits_inside(r, v);
        r->succ[v] |= r->set[v] ? r->sets[r->set[v] - 1] : 0;
        r->succ[v] &= ~member(0);
    }
}

/* ---- in what order --------------------------------------------------------------------------- */

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
        r->order[--r->front] = (uint8_t)v;
    }
    return head;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* What is left out is the end of a call from which no return inside comes back. */
static void region_result(const Region *r, RegionPlan *plan)
{
    plan->n = r->n - r->front;
    plan->shape = 0;
    for (unsigned k = 0; k < plan->n; k++) {
        unsigned v = r->order[r->front + k];
        plan->keys[k] = r->keys[v];
        plan->computed[k] = r->set[v];
        plan->inner[k] = 0;
        for (unsigned n = 0; n < r->nb_sets; n++) {
            plan->inner[k] |= r->sets[n] & member(v) ? (uint32_t)1 << n : 0;
        }
        plan->shape = 0x01000193 * (plan->shape ^ plan->inner[k]) + plan->computed[k];
    }
    g_assert(plan->keys[0] == r->keys[0]);
}

void region_plan(Jit *jit, uint32_t key, unsigned most, bool near, RegionPlan *plan)
{
    const TBKey *k = tbc_key(jit->h->tbc, key);
    Region r = {.jit = jit, .near = near, .keys = {key}, .n = 1, .insns = k->tb->n_insns};

    r.most = k->phys2 == NO_PAGE ? most : 1; /* a straddling TB is alone */
    region_grow(&r);
    if (r.n > 1) {
        find_live_targets(&r);
        number_sets(&r);
    }
    find_successors(&r);
    r.front = r.n;
    wto_visit(&r, 0);
    region_result(&r, plan);
}
