/* SPDX-License-Identifier: MIT */
/* Hand-made vectors with bits that follow from IEEE 754-2019 and the F and D chapters. */
#ifndef WEFT_TESTS_SOFTFLOAT_GOLDEN_H
#define WEFT_TESTS_SOFTFLOAT_GOLDEN_H

#define CHECK(CALL, WANT, FLAGS)                                                        \
    do {                                                                                \
        uint32_t ff = 0;                                                                \
        uint64_t want = (WANT), got = (CALL);                                           \
        if (got != want || ff != (FLAGS))                                               \
            g_error("%s: %#" PRIx64 " flags %#x, not %#" PRIx64, #CALL, got, ff, want); \
    } while (0)

#define ONE64     UINT64_C(0x3ff0000000000000)
#define INF64     UINT64_C(0x7ff0000000000000)
#define NEG64     UINT64_C(0x8000000000000000)
#define MAX64     UINT64_C(0x7fefffffffffffff)
#define MIN64     UINT64_C(0x0010000000000000) /* normal */
#define SNAN64    UINT64_C(0x7ff0000000000001)
#define PAYLOAD64 UINT64_C(0xfff8000000001234) /* quiet */
#define ONE32     0x3f800000u
#define INF32     0x7f800000u
#define NEG32     0x80000000u
#define MAX32     0x7f7fffffu
#define MIN32     0x00800000u
#define SNAN32    0xff800001u
#define PAYLOAD32 0xffc01234u

static void test_golden_arithmetic(void)
{
    /* NaNs never propagate. */
    CHECK(sf_add64(PAYLOAD64, ONE64, 0, &ff), SF_NAN64, 0);
    CHECK(sf_add64(ONE64, SNAN64, 0, &ff), SF_NAN64, SF_NV);
    CHECK(sf_sub64(INF64, INF64, 0, &ff), SF_NAN64, SF_NV);
    CHECK(sf_mul32(PAYLOAD32, SNAN32, 0, &ff), SF_NAN32, SF_NV);
    CHECK(sf_mul32(PAYLOAD32, 0, 0, &ff), SF_NAN32, 0);
    CHECK(sf_mul64(INF64, NEG64, 0, &ff), SF_NAN64, SF_NV);
    CHECK(sf_div64(0, 0, 0, &ff), SF_NAN64, SF_NV);
    CHECK(sf_div32(INF32, INF32, 0, &ff), SF_NAN32, SF_NV);
    CHECK(sf_sqrt64(NEG64 | ONE64, 0, &ff), SF_NAN64, SF_NV);
    CHECK(sf_sqrt32(PAYLOAD32, 0, &ff), SF_NAN32, 0);
    /* inf * 0 is invalid whatever is added. */
    CHECK(sf_fma64(INF64, 0, PAYLOAD64, 0, &ff), SF_NAN64, SF_NV);
    CHECK(sf_fma32(0, INF32, PAYLOAD32, 0, &ff), SF_NAN32, SF_NV);
    CHECK(sf_fma32(ONE32, INF32, NEG32 | INF32, 0, &ff), SF_NAN32, SF_NV);
    CHECK(sf_fma64(ONE64, ONE64, PAYLOAD64, 0, &ff), SF_NAN64, 0);
    CHECK(sf_fma64(ONE64, ONE64, NEG64 | INF64, 0, &ff), NEG64 | INF64, 0);

    /* Infinities and zeros. */
    CHECK(sf_div64(NEG64 | ONE64, 0, 0, &ff), NEG64 | INF64, SF_DZ);
    CHECK(sf_div64(INF64, NEG64, 0, &ff), NEG64 | INF64, 0);
    CHECK(sf_div32(ONE32, INF32 | NEG32, 0, &ff), NEG32, 0);
    CHECK(sf_sqrt64(NEG64, 0, &ff), NEG64, 0);
    CHECK(sf_sqrt32(INF32, 0, &ff), INF32, 0);
    CHECK(sf_sqrt64(UINT64_C(0x4000000000000000), SF_RNE, &ff), UINT64_C(0x3ff6a09e667f3bcd),
          SF_NX);
    CHECK(sf_add64(ONE64, NEG64 | ONE64, SF_RNE, &ff), 0, 0);
    CHECK(sf_add64(ONE64, NEG64 | ONE64, SF_RDN, &ff), NEG64, 0);
    CHECK(sf_add64(0, NEG64, SF_RUP, &ff), 0, 0);
    CHECK(sf_add64(0, NEG64, SF_RDN, &ff), NEG64, 0);
    CHECK(sf_add64(NEG64, NEG64, SF_RUP, &ff), NEG64, 0);
    CHECK(sf_fma64(ONE64, ONE64, NEG64 | ONE64, SF_RDN, &ff), NEG64, 0);
    CHECK(sf_fma64(NEG64, ONE64, 0, SF_RMM, &ff), 0, 0);

    /* Ties: 1 + 2^-53. */
    CHECK(sf_add64(ONE64, UINT64_C(0x3ca0000000000000), SF_RNE, &ff), ONE64, SF_NX);
    CHECK(sf_add64(ONE64, UINT64_C(0x3ca0000000000000), SF_RMM, &ff), ONE64 + 1, SF_NX);
    CHECK(sf_add64(ONE64 + 1, UINT64_C(0x3ca0000000000000), SF_RNE, &ff), ONE64 + 2, SF_NX);
    CHECK(sf_add64(ONE64 | NEG64, UINT64_C(0xbca0000000000000), SF_RMM, &ff), NEG64 | (ONE64 + 1),
          SF_NX);
    /* (1 + 2^-52)^2 - (1 + 2^-51) = 2^-104: rounded once only. */
    CHECK(sf_fma64(ONE64 + 1, ONE64 + 1, NEG64 | (ONE64 + 2), 0, &ff), (uint64_t)(1023 - 104) << 52,
          0);

    /* 2^54 + 2 + 2^-77 or so: the product's last bits, far below, decide that it is no tie. */
    CHECK(sf_fma64(UINT64_C(0x3ff0000002d413cd), UINT64_C(0x3ffffffffa57d867),
                   UINT64_C(0x4350000000000000), 0, &ff),
          UINT64_C(0x4350000000000001), SF_NX);
    CHECK(sf_fma64(UINT64_C(0x3ff0000002d413cd), NEG64 | UINT64_C(0x3ffffffffa57d867),
                   UINT64_C(0x4350000000000001), 0, &ff),
          UINT64_C(0x4350000000000000), SF_NX);
    CHECK(hf_fma64(UINT64_C(0x3ff0000002d413cd), UINT64_C(0x3ffffffffa57d867),
                   UINT64_C(0x4350000000000000), 0, &ff),
          UINT64_C(0x4350000000000001), SF_NX);

    /* Overflow, by mode. */
    CHECK(sf_add64(MAX64, MAX64, SF_RNE, &ff), INF64, SF_OF | SF_NX);
    CHECK(sf_add64(MAX64, MAX64, SF_RTZ, &ff), MAX64, SF_OF | SF_NX);
    CHECK(sf_add64(MAX64, MAX64, SF_RDN, &ff), MAX64, SF_OF | SF_NX);
    CHECK(sf_mul64(MAX64, NEG64 | MAX64, SF_RDN, &ff), NEG64 | INF64, SF_OF | SF_NX);
    CHECK(sf_mul64(MAX64, NEG64 | MAX64, SF_RUP, &ff), NEG64 | MAX64, SF_OF | SF_NX);
    CHECK(sf_mul32(MAX32, MAX32, SF_RMM, &ff), INF32, SF_OF | SF_NX);
    CHECK(sf_add32(MAX32, 1, SF_RUP, &ff), INF32, SF_OF | SF_NX);
    CHECK(sf_add32(MAX32, 1, SF_RNE, &ff), MAX32, SF_NX);

    /*
     * Tininess after rounding.  MIN * (1 - 2^-53) has 53 bits, so it is tiny although its tie goes
     * to MIN.  MIN * (1 - 2^-104) rounds to MIN even with an unbounded exponent: it is not tiny,
     * unless rounded towards zero.
     */
    CHECK(sf_mul64(MIN64, UINT64_C(0x3fefffffffffffff), SF_RNE, &ff), MIN64, SF_UF | SF_NX);
    CHECK(sf_mul64(MIN64, UINT64_C(0x3fefffffffffffff), SF_RTZ, &ff), MIN64 - 1, SF_UF | SF_NX);
    CHECK(sf_mul64(MIN64 + 1, UINT64_C(0x3feffffffffffffe), SF_RNE, &ff), MIN64, SF_NX);
    CHECK(sf_mul64(MIN64 + 1, UINT64_C(0x3feffffffffffffe), SF_RTZ, &ff), MIN64 - 1, SF_UF | SF_NX);
    CHECK(sf_fma64(MIN64, ONE64, NEG64 | 1, SF_RNE, &ff), MIN64 - 1, 0);
    CHECK(sf_fma64(UINT64_C(0x0180000000000001), UINT64_C(0x3e7fffffffffffff), 0, SF_RUP, &ff),
          MIN64 + 1, SF_NX);
    /* MIN - 2^-1201, rounded up, is MIN without UF; rounded down it is tiny. */
    CHECK(sf_fma64(NEG64 | 1, UINT64_C(0x3800000000000000), MIN64, SF_RUP, &ff), MIN64, SF_NX);
    CHECK(sf_fma64(NEG64 | 1, UINT64_C(0x3800000000000000), MIN64, SF_RNE, &ff), MIN64, SF_NX);
    CHECK(sf_fma64(NEG64 | 1, UINT64_C(0x3800000000000000), MIN64, SF_RMM, &ff), MIN64, SF_NX);
    CHECK(sf_fma64(NEG64 | 1, UINT64_C(0x3800000000000000), MIN64, SF_RDN, &ff), MIN64 - 1,
          SF_UF | SF_NX);
    CHECK(sf_fma32(NEG32 | 1, 0x20000000u, MIN32, SF_RUP, &ff), MIN32, SF_NX);
    CHECK(sf_fma32(NEG32 | 1, 0x20000000u, MIN32, SF_RTZ, &ff), MIN32 - 1, SF_UF | SF_NX);
    CHECK(sf_mul32(1, 0x3f000000u, SF_RNE, &ff), 0, SF_UF | SF_NX);
    CHECK(sf_mul32(1, 0x3f000000u, SF_RMM, &ff), 1, SF_UF | SF_NX);
    CHECK(sf_mul32(3, 0x3f000000u, SF_RNE, &ff), 2, SF_UF | SF_NX);
    /* Exact subnormal results do not underflow. */
    CHECK(sf_div64(MIN64, UINT64_C(0x4000000000000000), SF_RNE, &ff), MIN64 >> 1, 0);
}

static void test_golden_conversion(void)
{
    CHECK(sf_f64_to_i32(PAYLOAD64, 0, &ff), (uint64_t)INT32_MAX, SF_NV);
    CHECK(sf_f64_to_u32(SNAN64, 0, &ff), UINT32_MAX, SF_NV);
    CHECK(sf_f32_to_u64(PAYLOAD32, 0, &ff), UINT64_MAX, SF_NV);
    CHECK(sf_f32_to_i64(NEG32 | INF32, 0, &ff), NEG64, SF_NV);
    CHECK(sf_f32_to_i64(INF32, 0, &ff), (uint64_t)INT64_MAX, SF_NV);
    CHECK(sf_f64_to_u64(NEG64 | INF64, 0, &ff), 0, SF_NV);
    CHECK(sf_f64_to_u64(NEG64 | ONE64, SF_RTZ, &ff), 0, SF_NV);
    /* -0.5 towards zero is 0, inexact; to odd sides -1, out of range. */
    CHECK(sf_f64_to_u32(UINT64_C(0xbfe0000000000000), SF_RTZ, &ff), 0, SF_NX);
    CHECK(sf_f64_to_u32(UINT64_C(0xbfe0000000000000), SF_RNE, &ff), 0, SF_NX);
    CHECK(sf_f64_to_u32(UINT64_C(0xbfe0000000000000), SF_RMM, &ff), 0, SF_NV);
    CHECK(sf_f64_to_u32(UINT64_C(0xbfe0000000000000), SF_RDN, &ff), 0, SF_NV);
    CHECK(sf_f64_to_u32(NEG64, SF_RDN, &ff), 0, 0);
    /* 2^31 - 0.5 and -2^31 - 0.5. */
    CHECK(sf_f64_to_i32(UINT64_C(0x41dfffffffe00000), SF_RTZ, &ff), INT32_MAX, SF_NX);
    CHECK(sf_f64_to_i32(UINT64_C(0x41dfffffffe00000), SF_RNE, &ff), INT32_MAX, SF_NV);
    CHECK((uint32_t)sf_f64_to_i32(UINT64_C(0xc1e0000000100000), SF_RNE, &ff), NEG32, SF_NX);
    CHECK((uint32_t)sf_f64_to_i32(UINT64_C(0xc1e0000000100000), SF_RDN, &ff), NEG32, SF_NV);
    CHECK((uint32_t)sf_f32_to_i32(0xcf000000u, SF_RNE, &ff), NEG32, 0);
    CHECK(sf_f64_to_u64(UINT64_C(0x43efffffffffffff), SF_RNE, &ff), UINT64_C(0xfffffffffffff800),
          0);
    CHECK(sf_f64_to_u64(UINT64_C(0x43f0000000000000), SF_RTZ, &ff), UINT64_MAX, SF_NV);
    /* 2.5, 3.5, -2.5. */
    CHECK(sf_f32_to_i32(0x40200000u, SF_RNE, &ff), 2, SF_NX);
    CHECK(sf_f32_to_i32(0x40200000u, SF_RMM, &ff), 3, SF_NX);
    CHECK(sf_f32_to_i32(0x40600000u, SF_RNE, &ff), 4, SF_NX);
    CHECK((uint32_t)sf_f32_to_i32(0xc0200000u, SF_RMM, &ff), (uint32_t)-3, SF_NX);

    CHECK(sf_i64_to_f64(INT64_MIN, 0, &ff), UINT64_C(0xc3e0000000000000), 0);
    CHECK(sf_i64_to_f64(INT64_MAX, SF_RNE, &ff), UINT64_C(0x43e0000000000000), SF_NX);
    CHECK(sf_i64_to_f64(INT64_MAX, SF_RTZ, &ff), UINT64_C(0x43dfffffffffffff), SF_NX);
    CHECK(sf_u64_to_f32(UINT64_MAX, SF_RTZ, &ff), 0x5f7fffffu, SF_NX);
    CHECK(sf_u32_to_f32(0x01000001u, SF_RNE, &ff), 0x4b800000u, SF_NX);
    CHECK(sf_u32_to_f32(0x01000001u, SF_RMM, &ff), 0x4b800001u, SF_NX);
    CHECK(sf_i32_to_f32(0, SF_RDN, &ff), 0, 0);
    CHECK(sf_i32_to_f64(-1, 0, &ff), NEG64 | ONE64, 0);

    CHECK(sf_f32_to_f64(SNAN32, &ff), SF_NAN64, SF_NV);
    CHECK(sf_f32_to_f64(PAYLOAD32, &ff), SF_NAN64, 0);
    CHECK(sf_f32_to_f64(1, &ff), UINT64_C(0x36a0000000000000), 0);
    CHECK(sf_f32_to_f64(NEG32 | INF32, &ff), NEG64 | INF64, 0);
    CHECK(sf_f64_to_f32(PAYLOAD64, 0, &ff), SF_NAN32, 0);
    CHECK(sf_f64_to_f32(SNAN64, 0, &ff), SF_NAN32, SF_NV);
    CHECK(sf_f64_to_f32(MAX64, SF_RTZ, &ff), MAX32, SF_OF | SF_NX);
    CHECK(sf_f64_to_f32(1, SF_RUP, &ff), 1, SF_UF | SF_NX);
    /* 2^-126 - 2^-151, the largest p-bit number's tie with 2^-126: rounds to it and is not tiny. */
    CHECK(sf_f64_to_f32(UINT64_C(0x380ffffff0000000), SF_RNE, &ff), MIN32, SF_NX);
    /* 2^-126 - 2^-150: rounds to it as well, but is itself a 24-bit number below. */
    CHECK(sf_f64_to_f32(UINT64_C(0x380fffffe0000000), SF_RNE, &ff), MIN32, SF_UF | SF_NX);
}

static void test_golden_order(void)
{
    CHECK(sf_min64(0, NEG64, &ff), NEG64, 0);
    CHECK(sf_min64(NEG64, 0, &ff), NEG64, 0);
    CHECK(sf_max64(0, NEG64, &ff), 0, 0);
    CHECK(sf_max64(NEG64, 0, &ff), 0, 0);
    CHECK(sf_min32(PAYLOAD32, ONE32, &ff), ONE32, 0);
    CHECK(sf_max32(ONE32, SNAN32, &ff), ONE32, SF_NV);
    CHECK(sf_max32(SNAN32, PAYLOAD32, &ff), SF_NAN32, SF_NV);
    CHECK(sf_min64(PAYLOAD64, PAYLOAD64, &ff), SF_NAN64, 0);
    CHECK(sf_min64(NEG64 | INF64, MAX64, &ff), NEG64 | INF64, 0);

    CHECK(sf_eq64(0, NEG64, &ff), 1, 0);
    CHECK(sf_eq64(PAYLOAD64, PAYLOAD64, &ff), 0, 0);
    CHECK(sf_eq64(SNAN64, 0, &ff), 0, SF_NV);
    CHECK(sf_lt64(NEG64, 0, &ff), 0, 0);
    CHECK(sf_le64(0, NEG64, &ff), 1, 0);
    CHECK(sf_lt32(PAYLOAD32, 0, &ff), 0, SF_NV);
    CHECK(sf_le32(0, PAYLOAD32, &ff), 0, SF_NV);
    CHECK(sf_lt32(NEG32 | 1, 0, &ff), 1, 0);

    CHECK(sf_class64(NEG64 | INF64), 1 << 0, 0);
    CHECK(sf_class64(NEG64 | ONE64), 1 << 1, 0);
    CHECK(sf_class64(NEG64 | 1), 1 << 2, 0);
    CHECK(sf_class64(NEG64), 1 << 3, 0);
    CHECK(sf_class64(0), 1 << 4, 0);
    CHECK(sf_class32(MIN32 - 1), 1 << 5, 0);
    CHECK(sf_class32(MIN32), 1 << 6, 0);
    CHECK(sf_class32(INF32), 1 << 7, 0);
    CHECK(sf_class32(SNAN32), 1 << 8, 0);
    CHECK(sf_class32(PAYLOAD32), 1 << 9, 0);
}

#endif
