/* SPDX-License-Identifier: MIT */
/*
 * The operations of softfloat.h on the host's binary32 and binary64 arithmetic, wherever result
 * and flags are provably those of the software.
 *
 * hf_X(...) has the contract of sf_X(...), always.  The inline hf_try_X(..., &r) does the part the
 * host can: it returns true with the result in *r and the flags raised, or false with *fflags as it
 * was (then call sf_X).  hf_X is the two together.
 *
 * What is relied upon: the host's float and double are IEEE 754 binary32 and binary64, evaluated
 * in their own precision (no x87), in round-to-nearest-even with subnormal numbers intact, and
 * never contracted into fused operations.  That is x86-64 SSE2, AArch64 and Wasm at their defaults,
 * *built with -ffp-contract=off*: GCC ignores the standard's pragma, so the build must pass the
 * option to whatever includes this header.  The host's exception flags are not read.  (Without
 * -fno-math-errno the compiler may want libm for the square root.)
 *
 * Why the results are right, in general: with rm = RNE the host's finite result is the correctly
 * rounded one by IEEE 754.  If in addition it is larger in magnitude than the smallest normal
 * number and finite, neither OF nor UF can be due; NaN and infinite operands give NaN, infinity or
 * (division) zero, all of which take the software's way.  What remains is NX, for which every
 * function below has an exact test of its own.
 */
#ifndef WEFT_FPU_HARDFLOAT_H
#define WEFT_FPU_HARDFLOAT_H

#include <float.h>
#include <string.h>

#include "softfloat.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif
#ifdef __FAST_MATH__
#error "hardfloat.h needs IEEE 754 arithmetic: do not build with -ffast-math"
#endif
_Static_assert(FLT_EVAL_METHOD == 0, "float and double have to be evaluated in their precision");
_Static_assert(FLT_MANT_DIG == 24 && DBL_MANT_DIG == 53, "not IEEE 754 binary32 and binary64");

static inline float hf_float(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof(f));
    return f;
}

static inline uint32_t hf_bits32(float f)
{
    uint32_t bits;

    memcpy(&bits, &f, sizeof(bits));
    return bits;
}

static inline double hf_double(uint64_t bits)
{
    double d;

    memcpy(&d, &bits, sizeof(d));
    return d;
}

static inline uint64_t hf_bits64(double d)
{
    uint64_t bits;

    memcpy(&bits, &d, sizeof(bits));
    return bits;
}

/* Finite, and of greater magnitude than the smallest normal number. */
static inline bool hf_is_safe32(uint32_t bits)
{
    return (bits & 0x7fffffffu) - 0x00800001u < 0x7f800000u - 0x00800001u;
}

static inline bool hf_is_safe64(uint64_t bits)
{
    const uint64_t min = UINT64_C(0x0010000000000001);

    return (bits & (UINT64_MAX >> 1)) - min < UINT64_C(0x7ff0000000000000) - min;
}

static inline bool hf_is_zero32(uint32_t bits)
{
    return !(bits << 1);
}

static inline bool hf_is_zero64(uint64_t bits)
{
    return !(bits << 1);
}

/* What rounding took from s = RN(a + b): a + b - s, exactly (Knuth; no overflow on the way). */
static inline double hf_sum_error(double a, double b, double s)
{
    double b_part = s - a;
    double a_part = s - b_part;

    return (a - a_part) + (b - b_part);
}

/*
 * a + b rounded to odd: exact, or else the neighbour whose last bit is set.  Rounding that to a
 * format narrower by two bits or more is the same as rounding a + b directly.
 */
static inline double hf_odd_sum(double a, double b)
{
    double s = a + b;
    double error = hf_sum_error(a, b, s);
    uint64_t bits = hf_bits64(s);

    if (error != 0 && !(bits & 1)) {
        /* The exact sum lies on the side of s on which the error is. */
        bits += (error > 0) == (s > 0) ? 1 : UINT64_MAX;
        s = hf_double(bits);
    }
    return s;
}

/*
 * Sums are exact where they are subnormal, and never tiny and inexact, so only overflow needs care;
 * below 2^1023 (2^127) the error term's own operations do not overflow either.  An exact zero sum
 * has the sign the host gives it.
 */
