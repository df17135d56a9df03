/*
 * What the linker does for batches: link units with direct gotos, functions of several keys, and
 * objects that are linked again. All modules are validated by wabt and Node.js, which also runs
 * some (tests/linker/run-modules.mjs).
 */
#include <string.h>

#include "linker/leb.h"
#include "tests/lib/link-modules.h"

static LinkOptions direct_options(bool memory64)
{
    LinkOptions opt = test_options(memory64, true);

    opt.direct = true;
    return opt;
}

/* Goes to one key. */
static LinkDraft *object_goto(bool memory64, uint32_t key, uint32_t slot, uint32_t next)
{
    LinkDraft *obj = link_draft_new();

    add_entry(obj, key, slot);
    op_goto(obj, memory64, next);
    OPS(obj, OP_END);
    return obj;
}

/* ---- link units ---- */

static void test_units(void)
{
    /* key 100 + i of unit `unit` goes to key `next`: `direct` if link units count */
    static const struct {
        uint32_t unit, next;
        int direct;
    } cases[] = {
        {1, 101, 1},    /* same unit */
        {1, 100, 0},    /* backwards */
        {1, 102, 2},    /* itself */
        {2, 100, -1},   /* another unit */
        {2, 103, 3},    /* same unit again */
        {0, 105, -1},   /* none, to itself */
        {0, 105, -1},   /* none, to none */
        {1, 105, -1},   /* to none */
        {1, 5000, -1},  /* not in the module */
        {70000, 99, -1} /* alone */
    };
    enum { N = G_N_ELEMENTS(cases) };

    for (unsigned form = 0; form < 4; form++) {
        LinkOptions opt = test_options(form & 1, true);
        LinkDraft *drafts[N];
        LinkObject **objects;
        unsigned nb_direct = 0;
        char name[32];
        LinkModule *m;

        opt.direct = form & 2;
        for (unsigned i = 0; i < N; i++) {
            drafts[i] = object_goto(opt.memory64, 100 + i, i, cases[i].next);
        }
        objects = objects_finish(drafts, N);
        for (unsigned i = 0; i < N; i++) {
            objects[i]->unit = cases[i].unit;
        }
        g_snprintf(name, sizeof(name), "units-%u", form);
        m = make_objects(name, objects, N, &opt);
        for (unsigned i = 0; i < N; i++) {
            Reader r = body(m, i);
            int expected = opt.direct ? cases[i].direct : -1;

            g_assert_cmpint(read_goto(&r, &opt, cases[i].next), ==, expected);
            g_assert_cmpuint(*r.p++, ==, OP_END);
            g_assert_true(r.p == r.end);
            nb_direct += expected >= 0;
        }
        g_assert_cmpuint(m->nb_direct, ==, nb_direct);
        g_assert_cmpuint(m->nb_slot, ==, N - nb_direct);
        link_module_free(m);
    }
}

/* Gotos of both forms between calls, in branches: what lies around them moves. */
static void test_between(void)
{
    for (int memory64 = 0; memory64 < 2; memory64++) {
        LinkOptions opt = direct_options(memory64);
        LinkDraft *drafts[2] = {link_draft_new(), object_const(KEY_B, SLOT_B, 9)};
        LinkObject **objects;
        LinkDraft *obj = drafts[0];
        LinkModule *m;
        Reader r;

        add_entry(obj, KEY_A, SLOT_A);
        add_locals(obj, WASM_I32, 3);
        OPS(obj, 0x20, 0);
        op_call(obj, 1);
        OPS(obj, 0x20, 1, 0x04, 0x40); /* if */
        op_goto(obj, memory64, KEY_B);
        OPS(obj, 0x05); /* else */
        OPS(obj, 0x20, 0);
        op_call(obj, 1);
        op_goto(obj, memory64, 12345);
        OPS(obj, OP_END);
        op_call(obj, 3);
        op_goto(obj, memory64, KEY_A);
        OPS(obj, OP_END);
        objects = objects_finish(drafts, 2);
        objects[0]->unit = objects[1]->unit = 5;
        m = make_objects(memory64 ? "between-64" : "between-32", objects, 2, &opt);
        r = body(m, 0);
        g_assert_cmpmem(r.p, 8, ((uint8_t[]){0x20, 0, 0x10, 0, 0x20, 1, 0x04, 0x40}), 8);
        r.p += 8;
        g_assert_cmpint(read_goto(&r, &opt, KEY_B), ==, 3); /* behind two imports */
        g_assert_cmpmem(r.p, 5, ((uint8_t[]){0x05, 0x20, 0, 0x10, 0}), 5);
        r.p += 5;
        g_assert_cmpint(read_goto(&r, &opt, 12345), ==, -1);
        g_assert_cmpmem(r.p, 3, ((uint8_t[]){OP_END, 0x10, 1}), 3);
        r.p += 3;
        g_assert_cmpint(read_goto(&r, &opt, KEY_A), ==, 2);
        g_assert_cmpuint(*r.p++, ==, OP_END);
        g_assert_true(r.p == r.end);
        g_assert_cmpuint(m->nb_direct, ==, 2);
        g_assert_cmpuint(m->nb_slot, ==, 1);
        link_module_free(m);
    }
}

/* Numbers around each length of a LEB: keys, slots, functions, imports. */
static uint32_t slot_is_other(void *opaque, uint32_t key)
{
    return ~key;
}

static void test_leb_limits(void)
{
    LinkOptions opt = test_options(false, false);
    LinkDraft *obj = link_draft_new();
    LinkModule *m;
    Reader r;

    opt.slot_for = slot_is_other;
    for (unsigned bits = 5; bits < 32; bits++) {
        for (int k = -1; k < 2; k++) {
            OPS(obj, 0x20, 1, 0x04, 0x40); /* if */
            op_goto(obj, false, (1u << bits) + k);
            OPS(obj, OP_END);
        }
    }
    OPS(obj, 0x41, 0, OP_END);
    m = make("leb-slots", &obj, 1, &opt);
    r = body(m, 0);
    for (unsigned bits = 5; bits < 32; bits++) {
        for (int k = -1; k < 2; k++) {
            r.p += 4;
            g_assert_cmpint(read_goto(&r, &opt, (1u << bits) + k), ==, -1);
            r.p++;
        }
    }
    link_module_free(m);
}

static void test_leb_functions(void)
{
    static const unsigned targets[] = {0, 1, 63, 64, 127, 128, 8191, 16383, 16384, 16999};
    enum { NB_IMPORTS = 17000, NB_OBJECTS = 20000 };
    LinkOptions opt = direct_options(false);
    LinkImport *imports = g_new0(LinkImport, NB_IMPORTS);
    LinkDraft **drafts = g_new(LinkDraft *, NB_OBJECTS);
    LinkObject **objects;
    LinkModule *m;
    Reader r;

    for (unsigned i = 0; i < NB_IMPORTS; i++) {
        imports[i] = test_imports[3]; /* no parameters, no result */
    }
    opt.imports = imports;
    opt.nb_imports = NB_IMPORTS;
    drafts[0] = object_const(KEY_A, 0, 1);
    drafts[0]->body->len = 0;
    for (unsigned i = 0; i < NB_IMPORTS; i++) {
        op_call(drafts[0], NB_IMPORTS - 1 - i);
    }
    OPS(drafts[0], 0x41, 0, OP_END);
    for (unsigned i = 1; i < NB_OBJECTS; i++) {
        drafts[i] = i <= G_N_ELEMENTS(targets)
                        ? object_goto(false, 100000 + i, i, 100000 + targets[i - 1])
                        : object_const(100000 + i, i, 1);
        if (i == 1) {
            add_entry(drafts[i], 100000, NB_OBJECTS);
        }
    }
    objects = objects_finish(drafts, NB_OBJECTS);
    for (unsigned i = 0; i < NB_OBJECTS; i++) {
        objects[i]->unit = 1;
    }
    m = make_objects("leb-functions", objects, NB_OBJECTS, &opt);
    g_assert_cmpuint(m->imports->len, ==, NB_IMPORTS);
    r = body(m, 0);
    for (unsigned i = 0; i < NB_IMPORTS; i++) {
        g_assert_cmpuint(*r.p++, ==, 0x10);
        g_assert_cmpuint(get_u(&r), ==, i);
        g_assert_cmpuint(g_array_index(m->imports, uint32_t, i), ==, NB_IMPORTS - 1 - i);
    }
    for (unsigned i = 1; i <= G_N_ELEMENTS(targets); i++) {
        r = body(m, i);
        g_assert_cmpint(read_goto(&r, &opt, 100000 + targets[i - 1]), ==,
                        NB_IMPORTS + MAX(1, targets[i - 1]));
    }
    link_module_free(m);
    g_free(imports);
    g_free(drafts);
}

