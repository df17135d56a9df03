/*
 * Fuzzing of everything that takes IR: the input is its text. What the parser takes is dumped and
 * parsed again to the same; what the verifier takes goes through the passes, keeps its form and its
 * meaning, and is served by both code generators.
 *
 * Random bytes are refused at the first op, so that inputs are random programs with a few words and
 * lines changed.
 */
#include <string.h>

#include "tcg/tci/tci.h"
#include "tcg/wasm/wasm.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/random-flow.h"
#include "tests/lib/random-ir.h"

typedef struct Result {
    IrExit exit;
    uint64_t value;
    RandomEnv env;
    uint8_t mem[RANDOM_IR_MEM_SIZE];
} Result;

static TCGContext *s, *other;
static LinkImport *imports;
static unsigned nb_imports;

static void init(void)
{
    tci_init();
    s = tcg_context_new();
    other = tcg_context_new();
    random_ir_init(s);
    random_ir_init(other);
    imports = wasm_imports(s, &nb_imports);
}

/* ---- form ------------------------------------------------------------------------------------ */

static char *parse(TCGContext *to, const char *text)
{
    tcg_func_start(to);
    return tcg_parse_ops(to, text);
}

static void check_form(const char *after)
{
    g_autofree char *error = tcg_verify(s);
    if (error) {
        g_autoptr(GString) text = g_string_new(NULL);
        tcg_dump_ops(s, text);
        g_error("malformed after %s: %s\n%s", after, error, text->str);
    }
}

static void check_text(void)
{
    g_autoptr(GString) once = g_string_new(NULL), twice = g_string_new(NULL);
    tcg_dump_ops(s, once);
    g_autofree char *error = parse(other, once->str);
    g_assert_cmpstr(error, ==, NULL);
    tcg_dump_ops(other, twice);
    g_assert_cmpstr(once->str, ==, twice->str);
}

/* ---- meaning --------------------------------------------------------------------------------- */

/*
 * Host memory is only touched where nothing else is: other pointers are the front end's promise. A
 * global that is discarded may hold anything afterwards.
 */
static bool can_run(void)
{
    for (unsigned i = 0; i < s->nb_ops; i++) {
        const TCGOp *op = &s->ops[i];
        if (tcg_op_defs[op->opc].flags & TCG_OPF_HOSTMEM &&
            (op->args[1] != tcg_env().i || op->args[2] < offsetof(RandomEnv, scratch) ||
             op->args[2] > offsetof(RandomEnv, notes) - 8)) {
            return false;
        }
        if (op->opc == INDEX_op_discard && s->temps[op->args[0]].kind == TEMP_GLOBAL) {
            return false;
        }
    }
    return true;
}

static void run(bool poison, Result *r)
{
    IrMachine m = {.env = (uint8_t *)&r->env,
                   .mem = r->mem,
                   .mem_base = RANDOM_IR_MEM_BASE,
                   .mem_size = RANDOM_IR_MEM_SIZE,
                   .max_steps = 2000,
                   .poison_dead = poison,
                   .call = random_ir_call,
                   .fault_trap = RANDOM_IR_FAULT};

    random_ir_init_state(&r->env, r->mem, 1);
    ir_eval(&m, s);
    r->exit = m.exit;
    r->value = m.exit_value;
}

static void check_meaning(const Result *before, const Result *after)
{
    /* passes take steps away, and what is undefined may mean anything */
    if (before->exit == IR_EXIT_STUCK || before->exit == IR_EXIT_BAD) {
        return;
    }
    if (before->exit == IR_EXIT_GOTO_PTR && after->exit == IR_EXIT_GOTO_TB) {
        /* a computed jump whose target turned out to be constant, relative to the page */
        uint64_t pc_page = ((const CPUState *)&before->env)->pc_page;
        g_assert_cmphex(pc_page + (uint64_t)(int64_t)(int32_t)after->value, ==, before->value);
    } else {
        g_assert_cmpstr(ir_exit_name(after->exit), ==, ir_exit_name(before->exit));
        g_assert_cmphex(after->value, ==, before->value);
    }
    /* each state points into itself */
    size_t pointer = offsetof(RandomEnv, pointer);
    g_assert_cmpmem(&after->env, pointer, &before->env, pointer);
    g_assert_cmpmem(after->mem, sizeof(after->mem), before->mem, sizeof(before->mem));
}

