/* Quicksort through a comparison function, insertion sort for short runs: calls, branches hard to
 * foresee. */
#include "bench.h"

enum { N = 140000, ROUNDS = 8 };

typedef int (*Compare)(const void *a, const void *b);

static uint32_t data[N];

NOINLINE static int up(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

NOINLINE static int low_bits_down(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a & 0xffff, y = *(const uint32_t *)b & 0xffff;
    return (x < y) - (x > y);
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t t = *a;
    *a = *b;
    *b = t;
}

NOINLINE static void sort(uint32_t *low, uint32_t *high, Compare compare)
{
    while (high - low > 12) {
        uint32_t *i = low, *j = high, *mid = low + (high - low) / 2;
        if (compare(mid, low) < 0) {
            swap(mid, low);
        }
        if (compare(high, mid) < 0) {
            swap(high, mid);
            if (compare(mid, low) < 0) {
                swap(mid, low);
            }
        }
        uint32_t pivot = *mid;
        while (i <= j) {
            while (compare(i, &pivot) < 0) {
                i++;
            }
            while (compare(j, &pivot) > 0) {
                j--;
            }
            if (i <= j) {
                swap(i++, j--);
            }
        }
        if (j - low < high - i) {
            sort(low, j, compare);
            low = i;
        } else {
            sort(i, high, compare);
            high = j;
        }
    }
    for (uint32_t *i = low + 1; i <= high; i++) {
        for (uint32_t *j = i; j > low && compare(j - 1, j) > 0; j--) {
            swap(j - 1, j);
        }
    }
}

uint64_t bench(void)
{
    uint64_t seed = opaque(99), sum = 0;
    Compare order[2] = {up, low_bits_down};

    for (int r = 0; r < ROUNDS; r++) {
        for (int i = 0; i < N; i++) {
            data[i] = next_random(&seed);
        }
        sort(data, data + N - 1, order[opaque(r) & 1]);
        for (int i = 0; i < N; i++) {
            sum = mix(sum, r & 1 ? data[i] & 0xffff : data[i]);
        }
    }
    return sum;
}