/* ---- several keys ---- */

static void test_regions(void)
{
    static const uint32_t keys[] = {200, 100, 300}, slots[] = {7, 5, 90};

    for (unsigned form = 0; form < 4; form++) {
        LinkOptions opt = test_options(form & 1, false);
        LinkDraft *drafts[2] = {link_draft_new(), object_goto(opt.memory64, 400, 6, 100)};
        LinkObject **objects;
        char name[32];
        LinkModule *m;
        Reader r;

        opt.direct = form & 2;
        for (unsigned k = 0; k < 3; k++) {
            add_entry(drafts[0], keys[k], slots[k]);
            OPS(drafts[0], 0x20, 1, 0x04, 0x40);
            op_goto(drafts[0], opt.memory64, keys[k]);
            OPS(drafts[0], OP_END);
        }
        op_goto(drafts[0], opt.memory64, 400);
        OPS(drafts[0], OP_END);
        objects = objects_finish(drafts, 2);
        objects[0]->unit = objects[1]->unit = 9;
        g_snprintf(name, sizeof(name), "regions-%u", form);
        m = make_objects(name, objects, 2, &opt);
        r = body(m, 0);
        for (unsigned k = 0; k < 3; k++) {
            r.p += 4;
            g_assert_cmpint(read_goto(&r, &opt, keys[k]), ==, opt.direct ? 0 : -1);
            r.p++;
        }
        g_assert_cmpint(read_goto(&r, &opt, 400), ==, opt.direct ? 1 : -1);
        r = body(m, 1);
        g_assert_cmpint(read_goto(&r, &opt, 100), ==, opt.direct ? 0 : -1);
        g_assert_cmpuint(m->nb_direct, ==, opt.direct ? 5 : 0);
        g_assert_cmpuint(m->nb_slot, ==, opt.direct ? 0 : 5);
        r = section(m, 9); /* slots 5, 6, 7 and 90 */
        g_assert_cmpuint(get_u(&r), ==, 2);
        g_assert_cmpmem(r.p + 1, 7,
                        ((uint8_t[]){opt.memory64 ? 0x42 : 0x41, 5, OP_END, 3, 0, 1, 0}), 7);
        link_module_free(m);
    }
}

/* More entries than the writer's small tables hold, and none. */
static void test_many_entries(void)
{
    enum { N = 100, ENTRIES = 70 };
    LinkOptions opt = direct_options(true);
    LinkDraft *drafts[N + 1];
    LinkObject **objects;
    LinkModule *m;

    for (unsigned i = 0; i < N; i++) {
        drafts[i] = link_draft_new();
        for (unsigned k = 0; k < ENTRIES; k++) {
            add_entry(drafts[i], 1000 + k * 65536 + i, k * N + (i * 37) % N);
        }
        op_goto(drafts[i], true, 1000 + i % ENTRIES * 65536 + (i + 1) % N);
        OPS(drafts[i], OP_END);
    }
    drafts[N] = link_draft_new();
    op_goto(drafts[N], true, 1000);
    OPS(drafts[N], OP_END);
    objects = objects_finish(drafts, N + 1);
    for (unsigned i = 0; i <= N; i++) {
        objects[i]->unit = UINT32_MAX;
    }
    m = make_objects("many-entries", objects, N + 1, &opt);
    for (unsigned i = 0; i < N; i++) {
        Reader r = body(m, i);

        g_assert_cmpint(read_goto(&r, &opt, 1000 + i % ENTRIES * 65536 + (i + 1) % N), ==,
                        (i + 1) % N);
    }
    g_assert_cmpuint(m->nb_direct, ==, N + 1);
    link_module_free(m);
}

