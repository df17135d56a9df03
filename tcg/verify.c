/*
 * The rules that a well-formed TB keeps, checked after every pass in tests and debug builds.
 *
 * First each op alone (types, ranges, kinds of temps), then what concerns the TB as a whole:
 * labels, exits, control flow, and that no local is read before it was written on every path to the
 * read. docs/ir.md lists the rules; a message names the op's index and the rule it breaks.
 */
#include <string.h>

#include "tcg/env.h"
#include "tcg/internal.h"
#include "tcg/tcg.h"

enum { LOCAL_WORDS = CPU_MAX_LOCALS / 64 };

typedef struct Verifier {
    const TCGContext *s;
    unsigned n; /* index of the op at hand */
    char *error;
    uint8_t label_set[TCG_MAX_LABELS];
    uint16_t label_refs[TCG_MAX_LABELS];
} Verifier;

G_GNUC_PRINTF(2, 3) static bool fail(Verifier *v, const char *fmt, ...)
{
    if (!v->error) {
        va_list ap;
        va_start(ap, fmt);
        char *msg = g_strdup_vprintf(fmt, ap);
        va_end(ap);
        const char *name = v->n < v->s->nb_ops && v->s->ops[v->n].opc < INDEX_op_COUNT
                               ? tcg_op_defs[v->s->ops[v->n].opc].name
                               : "-";
        v->error = g_strdup_printf("op %u (%s): %s", v->n, name, msg);
        g_free(msg);
    }
    return false;
}

/* ---- one op ---------------------------------------------------------------------------------- */

static bool check_temp(Verifier *v, uint32_t i, TCGType type, bool output, bool env_ok)
{
    if (i >= v->s->nb_temps) {
        return fail(v, "no temp has number %u", i);
    }
    const TCGTemp *t = &v->s->temps[i];
    if (t->kind == TEMP_ENV && !env_ok) {
        return fail(v, "env is only a base of host memory and an argument of calls");
    }
    if (output && (t->kind == TEMP_CONST || (i && i == v->s->pc_page))) {
        return fail(v, "output to %s", t->kind == TEMP_CONST ? "a constant" : "pc_page");
    }
    if (t->type != type) {
        return fail(v, "temp %u is i%u, the op takes i%u", i, tcg_type_bits(t->type),
                    tcg_type_bits(type));
    }
    return true;
}

static bool check_temps(Verifier *v, const TCGOp *op, const TCGOpDef *def)
{
    TCGType in = op->type;

    if (def->flags & TCG_OPF_WIDEN) {
        in = TCG_TYPE_I32;
    } else if (def->flags & TCG_OPF_NARROW) {
        in = TCG_TYPE_I64;
    }
    for (unsigned i = 0; i < def->nb_oargs; i++) {
        if (!check_temp(v, op->args[i], op->type, true, false)) {
            return false;
        }
    }
    for (unsigned i = def->nb_oargs; i < def->nb_oargs + def->nb_iargs; i++) {
        /* Loads and stores have their address as second argument, always i64. */
        bool host = (def->flags & TCG_OPF_HOSTMEM) && i == 1;
        bool guest = (def->flags & TCG_OPF_GUESTMEM) && i == 1;
        if (!check_temp(v, op->args[i], host || guest ? TCG_TYPE_I64 : in, false, host)) {
            return false;
        }
        if (host && v->s->temps[op->args[i]].kind == TEMP_CONST) {
            return fail(v, "host memory at a constant address");
        }
    }
    if (def->nb_oargs == 2 && op->args[0] == op->args[1]) {
        return fail(v, "both outputs are the same temp");
    }
    return true;
}

static bool check_type(Verifier *v, const TCGOp *op, const TCGOpDef *def)
{
    bool ok = def->types == TCG_OPT_I ? op->type <= TCG_TYPE_I64
                                      : (op->type == TCG_TYPE_I32) == (def->types == TCG_OPT_W);
    return ok || fail(v, "the op does not exist in this type");
}

