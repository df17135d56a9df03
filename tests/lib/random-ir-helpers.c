/* The helpers that random IR calls: one for each kind of effect. See random-ir.h. */
#include "tests/lib/random-ir.h"

#include <string.h>

enum {
    H_MIX,
    H_MIX32,
    H_SUM,
    H_READ,
    H_WRITE,
    H_RAISE,
    H_NOTE,
    H_MANY,
    H_WRITE_RAISE,
    H_FADD = RANDOM_IR_FADD
};

void (*random_ir_called)(RandomEnv *env);

static void called(RandomEnv *env)
{
    if (random_ir_called) {
        random_ir_called(env);
    }
}

static uint64_t helper_mix(uint64_t a, uint64_t b)
{
    return (a ^ b << 7) * 0x9e3779b97f4a7c15;
}
static uint32_t helper_mix32(uint32_t a, uint64_t b)
{
    return (a + (uint32_t)(b >> 13)) * 2654435761u;
}

static uint64_t helper_sum(void *p)
{
    RandomEnv *env = p;
    uint64_t sum = 0;
    for (unsigned i = 0; i < RANDOM_IR_GLOBALS64; i++) {
        sum = sum * 31 + env->x[i];
    }
    for (unsigned i = 0; i < RANDOM_IR_GLOBALS32; i++) {
        sum = sum * 31 + env->w[i];
    }
    return sum;
}

static uint64_t helper_read(void *p)
{
    RandomEnv *env = p;
    return env->notes = env->notes * 5 + helper_sum(env);
}

static void helper_write(void *p, uint64_t v)
{
    RandomEnv *env = p;
    env->x[v % RANDOM_IR_GLOBALS64] += v;
    env->w[v % RANDOM_IR_GLOBALS32] ^= v >> 5;
    called(env);
}

static uint64_t helper_raise(void *p, uint64_t v)
{
    RandomEnv *env = p;
    if (v % 8 == 0) {
        env->cpu.trap = RANDOM_IR_RAISE;
        env->cpu.trap_value = v;
    }
    called(env);
    return v * 3;
}

static void helper_note(void *p, uint32_t v)
{
    RandomEnv *env = p;
    env->notes = env->notes * 7 + v;
}

static uint64_t helper_many(uint32_t a, uint64_t b, uint32_t c, uint64_t d, uint32_t e, uint64_t f,
                            void *p)
{
    RandomEnv *env = p;
    env->notes += a + b * 3 + c * 5ull + d * 7 + e * 9ull + f * 11;
    return env->notes ^ a;
}

static uint32_t helper_write_raise(void *p, uint32_t v)
{
    RandomEnv *env = p;
    env->x[v % RANDOM_IR_GLOBALS64] = v;
    if (v % 16 == 3) {
        env->cpu.trap = RANDOM_IR_RAISE;
        env->cpu.trap_value = v;
    }
    called(env);
    return ~v;
}

/* To nearest-even, as what is inline does; every sum counts as inexact. */
static uint64_t helper_fadd(void *p, uint64_t a, uint64_t b, uint32_t rm)
{
    RandomEnv *env = p;
    double x, y;
    uint64_t r;

    memcpy(&x, &a, 8);
    memcpy(&y, &b, 8);
    x += y;
    memcpy(&r, &x, 8);
    env->fp_flags |= 1;
    return (x == x ? r : 0x7ff8000000000000) + rm;
}

const uint8_t random_ir_fp_ops[RANDOM_IR_HELPERS] = {[H_FADD] = TCG_FP_ADD64};

#define FN(f) ((void (*)(void))f)
const TCGHelperInfo random_ir_helpers[RANDOM_IR_HELPERS] = {
    [H_MIX] = {"mix", FN(helper_mix), TCG_CALL_PURE, "lll"},
    [H_MIX32] = {"mix32", FN(helper_mix32), TCG_CALL_PURE, "wwl"},
    [H_SUM] = {"sum", FN(helper_sum), TCG_CALL_PURE | TCG_CALL_READ_STATE, "le"},
    [H_READ] = {"read", FN(helper_read), TCG_CALL_READ_STATE, "le"},
    [H_WRITE] = {"write", FN(helper_write), TCG_CALL_WRITE_STATE, "vel"},
    [H_RAISE] = {"raise", FN(helper_raise), TCG_CALL_READ_STATE | TCG_CALL_RAISE, "lel"},
    [H_NOTE] = {"note", FN(helper_note), 0, "vew"},
    [H_MANY] = {"many", FN(helper_many), 0, "lwlwlwle"},
    [H_WRITE_RAISE] = {"write_raise", FN(helper_write_raise),
                       TCG_CALL_READ_STATE | TCG_CALL_WRITE_STATE | TCG_CALL_RAISE, "wew"},
    [H_FADD] = {"fadd", FN(helper_fadd), 0, "lellw"},
};

uint64_t random_ir_call(IrMachine *m, unsigned helper, const uint64_t *a)
{
    void *p = m->env;

    switch (helper) {
    case H_MIX: return helper_mix(a[0], a[1]);
    case H_MIX32: return helper_mix32(a[0], a[1]);
    case H_SUM: return helper_sum(p);
    case H_READ: return helper_read(p);
    case H_WRITE: helper_write(p, a[1]); return 0;
    case H_RAISE: return helper_raise(p, a[1]);
    case H_NOTE: helper_note(p, a[1]); return 0;
    case H_FADD: return helper_fadd(p, a[1], a[2], (uint32_t)a[3]);
    case H_MANY: return helper_many(a[0], a[1], a[2], a[3], a[4], a[5], p);
    default: return helper_write_raise(p, a[1]);
    }
}
