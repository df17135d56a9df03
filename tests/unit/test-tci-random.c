/*
 * The bytecode interpreter in lockstep with the reference evaluator on random IR: guest state,
 * memory and the exit taken are the same, for code that raises in the middle too.
 *
 *   test-tci-random [--count N] [--seed N] [--ops N]      (seed also from WEFT_SEED)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcg/tci/tci.h"
#include "tests/lib/fake-runtime.h"

enum { SLOT_TB = 1, SLOT_EXIT = 2 }; /* SLOT_EXIT + page offset: never translated */

static TCGContext *s;
static RandomEnv *env;
static uint8_t mem_ref[RANDOM_IR_MEM_SIZE];
static RandomEnv state_ref;
static TCIInsnStart starts[TCG_MAX_OPS];
static TCIGen gen;

static uint32_t slot_for(void *opaque, uint32_t page_offset)
{
    (void)opaque;
    return SLOT_EXIT + page_offset;
}

/* ---- one program
 * ------------------------------------------------------------------------------------ */

static uint32_t current_insn(const CPUState *cs)
{
    unsigned n = 0;
    while (n + 1 < gen.nb_starts && starts[n + 1].code <= cs->mem_code - SLOT_TB) {
        n++;
    }
    return starts[n].page_offset;
}

/* What TCI did, in the terms of the reference. goto_tb is compared by its target alone. */
static void exit_of(CPUState *cs, TCIExit why, IrExit *exit, uint64_t *value)
{
    switch (why) {
    case TCI_EXIT_MISS:
        *exit = IR_EXIT_GOTO_TB;
        *value = cs->exit_slot - SLOT_EXIT;
        break;
    case TCI_EXIT_LOOKUP:
        *exit = IR_EXIT_GOTO_PTR;
        *value = cs->pc;
        break;
    case TCI_EXIT_PC:
        *exit = IR_EXIT_EXIT_TB;
        *value = cs->pc;
        break;
    case TCI_EXIT_TRAP:
        *exit = IR_EXIT_TRAP;
        *value = current_insn(cs);
        break;
    default: *exit = IR_EXIT_BAD; *value = why;
    }
}

static void run_tci(uint64_t seed, IrExit *exit, uint64_t *value)
{
    CPUState *cs = &env->cpu;

    fake_env_forget(env);
    random_ir_init_state(env, fake_mem, seed);
    cs->budget = 1000000;
    gen = (TCIGen){.out = tci_code + SLOT_TB,
                   .slot_for = slot_for,
                   .starts = starts,
                   .max_starts = G_N_ELEMENTS(starts)};
    g_assert_true(tci_generate(s, &gen));
    tci_slots[SLOT_TB] = (TCISlot){SLOT_TB, (int32_t)gen.nb_starts};
    exit_of(cs, tci_run(cs, SLOT_TB), exit, value);
    /* a far goto_tb arrives as a lookup of pc_page + disp; pc_page is 0 here */
}

static void fail(uint64_t seed, const char *what)
{
    g_autoptr(GString) text = g_string_new(NULL);
    tcg_dump_ops(s, text);
    tci_disas(s, gen.out, gen.nb_words, text);
    printf("%s\nnot ok 1 - seed %" G_GUINT64_FORMAT ": %s\n", text->str, seed, what);
    exit(1);
}

static void check(uint64_t seed, unsigned nb_ops)
{
    RandomIrConfig cfg = {.nb_ops = nb_ops ? nb_ops : 4 + seed % 60};
    IrMachine m = {.env = (uint8_t *)env,
                   .mem = fake_mem,
                   .mem_base = RANDOM_IR_MEM_BASE,
                   .mem_size = RANDOM_IR_MEM_SIZE,
                   .max_steps = 20000,
                   .call = random_ir_call,
                   .fault_trap = RANDOM_IR_FAULT};
    IrExit exit;
    uint64_t value;

    random_ir_generate(s, seed, &cfg);
    random_ir_init_state(env, fake_mem, seed);
    ir_eval(&m, s);
    if (m.exit == IR_EXIT_STUCK) {
        return;
    }
    memcpy(&state_ref, env, sizeof(state_ref));
    memcpy(mem_ref, fake_mem, sizeof(fake_mem));
    if (seed % 4) {
        tcg_optimize(s);
    }
    tcg_liveness(s);
    run_tci(seed, &exit, &value);

    if (m.exit == IR_EXIT_GOTO_TB) {
        uint32_t disp = (uint32_t)m.exit_value;
        bool near = disp < TARGET_PAGE_SIZE;
        if (exit != (near ? IR_EXIT_GOTO_TB : IR_EXIT_GOTO_PTR) ||
            (near ? value != disp : value != (uint64_t)(int64_t)(int32_t)disp)) {
            printf("want %d 0x%" PRIx64 " got %d 0x%" PRIx64 "\n", m.exit, m.exit_value, exit,
                   value);
            fail(seed, "another exit");
        }
    } else if (exit != m.exit || value != m.exit_value) {
        printf("want %d 0x%" PRIx64 " got %d 0x%" PRIx64 "\n", m.exit, m.exit_value, exit, value);
        fail(seed, "another exit");
    }
    /* everything behind CPUState; of that only the trap is the program's */
    if (memcmp((char *)env + sizeof(CPUState), (char *)&state_ref + sizeof(CPUState),
               sizeof(RandomEnv) - sizeof(CPUState)) ||
        env->cpu.trap != state_ref.cpu.trap) {
        fail(seed, "another guest state");
    }
    if (memcmp(fake_mem, mem_ref, sizeof(fake_mem))) {
        fail(seed, "another guest memory");
    }
}

int main(int argc, char **argv)
{
    const char *from_env = g_getenv("WEFT_SEED");
    gint64 count = 2000, nb_ops = 0;
    uint64_t seed = from_env ? g_ascii_strtoull(from_env, NULL, 0) : (uint64_t)g_get_real_time();

    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--count")) {
            count = g_ascii_strtoll(argv[i + 1], NULL, 0);
        } else if (!strcmp(argv[i], "--seed")) {
            seed = g_ascii_strtoull(argv[i + 1], NULL, 0);
        } else if (!strcmp(argv[i], "--ops")) {
            nb_ops = g_ascii_strtoll(argv[i + 1], NULL, 0);
        }
    }
    env = fake_env_new();
    tci_init();
    for (unsigned k = 0; k < TARGET_PAGE_SIZE; k++) {
        tci_slots[SLOT_EXIT + k] = (TCISlot){0, TCI_MISS};
    }
    s = tcg_context_new();
    random_ir_init(s);
    printf("1..1\n# seed %" G_GUINT64_FORMAT "\n", seed);
    for (gint64 i = 0; i < count; i++) {
        check(seed + (uint64_t)i, (unsigned)nb_ops);
    }
    printf("ok 1 - %" G_GINT64_FORMAT " random programs\n", count);
    return 0;
}