/* ---- code ------------------------------------------------------------------------------------ */

static uint32_t key_for(void *opaque, uint32_t page_offset)
{
    return LINK_FIRST_KEY + page_offset;
}

static uint32_t table_slot_for(void *opaque, uint32_t key)
{
    return key;
}

static void generate_tci(void)
{
    static TCIInsnStart starts[TCG_MAX_OPS];
    g_autoptr(GString) text = g_string_new(NULL);
    TCIGen gen = {
        .out = tci_code, .slot_for = key_for, .starts = starts, .max_starts = TCG_MAX_OPS};

    if (tci_generate(s, &gen)) {
        g_assert_cmpuint(gen.nb_words, <=, TCI_TB_WORDS);
        tci_disas(s, gen.out, gen.nb_words, text);
    }
}

static void generate_wasm(unsigned form)
{
    WasmGen gen = {.memory64 = form & 1,
                   .tail_calls = form & 2,
                   .key = LINK_FIRST_KEY,
                   .table_slot = LINK_FIRST_KEY,
                   .n_insns = 1,
                   .key_for = key_for};
    LinkOptions link = {.memory64 = form & 1,
                        .shared_memory = true,
                        .memory_min = 1,
                        .memory_max = 65536,
                        .imports = imports,
                        .nb_imports = nb_imports,
                        .slot_for = table_slot_for,
                        .names = true};
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *error = NULL;
    LinkObject *obj = wasm_generate(s, &gen);

    if (obj) {
        wasm_text(obj, imports, nb_imports, text);
        g_assert_null(strchr(text->str, '?'));
        LinkModule *m = link_write_module(&obj, 1, &link, &error);
        g_assert_cmpstr(error, ==, NULL);
        link_module_free(m);
        link_object_free(obj);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Result before, after;

    if (!s) {
        init();
    }
    g_autofree char *text = g_strndup(size ? (const char *)data : "", size);
    g_autofree char *error = parse(s, text);
    if (error) {
        g_assert_true(g_str_has_prefix(error, "line "));
        return 0;
    }
    g_autofree char *malformed = tcg_verify(s);
    check_text();
    if (malformed) {
        return 0;
    }
    bool runs = can_run();
    if (runs) {
        run(false, &before);
    }
    if (size % 4) {
        tcg_optimize(s);
        check_form("optimisation");
        check_text();
    }
    tcg_liveness(s);
    check_form("liveness");
    if (runs) {
        run(true, &after);
        check_meaning(&before, &after);
    }
    generate_tci();
    generate_wasm(size / 4 % 4);
    return 0;
}

/* ---- inputs ---------------------------------------------------------------------------------- */

static const char *const words[] = {
    "env",     "x0",     "x7",         "w0",      "w3",       "%0",         "%0w",
    "%1",      "%1w",    "%2",         "%63",     "%1023",    "%1024w",     "%-1",
    "%",       "$0",     "$-1",        "$0x7",    "$0x80000", "$-0x8000",   "$0xffffffffffffffff",
    "$1e",     "$",      "L0",         "L1",      "L255",     "L256",       "L-1",
    "L",       "eq",     "ltu",        "lt",      "tstne",    "never",      "always",
    "ub",      "sl",     "uq",         "uq+be",   "sw+al",    "ul+mmu1",    "sb+mmu7+be+al",
    "uw+mmu8", "+",      "iz",         "os",      "oz",       "iz+oz+os",   "0",
    "1",       "31",     "32",         "63",      "64",       "0x7fffffff", "-0x80000000",
    "0xfff",   "0x1000", "-",          "mix",     "note",     "many",       "#",
    ",",       "\t",     "\r",         "",        "call",     "tb_head",    "insn_start",
    "inner",   "root",   "goto_inner", "pc_page",
};

/* A program of some kind, as lines. */
static GPtrArray *random_lines(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    RandomIrConfig cfg = {.nb_ops = 1 + below(30)};
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    unsigned kind = below(8);

    if (!s) {
        init();
    }
    if (kind == 0) {
        random_flow_upside_down(s, any_word());
    } else if (kind < 3) {
        random_flow_generate(s, any_word(), one_in(2));
    } else {
        random_ir_generate(s, any_word(), &cfg);
    }
    tcg_dump_ops(s, text);
    g_auto(GStrv) split = g_strsplit(text->str, "\n", -1);
    for (char **line = split; *line; line++) {
        g_ptr_array_add(lines, g_strdup(*line));
    }
    return lines;
}

static const char *line_at(const GPtrArray *lines, unsigned n)
{
    return g_ptr_array_index(lines, n);
}

static void set_line(GPtrArray *lines, unsigned n, char *text)
{
    g_free(lines->pdata[n]);
    lines->pdata[n] = text;
}

/* An operand of any line, or a word from the list. */
static char *any_operand(const GPtrArray *lines)
{
    g_auto(GStrv) split = g_strsplit(line_at(lines, below(lines->len)), ", ", -1);
    unsigned n = g_strv_length(split);

    return n < 2 || one_in(3) ? g_strdup(words[below(G_N_ELEMENTS(words))])
                              : g_strdup(split[1 + below(n - 1)]);
}

static void change_operand(GPtrArray *lines, unsigned n)
{
    g_auto(GStrv) split = g_strsplit(line_at(lines, n), ", ", -1);
    unsigned count = g_strv_length(split);

    if (count) {
        unsigned k = below(count);
        char *by = any_operand(lines);
        char *name = k ? NULL : strrchr(split[0], ' ');
        if (name) { /* the first operand stands behind the op's name */
            *name = '\0';
            char *both = g_strconcat(split[0], " ", by, NULL);
            g_free(by);
            by = both;
        }
        g_free(split[k]);
        split[k] = by;
    }
    set_line(lines, n, g_strjoinv(", ", split));
}

static void change_byte(GPtrArray *lines, unsigned n)
{
    char *line = g_strdup(line_at(lines, n));
    size_t len = strlen(line);

    if (len) {
        line[below((unsigned)len)] = (char)(one_in(4) ? below(256) : 32 + below(96));
    }
    set_line(lines, n, line);
}

/* Any op with operands that may suit it. */
static char *any_op(const GPtrArray *lines)
{
    const TCGOpDef *def = &tcg_op_defs[below(INDEX_op_COUNT)];
    GString *out = g_string_new(def->name);

    if (def->types == TCG_OPT_I) {
        g_string_append(out, one_in(2) ? "_i32" : "_i64");
    }
    for (unsigned k = 0; k < def->nb_oargs + def->nb_iargs + def->nb_cargs; k++) {
        g_autofree char *operand = any_operand(lines);
        g_string_append_printf(out, "%s%s", k ? ", " : " ", operand);
    }
    return g_string_free(out, FALSE);
}

static void mutate(GPtrArray *lines)
{
    unsigned n = below(lines->len), m = below(lines->len);

    switch (below(10)) {
    case 0: g_ptr_array_remove_index(lines, n); break;
    case 1: g_ptr_array_insert(lines, (int)m, g_strdup(line_at(lines, n))); break;
    case 2: {
        void *line = lines->pdata[n];
        lines->pdata[n] = lines->pdata[m];
        lines->pdata[m] = line;
        break;
    }
    case 3: change_byte(lines, n); break;
    case 4: g_ptr_array_insert(lines, (int)m, any_op(lines)); break;
    default: change_operand(lines, n); break;
    }
}

GByteArray *fuzz_make_input(void)
{
    GByteArray *in = g_byte_array_new();
    GPtrArray *lines = random_lines();

    for (unsigned n = one_in(8) ? below(40) : below(5); n && lines->len; n--) {
        mutate(lines);
    }
    for (unsigned n = 0; n < lines->len; n++) {
        g_byte_array_append(in, (const uint8_t *)line_at(lines, n), strlen(line_at(lines, n)));
        g_byte_array_append(in, (const uint8_t *)"\n", 1);
    }
    g_ptr_array_free(lines, TRUE);
    return in;
}