/* Every number of keys, those that fill a table too: one that is not there is not found. */
static void test_sizes(void)
{
    LinkOptions opt = direct_options(false);

    for (unsigned n = 1; n <= 130; n++) {
        LinkDraft *drafts[130];
        LinkObject **objects;
        LinkModule *m;

        for (unsigned i = 0; i < n; i++) {
            drafts[i] = object_goto(false, 100 + i * 3, i, i ? 100 + (n - 1 - i) * 3 : 5000);
        }
        objects = objects_finish(drafts, n);
        for (unsigned i = 0; i < n; i++) {
            objects[i]->unit = 1;
        }
        m = link_write_module(objects, n, &opt, NULL);
        g_assert_cmpuint(m->nb_direct, ==, n - 1);
        g_assert_cmpuint(m->nb_slot, ==, 1);
        link_module_free(m);
        objects_free(objects, n);
    }
}

/* ---- linked again ---- */

/* The same objects linked again in other company and other slots, and then as at first. */
static void test_relink(void)
{
    LinkOptions opt = direct_options(false);
    LinkDraft *drafts[3] = {
        object_goto(false, 100, 1, 101),
        object_goto(false, 101, 2, 102),
        object_goto(false, 102, 3, 100),
    };
    LinkObject **objects = objects_finish(drafts, 3);
    LinkModule *first, *m;
    Reader r;

    objects[0]->unit = objects[1]->unit = objects[2]->unit = 1;
    first = link_write_module(objects, 3, &opt, NULL);
    g_assert_cmpuint(first->nb_direct, ==, 3);

    m = link_write_module(objects, 2, &opt, NULL); /* without the third */
    g_assert_cmpuint(m->nb_direct, ==, 1);
    g_assert_cmpuint(m->nb_slot, ==, 1);
    link_module_free(m);

    m = link_write_module(objects + 1, 2, &opt, NULL); /* other function numbers */
    r = body(m, 0);
    g_assert_cmpint(read_goto(&r, &opt, 102), ==, 1);
    link_module_free(m);

    link_object_entries(objects[2])->table_slot = 9;
    objects[2]->unit = 2;
    m = link_write_module(objects, 3, &opt, NULL);
    g_assert_cmpuint(m->nb_direct, ==, 1);
    r = section(m, 9);
    g_assert_cmpuint(get_u(&r), ==, 2);
    link_module_free(m);

    link_object_entries(objects[2])->table_slot = 3;
    objects[2]->unit = 1;
    m = link_write_module(objects, 3, &opt, NULL);
    g_assert_cmpmem(m->bytes->data, m->bytes->len, first->bytes->data, first->bytes->len);
    link_module_free(m);
    link_module_free(first);
    objects_free(objects, 3);
}

