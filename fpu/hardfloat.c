/* SPDX-License-Identifier: MIT */
/*
 * The hf_ functions: the host's arithmetic where hardfloat.h proves it right, else the software.
 * Build with -ffp-contract=off.
 */
#include "hardfloat.h"

uint32_t hf_add32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    return hf_try_add32(a, b, rm, fflags, &r) ? r : sf_add32(a, b, rm, fflags);
}

uint64_t hf_add64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    uint64_t r;

    return hf_try_add64(a, b, rm, fflags, &r) ? r : sf_add64(a, b, rm, fflags);
}

uint32_t hf_sub32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    return hf_try_sub32(a, b, rm, fflags, &r) ? r : sf_sub32(a, b, rm, fflags);
}

uint64_t hf_sub64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    uint64_t r;

    return hf_try_sub64(a, b, rm, fflags, &r) ? r : sf_sub64(a, b, rm, fflags);
}

uint32_t hf_mul32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    return hf_try_mul32(a, b, rm, fflags, &r) ? r : sf_mul32(a, b, rm, fflags);
}

uint64_t hf_mul64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    uint64_t r;

    return hf_try_mul64(a, b, rm, fflags, &r) ? r : sf_mul64(a, b, rm, fflags);
}

uint32_t hf_div32(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    return hf_try_div32(a, b, rm, fflags, &r) ? r : sf_div32(a, b, rm, fflags);
}

uint64_t hf_div64(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    uint64_t r;

    return hf_try_div64(a, b, rm, fflags, &r) ? r : sf_div64(a, b, rm, fflags);
}

uint32_t hf_sqrt32(uint32_t a, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    return hf_try_sqrt32(a, rm, fflags, &r) ? r : sf_sqrt32(a, rm, fflags);
}

uint64_t hf_sqrt64(uint64_t a, unsigned rm, uint32_t *fflags)
{
    uint64_t r;

    return hf_try_sqrt64(a, rm, fflags, &r) ? r : sf_sqrt64(a, rm, fflags);
}

uint32_t hf_fma32(uint32_t a, uint32_t b, uint32_t c, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    return hf_try_fma32(a, b, c, rm, fflags, &r) ? r : sf_fma32(a, b, c, rm, fflags);
}

uint64_t hf_fma64(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags)
{
    uint64_t r;

    return hf_try_fma64(a, b, c, rm, fflags, &r) ? r : sf_fma64(a, b, c, rm, fflags);
}

bool hf_eq32(uint32_t a, uint32_t b, uint32_t *fflags)
{
    bool r;

    return hf_try_eq32(a, b, &r) ? r : sf_eq32(a, b, fflags);
}

bool hf_eq64(uint64_t a, uint64_t b, uint32_t *fflags)
{
    bool r;

    return hf_try_eq64(a, b, &r) ? r : sf_eq64(a, b, fflags);
}

bool hf_lt32(uint32_t a, uint32_t b, uint32_t *fflags)
{
    bool r;

    return hf_try_lt32(a, b, &r) ? r : sf_lt32(a, b, fflags);
}

bool hf_lt64(uint64_t a, uint64_t b, uint32_t *fflags)
{
    bool r;

    return hf_try_lt64(a, b, &r) ? r : sf_lt64(a, b, fflags);
}

bool hf_le32(uint32_t a, uint32_t b, uint32_t *fflags)
{
    bool r;

    return hf_try_le32(a, b, &r) ? r : sf_le32(a, b, fflags);
}

bool hf_le64(uint64_t a, uint64_t b, uint32_t *fflags)
{
    bool r;

    return hf_try_le64(a, b, &r) ? r : sf_le64(a, b, fflags);
}

uint64_t hf_f32_to_f64(uint32_t a, uint32_t *fflags)
{
    uint64_t r;

    return hf_try_f32_to_f64(a, &r) ? r : sf_f32_to_f64(a, fflags);
}

uint32_t hf_f64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    return hf_try_f64_to_f32(a, rm, fflags, &r) ? r : sf_f64_to_f32(a, rm, fflags);
}

int32_t hf_f32_to_i32(uint32_t a, unsigned rm, uint32_t *fflags)
{
    int64_t r;

    if (hf_try_to_int((double)hf_float(a), INT32_MIN, INT32_MAX, rm, fflags, &r))
        return (int32_t)r;
    return sf_f32_to_i32(a, rm, fflags);
}

