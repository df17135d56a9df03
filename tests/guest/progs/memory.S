# Loads and stores as functions (address, value); and code that straddles a page.
    .text
    .macro access insn, what
    .globl op_\insn
op_\insn:
    .ifc \what, load
    \insn   a0, 0(a0)
    .else
    \insn   a1, 0(a0)
    .endif
    ret
    .endm
    .irp op, lb, lbu, lh, lhu, lw, lwu, ld
    access  \op, load
    .endr
    .irp op, sb, sh, sw, sd
    access  \op, store
    .endr
    .globl op_offsets               # displacements at their limits, the base in between
op_offsets:
    li      t0, 2048
    add     t0, a0, t0
    ld      t1, -2048(t0)
    sd      t1, 2040(t0)
    lw      t2, -2044(t0)
    add     a0, t1, t2
    sd      x0, -2048(t0)
    ret
    .globl op_base_is_dest
op_base_is_dest:
    ld      a0, 0(a0)
    ret

# The two halves of `li a0, IMM; ret` around a page boundary: the test copies them.
    .globl straddle_lo, straddle_hi1, straddle_hi2
    .balign 4
    .option norvc
straddle_lo:
    addi    a0, zero, 0x111         # first halfword is the same for all immediates
straddle_hi1:
    addi    a0, zero, 0x111
    .option rvc
    ret
    .balign 4
    .option norvc
straddle_hi2:
    addi    a0, zero, 0x222
    .option rvc
    ret
