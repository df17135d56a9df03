/* Objects, their branch hints, what the linker makes of damaged ones, and how fast it is. */
#include <string.h>

#include "linker/leb.h"
#include "tests/lib/link-modules.h"

/* ---- objects ---- */

static void test_object(void)
{
    static const LinkType type = {1, {WASM_F64}, 0};
    LinkDraft *d = object_helpers(false, KEY_A, SLOT_A, KEY_B);
    LinkObject *obj;
    size_t size;

    add_locals(d, WASM_I64, 130);
    add_locals(d, WASM_I32, 1);
    add_entry(d, KEY_B, SLOT_B);
    g_array_append_val(d->types, type);
    add_hint(d, true);
    size = d->body->len;
    obj = link_draft_finish(d);
    g_assert_cmpuint(obj->body_size, ==, size);
    g_assert_cmpuint(obj->nb_relocs, ==, 3);
    g_assert_cmpuint(obj->relocs[2].target, ==, KEY_B);
    g_assert_cmpuint(obj->nb_entries, ==, 2);
    g_assert_cmpuint(link_object_entries(obj)[1].key, ==, KEY_B);
    g_assert_cmpuint(link_object_entries(obj)[1].table_slot, ==, SLOT_B);
    g_assert_cmpuint(obj->nb_hints, ==, 1);
    g_assert_cmpuint(link_object_hints(obj)->offset, ==, size);
    g_assert_cmpuint(obj->nb_types, ==, 1);
    g_assert_cmpmem(link_object_types(obj), sizeof(type), &type, sizeof(type));
    g_assert_cmpuint(obj->nb_locals, ==, 131);
    g_assert_cmpmem(link_object_locals(obj), obj->locals_size,
                    ((uint8_t[]){2, 0x82, 1, WASM_I64, 1, WASM_I32}), 6);
    g_assert_cmpuint(link_object_body(obj)[0], ==, 0x20);
    g_assert_cmpuint(link_object_body(obj)[size - 1], ==, OP_END);
    size = link_object_size(obj);
    g_assert_cmpuint(size, >=, obj->body_size + 3 * 8 + 2 * 8 + 4);
    g_assert_cmpuint(size, <=, obj->body_size + 3 * 8 + 2 * 8 + 4 + 80);
    obj->name = g_strdup("abc");
    g_assert_cmpuint(link_object_size(obj), ==, size + 4);
    link_object_free(obj);

    obj = link_draft_finish(link_draft_new());
    g_assert_cmpuint(link_object_size(obj), <=, 64);
    link_object_free(obj);
    link_draft_free(link_draft_new());
    link_draft_free(NULL);
    link_object_free(NULL);
}

/* ---- branch hints ---- */

/* `n` branches, each with a hint, that a marker follows; calls, gotos and others between. */
static LinkDraft *object_branches(GRand *rand, uint32_t key, unsigned n)
{
    LinkDraft *obj = link_draft_new();
    uint8_t leb[LEB_MAX];

    add_entry(obj, key, key);
    add_locals(obj, WASM_I32, g_rand_int_range(rand, 0, 3));
    add_locals(obj, WASM_I64, g_rand_int_range(rand, 0, 300));
    for (unsigned k = 0; k < n; k++) {
        switch (g_rand_int_range(rand, 0, 5)) {
        case 0:
            OPS(obj, 0x20, 0);
            op_call(obj, 1);
            break;
        case 1:
            OPS(obj, 0x20, 1, 0x04, 0x40);
            op_goto(obj, false, g_rand_int_range(rand, 100, 200));
            OPS(obj, OP_END);
            break;
        case 2: /* a branch without one */ OPS(obj, 0x20, 1, 0x04, 0x40, OP_END); break;
        case 3: op_call(obj, 3); break;
        default: break;
        }
        if (k & 1) {
            OPS(obj, 0x02, 0x40, 0x20, 1);
            add_hint(obj, k >> 1 & 1);
            OPS(obj, 0x0d, 0);
        } else {
            OPS(obj, 0x20, 1);
            add_hint(obj, k >> 1 & 1);
            OPS(obj, 0x04, 0x40);
        }
        OPS(obj, 0x41);
        g_byte_array_append(obj->body, leb, leb_put_s(leb, k));
        OPS(obj, 0x1a, OP_END);
    }
    OPS(obj, 0x41, 3, OP_END);
    return obj;
}

