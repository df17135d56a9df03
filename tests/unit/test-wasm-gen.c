/*
 * What the Wasm generator makes is valid: every op in every form, random programs and control flow
 * that has no structured form, for memory32 and memory64, with keys and with tail calls. wabt and
 * Node.js say so. What the code does is tested by tests/wasm/test-wasm-random.c, how it looks by
 * the goldens.
 */
#include <string.h>

#include "tests/lib/module-check.h"
#include "tests/lib/random-region.h"
#include "tcg/internal.h"
#include "tcg/wasm/emit.h"
#include "tcg/wasm/wasm.h"

enum { BATCH = 250, FORMS = 4 };

static TCGContext *s;
static LinkImport *imports;
static unsigned nb_imports;
static LinkObject *pending[FORMS][BATCH];
static unsigned nb_pending;

static uint32_t key_for(void *opaque, uint32_t page_offset)
{
    return 5000 + page_offset;
}

static uint32_t slot_for(void *opaque, uint32_t key)
{
    return key;
}

static void write_pending(const char *name)
{
    static unsigned serial;

    for (unsigned form = 0; form < FORMS; form++) {
        LinkOptions link = {.memory64 = form & 1,
                            .shared_memory = true,
                            .memory_min = 1,
                            .memory_max = 65536,
                            .imports = imports,
                            .nb_imports = nb_imports,
                            .slot_for = slot_for,
                            .hints = true};
        g_autofree char *error = NULL, *file = g_strdup_printf("%s-%u-%u", name, serial, form);
        LinkModule *m = link_write_module(pending[form], nb_pending, &link, &error);
        g_assert_cmpstr(error, ==, NULL);
        module_check_keep(file, m);
        link_module_free(m);
        for (unsigned k = 0; k < nb_pending; k++) {
            link_object_free(pending[form][k]);
        }
    }
    nb_pending = 0;
    serial++;
}

static void add(const char *name, uint32_t page_offset)
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->nb_ops; i++) {
        n += s->ops[i].opc == INDEX_op_insn_start;
    }
    for (unsigned form = 0; form < FORMS; form++) {
        WasmGen gen = {.memory64 = form & 1,
                       .tail_calls = form & 2,
                       .key = 16 + nb_pending,
                       .table_slot = 1 + nb_pending,
                       .page_offset = page_offset,
                       .n_insns = n,
                       .key_for = key_for};
        pending[form][nb_pending] = wasm_generate(s, &gen);
        g_assert_nonnull(pending[form][nb_pending]);
    }
    if (++nb_pending == BATCH) {
        write_pending(name);
    }
}

static bool has(const LinkObject *obj, const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    wasm_text(obj, imports, nb_imports, out);
    return strstr(out->str, text) != NULL;
}

/* ---- every op -------------------------------------------------------------------------------- */

/* A temp to read, or to write: a global, or a constant if `konst`. */
static uint32_t temp(TCGType t, unsigned n, bool konst)
{
    if (konst) {
        return tcg_constant(s, t, n * 77).i;
    }
    return 1 + n + (t == TCG_TYPE_I32 ? RANDOM_IR_GLOBALS64 : 0);
}

static void emit_one(TCGOpcode opc, TCGType t, unsigned konst, const uint32_t *consts)
{
    const TCGOpDef *def = &tcg_op_defs[opc];
    TCGType in = def->flags & TCG_OPF_WIDEN    ? TCG_TYPE_I32
                 : def->flags & TCG_OPF_NARROW ? TCG_TYPE_I64
                                               : t;
    uint32_t args[TCG_OP_ARGS] = {0};
    unsigned n = 0;

    tcg_func_start(s);
    tcg_gen_insn_start(s, 0, 0);
    for (unsigned k = 0; k < def->nb_oargs; k++) {
        args[n++] = temp(t, k, false);
    }
    for (unsigned k = 0; k < def->nb_iargs; k++) {
        bool address = k + 1 == def->nb_iargs && def->flags & (TCG_OPF_HOSTMEM | TCG_OPF_GUESTMEM);
        args[n++] = temp(address ? TCG_TYPE_I64 : in, k & 3, !address && konst >> k & 1);
    }
    memcpy(args + n, consts, 2 * sizeof(*consts));
    memcpy(tcg_emit(s, opc, t)->args, args, sizeof(args));
    tcg_gen_exit_tb(s, tcg_constant_i64(s, 4));
    g_autofree char *error = tcg_verify(s);
    g_assert_cmpstr(error, ==, NULL);
    tcg_liveness(s);
    add("ops", 4);
}

