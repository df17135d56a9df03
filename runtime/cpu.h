/* What a guest ISA (target/) may ask of the runtime: guest memory, soft TLB, time, exits. */
#ifndef RUNTIME_CPU_H
#define RUNTIME_CPU_H

#include <glib.h>

#include "tcg/env.h"

/* ---- guest memory from helpers ------------------------------------------------------------- */

/*
 * Host address of `size` bytes at a virtual address for an access of that kind, with everything
 * done that the access would do (walk, permission, A/D bits, retiring of code that a store
 * overlaps). The bytes must not cross a page. NULL: a fault (env->trap set) or not RAM (env->trap
 * clear). *phys, if wanted, receives the physical address.
 */
void *cpu_probe(CPUState *cs, uint64_t vaddr, unsigned size, MMUAccess access, unsigned mmu_idx,
                uint64_t *phys);

/* Physical access on behalf of a page-table walk or firmware; false: nothing there (no side
 * effect). */
bool cpu_phys_read(CPUState *cs, uint64_t phys, void *buf, unsigned size);
bool cpu_phys_write(CPUState *cs, uint64_t phys, const void *buf, unsigned size);
/*
 * *phys (8 bytes, aligned, RAM) = desired if it still holds expected. 1 done, 0 lost the race,
 * -1 not RAM.
 */
int cpu_phys_cas64(CPUState *cs, uint64_t phys, uint64_t expected, uint64_t desired);

/* ---- soft TLB and address spaces ------------------------------------------------------------ */

/* Drops every translation of every mode and starts new jump-cache generations. */
void cpu_tlb_flush(CPUState *cs);
/*
 * Drops the translations of one virtual page, in all modes. The target knows whether the address
 * lies in a superpage, and then flushes everything.
 */
void cpu_tlb_flush_page(CPUState *cs, uint64_t vaddr);
/*
 * Drops data translations of the modes in the bit mask only; the jump cache stays (for changes that
 * concern no fetch: SUM, MXR, MPRV).
 */
void cpu_tlb_flush_modes(CPUState *cs, unsigned modes);
/* The same for what is not global, behind a change of the address space. */
void cpu_tlb_flush_local(CPUState *cs, unsigned modes);
/* What is not global goes in all modes, and all that jump cache knows but of address space `keep`.
 */
void cpu_tlb_flush_spaces(CPUState *cs, uint64_t keep);
/*
 * The address space that fetches now use is `id` (satp, or a constant for untranslated modes; equal
 * ids mean equal mappings until the next flush). Does not touch the soft TLB.
 */
void cpu_set_aspace(CPUState *cs, uint64_t id);

/* ---- exits, time ---------------------------------------------------------------------------- */

/* Raise a synchronous exception of the current insn; `trap` is nonzero, the target's own code. */
static inline void cpu_raise(CPUState *cs, uint32_t trap, uint64_t value)
{
    cs->trap = trap;
    cs->trap_value = value;
}
/* Flags, privilege or pending interrupts may have changed: the dispatcher looks before the next TB.
 * Only in helpers of insns after which the front end ends the TB with exit_tb. */
static inline void cpu_flags_changed(CPUState *cs)
{
    cs->tb_flags_dirty = true;
}
/* An interrupt became pending (device or timer): leave at the next TB head. Any thread. */
void cpu_interrupt(CPUState *cs);
/*
 * Instructions executed, up to and including the current TB. Exact in helpers of an insn that ends
 * its TB.
 */
static inline uint64_t cpu_insns(const CPUState *cs)
{
    return cs->insns_done + (uint64_t)((int64_t)cs->budget_given - cs->budget);
}
/* Virtual time in ns since reset (hw/clock.h of the machine). */
int64_t cpu_clock_ns(CPUState *cs);

#endif
