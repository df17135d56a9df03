/* SPDX-License-Identifier: MIT */
/*
 * Operands for the floating-point tests, at the edges of the formats more often than not.  A width
 * is 32 or 64 everywhere; patterns of binary32 come in the low half.
 */
#ifndef WEFT_TESTS_SOFTFLOAT_OPERANDS_H
#define WEFT_TESTS_SOFTFLOAT_OPERANDS_H

#include <stdbool.h>
#include <stdint.h>

static uint64_t rng_state;

static uint64_t rng(void)
{
    /* A Weyl sequence, mixed by two multiply-xorshift rounds. */
    uint64_t x = rng_state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    x = (x ^ x >> 29) * UINT64_C(0xa0761d6478bd642f);
    return x ^ x >> 32;
}

/* Uniform in 0..n-1, nearly. */
static int pick(int n)
{
    return (int)((rng() >> 33) % (uint64_t)n);
}

static int frac_bits(int width)
{
    return width == 64 ? 52 : 23;
}

static int exp_max(int width)
{
    return width == 64 ? 2047 : 255;
}

static uint64_t width_mask(int width)
{
    return width == 64 ? UINT64_MAX : UINT32_MAX;
}

/* A fraction: random, empty, full, sparse, or a run of ones at one of its ends. */
static uint64_t any_frac(int width)
{
    int bits = frac_bits(width);
    uint64_t mask = (UINT64_C(1) << bits) - 1;
    int k = pick(bits + 1);

    switch (pick(10)) {
    case 0: return 0;
    case 1: return mask;
    case 2: return (UINT64_C(1) << k) & mask;
    case 3: return (UINT64_C(1) << k) - 1;
    case 4: return mask & ~((UINT64_C(1) << k) - 1);
    case 5: return ((UINT64_C(1) << k) | (UINT64_C(1) << pick(bits))) & mask;
    case 6: return rng() & mask & ~((UINT64_C(1) << k) - 1);
    case 7: return ((rng() & 3) - (rng() & 3)) & mask;
    default: return rng() & mask;
    }
}

/* A number with the exponent field `exp`, clamped to those of finite numbers. */
static uint64_t number(int width, int exp)
{
    int max = exp_max(width) - 1;

    exp = exp < 0 ? 0 : exp > max ? max : exp;
    return (rng() & 1) << (width - 1) | (uint64_t)exp << frac_bits(width) | any_frac(width);
}

static int exp_field(int width, uint64_t a)
{
    return (int)(a >> frac_bits(width)) & exp_max(width);
}

static bool is_nan(int width, uint64_t a)
{
    return (a & width_mask(width) >> 1) > (uint64_t)exp_max(width) << frac_bits(width);
}

static bool is_signalling(int w, uint64_t a)
{
    return is_nan(w, a) && !(a >> (frac_bits(w) - 1) & 1);
}

static uint64_t edge(int width)
{
    uint64_t one = UINT64_C(1) << frac_bits(width);
    uint64_t inf = (uint64_t)exp_max(width) * one;
    uint64_t magnitudes[] = {
        0,
        0,
        1,
        2,
        one - 1,
        one,
        one + 1,
        inf - 1,
        inf - 2,
        inf,
        inf,
        inf - one,
        inf - one - 1,
        inf / 2,
        inf + 1,
        inf + one / 2,
        inf / 2 - one / 2,
        inf / 2 + one,
        inf + one / 2 - 1,
        inf | (rng() & (one - 1)),
        one + one / 2,
        2 * one,
    };

    return (rng() & 1) << (width - 1) |
           magnitudes[pick((int)(sizeof(magnitudes) / sizeof(magnitudes[0])))];
}

static uint64_t operand(int width)
{
    int max = exp_max(width);

    switch (pick(12)) {
    case 0:
    case 1: return edge(width);
    case 2: return rng() & width_mask(width);
    case 3: return number(width, 0);
    case 4: return number(width, pick(4));
    case 5: return number(width, max - 1 - pick(4));
    case 6: return number(width, max / 4 + pick(5) - 2);
    case 7: return number(width, max / 4 * 3 + pick(5) - 2);
    case 8: return number(width, pick(max));
    default: return number(width, max / 2 + pick(2 * frac_bits(width)) - frac_bits(width));
    }
}

/* A normal number far from the limits of the exponent, as programs use them. */
static uint64_t plain_operand(int width)
{
    uint64_t frac = rng() & ((UINT64_C(1) << frac_bits(width)) - 1);
    uint64_t exp = (uint64_t)(exp_max(width) / 2 + pick(9) - 4);

    return (rng() & 1) << (width - 1) | exp << frac_bits(width) | frac;
}

/* A few units in the last place away. */
static uint64_t nudge(int width, uint64_t a)
{
    return (a + (uint64_t)pick(5) - 2) & width_mask(width);
}

/* An operand in some awkward relation to `a`. */
static uint64_t related(int width, uint64_t a)
{
    int max = exp_max(width), bias = max / 2, p = frac_bits(width) + 1;
    int exp = exp_field(width, a);

    switch (pick(10)) {
    case 0: return nudge(width, a);
    case 1: return nudge(width, a) ^ UINT64_C(1) << (width - 1);
    case 2: return number(width, exp + pick(5) - 2);
    case 3: return number(width, exp + pick(2 * p + 8) - p - 4);
    case 4: return number(width, bias - exp + 1 + pick(2 * p) - p); /* product near the minimum */
    case 5: return number(width, max + bias - exp - 3 + pick(6));   /* product near the maximum */
    case 6: return number(width, exp + bias - 1 + pick(2 * p) - p); /* quotient near the minimum */
    case 7: return number(width, exp - max + bias + 3 - pick(6));   /* quotient near the maximum */
    default: return operand(width);
    }
}

/* An integer of any size up to 64 bits. */
static uint64_t any_integer(void)
{
    uint64_t a = rng() >> pick(64);

    switch (pick(6)) {
    case 0: a = (UINT64_C(1) << pick(64)) + (uint64_t)pick(5) - 2; break;
    case 1: a &= ~((UINT64_C(1) << pick(64)) - 1); break;
    case 2: a = (a | 1) << pick(64); break;
    case 3: a = -a; break;
    default: break;
    }
    return a;
}

#endif
