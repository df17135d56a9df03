/* Modules validated by wabt and Node.js. */
#include "tests/lib/module-check.h"

#include <glib/gstdio.h>

static char *module_dir;

void module_check_init(void)
{
    module_dir = g_dir_make_tmp("weft-modules-XXXXXX", NULL);
    g_assert_nonnull(module_dir);
}

const char *module_check_dir(void)
{
    return module_dir;
}

unsigned module_check_count(void)
{
    GDir *dir = g_dir_open(module_dir, 0, NULL);
    unsigned n = 0;

    for (const char *name; (name = g_dir_read_name(dir));) {
        n += g_str_has_suffix(name, ".wasm");
    }
    g_dir_close(dir);
    return n;
}

void module_check_keep(const char *name, const LinkModule *m)
{
    char *file = g_strdup_printf("%s/%s.wasm", module_dir, name);

    g_assert_true(g_file_set_contents(file, (const char *)m->bytes->data, m->bytes->len, NULL));
    g_free(file);
}

void module_check_text(const char *name, const char *text)
{
    char *file = g_strdup_printf("%s/%s", module_dir, name);

    g_assert_true(g_file_set_contents(file, text, -1, NULL));
    g_free(file);
}

static char *tool(const char *variable, const char *command)
{
    char *out = NULL;
    int status = 1;

    if (g_getenv(variable)) {
        return g_strdup(g_getenv(variable));
    }
    if (!g_spawn_command_line_sync(command, &out, NULL, &status, NULL) || status) {
        g_free(out);
        return NULL;
    }
    return g_strchomp(out);
}

static void run_shell(const char *script, const char *program)
{
    char *argv[] = {"/bin/sh", "-c", (char *)script, "sh", (char *)program, module_dir, NULL};
    char *out = NULL;
    int status = 1;

    g_assert_true(g_spawn_sync(NULL, argv, NULL, 0, NULL, NULL, &out, NULL, &status, NULL));
    if (status) {
        g_test_message("%s", out);
        g_test_fail();
    }
    g_free(out);
}

void module_check_wabt(void)
{
    char *bin = tool("WEFT_WABT", WEFT_SOURCE_ROOT "/scripts/toolchain/wabt.sh");

    if (!bin) {
        g_test_skip("no wabt");
        return;
    }
    run_shell(
        "r=0; for m in \"$2\"/*.wasm; do"
        " \"$1/wasm-validate\" --enable-all \"$m\" 2>&1 || { echo \"$m\"; r=1; }; done; exit $r",
        bin);
    g_free(bin);
}

void module_check_node(void)
{
    char *node = tool("WEFT_NODE", WEFT_SOURCE_ROOT "/scripts/toolchain/node.sh");

    if (!node) {
        g_test_skip("no Node.js of version 24");
        return;
    }
    run_shell("exec \"$1\" " WEFT_SOURCE_ROOT "/tests/linker/run-modules.mjs \"$2\" 2>&1", node);
    g_free(node);
}

void module_check_end(void)
{
    const char *name;
    GDir *dir;

    dir = g_dir_open(module_dir, 0, NULL);
    while ((name = g_dir_read_name(dir))) {
        char *path = g_build_filename(module_dir, name, NULL);

        g_unlink(path);
        g_free(path);
    }
    g_dir_close(dir);
    g_rmdir(module_dir);
    g_free(module_dir);
}
