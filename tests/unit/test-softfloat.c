/* SPDX-License-Identifier: MIT */
/*
 * The floating-point operations against hand-made vectors, against the host's hardware (x86-64
 * only: other hosts skip those cases), and the fast paths against the software.
 *
 * WEFT_SEED=n repeats a run; -m thorough runs some three hundred million cases.
 */
#include <glib.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fpu/hardfloat.h"
#include "fpu/sf_wide.h"
#include "softfloat-operands.h"

#ifdef __x86_64__
#include <xmmintrin.h>
#define HAVE_REFERENCE 1
typedef __float128 exact_t;
#else
#define HAVE_REFERENCE 0
typedef long double exact_t;
#endif

typedef uint64_t run_fn(const uint64_t *x, unsigned rm, uint32_t *fflags);

typedef enum shape {
    UNARY,  /* one number */
    BINARY, /* two numbers */
    TERNARY,
    FROM_INT, /* one integer */
    TO_INT,   /* one number, and the result is an integer */
} shape;

typedef struct op {
    const char *name;
    shape shape;
    int width;        /* of the operands, if they are numbers */
    int result_width; /* if it is a number, else 0 */
    run_fn *soft;
    run_fn *hard;
    run_fn *attempt; /* 1 if the fast path is taken */
    run_fn *host;    /* in the rounding mode of MXCSR, or NULL */
    /* Whether the exact result is just `mid`, or NULL if that cannot be. */
    bool (*is_tie)(const uint64_t *x, exact_t mid);
} op;

static int iterations(void)
{
    return g_test_thorough() ? 1000000 : 20000;
}

static double number_of(int width, uint64_t bits)
{
    return width == 64 ? hf_double(bits) : (double)hf_float((uint32_t)bits);
}

/* The sum is a given number of at most 54 bits just if it is so without a rounding error. */
static bool exact_sum_is(exact_t a, exact_t b, exact_t mid)
{
    exact_t s = a + b;
    exact_t b_part = s - a;

    return s == mid && (a - (s - b_part)) + (b - b_part) == 0;
}

/* The operations on numbers: on the hosts's, x and y and z, and the tie tests on exact ones. */
#define DEFINE_OP(OP, W, CALL, TRY, HOST, TIE)                                          \
    static uint64_t soft_##OP##W(const uint64_t *x, unsigned rm, uint32_t *fflags)      \
    {                                                                                   \
        return sf_##OP##W CALL;                                                         \
    }                                                                                   \
    static uint64_t hard_##OP##W(const uint64_t *x, unsigned rm, uint32_t *fflags)      \
    {                                                                                   \
        return hf_##OP##W CALL;                                                         \
    }                                                                                   \
    static uint64_t try_##OP##W(const uint64_t *x, unsigned rm, uint32_t *fflags)       \
    {                                                                                   \
        uint##W##_t r;                                                                  \
        return hf_try_##OP##W TRY;                                                      \
    }                                                                                   \
    static uint64_t host_##OP##W(const uint64_t *x, unsigned rm, uint32_t *fflags)      \
    {                                                                                   \
        volatile FLOAT_##W a = FROM_BITS_##W(x[0]), b = FROM_BITS_##W(x[1]),            \
                           c = FROM_BITS_##W(x[2]), r;                                  \
        (void)rm, (void)fflags, (void)b, (void)c;                                       \
        r = HOST;                                                                       \
        return TO_BITS_##W(r);                                                          \
    }                                                                                   \
    static bool tie_##OP##W(const uint64_t *x, exact_t mid)                             \
    {                                                                                   \
        exact_t a = number_of(W, x[0]), b = number_of(W, x[1]), c = number_of(W, x[2]); \
        (void)b, (void)c;                                                               \
        return TIE;                                                                     \
    }

