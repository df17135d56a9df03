/*
 * Random regions: a page of random TBs that go to each other in every way, as their own pieces of
 * IR and joined by runtime/region.c.
 */
#ifndef TESTS_LIB_RANDOM_REGION_H
#define TESTS_LIB_RANDOM_REGION_H

#include "runtime/region.h"
#include "tests/lib/random-ir.h"

enum { RANDOM_REGION_MAX = 10 };

typedef struct RandomRegion {
    uint64_t seed;
    unsigned n;
    RegionTB tbs[RANDOM_REGION_MAX]; /* the first one is the entry */
} RandomRegion;

/* Chooses the TBs. They have keys first_key and up, and all of them use the context `s`. */
void random_region_init(RandomRegion *r, TCGContext *s, uint64_t seed, uint32_t first_key);
/* Appends the ops of TB number k; the same each time. */
void random_region_tb(const RandomRegion *r, TCGContext *s, unsigned k);
/* The region as one piece of IR, after optimisation and liveness. */
bool random_region_join(const RandomRegion *r, TCGContext *s);
/* Number of the TB at a page offset, or -1. */
int random_region_find(const RandomRegion *r, uint64_t page_offset);
/* Guest state to start with: random, but x7 and x6 hold addresses of TBs. */
void random_region_state(const RandomRegion *r, RandomEnv *env, uint8_t *mem, uint64_t pc_page,
                         uint64_t seed);

/* How a run ended. */
typedef struct RegionEnd {
    enum {
        REGION_END_BUDGET, /* at the head of TB number `tb` */
        REGION_END_TRAP,   /* at the insn of page offset `value`, in TB number `tb` */
        REGION_END_PC,     /* exit_tb to `value` */
        REGION_END_OUT,    /* any goto to the virtual pc `value`, where no TB of the page is */
        REGION_END_STUCK,
    } why;
    int tb;
    uint64_t value;
} RegionEnd;

/*
 * Runs TBs one by one in the evaluator, from the first one: raw[k] is the IR of number k. With
 * `joined` that is run in place of the first.
 */
RegionEnd random_region_run(const RandomRegion *r, TCGContext *const *raw, const TCGContext *joined,
                            IrMachine *m);
/* Where a goto to a virtual pc leads: the number of the TB, or -1 and `end`. */
int random_region_goto(const RandomRegion *r, uint64_t pc_page, uint64_t pc, RegionEnd *end);

#endif
