/*
 * What an op's result is known to look like, from what its inputs are known to look like.
 *
 * Three things are followed: bits that may be set, bits that are set, and how many bits at the top
 * repeat the sign. The first two settle masks and zero extensions, the third sign extensions, which
 * RISC-V front ends emit after every 32-bit operation.
 */
#include "tcg/opt.h"

static unsigned leading_zeros(uint64_t v, unsigned width)
{
    return v ? (unsigned)__builtin_clzll(v) - (64 - width) : width;
}

unsigned tcg_bits_signs(TCGBits b, unsigned width)
{
    uint64_t mask = tcg_mask(0, width);
    unsigned zeros = leading_zeros(b.maybe & mask, width);
    unsigned ones = leading_zeros(~b.ones & mask, width);

    return MAX(MAX(zeros, ones), 1);
}

static uint64_t low_mask(unsigned len, unsigned width)
{
    return len == 0 ? 0 : tcg_mask(0, MIN(len, width));
}

/* Bits of the value without the known zeros at the top. */
static unsigned length(const TCGBits *b)
{
    return 64 - leading_zeros(b->maybe, 64);
}

static unsigned trailing_zeros(const TCGBits *b, unsigned width)
{
    return b->maybe ? (unsigned)__builtin_ctzll(b->maybe) : width;
}

static TCGBits unknown(unsigned width)
{
    return (TCGBits){.maybe = tcg_mask(0, width), .signs = 1};
}

static TCGBits inverted(const TCGBits *b, unsigned width)
{
    uint64_t mask = tcg_mask(0, width);
    return (TCGBits){.maybe = ~b->ones & mask, .ones = ~b->maybe & mask, .signs = b->signs};
}

static TCGBits bits_logic(TCGOpcode opc, const TCGBits *a, const TCGBits *b, unsigned width)
{
    TCGBits nb = inverted(b, width), r = {.signs = MIN(a->signs, b->signs)};

    switch (opc) {
    case INDEX_op_andc: b = &nb; goto and;
    case INDEX_op_and:
    case INDEX_op_nand:
        and : r.maybe = a->maybe & b->maybe;
        r.ones = a->ones & b->ones;
        break;
    case INDEX_op_orc: b = &nb; goto or ;
    case INDEX_op_or:
    case INDEX_op_nor:
        or : r.maybe = a->maybe | b->maybe;
        r.ones = a->ones | b->ones;
        break;
    default: {
        /* xor and eqv: known where both inputs are */
        uint64_t known = ~(a->maybe ^ a->ones) & ~(b->maybe ^ b->ones);
        r.ones = (a->ones ^ b->ones) & known;
        r.maybe = (r.ones | ~known) & tcg_mask(0, width);
        break;
    }
    }
    if (opc == INDEX_op_nand || opc == INDEX_op_nor || opc == INDEX_op_eqv) {
        r = inverted(&r, width);
    }
    return r;
}

static TCGBits bits_arith(TCGOpcode opc, const TCGBits *a, const TCGBits *b, unsigned width)
{
    TCGBits r = unknown(width);
    unsigned tz = MIN(trailing_zeros(a, width), trailing_zeros(b, width));

    switch (opc) {
    case INDEX_op_add:
        r.maybe = low_mask(MAX(length(a), length(b)) + 1, width);
        r.signs = MAX(MIN(a->signs, b->signs), 2) - 1;
        break;
    case INDEX_op_sub: r.signs = MAX(MIN(a->signs, b->signs), 2) - 1; break;
    case INDEX_op_mul:
        r.maybe = low_mask(length(a) + length(b), width);
        tz = MIN(trailing_zeros(a, width) + trailing_zeros(b, width), width);
        break;
    case INDEX_op_divu:
        r.maybe = low_mask(length(a), width);
        tz = 0;
        break;
    case INDEX_op_remu:
        /* b is not 0, but if it is after all, say nothing about it */
        r.maybe = low_mask(b->maybe ? MIN(length(a), length(b)) : length(a), width);
        tz = 0;
        break;
    default: tz = 0; break;
    }
    r.maybe &= tz == width ? 0 : UINT64_MAX << tz;
    return r;
}

/* Shifts by an unknown count; those by a constant only move bits about (bits_moved). */
static TCGBits bits_shift(TCGOpcode opc, const TCGBits *a, unsigned width)
{
    TCGBits r = unknown(width);
    bool positive = !(a->maybe >> (width - 1));

    switch (opc) {
    case INDEX_op_shl: r.maybe &= a->maybe ? UINT64_MAX << trailing_zeros(a, width) : 0; break;
    case INDEX_op_sar:
        r.signs = a->signs;
        if (!positive) {
            break;
        }
        /* fall through */
    case INDEX_op_shr: r.maybe = low_mask(length(a), width); break;
    default: break;
    }
    return r;
}

/*
 * Ops that only move, drop and repeat bits of their inputs do the same to the masks: the evaluator
 * serves for both. Constants other than the op's own cargs (shift counts) come in as they are.
 */
