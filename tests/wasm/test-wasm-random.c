/*
 * Generated WebAssembly in lockstep, under Node.js: every op on edge values against the bytecode
 * interpreter; random IR against the reference evaluator (guest state, memory, exit, budget), with
 * the bytecode going on after LINK_EXIT_SLOW; random regions of TBs. Modules hold hundreds of TBs.
 *
 *   test-wasm-random [--count N] [--seed N] [--ops N] [--batch N]     (seed also from WEFT_SEED)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/random-flow.h"
#include "tests/wasm/lockstep.h"

/* A program that waits to be run, and what it should do. */
typedef struct Program {
    uint64_t seed;
    LinkObject *obj;
    bool self; /* it may go to itself */
    bool slow_calls;
    int32_t budget, exit_request, n_insns;
    uint32_t page_offset;
    uint16_t *insns; /* page offsets */
    /* expected */
    IrExit exit;
    bool spent; /* left at the head */
    uint64_t value;
    int32_t budget_left;
    RandomEnv state;
    uint8_t mem[RANDOM_IR_MEM_SIZE];
} Program;

TCGContext *s;
RandomEnv *env;
LinkOptions link;
uint32_t first_slot;
uint64_t nb_run, nb_slow;
static Program *programs;
static unsigned nb_programs, batch = 250;
static TCGHelperInfo helpers[RANDOM_IR_HELPERS];
static uint64_t nb_bytes, nb_tbs;

/* ---- keys and slots -------------------------------------------------------------------------- */

uint32_t key_for(void *opaque, uint32_t page_offset)
{
    return KEY_EXIT + page_offset;
}

/* Where tail calls go: the TB of any key. */
static uint32_t stub(void *opaque, uint32_t key)
{
    return key;
}

uint32_t slot_for(void *opaque, uint32_t key)
{
    return (uint32_t)(uintptr_t)stub;
}

/* ---- failures -------------------------------------------------------------------------------- */

void fail(const LinkObject *obj, const char *what)
{
    g_autoptr(GString) text = g_string_new(NULL);
    tcg_dump_ops(s, text);
    if (obj) {
        wasm_text(obj, link.imports, link.nb_imports, text);
    }
    printf("%s\nnot ok 1 - %s\n", text->str, what);
    exit(1);
}

/* ---- bytecode -------------------------------------------------------------------------------- */

void bytecode_make(Bytecode *b, uint32_t key, uint32_t word, uint32_t (*slot_of)(void *, uint32_t),
                   void *opaque, int32_t cost)
{
    b->key = key;
    b->word = word;
    b->cost = cost;
    b->gen = (TCIGen){.out = tci_code + word,
                      .slot_for = slot_of,
                      .opaque = opaque,
                      .starts = b->starts,
                      .max_starts = G_N_ELEMENTS(b->starts),
                      .count_slot = key,
                      .count_runs = UINT16_MAX};
    g_assert_true(tci_generate(s, &b->gen));
    tci_slots[key] = (TCISlot){word, TCI_MISS};
}

static uint32_t as_compiled(const Bytecode *b, TCIExit why)
{
    CPUState *cs = &env->cpu;
    unsigned n = 0;

    switch (why) {
    case TCI_EXIT_MISS: return cs->exit_slot;
    case TCI_EXIT_BUDGET: return LINK_EXIT_BUDGET;
    case TCI_EXIT_LOOKUP: return LINK_EXIT_LOOKUP;
    case TCI_EXIT_PC: return LINK_EXIT_PC;
    case TCI_EXIT_TRAP:
        while (n + 1 < b->gen.nb_starts && b->starts[n + 1].code <= cs->mem_code - b->word) {
            n++;
        }
        cs->exit_slot = b->key;
        cs->exit_insn = n;
        return LINK_EXIT_TRAP;
    default: fail(NULL, "bytecode left in some other way");
    }
}

