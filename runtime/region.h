/*
 * Several TBs of a page joined into one piece of IR: a region, which becomes one function. Gotos
 * from one to another are branches, computed jumps look first whether they stay inside.
 */
#ifndef RUNTIME_REGION_H
#define RUNTIME_REGION_H

#include "tcg/tcg.h"

enum { REGION_MAX_TBS = 128 };
_Static_assert((int)REGION_MAX_TBS <= (int)TCG_MAX_INNER, "each may be in the table of goto_inner");

typedef struct RegionTB {
    uint32_t key;
    uint16_t page_offset, n_insns;
    uint8_t computed; /* 1 + number of the set of TBs that its computed jump may lead to, or 0 */
    uint32_t inner;   /* bit n: it is in set n */
} RegionTB;

/*
 * IR of n TBs, the first of which is the region's entry, optimised and with liveness: `translate`
 * appends the ops of TB number k to the context. False: too much for one, or translate said so.
 */
bool region_build(TCGContext *s, const RegionTB *tbs, unsigned n,
                  bool (*translate)(void *opaque, unsigned k), void *opaque);

#endif
