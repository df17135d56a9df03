/* SPDX-License-Identifier: MIT */
/*
 * Translation of M, as far as it is not a plain op. Division by zero and overflow have results of
 * their own (M chapter, "Division Operations"), while those of the IR's division are undefined: the
 * divisor is replaced where it would be, and the result after.
 */
#include "target/riscv/translate.h"

void trans_mulhsu(DisasContext *c, const RVInsn *a)
{
    TCGv sign, high;

    if (!a->rd)
        return;
    sign = tcg_temp_new_i64(c->s);
    high = tcg_temp_new_i64(c->s);
    /* Taken as unsigned, a negative rs1 is too large by 2^64: that is rs2 in the high half. */
    tcg_gen_sari_i64(c->s, sign, gpr(c, a->rs1), 63);
    tcg_gen_and_i64(c->s, sign, sign, gpr(c, a->rs2));
    tcg_gen_muluh_i64(c->s, high, gpr(c, a->rs1), gpr(c, a->rs2));
    tcg_gen_sub_i64(c->s, gpr(c, a->rd), high, sign);
}

/*
 * rd = n op d, for an op and operands that cannot overflow unless `overflow` says so. rd may be one
 * of the operands; it is written once, at the end.
 */
static void gen_div(DisasContext *c, TCGOpcode op, TCGv rd, TCGv n, TCGv d, bool overflow)
{
    TCGContext *s = c->s;
    TCGv zero = tcg_constant_i64(s, 0), one = tcg_constant_i64(s, 1);
    TCGv minus1 = tcg_constant_i64(s, -1);
    TCGv safe = tcg_temp_new_i64(s), r = tcg_temp_new_i64(s);
    bool quotient = op == INDEX_op_div || op == INDEX_op_divu;

    if (overflow) {
        /* 0 and -1 alike become 1. */
        tcg_gen_add_i64(s, safe, d, one);
        tcg_gen_movcond_i64(s, TCG_COND_LEU, safe, safe, one, one, d);
    } else {
        tcg_gen_movcond_i64(s, TCG_COND_EQ, safe, d, zero, one, d);
    }
    tcg_gen_op3(s, op, TCG_TYPE_I64, r.i, n.i, safe.i);
    if (overflow && quotient) {
        TCGv negated = tcg_temp_new_i64(s);

        /* The remainder by 1 is that by -1; the quotient is negated, which wraps as it should. */
        tcg_gen_neg_i64(s, negated, n);
        tcg_gen_movcond_i64(s, TCG_COND_EQ, r, d, minus1, negated, r);
    }
    tcg_gen_movcond_i64(s, TCG_COND_EQ, rd, d, zero, quotient ? minus1 : n, r);
}

void trans_div(DisasContext *c, const RVInsn *a)
{
    bool is_signed = a->row->arg == INDEX_op_div || a->row->arg == INDEX_op_rem;

    if (a->rd)
        gen_div(c, a->row->arg, gpr(c, a->rd), gpr(c, a->rs1), gpr(c, a->rs2), is_signed);
}

/* On words, the wider operation has room for the only overflow. */
void trans_divw(DisasContext *c, const RVInsn *a)
{
    bool is_signed = a->row->arg == INDEX_op_div || a->row->arg == INDEX_op_rem;
    TCGv n, d;

    if (!a->rd)
        return;
    n = tcg_temp_new_i64(c->s);
    d = tcg_temp_new_i64(c->s);
    if (is_signed) {
        tcg_gen_exts_i64(c->s, n, gpr(c, a->rs1), 32);
        tcg_gen_exts_i64(c->s, d, gpr(c, a->rs2), 32);
    } else {
        tcg_gen_extu_i64(c->s, n, gpr(c, a->rs1), 32);
        tcg_gen_extu_i64(c->s, d, gpr(c, a->rs2), 32);
    }
    gen_div(c, a->row->arg, n, n, d, false);
    tcg_gen_exts_i64(c->s, gpr(c, a->rd), n, 32);
}
