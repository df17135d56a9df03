/* SPDX-License-Identifier: MIT */
/*
 * Comparisons, minimum and maximum, classification, and conversions between formats and to and
 * from integers, in software (IEEE 754-2019 5.4 to 5.11, 9.6; the RISC-V F and D chapters).
 */
#include "sf_internal.h"

/* A key that orders the non-NaN patterns of a format as the numbers, -0 just below +0. */
SF_INLINE int64_t order_key(int p, uint64_t a)
{
    int64_t magnitude = (int64_t)sf_abs(p, a);

    return sf_sign(p, a) ? ~magnitude : magnitude;
}

SF_INLINE bool unordered(int p, uint64_t a, uint64_t b)
{
    return sf_is_nan(p, a) || sf_is_nan(p, b);
}

SF_INLINE bool both_zero(int p, uint64_t a, uint64_t b)
{
    return !sf_abs(p, a | b);
}

SF_INLINE bool eq_any(int p, uint64_t a, uint64_t b, uint32_t *fflags)
{
    if (unordered(p, a, b)) {
        if (sf_is_snan(p, a) || sf_is_snan(p, b))
            *fflags |= SF_NV;
        return false;
    }
    return a == b || both_zero(p, a, b);
}

SF_INLINE bool lt_any(int p, uint64_t a, uint64_t b, uint32_t *fflags)
{
    if (unordered(p, a, b)) {
        *fflags |= SF_NV;
        return false;
    }
    return order_key(p, a) < order_key(p, b) && !both_zero(p, a, b);
}

SF_INLINE bool le_any(int p, uint64_t a, uint64_t b, uint32_t *fflags)
{
    if (unordered(p, a, b)) {
        *fflags |= SF_NV;
        return false;
    }
    return order_key(p, a) <= order_key(p, b) || both_zero(p, a, b);
}

SF_INLINE uint64_t minmax_any(int p, uint64_t a, uint64_t b, bool max, uint32_t *fflags)
{
    if (unordered(p, a, b)) {
        if (sf_is_snan(p, a) || sf_is_snan(p, b))
            *fflags |= SF_NV;
        if (!sf_is_nan(p, a))
            return a;
        return sf_is_nan(p, b) ? sf_nan(p) : b;
    }
    return (order_key(p, a) < order_key(p, b)) != max ? a : b;
}

SF_INLINE unsigned class_any(int p, uint64_t a)
{
    bool sign = sf_sign(p, a);

    if (sf_is_nan(p, a))
        return sf_is_snan(p, a) ? SF_CLASS_SNAN : SF_CLASS_QNAN;
    if (sf_abs(p, a) == sf_inf(p))
        return sign ? SF_CLASS_NEG_INF : SF_CLASS_POS_INF;
    if (sf_exp(p, a))
        return sign ? SF_CLASS_NEG_NORMAL : SF_CLASS_POS_NORMAL;
    if (sf_frac(p, a))
        return sign ? SF_CLASS_NEG_SUBNORMAL : SF_CLASS_POS_SUBNORMAL;
    return sign ? SF_CLASS_NEG_ZERO : SF_CLASS_POS_ZERO;
}

/*
 * To an integer of `bits` bits, 32 or 64, `is_signed` or not; the result's bits are sign- or
 * zero-extended to 64.
 */
SF_INLINE uint64_t to_int(int p, uint64_t a, int bits, bool is_signed, unsigned rm,
                          uint32_t *fflags)
{
    uint64_t max = is_signed ? ((UINT64_C(1) << (bits - 1)) - 1) : ~UINT64_C(0) >> (64 - bits);
    uint64_t limit, magnitude, rest;
    bool sign = sf_sign(p, a);
    sf_num n;
    int shift;

    if (!sf_abs(p, a))
        return 0;
    if (sf_exp(p, a) == sf_emax(p) && sf_frac(p, a)) {
        *fflags |= SF_NV;
        return max;
    }
    /* The largest magnitude in the range on a's side of zero. */
    limit = !sign ? max : is_signed ? max + 1 : 0;
    n = sf_unpack(p, a);
    shift = 63 - (n.exp - sf_bias(p));
    if (shift < 0) {
        /* Infinite, or at least 2^64. */
        *fflags |= SF_NV;
        return sign ? -limit : max;
    }
    /* The integer part, and the fraction as a multiple of 2^-64 with a sticky lowest bit. */
    magnitude = shift < 64 ? n.sig >> shift : 0;
    rest = shift == 0 ? 0 : shift < 64 ? n.sig << (64 - shift) : sf_shift_jam(n.sig, shift - 64);
    switch (rm) {
    case SF_RNE: magnitude += rest > SF_TOP_BIT || (rest == SF_TOP_BIT && (magnitude & 1)); break;
    case SF_RMM: magnitude += rest >= SF_TOP_BIT; break;
    case SF_RDN: magnitude += sign && rest; break;
    case SF_RUP: magnitude += !sign && rest; break;
    default: break;
    }
    if (magnitude > limit) {
        *fflags |= SF_NV;
        magnitude = limit;
    } else if (rest) {
        *fflags |= SF_NX;
    }
    return sign ? -magnitude : magnitude;
}

SF_INLINE uint64_t from_int(int p, bool sign, uint64_t magnitude, unsigned rm, uint32_t *fflags)
{
    int lead;

    if (!magnitude)
        return 0;
    lead = __builtin_clzll(magnitude);
    return sf_round(p, sign, sf_bias(p) + 63 - lead, magnitude << lead, rm, fflags);
}

SF_INLINE uint64_t from_signed(int p, int64_t a, unsigned rm, uint32_t *fflags)
{
    return from_int(p, a < 0, a < 0 ? -(uint64_t)a : (uint64_t)a, rm, fflags);
}

