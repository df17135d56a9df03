# The kernels of kernels.def: uint64_t name(uint64_t n), the result is a checksum. In instructions of 4 bytes, so that
# distances are known. Registers: a0 counts down, a1 is the checksum, t6 is 0 at first; s registers are not used.
    .option norvc
    .text

# A kernel starts on a page of its own: what is near to what is part of its shape.
.macro kernel name
    .balign 4096
    .globl \name
\name:
    li      a1, 1
    li      t6, 0
.endm

.macro alu4
    add     a1, a1, a0
    xori    a2, a1, 0x55
    slli    a3, a2, 1
    sub     a1, a3, a1
.endm

# Ends a block. Never taken, but that is not to be seen here.
.macro split
    bnez    t6, 9f
.endm

.macro again label
    addi    a0, a0, -1
    bnez    a0, \label
    mv      a0, a1
    ret
9:
    unimp
.endm

kernel one_block
1:
    .rept 3
    alu4
    .endr
    add     a1, a1, a0
    xori    a2, a1, 0x55
    add     a1, a1, a2
    again   1b

kernel two_blocks
1:
    .rept 2
    alu4
    .endr
    split
    alu4
    add     a1, a1, a0
    xori    a2, a1, 0x55
    add     a1, a1, a2
    again   1b

kernel four_blocks
1:
    alu4
    split
    alu4
    split
    alu4
    split
    add     a1, a1, a0
    xori    a2, a1, 0x55
    add     a1, a1, a2
    again   1b

kernel call_return
    mv      t1, ra
1:
    jal     ra, 2f
    addi    a0, a0, -1
    bnez    a0, 1b
    mv      a0, a1
    jr      t1
2:
    alu4
    ret

kernel far_call
    mv      t1, ra
1:
    jal     ra, 2f
    addi    a0, a0, -1
    bnez    a0, 1b
    mv      a0, a1
    jr      t1
    .balign 4096
2:
    alu4
    ret

# Targets of 16 bytes in an order with the full period: x = 5 x + 1.
.macro indirect targets
    la      t0, 2f
    li      t1, 0
    li      t3, \targets - 1
1:
    slli    t2, t1, 2
    add     t1, t1, t2
    addi    t1, t1, 1
    and     t1, t1, t3
    slli    t2, t1, 4
    add     t2, t2, t0
    jr      t2
3:
    addi    a0, a0, -1
    bnez    a0, 1b
    mv      a0, a1
    ret
    .balign 16
2:
    .set    i, 0
    .rept \targets
    xori    a1, a1, i & 1023
    addi    a1, a1, 3
    j       3b
    nop
    .set    i, i + 1
    .endr
.endm

kernel indirect_16
    indirect 16
kernel indirect_1024
    indirect 1024

kernel load_hit
    la      t0, cells
1:
    .set    i, 0
    .rept 8
    ld      t1, 8 * i(t0)
    add     a1, a1, t1
    .set    i, i + 1
    .endr
    again   1b

kernel store_hit
    la      t0, cells
1:
    .set    i, 0
    .rept 8
    add     a1, a1, a0
    sd      a1, 8 * i(t0)
    .set    i, i + 1
    .endr
    again   1b

kernel amo_add
    la      t0, cells
1:
    .set    i, 0
    .rept 8
    addi    t1, t0, 8 * i
    amoadd.d t2, a0, (t1)
    add     a1, a1, t2
    .set    i, i + 1
    .endr
    again   1b

# Four chains, operands that stay normal: the accumulators grow slowly or stay near one.
.macro fp_setup
    la      t0, fp_values
    fld     fa4, 0(t0)
    fld     fa5, 8(t0)
    fmv.d   fa0, fa4
    fmv.d   fa1, fa5
    fmv.d   fa2, fa4
    fmv.d   fa3, fa5
.endm
.macro fp_sum
    addi    a0, a0, -1
    bnez    a0, 1b
    fmv.x.d a0, fa0
    fmv.x.d a1, fa1
    add     a0, a0, a1
    fmv.x.d a1, fa2
    add     a0, a0, a1
    fmv.x.d a1, fa3
    add     a0, a0, a1
    ret
.endm

kernel fp_add
    fp_setup
1:
    .rept 2
    fadd.d  fa0, fa0, fa4
    fadd.d  fa1, fa1, fa5
    fadd.d  fa2, fa2, fa5
    fadd.d  fa3, fa3, fa4
    .endr
    fp_sum

kernel fp_mul
    fp_setup
1:
    fmul.d  fa0, fa0, fa4
    fmul.d  fa1, fa1, fa5
    fmul.d  fa2, fa2, fa4
    fmul.d  fa3, fa3, fa5
    fmul.d  fa0, fa0, fa5
    fmul.d  fa1, fa1, fa4
    fmul.d  fa2, fa2, fa5
    fmul.d  fa3, fa3, fa4
    fp_sum

kernel fp_fma
    fp_setup
