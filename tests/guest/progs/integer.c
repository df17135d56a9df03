/* RV64I, M, Zba, Zbb, Zbs on pairs of edge values, against what C computes. */
#include "lib.h"

static const uint64_t values[] = {
    0,
    1,
    2,
    3,
    -1ul,
    -2ul,
    0x7f,
    0x80,
    0x8000,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0xffffffff80000000,
    0x100000000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x8000000000000001,
    0x0123456789abcdef,
    0xfedcba9876543210,
    0x00ff00ff00ff00ff,
    0x5555555555555555,
    0xaaaaaaaaaaaaaaaa,
    31,
    32,
    33,
    63,
    64,
    65,
};
enum { NB_VALUES = ARRAY_SIZE(values) };

static const int64_t imm_i[10] = {0, 1, -1, 5, -31, 63, 1365, -1366, 2047, -2048};
static const int64_t imm_s6[10] = {0, 1, 7, 15, 31, 32, 33, 47, 62, 63};
static const int64_t imm_s5[10] = {0, 1, 3, 7, 8, 15, 16, 24, 30, 31};

static uint64_t sext(uint64_t v)
{
    return (int64_t)(int32_t)v;
}
static uint32_t w(uint64_t v)
{
    return v;
}
static uint64_t ror64(uint64_t v, unsigned n)
{
    return n ? v >> n | v << (64 - n) : v;
}
static uint32_t ror32(uint32_t v, unsigned n)
{
    return n ? v >> n | v << (32 - n) : v;
}

static uint64_t count_leading(uint64_t v, unsigned bits)
{
    unsigned n = 0;
    while (n < bits && !(v >> (bits - 1 - n) & 1)) {
        n++;
    }
    return n;
}

static uint64_t count_trailing(uint64_t v, unsigned bits)
{
    unsigned n = 0;
    while (n < bits && !(v >> n & 1)) {
        n++;
    }
    return n;
}

static uint64_t count_ones(uint64_t v)
{
    unsigned n = 0;
    for (unsigned i = 0; i < 64; i++) {
        n += v >> i & 1;
    }
    return n;
}

static uint64_t or_combine(uint64_t v)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < 64; i += 8) {
        r |= v >> i & 0xff ? 0xfful << i : 0;
    }
    return r;
}

static uint64_t reverse_bytes(uint64_t v)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < 64; i += 8) {
        r |= (v >> i & 0xff) << (56 - i);
    }
    return r;
}

typedef uint64_t (*Op)(uint64_t a, uint64_t b);
typedef struct Entry {
    const char *name;
    Op op, model;
} Entry;
typedef struct ImmEntry {
    const char *name;
    const Op *ops;
    Op model;
    const int64_t *imm;
} ImmEntry;

/* Declarations and models, then the tables. */
#define REG(name, insn, result)                          \
    uint64_t op_##name(uint64_t a, uint64_t b);          \
    static uint64_t model_##name(uint64_t a, uint64_t b) \
    {                                                    \
        return result;                                   \
    }
#define ONE(name, insn, result) REG(name, insn, result)
#define IMM(name, insn, kind, result)                    \
    extern const Op op_##name[];                         \
    static uint64_t model_##name(uint64_t a, uint64_t b) \
    {                                                    \
        return result;                                   \
    }
#include "integer.inc"
#undef REG
#undef ONE
#undef IMM

#define REG(name, insn, result) {#insn, op_##name, model_##name},
#define ONE(name, insn, result)
#define IMM(name, insn, kind, result)
static const Entry reg_ops[] = {
#include "integer.inc"
};
#undef REG
#undef ONE
#define REG(name, insn, result)
#define ONE(name, insn, result) {#insn, op_##name, model_##name},
static const Entry one_ops[] = {
#include "integer.inc"
};
#undef ONE
#undef IMM
#define ONE(name, insn, result)
#define IMM(name, insn, kind, result) {#insn, op_##name, model_##name, imm_##kind},
static const ImmEntry imm_ops[] = {
#include "integer.inc"
};

#define BRANCHES(X)                  \
    X(beq, a == b)                   \
    X(bne, a != b)                   \
    X(blt, (int64_t)a < (int64_t)b)  \
    X(bge, (int64_t)a >= (int64_t)b) \
    X(bltu, a < b)                   \
    X(bgeu, a >= b)
#define DECLARE(name, result)                            \
    uint64_t br_##name(uint64_t a, uint64_t b);          \
    static uint64_t model_##name(uint64_t a, uint64_t b) \
    {                                                    \
        return result;                                   \
    }
BRANCHES(DECLARE)
#define ENTRY(name, result) {#name, br_##name, model_##name},
static const Entry branches[] = {BRANCHES(ENTRY)};

static void test_pairs(const Entry *table, unsigned n)
{
    for (const Entry *e = table; e < table + n; e++) {
        for (unsigned i = 0; i < NB_VALUES; i++) {
            uint64_t h = 0;
            for (unsigned j = 0; j < NB_VALUES; j++) {
                uint64_t got = e->op(values[i], values[j]);
                uint64_t want = e->model(values[i], values[j]);
                h = mix(h, got);
                check(got == want, "%s %x, %x: %x, want %x", e->name, values[i], values[j], got,
                      want);
            }
            say("%s %x: %x\n", e->name, values[i], h);
        }
    }
}

static void test_one(void)
{
    for (const Entry *e = one_ops; e < one_ops + ARRAY_SIZE(one_ops); e++) {
        uint64_t h = 0;
        for (unsigned i = 0; i < 64 + NB_VALUES; i++) {
            uint64_t v = i < 64 ? 1ul << i : values[i - 64];
            uint64_t got = e->op(v, 0);
            h = mix(h, got);
            check(got == e->model(v, 0), "%s %x: %x, want %x", e->name, v, got, e->model(v, 0));
        }
        say("%s: %x\n", e->name, h);
    }
}

static void test_immediates(void)
{
    for (const ImmEntry *e = imm_ops; e < imm_ops + ARRAY_SIZE(imm_ops); e++) {
        for (unsigned j = 0; j < 10; j++) {
            uint64_t h = 0;
            for (unsigned i = 0; i < NB_VALUES; i++) {
                uint64_t got = e->ops[j](values[i], 0);
                uint64_t want = e->model(values[i], e->imm[j]);
                h = mix(h, got);
                check(got == want, "%s %x, %d: %x, want %x", e->name, values[i], e->imm[j], got,
                      want);
            }
            say("%s %d: %x\n", e->name, e->imm[j], h);
        }
    }
}

void jumps(uint64_t *out);

static void test_jumps(void)
{
    static const uint64_t want[11] = {
        4, 4, 4, 0xffffffff80000000, 0x7ffff000, 0x1000, 0xffffffff80000000, 0x7ffff000, 0, 0, 0,
    };
    uint64_t got[12];

    jumps(got);
    for (unsigned i = 0; i < 11; i++) {
        check(got[i] == want[i], "jump or constant %d: %x, want %x", (uint64_t)i, got[i], want[i]);
        say("jumps %d: %x\n", (uint64_t)i, got[i]);
    }
}

int main(void)
{
    test_pairs(reg_ops, ARRAY_SIZE(reg_ops));
    test_one();
    test_immediates();
    test_pairs(branches, ARRAY_SIZE(branches));
    test_jumps();
    return 0;
}
