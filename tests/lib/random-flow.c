/* See random-flow.h. */
#include "tests/lib/random-flow.h"

static uint64_t rng;
static bool resumable; /* see RandomIrConfig */
static unsigned pc;

static unsigned below(unsigned n)
{
    return (unsigned)(random_ir_next(&rng) >> 32) % n;
}

static TCGv any_x(void)
{
    return (TCGv){(uint16_t)(1 + below(RANDOM_IR_GLOBALS64))};
}

static void start_insn(TCGContext *s)
{
    tcg_gen_insn_start(s, pc, 0);
    pc += 2;
}

/* A few ops on globals: arithmetic, guest memory, helpers that read, write and raise. */
static void some_ops(TCGContext *s, unsigned n)
{
    TCGv addr, args[2] = {tcg_env()};

    while (n--) {
        switch (below(8)) {
        case 0:
            if (resumable) {
                start_insn(s);
            }
            addr = tcg_temp_new_i64(s);
            tcg_gen_andi_i64(s, addr, any_x(), RANDOM_IR_MEM_SIZE - (below(8) ? 8 : 1));
            tcg_gen_addi_i64(s, addr, addr, RANDOM_IR_MEM_BASE);
            if (below(2)) {
                tcg_gen_qemu_ld_i64(s, any_x(), addr, MO_UQ, below(2));
            } else {
                tcg_gen_qemu_st_i64(s, any_x(), addr, MO_UL, below(2));
            }
            break;
        case 1:
            args[1] = any_x();
            if (below(2)) {
                tcg_gen_call(s, 5, any_x(), 2, args); /* raise */
            } else {
                tcg_gen_call(s, 4, TCGV_NONE, 2, args); /* write */
            }
            break;
        case 2: tcg_gen_call(s, 3, any_x(), 1, args); break; /* read */
        case 3: tcg_gen_addi_i64(s, any_x(), any_x(), (int)below(64) - 32); break;
        case 4: tcg_gen_xor_i64(s, any_x(), any_x(), any_x()); break;
        default: tcg_gen_sub_i64(s, any_x(), any_x(), any_x()); break;
        }
    }
}

/* One less; leaves to a label when it is used up. */
static void burn(TCGContext *s, TCGv fuel, unsigned last)
{
    if (resumable) { /* no local outlives an insn */
        start_insn(s);
        fuel = tcg_temp_new_i64(s);
        tcg_gen_ld_i64(s, fuel, tcg_env(), offsetof(RandomEnv, counts));
    }
    tcg_gen_addi_i64(s, fuel, fuel, -1);
    if (resumable) {
        tcg_gen_st_i64(s, fuel, tcg_env(), offsetof(RandomEnv, counts));
    }
    tcg_gen_brcond_i64(s, TCG_COND_LT, fuel, tcg_constant_i64(s, 0), last);
}

void random_flow_generate(TCGContext *s, uint64_t seed, bool can_resume)
{
    unsigned labels[12], n = 2 + seed / 8 % 11, last;
    TCGv fuel;

    rng = seed;
    pc = 0;
    resumable = can_resume;
    tcg_func_start(s);
    start_insn(s);
    fuel = tcg_temp_new_i64(s);
    tcg_gen_movi_i64(s, fuel, 1 + below(20));
    if (resumable) {
        tcg_gen_st_i64(s, fuel, tcg_env(), offsetof(RandomEnv, counts));
    }
    last = tcg_new_label(s);
    for (unsigned k = 0; k < n; k++) {
        labels[k] = tcg_new_label(s);
    }
    for (unsigned k = 0; k < n; k++) {
        tcg_gen_set_label(s, labels[k]);
        start_insn(s);
        some_ops(s, below(5));
        burn(s, fuel, last);
        unsigned reach = below(3) ? n : MIN(k + 3, n); /* some flow forward only */
        unsigned to = reach < n ? k + 1 + below(reach - k - 1 ? reach - k - 1 : 1) : below(n);
        to = labels[MIN(to, n - 1)];
        if (below(4)) {
            tcg_gen_brcond_i64(s, (TCGCond)(TCG_COND_EQ + below(12)), any_x(), any_x(), to);
        } else {
            tcg_gen_br(s, to);
        }
    }
    switch (below(3)) {
    case 0:
        tcg_gen_set_label(s, last);
        start_insn(s);
        tcg_gen_goto_tb(s, 0, 0x40);
        break;
    case 1: /* two ways to the same TB, perhaps itself */
        tcg_gen_goto_tb(s, 0, 0x40);
        tcg_gen_set_label(s, last);
        start_insn(s);
        some_ops(s, 4);
        tcg_gen_goto_tb(s, 1, 0x40);
        break;
    default:
        tcg_gen_goto_tb(s, 1, 0x60);
        tcg_gen_set_label(s, last);
        start_insn(s);
        tcg_gen_goto_ptr(s, any_x());
    }
}

/* What runs first stands last: temps are first met, in the order of the ops, where they are live.
 */
void random_flow_upside_down(TCGContext *s, uint64_t seed)
{
    unsigned first, second;
    TCGv t;

    rng = seed;
    pc = 6;
    resumable = false;
    tcg_func_start(s);
    tcg_gen_insn_start(s, 0, 0);
    first = tcg_new_label(s);
    second = tcg_new_label(s);
    t = tcg_temp_new_i64(s);
    tcg_gen_br(s, first);
    tcg_gen_set_label(s, second);
    tcg_gen_insn_start(s, 2, 0);
    tcg_gen_op3(s, INDEX_op_muluh, TCG_TYPE_I64, 1, 2, 3);
    tcg_gen_qemu_st_i64(s, (TCGv){2}, tcg_constant_i64(s, RANDOM_IR_MEM_BASE), MO_UQ, 0);
    tcg_gen_op3(s, INDEX_op_mulsh, TCG_TYPE_I64, 2, 1, 3);
    tcg_gen_add_i64(s, (TCGv){4}, (TCGv){5}, t);
    some_ops(s, 6);
    tcg_gen_goto_ptr(s, any_x());
    tcg_gen_set_label(s, first);
    tcg_gen_insn_start(s, 4, 0);
    some_ops(s, 3);
    tcg_gen_add_i64(s, t, any_x(), any_x());
    tcg_gen_addi_i64(s, (TCGv){5}, (TCGv){5}, 3);
    tcg_gen_br(s, second);
}
