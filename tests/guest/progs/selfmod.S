# Code that changes; the C side copies and patches it, so it is position independent.
    .option norvc
    .text
# Two ways to the same place: returns IMM. The test overwrites the first word.
    .globl patch_target, patch_target_end
patch_target:
    addi    a0, zero, 1
    ret
patch_target_end:

# Rewrites an instruction later in the same stretch of code, with fence.i, and runs into it.
    .globl patch_ahead, patch_ahead_end
patch_ahead:                        # (new word)
    auipc   t0, 0
    sw      a0, 24(t0)
    fence.i
    li      a0, 5
    nop
    nop
    addi    a0, zero, 7             # + 24
    ret
patch_ahead_end:

# A loop that rewrites the immediate of its own addi each time round: sum of 0..n-1.
    .globl patch_loop, patch_loop_end
patch_loop:                         # (n)
    auipc   t0, 0                   # + 0
    li      a1, 0
    li      t2, 0
    lw      t1, 20(t0)
    nop
1:
    addi    a1, a1, 0               # + 20: the immediate is patched
    addi    t2, t2, 1
    li      t4, 1
    slli    t4, t4, 20
    add     t1, t1, t4
    sw      t1, 20(t0)
    fence.i
    bne     t2, a0, 1b
    mv      a0, a1
    ret
patch_loop_end:

# Stores into its own code page (not into code) in a loop: nothing changes, nothing may break.
    .globl data_in_code, data_in_code_end
data_in_code:                       # (rounds)
    auipc   t0, 0
    li      a1, 0
1:
    sd      a1, 64(t0)
    ld      a2, 64(t0)
    addi    a1, a2, 3
    addi    a0, a0, -1
    bnez    a0, 1b
    mv      a0, a1
    ret
    .balign 4
    .space  64
data_in_code_end:

# Calls a0 (address of code) after storing a1 at a2, fence.i between; adds up n = a3 results.
    .globl store_and_call
store_and_call:
    mv      t6, ra
    mv      t5, a0
    li      t4, 0
1:
    sw      a1, 0(a2)
    fence.i
    jalr    t5
    add     t4, t4, a0
    lui     t0, 0x100
    add     a1, a1, t0              # imm + 1
    addi    a3, a3, -1
    bnez    a3, 1b
    mv      a0, t4
    jr      t6
