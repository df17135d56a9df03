/* An insn of 4 bytes and a return, to be laid across a page boundary. */
    .option norvc
    .text
    .globl straddler
    .balign 4
straddler:
    addi    a0, zero, 0x111
    .option rvc
    ret
