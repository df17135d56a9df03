/* SPDX-License-Identifier: MIT */
/*
 * Translation of A. LR and SC are helper calls (amo-helper.c). An AMO is a load, an operation and a
 * store: nothing else writes to RAM between the two while the one hart is in the middle of an insn.
 */
#include "target/riscv/helper.h"
#include "target/riscv/translate.h"

/* rd = helper(env, x[rs1], [x[rs2],] mmu_idx); rd is left alone if the helper raises. */
static void gen_atomic(DisasContext *c, const RVInsn *a, unsigned helper, bool has_value)
{
    TCGv result = tcg_temp_new_i64(c->s);
    TCGv args[4] = {tcg_env(), gpr(c, a->rs1)};
    unsigned n = 2;

    if (has_value)
        args[n++] = gpr(c, a->rs2);
    args[n++] = tcg_constant_i32(c->s, c->mmu_idx);
    tcg_gen_call(c->s, helper, result, n, args);
    if (a->rd)
        tcg_gen_mov_i64(c->s, gpr(c, a->rd), result);
}

void trans_lr(DisasContext *c, const RVInsn *a)
{
    gen_atomic(c, a, (a->row->arg & MO_SIZE) == MO_64 ? HELPER_lr_d : HELPER_lr_w, false);
}

void trans_sc(DisasContext *c, const RVInsn *a)
{
    gen_atomic(c, a, (a->row->arg & MO_SIZE) == MO_64 ? HELPER_sc_d : HELPER_sc_w, true);
}

/* What is stored; words are sign-extended on both sides, which keeps their unsigned order too. */
static TCGv amo_result(DisasContext *c, unsigned op, TCGv old, TCGv val)
{
    TCGv r = tcg_temp_new_i64(c->s);

    switch (op) {
    case AMO_ADD: tcg_gen_add_i64(c->s, r, old, val); break;
    case AMO_XOR: tcg_gen_xor_i64(c->s, r, old, val); break;
    case AMO_AND: tcg_gen_and_i64(c->s, r, old, val); break;
    case AMO_OR: tcg_gen_or_i64(c->s, r, old, val); break;
    case AMO_MIN: tcg_gen_movcond_i64(c->s, TCG_COND_LT, r, old, val, old, val); break;
    case AMO_MAX: tcg_gen_movcond_i64(c->s, TCG_COND_GT, r, old, val, old, val); break;
    case AMO_MINU: tcg_gen_movcond_i64(c->s, TCG_COND_LTU, r, old, val, old, val); break;
    case AMO_MAXU: tcg_gen_movcond_i64(c->s, TCG_COND_GTU, r, old, val, old, val); break;
    default: return val; /* AMO_SWAP */
    }
    return r;
}

void trans_amo(DisasContext *c, const RVInsn *a)
{
    const unsigned op = a->row->arg & ~MO_SIZE;
    const MemOp mop = (a->row->arg & MO_SIZE) | MO_ALIGN;
    TCGv addr = gpr(c, a->rs1), val = gpr(c, a->rs2), old = tcg_temp_new_i64(c->s);

    if (mop == (MO_32 | MO_ALIGN) && op >= AMO_MIN) {
        TCGv word = tcg_temp_new_i64(c->s);
        tcg_gen_exts_i64(c->s, word, val, 32);
        val = word;
    }
    tcg_gen_qemu_ld_i64(c->s, old, addr, mop | MO_SIGN | MO_RMW, c->mmu_idx);
    tcg_gen_qemu_st_i64(c->s, amo_result(c, op, old, val), addr, mop, c->mmu_idx);
    if (a->rd)
        tcg_gen_mov_i64(c->s, gpr(c, a->rd), old);
}
