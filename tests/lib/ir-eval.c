/* See ir-eval.h. Everything is computed the long way round, bit by bit where that is independent.
 */
#include "tests/lib/ir-eval.h"

#include <string.h>

#include "tcg/internal.h"

typedef struct Run {
    IrMachine *m;
    const TCGContext *s;
    uint64_t locals[CPU_MAX_LOCALS];
    unsigned insn; /* page offset */
    bool done;
} Run;

static void leave(Run *r, IrExit e, uint64_t value)
{
    r->m->exit = e;
    r->m->exit_value = value;
    r->done = true;
}

static CPUState *cpu(Run *r)
{
    return (CPUState *)r->m->env;
}

/* ---- temps ----------------------------------------------------------------------------------- */

static uint64_t get(Run *r, uint32_t i)
{
    const TCGTemp *t = &r->s->temps[i];
    uint64_t v = 0;

    switch (t->kind) {
    case TEMP_ENV: return (uint64_t)(uintptr_t)r->m->env;
    case TEMP_GLOBAL: memcpy(&v, r->m->env + t->env_offset, t->type == TCG_TYPE_I32 ? 4 : 8); break;
    case TEMP_LOCAL: v = r->locals[t->slot]; break;
    case TEMP_CONST: v = (uint64_t)t->val; break;
    }
    return t->type == TCG_TYPE_I32 ? v & 0xffffffff : v;
}

static void put(Run *r, uint32_t i, uint64_t v)
{
    const TCGTemp *t = &r->s->temps[i];

    if (t->kind == TEMP_GLOBAL) {
        memcpy(r->m->env + t->env_offset, &v, t->type == TCG_TYPE_I32 ? 4 : 8);
    } else if (t->kind == TEMP_LOCAL) {
        /* The upper half of an i32 means nothing: make sure that nobody relies on it. */
        r->locals[t->slot] = t->type == TCG_TYPE_I32 ? v | 0xdeadbeef00000000 : v;
    } else {
        leave(r, IR_EXIT_BAD, 0);
    }
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

static uint64_t sign_extend(uint64_t v, unsigned bits)
{
    uint64_t sign = 1ull << (bits - 1);
    v = bits == 64 ? v : v & ((1ull << bits) - 1);
    return (v ^ sign) - sign;
}

static bool compare(uint32_t cond, unsigned w, uint64_t a, uint64_t b)
{
    int64_t sa = (int64_t)sign_extend(a, w), sb = (int64_t)sign_extend(b, w);

    switch (cond) {
    case TCG_COND_NEVER: return false;
    case TCG_COND_ALWAYS: return true;
    case TCG_COND_EQ: return a == b;
    case TCG_COND_NE: return a != b;
    case TCG_COND_LT: return sa < sb;
    case TCG_COND_GE: return sa >= sb;
    case TCG_COND_LE: return sa <= sb;
    case TCG_COND_GT: return sa > sb;
    case TCG_COND_LTU: return a < b;
    case TCG_COND_GEU: return a >= b;
    case TCG_COND_LEU: return a <= b;
    case TCG_COND_GTU: return a > b;
    case TCG_COND_TSTEQ: return !(a & b);
    default: return a & b;
    }
}

/* High half of the 128-bit product, from 32-bit pieces. */
static uint64_t mul_high(uint64_t a, uint64_t b)
{
    uint64_t al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32;
    uint64_t mid = ah * bl + (al * bl >> 32);
    uint64_t mid2 = al * bh + (mid & 0xffffffff);
    return ah * bh + (mid >> 32) + (mid2 >> 32);
}

/* Both halves in width w; inputs zero-extended. */
static void mul_double(bool is_signed, unsigned w, uint64_t a, uint64_t b, uint64_t *lo,
                       uint64_t *hi)
{
    uint64_t sa = sign_extend(a, w), sb = sign_extend(b, w);

    if (w == 32) {
        *lo = is_signed ? sa * sb : a * b;
        *hi = *lo >> 32;
        return;
    }
    *lo = a * b;
    *hi = mul_high(a, b);
    if (is_signed) {
        *hi -= ((int64_t)a < 0 ? b : 0) + ((int64_t)b < 0 ? a : 0);
    }
}

static uint64_t swap_bytes(uint64_t v, unsigned bytes)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < bytes; i++) {
        r = r << 8 | (v >> (8 * i) & 0xff);
    }
    return r;
}

