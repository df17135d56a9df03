/*
 * TCG IR: types, the per-TB context, and the builder API that front ends use (tcg_gen_*).
 *
 * A TB is translated into a flat array of ops over temps. Temps are: globals (named guest state at
 * a fixed offset from env, live across TBs), locals of the TB, constants, and `env` itself. An i32
 * temp has 32 significant bits; its upper half is undefined. Op meanings: opcodes.def and
 * docs/ir.md.
 *
 * Ownership: a TCGContext owns everything it hands out; all of it is valid until tcg_func_start().
 * A context is used by one thread at a time.
 */
#ifndef TCG_TCG_H
#define TCG_TCG_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcg/memop.h"

typedef enum TCGType { TCG_TYPE_I32, TCG_TYPE_I64 } TCGType;

/* Conditions; the inverse of c is c ^ 1. TST conditions compare (a & b) with 0. */
typedef enum TCGCond {
    TCG_COND_NEVER,
    TCG_COND_ALWAYS,
    TCG_COND_EQ,
    TCG_COND_NE,
    TCG_COND_LT,
    TCG_COND_GE,
    TCG_COND_LE,
    TCG_COND_GT,
    TCG_COND_LTU,
    TCG_COND_GEU,
    TCG_COND_LEU,
    TCG_COND_GTU,
    TCG_COND_TSTEQ,
    TCG_COND_TSTNE,
    TCG_COND_COUNT,
} TCGCond;

enum { TCG_BSWAP_IZ = 1, TCG_BSWAP_OZ = 2, TCG_BSWAP_OS = 4 };
enum { TCG_MO_LD_LD = 1, TCG_MO_ST_LD = 2, TCG_MO_LD_ST = 4, TCG_MO_ST_ST = 8, TCG_MO_ALL = 15 };

typedef enum TCGOpcode {
#define OP(name, o, i, c, t, f) INDEX_op_##name,
#include "tcg/opcodes.def"
#undef OP
    INDEX_op_COUNT,
} TCGOpcode;

enum {
    TCG_OPF_NONE = 0,
    TCG_OPF_BB_START = 1 << 0, /* begins a basic block */
    TCG_OPF_BB_END = 1 << 1,   /* ends a basic block */
    TCG_OPF_NOFALL = 1 << 2,   /* control never goes on to the next op */
    TCG_OPF_EXIT = 1 << 3,     /* leaves the TB */
    TCG_OPF_COND = 1 << 4,     /* first constant argument is a TCGCond */
    TCG_OPF_CALL = 1 << 5,
    TCG_OPF_SIDE = 1 << 6,  /* kept even if its results are unused */
    TCG_OPF_RAISE = 1 << 7, /* may leave with env->trap set: reads every global */
    TCG_OPF_COMM = 1 << 8,  /* inputs 0 and 1 commute */
    TCG_OPF_WIDEN = 1 << 9, /* i32 input, i64 output */
    TCG_OPF_NARROW = 1 << 10,
    TCG_OPF_HOSTMEM = 1 << 11,
    TCG_OPF_GUESTMEM = 1 << 12,
};

enum { TCG_OPT_I, TCG_OPT_L, TCG_OPT_W, TCG_OPT_N };

typedef struct TCGOpDef {
    const char *name;
    uint8_t nb_oargs, nb_iargs, nb_cargs;
    uint8_t types; /* TCG_OPT_* */
    uint16_t flags;
} TCGOpDef;

extern const TCGOpDef tcg_op_defs[INDEX_op_COUNT];

/* A handle to a temp; checked for type by the verifier. */
typedef struct TCGv {
    uint16_t i;
} TCGv;
#define TCGV_NONE ((TCGv){0xffff})
static inline bool tcgv_is_none(TCGv v)
{
    return v.i == 0xffff;
}

typedef enum TCGTempKind { TEMP_ENV, TEMP_GLOBAL, TEMP_LOCAL, TEMP_CONST } TCGTempKind;

typedef struct TCGTemp {
    uint8_t kind;        /* TCGTempKind */
    uint8_t type;        /* TCGType */
    uint16_t slot;       /* locals: number among the TB's locals */
    uint32_t env_offset; /* globals: byte offset from env */
    int64_t val;         /* constants; i32 ones are kept sign-extended */
    const char *name;    /* globals */
} TCGTemp;

