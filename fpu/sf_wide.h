/* SPDX-License-Identifier: MIT */
/*
 * The 128-bit integers the software floating-point files need, as pairs of 64-bit words: a Wasm
 * host has neither a widening multiplication nor 128-bit shifts but as calls of library routines.
 */
#ifndef WEFT_FPU_SF_WIDE_H
#define WEFT_FPU_SF_WIDE_H

#include "sf_internal.h"

typedef struct sf_wide {
    uint64_t hi;
    uint64_t lo;
} sf_wide;

/* a * b from four 32-bit products. */
SF_INLINE sf_wide sf_wide_mul_parts(uint64_t a, uint64_t b)
{
    uint64_t a_hi = a >> 32, a_lo = (uint32_t)a;
    uint64_t b_hi = b >> 32, b_lo = (uint32_t)b;
    uint64_t low = a_lo * b_lo;
    uint64_t mid = a_hi * b_lo + (low >> 32);
    uint64_t mid2 = a_lo * b_hi + (uint32_t)mid;

    return (sf_wide){a_hi * b_hi + (mid >> 32) + (mid2 >> 32), mid2 << 32 | (uint32_t)low};
}

SF_INLINE sf_wide sf_wide_mul(uint64_t a, uint64_t b)
{
#ifdef __wasm__
    return sf_wide_mul_parts(a, b);
#else
    unsigned __int128 product = (unsigned __int128)a * b;

    return (sf_wide){(uint64_t)(product >> 64), (uint64_t)product};
#endif
}

SF_INLINE sf_wide sf_wide_add(sf_wide a, sf_wide b)
{
    uint64_t lo = a.lo + b.lo;

    return (sf_wide){a.hi + b.hi + (lo < a.lo), lo};
}

SF_INLINE sf_wide sf_wide_sub(sf_wide a, sf_wide b)
{
    return (sf_wide){a.hi - b.hi - (a.lo < b.lo), a.lo - b.lo};
}

SF_INLINE bool sf_wide_less(sf_wide a, sf_wide b)
{
    return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

/* a >> n for any n >= 0, the lowest bit being set if any set bit was shifted out. */
SF_INLINE sf_wide sf_wide_shift_jam(sf_wide a, int n)
{
    if (n == 0)
        return a;
    if (n < 64)
        return (sf_wide){a.hi >> n, a.hi << (64 - n) | a.lo >> n | ((a.lo << (64 - n)) != 0)};
    return (sf_wide){0, sf_shift_jam(a.hi, n - 64) | (a.lo != 0)};
}

/* One 32-bit digit of a long division: *rest * 2^32 + next over d, where *rest < d. */
SF_INLINE uint64_t sf_wide_digit(uint64_t *rest, uint32_t next, uint64_t d)
{
    uint64_t digit = *rest / (d >> 32);
    uint64_t left = *rest % (d >> 32);

    /* The estimate from d's upper half is never too small and at most two too large. */
    while (digit >> 32 || digit * (uint32_t)d > (left << 32 | next)) {
        digit--;
        left += d >> 32;
        if (left >> 32)
            break;
    }
    *rest = (*rest << 32 | next) - digit * d;
    return digit;
}

/* a / d and the remainder, for bit 63 of d set and a.hi < d (so that the quotient fits). */
SF_INLINE uint64_t sf_wide_div(sf_wide a, uint64_t d, uint64_t *rest)
{
    uint64_t upper, lower;

    *rest = a.hi;
    upper = sf_wide_digit(rest, (uint32_t)(a.lo >> 32), d);
    lower = sf_wide_digit(rest, (uint32_t)a.lo, d);
    return upper << 32 | lower;
}

#endif