static void each_form(TCGOpcode opc, TCGType t, unsigned konst)
{
    const unsigned w = tcg_type_bits(t);

    switch (opc) {
    case INDEX_op_setcond:
    case INDEX_op_negsetcond:
    case INDEX_op_movcond:
        for (uint32_t c = 0; c < TCG_COND_COUNT; c++) {
            emit_one(opc, t, konst, (uint32_t[]){c, 0});
        }
        break;
    case INDEX_op_deposit:
    case INDEX_op_extract:
    case INDEX_op_sextract:
        for (uint32_t pos = 0; pos < w; pos += 1 + pos % 7) {
            for (uint32_t len = 1; pos + len <= w; len++) {
                emit_one(opc, t, konst, (uint32_t[]){pos, len});
            }
        }
        break;
    case INDEX_op_qemu_ld:
    case INDEX_op_qemu_st:
        for (uint32_t mop = 0; mop <= MO_MASK; mop++) {
            if (memop_size(mop) * 8 <= w && !(opc == INDEX_op_qemu_st && mop & MO_SIGN)) {
                emit_one(opc, t, konst, (uint32_t[]){make_memop_idx(mop, mop % 4), 0});
            }
        }
        break;
    default: emit_one(opc, t, konst, (uint32_t[]){opc >= INDEX_op_ld8u ? 16 : 0, 0});
    }
}

static void test_ops(void)
{
    for (TCGOpcode opc = INDEX_op_mov; opc <= INDEX_op_qemu_st; opc++) {
        const TCGOpDef *def = &tcg_op_defs[opc];
        for (unsigned konst = 0; konst < 1u << def->nb_iargs; konst++) {
            if (def->types != TCG_OPT_L) {
                each_form(opc, TCG_TYPE_I32, konst);
            }
            if (def->types != TCG_OPT_W) {
                each_form(opc, TCG_TYPE_I64, konst);
            }
        }
    }
    write_pending("ops");
}

/* ---- programs -------------------------------------------------------------------------------- */

static void test_random(void)
{
    for (unsigned k = 0; k < 2000; k++) {
        uint64_t seed = (uint64_t)g_test_rand_int() << 8 | k % 256;
        RandomIrConfig cfg = {.nb_ops = k % 100 ? 4 + k % 90 : 1500};
        uint32_t self = TARGET_PAGE_SIZE - 1;
        random_ir_generate(s, seed, &cfg);
        for (unsigned i = 0; i < s->nb_ops && k % 2; i++) {
            self = s->ops[i].opc == INDEX_op_goto_tb ? s->ops[i].args[1] % 4096 : self;
        }
        if (k % 4) {
            tcg_optimize(s);
        }
        tcg_liveness(s);
        add("random", self);
    }
    write_pending("random");
}

