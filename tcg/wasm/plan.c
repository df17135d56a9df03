/*
 * The look ahead over a TB: numbers its guest registers, cuts it into basic blocks, finds out where
 * registers are valid and dirty, gives the ops that raise their cold exits, and picks the ops that
 * are emitted in the place of their only use.
 */
#include "tcg/wasm/gen.h"

#include <string.h>

/* ---- arguments ------------------------------------------------------------------------------- */

bool is_self(const Gen *g, const TCGOp *op)
{
    return op->opc == INDEX_op_goto_tb && op->args[1] == g->gen->page_offset;
}

static bool is_exit(const TCGOp *op)
{
    return tcg_op_defs[op->opc].flags & TCG_OPF_EXIT;
}

/* brcond L; goto_tb near; set_label L; goto_tb near */
static bool is_fused(const Gen *g, unsigned i)
{
    const TCGOp *op = &g->s->ops[i];
    return i + 4 <= g->s->nb_ops && op[1].opc == INDEX_op_goto_tb &&
           op[2].opc == INDEX_op_set_label && op[2].args[0] == op->args[3] &&
           op[3].opc == INDEX_op_goto_tb && g->s->labels[op->args[3]].refs == 1 &&
           near_key(g, &op[1]) && near_key(g, &op[3]);
}

/* A place that names a temp. */
static bool note_use(Gen *g, uint32_t arg, unsigned i)
{
    switch ((TCGTempKind)g->s->temps[arg].kind) {
    case TEMP_LOCAL: g->last_use[arg] = (uint16_t)i; return true;
    case TEMP_GLOBAL:
        if (g->temp_reg[arg] == NO_REG) {
            if (g->nb_regs == MAX_REGS) {
                return false;
            }
            g->reg_uses[g->nb_regs] = 0;
            g->reg_temp[g->nb_regs] = (uint16_t)arg;
            g->temp_reg[arg] = (uint8_t)g->nb_regs++;
        }
        g->reg_uses[g->temp_reg[arg]]++;
        return true;
    case TEMP_CONST:
    case TEMP_ENV: break;
    }
    return true;
}

static GSet regs_of(const Gen *g, const TCGOp *op, unsigned first, unsigned n)
{
    GSet set = 0;
    for (unsigned k = first; k < first + n; k++) {
        if (g->s->temps[op->args[k]].kind == TEMP_GLOBAL) {
            set |= (GSet)1 << g->temp_reg[op->args[k]];
        }
    }
    return set;
}

/* ---- basic blocks ---------------------------------------------------------------------------- */

static void note_branch(Gen *g, uint32_t label)
{
    const bool back = g->label_pos[label] != 0xffff;
    g->label_back[label] |= back;
    g->backward |= back;
}

static bool scan_op(Gen *g, unsigned i)
{
    const TCGOp *op = &g->s->ops[i];
    unsigned first = tcg_op_first_oarg(op), n = tcg_op_nb_oargs(op);

    for (unsigned k = first; k < first + n; k++) {
        if (!note_use(g, op->args[k], i)) {
            return false;
        }
    }
    first = tcg_op_first_iarg(op);
    n = tcg_op_nb_iargs(op);
    for (unsigned k = first; k < first + n; k++) {
        if (!note_use(g, op->args[k], i)) {
            return false;
        }
    }
    switch ((TCGOpcode)op->opc) {
    case INDEX_op_set_label: g->label_pos[op->args[0]] = (uint16_t)i; break;
    case INDEX_op_br:
    case INDEX_op_brcond: note_branch(g, op->args[tcg_op_label_arg(op)]); break;
    case INDEX_op_goto_tb:
        if (is_self(g, op)) {
            g->loops_back = true;
            g->last_back = i;
        }
        g->jumps |= !is_self(g, op) && !near_key(g, op);
        break;
    case INDEX_op_goto_ptr: g->jumps = true; break;
    case INDEX_op_tb_head: g->region = g->raises = true; break;
    case INDEX_op_goto_inner:
        for (unsigned k = 0; k < g->s->nb_inner; k++) {
            int label = tcg_inner_label(g->s, op, k);
            if (label >= 0) {
                note_branch(g, (unsigned)label);
            } else if (tcg_goes_to_inner(g->s, op, k)) {
                g->loops_back = true;
                g->last_back = i;
            }
        }
        break;
    default: g->raises |= op_leaves(g, op); g->calls |= op_calls(g, op);
    }
    return true;
}

