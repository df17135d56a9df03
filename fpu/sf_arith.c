/* SPDX-License-Identifier: MIT */
/*
 * Addition, subtraction, multiplication, division and square root in software (IEEE 754-2019
 * 5.4.1), each written once for both formats; see sf_internal.h for how.
 */
#include "sf_internal.h"
#include "sf_wide.h"

/* `a`, whose magnitude is not below b's, is an infinity or a NaN. */
SF_INLINE uint64_t add_special(int p, uint64_t a, uint64_t b, uint32_t *fflags)
{
    if (sf_is_nan(p, a) || sf_is_nan(p, b))
        return sf_nan_result(p, sf_is_snan(p, a) || sf_is_snan(p, b), fflags);
    if (sf_exp(p, b) == sf_emax(p) && a != b)
        return sf_invalid(p, fflags);
    return a;
}

SF_INLINE uint64_t add_any(int p, uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    /* Significands with the hidden bit at 62: ten or more guard bits below, one spare above. */
    uint64_t hidden = UINT64_C(1) << 62;
    uint64_t sig_a, sig_b, sig;
    int ea, eb, lead;
    bool sign;

    /* A zero's sum needs no care below, but the larger magnitude has to come first. */
    if (sf_abs(p, a) < sf_abs(p, b)) {
        uint64_t t = a;

        a = b;
        b = t;
    }
    ea = sf_exp(p, a);
    eb = sf_exp(p, b);
    if (ea == sf_emax(p))
        return add_special(p, a, b, fflags);
    sig_a = sf_frac(p, a) << (63 - p);
    sig_b = sf_frac(p, b) << (63 - p);
    if (ea)
        sig_a |= hidden;
    else
        ea = 1;
    if (eb)
        sig_b |= hidden;
    else
        eb = 1;
    sig_b = sf_shift_jam(sig_b, ea - eb);
    sign = sf_sign(p, a);
    if (sign == sf_sign(p, b)) {
        sig = sig_a + sig_b;
        if (!sig)
            return a;
    } else {
        sig = sig_a - sig_b;
        /* IEEE 754 6.3: an exact zero sum is +0, or -0 when rounding down. */
        if (!sig)
            return sf_signed(p, rm == SF_RDN, 0);
    }
    lead = __builtin_clzll(sig);
    return sf_round(p, sign, ea + 1 - lead, sig << lead, rm, fflags);
}

/* 0 * inf and the like; at least one operand is a zero, an infinity or a NaN. */
SF_INLINE uint64_t mul_special(int p, uint64_t a, uint64_t b, uint32_t *fflags)
{
    uint64_t abs_a = sf_abs(p, a);
    uint64_t abs_b = sf_abs(p, b);
    bool sign = sf_sign(p, a) != sf_sign(p, b);

    if (sf_is_nan(p, a) || sf_is_nan(p, b))
        return sf_nan_result(p, sf_is_snan(p, a) || sf_is_snan(p, b), fflags);
    if (abs_a == sf_inf(p) || abs_b == sf_inf(p)) {
        if (!abs_a || !abs_b)
            return sf_invalid(p, fflags);
        return sf_signed(p, sign, sf_inf(p));
    }
    return sf_signed(p, sign, 0);
}

SF_INLINE uint64_t mul_any(int p, uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    bool sign = sf_sign(p, a) != sf_sign(p, b);
    sf_num x, y;
    uint64_t sig;
    int exp;

    if (!sf_is_plain(p, a) || !sf_is_plain(p, b))
        return mul_special(p, a, b, fflags);
    x = sf_unpack(p, a);
    y = sf_unpack(p, b);
    if (p == SF_P32) {
        sig = (x.sig >> 32) * (y.sig >> 32);
    } else {
        sf_wide product = sf_wide_mul(x.sig, y.sig);

        sig = product.hi | (product.lo != 0);
    }
    /* The product of two numbers in [1, 2) is in [1, 4). */
    exp = x.exp + y.exp - sf_bias(p) + 1;
    if (!(sig & SF_TOP_BIT)) {
        sig <<= 1;
        exp--;
    }
    return sf_round(p, sign, exp, sig, rm, fflags);
}