int32_t hf_f64_to_i32(uint64_t a, unsigned rm, uint32_t *fflags)
{
    int64_t r;

    if (hf_try_to_int(hf_double(a), INT32_MIN, INT32_MAX, rm, fflags, &r))
        return (int32_t)r;
    return sf_f64_to_i32(a, rm, fflags);
}

uint32_t hf_f32_to_u32(uint32_t a, unsigned rm, uint32_t *fflags)
{
    int64_t r;

    if (hf_try_to_int((double)hf_float(a), 0, UINT32_MAX, rm, fflags, &r))
        return (uint32_t)r;
    return sf_f32_to_u32(a, rm, fflags);
}

uint32_t hf_f64_to_u32(uint64_t a, unsigned rm, uint32_t *fflags)
{
    int64_t r;

    if (hf_try_to_int(hf_double(a), 0, UINT32_MAX, rm, fflags, &r))
        return (uint32_t)r;
    return sf_f64_to_u32(a, rm, fflags);
}

int64_t hf_f32_to_i64(uint32_t a, unsigned rm, uint32_t *fflags)
{
    int64_t r;

    if (hf_try_to_int((double)hf_float(a), INT64_MIN, INT64_MAX, rm, fflags, &r))
        return r;
    return sf_f32_to_i64(a, rm, fflags);
}

int64_t hf_f64_to_i64(uint64_t a, unsigned rm, uint32_t *fflags)
{
    int64_t r;

    if (hf_try_to_int(hf_double(a), INT64_MIN, INT64_MAX, rm, fflags, &r))
        return r;
    return sf_f64_to_i64(a, rm, fflags);
}

uint64_t hf_f32_to_u64(uint32_t a, unsigned rm, uint32_t *fflags)
{
    int64_t r;

    if (hf_try_to_int((double)hf_float(a), 0, INT64_MAX, rm, fflags, &r))
        return (uint64_t)r;
    return sf_f32_to_u64(a, rm, fflags);
}

uint64_t hf_f64_to_u64(uint64_t a, unsigned rm, uint32_t *fflags)
{
    int64_t r;

    if (hf_try_to_int(hf_double(a), 0, INT64_MAX, rm, fflags, &r))
        return (uint64_t)r;
    return sf_f64_to_u64(a, rm, fflags);
}

uint32_t hf_i32_to_f32(int32_t a, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    if (hf_try_i64_to_f32(a, rm, fflags, &r))
        return r;
    return sf_i32_to_f32(a, rm, fflags);
}

uint64_t hf_i32_to_f64(int32_t a, unsigned rm, uint32_t *fflags)
{
    (void)rm;
    (void)fflags;
    return hf_bits64((double)a);
}

uint32_t hf_u32_to_f32(uint32_t a, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    if (hf_try_i64_to_f32(a, rm, fflags, &r))
        return r;
    return sf_u32_to_f32(a, rm, fflags);
}

uint64_t hf_u32_to_f64(uint32_t a, unsigned rm, uint32_t *fflags)
{
    (void)rm;
    (void)fflags;
    return hf_bits64((double)a);
}

uint32_t hf_i64_to_f32(int64_t a, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    if (hf_try_i64_to_f32(a, rm, fflags, &r))
        return r;
    return sf_i64_to_f32(a, rm, fflags);
}

uint64_t hf_i64_to_f64(int64_t a, unsigned rm, uint32_t *fflags)
{
    uint64_t r;

    if (hf_try_i64_to_f64(a, rm, fflags, &r))
        return r;
    return sf_i64_to_f64(a, rm, fflags);
}

uint32_t hf_u64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags)
{
    uint32_t r;

    if (a <= INT64_MAX && hf_try_i64_to_f32((int64_t)a, rm, fflags, &r))
        return r;
    return sf_u64_to_f32(a, rm, fflags);
}

uint64_t hf_u64_to_f64(uint64_t a, unsigned rm, uint32_t *fflags)
{
    uint64_t r;

    if (a <= INT64_MAX && hf_try_i64_to_f64((int64_t)a, rm, fflags, &r))
        return r;
    return sf_u64_to_f64(a, rm, fflags);
}
