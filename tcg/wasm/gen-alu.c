/* Ops on temps: moves, comparisons, arithmetic, bits. Each pushes its result. */
#include "tcg/wasm/gen.h"

static void typed(Gen *g, TCGType type, WasmOp i32_op)
{
    emit_op(&g->e, wasm_typed(type, i32_op));
}

/* Pops a, pushes a op constant. */
static void with_const(Gen *g, TCGType type, WasmOp i32_op, int64_t v)
{
    emit_const(&g->e, type, v);
    typed(g, type, i32_op);
}

/* ---- comparisons ----------------------------------------------------------------------------- */

void gen_compare(Gen *g, TCGType type, TCGCond cond, uint32_t a, uint32_t b, bool truth)
{
    static const uint8_t ops[TCG_COND_COUNT] = {
        [TCG_COND_EQ] = W_i32_eq,    [TCG_COND_NE] = W_i32_ne,    [TCG_COND_LT] = W_i32_lt_s,
        [TCG_COND_GE] = W_i32_ge_s,  [TCG_COND_LE] = W_i32_le_s,  [TCG_COND_GT] = W_i32_gt_s,
        [TCG_COND_LTU] = W_i32_lt_u, [TCG_COND_GEU] = W_i32_ge_u, [TCG_COND_LEU] = W_i32_le_u,
        [TCG_COND_GTU] = W_i32_gt_u,
    };
    bool test = cond == TCG_COND_TSTEQ || cond == TCG_COND_TSTNE;

    if (cond == TCG_COND_NEVER || cond == TCG_COND_ALWAYS) {
        /* operands may be folded ops that must still run */
        push(g, a);
        emit_op(&g->e, W_drop);
        push(g, b);
        emit_op(&g->e, W_drop);
        emit_i32(&g->e, cond == TCG_COND_ALWAYS);
        return;
    }
    push(g, a);
    if (test) {
        push(g, b);
        typed(g, type, W_i32_and);
    }
    if (test || (is_const(g, b) && const_val(g, b) == 0)) {
        if (cond == TCG_COND_EQ || cond == TCG_COND_TSTEQ) {
            typed(g, type, W_i32_eqz);
            return;
        }
        if (cond == TCG_COND_NE || cond == TCG_COND_TSTNE) {
            if (type == TCG_TYPE_I64 || !truth) {
                with_const(g, type, W_i32_ne, 0);
            }
            return;
        }
    }
    push(g, b);
    typed(g, type, (WasmOp)ops[cond]);
}

static void gen_setcond(Gen *g, const TCGOp *op)
{
    TCGType type = (TCGType)op->type;
    bool negate = op->opc == INDEX_op_negsetcond;

    if (negate) {
        emit_const(&g->e, type, 0);
    }
    gen_compare(g, type, (TCGCond)op->args[3], op->args[1], op->args[2], false);
    if (type == TCG_TYPE_I64) {
        emit_op(&g->e, W_i64_extend_i32_u);
    }
    if (negate) {
        typed(g, type, W_i32_sub);
    }
}

static void gen_movcond(Gen *g, const TCGOp *op)
{
    push(g, op->args[3]);
    push(g, op->args[4]);
    gen_compare(g, (TCGType)op->type, (TCGCond)op->args[5], op->args[1], op->args[2], true);
    emit_op(&g->e, W_select);
}

/* ---- logic ----------------------------------------------------------------------------------- */

static void gen_not(Gen *g, TCGType type)
{
    with_const(g, type, W_i32_xor, -1);
}

/* a op ~b */
static void gen_with_not(Gen *g, const TCGOp *op, WasmOp i32_op)
{
    push(g, op->args[1]);
    if (is_const(g, op->args[2])) {
        with_const(g, (TCGType)op->type, i32_op, ~const_val(g, op->args[2]));
        return;
    }
    push(g, op->args[2]);
    gen_not(g, (TCGType)op->type);
    typed(g, (TCGType)op->type, i32_op);
}

static void gen_binary(Gen *g, const TCGOp *op, WasmOp i32_op)
{
    push(g, op->args[1]);
    push(g, op->args[2]);
    typed(g, (TCGType)op->type, i32_op);
}

static void gen_unary(Gen *g, const TCGOp *op, WasmOp i32_op)
{
    push(g, op->args[1]);
    typed(g, (TCGType)op->type, i32_op);
}

