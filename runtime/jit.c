/* See jit.h: the life of the compiler, and what it does when. */
#include "runtime/jit.h"

#include <inttypes.h>
#include <string.h>

#include "runtime/host.h"
#include "runtime/jit-internal.h"
#include "runtime/log.h"

enum {
    SLOW_EXITS = 1000,
    OWN_LOOP_SAMPLES = 4,
    SLOW_EXIT_INSNS = 50, /* what one costs, as interpreted instructions */
    MAX_AGE = 32,         /* times JitConfig.wait: what is not run any more waits no longer */
    REFUSED_COMPACTION_INSNS = 200 * 1000 * 1000, /* so long none is tried after a refusal */
};

static void on_retired(void *opaque, uint32_t slot)
{
    Jit *jit = opaque;
    if (unit_retire_tb(jit, slot)) {
        page_note_rewritten(jit, tbc_key(jit->h->tbc, slot)->phys);
    }
}

/* What a table slot holds whose key is not compiled: the dispatcher is to go on there. */
static uint32_t miss_stub(void *env, uint32_t key)
{
    (void)env;
    return key;
}

static uint32_t slot_of_key(void *opaque, uint32_t key)
{
    return ((Jit *)opaque)->table_slot[key];
}

/* A zeroed table for all keys there can ever be: few of its pages are touched. Never freed. */
static void *by_key(size_t size)
{
    void *table = host_alloc_ram(size * TCI_MAX_SLOTS);
    if (!table) {
        g_error("jit: no memory for the tables by key");
    }
    return table;
}

static void make_tables(Jit *jit)
{
    jit->fns = by_key(sizeof(jit->fns[0]));
    jit->table_slot = by_key(sizeof(jit->table_slot[0]));
    jit->codes = by_key(sizeof(jit->codes[0]));
    jit->state = by_key(sizeof(jit->state[0]));
    jit->slow = by_key(sizeof(jit->slow[0]));
    jit->samples = by_key(sizeof(jit->samples[0]));
    jit->dummy = g_malloc0(CPU_TEMPS_OFFSET);
    jit->queue = g_array_new(FALSE, FALSE, sizeof(HotKey));
    jit->free_slots = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    jit->stubs = g_array_new(FALSE, FALSE, 2 * sizeof(uint32_t));
    jit->dropped = g_array_new(FALSE, FALSE, sizeof(int));
    jit->pages = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, page_free);
    jit->modules.next = jit->modules.prev = &jit->modules;
}

Jit *jit_new(Hart *h, const JitConfig *config, char **error)
{
    if (!jit_host_available() && !config->dump_dir) {
        *error = g_strdup_printf(
            "jit=%s: this host has no WebAssembly engine (the native build interprets)",
            config->mode == JIT_TB ? "tb" : "batch");
        return NULL;
    }
    Jit *jit = g_new0(Jit, 1);
    jit->h = h;
    jit->config = *config;
    jit->config.first = MIN(config->first, config->region);
    if (config->mode == JIT_TB) {
        jit->config.batch = 1;
        jit->config.wait = 0;
        jit->config.region = 1;
        jit->config.first = 1;
        jit->config.link = LINK_NONE;
    }
    if (!jit_host_tail_calls()) {
        jit->config.link = LINK_NONE;
    }
    jit->engine = jit_host_available();
    jit->limit = config->max_instances;
    make_tables(jit);
    jit_host_memory(&jit->link);
    jit->imports = wasm_imports(tbc_context(h->tbc), &jit->link.nb_imports);
    jit->link.imports = jit->imports;
    jit->link.slot_for = slot_of_key;
    jit->link.slot_opaque = jit;
    jit->link.names = config->names || config->dump_dir || log_mask & LOG_WASM;
    jit->link.direct = config->mode == JIT_BATCH && jit->config.link == LINK_DIRECT;
    jit->link.hints = true;
    job_context_init(&jit->job_context, jit);
    if (jit->engine) {
        jit_host_set_stub(miss_stub);
        jit_host_inject_refusals(config->refuse_permille, config->refuse_seed);
    }
    h->fns = jit->fns;
    h->jit = jit;
    tbc_set_count(h->tbc, (uint16_t)config->threshold);
    tbc_set_retired(h->tbc, on_retired, jit);
    return jit;
}