static void test_errors(void)
{
    LinkOptions opt = direct_options(false);
    LinkDraft *drafts[2] = {object_goto(false, KEY_A, 1, KEY_A), object_const(KEY_A, 2, 1)};
    LinkObject **objects = objects_finish(drafts, 2);

    objects[0]->unit = 1;
    expect_error_objects(objects, 2, &opt, "object 1: key 16 is also object 0's");
    objects_free(objects, 2);

    for (unsigned at = 0; at < 21; at++) { /* each byte that is not of the fields */
        LinkDraft *obj = object_goto(false, KEY_A, 1, KEY_A);
        const bool field = (at >= 3 && at < 8) || (at >= 9 && at < 14) || (at >= 15 && at < 20);

        obj->body->data[at] ^= 0x40;
        if (field) {
            LinkModule *m = make("goto-field", &obj, 1, &opt);
            Reader r = body(m, 0);

            g_assert_cmpint(read_goto(&r, &opt, KEY_A), ==, -1);
            link_module_free(m);
        } else {
            expect_error1(obj, &opt, "relocation 0 at 3 is not of a goto");
        }
    }
    for (unsigned len = 1; len < 21; len++) { /* cut off */
        LinkDraft *obj = object_goto(false, KEY_A, 1, KEY_A);

        g_byte_array_set_size(obj->body, len);
        OPS(obj, OP_END);
        expect_error1(obj, &opt, "relocation 0 at 3 is not of a goto");
    }
}

/* ---- to run ---- */

enum { NODES = 40, NODE_KEYS = 3, FIRST_KEY = 1000, HOPS = 200000 };

/* An object serves some of the keys; each key has two to go to. */
typedef struct Graph {
    uint32_t next[NODES * NODE_KEYS][2];
    unsigned nb_keys[NODES]; /* of node n: from FIRST_KEY + n * NODE_KEYS on */
    uint32_t unit[NODES];
    unsigned part[NODES]; /* the module it is in when there are several */
} Graph;

static uint32_t graph_slot(void *opaque, uint32_t key)
{
    return (key - FIRST_KEY) * 7 % 120;
}

static void graph_init(Graph *g, GRand *rand)
{
    for (unsigned n = 0; n < NODES; n++) {
        g->nb_keys[n] = n % 3 ? 1 : g_rand_int_range(rand, 2, NODE_KEYS + 1);
        g->unit[n] = g_rand_int_range(rand, 0, 4);
        g->part[n] = g_rand_int_range(rand, 0, 3);
    }
    for (unsigned k = 0; k < NODES * NODE_KEYS; k++) {
        for (unsigned i = 0; i < 2; i++) {
            unsigned n = g_rand_int_range(rand, 0, NODES);

            g->next[k][i] =
                FIRST_KEY + n * NODE_KEYS + g_rand_int_range(rand, 0, (int)g->nb_keys[n]);
        }
    }
}

/* What node_object() does with the word behind the count. */
static uint32_t graph_hash(const Graph *g, uint32_t key, unsigned hops)
{
    uint32_t hash = 0;

    while (hops--) {
        hash = hash * 31 + key;
        key = g->next[key - FIRST_KEY][hash >> 5 & 1];
    }
    return hash;
}

static LinkDraft *node_object(const Graph *g, unsigned n, bool memory64)
{
    const uint32_t first = FIRST_KEY + n * NODE_KEYS;
    LinkDraft *obj = link_draft_new();
    uint8_t leb[LEB_MAX];

    add_locals(obj, WASM_I32, 1);
    op_env(obj, memory64);
    OPS(obj, 0x28, 2, 0, 0x45); /* count is 0: return 2 */
    add_hint(obj, false);
    OPS(obj, 0x04, 0x40, 0x41, 2, 0x0f, OP_END);
    op_env(obj, memory64);
    op_env(obj, memory64);
    OPS(obj, 0x28, 2, 0, 0x41, 1, 0x6b, 0x36, 2, 0); /* count - 1 */
    OPS(obj, 0x20, 0);
    op_call(obj, 1);
    op_env(obj, memory64);
    op_env(obj, memory64);
    OPS(obj, 0x28, 2, 4, 0x41, 31, 0x6c, 0x20, 1, 0x6a, 0x22, 2, 0x36, 2, 4); /* hash */
    for (unsigned k = 0; k < g->nb_keys[n]; k++) {
        add_entry(obj, first + k, graph_slot(NULL, first + k));
        OPS(obj, 0x20, 1, 0x41);
        g_byte_array_append(obj->body, leb, leb_put_s(leb, first + k));
        OPS(obj, 0x46, 0x04, 0x40, 0x20, 2, 0x41, 5, 0x76, 0x41, 1, 0x71); /* of this key */
        add_hint(obj, true);
        OPS(obj, 0x04, 0x40);
        op_goto(obj, memory64, g->next[first + k - FIRST_KEY][1]);
        OPS(obj, OP_END);
        op_goto(obj, memory64, g->next[first + k - FIRST_KEY][0]);
        OPS(obj, OP_END);
    }
    OPS(obj, 0x41, 3, OP_END); /* a key that is not its own */
    return obj;
}

