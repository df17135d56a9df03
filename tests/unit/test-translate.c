/* SPDX-License-Identifier: MIT */
/*
 * What the IR of RISC-V instructions computes, against one line of C for each: the IR is run as it
 * leaves the front end and once more as it leaves the optimiser, by an evaluator that knows only
 * what tcg_eval_op() says of each op. Operands are edge values and random ones; rd, rs1 and rs2
 * coincide in every way, and are x0 at times. Loads, stores, jumps and CSRs are tested elsewhere.
 */
#include <glib.h>
#include <string.h>

#include "target/riscv/cpu.h"
#include "target/riscv/decode.h"

typedef __int128 s128;
typedef unsigned __int128 u128;

/* ---- what each row should do ---------------------------------------------------------------- */

typedef uint64_t Reference(uint64_t a, uint64_t b, int64_t imm);

static uint64_t bits_of(uint64_t x)
{
    uint64_t n = 0;

    for (; x; x >>= 1)
        n += x & 1;
    return n;
}

static uint64_t leading(uint64_t x, int width)
{
    int n = 0;

    while (n < width && !(x >> (width - 1 - n) & 1))
        n++;
    return n;
}

static uint64_t trailing(uint64_t x, int width)
{
    int n = 0;

    while (n < width && !(x >> n & 1))
        n++;
    return n;
}

static uint64_t rotate_right(uint64_t x, unsigned n, unsigned width)
{
    return width == 32 ? (uint64_t)(int32_t)((uint32_t)x >> n | (uint64_t)(uint32_t)x << (32 - n))
                       : (uint64_t)(((u128)x << 64 | x) >> n);
}

static uint64_t by_bytes(uint64_t x, bool reverse)
{
    uint64_t r = 0;

    for (int i = 0; i < 8; i++) {
        uint64_t byte = x >> 8 * i & 255;

        r |= reverse ? byte << (56 - 8 * i) : (byte ? UINT64_C(255) : 0) << 8 * i;
    }
    return r;
}

static uint64_t boxed(uint64_t x)
{
    return x >> 32 == 0xffffffff ? x : UINT64_C(0xffffffff7fc00000);
}

static uint64_t with_sign(uint64_t x, uint64_t sign, unsigned width)
{
    uint64_t bit = UINT64_C(1) << (width - 1);

    return (x & ~bit) | (sign & bit);
}

#define S64(x) ((int64_t)(x))
#define S32(x) ((uint64_t)(int64_t)(int32_t)(x))
#define U32(x) ((uint64_t)(uint32_t)(x))
#define MIN64  INT64_MIN

