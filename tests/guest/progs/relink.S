# Hot loops that change code: copied to pages of their own by the C side, so position independent.
# (n) is the number of rounds; a patch comes in each round i where (i & mask) is 0. Code that is
# patched begins with the immediate 0, which each patch makes 1 greater.
    .option norvc
    .text
    .macro begin name
    .balign 8
    .globl \name, \name\()_end
\name:
    .endm

# A function that the loop calls.
    begin   patch_callee            # (n, mask)
    mv      t6, ra
    mv      a7, a0
    mv      a6, a1
    li      a5, 0
    li      t4, 0
    lui     t3, 0x100
    lla     t5, 3f
    lw      a4, 0(t5)
1:
    and     t0, t4, a6
    bnez    t0, 2f
    add     a4, a4, t3
    sw      a4, 0(t5)
    fence.i
2:
    jal     ra, 3f
    add     a5, a5, a0
    addi    t4, t4, 1
    bne     t4, a7, 1b
    mv      a0, a5
    jr      t6
3:
    addi    a0, zero, 0             # patched
    nop
    ret
patch_callee_end:

# Further down in the same loop.
    begin   patch_ahead_loop        # (n, mask)
    li      a5, 0
    li      t4, 0
    lui     t3, 0x100
    lla     t5, 3f
    lw      a4, 0(t5)
1:
    and     t0, t4, a1
    bnez    t0, 2f
    add     a4, a4, t3
    sw      a4, 0(t5)
    fence.i
2:
    nop
    addi    t4, t4, 1
    bltz    t4, 4f                  # never
    nop
3:
    addi    a5, a5, 0               # patched
    bne     t4, a0, 1b
4:
    mv      a0, a5
    ret
patch_ahead_loop_end:

# Further up, and the same store goes to scratch in the rounds without a patch.
    begin   patch_behind            # (n, mask, scratch)
    li      a5, 0
    li      t4, 0
    lla     t5, 1f
    lw      a4, 0(t5)
    sub     a6, a2, t5
1:
    addi    a5, a5, 0               # patched
    j       2f
    nop
2:
    and     t0, t4, a1
    snez    t1, t0
    neg     t1, t1                  # all ones: to scratch
    not     t2, t1
    lui     t3, 0x100
    and     t3, t3, t2
    add     a4, a4, t3
    and     t2, a6, t1
    add     t2, t2, t5
    sw      a4, 0(t2)
    bnez    t0, 3f
    fence.i
3:
    addi    t4, t4, 1
    bne     t4, a0, 1b
    mv      a0, a5
    ret
patch_behind_end:

# The place to which the callee returns, by the callee.
    begin   patch_return            # (n, mask)
    mv      t6, ra
    li      a5, 0
    li      t4, 0
    lui     t3, 0x100
    lla     t5, 2f
    lw      a4, 0(t5)
1:
    jal     ra, 3f
2:
    addi    a5, a5, 0               # patched
    addi    t4, t4, 1
    bne     t4, a0, 1b
    mv      a0, a5
    jr      t6
3:
    and     t0, t4, a1
    bnez    t0, 4f
    add     a4, a4, t3
    sw      a4, 0(ra)
    fence.i
4:
    ret
patch_return_end:

# The word a0 stored at a1, which is same_tb_word or elsewhere. What same_tb_word does in the first
# pass, before the fence.i, is open, and dropped. Three times its immediate.
    begin   same_tb                 # (word, address)
    li      t1, 0
1:
    sw      a0, 0(a1)
    xori    t1, t1, 1
    nop
    .globl  same_tb_word
same_tb_word:
    addi    a2, zero, 1             # patched
    slli    t2, a2, 1
    fence.i
    bnez    t1, 1b
    add     a0, a2, t2
    ret
same_tb_end:

# Stores of all kinds into the bytes before and behind the code, none into it. 3 n, plus what was
# not read back as written.
    begin   beside_code
1:
    .dword  0
    .globl  beside_code_entry
beside_code_entry:                  # (n)
    mv      t6, ra
    lla     t0, 1b
    lla     t1, 4f
    li      a5, 0
    fmv.d.x ft0, a0
2:
    sd      a0, 0(t0)
    ld      t2, 0(t0)
    sub     t2, t2, a0
    add     a5, a5, t2
    sb      a5, 7(t0)
    sh      a5, 0(t1)
    jal     ra, 3f
    sw      a5, 0(t1)
    lw      t2, 0(t1)
    subw    t2, t2, a5
    add     a5, a5, t2
    sd      a5, 1(t1)               # misaligned
    ld      t2, 1(t1)
    sub     t2, t2, a5
    add     a5, a5, t2
    sh      a5, 5(t0)               # misaligned
    sw      a5, 4(t0)               # up to the first byte of the code
    amoadd.d t2, a0, (t1)
    amoswap.w t2, a0, (t1)
    lr.w    t2, (t1)
    sc.w    t2, a0, (t1)
    add     a5, a5, t2
    fsd     ft0, 0(t1)
    fsd     ft0, 8(t1)
    jal     ra, 3f
    jal     ra, 3f
    addi    a0, a0, -1
    bnez    a0, 2b
    mv      a0, a5
    jr      t6
    .balign 8
3:
    addi    a5, a5, 1
    ret                             # data directly behind it
4:
    .space  16
beside_code_end:

# Fibonacci numbers by recursion: 1 for each leaf.
    begin   tree                    # (depth)
    li      t0, 2
    bltu    a0, t0, 1f
    addi    sp, sp, -32
    sd      ra, 0(sp)
    sd      s0, 8(sp)
    sd      s1, 16(sp)
    addi    s0, a0, -2
    addi    a0, a0, -1
    jal     ra, tree
    mv      s1, a0
    mv      a0, s0
    jal     ra, tree
    add     a0, a0, s1
    ld      ra, 0(sp)
    ld      s0, 8(sp)
    ld      s1, 16(sp)
    addi    sp, sp, 32
    ret
1:
    .globl  tree_leaf
tree_leaf:
    addi    a0, zero, 1             # patched
    ret
tree_end:

# Calls n of the 128 functions of a table in a random order; each makes a new a0 from a0.
    begin   walk                    # (a, table, n, seed)
    mv      t6, ra
    li      t4, 6364136223846793005
    li      t5, 1442695040888963407
1:
    mul     a3, a3, t4
    add     a3, a3, t5
    srli    t0, a3, 33
    andi    t0, t0, 127
    slli    t0, t0, 3
    add     t0, t0, a1
    ld      t2, 0(t0)
    jalr    ra, 0(t2)
    addi    a2, a2, -1
    bnez    a2, 1b
    jr      t6
walk_end:

# The same, the functions being entered by jumps: they return to the loop.
    begin   walk_jump               # (a, table, n, seed)
    mv      t6, ra
    li      t4, 6364136223846793005
    li      t5, 1442695040888963407
    lla     ra, 2f
1:
    mul     a3, a3, t4
    add     a3, a3, t5
    srli    t0, a3, 33
    andi    t0, t0, 127
    slli    t0, t0, 3
    add     t0, t0, a1
    ld      t2, 0(t0)
    jr      t2
    nop
2:
    lla     ra, 2b
    addi    a2, a2, -1
    bnez    a2, 1b
    jr      t6
walk_jump_end:
