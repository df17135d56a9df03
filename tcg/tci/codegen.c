/*
 * IR to bytecode. One forward pass; mostly one IR op becomes one word, and four patterns of
 * neighbouring ops become one word together:
 *
 *   add t, a, $imm; guest load or store at t          -> load or store with displacement
 *   add/sub/mul/shl t, a, b; sextract d, t, 0, 32     -> the W form
 *   brcond over two goto_tb of the own page           -> compare, choose, enter
 *   setcond with a small constant                     -> immediate form
 *
 * A pattern may swallow an op only if its result dies there (liveness says so).
 */
#include <string.h>

#include "tcg/tci/tci.h"

enum { KNOWN_CELLS = 8 };

typedef struct Gen {
    TCGContext *s;
    TCIGen *g;
    TCIInsn *out;
    unsigned n;       /* words written */
    unsigned scratch; /* scratch cells used by the current op */
    bool failed;
    /* cells that hold a constant now: the optimiser prefers constants, an op word cells */
    struct {
        int64_t val;
        unsigned cell;
    } known[KNOWN_CELLS];
    unsigned nb_known;
    struct {
        unsigned word;
        uint16_t label;
    } fixup[TCG_MAX_LABELS];
    unsigned nb_fixups;
    int32_t label_at[TCG_MAX_LABELS];
} Gen;

/* ---- emission ---------------------------------------------------------------------------------
 */

static TCIInsn *emit(Gen *g, unsigned op, unsigned a, unsigned b, unsigned c)
{
    TCIInsn *i = &g->out[g->n++];
    *i = (TCIInsn){(uint16_t)op, (uint16_t)a, (uint16_t)b, (uint16_t)c};
    return i;
}

static void emit64(Gen *g, uint64_t v)
{
    memcpy(&g->out[g->n++], &v, 8);
}

static void emit_movi(Gen *g, unsigned cell, int64_t v)
{
    if (v == (int32_t)v) {
        emit(g, TCI_movi, cell, (uint32_t)v & 0xffff, (uint32_t)v >> 16);
    } else {
        emit(g, TCI_movi64, cell, 0, 0);
        emit64(g, (uint64_t)v);
    }
}

static const TCGTemp *temp(Gen *g, uint32_t arg)
{
    return &g->s->temps[arg];
}

static bool is_const(Gen *g, uint32_t arg)
{
    return temp(g, arg)->kind == TEMP_CONST;
}

/* A constant that fits the immediate field? */
static bool is_imm(Gen *g, uint32_t arg)
{
    return is_const(g, arg) && temp(g, arg)->val == (int16_t)temp(g, arg)->val;
}

static unsigned imm(Gen *g, uint32_t arg)
{
    return (uint16_t)temp(g, arg)->val;
}

/* The cell of a temp; constants are put into a scratch cell first. */
static unsigned cell(Gen *g, uint32_t arg)
{
    const TCGTemp *t = temp(g, arg);
    switch ((TCGTempKind)t->kind) {
    case TEMP_GLOBAL: return t->env_offset;
    case TEMP_LOCAL:
        if (t->slot >= CPU_MAX_LOCALS - 8) {
            g->failed = true;
            return TCI_CELL_SCRATCH;
        }
        return CPU_TEMPS_OFFSET + 8u * t->slot;
    case TEMP_CONST:
        if (t->val == 0) {
            return TCI_CELL_ZERO;
        } else {
            for (unsigned k = 0; k < g->nb_known; k++) {
                if (g->known[k].val == t->val) {
                    return g->known[k].cell;
                }
            }
            unsigned c = TCI_CELL_SCRATCH + 8 * (g->scratch++ & 7);
            emit_movi(g, c, t->val);
            return c;
        }
    case TEMP_ENV: break;
    }
    g_error("tci: env used as a value");
}

static void know(Gen *g, unsigned cell, int64_t val)
{
    unsigned k = g->nb_known < KNOWN_CELLS ? g->nb_known++ : (unsigned)val % KNOWN_CELLS;
    g->known[k].val = val;
    g->known[k].cell = cell;
}

