/* SPDX-License-Identifier: MIT */
/*
 * What the files of the translator share: the state of one translation, and the emitters that all
 * groups of instructions use.
 */
#ifndef TARGET_RISCV_TRANSLATE_H
#define TARGET_RISCV_TRANSLATE_H

#include "target/riscv/cpu.h"
#include "target/riscv/decode.h"

/* A TB being translated. Offsets are relative to the virtual page base of its first byte. */
typedef struct DisasContext {
    TCGContext *s;
    uint32_t offset; /* of the current insn */
    uint32_t next;   /* of the insn after it */
    uint8_t priv;    /* the TB flags, taken apart */
    uint8_t mmu_idx;
    uint8_t fs;
    uint8_t frm;
    bool ended; /* the current insn has left the TB: emit nothing more */
} DisasContext;

/*
 * Globals have fixed handles, in the order riscv_tcg_init() makes them: env, x1 to x31, f0 to f31,
 * the page base.
 */
enum { GLOBAL_F0 = 32, GLOBAL_PC_PAGE = 64 };

static inline TCGv gpr(DisasContext *c, unsigned n)
{
    return n ? (TCGv){n} : tcg_constant_i64(c->s, 0);
}

/* Where to write x[n]; what is written to x0 is lost. */
static inline TCGv gpr_dest(DisasContext *c, unsigned n)
{
    return n ? (TCGv){n} : tcg_temp_new_i64(c->s);
}

static inline TCGv fpr(unsigned n)
{
    return (TCGv){GLOBAL_F0 + n};
}

static inline TCGv pc_page(void)
{
    return (TCGv){GLOBAL_PC_PAGE};
}

/* ---- translate.c ---------------------------------------------------------------------------- */

/* d = virtual pc at an offset. */
void gen_pc(DisasContext *c, TCGv d, int32_t offset);
/* rs1 plus the immediate. */
TCGv gen_address(DisasContext *c, const RVInsn *a);
/* Goes on at an offset, with the same flags; `n` is 0 or 1, each once in a TB. */
void gen_goto(DisasContext *c, unsigned n, int32_t offset);
/* Ends the TB through the dispatcher, which goes on at the next insn. */
void gen_exit_next(DisasContext *c);
/* Raises an exception; tval is an i64 temp. Does not set `ended`: it may be a side path. */
void gen_raise(DisasContext *c, unsigned cause, TCGv tval);
/* The current insn is illegal: raises that and ends the TB. */
void gen_illegal(DisasContext *c, const RVInsn *a);

/* ---- arguments of rows that are more than a number ------------------------------------------ */

enum { FMA_NEG_PRODUCT = 0x1000, FMA_NEG_ADDEND = 0x2000, FMA_HELPER = 0xfff };
enum { FSGN_J, FSGN_JN, FSGN_JX };
/* Operations of AMOs, beside the MO_SIZE of the operands. */
enum {
    AMO_SWAP = 0 << 2,
    AMO_ADD = 1 << 2,
    AMO_XOR = 2 << 2,
    AMO_AND = 3 << 2,
    AMO_OR = 4 << 2,
    AMO_MIN = 5 << 2, /* from here on operands are compared */
    AMO_MAX = 6 << 2,
    AMO_MINU = 7 << 2,
    AMO_MAXU = 8 << 2,
};

/* ---- trans_*(): one function for each group of instructions --------------------------------- */

/* Declared once for each row that names it. */
#define INSN(name, encoding, ext, format, translation, arg) RVTranslate trans_##translation;
#include "target/riscv/insn.def"
#undef INSN

#endif