1:
    .rept 2
    fmadd.d fa0, fa0, fa4, fa5
    fmadd.d fa1, fa1, fa5, fa4
    fnmsub.d fa2, fa2, fa4, fa5
    fnmsub.d fa3, fa3, fa5, fa4
    .endr
    fp_sum

# ---- in S-mode, with Sv39; micro.c has mapped the pages ----

# PAGES pages from WINDOW on, one load each.
kernel load_pages
    li      t3, 16384
    li      t4, 4096
1:
    li      t0, 0x100000000
    mv      t1, t3
2:
    ld      t2, 0(t0)
    add     a1, a1, t2
    add     t0, t0, t4
    addi    t1, t1, -1
    bnez    t1, 2b
    again   1b

kernel load_flushed
    li      t3, 64
    li      t4, 4096
1:
    sfence.vma
    li      t0, 0x100000000
    mv      t1, t3
2:
    ld      t2, 0(t0)
    add     a1, a1, t2
    add     t0, t0, t4
    addi    t1, t1, -1
    bnez    t1, 2b
    again   1b

# What a kernel does for every access to a process: USER_OFF is where the image is mapped for U.
kernel user_access
    la      t0, cells
    li      t1, 0x40000000
    add     t0, t0, t1
    li      t1, 0x40000
1:
    csrs    sstatus, t1
    ld      t2, 0(t0)
    csrc    sstatus, t1
    add     a1, a1, t2
    again   1b

# U-mode calls S-mode; the last call, with a7 = 1, ends it.
kernel system_call
    csrr    t6, stvec
    la      t0, 2f
    csrw    stvec, t0
    li      t0, 0x100
    csrc    sstatus, t0
    la      t0, 1f
    li      t1, 0x40000000
    add     t0, t0, t1
    csrw    sepc, t0
    li      a7, 0
    sret
1:
    ecall
    addi    a0, a0, -1
    bnez    a0, 1b
    li      a7, 1
    ecall
    unimp
    .balign 4096
2:
    csrr    t0, sepc
    addi    t0, t0, 4
    csrw    sepc, t0
    addi    a1, a1, 3
    bnez    a7, 3f
    sret
3:
    csrw    stvec, t6
    mv      a0, a1
    ret

# 512 pages from FAULTING on; fault_table is their page table, all entries invalid.
kernel page_fault
    csrr    t6, stvec
    la      t0, 5f
    csrw    stvec, t0
    la      t5, fault_table
    ld      t5, 0(t5)
    li      t4, 4096
1:
    li      t0, 0x120000000
    li      t1, 512
2:
    ld      t2, 0(t0)
    add     a1, a1, t2
    add     t0, t0, t4
    addi    t1, t1, -1
    bnez    t1, 2b
    li      t1, 512
    mv      t0, t5
3:
    sd      zero, 0(t0)
    addi    t0, t0, 8
    addi    t1, t1, -1
    bnez    t1, 3b
    sfence.vma
    addi    a0, a0, -1
    bnez    a0, 1b
    csrw    stvec, t6
    mv      a0, a1
    ret
    .balign 4096
5:
    csrr    a2, stval
    slli    a3, a2, 64 - 21         # the page's number in its table
    srli    a3, a3, 64 - 9
    slli    a4, a3, 3
    add     a4, a4, t5
    slli    a3, a3, 10              # physical 0x84000000 and on
    li      a5, 0x84000000 >> 2 | 0xcf
    add     a3, a3, a5
    sd      a3, 0(a4)
    sfence.vma a2
    addi    a1, a1, 1
    sret

# ---- cold code ----

# 2,000 blocks of 64 bytes, each going to another far away: block i to 781 i + 1 modulo 2,000, all of them in one round.
kernel blocks_2000
    mv      t2, a0
1:
    j       blocks_2000_first
2:
    addi    t2, t2, -1
    bnez    t2, 1b
    mv      a0, a1
    ret
    .balign 64
blocks_2000_first:
    .set    i, 0
    .rept 2000
    addi    a1, a1, i & 1023
    xori    a1, a1, 0x3f
    slli    a3, a1, 1
    add     a1, a1, a3
    srli    a3, a1, 7
    xor     a1, a1, a3
    .if (i * 781 + 1) % 2000 == 0
    j       2b
    .else
    j       blocks_2000_first + (i * 781 + 1) % 2000 * 64
    .endif
    .balign 64
    .set    i, i + 1
    .endr

kernel blocks_50000
    mv      t2, a0
1:
    .set    i, 0
    .rept 50000
    addi    a1, a1, i & 1023
    xori    a1, a1, 0x3f
    slli    a3, a1, 1
    bnez    t6, 9f
    .set    i, i + 1
    .endr
    addi    t2, t2, -1
    beqz    t2, 2f
    la      t0, 1b
    jr      t0
2:
    mv      a0, a1
    ret
9:
    unimp

    .data
    .balign 8
fp_values:
    .double 1.0000000298023224
    .double 0.9999999701976776

    .balign 4096
cells:
    .quad   3, 1, 4, 1, 5, 9, 2, 6
    .balign 4096
