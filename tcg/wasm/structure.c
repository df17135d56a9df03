/*
 * Labels to structured control flow. The ops stay in their order; only blocks and loops are put
 * around stretches of them.
 *
 *   branch forward to L     a block that ends at L and begins at the first such branch or before
 *   branch back to L        a loop that begins at L and ends behind the last such branch or later
 *
 * Two of these scopes may overlap without one holding the other. If the one that ends last is a
 * block it can begin earlier, if both are loops the first can end later, until all are nested. What
 * is left, a branch forward into the middle of a loop, has no such form: then the whole TB becomes
 * one loop around a br_table, and a branch back sets the number of its label and repeats the loop.
 */
#include "tcg/wasm/gen.h"

#include <stdlib.h>

struct Scope {
    uint16_t start, end, label;
    bool loop;
};

/* ---- finding scopes -------------------------------------------------------------------------- */

static Scope *scope_for(Gen *g, int *index, unsigned label, bool loop, unsigned pos)
{
    if (index[label] < 0) {
        index[label] = (int)g->nb_scopes;
        g->scopes[g->nb_scopes++] =
            (Scope){(uint16_t)pos, (uint16_t)(pos + 1), (uint16_t)label, loop};
    }
    return &g->scopes[index[label]];
}

/* A branch from op i to a label. */
static void note_branch(Gen *g, int *forward, int *backward, unsigned i, unsigned label)
{
    unsigned at = g->label_pos[label];
    if (at > i) {
        scope_for(g, forward, label, false, i)->end = (uint16_t)at;
    } else {
        scope_for(g, backward, label, true, at)->end = (uint16_t)(i + 1);
    }
}

static void find_scopes(Gen *g)
{
    int forward[TCG_MAX_LABELS], backward[TCG_MAX_LABELS];

    for (unsigned l = 0; l < g->s->nb_labels; l++) {
        forward[l] = backward[l] = -1;
    }
    for (unsigned i = 0; i < g->s->nb_ops; i++) {
        const TCGOp *op = &g->s->ops[i];
        for (unsigned k = 0; op->opc == INDEX_op_goto_inner && k < g->s->nb_inner; k++) {
            int inner = tcg_inner_label(g->s, op, k);
            if (inner >= 0) {
                note_branch(g, forward, backward, i, (unsigned)inner);
            }
        }
        if ((op->opc == INDEX_op_br || op->opc == INDEX_op_brcond) && !g->op_plan[i].fused) {
            note_branch(g, forward, backward, i, op->args[tcg_op_label_arg(op)]);
        }
    }
}

/* Makes all scopes nest; false if some cannot. */
static bool nest_scopes(Gen *g)
{
    bool changed;

    do {
        changed = false;
        for (unsigned a = 0; a < g->nb_scopes; a++) {
            for (unsigned b = 0; b < g->nb_scopes; b++) {
                Scope *x = &g->scopes[a], *y = &g->scopes[b];
                if (!(x->start < y->start && y->start < x->end && x->end < y->end)) {
                    continue;
                }
                changed = true;
                if (!y->loop) {
                    y->start = x->start;
                } else if (x->loop) {
                    x->end = y->end;
                } else {
                    return false;
                }
            }
        }
    } while (changed);
    return true;
}

static int outer_first(const void *a, const void *b)
{
    const Scope *x = a, *y = b;
    if (x->start != y->start) {
        return x->start - y->start;
    }
    return x->end != y->end ? y->end - x->end : x->loop - y->loop;
}

/* ---- dispatch -------------------------------------------------------------------------------- */

static void open_dispatch(Gen *g)
{
    uint16_t names[TCG_MAX_LABELS + 1], labels[TCG_MAX_LABELS];
    WasmEmit *e = &g->e;

    for (unsigned i = 0; i < g->s->nb_ops; i++) {
        const TCGOp *op = &g->s->ops[i];
        if (op->opc == INDEX_op_set_label) {
            labels[g->nb_labels++] = (uint16_t)op->args[0];
            g->label_number[op->args[0]] = (uint16_t)g->nb_labels;
        }
        i += g->op_plan[i].fused ? 3 : 0; /* with a label that is not needed */
    }
    g->state_local = emit_local_new(e, TCG_TYPE_I32);
    emit_i32(e, 0);
    emit_set(e, g->state_local);
    g->dispatch_loop = emit_open(e, W_loop, WASM_VOID);
    for (unsigned n = g->nb_labels; n > 0; n--) {
        names[n] = (uint16_t)emit_open(e, W_block, WASM_VOID);
        g->forward_name[labels[n - 1]] = names[n];
    }
    names[0] = (uint16_t)emit_open(e, W_block, WASM_VOID);
    emit_get(e, g->state_local);
    emit_br_table(e, names, g->nb_labels + 1);
    emit_end(e);
}

