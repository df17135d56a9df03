/*
 * What an op computes on known values. The optimiser folds with it; docs/ir.md describes the same.
 *
 * Values of i32 temps come in with any upper half and go out sign-extended, the form in which
 * constants are kept. Ops whose result depends on anything but their inputs are refused, and so are
 * divisions whose result the front end promised never to need: an interpreter may stop there.
 */
#include "tcg/internal.h"
#include "tcg/tcg.h"

bool tcg_eval_cond(TCGType type, TCGCond c, uint64_t a, uint64_t b)
{
    /* Sign extension keeps the order of signed and of unsigned 32-bit values. */
    a = tcg_canon(type, a);
    b = tcg_canon(type, b);
    switch (c) {
    case TCG_COND_ALWAYS: return true;
    case TCG_COND_EQ: return a == b;
    case TCG_COND_NE: return a != b;
    case TCG_COND_LT: return (int64_t)a < (int64_t)b;
    case TCG_COND_GE: return (int64_t)a >= (int64_t)b;
    case TCG_COND_LE: return (int64_t)a <= (int64_t)b;
    case TCG_COND_GT: return (int64_t)a > (int64_t)b;
    case TCG_COND_LTU: return a < b;
    case TCG_COND_GEU: return a >= b;
    case TCG_COND_LEU: return a <= b;
    case TCG_COND_GTU: return a > b;
    case TCG_COND_TSTEQ: return (a & b) == 0;
    case TCG_COND_TSTNE: return (a & b) != 0;
    case TCG_COND_NEVER:
    default: return false;
    }
}

static uint64_t bswap_low(uint64_t v, unsigned bits, uint32_t flags)
{
    v = __builtin_bswap64(v) >> (64 - bits);
    if (flags & TCG_BSWAP_OS) {
        v = (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));
    }
    return v;
}

/* Products of twice the width; a and b sign- or zero-extended by the caller. */
static void mul_wide(TCGType type, bool is_signed, uint64_t a, uint64_t b, uint64_t *lo,
                     uint64_t *hi)
{
    if (type == TCG_TYPE_I32) {
        *lo = a * b;
        *hi = *lo >> 32;
    } else if (is_signed) {
        __int128 p = (__int128)(int64_t)a * (int64_t)b;
        *lo = (uint64_t)p;
        *hi = (uint64_t)(p >> 64);
    } else {
        unsigned __int128 p = (unsigned __int128)a * b;
        *lo = (uint64_t)p;
        *hi = (uint64_t)(p >> 64);
    }
}

/*
 * Division. Refused: divisor 0, and the one signed quotient that does not fit. The 32-bit MIN / -1
 * is refused too although it would fit here: code generators divide in 32 bits.
 */
static bool eval_div(const TCGOp *op, uint64_t sa, uint64_t sb, uint64_t ua, uint64_t ub,
                     uint64_t *out)
{
    bool is_signed = op->opc == INDEX_op_div || op->opc == INDEX_op_rem;
    int64_t min = op->type == TCG_TYPE_I32 ? INT32_MIN : INT64_MIN;

    if (ub == 0 || (is_signed && (int64_t)sb == -1 && (int64_t)sa == min)) {
        return false;
    }
    switch (op->opc) {
    case INDEX_op_div: *out = (uint64_t)((int64_t)sa / (int64_t)sb); break;
    case INDEX_op_rem: *out = (uint64_t)((int64_t)sa % (int64_t)sb); break;
    case INDEX_op_divu: *out = ua / ub; break;
    default: *out = ua % ub; break;
    }
    return true;
}