/* The op that a branch to a label comes to. */
static const TCGOp *op_at_label(const Gen *g, uint32_t label)
{
    const TCGOp *op = &g->s->ops[g->label_pos[label]], *end = g->s->ops + g->s->nb_ops;
    while (op + 1 < end && (op->opc == INDEX_op_set_label || op->opc == INDEX_op_insn_start)) {
        op++;
    }
    return op;
}

static bool leaves(const Gen *g, const TCGOp *op)
{
    return is_exit(op) && !is_self(g, op);
}

/* What the block's ops do to the registers. */
static void summarize(Gen *g, Block *b)
{
    const TCGOp *last = &g->s->ops[b->end - 1];

    for (unsigned i = b->first; i < b->end; i++) {
        const TCGOp *op = &g->s->ops[i];
        b->makes_valid |= regs_of(g, op, tcg_op_first_iarg(op), tcg_op_nb_iargs(op));
        if (op->opc == INDEX_op_call) {
            unsigned flags = call_flags(g, op);
            if (flags & (TCG_CALL_READ_STATE | TCG_CALL_WRITE_STATE)) {
                b->cleans = true;
                b->makes_dirty = 0;
            }
            if (flags & TCG_CALL_WRITE_STATE) {
                b->kills = true;
                b->makes_valid = 0;
            }
        }
        GSet out = regs_of(g, op, tcg_op_first_oarg(op), tcg_op_nb_oargs(op));
        b->makes_valid |= out;
        b->makes_dirty |= out;
        i += g->op_plan[i].fused ? 3 : 0;
    }
    if (last->opc == INDEX_op_brcond && leaves(g, last + 1) &&
        leaves(g, op_at_label(g, last->args[3]))) {
        b->write_back = b->cleans = true;
        b->makes_dirty = 0;
    }
}

static bool find_blocks(Gen *g)
{
    const TCGOp *ops = g->s->ops;
    unsigned n = g->s->nb_ops;

    for (unsigned i = 0; i < n;) {
        if (g->nb_blocks == MAX_BLOCKS) {
            return false;
        }
        Block *b = &g->blocks[g->nb_blocks];
        *b = (Block){.first = (uint16_t)i, .succ = {NO_BLOCK, NO_BLOCK}, .valid = ~(GSet)0};
        if (ops[i].opc == INDEX_op_set_label) {
            g->label_block[ops[i].args[0]] = (uint16_t)g->nb_blocks;
        }
        bool end = false;
        do {
            if (ops[i].opc == INDEX_op_brcond && is_fused(g, i)) {
                g->op_plan[i].fused = true;
                i += 3;
            }
            end = tcg_op_defs[ops[i].opc].flags & TCG_OPF_BB_END;
            i++;
        } while (!end && i < n && ops[i].opc != INDEX_op_set_label);
        b->end = (uint16_t)i;
        g->nb_blocks++;
    }
    return true;
}

static void link_blocks(Gen *g)
{
    for (unsigned k = 0; k < g->nb_blocks; k++) {
        Block *b = &g->blocks[k];
        const TCGOp *last = &g->s->ops[b->end - 1];
        unsigned flags = tcg_op_defs[last->opc].flags;

        summarize(g, b);
        b->table = last->opc == INDEX_op_goto_inner;
        if (last->opc == INDEX_op_br || last->opc == INDEX_op_brcond) {
            b->succ[0] = g->label_block[last->args[tcg_op_label_arg(last)]];
        } else if (is_self(g, last)) {
            b->succ[0] = 0;
        }
        if (!(flags & TCG_OPF_NOFALL)) {
            b->succ[1] = (uint16_t)(k + 1);
        }
        if (b->end - b->first >= 4 && g->op_plan[b->end - 4].fused && is_self(g, last - 2)) {
            b->succ[1] = 0;
        }
    }
}

