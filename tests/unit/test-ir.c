/* Unit tests of tcg/: builder, text form, verifier, evaluator. */
#include <glib.h>
#include <string.h>

#include "tests/lib/ir-eval.h"
#include "tests/lib/random-ir.h"

static TCGContext *new_context(void)
{
    TCGContext *s = tcg_context_new();

    random_ir_init(s);
    tcg_func_start(s);
    return s;
}

static TCGv x(unsigned n)
{
    return (TCGv){1 + n};
}
static TCGv w(unsigned n)
{
    return (TCGv){1 + RANDOM_IR_GLOBALS64 + n};
}

/* ---- builder --------------------------------------------------------------------------------- */

static void test_table(void)
{
    for (unsigned i = 0; i < INDEX_op_COUNT; i++) {
        const TCGOpDef *def = &tcg_op_defs[i];
        g_assert_nonnull(def->name);
        g_assert_cmpuint(def->nb_oargs + def->nb_iargs + def->nb_cargs, <=, TCG_OP_ARGS);
    }
    g_assert_cmpstr(tcg_op_defs[INDEX_op_not].name, ==, "not");
    g_assert_cmpuint(tcg_op_defs[INDEX_op_movcond].nb_iargs, ==, 4);
}

static void test_constants(void)
{
    TCGContext *s = new_context();
    TCGv a = tcg_constant_i64(s, 5), b = tcg_constant_i32(s, 5);

    g_assert_cmpuint(a.i, ==, tcg_constant_i64(s, 5).i);
    g_assert_cmpuint(b.i, ==, tcg_constant_i32(s, 5).i);
    g_assert_cmpuint(a.i, !=, b.i);
    /* i32 constants are kept sign-extended, however they were given */
    g_assert_cmpuint(tcg_constant(s, TCG_TYPE_I32, 0xffffffff).i, ==, tcg_constant_i32(s, -1).i);
    g_assert_cmpint(s->temps[tcg_constant(s, TCG_TYPE_I32, 0x80000000).i].val, ==, INT32_MIN);
    for (unsigned i = 0; i < 1000; i++) {
        tcg_constant_i64(s, i);
    }
    g_assert_cmpuint(a.i, ==, tcg_constant_i64(s, 5).i);
    g_assert_false(s->overflow);

    /* the next TB starts with none */
    tcg_func_start(s);
    g_assert_cmpuint(s->nb_temps, ==, 1 + s->nb_globals);
    TCGv t = tcg_temp_new_i64(s);
    g_assert_cmpuint(tcg_constant_i64(s, 5).i, ==, t.i + 1);
    tcg_context_free(s);
}

static void test_overflow(void)
{
    TCGContext *s = new_context();

    for (unsigned i = 0; i < TCG_MAX_OPS + 10; i++) {
        g_assert_cmpint(s->overflow, ==, i > TCG_MAX_OPS);
        tcg_gen_add_i64(s, x(1), x(2), x(3));
    }
    tcg_func_start(s);
    g_assert_false(s->overflow);
    for (unsigned i = 0; i < TCG_MAX_TEMPS + 10; i++) {
        TCGv t = i & 1 ? tcg_temp_new_i64(s) : tcg_constant_i64(s, i);
        g_assert_cmpuint(t.i, <, TCG_MAX_TEMPS);
    }
    g_assert_true(s->overflow);
    tcg_func_start(s);
    for (unsigned i = 0; i < TCG_MAX_LABELS + 10; i++) {
        g_assert_cmpuint(tcg_new_label(s), <, TCG_MAX_LABELS);
    }
    g_assert_true(s->overflow);
    tcg_context_free(s);
}

/* A TB that leaves the optimiser no room for constants is optimised less, not wrongly. */
static void test_full_of_temps(void)
{
    TCGContext *s = new_context();

    tcg_gen_insn_start(s, 0, 0);
    tcg_gen_movi_i64(s, x(1), 0);
    for (unsigned i = 0; i < 2000; i++) {
        tcg_gen_addi_i64(s, x(1), x(1), 1000003 + (i & 1));
    }
    tcg_gen_exit_tb(s, x(1));
    tcg_optimize(s);
    tcg_liveness(s);
    g_assert_null(tcg_verify(s));
    g_assert_cmpuint(s->nb_temps, <=, TCG_MAX_TEMPS);
    RandomEnv env;
    uint8_t mem[RANDOM_IR_MEM_SIZE];
    random_ir_init_state(&env, mem, 1);
    IrMachine m = {.env = (uint8_t *)&env, .max_steps = 5000};
    ir_eval(&m, s);
    g_assert_cmpuint(m.exit_value, ==, 1000u * 1000003 + 1000u * 1000004);
    tcg_context_free(s);
}

