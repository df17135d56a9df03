/* See link-modules.h. */
#include "tests/lib/link-modules.h"

#include <string.h>

const LinkImport test_imports[NB_TEST_IMPORTS] = {
    {"helper_sum", {2, {WASM_I64, WASM_I32}, WASM_I32}, 0},
    {"helper_count", {1, {WASM_I64}, 0}, 0},
    {"helper_many",
     {9,
      {WASM_I64, WASM_I32, WASM_F32, WASM_F64, WASM_I64, WASM_I64, WASM_I64, WASM_I64, WASM_F64},
      WASM_F64},
     0},
    {"helper_none", {0, {0}, 0}, 0},
    {"helper_bad", {1, {0x70}, 0}, 0},
};

static uint32_t slot_for(void *opaque, uint32_t key)
{
    return key == KEY_A ? SLOT_A : key == KEY_B ? SLOT_B : key;
}

LinkOptions test_options(bool memory64, bool shared)
{
    LinkOptions opt = {
        .memory64 = memory64,
        .shared_memory = shared,
        .memory_min = 1,
        .memory_max = shared ? (memory64 ? 262144 : 65536) : 0,
        .imports = test_imports,
        .nb_imports = NB_TEST_IMPORTS,
        .slot_for = slot_for,
    };

    return opt;
}

LinkModule *make_objects(const char *name, LinkObject **objects, unsigned n, const LinkOptions *opt)
{
    char *error = NULL;
    LinkModule *m = link_write_module(objects, n, opt, &error);

    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(m);
    module_check_keep(name, m);
    objects_free(objects, n);
    return m;
}

LinkModule *make(const char *name, LinkDraft **drafts, unsigned n, const LinkOptions *opt)
{
    return make_objects(name, objects_finish(drafts, n), n, opt);
}

void expect_error_objects(LinkObject **objects, unsigned n, const LinkOptions *opt,
                          const char *part)
{
    char *error = NULL;

    g_assert_null(link_write_module(objects, n, opt, &error));
    g_assert_nonnull(error);
    if (!strstr(error, part)) {
        g_error("the error is '%s', not '%s'", error, part);
    }
    g_free(error);
    g_assert_null(link_write_module(objects, n, opt, NULL));
}

void expect_error(LinkDraft **drafts, unsigned n, const LinkOptions *opt, const char *part)
{
    LinkObject **objects = objects_finish(drafts, n);

    expect_error_objects(objects, n, opt, part);
    objects_free(objects, n);
}

void expect_error1(LinkDraft *draft, const LinkOptions *opt, const char *part)
{
    expect_error(&draft, 1, opt, part);
}

int64_t read_goto(Reader *r, const LinkOptions *opt, uint32_t key)
{
    g_assert_cmpuint(*r->p++, ==, 0x20);
    g_assert_cmpuint(*r->p++, ==, 0);
    g_assert_cmpuint(*r->p++, ==, 0x41);
    g_assert_cmpint(get_s(r), ==, (int32_t)key);
    if (*r->p == 0x12) {
        r->p++;
        return get_u(r);
    }
    g_assert_cmpuint(*r->p++, ==, opt->memory64 ? 0x42 : 0x41);
    g_assert_cmpint(get_s(r), ==, (int32_t)opt->slot_for(NULL, key));
    g_assert_cmpuint(*r->p++, ==, 0x13);
    g_assert_cmpuint(*r->p++, ==, 0);
    g_assert_cmpuint(*r->p++, ==, 0);
    return -1;
}
