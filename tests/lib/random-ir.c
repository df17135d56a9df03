/* See random-ir.h. */
#include "tests/lib/random-ir.h"

#include <string.h>

enum { MAX_POOL = 64, MAX_DEPTH = 3 };

typedef struct Gen {
    TCGContext *s;
    const RandomIrConfig *cfg;
    uint64_t rng;
    /* locals that are certainly written at this point, by type */
    TCGv pool[2][MAX_POOL];
    unsigned nb_pool[2];
    TCGv x[RANDOM_IR_GLOBALS64], w[RANDOM_IR_GLOBALS32];
    unsigned exits; /* goto_tb numbers used */
    unsigned pc;
    unsigned depth, loops;
    int budget; /* ops still to make */
} Gen;

static uint64_t rnd(Gen *g)
{
    return random_ir_next(&g->rng);
}
static unsigned below(Gen *g, unsigned n)
{
    return (rnd(g) >> 32) % n;
}
static bool one_in(Gen *g, unsigned n)
{
    return below(g, n) == 0;
}

/* ---- set-up ---------------------------------------------------------------------------------- */

void random_ir_init(TCGContext *s)
{
    static const char *const names64[] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7"};
    static const char *const names32[] = {"w0", "w1", "w2", "w3"};

    for (unsigned i = 0; i < RANDOM_IR_GLOBALS64; i++) {
        tcg_global_mem_new(s, TCG_TYPE_I64, offsetof(RandomEnv, x) + 8 * i, names64[i]);
    }
    for (unsigned i = 0; i < RANDOM_IR_GLOBALS32; i++) {
        tcg_global_mem_new(s, TCG_TYPE_I32, offsetof(RandomEnv, w) + 4 * i, names32[i]);
    }
    s->pc_page = tcg_global_mem_new(s, TCG_TYPE_I64, offsetof(CPUState, pc_page), "pc_page").i;
    s->fp_ops = random_ir_fp_ops;
    s->fp_flags_offset = offsetof(RandomEnv, fp_flags);
    tcg_register_helpers(s, random_ir_helpers, RANDOM_IR_HELPERS);
}

/* Numbers at which something happens, and numbers at which nothing does. */
static uint64_t interesting(Gen *g)
{
    switch (below(g, 8)) {
    case 0: return 0;
    case 1: return 1;
    case 2: return UINT64_MAX;
    case 3: return 1ull << below(g, 64);
    case 4: return (1ull << below(g, 64)) - 1;
    case 5: return (uint64_t)(int64_t)(int32_t)(1u << below(g, 32));
    case 6: return below(g, 4096) - 2048ull;
    default: return rnd(g) >> below(g, 64);
    }
}

void random_ir_init_state(RandomEnv *env, uint8_t *mem, uint64_t seed)
{
    Gen g = {.rng = seed ^ 0x5bd1e995};

    memset(env, 0, sizeof(*env));
    for (unsigned i = 0; i < RANDOM_IR_GLOBALS64; i++) {
        env->x[i] = interesting(&g);
    }
    for (unsigned i = 0; i < RANDOM_IR_GLOBALS32; i++) {
        env->w[i] = interesting(&g);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(env->scratch); i++) {
        env->scratch[i] = rnd(&g);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(env->pointed); i++) {
        env->pointed[i] = rnd(&g);
    }
    env->pointer = env->pointed;
    for (unsigned i = 0; i < RANDOM_IR_MEM_SIZE; i += 8) {
        uint64_t v = rnd(&g);
        memcpy(mem + i, &v, 8);
    }
}

/* ---- operands -------------------------------------------------------------------------------- */

static TCGv global(Gen *g, TCGType t)
{
    return t == TCG_TYPE_I32 ? g->w[below(g, RANDOM_IR_GLOBALS32)]
                             : g->x[below(g, RANDOM_IR_GLOBALS64)];
}

/* A temp to read. */
static TCGv src(Gen *g, TCGType t)
{
    unsigned k = below(g, 8);

    if (k < 2) {
        return tcg_constant(g->s, t, (int64_t)interesting(g));
    }
    if (k < 5 || !g->nb_pool[t]) {
        return global(g, t);
    }
    /* The newest locals are the ones that something is known about. */
    unsigned n = g->nb_pool[t];
    return g->pool[t][one_in(g, 3) ? below(g, n) : n - 1 - below(g, MIN(n, 3))];
}

