# Start, trap vectors and the way into another privilege mode and back.
#
# run_in(mode, fn, a, b) calls fn(a, b) in M, S or U mode. It ends when fn returns (its return address is an
# ecall with a7 = CALL_RETURN) or at any trap that fn does not handle itself; lib.h says what is then in `trap`.
# Registers that C expects to survive a call are kept here, so fn may spoil everything.

#define CALL_RETURN 0x57454654

    .section .text.start, "ax"
    .globl _start
_start:
    la      sp, stack_top
    la      t0, bss_start
    la      t1, bss_end
1:
    bgeu    t0, t1, 2f
    sd      zero, 0(t0)
    addi    t0, t0, 8
    j       1b
2:
    la      t0, m_vector
    csrw    mtvec, t0
    la      t0, s_vector
    csrw    stvec, t0
    csrw    mie, zero
    li      t0, 0x2000              # mstatus.FS = initial
    csrs    mstatus, t0
    fscsr   zero
    # Everything is allowed until a test says otherwise.
    li      t0, -1
    csrw    pmpaddr0, t0
    li      t0, 0x1f
    csrw    pmpcfg0, t0
    call    main
    call    finish
3:
    wfi
    j       3b

    .text
# uint64_t run_in(unsigned mode, fn, a, b)
    .globl run_in
run_in:
    addi    sp, sp, -256
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
    la      t0, run_sp
    ld      t1, 0(t0)
    sd      t1, 120(sp)
    sd      sp, 0(t0)
    la      t0, trap
    sd      zero, 0(t0)             # trap.taken
    li      t0, 0x1800
    csrc    mstatus, t0
    slli    t0, a0, 11
    csrs    mstatus, t0
    la      ra, run_return
    la      sp, sub_stack_top
    li      t0, 1
    li      t2, 3
    beq     a0, t2, 1f
    la      t0, run_offset          # where this mode sees the image
    slli    t1, a0, 3
    add     t0, t0, t1
    ld      t0, 0(t0)
    add     ra, ra, t0
    add     sp, sp, t0
    add     a1, a1, t0
1:
    csrw    mepc, a1
    mv      a0, a2
    mv      a1, a3
    mret

    .balign 4
run_return:
    li      a7, CALL_RETURN
    ecall
    unimp

# Every trap taken in M-mode. Outside run_in a trap is a failure of the test itself.
    .balign 64
    .globl m_vector
m_vector:
    csrw    mscratch, t0
    la      t0, trap_regs
    sd      ra, 8(t0)
    sd      sp, 16(t0)
    sd      gp, 24(t0)
    sd      tp, 32(t0)
    sd      t1, 48(t0)
    sd      t2, 56(t0)
    sd      s0, 64(t0)
    sd      s1, 72(t0)
    sd      a0, 80(t0)
    sd      a1, 88(t0)
    sd      a2, 96(t0)
    sd      a3, 104(t0)
    sd      a4, 112(t0)
    sd      a5, 120(t0)
    sd      a6, 128(t0)
    sd      a7, 136(t0)
    sd      s2, 144(t0)
    sd      s3, 152(t0)
    sd      s4, 160(t0)
    sd      s5, 168(t0)
    sd      s6, 176(t0)
    sd      s7, 184(t0)
    sd      s8, 192(t0)
    sd      s9, 200(t0)
    sd      s10, 208(t0)
    sd      s11, 216(t0)
    sd      t3, 224(t0)
    sd      t4, 232(t0)
    sd      t5, 240(t0)
    sd      t6, 248(t0)
    csrr    t1, mscratch
    sd      t1, 40(t0)
    la      t0, run_sp
    ld      sp, 0(t0)
    bnez    sp, 1f
    la      sp, stack_top
1:
    call    m_trap                  # a0: 0 ends the run, 1 resumes it
    beqz    a0, leave
    la      t0, trap_regs
    ld      ra, 8(t0)
    ld      sp, 16(t0)
    ld      gp, 24(t0)
    ld      tp, 32(t0)
    ld      t1, 48(t0)
    ld      t2, 56(t0)
    ld      s0, 64(t0)
    ld      s1, 72(t0)
    ld      a0, 80(t0)
    ld      a1, 88(t0)
    ld      a2, 96(t0)
    ld      a3, 104(t0)
    ld      a4, 112(t0)
    ld      a5, 120(t0)
    ld      a6, 128(t0)
    ld      a7, 136(t0)
    ld      s2, 144(t0)
    ld      s3, 152(t0)
    ld      s4, 160(t0)
    ld      s5, 168(t0)
    ld      s6, 176(t0)
    ld      s7, 184(t0)
    ld      s8, 192(t0)
    ld      s9, 200(t0)
    ld      s10, 208(t0)
    ld      s11, 216(t0)
    ld      t3, 224(t0)
    ld      t4, 232(t0)
    ld      t5, 240(t0)
    ld      t6, 248(t0)
    ld      t0, 40(t0)
    mret

leave:
    la      t0, run_sp
    ld      sp, 0(t0)
    ld      t1, 120(sp)
    sd      t1, 0(t0)
    la      t0, trap_regs
    ld      a0, 80(t0)              # what fn returned
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
    addi    sp, sp, 256
    ret

# A delegated trap ends the run too: what S-mode saw is in s2..s5 when M-mode gets the ecall.
    .balign 64
    .globl s_vector
s_vector:
    csrr    s2, scause
    csrr    s3, sepc
    csrr    s4, stval
    csrr    s5, sstatus
    li      a7, CALL_RETURN + 1
    ecall
    unimp

# Little functions to run in some mode.
    .globl do_ecall, do_nop, do_load8, do_load64, do_store8, do_store64, do_jump, do_ebreak
do_ecall:
    ecall
    ret
do_ebreak:
    .option push
    .option norvc
    ebreak
    .option pop
    ret
do_nop:
    ret
do_load8:
    lbu     a0, 0(a0)
    ret
do_load64:
    ld      a0, 0(a0)
    ret
do_store8:
    sb      a1, 0(a0)
    ret
do_store64:
    sd      a1, 0(a0)
    ret
do_jump:                            # calls the code at a0 with the argument a1
    mv      t0, a0
    mv      a0, a1
    jr      t0

    .bss
    .balign 8
    .globl trap_regs, run_sp
trap_regs:
    .space  256
run_sp:
    .space  8
