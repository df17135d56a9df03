/*
 * The WebAssembly engine: makes modules of the linker's part of the running program. Two
 * implementations: jit-js.c over js/jit.js, the only place that names `WebAssembly`; and
 * jit-posix.c, where there is no engine.
 *
 * Everything here belongs to the calling thread: a function table exists once a worker, and
 * functions that a module puts into it can be called by this thread only.
 */
#ifndef RUNTIME_JIT_HOST_H
#define RUNTIME_JIT_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linker/object.h"

/* What a linked function is to C: the value of a table slot as a function pointer. */
typedef uint32_t JitFunc(void *env, uint32_t key);

static inline JitFunc *jit_host_func(uint32_t slot)
{
    return (JitFunc *)(uintptr_t)slot;
}

bool jit_host_available(void);

/* Does the engine have tail calls? */
bool jit_host_tail_calls(void);

/* Fills in how modules must declare memory and table; right for the whole run, also after growth.
 */
void jit_host_memory(LinkOptions *o);

/* Why a module was refused. The first three may be lack of resources as well as a wrong module. */
enum {
    JIT_HOST_RANGE = -1,   /* RangeError */
    JIT_HOST_COMPILE = -2, /* CompileError */
    JIT_HOST_LINK = -3,    /* LinkError */
    JIT_HOST_OTHER = -4,   /* for one a RuntimeError: an element segment outside the table */
};

/*
 * Compiles and instantiates a module; its functions are in their table slots then. The imports
 * "h"."0", "h"."1", ... are the C functions at these addresses, called directly. Returns a handle
 * (0 or more) or one of the above.
 */
int jit_host_instantiate(const uint8_t *bytes, size_t len, const uint64_t *import_addresses,
                         unsigned nb);
/*
 * For another thread that is to instantiate the same bytes soon: has the engine compile the module
 * and, by calling the functions in the table slots given with an env that has no budget, all of
 * them; NULL: none. The thread's own table is not touched. Errors are silent: the other thread will
 * see them.
 */
void jit_host_prepare(const uint8_t *bytes, size_t len, const uint64_t *import_addresses,
                      unsigned nb, const uint32_t *slots, unsigned nb_slots, void *env);
/* What the last refusal was, as text; valid until the next call. */
const char *jit_host_error(void);

/*
 * Forgets an instance, and puts the stub into nb table slots of it from first on. Nothing of it
 * may be running. The engine frees it when all its slots are cleared: use as many calls
 * (jit_host_clear()) as its slots need.
 */
void jit_host_drop(int handle, uint32_t first, unsigned nb);
void jit_host_clear(uint32_t first, unsigned nb);

/*
 * n consecutive table slots that nobody else uses, holding the stub: the first of them, or 0 if
 * the engine gives no more. They are never given back: the caller uses them again.
 */
uint32_t jit_host_table_reserve(unsigned n);
/* What slots hold that are reserved or cleared from now on: NULL, the default, traps when called.
 */
void jit_host_set_stub(JitFunc *stub);

/* Time and numbers of this thread so far. */
typedef struct JitHostStats {
    uint64_t compile_ns;     /* in new WebAssembly.Module(), failures included */
    uint64_t instantiate_ns; /* in new WebAssembly.Instance() */
    uint64_t modules;        /* instantiated */
    uint64_t live;           /* and not dropped */
    uint64_t refused;        /* injected ones included */
} JitHostStats;

void jit_host_stats(JitHostStats *st);

/*
 * For tests: refuses so many of a thousand modules, as if by a RangeError or a CompileError, and of
 * the requests for table slots.
 */
void jit_host_inject_refusals(unsigned permille, uint32_t seed);

#endif
