/* The WebAssembly engine under JavaScript: js/jit.js is the other half. */
#include "runtime/jit-host.h"

int weft_js_jit_tail_calls(void);
/* Three words: memory64, shared, most pages. */
void weft_js_jit_memory(uint32_t *facts);
int weft_js_jit_instantiate(const uint8_t *bytes, size_t len, const uint64_t *addresses,
                            unsigned nb);
void weft_js_jit_prepare(const uint8_t *bytes, size_t len, const uint64_t *addresses, unsigned nb,
                         const uint32_t *slots, unsigned nb_slots, void *env);
void weft_js_jit_error(char *buf, size_t size);
void weft_js_jit_drop(int handle);
void weft_js_jit_clear(uint32_t first, unsigned nb);
uint32_t weft_js_jit_reserve(unsigned n);
void weft_js_jit_set_stub(JitFunc *stub);
/* Four numbers: ns in Module, ns in Instance, instances made, instances live. */
void weft_js_jit_stats(double *numbers);

static _Thread_local char jit_error[512];
static _Thread_local uint64_t nb_refused;
static _Thread_local uint32_t refuse_permille, refuse_state;

bool jit_host_available(void)
{
    return true;
}

bool jit_host_tail_calls(void)
{
    return weft_js_jit_tail_calls();
}

void jit_host_memory(LinkOptions *o)
{
    uint32_t facts[3];

    weft_js_jit_memory(facts);
    o->memory64 = facts[0];
    o->shared_memory = facts[1];
    o->memory_min = 1; /* it never shrinks: any size that it has had will do */
    o->memory_max = facts[2];
}

/* xorshift32 */
static uint32_t next_random(void)
{
    refuse_state ^= refuse_state << 13;
    refuse_state ^= refuse_state >> 17;
    refuse_state ^= refuse_state << 5;
    return refuse_state;
}

void jit_host_inject_refusals(unsigned permille, uint32_t seed)
{
    refuse_permille = permille;
    refuse_state = seed ? seed : 1;
}

static bool is_refused(void)
{
    return refuse_permille && (next_random() >> 8) % 1000 < refuse_permille;
}

static int refuse(void)
{
    bool range = next_random() & 0x10000;

    g_strlcpy(jit_error, range ? "RangeError: injected" : "CompileError: injected",
              sizeof(jit_error));
    return range ? JIT_HOST_RANGE : JIT_HOST_COMPILE;
}

int jit_host_instantiate(const uint8_t *bytes, size_t len, const uint64_t *import_addresses,
                         unsigned nb)
{
    int handle;

    if (is_refused()) {
        handle = refuse();
    } else {
        handle = weft_js_jit_instantiate(bytes, len, import_addresses, nb);
        if (handle < 0) {
            weft_js_jit_error(jit_error, sizeof(jit_error));
        }
    }
    nb_refused += handle < 0;
    return handle;
}

void jit_host_prepare(const uint8_t *bytes, size_t len, const uint64_t *import_addresses,
                      unsigned nb, const uint32_t *slots, unsigned nb_slots, void *env)
{
    weft_js_jit_prepare(bytes, len, import_addresses, nb, slots, nb_slots, env);
}

const char *jit_host_error(void)
{
    return jit_error;
}

void jit_host_drop(int handle, uint32_t first, unsigned nb)
{
    weft_js_jit_clear(first, nb);
    weft_js_jit_drop(handle);
}

void jit_host_clear(uint32_t first, unsigned nb)
{
    weft_js_jit_clear(first, nb);
}

uint32_t jit_host_table_reserve(unsigned n)
{
    return is_refused() ? 0 : weft_js_jit_reserve(n);
}

void jit_host_set_stub(JitFunc *stub)
{
    weft_js_jit_set_stub(stub);
}

void jit_host_stats(JitHostStats *st)
{
    double numbers[4];

    weft_js_jit_stats(numbers);
    *st = (JitHostStats){
        .compile_ns = (uint64_t)numbers[0],
        .instantiate_ns = (uint64_t)numbers[1],
        .modules = (uint64_t)numbers[2],
        .live = (uint64_t)numbers[3],
        .refused = nb_refused,
    };
}