/* ---- valid and dirty ------------------------------------------------------------------------- */

static GSet valid_out(const Block *b)
{
    return (b->kills ? 0 : b->valid) | b->makes_valid;
}

static GSet dirty_out(const Block *b)
{
    return (b->cleans ? 0 : b->dirty) | b->makes_dirty;
}

/* The block that it goes to by inner[k], or NO_BLOCK. */
static unsigned inner_successor(const Gen *g, const Block *b, unsigned k)
{
    const TCGOp *last = &g->s->ops[b->end - 1];
    int label = tcg_inner_label(g->s, last, k);

    return label >= 0 ? g->label_block[label] : tcg_goes_to_inner(g->s, last, k) ? 0 : NO_BLOCK;
}

/* The successors of a block: calls fn for each. */
static void each_successor(Gen *g, Block *b, void (*fn)(Gen *g, Block *b, Block *to))
{
    for (unsigned n = 0; n < 2; n++) {
        if (b->succ[n] != NO_BLOCK) {
            fn(g, b, &g->blocks[b->succ[n]]);
        }
    }
    for (unsigned k = 0; b->table && k < g->s->nb_inner; k++) {
        unsigned to = inner_successor(g, b, k);
        if (to != NO_BLOCK) {
            fn(g, b, &g->blocks[to]);
        }
    }
}

/* What may stay as it is on the way from b to another. */
static GSet kept(const Block *b, const Block *to)
{
    return to->loop_regs && b < to ? to->valid & to->entry : to->valid;
}

/* What stays as it is over the end of a block: the rest is written back before it branches. */
GSet valid_in_both(const Gen *g, const Block *b)
{
    GSet set = ~(GSet)0;
    for (unsigned n = 0; n < 2; n++) {
        if (b->succ[n] != NO_BLOCK) {
            set &= kept(b, &g->blocks[b->succ[n]]);
        }
    }
    for (unsigned k = 0; b->table && k < g->s->nb_inner; k++) {
        unsigned to = inner_successor(g, b, k);
        set &= to != NO_BLOCK ? kept(b, &g->blocks[to]) : ~(GSet)0;
    }
    return set;
}

static void flow_valid(Gen *g, Block *b, Block *to)
{
    GSet out = valid_out(b);
    if (to->loop_regs && b < to) {
        to->entry &= out;
        out |= to->loop_regs;
    }
    g->changed |= (to->valid & ~out) && to <= b;
    to->valid &= out;
}

static void flow_dirty(Gen *g, Block *b, Block *to)
{
    GSet out = dirty_out(b) & valid_in_both(g, b) & kept(b, to);
    g->changed |= (out & ~to->dirty) && to <= b;
    to->dirty |= out;
}

static void flow(Gen *g, void (*fn)(Gen *g, Block *b, Block *to))
{
    do {
        g->changed = false;
        for (unsigned k = 0; k < g->nb_blocks; k++) {
            each_successor(g, &g->blocks[k], fn);
        }
    } while (g->changed);
}

static GSet regs_in(const Gen *g, unsigned start, unsigned end)
{
    GSet set = 0;
    for (unsigned i = start; i < end; i++) {
        const TCGOp *op = &g->s->ops[i];
        set |= regs_of(g, op, tcg_op_first_oarg(op), tcg_op_nb_oargs(op)) |
               regs_of(g, op, tcg_op_first_iarg(op), tcg_op_nb_iargs(op));
    }
    return set;
}

static void plan_loop(Gen *g, unsigned label, unsigned start, unsigned end)
{
    Block *head = &g->blocks[g->label_block[label]];
    head->loop_regs = regs_in(g, start, end);
    head->entry = ~(GSet)0;
}

static void solve(Gen *g)
{
    /* a loop keeps all it uses in locals; the one around everything is not structure.c's */
    g->blocks[0].valid = g->loops_back ? regs_in(g, 0, g->last_back + 1) : 0;
    structure_loops(g, plan_loop);
    flow(g, flow_valid);
    flow(g, flow_dirty);
}

