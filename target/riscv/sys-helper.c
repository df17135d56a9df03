/* SPDX-License-Identifier: MIT */
/* Helpers of Zicsr and the privileged instructions: they raise what system.h refuses. */
#include "target/riscv/helper.h"
#include "target/riscv/system.h"

static inline unsigned insn_csr(uint32_t insn)
{
    return insn >> 20;
}

void helper_raise(CPURISCVState *env, uint64_t cause, uint64_t tval)
{
    riscv_raise(env, cause, tval);
}

uint64_t helper_csr_read(CPURISCVState *env, uint64_t insn)
{
    uint64_t val = 0;

    if (!riscv_csr_read(env, insn_csr(insn), &val))
        riscv_raise(env, CAUSE_ILLEGAL, insn);
    return val;
}

uint64_t helper_csr_write(CPURISCVState *env, uint64_t insn, uint64_t val)
{
    static const uint8_t ops[4] = {0, CSR_OP_WRITE, CSR_OP_SET, CSR_OP_CLEAR};
    unsigned csr = insn_csr(insn), op = ops[insn >> 12 & 3];
    uint64_t old = 0;

    /* A CSRRW to x0 reads nothing, not even what reading might do. */
    if (op == CSR_OP_WRITE && !(insn & 0xf80)) {
        if (!riscv_csr_write(env, csr, val))
            riscv_raise(env, CAUSE_ILLEGAL, insn);
    } else if (!riscv_csr_rmw(env, csr, op, val, &old)) {
        riscv_raise(env, CAUSE_ILLEGAL, insn);
    }
    return old;
}

uint64_t helper_sret(CPURISCVState *env, uint64_t insn)
{
    if (!riscv_sret(env))
        riscv_raise(env, CAUSE_ILLEGAL, insn);
    return env->cs.pc;
}

uint64_t helper_mret(CPURISCVState *env, uint64_t insn)
{
    if (!riscv_mret(env))
        riscv_raise(env, CAUSE_ILLEGAL, insn);
    return env->cs.pc;
}

void helper_wfi(CPURISCVState *env, uint64_t insn)
{
    if (!riscv_wfi(env))
        riscv_raise(env, CAUSE_ILLEGAL, insn);
}

void helper_sfence_vma(CPURISCVState *env, uint64_t insn, uint64_t vaddr, uint64_t asid)
{
    /* Operands in x0 stand for "all", which a zero in another register does not. */
    if (!riscv_sfence_vma(env, vaddr, asid, insn >> 15 & 31, insn >> 20 & 31))
        riscv_raise(env, CAUSE_ILLEGAL, insn);
}

/* First change of floating-point state since FS was initial or clean. */
void helper_fs_dirty(CPURISCVState *env)
{
    env->mstatus |= MSTATUS_FS;
    cpu_flags_changed(&env->cs);
}
