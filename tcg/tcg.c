/*
 * The translation context: temps, constants, labels, and the emitters under tcg_gen_*.
 *
 * A context is reused for every TB of a boot (66,000 of them, about 6 guest insns each), so
 * starting a TB costs nothing that depends on the size of the arrays: counts go back, and only the
 * 512 bytes of constant hash heads are cleared. Temps are numbered env, globals, then locals and
 * constants as they come. When something is full the context goes into sticky `overflow`:
 * everything handed out from then on is a valid index but the TB is garbage, and the caller throws
 * it away.
 */
#include <string.h>

#include "tcg/env.h"
#include "tcg/internal.h"
#include "tcg/tcg.h"

/* ---- life cycle --------------------------------------------------------------------------- */

TCGContext *tcg_context_new(void)
{
    TCGContext *s = g_new0(TCGContext, 1);

    /* One more than the limit: where ops go after an overflow. */
    s->ops = g_new0(TCGOp, TCG_MAX_OPS + 1);
    s->temps[0] = (TCGTemp){.kind = TEMP_ENV, .type = TCG_TYPE_I64, .name = "env"};
    tcg_func_start(s);
    return s;
}

void tcg_context_free(TCGContext *s)
{
    if (s) {
        g_free(s->opt);
        g_free(s->ops);
        g_free(s);
    }
}

void tcg_func_start(TCGContext *s)
{
    s->nb_temps = 1 + s->nb_globals;
    s->nb_locals = 0;
    s->nb_ops = 0;
    s->nb_labels = 0;
    s->overflow = false;
    memset(s->const_hash, 0, sizeof(s->const_hash));
    s->nb_inner = 0;
}

TCGv tcg_global_mem_new(TCGContext *s, TCGType type, uint32_t offset, const char *name)
{
    /* The passes keep globals in the low half of 16-bit sets and tables sized by all temps. */
    g_assert(s->nb_temps == 1 + s->nb_globals && s->nb_globals < TCG_MAX_TEMPS / 4);
    g_assert(offset % (type == TCG_TYPE_I32 ? 4 : 8) == 0 && offset < CPU_TEMPS_OFFSET);

    unsigned i = s->nb_temps++;
    s->nb_globals++;
    s->temps[i] = (TCGTemp){.kind = TEMP_GLOBAL, .type = type, .env_offset = offset, .name = name};
    if (offset == offsetof(CPUState, pc_page)) {
        s->pc_page = i;
    }
    return (TCGv){i};
}

void tcg_register_helpers(TCGContext *s, const TCGHelperInfo *helpers, unsigned n)
{
    s->helpers = helpers;
    s->nb_helpers = n;
}

/* ---- temps and labels --------------------------------------------------------------------- */

TCGv tcg_temp_new(TCGContext *s, TCGType type)
{
    unsigned i = s->nb_temps;

    if (G_UNLIKELY(i >= TCG_MAX_TEMPS - TCG_SPARE_TEMPS || s->nb_locals >= CPU_MAX_LOCALS)) {
        s->overflow = true;
        return (TCGv){s->nb_temps - 1};
    }
    s->nb_temps = i + 1;
    TCGTemp *t = &s->temps[i];
    t->kind = TEMP_LOCAL;
    t->type = type;
    t->slot = s->nb_locals++;
    return (TCGv){i};
}

/* Heads of chains that run through TCGTemp.slot, which constants have no other use for. */
static unsigned const_bucket(TCGType type, int64_t val)
{
    uint64_t h = ((uint64_t)val * 2 + type) * 0x9e3779b97f4a7c15ull;
    return h >> 56;
}

unsigned tcg_try_constant(TCGContext *s, TCGType type, int64_t val, unsigned limit)
{
    if (type == TCG_TYPE_I32) {
        val = (int32_t)val;
    }
    unsigned h = const_bucket(type, val);
    for (unsigned i = s->const_hash[h]; i; i = s->temps[i].slot) {
        if (s->temps[i].val == val && s->temps[i].type == type) {
            return i;
        }
    }
    unsigned i = s->nb_temps;
    if (G_UNLIKELY(i >= limit)) {
        return 0;
    }
    s->nb_temps = i + 1;
    TCGTemp *t = &s->temps[i];
    t->kind = TEMP_CONST;
    t->type = type;
    t->val = val;
    t->slot = s->const_hash[h];
    s->const_hash[h] = i;
    return i;
}

TCGv tcg_constant(TCGContext *s, TCGType type, int64_t val)
{
    unsigned i = tcg_try_constant(s, type, val, TCG_MAX_TEMPS - TCG_SPARE_TEMPS);
    if (G_UNLIKELY(!i)) {
        s->overflow = true;
        i = s->nb_temps - 1;
    }
    return (TCGv){i};
}