static void test_conditions(void)
{
    for (unsigned c = 0; c < TCG_COND_COUNT; c++) {
        for (int a = -2; a <= 2; a++) {
            for (int b = -2; b <= 2; b++) {
                for (unsigned t = 0; t < 2; t++) {
                    bool r = tcg_eval_cond(t, c, a, b);
                    g_assert_cmpint(tcg_eval_cond(t, tcg_invert_cond(c), a, b), ==, !r);
                    g_assert_cmpint(tcg_eval_cond(t, tcg_swap_cond(c), b, a), ==, r);
                }
            }
        }
    }
    g_assert_true(tcg_eval_cond(TCG_TYPE_I32, TCG_COND_EQ, 0x1ffffffff, 0xffffffff));
    g_assert_true(tcg_eval_cond(TCG_TYPE_I32, TCG_COND_LT, 0x80000000, 0));
    g_assert_false(tcg_eval_cond(TCG_TYPE_I64, TCG_COND_LT, 0x80000000, 0));
    g_assert_true(tcg_eval_cond(TCG_TYPE_I32, TCG_COND_LTU, 0xffffffff00000001, 2));
}

/* ---- text ------------------------------------------------------------------------------------ */

static void check_round_trip(TCGContext *from, TCGContext *to)
{
    GString *a = g_string_new(NULL), *b = g_string_new(NULL);

    tcg_dump_ops(from, a);
    tcg_func_start(to);
    g_assert_cmpstr(tcg_parse_ops(to, a->str), ==, NULL);
    g_assert_cmpstr(tcg_verify(to), ==, NULL);
    /* What dies where is a comment in the text, so it has to be found again. */
    bool marked = strchr(a->str, '#');
    if (marked) {
        tcg_liveness(to);
    }
    tcg_dump_ops(to, b);
    g_assert_cmpstr(a->str, ==, b->str);
    g_string_free(a, TRUE);
    g_string_free(b, TRUE);
}

static void test_round_trip(void)
{
    TCGContext *s = new_context(), *to = new_context();
    RandomIrConfig cfg = {.nb_ops = 60};

    for (unsigned i = 0; i < 500; i++) {
        random_ir_generate(s, i, &cfg);
        check_round_trip(s, to);
        tcg_optimize(s);
        check_round_trip(s, to);
    }
    tcg_context_free(s);
    tcg_context_free(to);
}

static void test_parse(void)
{
    TCGContext *s = new_context();
    GString *out = g_string_new(NULL);

    g_assert_null(tcg_parse_ops(s, "# nothing\n\n  insn_start 0, 1 # one\n"
                                   "\tmov_i64 %3 $-1\nmov_i32 %1w, $4294967295\nexit_tb %3"));
    tcg_dump_ops(s, out);
    g_assert_cmpstr(out->str, ==,
                    "    insn_start 0x0, 0x1\n    mov_i64 %3, $-0x1\n    mov_i32 %1w, $-0x1\n"
                    "    exit_tb %3\n");

    /* blanks separate as commas do, lines may end as on other systems */
    g_string_truncate(out, 0);
    tcg_func_start(s);
    g_assert_null(tcg_parse_ops(s, "insn_start 0 0\r\ncall mix x1 x2\tx3\r\n"
                                   "call note - , env w1\ngoto_ptr x1 # end\r\n"));
    tcg_dump_ops(s, out);
    g_assert_cmpstr(out->str, ==,
                    "    insn_start 0x0, 0x0\n    call mix, x1, x2, x3\n    call note, -, env, w1\n"
                    "    goto_ptr x1\n");
    tcg_func_start(s);
    char *error = tcg_parse_ops(s, "insn_start 0 0\rgarbage\ngoto_ptr x1\n");
    g_assert_cmpstr(error, ==, "line 1: more than the op takes: 'garbage'");
    g_free(error);
    g_string_free(out, TRUE);
    tcg_context_free(s);
}

/* ---- verifier: what text cannot say (the rest is in tests/golden/ir/errors-*.txt) -------------
 */

/* A well-formed TB; op 1 is an add, op 2 a setcond, op 3 a brcond, op 4 a call. */
static void build_good(TCGContext *s)
{
    TCGv args[2] = {x(1), x(2)};

    tcg_func_start(s);
    unsigned l = tcg_new_label(s);
    tcg_gen_insn_start(s, 0, 0);
    tcg_gen_add_i64(s, x(1), x(2), x(3));
    tcg_gen_setcond_i64(s, TCG_COND_LT, x(1), x(2), x(3));
    tcg_gen_brcond_i64(s, TCG_COND_LT, x(1), x(2), l);
    tcg_gen_call(s, 0, x(4), 2, args);
    tcg_gen_set_label(s, l);
    tcg_gen_goto_tb(s, 0, 0);
}

