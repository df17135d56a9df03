/*
 * Room in the TB cache. A guest that starts many processes, or changes its code, retires as many
 * TBs as it makes: flushing everything when the arena is full would cost all that is compiled.
 */
#include <string.h>

#include "runtime/tb-cache-internal.h"

enum { COMPACT_WORDS = 1 << 20 }; /* 8 MiB of retired bytecode are worth the moving */

bool tbc_wants_compaction(const TBCache *tbc)
{
    const uint32_t least = tbc->vm->compact_words ? tbc->vm->compact_words : COMPACT_WORDS;

    return tbc->retired_words >= least &&
           (tbc->vm->compact_words || tbc->retired_words >= tbc->nb_words / 2);
}

/* Bytecode is position independent: jumps in it are relative, other TBs are named by slot. */
static void move(TBCache *tbc, TB *tb)
{
    TCISlot *slot = &tci_slots[tb->slot];

    memmove(&tci_code[tbc->nb_words], &tci_code[tb->code], tb->nb_words * sizeof(*tci_code));
    memmove(&tbc->starts[tbc->nb_starts], &tbc->starts[tb->starts],
            tb->n_insns * sizeof(*tbc->starts));
    if (slot->cost != TCI_MISS) { /* else it is compiled, and the interpreter is to miss it */
        slot->code = tbc->nb_words;
    }
    tb->code = tbc->nb_words;
    tb->starts = tbc->nb_starts;
    tbc->nb_words += tb->nb_words;
    tbc->nb_starts += tb->n_insns;
}

void tbc_compact(TBCache *tbc)
{
    unsigned n = 0, before = tbc->tbs->len;

    tbc->nb_words = 1;
    tbc->nb_starts = tbc->retired_words = 0;
    for (unsigned k = 0; k < before; k++) {
        TB *tb = g_ptr_array_index(tbc->tbs, k);
        tbc->tbs->pdata[k] = NULL;
        if (!tb->retired) {
            move(tbc, tb);
            tbc->tbs->pdata[n++] = tb;
            continue;
        }
        if (tbc->keys[tb->slot].made == tb) {
            tbc->keys[tb->slot].made = NULL;
        }
        g_free(tb);
    }
    g_ptr_array_set_size(tbc->tbs, (int)n);
    tbc->vm->stats.tb_compactions++;
}