/* After an op: what its outputs held is gone; a constant that it moved is there. */
static void track_constants(Gen *g, const TCGOp *op)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];
    unsigned nb = def->flags & TCG_OPF_CALL ? op->args[1] != 0xffff : def->nb_oargs;
    const uint32_t *out = def->flags & TCG_OPF_CALL ? &op->args[1] : op->args;

    if (op->opc == INDEX_op_set_label ||
        (def->flags & TCG_OPF_CALL && g->s->helpers[op->args[0]].flags & TCG_CALL_WRITE_STATE)) {
        g->nb_known = 0;
    }
    for (unsigned n = 0; n < nb && g->nb_known; n++) {
        unsigned c = cell(g, out[n]);
        for (unsigned k = 0; k < g->nb_known;) {
            if (g->known[k].cell == c) {
                g->known[k] = g->known[--g->nb_known];
            } else {
                k++;
            }
        }
    }
    if (op->opc == INDEX_op_mov && op->type == TCG_TYPE_I64 && is_const(g, op->args[1])) {
        know(g, cell(g, op->args[0]), temp(g, op->args[1])->val);
    }
}

/* A word that names a label; resolved at the end. The displacement stands in c. */
static void branch_to(Gen *g, uint32_t label)
{
    g->fixup[g->nb_fixups].word = g->n - 1;
    g->fixup[g->nb_fixups++].label = (uint16_t)label;
}

/* ---- tables from the op lists -----------------------------------------------------------------
 */

typedef struct OpMap {
    uint16_t rr; /* _i64 form; the _i32 form is the next opcode */
    uint16_t ri;
    uint16_t w; /* W form with cells; with immediate the next opcode */
} OpMap;

static const OpMap op_map[INDEX_op_COUNT] = {
#define TCI_BIN(n, e)    [INDEX_op_##n].rr = TCI_##n##_i64,
#define TCI_IMM(n, e)    [INDEX_op_##n].ri = TCI_##n##i_i64,
#define TCI_EXT(n, e)    [INDEX_op_##n].w = TCI_##n##w,
#define TCI_UN(n, e)     [INDEX_op_##n].rr = TCI_##n##_i64,
#define TCI_HLD(n, c, r) [INDEX_op_##n].rr = TCI_##n##_env,
#define TCI_HST(n, c)    [INDEX_op_##n].rr = TCI_##n##_env,
#include "tcg/tci/ops.def"
};

/* Compare ops exist for six conditions; the others swap operands. TST conditions have none. */
typedef struct CondMap {
    uint16_t set; /* set, set with immediate (+2); _i32 is the next opcode */
    uint16_t br, exit;
    bool swap;
} CondMap;

#define COND(n) TCI_set##n##_i64, TCI_b##n##_i64, TCI_x##n##_i64
static const CondMap cond_map[TCG_COND_COUNT] = {
    [TCG_COND_EQ] = {COND(eq), false},   [TCG_COND_NE] = {COND(ne), false},
    [TCG_COND_LT] = {COND(lt), false},   [TCG_COND_GE] = {COND(ge), false},
    [TCG_COND_GT] = {COND(lt), true},    [TCG_COND_LE] = {COND(ge), true},
    [TCG_COND_LTU] = {COND(ltu), false}, [TCG_COND_GEU] = {COND(geu), false},
    [TCG_COND_GTU] = {COND(ltu), true},  [TCG_COND_LEU] = {COND(geu), true},
};

/*
 * Reduces any condition to one of cond_map, with cells of its operands. NEVER and ALWAYS become 0
 * != 0 and 0 == 0; TST conditions compare the conjunction with 0.
 */
static const CondMap *compare_cells(Gen *g, TCGCond c, unsigned is32, uint32_t a, uint32_t b,
                                    unsigned *ca, unsigned *cb)
{
    if (c == TCG_COND_ALWAYS || c == TCG_COND_NEVER) {
        *ca = *cb = TCI_CELL_ZERO;
        return &cond_map[c == TCG_COND_ALWAYS ? TCG_COND_EQ : TCG_COND_NE];
    }
    *ca = cell(g, a);
    if (c == TCG_COND_TSTEQ || c == TCG_COND_TSTNE) {
        unsigned t = TCI_CELL_SCRATCH + 8 * (g->scratch++ & 7);
        if (is_imm(g, b)) {
            emit(g, TCI_andi_i64 + is32, t, *ca, imm(g, b));
        } else {
            emit(g, TCI_and_i64 + is32, t, *ca, cell(g, b));
        }
        *ca = t;
        *cb = TCI_CELL_ZERO;
        return &cond_map[c == TCG_COND_TSTEQ ? TCG_COND_EQ : TCG_COND_NE];
    }
    *cb = cell(g, b);
    const CondMap *m = &cond_map[c];
    if (m->swap) {
        unsigned t = *ca;
        *ca = *cb;
        *cb = t;
    }
    return m;
}

