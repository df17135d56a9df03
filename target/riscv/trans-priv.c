/* SPDX-License-Identifier: MIT */
/*
 * Translation of Zicsr, Zifencei and the privileged instructions: whatever may change translation,
 * flags, privilege or pending interrupts ends its TB through the dispatcher.
 */
#include "target/riscv/helper.h"
#include "target/riscv/system.h"
#include "target/riscv/translate.h"

enum { CSR_FFLAGS = 1 };

void trans_ecall(DisasContext *c, const RVInsn *a)
{
    gen_raise(c, CAUSE_ECALL_U + c->priv, tcg_constant_i64(c->s, 0));
    c->ended = true;
}

void trans_ebreak(DisasContext *c, const RVInsn *a)
{
    TCGv pc = tcg_temp_new_i64(c->s);

    gen_pc(c, pc, c->offset);
    gen_raise(c, CAUSE_BREAKPOINT, pc);
    c->ended = true;
}

/* ---- CSRs ----------------------------------------------------------------------------------- */

/* A CSR that is nothing but 64 bits in env, so that the access needs no helper. 0: not one. */
static uint32_t plain_offset(unsigned csr)
{
    switch (csr) {
    case 0x140: return offsetof(CPURISCVState, sscratch);
    case 0x340: return offsetof(CPURISCVState, mscratch);
    default: return 0;
    }
}

/* The same for reading only. */
static uint32_t plain_read_offset(unsigned csr)
{
    switch (csr) {
    case 0x142: return offsetof(CPURISCVState, scause);
    case 0x143: return offsetof(CPURISCVState, stval);
    case 0x342: return offsetof(CPURISCVState, mcause);
    case 0x343: return offsetof(CPURISCVState, mtval);
    default: return plain_offset(csr);
    }
}

static bool csr_accessible(DisasContext *c, unsigned csr)
{
    return riscv_csr_attr(csr) && (csr >> 8 & 3) <= c->priv;
}

static void gen_csr_read(DisasContext *c, const RVInsn *a, unsigned csr)
{
    uint32_t offset = csr_accessible(c, csr) ? plain_read_offset(csr) : 0;
    TCGv args[] = {tcg_env(), tcg_constant_i64(c->s, a->bits)};
    TCGv t;

    if (offset) {
        tcg_gen_ld_i64(c->s, gpr_dest(c, a->rd), tcg_env(), offset);
        return;
    }
    t = tcg_temp_new_i64(c->s);
    tcg_gen_call(c->s, HELPER_csr_read, t, G_N_ELEMENTS(args), args);
    if (a->rd)
        tcg_gen_mov_i64(c->s, gpr(c, a->rd), t);
    if (riscv_csr_attr(csr) & CSR_COUNTER)
        gen_exit_next(c);
}

static void gen_csr_write(DisasContext *c, const RVInsn *a, unsigned csr, TCGv operand)
{
    unsigned attr = riscv_csr_attr(csr);
    TCGv args[] = {tcg_env(), tcg_constant_i64(c->s, a->bits), operand};
    TCGv old = tcg_temp_new_i64(c->s);

    tcg_gen_call(c->s, HELPER_csr_write, old, G_N_ELEMENTS(args), args);
    if (a->rd)
        tcg_gen_mov_i64(c->s, gpr(c, a->rd), old);
    /* Of the floating-point CSRs only fflags is outside the TB flags, once FS is dirty. */
    if (attr & CSR_FP ? csr == CSR_FFLAGS && c->fs == 3 : attr == CSR_PLAIN)
        return;
    gen_exit_next(c);
}

void trans_csr(DisasContext *c, const RVInsn *a)
{
    unsigned csr = a->bits >> 20, funct3 = a->bits >> 12 & 7;
    TCGv operand = funct3 & 4 ? tcg_constant_i64(c->s, a->rs1) : gpr(c, a->rs1);
    uint32_t offset = csr_accessible(c, csr) ? plain_offset(csr) : 0;

    /* Set and clear with x0 or 0 do not write at all; other registers that hold 0 do. */
    if ((funct3 & 3) != 1 && !a->rs1) {
        gen_csr_read(c, a, csr);
    } else if ((funct3 & 3) == 1 && offset) {
        TCGv old = tcg_temp_new_i64(c->s);

        tcg_gen_ld_i64(c->s, old, tcg_env(), offset);
        tcg_gen_st_i64(c->s, operand, tcg_env(), offset);
        if (a->rd)
            tcg_gen_mov_i64(c->s, gpr(c, a->rd), old);
    } else {
        gen_csr_write(c, a, csr, operand);
    }
}

/* ---- the rest ------------------------------------------------------------------------------- */

/* Stores to code retire their TBs at once, so there is nothing left to do but to leave. */
void trans_fence_i(DisasContext *c, const RVInsn *a)
{
    gen_exit_next(c);
}

/* Ends the TB at the pc that a helper returns. */
static void gen_xret(DisasContext *c, const RVInsn *a, unsigned helper, unsigned priv)
{
    TCGv args[] = {tcg_env(), tcg_constant_i64(c->s, a->bits)};
    TCGv pc;

    if (c->priv < priv) {
        gen_illegal(c, a);
        return;
    }
    pc = tcg_temp_new_i64(c->s);
    tcg_gen_call(c->s, helper, pc, G_N_ELEMENTS(args), args);
    tcg_gen_exit_tb(c->s, pc);
    c->ended = true;
}

void trans_sret(DisasContext *c, const RVInsn *a)
{
    gen_xret(c, a, HELPER_sret, PRV_S);
}

void trans_mret(DisasContext *c, const RVInsn *a)
{
    gen_xret(c, a, HELPER_mret, PRV_M);
}

void trans_wfi(DisasContext *c, const RVInsn *a)
{
    TCGv args[] = {tcg_env(), tcg_constant_i64(c->s, a->bits)};

    tcg_gen_call(c->s, HELPER_wfi, TCGV_NONE, G_N_ELEMENTS(args), args);
    gen_exit_next(c);
}

void trans_sfence_vma(DisasContext *c, const RVInsn *a)
{
    TCGv args[] = {tcg_env(), tcg_constant_i64(c->s, a->bits), gpr(c, a->rs1), gpr(c, a->rs2)};

    tcg_gen_call(c->s, HELPER_sfence_vma, TCGV_NONE, G_N_ELEMENTS(args), args);
    gen_exit_next(c);
}
