/*
 * runtime/jit-host.h in Node.js: hand-made modules called from C, chained through the table, made
 * and dropped by the thousand. Prints what fails, figures, and `N passed, N failed, 0 skipped`.
 *
 * test-jit-host [cycles]: how often 3,000 instances are made and dropped.
 */
#include <emscripten.h>
#include <emscripten/heap.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/jit-host.h"
#include "tests/lib/link-objects.h"

enum { KEY_A = 16, KEY_B = 17, STUB_VALUE = 0x12345 };

static _Thread_local unsigned nb_passed, nb_failed;

#define CHECK(condition)                                           \
    do {                                                           \
        if (condition) {                                           \
            nb_passed++;                                           \
        } else {                                                   \
            nb_failed++;                                           \
            printf("%s:%d: %s\n", __func__, __LINE__, #condition); \
        }                                                          \
    } while (0)

EM_JS_DEPS(test_jit_host, "$addFunction,$removeFunction");

/* A function of JavaScript in the table: its slot. Where memory is 64-bit, addFunction() says a
 * BigInt. */
EM_JS(int, js_add_function, (int value),
      { return Number(addFunction(Function('return ' + value), 'i')); });

EM_JS(void, js_remove_function, (int slot), { removeFunction(slot); });

EM_JS(double, js_rss, (void), { return process.memoryUsage.rss(); });

static int64_t now_ns(void)
{
    return (int64_t)(emscripten_get_now() * 1e6);
}

/* ---- helpers that modules import ---- */

typedef struct TestEnv {
    int32_t count;
    uint64_t calls, keys;
} TestEnv;

static uint32_t helper_sum(void *env, uint32_t key)
{
    ((TestEnv *)env)->keys += key;
    return key;
}

static void helper_count(void *env)
{
    ((TestEnv *)env)->calls++;
}

static uint32_t stub(void *env, uint32_t key)
{
    return STUB_VALUE + key;
}

static const LinkImport imports[] = {
    {"helper_sum", {2, {WASM_I64, WASM_I32}, WASM_I32}, (uint64_t)(uintptr_t)helper_sum},
    {"helper_count", {1, {WASM_I64}, 0}, (uint64_t)(uintptr_t)helper_count},
    {"wrong", {2, {WASM_I64, WASM_I64}, WASM_I32}, (uint64_t)(uintptr_t)helper_sum},
};

static _Thread_local uint32_t slot_a, slot_b;

static uint32_t slot_for(void *opaque, uint32_t key)
{
    return key == KEY_A ? slot_a : slot_b;
}

static LinkOptions options(void)
{
    LinkOptions opt = {
        .imports = imports, .nb_imports = G_N_ELEMENTS(imports), .slot_for = slot_for};

    jit_host_memory(&opt);
    return opt;
}

static int instantiate(const LinkModule *m)
{
    uint64_t *addresses = g_new(uint64_t, m->imports->len);
    int handle;

    for (unsigned i = 0; i < m->imports->len; i++) {
        addresses[i] = imports[g_array_index(m->imports, uint32_t, i)].address;
    }
    handle = jit_host_instantiate(m->bytes->data, m->bytes->len, addresses, m->imports->len);
    g_free(addresses);
    return handle;
}

/* Writes, instantiates, frees the objects. */
static int make(LinkDraft **drafts, unsigned n)
{
    LinkOptions opt = options();
    char *error = NULL;
    LinkObject **objects = objects_finish(drafts, n);
    LinkModule *m = link_write_module(objects, n, &opt, &error);
    int handle;

    if (!m) {
        printf("%s\n", error);
        abort();
    }
    handle = instantiate(m);
    link_module_free(m);
    objects_free(objects, n);
    return handle;
}

static int make1(LinkDraft *obj)
{
    return make(&obj, 1);
}

/* ---- cases ---- */

static void test_facts(void)
{
    LinkOptions opt = options();

    CHECK(jit_host_available());
    CHECK(opt.shared_memory);
    CHECK(opt.memory_max == (opt.memory64 ? 262144 : 65536));
    printf("memory64 %d, most pages %u\n", opt.memory64, (unsigned)opt.memory_max);
}

static void test_slots(void)
{
    uint32_t a = jit_host_table_reserve(10), b, c;
    int js1, js2, handle;

    CHECK(a > 0);
    jit_host_set_stub(stub);
    js1 = js_add_function(77);
    b = jit_host_table_reserve(3);
    c = jit_host_table_reserve(20000); /* more than a step */
    js2 = js_add_function(78);
    CHECK(b >= a + 10 || b + 3 <= a);
    CHECK(c >= b + 3 || c + 20000 <= b);
    CHECK((uint32_t)js1 < a || (uint32_t)js1 >= a + 10);
    CHECK((uint32_t)js2 < c || (uint32_t)js2 >= c + 20000);
    CHECK(jit_host_func(c + 19999)(NULL, 5) == STUB_VALUE + 5);
    CHECK(jit_host_func(b)(NULL, 5) == STUB_VALUE + 5);

    handle = make1(object_const(KEY_A, b + 1, -7));
    CHECK(handle >= 0);
    CHECK(jit_host_func(b + 1)(NULL, KEY_A) == (uint32_t)-7);
    CHECK(jit_host_func(b)(NULL, 1) == STUB_VALUE + 1);
    js_remove_function(js1);
    CHECK(js_add_function(79) == js1); /* Emscripten's list holds its own slots only */
    CHECK(((int (*)(void))(uintptr_t)js1)() == 79);
    CHECK(((int (*)(void))(uintptr_t)js2)() == 78);
    CHECK(jit_host_func(b + 1)(NULL, KEY_A) == (uint32_t)-7);

    jit_host_drop(handle, b + 1, 1);
    CHECK(jit_host_func(b + 1)(NULL, 2) == STUB_VALUE + 2);
    CHECK(make1(object_const(KEY_A, b + 1, 8)) == handle); /* used again */
    CHECK(jit_host_func(b + 1)(NULL, KEY_A) == 8);
    jit_host_drop(handle, b + 1, 1);
}

static void run_pair(TestEnv *env, int32_t hops)
{
    *env = (TestEnv){.count = hops};
    CHECK(jit_host_func(slot_a)(env, KEY_A) == 2);
    CHECK(env->count == 0);
    CHECK(env->calls == (uint64_t)hops);
    CHECK(env->keys == (uint64_t)hops * KEY_B);
}

/* Two TBs that go to each other: memory, helpers, and a million tail calls through the table. */
static void test_chain(void)
{
    const bool memory64 = options().memory64;
    TestEnv env;

    slot_a = jit_host_table_reserve(2);
    slot_b = slot_a + 1;
    for (unsigned split = 0; split < 2; split++) {
        LinkDraft *objects[2] = {
            object_count(memory64, KEY_A, slot_a, KEY_B),
            object_helpers(memory64, KEY_B, slot_b, KEY_A),
        };
        int first, second = -1;
        int64_t t;

        first = make(objects, 2 - split);
        CHECK(first >= 0);
        if (split) {
            env.count = 1;
            CHECK(jit_host_func(slot_a)(&env, KEY_A) == STUB_VALUE + KEY_B);
            second = make1(objects[1]);
            CHECK(second >= 0 && second != first);
        }
        run_pair(&env, 1000000);
        t = now_ns();
        run_pair(&env, 1000000);
        printf("%s: %.1f ns a hop with helper calls\n", split ? "two modules" : "one module",
               (double)(now_ns() - t) / 2e6);
        jit_host_drop(first, slot_a, 2 - split);
        jit_host_drop(second, slot_b, 1);
    }
}

/* Modules made before the memory grew see what is new, and others can be made after. */
static void test_growth(void)
{
    static const uint64_t sizes[] = {100ull << 20, 2200ull << 20, 5000ull << 20};
    const bool memory64 = options().memory64;
    int before = make1(object_count(memory64, KEY_A, slot_a, KEY_B));

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        size_t heap = emscripten_get_heap_size();
        int after;
        char *p;

        if (sizes[i] >= emscripten_get_heap_max() || !(p = malloc(sizes[i]))) {
            continue;
        }
        CHECK(emscripten_get_heap_size() > heap);
        after = make1(object_helpers(memory64, KEY_B, slot_b, KEY_A));
        CHECK(after >= 0);
        run_pair((TestEnv *)(p + sizes[i] - 64), 1000);
        printf("env at %p\n", (void *)(p + sizes[i] - 64));
        jit_host_drop(after, slot_b, 1);
        free(p);
    }
    jit_host_drop(before, slot_a, 1);
}

