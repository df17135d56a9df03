# Hot loops that are interrupted, fault, and change privilege or what memory accesses may do.

# ---- a loop whose registers tell where it is ----
# Each round makes x2 to x29, the word at x31, and x30, which is loaded from there, one greater, one
# after the other. lockstep_order says in which order (32 is the word); lockstep_steps says, for
# each instruction, how many of them have been made so by then and how many calls have been made;
# lockstep_returns says what is in ra after each call. The source is in the order in which it runs.
    .section .rodata.steps, "a"
    .balign 8
    .globl lockstep_steps, lockstep_steps_end
lockstep_steps:
    .section .rodata.order, "a"
    .globl lockstep_order, lockstep_order_end
lockstep_order:
    .section .rodata.returns, "a"
    .balign 8
    .globl lockstep_returns, lockstep_returns_end
lockstep_returns:
    .set    done, 0
    .set    calls, 0

    .macro op insn:vararg
77:
    \insn
    .pushsection .rodata.steps
    .dword  77b
    .word   done, calls
    .popsection
    .endm
    .macro made register            # by the op before
    .pushsection .rodata.order
    .byte   \register
    .popsection
    .set    done, done + 1
    .endm
    .macro inc registers:vararg
    .irp    r, \registers
    op      addi x\r, x\r, 1
    made    \r
    .endr
    .endm
    .macro call_to target
    op      jal ra, \target
78:
    .pushsection .rodata.returns
    .dword  78b
    .popsection
    .set    calls, calls + 1
    .endm

    .section .text.lockstep0, "ax"
    .balign 4096
    .section .text.lockstep1, "ax"
    .balign 4096
    .section .text.lockstep2, "ax"
    .balign 4096

    .section .text.lockstep0
    .option norvc
    .globl lockstep, lockstep_loop
lockstep:                           # (data)
    mv      x31, a0
    .irp    r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    li      x\r, 0
    .endr
    .irp    r, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    li      x\r, 0
    .endr
lockstep_loop:
    inc     2, 3, 4
    op      j 1f                    # to another page

    .section .text.lockstep1
    .option rvc
    .skip   64
1:
    inc     5, 6
    op      bnez x2, 1f
    ebreak
1:
    inc     7
    op      beqz x2, lockstep_never
    inc     8, 9
    call_to lockstep_fn2

    .section .text.lockstep2
    .option norvc
lockstep_fn2:
    inc     10, 11
    op      sd x5, 0(x31)
    made    32
    inc     12
    op      ret

    .section .text.lockstep1
    inc     13
    op      addiw x14, x14, 1
    made    14
    op      ld x30, 0(x31)
    made    30
    inc     15, 16
    op      bnez x2, 1f             # to the next page
lockstep_never:
    ebreak

    .org    4096 + 20               # in the same section: or the branch would become two
1:
    inc     17, 18
    op      mul x0, x2, x3
    call_to lockstep_fn1

    .section .text.lockstep0
    .option rvc
    .skip   48
lockstep_fn1:
    inc     19, 20
    op      ret

    .section .text.lockstep1
    op      j 1f

    .section .text.lockstep2
    .option norvc
    .skip   32
1:
    inc     21
    op      amoadd.d x0, x0, (x31)
    inc     22, 23
    op      blt x0, x2, 1f
    ebreak
1:
    inc     24, 25
    op      j 1f

    .section .text.lockstep0        # over the end of the page, by an instruction that straddles it
    .org    4096 - 10
1:
    inc     26, 27, 28, 29
    op      j lockstep_loop

    .section .rodata.steps
lockstep_steps_end:
    .section .rodata.order
lockstep_order_end:
    .section .rodata.returns
lockstep_returns_end:

    .text
    .option norvc
# ---- what memory accesses may do (S-mode) ----
# a2: bits of sstatus that allow the load at a1. In each round where (i & mask) is 0 it is also
# tried without them, and something else puts a value into t0. The sum of what was loaded.
    .globl toggle, toggle_fault
toggle:                             # (n, may not, bits, mask, may, store to)
    li      a6, 0
1:
    csrs    sstatus, a2
    ld      t0, 0(a1)
    add     a6, a6, t0
    sd      a0, 8(a5)
    csrc    sstatus, a2
    and     t1, a0, a3
    bnez    t1, 2f
toggle_fault:
    ld      t0, 0(a1)               # faults
    add     a6, a6, t0
2:
    ld      t0, 0(a4)
    add     a6, a6, t0
    addi    a0, a0, -1
    bnez    a0, 1b
    mv      a0, a6
    ret

# ---- to U-mode and back (S-mode) ----
# Goes to U-mode at a1 with a0 = n, n - 1, ..., 1. The sum of a0 at each ecall, and of cause and
# value of each other trap. What runs there leaves a5, a6, ra and t5 alone.
    .globl to_user
to_user:                            # (n, entry, for the user)
    csrr    t5, stvec
    lla     t0, 2f
    csrw    stvec, t0
    mv      a6, a0
    li      a5, 0
1:
    csrw    sepc, a1
    li      t0, 0x100
    csrc    sstatus, t0
    mv      a0, a6
    sret
    .balign 4
2:
    csrr    t0, scause
    li      t1, 8
    beq     t0, t1, 3f
    csrr    a0, stval
    add     a5, a5, t0
