/* No WebAssembly engine: modules can be written, in the form of the default wasm64 host. */
#include "runtime/jit-host.h"

#include <string.h>

bool jit_host_available(void)
{
    return false;
}

bool jit_host_tail_calls(void)
{
    return true;
}

void jit_host_memory(LinkOptions *o)
{
    o->memory64 = false;
    o->shared_memory = true;
    o->memory_min = 1;
    o->memory_max = 65536;
}

int jit_host_instantiate(const uint8_t *bytes, size_t len, const uint64_t *import_addresses,
                         unsigned nb)
{
    return JIT_HOST_OTHER;
}

void jit_host_prepare(const uint8_t *bytes, size_t len, const uint64_t *import_addresses,
                      unsigned nb, const uint32_t *slots, unsigned nb_slots, void *env)
{
}

const char *jit_host_error(void)
{
    return "this host has no WebAssembly engine";
}

void jit_host_drop(int handle, uint32_t first, unsigned nb) {}

void jit_host_clear(uint32_t first, unsigned nb) {}

uint32_t jit_host_table_reserve(unsigned n)
{
    return 0;
}

void jit_host_set_stub(JitFunc *stub) {}

void jit_host_stats(JitHostStats *st)
{
    memset(st, 0, sizeof(*st));
}

void jit_host_inject_refusals(unsigned permille, uint32_t seed) {}
