/*
 * The module writer, with hand-made objects. Every module made is kept in a directory; the last
 * cases validate them all with wabt, and validate and run them in Node.js (tests/linker/
 * run-modules.mjs).
 */
#include <string.h>

#include "tests/lib/link-modules.h"

/* ---- modules ---- */

static void test_empty(void)
{
    LinkOptions opt = test_options(false, false);
    LinkModule *m = make("empty", NULL, 0, &opt);

    g_assert_cmpuint(m->imports->len, ==, 0);
    link_module_free(m);
}

static void test_relocs(void)
{
    for (int memory64 = 0; memory64 < 2; memory64++) {
        LinkOptions opt = test_options(memory64, true);
        LinkDraft *obj = object_helpers(memory64, KEY_A, SLOT_A, KEY_B);
        LinkModule *m;
        Reader r;

        m = make(memory64 ? "relocs-64" : "relocs-32", &obj, 1, &opt);
        g_assert_cmpuint(m->imports->len, ==, 2); /* in the order of use */
        g_assert_cmpuint(g_array_index(m->imports, uint32_t, 0), ==, 1);
        g_assert_cmpuint(g_array_index(m->imports, uint32_t, 1), ==, 0);
        r = body(m, 0);
        r.p += 3;
        g_assert_cmpuint(get_u(&r), ==, 0);
        r.p += 5;
        g_assert_cmpuint(get_u(&r), ==, 1);
        r.p += 4;
        g_assert_cmpint(get_s(&r), ==, KEY_B);
        g_assert_cmpuint(*r.p++, ==, memory64 ? 0x42 : 0x41);
        g_assert_cmpint(get_s(&r), ==, SLOT_B);
        g_assert_cmpuint(*r.p++, ==, 0x13);
        link_module_free(m);
    }
}

/* call_indirect with the object's types: by RELOC_TYPE */
static void test_types(void)
{
    LinkOptions opt = test_options(false, false);
    LinkDraft *objects[3];
    LinkModule *m;
    Reader r;

    for (unsigned i = 0; i < 3; i++) {
        LinkDraft *obj = objects[i] = link_draft_new();
        LinkType none = {0, {0}, 0}, tb = {2, {WASM_I64, WASM_I32}, WASM_I32};
        LinkType own = {1, {i == 2 ? WASM_I64 : WASM_F32}, 0};

        g_array_append_val(obj->types, none);
        g_array_append_val(obj->types, own);
        g_array_append_val(obj->types, tb);
        add_entry(obj, KEY_A + i, i);
        OPS(obj, 0x41, 0, 0x11); /* i32.const 0; call_indirect none */
        add_reloc(obj, RELOC_TYPE, 0);
        OPS(obj, 0);
        if (i == 2) {
            OPS(obj, 0x42, 0); /* i64.const */
        } else {
            OPS(obj, 0x43, 0, 0, 0, 0); /* f32.const */
        }
        OPS(obj, 0x41, 0, 0x11);
        add_reloc(obj, RELOC_TYPE, 1);
        OPS(obj, 0, 0x20, 0, 0x20, 1, 0x41, 0, 0x13);
        add_reloc(obj, RELOC_TYPE, 2);
        OPS(obj, 0);
        if (i == 2) {
            op_call(obj, 3);
            OPS(obj, 0x20, 0);
            op_call(obj, 1); /* its type is `own` */
        }
        OPS(obj, OP_END);
    }
    m = make("types", objects, 3, &opt);
    r = section(m, 1);
    g_assert_cmpuint(get_u(&r), ==, 4); /* tb, none, (f32), (i64) */
    r = body(m, 2);
    r.p += 3;
    g_assert_cmpuint(get_u(&r), ==, 1);
    r.p += 6;
    g_assert_cmpuint(get_u(&r), ==, 3);
    r.p += 8;
    g_assert_cmpuint(get_u(&r), ==, 0);
    link_module_free(m);
}

/* More types than the writer's small table holds, twice each. */
static void test_many_types(void)
{
    enum { N = 3000 };
    static const uint8_t codes[] = {WASM_I32, WASM_I64, WASM_F32, WASM_F64};
    LinkOptions opt = test_options(false, false);
    LinkDraft *objects[N];
    LinkModule *m;
    Reader r;

    for (unsigned i = 0; i < N; i++) {
        LinkType t = {6, {0}, 0};

        for (unsigned k = 0, v = i / 2; k < 6; k++, v /= 4) {
            t.params[k] = codes[v & 3];
        }
        objects[i] = object_const(KEY_A + i, i, i);
        g_array_append_val(objects[i]->types, t);
    }
    m = make("many-types", objects, N, &opt);
    r = section(m, 1);
    g_assert_cmpuint(get_u(&r), ==, N / 2 + 1);
    link_module_free(m);
}