static void expect_refusal(LinkDraft *obj, int code, const char *text)
{
    JitHostStats st0, st1;
    int handle;

    jit_host_stats(&st0);
    handle = make1(obj);
    jit_host_stats(&st1);
    CHECK(handle == code);
    CHECK(strstr(jit_host_error(), text));
    CHECK(st1.refused == st0.refused + 1 && st1.live == st0.live && st1.modules == st0.modules);
}

static void test_errors(void)
{
    LinkDraft *obj = link_draft_new();

    add_entry(obj, KEY_A, slot_a);
    OPS(obj, 0x42, 0, OP_END); /* an i64 where an i32 is to be */
    expect_refusal(obj, JIT_HOST_COMPILE, "CompileError");

    obj = link_draft_new();
    add_entry(obj, KEY_A, slot_a);
    OPS(obj, 0x20, 0, 0x42, 0);
    op_call(obj, 2);
    OPS(obj, OP_END);
    expect_refusal(obj, JIT_HOST_LINK, "LinkError");

    expect_refusal(object_const(KEY_A, 9000000, 1), JIT_HOST_OTHER, "RuntimeError");
    CHECK(jit_host_instantiate((const uint8_t *)"\0asm", 4, NULL, 0) == JIT_HOST_COMPILE);
    CHECK(jit_host_table_reserve(20000000) == 0);
    CHECK(jit_host_table_reserve(2) != 0);
    CHECK(jit_host_func(slot_a)(NULL, 1) == STUB_VALUE + 1);
}