/* ---- cold exits ------------------------------------------------------------------------------ */

/* A cold exit that writes back all of `dirty` and nothing that is not valid. */
static int cold_exit(Gen *g, GSet dirty, GSet valid)
{
    GSet may = dirty | valid;

    if (!dirty) {
        return 0;
    }
    for (unsigned k = g->nb_cold; k > 0; k--) {
        if (!(dirty & ~g->cold[k].set) && !(g->cold[k].set & ~may)) {
            return (int)k;
        }
    }
    if (g->nb_cold == MAX_COLD) {
        return -1;
    }
    GSet top = g->nb_cold ? g->cold[g->nb_cold].set : 0;
    ColdExit *c = &g->cold[++g->nb_cold];
    if (g->nb_cold == 1 || top & ~may) {
        *c = (ColdExit){dirty, dirty, true};
    } else {
        *c = (ColdExit){dirty | top, dirty & ~top, false};
    }
    return (int)g->nb_cold;
}

static bool plan_cold_exits(Gen *g)
{
    for (unsigned k = 0; k < g->nb_blocks; k++) {
        const Block *b = &g->blocks[k];
        GSet valid = b->valid, dirty = b->dirty;
        for (unsigned i = b->first; i < b->end; i++) {
            const TCGOp *op = &g->s->ops[i];
            unsigned flags = op->opc == INDEX_op_call ? call_flags(g, op) : 0;

            if (flags & (TCG_CALL_READ_STATE | TCG_CALL_WRITE_STATE)) {
                dirty = 0;
            }
            if (op_leaves(g, op)) {
                int cold = cold_exit(g, dirty, valid);
                if (cold < 0) {
                    return false;
                }
                g->op_plan[i].cold = (uint16_t)cold;
            }
            valid |= regs_of(g, op, tcg_op_first_iarg(op), tcg_op_nb_iargs(op));
            valid = flags & TCG_CALL_WRITE_STATE ? 0 : valid;
            GSet out = regs_of(g, op, tcg_op_first_oarg(op), tcg_op_nb_oargs(op));
            valid |= out;
            dirty |= out;
            i += g->op_plan[i].fused ? 3 : 0;
        }
    }
    return true;
}

/* ---- folding --------------------------------------------------------------------------------- */

/* The op's result is a local, read once by the op behind it and never again? */
static bool can_fold(const Gen *g, const TCGOp *op)
{
    const TCGOp *next = op + 1;
    unsigned first = tcg_op_first_iarg(next), n = tcg_op_nb_iargs(next), reads = 0, dies = 0;

    if (op->opc == INDEX_op_call || op->opc == INDEX_op_discard ||
        tcg_op_defs[op->opc].nb_oargs != 1 || g->s->temps[op->args[0]].kind != TEMP_LOCAL) {
        return false;
    }
    for (unsigned k = first; k < first + n; k++) {
        reads += next->args[k] == op->args[0];
        dies += next->args[k] == op->args[0] && next->dead >> k & 1;
    }
    return reads == 1 && dies == 1;
}

static void plan_folds(Gen *g)
{
    unsigned chain = 0;

    for (unsigned i = 0; i + 1 < g->s->nb_ops; i++) {
        chain = can_fold(g, &g->s->ops[i]) && chain < MAX_FOLD ? chain + 1 : 0;
        g->op_plan[i].fold = chain > 0;
    }
}

/* ---------------------------------------------------------------------------------------------- */

bool plan_tb(Gen *g)
{
    memset(g->temp_reg, NO_REG, g->s->nb_temps);
    memset(g->label_pos, 0xff, sizeof(g->label_pos[0]) * g->s->nb_labels);
    plan_groups(g);
    for (unsigned i = 0; i < g->s->nb_ops; i++) {
        if (!scan_op(g, i)) {
            return false;
        }
    }
    if (!find_blocks(g)) {
        return false;
    }
    link_blocks(g);
    structure_plan(g);
    solve(g);
    if (!plan_cold_exits(g)) {
        return false;
    }
    plan_folds(g);
    return true;
}
