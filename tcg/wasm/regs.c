/*
 * Guest registers and locals of the TB in Wasm locals, and operands of ops.
 *
 * A guest register gets a Wasm local when it is first touched and keeps it; it is loaded from env
 * where it is needed and not valid, and stored where the plan or an exit wants it. A local of the
 * TB has one from its first to its last place in the op array; then another may have it, unless
 * there are branches back. With those, neither shares one with intermediate values either: code
 * above the first place of a temp may run while the temp is live.
 */
#include "tcg/wasm/gen.h"

void regs_push_env(Gen *g)
{
    emit_get(&g->e, g->gen->memory64 ? LOCAL_ENV : g->base);
}

static unsigned local_of(Gen *g, uint32_t arg)
{
    if (!g->temp_local[arg]) {
        TCGType type = (TCGType)g->s->temps[arg].type;
        g->temp_local[arg] =
            (uint16_t)(g->backward ? emit_local_fresh(&g->e, type) : emit_local_new(&g->e, type));
    }
    return g->temp_local[arg];
}

/* ---- guest registers ------------------------------------------------------------------------- */

static GSet bit_of(const Gen *g, uint32_t arg)
{
    return (GSet)1 << g->temp_reg[arg];
}

static void push_from_env(Gen *g, const TCGTemp *t)
{
    regs_push_env(g);
    emit_mem(&g->e, t->type == TCG_TYPE_I32 ? W_i32_load : W_i64_load, t->env_offset);
}

void regs_load(Gen *g, GSet set)
{
    for (; set; set &= set - 1) {
        unsigned temp = g->reg_temp[__builtin_ctzll(set)];
        push_from_env(g, &g->s->temps[temp]);
        emit_set(&g->e, local_of(g, temp));
        g->valid |= bit_of(g, temp);
    }
}

void regs_write_back(Gen *g, GSet set)
{
    for (; set; set &= set - 1) {
        unsigned temp = g->reg_temp[__builtin_ctzll(set)];
        const TCGTemp *t = &g->s->temps[temp];
        regs_push_env(g);
        emit_get(&g->e, local_of(g, temp));
        emit_mem(&g->e, t->type == TCG_TYPE_I32 ? W_i32_store : W_i64_store, t->env_offset);
    }
}

void regs_clean(Gen *g, GSet set)
{
    regs_write_back(g, g->dirty & set);
    g->dirty &= ~set;
}

/* ---- operands -------------------------------------------------------------------------------- */

static bool is_folded(const Gen *g, uint32_t arg)
{
    return g->cur > 0 && g->op_plan[g->cur - 1].fold && g->s->ops[g->cur - 1].args[0] == arg;
}

static void push_register(Gen *g, uint32_t arg)
{
    if (g->valid & bit_of(g, arg)) {
        emit_get(&g->e, local_of(g, arg));
        return;
    }
    push_from_env(g, &g->s->temps[arg]);
    if (g->reg_uses[g->temp_reg[arg]] > 1) {
        unsigned local = local_of(g, arg);
        emit_set(&g->e, local);
        emit_get(&g->e, local);
    }
    g->valid |= bit_of(g, arg);
}

void push(Gen *g, uint32_t arg)
{
    const TCGTemp *t = &g->s->temps[arg];
    switch ((TCGTempKind)t->kind) {
    case TEMP_CONST: emit_const(&g->e, (TCGType)t->type, t->val); break;
    case TEMP_ENV: emit_get(&g->e, LOCAL_ENV); break;
    case TEMP_GLOBAL: push_register(g, arg); break;
    case TEMP_LOCAL:
        if (is_folded(g, arg)) {
            gen_value(g, g->cur - 1);
        } else {
            emit_get(&g->e, local_of(g, arg));
        }
        break;
    }
}

void pop(Gen *g, uint32_t arg)
{
    if (g->s->temps[arg].kind == TEMP_GLOBAL) {
        g->valid |= bit_of(g, arg);
        g->dirty |= bit_of(g, arg);
        emit_set(&g->e, local_of(g, arg));
    } else if (g->last_use[arg] == g->cur && !g->temp_local[arg] && !g->backward) {
        emit_op(&g->e, W_drop); /* nobody reads it */
    } else {
        emit_set(&g->e, local_of(g, arg));
    }
}

Held hold(Gen *g, uint32_t arg)
{
    const TCGTemp *t = &g->s->temps[arg];
    Held h = {.type = (TCGType)t->type, .is_const = t->kind == TEMP_CONST, .val = t->val};

    if (h.is_const) {
        return h;
    }
    if (t->kind == TEMP_LOCAL && is_folded(g, arg)) {
        gen_value(g, g->cur - 1);
        h.scratch = true;
        h.local = emit_local_new(&g->e, h.type);
        emit_set(&g->e, h.local);
    } else {
        if (t->kind == TEMP_GLOBAL && !(g->valid & bit_of(g, arg))) {
            regs_load(g, bit_of(g, arg));
        }
        h.local = local_of(g, arg);
    }
    return h;
}

void skip(Gen *g, uint32_t arg)
{
    if (is_folded(g, arg)) {
        const unsigned cur = g->cur--;
        const TCGOp *op = &g->s->ops[g->cur];
        for (unsigned k = 0; k < tcg_op_nb_iargs(op); k++) {
            skip(g, op->args[tcg_op_first_iarg(op) + k]);
        }
        regs_release(g, g->cur);
        g->cur = cur;
    } else if (g->s->temps[arg].kind == TEMP_GLOBAL) {
        regs_load(g, bit_of(g, arg) & ~g->valid); /* the plan has it valid from here on */
    }
}

void push_held(Gen *g, const Held *h)
{
    if (h->is_const) {
        emit_const(&g->e, h->type, h->val);
    } else {
        emit_get(&g->e, h->local);
    }
}

void unhold(Gen *g, const Held *h)
{
    if (h->scratch) {
        emit_local_free(&g->e, h->type, h->local);
    }
}

void regs_release(Gen *g, unsigned i)
{
    const TCGOp *op = &g->s->ops[i];
    unsigned first = tcg_op_first_oarg(op);
    unsigned end = tcg_op_first_iarg(op) + tcg_op_nb_iargs(op);

    if (g->backward) {
        return;
    }
    for (unsigned k = first; k < end; k++) {
        uint32_t arg = op->args[k];
        if (arg != TCGV_NONE.i && g->s->temps[arg].kind == TEMP_LOCAL && g->last_use[arg] == i &&
            g->temp_local[arg]) {
            emit_local_free(&g->e, (TCGType)g->s->temps[arg].type, g->temp_local[arg]);
            g->temp_local[arg] = 0;
        }
    }
}