/* A temp to write: becomes readable with done(). */
static TCGv dst(Gen *g, TCGType t)
{
    unsigned k = below(g, 8);

    if (k < 4) {
        return global(g, t);
    }
    if (k < 6 && g->nb_pool[t]) {
        return g->pool[t][below(g, g->nb_pool[t])];
    }
    return tcg_temp_new(g->s, t);
}

static void done(Gen *g, TCGType t, TCGv v)
{
    if (g->s->temps[v.i].kind == TEMP_LOCAL && g->nb_pool[t] < MAX_POOL) {
        g->pool[t][g->nb_pool[t]++] = v;
    }
}

static TCGCond cond(Gen *g)
{
    return (TCGCond)(one_in(g, 16) ? below(g, 2) : 2 + below(g, 12));
}

/* ---- ops ------------------------------------------------------------------------------------- */

static void gen_division(Gen *g, TCGOpcode opc, TCGType t)
{
    TCGv d = dst(g, t), a = src(g, t), b = src(g, t), safe = tcg_temp_new(g->s, t);
    TCGv max = tcg_constant(g->s, t, t == TCG_TYPE_I32 ? INT32_MAX : INT64_MAX);

    if (opc == INDEX_op_div || opc == INDEX_op_rem) {
        if (one_in(g, 3)) {
            /* a dividend without sign may have any divisor but 0 */
            TCGv pos = tcg_temp_new(g->s, t);
            tcg_gen_op3(g->s, INDEX_op_and, t, pos.i, a.i, max.i);
            done(g, t, pos);
            a = pos;
        } else {
            TCGv pos = tcg_temp_new(g->s, t);
            tcg_gen_op3(g->s, INDEX_op_and, t, pos.i, b.i, max.i);
            b = pos;
        }
    }
    tcg_gen_op3(g->s, INDEX_op_or, t, safe.i, b.i, tcg_constant(g->s, t, 1).i);
    if (one_in(g, 3)) {
        /* a constant divisor, for the rules about those */
        safe = tcg_constant(g->s, t, one_in(g, 2) ? 1ll << below(g, 31) : 1 + (int)below(g, 99));
    }
    tcg_gen_op3(g->s, opc, t, d.i, a.i, safe.i);
    done(g, t, d);
}

static uint32_t const_arg(Gen *g, TCGOpcode opc, unsigned n, unsigned width, uint32_t first)
{
    switch (opc) {
    case INDEX_op_setcond:
    case INDEX_op_negsetcond:
    case INDEX_op_movcond: return cond(g);
    case INDEX_op_deposit:
    case INDEX_op_extract:
    case INDEX_op_sextract:
        if (n == 0) {
            return one_in(g, 2) ? 0 : below(g, width);
        }
        return one_in(g, 4) ? width - first : 1 + below(g, width - first);
    case INDEX_op_bswap16:
    case INDEX_op_bswap32: return below(g, 3) * 2;
    default: return 0;
    }
}

/* Any op that touches nothing but temps. */
static void gen_plain(Gen *g)
{
    TCGOpcode opc;
    const TCGOpDef *def;

    do {
        opc = INDEX_op_mov + below(g, INDEX_op_extrh_i64 - INDEX_op_mov + 1);
        if (one_in(g, 4)) {
            static const uint8_t usual[] = {INDEX_op_mov,      INDEX_op_add,     INDEX_op_and,
                                            INDEX_op_sextract, INDEX_op_extract, INDEX_op_shl,
                                            INDEX_op_ext_i32,  INDEX_op_setcond};
            opc = usual[below(g, G_N_ELEMENTS(usual))];
        }
        def = &tcg_op_defs[opc];
    } while (def->types == TCG_OPT_N);

    TCGType t = def->types == TCG_OPT_I   ? (TCGType)one_in(g, 3) ^ 1
                : def->types == TCG_OPT_W ? TCG_TYPE_I32
                                          : TCG_TYPE_I64;
    TCGType in = def->flags & TCG_OPF_WIDEN    ? TCG_TYPE_I32
                 : def->flags & TCG_OPF_NARROW ? TCG_TYPE_I64
                                               : t;
    if (opc >= INDEX_op_div && opc <= INDEX_op_remu) {
        gen_division(g, opc, t);
        return;
    }
    uint32_t args[TCG_OP_ARGS];
    unsigned n = 0, ni = def->nb_oargs + def->nb_iargs;
    for (; n < def->nb_oargs; n++) {
        do {
            args[n] = dst(g, t).i;
        } while (n == 1 && args[0] == args[1]);
    }
    for (; n < ni; n++) {
        args[n] = src(g, in).i;
    }
    if (one_in(g, 10) && def->nb_iargs >= 2) {
        args[ni - 1] = args[def->nb_oargs];
    }
    for (unsigned i = 0; i < def->nb_cargs; i++, n++) {
        args[n] = const_arg(g, opc, i, t == TCG_TYPE_I32 ? 32 : 64, args[ni]);
    }
    memcpy(tcg_emit(g->s, opc, t)->args, args, n * sizeof(args[0]));
    for (unsigned i = 0; i < def->nb_oargs; i++) {
        done(g, t, (TCGv){args[i]});
    }
}