unsigned tcg_new_label(TCGContext *s)
{
    if (G_UNLIKELY(s->nb_labels >= TCG_MAX_LABELS)) {
        s->overflow = true;
        return TCG_MAX_LABELS - 1;
    }
    unsigned id = s->nb_labels++;
    s->labels[id] = (TCGLabel){.id = id};
    return id;
}

/* ---- emitters ------------------------------------------------------------------------------ */

static inline TCGOp *emit(TCGContext *s, TCGOpcode opc, TCGType type)
{
    unsigned n = s->nb_ops;

    if (G_UNLIKELY(n >= TCG_MAX_OPS)) {
        s->overflow = true;
    } else {
        s->nb_ops = n + 1;
    }
    TCGOp *op = &s->ops[n];
    op->opc = opc;
    op->type = type;
    op->nb_call_args = 0;
    op->flags = 0;
    op->dead = 0;
    return op;
}

TCGOp *tcg_emit(TCGContext *s, TCGOpcode opc, TCGType type)
{
    return emit(s, opc, type);
}

void tcg_gen_op1(TCGContext *s, TCGOpcode o, TCGType t, uint32_t a)
{
    emit(s, o, t)->args[0] = a;
}

void tcg_gen_op2(TCGContext *s, TCGOpcode o, TCGType t, uint32_t a, uint32_t b)
{
    TCGOp *op = emit(s, o, t);
    op->args[0] = a;
    op->args[1] = b;
}

void tcg_gen_op3(TCGContext *s, TCGOpcode o, TCGType t, uint32_t a, uint32_t b, uint32_t c)
{
    TCGOp *op = emit(s, o, t);
    op->args[0] = a;
    op->args[1] = b;
    op->args[2] = c;
}

void tcg_gen_op4(TCGContext *s, TCGOpcode o, TCGType t, uint32_t a, uint32_t b, uint32_t c,
                 uint32_t d)
{
    TCGOp *op = emit(s, o, t);
    op->args[0] = a;
    op->args[1] = b;
    op->args[2] = c;
    op->args[3] = d;
}

void tcg_gen_op6(TCGContext *s, TCGOpcode o, TCGType t, uint32_t a, uint32_t b, uint32_t c,
                 uint32_t d, uint32_t e, uint32_t f)
{
    TCGOp *op = emit(s, o, t);
    op->args[0] = a;
    op->args[1] = b;
    op->args[2] = c;
    op->args[3] = d;
    op->args[4] = e;
    op->args[5] = f;
}

static void gen_brcond(TCGContext *s, TCGType t, TCGCond c, TCGv a, TCGv b, unsigned label)
{
    s->labels[label].refs++;
    tcg_gen_op4(s, INDEX_op_brcond, t, a.i, b.i, c, label);
}

void tcg_gen_brcond_i32(TCGContext *s, TCGCond c, TCGv a, TCGv b, unsigned label)
{
    gen_brcond(s, TCG_TYPE_I32, c, a, b, label);
}

void tcg_gen_brcond_i64(TCGContext *s, TCGCond c, TCGv a, TCGv b, unsigned label)
{
    gen_brcond(s, TCG_TYPE_I64, c, a, b, label);
}

void tcg_gen_set_label(TCGContext *s, unsigned label)
{
    s->labels[label].present = true;
    tcg_gen_op1(s, INDEX_op_set_label, TCG_TYPE_I64, label);
}

void tcg_gen_br(TCGContext *s, unsigned label)
{
    s->labels[label].refs++;
    tcg_gen_op1(s, INDEX_op_br, TCG_TYPE_I64, label);
}

void tcg_gen_call(TCGContext *s, unsigned helper, TCGv ret, unsigned nargs, const TCGv *args)
{
    g_assert(nargs <= TCG_MAX_CALL_ARGS);
    TCGOp *op = emit(s, INDEX_op_call, TCG_TYPE_I64);
    op->nb_call_args = nargs;
    op->args[0] = helper;
    op->args[1] = ret.i;
    for (unsigned i = 0; i < nargs; i++) {
        op->args[2 + i] = args[i].i;
    }
}

/* ---- conditions ---------------------------------------------------------------------------- */

TCGCond tcg_invert_cond(TCGCond c)
{
    return (TCGCond)(c ^ 1);
}

TCGCond tcg_swap_cond(TCGCond c)
{
    /* In each group of four (lt, ge, le, gt) the mirror image is the complement of both bits. */
    return c >= TCG_COND_LT && c <= TCG_COND_GTU ? (TCGCond)(c ^ 3) : c;
}

void tcg_gen_goto_inner(TCGContext *s, TCGv pc, unsigned set)
{
    tcg_gen_op2(s, INDEX_op_goto_inner, TCG_TYPE_I64, pc.i, set);
    if (!s->overflow) {
        tcg_inner_refs(s, &s->ops[s->nb_ops - 1], 1);
    }
}