static void test_hints(void)
{
    enum { N = 60, MOST = 70 };
    GRand *rand = g_rand_new_with_seed(g_test_rand_int());

    for (unsigned form = 0; form < 3; form++) {
        LinkOptions opt = test_options(false, false);
        LinkDraft *drafts[N];
        LinkObject **objects;
        unsigned counts[N], hinted = 0;
        char name[32];
        LinkModule *m;
        Reader r;

        opt.hints = form < 2;
        opt.direct = form == 1;
        for (unsigned i = 0; i < N; i++) {
            counts[i] = i % 3 ? g_rand_int_range(rand, 0, MOST) : 0;
            hinted += counts[i] != 0;
            drafts[i] = object_branches(rand, 100 + i, counts[i]);
        }
        objects = objects_finish(drafts, N);
        for (unsigned i = 0; i < N; i++) {
            objects[i]->unit = 1 + i / 40;
        }
        g_snprintf(name, sizeof(name), "hints-%u", form);
        m = make_objects(name, objects, N, &opt);
        r = custom_section(m, "metadata.code.branch_hint");
        if (!opt.hints) {
            g_assert_null(r.p);
            link_module_free(m);
            continue;
        }
        g_assert_nonnull(r.p);
        g_assert_true(r.p < section(m, 10).p);
        g_assert_cmpuint(get_u(&r), ==, hinted);
        for (unsigned i = 0; i < N; i++) {
            Reader f = function(m, i);

            if (!counts[i]) {
                continue;
            }
            g_assert_cmpuint(get_u(&r), ==, m->imports->len + i);
            g_assert_cmpuint(get_u(&r), ==, counts[i]);
            for (unsigned k = 0; k < counts[i]; k++) {
                Reader at = {f.p + get_u(&r), f.end};

                g_assert_cmpuint(*r.p++, ==, 1);
                g_assert_cmpuint(*r.p++, ==, k >> 1 & 1);
                g_assert_cmpmem(at.p, 3, ((uint8_t[]){k & 1 ? 0x0d : 0x04, k & 1 ? 0 : 0x40, 0x41}),
                                3);
                at.p += 3;
                g_assert_cmpint(get_s(&at), ==, k);
            }
        }
        g_assert_true(r.p == r.end);
        link_module_free(m);
    }
    g_rand_free(rand);
}

static void test_hint_errors(void)
{
    static const struct {
        uint32_t offsets[2];
        const char *error;
    } cases[] = {
        {{2, 7}, "hint 1 at 7 is not of a branch"},
        {{2, 2}, "hint 1 at 2 is out of order"},
        {{8, 2}, "hint 1 at 2 is out of order"},
        {{2, 14}, "hint 1 at 14 is out of order or of the body's 14 bytes"},
        {{2, INT32_MAX}, "hint 1 at 2147483647 is out of order or of the body's 14 bytes"},
    };
    LinkOptions opt = test_options(false, false);

    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(cases); i++) {
        LinkDraft *obj = link_draft_new();

        OPS(obj, 0x20, 1, 0x04, 0x40, OP_END, 0x01, 0x20, 1, 0x04, 0x40, OP_END, 0x41, 1, OP_END);
        for (unsigned k = 0; k < 2; k++) {
            g_array_append_val(obj->hints, ((LinkHint){cases[i / 2].offsets[k], true}));
        }
        opt.hints = i & 1; /* who does not ask for them does not get the error either */
        if (opt.hints) {
            expect_error1(obj, &opt, cases[i / 2].error);
        } else {
            link_module_free(make("hint-errors", &obj, 1, &opt));
        }
    }
}

/* ---- damaged objects ---- */