enum { TCG_MAX_TEMPS = 2048, TCG_MAX_OPS = 4096, TCG_MAX_LABELS = 256, TCG_OP_ARGS = 9 };
enum { TCG_MAX_CALL_ARGS = 7 };

/*
 * args[]: temps as index, constants as their low 32 bits. For a call: args[0] = helper index,
 * args[1] = result temp or 0xffff, args[2..] = nb_call_args temps.
 */
typedef struct TCGOp {
    uint8_t opc;
    uint8_t type; /* TCGType: the suffix of the op */
    uint8_t nb_call_args;
    uint8_t flags; /* scratch of the passes, 0 between them */
    uint16_t dead; /* liveness: bit n = args[n] is a temp that dies here / an output never read */
    uint32_t args[TCG_OP_ARGS];
} TCGOp;

/*
 * Signature characters of helpers: v void (result only), w i32, l i64, e env (a host pointer).
 * A helper without flags leaves guest globals and the soft TLB alone.
 */
enum {
    TCG_CALL_READ_STATE = 1,  /* may read guest globals in env */
    TCG_CALL_WRITE_STATE = 2, /* may write guest globals in env */
    TCG_CALL_RAISE = 4,       /* may set env->trap: implies that globals are up to date in env */
    TCG_CALL_YIELD = 8,       /* may suspend the vCPU */
    TCG_CALL_PURE = 16,       /* no side effect at all: may be removed or merged */
};

typedef struct TCGHelperInfo {
    const char *name;
    void (*func)(void);
    uint32_t flags;        /* TCG_CALL_* */
    const char *signature; /* result first, then arguments */
} TCGHelperInfo;

/*
 * Floating-point helpers that a code generator may do inline where it can prove result and flags:
 * operands and results are i64 with the bits (binary32 in the low half, the high half all ones),
 * the last argument of those that round is the mode (0 nearest-even, 1 toward zero), inexact is bit
 * 0 of the flags word.
 */
/* clang-format off */
#define TCG_FP_OPS(X)                                                                              \
    X(ADD32) X(SUB32) X(MUL32) X(DIV32) X(SQRT32) X(EQ32) X(LT32) X(LE32)                          \
    X(ADD64) X(SUB64) X(MUL64) X(DIV64) X(SQRT64) X(EQ64) X(LT64) X(LE64)                          \
    X(I32_TO_F64) X(U32_TO_F64) X(F64_TO_I32) X(F64_TO_I64) X(F64_TO_F32)
/* clang-format on */
typedef enum TCGFpOp {
    TCG_FP_NONE,
#define TCG_FP_ENUM(n) TCG_FP_##n,
    TCG_FP_OPS(TCG_FP_ENUM)
#undef TCG_FP_ENUM
} TCGFpOp;

typedef struct TCGLabel {
    uint16_t id;
    bool present;  /* set_label was emitted */
    uint16_t refs; /* branches that name it */
} TCGLabel;

/*
 * TBs of a region that computed jumps may lead to. Each jump (goto_inner) has the number of a set
 * of them, and is a branch to all in the set.
 */
enum { TCG_MAX_INNER = 128, TCG_INNER_SETS = 32, TCG_ROOT_LABEL = 0xffff };
typedef struct TCGInner {
    uint16_t page_offset;
    uint16_t label; /* or TCG_ROOT_LABEL: the first TB, which the code generator goes to itself */
    uint32_t sets;  /* bit n: it is in set n */
} TCGInner;

typedef struct TCGContext {
    TCGTemp temps[TCG_MAX_TEMPS];
    unsigned nb_temps, nb_globals, nb_locals;
    TCGOp *ops; /* TCG_MAX_OPS */
    unsigned nb_ops;
    TCGLabel labels[TCG_MAX_LABELS];
    unsigned nb_labels;
    const TCGHelperInfo *helpers;
    unsigned nb_helpers;
    const uint8_t *fp_ops;         /* TCGFpOp by helper, or NULL; set by the target */
    TCGInner inner[TCG_MAX_INNER]; /* ascending by page offset */
    unsigned nb_inner;
    unsigned pc_page;         /* the global that is CPUState.pc_page, or 0 */
    uint32_t fp_flags_offset; /* env offset of the 32-bit word of accrued flags */
    bool overflow; /* sticky: the TB was too large; the caller retries with fewer insns */
    uint16_t const_hash[256];
    void *opt; /* scratch of the optimiser, owned by the context */
} TCGContext;

/* ---- life cycle --------------------------------------------------------------------------- */

