/* The IR as text: one op a line. docs/ir.md has the grammar, parse.c the way back. */
#include <inttypes.h>

#include "tcg/internal.h"
#include "tcg/tcg.h"

static void dump_hex(GString *out, int64_t v)
{
    if (v < 0 && v != INT64_MIN) {
        g_string_append_printf(out, "-0x%" PRIx64, (uint64_t)-v);
    } else {
        g_string_append_printf(out, "0x%" PRIx64, (uint64_t)v);
    }
}

static void dump_const(GString *out, TCGType type, int64_t v)
{
    g_string_append_c(out, '$');
    /* Small negative numbers read best as such, bit patterns in the width of their type. */
    if (v < 0 && v < -0x10000) {
        g_string_append_printf(out, "0x%" PRIx64, (uint64_t)v & tcg_type_mask(type));
    } else {
        dump_hex(out, v);
    }
}

static void dump_temp(const TCGContext *s, GString *out, uint32_t i)
{
    if (i >= s->nb_temps) {
        /* Only in the dump of a malformed TB, beside the verifier's message. */
        g_string_append_printf(out, "?%u", i);
        return;
    }
    const TCGTemp *t = &s->temps[i];
    switch (t->kind) {
    case TEMP_LOCAL:
        g_string_append_printf(out, t->type == TCG_TYPE_I32 ? "%%%uw" : "%%%u", t->slot);
        break;
    case TEMP_CONST: dump_const(out, t->type, t->val); break;
    default: g_string_append(out, t->name); break;
    }
}

static void dump_memop(GString *out, MemOpIdx oi)
{
    static const char *const names[8] = {"ub", "uw", "ul", "uq", "sb", "sw", "sl", "sq"};
    MemOp op = get_memop(oi);

    g_string_append(out, names[op & (MO_SIZE | MO_SIGN)]);
    g_string_append(out, op & MO_BE ? "+be" : "");
    g_string_append(out, op & MO_ALIGN ? "+al" : "");
    g_string_append(out, op & MO_RMW ? "+rmw" : "");
    g_string_append_printf(out, "+mmu%u", get_mmuidx(oi));
}

static void dump_bswap_flags(GString *out, uint32_t f)
{
    static const char *const names[8] = {"0",  "iz",    "oz",    "iz+oz",
                                         "os", "iz+os", "oz+os", "iz+oz+os"};
    g_string_append(out, names[f & 7]);
}

static void dump_carg(GString *out, const TCGOp *op, unsigned n, uint32_t v)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];

    if ((def->flags & TCG_OPF_COND) && n == 0) {
        g_string_append(out, v < TCG_COND_COUNT ? tcg_cond_names[v] : "?");
    } else if (def->flags & TCG_OPF_GUESTMEM) {
        dump_memop(out, v);
    } else if (op->opc == INDEX_op_goto_inner || (op->opc == INDEX_op_goto_tb && n == 0)) {
        g_string_append_printf(out, "%u", v);
    } else {
        switch (op->opc) {
        case INDEX_op_br:
        case INDEX_op_brcond:
        case INDEX_op_set_label: g_string_append_printf(out, "L%u", v); break;
        case INDEX_op_bswap16:
        case INDEX_op_bswap32:
        case INDEX_op_bswap64: dump_bswap_flags(out, v); break;
        case INDEX_op_deposit:
        case INDEX_op_extract:
        case INDEX_op_sextract: g_string_append_printf(out, "%u", v); break;
        case INDEX_op_insn_start: g_string_append_printf(out, "0x%x", v); break;
        default: dump_hex(out, (int32_t)v); break;
        }
    }
}

static void dump_call(const TCGContext *s, GString *out, const TCGOp *op)
{
    g_string_append_printf(out, " %s, ",
                           op->args[0] < s->nb_helpers ? s->helpers[op->args[0]].name : "?");
    if (tcg_op_nb_oargs(op)) {
        dump_temp(s, out, op->args[1]);
    } else {
        g_string_append_c(out, '-');
    }
    for (unsigned i = 0; i < op->nb_call_args; i++) {
        g_string_append(out, ", ");
        dump_temp(s, out, op->args[2 + i]);
    }
}

static void dump_dead(const TCGContext *s, GString *out, const TCGOp *op)
{
    unsigned first_in = tcg_op_first_iarg(op);

    g_string_append(out, "  #");
    for (unsigned i = 0; i < TCG_OP_ARGS; i++) {
        if (op->dead >> i & 1) {
            g_string_append(out, i < first_in ? " unread " : " dies ");
            dump_temp(s, out, op->args[i]);
        }
    }
}

static void dump_inner(const TCGContext *s, GString *out)
{
    for (unsigned k = 0; k < s->nb_inner; k++) {
        g_string_append_printf(out, "inner 0x%x, ", s->inner[k].page_offset);
        if (s->inner[k].label == TCG_ROOT_LABEL) {
            g_string_append(out, "root");
        } else {
            g_string_append_printf(out, "L%u", s->inner[k].label);
        }
        g_string_append_printf(out, ", 0x%x\n", s->inner[k].sets);
    }
}

void tcg_dump_ops(const TCGContext *s, GString *out)
{
    dump_inner(s, out);
    for (unsigned n = 0; n < s->nb_ops; n++) {
        const TCGOp *op = &s->ops[n];
        const TCGOpDef *def = &tcg_op_defs[op->opc];

        g_string_append(out, op->opc == INDEX_op_set_label ? "" : "    ");
        g_string_append(out, def->name);
        if (def->types == TCG_OPT_I) {
            g_string_append(out, op->type == TCG_TYPE_I32 ? "_i32" : "_i64");
        }
        if (op->opc == INDEX_op_call) {
            dump_call(s, out, op);
        } else {
            unsigned ntemps = def->nb_oargs + def->nb_iargs;
            for (unsigned i = 0; i < ntemps + def->nb_cargs; i++) {
                g_string_append(out, i ? ", " : " ");
                if (i < ntemps) {
                    dump_temp(s, out, op->args[i]);
                } else {
                    dump_carg(out, op, i - ntemps, op->args[i]);
                }
            }
        }
        if (op->dead) {
            dump_dead(s, out, op);
        }
        g_string_append_c(out, '\n');
    }
}
