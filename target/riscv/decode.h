/* SPDX-License-Identifier: MIT */
/* Decoding of RISC-V instructions: what insn.def and insn-c.def say, as data. */
#ifndef TARGET_RISCV_DECODE_H
#define TARGET_RISCV_DECODE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum RVFormat {
#define FORMAT(name, imm, flags, operands) RV_FORMAT_##name,
#include "target/riscv/format.def"
#undef FORMAT
} RVFormat;

enum {
    FMT_NONE = 0,
    FMT_RM = 1,   /* has a rounding mode */
    FMT_AQRL = 2, /* has the acquire and release bits */
};

typedef enum RVOpcode {
#define INSN(name, encoding, ext, format, translation, arg) RV_##name,
#include "target/riscv/insn.def"
#undef INSN
    RV_COUNT
} RVOpcode;

typedef enum RVOpcodeC {
#define INSN_C(name, match, mask, fields, expansion, condition, operands) RV_##name,
#include "target/riscv/insn-c.def"
#undef INSN_C
    RV_C_COUNT
} RVOpcodeC;

typedef struct RVInsn RVInsn;
struct DisasContext;
typedef void RVTranslate(struct DisasContext *c, const RVInsn *a);

/* A row of insn.def. */
typedef struct RVRow {
    uint32_t match, mask;
    const char *name; /* with _ for each dot of the mnemonic */
    RVTranslate *translate;
    int16_t arg;
    uint8_t ext;    /* RVExt, or EXT_COUNT for the base */
    uint8_t format; /* RVFormat */
} RVRow;

/* A row of insn-c.def. */
typedef struct RVRowC {
    const char *name;
    const char *operands;
    uint16_t match, mask;
    uint8_t fields;    /* C_* of decode-c.c */
    uint8_t expansion; /* RVOpcode */
    uint8_t condition; /* COND_* of decode-c.c */
} RVRowC;

/* One decoded instruction. Fields that its format has not are unspecified. */
struct RVInsn {
    const RVRow *row;
    const RVRowC *c; /* the compressed form it was expanded from, or NULL */
    uint32_t bits;   /* as in memory; 16-bit instructions zero-extended */
    uint8_t length;  /* bytes */
    uint8_t rd, rs1, rs2, rs3, rm;
    int32_t imm; /* sign-extended; lui and auipc: the whole 32-bit constant */
};

extern const RVRow rv_rows[RV_COUNT];
extern const RVRowC rv_rows_c[RV_C_COUNT];
extern const char *const rv_format_operands[];
extern const uint8_t rv_format_flags[];

static inline unsigned rv_length(uint32_t bits)
{
    return (bits & 3) == 3 ? 4 : 2;
}

/*
 * Decodes the instruction in `bits` (of which a 16-bit one fills the low half). False if it is
 * illegal: reserved, or of an extension that the cpu model has not. `bits` and `length` of *a are
 * filled in either way.
 */
bool rv_decode(uint32_t bits, RVInsn *a);
/* The same for 16-bit instructions only; fields of *a as rv_decode(). */
bool rv_decode_c(uint32_t bits, RVInsn *a);

#endif