/* New context with `env` as its only temp. Free with tcg_context_free(). */
TCGContext *tcg_context_new(void);
void tcg_context_free(TCGContext *s);
/* Names a piece of guest state: `offset` bytes from env, 4 or 8 bytes wide. Before the first TB. */
TCGv tcg_global_mem_new(TCGContext *s, TCGType type, uint32_t offset, const char *name);
/* Helpers that `call` ops may name; the table must outlive the context. */
void tcg_register_helpers(TCGContext *s, const TCGHelperInfo *helpers, unsigned n);
/* Forgets the previous TB. */
void tcg_func_start(TCGContext *s);

/* ---- temps and labels --------------------------------------------------------------------- */

static inline TCGv tcg_env(void)
{
    return (TCGv){0};
}
TCGv tcg_temp_new(TCGContext *s, TCGType type);
static inline TCGv tcg_temp_new_i64(TCGContext *s)
{
    return tcg_temp_new(s, TCG_TYPE_I64);
}
static inline TCGv tcg_temp_new_i32(TCGContext *s)
{
    return tcg_temp_new(s, TCG_TYPE_I32);
}
TCGv tcg_constant(TCGContext *s, TCGType type, int64_t val);
static inline TCGv tcg_constant_i64(TCGContext *s, int64_t v)
{
    return tcg_constant(s, TCG_TYPE_I64, v);
}
static inline TCGv tcg_constant_i32(TCGContext *s, int32_t v)
{
    return tcg_constant(s, TCG_TYPE_I32, v);
}
unsigned tcg_new_label(TCGContext *s);

/* ---- builder ------------------------------------------------------------------------------- */

/* Appends a raw op; args beyond the op's own are ignored. Never NULL (sets `overflow` when full).
 */
TCGOp *tcg_emit(TCGContext *s, TCGOpcode opc, TCGType type);

void tcg_gen_op1(TCGContext *s, TCGOpcode o, TCGType t, uint32_t a);
void tcg_gen_op2(TCGContext *s, TCGOpcode o, TCGType t, uint32_t a, uint32_t b);
void tcg_gen_op3(TCGContext *s, TCGOpcode o, TCGType t, uint32_t a, uint32_t b, uint32_t c);
void tcg_gen_op4(TCGContext *s, TCGOpcode o, TCGType t, uint32_t a, uint32_t b, uint32_t c,
                 uint32_t d);
void tcg_gen_op6(TCGContext *s, TCGOpcode o, TCGType t, uint32_t a, uint32_t b, uint32_t c,
                 uint32_t d, uint32_t e, uint32_t f);

