/* Primes below a million: byte stores with growing strides, short loops. */
#include "bench.h"

enum { LIMIT = 1000000, ROUNDS = 18 };

static uint8_t composite[LIMIT];

static uint64_t sieve(void)
{
    uint64_t count = 0, last = 0;

    for (uint32_t i = 0; i < LIMIT; i++) {
        composite[i] = 0;
    }
    for (uint32_t i = 2; i < LIMIT; i++) {
        if (composite[i]) {
            continue;
        }
        count++;
        last = i;
        for (uint64_t j = (uint64_t)i * i; j < LIMIT; j += i) {
            composite[j] = 1;
        }
    }
    return mix(count, last);
}

uint64_t bench(void)
{
    uint64_t sum = 0;

    for (int i = 0; i < ROUNDS; i++) {
        sum = mix(sum, sieve());
    }
    return sum;
}