uint64_t sf_f32_to_f64(uint32_t a, uint32_t *fflags)
{
    bool sign = sf_sign(SF_P32, a);
    uint64_t r;
    sf_num n;

    if (sf_is_nan(SF_P32, a))
        return sf_nan_result(SF_P64, sf_is_snan(SF_P32, a), fflags);
    if (sf_abs(SF_P32, a) == sf_inf(SF_P32))
        return sf_signed(SF_P64, sign, sf_inf(SF_P64));
    if (!sf_abs(SF_P32, a))
        return sf_signed(SF_P64, sign, 0);
    n = sf_unpack(SF_P32, a);
    n.exp += sf_bias(SF_P64) - sf_bias(SF_P32);
    r = ((uint64_t)n.exp << (SF_P64 - 1)) + (n.sig << 1 >> (64 - SF_P64 + 1));
    return sf_signed(SF_P64, sign, r);
}

uint32_t sf_f64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags)
{
    bool sign = sf_sign(SF_P64, a);
    sf_num n;

    if (sf_is_nan(SF_P64, a))
        return (uint32_t)sf_nan_result(SF_P32, sf_is_snan(SF_P64, a), fflags);
    if (sf_abs(SF_P64, a) == sf_inf(SF_P64))
        return (uint32_t)sf_signed(SF_P32, sign, sf_inf(SF_P32));
    if (!sf_abs(SF_P64, a))
        return (uint32_t)sf_signed(SF_P32, sign, 0);
    n = sf_unpack(SF_P64, a);
    n.exp += sf_bias(SF_P32) - sf_bias(SF_P64);
    return (uint32_t)sf_round(SF_P32, sign, n.exp, n.sig, rm, fflags);
}

uint32_t sf_min32(uint32_t a, uint32_t b, uint32_t *fflags)
{
    return (uint32_t)minmax_any(SF_P32, a, b, false, fflags);
}

uint64_t sf_min64(uint64_t a, uint64_t b, uint32_t *fflags)
{
    return minmax_any(SF_P64, a, b, false, fflags);
}

uint32_t sf_max32(uint32_t a, uint32_t b, uint32_t *fflags)
{
    return (uint32_t)minmax_any(SF_P32, a, b, true, fflags);
}

uint64_t sf_max64(uint64_t a, uint64_t b, uint32_t *fflags)
{
    return minmax_any(SF_P64, a, b, true, fflags);
}

bool sf_eq32(uint32_t a, uint32_t b, uint32_t *fflags)
{
    return eq_any(SF_P32, a, b, fflags);
}

bool sf_eq64(uint64_t a, uint64_t b, uint32_t *fflags)
{
    return eq_any(SF_P64, a, b, fflags);
}

bool sf_lt32(uint32_t a, uint32_t b, uint32_t *fflags)
{
    return lt_any(SF_P32, a, b, fflags);
}

bool sf_lt64(uint64_t a, uint64_t b, uint32_t *fflags)
{
    return lt_any(SF_P64, a, b, fflags);
}

bool sf_le32(uint32_t a, uint32_t b, uint32_t *fflags)
{
    return le_any(SF_P32, a, b, fflags);
}

bool sf_le64(uint64_t a, uint64_t b, uint32_t *fflags)
{
    return le_any(SF_P64, a, b, fflags);
}

unsigned sf_class32(uint32_t a)
{
    return class_any(SF_P32, a);
}

unsigned sf_class64(uint64_t a)
{
    return class_any(SF_P64, a);
}

int32_t sf_f32_to_i32(uint32_t a, unsigned rm, uint32_t *fflags)
{
    return (int32_t)to_int(SF_P32, a, 32, true, rm, fflags);
}

int32_t sf_f64_to_i32(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return (int32_t)to_int(SF_P64, a, 32, true, rm, fflags);
}

int64_t sf_f32_to_i64(uint32_t a, unsigned rm, uint32_t *fflags)
{
    return (int64_t)to_int(SF_P32, a, 64, true, rm, fflags);
}

int64_t sf_f64_to_i64(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return (int64_t)to_int(SF_P64, a, 64, true, rm, fflags);
}

uint32_t sf_f32_to_u32(uint32_t a, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)to_int(SF_P32, a, 32, false, rm, fflags);
}

uint32_t sf_f64_to_u32(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)to_int(SF_P64, a, 32, false, rm, fflags);
}

uint64_t sf_f32_to_u64(uint32_t a, unsigned rm, uint32_t *fflags)
{
    return to_int(SF_P32, a, 64, false, rm, fflags);
}

uint64_t sf_f64_to_u64(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return to_int(SF_P64, a, 64, false, rm, fflags);
}

uint32_t sf_i32_to_f32(int32_t a, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)from_signed(SF_P32, a, rm, fflags);
}

uint64_t sf_i32_to_f64(int32_t a, unsigned rm, uint32_t *fflags)
{
    return from_signed(SF_P64, a, rm, fflags);
}

uint32_t sf_i64_to_f32(int64_t a, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)from_signed(SF_P32, a, rm, fflags);
}

uint64_t sf_i64_to_f64(int64_t a, unsigned rm, uint32_t *fflags)
{
    return from_signed(SF_P64, a, rm, fflags);
}

uint32_t sf_u32_to_f32(uint32_t a, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)from_int(SF_P32, false, a, rm, fflags);
}

uint64_t sf_u32_to_f64(uint32_t a, unsigned rm, uint32_t *fflags)
{
    return from_int(SF_P64, false, a, rm, fflags);
}

uint32_t sf_u64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)from_int(SF_P32, false, a, rm, fflags);
}

uint64_t sf_u64_to_f64(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return from_int(SF_P64, false, a, rm, fflags);
}