/* ---- division -------------------------------------------------------------------------------- */

static void gen_division(Gen *g, const TCGOp *op)
{
    static const uint8_t ops[] = {W_i32_div_s, W_i32_div_u, W_i32_rem_s, W_i32_rem_u};
    const TCGType type = (TCGType)op->type;
    const WasmOp insn = (WasmOp)ops[op->opc - INDEX_op_div];
    const bool is_div = op->opc == INDEX_op_div, rem = op->opc >= INDEX_op_rem;
    const bool constant = is_const(g, op->args[2]);
    const int64_t c = constant ? const_val(g, op->args[2]) : 0;
    _Static_assert(INDEX_op_remu == INDEX_op_div + 3, "ops[] is by opcode");

    if (constant && c != 0 && !(is_div && c == -1)) {
        gen_binary(g, op, insn);
        return;
    }
    /*
     * Divisors with which the instruction traps, or may: the interpreter's results are 0 for x / 0,
     * -x for x / -1, x for x % 0. x % -1 is 0 and does not trap.
     */
    Held a = hold(g, op->args[1]), b = hold(g, op->args[2]);
    push_held(g, &b);
    if (is_div) {
        with_const(g, type, W_i32_add, 1);
        with_const(g, type, W_i32_gt_u, 1);
    } else if (type == TCG_TYPE_I64) {
        with_const(g, type, W_i32_ne, 0);
    }
    emit_open(&g->e, W_if, type == TCG_TYPE_I32 ? WASM_I32 : WASM_I64);
    push_held(g, &a);
    push_held(g, &b);
    typed(g, type, insn);
    emit_op(&g->e, W_else);
    if (is_div) {
        emit_const(&g->e, type, 0); /* 0 - (a & b), b being 0 or -1 */
        push_held(g, &a);
        push_held(g, &b);
        typed(g, type, W_i32_and);
        typed(g, type, W_i32_sub);
    } else if (rem) {
        push_held(g, &a);
    } else {
        emit_const(&g->e, type, 0);
    }
    emit_end(&g->e);
    unhold(g, &b);
    unhold(g, &a);
}

/* ---- products -------------------------------------------------------------------------------- */

/* Pushes the low or the high 32 bits of a 64-bit value, zero-extended. */
static void push_half(Gen *g, const Held *h, bool high)
{
    push_held(g, h);
    if (high) {
        with_const(g, TCG_TYPE_I64, W_i32_shr_u, 32);
    } else {
        emit_op(&g->e, W_i32_wrap_i64);
        emit_op(&g->e, W_i64_extend_i32_u);
    }
}

static void push_half_product(Gen *g, const Held *a, bool a_high, const Held *b, bool b_high)
{
    push_half(g, a, a_high);
    push_half(g, b, b_high);
    emit_op(&g->e, W_i64_mul);
}

static void high_of_local(Gen *g, unsigned local)
{
    emit_get(&g->e, local);
    with_const(g, TCG_TYPE_I64, W_i32_shr_u, 32);
}

/* Pops x, pushes x - (a < 0 ? b : 0). */
static void correct_sign(Gen *g, const Held *a, const Held *b)
{
    push_held(g, a);
    with_const(g, TCG_TYPE_I64, W_i32_shr_s, 63);
    push_held(g, b);
    emit_op(&g->e, W_i64_and);
    emit_op(&g->e, W_i64_sub);
}

/* Pushes the high half of the 128-bit product: four products of 32-bit halves. */
static void push_high_product(Gen *g, const Held *a, const Held *b, bool is_signed)
{
    WasmEmit *e = &g->e;
    unsigned t = emit_local_new(e, TCG_TYPE_I64), u = emit_local_new(e, TCG_TYPE_I64);

    push_half_product(g, a, true, b, false); /* t = ah * bl + (al * bl >> 32) */
    push_half_product(g, a, false, b, false);
    with_const(g, TCG_TYPE_I64, W_i32_shr_u, 32);
    emit_op(e, W_i64_add);
    emit_set(e, t);
    push_half_product(g, a, false, b, true); /* u = al * bh + low(t) */
    emit_get(e, t);
    emit_op(e, W_i32_wrap_i64);
    emit_op(e, W_i64_extend_i32_u);
    emit_op(e, W_i64_add);
    emit_set(e, u);
    push_half_product(g, a, true, b, true); /* ah * bh + (t >> 32) + (u >> 32) */
    high_of_local(g, t);
    emit_op(e, W_i64_add);
    high_of_local(g, u);
    emit_op(e, W_i64_add);
    if (is_signed) {
        correct_sign(g, a, b);
        correct_sign(g, b, a);
    }
    emit_local_free(e, TCG_TYPE_I64, u);
    emit_local_free(e, TCG_TYPE_I64, t);
}