/* Links the nodes, all or of one part, and adds the module's name to `names`. */
static void graph_module(const Graph *g, int part, const LinkOptions *opt, const char *form,
                         GString *names)
{
    g_autofree char *name = g_strdup_printf("graph-%s-%d", form, part);
    LinkDraft *drafts[NODES];
    LinkObject **objects;
    uint32_t units[NODES];
    LinkModule *m;
    unsigned n = 0;

    for (unsigned i = 0; i < NODES; i++) {
        if (part < 0 || g->part[i] == (unsigned)part) {
            units[n] = g->unit[i];
            drafts[n++] = node_object(g, i, opt->memory64);
        }
    }
    objects = objects_finish(drafts, n);
    for (unsigned i = 0; i < n; i++) {
        objects[i]->unit = units[i];
    }
    m = make_objects(name, objects, n, opt);
    g_assert_true(opt->direct || !m->nb_direct);
    g_assert_cmpuint(m->nb_slot, >, 0);
    g_string_append_printf(names, "%s\"%s\"", names->len ? ", " : "", name);
    link_module_free(m);
}

/* The same graph by slots, with direct gotos, and in three modules. */
static void test_graph(void)
{
    GRand *rand = g_rand_new_with_seed(g_test_rand_int());
    GString *runs = g_string_new("[");

    for (unsigned form = 0; form < 8; form++) {
        LinkOptions opt = test_options(form & 1, form & 1);
        const unsigned split = form >> 2;
        g_autofree char *text = g_strdup_printf("%u", form);
        GString *names = g_string_new(NULL);
        Graph g;

        graph_init(&g, rand);
        opt.direct = form & 2;
        opt.hints = true;
        opt.slot_for = graph_slot;
        if (split) {
            for (int part = 0; part < 3; part++) {
                graph_module(&g, part, &opt, text, names);
            }
        } else {
            graph_module(&g, -1, &opt, text, names);
        }
        g_string_append_printf(runs,
                               "%s{\"bits\": %u, \"modules\": [%s], \"key\": %u, \"slot\": %u, "
                               "\"hops\": %u, \"hash\": %u}",
                               form ? ",\n" : "", opt.memory64 ? 64 : 32, names->str, FIRST_KEY,
                               graph_slot(NULL, FIRST_KEY), HOPS, graph_hash(&g, FIRST_KEY, HOPS));
        g_string_free(names, TRUE);
    }
    g_string_append(runs, "]\n");
    module_check_text("runs.json", runs->str);
    g_string_free(runs, TRUE);
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    module_check_init();

    g_test_add_func("/linker-batch/units", test_units);
    g_test_add_func("/linker-batch/between", test_between);
    g_test_add_func("/linker-batch/leb-limits", test_leb_limits);
    g_test_add_func("/linker-batch/leb-functions", test_leb_functions);
    g_test_add_func("/linker-batch/regions", test_regions);
    g_test_add_func("/linker-batch/many-entries", test_many_entries);
    g_test_add_func("/linker-batch/sizes", test_sizes);
    g_test_add_func("/linker-batch/relink", test_relink);
    g_test_add_func("/linker-batch/errors", test_errors);
    g_test_add_func("/linker-batch/graph", test_graph);
    g_test_add_func("/linker-batch/wabt", module_check_wabt);
    g_test_add_func("/linker-batch/node", module_check_node);
    result = g_test_run();
    module_check_end();
    return result;
}