static void expect_refused(TCGContext *s, const char *why)
{
    char *error = tcg_verify(s);

    g_assert_nonnull(error);
    if (!strstr(error, why)) {
        g_error("'%s' is not about '%s'", error, why);
    }
    g_free(error);
    build_good(s);
}

static void test_verifier(void)
{
    TCGContext *s = new_context();

    build_good(s);
    g_assert_cmpstr(tcg_verify(s), ==, NULL);
    s->ops[1].opc = INDEX_op_COUNT;
    expect_refused(s, "no op has number");
    s->ops[1].args[2] = 5000;
    expect_refused(s, "no temp has number");
    s->ops[1].type = 2;
    expect_refused(s, "does not exist in this type");
    s->ops[6].type = TCG_TYPE_I32;
    expect_refused(s, "does not exist in this type");
    s->ops[1].flags = 1;
    expect_refused(s, "scratch flags");
    s->ops[2].args[3] = TCG_COND_COUNT;
    expect_refused(s, "no condition has number");
    s->ops[3].args[3] = 7;
    expect_refused(s, "no label has number");
    s->labels[0].refs = 2;
    expect_refused(s, "counts 2 branches");
    s->ops[4].args[0] = RANDOM_IR_HELPERS;
    expect_refused(s, "no helper has number");
    s->ops[4].nb_call_args = 3;
    expect_refused(s, "takes 2 arguments, not 3");
    s->ops[4].args[1] = tcg_constant_i64(s, 1).i;
    expect_refused(s, "output to a constant");
    s->ops[4].args[3] = tcg_env().i;
    expect_refused(s, "env is only");
    s->ops[4].args[3] = w(0).i;
    expect_refused(s, "is i32");
    s->overflow = true;
    expect_refused(s, "too large");
    tcg_func_start(s);
    expect_refused(s, "empty");
    s->nb_ops--;
    tcg_gen_ld_i64(s, x(1), tcg_constant_i64(s, 8), 0);
    tcg_gen_goto_tb(s, 0, 0);
    expect_refused(s, "constant address");
    s->nb_ops--;
    tcg_gen_ld_i64(s, x(1), tcg_env(), CPU_TEMPS_OFFSET - 4);
    tcg_gen_goto_tb(s, 0, 0);
    expect_refused(s, "outside of the guest's state");
    s->nb_ops--;
    tcg_gen_st_i64(s, x(1), tcg_env(), offsetof(RandomEnv, x) - 1);
    tcg_gen_goto_tb(s, 0, 0);
    expect_refused(s, "overlaps the global x0");
    tcg_context_free(s);
}

/* ---- evaluator ------------------------------------------------------------------------------- */

static uint64_t eval1(TCGOpcode opc, TCGType t, uint64_t a, uint64_t b, uint32_t c0, uint32_t c1)
{
    TCGOp op = {.opc = opc, .type = t};
    const TCGOpDef *def = &tcg_op_defs[opc];
    uint64_t in[4] = {a, b}, out[2] = {0xbad, 0xbad};

    op.args[def->nb_oargs + def->nb_iargs] = c0;
    op.args[def->nb_oargs + def->nb_iargs + 1] = c1;
    g_assert_true(tcg_eval_op(&op, in, out));
    return out[0];
}

#define EVAL64(o, a, b) eval1(INDEX_op_##o, TCG_TYPE_I64, a, b, 0, 0)
#define EVAL32(o, a, b) eval1(INDEX_op_##o, TCG_TYPE_I32, a, b, 0, 0)