/* From each of n blocks to any other: the dispatch form. */
static void test_irreducible(void)
{
    unsigned labels[20], n = G_N_ELEMENTS(labels), dispatch = 0, structured = 0;

    for (unsigned round = 0; round < 100; round++) {
        tcg_func_start(s);
        tcg_gen_insn_start(s, 0, 0);
        for (unsigned k = 0; k < n; k++) {
            labels[k] = tcg_new_label(s);
        }
        unsigned reach = 1 + round / 10; /* the first ones only go forward or stay */
        for (unsigned k = 0; k < n; k++) {
            unsigned to = round < 30 ? k + g_test_rand_int_range(0, (int)reach)
                                     : g_test_rand_int_range(0, (int)n);
            tcg_gen_set_label(s, labels[k]);
            tcg_gen_addi_i64(s, (TCGv){(uint16_t)(1 + k % 8)}, (TCGv){1}, 1);
            tcg_gen_brcond_i64(s, TCG_COND_LT, (TCGv){2}, (TCGv){3}, labels[MIN(to, n - 1)]);
        }
        tcg_gen_goto_tb(s, 0, 0);
        tcg_liveness(s);
        add("flow", round % 2 ? 0 : 8);
        if (nb_pending) {
            bool table = has(pending[0][nb_pending - 1], "br_table");
            dispatch += table;
            structured += !table;
        }
    }
    g_assert_cmpuint(dispatch, >, 20);
    g_assert_cmpuint(structured, >, 20);
    write_pending("flow");
}

/* Random regions: structured and not, with computed jumps and without, until all were there. */
static void test_regions(void)
{
    enum { ROUNDS = 400, MOST = 10 * ROUNDS, COMPUTED = 20, DISPATCH = 3, STRUCTURED = 20 };
    unsigned dispatch = 0, structured = 0, computed = 0;
    RandomRegion r;

    for (unsigned round = 0;
         round < ROUNDS || (round < MOST && (computed <= COMPUTED || dispatch <= DISPATCH));
         round++) {
        random_region_init(&r, s, (uint64_t)g_test_rand_int(), 16);
        g_assert_true(random_region_join(&r, s));
        unsigned inner = 0; /* targets of the computed jump that has most */
        for (unsigned i = 0; i < s->nb_ops; i++) {
            unsigned targets = 0;
            for (unsigned k = 0; k < s->nb_inner; k++) {
                targets += tcg_goes_to_inner(s, &s->ops[i], k);
            }
            inner = MAX(inner, targets);
        }
        add("regions", r.tbs[0].page_offset);
        if (nb_pending) {
            bool table = has(pending[0][nb_pending - 1], "br_table");
            g_assert_true(table || inner < 4);
            computed += inner >= 4;
            dispatch += table && inner < 4;
            structured += !table;
        }
    }
    g_test_message("%u with computed jumps, else %u structured, %u not", computed, structured,
                   dispatch);
    g_assert_cmpuint(computed, >, COMPUTED);
    g_assert_cmpuint(dispatch, >, DISPATCH);
    g_assert_cmpuint(structured, >, STRUCTURED);
    write_pending("regions");
}

static void test_imports(void)
{
    unsigned nb;
    LinkImport *list = wasm_imports(s, &nb);

    g_assert_cmpuint(nb, ==, WASM_FIRST_HELPER + RANDOM_IR_HELPERS);
    g_assert_cmpstr(list[WASM_IMPORT_LD].name, ==, "cpu_ld_mmu");
    g_assert_cmpuint(list[WASM_IMPORT_LD].type.nb_params, ==, 3);
    g_assert_cmpuint(list[WASM_IMPORT_LD].type.params[2], ==, WASM_I32);
    g_assert_cmpuint(list[WASM_IMPORT_LD].type.result, ==, WASM_I64);
    g_assert_cmpuint(list[WASM_IMPORT_ST].type.result, ==, 0);
    for (unsigned k = 0; k < RANDOM_IR_HELPERS; k++) {
        const LinkImport *m = &list[WASM_FIRST_HELPER + k];
        g_assert_cmpstr(m->name, ==, random_ir_helpers[k].name);
        g_assert_cmpuint(m->address, ==, (uintptr_t)random_ir_helpers[k].func);
        g_assert_cmpuint(m->type.nb_params, ==, strlen(random_ir_helpers[k].signature) - 1);
    }
    g_free(list);
}