static TCGv gen_narrow(Gen *g, TCGv a, unsigned len)
{
    TCGv d = tcg_temp_new_i64(g->s);

    if (one_in(g, 2)) {
        tcg_gen_sextract_i64(g->s, d, a, 0, len);
    } else {
        tcg_gen_extract_i64(g->s, d, a, 0, len);
    }
    done(g, TCG_TYPE_I64, d);
    return d;
}

/* Narrow, compute, narrow again: where known bits are worth something, or wrong by one. */
static void gen_narrow_arith(Gen *g)
{
    static const uint8_t ops[] = {INDEX_op_add, INDEX_op_sub, INDEX_op_add, INDEX_op_mul,
                                  INDEX_op_shl, INDEX_op_sar, INDEX_op_xor, INDEX_op_andc,
                                  INDEX_op_eqv, INDEX_op_orc, INDEX_op_shr, INDEX_op_remu};
    unsigned len = one_in(g, 2) ? 32 : 8 + below(g, 40);
    TCGOpcode opc = ops[below(g, G_N_ELEMENTS(ops))];
    TCGv a = gen_narrow(g, src(g, TCG_TYPE_I64), len), r = tcg_temp_new_i64(g->s);
    TCGv b = gen_narrow(g, src(g, TCG_TYPE_I64), len);

    if (opc == INDEX_op_remu) {
        tcg_gen_ori_i64(g->s, b, b, 1);
    }
    tcg_gen_op3(g->s, opc, TCG_TYPE_I64, r.i, a.i, b.i);
    done(g, TCG_TYPE_I64, r);
    unsigned out = len - 1 + below(g, 3);
    tcg_gen_mov_i64(g->s, global(g, TCG_TYPE_I64), gen_narrow(g, r, out));
}

static void gen_insn_start(Gen *g)
{
    if (g->cfg->flat && g->depth) {
        return;
    }
    if (g->cfg->resumable) {
        g->nb_pool[0] = g->nb_pool[1] = 0;
    }
    if (g->pc < TARGET_PAGE_SIZE) {
        tcg_gen_insn_start(g->s, g->pc, 0);
        g->pc += 2 + 2 * below(g, 2);
    }
}

/* An address in guest memory, or a little behind it. */
static void gen_address(Gen *g, TCGv addr, uint64_t mask)
{
    tcg_gen_andi_i64(g->s, addr, src(g, TCG_TYPE_I64), (int64_t)mask);
    tcg_gen_addi_i64(g->s, addr, addr, RANDOM_IR_MEM_BASE);
}

static void gen_access_at(Gen *g, TCGType t, MemOp mop, bool store, TCGv addr)
{
    TCGContext *s = g->s;

    if (store) {
        tcg_gen_op3(s, INDEX_op_qemu_st, t, src(g, t).i, addr.i, make_memop_idx(mop, 0));
    } else {
        TCGv d = dst(g, t);
        mop |= (one_in(g, 2) ? MO_SIGN : 0) | (one_in(g, 6) ? MO_RMW : 0);
        tcg_gen_op3(s, INDEX_op_qemu_ld, t, d.i, addr.i, make_memop_idx(mop, 0));
        done(g, t, d);
    }
}

static MemOp random_memop(Gen *g, TCGType t)
{
    unsigned size = below(g, t == TCG_TYPE_I32 ? 3 : 4);
    return size | (one_in(g, 4) ? MO_BE : 0) | (one_in(g, 4) ? MO_ALIGN : 0);
}

