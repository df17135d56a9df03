/* SPDX-License-Identifier: MIT */
/*
 * Translation of F and D. Moves and sign injection are plain ops on the registers' bits, arithmetic
 * is left to fpu-helper.c. With FS off the loop of translate.c has already refused the instruction.
 */
#include "target/riscv/helper.h"
#include "target/riscv/translate.h"

#define BOX UINT64_C(0xffffffff00000000)

/*
 * To be called last by everything that writes an f register or fflags. FS is part of the TB flags:
 * the first change of floating-point state makes it dirty and leaves the TB.
 */
static void gen_fp_changed(DisasContext *c)
{
    TCGv env = tcg_env();

    if (c->fs == 3)
        return;
    tcg_gen_call(c->s, HELPER_fs_dirty, TCGV_NONE, 1, &env);
    gen_exit_next(c);
}

/* The rounding mode as a constant; false if it is dynamic and frm invalid: illegal. */
static bool rounding_mode(DisasContext *c, const RVInsn *a, TCGv *rm)
{
    unsigned mode = a->rm == 7 ? c->frm : a->rm;

    *rm = tcg_constant_i32(c->s, mode);
    return mode <= 4;
}

/* ---- memory --------------------------------------------------------------------------------- */

void trans_flw(DisasContext *c, const RVInsn *a)
{
    TCGv t = tcg_temp_new_i64(c->s);

    tcg_gen_qemu_ld_i64(c->s, t, gen_address(c, a), MO_UL, c->mmu_idx);
    tcg_gen_ori_i64(c->s, fpr(a->rd), t, BOX);
    gen_fp_changed(c);
}

void trans_fld(DisasContext *c, const RVInsn *a)
{
    tcg_gen_qemu_ld_i64(c->s, fpr(a->rd), gen_address(c, a), MO_UQ, c->mmu_idx);
    gen_fp_changed(c);
}

void trans_fstore(DisasContext *c, const RVInsn *a)
{
    tcg_gen_qemu_st_i64(c->s, fpr(a->rs2), gen_address(c, a), a->row->arg, c->mmu_idx);
}

/* ---- arithmetic ----------------------------------------------------------------------------- */

/* d = helper(env, operands..., rm); the helper's number is the row's argument. */
void trans_fp2_rm(DisasContext *c, const RVInsn *a)
{
    TCGv args[] = {tcg_env(), fpr(a->rs1), fpr(a->rs2), TCGV_NONE};

    if (!rounding_mode(c, a, &args[3])) {
        gen_illegal(c, a);
        return;
    }
    tcg_gen_call(c->s, a->row->arg, fpr(a->rd), G_N_ELEMENTS(args), args);
    gen_fp_changed(c);
}

static void gen_fp_unary(DisasContext *c, const RVInsn *a, TCGv d, TCGv src)
{
    TCGv args[] = {tcg_env(), src, TCGV_NONE};

    if (!rounding_mode(c, a, &args[2])) {
        gen_illegal(c, a);
        return;
    }
    tcg_gen_call(c->s, a->row->arg, d, G_N_ELEMENTS(args), args);
    gen_fp_changed(c);
}

void trans_fp1_rm(DisasContext *c, const RVInsn *a)
{
    gen_fp_unary(c, a, fpr(a->rd), fpr(a->rs1));
}

void trans_fp_to_int(DisasContext *c, const RVInsn *a)
{
    gen_fp_unary(c, a, gpr_dest(c, a->rd), fpr(a->rs1));
}

void trans_int_to_fp(DisasContext *c, const RVInsn *a)
{
    gen_fp_unary(c, a, fpr(a->rd), gpr(c, a->rs1));
}

/*
 * Negating a factor negates the product exactly. A binary32 value that is not boxed stays so and is
 * a NaN with either sign.
 */
void trans_fma(DisasContext *c, const RVInsn *a)
{
    uint64_t sign = a->row->ext == EXT_F ? UINT64_C(1) << 31 : UINT64_C(1) << 63;
    TCGv args[] = {tcg_env(), fpr(a->rs1), fpr(a->rs2), fpr(a->rs3), TCGV_NONE};

    if (!rounding_mode(c, a, &args[4])) {
        gen_illegal(c, a);
        return;
    }
    if (a->row->arg & FMA_NEG_PRODUCT) {
        args[1] = tcg_temp_new_i64(c->s);
        tcg_gen_xori_i64(c->s, args[1], fpr(a->rs1), sign);
    }
    if (a->row->arg & FMA_NEG_ADDEND) {
        args[3] = tcg_temp_new_i64(c->s);
        tcg_gen_xori_i64(c->s, args[3], fpr(a->rs3), sign);
    }
    tcg_gen_call(c->s, a->row->arg & FMA_HELPER, fpr(a->rd), G_N_ELEMENTS(args), args);
    gen_fp_changed(c);
}