/* A body of a whole page of ops is served; what needs too many guest registers is refused. */
static void test_large(void)
{
    WasmGen gen = {.key = 16, .table_slot = 1, .page_offset = 4, .n_insns = 1, .key_for = key_for};

    tcg_func_start(s);
    tcg_gen_insn_start(s, 0, 0);
    for (unsigned k = 0; k < TCG_MAX_OPS - 16; k++) {
        tcg_gen_qemu_ld_i64(s, (TCGv){(uint16_t)(1 + k % 8)}, (TCGv){(uint16_t)(1 + k % 7)}, MO_UQ,
                            0);
    }
    tcg_gen_goto_tb(s, 0, 8);
    g_assert_false(s->overflow);
    tcg_liveness(s);
    LinkObject *obj = wasm_generate(s, &gen);
    g_assert_nonnull(obj);
    link_object_free(obj);

    TCGContext *wide = tcg_context_new();
    for (unsigned k = 0; k < 65; k++) {
        tcg_global_mem_new(wide, TCG_TYPE_I64, 512 + 8 * k, "r");
    }
    tcg_func_start(wide);
    tcg_gen_insn_start(wide, 0, 0);
    for (unsigned k = 0; k < 65; k++) {
        tcg_gen_movi_i64(wide, (TCGv){(uint16_t)(1 + k)}, k);
    }
    tcg_gen_goto_tb(wide, 0, 8);
    tcg_liveness(wide);
    g_assert_null(wasm_generate(wide, &gen));
    tcg_context_free(wide);
}

/* Of budget, soft TLB and jump cache: what the exceptional ways are. */
static void test_hints(void)
{
    static const struct {
        uint8_t op;
        bool likely;
    } expected[2][4] = {
        {{W_br_if, false}, {W_br_if, false}, {W_if, true}},
        {{W_br_if, false}, {W_if, true}, {W_br_if, false}, {W_if, true}}, /* with slow_calls */
    };

    for (unsigned calls = 0; calls < 2; calls++) {
        WasmGen gen = {.slow_calls = calls,
                       .key = 16,
                       .table_slot = 1,
                       .page_offset = 4,
                       .n_insns = 1,
                       .key_for = key_for};

        tcg_func_start(s);
        tcg_gen_insn_start(s, 0, 0);
        tcg_gen_qemu_ld_i64(s, (TCGv){1}, (TCGv){2}, MO_UQ, 0);
        tcg_gen_goto_ptr(s, (TCGv){1});
        tcg_liveness(s);
        LinkObject *obj = wasm_generate(s, &gen);
        g_assert_nonnull(obj);
        g_assert_cmpuint(obj->nb_hints, ==, 3 + calls);
        for (unsigned k = 0; k < obj->nb_hints; k++) {
            LinkHint hint = link_object_hints(obj)[k];
            g_assert_cmpuint(hint.likely, ==, expected[calls][k].likely);
            g_assert_cmpuint(link_object_body(obj)[hint.offset], ==, expected[calls][k].op);
        }
        link_object_free(obj);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_check_init();
    s = tcg_context_new();
    random_ir_init(s);
    imports = wasm_imports(s, &nb_imports);
    g_test_add_func("/wasm-gen/imports", test_imports);
    g_test_add_func("/wasm-gen/ops", test_ops);
    g_test_add_func("/wasm-gen/random", test_random);
    g_test_add_func("/wasm-gen/irreducible", test_irreducible);
    g_test_add_func("/wasm-gen/regions", test_regions);
    g_test_add_func("/wasm-gen/large", test_large);
    g_test_add_func("/wasm-gen/hints", test_hints);
    g_test_add_func("/wasm-gen/wabt", module_check_wabt);
    g_test_add_func("/wasm-gen/node", module_check_node);
    int status = g_test_run();
    g_free(imports);
    tcg_context_free(s);
    module_check_end();
    return status;
}
