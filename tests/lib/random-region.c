/* See random-region.h. */
#include "tests/lib/random-region.h"

static unsigned below(uint64_t *rng, unsigned n)
{
    return (unsigned)(random_ir_next(rng) >> 32) % n;
}

static TCGv any_x(uint64_t *rng)
{
    return (TCGv){(uint16_t)(1 + below(rng, RANDOM_IR_GLOBALS64))};
}

int random_region_find(const RandomRegion *r, uint64_t page_offset)
{
    for (unsigned k = 0; k < r->n; k++) {
        if (r->tbs[k].page_offset == page_offset) {
            return (int)k;
        }
    }
    return -1;
}

/* ---- ways out of a TB ------------------------------------------------------------------------ */

static int32_t any_tb(const RandomRegion *r, uint64_t *rng)
{
    return r->tbs[below(rng, r->n)].page_offset;
}

/* Offsets that no TB has are odd multiples of 2 behind them all, or on another page. */
static int32_t any_offset(const RandomRegion *r, uint64_t *rng)
{
    switch (below(rng, 16)) {
    case 0: return 0xf02 + 4 * (int32_t)below(rng, 8);
    case 1: return 0x1000 + 2 * (int32_t)below(rng, 2048);
    case 2: return -0x1000;
    default: return any_tb(r, rng);
    }
}

static TCGv any_pc(const RandomRegion *r, TCGContext *s, uint64_t *rng)
{
    TCGv pc = tcg_temp_new_i64(s);
    tcg_gen_addi_i64(s, pc, (TCGv){(uint16_t)s->pc_page}, any_offset(r, rng));
    return pc;
}

static void gen_computed(const RandomRegion *r, TCGContext *s, uint64_t *rng)
{
    TCGv pc = tcg_temp_new_i64(s), a, b;

    switch (below(rng, 4)) {
    case 0: /* one of two */
        a = any_pc(r, s, rng);
        b = any_pc(r, s, rng);
        tcg_gen_movcond_i64(s, (TCGCond)(TCG_COND_EQ + below(rng, 12)), pc, any_x(rng), any_x(rng),
                            a, b);
        break;
    case 1: /* known */ tcg_gen_andi_i64(s, pc, any_pc(r, s, rng), -2); break;
    default: /* a return, perhaps with a call behind it */
        tcg_gen_andi_i64(s, pc, (TCGv){(uint16_t)(8 - below(rng, 2))}, -2);
        if (below(rng, 2)) {
            tcg_gen_mov_i64(s, (TCGv){8}, any_pc(r, s, rng));
        }
    }
    tcg_gen_goto_ptr(s, pc);
}

static void gen_exit(void *opaque, TCGContext *s, uint64_t *rng)
{
    const RandomRegion *r = opaque;
    unsigned label;

    switch (below(rng, 16)) {
    case 0: tcg_gen_exit_tb(s, any_x(rng)); break;
    case 1: tcg_gen_goto_ptr(s, any_pc(r, s, rng)); break;
    case 2: /* a call */
        tcg_gen_mov_i64(s, (TCGv){(uint16_t)(8 - below(rng, 2))}, any_pc(r, s, rng));
        tcg_gen_goto_tb(s, 0, any_offset(r, rng));
        break;
    case 3:
    case 4: tcg_gen_goto_tb(s, 1, any_offset(r, rng)); break;
    case 5:
    case 6:
    case 7:
    case 8: gen_computed(r, s, rng); break;
    default:
        label = tcg_new_label(s);
        tcg_gen_brcond_i64(s, (TCGCond)(TCG_COND_EQ + below(rng, 12)), any_x(rng),
                           below(rng, 2) ? any_x(rng) : tcg_constant_i64(s, below(rng, 3)), label);
        if (below(rng, 4)) {
            tcg_gen_goto_tb(s, 0, any_offset(r, rng));
        } else if (below(rng, 2)) {
            gen_computed(r, s, rng);
        } else {
            tcg_gen_addi_i64(s, any_x(rng), any_x(rng), 1); /* an insn of its own flow */
        }
        tcg_gen_set_label(s, label);
        tcg_gen_goto_tb(s, 1, any_offset(r, rng));
    }
}

/* ---- TBs ------------------------------------------------------------------------------------- */

