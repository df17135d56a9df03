# Code whose state at a trap is checked, and functions that try one privileged instruction.
    .text
# Registers before the fault have their new values, those after it the old ones. a0: address that faults.
    .macro faulting name, insn:vararg
    .globl \name
\name:
    li      t0, 1
    li      t1, 2
    li      t2, 3
    li      s2, 10
    li      s3, 11
    addi    t0, t0, 100
    mul     t1, t0, t0
    add     s2, s2, t1
    .option push
    .option norvc
    .globl \name\()_pc
\name\()_pc:
    \insn
    .option pop
    addi    t0, t0, 1
    li      t2, 99
    mul     s3, s3, s3
    ret
    .endm
    faulting fault_load, ld t2, 0(a0)
    faulting fault_load_same, ld a0, 0(a0)
    faulting fault_store, sd t2, 0(a0)
    faulting fault_amo, amoadd.d t2, t0, (a0)
    faulting fault_lr, lr.d t2, (a0)
    faulting fault_fld, fld ft0, 0(a0)
    faulting fault_fsd, fsd ft0, 0(a0)
    faulting fault_illegal, .4byte 0x0000000b
    faulting fault_csr, csrrw t2, 0x7ff, t0
    faulting fault_ecall, ecall
    faulting fault_mret, mret

# A loop over memory at a0, a1 double words: the sum of what is there plus 1 each, stored back. Its second page
# is mapped by the trap handler on the way.
    .globl touch_loop
touch_loop:
    li      t0, 0
1:
    ld      t1, 0(a0)
    add     t0, t0, t1
    addi    t1, t1, 1
    sd      t1, 0(a0)
    addi    a0, a0, 8
    addi    a1, a1, -1
    bnez    a1, 1b
    mv      a0, t0
    ret

    .macro try name, insn:vararg
    .globl \name
\name:
    .option push
    .option norvc
    \insn
    .option pop
    ret
    .endm
    try     try_csrr_mstatus, csrr a0, mstatus
    try     try_csrr_mhartid, csrr a0, mhartid
    try     try_csrr_satp, csrr a0, satp
    try     try_csrw_satp, csrs satp, zero
    try     try_csrr_sstatus, csrr a0, sstatus
    try     try_csrr_sie, csrr a0, sie
    try     try_csrr_cycle, csrr a0, cycle
    try     try_csrr_time, csrr a0, time
    try     try_csrr_instret, csrr a0, instret
    try     try_csrw_cycle, csrw cycle, a0
    try     try_csrs_mhartid, csrs mhartid, a1
    try     try_csrr0_mhartid, csrrs a0, mhartid, zero
    try     try_csrwi_mvendorid, csrwi mvendorid, 0
    try     try_csrsi_mvendorid, csrrsi a0, mvendorid, 0
    try     try_csrr_stimecmp, csrr a0, 0x14d
    try     try_csrr_fcsr, csrr a0, fcsr
    try     try_fadd, fadd.d ft0, ft1, ft2
    try     try_fsgnj, fmv.s ft0, ft1
    try     try_flw, flw ft0, 0(sp)
    try     try_fsd, fsd ft0, -8(sp)
    try     try_sfence, sfence.vma
    try     try_wfi, wfi
    try     try_sret, sret
    try     try_mret, mret