/* d = op(a, b), d = op(a), as tcg_gen_<op>_i32 and tcg_gen_<op>_i64 */
#define TCG_GEN2(name)                                                     \
    static inline void tcg_gen_##name##_i32(TCGContext *s, TCGv d, TCGv a) \
    {                                                                      \
        tcg_gen_op2(s, INDEX_op_##name, TCG_TYPE_I32, d.i, a.i);           \
    }                                                                      \
    static inline void tcg_gen_##name##_i64(TCGContext *s, TCGv d, TCGv a) \
    {                                                                      \
        tcg_gen_op2(s, INDEX_op_##name, TCG_TYPE_I64, d.i, a.i);           \
    }
#define TCG_GEN3(name)                                                                 \
    static inline void tcg_gen_##name##_i32(TCGContext *s, TCGv d, TCGv a, TCGv b)     \
    {                                                                                  \
        tcg_gen_op3(s, INDEX_op_##name, TCG_TYPE_I32, d.i, a.i, b.i);                  \
    }                                                                                  \
    static inline void tcg_gen_##name##_i64(TCGContext *s, TCGv d, TCGv a, TCGv b)     \
    {                                                                                  \
        tcg_gen_op3(s, INDEX_op_##name, TCG_TYPE_I64, d.i, a.i, b.i);                  \
    }                                                                                  \
    static inline void tcg_gen_##name##i_i32(TCGContext *s, TCGv d, TCGv a, int32_t b) \
    {                                                                                  \
        tcg_gen_##name##_i32(s, d, a, tcg_constant_i32(s, b));                         \
    }                                                                                  \
    static inline void tcg_gen_##name##i_i64(TCGContext *s, TCGv d, TCGv a, int64_t b) \
    {                                                                                  \
        tcg_gen_##name##_i64(s, d, a, tcg_constant_i64(s, b));                         \
    }
TCG_GEN2(mov)
TCG_GEN2(neg)
TCG_GEN2(not )
TCG_GEN2(ctpop)
TCG_GEN3(add)
TCG_GEN3(sub)
TCG_GEN3(mul)
TCG_GEN3(and)
TCG_GEN3(or)
TCG_GEN3(xor)
TCG_GEN3(andc)
TCG_GEN3(orc)
TCG_GEN3(eqv)
TCG_GEN3(nand)
TCG_GEN3(nor)
TCG_GEN3(shl)
TCG_GEN3(shr)
TCG_GEN3(sar)
TCG_GEN3(rotl)
TCG_GEN3(rotr)
TCG_GEN3(div)
TCG_GEN3(divu)
TCG_GEN3(rem)
TCG_GEN3(remu)
TCG_GEN3(muluh)
TCG_GEN3(mulsh)
TCG_GEN3(clz)
TCG_GEN3(ctz)
#undef TCG_GEN2
#undef TCG_GEN3

static inline void tcg_gen_movi_i64(TCGContext *s, TCGv d, int64_t v)
{
    tcg_gen_mov_i64(s, d, tcg_constant_i64(s, v));
}
static inline void tcg_gen_movi_i32(TCGContext *s, TCGv d, int32_t v)
{
    tcg_gen_mov_i32(s, d, tcg_constant_i32(s, v));
}

#define TCG_GEN_BY_TYPE(sfx, T)                                                                   \
    static inline void tcg_gen_setcond_##sfx(TCGContext *s, TCGCond c, TCGv d, TCGv a, TCGv b)    \
    {                                                                                             \
        tcg_gen_op4(s, INDEX_op_setcond, T, d.i, a.i, b.i, c);                                    \
    }                                                                                             \
    static inline void tcg_gen_negsetcond_##sfx(TCGContext *s, TCGCond c, TCGv d, TCGv a, TCGv b) \
    {                                                                                             \
        tcg_gen_op4(s, INDEX_op_negsetcond, T, d.i, a.i, b.i, c);                                 \
    }                                                                                             \
    static inline void tcg_gen_movcond_##sfx(TCGContext *s, TCGCond c, TCGv d, TCGv c1, TCGv c2,  \
                                             TCGv v1, TCGv v2)                                    \
    {                                                                                             \
        tcg_gen_op6(s, INDEX_op_movcond, T, d.i, c1.i, c2.i, v1.i, v2.i, c);                      \
    }                                                                                             \
    static inline void tcg_gen_deposit_##sfx(TCGContext *s, TCGv d, TCGv a, TCGv b, unsigned pos, \
                                             unsigned len)                                        \
    {                                                                                             \
        tcg_gen_op6(s, INDEX_op_deposit, T, d.i, a.i, b.i, pos, len, 0);                          \
    }                                                                                             \
    static inline void tcg_gen_extract_##sfx(TCGContext *s, TCGv d, TCGv a, unsigned pos,         \
                                             unsigned len)                                        \
    {                                                                                             \
        tcg_gen_op4(s, INDEX_op_extract, T, d.i, a.i, pos, len);                                  \
    }                                                                                             \
    static inline void tcg_gen_sextract_##sfx(TCGContext *s, TCGv d, TCGv a, unsigned pos,        \
                                              unsigned len)                                       \
    {                                                                                             \
        tcg_gen_op4(s, INDEX_op_sextract, T, d.i, a.i, pos, len);                                 \
    }                                                                                             \
    static inline void tcg_gen_mulu2_##sfx(TCGContext *s, TCGv lo, TCGv hi, TCGv a, TCGv b)       \
    {                                                                                             \
        tcg_gen_op4(s, INDEX_op_mulu2, T, lo.i, hi.i, a.i, b.i);                                  \
    }                                                                                             \
    static inline void tcg_gen_muls2_##sfx(TCGContext *s, TCGv lo, TCGv hi, TCGv a, TCGv b)       \
    {                                                                                             \
        tcg_gen_op4(s, INDEX_op_muls2, T, lo.i, hi.i, a.i, b.i);                                  \
    }                                                                                             \
    static inline void tcg_gen_bswap16_##sfx(TCGContext *s, TCGv d, TCGv a, unsigned flags)       \
    {                                                                                             \
        tcg_gen_op3(s, INDEX_op_bswap16, T, d.i, a.i, flags);                                     \
    }                                                                                             \
    static inline void tcg_gen_bswap32_##sfx(TCGContext *s, TCGv d, TCGv a, unsigned flags)       \
    {                                                                                             \
        tcg_gen_op3(s, INDEX_op_bswap32, T, d.i, a.i, flags);                                     \
    }                                                                                             \
    /* value to or from guest memory at a virtual address; mmu_idx below CPU_MMU_MODES */         \
    static inline void tcg_gen_qemu_ld_##sfx(TCGContext *s, TCGv d, TCGv addr, MemOp mop,         \
                                             unsigned mmu_idx)                                    \
    {                                                                                             \
        tcg_gen_op3(s, INDEX_op_qemu_ld, T, d.i, addr.i, make_memop_idx(mop, mmu_idx));           \
    }                                                                                             \
    static inline void tcg_gen_qemu_st_##sfx(TCGContext *s, TCGv v, TCGv addr, MemOp mop,         \
                                             unsigned mmu_idx)                                    \
    {                                                                                             \
        tcg_gen_op3(s, INDEX_op_qemu_st, T, v.i, addr.i, make_memop_idx(mop, mmu_idx));           \
    }                                                                                             \
    static inline void tcg_gen_ld_##sfx(TCGContext *s, TCGv d, TCGv base, int32_t off)            \
    {                                                                                             \
        tcg_gen_op3(s, INDEX_op_ld, T, d.i, base.i, (uint32_t)off);                               \
    }                                                                                             \
    static inline void tcg_gen_st_##sfx(TCGContext *s, TCGv v, TCGv base, int32_t off)            \
    {                                                                                             \
        tcg_gen_op3(s, INDEX_op_st, T, v.i, base.i, (uint32_t)off);                               \
    }                                                                                             \
    void tcg_gen_brcond_##sfx(TCGContext *s, TCGCond c, TCGv a, TCGv b, unsigned label);