static void test_refusals(void)
{
    unsigned codes[2][4] = {{0}}, made = 0;

    for (unsigned round = 0; round < 2; round++) {
        jit_host_inject_refusals(300, 42);
        for (unsigned i = 0; i < 1000; i++) {
            int handle = make1(object_const(KEY_A, slot_a, 5));

            if (handle >= 0) {
                made++;
                jit_host_drop(handle, slot_a, 1);
            } else {
                codes[round][-handle - 1]++;
                CHECK(strstr(jit_host_error(), "injected"));
            }
        }
    }
    jit_host_inject_refusals(0, 0);
    CHECK(made > 1200 && made < 1600);
    CHECK(codes[0][0] > 80 && codes[0][1] > 80 && codes[0][2] == 0 && codes[0][3] == 0);
    CHECK(!memcmp(codes[0], codes[1], sizeof(codes[0])));
}

/* About what a TB looks like: 330 bytes. value makes each one another. */
static LinkDraft *object_large(bool memory64, uint32_t slot, uint32_t value)
{
    LinkDraft *obj = link_draft_new();
    uint8_t add[] = {
        0x41, 0x80 | (value & 0x7f), 0x80 | (value >> 7 & 0x7f), value >> 14 & 0x3f, 0x6a, 0x21, 2};

    add_entry(obj, KEY_A, slot);
    add_locals(obj, WASM_I32, 2);
    OPS(obj, 0x20, 1);
    g_byte_array_append(obj->body, add, sizeof(add));
    while (obj->body->len < 300) {
        op_env(obj, memory64);
        OPS(obj, 0x28, 2, 0, 0x20, 2, 0x6a, 0x21, 2); /* local 2 += [env] */
    }
    OPS(obj, 0x20, 2, OP_END);
    return obj;
}

