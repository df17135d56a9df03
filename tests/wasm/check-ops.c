/* Every op on edge values against the bytecode interpreter. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tcg/internal.h"
#include "tests/wasm/lockstep.h"

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
                       .key = KEY_FIRST,
                       .table_slot = first_slot + *nb,
                       .page_offset = 8,
                       .n_insns = 1,
                       .key_for = key_for};
        objects[*nb] = wasm_generate(s, &gen);
        g_assert_nonnull(objects[*nb]);
        (*nb)++;
        return;
    }
    TCIGen tci = {.out = tci_code + 1,
                  .slot_for = key_for,
                  .starts = starts,
                  .max_starts = G_N_ELEMENTS(starts)};
    g_assert_true(tci_generate(s, &tci));
    tci_slots[KEY_FIRST] = (TCISlot){1, 1};
    for (unsigned i = 0; i < G_N_ELEMENTS(edges); i++) {
        for (unsigned j = 0; j < G_N_ELEMENTS(edges); j++) {
            set_operands(edges[i], edges[j]);
            tci_run(&env->cpu, KEY_FIRST);
            memcpy(&want, env, sizeof(want));
            set_operands(edges[i], edges[j]);
            jit_host_func(first_slot + *nb)(env, KEY_FIRST);
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

void check_ops(void)
{
    unsigned total = 0;
    for (TCGOpcode opc = INDEX_op_mov; opc <= INDEX_op_extrh_i64; opc++) {
        total += check_forms(opc);
    }
    printf("ok 1 - %u forms of %u ops on edge values, %" PRIu64 " runs\n", total,
           INDEX_op_extrh_i64 - INDEX_op_mov + 1, nb_run);
}