static inline bool hf_try_add64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags, uint64_t *r)
{
    double x = hf_double(a), y = hf_double(b);
    double s = x + y;

    *r = hf_bits64(s);
    if (rm != SF_RNE || (*r << 1) >= UINT64_C(0x7fe0000000000000) << 1)
        return false;
    if (!(*fflags & SF_NX) && hf_sum_error(x, y, s) != 0)
        *fflags |= SF_NX;
    return true;
}

static inline bool hf_try_sub64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags, uint64_t *r)
{
    /* x - y is x + -y but for NaNs, which never get through. */
    return hf_try_add64(a, b ^ UINT64_C(1) << 63, rm, fflags, r);
}

/* As hf_try_add64, in the host's binary32. */
static inline bool hf_try_add32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags, uint32_t *r)
{
    float x = hf_float(a), y = hf_float(b);
    float s = x + y;

    *r = hf_bits32(s);
    if (rm != SF_RNE || (*r << 1) >= 0x7f000000u << 1)
        return false;
    if (!(*fflags & SF_NX)) {
        float y_part = s - x;
        float x_part = s - y_part;

        if ((x - x_part) + (y - y_part) != 0)
            *fflags |= SF_NX;
    }
    return true;
}

static inline bool hf_try_sub32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags, uint32_t *r)
{
    return hf_try_add32(a, b ^ UINT32_C(1) << 31, rm, fflags, r);
}

static inline int hf_exp64(uint64_t a)
{
    return (int)(a >> 52) & 0x7ff;
}

/* The significand of a normal number as an integer of 53 bits. */
static inline uint64_t hf_sig64(uint64_t a)
{
    return UINT64_C(1) << 52 | (a & (UINT64_MAX >> 12));
}

/*
 * The product of the significands has 105 bits, or 106 if the result's exponent is one above the
 * sum of the operands'; it is exact if all but the top 53 are zero, which its low 64 bits tell.
 * (Should rounding have carried into the exponent, some of the low 52 bits are set.)
 */
static inline bool hf_try_mul64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags, uint64_t *r)
{
    *r = hf_bits64(hf_double(a) * hf_double(b));
    if (rm != SF_RNE)
        return false;
    if (!hf_is_safe64(*r))
        /* A finite product is zero without underflow just when one factor is zero. */
        return hf_is_zero64(*r) && (hf_is_zero64(a) || hf_is_zero64(b));
    if (!(*fflags & SF_NX)) {
        int ea = hf_exp64(a), eb = hf_exp64(b);
        int low = 52 + (hf_exp64(*r) - (ea + eb - 1023));

        if (!ea || !eb)
            return false;
        if (hf_sig64(a) * hf_sig64(b) << (64 - low))
            *fflags |= SF_NX;
    }
    return true;
}

/* The product of two binary32 numbers has 48 bits: exact in binary64. */
static inline bool hf_try_mul32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags, uint32_t *r)
{
    double product = (double)hf_float(a) * (double)hf_float(b);
    float f = (float)product;

    *r = hf_bits32(f);
    if (rm != SF_RNE)
        return false;
    if (!hf_is_safe32(*r))
        return hf_is_zero32(*r) && (hf_is_zero32(a) || hf_is_zero32(b));
    if ((double)f != product)
        *fflags |= SF_NX;
    return true;
}

/*
 * The quotient is exact if it times the divisor is the dividend.  As integers, with the exponents
 * of two accounted for, the two differ by less than 2^53, so that the low 64 bits decide.
 */
static inline bool hf_try_div64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags, uint64_t *r)
{
    *r = hf_bits64(hf_double(a) / hf_double(b));
    if (rm != SF_RNE)
        return false;
    if (!hf_is_safe64(*r))
        /* 0 / 0 is a NaN, and 0 / infinity a zero like any other. */
        return hf_is_zero64(*r) && hf_is_zero64(a);
    if (!(*fflags & SF_NX)) {
        int ea = hf_exp64(a), eb = hf_exp64(b);
        int shift = 52 + ea - eb + 1023 - hf_exp64(*r);

        if (!ea || !eb)
            return false;
        if (hf_sig64(*r) * hf_sig64(b) != hf_sig64(a) << shift)
            *fflags |= SF_NX;
    }
    return true;
}

