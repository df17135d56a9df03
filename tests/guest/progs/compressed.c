/* The C extension: every instruction, and HINTs. */
#include "lib.h"

uint64_t *compressed_alu(uint64_t *out, uint64_t a, uint64_t b);
uint64_t *compressed_memory(uint64_t *out, void *memory);
uint64_t *compressed_jumps(uint64_t *out);
uint64_t compressed_hints(void);

static const uint64_t values[] = {
    0, 1, -1ul, 0x7fffffff, 0x80000000, 0xffffffff, 0x8000000000000000, 0x123456789abcdef0,
};

static uint64_t out[64];
static uint8_t memory[1024] __attribute__((aligned(16)));

static void test_alu(uint64_t a, uint64_t b)
{
    uint64_t *end = compressed_alu(out, a, b), h = 0;

    for (uint64_t *p = out; p < end; p++) {
        h = mix(h, *p);
    }
    say("alu %x %x: %d results, %x\n", a, b, end - out, h);
    uint64_t want[] = {
        a - b,
        a ^ b,
        a | b,
        a & b,
        (int32_t)(a - b),
        (int32_t)(a + b),
        a + b,
        b,
        a - 32,
        a - 1,
        a + 1,
        a + 31,
        (int32_t)(a - 32),
        (int32_t)(a - 1),
        (int32_t)a,
        (int32_t)(a + 31),
        a & -32ul,
        a,
        0,
        a & 31,
        a << 1,
        a << 31,
        a << 32,
        a << 63,
        a >> 1,
        a >> 31,
        a >> 32,
        a >> 63,
        (int64_t)a >> 1,
        (int64_t)a >> 31,
        (int64_t)a >> 32,
        (int64_t)a >> 63,
        -32ul,
        -1ul,
        0,
        31,
        0x1000,
        0x1f000,
        -0x20000ul,
        -0x1000ul,
    };
    for (unsigned i = 0; i < ARRAY_SIZE(want); i++) {
        check(out[i] == want[i], "result %d of %x, %x: %x, want %x", (uint64_t)i, a, b, out[i],
              want[i]);
    }
}

int main(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
        for (unsigned j = 0; j < ARRAY_SIZE(values); j++) {
            test_alu(values[i], values[j]);
        }
    }

    for (unsigned i = 0; i < sizeof(memory); i++) {
        memory[i] = i * 37 + (i >> 8);
    }
    uint64_t *end = compressed_memory(out, memory), h = 0;
    for (unsigned i = 0; i < end - out; i++) {
        say("memory %d: %x\n", (uint64_t)i, out[i]);
    }
    check(end[-4] == 4 && end[-3] == 1020 && end[-2] == 496 && end[-1] == -16ul, "stack pointers");
    for (unsigned i = 0; i < sizeof(memory); i++) {
        h = mix(h, memory[i]);
    }
    say("memory after: %x\n", h);

    end = compressed_jumps(out);
    for (unsigned i = 0; i < end - out; i++) {
        say("jumps %d: %x\n", (uint64_t)i, out[i]);
    }
    check(end - out == 3 && out[0] == 1 && out[1] == 6 && out[2] == 0, "jumps");
    check(compressed_hints() == 0, "a hint changed something");
    return 0;
}
