/* Modules, units and table slots: coming and leaving. See jit-internal.h. */
#include <string.h>

#include "runtime/host.h"
#include "runtime/jit-internal.h"
#include "runtime/log.h"

enum {
    TABLE_STEP = 1024,
    /* a page retired so often, each time within so many instructions, is held in the interpreter */
    RETIRES = 4,
    RETIRES_INSNS = 20 * 1000 * 1000,
    ONE_REWRITE_INSNS = 4096, /* a page may have TBs in several modules: it is rewritten once */
    HOLD_INSNS = 50 * 1000 * 1000,
    REFUSAL_INSNS = 200 * 1000 * 1000, /* so long a refusal keeps the limit down */
};

typedef struct Stub {
    uint32_t key, table_slot;
} Stub;

/* ---- table slots ----------------------------------------------------------------------------- */

static uint32_t slot_new(Jit *jit)
{
    if (!jit->free_slots->len) {
        uint32_t first = jit->engine ? jit_host_table_reserve(TABLE_STEP) : jit->next_slot + 1;
        if (!first) {
            return 0;
        }
        jit->next_slot += TABLE_STEP;
        for (uint32_t k = TABLE_STEP; k-- > 0;) {
            uint32_t slot = first + k;
            g_array_append_val(jit->free_slots, slot);
        }
    }
    uint32_t slot = g_array_index(jit->free_slots, uint32_t, jit->free_slots->len - 1);
    g_array_set_size(jit->free_slots, jit->free_slots->len - 1);
    return slot;
}

/* In jit=batch a key has its slot until everything is flushed, in jit=tb while it is compiled. */
uint32_t table_slot_for(Jit *jit, uint32_t key)
{
    if (!jit->table_slot[key]) {
        jit->table_slot[key] = slot_new(jit);
    }
    return jit->table_slot[key];
}

static void slot_to_stub(Jit *jit, uint32_t key)
{
    Stub s = {key, jit->table_slot[key]};
    g_array_append_val(jit->stubs, s);
    if (jit->config.mode == JIT_TB) {
        jit->table_slot[key] = 0;
    }
}

static void restore_stubs(Jit *jit)
{
    for (unsigned k = 0; k < jit->stubs->len; k++) {
        Stub s = g_array_index(jit->stubs, Stub, k);
        if (jit->config.mode == JIT_TB) {
            g_array_append_val(jit->free_slots, s.table_slot);
        } else if (jit->fns[s.key]) {
            continue; /* compiled again already */
        }
        if (jit->engine) {
            jit_host_clear(s.table_slot, 1);
        }
    }
    g_array_set_size(jit->stubs, 0);
}

void unit_safe_point(Jit *jit)
{
    if (jit->stubs->len) {
        restore_stubs(jit);
    }
    for (unsigned k = 0; k < jit->dropped->len; k++) {
        jit_host_drop(g_array_index(jit->dropped, int, k), 0, 0);
    }
    g_array_set_size(jit->dropped, 0);
}

/* ---- pages and codes ------------------------------------------------------------------------- */

JitPage *page_get(Jit *jit, uint64_t phys)
{
    uint64_t number = phys & TARGET_PAGE_MASK;
    JitPage *p = g_hash_table_lookup(jit->pages, &number);
    if (!p) {
        p = g_new0(JitPage, 1);
        p->phys = number;
        p->units = g_ptr_array_new();
        p->codes = g_ptr_array_new();
        g_hash_table_insert(jit->pages, &p->phys, p);
    }
    return p;
}

void page_free(void *opaque)
{
    JitPage *p = opaque;
    g_ptr_array_free(p->units, TRUE);
    g_ptr_array_free(p->codes, TRUE);
    g_free(p);
}

void code_free(Jit *jit, JitCode *code)
{
    g_ptr_array_remove_fast(code->page->codes, code);
    if (jit->codes[code->key] == code) {
        jit->codes[code->key] = NULL;
    }
    if (code->obj) {
        jit->code_bytes -= link_object_size(code->obj);
        link_object_free(code->obj);
    }
    g_free(code);
}

static bool has_member(const JitCode *code, uint32_t key)
{
    for (unsigned k = 0; k < code->nb_members; k++) {
        if (code->members[k] == key) {
            return true;
        }
    }
    return false;
}

