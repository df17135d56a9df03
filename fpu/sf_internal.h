/* SPDX-License-Identifier: MIT */
/*
 * Pieces shared by the software floating-point files: taking a number apart, shifting with a
 * sticky bit, and the one rounding routine every operation ends in.
 *
 * Everything is generic over the format, which is named by its precision `p` (24 for binary32, 53
 * for binary64).  All functions are forced inline and always called with a constant p, so that each
 * caller gets code specialised for its format.
 */
#ifndef WEFT_FPU_SF_INTERNAL_H
#define WEFT_FPU_SF_INTERNAL_H

#include "softfloat.h"

#define SF_INLINE static inline __attribute__((always_inline))

#define SF_TOP_BIT (UINT64_C(1) << 63)

/* The precisions of the two formats. */
enum { SF_P32 = 24, SF_P64 = 53 };

/* The exponent field of infinities and NaNs. */
SF_INLINE int sf_emax(int p)
{
    return p == SF_P64 ? 0x7ff : 0xff;
}

SF_INLINE int sf_bias(int p)
{
    return sf_emax(p) >> 1;
}

SF_INLINE uint64_t sf_inf(int p)
{
    return (uint64_t)sf_emax(p) << (p - 1);
}

SF_INLINE uint64_t sf_nan(int p)
{
    return p == SF_P64 ? SF_NAN64 : SF_NAN32;
}

SF_INLINE uint64_t sf_sign_bit(int p)
{
    return p == SF_P64 ? SF_TOP_BIT : UINT64_C(1) << 31;
}

SF_INLINE bool sf_sign(int p, uint64_t a)
{
    return (a & sf_sign_bit(p)) != 0;
}

SF_INLINE int sf_exp(int p, uint64_t a)
{
    return (int)(a >> (p - 1)) & sf_emax(p);
}

SF_INLINE uint64_t sf_frac(int p, uint64_t a)
{
    return a & ((UINT64_C(1) << (p - 1)) - 1);
}

/* The pattern without its sign. */
SF_INLINE uint64_t sf_abs(int p, uint64_t a)
{
    return a & (sf_sign_bit(p) - 1);
}

SF_INLINE bool sf_is_nan(int p, uint64_t a)
{
    return sf_abs(p, a) > sf_inf(p);
}

/* A NaN whose top fraction bit is clear (IEEE 754 6.2.1). */
SF_INLINE bool sf_is_snan(int p, uint64_t a)
{
    return sf_is_nan(p, a) && !(a >> (p - 2) & 1);
}

/* Neither zero nor infinite nor NaN. */
SF_INLINE bool sf_is_plain(int p, uint64_t a)
{
    return sf_abs(p, a) - 1 < sf_inf(p) - 1;
}

SF_INLINE uint64_t sf_signed(int p, bool sign, uint64_t magnitude)
{
    return (sign ? sf_sign_bit(p) : 0) | magnitude;
}

SF_INLINE uint64_t sf_invalid(int p, uint32_t *fflags)
{
    *fflags |= SF_NV;
    return sf_nan(p);
}

/* The canonical NaN that results from operands some of which are NaNs; SF_NV if one signals. */
SF_INLINE uint64_t sf_nan_result(int p, bool any_signals, uint32_t *fflags)
{
    if (any_signals)
        *fflags |= SF_NV;
    return sf_nan(p);
}

/* a >> n for any n >= 0, the lowest bit being set if any set bit was shifted out. */
SF_INLINE uint64_t sf_shift_jam(uint64_t a, int n)
{
    if (n == 0)
        return a;
    if (n > 63)
        return a != 0;
    return a >> n | ((a << (64 - n)) != 0);
}

/* A significand and the exponent of its leading bit: sig * 2^(exp - bias - 63). */
typedef struct sf_num {
    uint64_t sig; /* bit 63 set */
    int exp;      /* biased; below 1 for subnormal numbers */
} sf_num;

