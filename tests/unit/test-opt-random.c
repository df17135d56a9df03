/*
 * Random IR means the same before and after each pass.
 *
 * Each program runs in the reference evaluator as it was made, after liveness alone or after the
 * optimiser, and after both, always from the same state; then guest state, memory and the exit
 * taken are compared. After liveness, values that are marked as dead are overwritten. And random
 * regions, joined, against their TBs one by one.
 *
 *   test-opt-random [--count N] [--seed N] [--ops N]      (seed also from WEFT_SEED)
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/ir-eval.h"
#include "tests/lib/random-region.h"

typedef struct Result {
    IrExit exit;
    uint64_t exit_value;
    RandomEnv env;
    uint8_t mem[RANDOM_IR_MEM_SIZE];
} Result;

static TCGContext *s, *raw[RANDOM_REGION_MAX];
static RandomEnv env;
static uint8_t mem[RANDOM_IR_MEM_SIZE];
static Result before, after;
static uint64_t ops_before, ops_after, nb_regions;

static void run(uint64_t seed, bool poison, Result *r)
{
    IrMachine m = {.env = (uint8_t *)&env,
                   .mem = mem,
                   .mem_base = RANDOM_IR_MEM_BASE,
                   .mem_size = RANDOM_IR_MEM_SIZE,
                   .max_steps = 20000,
                   .poison_dead = poison,
                   .call = random_ir_call,
                   .fault_trap = RANDOM_IR_FAULT};

    random_ir_init_state(&env, mem, seed);
    ir_eval(&m, s);
    r->exit = m.exit;
    r->exit_value = m.exit_value;
    memcpy(&r->env, &env, sizeof(env));
    memcpy(r->mem, mem, sizeof(mem));
}

static void report(uint64_t seed, const char *pass, const char *what)
{
    GString *text = g_string_new(NULL);

    tcg_dump_ops(s, text);
    printf("seed %" G_GUINT64_FORMAT " after %s: %s\n%s", seed, pass, what, text->str);
    g_string_free(text, TRUE);
}

static bool check_form(uint64_t seed, const char *pass)
{
    char *error = tcg_verify(s);

    if (error) {
        report(seed, pass, error);
        g_free(error);
        return false;
    }
    return true;
}

static bool check_meaning(uint64_t seed, const char *pass, bool poison)
{
    if (!check_form(seed, pass)) {
        return false;
    }
    run(seed, poison, &after);
    if (before.exit != after.exit || before.exit_value != after.exit_value) {
        report(seed, pass, "another exit");
        printf("%s 0x%" G_GINT64_MODIFIER "x, now %s 0x%" G_GINT64_MODIFIER "x\n",
               ir_exit_name(before.exit), before.exit_value, ir_exit_name(after.exit),
               after.exit_value);
        return false;
    }
    for (unsigned i = 0; i < sizeof(RandomEnv); i++) {
        if (((uint8_t *)&before.env)[i] != ((uint8_t *)&after.env)[i]) {
            report(seed, pass, "another guest state");
            printf("at env + 0x%x (x at 0x%zx, w at 0x%zx, scratch at 0x%zx)\n", i,
                   offsetof(RandomEnv, x), offsetof(RandomEnv, w), offsetof(RandomEnv, scratch));
            return false;
        }
    }
    if (memcmp(before.mem, after.mem, sizeof(before.mem))) {
        report(seed, pass, "another guest memory");
        return false;
    }
    return true;
}

static bool check(uint64_t seed, unsigned nb_ops)
{
    RandomIrConfig cfg = {.nb_ops = nb_ops ? nb_ops : 4 + seed % 60};

    random_ir_generate(s, seed, &cfg);
    if (!check_form(seed, "generator")) {
        return false;
    }
    ops_before += s->nb_ops;
    run(seed, false, &before);
    if (before.exit == IR_EXIT_BAD) {
        report(seed, "generator", "undefined");
        return false;
    }
    if (seed % 4) {
        tcg_optimize(s);
        if (!check_meaning(seed, "optimiser", false)) {
            return false;
        }
    }
    tcg_liveness(s);
    if (!check_meaning(seed, "liveness", true)) {
        return false;
    }
    ops_after += s->nb_ops;
    /* Once more: what was folded makes room for more, and must be folded right again. */
    tcg_optimize(s);
    tcg_liveness(s);
    return check_meaning(seed, "second round", true);
}

