/* The walk over the ops of a TB. */
#include "tcg/wasm/gen.h"

#include <string.h>

/* Pushes what the op at hand makes. */
static void gen_outputs(Gen *g, const TCGOp *op)
{
    unsigned flags = tcg_op_defs[op->opc].flags;
    if (flags & TCG_OPF_HOSTMEM) {
        gen_host_load(g, op);
    } else if (flags & TCG_OPF_GUESTMEM) {
        gen_guest_load(g, op);
    } else {
        gen_alu(g, op);
    }
}

void gen_value(Gen *g, unsigned i)
{
    unsigned cur = g->cur;
    g->cur = i;
    gen_outputs(g, &g->s->ops[i]);
    regs_release(g, i);
    g->cur = cur;
}

static void gen_effect(Gen *g, const TCGOp *op)
{
    switch ((TCGOpcode)op->opc) {
    case INDEX_op_discard:
    case INDEX_op_set_label: break;
    case INDEX_op_insn_start: g->insn++; break;
    case INDEX_op_tb_head: gen_tb_head(g, op); break;
    case INDEX_op_mb: emit_fence(&g->e); break;
    case INDEX_op_br:
        regs_clean(g, ~valid_in_both(g, &g->blocks[g->block]));
        structure_jump(g, op->args[0], false);
        break;
    case INDEX_op_brcond: gen_brcond(g, op); break;
    case INDEX_op_goto_inner: gen_goto_inner(g, op); break;
    case INDEX_op_call: gen_call(g, op); break;
    case INDEX_op_goto_tb:
    case INDEX_op_goto_ptr:
    case INDEX_op_exit_tb:
    case INDEX_op_exit_trap: gen_exit(g, op); break;
    case INDEX_op_st8:
    case INDEX_op_st16:
    case INDEX_op_st32:
    case INDEX_op_st: gen_host_store(g, op); break;
    case INDEX_op_qemu_st: gen_guest_store(g, op); break;
    default: {
        unsigned n = tcg_op_defs[op->opc].nb_oargs;
        gen_outputs(g, op);
        while (n-- > 0) {
            pop(g, op->args[n]);
        }
    }
    }
}

static void gen_block(Gen *g, const Block *b)
{
    g->valid = b->valid;
    g->dirty = b->dirty;
    g->preload = b->loop_regs & b->valid & ~b->entry;
    for (unsigned i = b->first; i < b->end; i++) {
        structure_at(g, i);
        g->cur = i;
        if (!g->op_plan[i].fold) {
            gen_effect(g, &g->s->ops[i]);
            regs_release(g, i);
        }
        i += g->op_plan[i].fused ? 3 : 0;
    }
    if (!(tcg_op_defs[g->s->ops[b->end - 1].opc].flags & TCG_OPF_NOFALL)) {
        regs_clean(g, ~valid_in_both(g, b)); /* falls through */
    }
}

static void gen_body(Gen *g)
{
    g->key = g->gen->key;
    gen_head(g);
    structure_labels(g);
    for (g->block = 0; g->block < g->nb_blocks; g->block++) {
        gen_block(g, &g->blocks[g->block]);
    }
    structure_at(g, g->s->nb_ops);
    gen_tail(g);
}

LinkObject *wasm_generate(TCGContext *s, WasmGen *gen)
{
    Gen *g = g_new(Gen, 1);
    LinkObject *obj = NULL;

    memset(g, 0, sizeof(*g));
    g->s = s;
    g->gen = gen;
    g->op_plan = g_new0(OpPlan, s->nb_ops);
    g->groups = g_array_new(false, false, sizeof(Group));
    g->blocks = g_new(Block, MAX_BLOCKS);
    g->temp_reg = g_new(uint8_t, s->nb_temps);
    g->last_use = g_new(uint16_t, s->nb_temps);
    g->temp_local = g_new0(uint16_t, s->nb_temps);
    if (plan_tb(g)) {
        emit_init(&g->e);
        gen_body(g);
        emit_entry(&g->e, gen->key, gen->table_slot);
        obj = emit_finish(&g->e);
    }
    if (obj) {
        obj->insns = gen->n_insns;
    }
    g_free(g->scopes);
    g_free(g->open_scopes);
    g_free(g->op_plan);
    g_array_free(g->groups, true);
    g_free(g->blocks);
    g_free(g->temp_reg);
    g_free(g->last_use);
    g_free(g->temp_local);
    g_free(g);
    return obj;
}