/* Minimum and maximum round nothing. */
void trans_fp2(DisasContext *c, const RVInsn *a)
{
    TCGv args[] = {tcg_env(), fpr(a->rs1), fpr(a->rs2)};

    tcg_gen_call(c->s, a->row->arg, fpr(a->rd), G_N_ELEMENTS(args), args);
    gen_fp_changed(c);
}

void trans_fcmp(DisasContext *c, const RVInsn *a)
{
    TCGv args[] = {tcg_env(), fpr(a->rs1), fpr(a->rs2)};

    tcg_gen_call(c->s, a->row->arg, gpr_dest(c, a->rd), G_N_ELEMENTS(args), args);
    gen_fp_changed(c); /* fflags */
}

void trans_fclass(DisasContext *c, const RVInsn *a)
{
    TCGv arg = fpr(a->rs1);

    if (a->rd)
        tcg_gen_call(c->s, a->row->arg, gpr(c, a->rd), 1, &arg);
}

/* ---- sign injection ------------------------------------------------------------------------- */

/* A binary32 operand; the canonical NaN if it is not boxed. */
static TCGv unboxed(DisasContext *c, unsigned n)
{
    TCGv box = tcg_constant_i64(c->s, BOX), t = tcg_temp_new_i64(c->s);

    tcg_gen_and_i64(c->s, t, fpr(n), box);
    tcg_gen_movcond_i64(c->s, TCG_COND_EQ, t, t, box, fpr(n),
                        tcg_constant_i64(c->s, BOX | 0x7fc00000));
    return t;
}

/* d = magnitude of a, with a sign made of those of a and b; `bits` is the format's width. */
static void gen_fsgnj(DisasContext *c, unsigned how, TCGv d, TCGv a, TCGv b, unsigned bits)
{
    uint64_t sign = UINT64_C(1) << (bits - 1);
    TCGv t = tcg_temp_new_i64(c->s);

    switch (how) {
    case FSGN_JX:
        tcg_gen_andi_i64(c->s, t, b, sign);
        tcg_gen_xor_i64(c->s, d, a, t);
        break;
    case FSGN_JN:
        tcg_gen_xori_i64(c->s, t, b, sign);
        tcg_gen_deposit_i64(c->s, d, t, a, 0, bits - 1);
        break;
    default:
        if (a.i == b.i) /* fmv.s, fmv.d */
            tcg_gen_mov_i64(c->s, d, a);
        else
            tcg_gen_deposit_i64(c->s, d, b, a, 0, bits - 1);
        break;
    }
}

void trans_fsgnj_s(DisasContext *c, const RVInsn *a)
{
    TCGv x = unboxed(c, a->rs1);
    TCGv y = a->rs2 == a->rs1 ? x : unboxed(c, a->rs2);

    gen_fsgnj(c, a->row->arg, fpr(a->rd), x, y, 32);
    gen_fp_changed(c);
}

void trans_fsgnj_d(DisasContext *c, const RVInsn *a)
{
    gen_fsgnj(c, a->row->arg, fpr(a->rd), fpr(a->rs1), fpr(a->rs2), 64);
    gen_fp_changed(c);
}

/* ---- moves: bits as they are, boxed or not -------------------------------------------------- */

void trans_fmv_x_w(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_exts_i64(c->s, gpr(c, a->rd), fpr(a->rs1), 32);
}

void trans_fmv_x_d(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_mov_i64(c->s, gpr(c, a->rd), fpr(a->rs1));
}

void trans_fmv_w_x(DisasContext *c, const RVInsn *a)
{
    tcg_gen_ori_i64(c->s, fpr(a->rd), gpr(c, a->rs1), BOX);
    gen_fp_changed(c);
}

void trans_fmv_d_x(DisasContext *c, const RVInsn *a)
{
    tcg_gen_mov_i64(c->s, fpr(a->rd), gpr(c, a->rs1));
    gen_fp_changed(c);
}