/* Damaged objects: a module or an error, nothing else. */
static void test_damaged(void)
{
    GRand *rand = g_rand_new_with_seed(g_test_rand_int());
    unsigned good = 0, bad = 0;

    for (unsigned round = 0; round < 20000; round++) {
        LinkOptions opt = test_options(g_rand_int_range(rand, 0, 10) == 0, true);
        LinkDraft *drafts[3];
        LinkObject **objects;
        LinkModule *m;
        char *error = NULL;

        opt.direct = opt.hints = true;
        for (unsigned i = 0; i < 3; i++) {
            drafts[i] = object_branches(rand, 100 + i, g_rand_int_range(rand, 0, 10));
        }
        for (int n = g_rand_int_range(rand, 0, 3); n > 0; n--) {
            LinkDraft *d = drafts[g_rand_int_range(rand, 0, 3)];
            GArray *const arrays[] = {d->relocs, d->hints, d->types, d->entries};
            static const uint8_t sizes[] = {sizeof(LinkReloc), sizeof(LinkHint), sizeof(LinkType),
                                            sizeof(LinkEntry)};
            unsigned which = g_rand_int_range(rand, 0, 5);

            if (which == 4) {
                g_byte_array_set_size(d->body, g_rand_int_range(rand, 0, d->body->len + 1));
            } else if (arrays[which]->len) {
                unsigned at = g_rand_int_range(rand, 0, arrays[which]->len * sizes[which]);

                arrays[which]->data[at] ^= 1 << g_rand_int_range(rand, 0, 8);
            } else {
                g_array_set_size(arrays[which], 1);
                memset(arrays[which]->data, 0, sizes[which]);
            }
        }
        objects = objects_finish(drafts, 3);
        for (unsigned i = 0; i < 3; i++) {
            objects[i]->unit = g_rand_int_range(rand, 0, 3);
        }
        m = link_write_module(objects, 3, &opt, &error);
        g_assert_true(!m == !!error);
        *(m ? &good : &bad) += 1;
        link_module_free(m);
        g_free(error);
        objects_free(objects, 3);
    }
    g_assert_cmpuint(good, >, 3000);
    g_assert_cmpuint(bad, >, 3000);
    g_rand_free(rand);
}

/* ---- speed ---- */

/* Like a TB of 350 bytes: ten relocations, two of them gotos, and some hints. */
static LinkDraft *object_typical(uint32_t key, uint32_t slot, uint32_t next)
{
    LinkDraft *obj = link_draft_new();

    add_entry(obj, key, slot);
    for (unsigned k = 0; k < 8; k++) {
        add_locals(obj, k & 1 ? WASM_I32 : WASM_I64, 2);
        OPS(obj, 0x20, 0);
        op_call(obj, 1);
        OPS(obj, 0x20, 1);
        add_hint(obj, k & 1);
        OPS(obj, 0x04, 0x40, OP_END);
        while (obj->body->len % 38) {
            OPS(obj, 0x01);
        }
    }
    OPS(obj, 0x20, 1, 0x04, 0x40);
    op_goto(obj, false, key + 1);
    OPS(obj, OP_END);
    op_goto(obj, false, next);
    OPS(obj, OP_END);
    return obj;
}

static void test_speed(void)
{
    static const struct {
        unsigned objects, rounds;
    } cases[] = {{1, 100000}, {64, 3000}, {256, 1000}, {4096, 40}};
    static const char *const forms[] = {"slots", "direct", "direct and hints"};

    for (unsigned c = 0; c < G_N_ELEMENTS(cases); c++) {
        const unsigned n = cases[c].objects;
        LinkDraft **drafts = g_new(LinkDraft *, n);
        LinkObject **objects;
        size_t size = 0;

        for (unsigned i = 0; i < n; i++) {
            drafts[i] = object_typical(1000 + i, i + i / 3, 1000 + i * 7 % n);
        }
        objects = objects_finish(drafts, n);
        for (unsigned i = 0; i < n; i++) {
            objects[i]->unit = 1 + i / 16;
            size += link_object_size(objects[i]);
        }
        for (unsigned form = 0; form < G_N_ELEMENTS(forms); form++) {
            LinkOptions opt = test_options(false, true);
            size_t bytes = 0;
            int64_t start;
            double us;

            opt.direct = form > 0;
            opt.hints = form > 1;
            start = g_get_monotonic_time();
            for (unsigned k = 0; k < cases[c].rounds; k++) {
                LinkModule *m = link_write_module(objects, n, &opt, NULL);

                bytes = m->bytes->len;
                link_module_free(m);
            }
            us = (double)(g_get_monotonic_time() - start) / cases[c].rounds;
            g_test_message("%u objects of %zu bytes, %s: %.2f us a module, %.3f us an object, %zu "
                           "bytes an object",
                           n, size / n, forms[form], us, us / n, bytes / n);
        }
        objects_free(objects, n);
        g_free(drafts);
    }
}

int main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    module_check_init();

    g_test_add_func("/linker-object/object", test_object);
    g_test_add_func("/linker-object/hints", test_hints);
    g_test_add_func("/linker-object/hint-errors", test_hint_errors);
    g_test_add_func("/linker-object/damaged", test_damaged);
    g_test_add_func("/linker-object/wabt", module_check_wabt);
    g_test_add_func("/linker-object/node", module_check_node);
    if (g_test_perf()) {
        g_test_add_func("/linker-object/speed", test_speed);
    }
    result = g_test_run();
    module_check_end();
    return result;
}