/* The code of the guest has changed, or the object is not wanted any more. */
static void code_drop(Jit *jit, JitCode *code)
{
    if (code->in_job) {
        code->stale = true;
    } else {
        code_free(jit, code);
    }
}

bool code_to_come(Jit *jit, uint32_t key)
{
    const JitPage *p = page_get(jit, tbc_key(jit->h->tbc, key)->phys);

    for (unsigned k = 0; k < p->codes->len; k++) {
        const JitCode *code = g_ptr_array_index(p->codes, k);
        if (code->key == key && code->in_job && !code->unit && !code->stale) {
            return true;
        }
    }
    return false;
}

void unit_forget_kept(Jit *jit)
{
    GHashTableIter it;
    gpointer page;

    g_hash_table_iter_init(&it, jit->pages);
    while (g_hash_table_iter_next(&it, NULL, &page)) {
        GPtrArray *codes = ((JitPage *)page)->codes;
        for (unsigned k = codes->len; k-- > 0;) {
            JitCode *code = g_ptr_array_index(codes, k);
            if (!code->unit && !code->in_job) {
                code_free(jit, code);
            }
        }
    }
}

/* ---- leaving --------------------------------------------------------------------------------- */

static void unit_free(JitUnit *u)
{
    g_ptr_array_remove_fast(u->page->units, u);
    g_ptr_array_remove_fast(u->module->units, u);
    g_ptr_array_free(u->codes, TRUE);
    g_free(u);
}

/* Nothing in it is live: superseded codes may be left. */
static void module_unlink(Jit *jit, JitModule *m)
{
    while (m->units->len) {
        JitUnit *u = g_ptr_array_index(m->units, m->units->len - 1);
        for (unsigned k = 0; k < u->codes->len; k++) {
            code_free(jit, g_ptr_array_index(u->codes, k));
        }
        unit_free(u);
    }
    if (jit->job) {
        g_ptr_array_remove(jit->job->replaces, m);
    }
    m->prev->next = m->next;
    m->next->prev = m->prev;
    jit->live--;
    jit->h->vm->stats.units_live = jit->live;
    jit->code_bytes -= m->bytes;
    jit->heat -= m->heat;
    g_array_append_val(jit->dropped, m->handle);
    g_ptr_array_free(m->units, TRUE);
    g_free(m);
}

/* A code is not to be entered any more; the interpreter has its TB again. */
static void code_leave(Jit *jit, JitCode *code, uint16_t runs)
{
    code->unit->module->nb_live--;
    code->unit = NULL;
    jit->fns[code->key] = 0;
    slot_to_stub(jit, code->key);
    tbc_interpret(jit->h->tbc, code->key, runs);
}

void queue_key(Jit *jit, uint32_t key, uint64_t pc_page)
{
    HotKey hot = {key, pc_page};

    if (jit->state[key] & KEY_QUEUED) {
        return;
    }
    if (!jit->queue->len) {
        jit->queued_at = cpu_insns(jit->h->cs);
    }
    jit->state[key] |= KEY_QUEUED;
    g_array_append_val(jit->queue, hot);
}

void unit_retire(Jit *jit, JitUnit *u, uint32_t key)
{
    JitModule *m = u->module;

    for (unsigned k = 0; k < u->codes->len; k++) {
        JitCode *code = g_ptr_array_index(u->codes, k);
        if (code->superseded) {
            code_free(jit, code);
            continue;
        }
        code_leave(jit, code, WAITING_RUNS);
        queue_key(jit, code->key, NO_PAGE); /* if its own TB is gone, it will not be wanted */
        if (has_member(code, key)) {
            code_drop(jit, code);
        }
    }
    unit_free(u);
    if (!m->nb_live) {
        module_unlink(jit, m);
    }
    jit->h->vm->stats.units_retired++;
    /* its code may be running, in a loop of its own: leave at its next head */
    cpu_interrupt(jit->h->cs);
}

/* A page that is rewritten again and again is interpreted for a while. */
void page_note_rewritten(Jit *jit, uint64_t phys)
{
    JitPage *p = page_get(jit, phys);
    uint64_t now = cpu_insns(jit->h->cs);

    if (p->retired && now - p->retired_at < ONE_REWRITE_INSNS) {
        return;
    }
    p->retired = now - p->retired_at < RETIRES_INSNS ? p->retired + 1 : 1;
    p->retired_at = now;
    if (p->retired >= RETIRES) {
        p->held_until = now + HOLD_INSNS;
        jit->h->vm->stats.pages_held++;
    }
}