static void gen_guest_access(Gen *g)
{
    TCGType t = (TCGType)below(g, 2);
    bool store = one_in(g, 2);
    MemOp mop = random_memop(g, t);
    TCGv addr = tcg_temp_new(g->s, TCG_TYPE_I64);

    if (one_in(g, 24)) {
        /* anywhere: most likely a fault */
        tcg_gen_mov_i64(g->s, addr, src(g, TCG_TYPE_I64));
    } else {
        bool aligned = one_in(g, 2) || (mop & MO_ALIGN && !one_in(g, 8));
        gen_address(g, addr, aligned ? RANDOM_IR_MEM_SIZE - 8 : RANDOM_IR_MEM_SIZE - 9);
    }
    gen_access_at(g, t, mop, store, addr);
}

static void gen_host_access(Gen *g)
{
    TCGOpcode opc = INDEX_op_ld8u + below(g, INDEX_op_st - INDEX_op_ld8u + 1);
    const TCGOpDef *def = &tcg_op_defs[opc];
    TCGType t = def->types == TCG_OPT_L ? TCG_TYPE_I64 : (TCGType)below(g, 2);
    TCGv base = tcg_env();
    uint32_t off = offsetof(RandomEnv, scratch) + 8 * below(g, 7) + below(g, 8);

    if (one_in(g, 3)) {
        /* Host addresses differ from run to run, so they stay out of the pool. */
        base = tcg_temp_new(g->s, TCG_TYPE_I64);
        tcg_gen_ld_i64(g->s, base, tcg_env(), offsetof(RandomEnv, pointer));
        off = 8 * below(g, 3) + below(g, 8);
    }
    TCGv v = def->nb_oargs ? dst(g, t) : src(g, t);
    tcg_gen_op3(g->s, opc, t, v.i, base.i, off);
    if (def->nb_oargs) {
        done(g, t, v);
    }
}

static void gen_call(Gen *g)
{
    unsigned h = below(g, RANDOM_IR_HELPERS);
    if (h == RANDOM_IR_FADD && g->cfg->resumable) {
        h = g->cfg->flat && g->depth ? 0 : h;
        gen_insn_start(g); /* it is executed again from there */
    }
    const char *sig = random_ir_helpers[h].signature;
    TCGv args[TCG_MAX_CALL_ARGS], ret = TCGV_NONE;
    TCGType t = sig[0] == 'w' ? TCG_TYPE_I32 : TCG_TYPE_I64;
    unsigned n = strlen(sig) - 1;

    for (unsigned i = 0; i < n; i++) {
        args[i] = sig[i + 1] == 'e'   ? tcg_env()
                  : sig[i + 1] == 'w' ? src(g, TCG_TYPE_I32)
                                      : src(g, TCG_TYPE_I64);
    }
    if (h == RANDOM_IR_FADD) {
        args[3] = tcg_constant_i32(g->s, one_in(g, 8)); /* rounding mode */
    }
    if (sig[0] != 'v' && !one_in(g, 8)) {
        ret = dst(g, t);
    }
    tcg_gen_call(g->s, h, ret, n, args);
    if (!tcgv_is_none(ret)) {
        done(g, t, ret);
    }
}

/* ---- control flow ---------------------------------------------------------------------------- */

/* A label may be reached across an insn_start: an insn begins at it, as docs/ir.md wants. */
static void gen_label(Gen *g, unsigned label)
{
    tcg_gen_set_label(g->s, label);
    gen_insn_start(g);
}

static void gen_exit(Gen *g)
{
    unsigned n = below(g, 2);

    if (g->cfg->exit) {
        g->cfg->exit(g->cfg->opaque, g->s, &g->rng);
        return;
    }
    switch (below(g, 4)) {
    case 0: tcg_gen_goto_ptr(g->s, src(g, TCG_TYPE_I64)); return;
    case 1: tcg_gen_exit_tb(g->s, src(g, TCG_TYPE_I64)); return;
    default:
        if (g->exits & 1 << n) {
            n ^= 1;
        }
        if (g->exits & 1 << n) {
            tcg_gen_exit_tb(g->s, src(g, TCG_TYPE_I64));
        } else {
            g->exits |= 1 << n;
            tcg_gen_goto_tb(g->s, n, (int32_t)below(g, 16384) - 4096);
        }
        return;
    }
}

static void gen_brcond(Gen *g, unsigned label)
{
    TCGType t = (TCGType)below(g, 2);
    TCGv a = src(g, t), b = src(g, t);

    if (t == TCG_TYPE_I32) {
        tcg_gen_brcond_i32(g->s, cond(g), a, b, label);
    } else {
        tcg_gen_brcond_i64(g->s, cond(g), a, b, label);
    }
}