static void jump_back_by_dispatch(Gen *g, unsigned label, bool conditional)
{
    if (conditional) {
        emit_open(&g->e, W_if, WASM_VOID);
    }
    emit_i32(&g->e, g->label_number[label]);
    emit_set(&g->e, g->state_local);
    emit_br(&g->e, W_br, g->dispatch_loop);
    if (conditional) {
        emit_end(&g->e);
    }
}

/* ---- for the walk ---------------------------------------------------------------------------- */

void structure_plan(Gen *g)
{
    if (!g->s->nb_labels) {
        return;
    }
    g->scopes = g_new(Scope, 2 * g->s->nb_labels);
    g->open_scopes = g_new(uint16_t, 2 * g->s->nb_labels);
    find_scopes(g);
    g->dispatch = !nest_scopes(g);
    if (!g->dispatch) {
        qsort(g->scopes, g->nb_scopes, sizeof(Scope), outer_first);
    }
}

void structure_loops(Gen *g, void (*fn)(Gen *g, unsigned label, unsigned start, unsigned end))
{
    for (unsigned k = 0; !g->dispatch && k < g->nb_scopes; k++) {
        if (g->scopes[k].loop) {
            fn(g, g->scopes[k].label, g->scopes[k].start, g->scopes[k].end);
        }
    }
}

void structure_labels(Gen *g)
{
    if (g->dispatch) {
        open_dispatch(g);
    }
}

void structure_at(Gen *g, unsigned i)
{
    if (g->dispatch) {
        if (i == g->s->nb_ops || g->s->ops[i].opc == INDEX_op_set_label) {
            emit_end(&g->e); /* the block of this label, or the loop */
        }
        return;
    }
    while (g->nb_open && g->scopes[g->open_scopes[g->nb_open - 1]].end == i) {
        emit_end(&g->e);
        g->nb_open--;
    }
    regs_load(g, g->preload);
    g->preload = 0;
    for (; g->next_scope < g->nb_scopes && g->scopes[g->next_scope].start == i; g->next_scope++) {
        const Scope *s = &g->scopes[g->next_scope];
        uint16_t *name = s->loop ? g->backward_name : g->forward_name;
        name[s->label] = (uint16_t)emit_open(&g->e, s->loop ? W_loop : W_block, WASM_VOID);
        g->open_scopes[g->nb_open++] = (uint16_t)g->next_scope;
    }
}

void structure_jump(Gen *g, unsigned label, bool conditional)
{
    WasmOp op = conditional ? W_br_if : W_br;

    if (g->label_pos[label] > g->cur) {
        emit_br(&g->e, op, g->forward_name[label]);
    } else if (g->dispatch) {
        jump_back_by_dispatch(g, label, conditional);
    } else {
        emit_br(&g->e, op, g->backward_name[label]);
    }
}

/* With dispatch a branch back needs code of its own: a block for each, behind the table. */
static bool needs_arm(const Gen *g, unsigned label)
{
    return g->dispatch && label != TCG_ROOT_LABEL && g->label_pos[label] <= g->cur;
}

void structure_table(Gen *g, const uint16_t *labels, uint16_t *names, unsigned n)
{
    for (unsigned k = n; k-- > 0;) {
        if (needs_arm(g, labels[k])) {
            names[k] = (uint16_t)emit_open(&g->e, W_block, WASM_VOID);
        } else if (labels[k] == TCG_ROOT_LABEL) {
            names[k] = (uint16_t)g->head_loop;
        } else {
            names[k] = g->label_pos[labels[k]] > g->cur ? g->forward_name[labels[k]]
                                                        : g->backward_name[labels[k]];
        }
    }
}

void structure_table_end(Gen *g, const uint16_t *labels, unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        if (needs_arm(g, labels[k])) {
            emit_end(&g->e);
            jump_back_by_dispatch(g, labels[k], false);
        }
    }
}
