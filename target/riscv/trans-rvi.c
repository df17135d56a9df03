/* SPDX-License-Identifier: MIT */
/* Translation of RV64I, but for what traps or ends the TB. */
#include "target/riscv/translate.h"

/* ---- jumps ---------------------------------------------------------------------------------- */

/* Jumps within the page or to a known page; without C, a target must be a multiple of 4. */
static void gen_jump(DisasContext *c, unsigned n, int32_t offset)
{
    if (offset & 2 && !riscv_has(EXT_C)) {
        TCGv target = tcg_temp_new_i64(c->s);

        gen_pc(c, target, offset);
        gen_raise(c, CAUSE_INSN_MISALIGNED, target);
        c->ended = true;
    } else {
        gen_goto(c, n, offset);
    }
}

void trans_jal(DisasContext *c, const RVInsn *a)
{
    int32_t offset = (int32_t)c->offset + a->imm;

    /* A jump that traps writes no link. */
    if (a->rd && !(offset & 2 && !riscv_has(EXT_C)))
        gen_pc(c, gpr(c, a->rd), c->next);
    gen_jump(c, 0, offset);
}

void trans_jalr(DisasContext *c, const RVInsn *a)
{
    TCGv target = tcg_temp_new_i64(c->s);

    tcg_gen_andi_i64(c->s, target, gen_address(c, a), -2);
    if (!riscv_has(EXT_C)) {
        unsigned aligned = tcg_new_label(c->s);

        tcg_gen_brcond_i64(c->s, TCG_COND_TSTEQ, target, tcg_constant_i64(c->s, 2), aligned);
        gen_raise(c, CAUSE_INSN_MISALIGNED, target);
        tcg_gen_set_label(c->s, aligned);
    }
    if (a->rd)
        gen_pc(c, gpr(c, a->rd), c->next);
    tcg_gen_goto_ptr(c->s, target);
    c->ended = true;
}

void trans_branch(DisasContext *c, const RVInsn *a)
{
    unsigned taken = tcg_new_label(c->s);

    tcg_gen_brcond_i64(c->s, a->row->arg, gpr(c, a->rs1), gpr(c, a->rs2), taken);
    gen_goto(c, 0, c->next);
    tcg_gen_set_label(c->s, taken);
    gen_jump(c, 1, (int32_t)c->offset + a->imm);
}

/* ---- memory --------------------------------------------------------------------------------- */

void trans_load(DisasContext *c, const RVInsn *a)
{
    tcg_gen_qemu_ld_i64(c->s, gpr_dest(c, a->rd), gen_address(c, a), a->row->arg, c->mmu_idx);
}

void trans_store(DisasContext *c, const RVInsn *a)
{
    tcg_gen_qemu_st_i64(c->s, gpr(c, a->rs2), gen_address(c, a), a->row->arg, c->mmu_idx);
}

/*
 * Zihintpause: what busy loops execute. Counted, so that a machine that does nothing else can sleep
 * (runtime/main-loop.c).
 */
#define PAUSE 0x0100000fu /* FENCE with pred = W, succ = 0 */

static void gen_pause(DisasContext *c)
{
    TCGv n = tcg_temp_new_i64(c->s);
    tcg_gen_ld_i64(c->s, n, tcg_env(), offsetof(CPUState, pauses));
    tcg_gen_addi_i64(c->s, n, n, 1);
    tcg_gen_st_i64(c->s, n, tcg_env(), offsetof(CPUState, pauses));
}

/* The sets are I, O, R, W from high to low; device I/O is ordered like memory here. */
void trans_fence(DisasContext *c, const RVInsn *a)
{
    unsigned pred = a->bits >> 24 & 15, succ = a->bits >> 20 & 15, mo = 0;
    bool pred_r = pred & 10, pred_w = pred & 5, succ_r = succ & 10, succ_w = succ & 5;

    if (a->bits == PAUSE) {
        gen_pause(c);
        return;
    }
    mo |= pred_r && succ_r ? TCG_MO_LD_LD : 0;
    mo |= pred_w && succ_r ? TCG_MO_ST_LD : 0;
    mo |= pred_r && succ_w ? TCG_MO_LD_ST : 0;
    mo |= pred_w && succ_w ? TCG_MO_ST_ST : 0;
    if (mo)
        tcg_gen_mb(c->s, mo);
}

/* ---- arithmetic: none of these does anything but write rd ----------------------------------- */

void trans_lui(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_movi_i64(c->s, gpr(c, a->rd), a->imm);
}