static TCGBits bits_moved(Optimizer *o, const TCGOp *op, unsigned width)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];
    uint64_t maybe[4], ones[4], out_maybe = 0, out_ones = 0;

    for (unsigned i = 0; i < def->nb_iargs; i++) {
        const TCGBits *b = opt_bits(o, op->args[def->nb_oargs + i]);
        maybe[i] = b->maybe;
        ones[i] = b->ones;
    }
    if (!tcg_eval_op(op, maybe, &out_maybe) || !tcg_eval_op(op, ones, &out_ones)) {
        return unknown(width);
    }
    uint64_t mask = tcg_mask(0, width);
    return (TCGBits){.maybe = out_maybe & mask, .ones = out_ones & mask, .signs = 1};
}

/* Result of `len` bits, sign- or zero-extended. */
static TCGBits bits_loaded(unsigned len, bool sign, unsigned width)
{
    TCGBits r = unknown(width);

    if (sign) {
        r.signs = width - len + 1;
    } else {
        r.maybe = tcg_mask(0, len);
    }
    return r;
}

TCGBits tcg_known_bits(Optimizer *o, const TCGOp *op)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];
    unsigned width = tcg_type_bits(op->type);
    const uint32_t *c = &op->args[def->nb_oargs + def->nb_iargs];
    const TCGBits *a = def->nb_iargs > 0 ? opt_bits(o, op->args[1]) : NULL;
    const TCGBits *b = def->nb_iargs > 1 ? opt_bits(o, op->args[2]) : NULL;
    TCGBits r = unknown(width);

    switch (op->opc) {
    case INDEX_op_and:
    case INDEX_op_or:
    case INDEX_op_xor:
    case INDEX_op_andc:
    case INDEX_op_orc:
    case INDEX_op_eqv:
    case INDEX_op_nand:
    case INDEX_op_nor: r = bits_logic(op->opc, a, b, width); break;
    case INDEX_op_not: r = inverted(a, width); break;
    case INDEX_op_neg:
        r.maybe &= a->maybe ? UINT64_MAX << trailing_zeros(a, width) : 0;
        r.signs = a->maybe <= 1 ? width : MAX(a->signs, 2) - 1;
        break;
    case INDEX_op_add:
    case INDEX_op_sub:
    case INDEX_op_mul:
    case INDEX_op_divu:
    case INDEX_op_remu: r = bits_arith(op->opc, a, b, width); break;

    case INDEX_op_shl:
    case INDEX_op_shr:
    case INDEX_op_sar:
    case INDEX_op_rotl:
    case INDEX_op_rotr:
        if (!opt_is_const(o, op->args[2])) {
            r = bits_shift(op->opc, a, width);
            break;
        }
        r = bits_moved(o, op, width);
        unsigned n = opt_val(o, op->args[2]) & (width - 1);
        if (op->opc == INDEX_op_sar) {
            r.signs = MIN(a->signs + n, width);
        } else if (op->opc == INDEX_op_shl && a->signs > n) {
            r.signs = a->signs - n;
        }
        break;

    case INDEX_op_deposit:
        r = bits_moved(o, op, width);
        if (c[0] + c[1] < width) {
            /* what stands above the field stays */
            r.signs = MIN(a->signs, width - (c[0] + c[1]));
        }
        break;
    case INDEX_op_extract:
    case INDEX_op_bswap16:
    case INDEX_op_bswap32:
    case INDEX_op_bswap64:
    case INDEX_op_extu_i32:
    case INDEX_op_extrh_i64: r = bits_moved(o, op, width); break;
    case INDEX_op_sextract:
        r = bits_moved(o, op, width);
        r.signs = width - c[1] + 1;
        if (c[0] == 0) {
            r.signs = MAX(r.signs, a->signs);
        }
        break;
    case INDEX_op_ext_i32:
        r = bits_moved(o, op, width);
        r.signs = a->signs + 32;
        break;
    case INDEX_op_extrl_i64:
        r = bits_moved(o, op, width);
        r.signs = a->signs > 32 ? a->signs - 32 : 1;
        break;

    case INDEX_op_setcond: r.maybe = 1; break;
    case INDEX_op_negsetcond: r.signs = width; break;
    case INDEX_op_movcond: {
        const TCGBits *t = opt_bits(o, op->args[3]), *f = opt_bits(o, op->args[4]);
        r.maybe = t->maybe | f->maybe;
        r.ones = t->ones & f->ones;
        r.signs = MIN(t->signs, f->signs);
        break;
    }
    case INDEX_op_clz:
    case INDEX_op_ctz:
        r.maybe = width - 1;
        if (!a->ones) {
            r.maybe |= b->maybe;
        }
        break;
    case INDEX_op_ctpop:
        r.maybe = low_mask(64 - leading_zeros(__builtin_popcountll(a->maybe), 64), width);
        break;

    case INDEX_op_ld8u: r = bits_loaded(8, false, width); break;
    case INDEX_op_ld8s: r = bits_loaded(8, true, width); break;
    case INDEX_op_ld16u: r = bits_loaded(16, false, width); break;
    case INDEX_op_ld16s: r = bits_loaded(16, true, width); break;
    case INDEX_op_ld32u: r = bits_loaded(32, false, width); break;
    case INDEX_op_ld32s: r = bits_loaded(32, true, width); break;
    case INDEX_op_qemu_ld:
        r = bits_loaded(memop_size(get_memop(c[0])) * 8, get_memop(c[0]) & MO_SIGN, width);
        break;
    default: return r;
    }
    r.signs = MAX(r.signs, tcg_bits_signs(r, width));
    return r;
}
