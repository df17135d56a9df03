/*
 * Text to IR, for goldens, fuzzing and experiments. docs/ir.md has the grammar.
 *
 * The parser takes what tcg_dump_ops() writes, comments (# to the end of the line) and empty lines.
 * It knows only the shape of each op; whether the whole is well formed is for tcg_verify() to say.
 * Errors are sticky: the first one is kept and ends the parse.
 */
#include <errno.h>
#include <string.h>

#include "tcg/env.h"
#include "tcg/internal.h"
#include "tcg/tcg.h"

typedef struct Parser {
    TCGContext *s;
    const char *p; /* rest of the line */
    unsigned line;
    char *error;
    /* number of a local in the text -> temp */
    uint16_t locals[CPU_MAX_LOCALS];
} Parser;

static void fail(Parser *ps, const char *what, const char *tok)
{
    if (!ps->error) {
        ps->error = g_strdup_printf("line %u: %s '%s'", ps->line, what, tok);
    }
}

static const char separators[] = " \t,\r";

/* Next token up to blank or comma, into buf; empty at the end of the line. */
static const char *token(Parser *ps, char *buf, size_t size)
{
    size_t n;

    ps->p += strspn(ps->p, separators);
    n = strcspn(ps->p, separators);
    g_strlcpy(buf, ps->p, MIN(n + 1, size));
    if (n >= size) {
        fail(ps, "too long", buf);
    }
    ps->p += n;
    return buf;
}

/* Signed or unsigned number of at most 64 bits in C notation. */
static bool number(const char *t, int64_t *v)
{
    char *end;
    bool neg = *t == '-';

    errno = 0;
    uint64_t u = g_ascii_strtoull(t + neg, &end, 0);
    *v = (int64_t)(neg ? -u : u);
    return g_ascii_isdigit(t[neg]) && *end == 0 && errno == 0;
}

/* Digits; *end is what stands behind them. UINT64_MAX if there are none, or too many. */
static uint64_t decimal(const char *t, const char **end)
{
    char *behind = (char *)t;
    uint64_t n = g_ascii_isdigit(*t) ? g_ascii_strtoull(t, &behind, 10) : UINT64_MAX;

    *end = behind;
    return n;
}

static int find_name(const char *const *names, unsigned n, const char *t)
{
    for (unsigned i = 0; i < n; i++) {
        if (!strcmp(names[i], t)) {
            return i;
        }
    }
    return -1;
}

/* ---- temps --------------------------------------------------------------------------------- */

static uint32_t parse_local(Parser *ps, const char *t)
{
    const char *end;
    uint64_t n = decimal(t + 1, &end);
    TCGType type = *end == 'w' ? TCG_TYPE_I32 : TCG_TYPE_I64;

    if (n >= CPU_MAX_LOCALS || end[*end == 'w']) {
        fail(ps, "bad local", t);
        return 0;
    }
    if (ps->s->temps[ps->locals[n]].type != type) {
        fail(ps, "local of two types", t);
    }
    return ps->locals[n];
}

static uint32_t parse_temp(Parser *ps, TCGType type)
{
    char buf[64];
    const char *t = token(ps, buf, sizeof(buf));
    int64_t v;

    if (*t == '%') {
        return parse_local(ps, t);
    }
    if (*t == '$') {
        if (!number(t + 1, &v)) {
            fail(ps, "bad constant", t);
        }
        return tcg_constant(ps->s, type, v).i;
    }
    for (unsigned i = 0; i <= ps->s->nb_globals; i++) {
        if (!strcmp(ps->s->temps[i].name, t)) {
            return i;
        }
    }
    fail(ps, "unknown temp", t);
    return 0;
}

/* ---- constant arguments ---------------------------------------------------------------------- */

static uint32_t parse_label(Parser *ps, const char *t)
{
    const char *end = t;
    uint64_t n = *t == 'L' ? decimal(t + 1, &end) : UINT64_MAX;

    if (n >= TCG_MAX_LABELS || *end) {
        fail(ps, "bad label", t);
        return 0;
    }
    while (ps->s->nb_labels <= n) {
        tcg_new_label(ps->s);
    }
    return n;
}

/* Size name first, then +be, +al, +rmw and +mmuN. */
static uint32_t parse_memop(Parser *ps, const char *t)
{
    static const char *const names[8] = {"ub", "uw", "ul", "uq", "sb", "sw", "sl", "sq"};
    char **parts = g_strsplit(t, "+", -1);
    uint32_t oi = 0;
    int size = parts[0] ? find_name(names, 8, parts[0]) : -1;
    bool ok = size >= 0, has_mmu = false;

    for (unsigned i = 1; ok && parts[i]; i++) {
        int64_t mmu;
        if (!strcmp(parts[i], "be")) {
            oi |= MO_BE;
        } else if (!strcmp(parts[i], "al")) {
            oi |= MO_ALIGN;
        } else if (!strcmp(parts[i], "rmw")) {
            oi |= MO_RMW;
        } else if (!has_mmu && g_str_has_prefix(parts[i], "mmu") && number(parts[i] + 3, &mmu) &&
                   mmu >= 0 && mmu <= 0xff) {
            oi |= (uint32_t)mmu << 8;
            has_mmu = true;
        } else {
            ok = false;
        }
    }
    g_strfreev(parts);
    if (!ok) {
        fail(ps, "bad memory operation", t);
    }
    return oi | (uint32_t)(ok ? size : 0);
}