#define FLOAT_32        float
#define FLOAT_64        double
#define FROM_BITS_32(x) hf_float((uint32_t)(x))
#define FROM_BITS_64(x) hf_double(x)
#define TO_BITS_32(x)   hf_bits32(x)
#define TO_BITS_64(x)   hf_bits64(x)
#define A32             (uint32_t) x[0]
#define B32             (uint32_t) x[1]
#define C32             (uint32_t) x[2]
#define DEFINE_BINARY(OP, HOST, TIE)                                                 \
    DEFINE_OP(OP, 32, (A32, B32, rm, fflags), (A32, B32, rm, fflags, &r), HOST, TIE) \
    DEFINE_OP(OP, 64, (x[0], x[1], rm, fflags), (x[0], x[1], rm, fflags, &r), HOST, TIE)

DEFINE_BINARY(add, a + b, exact_sum_is(a, b, mid))
DEFINE_BINARY(sub, a - b, exact_sum_is(a, -b, mid))
DEFINE_BINARY(mul, a *b, a *b == mid)
DEFINE_BINARY(div, a / b, mid *b == a)
DEFINE_OP(sqrt, 32, (A32, rm, fflags), (A32, rm, fflags, &r), sqrtf(a), mid *mid == a)
DEFINE_OP(sqrt, 64, (x[0], rm, fflags), (x[0], rm, fflags, &r), sqrt(a), mid *mid == a)
DEFINE_OP(fma, 32, (A32, B32, C32, rm, fflags), (A32, B32, C32, rm, fflags, &r), fmaf(a, b, c),
          exact_sum_is(a *b, c, mid))
DEFINE_OP(fma, 64, (x[0], x[1], x[2], rm, fflags), (x[0], x[1], x[2], rm, fflags, &r), fma(a, b, c),
          exact_sum_is(a *b, c, mid))

static uint64_t soft_f64_to_f32(const uint64_t *x, unsigned rm, uint32_t *fflags)
{
    return sf_f64_to_f32(x[0], rm, fflags);
}

static uint64_t hard_f64_to_f32(const uint64_t *x, unsigned rm, uint32_t *fflags)
{
    return hf_f64_to_f32(x[0], rm, fflags);
}

static uint64_t try_f64_to_f32(const uint64_t *x, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    return hf_try_f64_to_f32(x[0], rm, fflags, &r);
}

static uint64_t host_f64_to_f32(const uint64_t *x, unsigned rm, uint32_t *fflags)
{
    volatile double a = hf_double(x[0]);
    volatile float r;

    (void)rm, (void)fflags;
    r = (float)a;
    return hf_bits32(r);
}

static bool tie_f64_to_f32(const uint64_t *x, exact_t mid)
{
    return mid == (exact_t)hf_double(x[0]);
}

static uint64_t soft_f32_to_f64(const uint64_t *x, unsigned rm, uint32_t *fflags)
{
    (void)rm;
    return sf_f32_to_f64(A32, fflags);
}

static uint64_t hard_f32_to_f64(const uint64_t *x, unsigned rm, uint32_t *fflags)
{
    (void)rm;
    return hf_f32_to_f64(A32, fflags);
}

static uint64_t try_f32_to_f64(const uint64_t *x, unsigned rm, uint32_t *fflags)
{
    uint64_t r;

    (void)rm, (void)fflags;
    return hf_try_f32_to_f64(A32, &r);
}

static uint64_t host_f32_to_f64(const uint64_t *x, unsigned rm, uint32_t *fflags)
{
    volatile float a = hf_float(A32);
    volatile double r;

    (void)rm, (void)fflags;
    r = (double)a;
    return hf_bits64(r);
}

/*
 * To integers.  The reference rounds with the C library's functions and looks at the range; it is
 * complete in itself, and used for all modes.
 */
