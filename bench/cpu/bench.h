/* What the programs of the CPU suite have in common. The same source is compiled for the bare
 * guest, for the host, and for Linux on i386. */
#ifndef BENCH_CPU_BENCH_H
#define BENCH_CPU_BENCH_H

typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __SIZE_TYPE__ size_t;
typedef _Bool bool;
#define true 1
#define false 0
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NOINLINE      __attribute__((noinline))

/* Each program defines this: all of its work, done once. Returns the checksum. guest.c and host.c
 * print it. */
uint64_t bench(void);

/* A value that the compiler cannot foresee. */
static inline uint64_t opaque(uint64_t v)
{
    asm volatile("" : "+r"(v));
    return v;
}

/* A running hash for checksums. */
static inline uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15ul;
    return h ^ h >> 29;
}

static inline uint64_t mix_double(uint64_t h, double d)
{
    union {
        double d;
        uint64_t u;
    } v = {.d = d};
    return mix(h, v.u);
}

/* The next pseudo-random number; *state must not be 0. */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

static inline double square_root(double x)
{
#ifdef __riscv
    asm("fsqrt.d %0, %1" : "=f"(x) : "f"(x));
    return x;
#else
    return __builtin_sqrt(x);
#endif
}

#endif