uint32_t bytecode_run(const Bytecode *b)
{
    int32_t left = env->cpu.budget - b->cost;

    if ((left | env->cpu.exit_request) < 0) {
        env->cpu.exit_slot = b->key;
        return LINK_EXIT_BUDGET;
    }
    env->cpu.budget = left;
    return as_compiled(b, tci_resume(&env->cpu, b->word + b->starts[0].code));
}

uint32_t bytecode_resume(const Bytecode *b)
{
    nb_slow++;
    if (env->cpu.exit_slot != b->key || env->cpu.exit_insn >= b->gen.nb_starts) {
        fail(NULL, "a slow exit of no insn");
    }
    return as_compiled(b, tci_resume(&env->cpu, b->word + b->starts[env->cpu.exit_insn].code));
}

void fill_tlb(uint64_t seed)
{
    uint64_t bits = random_ir_next(&seed) | random_ir_next(&seed);

    for (unsigned k = 0; k < 8; k++, bits >>= 1) {
        uint64_t page = RANDOM_IR_MEM_BASE + TARGET_PAGE_SIZE * (k & 1);
        TLBEntry *e = &cpu_tail(&env->cpu)->tlb[k >> 2][page >> TARGET_PAGE_BITS];
        if (bits & 1) {
            e->cmp[k >> 1 & 1] = page;
            e->addend = fake_mem_addend(page);
        }
    }
}

void fill_jump_cache(uint64_t pc, uint32_t key, bool right)
{
    cpu_tail(&env->cpu)->jc[jc_hash(pc)] =
        (JumpCacheEntry){pc, JC_KEY + !right, key, slot_for(NULL, key), 0};
}

/* ---- programs -------------------------------------------------------------------------------- */

/* Makes the IR of a program; the same each time. Returns what the front end counts as insns. */
static int32_t make_ir(const Program *p, unsigned nb_ops)
{
    RandomIrConfig cfg = {.nb_ops = nb_ops ? nb_ops : 4 + p->seed % 60,
                          .resumable = !p->slow_calls};
    int32_t n = 0;

    if (p->seed % 64 == 13) {
        random_flow_upside_down(s, p->seed);
    } else if (p->seed % 8 == 5) {
        random_flow_generate(s, p->seed, !p->slow_calls);
    } else {
        random_ir_generate(s, p->seed, &cfg);
    }
    for (unsigned i = 0; i < s->nb_ops; i++) {
        n += s->ops[i].opc == INDEX_op_insn_start;
    }
    return n;
}

static void run_passes(const Program *p)
{
    if (p->seed % 4) {
        tcg_optimize(s);
    }
    tcg_liveness(s);
}

static void make_object(Program *p, unsigned index)
{
    WasmGen gen = {.memory64 = link.memory64,
                   .key = KEY_FIRST + index,
                   .table_slot = first_slot + index,
                   .page_offset = p->page_offset,
                   .n_insns = (uint32_t)p->n_insns,
                   .tail_calls = p->seed / 2 % 3 == 0,
                   .slow_calls = p->slow_calls,
                   .key_for = key_for};

    run_passes(p);
    p->obj = wasm_generate(s, &gen);
    if (!p->obj) {
        fail(NULL, "refused");
    }
}

static void fail_program(Program *p, unsigned nb_ops, unsigned index, const char *what)
{
    make_ir(p, nb_ops);
    make_object(p, index);
    printf("seed %" PRIu64 " (self %d)\n", p->seed, p->self);
    fail(p->obj, what);
}

/* ---- a batch --------------------------------------------------------------------------------- */

