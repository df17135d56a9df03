/* A hart that only remembers what the board did to it: the devices are tested without target/. */
#ifndef TESTS_HW_STUBS_H
#define TESTS_HW_STUBS_H

#include "target/riscv/cpu.h"

typedef struct StubHart {
    uint64_t lines;             /* bit n: IRQ n is high */
    const void *sbi;            /* SBIHost attached, or NULL */
    unsigned boots;             /* calls of riscv_sbi_boot() */
    uint64_t boot_pc, boot_dtb; /* of the last */
} StubHart;
extern StubHart stub_hart;

#endif
