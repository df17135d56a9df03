/*
 * What the files of the optimiser share: the knowledge about each temp.
 *
 * Knowledge holds within one extended basic block: from a label (or the start) to the next label
 * that is still referenced. It is never cleared: an entry counts only if its epoch is the current
 * one.
 */
#ifndef TCG_OPT_H
#define TCG_OPT_H

#include "tcg/internal.h"

/*
 * What is known of the bits of a value of `width` bits. All masks are confined to the width.
 * Invariants: ones is a subset of maybe; the top `signs` bits are equal (1..width).
 */
typedef struct TCGBits {
    uint64_t maybe; /* bits that may be 1 */
    uint64_t ones;  /* bits that are 1 */
    uint8_t signs;
} TCGBits;

typedef struct TempInfo {
    TCGBits bits;
    uint32_t epoch;
    uint16_t next, prev; /* ring of the temps that hold the same value */
    uint16_t konst;      /* constant temp that has the same value, or 0 */
    bool is_rel;         /* the value is that of the global pc_page plus rel */
    int32_t rel;
    uint16_t insn; /* locals: number of the insn that wrote it */
} TempInfo;

typedef struct Optimizer {
    TCGContext *s;
    uint32_t epoch;
    unsigned nb_out;     /* ops kept so far: ops[0..nb_out) */
    unsigned learned_at; /* 1 + index of the last brcond that taught its fall-through side */
    bool reachable;      /* control can get to the next op */
    unsigned nb_insns;   /* insn_start ops so far */
    unsigned nb_touched; /* globals with knowledge in this epoch */
    uint16_t touched[TCG_MAX_TEMPS / 4];
    TempInfo info[TCG_MAX_TEMPS];
    /* liveness: the set of live temps at each label that was passed */
    uint64_t live_at[TCG_MAX_LABELS][TCG_MAX_TEMPS / 64];
} Optimizer;

/* The context's one; it is too large for a stack. */
Optimizer *tcg_opt_scratch(TCGContext *s);

void tcg_opt_init_info(Optimizer *o, unsigned i);

static inline TempInfo *opt_info(Optimizer *o, unsigned i)
{
    if (o->info[i].epoch != o->epoch) {
        tcg_opt_init_info(o, i);
    }
    return &o->info[i];
}
static inline const TCGBits *opt_bits(Optimizer *o, unsigned i)
{
    return &opt_info(o, i)->bits;
}
static inline bool opt_is_const(const Optimizer *o, unsigned i)
{
    return o->s->temps[i].kind == TEMP_CONST;
}
static inline int64_t opt_val(const Optimizer *o, unsigned i)
{
    return o->s->temps[i].val;
}

/* Constant temp, or 0 if there is no room for another: then the op must stay as it is. */
static inline uint32_t opt_const(Optimizer *o, TCGType type, int64_t val)
{
    return tcg_try_constant(o->s, type, val, TCG_MAX_TEMPS);
}

/* Number of equal bits at the top of a value known by its masks. */
unsigned tcg_bits_signs(TCGBits b, unsigned width);
/* What is known of the result of an op with one output (fold rules have been tried before). */
TCGBits tcg_known_bits(Optimizer *o, const TCGOp *op);

/*
 * Rewrites the op in place into a simpler one with the same meaning. True if it did: try again.
 * Inputs have been replaced by their representatives, so equal indices mean equal values, and a
 * value known to be constant is a constant temp.
 */
bool tcg_fold_op(Optimizer *o, TCGOp *op);
/* The outcome of a comparison, 0 or 1, or -1; may rewrite the comparison into a simpler one. */
int tcg_fold_cond(Optimizer *o, TCGType type, uint32_t *a, uint32_t *b, uint32_t *cond);
/* Rules of setcond, negsetcond and movcond. */
bool tcg_fold_setcond(Optimizer *o, TCGOp *op);
bool tcg_fold_movcond(Optimizer *o, TCGOp *op);

/* ---- rewriting an op in place ---------------------------------------------------------------- */

static inline bool opt_to_mov(TCGOp *op, uint32_t src)
{
    op->opc = INDEX_op_mov;
    op->args[1] = src;
    return true;
}
static inline bool opt_to_const(Optimizer *o, TCGOp *op, int64_t val)
{
    uint32_t k = opt_const(o, op->type, val);
    return k && opt_to_mov(op, k);
}
static inline bool opt_to_unary(TCGOp *op, TCGOpcode opc, uint32_t a)
{
    op->opc = opc;
    op->args[1] = a;
    return true;
}
/* op(a, constant) */
static inline bool opt_to_binary_const(Optimizer *o, TCGOp *op, TCGOpcode opc, uint32_t a,
                                       int64_t val)
{
    uint32_t k = opt_const(o, op->type, val);
    if (!k) {
        return false;
    }
    op->opc = opc;
    op->args[1] = a;
    op->args[2] = k;
    return true;
}

#endif
