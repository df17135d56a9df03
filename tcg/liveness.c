/*
 * Liveness: one backward pass that drops what nobody reads and marks where values are read last.
 *
 * A temp is live if its present value may still be read. The set is a bit for each temp; constants
 * and env have bits that nobody looks at. Where control may leave for code outside the TB, or where
 * a helper or an exception may look at guest state, every global is live; so it is at the end of
 * every basic block, which costs nothing that matters and keeps blocks apart. Locals are followed
 * through forward branches exactly (the set at each label is kept until its branches are seen);
 * a branch back, which is met before its label, takes every local as live, unless a TB of a region
 * begins there.
 */
#include <string.h>

#include "tcg/opt.h"

enum { TEMP_WORDS = TCG_MAX_TEMPS / 64, OP_REMOVED = 1 };

typedef struct Liveness {
    TCGContext *s;
    unsigned words; /* of the sets in use */
    uint64_t live[TEMP_WORDS];
    uint64_t globals[TEMP_WORDS];
    bool seen[TCG_MAX_LABELS];
    unsigned removed;
} Liveness;

static inline bool is_live(const Liveness *lv, uint32_t i)
{
    return lv->live[i / 64] >> (i & 63) & 1;
}
static inline void set_live(Liveness *lv, uint32_t i)
{
    lv->live[i / 64] |= 1ull << (i & 63);
}
static inline void set_dead(Liveness *lv, uint32_t i)
{
    lv->live[i / 64] &= ~(1ull << (i & 63));
}

static inline void globals_live(Liveness *lv)
{
    for (unsigned i = 0; i <= lv->s->nb_globals / 64; i++) {
        lv->live[i] |= lv->globals[i];
    }
}

static void remove_op(Liveness *lv, TCGOp *op)
{
    op->flags = OP_REMOVED;
    lv->removed++;
}

/* ---- control flow ---------------------------------------------------------------------------- */

static void at_branch(Liveness *lv, uint32_t label, uint64_t (*at_label)[TEMP_WORDS])
{
    for (unsigned i = 0; i < lv->words; i++) {
        lv->live[i] |= lv->seen[label] ? at_label[label][i] : UINT64_MAX;
    }
}

/*
 * A label that no branch names is of no use, unless control does not come from above either: it
 * then begins unreachable code (a loop that lost its entry), which only the optimiser can take
 * away.
 */
static bool is_useless_label(const Liveness *lv, const TCGOp *op)
{
    const TCGOp *prev = op > lv->s->ops ? op - 1 : NULL;

    if (lv->s->labels[op->args[0]].refs) {
        return false;
    }
    if (prev && prev->opc == INDEX_op_set_label) {
        return lv->s->labels[prev->args[0]].refs;
    }
    return !prev || !(tcg_op_defs[prev->opc].flags & TCG_OPF_NOFALL);
}

/* True if the op is done with. */
static bool do_flow(Liveness *lv, TCGOp *op, unsigned flags, uint64_t (*at_label)[TEMP_WORDS])
{
    uint32_t label = op->args[0];

    if (op->opc == INDEX_op_set_label) {
        if (is_useless_label(lv, op)) {
            lv->s->labels[label].present = false;
            remove_op(lv, op);
            return true;
        }
        globals_live(lv);
        memcpy(at_label[label], lv->live, sizeof(uint64_t) * lv->words);
        lv->seen[label] = true;
        return true;
    }
    if (flags & TCG_OPF_NOFALL) {
        memset(lv->live, 0, sizeof(uint64_t) * lv->words);
    }
    if (op->opc == INDEX_op_br || op->opc == INDEX_op_brcond) {
        at_branch(lv, op->args[tcg_op_label_arg(op)], at_label);
    }
    for (unsigned k = 0; op->opc == INDEX_op_goto_inner && k < lv->s->nb_inner; k++) {
        int inner = tcg_inner_label(lv->s, op, k);
        if (inner >= 0) {
            at_branch(lv, (unsigned)inner, at_label);
        }
    }
    globals_live(lv);
    return false;
}

/* ---- other ops ------------------------------------------------------------------------------- */

static unsigned call_flags(const Liveness *lv, const TCGOp *op)
{
    return lv->s->helpers[op->args[0]].flags;
}

static bool has_effect(const Liveness *lv, const TCGOp *op, unsigned flags)
{
    if (op->opc == INDEX_op_call) {
        return !(call_flags(lv, op) & TCG_CALL_PURE);
    }
    return flags & (TCG_OPF_SIDE | TCG_OPF_BB_END);
}

/* Half of a double-width product is a product of its own. */
static void narrow_mul2(TCGOp *op, bool low_live)
{
    bool is_signed = op->opc == INDEX_op_muls2;

    op->opc = low_live ? INDEX_op_mul : is_signed ? INDEX_op_mulsh : INDEX_op_muluh;
    op->args[0] = op->args[low_live ? 0 : 1];
    op->args[1] = op->args[2];
    op->args[2] = op->args[3];
}

