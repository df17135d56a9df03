/*
 * The runtime as random IR sees it: slow paths of guest memory and the jump cache's look-up, over
 * the memory and traps of random-ir.h. For programs that link no softmmu.c or cpu-exec.c.
 */
#ifndef TESTS_LIB_FAKE_RUNTIME_H
#define TESTS_LIB_FAKE_RUNTIME_H

#include "tests/lib/random-ir.h"

/* Guest memory, at RANDOM_IR_MEM_BASE. */
extern uint8_t fake_mem[RANDOM_IR_MEM_SIZE];
/*
 * Guest pages that are neighbours are none in the host's memory, and helpers that may change the
 * soft TLB move them: between these two calls what is in fake_mem lies elsewhere.
 */
void fake_mem_scatter(void);
void fake_mem_gather(void);
/* What an entry of the soft TLB adds to addresses of a page. */
uint64_t fake_mem_addend(uint64_t page);
/* What cpu_lookup_slot() finds: a key, or 0 for nothing. */
extern uint32_t fake_lookup_result;

/* A whole env (state, locals, soft TLB, jump cache), zeroed. To g_free(). */
RandomEnv *fake_env_new(void);
/* Soft TLB and jump cache without entries. */
void fake_env_forget(RandomEnv *env);

#endif