/* Globals are read and written by name only: a pass may keep them elsewhere between two ops. */
static bool check_env_access(Verifier *v, const TCGOp *op)
{
    const TCGContext *s = v->s;
    unsigned size;

    if (op->args[1] != tcg_env().i) {
        return true;
    }
    switch (op->opc) {
    case INDEX_op_ld8u:
    case INDEX_op_ld8s:
    case INDEX_op_st8: size = 1; break;
    case INDEX_op_ld16u:
    case INDEX_op_ld16s:
    case INDEX_op_st16: size = 2; break;
    case INDEX_op_ld32u:
    case INDEX_op_ld32s:
    case INDEX_op_st32: size = 4; break;
    default: size = tcg_type_bits(op->type) / 8; break;
    }
    int64_t off = (int32_t)op->args[2];
    if (off < 0 || (off + size > CPU_TEMPS_OFFSET && off < CPU_TAIL_OFFSET)) {
        return fail(v, "offset 0x%x is outside of the guest's state", op->args[2]);
    }
    for (unsigned i = 1; i <= s->nb_globals; i++) {
        const TCGTemp *t = &s->temps[i];
        if (off < (int64_t)t->env_offset + tcg_type_bits(t->type) / 8 &&
            t->env_offset < off + size) {
            return fail(v, "access overlaps the global %s", t->name);
        }
    }
    return true;
}

static bool check_field(Verifier *v, const TCGOp *op, uint32_t pos, uint32_t len)
{
    unsigned width = tcg_type_bits(op->type);
    return (len >= 1 && len <= width && pos <= width - len) ||
           fail(v, "field of %u bits at %u", len, pos);
}

static bool check_cargs(Verifier *v, const TCGOp *op, const TCGOpDef *def)
{
    const uint32_t *c = &op->args[def->nb_oargs + def->nb_iargs];

    if ((def->flags & TCG_OPF_COND) && c[0] >= TCG_COND_COUNT) {
        return fail(v, "no condition has number %u", c[0]);
    }
    if (def->flags & TCG_OPF_HOSTMEM) {
        return check_env_access(v, op);
    }
    if (def->flags & TCG_OPF_GUESTMEM) {
        if ((c[0] & 0xff & ~MO_MASK) || get_mmuidx(c[0]) >= CPU_MMU_MODES) {
            return fail(v, "bad MemOpIdx 0x%x", c[0]);
        }
        return memop_size(get_memop(c[0])) * 8 <= tcg_type_bits(op->type) ||
               fail(v, "access wider than the op");
    }
    switch (op->opc) {
    case INDEX_op_deposit:
    case INDEX_op_extract:
    case INDEX_op_sextract: return check_field(v, op, c[0], c[1]);
    case INDEX_op_bswap16:
    case INDEX_op_bswap32:
    case INDEX_op_bswap64:
        return (c[0] <= 7 && (c[0] & (TCG_BSWAP_OZ | TCG_BSWAP_OS)) != 6 &&
                (op->opc != INDEX_op_bswap64 || c[0] == 0)) ||
               fail(v, "bad bswap flags %u", c[0]);
    case INDEX_op_mb: return c[0] <= TCG_MO_ALL || fail(v, "bad barrier 0x%x", c[0]);
    case INDEX_op_insn_start: return c[0] < TARGET_PAGE_SIZE || fail(v, "page offset 0x%x", c[0]);
    case INDEX_op_tb_head: return c[1] > 0 || fail(v, "a TB of no insns");
    case INDEX_op_goto_tb: return c[0] <= 1 || fail(v, "goto_tb %u is not 0 or 1", c[0]);
    case INDEX_op_goto_inner: return c[0] < TCG_INNER_SETS || fail(v, "there is no set %u", c[0]);
    default: return true;
    }
}

static bool check_call(Verifier *v, const TCGOp *op)
{
    if (op->args[0] >= v->s->nb_helpers) {
        return fail(v, "no helper has number %u", op->args[0]);
    }
    const TCGHelperInfo *h = &v->s->helpers[op->args[0]];
    const char *sig = h->signature;
    if (strlen(sig) != 1u + op->nb_call_args || op->nb_call_args > TCG_MAX_CALL_ARGS) {
        return fail(v, "%s takes %zu arguments, not %u", h->name, strlen(sig) - 1,
                    op->nb_call_args);
    }
    if ((h->flags & TCG_CALL_PURE) &&
        (h->flags & (TCG_CALL_WRITE_STATE | TCG_CALL_RAISE | TCG_CALL_YIELD))) {
        return fail(v, "%s cannot be pure and have effects", h->name);
    }
    if (op->args[1] != TCGV_NONE.i) {
        if (sig[0] == 'v') {
            return fail(v, "%s has no result", h->name);
        }
        TCGType type = sig[0] == 'w' ? TCG_TYPE_I32 : TCG_TYPE_I64;
        if (!check_temp(v, op->args[1], type, true, false)) {
            return false;
        }
    }
    for (unsigned i = 0; i < op->nb_call_args; i++) {
        TCGType type = sig[1 + i] == 'w' ? TCG_TYPE_I32 : TCG_TYPE_I64;
        if (!check_temp(v, op->args[2 + i], type, false, sig[1 + i] == 'e')) {
            return false;
        }
    }
    return true;
}