int instantiate(LinkObject **objects, unsigned n)
{
    g_autofree char *error = NULL;
    LinkModule *m = link_write_module(objects, n, &link, &error);
    if (!m) {
        fail(NULL, error);
    }
    g_autofree uint64_t *addresses = g_new(uint64_t, m->imports->len);
    for (unsigned k = 0; k < m->imports->len; k++) {
        addresses[k] = link.imports[g_array_index(m->imports, uint32_t, k)].address;
    }
    int handle = jit_host_instantiate(m->bytes->data, m->bytes->len, addresses, m->imports->len);
    if (handle < 0) {
        g_file_set_contents("/tmp/test-wasm-random.wasm", (char *)m->bytes->data,
                            (gssize)m->bytes->len, NULL);
        fail(NULL, jit_host_error());
    }
    nb_bytes += m->bytes->len;
    nb_tbs += n;
    link_module_free(m);
    for (unsigned k = 0; k < n; k++) {
        link_object_free(objects[k]);
    }
    return handle;
}

static void init_state(const Program *p)
{
    random_ir_init_state(env, fake_mem, p->seed);
    env->cpu.budget = p->budget;
    env->cpu.exit_request = p->exit_request;
    env->cpu.pc_page = PC_PAGE;
    env->cpu.jc_key = JC_KEY;
}

/* Runs the reference; false if the program does not end. */
static bool expect(Program *p)
{
    IrMachine m = {.env = (uint8_t *)env,
                   .mem = fake_mem,
                   .mem_base = RANDOM_IR_MEM_BASE,
                   .mem_size = RANDOM_IR_MEM_SIZE,
                   .max_steps = 20000,
                   .call = random_ir_call,
                   .fault_trap = RANDOM_IR_FAULT};
    int32_t budget = p->budget;

    init_state(p);
    for (;;) {
        p->spent = (budget - p->n_insns) < 0 || p->exit_request < 0;
        if (p->spent) {
            break;
        }
        budget -= p->n_insns;
        ir_eval(&m, s);
        if (m.exit == IR_EXIT_STUCK) {
            return false;
        }
        if (m.exit != IR_EXIT_GOTO_TB || (uint32_t)m.exit_value != p->page_offset) {
            break;
        }
    }
    p->exit = m.exit;
    p->value = m.exit_value;
    p->budget_left = budget;
    memcpy(&p->state, env, sizeof(p->state));
    memcpy(p->mem, fake_mem, sizeof(fake_mem));
    return true;
}

/* The pc that the program goes on at through the jump cache, if it does. */
static bool jump_target(const Program *p, uint64_t *pc)
{
    if (p->exit == IR_EXIT_GOTO_PTR) {
        *pc = p->value;
        return true;
    }
    *pc = PC_PAGE + (uint64_t)(int64_t)(int32_t)p->value;
    return p->exit == IR_EXIT_GOTO_TB && (uint32_t)p->value >= TARGET_PAGE_SIZE;
}

/* What is wrong with the exit, or NULL. */
static const char *check_exit(const Program *p, const CPUState *cs, uint32_t got, uint32_t key)
{
    uint64_t pc, page = PC_PAGE;

    if (p->spent) {
        return got != LINK_EXIT_BUDGET || cs->exit_slot != key ? "not left for the budget" : NULL;
    }
    if (jump_target(p, &pc)) {
        uint32_t want = p->seed / 64 % 4 == 2 ? (uint32_t)KEY_CACHED : (uint32_t)LINK_EXIT_LOOKUP;
        if (got != want) {
            return "another key of the jump cache";
        }
        page = want == LINK_EXIT_LOOKUP ? page : pc & TARGET_PAGE_MASK;
        if (want == LINK_EXIT_LOOKUP && cs->pc != pc) {
            return "another pc to look up";
        }
        return cs->pc_page != page ? "another pc_page" : NULL;
    }
    if (cs->pc_page != page) {
        return "pc_page changed";
    }
    switch (p->exit) {
    case IR_EXIT_GOTO_TB: return got != KEY_EXIT + (uint32_t)p->value ? "another goto_tb" : NULL;
    case IR_EXIT_EXIT_TB: return got != LINK_EXIT_PC || cs->pc != p->value ? "another pc" : NULL;
    case IR_EXIT_TRAP:
        return got != LINK_EXIT_TRAP || cs->exit_slot != key || p->insns[cs->exit_insn] != p->value
                   ? "another trap"
                   : NULL;
    default: return "no exit";
    }
}

