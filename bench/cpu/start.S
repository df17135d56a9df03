# Entry of the CPU suite's programs, in M-mode at the start of RAM; tests/guest/lib/link.ld gives the symbols.
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
    la      t0, 3f
    csrw    mtvec, t0
    li      t0, 0x2000              # mstatus.FS = initial
    csrs    mstatus, t0
    fscsr   zero
    call    guest_main
    .balign 4
3:
    li      t0, 0x100000            # a trap, which no program expects: power off with status 1
    li      t1, 0x13333
    sw      t1, 0(t0)
4:
    wfi
    j       4b
