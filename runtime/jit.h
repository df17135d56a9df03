/*
 * Tier policy of the compiled modes: which TBs become WebAssembly, and when they stop being it.
 *
 * jit=tb: a TB that has run `threshold` times in the interpreter becomes a module and an instance
 * of its own. Live instances are limited; past the limit the oldest leave, their TBs are
 * interpreted again and come back when they are hot again. An engine that refuses makes the limit
 * lower and is otherwise survived.
 */
#ifndef RUNTIME_JIT_H
#define RUNTIME_JIT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "tcg/env.h"

typedef struct Hart Hart;
typedef struct Jit Jit;

typedef enum JitMode { JIT_OFF, JIT_TB } JitMode;

enum {
    JIT_DEFAULT_THRESHOLD = 1000,
    JIT_MAX_THRESHOLD = 65535, /* what a bytecode counter holds */
    JIT_DEFAULT_INSTANCES = 8000,
    JIT_MIN_INSTANCES = 16,
    JIT_MAX_INSTANCES = 1000000,
};

typedef struct JitConfig {
    JitMode mode;
    unsigned threshold;       /* 1..JIT_MAX_THRESHOLD */
    unsigned max_instances;   /* at least JIT_MIN_INSTANCES */
    bool names;               /* modules carry names, for profilers */
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
/* The TB of a slot is hot. False: it stays interpreted for now. Not while linked code runs. */
bool jit_compile(Jit *jit, uint32_t slot);
/* No linked code is running: lets instances go that are not wanted any more. */
void jit_safe_point(Jit *jit);
/* Forgets everything (slots get new numbers). Not while linked code runs. */
void jit_flush(Jit *jit);
/* jit_new() for the hart of cs; false and *error as there. (cpu-exec.c) */
bool cpu_set_jit(CPUState *cs, const JitConfig *config, char **error);
void jit_info(const Jit *jit, GString *out);

#endif