static uint64_t rotate_left(uint64_t v, unsigned n, unsigned w)
{
    for (n %= w; n; n--) {
        v = v << 1 | (v >> (w - 1) & 1);
        v = w == 32 ? v & 0xffffffff : v;
    }
    return v;
}

static unsigned count_zeros(uint64_t v, unsigned w, bool from_top)
{
    unsigned n = 0;
    while (!(v >> (from_top ? w - 1 - n : n) & 1)) {
        n++;
    }
    return n;
}

static unsigned count_ones(uint64_t v)
{
    unsigned n = 0;
    for (; v; v >>= 1) {
        n += v & 1;
    }
    return n;
}

static uint64_t divide(Run *r, const TCGOp *op, unsigned w, uint64_t a, uint64_t b)
{
    int64_t sa = (int64_t)sign_extend(a, w), sb = (int64_t)sign_extend(b, w);
    bool is_signed = op->opc == INDEX_op_div || op->opc == INDEX_op_rem;

    if (b == 0 || (is_signed && sb == -1 && a == 1ull << (w - 1))) {
        leave(r, IR_EXIT_BAD, 0);
        return 0;
    }
    switch (op->opc) {
    case INDEX_op_div: return (uint64_t)(sa / sb);
    case INDEX_op_rem: return (uint64_t)(sa % sb);
    case INDEX_op_divu: return a / b;
    default: return a % b;
    }
}

/* Ops with one output that touch nothing but temps; a..d are the inputs, zero-extended. */
static uint64_t compute(Run *r, const TCGOp *op, unsigned w, const uint64_t *in, const uint32_t *c)
{
    uint64_t a = in[0], b = in[1], lo, hi, ones;

    switch (op->opc) {
    case INDEX_op_mov: return a;
    case INDEX_op_setcond: return compare(c[0], w, a, b) ? 1 : 0;
    case INDEX_op_negsetcond: return compare(c[0], w, a, b) ? UINT64_MAX : 0;
    case INDEX_op_movcond: return compare(c[0], w, a, b) ? in[2] : in[3];
    case INDEX_op_add: return a + b;
    case INDEX_op_sub: return a - b;
    case INDEX_op_mul: return a * b;
    case INDEX_op_neg: return 0 - a;
    case INDEX_op_not: return a ^ UINT64_MAX;
    case INDEX_op_and: return a & b;
    case INDEX_op_or: return a | b;
    case INDEX_op_xor: return a ^ b;
    case INDEX_op_andc: return a & (b ^ UINT64_MAX);
    case INDEX_op_orc: return a | (b ^ UINT64_MAX);
    case INDEX_op_eqv: return a ^ b ^ UINT64_MAX;
    case INDEX_op_nand: return (a & b) ^ UINT64_MAX;
    case INDEX_op_nor: return (a | b) ^ UINT64_MAX;
    case INDEX_op_shl: return a << b % w;
    case INDEX_op_shr: return a >> b % w;
    case INDEX_op_sar: return (uint64_t)((int64_t)sign_extend(a, w) >> b % w);
    case INDEX_op_rotl: return rotate_left(a, b % w, w);
    case INDEX_op_rotr: return rotate_left(a, w - b % w, w);
    case INDEX_op_div:
    case INDEX_op_divu:
    case INDEX_op_rem:
    case INDEX_op_remu: return divide(r, op, w, a, b);
    case INDEX_op_muluh: mul_double(false, w, a, b, &lo, &hi); return hi;
    case INDEX_op_mulsh: mul_double(true, w, a, b, &lo, &hi); return hi;
    case INDEX_op_deposit:
        ones = (c[1] == 64 ? 0 : 1ull << c[1]) - 1;
        return (a & ~(ones << c[0])) | (b & ones) << c[0];
    case INDEX_op_extract: return a >> c[0] & ((c[1] == 64 ? 0 : 1ull << c[1]) - 1);
    case INDEX_op_sextract: return sign_extend(a >> c[0], c[1]);
    case INDEX_op_bswap16:
        a = swap_bytes(a, 2);
        return c[0] & TCG_BSWAP_OS ? sign_extend(a, 16) : a;
    case INDEX_op_bswap32:
        a = swap_bytes(a, 4);
        return c[0] & TCG_BSWAP_OS ? sign_extend(a, 32) : a;
    case INDEX_op_bswap64: return swap_bytes(a, 8);
    case INDEX_op_clz: return a ? count_zeros(a, w, true) : b;
    case INDEX_op_ctz: return a ? count_zeros(a, w, false) : b;
    case INDEX_op_ctpop: return count_ones(a);
    case INDEX_op_ext_i32: return sign_extend(a, 32);
    case INDEX_op_extu_i32: return a;
    case INDEX_op_extrl_i64: return a;
    case INDEX_op_extrh_i64: return a >> 32;
    default: leave(r, IR_EXIT_BAD, op->opc); return 0;
    }
}

