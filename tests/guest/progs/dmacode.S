# Code that a device changes: copied to pages by the C side.
    .option norvc
    .text
# Notifies the device, whose answer is a new word for dma_word, in the same stretch of code; what
# that does before the answer has come is open, and dropped. The immediate of the new word.
    .balign 8
    .globl dma_own, dma_own_end, dma_word
dma_own:                            # (notify register, index of the used ring, its next value)
    mv      t1, a0
    li      t2, 0
    sw      zero, 0(t1)
    nop
dma_word:
    addi    a0, zero, 1             # changed
    bnez    t2, 2f
1:
    lhu     t0, 0(a1)
    bne     t0, a2, 1b
    fence
    fence.i
    li      t2, 1
    j       dma_word
2:
    ret
dma_own_end:

# Waits for the device on the page that the device writes to.
    .globl dma_wait, dma_wait_end
dma_wait:                           # (notify register, index of the used ring, its next value)
    sw      zero, 0(a0)
    li      a0, 0
1:
    addi    a0, a0, 1
    lhu     t0, 0(a1)
    bne     t0, a2, 1b
    fence
    ret
dma_wait_end:
