/*
 * The optimiser: one forward pass that folds, propagates copies and tidies control flow.
 *
 * Ops are read from ops[] and the kept ones written back to its front, so the array stays compact
 * and no op is visited twice. For each op
 *   - inputs are replaced by the best temp of the same value (a constant, else a global, else the
 *     oldest local), which leaves the copies dead for tcg_liveness() to drop;
 *   - tcg_fold_op() rewrites it until no rule applies;
 *   - its outputs take over what is known of the result.
 * Knowledge ends at labels that are still branched to; a forward branch that folds away takes the
 * label with it, and knowledge flows on. Globals lose theirs at calls that may write guest state.
 * Host stores never touch a global (tcg_verify() refuses it), so they need no care here.
 *
 * A local is not read behind the insn that wrote it, even if it holds the value of a global that
 * has changed since: execution may go on in another form of the TB at any insn (LINK_EXIT_SLOW), so
 * all that an insn leaves to the next ones is in globals.
 *
 * The pass never needs room: when there is none for another constant, the op stays as it is.
 */
#include <string.h>

#include "tcg/env.h"
#include "tcg/opt.h"

/* ---- knowledge about temps ------------------------------------------------------------------- */

void tcg_opt_init_info(Optimizer *o, unsigned i)
{
    TempInfo *t = &o->info[i];
    const TCGTemp *temp = &o->s->temps[i];
    uint64_t mask = tcg_type_mask(temp->type);

    t->epoch = o->epoch;
    t->next = t->prev = i;
    if (temp->kind == TEMP_CONST) {
        t->konst = i;
        t->is_rel = false;
        t->bits.maybe = t->bits.ones = (uint64_t)temp->val & mask;
        t->bits.signs = tcg_bits_signs(t->bits, tcg_type_bits(temp->type));
    } else {
        t->konst = 0;
        t->is_rel = i == o->s->pc_page && i;
        t->rel = 0;
        t->bits = (TCGBits){.maybe = mask, .signs = 1};
        if (temp->kind == TEMP_GLOBAL) {
            o->touched[o->nb_touched++] = i;
        }
    }
}

static void forget_all(Optimizer *o)
{
    o->nb_touched = 0;
    if (++o->epoch == 0) {
        memset(o->info, 0, sizeof(o->info));
        o->epoch = 1;
    }
}

/* The temp to read instead of this one. */
static inline uint32_t representative(const Optimizer *o, uint32_t i)
{
    const TempInfo *t = &o->info[i];

    if (t->epoch != o->epoch) {
        return i;
    }
    if (t->konst) {
        return t->konst;
    }
    /* Globals have the low numbers, and older locals lower ones than newer. */
    uint32_t best = i;
    for (unsigned k = t->next; k != i; k = o->info[k].next) {
        if (o->s->temps[k].kind != TEMP_LOCAL || o->info[k].insn == o->nb_insns) {
            best = MIN(best, k);
        }
    }
    return best;
}

/* The temp gets a new value, of which nothing is known yet. */
static TempInfo *new_value(Optimizer *o, uint32_t i)
{
    TempInfo *t = opt_info(o, i);

    o->info[t->prev].next = t->next;
    o->info[t->next].prev = t->prev;
    t->next = t->prev = i;
    t->konst = 0;
    t->is_rel = false;
    t->insn = (uint16_t)o->nb_insns;
    t->bits = (TCGBits){.maybe = tcg_type_mask(o->s->temps[i].type), .signs = 1};
    return t;
}

static void forget_globals(Optimizer *o)
{
    for (unsigned i = 0; i < o->nb_touched; i++) {
        new_value(o, o->touched[i]);
    }
}

static void learn_copy(Optimizer *o, uint32_t d, uint32_t src)
{
    TempInfo *t = new_value(o, d), *from = opt_info(o, src);

    t->bits = from->bits;
    t->konst = from->konst;
    t->is_rel = from->is_rel;
    t->rel = from->rel;
    if (!t->konst) {
        t->next = from->next;
        t->prev = src;
        o->info[from->next].prev = d;
        from->next = d;
    }
}