/* ---- memory and calls ------------------------------------------------------------------------ */

static void fault(Run *r, uint64_t addr)
{
    cpu(r)->trap = r->m->fault_trap;
    cpu(r)->trap_value = addr;
    leave(r, IR_EXIT_TRAP, r->insn);
}

static void guest_access(Run *r, const TCGOp *op)
{
    IrMachine *m = r->m;
    MemOp mop = get_memop(op->args[2]);
    unsigned size = memop_size(mop);
    uint64_t addr = get(r, op->args[1]), v = 0;

    if (((mop & MO_ALIGN) && addr % size) || addr - m->mem_base > m->mem_size - size) {
        fault(r, addr);
        return;
    }
    uint8_t *p = m->mem + (addr - m->mem_base);
    bool store = op->opc == INDEX_op_qemu_st;
    if (store) {
        v = get(r, op->args[0]);
    }
    for (unsigned i = 0; i < size; i++) {
        unsigned shift = 8 * (mop & MO_BE ? size - 1 - i : i);
        if (store) {
            p[i] = v >> shift;
        } else {
            v |= (uint64_t)p[i] << shift;
        }
    }
    if (!store) {
        put(r, op->args[0], mop & MO_SIGN ? sign_extend(v, 8 * size) : v);
    }
}

static void host_access(Run *r, const TCGOp *op, unsigned w)
{
    uint8_t *p = (uint8_t *)(uintptr_t)get(r, op->args[1]) + (int32_t)op->args[2];
    unsigned bytes = w / 8;
    bool sign = false, store = false;

    switch (op->opc) {
    case INDEX_op_ld8s: sign = true; /* fall through */
    case INDEX_op_ld8u: bytes = 1; break;
    case INDEX_op_ld16s: sign = true; /* fall through */
    case INDEX_op_ld16u: bytes = 2; break;
    case INDEX_op_ld32s: sign = true; /* fall through */
    case INDEX_op_ld32u: bytes = 4; break;
    case INDEX_op_ld: break;
    default:
        store = true;
        bytes = op->opc == INDEX_op_st8    ? 1
                : op->opc == INDEX_op_st16 ? 2
                : op->opc == INDEX_op_st32 ? 4
                                           : bytes;
        break;
    }
    uint64_t v = 0;
    if (store) {
        v = get(r, op->args[0]);
        memcpy(p, &v, bytes);
    } else {
        memcpy(&v, p, bytes);
        put(r, op->args[0], sign ? sign_extend(v, 8 * bytes) : v);
    }
}

static void do_call(Run *r, const TCGOp *op)
{
    uint64_t args[TCG_MAX_CALL_ARGS];

    for (unsigned i = 0; i < op->nb_call_args; i++) {
        args[i] = get(r, op->args[2 + i]);
    }
    uint64_t v = r->m->call(r->m, op->args[0], args);
    if ((r->s->helpers[op->args[0]].flags & TCG_CALL_RAISE) && cpu(r)->trap) {
        leave(r, IR_EXIT_TRAP, r->insn);
    } else if (op->args[1] != TCGV_NONE.i) {
        put(r, op->args[1], v);
    }
}

/* ---- the machine ----------------------------------------------------------------------------- */

static void do_plain(Run *r, const TCGOp *op)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];
    const uint32_t *c = &op->args[def->nb_oargs + def->nb_iargs];
    unsigned w = op->type == TCG_TYPE_I32 ? 32 : 64;
    uint64_t in[4] = {0}, lo, hi;

    for (unsigned i = 0; i < def->nb_iargs; i++) {
        in[i] = get(r, op->args[def->nb_oargs + i]);
    }
    if (op->opc == INDEX_op_mulu2 || op->opc == INDEX_op_muls2) {
        mul_double(op->opc == INDEX_op_muls2, w, in[0], in[1], &lo, &hi);
        put(r, op->args[0], lo);
        put(r, op->args[1], hi);
        return;
    }
    uint64_t v = compute(r, op, w, in, c);
    if (!r->done) {
        put(r, op->args[0], v);
    }
}

