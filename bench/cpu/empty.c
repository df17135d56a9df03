/* Nothing: what a contender needs to start, boot and end. */
#include "bench.h"

uint64_t bench(void)
{
    return 0;
}
