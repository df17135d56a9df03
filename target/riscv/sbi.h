/*
 * The SBI that lives in the emulator (-bios builtin): what firmware would answer to an S-mode
 * kernel with one hart. It owns no device; the board lends it what it needs.
 */
#ifndef TARGET_RISCV_SBI_H
#define TARGET_RISCV_SBI_H

#include "target/riscv/cpu.h"

enum { SBI_RESET_SHUTDOWN = 0, SBI_RESET_COLD = 1, SBI_RESET_WARM = 2 };

/* Services of the board, all called on the vCPU's thread. Any may be NULL; then the extensions that
 * need it are not there. */
typedef struct SBIHost {
    void *opaque;
    /* Harts without Sstc only: call riscv_set_irq(env, IRQ_STI, true) when mtime reaches ticks
     * (UINT64_MAX: never). */
    void (*set_timer)(void *opaque, uint64_t ticks);
    void (*console_write)(void *opaque, const uint8_t *buf, size_t len);
    int (*console_getchar)(void *opaque); /* -1: none */
    /* type is SBI_RESET_*; reason 0 none, 1 system failure. May reset the hart before returning. */
    void (*system_reset)(void *opaque, unsigned type, unsigned reason);
} SBIHost;

/* *host must outlive the hart. Survives resets. NULL: no built-in SBI, ecall traps to M. */
void riscv_sbi_attach(CPURISCVState *env, const SBIHost *host);

/*
 * To be called after reset: the hart as M-mode firmware leaves it to a supervisor that starts at
 * `pc` (a0 = hartid, a1 = dtb): delegation, counters, Sstc and Svadu on, PMP open, S-mode.
 */
void riscv_sbi_boot(CPURISCVState *env, uint64_t pc, uint64_t dtb);

#endif