TCG_GEN_BY_TYPE(i32, TCG_TYPE_I32)
TCG_GEN_BY_TYPE(i64, TCG_TYPE_I64)
#undef TCG_GEN_BY_TYPE

/* 8 and 16 bit host loads and stores, and 32 bit ones in 64 bit temps: base + off, i64 value */
#define TCG_GEN_HOSTMEM(name)                                                              \
    static inline void tcg_gen_##name##_i64(TCGContext *s, TCGv v, TCGv base, int32_t off) \
    {                                                                                      \
        tcg_gen_op3(s, INDEX_op_##name, TCG_TYPE_I64, v.i, base.i, (uint32_t)off);         \
    }
TCG_GEN_HOSTMEM(ld8u)
TCG_GEN_HOSTMEM(ld8s)
TCG_GEN_HOSTMEM(ld16u)
TCG_GEN_HOSTMEM(ld16s)
TCG_GEN_HOSTMEM(ld32u)
TCG_GEN_HOSTMEM(ld32s)
TCG_GEN_HOSTMEM(st8)
TCG_GEN_HOSTMEM(st16)
TCG_GEN_HOSTMEM(st32)
#undef TCG_GEN_HOSTMEM

static inline void tcg_gen_bswap64_i64(TCGContext *s, TCGv d, TCGv a)
{
    tcg_gen_op3(s, INDEX_op_bswap64, TCG_TYPE_I64, d.i, a.i, 0);
}
/* d = low `bits` bits of a, sign (s) or zero (u) extended; bits 8, 16 or 32 */
static inline void tcg_gen_exts_i64(TCGContext *s, TCGv d, TCGv a, unsigned bits)
{
    tcg_gen_sextract_i64(s, d, a, 0, bits);
}
static inline void tcg_gen_extu_i64(TCGContext *s, TCGv d, TCGv a, unsigned bits)
{
    tcg_gen_extract_i64(s, d, a, 0, bits);
}
static inline void tcg_gen_ext_i32_i64(TCGContext *s, TCGv d, TCGv a)
{
    tcg_gen_op2(s, INDEX_op_ext_i32, TCG_TYPE_I64, d.i, a.i);
}
static inline void tcg_gen_extu_i32_i64(TCGContext *s, TCGv d, TCGv a)
{
    tcg_gen_op2(s, INDEX_op_extu_i32, TCG_TYPE_I64, d.i, a.i);
}
static inline void tcg_gen_extrl_i64_i32(TCGContext *s, TCGv d, TCGv a)
{
    tcg_gen_op2(s, INDEX_op_extrl_i64, TCG_TYPE_I32, d.i, a.i);
}
static inline void tcg_gen_extrh_i64_i32(TCGContext *s, TCGv d, TCGv a)
{
    tcg_gen_op2(s, INDEX_op_extrh_i64, TCG_TYPE_I32, d.i, a.i);
}

void tcg_gen_set_label(TCGContext *s, unsigned label);
void tcg_gen_br(TCGContext *s, unsigned label);
static inline void tcg_gen_mb(TCGContext *s, unsigned mo)
{
    tcg_gen_op1(s, INDEX_op_mb, TCG_TYPE_I64, mo);
}
/*
 * Marks the first op of a guest insn: `page_offset` is its pc minus the virtual page base of the
 * TB's first byte. Exactly one for each insn, in order: their number is what the TB costs of the
 * budget.
 */
static inline void tcg_gen_insn_start(TCGContext *s, uint32_t page_offset, uint32_t extra)
{
    tcg_gen_op2(s, INDEX_op_insn_start, TCG_TYPE_I64, page_offset, extra);
}
/*
 * Jump to the TB at virtual page base + disp, with this TB's flags. disp within 0..4095 links to a
 * TB of the same page; any other is a guarded link. `n` is 0 or 1, each at most once in a TB.
 */
/* In a region, behind the label of a TB that is not its first (runtime/region.c). */
static inline void tcg_gen_tb_head(TCGContext *s, uint32_t key, uint32_t n_insns)
{
    tcg_gen_op2(s, INDEX_op_tb_head, TCG_TYPE_I64, key, n_insns);
}
/*
 * Goes on behind it if no TB of the set (below TCG_INNER_SETS) is at the i64 virtual pc. inner[]
 * is filled before.
 */
void tcg_gen_goto_inner(TCGContext *s, TCGv pc, unsigned set);
static inline void tcg_gen_goto_tb(TCGContext *s, unsigned n, int32_t disp)
{
    tcg_gen_op2(s, INDEX_op_goto_tb, TCG_TYPE_I64, n, (uint32_t)disp);
}
/* Jump to the virtual pc in an i64 temp, with this TB's flags, through the jump cache. */
static inline void tcg_gen_goto_ptr(TCGContext *s, TCGv pc)
{
    tcg_gen_op1(s, INDEX_op_goto_ptr, TCG_TYPE_I64, pc.i);
}
/* Return to the dispatcher, which goes on at the virtual pc; flags may have changed. */
static inline void tcg_gen_exit_tb(TCGContext *s, TCGv pc)
{
    tcg_gen_op1(s, INDEX_op_exit_tb, TCG_TYPE_I64, pc.i);
}
/* After a helper that has certainly set env->trap: leave at the current insn. */
static inline void tcg_gen_exit_trap(TCGContext *s)
{
    tcg_emit(s, INDEX_op_exit_trap, TCG_TYPE_I64);
}
/* Calls helper number `helper`; `ret` may be TCGV_NONE. Env arguments are passed as tcg_env(). */
void tcg_gen_call(TCGContext *s, unsigned helper, TCGv ret, unsigned nargs, const TCGv *args);

/* ---- passes -------------------------------------------------------------------------------- */

TCGCond tcg_invert_cond(TCGCond c);
TCGCond tcg_swap_cond(TCGCond c); /* a c b == b swap(c) a; not for TST conditions with b constant */
bool tcg_eval_cond(TCGType type, TCGCond c, uint64_t a, uint64_t b);
/* Result of an op on constants; false if the op is not foldable. out[0..1] */
bool tcg_eval_op(const TCGOp *op, const uint64_t *in, uint64_t *out);

/* Constant folding, copy propagation, known bits, dead code. Keeps the ops array compact. */
void tcg_optimize(TCGContext *s);
/* Fills TCGOp.dead and drops ops whose results are never read. */
void tcg_liveness(TCGContext *s);
/* Checks every rule of the IR. NULL when well formed, else a message to g_free(). */
char *tcg_verify(const TCGContext *s);

/* ---- text ---------------------------------------------------------------------------------- */

/* One op a line; the grammar is in docs/ir.md. */
void tcg_dump_ops(const TCGContext *s, GString *out);
/* Parses the text of tcg_dump_ops into a freshly started TB. NULL or an error message to g_free().
 */
char *tcg_parse_ops(TCGContext *s, const char *text);
extern const char *const tcg_cond_names[TCG_COND_COUNT];

#endif