static uint32_t parse_bswap_flags(Parser *ps, const char *t)
{
    static const char *const names[8] = {"0",  "iz",    "oz",    "iz+oz",
                                         "os", "iz+os", "oz+os", "iz+oz+os"};
    int f = find_name(names, 8, t);

    if (f < 0) {
        fail(ps, "bad bswap flags", t);
    }
    return f < 0 ? 0 : f;
}

static uint32_t parse_carg(Parser *ps, TCGOpcode opc, unsigned n)
{
    char buf[64];
    const char *t = token(ps, buf, sizeof(buf));
    unsigned flags = tcg_op_defs[opc].flags;
    int64_t v;

    if ((flags & TCG_OPF_COND) && n == 0) {
        int c = find_name(tcg_cond_names, TCG_COND_COUNT, t);
        if (c < 0) {
            fail(ps, "unknown condition", t);
        }
        return c < 0 ? 0 : c;
    }
    if (flags & TCG_OPF_GUESTMEM) {
        return parse_memop(ps, t);
    }
    switch (opc) {
    case INDEX_op_br:
    case INDEX_op_brcond:
    case INDEX_op_set_label: return parse_label(ps, t);
    case INDEX_op_bswap16:
    case INDEX_op_bswap32:
    case INDEX_op_bswap64: return parse_bswap_flags(ps, t);
    default:
        if (!number(t, &v) || v < INT32_MIN || v > UINT32_MAX) {
            fail(ps, "bad number", t);
        }
        return (uint32_t)v;
    }
}

/* ---- ops ------------------------------------------------------------------------------------- */

static void parse_call(Parser *ps)
{
    TCGContext *s = ps->s;
    char buf[64];
    const char *t = token(ps, buf, sizeof(buf));
    unsigned h = 0, nargs = 0;
    TCGv args[TCG_MAX_CALL_ARGS], ret = TCGV_NONE;

    while (h < s->nb_helpers && strcmp(s->helpers[h].name, t)) {
        h++;
    }
    if (h == s->nb_helpers) {
        fail(ps, "unknown helper", t);
        return;
    }
    const char *sig = s->helpers[h].signature;
    const char *mark = ps->p;
    if (strcmp(token(ps, buf, sizeof(buf)), "-")) {
        ps->p = mark;
        ret.i = parse_temp(ps, sig[0] == 'w' ? TCG_TYPE_I32 : TCG_TYPE_I64);
    }
    for (; ps->p[strspn(ps->p, separators)]; nargs++) {
        if (nargs == TCG_MAX_CALL_ARGS) {
            fail(ps, "too many arguments for", s->helpers[h].name);
            return;
        }
        bool w = nargs + 1 < strlen(sig) && sig[nargs + 1] == 'w';
        args[nargs].i = parse_temp(ps, w ? TCG_TYPE_I32 : TCG_TYPE_I64);
    }
    tcg_gen_call(s, h, ret, nargs, args);
}

static bool find_op(const char *t, TCGOpcode *opc, TCGType *type)
{
    for (unsigned i = 0; i < INDEX_op_COUNT; i++) {
        const TCGOpDef *def = &tcg_op_defs[i];
        size_t n = strlen(def->name);
        if (strncmp(t, def->name, n)) {
            continue;
        }
        *opc = i;
        *type = def->types == TCG_OPT_W ? TCG_TYPE_I32 : TCG_TYPE_I64;
        if (def->types != TCG_OPT_I && !t[n]) {
            return true;
        }
        if (def->types == TCG_OPT_I && (!strcmp(t + n, "_i32") || !strcmp(t + n, "_i64"))) {
            *type = t[n + 2] == '3' ? TCG_TYPE_I32 : TCG_TYPE_I64;
            return true;
        }
    }
    return false;
}

/* Type of the n-th temp of an op that is not a call, as far as the op's name says it. */
static TCGType temp_type(TCGOpcode opc, TCGType type, unsigned n)
{
    const TCGOpDef *def = &tcg_op_defs[opc];

    if (n >= def->nb_oargs && (def->flags & (TCG_OPF_WIDEN | TCG_OPF_NARROW))) {
        return def->flags & TCG_OPF_WIDEN ? TCG_TYPE_I32 : TCG_TYPE_I64;
    }
    if (n == 1 && (def->flags & (TCG_OPF_HOSTMEM | TCG_OPF_GUESTMEM))) {
        return TCG_TYPE_I64;
    }
    return type;
}