/* Kills the outputs; false if the op is of no use. */
static bool do_outputs(Liveness *lv, TCGOp *op, unsigned flags)
{
    unsigned first = tcg_op_first_oarg(op), n = tcg_op_nb_oargs(op);
    unsigned nb_live = 0;

    for (unsigned i = first; i < first + n; i++) {
        nb_live += is_live(lv, op->args[i]);
    }
    if (nb_live == 0 && !has_effect(lv, op, flags)) {
        return false;
    }
    if (n == 2 && nb_live == 1) {
        narrow_mul2(op, is_live(lv, op->args[0]));
        n = 1;
    } else if (op->opc == INDEX_op_call && nb_live == 0) {
        op->args[1] = TCGV_NONE.i;
        return true;
    }
    for (unsigned i = first; i < first + n; i++) {
        if (!is_live(lv, op->args[i])) {
            op->dead |= 1u << i;
        }
        set_dead(lv, op->args[i]);
    }
    return true;
}

static void do_inputs(Liveness *lv, TCGOp *op)
{
    unsigned first = tcg_op_first_iarg(op), n = tcg_op_nb_iargs(op);

    /* First all marks, then all bits: a temp that is read twice here dies in both places. */
    for (unsigned i = first; i < first + n; i++) {
        if (!is_live(lv, op->args[i]) && lv->s->temps[op->args[i]].kind == TEMP_LOCAL) {
            op->dead |= 1u << i;
        }
    }
    for (unsigned i = first; i < first + n; i++) {
        set_live(lv, op->args[i]);
    }
}

/*
 *     op  t, ...            op  d, ...
 *     mov d, t      ->
 * where t is a local that dies in the mov. An op that raises leaves its output alone (docs/ir.md),
 * so that d keeps its old value then. `op` is the mov; the op before it is still to be visited.
 */
static bool merge_mov(Liveness *lv, TCGOp *op, TCGOp *prev)
{
    uint32_t d = op->args[0], t = op->args[1];

    if (lv->s->temps[t].kind != TEMP_LOCAL || is_live(lv, t) || d == t ||
        prev->opc == INDEX_op_discard || tcg_op_nb_oargs(prev) != 1) {
        return false;
    }
    unsigned out = tcg_op_first_oarg(prev);
    if (prev->args[out] != t) {
        return false;
    }
    prev->args[out] = d;
    remove_op(lv, op);
    return true;
}

static void do_op(Liveness *lv, TCGOp *op, unsigned flags)
{
    unsigned call = op->opc == INDEX_op_call ? call_flags(lv, op) : 0;
    /* it may be left to another form of the TB, by LINK_EXIT_SLOW */
    bool leaves = op->opc == INDEX_op_call && lv->s->fp_ops && lv->s->fp_ops[op->args[0]];

    if (op->opc == INDEX_op_discard) {
        set_dead(lv, op->args[0]);
        remove_op(lv, op);
        return;
    }
    if (!do_outputs(lv, op, flags)) {
        remove_op(lv, op);
        return;
    }
    if (flags & TCG_OPF_RAISE || leaves ||
        call & (TCG_CALL_READ_STATE | TCG_CALL_WRITE_STATE | TCG_CALL_RAISE | TCG_CALL_YIELD)) {
        globals_live(lv);
    }
    do_inputs(lv, op);
}

static void compact(TCGContext *s)
{
    unsigned to = 0;

    for (unsigned i = 0; i < s->nb_ops; i++) {
        if (s->ops[i].flags & OP_REMOVED) {
            continue;
        }
        if (to != i) {
            s->ops[to] = s->ops[i];
        }
        to++;
    }
    s->nb_ops = to;
}

/* Where a TB of a region begins no local is live, whichever way control gets there. */
static void see_heads(Liveness *lv, uint64_t (*at_label)[TEMP_WORDS])
{
    const TCGOp *ops = lv->s->ops;

    for (unsigned i = 0; i < lv->s->nb_ops; i++) {
        for (unsigned k = i;
             ops[i].opc == INDEX_op_tb_head && k > 0 && ops[k - 1].opc == INDEX_op_set_label; k--) {
            memcpy(at_label[ops[k - 1].args[0]], lv->globals, sizeof(uint64_t) * lv->words);
            lv->seen[ops[k - 1].args[0]] = true;
        }
    }
}

void tcg_liveness(TCGContext *s)
{
    Liveness lv = {.s = s, .words = (s->nb_temps + 63) / 64};
    uint64_t(*at_label)[TEMP_WORDS] = tcg_opt_scratch(s)->live_at;

    for (unsigned i = 1; i <= s->nb_globals; i++) {
        lv.globals[i / 64] |= 1ull << (i & 63);
    }
    see_heads(&lv, at_label);
    for (unsigned i = s->nb_ops; i-- > 0;) {
        TCGOp *op = &s->ops[i];
        unsigned flags = tcg_op_defs[op->opc].flags;
        op->dead = 0;
        if (flags & (TCG_OPF_BB_START | TCG_OPF_BB_END) && do_flow(&lv, op, flags, at_label)) {
            continue;
        }
        if (op->opc == INDEX_op_mov && i && merge_mov(&lv, op, op - 1)) {
            continue;
        }
        do_op(&lv, op, flags);
    }
    if (lv.removed) {
        compact(s);
    }
}