static void test_import_types(void)
{
    LinkOptions opt = test_options(true, true);
    LinkDraft *obj = link_draft_new();
    LinkModule *m;

    opt.names = true;
    add_entry(obj, KEY_A, 0);
    OPS(obj, 0x20, 0, 0x20, 1, 0x43, 0, 0, 0, 0, 0x44, 0, 0, 0, 0, 0, 0, 0, 0);
    OPS(obj, 0x20, 0, 0x20, 0, 0x20, 0, 0x20, 0, 0x44, 0, 0, 0, 0, 0, 0, 0, 0);
    op_call(obj, 2);
    OPS(obj, 0x1a);
    op_call(obj, 3);
    op_call(obj, 3);
    OPS(obj, 0x41, 1, OP_END);
    m = make("import-types", &obj, 1, &opt);
    g_assert_cmpuint(m->imports->len, ==, 2);
    link_module_free(m);
}

static void test_elements(void)
{
    static const uint32_t slots[] = {9, 300, 10, 8, 301, 5, 70000, 0, 9999999};
    static const uint32_t runs[][2] = {{0, 1}, {5, 1}, {8, 3}, {300, 2}, {70000, 1}, {9999999, 1}};
    static const uint32_t funcs[] = {7, 5, 3, 0, 2, 1, 4, 6, 8};

    for (int memory64 = 0; memory64 < 2; memory64++) {
        LinkOptions opt = test_options(memory64, true);
        LinkDraft *objects[G_N_ELEMENTS(slots)];
        LinkModule *m;
        unsigned at = 0;
        Reader r;

        for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++) {
            objects[i] = object_const(KEY_A + i, slots[i], i);
        }
        m = make(memory64 ? "elements-64" : "elements-32", objects, G_N_ELEMENTS(slots), &opt);
        r = section(m, 9);
        g_assert_cmpuint(get_u(&r), ==, G_N_ELEMENTS(runs));
        for (unsigned i = 0; i < G_N_ELEMENTS(runs); i++) {
            g_assert_cmpuint(get_u(&r), ==, 0);
            g_assert_cmpuint(*r.p++, ==, memory64 ? 0x42 : 0x41);
            g_assert_cmpint(get_s(&r), ==, runs[i][0]);
            g_assert_cmpuint(*r.p++, ==, OP_END);
            g_assert_cmpuint(get_u(&r), ==, runs[i][1]);
            for (unsigned k = 0; k < runs[i][1]; k++) {
                g_assert_cmpuint(get_u(&r), ==, funcs[at++]);
            }
        }
        g_assert_true(r.p == r.end);
        link_module_free(m);
    }
}

static void test_regions(void)
{
    LinkOptions opt = test_options(false, false);
    LinkDraft *objects[2] = {object_const(KEY_A, 4, 1), object_const(KEY_B, 5, 2)};
    LinkModule *m;
    Reader r;

    add_entry(objects[0], KEY_A + 1, 6);
    m = make("regions", objects, 2, &opt);
    r = section(m, 9);
    g_assert_cmpuint(get_u(&r), ==, 1);
    r.p += 4;
    g_assert_cmpuint(get_u(&r), ==, 3);
    g_assert_cmpuint(get_u(&r), ==, 0);
    g_assert_cmpuint(get_u(&r), ==, 1);
    g_assert_cmpuint(get_u(&r), ==, 0);
    link_module_free(m);
}

