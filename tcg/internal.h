/* What the passes of tcg/ share and front ends do not see. */
#ifndef TCG_INTERNAL_H
#define TCG_INTERNAL_H

#include "tcg/tcg.h"

/* Temps kept back from front ends, for the constants that the optimiser makes. */
enum { TCG_SPARE_TEMPS = 256 };

/* Index of a constant temp, or 0 (which is env) if `limit` temps exist already. */
unsigned tcg_try_constant(TCGContext *s, TCGType type, int64_t val, unsigned limit);

/* ---- arguments of an op by role ------------------------------------------------------------ */

/* Number of output temps; of a call the result, if it has one. */
static inline unsigned tcg_op_nb_oargs(const TCGOp *op)
{
    if (op->opc == INDEX_op_call) {
        return op->args[1] != TCGV_NONE.i;
    }
    return tcg_op_defs[op->opc].nb_oargs;
}
/* Position of the first output in args[]. */
static inline unsigned tcg_op_first_oarg(const TCGOp *op)
{
    return op->opc == INDEX_op_call;
}
static inline unsigned tcg_op_nb_iargs(const TCGOp *op)
{
    return op->opc == INDEX_op_call ? op->nb_call_args : tcg_op_defs[op->opc].nb_iargs;
}
static inline unsigned tcg_op_first_iarg(const TCGOp *op)
{
    return op->opc == INDEX_op_call ? 2 : tcg_op_defs[op->opc].nb_oargs;
}
/* Position of the first constant argument; not for calls. */
static inline unsigned tcg_op_first_carg(const TCGOp *op)
{
    return tcg_op_defs[op->opc].nb_oargs + tcg_op_defs[op->opc].nb_iargs;
}
/* Position of the label argument, or -1. */
static inline int tcg_op_label_arg(const TCGOp *op)
{
    switch (op->opc) {
    case INDEX_op_set_label:
    case INDEX_op_br: return 0;
    case INDEX_op_brcond: return 3;
    default: return -1;
    }
}

/* Whether the op is a goto_inner that may lead to inner[k]. */
static inline bool tcg_goes_to_inner(const TCGContext *s, const TCGOp *op, unsigned k)
{
    return op->opc == INDEX_op_goto_inner && s->inner[k].sets >> op->args[1] & 1;
}

/* Label of inner[k] if the op branches to it, else -1: nothing in the IR is where the root is. */
static inline int tcg_inner_label(const TCGContext *s, const TCGOp *op, unsigned k)
{
    return tcg_goes_to_inner(s, op, k) && s->inner[k].label != TCG_ROOT_LABEL ? s->inner[k].label
                                                                              : -1;
}

/* One such goto_inner more or less. */
static inline void tcg_inner_refs(TCGContext *s, const TCGOp *op, int n)
{
    for (unsigned k = 0; k < s->nb_inner; k++) {
        int label = tcg_inner_label(s, op, k);
        if (label >= 0) {
            s->labels[label].refs = (uint16_t)(s->labels[label].refs + n);
        }
    }
}

/* ---- values -------------------------------------------------------------------------------- */

static inline unsigned tcg_type_bits(TCGType t)
{
    return t == TCG_TYPE_I32 ? 32 : 64;
}
static inline uint64_t tcg_type_mask(TCGType t)
{
    return t == TCG_TYPE_I32 ? UINT32_MAX : UINT64_MAX;
}
/* The form in which values of a type are kept at translation time: i32 sign-extended. */
static inline uint64_t tcg_canon(TCGType t, uint64_t v)
{
    return t == TCG_TYPE_I32 ? (uint64_t)(int32_t)v : v;
}
/* `len` ones from bit `pos` up; len 1..64. */
static inline uint64_t tcg_mask(unsigned pos, unsigned len)
{
    return (UINT64_MAX >> (64 - len)) << pos;
}

#endif