/* Every temp of the value of `i` is equal to a constant from here on. */
static void learn_const(Optimizer *o, uint32_t i, uint32_t k)
{
    const TempInfo *from = opt_info(o, k);
    unsigned j = i;

    opt_info(o, i);
    do {
        o->info[j].konst = k;
        o->info[j].bits = from->bits;
        j = o->info[j].next;
    } while (j != i);
}

/* ---- straight-line ops ----------------------------------------------------------------------- */

static void replace_inputs(Optimizer *o, TCGOp *op)
{
    unsigned first = tcg_op_first_iarg(op), n = tcg_op_nb_iargs(op);
    bool host = tcg_op_defs[op->opc].flags & TCG_OPF_HOSTMEM;

    for (unsigned i = first; i < first + n; i++) {
        uint32_t r = representative(o, op->args[i]);
        /* A host address stays in a temp: code is not to hold one. */
        if (!(host && i == 1 && opt_is_const(o, r))) {
            op->args[i] = r;
        }
    }
}

/* A mov is left out if its output has that value already, and had it in this insn. */
static bool finish_mov(Optimizer *o, TCGOp *op)
{
    uint32_t d = op->args[0], src = representative(o, op->args[1]);

    op->args[1] = src;
    if (d == src || (representative(o, d) == src &&
                     (o->s->temps[d].kind != TEMP_LOCAL || o->info[d].insn == o->nb_insns))) {
        return false;
    }
    learn_copy(o, d, src);
    return true;
}

static TCGOp *make_room(Optimizer *o, unsigned *next)
{
    TCGContext *s = o->s;

    if (o->nb_out == *next) {
        if (s->nb_ops >= TCG_MAX_OPS) {
            return NULL;
        }
        memmove(&s->ops[*next + 1], &s->ops[*next], sizeof(TCGOp) * (s->nb_ops - *next));
        s->nb_ops++;
        ++*next;
    }
    return &s->ops[o->nb_out];
}

/*
 * A double-width product of constants becomes two movs: the low half in this op, the high half in
 * one more. `next` is the index of the next op to read.
 */
static bool fold_mul2(Optimizer *o, TCGOp *op, unsigned *next)
{
    uint32_t a = op->args[2], b = op->args[3];

    if (!opt_is_const(o, a)) {
        return false;
    }
    if (!opt_is_const(o, b)) {
        op->args[2] = b;
        op->args[3] = a;
        return false;
    }
    uint64_t in[2] = {opt_val(o, a), opt_val(o, b)}, out[2];
    tcg_eval_op(op, in, out);
    uint32_t lo = opt_const(o, op->type, out[0]), hi = opt_const(o, op->type, out[1]);
    uint32_t d_lo = op->args[0], d_hi = op->args[1];
    TCGType type = op->type;
    unsigned at = o->nb_out++;
    TCGOp *second = lo && hi ? make_room(o, next) : NULL;
    o->nb_out = at;
    if (!second) {
        return false;
    }
    TCGOp movs[2] = {{.opc = INDEX_op_mov, .type = type, .args = {d_lo, lo}},
                     {.opc = INDEX_op_mov, .type = type, .args = {d_hi, hi}}};
    for (unsigned i = 0; i < 2; i++) {
        if (finish_mov(o, &movs[i])) {
            o->s->ops[o->nb_out++] = movs[i];
        }
    }
    return true;
}

static void finish_call(Optimizer *o, const TCGOp *op)
{
    if (o->s->helpers[op->args[0]].flags & TCG_CALL_WRITE_STATE) {
        forget_globals(o);
    }
    if (op->args[1] != TCGV_NONE.i) {
        new_value(o, op->args[1]);
    }
}

/*
 * Values that are pc_page plus a constant. Sums stay in that form, the mask of a jump's target
 * goes, and a computed jump to one is a goto_tb; but not to the end of a page, where an insn that
 * straddles it may begin (docs/design.md).
 */
