/*
 * Reference evaluator of the IR: slow, plain, and written from docs/ir.md alone, without the
 * evaluator that the optimiser folds with. Tests compare optimised IR, the interpreter and
 * generated code with it.
 */
#ifndef TESTS_LIB_IR_EVAL_H
#define TESTS_LIB_IR_EVAL_H

#include "tcg/env.h"
#include "tcg/tcg.h"

typedef enum IrExit {
    IR_EXIT_GOTO_TB,  /* exit_value = n << 32 | (uint32_t)disp */
    IR_EXIT_GOTO_PTR, /* exit_value = virtual pc */
    IR_EXIT_EXIT_TB,  /* exit_value = virtual pc */
    IR_EXIT_TRAP,     /* exit_value = page offset of the insn at hand */
    IR_EXIT_BUDGET,   /* at a tb_head: exit_value = its key */
    IR_EXIT_STUCK,    /* max_steps ops were executed */
    IR_EXIT_BAD,      /* what no well-formed program does */
} IrExit;

typedef struct IrMachine IrMachine;
struct IrMachine {
    /* in */
    uint8_t *env; /* CPUState first; globals at their env_offset, little endian as on the host */
    uint8_t *mem; /* guest memory: virtual addresses mem_base .. mem_base + mem_size - 1 */
    uint64_t mem_base, mem_size;
    unsigned max_steps;
    bool poison_dead; /* overwrite what TCGOp.dead says is not read again: it must not matter */
    /*
     * Calls helper number `helper`: args as 64-bit words, i32 zero-extended, env as host pointer. A
     * helper that raises sets ((CPUState *)env)->trap.
     */
    uint64_t (*call)(IrMachine *m, unsigned helper, const uint64_t *args);
    uint32_t fault_trap; /* env->trap for an access outside of mem, or misaligned with MO_ALIGN */
    /* out */
    IrExit exit;
    uint64_t exit_value;
    unsigned steps;
};

/* Runs the ops of a verified TB from the first one until it leaves. */
void ir_eval(IrMachine *m, const TCGContext *s);
const char *ir_exit_name(IrExit e);

#endif