bool unit_retire_tb(Jit *jit, uint32_t key)
{
    uint64_t number = tbc_key(jit->h->tbc, key)->phys & TARGET_PAGE_MASK;
    JitPage *p = g_hash_table_lookup(jit->pages, &number);
    bool any = false;

    if (!p) {
        return false;
    }
    for (unsigned k = p->units->len; k-- > 0;) {
        JitUnit *u = g_ptr_array_index(p->units, k);
        bool has = false;
        for (unsigned n = 0; n < u->codes->len && !has; n++) {
            has = has_member(g_ptr_array_index(u->codes, n), key);
        }
        if (has) {
            unit_retire(jit, u, key);
            any = true;
        }
    }
    for (unsigned k = p->codes->len; k-- > 0;) { /* those that are only kept, or in a job */
        JitCode *code = g_ptr_array_index(p->codes, k);
        if (!code->unit && has_member(code, key)) {
            code_drop(jit, code);
        }
    }
    return any;
}

static bool has_superseded(const JitUnit *u, uint32_t key)
{
    for (unsigned k = 0; k < u->codes->len; k++) {
        const JitCode *code = g_ptr_array_index(u->codes, k);
        if (code->superseded && code->key == key) {
            return true;
        }
    }
    return false;
}

bool unit_relink_callers(Jit *jit, uint32_t key)
{
    JitPage *p = page_get(jit, tbc_key(jit->h->tbc, key)->phys);
    bool any = false;

    for (unsigned k = p->units->len; k-- > 0;) {
        JitUnit *u = g_ptr_array_index(p->units, k);
        if (has_superseded(u, key)) {
            unit_retire(jit, u, NO_KEY); /* the others are queued as they are */
            any = true;
        }
    }
    return any;
}

/* All of its codes leave; none is kept. */
static void module_empty(Jit *jit, JitModule *m)
{
    while (m->units->len) {
        JitUnit *u = g_ptr_array_index(m->units, m->units->len - 1);
        for (unsigned n = 0; n < u->codes->len; n++) {
            JitCode *code = g_ptr_array_index(u->codes, n);
            if (!code->superseded) {
                code_leave(jit, code, (uint16_t)jit->config.threshold);
            }
            code_drop(jit, code);
        }
        unit_free(u);
    }
    module_unlink(jit, m);
}

void module_drop(Jit *jit, JitModule *m)
{
    module_empty(jit, m);
    jit->h->vm->stats.units_dropped++;
}

/* ---- coming ---------------------------------------------------------------------------------- */

/* The engine refused: live with fewer instances than there are now, for a while. */
static void refused(Jit *jit)
{
    jit->h->vm->stats.refusals++;
    jit->limit = MAX(JIT_MIN_INSTANCES, MIN(jit->limit, jit->live - jit->live / 8));
    jit->limit_until = cpu_insns(jit->h->cs) + REFUSAL_INSNS;
    while (jit->live > jit->limit) {
        module_drop(jit, jit->modules.next);
    }
}

void unit_discard(Jit *jit, JitJob *job)
{
    for (unsigned k = 0; k < job->objects->len; k++) {
        JobObject *o = &g_array_index(job->objects, JobObject, k);
        JitCode *code = o->code;
        code->in_job = false;
        if (!code->unit) {
            jit->state[code->key] &= (uint8_t) ~(KEY_HOT | KEY_SLOW); /* if it was an upgrade */
            if (!code->stale && !jit->fns[code->key]) {
                /* no point in trying again without an engine, or what the generator cannot do */
                const unsigned runs =
                    jit->engine && o->obj ? jit->config.threshold : JIT_MAX_THRESHOLD;
                tbc_interpret(jit->h->tbc, code->key, (uint16_t)runs);
            }
            if (o->n && o->obj) {
                link_object_free(o->obj);
            }
            o->obj = NULL;
            code_free(jit, code);
        }
    }
    job_free(job);
}

static void dump_module(Jit *jit, const LinkModule *m)
{
    g_autofree char *path = g_strdup_printf("%s/%u.wasm", jit->config.dump_dir, jit->dumped++);
    int fd = host_open(path, HOST_CREATE);
    if (fd >= 0) {
        host_write_all(fd, m->bytes->data, m->bytes->len);
        host_close(fd);
    }
}