static void gen_block(Gen *g, unsigned depth, unsigned n);

/* A block that may be skipped: what it writes first is not readable after it. */
static void gen_maybe_block(Gen *g, unsigned depth, unsigned n)
{
    unsigned p0 = g->nb_pool[0], p1 = g->nb_pool[1], pc = g->pc;

    gen_block(g, depth, n);
    bool gone = g->cfg->resumable && g->pc != pc; /* another insn by now */
    g->nb_pool[0] = gone ? 0 : p0;
    g->nb_pool[1] = gone ? 0 : p1;
}

static void gen_near_access(Gen *g, TCGv base)
{
    TCGType t = (TCGType)below(g, 2);
    int64_t away = (int64_t)below(g, one_in(g, 8) ? 1024 : 96) - 32;
    TCGv addr = tcg_temp_new(g->s, TCG_TYPE_I64);

    if (g->cfg->resumable) {
        gen_insn_start(g); /* see gen_block() */
    }
    tcg_gen_addi_i64(g->s, addr, base, one_in(g, 2) ? away & ~7 : away);
    gen_access_at(g, t, random_memop(g, t), one_in(g, 2), addr);
}

/* One that may be skipped, or a base moves, or something else comes between two of them. */
static void gen_between_accesses(Gen *g, const TCGv *base)
{
    const TCGv from = base[below(g, 2)], to = base[below(g, 2)];

    gen_insn_start(g);
    switch (below(g, 6)) {
    case 0:
    case 1: tcg_gen_addi_i64(g->s, to, from, (int64_t)below(g, 64) - 32); break;
    case 2: gen_plain(g); break;
    case 3:
        if (!g->cfg->no_calls) {
            gen_call(g);
        }
        break;
    default:
        if (!g->cfg->flat) {
            unsigned p0 = g->nb_pool[0], p1 = g->nb_pool[1], l = tcg_new_label(g->s);
            gen_brcond(g, l);
            if (one_in(g, 2)) {
                gen_near_access(g, base[0]);
            } else {
                gen_insn_start(g);
                tcg_gen_addi_i64(g->s, base[0], base[1], (int64_t)below(g, 64) - 32);
            }
            g->nb_pool[0] = g->cfg->resumable ? 0 : p0;
            g->nb_pool[1] = g->cfg->resumable ? 0 : p1;
            gen_label(g, l);
        }
    }
}

/* A frame or a structure: some accesses around an address, which two globals hold. */
static void gen_near_accesses(Gen *g)
{
    const TCGv base[2] = {global(g, TCG_TYPE_I64), global(g, TCG_TYPE_I64)};
    unsigned n = 2 + below(g, 6);

    gen_address(g, base[0], RANDOM_IR_MEM_SIZE - (one_in(g, 4) ? 1 : 8));
    if (one_in(g, 2)) {
        /* where the pages meet */
        tcg_gen_andi_i64(g->s, base[0], base[0], 127);
        tcg_gen_addi_i64(g->s, base[0], base[0], RANDOM_IR_MEM_BASE + TARGET_PAGE_SIZE - 64);
    }
    tcg_gen_addi_i64(g->s, base[1], base[0], 8);
    while (n--) {
        gen_near_access(g, base[below(g, 2)]);
        if (one_in(g, 3)) {
            gen_between_accesses(g, base);
        }
    }
}

/* A loop over more than one insn, whose count no local can hold. */
static void gen_resumable_loop(Gen *g, unsigned depth, unsigned n)
{
    TCGContext *s = g->s;
    unsigned top = tcg_new_label(s);
    uint32_t offset = offsetof(RandomEnv, counts) + 8 * (g->loops++ % RANDOM_IR_COUNTS);

    tcg_gen_st_i64(s, tcg_constant_i64(s, 1 + below(g, 4)), tcg_env(), (int32_t)offset);
    gen_label(g, top);
    gen_block(g, depth, n);
    gen_insn_start(g);
    TCGv count = tcg_temp_new_i64(s);
    tcg_gen_ld_i64(s, count, tcg_env(), (int32_t)offset);
    tcg_gen_addi_i64(s, count, count, -1);
    tcg_gen_st_i64(s, count, tcg_env(), (int32_t)offset);
    tcg_gen_brcond_i64(s, TCG_COND_NE, count, tcg_constant_i64(s, 0), top);
}