static bool check_inner(Verifier *v, const TCGOp *op)
{
    for (unsigned k = 0; k < v->s->nb_inner; k++) {
        const TCGInner *t = &v->s->inner[k];
        if (t->page_offset >= TARGET_PAGE_SIZE || t->page_offset & 1 ||
            (k && t->page_offset <= t[-1].page_offset)) {
            return fail(v, "page offset 0x%x in the table", t->page_offset);
        }
        if (t->label != TCG_ROOT_LABEL && t->label >= v->s->nb_labels) {
            return fail(v, "no label has number %u", t->label);
        }
        if (tcg_inner_label(v->s, op, k) >= 0) {
            v->label_refs[t->label]++;
        }
    }
    return true;
}

static bool check_label(Verifier *v, const TCGOp *op)
{
    int l = tcg_op_label_arg(op);

    if (l < 0) {
        return op->opc != INDEX_op_goto_inner || check_inner(v, op);
    }
    uint32_t id = op->args[l];
    if (id >= v->s->nb_labels) {
        return fail(v, "no label has number %u", id);
    }
    if (op->opc != INDEX_op_set_label) {
        v->label_refs[id]++;
    } else if (v->label_set[id]++) {
        return fail(v, "L%u is set twice", id);
    }
    return true;
}

static bool check_op(Verifier *v, const TCGOp *op)
{
    if (op->opc >= INDEX_op_COUNT) {
        return fail(v, "no op has number %u", op->opc);
    }
    const TCGOpDef *def = &tcg_op_defs[op->opc];
    if (op->flags) {
        return fail(v, "a pass left its scratch flags");
    }
    if (op->opc == INDEX_op_call) {
        return check_call(v, op);
    }
    return check_type(v, op, def) && check_temps(v, op, def) && check_cargs(v, op, def) &&
           check_label(v, op);
}

/* ---- the TB as a whole ----------------------------------------------------------------------- */

static bool check_flow(Verifier *v)
{
    const TCGContext *s = v->s;
    bool started = false, fell = true;

    for (v->n = 0; v->n < s->nb_ops; v->n++) {
        TCGOpcode opc = s->ops[v->n].opc;
        if (opc == INDEX_op_insn_start) {
            started = true;
        } else if (!started && opc != INDEX_op_mb && opc != INDEX_op_set_label) {
            return fail(v, "before the first insn_start");
        }
        if (!fell && opc != INDEX_op_set_label) {
            return fail(v, "control never gets here");
        }
        fell = !(tcg_op_defs[opc].flags & TCG_OPF_NOFALL);
    }
    if (fell) {
        return fail(v, "control runs off the end");
    }
    for (unsigned i = 0; i < s->nb_labels; i++) {
        if (v->label_refs[i] && !v->label_set[i]) {
            return fail(v, "L%u is used and not set", i);
        }
        if (v->label_set[i] && v->label_refs[i] != s->labels[i].refs) {
            return fail(v, "L%u counts %u branches, there are %u", i, s->labels[i].refs,
                        v->label_refs[i]);
        }
    }
    return true;
}

/*
 * Insns of a region are numbered by their insn_start, in the TB alone too: branches inside a TB
 * cross none, as one could be optimised away in one of the two only. Other branches go to heads.
 */
static bool check_region(Verifier *v)
{
    enum { HEAD = UINT32_MAX };
    const TCGContext *s = v->s;
    g_autofree uint32_t *insn = g_new0(uint32_t, s->nb_labels + 1); /* of a label; or HEAD */
    uint32_t now = 0, below = 0;
    bool region = false;

    for (unsigned i = s->nb_ops; i-- > 0;) {
        const TCGOp *op = &s->ops[i];
        region |= op->opc == INDEX_op_tb_head;
        if (op->opc == INDEX_op_set_label) {
            insn[op->args[0]] = below == HEAD ? HEAD : now;
        } else {
            below = op->opc == INDEX_op_tb_head ? HEAD : 0;
            now += op->opc == INDEX_op_insn_start;
        }
    }
    for (v->n = 0; region && v->n < s->nb_ops; v->n++) {
        const TCGOp *op = &s->ops[v->n];
        int l = op->opc == INDEX_op_set_label ? -1 : tcg_op_label_arg(op);
        now -= op->opc == INDEX_op_insn_start;
        if (l >= 0 && insn[op->args[l]] != HEAD && insn[op->args[l]] != now) {
            return fail(v, "the branch to L%u crosses an insn_start of its TB", op->args[l]);
        }
    }
    return true;
}

