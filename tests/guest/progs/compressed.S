# Compressed instructions, each forced with .option; what they do goes to memory at s0 through `put`.
    .option rvc
    .text
    .macro put reg
    sd      \reg, 0(s0)
    addi    s0, s0, 8
    .endm
# Every compressed ALU form on one pair of values.
    .macro pair insn
    mv      a2, s1
    mv      a3, s2
    \insn   a2, a3
    put     a2
    .endm
    .macro imm insn, list:vararg
    .irp i, \list
    mv      a4, s1
    \insn   a4, \i
    put     a4
    .endr
    .endm

    .globl compressed_alu           # (out, a, b): the end of what was written
compressed_alu:
    mv      t4, s0
    mv      t5, s1
    mv      t6, s2
    mv      s0, a0
    mv      s1, a1
    mv      s2, a2
    pair    c.sub
    pair    c.xor
    pair    c.or
    pair    c.and
    pair    c.subw
    pair    c.addw
    pair    c.add
    pair    c.mv
    imm     c.addi, -32, -1, 1, 31
    imm     c.addiw, -32, -1, 0, 31
    imm     c.andi, -32, -1, 0, 31
    imm     c.slli, 1, 31, 32, 63
    imm     c.srli, 1, 31, 32, 63
    imm     c.srai, 1, 31, 32, 63
    imm     c.li, -32, -1, 0, 31
    imm     c.lui, 1, 31, 0xfffe0, 0xfffff
    mv      a0, s0
    mv      s0, t4
    mv      s1, t5
    mv      s2, t6
    ret

    .globl compressed_memory        # (out, memory of 1 KiB): the end
compressed_memory:
    addi    sp, sp, -16
    sd      s0, 0(sp)
    sd      s1, 8(sp)
    mv      t6, sp
    mv      s0, a0
    mv      s1, a1
    c.lw    a2, 0(a1)
    put     a2
    c.lw    a2, 4(a1)
    put     a2
    c.lw    a2, 124(a1)
    put     a2
    c.ld    a2, 0(a1)
    put     a2
    c.ld    a2, 248(a1)
    put     a2
    c.fld   fa2, 8(a1)
    fmv.x.d a2, fa2
    put     a2
    mv      sp, a1
    c.lwsp  a3, 0(sp)
    put     a3
    c.lwsp  t3, 252(sp)
    put     t3
    c.ldsp  t3, 504(sp)
    put     t3
    c.fldsp ft3, 504(sp)
    fmv.x.d a3, ft3
    put     a3
    li      a2, -2
    c.sw    a2, 4(a1)
    c.sw    a2, 124(a1)
    c.sd    a2, 16(a1)
    c.sd    a2, 248(a1)
    c.fsd   fa2, 32(a1)
    c.fsdsp fa2, 504(sp)
    c.swsp  a2, 252(sp)
    c.sdsp  a2, 400(sp)
    c.addi4spn a4, sp, 4
    sub     a4, a4, sp
    put     a4
    c.addi4spn a4, sp, 1020
    sub     a4, a4, sp
    put     a4
    c.addi16sp sp, 496
    sub     a4, sp, s1
    put     a4
    c.addi16sp sp, -512
    sub     a4, sp, s1
    put     a4
    mv      sp, t6
    mv      a0, s0
    ld      s0, 0(sp)
    ld      s1, 8(sp)
    addi    sp, sp, 16
    ret

    .globl compressed_jumps         # (out): the end
compressed_jumps:
    mv      t6, ra
    mv      t5, s0
    mv      s0, a0
    li      a0, 0
    c.beqz  a0, 1f
    unimp
1:
    c.bnez  a0, 2f
    c.addi  a0, 1
    c.bnez  a0, 3f
2:
    unimp
    .space  120
3:
    c.beqz  a0, 2b
    put     a0
    c.j     5f
4:
    put     a0
    la      a1, 6f
    c.jr    a1
    unimp
5:
    c.addi  a0, 5
    c.j     4b
6:
    la      a1, 7f + 1
    c.jalr  a1
8:
    unimp
7:
    la      a2, 8b
    sub     a2, ra, a2
    put     a2
    c.nop
    c.nop
    mv      a0, s0
    mv      s0, t5
    jr      t6

# HINTs are no-ops: nothing may change.
    .globl compressed_hints         # (): 0 if all is well
compressed_hints:
    li      a1, 0x1234
    li      a2, 0
    .2byte  0x0001 | 1 << 2         # c.nop 1
    .2byte  0x0081                  # c.addi ra, 0
    .2byte  0x4001 | 5 << 2         # c.li x0, 5
    .2byte  0x6001 | 5 << 2         # c.lui x0, 5
    .2byte  0x8002 | 11 << 2        # c.mv x0, a1
    .2byte  0x9002 | 11 << 2        # c.add x0, a1
    .2byte  0x0002 | 3 << 2         # c.slli x0, 3
    .4byte  0x00b5f013              # andi x0, a1, 11
    .4byte  0x0ff0000f              # fence iorw, iorw
    .4byte  0x8330000f              # fence.tso
    .4byte  0x0100000f              # pause
    .4byte  0x0000100f              # fence.i
    li      a0, 0x1234
    sub     a0, a0, a1
    ret
