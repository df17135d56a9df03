/*
 * Random IR with any control flow, over the globals and helpers of random-ir.h: what its structured
 * programs never are.
 */
#ifndef TESTS_LIB_RANDOM_FLOW_H
#define TESTS_LIB_RANDOM_FLOW_H

#include "tests/lib/random-ir.h"

/*
 * Starts a TB of blocks that branch anywhere, forward, backward and into loops, until the fuel is
 * used up. It may have two exits to the same page offset. `resumable` is that of RandomIrConfig.
 */
void random_flow_generate(TCGContext *s, uint64_t seed, bool resumable);
/* What runs first stands last: temps are first met, in the order of the ops, where they are live.
 */
void random_flow_upside_down(TCGContext *s, uint64_t seed);

#endif