static void test_memory_limits(void)
{
    static const struct {
        bool memory64, shared;
        uint64_t min, max;
        const char *error;
    } cases[] = {
        {false, false, 0, 0, NULL},
        {false, false, 3, 3, NULL},
        {false, true, 256, 65536, NULL},
        {true, false, 0, 0, NULL},
        {true, true, 256, 262144, NULL},
        {true, true, 65537, 65537, NULL},
        {false, true, 1, 0, "no maximum"},
        {false, false, 4, 3, "a smaller maximum"},
        {false, false, 65537, 0, "at most 65536"},
        {true, false, 1, 262145, "at most 262144"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        LinkOptions opt = test_options(cases[i].memory64, cases[i].shared);
        LinkDraft *obj = object_const(KEY_A, 1, 1);
        char name[32];

        opt.memory_min = cases[i].min;
        opt.memory_max = cases[i].max;
        if (cases[i].error) {
            expect_error1(obj, &opt, cases[i].error);
            continue;
        }
        g_snprintf(name, sizeof(name), "memory-%u", i);
        link_module_free(make(name, &obj, 1, &opt));
    }
}

static void test_locals(void)
{
    LinkOptions opt = test_options(false, false);
    LinkDraft *obj = object_const(KEY_A, 1, 1);
    LinkModule *m;
    Reader r;

    add_locals(obj, WASM_I64, 200);
    add_locals(obj, WASM_I32, 1);
    add_locals(obj, WASM_I64, 2);
    add_locals(obj, WASM_F64, 49795);
    m = make("locals", &obj, 1, &opt);
    r = section(m, 10);
    get_u(&r);
    get_u(&r);
    g_assert_cmpuint(get_u(&r), ==, 4);
    g_assert_cmpuint(get_u(&r), ==, 200);
    g_assert_cmpuint(*r.p++, ==, WASM_I64);
    g_assert_cmpuint(get_u(&r), ==, 1);
    link_module_free(m);

    obj = object_const(KEY_A, 1, 1);
    add_locals(obj, WASM_I64, 49999);
    expect_error1(obj, &opt, "49999 locals, at most 49998");
}

static void test_body_limit(void)
{
    enum { LIMIT = 7654321 };
    LinkOptions opt = test_options(false, false);

    for (unsigned over = 0; over < 2; over++) {
        LinkDraft *obj = link_draft_new();

        add_entry(obj, KEY_A, 1);
        add_locals(obj, WASM_I32, 1);
        g_byte_array_set_size(obj->body, LIMIT - 3 + over);
        memset(obj->body->data, 0x01, obj->body->len); /* nop */
        obj->body->len -= 3;
        OPS(obj, 0x41, 1, OP_END);
        if (over) {
            LinkObject *large = link_draft_finish(obj);

            large->name = g_strdup("large");
            expect_error_objects(&large, 1, &opt,
                                 "object 0 (large): function body of 7654322 bytes, at most");
            link_object_free(large);
        } else {
            link_module_free(make("body-limit", &obj, 1, &opt));
        }
    }
}

static void test_errors(void)
{
    LinkOptions opt = test_options(false, false);
    LinkDraft *objects[2] = {object_const(KEY_A, 7, 1), object_const(KEY_B, 7, 2)};
    LinkDraft *obj;

    expect_error(objects, 2, &opt, "table slot 7 is also object");
    expect_error1(object_const(KEY_A, 10000000, 1), &opt, "table slot 10000000, at most 9999999");
    expect_error1(link_draft_new(), &opt, "does not end");

    obj = link_draft_new();
    op_call(obj, NB_TEST_IMPORTS);
    OPS(obj, OP_END);
    expect_error1(obj, &opt, "import 5: there are 5");

    obj = link_draft_new();
    op_call(obj, 4);
    OPS(obj, OP_END);
    expect_error1(obj, &opt, "import 4 has no valid type");

    obj = link_draft_new();
    add_reloc(obj, RELOC_TYPE, 0);
    OPS(obj, OP_END);
    expect_error1(obj, &opt, "type 0: there are 0");

    obj = object_const(KEY_A, 1, 1);
    g_array_append_val(obj->types, ((LinkType){10, {WASM_I32}, 0}));
    expect_error1(obj, &opt, "type 0 is not valid");

    obj = object_const(KEY_A, 1, 1);
    g_array_append_val(obj->relocs, ((LinkReloc){0, RELOC_FUNC_IMPORT, 0}));
    expect_error1(obj, &opt, "out of order or of the body's 3 bytes");

    obj = link_draft_new();
    op_call(obj, 0);
    op_call(obj, 0);
    OPS(obj, OP_END);
    g_array_index(obj->relocs, LinkReloc, 1).offset = 3;
    expect_error1(obj, &opt, "relocation 1 at 3");
    obj = link_draft_new();
    add_reloc(obj, 77, 0);
    OPS(obj, OP_END);
    expect_error1(obj, &opt, "unknown kind 77");

    obj = object_helpers(true, KEY_A, SLOT_A, KEY_B); /* i64.const where it must be i32.const */
    expect_error1(obj, &opt, "is not of a goto");
    obj = object_helpers(false, KEY_A, SLOT_A, KEY_B);
    g_array_index(obj->relocs, LinkReloc, 2).offset = (1 << 24) - 1;
    expect_error1(obj, &opt, "is not of a goto");
    opt.slot_for = NULL;
    expect_error1(object_helpers(false, KEY_A, SLOT_A, KEY_B), &opt, "no slots are given");
}

/* The limit of functions: the same object a million times, and once more. */
static void test_function_limit(void)
{
    enum { LIMIT = 1000000 };
    LinkOptions opt = test_options(false, false);
    LinkObject **objects = g_new(LinkObject *, LIMIT + 1), *obj;
    LinkDraft *draft = object_const(KEY_A, 1, 1);
    LinkModule *m;
    Reader r;

    g_array_set_size(draft->entries, 0);
    obj = link_draft_finish(draft);
    for (unsigned i = 0; i <= LIMIT; i++) {
        objects[i] = obj;
    }
    m = link_write_module(objects, LIMIT, &opt, NULL);
    r = section(m, 3);
    g_assert_cmpuint(get_u(&r), ==, LIMIT);
    link_module_free(m);
    expect_error_objects(objects, LIMIT + 1, &opt, "1000001 functions, at most 1000000");
    link_object_free(obj);
    g_free(objects);
}

static void test_names(void)
{
    LinkOptions opt = test_options(false, false);
    LinkDraft *drafts[3] = {
        object_helpers(false, KEY_A, SLOT_A, KEY_B),
        object_const(KEY_B, SLOT_B, 1),
        object_const(KEY_B + 1, SLOT_B + 1, 1),
    };
    LinkObject **objects = objects_finish(drafts, 3);
    LinkModule *m;
    Reader r;

    objects[0]->name = g_strdup("memcpy@0x80200000");
    objects[2]->name = g_strdup("\xff\xfe" /* not UTF-8 */);
    opt.names = true;
    opt.module_name = "batch 1";
    m = make_objects("names", objects, 3, &opt);
    r = section(m, 0);
    g_assert_true(r.p && !memcmp(r.p, "\4name", 5));
    g_assert_nonnull(memmem(r.p, r.end - r.p, "batch 1", 7));
    g_assert_nonnull(memmem(r.p, r.end - r.p, "helper_sum", 10));
    g_assert_null(memmem(r.p, r.end - r.p, "helper_many", 11));
    g_assert_nonnull(memmem(r.p, r.end - r.p, "memcpy@0x80200000", 17));
    link_module_free(m);
}

static void test_thousands(void)
{
    enum { N = 5000 };
    const LinkType none = {0, {0}, 0};

    for (int memory64 = 0; memory64 < 2; memory64++) {
        LinkOptions opt = test_options(memory64, true);
        LinkDraft *drafts[N];
        LinkObject **objects;
        LinkModule *m;
        Reader r;

        opt.names = true;
        for (unsigned i = 0; i < N; i++) {
            uint32_t slot = (i * 1237u) % N;

            drafts[i] = object_helpers(memory64, KEY_A + i, slot + slot / 100, KEY_A + i * 7 % N);
            g_array_append_val(drafts[i]->types, none);
            add_locals(drafts[i], WASM_I64, i % 40);
        }
        objects = objects_finish(drafts, N);
        for (unsigned i = 0; i < N; i++) {
            objects[i]->name = g_strdup_printf("tb%u", i);
        }
        m = make_objects(memory64 ? "thousands-64" : "thousands-32", objects, N, &opt);
        g_assert_cmpuint(m->imports->len, ==, 2);
        r = section(m, 9);
        g_assert_cmpuint(get_u(&r), ==, N / 100);
        r = section(m, 1);
        g_assert_cmpuint(get_u(&r), ==, 3);
        link_module_free(m);
    }
}

/* For run-modules.mjs: two TBs that go to each other, in one module and in two. */
static void test_to_run(void)
{
    for (unsigned form = 0; form < 4; form++) {
        const bool memory64 = form & 1, shared = form & 2;
        LinkOptions opt = test_options(memory64, shared);
        char name[2][32];

        for (unsigned split = 0; split < 2; split++) {
            LinkDraft *objects[2] = {
                object_count(memory64, KEY_A, SLOT_A, KEY_B),
                object_helpers(memory64, KEY_B, SLOT_B, KEY_A),
            };

            for (unsigned i = 0; i < 2; i++) {
                g_snprintf(name[i], sizeof(name[i]), "run-%s-%s-%s", memory64 ? "64" : "32",
                           shared ? "shared" : "own",
                           !split ? "both"
                           : i    ? "b"
                                  : "a");
            }
            link_module_free(make(name[0], objects, 2 - split, &opt));
            if (split) {
                link_module_free(make(name[1], objects + 1, 1, &opt));
            }
        }
    }
}

int main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    module_check_init();

    g_test_add_func("/linker/empty", test_empty);
    g_test_add_func("/linker/relocs", test_relocs);
    g_test_add_func("/linker/types", test_types);
    g_test_add_func("/linker/many-types", test_many_types);
    g_test_add_func("/linker/import-types", test_import_types);
    g_test_add_func("/linker/elements", test_elements);
    g_test_add_func("/linker/regions", test_regions);
    g_test_add_func("/linker/memory-limits", test_memory_limits);
    g_test_add_func("/linker/locals", test_locals);
    g_test_add_func("/linker/body-limit", test_body_limit);
    g_test_add_func("/linker/errors", test_errors);
    g_test_add_func("/linker/function-limit", test_function_limit);
    g_test_add_func("/linker/names", test_names);
    g_test_add_func("/linker/thousands", test_thousands);
    g_test_add_func("/linker/to-run", test_to_run);
    g_test_add_func("/linker/wabt", module_check_wabt);
    g_test_add_func("/linker/node", module_check_node);
    result = g_test_run();
    module_check_end();
    return result;
}