static uint64_t to_int_reference(double x, double end, bool is_signed, uint64_t max, unsigned rm,
                                 uint32_t *fflags)
{
    double r = rm == SF_RNE   ? rint(x)
               : rm == SF_RTZ ? trunc(x)
               : rm == SF_RDN ? floor(x)
               : rm == SF_RUP ? ceil(x)
                              : round(x);

    if (isnan(x) || r >= end) {
        *fflags |= SF_NV;
        return max;
    }
    if (r < (is_signed ? -end : 0)) {
        *fflags |= SF_NV;
        return is_signed ? ~max : 0;
    }
    if (r != x)
        *fflags |= SF_NX;
    return r < 0 ? (uint64_t)(int64_t)r : (uint64_t)r;
}

#define DEFINE_TO_INT(W, T, SIGNED, END, MAX)                                            \
    static uint64_t soft_f##W##_to_##T(const uint64_t *x, unsigned rm, uint32_t *fflags) \
    {                                                                                    \
        return (uint64_t)sf_f##W##_to_##T((uint##W##_t)x[0], rm, fflags);                \
    }                                                                                    \
    static uint64_t hard_f##W##_to_##T(const uint64_t *x, unsigned rm, uint32_t *fflags) \
    {                                                                                    \
        return (uint64_t)hf_f##W##_to_##T((uint##W##_t)x[0], rm, fflags);                \
    }                                                                                    \
    static uint64_t try_f##W##_to_##T(const uint64_t *x, unsigned rm, uint32_t *fflags)  \
    {                                                                                    \
        int64_t r, min = SIGNED ? ~(int64_t)(MAX) : 0;                                   \
        int64_t max = (MAX) > INT64_MAX ? INT64_MAX : (int64_t)(MAX);                    \
        return hf_try_to_int(number_of(W, x[0]), min, max, rm, fflags, &r);              \
    }                                                                                    \
    static uint64_t host_f##W##_to_##T(const uint64_t *x, unsigned rm, uint32_t *fflags) \
    {                                                                                    \
        return to_int_reference(number_of(W, x[0]), END, SIGNED, MAX, rm, fflags);       \
    }

