/* SPDX-License-Identifier: MIT */
/* Translation of A: one helper call each; see amo-helper.c. */
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

void trans_amo(DisasContext *c, const RVInsn *a)
{
    gen_atomic(c, a, a->row->arg, true);
}
