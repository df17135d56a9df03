/*
 * System side of the hart as the helpers of the front end see it: CSRs, privileged insns, address
 * translation fences. Functions that return bool return false for "illegal instruction"; the caller
 * raises it (it knows the insn bits for tval) and nothing has changed.
 */
#ifndef TARGET_RISCV_SYSTEM_H
#define TARGET_RISCV_SYSTEM_H

#include "target/riscv/cpu.h"

/* ---- CSRs (csr.def, csr.c) ------------------------------------------------------------------ */

/* What the front end may assume of a CSR; 0 for one that does not exist (access traps). */
enum {
    /* Writing it changes neither translation, nor flags, nor pending interrupts: the TB goes on.
     * After a write of any other CSR the TB ends with exit_tb. */
    CSR_PLAIN = 1,
    /* Reading it needs the exact instruction count: the access ends its TB. Reads of other CSRs
     * never need that. */
    CSR_COUNTER = 2,
    /* fflags, frm, fcsr: illegal with FS off. A write of fflags makes FS dirty, so the TB goes on
     * only if its flags say that FS is dirty already; frm, in the other two, is a TB flag itself.
     */
    CSR_FP = 4,
};
unsigned riscv_csr_attr(unsigned csr);
/* Name for the disassembler; NULL if the CSR does not exist. */
const char *riscv_csr_name(unsigned csr);

/*
 * csrrw / csrrs / csrrc (and immediate forms) that write; a csrrs or csrrc with x0 or 0 is
 * riscv_csr_read(). *old receives what rd gets. One function, because the value that set and clear
 * work on is not always the one read (mip.SEIP).
 */
typedef enum RVCSROp { CSR_OP_WRITE, CSR_OP_SET, CSR_OP_CLEAR } RVCSROp;
bool riscv_csr_rmw(CPURISCVState *env, unsigned csr, RVCSROp op, uint64_t val, uint64_t *old);

/* ---- privileged insns (trap.c, mmu.c) ------------------------------------------------------- */

/* Set cs.pc to the return address, and privilege; the TB ends with exit_tb. */
bool riscv_sret(CPURISCVState *env);
bool riscv_mret(CPURISCVState *env);
/* Sets cs.halted when nothing is pending; cs.pc is left alone and must be the next insn's when the
 * dispatcher gets control. */
bool riscv_wfi(CPURISCVState *env);
bool riscv_sfence_vma(CPURISCVState *env, uint64_t vaddr, uint64_t asid, bool has_vaddr,
                      bool has_asid);

#endif
