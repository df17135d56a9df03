/* The op table as data: one row of tcg_op_defs for each row of opcodes.def. */
#include "tcg/tcg.h"

/* Flags stand in opcodes.def without their prefix and or-ed together, so they need short names. */
enum {
    NONE = TCG_OPF_NONE,
    BB_START = TCG_OPF_BB_START,
    BB_END = TCG_OPF_BB_END,
    NOFALL = TCG_OPF_NOFALL,
    EXIT = TCG_OPF_EXIT,
    COND = TCG_OPF_COND,
    CALL = TCG_OPF_CALL,
    SIDE = TCG_OPF_SIDE,
    RAISE = TCG_OPF_RAISE,
    COMM = TCG_OPF_COMM,
    WIDEN = TCG_OPF_WIDEN,
    NARROW = TCG_OPF_NARROW,
    HOSTMEM = TCG_OPF_HOSTMEM,
    GUESTMEM = TCG_OPF_GUESTMEM,
};

const TCGOpDef tcg_op_defs[INDEX_op_COUNT] = {
#define OP(name, o, i, c, t, f) [INDEX_op_##name] = {#name, o, i, c, TCG_OPT_##t, f},
#include "tcg/opcodes.def"
#undef OP
};

const char *const tcg_cond_names[TCG_COND_COUNT] = {
    [TCG_COND_NEVER] = "never", [TCG_COND_ALWAYS] = "always", [TCG_COND_EQ] = "eq",
    [TCG_COND_NE] = "ne",       [TCG_COND_LT] = "lt",         [TCG_COND_GE] = "ge",
    [TCG_COND_LE] = "le",       [TCG_COND_GT] = "gt",         [TCG_COND_LTU] = "ltu",
    [TCG_COND_GEU] = "geu",     [TCG_COND_LEU] = "leu",       [TCG_COND_GTU] = "gtu",
    [TCG_COND_TSTEQ] = "tsteq", [TCG_COND_TSTNE] = "tstne",
};
