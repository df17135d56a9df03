/* Copy, scale, add and triad over arrays of doubles that do not fit the first caches. */
#include "bench.h"

enum { N = 250000, ROUNDS = 50 };

static double a[N], b[N], c[N];

NOINLINE static void copy(double *to, const double *from)
{
    for (int i = 0; i < N; i++) {
        to[i] = from[i];
    }
}

NOINLINE static void scale(double *to, const double *from, double k)
{
    for (int i = 0; i < N; i++) {
        to[i] = k * from[i];
    }
}

NOINLINE static void add(double *to, const double *x, const double *y)
{
    for (int i = 0; i < N; i++) {
        to[i] = x[i] + y[i];
    }
}

NOINLINE static void triad(double *to, const double *x, const double *y, double k)
{
    for (int i = 0; i < N; i++) {
        to[i] = x[i] + k * y[i];
    }
}

uint64_t bench(void)
{
    uint64_t seed = opaque(31), sum = 0;

    for (int i = 0; i < N; i++) {
        a[i] = (double)(next_random(&seed) % 1000003) / 1000003;
    }
    for (int r = 0; r < ROUNDS; r++) {
        copy(c, a);
        scale(b, c, 0.3);
        add(c, a, b);
        triad(a, b, c, 0.4);
    }
    for (int i = 0; i < N; i++) {
        sum = mix_double(sum, a[i] + b[i] + c[i]);
    }
    return sum;
}