/* ---- groups of ops ----------------------------------------------------------------------------
 */

static bool dies(const TCGOp *op, unsigned arg)
{
    return op->dead >> arg & 1;
}

static void gen_binary(Gen *g, const TCGOp *op, unsigned d, bool wide_result)
{
    const OpMap *m = &op_map[op->opc];
    unsigned is32 = op->type == TCG_TYPE_I32;
    uint32_t b = op->args[2];

    if (op->opc == INDEX_op_sub && is_const(g, b) && temp(g, b)->val > INT16_MIN &&
        temp(g, b)->val <= INT16_MAX) {
        emit(g, wide_result ? TCI_addwi : TCI_addi_i64 + is32, d, cell(g, op->args[1]),
             (uint16_t)-temp(g, b)->val);
    } else if (wide_result) {
        bool ri = is_imm(g, b);
        unsigned ca = cell(g, op->args[1]);
        emit(g, m->w + ri, d, ca, ri ? imm(g, b) : cell(g, b));
    } else if (m->ri && is_imm(g, b)) {
        emit(g, m->ri + is32, d, cell(g, op->args[1]), imm(g, b));
    } else {
        unsigned ca = cell(g, op->args[1]), cb = cell(g, b);
        emit(g, m->rr + is32, d, ca, cb);
    }
}

static void gen_mov(Gen *g, const TCGOp *op)
{
    const TCGTemp *src = temp(g, op->args[1]);
    unsigned d = cell(g, op->args[0]);
    if (src->kind != TEMP_CONST) {
        emit(g, op->type == TCG_TYPE_I64 ? TCI_mov_i64 : TCI_mov_i32, d, cell(g, op->args[1]), 0);
    } else if (op->type == TCG_TYPE_I64) {
        emit_movi(g, d, src->val);
    } else {
        /* an i32 global is 4 bytes wide: never write 8 */
        emit(g, TCI_addi_i32, d, is_imm(g, op->args[1]) ? TCI_CELL_ZERO : cell(g, op->args[1]),
             is_imm(g, op->args[1]) ? imm(g, op->args[1]) : 0);
    }
}

static void gen_setcond(Gen *g, const TCGOp *op)
{
    unsigned is32 = op->type == TCG_TYPE_I32, d = cell(g, op->args[0]), ca, cb;
    TCGCond c = (TCGCond)op->args[3];
    const CondMap *m = &cond_map[c];

    if (m->set && !m->swap && is_imm(g, op->args[2]) && imm(g, op->args[2])) {
        emit(g, m->set + 2 + is32, d, cell(g, op->args[1]), imm(g, op->args[2]));
    } else {
        m = compare_cells(g, c, is32, op->args[1], op->args[2], &ca, &cb);
        emit(g, m->set + is32, d, ca, cb);
    }
    if (op->opc == INDEX_op_negsetcond) {
        emit(g, TCI_neg_i64 + is32, d, d, 0);
    }
}

static void gen_movcond(Gen *g, const TCGOp *op)
{
    unsigned c1 = cell(g, op->args[1]), c2 = cell(g, op->args[2]);
    unsigned v1 = cell(g, op->args[3]), v2 = cell(g, op->args[4]);
    emit(g, op->type == TCG_TYPE_I64 ? TCI_movcond_i64 : TCI_movcond_i32, cell(g, op->args[0]), c1,
         c2);
    emit(g, v1, v2, op->args[5], 0);
}

static void gen_extract(Gen *g, const TCGOp *op)
{
    unsigned d = cell(g, op->args[0]), a = cell(g, op->args[1]);
    unsigned pos = op->args[2], len = op->args[3], both = pos | len << 8;
    bool sign = op->opc == INDEX_op_sextract;

    if (op->type == TCG_TYPE_I32) {
        emit(g, sign ? TCI_sextract_i32 : TCI_extract_i32, d, a, both);
    } else if (pos == 0 && len == 32) {
        emit(g, sign ? TCI_ext32s : TCI_ext32u, d, a, 0);
    } else if (pos == 0 && len == 16) {
        emit(g, sign ? TCI_ext16s : TCI_ext16u, d, a, 0);
    } else if (pos == 0 && len == 8 && sign) {
        emit(g, TCI_ext8s, d, a, 0);
    } else if (pos == 0 && len <= 15 && !sign) {
        emit(g, TCI_andi_i64, d, a, (1u << len) - 1);
    } else if (pos + len == 64) {
        emit(g, sign ? TCI_sari_i64 : TCI_shri_i64, d, a, pos);
    } else {
        emit(g, sign ? TCI_sextract_i64 : TCI_extract_i64, d, a, both);
    }
}

