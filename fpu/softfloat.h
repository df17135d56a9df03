/* SPDX-License-Identifier: MIT */
/*
 * Bit-exact binary32 and binary64 arithmetic with the semantics of the RISC-V F and D extensions
 * (IEEE 754-2019 with canonical NaN results and tininess detected after rounding).
 *
 * Conventions shared by every function here:
 *
 *  - Floating-point values are bit patterns: uint32_t for binary32, uint64_t for binary64.  NaN
 *    boxing of binary32 values in 64-bit registers is the caller's affair.
 *  - `rm` is a resolved rounding mode, SF_RNE..SF_RMM (0..4, the encoding of the rm field, F
 *    chapter, "Floating-Point Control and Status Register").  DYN and the reserved encodings must
 *    have been resolved or rejected by the caller; any other value here gives an unspecified
 *    result (but no undefined behaviour).
 *  - Exceptions are accumulated by OR into `*fflags` (SF_NX..SF_NV, the fflags layout); flags are
 *    never cleared.  `fflags` must not be NULL.  No other state is read or written.
 *  - Every NaN result is the canonical NaN; payloads never propagate.  A signalling NaN operand
 *    always raises SF_NV.
 *  - Results are the same on every host: only integer arithmetic is used.
 */
#ifndef WEFT_FPU_SOFTFLOAT_H
#define WEFT_FPU_SOFTFLOAT_H

#include <stdbool.h>
#include <stdint.h>

/* Rounding modes, in the encoding of the rm field and of fcsr.frm. */
enum {
    SF_RNE = 0, /* to nearest, ties to even */
    SF_RTZ = 1, /* towards zero */
    SF_RDN = 2, /* towards minus infinity */
    SF_RUP = 3, /* towards plus infinity */
    SF_RMM = 4, /* to nearest, ties away from zero */
};

/* Exception flags, in the encoding of fcsr.fflags. */
enum {
    SF_NX = 1,  /* inexact */
    SF_UF = 2,  /* underflow: tiny after rounding, and inexact */
    SF_OF = 4,  /* overflow */
    SF_DZ = 8,  /* division of a finite non-zero number by zero */
    SF_NV = 16, /* invalid operation */
};

/* The canonical NaNs (F chapter, "NaN Generation and Propagation"). */
#define SF_NAN32 UINT32_C(0x7fc00000)
#define SF_NAN64 UINT64_C(0x7ff8000000000000)

/* Bits of the mask returned by sf_class32/sf_class64 (F chapter, FCLASS). */
enum {
    SF_CLASS_NEG_INF = 1 << 0,
    SF_CLASS_NEG_NORMAL = 1 << 1,
    SF_CLASS_NEG_SUBNORMAL = 1 << 2,
    SF_CLASS_NEG_ZERO = 1 << 3,
    SF_CLASS_POS_ZERO = 1 << 4,
    SF_CLASS_POS_SUBNORMAL = 1 << 5,
    SF_CLASS_POS_NORMAL = 1 << 6,
    SF_CLASS_POS_INF = 1 << 7,
    SF_CLASS_SNAN = 1 << 8,
    SF_CLASS_QNAN = 1 << 9,
};

/*
 * a + b, a - b, a * b, a / b, each rounded once by `rm` (FADD, FSUB, FMUL, FDIV; IEEE 754 5.4.1).
 * Errors: SF_NV for inf - inf, 0 * inf, 0 / 0 and inf / inf; SF_DZ for finite / 0; SF_OF, SF_UF
 * and SF_NX by the rounded result.
 */
uint32_t sf_add32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint64_t sf_add64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint32_t sf_sub32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint64_t sf_sub64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint32_t sf_mul32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint64_t sf_mul64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint32_t sf_div32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint64_t sf_div64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);

/*
 * The square root of a (FSQRT; IEEE 754 5.4.1).  The root of -0 is -0; of any other negative
 * number the canonical NaN with SF_NV.
 */
uint32_t sf_sqrt32(uint32_t a, unsigned rm, uint32_t *fflags);
uint64_t sf_sqrt64(uint64_t a, unsigned rm, uint32_t *fflags);

/*
 * a * b + c with a single rounding (FMADD; the caller negates operands for FMSUB, FNMSUB and
 * FNMADD).  SF_NV for inf * 0 even when c is a quiet NaN, and for inf - inf.
 */