void jit_free(Jit *jit)
{
    jit_flush(jit);
    if (jit->worker) {
        worker_stop(jit->worker);
    }
    jit->h->fns = NULL;
    jit->h->jit = NULL;
    job_context_clear(&jit->job_context);
    g_hash_table_destroy(jit->pages);
    g_array_free(jit->dropped, TRUE);
    g_array_free(jit->stubs, TRUE);
    g_array_free(jit->free_slots, TRUE);
    g_array_free(jit->queue, TRUE);
    g_free(jit->dummy);
    g_free(jit->imports);
    g_free(jit);
}

static void free_kept_codes(Jit *jit)
{
    GHashTableIter it;
    void *page;

    g_hash_table_iter_init(&it, jit->pages);
    while (g_hash_table_iter_next(&it, NULL, &page)) {
        GPtrArray *codes = ((JitPage *)page)->codes;
        while (codes->len) {
            code_free(jit, g_ptr_array_index(codes, codes->len - 1));
        }
    }
    g_hash_table_remove_all(jit->pages);
}

void jit_flush(Jit *jit)
{
    uint32_t used = tbc_slots_used(jit->h->tbc) + 1;

    while (jit->modules.next != &jit->modules) {
        module_drop(jit, jit->modules.next);
    }
    if (jit->job) {
        unit_discard(jit, worker_result(jit->worker, true));
        jit->job = NULL;
    }
    unit_safe_point(jit);
    free_kept_codes(jit);
    g_array_set_size(jit->queue, 0);
    jit->waited = 0;
    /* nothing names a slot any more: all are free, and hold the stub */
    for (uint32_t key = 0; key < used; key++) {
        if (jit->table_slot[key]) {
            g_array_append_val(jit->free_slots, jit->table_slot[key]);
        }
    }
    memset(jit->table_slot, 0, used * sizeof(jit->table_slot[0]));
    memset(jit->state, 0, used);
    memset(jit->samples, 0, used);
    memset(jit->slow, 0, used * sizeof(jit->slow[0]));
}

bool jit_table_slot(Jit *jit, uint32_t key, uint32_t *slot)
{
    *slot = jit->config.mode == JIT_BATCH ? table_slot_for(jit, key) : 0;
    return *slot || jit->config.mode == JIT_TB;
}

/* ---- when to do what ------------------------------------------------------------------------- */

/* Room for one more module. */
static void make_room(Jit *jit)
{
    if (jit->limit < jit->config.max_instances && cpu_insns(jit->h->cs) > jit->limit_until) {
        jit->limit = jit->config.max_instances;
    }
    if (jit->live >= jit->limit) {
        unsigned n = jit->live - jit->limit + 1 + jit->limit / 8;
        while (n-- && jit->live) {
            module_drop(jit, plan_coldest(jit));
        }
        unit_safe_point(jit);
    }
}

static void install(Jit *jit, JitJob *job)
{
    const bool compaction = job->replaces->len != 0;

    if (!compaction && jit->config.mode == JIT_BATCH) {
        make_room(jit);
    }
    if (unit_install(jit, job)) {
        jit->look_at_modules = jit->config.mode == JIT_BATCH;
    } else if (compaction) {
        jit->compact_after = cpu_insns(jit->h->cs) + REFUSED_COMPACTION_INSNS;
    }
    if (jit->code_bytes > jit->config.code_cache) {
        unit_forget_kept(jit); /* else what waits for a page that is held would take all the room */
    }
    if (jit->code_bytes > jit->config.code_cache && jit->live > 1) {
        do {
            module_drop(jit, plan_coldest(jit));
            jit->h->vm->stats.units_cold++;
        } while (jit->code_bytes > jit->config.code_cache && jit->live > 1);
        plan_fade(jit); /* else what was hot once would stay for ever */
    }
    unit_safe_point(jit);
}

