/* What the parts of test-wasm-random share. */
#ifndef TESTS_WASM_LOCKSTEP_H
#define TESTS_WASM_LOCKSTEP_H

#include "runtime/jit-host.h"
#include "tcg/tci/tci.h"
#include "tcg/wasm/wasm.h"
#include "tests/lib/fake-runtime.h"

enum {
    MAX_BATCH = 1024,
    KEY_FIRST = LINK_FIRST_KEY,
    KEY_EXIT = 1 << 17,        /* + page offset: of no TB */
    KEY_CACHED = KEY_EXIT - 1, /* what the jump cache has */
    KEY_OTHER = KEY_EXIT - 2,  /* what it has in place of that */
};
#define PC_PAGE ((uint64_t)0x123456789000)
#define JC_KEY  ((uint64_t)0x500000003)

extern TCGContext *s;
extern RandomEnv *env;
extern LinkOptions link;
extern uint32_t first_slot; /* of MAX_BATCH table slots */
extern uint64_t nb_run;

extern uint64_t nb_slow; /* LINK_EXIT_SLOW */

uint32_t key_for(void *opaque, uint32_t page_offset);
uint32_t slot_for(void *opaque, uint32_t key);
/* Prints the context's ops and the object, if any, and ends. */
void fail(const LinkObject *obj, const char *what) G_GNUC_NORETURN;
/* Module of all objects, instantiated from first_slot on; the objects are freed. */
int instantiate(LinkObject **objects, unsigned n);
/* Some of the pages into the soft TLB. */
void fill_tlb(uint64_t seed);
/* An entry of the jump cache for pc, which is right if `right`. */
void fill_jump_cache(uint64_t pc, uint32_t key, bool right);

/* Bytecode of a TB, and where its insns are. */
typedef struct Bytecode {
    uint32_t key, word;
    int32_t cost;
    TCIGen gen;
    TCIInsnStart starts[512];
} Bytecode;

/* Of the context's ops, after liveness, at a word of the arena. Its slot holds a miss, so that
 * every goto leaves. */
void bytecode_make(Bytecode *b, uint32_t key, uint32_t word, uint32_t (*slot_of)(void *, uint32_t),
                   void *opaque, int32_t cost);
/*
 * Runs it from its head, or from insn exit_insn after LINK_EXIT_SLOW. The result is that of
 * compiled code, which sets the same fields of env.
 */
uint32_t bytecode_run(const Bytecode *b);
uint32_t bytecode_resume(const Bytecode *b);

void check_ops(void);
/* Random regions; returns how many ran, and of how many instructions. */
uint64_t check_regions(uint64_t seed, unsigned count, unsigned batch, uint64_t *insns);

#endif
