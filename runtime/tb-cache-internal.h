/* The TB cache as its own files see it. */
#ifndef RUNTIME_TB_CACHE_INTERNAL_H
#define RUNTIME_TB_CACHE_INTERNAL_H

#include "runtime/hart.h"

/* lower slot numbers are exit reasons of compiled code (linker/object.h) */
enum { FIRST_SLOT = 16, HASH_BITS = 17, MAX_STARTS = 8 << 20, MAX_INSNS = 48 };

/* Translated code of one physical page. */
typedef struct Page {
    uint64_t phys;
    TB *first;
    unsigned live;
    uint8_t bytes[TARGET_PAGE_SIZE / 8]; /* one bit a byte: some TB was made from it */
} Page;

struct TBCache {
    const TargetOps *ops;
    VM *vm;
    TCGContext *tcg;
    TBKey *keys; /* by slot; 0 is not used */
    uint32_t nb_slots;
    uint32_t *hash;
    GPtrArray *tbs;    /* in order of their code */
    GHashTable *pages; /* physical page number -> Page */
    TCIInsnStart *starts;
    uint32_t nb_starts;
    uint32_t nb_words;
    uint32_t retired_words; /* among them, of TBs that are retired */
    uint32_t live;
    uint64_t links[64], nb_links; /* calls by the global (number modulo 64) with their return */
    uint16_t count_runs;          /* TBs count their runs down from here; 0: they do not */
    void (*retired)(void *opaque, uint32_t slot);
    void *retired_opaque;
    void (*protect)(void *opaque, uint64_t phys_page);
    void *protect_opaque;
};

#endif