#define DEFINE_FROM_INT(T, CTYPE, W)                                                        \
    static uint64_t soft_##T##_to_f##W(const uint64_t *x, unsigned rm, uint32_t *fflags)    \
    {                                                                                       \
        return sf_##T##_to_f##W((CTYPE)x[0], rm, fflags);                                   \
    }                                                                                       \
    static uint64_t hard_##T##_to_f##W(const uint64_t *x, unsigned rm, uint32_t *fflags)    \
    {                                                                                       \
        return hf_##T##_to_f##W((CTYPE)x[0], rm, fflags);                                   \
    }                                                                                       \
    static uint64_t try_##T##_to_f##W(const uint64_t *x, unsigned rm, uint32_t *fflags)     \
    {                                                                                       \
        uint##W##_t r;                                                                      \
        return hf_try_i64_to_f##W((int64_t)(CTYPE)x[0], rm, fflags, &r);                    \
    }                                                                                       \
    static uint64_t host_##T##_to_f##W(const uint64_t *x, unsigned rm, uint32_t *fflags)    \
    {                                                                                       \
        volatile CTYPE a = (CTYPE)x[0];                                                     \
        volatile int64_t b = (int64_t)x[0];                                                 \
        volatile FLOAT_##W r;                                                               \
        (void)rm, (void)fflags;                                                             \
        /* Compilers make -0 of an unsigned 0 when rounding down: keep to the CPU's own. */ \
        if ((uint64_t)(CTYPE)x[0] > INT64_MAX || sizeof(CTYPE) < 8)                         \
            r = (FLOAT_##W)a;                                                               \
        else                                                                                \
            r = (FLOAT_##W)b;                                                               \
        return TO_BITS_##W(r);                                                              \
    }                                                                                       \
    static bool tie_##T##_to_f##W(const uint64_t *x, exact_t mid)                           \
    {                                                                                       \
        return (exact_t)(CTYPE)x[0] == mid;                                                 \
    }

#define DEFINE_INT(T, CTYPE, SIGNED, END, MAX) \
    DEFINE_TO_INT(32, T, SIGNED, END, MAX)     \
    DEFINE_TO_INT(64, T, SIGNED, END, MAX)     \
    DEFINE_FROM_INT(T, CTYPE, 32)              \
    DEFINE_FROM_INT(T, CTYPE, 64)

DEFINE_INT(i32, int32_t, true, 0x1p31, (uint64_t)INT32_MAX)
DEFINE_INT(u32, uint32_t, false, 0x1p32, (uint64_t)UINT32_MAX)
DEFINE_INT(i64, int64_t, true, 0x1p63, (uint64_t)INT64_MAX)
DEFINE_INT(u64, uint64_t, false, 0x1p64, UINT64_MAX)

#define FUNCTIONS(NAME) soft_##NAME, hard_##NAME, try_##NAME, host_##NAME
#define ARITH(NAME, SHAPE)                                             \
    {#NAME "32", SHAPE, 32, 32, FUNCTIONS(NAME##32), tie_##NAME##32},  \
    {                                                                  \
#NAME "64", SHAPE, 64, 64, FUNCTIONS(NAME##64), tie_##NAME##64 \
    }
#define INTEGER(T)                                                                \
    {"f32_to_" #T, TO_INT, 32, 0, FUNCTIONS(f32_to_##T), NULL},                   \
        {"f64_to_" #T, TO_INT, 64, 0, FUNCTIONS(f64_to_##T), NULL},               \
        {#T "_to_f32", FROM_INT, 0, 32, FUNCTIONS(T##_to_f32), tie_##T##_to_f32}, \
    {                                                                             \
#T "_to_f64", FROM_INT, 0, 64, FUNCTIONS(T##_to_f64), tie_##T##_to_f64    \
    }

static const op ops[] = {
    ARITH(add, BINARY),
    ARITH(sub, BINARY),
    ARITH(mul, BINARY),
    ARITH(div, BINARY),
    ARITH(sqrt, UNARY),
    ARITH(fma, TERNARY),
    {"f64_to_f32", UNARY, 64, 32, FUNCTIONS(f64_to_f32), tie_f64_to_f32},
    {"f32_to_f64", UNARY, 32, 64, FUNCTIONS(f32_to_f64), NULL},
    INTEGER(i32),
    INTEGER(u32),
    INTEGER(i64),
    INTEGER(u64),
};

/* Operands for the operation, including ones that make it exact, cancel, or nearly so. */
static void make_operands(const op *o, uint64_t *x)
{
    int w = o->width;
    uint64_t sign = w ? UINT64_C(1) << (w - 1) : 0;
    uint32_t ignored = 0;

    x[0] = x[1] = x[2] = 0;
    switch (o->shape) {
    case FROM_INT: x[0] = any_integer(); break;
    case TO_INT:
        x[0] = operand(w);
        if (pick(2)) {
            uint64_t i = any_integer() | (uint64_t)pick(2);
            bool narrow = pick(2);

            if (narrow)
                i = (uint64_t)(int64_t)(int32_t)i;
            /* Some halves and quarters as well. */
            x[0] = w == 64 ? hf_bits64((double)(int64_t)i * (1.0 / (1 << pick(4))))
                           : hf_bits32((float)(int64_t)i * (1.0f / (float)(1 << pick(4))));
            if (pick(2))
                x[0] = nudge(w, x[0]);
        }
        break;
    case UNARY:
        x[0] = operand(w);
        if (w == 64 && o->result_width == 32 && pick(4)) {
            /* Near a binary32 number or a midpoint of two. */
            x[0] = sf_f32_to_f64((uint32_t)operand(32), &ignored);
            x[0] |= (uint64_t)pick(2) << 28;
            x[0] = nudge(64, x[0]);
        } else if (pick(4) == 0) {
            x[0] = w == 64 ? sf_mul64(x[0], x[0], 0, &ignored)
                           : sf_mul32((uint32_t)x[0], (uint32_t)x[0], 0, &ignored);
            x[0] = pick(2) ? nudge(w, x[0]) : x[0];
        }
        break;
    case BINARY:
        x[1] = operand(w);
        x[0] = related(w, x[1]);
        if (o->host == host_div32 && pick(4) == 0)
            x[0] = sf_mul32((uint32_t)related(w, x[1]), B32, 0, &ignored);
        if (o->host == host_div64 && pick(4) == 0)
            x[0] = sf_mul64(related(w, x[1]), x[1], 0, &ignored);
        break;
    case TERNARY: {
        uint64_t product;

        x[0] = operand(w);
        x[1] = related(w, x[0]);
        product = w == 64 ? sf_mul64(x[0], x[1], 0, &ignored) : sf_mul32(A32, B32, 0, &ignored);
        x[2] = operand(w);
        if (pick(4) == 0)
            x[2] = nudge(w, product ^ (rng() & sign));
        else if (pick(3))
            x[2] = number(w, exp_field(w, product) + pick(4 * frac_bits(w)) - 2 * frac_bits(w));
        break;
    }
    }
}

static void G_GNUC_NORETURN complain(const op *o, const char *what, const uint64_t *x, unsigned rm,
                                     uint64_t got, uint32_t got_flags, uint64_t want,
                                     uint32_t want_flags)
{
    g_error("%s %s(%#" PRIx64 ", %#" PRIx64 ", %#" PRIx64 ") rm %u: %#" PRIx64
            " flags %#x, not %#" PRIx64 " flags %#x",
            what, o->name, x[0], x[1], x[2], rm, got, got_flags, want, want_flags);
}

#if HAVE_REFERENCE
/* The host's result in one of the four modes it has, NaN made canonical, and RISC-V flags. */
static uint64_t run_host(const op *o, const uint64_t *x, unsigned rm, uint32_t *fflags)
{
    /* MXCSR.RC in the order of rm; all exceptions masked, all flags clear. */
    static const unsigned rc[] = {0, 3, 1, 2};
    unsigned csr = 0x1f80 | rc[rm] << 13;
    uint64_t r;

    _mm_setcsr(csr);
    r = o->host(x, rm, fflags);
    csr = _mm_getcsr();
    _mm_setcsr(0x1f80);
    *fflags |= (csr & 0x20 ? SF_NX : 0) | (csr & 0x10 ? SF_UF : 0) | (csr & 0x08 ? SF_OF : 0) |
               (csr & 0x04 ? SF_DZ : 0) | (csr & 0x01 ? SF_NV : 0);
    if (is_nan(o->result_width, r))
        r = o->result_width == 64 ? SF_NAN64 : SF_NAN32;
    return r;
}

/* x86 takes a quiet NaN addend's side where RISC-V wants inf * 0 to be invalid. */
static bool is_inf_times_zero(const op *o, const uint64_t *x)
{
    double a = number_of(o->width, x[0]), b = number_of(o->width, x[1]);

    return (isinf(a) && b == 0) || (a == 0 && isinf(b));
}

/*
 * The reference.  RMM differs from RNE in exact ties alone, which lie halfway between the results
 * of RDN and RUP; the flags are the same (at the overflow threshold and just below the smallest
 * normal number ties to even go away from zero, too).
 */
static uint64_t reference(const op *o, const uint64_t *x, unsigned rm, uint32_t *fflags)
{
    uint32_t ignored = 0;
    uint64_t r, down, up;
    double lo, hi;

    if (o->shape == TO_INT)
        return o->host(x, rm, fflags);
    r = run_host(o, x, rm == SF_RMM ? SF_RNE : rm, fflags);
    if (o->shape == TERNARY && is_inf_times_zero(o, x))
        *fflags |= SF_NV;
    if (rm != SF_RMM || !o->is_tie || is_nan(o->result_width, r))
        return r;
    down = run_host(o, x, SF_RDN, &ignored);
    up = run_host(o, x, SF_RUP, &ignored);
    lo = number_of(o->result_width, down);
    hi = number_of(o->result_width, up);
    if (lo == hi || isinf(lo) || isinf(hi) || !o->is_tie(x, ((exact_t)lo + (exact_t)hi) / 2))
        return r;
    return fabs(lo) > fabs(hi) ? down : up;
}

static void test_reference(gconstpointer data)
{
    const op *o = data;
    int n = iterations();
    uint64_t x[3];

    for (int i = 0; i < n; i++) {
        make_operands(o, x);
        for (unsigned rm = 0; rm < 5; rm++) {
            uint32_t flags = 0, want_flags = 0;
            uint64_t r = o->soft(x, rm, &flags);
            uint64_t want = reference(o, x, rm, &want_flags);

            if (r != want || flags != want_flags)
                complain(o, "sf", x, rm, r, flags, want, want_flags);
        }
    }
}
#else
static void test_reference(gconstpointer data)
{
    (void)data;
    g_test_skip("the hardware of this host is no reference");
}
#endif

static void test_fast(gconstpointer data)
{
    const op *o = data;
    int n = iterations(), taken = 0;
    uint64_t x[3];

    for (int i = 0; i < n; i++) {
        make_operands(o, x);
        for (unsigned rm = 0; rm < 5; rm++) {
            /* Inexact half of the time, each other flag in a quarter of the cases. */
            uint32_t prior = (uint32_t)(rng() & (rng() | 1) & 31);
            uint32_t flags = prior, want_flags = prior;
            uint64_t r = o->hard(x, rm, &flags);
            uint64_t want = o->soft(x, rm, &want_flags);

            if (r != want || flags != want_flags)
                complain(o, "hf", x, rm, r, flags, want, want_flags);
        }
    }
    /* On plain numbers the fast path has to be taken nearly always. */
    for (int i = 0; i < n; i++) {
        uint32_t flags = (uint32_t)pick(2);

        for (int k = 0; k < 3; k++)
            x[k] = plain_operand(o->width ? o->width : 64);
        if (o->shape == FROM_INT)
            x[0] = (uint64_t)pick(1 << 30);
        else if (o->shape == UNARY || o->shape == TO_INT)
            x[0] &= width_mask(o->width) >> 1;
        taken += (int)o->attempt(x, SF_RNE, &flags);
    }
    if (taken < n / 100 * 97)
        g_error("hf_%s took the fast path in %d of %d plain cases", o->name, taken, n);
}

typedef bool compare32(uint32_t a, uint32_t b, uint32_t *fflags);
typedef bool compare64(uint64_t a, uint64_t b, uint32_t *fflags);
static compare32 *const comparisons32[2][3] = {{sf_eq32, sf_lt32, sf_le32},
                                               {hf_eq32, hf_lt32, hf_le32}};
static compare64 *const comparisons64[2][3] = {{sf_eq64, sf_lt64, sf_le64},
                                               {hf_eq64, hf_lt64, hf_le64}};

/* Comparisons, minimum and maximum, and the class, by the host's numbers and C's macros. */
static void check_order(int w, uint64_t a, uint64_t b)
{
    double x = number_of(w, a), y = number_of(w, b);
    bool quiet_invalid = is_signalling(w, a) || is_signalling(w, b);
    bool want[3] = {x == y, isless(x, y), islessequal(x, y)};
    uint64_t nan = w == 64 ? SF_NAN64 : SF_NAN32;
    uint32_t flags = 0;
    uint64_t min, max, want_min, want_max;
    unsigned kind, c;

    for (int k = 0; k < 6; k++) {
        bool invalid = k % 3 == 0 ? quiet_invalid : isunordered(x, y);
        bool r;

        flags = 0;
        r = w == 64 ? comparisons64[k / 3][k % 3](a, b, &flags)
                    : comparisons32[k / 3][k % 3]((uint32_t)a, (uint32_t)b, &flags);
        if (r != want[k % 3] || flags != (invalid ? SF_NV : 0))
            g_error("comparison %d, %d bits, of %#" PRIx64 " and %#" PRIx64 ": %d flags %#x", k, w,
                    a, b, r, flags);
    }

    flags = 0;
    min = w == 64 ? sf_min64(a, b, &flags) : sf_min32((uint32_t)a, (uint32_t)b, &flags);
    max = w == 64 ? sf_max64(a, b, &flags) : sf_max32((uint32_t)a, (uint32_t)b, &flags);
    if (isnan(x) || isnan(y)) {
        want_min = want_max = isnan(x) ? (isnan(y) ? nan : b) : a;
    } else {
        bool a_first = x < y || (x == y && signbit(x));

        want_min = a_first ? a : b;
        want_max = a_first ? b : a;
    }
    if (min != want_min || max != want_max || flags != (quiet_invalid ? SF_NV : 0))
        g_error("min, max, %d bits, of %#" PRIx64 " and %#" PRIx64 ": %#" PRIx64 " %#" PRIx64
                " flags %#x",
                w, a, b, min, max, flags);

    kind = (unsigned)(w == 64 ? fpclassify(x) : fpclassify(hf_float((uint32_t)a)));
    c = kind == FP_INFINITE ? 0 : kind == FP_NORMAL ? 1 : kind == FP_SUBNORMAL ? 2 : 3;
    c = kind == FP_NAN ? (is_signalling(w, a) ? 8 : 9) : signbit(x) ? c : 7 - c;
    g_assert_cmphex(w == 64 ? sf_class64(a) : sf_class32((uint32_t)a), ==, 1u << c);
}

static void test_order(void)
{
    int n = iterations();

    for (int i = 0; i < n; i++) {
        for (int w = 32; w <= 64; w += 32) {
            uint64_t a = operand(w);

            check_order(w, a, related(w, a));
            check_order(w, a, edge(w));
        }
    }
}

/* The Wasm host's way to multiply, and long division, against the compiler's 128-bit integers. */
static void test_wide(void)
{
    int n = iterations();

    for (int i = 0; i < n; i++) {
        uint64_t a = any_integer(), d = any_integer() | UINT64_C(1) << 63, lo = any_integer(), rest;
        unsigned __int128 product = (unsigned __int128)a * lo;
        sf_wide parts = sf_wide_mul_parts(a, lo);
        unsigned __int128 dividend = (unsigned __int128)(a % d) << 64 | lo;

        g_assert_cmphex(parts.hi, ==, (uint64_t)(product >> 64));
        g_assert_cmphex(parts.lo, ==, (uint64_t)product);
        g_assert_cmphex(sf_wide_div((sf_wide){a % d, lo}, d, &rest), ==, (uint64_t)(dividend / d));
        g_assert_cmphex(rest, ==, (uint64_t)(dividend % d));
    }
}

#include "softfloat-golden.h"

int main(int argc, char **argv)
{
    const char *seed = getenv("WEFT_SEED");

    g_test_init(&argc, &argv, NULL);
    rng_state = seed ? strtoull(seed, NULL, 0) : (uint64_t)g_get_real_time();
    g_print("# WEFT_SEED=%" PRIu64 "\n", rng_state);

    g_test_add_func("/softfloat/golden/arithmetic", test_golden_arithmetic);
    g_test_add_func("/softfloat/golden/conversion", test_golden_conversion);
    g_test_add_func("/softfloat/golden/order", test_golden_order);
    g_test_add_func("/softfloat/wide", test_wide);
    g_test_add_func("/softfloat/order", test_order);
    for (size_t i = 0; i < G_N_ELEMENTS(ops); i++) {
        g_autofree char *host = g_strconcat("/softfloat/host/", ops[i].name, NULL);
        g_autofree char *fast = g_strconcat("/softfloat/fast/", ops[i].name, NULL);

        g_test_add_data_func(host, &ops[i], test_reference);
        g_test_add_data_func(fast, &ops[i], test_fast);
    }
    return g_test_run();
}