/* C functions of the imports that the module uses, in its order. */
static int instantiate(Jit *jit, const LinkModule *m)
{
    g_autofree uint64_t *addresses = g_new(uint64_t, m->imports->len);
    for (unsigned k = 0; k < m->imports->len; k++) {
        addresses[k] = jit->imports[g_array_index(m->imports, uint32_t, k)].address;
    }
    return jit_host_instantiate(m->bytes->data, m->bytes->len, addresses, m->imports->len);
}

/*
 * The engine compiles a function when it is called first: called here with no budget it leaves at
 * its head, and the time has a name.
 */
static void first_call(Jit *jit, uint32_t key)
{
    jit_host_func(jit->table_slot[key])(jit->dummy, key);
}

static JitUnit *unit_of(JitModule *m, JitPage *page)
{
    for (unsigned k = 0; k < page->units->len; k++) {
        JitUnit *u = g_ptr_array_index(page->units, k);
        if (u->module == m) {
            return u;
        }
    }
    JitUnit *u = g_new0(JitUnit, 1);
    u->module = m;
    u->page = page;
    u->codes = g_ptr_array_new();
    g_ptr_array_add(m->units, u);
    g_ptr_array_add(page->units, u);
    return u;
}

/* The objects of a job belong to their codes now. */
static void take_objects(Jit *jit, JitJob *job)
{
    for (unsigned k = 0; k < job->objects->len; k++) {
        JobObject *o = &g_array_index(job->objects, JobObject, k);
        o->code->in_job = false;
        if (o->n && o->obj) {
            o->code->body_size = o->obj->body_size;
            o->code->nb_members = o->nb_made;
            o->code->calls = o->slow_calls;
        }
        if (o->n && o->obj && jit->config.mode == JIT_BATCH) {
            o->code->obj = o->obj;
            jit->code_bytes += link_object_size(o->obj);
        } else if (o->n && o->obj) {
            link_object_free(o->obj);
        }
        o->obj = NULL;
    }
}

/* Pages with a TB in the job that has changed since: their units were never born. */
static GHashTable *dead_pages(JitJob *job)
{
    GHashTable *dead = NULL;
    for (unsigned k = 0; k < job->objects->len; k++) {
        JitCode *code = g_array_index(job->objects, JobObject, k).code;
        if (code->stale) {
            dead = dead ? dead : g_hash_table_new(NULL, NULL);
            g_hash_table_add(dead, code->page);
        }
    }
    return dead;
}

/* A code moves from its old module, if it has one. */
static void code_move(JitCode *code)
{
    if (code->unit) {
        code->unit->module->nb_live--;
        g_ptr_array_remove_fast(code->unit->codes, code);
        code->unit = NULL;
    }
}

/* The code takes the key over from an older one. */
static void code_supersede(Jit *jit, JitCode *code)
{
    JitCode *old = jit->codes[code->key];

    jit->codes[code->key] = code;
    if (!old || old == code) {
        return;
    }
    if (!old->unit) {
        code_free(jit, old);
        return;
    }
    old->superseded = true;
    if (!--old->unit->module->nb_live) {
        jit->h->vm->stats.modules_merged++;
        module_unlink(jit, old->unit->module);
    }
}

static void code_enter(Jit *jit, JitModule *m, JitCode *code)
{
    code_supersede(jit, code);
    code_move(code);
    code->unit = unit_of(m, code->page);
    g_ptr_array_add(code->unit->codes, code);
    m->nb_live++;
    jit->fns[code->key] = jit->table_slot[code->key];
    tbc_leave_interpreter(jit->h->tbc, code->key);
}

