/*
 * Generated WebAssembly in lockstep, under Node.js: random IR against the reference evaluator
 * (guest state, memory, exit, budget), and every op on edge values against the bytecode
 * interpreter. Modules hold hundreds of TBs.
 *
 *   test-wasm-random [--count N] [--seed N] [--ops N] [--batch N]     (seed also from WEFT_SEED)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/jit-host.h"
#include "tcg/internal.h"
#include "tcg/tci/tci.h"
#include "tcg/wasm/wasm.h"
#include "tests/lib/fake-runtime.h"
#include "tests/lib/random-flow.h"

enum { MAX_BATCH = 1024, KEY_TB = 16, KEY_EXIT = 1 << 20, KEY_FOUND = 77777, KEY_CACHED = 88888 };
enum { SLOT_TB = 1 };
static const uint64_t PC_PAGE = 0x123456789000, JC_KEY = 0x500000003;

/* A program that waits to be run, and what it should do. */
typedef struct Program {
    uint64_t seed;
    LinkObject *obj;
    bool self; /* it may go to itself */
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

static TCGContext *s;
static RandomEnv *env;
static Program *programs;
static unsigned nb_programs, batch = 250;
static uint32_t first_slot;
static LinkOptions link;
static TCGHelperInfo helpers[RANDOM_IR_HELPERS];
static uint64_t nb_run, nb_bytes, nb_tbs;

/* ---- keys and slots -------------------------------------------------------------------------- */

static uint32_t key_for(void *opaque, uint32_t page_offset)
{
    return KEY_EXIT + page_offset;
}

/* Where tail calls go: the TB of any key. */
static uint32_t stub(void *opaque, uint32_t key)
{
    return key;
}

static uint32_t slot_for(void *opaque, uint32_t key)
{
    return (uint32_t)(uintptr_t)stub;
}

/* ---- failures -------------------------------------------------------------------------------- */

static void fail(const LinkObject *obj, const char *what)
{
    g_autoptr(GString) text = g_string_new(NULL);
    tcg_dump_ops(s, text);
    if (obj) {
        wasm_text(obj, link.imports, link.nb_imports, text);
    }
    printf("%s\nnot ok 1 - %s\n", text->str, what);
    exit(1);
}

/* Makes the IR of a program; the same each time. Returns what the front end counts as insns. */
static int32_t make_ir(const Program *p, unsigned nb_ops)
{
    RandomIrConfig cfg = {.nb_ops = nb_ops ? nb_ops : 4 + p->seed % 60};
    int32_t n = 0;

    if (p->seed % 64 == 13) {
        random_flow_upside_down(s, p->seed);
    } else if (p->seed % 8 == 5) {
        random_flow_generate(s, p->seed);
    } else {
        random_ir_generate(s, p->seed, &cfg);
    }
    for (unsigned i = 0; i < s->nb_ops; i++) {
        n += s->ops[i].opc == INDEX_op_insn_start;
    }
    return n;
}

static void make_object(Program *p, unsigned nb_ops, unsigned index)
{
    WasmGen gen = {.memory64 = link.memory64,
                   .key = KEY_TB + index,
                   .table_slot = first_slot + index,
                   .page_offset = p->page_offset,
                   .n_insns = (uint32_t)p->n_insns,
                   .tail_calls = p->seed / 2 % 3 == 0,
                   .key_for = key_for};

    if (p->seed % 4) {
        tcg_optimize(s);
    }
    tcg_liveness(s);
    p->obj = wasm_generate(s, &gen);
    if (!p->obj) {
        fail(NULL, "refused");
    }
}

static void fail_program(Program *p, unsigned nb_ops, unsigned index, const char *what)
{
    make_ir(p, nb_ops);
    make_object(p, nb_ops, index);
    printf("seed %" PRIu64 " (self %d)\n", p->seed, p->self);
    fail(p->obj, what);
}

/* ---- a batch --------------------------------------------------------------------------------- */

/* Module of all objects, instantiated; the objects are freed. */
static int instantiate(LinkObject **objects, unsigned n)
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
        unsigned how = p->seed / 64 % 4;
        uint32_t want = how == 0   ? LINK_EXIT_LOOKUP
                        : how == 1 ? KEY_FOUND
                        : how == 2 ? KEY_CACHED
                                   : KEY_FOUND;
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

static void run(Program *p, unsigned index, unsigned nb_ops)
{
    uint64_t pc;

    fake_env_forget(env);
    init_state(p);
    fake_lookup_result = 0;
    if (jump_target(p, &pc)) {
        unsigned how = p->seed / 64 % 4;
        JumpCacheEntry *e = &cpu_tail(&env->cpu)->jc[jc_hash(pc)];
        fake_lookup_result = how == 0 ? 0 : KEY_FOUND;
        if (how == 2) {
            *e = (JumpCacheEntry){pc, JC_KEY, KEY_CACHED, slot_for(NULL, KEY_CACHED)};
        } else if (how == 3) {
            *e = (JumpCacheEntry){pc, JC_KEY + 1, KEY_CACHED, slot_for(NULL, KEY_CACHED)};
        }
    }
    uint32_t got = jit_host_func(first_slot + index)(env, KEY_TB + index);
    nb_run++;
    const char *what = check_exit(p, &env->cpu, got, KEY_TB + index);
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

    *p = (Program){.seed = seed, .budget = 1000000, .page_offset = TARGET_PAGE_SIZE - 1};
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
    make_object(p, nb_ops, nb_programs);
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

/* ---- every op on edge values ----------------------------------------------------------------- */

static const uint64_t edges[] = {
    0,
    1,
    2,
    UINT64_MAX,
    UINT64_MAX - 1,
    1ull << 63,
    INT64_MAX,
    1ull << 31,
    INT32_MAX,
    UINT32_MAX,
    1ull << 32,
    0xffffffff80000000,
    0x0123456789abcdef,
    0xfedcba9876543210,
    31,
    33,
    63,
    64,
};

/* TB: x2 (and x3) = op of x0, x1, x4, x5 or w...; operand number `konst` (if it is one) a constant.
 */
static void make_op_ir(TCGOpcode opc, TCGType t, unsigned variant, unsigned konst, uint64_t value)
{
    const TCGOpDef *def = &tcg_op_defs[opc];
    TCGType in = def->flags & TCG_OPF_WIDEN    ? TCG_TYPE_I32
                 : def->flags & TCG_OPF_NARROW ? TCG_TYPE_I64
                                               : t;
    static const uint8_t number[] = {0, 1, 4, 5};
    static const uint8_t number32[] = {0, 1, 0, 1};
    unsigned w = tcg_type_bits(t), n = 0;
    uint32_t args[TCG_OP_ARGS] = {0};

    tcg_func_start(s);
    tcg_gen_insn_start(s, 0, 0);
    for (unsigned k = 0; k < def->nb_oargs; k++) {
        args[n++] = t == TCG_TYPE_I32 ? 1 + RANDOM_IR_GLOBALS64 + 2 + k : 1 + 2 + k;
    }
    for (unsigned k = 0; k < def->nb_iargs; k++) {
        args[n++] = k == konst           ? tcg_constant(s, in, (int64_t)value).i
                    : in == TCG_TYPE_I32 ? 1u + RANDOM_IR_GLOBALS64 + number32[k]
                                         : 1u + number[k];
    }
    switch (opc) {
    case INDEX_op_setcond:
    case INDEX_op_negsetcond:
    case INDEX_op_movcond: args[n] = variant % TCG_COND_COUNT; break;
    case INDEX_op_deposit:
    case INDEX_op_extract:
    case INDEX_op_sextract: {
        static const uint8_t fields[][2] = {{0, 8},  {0, 16}, {0, 32},  {0, 1},   {8, 8},
                                            {16, 8}, {7, 13}, {8, 16},  {31, 1},  {0, 31},
                                            {1, 31}, {3, 32}, {32, 32}, {20, 44}, {63, 1}};
        args[n] = fields[variant % G_N_ELEMENTS(fields)][0] % w;
        args[n + 1] = MIN(fields[variant % G_N_ELEMENTS(fields)][1], w - args[n]);
        break;
    }
    case INDEX_op_bswap16:
    case INDEX_op_bswap32: args[n] = variant % 3 * 2; break;
    default: break;
    }
    memcpy(tcg_emit(s, opc, t)->args, args, sizeof(args));
    tcg_gen_exit_tb(s, tcg_constant_i64(s, 0));
    tcg_liveness(s);
}

static void set_operands(uint64_t a, uint64_t b)
{
    random_ir_init_state(env, fake_mem, 1);
    env->cpu.budget = 1000000;
    env->x[0] = a;
    env->x[1] = b;
    env->w[0] = (uint32_t)a;
    env->w[1] = (uint32_t)b;
}

static void check_op(TCGOpcode opc, TCGType t, unsigned variant, unsigned konst, uint64_t value,
                     LinkObject **objects, unsigned *nb, bool run_now)
{
    static TCIInsnStart starts[8];
    static RandomEnv want;
    char what[80];

    make_op_ir(opc, t, variant, konst, value);
    if (!run_now) {
        WasmGen gen = {.memory64 = link.memory64,
                       .key = KEY_TB,
                       .table_slot = first_slot + *nb,
                       .page_offset = 8,
                       .n_insns = 1,
                       .key_for = key_for};
        objects[*nb] = wasm_generate(s, &gen);
        g_assert_nonnull(objects[*nb]);
        (*nb)++;
        return;
    }
    TCIGen tci = {.out = tci_code + SLOT_TB,
                  .slot_for = key_for,
                  .starts = starts,
                  .max_starts = G_N_ELEMENTS(starts)};
    g_assert_true(tci_generate(s, &tci));
    tci_slots[SLOT_TB] = (TCISlot){SLOT_TB, 1};
    for (unsigned i = 0; i < G_N_ELEMENTS(edges); i++) {
        for (unsigned j = 0; j < G_N_ELEMENTS(edges); j++) {
            set_operands(edges[i], edges[j]);
            tci_run(&env->cpu, SLOT_TB);
            memcpy(&want, env, sizeof(want));
            set_operands(edges[i], edges[j]);
            jit_host_func(first_slot + *nb)(env, KEY_TB);
            nb_run++;
            if (memcmp(env->x, want.x, sizeof(want.x)) || memcmp(env->w, want.w, sizeof(want.w))) {
                g_snprintf(what, sizeof(what), "0x%" PRIx64 " op 0x%" PRIx64, edges[i], edges[j]);
                printf("x2 0x%" PRIx64 " want 0x%" PRIx64 ", x3 0x%" PRIx64 " want 0x%" PRIx64
                       ", w2 0x%x want 0x%x\n",
                       env->x[2], want.x[2], env->x[3], want.x[3], env->w[2], want.w[2]);
                fail(NULL, what);
            }
        }
    }
    (*nb)++;
}

/* All forms of one op; twice: the first time makes the objects, the second runs them. */
static unsigned check_forms(TCGOpcode opc)
{
    const TCGOpDef *def = &tcg_op_defs[opc];
    unsigned variants = opc >= INDEX_op_setcond && opc <= INDEX_op_movcond    ? TCG_COND_COUNT
                        : opc >= INDEX_op_deposit && opc <= INDEX_op_sextract ? 15
                        : opc == INDEX_op_bswap16 || opc == INDEX_op_bswap32  ? 3
                                                                              : 1;
    LinkObject *objects[MAX_BATCH];
    unsigned nb = 0, total = 0;
    int handle = -1;

    for (unsigned pass = 0; pass < 2; pass++) {
        nb = 0;
        for (unsigned t = 0; t < 2; t++) {
            if ((def->types == TCG_OPT_L && t == TCG_TYPE_I32) ||
                (def->types == TCG_OPT_W && t == TCG_TYPE_I64)) {
                continue;
            }
            for (unsigned v = 0; v < variants; v++) {
                check_op(opc, (TCGType)t, v, 99, 0, objects, &nb, pass);
                for (unsigned k = 0; k < def->nb_iargs && k < 2; k++) {
                    unsigned step = variants > 1 ? 5 : 1; /* a few constants will do */
                    for (unsigned c = 0; c < G_N_ELEMENTS(edges); c += step) {
                        check_op(opc, (TCGType)t, v, k, edges[c], objects, &nb, pass);
                    }
                }
            }
        }
        if (!pass) {
            handle = instantiate(objects, nb);
        }
    }
    jit_host_drop(handle, first_slot, nb);
    total += nb;
    return total;
}

static void check_ops(void)
{
    unsigned total = 0;
    for (TCGOpcode opc = INDEX_op_mov; opc <= INDEX_op_extrh_i64; opc++) {
        total += check_forms(opc);
    }
    printf("ok 1 - %u forms of %u ops on edge values, %" PRIu64 " runs\n", total,
           INDEX_op_extrh_i64 - INDEX_op_mov + 1, nb_run);
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

    printf("1..2\n# seed %" PRIu64 ", memory%d\n", seed, link.memory64 ? 64 : 32);
    check_ops();
    nb_run = nb_bytes = nb_tbs = 0;
    for (gint64 i = 0; i < count; i++) {
        add_program(seed + (uint64_t)i, (unsigned)nb_ops);
    }
    run_batch((unsigned)nb_ops);
    printf("# %" PRIu64 " bytes a TB\n", nb_bytes / MAX(nb_tbs, 1));
    printf("ok 2 - %" PRIu64 " random programs\n", nb_run);
    return 0;
}