/* Pushes the 64-bit product of two i32. */
static void push_product32(Gen *g, const TCGOp *op, unsigned first, bool is_signed)
{
    WasmOp extend = is_signed ? W_i64_extend_i32_s : W_i64_extend_i32_u;
    push(g, op->args[first]);
    emit_op(&g->e, extend);
    push(g, op->args[first + 1]);
    emit_op(&g->e, extend);
    emit_op(&g->e, W_i64_mul);
}

static void gen_high_product(Gen *g, const TCGOp *op)
{
    bool is_signed = op->opc == INDEX_op_mulsh;

    if (op->type == TCG_TYPE_I32) {
        push_product32(g, op, 1, is_signed);
        with_const(g, TCG_TYPE_I64, W_i32_shr_u, 32);
        emit_op(&g->e, W_i32_wrap_i64);
        return;
    }
    Held a = hold(g, op->args[1]), b = hold(g, op->args[2]);
    push_high_product(g, &a, &b, is_signed);
    unhold(g, &b);
    unhold(g, &a);
}

static void gen_double_product(Gen *g, const TCGOp *op)
{
    bool is_signed = op->opc == INDEX_op_muls2;
    WasmEmit *e = &g->e;

    if (op->type == TCG_TYPE_I32) {
        unsigned t = emit_local_new(e, TCG_TYPE_I64);
        push_product32(g, op, 2, is_signed);
        emit_set(e, t);
        emit_get(e, t);
        emit_op(e, W_i32_wrap_i64);
        high_of_local(g, t);
        emit_op(e, W_i32_wrap_i64);
        emit_local_free(e, TCG_TYPE_I64, t);
        return;
    }
    Held a = hold(g, op->args[2]), b = hold(g, op->args[3]);
    push_held(g, &a);
    push_held(g, &b);
    emit_op(e, W_i64_mul);
    push_high_product(g, &a, &b, is_signed);
    unhold(g, &b);
    unhold(g, &a);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static void gen_extract(Gen *g, const TCGOp *op)
{
    const TCGType type = (TCGType)op->type;
    const unsigned w = tcg_type_bits(type), pos = op->args[2], len = op->args[3];
    const int64_t mask = (int64_t)tcg_canon(type, tcg_mask(0, len));

    push(g, op->args[1]);
    if (len == w) {
        return;
    }
    if (len == 32 && pos == 0) {
        emit_op(&g->e, W_i32_wrap_i64);
        emit_op(&g->e, W_i64_extend_i32_u);
    } else if (pos + len == w) {
        with_const(g, type, W_i32_shr_u, pos);
    } else if (emit_sleb_size(mask) + (pos ? 5 : 2) <= 8) {
        if (pos) {
            with_const(g, type, W_i32_shr_u, pos);
        }
        with_const(g, type, W_i32_and, mask);
    } else {
        with_const(g, type, W_i32_shl, w - pos - len);
        with_const(g, type, W_i32_shr_u, w - len);
    }
}

static void gen_sextract(Gen *g, const TCGOp *op)
{
    const TCGType type = (TCGType)op->type;
    const unsigned w = tcg_type_bits(type), pos = op->args[2], len = op->args[3];

    push(g, op->args[1]);
    if (pos + len == w) {
        if (pos) {
            with_const(g, type, W_i32_shr_s, pos);
        }
        return;
    }
    if (len != 8 && len != 16 && len != 32) {
        with_const(g, type, W_i32_shl, w - pos - len);
        with_const(g, type, W_i32_shr_s, w - len);
        return;
    }
    if (pos) {
        with_const(g, type, W_i32_shr_u, pos);
    }
    emit_op(&g->e, len == 32              ? W_i64_extend32_s
                   : type == TCG_TYPE_I32 ? (len == 8 ? W_i32_extend8_s : W_i32_extend16_s)
                                          : (len == 8 ? W_i64_extend8_s : W_i64_extend16_s));
}

static void gen_deposit(Gen *g, const TCGOp *op)
{
    const TCGType type = (TCGType)op->type;
    const unsigned w = tcg_type_bits(type), pos = op->args[3], len = op->args[4];
    const uint64_t low = tcg_mask(0, len);

    if (len == w) {
        push(g, op->args[1]);
        emit_op(&g->e, W_drop);
        push(g, op->args[2]);
        return;
    }
    push(g, op->args[1]);
    with_const(g, type, W_i32_and, (int64_t)tcg_canon(type, ~(low << pos)));
    if (is_const(g, op->args[2])) {
        uint64_t field = ((uint64_t)const_val(g, op->args[2]) & low) << pos;
        with_const(g, type, W_i32_or, (int64_t)tcg_canon(type, field));
        return;
    }
    push(g, op->args[2]);
    if (pos + len != w) {
        with_const(g, type, W_i32_and, (int64_t)tcg_canon(type, low));
    }
    if (pos) {
        with_const(g, type, W_i32_shl, pos);
    }
    typed(g, type, W_i32_or);
}

/* ---- bytes and zeros ------------------------------------------------------------------------- */

/* Pops an i32, pushes it with its 4 bytes reversed. */
static void swap32(Gen *g)
{
    WasmEmit *e = &g->e;
    unsigned t = emit_local_new(e, TCG_TYPE_I32);

    emit_set(e, t);
    emit_get(e, t);
    with_const(g, TCG_TYPE_I32, W_i32_rotl, 8);
    with_const(g, TCG_TYPE_I32, W_i32_and, 0x00ff00ff);
    emit_get(e, t);
    with_const(g, TCG_TYPE_I32, W_i32_rotr, 8);
    with_const(g, TCG_TYPE_I32, W_i32_and, (int32_t)0xff00ff00);
    emit_op(e, W_i32_or);
    emit_local_free(e, TCG_TYPE_I32, t);
}

static void swap16(Gen *g, bool sign)
{
    WasmEmit *e = &g->e;
    unsigned t = emit_local_new(e, TCG_TYPE_I32);

    emit_set(e, t);
    emit_get(e, t);
    with_const(g, TCG_TYPE_I32, W_i32_shr_u, 8);
    with_const(g, TCG_TYPE_I32, W_i32_and, 0xff);
    emit_get(e, t);
    if (!sign) {
        with_const(g, TCG_TYPE_I32, W_i32_and, 0xff);
    }
    with_const(g, TCG_TYPE_I32, W_i32_shl, 8);
    emit_op(e, W_i32_or);
    if (sign) {
        emit_op(e, W_i32_extend16_s);
    }
    emit_local_free(e, TCG_TYPE_I32, t);
}

static void swap64(Gen *g)
{
    WasmEmit *e = &g->e;
    unsigned t = emit_local_new(e, TCG_TYPE_I64);

    emit_set(e, t);
    emit_get(e, t);
    emit_op(e, W_i32_wrap_i64);
    swap32(g);
    emit_op(e, W_i64_extend_i32_u);
    with_const(g, TCG_TYPE_I64, W_i32_shl, 32);
    high_of_local(g, t);
    emit_op(e, W_i32_wrap_i64);
    swap32(g);
    emit_op(e, W_i64_extend_i32_u);
    emit_op(e, W_i64_or);
    emit_local_free(e, TCG_TYPE_I64, t);
}

void gen_swap(Gen *g, TCGType type, unsigned bits, bool sign)
{
    if (bits == 64) {
        swap64(g);
        return;
    }
    if (type == TCG_TYPE_I64) {
        emit_op(&g->e, W_i32_wrap_i64);
    }
    if (bits == 16) {
        swap16(g, sign);
    } else {
        swap32(g);
    }
    if (type == TCG_TYPE_I64) {
        emit_op(&g->e, sign ? W_i64_extend_i32_s : W_i64_extend_i32_u);
    }
}

/* d = a ? count(a) : b */
static void gen_count_zeros(Gen *g, const TCGOp *op, WasmOp i32_op)
{
    const TCGType type = (TCGType)op->type;

    if (is_const(g, op->args[2]) && const_val(g, op->args[2]) == tcg_type_bits(type)) {
        gen_unary(g, op, i32_op); /* the instruction's own answer for 0 */
        return;
    }
    Held a = hold(g, op->args[1]);
    push_held(g, &a);
    typed(g, type, i32_op);
    push(g, op->args[2]);
    push_held(g, &a);
    if (type == TCG_TYPE_I64) {
        with_const(g, type, W_i32_ne, 0);
    }
    emit_op(&g->e, W_select);
    unhold(g, &a);
}

/* ---------------------------------------------------------------------------------------------- */

void gen_alu(Gen *g, const TCGOp *op)
{
    switch ((TCGOpcode)op->opc) {
    case INDEX_op_mov: push(g, op->args[1]); break;
    case INDEX_op_setcond:
    case INDEX_op_negsetcond: gen_setcond(g, op); break;
    case INDEX_op_movcond: gen_movcond(g, op); break;
    case INDEX_op_add: gen_binary(g, op, W_i32_add); break;
    case INDEX_op_sub: gen_binary(g, op, W_i32_sub); break;
    case INDEX_op_mul: gen_binary(g, op, W_i32_mul); break;
    case INDEX_op_and: gen_binary(g, op, W_i32_and); break;
    case INDEX_op_or: gen_binary(g, op, W_i32_or); break;
    case INDEX_op_xor: gen_binary(g, op, W_i32_xor); break;
    case INDEX_op_shl: gen_binary(g, op, W_i32_shl); break;
    case INDEX_op_shr: gen_binary(g, op, W_i32_shr_u); break;
    case INDEX_op_sar: gen_binary(g, op, W_i32_shr_s); break;
    case INDEX_op_rotl: gen_binary(g, op, W_i32_rotl); break;
    case INDEX_op_rotr: gen_binary(g, op, W_i32_rotr); break;
    case INDEX_op_andc: gen_with_not(g, op, W_i32_and); break;
    case INDEX_op_orc: gen_with_not(g, op, W_i32_or); break;
    case INDEX_op_eqv: gen_with_not(g, op, W_i32_xor); break;
    case INDEX_op_nand:
        gen_binary(g, op, W_i32_and);
        gen_not(g, (TCGType)op->type);
        break;
    case INDEX_op_nor:
        gen_binary(g, op, W_i32_or);
        gen_not(g, (TCGType)op->type);
        break;
    case INDEX_op_neg:
        emit_const(&g->e, (TCGType)op->type, 0);
        gen_unary(g, op, W_i32_sub);
        break;
    case INDEX_op_not:
        push(g, op->args[1]);
        gen_not(g, (TCGType)op->type);
        break;
    case INDEX_op_div:
    case INDEX_op_divu:
    case INDEX_op_rem:
    case INDEX_op_remu: gen_division(g, op); break;
    case INDEX_op_mulu2:
    case INDEX_op_muls2: gen_double_product(g, op); break;
    case INDEX_op_muluh:
    case INDEX_op_mulsh: gen_high_product(g, op); break;
    case INDEX_op_deposit: gen_deposit(g, op); break;
    case INDEX_op_extract: gen_extract(g, op); break;
    case INDEX_op_sextract: gen_sextract(g, op); break;
    case INDEX_op_bswap16:
    case INDEX_op_bswap32:
    case INDEX_op_bswap64:
        push(g, op->args[1]);
        gen_swap(g, (TCGType)op->type,
                 op->opc == INDEX_op_bswap16   ? 16
                 : op->opc == INDEX_op_bswap32 ? 32
                                               : 64,
                 op->args[2] & TCG_BSWAP_OS);
        break;
    case INDEX_op_clz: gen_count_zeros(g, op, W_i32_clz); break;
    case INDEX_op_ctz: gen_count_zeros(g, op, W_i32_ctz); break;
    case INDEX_op_ctpop: gen_unary(g, op, W_i32_popcnt); break;
    case INDEX_op_ext_i32:
        push(g, op->args[1]);
        emit_op(&g->e, W_i64_extend_i32_s);
        break;
    case INDEX_op_extu_i32:
        push(g, op->args[1]);
        emit_op(&g->e, W_i64_extend_i32_u);
        break;
    case INDEX_op_extrl_i64:
        push(g, op->args[1]);
        emit_op(&g->e, W_i32_wrap_i64);
        break;
    case INDEX_op_extrh_i64:
        push(g, op->args[1]);
        with_const(g, TCG_TYPE_I64, W_i32_shr_u, 32);
        emit_op(&g->e, W_i32_wrap_i64);
        break;
    default: g_error("wasm: op %u has no code", op->opc);
    }
}
