/* See region.h. */
#include <stdlib.h>

#include "runtime/region.h"
#include "runtime/translate.h"
#include "tcg/env.h"

typedef struct Region {
    TCGContext *s;
    const RegionTB *tbs;
    unsigned n;
    unsigned label[REGION_MAX_TBS]; /* of all but the first */
} Region;

static TCGOp branch_to(TCGContext *s, unsigned label)
{
    s->labels[label].refs++;
    return (TCGOp){.opc = INDEX_op_br, .type = TCG_TYPE_I64, .args = {label}};
}

/*
 * Label of a goto's target in the region, or -1: outside, or the root, which the generator does, or
 * a label that the optimiser has dropped.
 */
static int inner_target(const Region *r, const TCGOp *op, bool optimized)
{
    if (op->opc != INDEX_op_goto_tb) {
        return -1;
    }
    for (unsigned k = 1; k < r->n; k++) {
        if (r->tbs[k].page_offset == op->args[1]) {
            bool there = !optimized || r->s->labels[r->label[k]].present;
            return there ? (int)r->label[k] : -1;
        }
    }
    return -1;
}

/* Ops i - 3 to i are brcond c, L; goto A; set_label L; goto B, and no other branch is to L. */
static bool is_two_way(const TCGContext *s, unsigned i)
{
    const TCGOp *op = &s->ops[i];

    return i >= 3 && op[-1].opc == INDEX_op_set_label && op[-3].opc == INDEX_op_brcond &&
           tcg_op_defs[op[-2].opc].flags & TCG_OPF_NOFALL && op[-3].args[3] == op[-1].args[0] &&
           s->labels[op[-1].args[0]].refs == 1;
}

/*
 * Gotos inside the region become branches. At the end of the ops a conditional branch around a
 * goto goes to where B is at once.
 */
static bool link_inside(const Region *r, unsigned from, bool optimized)
{
    TCGContext *s = r->s;
    bool any = false;

    for (unsigned i = from; i < s->nb_ops; i++) {
        TCGOp *op = &s->ops[i];
        int label = inner_target(r, op, optimized);
        if (label < 0) {
            continue;
        }
        *op = branch_to(s, (unsigned)label);
        any = true;
        if (i + 1 == s->nb_ops && is_two_way(s, i)) {
            s->labels[op[-1].args[0]].refs--;
            s->labels[op[-1].args[0]].present = false;
            op[-3].args[3] = (uint32_t)label;
            s->nb_ops -= 2;
        }
    }
    return any;
}

/* A computed jump looks first whether it leads to a TB inside. */
static void look_inside(TCGContext *s, const RegionTB *t)
{
    if (s->nb_inner && t->computed && s->nb_ops && s->ops[s->nb_ops - 1].opc == INDEX_op_goto_ptr) {
        TCGv target = {(uint16_t)s->ops[--s->nb_ops].args[0]};
        tcg_gen_goto_inner(s, target, t->computed - 1u);
        tcg_gen_goto_ptr(s, target);
    }
}

static int by_offset(const void *a, const void *b)
{
    return ((const TCGInner *)a)->page_offset - ((const TCGInner *)b)->page_offset;
}

static void set_inner(const Region *r)
{
    TCGContext *s = r->s;

    for (unsigned k = 0; k < r->n; k++) {
        if (r->tbs[k].inner) {
            s->inner[s->nb_inner++] =
                (TCGInner){r->tbs[k].page_offset,
                           (uint16_t)(k ? r->label[k] : (unsigned)TCG_ROOT_LABEL), r->tbs[k].inner};
        }
    }
    qsort(s->inner, s->nb_inner, sizeof(s->inner[0]), by_offset);
}

bool region_build(TCGContext *s, const RegionTB *tbs, unsigned n,
                  bool (*translate)(void *opaque, unsigned k), void *opaque)
{
    Region r = {.s = s, .tbs = tbs, .n = n};

    tcg_func_start(s);
    for (unsigned k = 1; k < n; k++) {
        r.label[k] = tcg_new_label(s);
    }
    if (n > 1) {
        set_inner(&r);
    }
    for (unsigned k = 0; k < n; k++) {
        unsigned from = s->nb_ops;
        if (k) {
            tcg_gen_set_label(s, r.label[k]);
            tcg_gen_tb_head(s, tbs[k].key, tbs[k].n_insns);
        }
        if (!translate(opaque, k)) {
            return false;
        }
        look_inside(s, &tbs[k]);
        if (s->overflow) {
            return false;
        }
        link_inside(&r, from, false);
    }
    ir_optimize(s);
    if (link_inside(&r, 0, true)) {
        ir_optimize(s); /* returns whose calls are known by now */
    }
    ir_liveness(s);
    return true;
}
