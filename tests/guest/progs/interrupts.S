# Waiting loops and a vector table.
    .text
    .globl spin, spin_wfi, wfi_once, spin_compute, run_nops
spin:                               # until an interrupt comes
    j       spin
spin_wfi:
    wfi
    j       spin_wfi
wfi_once:                           # goes on without a trap; a0 + 1
    wfi
    addi    a0, a0, 1
    ret
spin_compute:                       # a loop whose registers are checked when it is interrupted
    li      t0, 0
    li      t1, 0
    li      t2, 0
    .globl  spin_compute_loop
spin_compute_loop:
    addi    t0, t0, 1
    addi    t1, t1, 2
    addi    t2, t0, 0
    j       spin_compute_loop
run_nops:
    nop
    nop
    nop
    nop
    ret

# Vectored mode: entry n jumps to a stub that leaves n in trap_entry_nr and goes on to the plain vector.
    .macro table plain
    .balign 256
    .globl \plain\()_table
\plain\()_table:
    .option push
    .option norvc
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    j       \plain\()_stub\n
    .endr
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
\plain\()_stub\n:
    csrw    \plain\()scratch, a7
    li      a7, \n
    j       \plain\()_common
    .endr
    .option pop
    .endm

    .macro m_common_body
m_common:
    addi    sp, sp, -16
    sd      t0, 0(sp)
    la      t0, m_entry_nr
    sd      a7, 0(t0)
    ld      t0, 0(sp)
    addi    sp, sp, 16
    csrr    a7, mscratch
    j       m_vector
    .endm
    table   m
    m_common_body
    table   s
s_common:
    mv      s6, a7                  # the test finds it in trap_regs
    j       s_vector

    .bss
    .balign 8
    .globl m_entry_nr
m_entry_nr:
    .space  8