static void test_eval_edges(void)
{
    /* results of i32 are sign-extended, inputs may have anything above */
    g_assert_cmphex(EVAL32(add, 0x7fffffff, 1), ==, 0xffffffff80000000);
    g_assert_cmphex(EVAL32(shr, 0xdead0000ffffffff, 31), ==, 1);
    g_assert_cmphex(EVAL32(sar, 0x0000000080000000, 31), ==, UINT64_MAX);
    g_assert_cmphex(EVAL32(divu, 0xfffffffe, 0xffff000000000002), ==, 0x7fffffff);
    g_assert_cmphex(EVAL32(clz, 0x100000000, 77), ==, 77);
    g_assert_cmphex(EVAL32(ctpop, 0xf0000000f, 0), ==, 4);
    /* counts are taken modulo the width */
    g_assert_cmphex(EVAL64(shl, 3, 64), ==, 3);
    g_assert_cmphex(EVAL64(shr, 3, 65), ==, 1);
    g_assert_cmphex(EVAL32(sar, 0x80000000, 33), ==, 0xffffffffc0000000);
    g_assert_cmphex(EVAL32(shl, 1, 32), ==, 1);
    g_assert_cmphex(EVAL64(rotl, 1, 64), ==, 1);
    g_assert_cmphex(EVAL32(rotr, 1, 33), ==, 0xffffffff80000000);
    /* high halves */
    g_assert_cmphex(EVAL64(muluh, UINT64_MAX, UINT64_MAX), ==, UINT64_MAX - 1);
    g_assert_cmphex(EVAL64(mulsh, UINT64_MAX, 1), ==, UINT64_MAX);
    g_assert_cmphex(EVAL32(muluh, 0xffffffff, 0xffffffff), ==, 0xfffffffffffffffe);
    g_assert_cmphex(EVAL32(mulsh, 0x80000000, 0x80000000), ==, 0x40000000);
    /* zero has no first bit */
    g_assert_cmphex(EVAL64(clz, 0, 64), ==, 64);
    g_assert_cmphex(EVAL64(ctz, 0, 99), ==, 99);
    g_assert_cmphex(EVAL64(ctz, 1ull << 63, 99), ==, 63);
    /* whole-width fields */
    g_assert_cmphex(eval1(INDEX_op_extract, TCG_TYPE_I64, UINT64_MAX, 0, 0, 64), ==, UINT64_MAX);
    g_assert_cmphex(eval1(INDEX_op_sextract, TCG_TYPE_I32, 0x80000000, 0, 0, 32), ==,
                    0xffffffff80000000);
    g_assert_cmphex(eval1(INDEX_op_sextract, TCG_TYPE_I64, 1ull << 63, 0, 63, 1), ==, UINT64_MAX);
    g_assert_cmphex(eval1(INDEX_op_deposit, TCG_TYPE_I64, 5, 7, 0, 64), ==, 7);
    g_assert_cmphex(eval1(INDEX_op_deposit, TCG_TYPE_I32, 0, 1, 31, 1), ==, 0xffffffff80000000);
    /* byte swaps look at the low bytes only */
    g_assert_cmphex(eval1(INDEX_op_bswap16, TCG_TYPE_I64, 0xff1280, 0, TCG_BSWAP_OS, 0), ==,
                    0xffffffffffff8012);
    g_assert_cmphex(eval1(INDEX_op_bswap16, TCG_TYPE_I64, 0xff1280, 0, TCG_BSWAP_OZ, 0), ==,
                    0x8012);
    g_assert_cmphex(eval1(INDEX_op_bswap32, TCG_TYPE_I64, 0x80, 0, TCG_BSWAP_OZ, 0), ==,
                    0x80000000);

    /* what is not folded */
    uint64_t out[2], by_zero[2] = {1, 0}, min[2] = {1ull << 63, UINT64_MAX};
    uint64_t min32[2] = {0x80000000, 0xffffffff};
    g_assert_false(tcg_eval_op(&(TCGOp){.opc = INDEX_op_divu, .type = 1}, by_zero, out));
    g_assert_false(tcg_eval_op(&(TCGOp){.opc = INDEX_op_div, .type = 1}, min, out));
    g_assert_false(tcg_eval_op(&(TCGOp){.opc = INDEX_op_rem, .type = 0}, min32, out));
    g_assert_false(tcg_eval_op(&(TCGOp){.opc = INDEX_op_ld, .type = 1}, min, out));
    g_assert_true(tcg_eval_op(&(TCGOp){.opc = INDEX_op_div, .type = 1}, min32, out));
}

static const uint64_t values[] = {0,
                                  1,
                                  2,
                                  31,
                                  32,
                                  63,
                                  64,
                                  0x7f,
                                  0x80,
                                  0xff,
                                  0x7fff,
                                  0x8000,
                                  0x7fffffff,
                                  0x80000000,
                                  0xffffffff,
                                  0x100000000,
                                  0x7fffffffffffffff,
                                  0x8000000000000000,
                                  0xfffffffffffffffe,
                                  0xffffffffffffffff,
                                  0xffffffff80000000,
                                  0x123456789abcdef0,
                                  0x00ff00ff12348765};

