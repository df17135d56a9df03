/* SPDX-License-Identifier: MIT */
/* Translation of Zba, Zbb and Zbs. None of them does anything but write rd. */
#include "target/riscv/translate.h"

/* ---- Zba ------------------------------------------------------------------------------------ */

void trans_shadd(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i64(c->s);
    tcg_gen_shli_i64(c->s, t, gpr(c, a->rs1), a->row->arg);
    tcg_gen_add_i64(c->s, gpr(c, a->rd), t, gpr(c, a->rs2));
}

void trans_shadd_uw(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i64(c->s);
    tcg_gen_extu_i64(c->s, t, gpr(c, a->rs1), 32);
    if (a->row->arg)
        tcg_gen_shli_i64(c->s, t, t, a->row->arg);
    tcg_gen_add_i64(c->s, gpr(c, a->rd), t, gpr(c, a->rs2));
}

void trans_slli_uw(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i64(c->s);
    tcg_gen_extu_i64(c->s, t, gpr(c, a->rs1), 32);
    tcg_gen_shli_i64(c->s, gpr(c, a->rd), t, a->imm);
}

/* ---- Zbb ------------------------------------------------------------------------------------ */

void trans_minmax(DisasContext *c, const RVInsn *a)
{
    TCGv x = gpr(c, a->rs1), y = gpr(c, a->rs2);

    if (a->rd)
        tcg_gen_movcond_i64(c->s, a->row->arg, gpr(c, a->rd), x, y, x, y);
}

void trans_rotw(DisasContext *c, const RVInsn *a)
{
    TCGv t, count;

    if (!a->rd)
        return;
    t = tcg_temp_new_i32(c->s);
    count = tcg_temp_new_i32(c->s);
    tcg_gen_extrl_i64_i32(c->s, t, gpr(c, a->rs1));
    tcg_gen_extrl_i64_i32(c->s, count, gpr(c, a->rs2));
    tcg_gen_andi_i32(c->s, count, count, 31);
    tcg_gen_op3(c->s, a->row->arg, TCG_TYPE_I32, t.i, t.i, count.i);
    tcg_gen_ext_i32_i64(c->s, gpr(c, a->rd), t);
}

void trans_roriw(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i32(c->s);
    tcg_gen_extrl_i64_i32(c->s, t, gpr(c, a->rs1));
    tcg_gen_rotri_i32(c->s, t, t, a->imm);
    tcg_gen_ext_i32_i64(c->s, gpr(c, a->rd), t);
}

void trans_clz(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_clzi_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1), 64);
}

void trans_ctz(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_ctzi_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1), 64);
}

void trans_cpop(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_ctpop_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1));
}

void trans_clzw(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i64(c->s);
    tcg_gen_extu_i64(c->s, t, gpr(c, a->rs1), 32);
    tcg_gen_clzi_i64(c->s, t, t, 64);
    tcg_gen_addi_i64(c->s, gpr(c, a->rd), t, -32);
}

void trans_ctzw(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i64(c->s);
    /* A bit above the word stops the count at 32. */
    tcg_gen_ori_i64(c->s, t, gpr(c, a->rs1), INT64_C(1) << 32);
    tcg_gen_ctzi_i64(c->s, gpr(c, a->rd), t, 64);
}

void trans_cpopw(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i64(c->s);
    tcg_gen_extu_i64(c->s, t, gpr(c, a->rs1), 32);
    tcg_gen_ctpop_i64(c->s, gpr(c, a->rd), t);
}

void trans_sext(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_exts_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1), a->row->arg);
}

void trans_zext(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_extu_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1), a->row->arg);
}

void trans_orc_b(DisasContext *c, const RVInsn *a)
{
    const uint64_t low7 = UINT64_C(0x7f7f7f7f7f7f7f7f);
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i64(c->s);
    /* Bit 7 of each byte: set if the byte is not zero. Adding carries into no other byte. */
    tcg_gen_andi_i64(c->s, t, gpr(c, a->rs1), low7);
    tcg_gen_addi_i64(c->s, t, t, low7);
    tcg_gen_or_i64(c->s, t, t, gpr(c, a->rs1));
    tcg_gen_andi_i64(c->s, t, t, ~low7);
    tcg_gen_shri_i64(c->s, t, t, 7);
    tcg_gen_muli_i64(c->s, gpr(c, a->rd), t, 255);
}

void trans_rev8(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_bswap64_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1));
}

/* ---- Zbs ------------------------------------------------------------------------------------ */

void trans_bit(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i64(c->s);
    tcg_gen_andi_i64(c->s, t, gpr(c, a->rs2), 63);
    tcg_gen_shl_i64(c->s, t, tcg_constant_i64(c->s, 1), t);
    tcg_gen_op3(c->s, a->row->arg, TCG_TYPE_I64, gpr(c, a->rd).i, gpr(c, a->rs1).i, t.i);
}

void trans_biti(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_op3(c->s, a->row->arg, TCG_TYPE_I64, gpr(c, a->rd).i, gpr(c, a->rs1).i,
                    tcg_constant_i64(c->s, INT64_C(1) << a->imm).i);
}

void trans_bext(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i64(c->s);
    tcg_gen_andi_i64(c->s, t, gpr(c, a->rs2), 63);
    tcg_gen_shr_i64(c->s, t, gpr(c, a->rs1), t);
    tcg_gen_andi_i64(c->s, gpr(c, a->rd), t, 1);
}

void trans_bexti(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_extract_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1), a->imm, 1);
}
