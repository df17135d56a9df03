/* SPDX-License-Identifier: MIT */
/*
 * The decoder of 32-bit instructions.
 *
 * The rows of insn.def are put into buckets when the first instruction is decoded: by major opcode
 * and funct3, or for OP-FP (where funct3 is usually the rounding mode) by funct7. A bucket holds at
 * most some twenty rows, and as all rows are disjoint, the first that matches is the one.
 */
#include <glib.h>

#include "target/riscv/decode.h"
#include "target/riscv/helper.h"
#include "target/riscv/translate.h"

/* Encodings: the fixed bits, and which bits they are. Funct fields come in the order of the word.
 */
#define ENC_BITS(match, mask)   (match), (mask)
#define ENC_ALL(bits)           (bits), 0xffffffff
#define ENC_OP(op)              (op), 0x7f
#define ENC_I(f3, op)           ((f3) << 12 | (op)), 0x707f
#define ENC_R(f7, f3, op)       ((uint32_t)(f7) << 25 | (f3) << 12 | (op)), 0xfe00707f
#define ENC_SH6(f6, f3, op)     ((uint32_t)(f6) << 26 | (f3) << 12 | (op)), 0xfc00707f
#define ENC_R1(f7, rs2, f3, op) ((uint32_t)(f7) << 25 | (rs2) << 20 | (f3) << 12 | (op)), 0xfff0707f
#define ENC_R4(format, op)      ((format) << 25 | (op)), 0x0600007f
#define ENC_FR_RM(f7)           ((uint32_t)(f7) << 25 | 0x53), 0xfe00007f
#define ENC_F1_RM(f7, rs2)      ((uint32_t)(f7) << 25 | (rs2) << 20 | 0x53), 0xfff0007f
#define ENC_AMO(f5, f3)         ((uint32_t)(f5) << 27 | (f3) << 12 | 0x2f), 0xf800707f
#define ENC_LR(f3)              (0x10000000 | (f3) << 12 | 0x2f), 0xf9f0707f
#define EXT_I                   EXT_COUNT

const RVRow rv_rows[RV_COUNT] = {
#define INSN(name, encoding, ext, format, translation, arg) \
    {encoding, #name, trans_##translation, arg, EXT_##ext, RV_FORMAT_##format},
#include "target/riscv/insn.def"
#undef INSN
};
_Static_assert(RV_COUNT <= 256, "RVRowC.expansion and the buckets hold rows in 8 bits");

const char *const rv_format_operands[] = {
#define FORMAT(name, imm, flags, operands) operands,
#include "target/riscv/format.def"
#undef FORMAT
};

const uint8_t rv_format_flags[] = {
#define FORMAT(name, imm, flags, operands) FMT_##flags,
#include "target/riscv/format.def"
#undef FORMAT
};

enum { IMM_NONE, IMM_I, IMM_S, IMM_B, IMM_U, IMM_J, IMM_SH5, IMM_SH6 };

static const uint8_t format_imm[] = {
#define FORMAT(name, imm, flags, operands) IMM_##imm,
#include "target/riscv/format.def"
#undef FORMAT
};

enum { KEYS = 32 * 8, KEYS_FP = 128, OP_FP = 0x14, POOL = 2048 };

static struct {
    uint8_t rows[POOL]; /* the buckets, one after the other */
    uint16_t start[KEYS + KEYS_FP + 1];
} buckets;

/* The bucket of an instruction: major opcode and funct3, or one of the buckets of OP-FP. */
static inline unsigned bucket_of(uint32_t bits)
{
    unsigned op = bits >> 2 & 31;

    return op == OP_FP ? KEYS + (bits >> 25) : op << 3 | (bits >> 12 & 7);
}

static void make_buckets(void)
{
    unsigned n = 0;

    for (unsigned key = 0; key < KEYS + KEYS_FP; key++) {
        /* An encoding with this key, and the bits that the key determines. */
        uint32_t bits = key < KEYS ? 3 | (key >> 3) << 2 | (key & 7) << 12
                                   : 3 | OP_FP << 2 | (uint32_t)(key - KEYS) << 25;
        uint32_t known = key < KEYS ? 0x707f : 0xfe00007f;

        buckets.start[key] = n;
        for (unsigned i = 0; i < RV_COUNT; i++) {
            if (!((rv_rows[i].match ^ bits) & rv_rows[i].mask & known)) {
                g_assert(n < POOL);
                buckets.rows[n++] = i;
            }
        }
    }
    buckets.start[KEYS + KEYS_FP] = n;
}

static int32_t immediate(unsigned kind, uint32_t bits)
{
    int32_t s = bits; /* for the sign, which is bit 31 in every kind */

    switch (kind) {
    case IMM_I: return s >> 20;
    case IMM_S: return (s >> 25 << 5) | (bits >> 7 & 31);
    case IMM_B:
        return (s >> 31 << 12) | (bits >> 7 & 1) << 11 | (bits >> 25 & 63) << 5 |
               (bits >> 8 & 15) << 1;
    case IMM_U: return bits & 0xfffff000;
    case IMM_J:
        return (s >> 31 << 20) | (bits & 0xff000) | (bits >> 20 & 1) << 11 |
               (bits >> 21 & 0x3ff) << 1;
    case IMM_SH5: return bits >> 20 & 31;
    case IMM_SH6: return bits >> 20 & 63;
    default: return 0;
    }
}

bool rv_decode(uint32_t bits, RVInsn *a)
{
    static gsize once;
    const uint8_t *p, *end;

    if (rv_length(bits) == 2)
        return rv_decode_c(bits & 0xffff, a);
    a->bits = bits;
    a->length = 4;
    if (g_once_init_enter(&once)) {
        make_buckets();
        g_once_init_leave(&once, 1);
    }
    p = buckets.rows + buckets.start[bucket_of(bits)];
    end = buckets.rows + buckets.start[bucket_of(bits) + 1];
    for (; p < end; p++) {
        const RVRow *row = &rv_rows[*p];

        if ((bits & row->mask) != row->match)
            continue;
        if (row->ext != EXT_COUNT && !riscv_has(row->ext))
            return false;
        a->row = row;
        a->c = NULL;
        a->rd = bits >> 7 & 31;
        a->rs1 = bits >> 15 & 31;
        a->rs2 = bits >> 20 & 31;
        a->rs3 = bits >> 27;
        a->rm = bits >> 12 & 7;
        a->imm = immediate(format_imm[row->format], bits);
        /* Rounding modes 5 and 6 are reserved, also where the result is always exact. */
        return !(rv_format_flags[row->format] & FMT_RM) || (a->rm != 5 && a->rm != 6);
    }
    return false;
}
