/*
 * Goldens of the Wasm generator: `run-wasm [--accept] DIR|FILE...`
 *
 * A file holds cases. Each is a line `== name`, the input IR, a line `--`, and the expected output
 * of parse, verify, optimise, liveness, generate, as text (tcg/wasm/text.c). A comment `#!
 * WORDS` in the input sets options: memory64, tail-calls, slow-calls, raw (not optimised),
 * self=OFFSET (page offset of the TB, 0 if not given). The TB has key 100 and costs as many insns
 * as it has insn_start ops before the first tb_head; the key of page offset n is 1000 + n, that of
 * a goto_tb to the page before or behind 9000 + the distance. --accept writes what came out in
 * place of what was expected.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/random-ir.h"
#include "tcg/wasm/wasm.h"

static TCGContext *s;
static LinkImport *imports;
static unsigned nb_imports;
static bool accept_output;
static unsigned nb_cases, nb_failed;

static uint32_t key_for(void *opaque, uint32_t page_offset)
{
    return 1000 + page_offset;
}

static uint32_t far_key_for(void *opaque, int32_t disp)
{
    return disp >= -TARGET_PAGE_SIZE && disp < 2 * TARGET_PAGE_SIZE ? (uint32_t)(9000 + disp) : 0;
}

static bool option(const char *input, const char *word)
{
    const char *line = strstr(input, "#!"), *at = line ? strstr(line, word) : NULL;
    return at && !memchr(line, '\n', (size_t)(at - line));
}

static GString *generate(const char *input)
{
    GString *out = g_string_new(NULL);
    const char *self = strstr(input, "self=");
    WasmGen gen = {.memory64 = option(input, "memory64"),
                   .tail_calls = option(input, "tail-calls"),
                   .slow_calls = option(input, "slow-calls"),
                   .key = 100,
                   .table_slot = 5,
                   .page_offset = self ? (uint32_t)strtoul(self + 5, NULL, 0) : 0,
                   .key_for = key_for,
                   .far_key_for = far_key_for};

    tcg_func_start(s);
    g_autofree char *error = tcg_parse_ops(s, input);
    if (!error) {
        error = tcg_verify(s);
    }
    if (error) {
        g_string_printf(out, "error: %s\n", error);
        return out;
    }
    for (unsigned i = 0; i < s->nb_ops && s->ops[i].opc != INDEX_op_tb_head; i++) {
        gen.n_insns += s->ops[i].opc == INDEX_op_insn_start;
    }
    if (!option(input, "raw")) {
        tcg_optimize(s);
    }
    tcg_liveness(s);
    LinkObject *obj = wasm_generate(s, &gen);
    if (obj) {
        wasm_text(obj, imports, nb_imports, out);
    } else {
        g_string_append(out, "refused\n");
    }
    link_object_free(obj);
    return out;
}

static bool same_text(const char *a, const char *b)
{
    g_autofree char *x = g_strstrip(g_strdup(a)), *y = g_strstrip(g_strdup(b));
    return !strcmp(x, y);
}

/* One case: the text between two `== ` lines. Appends what the file should hold. */
static void run_case(const char *path, const char *text, GString *file)
{
    g_auto(GStrv) head = g_strsplit(text, "\n", 2);
    g_auto(GStrv) parts = g_strsplit(head[1] ? head[1] : "", "\n--\n", 2);
    const char *expected = parts[0] && parts[1] ? parts[1] : "";
    GString *out = generate(parts[0] ? parts[0] : "");

    nb_cases++;
    if (!accept_output && !same_text(expected, out->str)) {
        nb_failed++;
        printf("%s: %s: expected\n%s\ngot\n%s\n", path, head[0], expected, out->str);
    }
    g_string_append_printf(file, "== %s\n%s\n--\n%s\n", head[0], g_strchomp(parts[0]), out->str);
    g_string_free(out, TRUE);
}

static void run_file(const char *path)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        printf("%s: cannot be read\n", path);
        nb_failed++;
        return;
    }
    g_auto(GStrv) cases = g_strsplit(text, "== ", -1);
    g_autoptr(GString) file = g_string_new(cases[0]);
    for (unsigned k = 1; cases[k]; k++) {
        run_case(path, cases[k], file);
    }
    if (accept_output) {
        g_string_truncate(file, file->len ? file->len - 1 : 0);
        g_file_set_contents(path, file->str, (gssize)file->len, NULL);
    }
}

static void run_dir(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, ".txt")) {
            g_autofree char *file = g_build_filename(path, name, NULL);
            run_file(file);
        }
    }
    g_dir_close(dir);
}

int main(int argc, char **argv)
{
    s = tcg_context_new();
    random_ir_init(s);
    imports = wasm_imports(s, &nb_imports);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--accept")) {
            accept_output = true;
        } else if (g_file_test(argv[i], G_FILE_TEST_IS_DIR)) {
            run_dir(argv[i]);
        } else {
            run_file(argv[i]);
        }
    }
    g_free(imports);
    tcg_context_free(s);
    printf("%u cases, %u failed\n", nb_cases, nb_failed);
    return nb_failed != 0;
}