static void gen_two_results(Gen *g, const TCGOp *op)
{
    static const uint16_t ops[2][2] = {{TCI_mulu2_i64, TCI_mulu2_i32},
                                       {TCI_muls2_i64, TCI_muls2_i32}};
    unsigned a = cell(g, op->args[2]), b = cell(g, op->args[3]);
    unsigned lo = cell(g, op->args[0]), hi = cell(g, op->args[1]);
    emit(g, ops[op->opc == INDEX_op_muls2][op->type == TCG_TYPE_I32], lo, a, b);
    emit(g, hi, 0, 0, 0);
}

static void gen_deposit(Gen *g, const TCGOp *op)
{
    unsigned a = cell(g, op->args[1]), b = cell(g, op->args[2]);
    emit(g, op->type == TCG_TYPE_I64 ? TCI_deposit_i64 : TCI_deposit_i32, cell(g, op->args[0]), a,
         b);
    emit(g, op->args[3], op->args[4], 0, 0);
}

/* bswap works on whole 64-bit cells: an i32 operand or result goes through scratch and extract. */
static void gen_bswap(Gen *g, const TCGOp *op)
{
    unsigned bits = op->opc == INDEX_op_bswap16 ? 16 : 32;
    unsigned bop = op->opc == INDEX_op_bswap16   ? TCI_bswap16
                   : op->opc == INDEX_op_bswap32 ? TCI_bswap32
                                                 : TCI_bswap64;
    unsigned a = cell(g, op->args[1]), d = cell(g, op->args[0]);
    (void)bits;
    if (op->type == TCG_TYPE_I64) {
        emit(g, bop, d, a, op->args[2]);
    } else {
        unsigned t = TCI_CELL_SCRATCH + 8 * (g->scratch++ & 7);
        emit(g, TCI_ext32u, t, a, 0);
        emit(g, bop, t, t, op->args[2]);
        emit(g, TCI_mov_i32, d, t, 0);
    }
}

static void gen_host_mem(Gen *g, const TCGOp *op)
{
    static const uint16_t narrow[INDEX_op_COUNT] = {
        [INDEX_op_ld] = INDEX_op_ld32u,
        [INDEX_op_st] = INDEX_op_st32,
    };
    bool store = tcg_op_defs[op->opc].nb_oargs == 0;
    bool is32 = op->type == TCG_TYPE_I32;
    unsigned opc = is32 && narrow[op->opc] ? narrow[op->opc] : op->opc;
    unsigned bop = op_map[opc].rr; /* the _ptr form is the next opcode */
    int32_t off = (int32_t)op->args[2];
    unsigned v = cell(g, op->args[0]);

    /* an i32 result may be a 4-byte global: load into scratch, then move 32 bits */
    unsigned d = v;
    if (is32 && !store) {
        d = TCI_CELL_SCRATCH + 8 * (g->scratch++ & 7);
    }
    if (temp(g, op->args[1])->kind == TEMP_ENV && off >= 0 && off <= UINT16_MAX) {
        emit(g, bop, d, (uint32_t)off, 0);
    } else if (temp(g, op->args[1])->kind == TEMP_ENV || off != (int16_t)off) {
        g->failed = true; /* no front end does this: state lies within reach */
    } else {
        emit(g, bop + 1, d, cell(g, op->args[1]), (uint16_t)off);
    }
    if (d != v) {
        emit(g, TCI_mov_i32, v, d, 0);
    }
}

/* Half of an atomic operation: these have ops of their own. */
static bool is_atomic(const TCGOp *op)
{
    MemOp mop = get_memop(op->args[2]);
    bool sized = (mop & MO_SIZE) == MO_64 || (mop & MO_SIZE) == MO_32;

    if (op->type != TCG_TYPE_I64 || !sized || !(mop & MO_ALIGN) || mop & MO_BE) {
        return false;
    }
    return op->opc == INDEX_op_qemu_st || (mop & MO_RMW && mop & MO_SIGN);
}

