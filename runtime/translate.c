#include "runtime/translate.h"

static void check(TCGContext *s, const char *after)
{
#ifdef WEFT_DEBUG_IR
    char *error = tcg_verify(s);
    if (error) {
        g_autoptr(GString) out = g_string_new(NULL);
        tcg_dump_ops(s, out);
        g_error("IR is malformed after %s: %s\n%s", after, error, out->str);
    }
#else
    (void)s;
    (void)after;
#endif
}

void ir_optimize(TCGContext *s)
{
    check(s, "translation");
    tcg_optimize(s);
    check(s, "optimisation");
}

void ir_liveness(TCGContext *s)
{
    tcg_liveness(s);
    check(s, "liveness");
}
