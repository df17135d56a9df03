/* Fibonacci numbers by recursion: calls, returns, the stack. */
#include "bench.h"

enum { N = 34 };

/* The second call is kept a call: the stack pointer is what this program is about. */
NOINLINE static uint64_t fib(uint64_t n)
{
    if (n < 2) {
        return n;
    }
    uint64_t a = fib(n - 1);
    uint64_t b = opaque(fib(n - 2));
    return a + b;
}

uint64_t bench(void)
{
    return fib(opaque(N));
}