/* At least one operand is a zero, an infinity or a NaN. */
SF_INLINE uint64_t div_special(int p, uint64_t a, uint64_t b, uint32_t *fflags)
{
    uint64_t abs_a = sf_abs(p, a);
    uint64_t abs_b = sf_abs(p, b);
    bool sign = sf_sign(p, a) != sf_sign(p, b);

    if (sf_is_nan(p, a) || sf_is_nan(p, b))
        return sf_nan_result(p, sf_is_snan(p, a) || sf_is_snan(p, b), fflags);
    if (abs_a == abs_b)
        return sf_invalid(p, fflags);
    if (abs_a == sf_inf(p))
        return sf_signed(p, sign, sf_inf(p));
    if (!abs_b) {
        *fflags |= SF_DZ;
        return sf_signed(p, sign, sf_inf(p));
    }
    return sf_signed(p, sign, 0);
}

SF_INLINE uint64_t div_any(int p, uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    bool sign = sf_sign(p, a) != sf_sign(p, b);
    sf_num x, y;
    uint64_t sig, rest;
    int exp;

    if (!sf_is_plain(p, a) || !sf_is_plain(p, b))
        return div_special(p, a, b, fflags);
    x = sf_unpack(p, a);
    y = sf_unpack(p, b);
    exp = x.exp - y.exp + sf_bias(p);
    /* Make the quotient of the significands lie in [1/2, 1) so that it fits below the top. */
    if (x.sig >= y.sig)
        x.sig >>= 1;
    else
        exp--;
    if (p == SF_P32) {
        /* x < 2^63, y's low 40 bits are clear: a quotient of 32 bits is more than enough. */
        uint64_t divisor = y.sig >> 32;

        sig = x.sig / divisor;
        rest = x.sig % divisor;
        sig <<= 32;
    } else {
        sig = sf_wide_div((sf_wide){x.sig, 0}, y.sig, &rest);
    }
    return sf_round(p, sign, exp, sig | (rest != 0), rm, fflags);
}

/*
 * Digit by digit: each step takes in two more bits of the radicand and finds one more bit of the
 * root, since (2r + 1)^2 - (2r)^2 = 4r + 1.  What is left over says whether the root is exact.
 */
SF_INLINE uint64_t sqrt_any(int p, uint64_t a, unsigned rm, uint32_t *fflags)
{
    uint64_t radicand, root, rest;
    sf_num x;
    int exp, i;

    if (!sf_is_plain(p, a) || sf_sign(p, a)) {
        if (sf_is_nan(p, a))
            return sf_nan_result(p, sf_is_snan(p, a), fflags);
        if (!sf_abs(p, a) || !sf_sign(p, a))
            return a;
        return sf_invalid(p, fflags);
    }
    x = sf_unpack(p, a);
    /* Write a as m * 4^e with 1 <= m < 4; the root is sqrt(m) * 2^e with 1 <= sqrt(m) < 2. */
    exp = x.exp - sf_bias(p);
    radicand = x.sig;
    if (exp & 1) {
        /* m in [2, 4): the first digit pair is the top two bits. */
        rest = radicand >> 62;
        radicand <<= 2;
        exp--;
    } else {
        rest = radicand >> 63;
        radicand <<= 1;
    }
    root = 1;
    rest -= 1;
    /* p + 1 more bits: one for rounding, one to spare. */
    for (i = 0; i < p + 1; i++) {
        uint64_t trial = root << 2 | 1;
        uint64_t fits;

        rest = rest << 2 | radicand >> 62;
        radicand <<= 2;
        /* Without a branch, for no host could predict it. */
        fits = rest >= trial;
        rest -= trial & -fits;
        root = root << 1 | fits;
    }
    root <<= 64 - (p + 2);
    return sf_round(p, false, exp / 2 + sf_bias(p), root | (rest != 0), rm, fflags);
}

uint32_t sf_add32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)add_any(SF_P32, a, b, rm, fflags);
}

uint64_t sf_add64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    return add_any(SF_P64, a, b, rm, fflags);
}

uint32_t sf_sub32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags)
{
    return sf_add32(a, b ^ (uint32_t)sf_sign_bit(SF_P32), rm, fflags);
}

uint64_t sf_sub64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    return sf_add64(a, b ^ sf_sign_bit(SF_P64), rm, fflags);
}

uint32_t sf_mul32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)mul_any(SF_P32, a, b, rm, fflags);
}

uint64_t sf_mul64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    return mul_any(SF_P64, a, b, rm, fflags);
}

uint32_t sf_div32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)div_any(SF_P32, a, b, rm, fflags);
}

uint64_t sf_div64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    return div_any(SF_P64, a, b, rm, fflags);
}

uint32_t sf_sqrt32(uint32_t a, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)sqrt_any(SF_P32, a, rm, fflags);
}

uint64_t sf_sqrt64(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return sqrt_any(SF_P64, a, rm, fflags);
}