/* The same op in the reference evaluator: inputs in x1.. or w0.., outputs in x5, x6 or w2, w3. */
static void reference(TCGContext *s, TCGOp op, const uint64_t *in, uint64_t *out)
{
    const TCGOpDef *def = &tcg_op_defs[op.opc];
    bool in32 =
        def->flags & TCG_OPF_WIDEN || (op.type == TCG_TYPE_I32 && op.opc < INDEX_op_ext_i32);
    bool out32 = op.type == TCG_TYPE_I32;
    RandomEnv env;

    memset(&env, 0, sizeof(env));
    for (unsigned i = 0; i < def->nb_iargs; i++) {
        op.args[def->nb_oargs + i] = in32 && i < 4 ? w(i).i : x(1 + i).i;
        env.x[1 + i] = in[i];
        env.w[i & 3] = in[i];
    }
    /* reading comes before writing, so an output may stand where an input stood */
    for (unsigned i = 0; i < def->nb_oargs; i++) {
        op.args[i] = out32 ? w(2 + i).i : x(5 + i).i;
    }
    tcg_func_start(s);
    tcg_gen_insn_start(s, 0, 0);
    *tcg_emit(s, op.opc, op.type) = op;
    tcg_gen_exit_tb(s, x(0));
    g_assert_cmpstr(tcg_verify(s), ==, NULL);
    IrMachine m = {.env = (uint8_t *)&env, .max_steps = 10};
    ir_eval(&m, s);
    g_assert_cmpint(m.exit, ==, IR_EXIT_EXIT_TB);
    for (unsigned i = 0; i < def->nb_oargs; i++) {
        out[i] = out32 ? (uint64_t)(int32_t)env.w[2 + i] : env.x[5 + i];
    }
}

static void compare_one(TCGContext *s, const TCGOp *op, unsigned *folded)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];

    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
        for (unsigned j = 0; j < (def->nb_iargs > 1 ? G_N_ELEMENTS(values) : 1); j++) {
            uint64_t in[4] = {values[i], values[j], 0x1111, 0x2222}, out[2], want[2];
            if (!tcg_eval_op(op, in, out)) {
                continue;
            }
            reference(s, *op, in, want);
            ++*folded;
            if (out[0] != want[0] || (def->nb_oargs > 1 && out[1] != want[1])) {
                g_error("%s type %u of %" G_GINT64_MODIFIER "x, %" G_GINT64_MODIFIER "x", def->name,
                        op->type, in[0], in[1]);
            }
        }
    }
}

/* Every op that folds, on every pair of the values above, against the reference evaluator. */
static void test_eval_all(void)
{
    TCGContext *s = new_context();

    for (unsigned opc = INDEX_op_mov; opc <= INDEX_op_extrh_i64; opc++) {
        const TCGOpDef *def = &tcg_op_defs[opc];
        for (unsigned t = 0; t < 2; t++) {
            if ((def->types == TCG_OPT_L && t == 0) || (def->types == TCG_OPT_W && t == 1)) {
                continue;
            }
            TCGOp op = {.opc = opc, .type = t};
            uint32_t *c = &op.args[def->nb_oargs + def->nb_iargs];
            unsigned width = t ? 64 : 32, folded = 0;
            if (def->flags & TCG_OPF_COND) {
                for (c[0] = 0; c[0] < TCG_COND_COUNT; c[0]++) {
                    compare_one(s, &op, &folded);
                }
            } else if (opc == INDEX_op_deposit || opc == INDEX_op_extract ||
                       opc == INDEX_op_sextract) {
                for (c[0] = 0; c[0] < width; c[0] += 7) {
                    for (c[1] = 1; c[1] <= width - c[0]; c[1] += width - c[0] > 9 ? 9 : 1) {
                        compare_one(s, &op, &folded);
                    }
                }
            } else if (opc == INDEX_op_bswap16 || opc == INDEX_op_bswap32) {
                for (c[0] = 0; c[0] <= TCG_BSWAP_OS; c[0] += 2) {
                    compare_one(s, &op, &folded);
                }
            } else {
                compare_one(s, &op, &folded);
            }
            g_assert_cmpuint(folded, >, 0);
        }
    }
    tcg_context_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ir/table", test_table);
    g_test_add_func("/ir/constants", test_constants);
    g_test_add_func("/ir/overflow", test_overflow);
    g_test_add_func("/ir/full-of-temps", test_full_of_temps);
    g_test_add_func("/ir/conditions", test_conditions);
    g_test_add_func("/ir/parse", test_parse);
    g_test_add_func("/ir/round-trip", test_round_trip);
    g_test_add_func("/ir/verifier", test_verifier);
    g_test_add_func("/ir/eval-edges", test_eval_edges);
    g_test_add_func("/ir/eval-all", test_eval_all);
    return g_test_run();
}
