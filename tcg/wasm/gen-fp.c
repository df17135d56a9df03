/*
 * Floating-point helpers inline, where the host's operation provably gives the helper's result and
 * flags; the call stays as the cold path.
 *
 * Arithmetic to nearest-even: the IEEE result is the same, so only the flags matter. With inexact
 * already set nothing can change if the result is a normal number: no invalid, divide-by-zero or
 * overflow ends in one. Underflow is tiny *and* inexact, with tininess found after rounding, so a
 * result that is the smallest normal number may have been tiny: it is left to the helper, with all
 * of its exponent. A sum that is tiny is exact, so of sums every finite one will do. Comparisons of
 * two numbers raise nothing. Conversions that are exact for every value raise nothing. A conversion
 * to an integer by truncation, in range, can only be inexact.
 *
 * NaN bits never come out of a floating-point instruction: such a result is not normal.
 */
#include "tcg/wasm/gen.h"

typedef enum FpKind { FP_ARITH, FP_SQRT, FP_COMPARE, FP_EXACT, FP_TRUNC, FP_DEMOTE } FpKind;

typedef struct FpOp {
    uint8_t kind;
    bool wide;  /* operands are binary64 */
    uint8_t rm; /* rounding mode it is served with, if it rounds */
    uint16_t op;
} FpOp;

static const FpOp fp_ops[] = {
    [TCG_FP_ADD32] = {FP_ARITH, false, 0, W_f32_add},
    [TCG_FP_SUB32] = {FP_ARITH, false, 0, W_f32_sub},
    [TCG_FP_MUL32] = {FP_ARITH, false, 0, W_f32_mul},
    [TCG_FP_DIV32] = {FP_ARITH, false, 0, W_f32_div},
    [TCG_FP_SQRT32] = {FP_SQRT, false, 0, W_f32_sqrt},
    [TCG_FP_EQ32] = {FP_COMPARE, false, 0, W_f32_eq},
    [TCG_FP_LT32] = {FP_COMPARE, false, 0, W_f32_lt},
    [TCG_FP_LE32] = {FP_COMPARE, false, 0, W_f32_le},
    [TCG_FP_ADD64] = {FP_ARITH, true, 0, W_f64_add},
    [TCG_FP_SUB64] = {FP_ARITH, true, 0, W_f64_sub},
    [TCG_FP_MUL64] = {FP_ARITH, true, 0, W_f64_mul},
    [TCG_FP_DIV64] = {FP_ARITH, true, 0, W_f64_div},
    [TCG_FP_SQRT64] = {FP_SQRT, true, 0, W_f64_sqrt},
    [TCG_FP_EQ64] = {FP_COMPARE, true, 0, W_f64_eq},
    [TCG_FP_LT64] = {FP_COMPARE, true, 0, W_f64_lt},
    [TCG_FP_LE64] = {FP_COMPARE, true, 0, W_f64_le},
    [TCG_FP_I32_TO_F64] = {FP_EXACT, true, 0, W_f64_convert_i32_s},
    [TCG_FP_U32_TO_F64] = {FP_EXACT, true, 0, W_f64_convert_i32_u},
    [TCG_FP_F64_TO_I32] = {FP_TRUNC, true, 1, W_i32_trunc_f64_s},
    [TCG_FP_F64_TO_I64] = {FP_TRUNC, true, 1, W_i64_trunc_f64_s},
    [TCG_FP_F64_TO_F32] = {FP_DEMOTE, true, 0, W_f32_demote_f64},
};

#define BOXED ((int64_t)0xffffffff00000000) /* high half of a binary32 in a register */

/* Pushes an operand as a float of its size. */
static void push_float(Gen *g, const Held *h, bool wide)
{
    push_held(g, h);
    if (!wide) {
        emit_op(&g->e, W_i32_wrap_i64);
    }
    emit_op(&g->e, wide ? W_f64_reinterpret_i64 : W_f32_reinterpret_i32);
}

