/* The guest's side of the CPU suite: console and power-off. BENCH_NAME is the program's name. */
#include "bench.h"

#define UART     ((volatile uint8_t *)0x10000000)
#define POWEROFF ((volatile uint32_t *)0x100000)

/* For what the compiler makes of assignments between records. */
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);

void *memcpy(void *to, const void *from, size_t n)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if ((((uint64_t)d | (uint64_t)s) & 7) == 0) {
        for (; n >= 8; n -= 8, d += 8, s += 8) {
            *(uint64_t *)d = *(const uint64_t *)s;
        }
    }
    while (n--) {
        *d++ = *s++;
    }
    return to;
}

void *memset(void *to, int c, size_t n)
{
    uint8_t *d = to;

    while (n--) {
        *d++ = c;
    }
    return to;
}

static void put(char c)
{
    while (!(UART[5] & 0x20)) {
    }
    UART[0] = c;
}

void guest_main(void) __attribute__((noreturn));

void guest_main(void)
{
    uint64_t sum = bench();

    for (const char *s = BENCH_NAME " "; *s; s++) {
        put(*s);
    }
    for (int shift = 60; shift >= 0; shift -= 4) {
        put("0123456789abcdef"[sum >> shift & 15]);
    }
    put('\n');
    *POWEROFF = 0x5555;
    /* An emulator may go on for some instructions. */
    for (;;) {
        asm volatile("wfi");
    }
}
