/* SPDX-License-Identifier: MIT */
/* The decoder of 16-bit instructions, which expands them to rows of insn.def. */
#include <glib.h>

#include "target/riscv/cpu.h"
#include "target/riscv/decode.h"

/* Where registers and immediate are: names after the formats of the C extension's chapter. */
enum {
    C_CIW,
    C_CL_W,
    C_CL_D,
    C_CS_W,
    C_CS_D,
    C_CI,
    C_CI_LI,
    C_CI_16SP,
    C_CI_LUI,
    C_CI_SH,
    C_CI_LWSP,
    C_CI_LDSP,
    C_CB,
    C_CB_SH,
    C_CB_IMM,
    C_CA,
    C_CJ,
    C_CR_JR,
    C_CR_JALR,
    C_CR_MV,
    C_CR_ADD,
    C_CR_NONE,
    C_CSS_W,
    C_CSS_D,
};

enum { COND_NONE, COND_RD, COND_RS1, COND_IMM };

const RVRowC rv_rows_c[RV_C_COUNT] = {
#define INSN_C(name, match, mask, fields, expansion, condition, operands) \
    {#name, operands, match, mask, C_##fields, RV_##expansion, COND_##condition},
#include "target/riscv/insn-c.def"
#undef INSN_C
};

/* First row of each quadrant; rows are sorted by quadrant. */
static unsigned quadrant_start(unsigned quadrant)
{
    return quadrant == 0 ? RV_c_addi4spn : quadrant == 1 ? RV_c_nop : RV_c_slli;
}

/* Bits `hi` to `lo` of x, moved to bit `to`. */
static inline uint32_t field(uint32_t x, unsigned hi, unsigned lo, unsigned to)
{
    return (x >> lo & ((1u << (hi - lo + 1)) - 1)) << to;
}

static inline int32_t sign_extend(uint32_t x, unsigned bits)
{
    return (int32_t)(x << (32 - bits)) >> (32 - bits);
}

static uint32_t word_offset(uint32_t x)
{
    return field(x, 12, 10, 3) | field(x, 6, 6, 2) | field(x, 5, 5, 6);
}

static uint32_t double_offset(uint32_t x)
{
    return field(x, 12, 10, 3) | field(x, 6, 5, 6);
}

static void extract_fields(unsigned fields, uint32_t x, RVInsn *a)
{
    unsigned full = field(x, 11, 7, 0), full2 = field(x, 6, 2, 0);
    unsigned high = 8 + field(x, 9, 7, 0), low = 8 + field(x, 4, 2, 0);
    uint32_t imm6 = field(x, 12, 12, 5) | full2;

    /* Most instructions of the C extension overwrite their first operand. */
    a->rd = a->rs1 = full;
    a->rs2 = full2;
    a->imm = 0;
    switch (fields) {
    case C_CIW:
        a->rd = low;
        a->rs1 = 2;
        a->imm = field(x, 12, 11, 4) | field(x, 10, 7, 6) | field(x, 6, 6, 2) | field(x, 5, 5, 3);
        break;
    case C_CL_W:
    case C_CL_D:
    case C_CS_W:
    case C_CS_D:
        a->rd = a->rs2 = low;
        a->rs1 = high;
        a->imm = fields == C_CL_W || fields == C_CS_W ? word_offset(x) : double_offset(x);
        break;
    case C_CI_LI: a->rs1 = 0; /* fallthrough */
    case C_CI: a->imm = sign_extend(imm6, 6); break;
    case C_CI_LUI: a->imm = sign_extend(imm6, 6) * 4096; break;
    case C_CI_16SP:
        a->imm = sign_extend(field(x, 12, 12, 9) | field(x, 6, 6, 4) | field(x, 5, 5, 6) |
                                 field(x, 4, 3, 7) | field(x, 2, 2, 5),
                             10);
        break;
    case C_CI_SH: a->imm = imm6; break;
    case C_CI_LWSP:
        a->rs1 = 2;
        a->imm = field(x, 12, 12, 5) | field(x, 6, 4, 2) | field(x, 3, 2, 6);
        break;
    case C_CI_LDSP:
        a->rs1 = 2;
        a->imm = field(x, 12, 12, 5) | field(x, 6, 5, 3) | field(x, 4, 2, 6);
        break;
    case C_CB:
        a->rs1 = high;
        a->rs2 = 0;
        a->imm = sign_extend(field(x, 12, 12, 8) | field(x, 11, 10, 3) | field(x, 6, 5, 6) |
                                 field(x, 4, 3, 1) | field(x, 2, 2, 5),
                             9);
        break;
    case C_CB_SH:
    case C_CB_IMM:
        a->rd = a->rs1 = high;
        a->imm = fields == C_CB_SH ? (int32_t)imm6 : sign_extend(imm6, 6);
        break;
    case C_CA:
        a->rd = a->rs1 = high;
        a->rs2 = low;
        break;
    case C_CJ:
        a->rd = 0;
        a->imm = sign_extend(field(x, 12, 12, 11) | field(x, 11, 11, 4) | field(x, 10, 9, 8) |
                                 field(x, 8, 8, 10) | field(x, 7, 7, 6) | field(x, 6, 6, 7) |
                                 field(x, 5, 3, 1) | field(x, 2, 2, 5),
                             12);
        break;
    case C_CR_JR: a->rd = 0; break;
    case C_CR_JALR: a->rd = 1; break;
    case C_CR_MV: a->rs1 = full2; break;
    case C_CSS_W:
        a->rs1 = 2;
        a->imm = field(x, 12, 9, 2) | field(x, 8, 7, 6);
        break;
    case C_CSS_D:
        a->rs1 = 2;
        a->imm = field(x, 12, 10, 3) | field(x, 9, 7, 6);
        break;
    default: break;
    }
}

static bool condition_holds(const RVInsn *a)
{
    switch (a->c->condition) {
    case COND_RD: return a->rd != 0;
    case COND_RS1: return a->rs1 != 0;
    case COND_IMM: return a->imm != 0;
    default: return true;
    }
}

bool rv_decode_c(uint32_t bits, RVInsn *a)
{
    a->bits = bits;
    a->length = 2;
    if (!riscv_has(EXT_C))
        return false;
    for (unsigned i = quadrant_start(bits & 3); i < RV_C_COUNT; i++) {
        const RVRowC *c = &rv_rows_c[i];

        if ((bits & c->mask) != c->match)
            continue;
        a->c = c;
        a->row = &rv_rows[c->expansion];
        if (a->row->ext != EXT_COUNT && !riscv_has(a->row->ext))
            return false;
        extract_fields(c->fields, bits, a);
        return condition_holds(a);
    }
    return false;
}
