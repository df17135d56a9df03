/*
 * Tier policy of the compiled modes: which TBs become WebAssembly, and when they stop being it.
 *
 * jit=tb: a TB that has run `threshold` times in the interpreter becomes a module and an instance
 * of its own, and returns to the dispatcher at every goto.
 *
 * jit=batch: it waits for company; a batch becomes one module, whose functions go to each other by
 * tail calls through the shared table. Objects are kept, so that modules can be linked again
 * (compaction). docs/linker.md.
 *
 * In both, live instances are limited; past the limit the oldest leave (jit=batch: the coldest),
 * their TBs are interpreted again and come back when they are hot again. An engine that refuses
 * makes the limit lower for a while and is otherwise survived.
 */
#ifndef RUNTIME_JIT_H
#define RUNTIME_JIT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "tcg/env.h"

typedef struct Hart Hart;
typedef struct Jit Jit;

typedef enum JitMode { JIT_OFF, JIT_TB, JIT_BATCH } JitMode;
/* How linked TBs go to each other. NONE: they return the key to the dispatcher. */
typedef enum JitLink { LINK_NONE, LINK_SLOT, LINK_DIRECT } JitLink;
typedef enum JitCompile { COMPILE_INLINE, COMPILE_WORKER } JitCompile;

enum {
    JIT_TB_THRESHOLD = 4000,
    JIT_BATCH_THRESHOLD = 2000,
    JIT_MAX_THRESHOLD = 65535, /* what a bytecode counter holds */
    JIT_TB_INSTANCES = 8000,
    JIT_BATCH_INSTANCES = 48,
    JIT_MIN_INSTANCES = 16,
    JIT_MAX_INSTANCES = 1000000,
    JIT_BATCH_SIZE = 256, /* objects a module, before compaction */
    JIT_MAX_BATCH = 65536,
    JIT_WAIT = 100000,
    JIT_REGION = 64, /* TBs a region */
    JIT_FIRST = 8,   /* of the smaller ones that come first */
    JIT_MAX_REGION = 128,
    JIT_SAMPLES = 64,
    JIT_WORKER_AFTER = 30,
    JIT_COMPACT = 24,
    JIT_CODE_CACHE_MIB = 64,
    JIT_MIN_CODE_CACHE = 64 << 10,
};

typedef struct JitConfig {
    JitMode mode;
    unsigned threshold;     /* 1..JIT_MAX_THRESHOLD */
    unsigned max_instances; /* at least JIT_MIN_INSTANCES */
    bool names;             /* modules carry names, for profilers */
    bool counters;          /* compiled code counts its jump-cache hits */
    /* jit=batch only */
    JitLink link;
    JitCompile compile;
    unsigned batch; /* most objects of a new module */
    unsigned wait; /* hot TBs wait for company until they have been interpreted for so many insns */
    unsigned region;          /* most TBs of a region; 1: no regions */
    unsigned first;           /* most TBs of a function before samples find it */
    unsigned worker_after;    /* the worker starts when so many objects have been made */
    unsigned samples;         /* a TB that so many samples found becomes a region */
    unsigned compact;         /* modules of a generation that are linked into one */
    uint64_t code_cache;      /* bytes of objects and modules */
    unsigned refuse_permille; /* tests: the engine refuses so many of a thousand modules */
    uint32_t refuse_seed;
    const char *dump_dir; /* tests: write every module to this directory */
} JitConfig;

/*
 * Makes the compiler of a hart. NULL and *error (to g_free()) when this host has no WebAssembly
 * engine; with dump_dir modules are written all the same, and everything is interpreted.
 */
Jit *jit_new(Hart *h, const JitConfig *config, char **error);
void jit_free(Jit *jit);
/* The TB of a slot is hot. Not while linked code runs. */
void jit_hot(Jit *jit, uint32_t slot);
/*
 * Compiled code left for the interpreter in the middle of the TB of a slot, in the region entered
 * at `root` if that is not 0.
 */
void jit_slow(Jit *jit, uint32_t slot, uint32_t root);
/*
 * Compiled code has used up its budget at the TB of a slot, in the region entered at `root` if that
 * is not 0: a sample of where time goes.
 */
void jit_sample(Jit *jit, uint32_t slot, uint32_t root);
/*
 * No linked code is running: makes modules that are due, lets instances go that are not wanted any
 * more, and puts the stub into slots of retired TBs.
 */
void jit_safe_point(Jit *jit);
/* Forgets everything (slots get new numbers). Not while linked code runs. */
void jit_flush(Jit *jit);
/*
 * Table slot of a key for the jump cache, given out on first use; 0 where keys have none. False:
 * the table is full, and compiled code must not find the key in the jump cache.
 */
bool jit_table_slot(Jit *jit, uint32_t key, uint32_t *slot);
/* jit_new() for the hart of cs; false and *error as there. (cpu-exec.c) */
bool cpu_set_jit(CPUState *cs, const JitConfig *config, char **error);
void jit_info(const Jit *jit, GString *out);
const char *jit_mode_name(const Jit *jit); /* NULL is "off" */

#endif
