# Loops that map another page where they run; the code is copied to both, which differ in the words
# that are patched. A fence.i stands behind the sfence.vma because QEMU 10 goes on in the old page
# to the end of its block; where the page ends with the sfence.vma it need not.
    .option norvc
    .text
    .macro loop name, fence:vararg
    .balign 8
    .globl \name, \name\()_end, \name\()_fence, \name\()_word
\name:                              # (n, entry, next, the one after, mask, address)
    mv      t2, a5
    li      a5, 0
    li      t4, 0
1:
    and     t0, t4, a4
    bnez    t0, 2f
    sd      a2, 0(a1)
\name\()_fence:
    sfence.vma t2, zero             # patched
    \fence
    mv      t1, a2
    mv      a2, a3
    mv      a3, t1
2:
\name\()_word:
    addi    a5, a5, 1               # patched: 1 or 100
    addi    t4, t4, 1
    bne     t4, a0, 1b
    mv      a0, a5
    ret
\name\()_end:
    .endm
    loop    remap_own, fence.i
    loop    remap_next
