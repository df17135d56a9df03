# AMOs as functions (address, value): the old value. LR/SC sequences as their rules need them.
    .text
    .macro amo insn
    .globl op_\insn
op_\insn:
    \insn   a0, a1, (a0)
    ret
    .globl op_\insn\()_all
op_\insn\()_all:                    # with every ordering; the values add up in a0
    mv      a2, a0
    \insn\().aq a0, a1, (a2)
    \insn\().rl a3, a1, (a2)
    add     a0, a0, a3
    \insn\().aqrl a3, a1, (a2)
    add     a0, a0, a3
    ret
    .endm
    .irp op, amoswap, amoadd, amoxor, amoand, amoor, amomin, amomax, amominu, amomaxu
    amo     \op\().w
    amo     \op\().d
    .endr

    .globl op_lr_w, op_lr_d
op_lr_w:
    lr.w    a0, (a0)
    ret
op_lr_d:
    lr.d    a0, (a0)
    ret

# (address, value): SC's result, 0 for success
    .globl lr_sc_w, lr_sc_d, sc_alone_w, sc_alone_d, sc_twice, sc_elsewhere, sc_same_reg, lr_same_reg
lr_sc_w:
    lr.w    t0, (a0)
    sc.w    a0, a1, (a0)
    ret
lr_sc_d:
    lr.d.aqrl t0, (a0)
    sc.d.rl a0, a1, (a0)
    ret
sc_alone_w:
    sc.w    zero, a1, (sp)          # ends whatever reservation there was; may store there
    sc.w    a0, a1, (a0)
    ret
sc_alone_d:
    sc.d    zero, a1, (sp)
    sc.d    a0, a1, (a0)
    ret
sc_twice:                           # the first SC ends the reservation
    lr.d    t0, (a0)
    sc.d    t1, a1, (a0)
    addi    a1, a1, 1
    sc.d    t2, a1, (a0)
    slli    t2, t2, 1
    add     a0, t1, t2              # 2: only the second failed
    ret
sc_elsewhere:                       # a failed SC ends it too
    li      t3, 2048
    add     t3, t3, a0
    lr.d    t0, (a0)
    sc.d    t1, a1, (t3)
    sc.d    t2, a1, (a0)
    slli    t2, t2, 1
    add     a0, t1, t2              # 3: both failed
    ret
sc_same_reg:                        # rd = rs2
    lr.d    t0, (a0)
    sc.d    a1, a1, (a0)
    mv      a0, a1
    ret
lr_same_reg:                        # rd = rs1
    mv      t0, a0
    lr.w    t0, (t0)
    mv      a0, t0
    ret

# A counter loop as compilers write it.
    .globl lr_sc_loop
lr_sc_loop:                         # (address, rounds)
1:
    lr.w    t0, (a0)
    addi    t0, t0, 3
    sc.w    t1, t0, (a0)
    bnez    t1, 1b
    addi    a1, a1, -1
    bnez    a1, 1b
    lw      a0, 0(a0)
    ret
