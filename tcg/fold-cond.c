/*
 * Folding of comparisons: setcond, negsetcond, movcond, and the condition of brcond.
 *
 * The known bits of a value bound it: as an unsigned number it lies between the bits that are set
 * and the bits that may be set. Two values of the same known sign compare signed as they do
 * unsigned.
 */
#include "tcg/opt.h"

/* Outcome of an unsigned comparison of values within bounds: 1, 0, or -1. */
static int fold_range(TCGCond c, const TCGBits *a, const TCGBits *b)
{
    int lt = a->maybe < b->ones ? 1 : a->ones >= b->maybe ? 0 : -1;
    int gt = b->maybe < a->ones ? 1 : b->ones >= a->maybe ? 0 : -1;

    switch (c) {
    case TCG_COND_LTU: return lt;
    case TCG_COND_GEU: return lt < 0 ? -1 : !lt;
    case TCG_COND_GTU: return gt;
    case TCG_COND_LEU: return gt < 0 ? -1 : !gt;
    default: return -1;
    }
}

static int fold_signed(TCGType type, TCGCond c, const TCGBits *a, const TCGBits *b)
{
    unsigned top = tcg_type_bits(type) - 1;
    bool a_neg = a->ones >> top, a_pos = !(a->maybe >> top);
    bool b_neg = b->ones >> top, b_pos = !(b->maybe >> top);
    bool less = c == TCG_COND_LT || c == TCG_COND_LE;

    if ((a_neg && b_neg) || (a_pos && b_pos)) {
        return fold_range((TCGCond)(c - TCG_COND_LT + TCG_COND_LTU), a, b);
    }
    if (a_neg && b_pos) {
        return less;
    }
    if (a_pos && b_neg) {
        return !less;
    }
    return -1;
}

static int fold_bits(TCGType type, TCGCond c, const TCGBits *a, const TCGBits *b)
{
    switch (c) {
    case TCG_COND_EQ:
    case TCG_COND_NE:
        /* a bit that is set in one and clear in the other */
        return (a->ones & ~b->maybe) | (b->ones & ~a->maybe) ? c == TCG_COND_NE : -1;
    case TCG_COND_TSTEQ:
    case TCG_COND_TSTNE:
        if (!(a->maybe & b->maybe)) {
            return c == TCG_COND_TSTEQ;
        }
        return a->ones & b->ones ? c == TCG_COND_TSTNE : -1;
    case TCG_COND_LT:
    case TCG_COND_GE:
    case TCG_COND_LE:
    case TCG_COND_GT: return fold_signed(type, c, a, b);
    default: return fold_range(c, a, b);
    }
}

static bool compares_equal(TCGCond c)
{
    return c == TCG_COND_EQ || c == TCG_COND_GE || c == TCG_COND_LE || c == TCG_COND_GEU ||
           c == TCG_COND_LEU;
}

static bool is_tst(TCGCond c)
{
    return c == TCG_COND_TSTEQ || c == TCG_COND_TSTNE;
}

/* Gives the comparison another condition and constant, if there is room for the constant. */
static bool rewrite(Optimizer *o, TCGType type, uint32_t *b, uint32_t *cond, TCGCond c, int64_t val)
{
    uint32_t k = opt_const(o, type, val);

    if (k) {
        *b = k;
        *cond = c;
    }
    return k;
}

/* Simpler forms of comparisons with a constant: with 0 where that is possible. */
static int fold_cond_const(Optimizer *o, TCGType type, uint32_t a, uint32_t *b, uint32_t *cond)
{
    int64_t v = opt_val(o, *b), min = type == TCG_TYPE_I32 ? INT32_MIN : INT64_MIN;

    switch (*cond) {
    case TCG_COND_TSTEQ:
    case TCG_COND_TSTNE:
        if (!(opt_bits(o, a)->maybe & ~(uint64_t)v)) {
            rewrite(o, type, b, cond, *cond == TCG_COND_TSTEQ ? TCG_COND_EQ : TCG_COND_NE, 0);
        } else if (v == min) {
            rewrite(o, type, b, cond, *cond == TCG_COND_TSTEQ ? TCG_COND_GE : TCG_COND_LT, 0);
        }
        return -1;
    case TCG_COND_LT:
    case TCG_COND_GE: return v == min ? *cond == TCG_COND_GE : -1;
    case TCG_COND_LE:
    case TCG_COND_GT:
        if (v == ~min) {
            return *cond == TCG_COND_LE;
        }
        if (v == -1) {
            rewrite(o, type, b, cond, *cond == TCG_COND_LE ? TCG_COND_LT : TCG_COND_GE, 0);
        }
        return -1;
    case TCG_COND_LTU:
    case TCG_COND_GEU:
        if (v == 1) {
            rewrite(o, type, b, cond, *cond == TCG_COND_LTU ? TCG_COND_EQ : TCG_COND_NE, 0);
        }
        return -1;
    case TCG_COND_LEU:
    case TCG_COND_GTU:
        if (v == 0) {
            *cond = *cond == TCG_COND_LEU ? TCG_COND_EQ : TCG_COND_NE;
        }
        return -1;
    default: return -1;
    }
}

