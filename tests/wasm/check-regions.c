/*
 * Random regions compiled, against their TBs one by one in the reference evaluator. Compiled code
 * is entered at the region's head, all else runs in bytecode: the other TBs when they are come to
 * from outside, and what is left of a TB after a slow exit.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/random-region.h"
#include "tests/wasm/lockstep.h"

enum { KEY_FAR = KEY_EXIT + 2 * TARGET_PAGE_SIZE, FAR_BASE = 0x2000 };

typedef struct Trial {
    RandomRegion r;
    LinkObject *obj;
    int32_t budget, exit_request, budget_left;
    bool slow_calls;
    RegionEnd end;
    RandomEnv state;
    uint8_t mem[RANDOM_IR_MEM_SIZE];
} Trial;

static TCGContext *raw[RANDOM_REGION_MAX];
static Bytecode code[RANDOM_REGION_MAX];
static bool made[RANDOM_REGION_MAX];
static Trial *trials;

/* ---- making ---------------------------------------------------------------------------------- */

static uint32_t region_key(void *opaque, uint32_t page_offset)
{
    const RandomRegion *r = opaque;
    int k = random_region_find(r, page_offset);
    return k >= 0 ? r->tbs[k].key : r->seed % 8 ? KEY_EXIT + page_offset : 0;
}

/* For bytecode, which has a slot for any key. */
static uint32_t region_slot(void *opaque, uint32_t page_offset)
{
    int k = random_region_find(opaque, page_offset);
    return k >= 0 ? ((RandomRegion *)opaque)->tbs[k].key : KEY_EXIT + page_offset;
}

static uint32_t far_key(void *opaque, int32_t disp)
{
    return disp & 2 ? 0 : KEY_FAR + (uint32_t)(disp + FAR_BASE) / 2;
}

static void make_object(Trial *t, unsigned index)
{
    const RandomRegion *r = &t->r;
    WasmGen gen = {.memory64 = link.memory64,
                   .key = r->tbs[0].key,
                   .table_slot = first_slot + index,
                   .page_offset = r->tbs[0].page_offset,
                   .n_insns = r->tbs[0].n_insns,
                   .tail_calls = r->seed / 2 % 2,
                   .slow_calls = t->slow_calls,
                   .key_for = region_key,
                   .far_key_for = far_key,
                   .opaque = (void *)(uintptr_t)r};

    if (!random_region_join(r, s)) {
        fail(NULL, "too much for a region");
    }
    g_autofree char *error = tcg_verify(s);
    t->obj = error ? NULL : wasm_generate(s, &gen);
    if (!t->obj) {
        fail(NULL, error ? error : "refused");
    }
}

static const Bytecode *bytecode(const Trial *t, unsigned k)
{
    const RandomRegion *r = &t->r;

    if (!made[k]) {
        tcg_func_start(s);
        random_region_tb(r, s, k);
        tcg_optimize(s);
        tcg_liveness(s);
        bytecode_make(&code[k], r->tbs[k].key, 1 + k * TCI_TB_WORDS, region_slot,
                      (void *)(uintptr_t)r, r->tbs[k].n_insns);
        made[k] = true;
    }
    return &code[k];
}

/* ---- running --------------------------------------------------------------------------------- */

static void start(const Trial *t)
{
    fake_env_forget(env);
    random_region_state(&t->r, env, fake_mem, PC_PAGE, t->r.seed);
    env->cpu.budget = t->budget;
    env->cpu.exit_request = t->exit_request;
    env->cpu.jc_key = JC_KEY;
}

static void expect(Trial *t)
{
    IrMachine m = {.env = (uint8_t *)env,
                   .mem = fake_mem,
                   .mem_base = RANDOM_IR_MEM_BASE,
                   .mem_size = RANDOM_IR_MEM_SIZE,
                   .max_steps = 20000,
                   .call = random_ir_call,
                   .fault_trap = RANDOM_IR_FAULT};

    for (unsigned k = 0; k < t->r.n; k++) {
        tcg_func_start(raw[k]);
        random_region_tb(&t->r, raw[k], k);
    }
    start(t);
    t->end = random_region_run(&t->r, raw, NULL, &m);
    t->budget_left = env->cpu.budget;
    memcpy(&t->state, env, sizeof(t->state));
    memcpy(t->mem, fake_mem, sizeof(fake_mem));
}

/* Entries for some of the TBs, and one of several kinds for the pc where the run leaves the page.
 */
static void fill_caches(const Trial *t)
{
    uint64_t bits = t->r.seed, pc = t->end.value;

    bits = random_ir_next(&bits);
    fill_tlb(t->r.seed);
    for (unsigned k = 0; k < t->r.n; k++, bits >>= 1) {
        if (bits & 1) {
            fill_jump_cache(PC_PAGE + t->r.tbs[k].page_offset, t->r.tbs[k].key, true);
        }
    }
    if (t->end.why == REGION_END_OUT && bits & 3) {
        uint32_t key = far_key(NULL, (int32_t)(pc - PC_PAGE));
        bool far = bits & 4 && pc - PC_PAGE + FAR_BASE < 2 * FAR_BASE && key;
        fill_jump_cache(pc, far ? key : (uint32_t)KEY_CACHED, bits & 3);
    }
}

/* Virtual pc of the key that a goto came to. */
static uint64_t pc_of_key(const Trial *t, uint32_t key)
{
    if (key == KEY_CACHED) {
        return t->end.value;
    }
    if (key >= KEY_FAR) {
        return PC_PAGE - FAR_BASE + 2 * (uint64_t)(key - KEY_FAR);
    }
    return key >= KEY_EXIT ? PC_PAGE + key - KEY_EXIT
                           : PC_PAGE + t->r.tbs[key - t->r.tbs[0].key].page_offset;
}

