/*
 * Goldens of the IR passes: `run-ir [--accept] DIR|FILE...`
 *
 * A file holds cases. Each is a line `== name`, the input, a line `--`, and the expected output of
 * parse, verify, optimise, verify, liveness, verify, dump; or `error: ...` of the step that
 * refused.
 * --accept writes what came out in place of what was expected. Globals and helpers are those of
 * tests/lib/random-ir.h.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/random-ir.h"

static TCGContext *s;
static bool accept_output;
static unsigned nb_cases, nb_failed;

static bool verified(GString *out, const char *pass)
{
    char *error = tcg_verify(s);

    if (error) {
        g_string_printf(out, "error: %s: %s\n", pass, error);
        g_free(error);
        return false;
    }
    return true;
}

/* Runs the pipeline over one case. */
static GString *translate(const char *input)
{
    GString *out = g_string_new(NULL);

    tcg_func_start(s);
    char *error = tcg_parse_ops(s, input);
    if (error) {
        g_string_printf(out, "error: parser: %s\n", error);
        g_free(error);
        return out;
    }
    if (!verified(out, "input")) {
        return out;
    }
    tcg_optimize(s);
    if (!verified(out, "optimiser")) {
        return out;
    }
    tcg_liveness(s);
    if (verified(out, "liveness")) {
        tcg_dump_ops(s, out);
    }
    return out;
}

/* Blank lines around the output belong to the file's layout. */
static bool same_text(const char *a, const char *b)
{
    char *x = g_strstrip(g_strdup(a)), *y = g_strstrip(g_strdup(b));
    bool same = !strcmp(x, y);

    g_free(x);
    g_free(y);
    return same;
}

/* One case: the text between two `== ` lines. Appends what the file should hold. */
static void run_case(const char *path, const char *name, const char *body, GString *file)
{
    const char *sep = g_str_has_prefix(body, "--\n") ? body : strstr(body, "\n--\n");
    const char *end = sep ? sep + (sep != body) : body + strlen(body);
    char *input = g_strndup(body, end - body);
    const char *expected = sep ? end + 3 : "";
    GString *out = translate(input);

    nb_cases++;
    if (!accept_output && !same_text(expected, out->str)) {
        nb_failed++;
        printf("%s: %s: expected\n%s\ngot\n%s\n", path, name, expected, out->str);
    }
    g_string_append_printf(file, "== %s\n%s", name, input);
    if (!g_str_has_suffix(input, "\n")) {
        g_string_append_c(file, '\n');
    }
    g_string_append_printf(file, "--\n%s\n", out->str);
    g_string_free(out, TRUE);
    g_free(input);
}

static void run_file(const char *path)
{
    char *text;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        printf("%s: cannot be read\n", path);
        nb_failed++;
        return;
    }
    GString *file = g_string_new(NULL);
    char *p = g_str_has_prefix(text, "== ") ? text : strstr(text, "\n== ");
    p = !p ? text + strlen(text) : p == text ? p : p + 1;
    g_string_append_len(file, text, p - text);
    while (*p) {
        char *eol = strchr(p, '\n');
        char *next = eol ? strstr(eol, "\n== ") : NULL;
        char *name = g_strndup(p + 3, eol ? (size_t)(eol - p - 3) : strlen(p + 3));
        char *body = !eol   ? g_strdup("")
                     : next ? g_strndup(eol + 1, next - eol)
                            : g_strdup(eol + 1);
        run_case(path, name, body, file);
        g_free(name);
        g_free(body);
        p = next ? next + 1 : p + strlen(p);
    }
    if (accept_output) {
        g_string_truncate(file, file->len ? file->len - 1 : 0); /* the blank line after the last */
        g_file_set_contents(path, file->str, file->len, NULL);
    }
    g_string_free(file, TRUE);
    g_free(text);
}

static void run_dir(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, ".txt")) {
            char *file = g_build_filename(path, name, NULL);
            run_file(file);
            g_free(file);
        }
    }
    g_dir_close(dir);
}

int main(int argc, char **argv)
{
    s = tcg_context_new();
    random_ir_init(s);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--accept")) {
            accept_output = true;
        } else if (g_file_test(argv[i], G_FILE_TEST_IS_DIR)) {
            run_dir(argv[i]);
        } else {
            run_file(argv[i]);
        }
    }
    tcg_context_free(s);
    printf("%u cases, %u failed\n", nb_cases, nb_failed);
    return nb_failed || !nb_cases;
}
