/*
 * TCI: the bytecode interpreter, the floor under every mode.
 *
 * A TB becomes a run of 8-byte words in one arena. A word is {op, a, b, c}, 16 bits each; a, b and
 * c are mostly *cells*: byte offsets from env that name a guest register, a local or the constant
 * zero in place, so that an ALU insn of the guest is one word. Some ops are followed by operand
 * words.
 *
 * TBs are entered through slots. A slot stands for a TB key and is named by number in the bytecode;
 * it holds where the TB starts and what it costs of the budget. A slot without a TB (not translated
 * yet, or retired) costs more than any budget, so that the one compare at every entry also catches
 * the miss.
 */
#ifndef TCG_TCI_TCI_H
#define TCG_TCI_TCI_H

#include "tcg/env.h"
#include "tcg/tcg.h"

typedef struct TCIInsn {
    uint16_t op, a, b, c;
} TCIInsn;

typedef struct TCISlot {
    uint32_t code; /* word index in the arena; 0 is never the start of a TB */
    int32_t cost;  /* guest insns, or TCI_MISS */
} TCISlot;

#define TCI_MISS 0x40000000 /* above any budget */

enum {
    TCI_CODE_WORDS = 8 << 20, /* 64 MiB */
    TCI_MAX_SLOTS = 1 << 20,
    TCI_TB_WORDS = 3 * TCG_MAX_OPS + 64, /* more than one TB can need */
};

/* The arena and the slots, one set a process (harts share them). Allocated by tci_init(). */
extern uint64_t *tci_code;
extern TCISlot *tci_slots;
void tci_init(void);

typedef enum TCIExit {
    TCI_EXIT_BUDGET, /* budget spent or exit requested at the head of exit_slot's TB; pc is not set
                      */
    TCI_EXIT_MISS,   /* exit_slot has no TB; pc is not set when reached by goto_tb */
    TCI_EXIT_LOOKUP, /* cs->pc is set, flags unchanged, not found in the jump cache */
    TCI_EXIT_PC,     /* cs->pc is set, flags or interrupts may have changed */
    TCI_EXIT_HOT,    /* exit_slot has run often enough to be compiled; its cost was given back */
    TCI_EXIT_TRAP,   /* cs->trap is set by the insn that contains the word cs->mem_code */
    TCI_EXIT_SLOW,   /* compiled code: insn exit_insn of exit_slot's TB is for the interpreter */
    TCI_EXIT_TRAP_LINKED, /* compiled code: cs->trap is set by insn exit_insn of exit_slot's TB */
} TCIExit;

/*
 * Runs from a slot until control must return. cs->pc_page is that of the slot's TB; the budget is
 * charged as TBs are entered.
 */
TCIExit tci_run(CPUState *cs, uint32_t slot);
/*
 * The same from the middle of a TB that was entered, and charged, already: from the first word of
 * an insn. With TCIGen.count_runs every insn may be begun at.
 */
TCIExit tci_resume(CPUState *cs, uint32_t word);

/* Where the guest insns of a TB begin, for finding the pc of a fault. */
typedef struct TCIInsnStart {
    uint16_t code;        /* word offset from the TB's start */
    uint16_t page_offset; /* of the guest insn */
    uint32_t extra;
} TCIInsnStart;

typedef struct TCIGen {
    /* in */
    uint64_t *out; /* where to write, with room for TCI_TB_WORDS */
    uint32_t (*slot_for)(void *opaque,
                         uint32_t page_offset); /* slot of a goto_tb inside the page */
    void *opaque;
    TCIInsnStart *starts; /* room for max insns */
    unsigned max_starts;
    bool no_links;       /* every goto_tb goes through the jump cache */
    uint32_t count_slot; /* with count_runs: the TB's own slot */
    uint16_t count_runs; /* nonzero: leave with TCI_EXIT_HOT every so many runs */
    /* out */
    unsigned nb_words, nb_starts;
    int32_t far[2]; /* goto_tb to other pages: distance of the target from the page base */
    unsigned nb_far;
} TCIGen;

/* Turns the optimised IR of s (after tcg_liveness) into bytecode. False: the TB is too large. */
bool tci_generate(TCGContext *s, TCIGen *gen);

/* Sets the run counter of the TB whose code starts at that word, if it has one. */
void tci_recount(uint32_t code, uint16_t runs);
/* What that counter holds; 0 if there is none. */
unsigned tci_runs_left(uint32_t code);

/* Text of bytecode, for -d out_asm. */
void tci_disas(const TCGContext *s, const uint64_t *code, unsigned nb_words, GString *out);

/* ---- opcodes ----------------------------------------------------------------------------------
 */

typedef enum TCIOpcode {
    TCI_invalid, /* an arena word that is no code */
#define TCI_FIX(n, words)    TCI_##n,
#define TCI_CALLV(sig, p, a) TCI_call_##sig,
#define TCI_CALLL(sig, p, a) TCI_call_##sig,
#define TCI_BIN(n, e)        TCI_##n##_i64, TCI_##n##_i32,
#define TCI_IMM(n, e)        TCI_##n##i_i64, TCI_##n##i_i32,
#define TCI_EXT(n, e)        TCI_##n##w, TCI_##n##wi,
#define TCI_UN(n, e)         TCI_##n##_i64, TCI_##n##_i32,
#define TCI_CMP(n, e)                                                                         \
    TCI_set##n##_i64, TCI_set##n##_i32, TCI_set##n##i_i64, TCI_set##n##i_i32, TCI_b##n##_i64, \
        TCI_b##n##_i32, TCI_x##n##_i64, TCI_x##n##_i32,
#define TCI_LD(n, c, r, m) TCI_qld_##n##_0, TCI_qld_##n##_1, TCI_qld_##n##_2, TCI_qld_##n##_3,
#define TCI_ST(n, c, m)    TCI_qst_##n##_0, TCI_qst_##n##_1, TCI_qst_##n##_2, TCI_qst_##n##_3,
#define TCI_HLD(n, c, r)   TCI_##n##_env, TCI_##n##_ptr,
#define TCI_HST(n, c)      TCI_##n##_env, TCI_##n##_ptr,
#include "tcg/tci/ops.def"

    TCI_OPCODES,
} TCIOpcode;

_Static_assert(sizeof(TCIInsn) == 8, "bytecode word");
_Static_assert(TCI_qst_ub_3 == TCI_qst_ub_0 + 3, "MMU index is added to the opcode");

/* A helper prepared for libffi. */
typedef struct TCICall TCICall;
TCICall *tci_prepare_call(const TCGHelperInfo *info);
/* cells: argument cells. Returns the result, zero-extended; *is32: it is an i32. */
uint64_t tci_call_ffi(TCICall *call, void *env, const uint16_t *cells, bool *is32);

/* Cells with a fixed meaning. */
enum {
    TCI_CELL_ZERO = offsetof(CPUState, zero),
    TCI_CELL_SCRATCH = CPU_TEMPS_OFFSET + 8 * (CPU_MAX_LOCALS - 8), /* 8 for constants */
};

#endif
