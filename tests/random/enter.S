# enter(pc): loads all registers from `state`, runs at pc in the mode of mstatus.MPP until the trap that m_trap()
# says is the end, and stores all registers in `state`.
    .text
    .globl enter
enter:
    addi    sp, sp, -128
    sd      ra, 0(sp)
    sd      s0, 8(sp)
    sd      s1, 16(sp)
    sd      s2, 24(sp)
    sd      s3, 32(sp)
    sd      s4, 40(sp)
    sd      s5, 48(sp)
    sd      s6, 56(sp)
    sd      s7, 64(sp)
    sd      s8, 72(sp)
    sd      s9, 80(sp)
    sd      s10, 88(sp)
    sd      s11, 96(sp)
    sd      gp, 104(sp)
    sd      tp, 112(sp)
    la      t0, enter_sp
    sd      sp, 0(t0)
    la      t0, run_vector
    csrw    mtvec, t0
    csrw    mepc, a0
    # FP registers first, with FS as it will be restored after
    csrr    t2, mstatus
    li      t1, 0x6000
    csrs    mstatus, t1
    la      t0, state
    ld      t1, 512(t0)
    fscsr   t1
    addi    t1, t0, 256
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld     f\n, 8*\n(t1)
    .endr
    csrw    mstatus, t2
    mv      x31, t0
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld      x\n, 8*\n(x31)
    .endr
    mret

# A trap of the running program. FP registers are neither used nor changed by the C code below, but FS is.
    .balign 64
run_vector:
    csrw    mscratch, x31
    la      x31, state
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    sd      x\n, 8*\n(x31)
    .endr
    csrr    t0, mscratch
    sd      t0, 248(x31)
    la      t0, enter_sp
    ld      sp, 0(t0)
    call    m_trap_hook
    la      x31, state
    beqz    a0, 1f
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld      x\n, 8*\n(x31)
    .endr
    mret
1:
    li      t1, 0x6000
    csrs    mstatus, t1
    frcsr   t1
    sd      t1, 512(x31)
    addi    t1, x31, 256
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fsd     f\n, 8*\n(t1)
    .endr
    fscsr   zero
    la      t0, m_vector
    csrw    mtvec, t0
    ld      ra, 0(sp)
    ld      s0, 8(sp)
    ld      s1, 16(sp)
    ld      s2, 24(sp)
    ld      s3, 32(sp)
    ld      s4, 40(sp)
    ld      s5, 48(sp)
    ld      s6, 56(sp)
    ld      s7, 64(sp)
    ld      s8, 72(sp)
    ld      s9, 80(sp)
    ld      s10, 88(sp)
    ld      s11, 96(sp)
    ld      gp, 104(sp)
    ld      tp, 112(sp)
    addi    sp, sp, 128
    ret

    .bss
    .balign 8
enter_sp:
    .space  8