static void fold_rel(Optimizer *o, TCGOp *op)
{
    const TempInfo *t = opt_info(o, op->args[op->opc != INDEX_op_goto_ptr]);

    if (!t->is_rel) {
        return;
    }
    if (op->opc == INDEX_op_goto_ptr) {
        if (!(t->rel & 1) && (t->rel & (TARGET_PAGE_SIZE - 1)) != TARGET_PAGE_SIZE - 2) {
            *op = (TCGOp){
                .opc = INDEX_op_goto_tb, .type = TCG_TYPE_I64, .args = {0, (uint32_t)t->rel}};
        }
    } else if (opt_is_const(o, op->args[2])) {
        int64_t b = opt_val(o, op->args[2]), sum;
        if (op->opc == INDEX_op_and && b == -2 && !(t->rel & 1)) {
            opt_to_mov(op, op->args[1]);
        } else if (op->opc == INDEX_op_add && !__builtin_add_overflow(t->rel, b, &sum) &&
                   sum == (int32_t)sum) {
            opt_to_binary_const(o, op, INDEX_op_add, o->s->pc_page, sum);
        }
    }
}

/* Of the result of an add that fold_rel() has seen. */
static void learn_rel(Optimizer *o, const TCGOp *op)
{
    TempInfo *t = opt_info(o, op->args[0]);

    t->is_rel = op->args[1] == o->s->pc_page && o->s->pc_page && opt_is_const(o, op->args[2]) &&
                opt_val(o, op->args[2]) == (int32_t)opt_val(o, op->args[2]);
    t->rel = t->is_rel ? (int32_t)opt_val(o, op->args[2]) : 0;
}

static bool is_rel_op(const TCGOp *op)
{
    return op->type == TCG_TYPE_I64 &&
           (op->opc == INDEX_op_add || op->opc == INDEX_op_and || op->opc == INDEX_op_goto_ptr);
}

/* Handles ops[nb_out], a copy of the op before *next; keeps it by counting it in nb_out. */
static void do_op(Optimizer *o, TCGOp *op, unsigned *next)
{
    replace_inputs(o, op);
    if (op->opc == INDEX_op_call) {
        finish_call(o, op);
        o->nb_out++;
        return;
    }
    if (op->opc != INDEX_op_mov) {
        while (tcg_fold_op(o, op)) {
        }
    }
    if (is_rel_op(op)) {
        fold_rel(o, op);
    }
    const TCGOpDef *def = &tcg_op_defs[op->opc];
    if (op->opc == INDEX_op_mov) {
        o->nb_out += finish_mov(o, op);
        return;
    }
    if (def->nb_oargs == 1) {
        TCGBits bits = tcg_known_bits(o, op);
        if (bits.maybe == bits.ones && !(def->flags & TCG_OPF_SIDE) &&
            opt_to_const(o, op, bits.ones)) {
            o->nb_out += finish_mov(o, op);
            return;
        }
        new_value(o, op->args[0])->bits = bits;
        if (op->opc == INDEX_op_add) {
            learn_rel(o, op);
        }
    } else if (def->nb_oargs == 2) {
        if (fold_mul2(o, op, next)) {
            return;
        }
        new_value(o, op->args[0]);
        new_value(o, op->args[1]);
    }
    o->nb_out++;
}

/* ---- control flow ---------------------------------------------------------------------------- */

static void remove_op(Optimizer *o, unsigned i)
{
    TCGOp *ops = o->s->ops;

    o->nb_out--;
    memmove(&ops[i], &ops[i + 1], sizeof(TCGOp) * (o->nb_out - i));
}

/*
 * Branches just before a label (or before a run of labels) that lead to it:
 *     br L            brcond c, L        brcond c, L; br M
 *   L:              L:                 L:
 * The first two go, the third becomes brcond !c, M.
 */
static void tidy_before_label(Optimizer *o, uint32_t id)
{
    TCGContext *s = o->s;

    for (;;) {
        unsigned k = o->nb_out;
        while (k && s->ops[k - 1].opc == INDEX_op_set_label) {
            k--;
        }
        TCGOp *last = k ? &s->ops[k - 1] : NULL;
        int l = last ? tcg_op_label_arg(last) : -1;
        if (l < 0) {
            return;
        }
        if (last->args[l] == id) {
            if (last->opc == INDEX_op_brcond && o->learned_at == k) {
                forget_all(o);
            }
            s->labels[id].refs--;
            remove_op(o, k - 1);
            o->reachable = true;
            continue;
        }
        TCGOp *cond = k > 1 && last->opc == INDEX_op_br ? last - 1 : NULL;
        if (!cond || cond->opc != INDEX_op_brcond || cond->args[3] != id) {
            return;
        }
        /* What was learned on the fall-through side does not hold on the other. */
        if (o->learned_at == k - 1) {
            forget_all(o);
        }
        cond->args[2] = tcg_invert_cond((TCGCond)cond->args[2]);
        cond->args[3] = last->args[0];
        s->labels[id].refs--;
        remove_op(o, k - 1);
        o->reachable = true;
        return;
    }
}

