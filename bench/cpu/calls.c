/* Calls through function pointers: 64 targets from one place, in an order without a pattern. */
#include "bench.h"

enum { TARGETS = 64, CALLS = 20000000 };

typedef uint64_t (*Function)(uint64_t a, uint64_t b);

#define DEFINE(n)                                         \
    NOINLINE static uint64_t f##n(uint64_t a, uint64_t b) \
    {                                                     \
        return (a + 0x1##n * b) ^ (a >> (n % 31 + 1));    \
    }
#define EIGHT(X, n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7)
#define ALL(X) \
    EIGHT(X, 1) EIGHT(X, 2) EIGHT(X, 3) EIGHT(X, 4) EIGHT(X, 5) EIGHT(X, 6) EIGHT(X, 7) EIGHT(X, 8)
#define NAME_OF(n) f##n,

ALL(DEFINE)

static Function functions[] = {ALL(NAME_OF)};
_Static_assert(ARRAY_SIZE(functions) == TARGETS, "one bit mask");

uint64_t bench(void)
{
    uint64_t x = opaque(88172645463325252ul), sum = 0;

    for (int i = 0; i < CALLS; i++) {
        sum = functions[x >> 40 & (TARGETS - 1)](sum, x);
        next_random(&x);
    }
    return sum;
}