/* The magnitude of a finite non-zero number. */
SF_INLINE sf_num sf_unpack(int p, uint64_t a)
{
    sf_num n;
    uint64_t frac = sf_frac(p, a);

    n.exp = sf_exp(p, a);
    if (n.exp) {
        n.sig = SF_TOP_BIT | frac << (64 - p);
    } else {
        int lead = __builtin_clzll(frac);

        n.sig = frac << lead;
        n.exp = 1 - (lead - (64 - p));
    }
    return n;
}

/*
 * What to add to the bits to be cut off (those of `mask`) so that their carry rounds the kept ones;
 * right but for SF_RNE's ties, which it rounds away from zero.
 */
SF_INLINE uint64_t sf_increment(bool sign, unsigned rm, uint64_t mask)
{
    switch (rm) {
    case SF_RNE:
    case SF_RMM: return (mask >> 1) + 1;
    case SF_RDN: return sign ? mask : 0;
    case SF_RUP: return sign ? 0 : mask;
    default: return 0;
    }
}

/* sig without its lowest 64 - p bits, rounded by `rm`; a carry makes it as much as 2^p. */
SF_INLINE uint64_t sf_round_sig(int p, bool sign, uint64_t sig, unsigned rm)
{
    int drop = 64 - p;
    uint64_t mask = (UINT64_C(1) << drop) - 1;
    uint64_t half = (mask >> 1) + 1;
    uint64_t rest = sig & mask;
    uint64_t kept = (sig >> drop) + ((rest + sf_increment(sign, rm, mask)) >> drop);

    if (rm == SF_RNE && rest == half)
        kept &= ~UINT64_C(1);
    return kept;
}

/* The cases of sf_round whose exponent is outside the normal range before rounding. */
SF_INLINE uint64_t sf_round_extreme(int p, bool sign, int exp, uint64_t sig, unsigned rm,
                                    uint32_t *fflags)
{
    uint64_t kept;
    bool tiny;

    if (exp >= sf_emax(p)) {
        /* IEEE 754 7.4: infinity if rounding away from zero, else the largest number. */
        *fflags |= SF_OF | SF_NX;
        return sf_signed(p, sign, sf_inf(p) - !sf_increment(sign, rm, 3));
    }
    /*
     * IEEE 754 7.5, tininess after rounding: as if the exponent range were unbounded, the result
     * rounded to p bits would lie below the smallest normal number.
     */
    tiny = exp < 0 || sf_round_sig(p, sign, sig, rm) >> p == 0;
    sig = sf_shift_jam(sig, 1 - exp);
    kept = sf_round_sig(p, sign, sig, rm);
    if (sig & ((UINT64_C(1) << (64 - p)) - 1))
        *fflags |= tiny ? SF_NX | SF_UF : SF_NX;
    /* A carry into the hidden bit makes the smallest normal number, whose exponent is 1. */
    return sf_signed(p, sign, kept);
}

/*
 * The number with the sign `sign` and the magnitude sig * 2^(exp - bias - 63), rounded to the
 * format (IEEE 754 4.3 and clause 7).  Bit 63 of `sig` is set, and its bit 0 is sticky: it stands
 * for everything below.  Raises SF_NX, SF_UF and SF_OF.
 */
SF_INLINE uint64_t sf_round(int p, bool sign, int exp, uint64_t sig, unsigned rm, uint32_t *fflags)
{
    uint64_t r;

    if ((unsigned)(exp - 1) >= (unsigned)(sf_emax(p) - 1))
        return sf_round_extreme(p, sign, exp, sig, rm, fflags);
    if (sig & ((UINT64_C(1) << (64 - p)) - 1))
        *fflags |= SF_NX;
    /* The hidden bit, and a carry out of the significand, add themselves to the exponent. */
    r = ((uint64_t)(exp - 1) << (p - 1)) + sf_round_sig(p, sign, sig, rm);
    if (r >= sf_inf(p))
        *fflags |= SF_OF | SF_NX;
    return sf_signed(p, sign, r);
}

#endif