void trans_auipc(DisasContext *c, const RVInsn *a)
{
    /* Wraps only where the immediate is near its end; the sum needs more than 32 bits then. */
    if (a->rd)
        tcg_gen_addi_i64(c->s, gpr(c, a->rd), pc_page(), (int64_t)a->imm + c->offset);
}

void trans_addi(DisasContext *c, const RVInsn *a)
{
    if (!a->rd)
        return;
    if (!a->rs1)
        tcg_gen_movi_i64(c->s, gpr(c, a->rd), a->imm);
    else if (!a->imm)
        tcg_gen_mov_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1));
    else
        tcg_gen_addi_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1), a->imm);
}

void trans_slti(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_setcond_i64(c->s, a->row->arg, gpr(c, a->rd), gpr(c, a->rs1),
                            tcg_constant_i64(c->s, a->imm));
}

void trans_alui(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_op3(c->s, a->row->arg, TCG_TYPE_I64, gpr(c, a->rd).i, gpr(c, a->rs1).i,
                    tcg_constant_i64(c->s, a->imm).i);
}

void trans_alu(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_op3(c->s, a->row->arg, TCG_TYPE_I64, gpr(c, a->rd).i, gpr(c, a->rs1).i,
                    gpr(c, a->rs2).i);
}

void trans_slt(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_setcond_i64(c->s, a->row->arg, gpr(c, a->rd), gpr(c, a->rs1), gpr(c, a->rs2));
}

/* Shifts and rotations by a register use its low six bits. */
void trans_shift(DisasContext *c, const RVInsn *a)
{
    TCGv count;

    if (!a->rd)
        return;
    count = tcg_temp_new_i64(c->s);
    tcg_gen_andi_i64(c->s, count, gpr(c, a->rs2), 63);
    tcg_gen_op3(c->s, a->row->arg, TCG_TYPE_I64, gpr(c, a->rd).i, gpr(c, a->rs1).i, count.i);
}

/* ---- the same on words: results are sign-extended ------------------------------------------- */

void trans_addiw(DisasContext *c, const RVInsn *a)
{
    TCGv sum;

    if (!a->rd)
        return;
    if (!a->imm) {
        tcg_gen_exts_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1), 32);
        return;
    }
    sum = tcg_temp_new_i64(c->s);
    tcg_gen_addi_i64(c->s, sum, gpr(c, a->rs1), a->imm);
    tcg_gen_exts_i64(c->s, gpr(c, a->rd), sum, 32);
}

void trans_slliw(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i64(c->s);
    tcg_gen_shli_i64(c->s, t, gpr(c, a->rs1), a->imm);
    tcg_gen_exts_i64(c->s, gpr(c, a->rd), t, 32);
}

void trans_srliw(DisasContext *c, const RVInsn *a)
{
    if (!a->rd)
        return;
    if (a->imm)
        tcg_gen_extract_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1), a->imm, 32 - a->imm);
    else
        tcg_gen_exts_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1), 32);
}

void trans_sraiw(DisasContext *c, const RVInsn *a)
{
    if (a->rd)
        tcg_gen_sextract_i64(c->s, gpr(c, a->rd), gpr(c, a->rs1), a->imm, 32 - a->imm);
}

/* Ops whose low 32 bits depend on the low 32 bits of their operands only. */
void trans_aluw(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rd)
        return;
    t = tcg_temp_new_i64(c->s);
    tcg_gen_op3(c->s, a->row->arg, TCG_TYPE_I64, t.i, gpr(c, a->rs1).i, gpr(c, a->rs2).i);
    tcg_gen_exts_i64(c->s, gpr(c, a->rd), t, 32);
}

void trans_shiftw(DisasContext *c, const RVInsn *a)
{
    TCGv count, t, src = gpr(c, a->rs1);

    if (!a->rd)
        return;
    count = tcg_temp_new_i64(c->s);
    t = tcg_temp_new_i64(c->s);
    tcg_gen_andi_i64(c->s, count, gpr(c, a->rs2), 31);
    if (a->row->arg == INDEX_op_sar) {
        tcg_gen_exts_i64(c->s, t, src, 32);
        tcg_gen_sar_i64(c->s, gpr(c, a->rd), t, count);
        return;
    }
    if (a->row->arg == INDEX_op_shr) {
        tcg_gen_extu_i64(c->s, t, src, 32);
        src = t;
    }
    tcg_gen_op3(c->s, a->row->arg, TCG_TYPE_I64, t.i, src.i, count.i);
    tcg_gen_exts_i64(c->s, gpr(c, a->rd), t, 32);
}