/* Pops a float, leaves its bits, boxed, in local r. */
static void pop_float(Gen *g, unsigned r, bool wide)
{
    emit_op(&g->e, wide ? W_i64_reinterpret_f64 : W_i32_reinterpret_f32);
    if (!wide) {
        emit_op(&g->e, W_i64_extend_i32_u);
        emit_i64(&g->e, BOXED);
        emit_op(&g->e, W_i64_or);
    }
    emit_set(&g->e, r);
}

/* Pushes whether the exponent of r is at least `least` and r finite, and inexact is set. */
static void push_settled(Gen *g, unsigned r, bool wide, unsigned least)
{
    unsigned bits = wide ? 11 : 8, shift = wide ? 52 : 23;
    emit_get(&g->e, r);
    emit_i64(&g->e, shift);
    emit_op(&g->e, W_i64_shr_u);
    emit_op(&g->e, W_i32_wrap_i64);
    emit_i32(&g->e, (1 << bits) - 1);
    emit_op(&g->e, W_i32_and);
    if (least) {
        emit_i32(&g->e, (int32_t)least);
        emit_op(&g->e, W_i32_sub);
    }
    emit_i32(&g->e, (int32_t)((1u << bits) - 1 - least));
    emit_op(&g->e, W_i32_lt_u);
    regs_push_env(g);
    emit_mem(&g->e, W_i32_load, g->s->fp_flags_offset);
    emit_op(&g->e, W_i32_and);
}

static bool is_sum(const FpOp *f)
{
    return f->op == W_f64_add || f->op == W_f64_sub || f->op == W_f32_add || f->op == W_f32_sub;
}

/* Pushes whether all operands are properly boxed binary32; nothing to ask of binary64. */
static void and_boxed(Gen *g, const Held *a, const Held *b, bool wide)
{
    if (wide) {
        return;
    }
    push_held(g, a);
    if (b) {
        push_held(g, b);
        emit_op(&g->e, W_i64_and);
    }
    emit_i64(&g->e, BOXED);
    emit_op(&g->e, W_i64_ge_u);
    emit_op(&g->e, W_i32_and);
}

static void push_ordered(Gen *g, const Held *h, bool wide)
{
    push_float(g, h, wide);
    push_float(g, h, wide);
    emit_op(&g->e, wide ? W_f64_eq : W_f32_eq);
}

/* Computes into r and pushes whether that is the answer. */
static void gen_fast(Gen *g, const FpOp *f, const Held *a, const Held *b, unsigned r)
{
    WasmEmit *e = &g->e;

    switch ((FpKind)f->kind) {
    case FP_ARITH:
    case FP_SQRT:
        push_float(g, a, f->wide);
        if (b) {
            push_float(g, b, f->wide);
        }
        emit_op(e, (WasmOp)f->op);
        pop_float(g, r, f->wide);
        push_settled(g, r, f->wide, is_sum(f) ? 0 : 2);
        and_boxed(g, a, b, f->wide);
        break;
    case FP_COMPARE:
        push_float(g, a, f->wide);
        push_float(g, b, f->wide);
        emit_op(e, (WasmOp)f->op);
        emit_op(e, W_i64_extend_i32_u);
        emit_set(e, r);
        push_ordered(g, a, f->wide);
        push_ordered(g, b, f->wide);
        emit_op(e, W_i32_and);
        and_boxed(g, a, b, f->wide);
        break;
    case FP_DEMOTE:
        push_float(g, a, true);
        emit_op(e, (WasmOp)f->op);
        pop_float(g, r, false);
        push_settled(g, r, false, 2);
        break;
    case FP_EXACT:
    case FP_TRUNC: g_assert_not_reached();
    }
}

/* The call itself, its result into r. */
static void gen_slow(Gen *g, const TCGOp *op, const Held *in, unsigned nb_in, unsigned r)
{
    push(g, op->args[2]);
    for (unsigned k = 0; k < nb_in; k++) {
        push_held(g, &in[k]);
    }
    if (op->nb_call_args > nb_in + 1) {
        push(g, op->args[2 + nb_in + 1]); /* the rounding mode, a constant */
    }
    emit_call(&g->e, WASM_FIRST_HELPER + op->args[0]);
    emit_set(&g->e, r);
}