static void do_label(Optimizer *o, const TCGOp *op)
{
    TCGContext *s = o->s;
    uint32_t id = op->args[0];
    TCGOp label = *op;

    tidy_before_label(o, id);
    if (s->labels[id].refs == 0) {
        s->labels[id].present = false;
        return;
    }
    forget_all(o);
    o->reachable = true;
    s->ops[o->nb_out++] = label;
}

static void do_brcond(Optimizer *o, TCGOp *op)
{
    TCGContext *s = o->s;
    uint32_t label = op->args[3];

    replace_inputs(o, op);
    int r = tcg_fold_cond(o, op->type, &op->args[0], &op->args[1], &op->args[2]);
    const TempInfo *a = opt_info(o, op->args[0]), *b = opt_info(o, op->args[1]);
    if (r < 0 && op->args[2] == TCG_COND_EQ && a->is_rel && b->is_rel) {
        r = a->rel == b->rel;
    }
    if (r == 0) {
        s->labels[label].refs--;
        return;
    }
    o->nb_out++;
    if (r == 1) {
        op->opc = INDEX_op_br;
        op->type = TCG_TYPE_I64;
        op->args[0] = label;
        o->reachable = false;
    } else if (op->args[2] == TCG_COND_NE && opt_is_const(o, op->args[1])) {
        /* Not taken means equal. */
        learn_const(o, op->args[0], op->args[1]);
        o->learned_at = o->nb_out;
    }
}

/* Branches that will never be reached no longer hold their label. */
static void drop_unreachable(Optimizer *o, const TCGOp *op)
{
    int l = tcg_op_label_arg(op);

    if (l >= 0) {
        o->s->labels[op->args[l]].refs--;
    }
    if (op->opc == INDEX_op_goto_inner) {
        tcg_inner_refs(o->s, op, -1);
    }
}

/* A computed jump whose target is known becomes a branch, or nothing. */
static void do_goto_inner(Optimizer *o, TCGOp *op)
{
    TCGContext *s = o->s;
    const TempInfo *t;

    replace_inputs(o, op);
    t = opt_info(o, op->args[0]);
    for (unsigned k = 0; t->is_rel && k < s->nb_inner; k++) {
        int label = tcg_inner_label(s, op, k);
        if (s->inner[k].page_offset == t->rel && label >= 0) {
            tcg_inner_refs(s, op, -1);
            s->labels[label].refs++;
            *op = (TCGOp){.opc = INDEX_op_br, .type = TCG_TYPE_I64, .args = {(uint32_t)label}};
            o->reachable = false;
        }
    }
    if (t->is_rel && o->reachable) {
        tcg_inner_refs(s, op, -1);
        return;
    }
    o->nb_out++;
}

Optimizer *tcg_opt_scratch(TCGContext *s)
{
    Optimizer *o = s->opt;

    if (!o) {
        o = s->opt = g_new0(Optimizer, 1);
        o->s = s;
    }
    return o;
}

void tcg_optimize(TCGContext *s)
{
    Optimizer *o = tcg_opt_scratch(s);

    o->nb_out = 0;
    o->nb_insns = 0;
    o->learned_at = 0;
    o->reachable = true;
    forget_all(o);

    for (unsigned next = 0; next < s->nb_ops;) {
        TCGOp *op = &s->ops[o->nb_out];
        if (next != o->nb_out) {
            *op = s->ops[next];
        }
        next++;
        o->nb_insns += op->opc == INDEX_op_insn_start;
        if (op->opc == INDEX_op_set_label) {
            do_label(o, op);
        } else if (!o->reachable) {
            drop_unreachable(o, op);
        } else if (op->opc == INDEX_op_brcond) {
            do_brcond(o, op);
        } else if (op->opc == INDEX_op_goto_inner) {
            do_goto_inner(o, op);
        } else {
            do_op(o, op, &next);
            o->reachable = !(tcg_op_defs[op->opc].flags & TCG_OPF_NOFALL);
        }
    }
    s->nb_ops = o->nb_out;
}