static inline bool hf_try_div32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags, uint32_t *r)
{
    float x = hf_float(a), y = hf_float(b);
    float f = x / y;

    *r = hf_bits32(f);
    if (rm != SF_RNE)
        return false;
    if (!hf_is_safe32(*r))
        return hf_is_zero32(*r) && hf_is_zero32(a);
    /* Exact in binary64 whatever the operands: 48 bits. */
    if ((double)f * (double)y != (double)x)
        *fflags |= SF_NX;
    return true;
}

/*
 * The root of a 53-bit number is exact only if it has at most 27 bits, for the square of an odd
 * number of n bits is odd and of 2n - 1 bits at least.  The squares of those have up to 54 bits and
 * are compared as integers (with one bit to spare: the root may have been rounded up to a power of
 * two).
 */
static inline bool hf_try_sqrt64(uint64_t a, unsigned rm, uint32_t *fflags, uint64_t *r)
{
    uint64_t upper;
    int shift;

    if (rm != SF_RNE)
        return false;
    if (!hf_is_safe64(a)) {
        *r = a;
        return hf_is_zero64(a);
    }
    if (a >> 63)
        return false;
    *r = hf_bits64(__builtin_sqrt(hf_double(a)));
    upper = hf_sig64(*r) >> 26;
    shift = hf_exp64(a) - 2 * hf_exp64(*r) + 1023;
    if (*r << (64 - 26) || upper * upper << 1 != hf_sig64(a) << (shift + 1))
        *fflags |= SF_NX;
    return true;
}

static inline bool hf_try_sqrt32(uint32_t a, unsigned rm, uint32_t *fflags, uint32_t *r)
{
    float x = hf_float(a);
    float root;

    if (rm != SF_RNE)
        return false;
    if (!hf_is_safe32(a)) {
        *r = a;
        return hf_is_zero32(a);
    }
    if (a >> 31)
        return false;
    root = __builtin_sqrtf(x);
    *r = hf_bits32(root);
    if ((double)root * (double)root != (double)x)
        *fflags |= SF_NX;
    return true;
}

/*
 * The product is exact in binary64.  Its sum with c, rounded to odd in binary64, rounds to
 * binary32 as the exact sum does (53 >= 24 + 2).
 */
static inline bool hf_try_fma32(uint32_t a, uint32_t b, uint32_t c, unsigned rm, uint32_t *fflags,
                                uint32_t *r)
{
    double product, sum;
    float f;

    if (rm != SF_RNE)
        return false;
    product = (double)hf_float(a) * (double)hf_float(b);
    sum = hf_odd_sum(product, (double)hf_float(c));
    f = (float)sum;
    *r = hf_bits32(f);
    if (!hf_is_safe32(*r))
        return false;
    /* A sum rounded to odd has bits below binary32's, so it differs from f. */
    if ((double)f != sum)
        *fflags |= SF_NX;
    return true;
}

/* The upper half of a double: 26 bits at most, and so is what is left (Veltkamp). */
static inline double hf_upper(double a)
{
    double t = a * 134217729.0; /* 2^27 + 1 */

    return t - (t - a);
}

/*
 * Boldo and Melquiond's fused multiply-add (IEEE Transactions on Computers 57(4), 2008): split the
 * product into u + ul (Dekker) and the sum into the three parts v + vl + tl, all without error;
 * round the sum of the small parts to odd, and the sum of that and v to nearest.  The exponents are
 * limited so that nothing overflows or underflows on the way.
 *
 * NX: either the small parts' sum is exact, and then so is what the last addition lost; or it was
 * rounded to odd, and then its last bit is set and lies below those of v and of the result, so that
 * the last addition is inexact as well.  (If v itself is as small as the small parts then it stems
 * from a cancellation, vl is zero, and their sum exact.)
 */