/* Truncation traps out of range, so the range is asked first. */
static void gen_trunc(Gen *g, const TCGOp *op, const FpOp *f, const Held *a, unsigned r)
{
    bool to64 = f->op == W_i64_trunc_f64_s;
    WasmEmit *e = &g->e;

    push_float(g, a, true);
    emit_op(e, W_f64_abs);
    /* |a| < 2^31 or 2^63; false for NaN */
    emit_i64(e, to64 ? 0x43e0000000000000 : 0x41e0000000000000);
    emit_op(e, W_f64_reinterpret_i64);
    emit_op(e, W_f64_lt);
    regs_push_env(g);
    emit_mem(e, W_i32_load, g->s->fp_flags_offset);
    emit_op(e, W_i32_and);
    if (g->gen->slow_calls) {
        emit_open(e, W_if, WASM_VOID);
    } else {
        gen_slow_exit_unless(g);
    }
    push_float(g, a, true);
    emit_op(e, (WasmOp)f->op);
    if (!to64) {
        emit_op(e, W_i64_extend_i32_s);
    }
    emit_set(e, r);
    if (g->gen->slow_calls) {
        emit_op(e, W_else);
        gen_slow(g, op, a, 1, r);
        emit_end(e);
    }
}

static void gen_exact(Gen *g, const FpOp *f, const Held *a)
{
    push_held(g, a);
    emit_op(&g->e, W_i32_wrap_i64);
    emit_op(&g->e, (WasmOp)f->op);
    emit_op(&g->e, W_i64_reinterpret_f64);
}

static const FpOp *fp_op(const Gen *g, const TCGOp *op)
{
    unsigned which = g->s->fp_ops ? g->s->fp_ops[op->args[0]] : TCG_FP_NONE;
    const FpOp *f = which < G_N_ELEMENTS(fp_ops) ? &fp_ops[which] : NULL;

    return which && f && f->op && op->args[1] != TCGV_NONE.i ? f : NULL;
}

static unsigned fp_inputs(const FpOp *f)
{
    return f->kind == FP_ARITH || f->kind == FP_COMPARE ? 2 : 1;
}

bool fp_serves(const Gen *g, const TCGOp *op)
{
    const FpOp *f = fp_op(g, op);

    if (f && op->nb_call_args > fp_inputs(f) + 1) {
        uint32_t rm = op->args[2 + fp_inputs(f) + 1];
        return is_const(g, rm) && (const_val(g, rm) == f->rm || f->kind == FP_EXACT);
    }
    return f;
}

bool gen_fp(Gen *g, const TCGOp *op)
{
    const FpOp *f = fp_op(g, op);
    Held in[2];

    if (!fp_serves(g, op)) {
        return false;
    }
    unsigned nb_in = fp_inputs(f);
    /* folded operands are made in the order of the op, before any branch */
    for (unsigned k = 0; k < nb_in; k++) {
        in[k] = hold(g, op->args[3 + k]);
    }
    if (f->kind == FP_EXACT) {
        gen_exact(g, f, &in[0]);
        unhold(g, &in[0]);
        pop(g, op->args[1]);
        return true;
    }
    unsigned r = emit_local_fresh(&g->e, TCG_TYPE_I64);
    if (!g->gen->slow_calls) {
        gen_set_exit(g, LINK_EXIT_SLOW);
    }
    if (f->kind == FP_TRUNC) {
        gen_trunc(g, op, f, &in[0], r);
    } else {
        gen_fast(g, f, &in[0], nb_in == 2 ? &in[1] : NULL, r);
        if (g->gen->slow_calls) {
            emit_op(&g->e, W_i32_eqz);
            emit_hint(&g->e, false);
            emit_open(&g->e, W_if, WASM_VOID);
            gen_slow(g, op, in, nb_in, r);
            emit_end(&g->e);
        } else {
            gen_slow_exit_unless(g);
        }
    }
    for (unsigned k = 0; k < nb_in; k++) {
        unhold(g, &in[k]);
    }
    emit_get(&g->e, r);
    pop(g, op->args[1]);
    return true;
}