/* Guest load or store at base + disp (a folded add). */
static void gen_guest_mem(Gen *g, const TCGOp *op, uint32_t base, unsigned disp)
{
    static const uint16_t loads[8] = {
        [MO_UB] = TCI_qld_ub_0, [MO_SB] = TCI_qld_sb_0,           [MO_UW] = TCI_qld_uw_0,
        [MO_SW] = TCI_qld_sw_0, [MO_UL] = TCI_qld_ul_0,           [MO_SL] = TCI_qld_sl_0,
        [MO_UQ] = TCI_qld_uq_0, [MO_UQ | MO_SIGN] = TCI_qld_uq_0,
    };
    static const uint16_t stores[4] = {TCI_qst_ub_0, TCI_qst_uw_0, TCI_qst_ul_0, TCI_qst_uq_0};
    MemOpIdx oi = op->args[2];
    MemOp mop = get_memop(oi);
    bool load = op->opc == INDEX_op_qemu_ld, is32 = op->type == TCG_TYPE_I32;
    unsigned v = cell(g, op->args[0]), a = cell(g, base);

    if (!(mop & (MO_BE | MO_ALIGN | MO_RMW)) && !is32) {
        unsigned bop = load ? loads[mop & (MO_SIZE | MO_SIGN)] : stores[mop & MO_SIZE];
        emit(g, bop + get_mmuidx(oi), v, a, disp);
    } else if (is_atomic(op)) {
        emit(g, load ? TCI_qld_rmw : TCI_qst_al, v, a, oi);
    } else {
        emit(g, load ? TCI_qld_any : TCI_qst_any, v, a, 0);
        emit(g, oi & 0xffff, oi >> 16, is32, 0);
    }
}

static void gen_call(Gen *g, const TCGOp *op)
{
    static const struct {
        const char *sig;
        uint16_t op;
    } direct[] = {
#define TCI_CALLV(s, p, a) {#s, TCI_call_##s},
#define TCI_CALLL(s, p, a) {#s, TCI_call_##s},
#include "tcg/tci/ops.def"
    };
    const TCGHelperInfo *info = &g->s->helpers[op->args[0]];
    uint16_t cells[8] = {0};
    unsigned bop = TCI_call_ffi, n = op->nb_call_args;
    uint64_t fn;

    for (unsigned k = 0; k < G_N_ELEMENTS(direct); k++) {
        if (!strcmp(direct[k].sig, info->signature)) {
            bop = direct[k].op;
            break;
        }
    }
    for (unsigned k = 0; k < n; k++) {
        uint32_t t = op->args[2 + k];
        cells[k] = temp(g, t)->kind == TEMP_ENV ? 0 : (uint16_t)cell(g, t);
    }
    /* a result nobody wants goes to a scratch cell */
    unsigned d = op->args[1] == 0xffff ? TCI_CELL_SCRATCH : cell(g, op->args[1]);
    emit(g, bop, d, !!(info->flags & TCG_CALL_RAISE), n);
    fn = bop == TCI_call_ffi ? (uint64_t)(uintptr_t)tci_prepare_call(info)
                             : (uint64_t)(uintptr_t)info->func;
    emit64(g, fn);
    for (unsigned k = 0; k < n; k += 4) {
        emit(g, cells[k], cells[k + 1], cells[k + 2], cells[k + 3]);
    }
}

/* ---- exits and patterns -----------------------------------------------------------------------
 */

static bool links(const Gen *g, int32_t disp)
{
    return !g->g->no_links && disp >= 0 && disp < TARGET_PAGE_SIZE;
}

static void gen_goto_tb(Gen *g, const TCGOp *op)
{
    int32_t disp = (int32_t)op->args[1];
    uint32_t v = links(g, disp) ? g->g->slot_for(g->g->opaque, (uint32_t)disp) : (uint32_t)disp;
    emit(g, links(g, disp) ? TCI_goto_tb : TCI_goto_far, 0, v & 0xffff, v >> 16);
    if (!links(g, disp) && g->g->nb_far < G_N_ELEMENTS(g->g->far)) {
        g->g->far[g->g->nb_far++] = disp;
    }
}

/* brcond L; goto_tb near; set_label L; goto_tb near: one word that chooses the slot. */
static bool match_branch_exits(Gen *g, const TCGOp *op, const TCGOp *end)
{
    return end - op >= 4 && op[1].opc == INDEX_op_goto_tb && op[2].opc == INDEX_op_set_label &&
           op[2].args[0] == op->args[3] && op[3].opc == INDEX_op_goto_tb &&
           g->s->labels[op->args[3]].refs == 1 && links(g, (int32_t)op[1].args[1]) &&
           links(g, (int32_t)op[3].args[1]);
}

