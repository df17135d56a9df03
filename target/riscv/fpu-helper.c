/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the F and D extensions: between registers and fpu/hardfloat.h.
 *
 * A binary32 operand that is not NaN-boxed counts as the canonical NaN; a binary32 result is boxed
 * (D chapter, "NaN Boxing of Narrower Values"). Exception flags accumulate in env->fflags, the
 * rounding mode comes resolved from the translator.
 */
#include "fpu/hardfloat.h"
#include "target/riscv/helper.h"

static inline uint32_t unbox(uint64_t reg)
{
    return reg >> 32 == 0xffffffff ? (uint32_t)reg : SF_NAN32;
}

static inline uint64_t box(uint32_t val)
{
    return UINT64_C(0xffffffff) << 32 | val;
}

/* Two operands and a rounding mode. */
#define ARITH(name)                                                                      \
    uint64_t helper_f##name##_s(CPURISCVState *env, uint64_t a, uint64_t b, uint32_t rm) \
    {                                                                                    \
        return box(hf_##name##32(unbox(a), unbox(b), rm, &env->fflags));                 \
    }                                                                                    \
    uint64_t helper_f##name##_d(CPURISCVState *env, uint64_t a, uint64_t b, uint32_t rm) \
    {                                                                                    \
        return hf_##name##64(a, b, rm, &env->fflags);                                    \
    }
ARITH(add)
ARITH(sub)
ARITH(mul)
ARITH(div)

uint64_t helper_fma_s(CPURISCVState *env, uint64_t a, uint64_t b, uint64_t c, uint32_t rm)
{
    return box(hf_fma32(unbox(a), unbox(b), unbox(c), rm, &env->fflags));
}

uint64_t helper_fma_d(CPURISCVState *env, uint64_t a, uint64_t b, uint64_t c, uint32_t rm)
{
    return hf_fma64(a, b, c, rm, &env->fflags);
}

uint64_t helper_fsqrt_s(CPURISCVState *env, uint64_t a, uint32_t rm)
{
    return box(hf_sqrt32(unbox(a), rm, &env->fflags));
}

uint64_t helper_fsqrt_d(CPURISCVState *env, uint64_t a, uint32_t rm)
{
    return hf_sqrt64(a, rm, &env->fflags);
}

#define MINMAX(name)                                                        \
    uint64_t helper_f##name##_s(CPURISCVState *env, uint64_t a, uint64_t b) \
    {                                                                       \
        return box(sf_##name##32(unbox(a), unbox(b), &env->fflags));        \
    }                                                                       \
    uint64_t helper_f##name##_d(CPURISCVState *env, uint64_t a, uint64_t b) \
    {                                                                       \
        return sf_##name##64(a, b, &env->fflags);                           \
    }
MINMAX(min)
MINMAX(max)

#define COMPARE(name)                                                       \
    uint64_t helper_f##name##_s(CPURISCVState *env, uint64_t a, uint64_t b) \
    {                                                                       \
        return hf_##name##32(unbox(a), unbox(b), &env->fflags);             \
    }                                                                       \
    uint64_t helper_f##name##_d(CPURISCVState *env, uint64_t a, uint64_t b) \
    {                                                                       \
        return hf_##name##64(a, b, &env->fflags);                           \
    }
COMPARE(eq)
COMPARE(lt)
COMPARE(le)

uint64_t helper_fcvt_s_d(CPURISCVState *env, uint64_t a, uint32_t rm)
{
    return box(hf_f64_to_f32(a, rm, &env->fflags));
}

uint64_t helper_fcvt_d_s(CPURISCVState *env, uint64_t a, uint32_t rm)
{
    return hf_f32_to_f64(unbox(a), &env->fflags);
}

/* To and from integers. 32-bit results are sign-extended, unsigned ones too. */
#define CONVERT(suffix, name, type)                                                   \
    uint64_t helper_fcvt_##suffix##_s(CPURISCVState *env, uint64_t a, uint32_t rm)    \
    {                                                                                 \
        return (uint64_t)(int64_t)(type)hf_f32_to_##name(unbox(a), rm, &env->fflags); \
    }                                                                                 \
    uint64_t helper_fcvt_##suffix##_d(CPURISCVState *env, uint64_t a, uint32_t rm)    \
    {                                                                                 \
        return (uint64_t)(int64_t)(type)hf_f64_to_##name(a, rm, &env->fflags);        \
    }                                                                                 \
    uint64_t helper_fcvt_s_##suffix(CPURISCVState *env, uint64_t a, uint32_t rm)      \
    {                                                                                 \
        return box(hf_##name##_to_f32(a, rm, &env->fflags));                          \
    }                                                                                 \
    uint64_t helper_fcvt_d_##suffix(CPURISCVState *env, uint64_t a, uint32_t rm)      \
    {                                                                                 \
        return hf_##name##_to_f64(a, rm, &env->fflags);                               \
    }
CONVERT(w, i32, int32_t)
CONVERT(wu, u32, int32_t)
CONVERT(l, i64, int64_t)
CONVERT(lu, u64, int64_t)

uint64_t helper_fclass_s(uint64_t a)
{
    return sf_class32(unbox(a));
}

uint64_t helper_fclass_d(uint64_t a)
{
    return sf_class64(a);
}
