/*
 * A second guest, so that nothing outside target/riscv can know RISC-V: 32-bit, big-endian, 16
 * registers, 26 insns of 4 bytes, fixed identity mapping with a hole.
 *
 *   insn = op 8 | d 4 | a 4 | imm 16       (big-endian word; b = imm & 15)
 */
#ifndef TESTS_LIB_TINY_H
#define TESTS_LIB_TINY_H

#include "target/target.h"

/* clang-format off */
#define TINY_OPS(X)                                                                             \
    X(add)                                                                                      \
    X(sub)                                                                                      \
    X(and) X(or) X(xor) X(shl) X(shr) X(sar) X(mul) X(slt) X(addi) X(lui) X(clz) X(swap) X(mac) \
        X(ldw) X(ldh) X(ldb) X(stw) X(sth) X(stb) X(beq) X(blt) X(jal) X(jr) X(halt)
/* clang-format on */

enum {
#define TINY_ENUM(n) TINY_##n,
    TINY_OPS(TINY_ENUM)
#undef TINY_ENUM
        TINY_COUNT
};

enum { TINY_TRAP_FAULT = 1, TINY_TRAP_ILLEGAL = 2, TINY_TRAP_ALIGN = 3 };
#define TINY_HOLE 0x8000u /* the page at this address is not mapped */

typedef struct TinyState {
    CPUState cs;
    uint32_t r[16];
    uint32_t last_trap, trap_addr, trap_pc;
} TinyState;

extern const TargetOps tiny_ops;

static inline uint32_t tiny_insn(unsigned op, unsigned d, unsigned a, unsigned imm)
{
    return op << 24 | d << 20 | a << 16 | (imm & 0xffff);
}

#endif