/* n instances of batch objects each, dropped again. Slots from first on. */
static void cycle(unsigned n, unsigned batch, uint32_t first, uint32_t seed, bool print)
{
    const bool memory64 = options().memory64;
    LinkDraft **objects = g_new(LinkDraft *, batch);
    int *handles = g_new(int, n);
    TestEnv env = {.count = 1};
    JitHostStats st0, st1;
    bool right = true;
    int64_t t;

    jit_host_stats(&st0);
    for (unsigned i = 0; i < n; i++) {
        for (unsigned k = 0; k < batch; k++) {
            objects[k] = object_large(memory64, first + i * batch + k, seed + i * batch + k);
        }
        handles[i] = make(objects, batch);
        if (handles[i] < 0) {
            printf("instance %u: %s\n", i, jit_host_error());
        }
        right = right && handles[i] >= 0;
    }
    jit_host_stats(&st1);
    CHECK(right && st1.live == st0.live + n);
    t = now_ns();
    for (unsigned i = 0; i < n * batch; i++) {
        uint32_t result = jit_host_func(first + i)(&env, 3);

        right = right && result > ((seed + i) & 0xfffff) && result < ((seed + i) & 0xfffff) + 100;
    }
    CHECK(right);
    t = now_ns() - t;
    if (print) {
        double count = (double)n * batch;

        printf("batches of %u: Module %.2f us, Instance %.2f us, first call %.2f us an object\n",
               batch, (double)(st1.compile_ns - st0.compile_ns) / count / 1e3,
               (double)(st1.instantiate_ns - st0.instantiate_ns) / count / 1e3,
               (double)t / count / 1e3);
    }
    for (unsigned i = 0; i < n; i++) {
        jit_host_drop(handles[i], first + i * batch, batch);
    }
    CHECK(jit_host_func(first)(NULL, 9) == STUB_VALUE + 9);
    g_free(objects);
    g_free(handles);
}

/* What is dropped is collected, although this thread never returns to its event loop. */
static void test_thousands(unsigned cycles)
{
    uint32_t first = jit_host_table_reserve(3200);
    double rss = js_rss(), most = 0;

    cycle(300, 1, first, 1, false);
    cycle(2000, 1, first, 5000, true);
    cycle(50, 64, first, 9000, true);
    printf("resident: %.0f MB", rss / 1e6);
    for (unsigned k = 0; k < cycles; k++) {
        cycle(3000, 1, first, 20000 + k * 3000, false);
        rss = js_rss();
        most = MAX(most, rss);
        printf(" %.0f", rss / 1e6);
        fflush(stdout);
    }
    printf("\n");
    CHECK(most < 1.5e9);
}

static void *other_thread(void *opaque)
{
    unsigned *counts = opaque;

    jit_host_set_stub(stub);
    test_chain();
    counts[0] += nb_passed;
    counts[1] += nb_failed;
    return NULL;
}

int main(int argc, char **argv)
{
    unsigned counts[2] = {0, 0};
    pthread_t thread;

    test_facts();
    test_slots();
    test_chain();
    test_growth();
    test_errors();
    test_refusals();
    pthread_create(&thread, NULL, other_thread, counts);
    pthread_join(thread, NULL);
    CHECK(counts[0] > 0);
    test_thousands(argc > 1 ? (unsigned)atoi(argv[1]) : 5);
    nb_passed += counts[0];
    nb_failed += counts[1];
    printf("%u passed, %u failed, 0 skipped\n", nb_passed, nb_failed);
    return nb_failed != 0;
}