static void do_tb_head(Run *r, const TCGOp *op)
{
    CPUState *cs = cpu(r);
    int32_t left = cs->budget - (int32_t)op->args[1];

    if ((left | cs->exit_request) < 0) {
        leave(r, IR_EXIT_BUDGET, op->args[0]);
    } else {
        cs->budget = left;
    }
}

/* Number of the next op. The first TB of a region is gone to as from outside. */
static unsigned do_goto_inner(Run *r, const uint16_t *label_at, unsigned n)
{
    uint64_t offset = get(r, r->s->ops[n].args[0]) - cpu(r)->pc_page;

    for (unsigned k = 0; k < r->s->nb_inner; k++) {
        int label = tcg_inner_label(r->s, &r->s->ops[n], k);
        if (label >= 0 && r->s->inner[k].page_offset == offset) {
            return label_at[label];
        }
    }
    return n + 1;
}

/* Executes op number n; returns the number of the next one. */
static unsigned step(Run *r, const uint16_t *label_at, unsigned n)
{
    const TCGOp *op = &r->s->ops[n];
    unsigned flags = tcg_op_defs[op->opc].flags, w = op->type == TCG_TYPE_I32 ? 32 : 64;

    switch (op->opc) {
    case INDEX_op_discard:
    case INDEX_op_set_label:
    case INDEX_op_mb: break;
    case INDEX_op_insn_start: r->insn = op->args[0]; break;
    case INDEX_op_br: return label_at[op->args[0]];
    case INDEX_op_brcond:
        if (compare(op->args[2], w, get(r, op->args[0]), get(r, op->args[1]))) {
            return label_at[op->args[3]];
        }
        break;
    case INDEX_op_tb_head: do_tb_head(r, op); break;
    case INDEX_op_goto_inner: return do_goto_inner(r, label_at, n);
    case INDEX_op_call: do_call(r, op); break;
    case INDEX_op_goto_tb:
        leave(r, IR_EXIT_GOTO_TB, (uint64_t)op->args[0] << 32 | op->args[1]);
        break;
    case INDEX_op_goto_ptr: leave(r, IR_EXIT_GOTO_PTR, get(r, op->args[0])); break;
    case INDEX_op_exit_tb: leave(r, IR_EXIT_EXIT_TB, get(r, op->args[0])); break;
    case INDEX_op_exit_trap: leave(r, IR_EXIT_TRAP, r->insn); break;
    default:
        if (flags & TCG_OPF_HOSTMEM) {
            host_access(r, op, w);
        } else if (flags & TCG_OPF_GUESTMEM) {
            guest_access(r, op);
        } else {
            do_plain(r, op);
        }
        break;
    }
    return n + 1;
}

static bool is_output(const TCGOp *op, uint32_t temp)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];

    if (op->opc == INDEX_op_call) {
        return op->args[1] == temp;
    }
    return (def->nb_oargs > 0 && op->args[0] == temp) || (def->nb_oargs > 1 && op->args[1] == temp);
}

static void poison(Run *r, const TCGOp *op)
{
    unsigned first_in = op->opc == INDEX_op_call ? 2 : tcg_op_defs[op->opc].nb_oargs;

    for (unsigned i = 0; i < TCG_OP_ARGS; i++) {
        if ((op->dead >> i & 1) && (i < first_in || !is_output(op, op->args[i]))) {
            put(r, op->args[i], 0xbadbadbadbadbad);
        }
    }
}

void ir_eval(IrMachine *m, const TCGContext *s)
{
    Run r = {.m = m, .s = s};
    uint16_t label_at[TCG_MAX_LABELS];

    memset(label_at, 0xff, sizeof(label_at));
    for (unsigned i = 0; i < s->nb_ops; i++) {
        if (s->ops[i].opc == INDEX_op_set_label) {
            label_at[s->ops[i].args[0]] = i;
        }
    }
    m->steps = 0;
    for (unsigned n = 0; !r.done; m->steps++) {
        if (n >= s->nb_ops) {
            leave(&r, IR_EXIT_BAD, n);
        } else if (m->steps >= m->max_steps) {
            leave(&r, IR_EXIT_STUCK, 0);
        } else {
            const TCGOp *op = &s->ops[n];
            n = step(&r, label_at, n);
            if (m->poison_dead && op->dead && !r.done) {
                poison(&r, op);
            }
        }
    }
}

const char *ir_exit_name(IrExit e)
{
    static const char *const names[] = {"goto_tb", "goto_ptr", "exit_tb", "trap",
                                        "budget",  "stuck",    "bad"};
    return names[e];
}
