/* -accel: which accelerator, and how the compiled modes work (jit.h). */
#include <string.h>

#include "runtime/jit-host.h"
#include "runtime/keyval.h"
#include "runtime/options-internal.h"

enum { UNSET = UINT32_MAX }; /* its default depends on the mode */

struct AccelKeys {
    char *accel, *jit, *thread, *link, *compile;
    uint64_t threshold, max_instances, batch, wait, region, first, samples, compact, code_cache,
        worker_after;
    bool names, counters, profile;
};

static const struct AccelKeys defaults = {
    .threshold = UNSET,
    .max_instances = UNSET,
    .batch = JIT_BATCH_SIZE,
    .wait = JIT_WAIT,
    .region = JIT_REGION,
    .first = JIT_FIRST,
    .samples = JIT_SAMPLES,
    .worker_after = JIT_WORKER_AFTER,
    .compact = JIT_COMPACT,
    .code_cache = (uint64_t)JIT_CODE_CACHE_MIB << 20,
};

/* One of NULL-terminated words, by number; -1 and *message if it is none of them. */
static int word_of(const char *key, const char *value, const char *const *words, char **message)
{
    for (int k = 0; words[k]; k++) {
        if (strcmp(words[k], value) == 0) {
            return k;
        }
    }
    if (!*message) {
        g_autofree char *list = g_strjoinv(", ", (char **)words);
        *message = g_strdup_printf("unknown %s=%s (%s)", key, value, list);
    }
    return -1;
}

static unsigned accel_number(const char *key, uint64_t value, unsigned least, unsigned most,
                             char **message)
{
    if (!*message && (value < least || value > most)) {
        *message = g_strdup_printf("%s=%" G_GUINT64_FORMAT " is not within %u..%u", key,
                                   (guint64)value, least, most);
    }
    return (unsigned)MIN(value, (uint64_t)most);
}

/* Where there is an engine, it is used. */
static JitMode jit_default_mode(void)
{
    return jit_host_available() ? JIT_BATCH : JIT_OFF;
}

static void set_jit(JitConfig *jit, const struct AccelKeys *a, char **message)
{
    static const char *const modes[] = {"off", "tb", "batch", NULL};
    static const char *const links[] = {"none", "slot", "direct", NULL};
    static const char *const compiles[] = {"inline", "worker", NULL};
    const bool batch = a->jit ? strcmp(a->jit, "batch") == 0 : jit_default_mode() == JIT_BATCH;
    const unsigned threshold = batch ? JIT_BATCH_THRESHOLD : JIT_TB_THRESHOLD;
    const unsigned instances = batch ? JIT_BATCH_INSTANCES : JIT_TB_INSTANCES;

    jit->mode = a->jit ? (JitMode)word_of("jit", a->jit, modes, message) : jit_default_mode();
    jit->link = a->link ? (JitLink)word_of("link", a->link, links, message) : LINK_DIRECT;
    jit->compile =
        a->compile ? (JitCompile)word_of("compile", a->compile, compiles, message) : COMPILE_WORKER;
    jit->names = a->names;
    jit->counters = a->counters;
    jit->threshold = accel_number("threshold", a->threshold == UNSET ? threshold : a->threshold, 1,
                                  JIT_MAX_THRESHOLD, message);
    jit->max_instances =
        accel_number("max-instances", a->max_instances == UNSET ? instances : a->max_instances,
                     JIT_MIN_INSTANCES, JIT_MAX_INSTANCES, message);
    jit->batch = accel_number("batch", a->batch, 1, JIT_MAX_BATCH, message);
    jit->wait = accel_number("wait", a->wait, 0, 1000000000, message);
    jit->region = accel_number("region", a->region, 1, JIT_MAX_REGION, message);
    jit->first = accel_number("first", a->first, 1, JIT_MAX_REGION, message);
    jit->samples = accel_number("samples", a->samples, 1, 255, message);
    jit->worker_after = accel_number("worker-after", a->worker_after, 0, 1000000, message);
    jit->compact = accel_number("compact", a->compact, 2, 1000, message);
    jit->code_cache = a->code_cache;
    if (!*message && a->code_cache < JIT_MIN_CODE_CACHE) {
        *message = g_strdup_printf("code-cache=%" G_GUINT64_FORMAT " is below %uK",
                                   (guint64)a->code_cache, JIT_MIN_CODE_CACHE >> 10);
    }
}

void options_default_accel(Options *opt)
{
    char *message = NULL;
    set_jit(&opt->jit, &defaults, &message);
}

gboolean opt_accel(const char *name, const char *value, gpointer data, GError **error)
{
    struct AccelKeys a = defaults;
    Parse *p = data;
    static const KeyRow rows[] = {
        {"accel", KEY_STRING, offsetof(struct AccelKeys, accel)},
        {"jit", KEY_STRING, offsetof(struct AccelKeys, jit)},
        {"thread", KEY_STRING, offsetof(struct AccelKeys, thread)},
        {"threshold", KEY_UINT, offsetof(struct AccelKeys, threshold)},
        {"names", KEY_BOOL, offsetof(struct AccelKeys, names)},
        {"counters", KEY_BOOL, offsetof(struct AccelKeys, counters)},
        {"profile", KEY_BOOL, offsetof(struct AccelKeys, profile)},
        {"max-instances", KEY_UINT, offsetof(struct AccelKeys, max_instances)},
        {"link", KEY_STRING, offsetof(struct AccelKeys, link)},
        {"compile", KEY_STRING, offsetof(struct AccelKeys, compile)},
        {"batch", KEY_UINT, offsetof(struct AccelKeys, batch)},
        {"wait", KEY_UINT, offsetof(struct AccelKeys, wait)},
        {"region", KEY_UINT, offsetof(struct AccelKeys, region)},
        {"first", KEY_UINT, offsetof(struct AccelKeys, first)},
        {"samples", KEY_UINT, offsetof(struct AccelKeys, samples)},
        {"worker-after", KEY_UINT, offsetof(struct AccelKeys, worker_after)},
        {"compact", KEY_UINT, offsetof(struct AccelKeys, compact)},
        {"code-cache", KEY_MIB, offsetof(struct AccelKeys, code_cache)},
        {"tb-size", KEY_LATER},
        {"one-insn-per-tb", KEY_LATER},
        {"split-wx", KEY_LATER},
        {NULL},
    };
    char *message;

    message = keyval_parse(value, "accel", rows, &a);
    if (!message && a.accel && strcmp(a.accel, "tcg") != 0) {
        static const char *const known[] = {"kvm", "xen", "hvf", "whpx", "nvmm", "qtest", NULL};

        message = g_strdup_printf(g_strv_contains(known, a.accel)
                                      ? "accelerator '%s' is not supported yet"
                                      : "unknown accelerator '%s' (there is 'tcg')",
                                  a.accel);
    }
    set_jit(&p->opt->jit, &a, &message);
    p->opt->profile = a.profile;
    if (!message && a.thread && strcmp(a.thread, "single") != 0) {
        message = g_strdup_printf(strcmp(a.thread, "multi") == 0 ? "thread=%s is not supported yet"
                                                                 : "unknown thread=%s",
                                  a.thread);
    }
    g_free(a.link);
    g_free(a.compile);
    g_free(a.accel);
    g_free(a.jit);
    g_free(a.thread);
    return option_result(error, name, message);
}
