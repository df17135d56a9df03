/*
 * Folding: one op into a simpler one, in place.
 *
 * Three layers, tried in this order for each op until none applies:
 *   1. all inputs constant: the evaluator;
 *   2. identities with the constants 0, 1 and -1 and with equal inputs: one table row an op;
 *   3. rules that need more: other constants, known bits.
 *
 * Invariants the rules rely on (optimize.c sees to them):
 *   - an input that is known to be constant is a constant temp, and i32 constants are
 * sign-extended, so "all ones" is -1 in both types;
 *   - constant temps are unique, equal indices mean equal values, also for two variables;
 *   - in commutative ops a lone constant stands second;
 *   - the known bits of a temp are confined to the width of its type.
 * Rules keep the number of ops and never read a temp that the op did not read before.
 */
#include "tcg/opt.h"

/* ---- identities ------------------------------------------------------------------------------ */

/* What is matched ... */
enum { B_IS_0, B_IS_1, B_IS_ONES, A_IS_0, A_IS_ONES, SAME, NB_MATCHES };
/* ... and what the result is. */
enum { NO_RULE, TO_A, TO_0, TO_ONES, NOT_A, NOT_B, NEG_A, NEG_B };

static const uint8_t identities[INDEX_op_COUNT][NB_MATCHES] = {
    [INDEX_op_add] = {[B_IS_0] = TO_A},
    [INDEX_op_sub] = {[B_IS_0] = TO_A, [A_IS_0] = NEG_B, [SAME] = TO_0},
    [INDEX_op_mul] = {[B_IS_0] = TO_0, [B_IS_1] = TO_A, [B_IS_ONES] = NEG_A},
    [INDEX_op_muluh] = {[B_IS_0] = TO_0, [B_IS_1] = TO_0},
    [INDEX_op_mulsh] = {[B_IS_0] = TO_0},
    [INDEX_op_and] = {[B_IS_0] = TO_0, [B_IS_ONES] = TO_A, [SAME] = TO_A},
    [INDEX_op_or] = {[B_IS_0] = TO_A, [B_IS_ONES] = TO_ONES, [SAME] = TO_A},
    [INDEX_op_xor] = {[B_IS_0] = TO_A, [B_IS_ONES] = NOT_A, [SAME] = TO_0},
    [INDEX_op_andc] = {[A_IS_0] = TO_0, [A_IS_ONES] = NOT_B, [SAME] = TO_0},
    [INDEX_op_orc] = {[A_IS_0] = NOT_B, [A_IS_ONES] = TO_ONES, [SAME] = TO_ONES},
    [INDEX_op_eqv] = {[SAME] = TO_ONES},
    [INDEX_op_nand] = {[B_IS_0] = TO_ONES, [B_IS_ONES] = NOT_A, [SAME] = NOT_A},
    [INDEX_op_nor] = {[B_IS_0] = NOT_A, [B_IS_ONES] = TO_0, [SAME] = NOT_A},
    [INDEX_op_shl] = {[B_IS_0] = TO_A, [A_IS_0] = TO_0},
    [INDEX_op_shr] = {[B_IS_0] = TO_A, [A_IS_0] = TO_0},
    [INDEX_op_sar] = {[B_IS_0] = TO_A, [A_IS_0] = TO_0, [A_IS_ONES] = TO_ONES},
    [INDEX_op_rotl] = {[B_IS_0] = TO_A, [A_IS_0] = TO_0, [A_IS_ONES] = TO_ONES},
    [INDEX_op_rotr] = {[B_IS_0] = TO_A, [A_IS_0] = TO_0, [A_IS_ONES] = TO_ONES},
    /* MIN / -1 is undefined, so negation serves for every other dividend */
    [INDEX_op_div] = {[B_IS_1] = TO_A, [B_IS_ONES] = NEG_A},
    [INDEX_op_divu] = {[B_IS_1] = TO_A},
    [INDEX_op_rem] = {[B_IS_1] = TO_0, [B_IS_ONES] = TO_0},
    [INDEX_op_remu] = {[B_IS_1] = TO_0},
};

static unsigned identity(const Optimizer *o, const TCGOp *op)
{
    const uint8_t *row = identities[op->opc];
    uint32_t a = op->args[1], b = op->args[2];

    if (a == b && row[SAME]) {
        return row[SAME];
    }
    if (opt_is_const(o, b)) {
        int64_t v = opt_val(o, b);
        if (v >= -1 && v <= 1) {
            return row[v == 0 ? B_IS_0 : v == 1 ? B_IS_1 : B_IS_ONES];
        }
    } else if (opt_is_const(o, a)) {
        int64_t v = opt_val(o, a);
        if (v == 0 || v == -1) {
            return row[v == 0 ? A_IS_0 : A_IS_ONES];
        }
    }
    return NO_RULE;
}