/* a and b are the sources (of the kind that the row has), imm its immediate */
#define REFERENCES                                                                  \
    X(lui, imm)                                                                     \
    X(addi, a + imm)                                                                \
    X(slti, S64(a) < imm)                                                           \
    X(sltiu, a < (uint64_t)imm)                                                     \
    X(xori, a ^ imm)                                                                \
    X(ori, a | imm)                                                                 \
    X(andi, a &imm)                                                                 \
    X(slli, a << imm)                                                               \
    X(srli, a >> imm)                                                               \
    X(srai, S64(a) >> imm)                                                          \
    X(add, a + b)                                                                   \
    X(sub, a - b)                                                                   \
    X(sll, a << (b & 63))                                                           \
    X(slt, S64(a) < S64(b))                                                         \
    X(sltu, a < b)                                                                  \
    X(xor, a ^ b)                                                                   \
    X(srl, a >> (b & 63))                                                           \
    X(sra, S64(a) >> (b & 63))                                                      \
    X(or, a | b)                                                                    \
    X(and, a &b)                                                                    \
    X(addiw, S32(a + imm))                                                          \
    X(slliw, S32(a << imm))                                                         \
    X(srliw, S32(U32(a) >> imm))                                                    \
    X(sraiw, S32(a) >> 63 ? ~(U32(~a) >> imm) : U32(a) >> imm)                      \
    X(addw, S32(a + b))                                                             \
    X(subw, S32(a - b))                                                             \
    X(sllw, S32(a << (b & 31)))                                                     \
    X(srlw, S32(U32(a) >> (b & 31)))                                                \
    X(sraw, (uint64_t)(int64_t)((int32_t)a >> (b & 31)))                            \
    X(mul, a *b)                                                                    \
    X(mulh, (s128)S64(a) * S64(b) >> 64)                                            \
    X(mulhsu, (s128)S64(a) * (s128)b >> 64)                                         \
    X(mulhu, (u128)a *b >> 64)                                                      \
    X(div, !b ? UINT64_MAX : S64(a) == MIN64 && S64(b) == -1 ? a : S64(a) / S64(b)) \
    X(divu, !b ? UINT64_MAX : a / b)                                                \
    X(rem, !b ? a : S64(b) == -1 ? 0 : S64(a) % S64(b))                             \
    X(remu, !b ? a : a % b)                                                         \
    X(mulw, S32(a *b))                                                              \
    X(divw, !U32(b) ? UINT64_MAX : S32(S64(S32(a)) / S64(S32(b))))                  \
    X(divuw, !U32(b) ? UINT64_MAX : S32(U32(a) / U32(b)))                           \
    X(remw, !U32(b) ? S32(a) : S32(S64(S32(a)) % S64(S32(b))))                      \
    X(remuw, !U32(b) ? S32(a) : S32(U32(a) % U32(b)))                               \
    X(sh1add, (a << 1) + b)                                                         \
    X(sh2add, (a << 2) + b)                                                         \
    X(sh3add, (a << 3) + b)                                                         \
    X(add_uw, U32(a) + b)                                                           \
    X(sh1add_uw, (U32(a) << 1) + b)                                                 \
    X(sh2add_uw, (U32(a) << 2) + b)                                                 \
    X(sh3add_uw, (U32(a) << 3) + b)                                                 \
    X(slli_uw, U32(a) << imm)                                                       \
    X(andn, a & ~b)                                                                 \
    X(orn, a | ~b)                                                                  \
    X(xnor, ~(a ^ b))                                                               \
    X(min, S64(a) < S64(b) ? a : b)                                                 \
    X(minu, a < b ? a : b)                                                          \
    X(max, S64(a) < S64(b) ? b : a)                                                 \
    X(maxu, a < b ? b : a)                                                          \
    X(rol, rotate_right(a, -b & 63, 64))                                            \
    X(ror, rotate_right(a, b & 63, 64))                                             \
    X(rori, rotate_right(a, imm, 64))                                               \
    X(rolw, rotate_right(a, -b & 31, 32))                                           \
    X(rorw, rotate_right(a, b & 31, 32))                                            \
    X(roriw, rotate_right(a, imm, 32))                                              \
    X(clz, leading(a, 64))                                                          \
    X(ctz, trailing(a, 64))                                                         \
    X(cpop, bits_of(a))                                                             \
    X(clzw, leading(a, 32))                                                         \
    X(ctzw, trailing(a, 32))                                                        \
    X(cpopw, bits_of(U32(a)))                                                       \
    X(sext_b, (int8_t)a)                                                            \
    X(sext_h, (int16_t)a)                                                           \
    X(zext_h, (uint16_t)a)                                                          \
    X(orc_b, by_bytes(a, false))                                                    \
    X(rev8, by_bytes(a, true))                                                      \
    X(bclr, a & ~(UINT64_C(1) << (b & 63)))                                         \
    X(binv, a ^ (UINT64_C(1) << (b & 63)))                                          \
    X(bset, a | (UINT64_C(1) << (b & 63)))                                          \
    X(bext, a >> (b & 63) & 1)                                                      \
    X(bclri, a & ~(UINT64_C(1) << imm))                                             \
    X(binvi, a ^ (UINT64_C(1) << imm))                                              \
    X(bseti, a | (UINT64_C(1) << imm))                                              \
    X(bexti, a >> imm & 1)                                                          \
    X(fsgnj_s, with_sign(boxed(a), boxed(b), 32))                                   \
    X(fsgnjn_s, with_sign(boxed(a), ~boxed(b), 32))                                 \
    X(fsgnjx_s, with_sign(boxed(a), boxed(a) ^ boxed(b), 32))                       \
    X(fsgnj_d, with_sign(a, b, 64))                                                 \
    X(fsgnjn_d, with_sign(a, ~b, 64))                                               \
    X(fsgnjx_d, with_sign(a, a ^ b, 64))                                            \
    X(fmv_x_w, S32(a))                                                              \
    X(fmv_x_d, a)                                                                   \
    X(fmv_w_x, UINT64_C(0xffffffff) << 32 | U32(a))                                 \
    X(fmv_d_x, a)

#define X(name, value)                                              \
    static uint64_t ref_##name(uint64_t a, uint64_t b, int64_t imm) \
    {                                                               \
        return (uint64_t)(value);                                   \
    }
REFERENCES
#undef X

static const struct {
    RVOpcode row;
    Reference *ref;
} references[] = {
#define X(name, value) {RV_##name, ref_##name},
    REFERENCES
#undef X
};

/* ---- the evaluator -------------------------------------------------------------------------- */

static uint64_t values[TCG_MAX_TEMPS];