int tcg_fold_cond(Optimizer *o, TCGType type, uint32_t *a, uint32_t *b, uint32_t *cond)
{
    if (*cond <= TCG_COND_ALWAYS) {
        return *cond == TCG_COND_ALWAYS;
    }
    if (opt_is_const(o, *a)) {
        if (opt_is_const(o, *b)) {
            return tcg_eval_cond(type, (TCGCond)*cond, opt_val(o, *a), opt_val(o, *b));
        }
        uint32_t t = *a;
        *a = *b;
        *b = t;
        *cond = tcg_swap_cond((TCGCond)*cond);
    }
    if (*a == *b) {
        if (!is_tst((TCGCond)*cond)) {
            return compares_equal((TCGCond)*cond);
        }
        /* all bits tested against themselves */
        rewrite(o, type, b, cond, *cond == TCG_COND_TSTEQ ? TCG_COND_EQ : TCG_COND_NE, 0);
        return -1;
    }
    int r = fold_bits(type, (TCGCond)*cond, opt_bits(o, *a), opt_bits(o, *b));
    if (r < 0 && opt_is_const(o, *b)) {
        r = fold_cond_const(o, type, *a, b, cond);
    }
    return r;
}

/*
 * A comparison whose result is a bit of `a` needs no comparison. Handles `neg` (negsetcond) where
 * one op still does.
 */
static bool fold_bit_test(Optimizer *o, TCGOp *op, bool neg)
{
    uint32_t a = op->args[1];
    TCGCond c = (TCGCond)op->args[3];
    unsigned top = tcg_type_bits(op->type) - 1;

    if (!opt_is_const(o, op->args[2])) {
        return false;
    }
    int64_t v = opt_val(o, op->args[2]);
    if (c == TCG_COND_LT && v == 0) {
        return opt_to_binary_const(o, op, neg ? INDEX_op_sar : INDEX_op_shr, a, top);
    }
    if (c == TCG_COND_TSTNE && !neg && v > 0 && !(v & (v - 1))) {
        op->opc = INDEX_op_extract;
        op->args[2] = __builtin_ctzll(v);
        op->args[3] = 1;
        return true;
    }
    /* a is 0 or 1 */
    if (opt_bits(o, a)->maybe == 1 && (c == TCG_COND_EQ || c == TCG_COND_NE) &&
        (v == 0 || v == 1)) {
        bool same = (c == TCG_COND_NE) == (v == 0);
        if (neg) {
            return same ? opt_to_unary(op, INDEX_op_neg, a)
                        : opt_to_binary_const(o, op, INDEX_op_add, a, -1);
        }
        return same ? opt_to_mov(op, a) : opt_to_binary_const(o, op, INDEX_op_xor, a, 1);
    }
    return false;
}

bool tcg_fold_setcond(Optimizer *o, TCGOp *op)
{
    bool neg = op->opc == INDEX_op_negsetcond;
    int r = tcg_fold_cond(o, op->type, &op->args[1], &op->args[2], &op->args[3]);

    if (r >= 0) {
        return opt_to_const(o, op, neg ? -r : r);
    }
    return fold_bit_test(o, op, neg);
}

bool tcg_fold_movcond(Optimizer *o, TCGOp *op)
{
    int r = tcg_fold_cond(o, op->type, &op->args[1], &op->args[2], &op->args[5]);
    uint32_t a = op->args[1], b = op->args[2], t = op->args[3], f = op->args[4];
    TCGCond c = (TCGCond)op->args[5];

    if (r >= 0 || t == f) {
        return opt_to_mov(op, r == 0 ? f : t);
    }
    /* a == b ? a : b is b, a != b ? a : b is a; the same with the arms exchanged */
    if ((c == TCG_COND_EQ || c == TCG_COND_NE) && ((t == a && f == b) || (t == b && f == a))) {
        return opt_to_mov(op, c == TCG_COND_EQ ? f : t);
    }
    if (opt_is_const(o, t) && opt_is_const(o, f)) {
        int64_t vt = opt_val(o, t), vf = opt_val(o, f);
        bool invert = vt == 0;
        int64_t v = invert ? vf : vt;
        if ((invert || vf == 0) && (v == 1 || v == -1)) {
            op->opc = v == 1 ? INDEX_op_setcond : INDEX_op_negsetcond;
            op->args[3] = invert ? tcg_invert_cond(c) : c;
            return true;
        }
    }
    return false;
}