static void enter_all(Jit *jit, JitJob *job, JitModule *m)
{
    g_autoptr(GHashTable) dead = dead_pages(job);
    int64_t t0;

    for (unsigned k = 0; k < job->objects->len; k++) {
        JitCode *code = g_array_index(job->objects, JobObject, k).code;
        if (!code->obj && jit->config.mode == JIT_BATCH) {
            code_free(jit, code); /* not servable: it stays interpreted */
        } else if (!dead || !g_hash_table_contains(dead, code->page)) {
            code_enter(jit, m, code);
            m->nb_codes++;
            if (g_array_index(job->objects, JobObject, k).n) {
                jit->h->vm->stats.tbs_compiled += code->nb_members;
                jit->h->vm->stats.object_bytes += code->body_size;
                jit->h->vm->stats.regions += code->nb_members > 1;
                for (unsigned n = 0; n < code->nb_members; n++) {
                    jit->slow[code->members[n]] = 0; /* those were of the older code */
                }
            }
        } else {
            /* the element segment has put the new function there: back to what was */
            const uint32_t code_key = code->key;
            code_supersede(jit, code);
            code_move(code);
            jit->fns[code->key] = 0;
            slot_to_stub(jit, code->key);
            if (code->stale) {
                /* the entry's own TB may be as it was */
                code_free(jit, code);
                tbc_interpret(jit->h->tbc, code_key, (uint16_t)jit->config.threshold);
            } else {
                tbc_interpret(jit->h->tbc, code->key, WAITING_RUNS);
                queue_key(jit, code->key, NO_PAGE);
            }
        }
    }
    restore_stubs(jit);
    t0 = host_monotonic_ns();
    for (unsigned k = 0; k < job->objects->len; k++) {
        const JobObject *o = &g_array_index(job->objects, JobObject, k);
        if (o->n && jit->fns[o->key]) {
            first_call(jit, o->key); /* those linked again when they are wanted: jit-worker.c */
        }
    }
    jit->h->vm->stats.first_call_ns += host_monotonic_ns() - t0;
}

static void count_module(Jit *jit, const JitJob *job, const JitModule *m)
{
    TBStats *st = &jit->h->vm->stats;
    st->modules++;
    st->relinks += job->replaces->len != 0;
    st->codes_compiled += job->replaces->len ? 0 : m->nb_codes;
    st->codes_relinked += job->replaces->len ? m->nb_codes : 0;
    st->links_direct += job->module->nb_direct;
    st->links_slot += job->module->nb_slot;
    st->links_guarded += job->nb_guarded;
    st->wasm_bytes += m->bytes;
    st->generate_ns += job->generate_ns;
    st->link_ns += job->link_ns;
    st->worker_ns += job->by_worker ? job->generate_ns + job->link_ns : 0;
    st->units_live = jit->live;
    st->units_most = MAX(st->units_most, jit->live);
    st->code_cache_most = MAX(st->code_cache_most, jit->code_bytes);
}

/*
 * What a new module begins with: as hot as those that it replaces, or else as the others are on
 * average, so that it is not the first to go before a sample could find it.
 */
static uint64_t first_heat(const Jit *jit, const JitJob *job)
{
    uint64_t heat = 0;

    for (unsigned k = 0; k < job->replaces->len; k++) {
        heat += ((const JitModule *)g_ptr_array_index(job->replaces, k))->heat;
    }
    return job->replaces->len || !jit->live ? heat : jit->heat / jit->live;
}

bool unit_install(Jit *jit, JitJob *job)
{
    if (job->error) {
        log_printf("jit: %s\n", job->error);
    }
    if (G_UNLIKELY(log_mask & LOG_WASM)) {
        job_log(jit, job);
    }
    if (job->module && jit->config.dump_dir) {
        dump_module(jit, job->module);
    }
    int handle = job->module && jit->engine ? instantiate(jit, job->module) : -1;
    if (handle < 0) {
        bool engine_refused = job->module && jit->engine;
        unit_discard(jit, job);
        if (engine_refused) {
            refused(jit);
        }
        return false;
    }
    JitModule *m = g_new0(JitModule, 1);
    m->handle = handle;
    m->generation = job->generation;
    m->bytes = job->module->bytes->len;
    m->heat = first_heat(jit, job);
    jit->heat += m->heat;
    m->units = g_ptr_array_new();
    m->next = &jit->modules;
    m->prev = jit->modules.prev;
    m->prev->next = m->next->prev = m;
    jit->code_bytes += m->bytes;
    jit->live++;
    take_objects(jit, job);
    enter_all(jit, job, m);
    for (unsigned k = 0; k < job->replaces->len; k++) {
        jit->h->vm->stats.modules_merged++;
        module_empty(jit, g_ptr_array_index(job->replaces, k)); /* what has not moved */
    }
    count_module(jit, job, m);
    job_free(job);
    if (!m->nb_live) {
        module_unlink(jit, m);
    }
    unit_safe_point(jit);
    return true;
}