static const TCGOp *gen_brcond(Gen *g, const TCGOp *op, const TCGOp *end)
{
    unsigned is32 = op->type == TCG_TYPE_I32, ca, cb;
    const CondMap *m =
        compare_cells(g, (TCGCond)op->args[2], is32, op->args[0], op->args[1], &ca, &cb);

    if (match_branch_exits(g, op, end)) {
        uint32_t taken = g->g->slot_for(g->g->opaque, op[3].args[1]);
        uint32_t fall = g->g->slot_for(g->g->opaque, op[1].args[1]);
        emit(g, m->exit + is32, ca, cb, 0);
        emit64(g, (uint64_t)fall << 32 | taken);
        return op + 3;
    }
    emit(g, m->br + is32, ca, cb, 0);
    branch_to(g, op->args[3]);
    return op;
}

/* add/sub/mul/shl into a local that dies in the sextract to 32 bits behind it. */
static bool match_w(const TCGOp *op, const TCGOp *end)
{
    return op + 1 < end && op_map[op->opc].w && op->type == TCG_TYPE_I64 &&
           op[1].opc == INDEX_op_sextract && op[1].type == TCG_TYPE_I64 && op[1].args[2] == 0 &&
           op[1].args[3] == 32 && op[1].args[1] == op->args[0] && dies(&op[1], 1);
}

/* add with a small constant into a local that dies as the address behind it. */
static bool match_address(Gen *g, const TCGOp *op, const TCGOp *end)
{
    if (op + 1 >= end || op->opc != INDEX_op_add || op->type != TCG_TYPE_I64 ||
        !is_imm(g, op->args[2])) {
        return false;
    }
    const TCGOp *m = op + 1;
    if ((m->opc != INDEX_op_qemu_ld && m->opc != INDEX_op_qemu_st) || m->args[1] != op->args[0] ||
        !dies(m, 1) || temp(g, op->args[0])->kind != TEMP_LOCAL) {
        return false;
    }
    return m->type == TCG_TYPE_I64 && !(get_memop(m->args[2]) & (MO_BE | MO_ALIGN | MO_RMW)) &&
           (m->opc == INDEX_op_qemu_ld || m->args[0] != op->args[0]);
}