/*
 * A thread takes a tenth of a second of a core to start under JavaScript, which the engine's own
 * optimiser could use: it starts when there is enough to compile.
 */
static bool worker_serves(Jit *jit)
{
    const uint64_t made = jit->h->vm->stats.codes_compiled;

    if (!jit->worker && jit->config.mode == JIT_BATCH && jit->config.compile == COMPILE_WORKER &&
        made >= jit->config.worker_after) {
        jit->worker = worker_start(jit);
        jit->config.compile = jit->worker ? COMPILE_WORKER : COMPILE_INLINE;
    }
    return jit->worker && worker_ready(jit->worker);
}

/* Does the job here, or has it done. */
static void start_job(Jit *jit, JitJob *job)
{
    if (worker_serves(jit)) {
        jit->job = job;
        job->by_worker = true;
        worker_post(jit->worker, job);
        return;
    }
    job_run(&jit->job_context, job);
    install(jit, job);
}

/*
 * Waiting costs what the queued TBs do in the interpreter meanwhile, not waiting costs a module: a
 * batch is due when both are about the same. The more modules there are, the dearer is one more.
 */
static bool batch_is_due(const Jit *jit)
{
    const uint64_t wait = (uint64_t)jit->config.wait * (4 + jit->live) / 4;

    return jit->queue->len && (jit->queue->len >= jit->config.batch || jit->waited >= wait ||
                               cpu_insns(jit->h->cs) - jit->queued_at >= MAX_AGE * wait);
}

/* Takes what was made, if anything was, and begins what is due. */
static void work(Jit *jit, JitJob *made)
{
    JitJob *job = NULL;

    if (made) {
        jit->job = NULL;
        install(jit, made);
    }
    if (batch_is_due(jit)) {
        if (jit->config.mode == JIT_TB) {
            make_room(jit); /* before: what leaves gives its table slot back */
        }
        job = plan_batch(jit, jit->config.batch);
        jit->waited = 0;
        jit->queued_at = cpu_insns(jit->h->cs);
    }
    if (!job && jit->look_at_modules) {
        jit->look_at_modules = false;
        job = cpu_insns(jit->h->cs) < jit->compact_after ? NULL : plan_compaction(jit);
    }
    if (job) {
        start_job(jit, job);
    }
}

static void batch_safe_point(Jit *jit)
{
    JitJob *made = jit->job ? worker_result(jit->worker, false) : NULL;

    if (jit->job ? !made : !jit->look_at_modules && !batch_is_due(jit)) {
        return;
    }
    int64_t start = host_monotonic_ns();
    profile_switch(&jit->h->profile, PROFILE_OTHER);
    work(jit, made);
    profile_switch(&jit->h->profile, PROFILE_DISPATCHER);
    jit->h->vm->stats.jit_ns += host_monotonic_ns() - start;
}

void jit_safe_point(Jit *jit)
{
    if (jit->stubs->len || jit->dropped->len) {
        unit_safe_point(jit);
    }
    if (jit->queue->len || jit->job || jit->look_at_modules) {
        batch_safe_point(jit);
    }
}

void jit_hot(Jit *jit, uint32_t slot)
{
    if (jit->state[slot] & KEY_QUEUED) {
        jit->waited += WAITING_RUNS * tbc_key(jit->h->tbc, slot)->tb->n_insns;
    }
    queue_key(jit, slot, jit->h->cs->pc_page);
    tbc_interpret(jit->h->tbc, slot, WAITING_RUNS);
    if (jit->config.mode == JIT_TB) {
        batch_safe_point(jit);
    }
}

/* Live code of a key is to be made anew; why: KEY_HOT, or 0 if the states of its TBs say it. */
static void upgrade(Jit *jit, uint32_t key, unsigned why)
{
    if (jit->fns[key] && !(jit->state[key] & KEY_UPGRADE)) {
        jit->state[key] |= (uint8_t)(why | KEY_UPGRADE);
        queue_key(jit, key, jit->h->cs->pc_page);
    }
}