static RegionEnd run_trial(const Trial *t, unsigned index, const char **wrong)
{
    CPUState *cs = &env->cpu;
    const uint32_t root = t->r.tbs[0].key;
    RegionEnd end;

    for (int k = 0; k >= 0;) {
        cs->exit_root = 0;
        uint32_t got = k ? bytecode_run(bytecode(t, (unsigned)k))
                         : jit_host_func(first_slot + index)(env, root);
        if (got < LINK_FIRST_KEY && got != LINK_EXIT_LOOKUP && got != LINK_EXIT_PC &&
            cs->exit_slot - root >= t->r.n) {
            *wrong = "another exit_slot";
            return end;
        }
        if (!k && got != LINK_EXIT_LOOKUP && got < LINK_FIRST_KEY && cs->exit_slot != root &&
            got != LINK_EXIT_PC && cs->exit_root != root) {
            *wrong = "another exit_root";
        }
        if (got == LINK_EXIT_SLOW) {
            got = bytecode_resume(bytecode(t, cs->exit_slot - root));
        }
        switch (got) {
        case LINK_EXIT_BUDGET:
            return (RegionEnd){REGION_END_BUDGET, (int)(cs->exit_slot - root), 0};
        case LINK_EXIT_TRAP:
            k = (int)(cs->exit_slot - root);
            return (RegionEnd){REGION_END_TRAP, k,
                               bytecode(t, (unsigned)k)->starts[cs->exit_insn].page_offset};
        case LINK_EXIT_PC: return (RegionEnd){REGION_END_PC, -1, cs->pc};
        case LINK_EXIT_LOOKUP: k = random_region_goto(&t->r, PC_PAGE, cs->pc, &end); break;
        default: k = random_region_goto(&t->r, PC_PAGE, pc_of_key(t, got), &end);
        }
    }
    return end;
}

static void fail_trial(Trial *t, unsigned index, const char *what)
{
    make_object(t, index);
    for (unsigned k = 0; k < t->r.n; k++) {
        const RegionTB *tb = &t->r.tbs[k];
        printf("TB %u: key %u offset 0x%x insns %u computed %u inner 0x%x\n", k, tb->key,
               tb->page_offset, tb->n_insns, tb->computed, tb->inner);
    }
    printf("regions: seed %" PRIu64 "\n", t->r.seed);
    fail(t->obj, what);
}

static void check_trial(Trial *t, unsigned index)
{
    const RegionEnd *want = &t->end;
    const char *what = NULL;

    memset(made, 0, sizeof(made));
    start(t);
    fake_mem_scatter();
    fill_caches(t);
    RegionEnd got = run_trial(t, index, &what);
    fake_mem_gather();
    if (!what && (got.why != want->why || got.tb != want->tb || got.value != want->value)) {
        printf("end %d TB %d 0x%" PRIx64 ", want %d TB %d 0x%" PRIx64 "\n", got.why, got.tb,
               got.value, want->why, want->tb, want->value);
        what = "another end";
    } else if (!what && env->cpu.budget != t->budget_left) {
        printf("budget %d, want %d\n", env->cpu.budget, t->budget_left);
        what = "another budget";
    } else if (!what &&
               (memcmp((char *)env + sizeof(CPUState), (char *)&t->state + sizeof(CPUState),
                       sizeof(RandomEnv) - sizeof(CPUState)) ||
                env->cpu.trap != t->state.cpu.trap)) {
        for (unsigned k = 0; k < RANDOM_IR_GLOBALS64; k++) {
            printf("x%u 0x%" PRIx64 " want 0x%" PRIx64 "\n", k, env->x[k], t->state.x[k]);
        }
        what = "another guest state";
    } else if (!what && memcmp(fake_mem, t->mem, sizeof(fake_mem))) {
        what = "another guest memory";
    }
    if (what) {
        fail_trial(t, index, what);
    }
}

uint64_t check_regions(uint64_t seed, unsigned count, unsigned batch, uint64_t *insns)
{
    LinkObject *objects[MAX_BATCH];
    unsigned n = 0;
    uint64_t total = 0;

    trials = g_new0(Trial, batch);
    for (unsigned k = 0; k < RANDOM_REGION_MAX; k++) {
        raw[k] = tcg_context_new();
        random_ir_init(raw[k]);
        tcg_register_helpers(raw[k], s->helpers, s->nb_helpers);
    }
    for (unsigned i = 0; i < count; i++) {
        Trial *t = &trials[n];
        *t = (Trial){.budget = (int32_t)((seed + i) % 400), .slow_calls = (seed + i) / 4 % 4 == 0};
        t->exit_request = (seed + i) % 67 ? 0 : INT32_MIN;
        random_region_init(&t->r, s, seed + i, KEY_FIRST + n * RANDOM_REGION_MAX);
        expect(t);
        if (t->end.why != REGION_END_STUCK) {
            make_object(t, n);
            *insns += (uint64_t)(t->budget - t->budget_left);
            objects[n++] = t->obj;
        }
        if (n == batch || (i + 1 == count && n)) {
            int handle = instantiate(objects, n);
            for (unsigned k = 0; k < n; k++) {
                check_trial(&trials[k], k);
            }
            jit_host_drop(handle, first_slot, n);
            total += n;
            n = 0;
        }
    }
    for (unsigned k = 0; k < RANDOM_REGION_MAX; k++) {
        tcg_context_free(raw[k]);
    }
    g_free(trials);
    return total;
}