static bool fold_identity(Optimizer *o, TCGOp *op)
{
    uint32_t a = op->args[1], b = op->args[2];

    switch (identity(o, op)) {
    case TO_A: return opt_to_mov(op, a);
    case TO_0: return opt_to_const(o, op, 0);
    case TO_ONES: return opt_to_const(o, op, -1);
    case NOT_A: return opt_to_unary(op, INDEX_op_not, a);
    case NOT_B: return opt_to_unary(op, INDEX_op_not, b);
    case NEG_A: return opt_to_unary(op, INDEX_op_neg, a);
    case NEG_B: return opt_to_unary(op, INDEX_op_neg, b);
    default: return false;
    }
}

/* ---- rules for one op --------------------------------------------------------------------------
 */

/* Exponent of a power of two (unsigned, in the width of the type), or -1. */
static int log2_exact(TCGType type, int64_t val)
{
    uint64_t v = (uint64_t)val & tcg_type_mask(type);
    return v && !(v & (v - 1)) ? __builtin_ctzll(v) : -1;
}

static bool non_negative(Optimizer *o, TCGType type, uint32_t a)
{
    return !(opt_bits(o, a)->maybe >> (tcg_type_bits(type) - 1));
}

/* and, or, and the rest of the logic: `b` is a constant. */
static bool fold_logic_const(Optimizer *o, TCGOp *op, uint32_t a, int64_t val)
{
    uint64_t m = (uint64_t)val & tcg_type_mask(op->type);

    switch (op->opc) {
    case INDEX_op_and:
        /* clears nothing that may be set */
        return !(opt_bits(o, a)->maybe & ~m) && opt_to_mov(op, a);
    case INDEX_op_or:
        /* sets nothing that is not set */
        return !(~opt_bits(o, a)->ones & m) && opt_to_mov(op, a);
    case INDEX_op_andc: return opt_to_binary_const(o, op, INDEX_op_and, a, ~val);
    case INDEX_op_orc: return opt_to_binary_const(o, op, INDEX_op_or, a, ~val);
    case INDEX_op_eqv: return opt_to_binary_const(o, op, INDEX_op_xor, a, ~val);
    default: return false;
    }
}

static bool fold_shift(Optimizer *o, TCGOp *op, uint32_t a, uint32_t b)
{
    unsigned width = tcg_type_bits(op->type);

    if (opt_is_const(o, b) && (uint64_t)opt_val(o, b) >= width) {
        return opt_to_binary_const(o, op, op->opc, a, opt_val(o, b) & (width - 1));
    }
    if (op->opc == INDEX_op_sar) {
        if (opt_bits(o, a)->signs == width) {
            return opt_to_mov(op, a);
        }
        if (non_negative(o, op->type, a)) {
            op->opc = INDEX_op_shr;
            return true;
        }
    }
    return false;
}

/* Multiplications and divisions by a power of two; signed divisions of what has no sign. */
static bool fold_muldiv(Optimizer *o, TCGOp *op, uint32_t a, uint32_t b)
{
    TCGType type = op->type;
    unsigned width = tcg_type_bits(type);
    int k = opt_is_const(o, b) ? log2_exact(type, opt_val(o, b)) : -1;

    switch (op->opc) {
    case INDEX_op_mul: return k >= 0 && opt_to_binary_const(o, op, INDEX_op_shl, a, k);
    case INDEX_op_muluh: return k > 0 && opt_to_binary_const(o, op, INDEX_op_shr, a, width - k);
    case INDEX_op_mulsh:
        /* not for MIN, which is a power of two only as an unsigned number */
        return k >= 0 && k < (int)width - 1 &&
               opt_to_binary_const(o, op, INDEX_op_sar, a, k ? width - k : width - 1);
    case INDEX_op_divu: return k >= 0 && opt_to_binary_const(o, op, INDEX_op_shr, a, k);
    case INDEX_op_remu: return k > 0 && opt_to_binary_const(o, op, INDEX_op_and, a, (1ll << k) - 1);
    default:
        if (non_negative(o, type, a) && non_negative(o, type, b)) {
            op->opc = op->opc == INDEX_op_div ? INDEX_op_divu : INDEX_op_remu;
            return true;
        }
        return false;
    }
}

static bool fold_deposit(Optimizer *o, TCGOp *op)
{
    TCGType type = op->type;
    unsigned width = tcg_type_bits(type), pos = op->args[3], len = op->args[4];
    uint32_t a = op->args[1], b = op->args[2];
    uint64_t field = tcg_mask(pos, len);

    if (len == width) {
        return opt_to_mov(op, b);
    }
    if (a == b && pos == 0) {
        return opt_to_mov(op, a);
    }
    if (opt_is_const(o, b)) {
        uint64_t v = (uint64_t)opt_val(o, b) & tcg_mask(0, len);
        if (v == 0) {
            return opt_to_binary_const(o, op, INDEX_op_and, a, ~field);
        }
        if (v == tcg_mask(0, len)) {
            return opt_to_binary_const(o, op, INDEX_op_or, a, field);
        }
    }
    if (opt_is_const(o, a) && opt_val(o, a) == 0) {
        if (pos + len == width) {
            return opt_to_binary_const(o, op, INDEX_op_shl, b, pos);
        }
        if (pos == 0) {
            op->opc = INDEX_op_extract;
            op->args[1] = b;
            op->args[2] = 0;
            op->args[3] = len;
            return true;
        }
    }
    return false;
}