static void gen_loop(Gen *g, unsigned depth, unsigned n)
{
    if (g->cfg->resumable && !g->cfg->flat) {
        gen_resumable_loop(g, depth, n);
        return;
    }
    TCGContext *s = g->s;
    unsigned top = tcg_new_label(s);
    TCGv count = tcg_temp_new_i64(s); /* not in the pool: nothing else writes it */

    tcg_gen_movi_i64(s, count, 1 + below(g, 4));
    gen_label(g, top);
    gen_block(g, depth, n);
    tcg_gen_addi_i64(s, count, count, -1);
    tcg_gen_brcond_i64(s, TCG_COND_NE, count, tcg_constant_i64(s, 0), top);
}

static void gen_branches(Gen *g, unsigned depth)
{
    TCGContext *s = g->s;
    g->depth++;
    unsigned n = 1 + below(g, 6), l = tcg_new_label(s), m;

    switch (below(g, 8)) {
    case 0:
    case 1: /* if */
        gen_brcond(g, l);
        gen_maybe_block(g, depth, n);
        break;
    case 2: /* if, else */
        m = tcg_new_label(s);
        gen_brcond(g, m);
        gen_maybe_block(g, depth, n);
        tcg_gen_br(s, l);
        gen_label(g, m);
        gen_maybe_block(g, depth, n);
        break;
    case 3: /* the inverted form of if */
        m = tcg_new_label(s);
        gen_brcond(g, m);
        tcg_gen_br(s, l);
        gen_label(g, m);
        gen_maybe_block(g, depth, n);
        break;
    case 4: /* early exit */
        gen_brcond(g, l);
        gen_maybe_block(g, depth, n / 2);
        gen_exit(g);
        break;
    case 5: /* two branches to one label */
        gen_brcond(g, l);
        gen_maybe_block(g, depth, n / 2);
        gen_brcond(g, l);
        gen_maybe_block(g, depth, n / 2);
        break;
    case 6: /* branches to the next op */
        if (one_in(g, 2)) {
            gen_brcond(g, l);
        }
        tcg_gen_br(s, l);
        break;
    default:
        if (!g->cfg->no_loops) {
            gen_loop(g, depth, n);
        }
        break;
    }
    gen_label(g, l);
    g->depth--;
}

static void gen_block(Gen *g, unsigned depth, unsigned n)
{
    while (n-- && g->budget > 0) {
        unsigned k = below(g, 32);
        g->budget--;
        if (one_in(g, 4)) {
            gen_insn_start(g);
        }
        if (k < 3 && depth < MAX_DEPTH) {
            gen_branches(g, depth + 1);
        } else if (k < 5 && !g->cfg->no_guest_mem && !(g->cfg->flat && g->depth)) {
            if (g->cfg->resumable) {
                gen_insn_start(g); /* it is executed again from there */
            }
            if (one_in(g, 4)) {
                gen_near_accesses(g);
            } else {
                gen_guest_access(g);
            }
        } else if (k < 7) {
            gen_host_access(g);
        } else if (k < 9 && !g->cfg->no_calls) {
            gen_call(g);
        } else if (k == 9) {
            tcg_gen_mb(g->s, below(g, 16));
        } else if (k == 11) {
            gen_narrow_arith(g);
        } else if (k == 10) {
            /* a temp that is not in the pool, so that nothing reads it afterwards */
            TCGv v = tcg_temp_new_i64(g->s);
            tcg_gen_mov_i64(g->s, v, src(g, TCG_TYPE_I64));
            tcg_gen_op1(g->s, INDEX_op_discard, TCG_TYPE_I64, v.i);
        } else {
            gen_plain(g);
        }
    }
}

void random_ir_append(TCGContext *s, uint64_t seed, const RandomIrConfig *cfg)
{
    Gen g = {.s = s, .cfg = cfg, .rng = seed, .pc = cfg->first, .budget = cfg->nb_ops};

    for (unsigned i = 0; i < RANDOM_IR_GLOBALS64; i++) {
        g.x[i] = (TCGv){1 + i};
    }
    for (unsigned i = 0; i < RANDOM_IR_GLOBALS32; i++) {
        g.w[i] = (TCGv){1 + RANDOM_IR_GLOBALS64 + i};
    }
    gen_insn_start(&g);
    while (g.budget > 0) {
        gen_block(&g, 0, 8);
    }
    gen_exit(&g);
}

void random_ir_generate(TCGContext *s, uint64_t seed, const RandomIrConfig *cfg)
{
    tcg_func_start(s);
    random_ir_append(s, seed, cfg);
}
