# One function per instruction of integer.inc; for IMM a table of functions, one per immediate.
    .text
#define REG(name, insn, result) \
    .globl op_##name; \
op_##name: \
    insn a0, a0, a1; \
    ret;
#define ONE(name, insn, result) \
    .globl op_##name; \
op_##name: \
    insn a0, a0; \
    ret;

    .macro imm_i name, insn
    .irp imm, 0, 1, -1, 5, -31, 63, 1365, -1366, 2047, -2048
    imm_one \name, \insn, \imm
    .endr
    .endm
    .macro imm_s6 name, insn
    .irp imm, 0, 1, 7, 15, 31, 32, 33, 47, 62, 63
    imm_one \name, \insn, \imm
    .endr
    .endm
    .macro imm_s5 name, insn
    .irp imm, 0, 1, 3, 7, 8, 15, 16, 24, 30, 31
    imm_one \name, \insn, \imm
    .endr
    .endm
    .macro imm_one name, insn, imm
    .text
801:
    \insn a0, a0, \imm
    ret
    .section .rodata
    .quad 801b
    .endm

#define IMM(name, insn, kind, result) \
    .section .rodata; \
    .balign 8; \
    .globl op_##name; \
op_##name: \
    imm_##kind name, insn; \
    .text;

#include "integer.inc"

# Branches: a0 = 1 when taken.
    .macro branch insn
    .text
    .globl br_\insn
br_\insn:
    \insn a0, a1, 1f
    li a0, 0
    ret
    .space 64, 0
1:
    li a0, 1
    ret
    .endm
    branch beq
    branch bne
    branch blt
    branch bge
    branch bltu
    branch bgeu

# Links and constants: each leaves a value that does not depend on where it is loaded.
    .globl jumps
jumps:                              # a0: uint64_t out[12]
    .option push
    .option norvc
    mv      t6, ra
1:
    jal     t0, 2f
    unimp
2:
    la      t1, 1b
    sub     t0, t0, t1
    sd      t0, 0(a0)
    la      t2, 3f + 1              # the lowest bit is cleared
1:
    jalr    t0, t2, 0
    unimp
3:
    la      t1, 1b
    sub     t0, t0, t1
    sd      t0, 8(a0)
    la      t0, 4f - 16
1:
    jalr    t0, t0, 16              # rd = rs1
    unimp
4:
    la      t1, 1b
    sub     t0, t0, t1
    sd      t0, 16(a0)
    la      t0, 5f + 2048
    jalr    zero, t0, -2048
    unimp
5:
    .option pop
    lui     t0, 0x80000
    sd      t0, 24(a0)
    lui     t0, 0x7ffff
    sd      t0, 32(a0)
    lui     t0, 1
    sd      t0, 40(a0)
1:
    auipc   t0, 0x80000
    la      t1, 1b
    sub     t0, t0, t1
    sd      t0, 48(a0)
1:
    auipc   t0, 0x7ffff
    la      t1, 1b
    sub     t0, t0, t1
    sd      t0, 56(a0)
1:
    .option push
    .option rvc
    la      t1, 6f
    c.jalr  t1
6:
    .option pop
    sub     t0, ra, t1
    sd      t0, 64(a0)
    li      t0, 77                  # x0 stays zero, whatever writes it
    add     zero, t0, t0
    lui     zero, 5
    addi    zero, t0, 3
    ld      zero, 0(a0)
    csrr    zero, mscratch
    mul     zero, t0, t0
    sd      zero, 72(a0)
    mv      t0, zero
    sd      t0, 80(a0)
    jr      t6