uint32_t sf_fma32(uint32_t a, uint32_t b, uint32_t c, unsigned rm, uint32_t *fflags);
uint64_t sf_fma64(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);

/*
 * minimumNumber and maximumNumber (FMIN, FMAX of F 2.2; IEEE 754-2019 9.6): -0 orders below +0; if
 * one operand is a NaN the result is the other one, if both are it is the canonical NaN.
 * Errors: SF_NV for a signalling NaN, even if the result is a number.
 */
uint32_t sf_min32(uint32_t a, uint32_t b, uint32_t *fflags);
uint64_t sf_min64(uint64_t a, uint64_t b, uint32_t *fflags);
uint32_t sf_max32(uint32_t a, uint32_t b, uint32_t *fflags);
uint64_t sf_max64(uint64_t a, uint64_t b, uint32_t *fflags);

/*
 * a == b, quiet: SF_NV for signalling NaNs only (FEQ; IEEE 754 5.11).  False if unordered.
 */
bool sf_eq32(uint32_t a, uint32_t b, uint32_t *fflags);
bool sf_eq64(uint64_t a, uint64_t b, uint32_t *fflags);

/*
 * a < b and a <= b, signalling: SF_NV for any NaN (FLT, FLE; IEEE 754 5.11).  False if unordered.
 */
bool sf_lt32(uint32_t a, uint32_t b, uint32_t *fflags);
bool sf_lt64(uint64_t a, uint64_t b, uint32_t *fflags);
bool sf_le32(uint32_t a, uint32_t b, uint32_t *fflags);
bool sf_le64(uint64_t a, uint64_t b, uint32_t *fflags);

/* The class of a: exactly one of SF_CLASS_* (FCLASS).  No flags. */
unsigned sf_class32(uint32_t a);
unsigned sf_class64(uint64_t a);

/* binary32 to binary64 (FCVT.D.S): always exact; SF_NV for a signalling NaN. */
uint64_t sf_f32_to_f64(uint32_t a, uint32_t *fflags);

/* binary64 to binary32 (FCVT.S.D), rounded by `rm`; SF_NV for a signalling NaN. */
uint32_t sf_f64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags);

/*
 * Conversions to integers (FCVT.W.S and the like; F chapter, table of out-of-range conversions).
 * The value is rounded to an integer by `rm`; if that lies outside the target's range the result
 * is the nearest end of the range with SF_NV alone.  NaN gives the largest value and SF_NV.
 * Otherwise SF_NX is raised if rounding changed the value.
 */
int32_t sf_f32_to_i32(uint32_t a, unsigned rm, uint32_t *fflags);
int32_t sf_f64_to_i32(uint64_t a, unsigned rm, uint32_t *fflags);
uint32_t sf_f32_to_u32(uint32_t a, unsigned rm, uint32_t *fflags);
uint32_t sf_f64_to_u32(uint64_t a, unsigned rm, uint32_t *fflags);
int64_t sf_f32_to_i64(uint32_t a, unsigned rm, uint32_t *fflags);
int64_t sf_f64_to_i64(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t sf_f32_to_u64(uint32_t a, unsigned rm, uint32_t *fflags);
uint64_t sf_f64_to_u64(uint64_t a, unsigned rm, uint32_t *fflags);

/*
 * Conversions from integers (FCVT.S.W and the like), rounded by `rm`.  Errors: SF_NX only.  Zero
 * gives +0.
 */
uint32_t sf_i32_to_f32(int32_t a, unsigned rm, uint32_t *fflags);
uint64_t sf_i32_to_f64(int32_t a, unsigned rm, uint32_t *fflags);
uint32_t sf_u32_to_f32(uint32_t a, unsigned rm, uint32_t *fflags);
uint64_t sf_u32_to_f64(uint32_t a, unsigned rm, uint32_t *fflags);
uint32_t sf_i64_to_f32(int64_t a, unsigned rm, uint32_t *fflags);
uint64_t sf_i64_to_f64(int64_t a, unsigned rm, uint32_t *fflags);
uint32_t sf_u64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t sf_u64_to_f64(uint64_t a, unsigned rm, uint32_t *fflags);

#endif