/* Runs a program to its end: to its head again after a slow exit, for a round in bytecode. */
static uint32_t run_compiled(const Program *p, unsigned index, unsigned nb_ops)
{
    static Bytecode code;
    bool made = false;

    for (;;) {
        uint32_t got = jit_host_func(first_slot + index)(env, KEY_FIRST + index);
        if (got == LINK_EXIT_SLOW) {
            if (!made) {
                make_ir(p, nb_ops);
                run_passes(p);
                bytecode_make(&code, KEY_FIRST + index, 1, key_for, NULL, TCI_MISS);
                made = true;
            }
            got = bytecode_resume(&code);
        }
        if (got != KEY_EXIT + p->page_offset) {
            return got;
        }
    }
}

static void run(Program *p, unsigned index, unsigned nb_ops)
{
    uint64_t pc;

    fake_env_forget(env);
    init_state(p);
    fake_mem_scatter();
    fill_tlb(p->seed);
    fake_lookup_result = 0;
    if (jump_target(p, &pc) && p->seed / 64 % 4 >= 2) {
        fill_jump_cache(pc, KEY_CACHED, p->seed / 64 % 4 == 2);
    }
    uint32_t got = run_compiled(p, index, nb_ops);
    fake_mem_gather();
    nb_run++;
    const char *what = check_exit(p, &env->cpu, got, KEY_FIRST + index);
    if (what) {
        printf("got %u slot %u insn %u pc 0x%" PRIx64 ", want %s 0x%" PRIx64 "\n", got,
               env->cpu.exit_slot, env->cpu.exit_insn, env->cpu.pc, ir_exit_name(p->exit),
               p->value);
    } else if (env->cpu.budget != p->budget_left) {
        what = "another budget";
    } else if (memcmp((char *)env + sizeof(CPUState), (char *)&p->state + sizeof(CPUState),
                      sizeof(RandomEnv) - sizeof(CPUState)) ||
               env->cpu.trap != p->state.cpu.trap) {
        for (unsigned k = 0; k < RANDOM_IR_GLOBALS64; k++) {
            printf("x%u 0x%" PRIx64 " want 0x%" PRIx64 "\n", k, env->x[k], p->state.x[k]);
        }
        for (unsigned k = 0; k < RANDOM_IR_GLOBALS32; k++) {
            printf("w%u 0x%x want 0x%x\n", k, env->w[k], p->state.w[k]);
        }
        what = "another guest state";
    } else if (memcmp(fake_mem, p->mem, sizeof(fake_mem))) {
        what = "another guest memory";
    }
    if (what) {
        fail_program(p, nb_ops, index, what);
    }
}

static void run_batch(unsigned nb_ops)
{
    LinkObject *objects[MAX_BATCH];
    for (unsigned k = 0; k < nb_programs; k++) {
        objects[k] = programs[k].obj;
    }
    int handle = instantiate(objects, nb_programs);
    for (unsigned k = 0; k < nb_programs; k++) {
        run(&programs[k], k, nb_ops);
        g_free(programs[k].insns);
    }
    jit_host_drop(handle, first_slot, nb_programs);
    nb_programs = 0;
}