/* Runs straight-line ops up to the exit; temps of the TB start as rubbish. */
static void run(const TCGContext *s)
{
    for (unsigned i = s->nb_globals + 1; i < s->nb_temps; i++)
        values[i] = s->temps[i].kind == TEMP_CONST ? (uint64_t)s->temps[i].val
                                                   : UINT64_C(0xdeadbeefcafef00d);
    for (unsigned i = 0; i < s->nb_ops; i++) {
        const TCGOp *op = &s->ops[i];
        const TCGOpDef *def = &tcg_op_defs[op->opc];
        uint64_t in[4] = {0}, out[2] = {0};

        if (op->opc == INDEX_op_insn_start || op->opc == INDEX_op_discard)
            continue;
        if (def->flags & TCG_OPF_EXIT)
            return;
        for (unsigned j = 0; j < def->nb_iargs; j++)
            in[j] = values[op->args[def->nb_oargs + j]];
        if (!tcg_eval_op(op, in, out))
            g_error("cannot run %s", def->name);
        for (unsigned j = 0; j < def->nb_oargs; j++)
            values[op->args[j]] = out[j];
    }
}

/* ---- the test ------------------------------------------------------------------------------- */

static uint64_t operand(void)
{
    static const uint64_t edges[] = {
        0,
        1,
        UINT64_MAX,
        0x7fffffff,
        0x80000000,
        0xffffffff,
        UINT64_C(0xffffffff80000000),
        UINT64_C(0xffffffff00000000),
        UINT64_C(0x8000000000000000),
        UINT64_C(0x7fffffffffffffff),
        UINT64_C(0xffffffff7f800001),
    };
    uint64_t x = (uint64_t)g_test_rand_int() << 32 | (uint32_t)g_test_rand_int();

    switch (g_test_rand_int_range(0, 5)) {
    case 0: return edges[g_test_rand_int_range(0, G_N_ELEMENTS(edges))];
    case 1: return x >> g_test_rand_int_range(0, 64);
    case 2: return x << g_test_rand_int_range(0, 64);
    case 3: return UINT64_C(0xffffffff) << 32 | x;
    default: return x;
    }
}

/* Whether the row's operands have this letter of format.def. */
static bool names(const RVRow *row, char letter)
{
    return strchr(rv_format_operands[row->format], letter);
}

static void test_row(TCGContext *s, const RVRow *row, Reference *ref)
{
    for (unsigned i = 0; i < 200; i++) {
        uint32_t bits = row->match | ((uint32_t)g_test_rand_int() & ~row->mask);
        uint8_t code[4];
        TBRequest req = {.code = code, .avail = 4, .max_insns = 1, .flags = TBF_FS};
        uint64_t before[65], expected[65], a, b;
        unsigned dest;
        RVInsn insn;

        /* Few registers, so that they coincide; x0 among them. */
        bits &= ~(0x00060600u & ~row->mask);
        if (names(row, 'T') || names(row, 't'))
            bits &= ~(0x00600000u & ~row->mask);
        code[0] = bits;
        code[1] = bits >> 8;
        code[2] = bits >> 16;
        code[3] = bits >> 24;
        g_assert_true(rv_decode(bits, &insn));
        tcg_func_start(s);
        riscv_translate(s, &req);
        for (unsigned pass = 0; pass < 2; pass++) {
            if (pass) {
                tcg_optimize(s);
                tcg_liveness(s);
            }
            for (unsigned j = 0; j < 12; j++) {
                values[0] = before[0] = 0;
                for (unsigned k = 1; k < 65; k++)
                    values[k] = before[k] = operand();
                a = before[insn.rs1 + (names(row, 's') ? 32 : 0)];
                b = before[insn.rs2 + (names(row, 't') ? 32 : 0)];
                dest = insn.rd + (names(row, 'd') ? 32 : 0);
                memcpy(expected, before, sizeof(expected));
                if (dest)
                    expected[dest] = ref(a, b, insn.imm);
                run(s);
                for (unsigned k = 1; k < 65; k++)
                    if (values[k] != expected[k])
                        g_error("%s (%08x), pass %u: a %016" G_GINT64_MODIFIER
                                "x b %016" G_GINT64_MODIFIER
                                "x: global %u is %016" G_GINT64_MODIFIER
                                "x, not %016" G_GINT64_MODIFIER "x",
                                row->name, bits, pass, a, b, k, values[k], expected[k]);
            }
        }
    }
}

static void test_references(void)
{
    TCGContext *s = tcg_context_new();

    riscv_tcg_init(s);
    for (unsigned i = 0; i < G_N_ELEMENTS(references); i++)
        test_row(s, &rv_rows[references[i].row], references[i].ref);
    tcg_context_free(s);
}

int main(int argc, char **argv)
{
    riscv_ext = (1u << EXT_COUNT) - 1;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/riscv/translate/results", test_references);
    return g_test_run();
}