/* Was it planned before all of its TBs that are to have a compare for each access were known? */
static bool lacks_apart(const Jit *jit, const JitCode *code)
{
    unsigned n = 0;

    for (unsigned k = 0; k < code->nb_members; k++) {
        n += (jit->state[code->members[k]] & KEY_APART) != 0;
    }
    return n > code->nb_apart;
}

/*
 * TLB misses are too few to matter, but accesses that share a compare may lie across the end of a
 * page each time: then it is compiled again, with one for each. What talks to devices, writes
 * beside code or computes with subnormal numbers still leaves: then with calls.
 */
static void left_too_often(Jit *jit, uint32_t slot, uint32_t key)
{
    const JitCode *code = jit->codes[key];
    uint8_t why = KEY_APART;

    if (code_to_come(jit, key)) {
        return; /* it may not leave any more */
    }
    if (code && code->unit && (code->calls || jit->state[slot] & KEY_APART) &&
        !lacks_apart(jit, code)) {
        if (unit_relink_callers(jit, key) || code->calls) {
            return; /* they went to an older code */
        }
        why = KEY_CALLS;
    }
    jit->state[slot] |= why; /* in whatever function it will be */
    upgrade(jit, key, 0);
}

void jit_slow(Jit *jit, uint32_t slot, uint32_t root)
{
    const uint32_t key = root ? root : slot;

    jit->waited += jit->state[key] & KEY_QUEUED ? SLOW_EXIT_INSNS : 0;
    if (++jit->slow[slot] >= SLOW_EXITS) {
        jit->slow[slot] = 0;
        left_too_often(jit, slot, key);
    }
}

/* A TB that jumps to its own beginning, like the inner loop of a product of matrices. */
static bool is_own_loop(const Jit *jit, uint32_t slot)
{
    const TB *tb = tbc_key(jit->h->tbc, slot)->tb;

    for (unsigned e = 0; tb && e < tb->nb_exits; e++) {
        if (tb->exits[e] == slot) {
            return true;
        }
    }
    return false;
}

/*
 * A large region takes long to compile and longer to optimise, so it is for where time goes: a
 * function that a few samples have found. In boots, large regions for all that is warm cost more
 * than they bring (docs/linker.md). A loop of one TB gains least, as it is one already in the code
 * that would be thrown away: its samples count a quarter.
 */
void jit_sample(Jit *jit, uint32_t slot, uint32_t root)
{
    const uint32_t key = root ? root : slot;
    const JitCode *code = jit->codes[key];

    jit->waited += jit->state[key] & KEY_QUEUED ? jit->config.wait / 8 : 0;
    if (!code || !code->unit) {
        return;
    }
    code->unit->module->heat++;
    jit->heat++;
    if (jit->heat % OWN_LOOP_SAMPLES && is_own_loop(jit, slot)) {
        return;
    }
    if (jit->config.region > 1 && !code->grown && ++jit->samples[key] >= jit->config.samples) {
        jit->samples[key] = 0;
        upgrade(jit, key, KEY_HOT);
    }
}

/* ---- for people ------------------------------------------------------------------------------ */

const char *jit_mode_name(const Jit *jit)
{
    return !jit ? "off" : jit->config.mode == JIT_TB ? "tb" : "batch";
}

void jit_info(const Jit *jit, GString *out)
{
    const TBStats *st = &jit->h->vm->stats;
    g_string_append_printf(
        out,
        "modules           %" PRIu64 " compiled, %" PRIu64 " live, %" PRIu64 " most, limit %u\n"
        "objects           %" PRIu64 " made, %" PRIu64 " linked again\n"
        "wasm bytes        %" PRIu64 ", kept %" PRIu64 "\n"
        "refused           %" PRIu64 ", dropped %" PRIu64 ", retired %" PRIu64 "\n"
        "generate          %" PRIi64 " us\n",
        st->modules, st->units_live, st->units_most, jit->limit, st->codes_compiled,
        st->codes_relinked, st->wasm_bytes, jit->code_bytes, st->refusals, st->units_dropped,
        st->units_retired, st->generate_ns / 1000);
}
