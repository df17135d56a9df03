/* Bytecode as text, for -d out_asm, and the two process-wide arrays. */
#include <string.h>

#include "tcg/tci/tci.h"

uint64_t *tci_code;
TCISlot *tci_slots;

void tci_init(void)
{
    if (!tci_code) {
        tci_code = g_malloc_n(TCI_CODE_WORDS + TCI_TB_WORDS, sizeof(*tci_code));
        tci_slots = g_malloc_n(TCI_MAX_SLOTS, sizeof(*tci_slots));
    }
}

void tci_recount(uint32_t code, uint16_t runs)
{
    TCIInsn *i = (TCIInsn *)&tci_code[code];
    if (i->op == TCI_count) {
        i->c = runs;
    }
}

unsigned tci_runs_left(uint32_t code)
{
    const TCIInsn *i = (const TCIInsn *)&tci_code[code];
    return i->op == TCI_count ? i->c : 0;
}

static const struct {
    const char *name;
    uint8_t words; /* operand words; 9: a call, c arguments */
} tci_ops[TCI_OPCODES] = {
    [TCI_invalid] = {"invalid", 0},
/* clang-format off */
#define ROW(n, w)     [TCI_##n] = {#n, w},
#define TCI_BIN(n, e) ROW(n##_i64, 0) ROW(n##_i32, 0)
#define TCI_IMM(n, e) ROW(n##i_i64, 0) ROW(n##i_i32, 0)
#define TCI_EXT(n, e) ROW(n##w, 0) ROW(n##wi, 0)
#define TCI_UN(n, e)  ROW(n##_i64, 0) ROW(n##_i32, 0)
#define TCI_CMP(n, e)     \
    ROW(set##n##_i64, 0)  \
    ROW(set##n##_i32, 0)  \
    ROW(set##n##i_i64, 0) \
    ROW(set##n##i_i32, 0) \
    ROW(b##n##_i64, 0) ROW(b##n##_i32, 0) ROW(x##n##_i64, 1) ROW(x##n##_i32, 1)
#define TCI_LD(n, c, r, m) \
    ROW(qld_##n##_0, 0) ROW(qld_##n##_1, 0) ROW(qld_##n##_2, 0) ROW(qld_##n##_3, 0)
#define TCI_ST(n, c, m) \
    ROW(qst_##n##_0, 0) ROW(qst_##n##_1, 0) ROW(qst_##n##_2, 0) ROW(qst_##n##_3, 0)
#define TCI_HLD(n, c, r)     ROW(n##_env, 0) ROW(n##_ptr, 0)
#define TCI_HST(n, c)        ROW(n##_env, 0) ROW(n##_ptr, 0)
#define TCI_FIX(n, w)        ROW(n, w)
#define TCI_CALLV(sig, p, a) ROW(call_##sig, 9)
#define TCI_CALLL(sig, p, a) ROW(call_##sig, 9)
#include "tcg/tci/ops.def"
    /* clang-format on */
};

static void put_cell(const TCGContext *s, unsigned off, GString *out)
{
    if (off >= CPU_TEMPS_OFFSET) {
        g_string_append_printf(out, " t%u", (off - CPU_TEMPS_OFFSET) / 8);
        return;
    }
    for (unsigned k = 0; k < s->nb_globals; k++) {
        if (s->temps[k].kind == TEMP_GLOBAL && s->temps[k].env_offset == off) {
            g_string_append_printf(out, " %s", s->temps[k].name);
            return;
        }
    }
    g_string_append_printf(out, " 0x%x", off);
}

void tci_disas(const TCGContext *s, const uint64_t *code, unsigned nb_words, GString *out)
{
    for (unsigned k = 0; k < nb_words; k++) {
        TCIInsn i;
        memcpy(&i, &code[k], sizeof(i));
        g_string_append_printf(out, " %4u: %-14s", k, tci_ops[i.op % TCI_OPCODES].name);
        put_cell(s, i.a, out);
        put_cell(s, i.b, out);
        put_cell(s, i.c, out);
        unsigned words = tci_ops[i.op % TCI_OPCODES].words;
        if (words == 9) {
            words = 1 + (i.c + 3u) / 4;
        }
        while (words--) {
            g_string_append_printf(out, " %016" G_GINT64_MODIFIER "x", code[++k]);
        }
        g_string_append_c(out, '\n');
    }
}
