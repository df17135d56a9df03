/* SPDX-License-Identifier: MIT */
/* Fused multiply-add in software (IEEE 754-2019 5.4.1). */
#include "sf_internal.h"
#include "sf_wide.h"

/* At least one of a and b is zero, or one of the three is zero, infinite or a NaN. */
SF_INLINE uint64_t fma_special(int p, uint64_t a, uint64_t b, uint64_t c, unsigned rm,
                               uint32_t *fflags)
{
    bool signals = sf_is_snan(p, a) || sf_is_snan(p, b) || sf_is_snan(p, c);
    bool product_sign = sf_sign(p, a) != sf_sign(p, b);
    uint64_t abs_a = sf_abs(p, a);
    uint64_t abs_b = sf_abs(p, b);
    uint64_t inf = sf_inf(p);

    if ((abs_a == inf && !abs_b) || (!abs_a && abs_b == inf))
        return sf_invalid(p, fflags);
    if (abs_a > inf || abs_b > inf || sf_is_nan(p, c))
        return sf_nan_result(p, signals, fflags);
    if (abs_a == inf || abs_b == inf) {
        if (sf_abs(p, c) == inf && sf_sign(p, c) != product_sign)
            return sf_invalid(p, fflags);
        return sf_signed(p, product_sign, inf);
    }
    /* The product is finite, so if c is not zero here either c is infinite or the product zero. */
    if (sf_abs(p, c))
        return c;
    /* Two zeros: IEEE 754 6.3. */
    return product_sign == sf_sign(p, c) ? c : sf_signed(p, rm == SF_RDN, 0);
}

/*
 * The sum of the product of x and y (finite and not zero) and c, for binary32: the product's 48
 * bits and 15 guard bits fit into 64.
 */
SF_INLINE uint64_t fma_narrow(bool sign, sf_num x, sf_num y, uint64_t c, unsigned rm,
                              uint32_t *fflags)
{
    const int p = SF_P32;
    /* Bit 62 has the weight 2^(exp - bias). */
    uint64_t sum = (x.sig >> 32) * (y.sig >> 32) >> 1;
    int exp = x.exp + y.exp - sf_bias(p) + 1;
    int lead;

    if (sf_abs(p, c)) {
        sf_num z = sf_unpack(p, c);

        z.sig >>= 1;
        if (exp >= z.exp) {
            z.sig = sf_shift_jam(z.sig, exp - z.exp);
        } else {
            sum = sf_shift_jam(sum, z.exp - exp);
            exp = z.exp;
        }
        if (sign == sf_sign(p, c)) {
            sum += z.sig;
        } else if (sum >= z.sig) {
            sum -= z.sig;
            if (!sum)
                return sf_signed(p, rm == SF_RDN, 0);
        } else {
            sum = z.sig - sum;
            sign = !sign;
        }
    }
    lead = __builtin_clzll(sum);
    return sf_round(p, sign, exp + 1 - lead, sum << lead, rm, fflags);
}

/* The same for binary64, whose product has 106 bits, in 128. */
SF_INLINE uint64_t fma_wide(bool sign, sf_num x, sf_num y, uint64_t c, unsigned rm,
                            uint32_t *fflags)
{
    const int p = SF_P64;
    /* Bit 126 has the weight 2^(exp - bias); the product's 21 lowest bits are clear. */
    sf_wide sum = sf_wide_mul(x.sig, y.sig >> 1);
    int exp = x.exp + y.exp - sf_bias(p) + 1;
    int lead;

    if (sf_abs(p, c)) {
        sf_num n = sf_unpack(p, c);
        sf_wide z = {n.sig >> 1, 0};

        /*
         * The sticky bit is never part of a result that needs it exactly: only a shift by more
         * than 21 (the product) or 74 (c) loses bits, and then the other operand is so much
         * larger that the sum keeps more than 64 bits above the sticky one.
         */
        if (exp >= n.exp) {
            z = sf_wide_shift_jam(z, exp - n.exp);
        } else {
            sum = sf_wide_shift_jam(sum, n.exp - exp);
            exp = n.exp;
        }
        if (sign == sf_sign(p, c)) {
            sum = sf_wide_add(sum, z);
        } else if (!sf_wide_less(sum, z)) {
            sum = sf_wide_sub(sum, z);
            if (!(sum.hi | sum.lo))
                return sf_signed(p, rm == SF_RDN, 0);
        } else {
            sum = sf_wide_sub(z, sum);
            sign = !sign;
        }
    }
    if (!sum.hi) {
        /* Cancellation this deep has lost nothing to the sticky bit. */
        sum = (sf_wide){sum.lo, 0};
        exp -= 64;
    }
    lead = __builtin_clzll(sum.hi);
    if (lead)
        sum = (sf_wide){sum.hi << lead | sum.lo >> (64 - lead), sum.lo << lead};
    return sf_round(p, sign, exp + 1 - lead, sum.hi | (sum.lo != 0), rm, fflags);
}

SF_INLINE uint64_t fma_any(int p, uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags)
{
    bool sign = sf_sign(p, a) != sf_sign(p, b);

    if (!sf_is_plain(p, a) || !sf_is_plain(p, b) || sf_exp(p, c) == sf_emax(p))
        return fma_special(p, a, b, c, rm, fflags);
    if (p == SF_P32)
        return fma_narrow(sign, sf_unpack(p, a), sf_unpack(p, b), c, rm, fflags);
    return fma_wide(sign, sf_unpack(p, a), sf_unpack(p, b), c, rm, fflags);
}

uint32_t sf_fma32(uint32_t a, uint32_t b, uint32_t c, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)fma_any(SF_P32, a, b, c, rm, fflags);
}

uint64_t sf_fma64(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags)
{
    return fma_any(SF_P64, a, b, c, rm, fflags);
}