/* ---- regions --------------------------------------------------------------------------------- */

static const uint64_t PC_PAGE = 0x123456789000;

static RegionEnd run_region(const RandomRegion *r, bool joined, Result *to)
{
    IrMachine m = {.env = (uint8_t *)&env,
                   .mem = mem,
                   .mem_base = RANDOM_IR_MEM_BASE,
                   .mem_size = RANDOM_IR_MEM_SIZE,
                   .max_steps = joined ? 1000000 : 20000, /* it goes round inside */
                   .poison_dead = joined,
                   .call = random_ir_call,
                   .fault_trap = RANDOM_IR_FAULT};

    random_region_state(r, &env, mem, PC_PAGE, r->seed);
    env.cpu.budget = (int32_t)(r->seed % 500);
    RegionEnd end = random_region_run(r, raw, joined ? s : NULL, &m);
    memcpy(&to->env, &env, sizeof(env));
    memcpy(to->mem, mem, sizeof(mem));
    return end;
}

static bool check_region(uint64_t seed)
{
    RandomRegion r;

    random_region_init(&r, s, seed, 16);
    for (unsigned k = 0; k < r.n; k++) {
        tcg_func_start(raw[k]);
        random_region_tb(&r, raw[k], k);
    }
    RegionEnd want = run_region(&r, false, &before);
    if (!random_region_join(&r, s) || !check_form(seed, "joining")) {
        return false;
    }
    nb_regions++;
    RegionEnd got = run_region(&r, true, &after);
    if (want.why == REGION_END_STUCK || got.why == REGION_END_STUCK) {
        return want.why == got.why || (report(seed, "joining", "stuck"), false);
    }
    if (want.why != got.why || want.value != got.value ||
        (want.why != REGION_END_TRAP && want.tb != got.tb)) {
        report(seed, "joining", "another end");
        printf("want %d 0x%" G_GINT64_MODIFIER "x TB %d, got %d 0x%" G_GINT64_MODIFIER "x TB %d\n",
               want.why, want.value, want.tb, got.why, got.value, got.tb);
        return false;
    }
    if (memcmp(&before.env, &after.env, sizeof(env)) ||
        memcmp(before.mem, after.mem, sizeof(mem))) {
        report(seed, "joining", "another state");
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    const char *from_env = g_getenv("WEFT_SEED");
    gint64 count = 2000, nb_ops = 0;
    uint64_t seed = from_env ? g_ascii_strtoull(from_env, NULL, 0)
                             : (uint64_t)g_get_real_time() * 2654435761u >> 16;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--count")) {
            count = g_ascii_strtoll(argv[i + 1], NULL, 0);
        } else if (!strcmp(argv[i], "--seed")) {
            seed = g_ascii_strtoull(argv[i + 1], NULL, 0);
        } else if (!strcmp(argv[i], "--ops")) {
            nb_ops = g_ascii_strtoll(argv[i + 1], NULL, 0);
        }
    }
    s = tcg_context_new();
    random_ir_init(s);
    for (unsigned k = 0; k < RANDOM_REGION_MAX; k++) {
        raw[k] = tcg_context_new();
        random_ir_init(raw[k]);
    }
    printf("seed %" G_GUINT64_FORMAT "\n", seed);
    int status = 0;
    for (gint64 i = 0; i < count; i++) {
        if (!check(seed + i, nb_ops) || (i % 4 == 0 && !check_region(seed + i))) {
            printf("reproduce with --seed %" G_GUINT64_FORMAT " --count 1\n", seed + i);
            status = 1;
            break;
        }
    }
    printf("%" G_GUINT64_FORMAT " ops became %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT
           " regions\n",
           ops_before, ops_after, nb_regions);
    tcg_context_free(s);
    for (unsigned k = 0; k < RANDOM_REGION_MAX; k++) {
        tcg_context_free(raw[k]);
    }
    return status;
}