3:
    add     a5, a5, a0
    addi    a6, a6, -1
    bnez    a6, 1b
    csrw    stvec, t5
    mv      a0, a5
    ret

# ---- to S-mode and U-mode and back (M-mode) ----
# By turns to U-mode at a1 and to S-mode at a2, with a0 = n, n - 1, ..., 1. The sum of a0 and
# mcause.
    .globl to_lower
to_lower:                           # (n, entry for U, entry for S)
    csrr    t5, mtvec
    lla     t0, 2f
    csrw    mtvec, t0
    mv      a6, a0
    li      a5, 0
1:
    li      t1, 0x1800
    csrc    mstatus, t1
    csrw    mepc, a1
    andi    t0, a6, 1
    beqz    t0, 3f
    csrw    mepc, a2
    li      t1, 0x800
    csrs    mstatus, t1
3:
    mv      a0, a6
    mret
    .balign 4
2:
    csrr    t0, mcause
    add     a5, a5, t0
    add     a5, a5, a0
    addi    a6, a6, -1
    bnez    a6, 1b
    csrw    mtvec, t5
    mv      a0, a5
    ret

# ---- MPRV (M-mode) ----
# Counts at a1 by turns as M-mode, and with the bits a2 and a3 of mstatus. The sum of the counters.
    .globl as_others
as_others:                          # (n, counter, bits, bits)
    li      a6, 0
    li      a7, 0x61800             # SUM, MPRV, MPP
1:
    ld      t0, 0(a1)
    addi    t0, t0, 1
    sd      t0, 0(a1)
    add     a6, a6, t0
    csrc    mstatus, a7
    csrs    mstatus, a2
    ld      t0, 0(a1)
    addi    t0, t0, 1
    sd      t0, 0(a1)
    csrc    mstatus, a7
    add     a6, a6, t0
    mv      t0, a2
    mv      a2, a3
    mv      a3, t0
    addi    a0, a0, -1
    bnez    a0, 1b
    mv      a0, a6
    ret
# One word with the bits set.
    .globl store_as
store_as:                           # (word, address, bits)
    li      a7, 0x61800
    csrc    mstatus, a7
    csrs    mstatus, a2
    sw      a0, 0(a1)
    csrc    mstatus, a7
    ret

# ---- floating point ----
# Adds 1.0 n times; where (i & mask) is 0 the unit is turned off before.
    .globl lazy_float
lazy_float:                         # (n, mask)
    li      t1, 0x6000
    fcvt.d.l ft0, zero
    li      t0, 1
    fcvt.d.l ft1, t0
1:
    and     t0, a0, a1
    bnez    t0, 2f
    csrc    sstatus, t1
2:
    fadd.d  ft0, ft0, ft1
    addi    a0, a0, -1
    bnez    a0, 1b
    fcvt.l.d a0, ft0
    ret
# a1 / a2 in the rounding modes 0 to 4 by turns; the sum of the bits.
    .globl dynamic_mode
dynamic_mode:                       # (n, dividend, divisor)
    fcvt.d.l ft0, a1
    fcvt.d.l ft1, a2
    li      a6, 0
    li      t1, 0
    li      t3, 5
1:
    fsrm    t1
    fdiv.d  ft2, ft0, ft1
    fmv.x.d t2, ft2
    add     a6, a6, t2
    addi    t1, t1, 1
    bne     t1, t3, 2f
    li      t1, 0
2:
    addi    a0, a0, -1
    bnez    a0, 1b
    fsrm    zero
    mv      a0, a6
    ret
    .irp    rm, rne, rtz, rdn, rup, rmm
    .globl  divide_\rm
divide_\rm:                         # (dividend, divisor)
    fcvt.d.l ft0, a0
    fcvt.d.l ft1, a1
    fdiv.d  ft2, ft0, ft1, \rm
    fmv.x.d a0, ft2
    ret
    .endr

# ---- interrupts that the loop itself asks for ----
# A software interrupt for S-mode, taken right after the instruction that makes it pending: 17 for
# each, and more if sepc is not what it should be.
    .globl self_interrupt
self_interrupt:                     # (n, mask)
    csrr    t5, stvec
    lla     t0, 3f
    csrw    stvec, t0
    li      a5, 0
    csrsi   sstatus, 2
1:
    and     t0, a0, a1
    bnez    t0, 2f
    csrsi   sip, 2
4:
    addi    a5, a5, 1
2:
    addi    a0, a0, -1
    bnez    a0, 1b
    csrci   sstatus, 2
    csrw    stvec, t5
    mv      a0, a5
    ret
    .balign 4
3:
    csrr    t1, sepc
    lla     t2, 4b
    sub     t1, t1, t2
    slli    t1, t1, 32
    add     a5, a5, t1
    addi    a5, a5, 16
    csrci   sip, 2
    sret

# A software interrupt for M-mode, for which it waits: something counts it.
    .globl ask_interrupt
ask_interrupt:                      # (n, counter)
    li      t2, 1
    li      t3, 0x2000000           # msip
1:
    ld      t0, 0(a1)
    sw      t2, 0(t3)
2:
    ld      t1, 0(a1)
    beq     t1, t0, 2b
    addi    a0, a0, -1
    bnez    a0, 1b
    ret
