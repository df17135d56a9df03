/* Products of matrices of doubles: multiply and add, loads with a long stride. */
#include "bench.h"

enum { N = 120, ROUNDS = 19 };

static double a[N][N], b[N][N], c[N][N];

NOINLINE static void multiply(void)
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++) {
                sum += a[i][k] * b[k][j];
            }
            c[i][j] = sum;
        }
    }
}

uint64_t bench(void)
{
    uint64_t seed = opaque(4711), sum = 0;

    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)(int64_t)(next_random(&seed) % 2001 - 1000) / 1024;
            b[i][j] = (double)(int64_t)(next_random(&seed) % 2001 - 1000) / 3;
        }
    }
    for (int r = 0; r < ROUNDS; r++) {
        multiply();
        for (int i = 0; i < N; i++) {
            sum = mix_double(sum, c[i][(i + r) % N]);
            b[i][r % N] += c[r % N][i] / 65536;
        }
    }
    return sum;
}