static bool fold_extract(Optimizer *o, TCGOp *op)
{
    unsigned width = tcg_type_bits(op->type), pos = op->args[2], len = op->args[3];
    uint32_t a = op->args[1];
    const TCGBits *k = opt_bits(o, a);

    if (len == width || (pos == 0 && !(k->maybe & ~tcg_mask(0, len)))) {
        return opt_to_mov(op, a);
    }
    /* nothing above the field: a shift will do */
    if (pos && (pos + len == width || !(k->maybe >> (pos + len)))) {
        return opt_to_binary_const(o, op, INDEX_op_shr, a, pos);
    }
    return false;
}

static bool fold_sextract(Optimizer *o, TCGOp *op)
{
    unsigned width = tcg_type_bits(op->type), pos = op->args[2], len = op->args[3];
    uint32_t a = op->args[1];
    const TCGBits *k = opt_bits(o, a);

    if (pos == 0 && k->signs > width - len) {
        return opt_to_mov(op, a);
    }
    if (!(k->maybe >> (pos + len - 1) & 1)) {
        op->opc = INDEX_op_extract;
        return true;
    }
    /* the sign of the field is repeated all the way up, or the field is at the top */
    if (pos && k->signs > width - (pos + len)) {
        return opt_to_binary_const(o, op, INDEX_op_sar, a, pos);
    }
    return false;
}

/* ---- all of them -------------------------------------------------------------------------------
 */

static bool all_const(const Optimizer *o, const TCGOp *op, const TCGOpDef *def, uint64_t *in)
{
    for (unsigned i = 0; i < def->nb_iargs; i++) {
        uint32_t a = op->args[def->nb_oargs + i];
        if (!opt_is_const(o, a)) {
            return false;
        }
        in[i] = opt_val(o, a);
    }
    return true;
}

/* mov of a constant is as folded as it gets; mulu2 and muls2 are for optimize.c. */
static bool fold_constants(Optimizer *o, TCGOp *op, const TCGOpDef *def)
{
    uint64_t in[4], out[2];

    return op->opc != INDEX_op_mov && def->nb_iargs && all_const(o, op, def, in) &&
           tcg_eval_op(op, in, out) && opt_to_const(o, op, out[0]);
}

static bool lone_const_first(const Optimizer *o, const TCGOp *op)
{
    return opt_is_const(o, op->args[1]) && !opt_is_const(o, op->args[2]);
}

bool tcg_fold_op(Optimizer *o, TCGOp *op)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];

    if (def->nb_oargs != 1 || fold_constants(o, op, def)) {
        return def->nb_oargs == 1;
    }
    if (def->flags & TCG_OPF_COMM && lone_const_first(o, op)) {
        uint32_t a = op->args[1];
        op->args[1] = op->args[2];
        op->args[2] = a;
    }
    if (def->nb_iargs == 2 && fold_identity(o, op)) {
        return true;
    }
    uint32_t a = op->args[1], b = op->args[2];
    switch (op->opc) {
    case INDEX_op_setcond:
    case INDEX_op_negsetcond: return tcg_fold_setcond(o, op);
    case INDEX_op_movcond: return tcg_fold_movcond(o, op);
    case INDEX_op_sub:
        /* one form for both, with the constant second */
        return opt_is_const(o, b) &&
               opt_to_binary_const(o, op, INDEX_op_add, a, -(uint64_t)opt_val(o, b));
    case INDEX_op_and:
    case INDEX_op_or:
    case INDEX_op_andc:
    case INDEX_op_orc:
    case INDEX_op_eqv: return opt_is_const(o, b) && fold_logic_const(o, op, a, opt_val(o, b));
    case INDEX_op_shl:
    case INDEX_op_shr:
    case INDEX_op_sar:
    case INDEX_op_rotl:
    case INDEX_op_rotr: return fold_shift(o, op, a, b);
    case INDEX_op_mul:
    case INDEX_op_muluh:
    case INDEX_op_mulsh:
    case INDEX_op_div:
    case INDEX_op_divu:
    case INDEX_op_rem:
    case INDEX_op_remu: return fold_muldiv(o, op, a, b);
    case INDEX_op_deposit: return fold_deposit(o, op);
    case INDEX_op_extract: return fold_extract(o, op);
    case INDEX_op_sextract: return fold_sextract(o, op);
    case INDEX_op_clz:
    case INDEX_op_ctz:
        if (opt_is_const(o, a)) {
            uint64_t in[2] = {opt_val(o, a), 0}, out[2];
            if (in[0] == 0) {
                return opt_to_mov(op, b);
            }
            return tcg_eval_op(op, in, out) && opt_to_const(o, op, out[0]);
        }
        return false;
    default: return false;
    }
}