/* One op, or a pattern; returns the last op consumed. */
static const TCGOp *gen_op(Gen *g, const TCGOp *op, const TCGOp *end)
{
    g->scratch = 0;
    switch ((TCGOpcode)op->opc) {
    case INDEX_op_insn_start:
        if (g->g->nb_starts == g->g->max_starts) {
            g->failed = true;
            return op;
        }
        if (g->g->count_runs) {
            g->nb_known = 0; /* compiled code may go on here */
        }
        g->g->starts[g->g->nb_starts++] =
            (TCIInsnStart){(uint16_t)g->n, (uint16_t)op->args[0], op->args[1]};
        return op;
    case INDEX_op_discard:
    case INDEX_op_mb: /* one vCPU: program order is enough */ return op;
    case INDEX_op_set_label: g->label_at[op->args[0]] = (int32_t)g->n; return op;
    case INDEX_op_br:
        emit(g, TCI_br, 0, 0, 0);
        branch_to(g, op->args[0]);
        return op;
    case INDEX_op_brcond: return gen_brcond(g, op, end);
    case INDEX_op_call: gen_call(g, op); return op;
    case INDEX_op_goto_tb: gen_goto_tb(g, op); return op;
    case INDEX_op_goto_ptr: emit(g, TCI_goto_ptr, cell(g, op->args[0]), 0, 0); return op;
    case INDEX_op_exit_tb: emit(g, TCI_exit_tb, cell(g, op->args[0]), 0, 0); return op;
    case INDEX_op_exit_trap: emit(g, TCI_exit_trap, 0, 0, 0); return op;
    case INDEX_op_goto_inner:
    case INDEX_op_tb_head: g->failed = true; return op; /* regions are for compiled code */
    case INDEX_op_mov: gen_mov(g, op); return op;
    case INDEX_op_setcond:
    case INDEX_op_negsetcond: gen_setcond(g, op); return op;
    case INDEX_op_movcond: gen_movcond(g, op); return op;
    case INDEX_op_neg:
    case INDEX_op_not:
    case INDEX_op_ctpop:
        emit(g, op_map[op->opc].rr + (op->type == TCG_TYPE_I32), cell(g, op->args[0]),
             cell(g, op->args[1]), 0);
        return op;
    case INDEX_op_add:
        if (match_address(g, op, end)) {
            gen_guest_mem(g, op + 1, op->args[1], imm(g, op->args[2]));
            return op + 1;
        } /* fall through */
    case INDEX_op_sub:
    case INDEX_op_mul:
    case INDEX_op_shl:
        if (match_w(op, end)) {
            gen_binary(g, op, cell(g, op[1].args[0]), true);
            return op + 1;
        } /* fall through */
    case INDEX_op_and:
    case INDEX_op_or:
    case INDEX_op_xor:
    case INDEX_op_andc:
    case INDEX_op_orc:
    case INDEX_op_eqv:
    case INDEX_op_nand:
    case INDEX_op_nor:
    case INDEX_op_shr:
    case INDEX_op_sar:
    case INDEX_op_rotl:
    case INDEX_op_rotr:
    case INDEX_op_div:
    case INDEX_op_divu:
    case INDEX_op_rem:
    case INDEX_op_remu:
    case INDEX_op_muluh:
    case INDEX_op_mulsh:
    case INDEX_op_clz:
    case INDEX_op_ctz: gen_binary(g, op, cell(g, op->args[0]), false); return op;
    case INDEX_op_mulu2:
    case INDEX_op_muls2: gen_two_results(g, op); return op;
    case INDEX_op_deposit: gen_deposit(g, op); return op;
    case INDEX_op_extract:
    case INDEX_op_sextract: gen_extract(g, op); return op;
    case INDEX_op_bswap16:
    case INDEX_op_bswap32:
    case INDEX_op_bswap64: gen_bswap(g, op); return op;
    case INDEX_op_ext_i32:
        emit(g, TCI_ext32s, cell(g, op->args[0]), cell(g, op->args[1]), 0);
        return op;
    case INDEX_op_extu_i32:
        emit(g, TCI_ext32u, cell(g, op->args[0]), cell(g, op->args[1]), 0);
        return op;
    case INDEX_op_extrl_i64:
        emit(g, TCI_mov_i32, cell(g, op->args[0]), cell(g, op->args[1]), 0);
        return op;
    case INDEX_op_extrh_i64:
        emit(g, TCI_extrh, cell(g, op->args[0]), cell(g, op->args[1]), 0);
        return op;
    case INDEX_op_ld8u:
    case INDEX_op_ld8s:
    case INDEX_op_ld16u:
    case INDEX_op_ld16s:
    case INDEX_op_ld32u:
    case INDEX_op_ld32s:
    case INDEX_op_ld:
    case INDEX_op_st8:
    case INDEX_op_st16:
    case INDEX_op_st32:
    case INDEX_op_st: gen_host_mem(g, op); return op;
    case INDEX_op_qemu_ld:
    case INDEX_op_qemu_st: gen_guest_mem(g, op, op->args[1], 0); return op;
    case INDEX_op_COUNT: break;
    }
    g_error("tci: op %u has no bytecode", op->opc);
}

bool tci_generate(TCGContext *s, TCIGen *gen)
{
    Gen g = {.s = s, .g = gen, .out = (TCIInsn *)gen->out};
    const TCGOp *end = s->ops + s->nb_ops;

    gen->nb_starts = gen->nb_far = 0;
    if (gen->count_runs) {
        emit(&g, TCI_count, gen->count_slot & 0xffff, gen->count_slot >> 16, gen->count_runs);
    }
    for (const TCGOp *op = s->ops; op < end; op++) {
        const TCGOp *last = gen_op(&g, op, end);
        for (; op <= last; op++) {
            track_constants(&g, op);
        }
        op = last;
        if (g.failed || g.n > TCI_TB_WORDS - 32 || g.nb_fixups >= TCG_MAX_LABELS - 2) {
            return false;
        }
    }
    for (unsigned k = 0; k < g.nb_fixups; k++) {
        int32_t disp = g.label_at[g.fixup[k].label] - (int32_t)g.fixup[k].word;
        if (disp != (int16_t)disp) {
            return false;
        }
        g.out[g.fixup[k].word].c = (uint16_t)disp;
    }
    gen->nb_words = g.n;
    return true;
}