static inline bool hf_try_fma64(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags,
                                uint64_t *r)
{
    double x = hf_double(a), y = hf_double(b), z = hf_double(c);
    double x_hi, x_lo, y_hi, y_lo, u, ul, t, tl, v, vl, small, sum;

    if (rm != SF_RNE || (unsigned)(hf_exp64(a) - 623) > 800 ||
        (unsigned)(hf_exp64(b) - 623) > 800 ||
        ((unsigned)(hf_exp64(c) - 123) > 1800 && !hf_is_zero64(c)))
        return false;
    x_hi = hf_upper(x);
    x_lo = x - x_hi;
    y_hi = hf_upper(y);
    y_lo = y - y_hi;
    u = x * y;
    ul = x_lo * y_lo - (((u - x_hi * y_hi) - x_lo * y_hi) - x_hi * y_lo);

    t = z + ul;
    tl = hf_sum_error(z, ul, t);
    v = u + t;
    vl = hf_sum_error(u, t, v);
    small = hf_odd_sum(tl, vl);
    sum = v + small;
    *r = hf_bits64(sum);
    if (!hf_is_safe64(*r))
        return false;
    if (!(*fflags & SF_NX) && hf_sum_error(v, small, sum) != 0)
        *fflags |= SF_NX;
    return true;
}

/* The comparisons of numbers are the host's; only NaNs concern the flags. */
static inline bool hf_try_eq64(uint64_t a, uint64_t b, bool *r)
{
    double x = hf_double(a), y = hf_double(b);

    *r = x == y;
    return *r || !__builtin_isunordered(x, y);
}

static inline bool hf_try_lt64(uint64_t a, uint64_t b, bool *r)
{
    double x = hf_double(a), y = hf_double(b);

    *r = x < y;
    return *r || !__builtin_isunordered(x, y);
}

static inline bool hf_try_le64(uint64_t a, uint64_t b, bool *r)
{
    double x = hf_double(a), y = hf_double(b);

    *r = x <= y;
    return *r || !__builtin_isunordered(x, y);
}

static inline bool hf_try_eq32(uint32_t a, uint32_t b, bool *r)
{
    float x = hf_float(a), y = hf_float(b);

    *r = x == y;
    return *r || !__builtin_isunordered(x, y);
}

static inline bool hf_try_lt32(uint32_t a, uint32_t b, bool *r)
{
    float x = hf_float(a), y = hf_float(b);

    *r = x < y;
    return *r || !__builtin_isunordered(x, y);
}

static inline bool hf_try_le32(uint32_t a, uint32_t b, bool *r)
{
    float x = hf_float(a), y = hf_float(b);

    *r = x <= y;
    return *r || !__builtin_isunordered(x, y);
}

/* Any finite binary32 number is a binary64 number, in every rounding mode. */
static inline bool hf_try_f32_to_f64(uint32_t a, uint64_t *r)
{
    *r = hf_bits64((double)hf_float(a));
    return (a & 0x7f800000u) != 0x7f800000u;
}

static inline bool hf_try_f64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags, uint32_t *r)
{
    float f = (float)hf_double(a);

    *r = hf_bits32(f);
    if (rm != SF_RNE)
        return false;
    if (!hf_is_safe32(*r))
        return hf_is_zero64(a);
    if ((double)f != hf_double(a))
        *fflags |= SF_NX;
    return true;
}

/*
 * x rounded to an integer in [min, max], by any mode: truncation, the difference from it (which
 * x's own low bits are) and its comparison with one half are all exact.
 */
static inline bool hf_try_to_int(double x, int64_t min, int64_t max, unsigned rm, uint32_t *fflags,
                                 int64_t *r)
{
    double rest;
    int64_t i;

    /* Not for NaNs, either. */
    if (!(x > -9223372036854775808.0 && x < 9223372036854775808.0))
        return false;
    i = (int64_t)x;
    rest = x - (double)i;
    if (rest != 0) {
        double size = rest < 0 ? -rest : rest;
        bool away = false;

        switch (rm) {
        case SF_RNE: away = size > 0.5 || (size == 0.5 && (i & 1)); break;
        case SF_RMM: away = size >= 0.5; break;
        case SF_RDN: away = rest < 0; break;
        case SF_RUP: away = rest > 0; break;
        default: break;
        }
        if (away)
            i += rest < 0 ? -1 : 1;
    }
    if (i < min || i > max)
        return false;
    if (rest != 0)
        *fflags |= SF_NX;
    *r = i;
    return true;
}