void random_region_tb(const RandomRegion *r, TCGContext *s, unsigned k)
{
    uint64_t seed = r->seed * 64 + k;
    RandomIrConfig cfg = {.nb_ops = 1 + random_ir_next(&seed) % 12,
                          .resumable = true,
                          .flat = true,
                          .first = r->tbs[k].page_offset,
                          .exit = gen_exit,
                          .opaque = (void *)(uintptr_t)r};
    random_ir_append(s, seed, &cfg);
}

void random_region_init(RandomRegion *r, TCGContext *s, uint64_t seed, uint32_t first_key)
{
    uint64_t rng = seed ^ 0x3c6ef372fe94f82b;
    unsigned offset = 2 * below(&rng, 32), inner = below(&rng, 4);

    *r = (RandomRegion){.seed = seed, .n = 2 + below(&rng, RANDOM_REGION_MAX - 1)};
    for (unsigned k = 0; k < r->n; k++) {
        r->tbs[k] =
            (RegionTB){.key = first_key + k,
                       .page_offset = (uint16_t)offset,
                       .computed = below(&rng, 8) ? 1 + (below(&rng, 4) ? below(&rng, 3) : 31) : 0,
                       .inner = below(&rng, 4) < inner ? random_ir_next(&rng) >> 32 : 0};
        offset += 2 + 2 * below(&rng, below(&rng, 2) ? 4 : 100);
    }
    /* not in the order of their offsets */
    for (unsigned k = r->n; k-- > 1;) {
        unsigned other = below(&rng, k + 1);
        uint16_t t = r->tbs[k].page_offset;
        r->tbs[k].page_offset = r->tbs[other].page_offset;
        r->tbs[other].page_offset = t;
    }
    for (unsigned k = 0; k < r->n; k++) {
        tcg_func_start(s);
        random_region_tb(r, s, k);
        for (unsigned i = 0; i < s->nb_ops; i++) {
            r->tbs[k].n_insns += s->ops[i].opc == INDEX_op_insn_start;
        }
    }
}

typedef struct Joining {
    const RandomRegion *r;
    TCGContext *s;
} Joining;

static bool translate(void *opaque, unsigned k)
{
    const Joining *j = opaque;
    random_region_tb(j->r, j->s, k);
    return !j->s->overflow;
}

bool random_region_join(const RandomRegion *r, TCGContext *s)
{
    Joining j = {r, s};
    return region_build(s, r->tbs, r->n, translate, &j);
}

void random_region_state(const RandomRegion *r, RandomEnv *env, uint8_t *mem, uint64_t pc_page,
                         uint64_t seed)
{
    uint64_t rng = seed;

    random_ir_init_state(env, mem, seed);
    env->cpu.pc_page = pc_page;
    env->x[6] = pc_page + (uint64_t)any_tb(r, &rng);
    env->x[7] = pc_page + (uint64_t)any_tb(r, &rng);
}

/* ---- running --------------------------------------------------------------------------------- */

int random_region_goto(const RandomRegion *r, uint64_t pc_page, uint64_t pc, RegionEnd *end)
{
    int k = random_region_find(r, pc - pc_page);
    if (k < 0) {
        *end = (RegionEnd){REGION_END_OUT, -1, pc};
    }
    return k;
}

RegionEnd random_region_run(const RandomRegion *r, TCGContext *const *raw, const TCGContext *joined,
                            IrMachine *m)
{
    CPUState *cs = (CPUState *)(void *)m->env;
    RegionEnd end = {REGION_END_STUCK, -1, 0};
    int k = 0;

    while (k >= 0) {
        int32_t left = cs->budget - r->tbs[k].n_insns;
        if ((left | cs->exit_request) < 0) {
            return (RegionEnd){REGION_END_BUDGET, k, 0};
        }
        cs->budget = left;
        ir_eval(m, k == 0 && joined ? joined : raw[k]);
        switch (m->exit) {
        case IR_EXIT_GOTO_TB:
            k = random_region_goto(r, cs->pc_page, cs->pc_page + (uint64_t)(int32_t)m->exit_value,
                                   &end);
            break;
        case IR_EXIT_GOTO_PTR: k = random_region_goto(r, cs->pc_page, m->exit_value, &end); break;
        case IR_EXIT_EXIT_TB: return (RegionEnd){REGION_END_PC, -1, m->exit_value};
        case IR_EXIT_TRAP: return (RegionEnd){REGION_END_TRAP, k, m->exit_value};
        case IR_EXIT_BUDGET:
            return (RegionEnd){REGION_END_BUDGET, (int)(m->exit_value - r->tbs[0].key), 0};
        default: return end;
        }
    }
    return end;
}