static void add_program(uint64_t seed, unsigned nb_ops)
{
    Program *p = &programs[nb_programs];

    *p = (Program){.seed = seed,
                   .budget = 1000000,
                   .page_offset = TARGET_PAGE_SIZE - 1,
                   .slow_calls = seed % 64 == 13 || seed / 16 % 3 == 0};
    p->n_insns = make_ir(p, nb_ops);
    if (seed % 3 == 0) {
        /* a TB that begins where one of its exits goes to: a loop */
        for (unsigned i = 0; i < s->nb_ops; i++) {
            if (s->ops[i].opc == INDEX_op_goto_tb && s->ops[i].args[1] < TARGET_PAGE_SIZE) {
                p->page_offset = s->ops[i].args[1];
                p->self = true;
            }
        }
        p->budget = p->n_insns * (int32_t)(1 + seed % 7) + (int32_t)(seed % 5);
    }
    if (seed % 61 == 0) {
        p->budget = p->n_insns - 1 - (int32_t)(seed % 2);
    }
    p->exit_request = seed % 67 == 0 ? INT32_MIN : 0;
    if (!expect(p)) {
        return;
    }
    make_object(p, nb_programs);
    p->insns = g_new(uint16_t, (unsigned)p->n_insns + 1);
    for (unsigned i = 0, n = 0; i < s->nb_ops; i++) {
        if (s->ops[i].opc == INDEX_op_insn_start) {
            p->insns[n++] = (uint16_t)s->ops[i].args[0];
        }
    }
    if (++nb_programs == batch) {
        run_batch(nb_ops);
    }
}

/* ---------------------------------------------------------------------------------------------- */

int main(int argc, char **argv)
{
    const char *from_env = g_getenv("WEFT_SEED");
    gint64 count = 3000, nb_ops = 0;
    uint64_t seed = from_env ? g_ascii_strtoull(from_env, NULL, 0) : (uint64_t)g_get_real_time();

    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--count")) {
            count = g_ascii_strtoll(argv[i + 1], NULL, 0);
        } else if (!strcmp(argv[i], "--seed")) {
            seed = g_ascii_strtoull(argv[i + 1], NULL, 0);
        } else if (!strcmp(argv[i], "--ops")) {
            nb_ops = g_ascii_strtoll(argv[i + 1], NULL, 0);
        } else if (!strcmp(argv[i], "--batch")) {
            batch = CLAMP((unsigned)atoi(argv[i + 1]), 1, MAX_BATCH);
        }
    }
    env = fake_env_new();
    programs = g_new(Program, batch);
    tci_init();
    for (unsigned k = 0; k < TCI_MAX_SLOTS; k++) {
        tci_slots[k].cost = TCI_MISS;
    }
    s = tcg_context_new();
    random_ir_init(s);
    /* a helper that raises but looks at no guest state: registers are written back only if it does
     */
    memcpy(helpers, random_ir_helpers, sizeof(helpers));
    for (unsigned k = 0; k < RANDOM_IR_HELPERS; k++) {
        if (!strcmp(helpers[k].name, "raise")) {
            helpers[k].flags = TCG_CALL_RAISE;
        }
    }
    tcg_register_helpers(s, helpers, RANDOM_IR_HELPERS);
    jit_host_memory(&link);
    link.imports = wasm_imports(s, &link.nb_imports);
    link.slot_for = slot_for;
    first_slot = jit_host_table_reserve(MAX_BATCH);

    printf("1..3\n# seed %" PRIu64 ", memory%d\n", seed, link.memory64 ? 64 : 32);
    check_ops();
    nb_run = nb_bytes = nb_tbs = 0;
    for (gint64 i = 0; i < count; i++) {
        add_program(seed + (uint64_t)i, (unsigned)nb_ops);
    }
    run_batch((unsigned)nb_ops);
    printf("# %" PRIu64 " bytes a TB\n", nb_bytes / MAX(nb_tbs, 1));
    printf("ok 2 - %" PRIu64 " random programs, %" PRIu64 " slow exits\n", nb_run, nb_slow);
    nb_slow = 0;
    uint64_t insns = 0;
    nb_run = check_regions(seed, (unsigned)(count / 2), batch, &insns);
    printf("ok 3 - %" PRIu64 " random regions, %" PRIu64 " insns, %" PRIu64 " slow exits\n", nb_run,
           insns, nb_slow);
    return 0;
}