bool tcg_eval_op(const TCGOp *op, const uint64_t *in, uint64_t *out)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];
    const uint32_t *c = &op->args[def->nb_oargs + def->nb_iargs];
    TCGType type = op->type;
    unsigned width = tcg_type_bits(type);
    uint64_t a = def->nb_iargs > 0 ? in[0] : 0, b = def->nb_iargs > 1 ? in[1] : 0;
    /* the inputs as signed and as unsigned values of the op's width */
    uint64_t sa = tcg_canon(type, a), sb = tcg_canon(type, b);
    uint64_t ua = a & tcg_type_mask(type), ub = b & tcg_type_mask(type);
    unsigned sh = b & (width - 1);
    uint64_t r, hi;

    switch (op->opc) {
    case INDEX_op_mov: r = a; break;
    case INDEX_op_setcond: r = tcg_eval_cond(type, (TCGCond)c[0], a, b); break;
    case INDEX_op_negsetcond: r = -(uint64_t)tcg_eval_cond(type, (TCGCond)c[0], a, b); break;
    case INDEX_op_movcond: r = tcg_eval_cond(type, (TCGCond)c[0], a, b) ? in[2] : in[3]; break;

    case INDEX_op_add: r = a + b; break;
    case INDEX_op_sub: r = a - b; break;
    case INDEX_op_mul: r = a * b; break;
    case INDEX_op_neg: r = -a; break;
    case INDEX_op_not: r = ~a; break;
    case INDEX_op_and: r = a & b; break;
    case INDEX_op_or: r = a | b; break;
    case INDEX_op_xor: r = a ^ b; break;
    case INDEX_op_andc: r = a & ~b; break;
    case INDEX_op_orc: r = a | ~b; break;
    case INDEX_op_eqv: r = ~(a ^ b); break;
    case INDEX_op_nand: r = ~(a & b); break;
    case INDEX_op_nor: r = ~(a | b); break;

    case INDEX_op_shl: r = a << sh; break;
    case INDEX_op_shr: r = ua >> sh; break;
    case INDEX_op_sar: r = (uint64_t)((int64_t)sa >> sh); break;
    case INDEX_op_rotl: r = sh ? ua << sh | ua >> (width - sh) : ua; break;
    case INDEX_op_rotr: r = sh ? ua >> sh | ua << (width - sh) : ua; break;

    case INDEX_op_div:
    case INDEX_op_divu:
    case INDEX_op_rem:
    case INDEX_op_remu:
        if (!eval_div(op, sa, sb, ua, ub, &r)) {
            return false;
        }
        break;

    case INDEX_op_mulu2: mul_wide(type, false, ua, ub, &r, &hi); goto two;
    case INDEX_op_muls2:
        mul_wide(type, true, sa, sb, &r, &hi);
    two:
        out[1] = tcg_canon(type, hi);
        break;
    case INDEX_op_muluh: mul_wide(type, false, ua, ub, &hi, &r); break;
    case INDEX_op_mulsh: mul_wide(type, true, sa, sb, &hi, &r); break;

    case INDEX_op_deposit: {
        uint64_t m = tcg_mask(c[0], c[1]);
        r = (a & ~m) | (b << c[0] & m);
        break;
    }
    case INDEX_op_extract: r = ua >> c[0] & tcg_mask(0, c[1]); break;
    case INDEX_op_sextract: {
        unsigned up = 64 - c[1];
        r = (uint64_t)((int64_t)(ua >> c[0] << up) >> up);
        break;
    }
    case INDEX_op_bswap16: r = bswap_low(a, 16, c[0]); break;
    case INDEX_op_bswap32: r = bswap_low(a, 32, c[0]); break;
    case INDEX_op_bswap64: r = __builtin_bswap64(a); break;
    case INDEX_op_clz: r = ua ? (unsigned)__builtin_clzll(ua) - (64 - width) : b; break;
    case INDEX_op_ctz: r = ua ? (unsigned)__builtin_ctzll(ua) : b; break;
    case INDEX_op_ctpop: r = (unsigned)__builtin_popcountll(ua); break;

    case INDEX_op_ext_i32: r = (uint64_t)(int32_t)a; break;
    case INDEX_op_extu_i32: r = (uint32_t)a; break;
    case INDEX_op_extrl_i64: r = a; break;
    case INDEX_op_extrh_i64: r = a >> 32; break;
    default: return false;
    }
    out[0] = tcg_canon(type, r);
    return true;
}