/* inner OFFSET, LABEL|root, SETS: an entry of the table of goto_inner, in front of these ops. */
static void parse_inner(Parser *ps)
{
    TCGContext *s = ps->s;
    char buf[64];
    const char *t = token(ps, buf, sizeof(buf));
    int64_t offset, sets;

    for (unsigned i = 0; i < s->nb_ops; i++) {
        if (s->ops[i].opc == INDEX_op_goto_inner) {
            fail(ps, "behind a goto_inner:", "inner");
        }
    }
    if (!number(t, &offset) || offset < 0 || offset > UINT16_MAX || s->nb_inner == TCG_MAX_INNER) {
        fail(ps, "bad page offset", t);
        return;
    }
    t = token(ps, buf, sizeof(buf));
    uint32_t label = strcmp(t, "root") ? parse_label(ps, t) : (uint32_t)TCG_ROOT_LABEL;
    t = token(ps, buf, sizeof(buf));
    if (!number(t, &sets) || sets < 0 || sets > UINT32_MAX) {
        fail(ps, "bad sets", t);
    }
    s->inner[s->nb_inner++] = (TCGInner){(uint16_t)offset, (uint16_t)label, (uint32_t)sets};
}

static void parse_line(Parser *ps)
{
    TCGContext *s = ps->s;
    char buf[64];
    const char *t = token(ps, buf, sizeof(buf));
    TCGOpcode opc;
    TCGType type;
    uint32_t args[TCG_OP_ARGS] = {0};

    if (!*t) {
        return;
    }
    if (!strcmp(t, "inner")) {
        parse_inner(ps);
        if (*token(ps, buf, sizeof(buf))) {
            fail(ps, "more than it takes:", buf);
        }
        return;
    }
    if (!find_op(t, &opc, &type)) {
        fail(ps, "unknown op", t);
        return;
    }
    if (opc == INDEX_op_call) {
        parse_call(ps);
    } else {
        const TCGOpDef *def = &tcg_op_defs[opc];
        unsigned nt = def->nb_oargs + def->nb_iargs;
        for (unsigned i = 0; i < nt; i++) {
            args[i] = parse_temp(ps, temp_type(opc, type, i));
        }
        for (unsigned i = 0; i < def->nb_cargs; i++) {
            args[nt + i] = parse_carg(ps, opc, i);
        }
        if (ps->error) {
            return;
        }
        TCGOp *op = tcg_emit(s, opc, type);
        memcpy(op->args, args, sizeof(op->args));
        int l = tcg_op_label_arg(op);
        if (l >= 0 && opc == INDEX_op_set_label) {
            s->labels[args[l]].present = true;
        } else if (l >= 0) {
            s->labels[args[l]].refs++;
        } else if (opc == INDEX_op_goto_inner && args[1] < TCG_INNER_SETS) {
            tcg_inner_refs(s, op, 1);
        }
    }
    if (*token(ps, buf, sizeof(buf))) {
        fail(ps, "more than the op takes:", buf);
    }
}

/*
 * Makes every local that the text names before anything else, in the order of their numbers, so
 * that a dump of the parsed ops names them the same. Skipped numbers become i64 locals.
 */
static void make_locals(Parser *ps, const char *text)
{
    uint8_t seen[CPU_MAX_LOCALS] = {0}; /* 1 + type */
    unsigned n = 0;
    bool comment = false;

    for (const char *p = text; *p; p++) {
        comment = *p == '#' || (comment && *p != '\n');
        if (*p == '%' && !comment && g_ascii_isdigit(p[1])) {
            char *end;
            uint64_t k = g_ascii_strtoull(p + 1, &end, 10);
            if (k < CPU_MAX_LOCALS) {
                seen[k] = seen[k] ? seen[k] : *end == 'w' ? 1 : 2;
                n = MAX(n, k + 1);
            }
        }
    }
    for (unsigned k = 0; k < n; k++) {
        ps->locals[k] = tcg_temp_new(ps->s, seen[k] == 1 ? TCG_TYPE_I32 : TCG_TYPE_I64).i;
    }
}

char *tcg_parse_ops(TCGContext *s, const char *text)
{
    Parser ps = {.s = s};
    char **lines = g_strsplit(text, "\n", -1);

    make_locals(&ps, text);
    for (unsigned i = 0; lines[i] && !ps.error; i++) {
        char *comment = strchr(lines[i], '#');
        if (comment) {
            *comment = 0;
        }
        ps.line = i + 1;
        ps.p = lines[i];
        parse_line(&ps);
        if (s->overflow) {
            fail(&ps, "too large:", lines[i]);
        }
    }
    g_strfreev(lines);
    return ps.error;
}
