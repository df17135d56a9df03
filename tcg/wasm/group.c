/*
 * Accesses of guest memory that share one compare with the soft TLB.
 *
 * A function's frame, a structure: much of what code reads or writes lies at constant distances of
 * one value, and nearly always on one page. The loads of a straight stretch of code that do so are
 * a *group*, and so are the stores. The first op of a group compares for all bytes between the
 * lowest and the highest of them and keeps their host address; the others use that, and cannot
 * leave. Where the bytes cross a page the first leaves by LINK_EXIT_SLOW, and the interpreter
 * serves each for itself; so with slow_calls there are no groups, nor in TBs that left too often.
 *
 * A stretch ends where another way joins, and at calls that may see or change env: nothing else
 * changes the soft TLB while code runs.
 */
#include "tcg/wasm/gen.h"

typedef struct Value { /* of a temp: that of another plus a constant */
    uint32_t root;     /* below Scan.first_root: unknown */
    uint64_t plus;
} Value;

typedef struct Scan {
    Gen *g;
    Value *values; /* by temp */
    uint32_t first_root, next_root;
    unsigned first_open; /* groups from here on take more */
    bool apart;          /* no groups in this TB */
} Scan;

static Value value_of(Scan *s, uint32_t temp)
{
    Value *v = &s->values[temp];
    if (v->root < s->first_root) {
        *v = (Value){s->next_root++, 0};
    }
    return *v;
}

static void note_result(Scan *s, const TCGOp *op)
{
    const Gen *g = s->g;
    const unsigned first = tcg_op_first_oarg(op), n = tcg_op_nb_oargs(op);
    const bool wide = op->type == TCG_TYPE_I64;

    if (op->opc == INDEX_op_mov && wide) {
        s->values[op->args[0]] = value_of(s, op->args[1]);
    } else if (op->opc == INDEX_op_add && wide && is_const(g, op->args[2])) {
        Value v = value_of(s, op->args[1]);
        v.plus += (uint64_t)const_val(g, op->args[2]);
        s->values[op->args[0]] = v;
    } else {
        for (unsigned k = first; k < first + n; k++) {
            s->values[op->args[k]] = (Value){s->next_root++, 0};
        }
    }
}

static Group *open_group(Scan *s, uint32_t root, unsigned mmuidx, bool store)
{
    GArray *groups = s->g->groups;
    for (unsigned k = groups->len; k > s->first_open; k--) {
        Group *group = &g_array_index(groups, Group, k - 1);
        if (group->root == root && group->mmuidx == mmuidx && group->store == store) {
            return group;
        }
    }
    return NULL;
}

/* Takes the access of op i, `size` bytes at `plus`, into a group if they stay within the limit. */
static bool extend(Group *group, unsigned i, uint64_t plus, unsigned size)
{
    const int64_t at = (int64_t)(plus - group->origin);

    if (at < -MAX_SPAN || at > MAX_SPAN) {
        return false;
    }
    const int low = MIN((int)at, group->low), end = MAX((int)(at + size), group->end);
    if (end - low > MAX_SPAN) {
        return false;
    }
    group->low = (int16_t)low;
    group->end = (int16_t)end;
    group->last = (uint16_t)i;
    return true;
}

static void note_access(Scan *s, unsigned i)
{
    Gen *g = s->g;
    const TCGOp *op = &g->s->ops[i];
    const bool store = op->opc == INDEX_op_qemu_st;
    const MemOp mop = get_memop(op->args[2]);
    const Value v = value_of(s, op->args[1]);
    Group *group = open_group(s, v.root, get_mmuidx(op->args[2]), store);

    if (s->apart || mop & (MO_ALIGN | MO_RMW)) {
        return;
    }
    if (!group || !extend(group, i, v.plus, memop_size(mop))) {
        Group new = {.root = v.root,
                     .mmuidx = (uint8_t)get_mmuidx(op->args[2]),
                     .store = store,
                     .first = (uint16_t)i,
                     .last = (uint16_t)i,
                     .origin = v.plus,
                     .end = (int16_t)memop_size(mop)};
        g_array_append_val(g->groups, new);
        group = &g_array_index(g->groups, Group, g->groups->len - 1);
    }
    g->op_plan[i].group = (uint16_t)(group - (Group *)(void *)g->groups->data + 1);
    g->op_plan[i].at = (int16_t)(v.plus - group->origin);
}

/* Another way joins before this op, or it may change the soft TLB. */
static bool ends_stretch(const Gen *g, const TCGOp *op)
{
    return op->opc == INDEX_op_set_label || op->opc == INDEX_op_tb_head || op_calls(g, op);
}

static bool is_apart(const Gen *g, uint32_t key)
{
    return g->gen->apart && g->gen->apart(g->gen->opaque, key);
}

void plan_groups(Gen *g)
{
    Scan s = {.g = g, .first_root = 1, .next_root = 1, .apart = is_apart(g, g->gen->key)};

    if (g->gen->slow_calls) {
        return;
    }
    s.values = g_new0(Value, g->s->nb_temps);
    for (unsigned i = 0; i < g->s->nb_ops; i++) {
        const TCGOp *op = &g->s->ops[i];
        if (ends_stretch(g, op)) {
            s.first_root = s.next_root;
            s.first_open = g->groups->len;
        }
        if (op->opc == INDEX_op_tb_head) {
            s.apart = is_apart(g, op->args[0]);
        }
        if (tcg_op_defs[op->opc].flags & TCG_OPF_GUESTMEM) {
            note_access(&s, i);
        }
        note_result(&s, op);
    }
    g_free(s.values);
}
