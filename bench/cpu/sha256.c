/* SHA-256 (FIPS 180-4) of a long message: rotations and additions of 32 bits, long basic blocks. */
#include "bench.h"

enum { BLOCKS = 1024, ROUNDS = 90 };

static uint8_t message[BLOCKS * 64];
static uint32_t state[8], constants[64];

static uint32_t ror(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* n *= factor; n has 128 bits in four limbs, the lowest first, because not every target has such a
 * type. */
static void multiply(uint32_t n[4], uint64_t factor)
{
    uint32_t result[4] = {0};

    for (int part = 0; part < 2; part++) {
        uint64_t carry = 0;
        for (int i = 0; i + part < 4; i++) {
            carry += (uint64_t)n[i] * (uint32_t)(factor >> 32 * part) + result[i + part];
            result[i + part] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    for (int i = 0; i < 4; i++) {
        n[i] = result[i];
    }
}

/* The first 32 bits of the fractional part of p^(1/root), by bisection on integers; p is small and
 * no power. */
static uint32_t root_fraction(uint32_t p, int root)
{
    uint64_t low = 0, high = (uint64_t)1 << 37;

    while (high - low > 1) {
        uint64_t mid = (low + high) / 2; /* the root times 2^32; its cube stays below 2^128 */
        uint32_t power[4] = {1};
        for (int i = 0; i < root; i++) {
            multiply(power, mid);
        }
        /* Against p << 32 * root. */
        uint32_t top = power[root], above = root < 3 ? power[3] : 0;
        if (above == 0 && top < p) {
            low = mid;
        } else {
            high = mid;
        }
    }
    return (uint32_t)low;
}

static void make_constants(void)
{
    uint32_t n = 0;

    for (uint32_t p = 2; n < 64; p++) {
        uint32_t d = 2;
        while (d * d <= p && p % d) {
            d++;
        }
        if (d * d <= p) {
            continue;
        }
        constants[n] = root_fraction(p, 3);
        if (n < 8) {
            state[n] = root_fraction(p, 2);
        }
        n++;
    }
}

NOINLINE static void compress(const uint8_t *block)
{
    uint32_t w[64];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

    for (int i = 0; i < 16; i++, block += 4) {
        w[i] = (uint32_t)block[0] << 24 | block[1] << 16 | block[2] << 8 | block[3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = ror(e, 6) ^ ror(e, 11) ^ ror(e, 25);
        uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + constants[i] + w[i];
        uint32_t s0 = ror(a, 2) ^ ror(a, 13) ^ ror(a, 22);
        uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

uint64_t bench(void)
{
    uint64_t seed = opaque(0x1234567), sum = 0;

    make_constants();
    for (uint32_t i = 0; i < sizeof(message); i++) {
        message[i] = next_random(&seed);
    }
    for (int r = 0; r < ROUNDS; r++) {
        for (int i = 0; i < BLOCKS; i++) {
            compress(message + 64 * i);
        }
    }
    for (int i = 0; i < 8; i++) {
        sum = mix(sum, state[i]);
    }
    return sum;
}
