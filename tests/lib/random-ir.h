/*
 * Random well-formed IR programs over a small guest state, for lockstep tests: optimised against
 * not, interpreter and generated code against the reference evaluator.
 *
 * A program is one TB: straight-line ops, forward branches, bounded loops, guest and host memory,
 * helper calls of every kind, early exits. It is a function of its seed alone.
 */
#ifndef TESTS_LIB_RANDOM_IR_H
#define TESTS_LIB_RANDOM_IR_H

#include "tcg/env.h"
#include "tcg/tcg.h"
#include "tests/lib/ir-eval.h"

enum {
    RANDOM_IR_GLOBALS64 = 8,
    RANDOM_IR_GLOBALS32 = 4,
    RANDOM_IR_MEM_BASE = 0x10000,
    RANDOM_IR_MEM_SIZE = 2 * TARGET_PAGE_SIZE,
    RANDOM_IR_FAULT = 13, /* env->trap of a bad guest access */
    RANDOM_IR_RAISE = 7,  /* env->trap of helpers that raise */
    RANDOM_IR_HELPERS = 10,
    RANDOM_IR_FADD = 9, /* number of the one that is served inline */
    RANDOM_IR_COUNTS = 32,
};

/* The guest's state, at env. */
typedef struct RandomEnv {
    CPUState cpu;
    uint8_t
        pad[512 - sizeof(CPUState)]; /* goldens name offsets: they must not move with CPUState */
    uint64_t x[RANDOM_IR_GLOBALS64]; /* globals x0.. */
    uint32_t w[RANDOM_IR_GLOBALS32]; /* globals w0.. */
    uint64_t scratch[8];             /* host loads and stores, by offset from env */
    uint64_t notes;                  /* what helpers with side effects leave behind */
    uint64_t *pointer;               /* to `pointed`: host memory reached from env */
    uint64_t pointed[4];
    uint32_t fp_flags, pad2;
    uint64_t counts[RANDOM_IR_COUNTS]; /* of loops and the like that locals cannot hold */
} RandomEnv;

typedef struct RandomIrConfig {
    unsigned nb_ops; /* roughly */
    bool no_calls, no_guest_mem, no_loops;
    bool resumable; /* another form of the TB may go on at any insn (LINK_EXIT_SLOW) */
    bool flat;      /* no branch from one insn to another, so that an insn keeps its number */
    unsigned first; /* page offset */
    /* makes the exits, if not NULL */
    void (*exit)(void *opaque, TCGContext *s, uint64_t *rng);
    void *opaque;
} RandomIrConfig;

extern const uint8_t random_ir_fp_ops[RANDOM_IR_HELPERS];
extern const TCGHelperInfo random_ir_helpers[RANDOM_IR_HELPERS];
/* If not NULL: called by helpers that write state or raise; it may change the soft TLB. */
extern void (*random_ir_called)(RandomEnv *env);

/* Registers globals, pc_page as the last of them, and helpers. Once, in a new context. */
void random_ir_init(TCGContext *s);
/* Starts a TB and fills it. */
void random_ir_generate(TCGContext *s, uint64_t seed, const RandomIrConfig *cfg);
/* The same behind what is there already. */
void random_ir_append(TCGContext *s, uint64_t seed, const RandomIrConfig *cfg);
/* Random contents for the guest state (CPUState zeroed) and RANDOM_IR_MEM_SIZE bytes of memory. */
void random_ir_init_state(RandomEnv *env, uint8_t *mem, uint64_t seed);
/* IrMachine.call for these helpers. */
uint64_t random_ir_call(IrMachine *m, unsigned helper, const uint64_t *args);

/* splitmix64 */
static inline uint64_t random_ir_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

#endif