/* An integer that turns out exact is so in every mode. */
static inline bool hf_try_i64_to_f64(int64_t a, unsigned rm, uint32_t *fflags, uint64_t *r)
{
    double d = (double)a;
    /* 2^63 can only have come from rounding up. */
    bool exact = d < 9223372036854775808.0 && (int64_t)d == a;

    *r = hf_bits64(d);
    if (exact)
        return true;
    if (rm != SF_RNE)
        return false;
    *fflags |= SF_NX;
    return true;
}

static inline bool hf_try_i64_to_f32(int64_t a, unsigned rm, uint32_t *fflags, uint32_t *r)
{
    float f = (float)a;
    bool exact = f < 9223372036854775808.0f && (int64_t)f == a;

    *r = hf_bits32(f);
    if (exact)
        return true;
    if (rm != SF_RNE)
        return false;
    *fflags |= SF_NX;
    return true;
}

/*
 * The contract of the sf_ function of the same name in softfloat.h, result and flags: see there for
 * units, ranges, errors and sections of the specification.
 */
uint32_t hf_add32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint64_t hf_add64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint32_t hf_sub32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint64_t hf_sub64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint32_t hf_mul32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint64_t hf_mul64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint32_t hf_div32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint64_t hf_div64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint32_t hf_sqrt32(uint32_t a, unsigned rm, uint32_t *fflags);
uint64_t hf_sqrt64(uint64_t a, unsigned rm, uint32_t *fflags);
uint32_t hf_fma32(uint32_t a, uint32_t b, uint32_t c, unsigned rm, uint32_t *fflags);
uint64_t hf_fma64(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);
bool hf_eq32(uint32_t a, uint32_t b, uint32_t *fflags);
bool hf_eq64(uint64_t a, uint64_t b, uint32_t *fflags);
bool hf_lt32(uint32_t a, uint32_t b, uint32_t *fflags);
bool hf_lt64(uint64_t a, uint64_t b, uint32_t *fflags);
bool hf_le32(uint32_t a, uint32_t b, uint32_t *fflags);
bool hf_le64(uint64_t a, uint64_t b, uint32_t *fflags);
uint64_t hf_f32_to_f64(uint32_t a, uint32_t *fflags);
uint32_t hf_f64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags);
int32_t hf_f32_to_i32(uint32_t a, unsigned rm, uint32_t *fflags);
int32_t hf_f64_to_i32(uint64_t a, unsigned rm, uint32_t *fflags);
uint32_t hf_f32_to_u32(uint32_t a, unsigned rm, uint32_t *fflags);
uint32_t hf_f64_to_u32(uint64_t a, unsigned rm, uint32_t *fflags);
int64_t hf_f32_to_i64(uint32_t a, unsigned rm, uint32_t *fflags);
int64_t hf_f64_to_i64(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t hf_f32_to_u64(uint32_t a, unsigned rm, uint32_t *fflags);
uint64_t hf_f64_to_u64(uint64_t a, unsigned rm, uint32_t *fflags);
uint32_t hf_i32_to_f32(int32_t a, unsigned rm, uint32_t *fflags);
uint64_t hf_i32_to_f64(int32_t a, unsigned rm, uint32_t *fflags);
uint32_t hf_u32_to_f32(uint32_t a, unsigned rm, uint32_t *fflags);
uint64_t hf_u32_to_f64(uint32_t a, unsigned rm, uint32_t *fflags);
uint32_t hf_i64_to_f32(int64_t a, unsigned rm, uint32_t *fflags);
uint64_t hf_i64_to_f64(int64_t a, unsigned rm, uint32_t *fflags);
uint32_t hf_u64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t hf_u64_to_f64(uint64_t a, unsigned rm, uint32_t *fflags);

#endif