typedef struct Assigned {
    uint64_t w[LOCAL_WORDS];
} Assigned;

static bool check_reads(Verifier *v, const TCGOp *op, const Assigned *now)
{
    unsigned first = tcg_op_first_iarg(op), n = tcg_op_nb_iargs(op);

    for (unsigned i = first; i < first + n; i++) {
        const TCGTemp *t = &v->s->temps[op->args[i]];
        if (t->kind == TEMP_LOCAL && !(now->w[t->slot / 64] >> (t->slot & 63) & 1)) {
            return fail(v, "local %u may be read before it is written", t->slot);
        }
    }
    return true;
}

static void note_writes(const TCGContext *s, const TCGOp *op, Assigned *now)
{
    unsigned first = tcg_op_first_oarg(op), n = tcg_op_nb_oargs(op);

    for (unsigned i = first; i < first + n; i++) {
        const TCGTemp *t = &s->temps[op->args[i]];
        if (t->kind == TEMP_LOCAL && op->opc == INDEX_op_discard) {
            now->w[t->slot / 64] &= ~(1ull << (t->slot & 63));
        } else if (t->kind == TEMP_LOCAL) {
            now->w[t->slot / 64] |= 1ull << (t->slot & 63);
        }
    }
}

static bool meet(Assigned *to, const Assigned *from, unsigned words)
{
    bool changed = false;

    for (unsigned i = 0; i < words; i++) {
        changed |= (to->w[i] & ~from->w[i]) != 0;
        to->w[i] &= from->w[i];
    }
    return changed;
}

/*
 * Definite assignment: at a label a local counts as written if it was on every branch to it and on
 * the way down from above. Starts from "everything" and takes away until nothing changes; reads are
 * judged in the last round only, when the sets are final.
 */
static bool check_assignment(Verifier *v)
{
    const TCGContext *s = v->s;
    unsigned words = (s->nb_locals + 63) / 64;
    Assigned *at = g_new(Assigned, s->nb_labels + 1);
    bool changed = true, last = false;

    memset(at, 0xff, sizeof(Assigned) * (s->nb_labels + 1));
    while (!v->error && !last) {
        Assigned now = {{0}};
        bool reached = true;
        last = !changed;
        changed = false;
        for (v->n = 0; v->n < s->nb_ops && !v->error; v->n++) {
            const TCGOp *op = &s->ops[v->n];
            if (op->opc == INDEX_op_set_label) {
                if (reached) {
                    meet(&at[op->args[0]], &now, words);
                }
                now = at[op->args[0]];
                reached = true;
                continue;
            }
            if (last) {
                check_reads(v, op, &now);
            }
            note_writes(s, op, &now);
            if (op->opc == INDEX_op_tb_head) {
                memset(&now, 0, sizeof(now)); /* TBs share nothing but globals */
            }
            int l = tcg_op_label_arg(op);
            if (l >= 0) {
                changed |= meet(&at[op->args[l]], &now, words);
            }
            for (unsigned k = 0; op->opc == INDEX_op_goto_inner && k < s->nb_inner; k++) {
                int inner = tcg_inner_label(s, op, k);
                if (inner >= 0) {
                    changed |= meet(&at[inner], &now, words);
                }
            }
            reached = !(tcg_op_defs[op->opc].flags & TCG_OPF_NOFALL);
        }
    }
    g_free(at);
    return !v->error;
}

char *tcg_verify(const TCGContext *s)
{
    Verifier v = {.s = s};

    if (s->overflow || s->nb_ops == 0) {
        fail(&v, s->overflow ? "the TB is too large" : "the TB is empty");
        return v.error;
    }
    for (v.n = 0; v.n < s->nb_ops; v.n++) {
        if (!check_op(&v, &s->ops[v.n])) {
            return v.error;
        }
    }
    if (check_flow(&v) && check_region(&v)) {
        check_assignment(&v);
    }
    return v.error;
}
