/* Code that a test writes at run time, and loops long enough for it to be compiled and linked. */
#ifndef TESTS_GUEST_CODE_H
#define TESTS_GUEST_CODE_H

#include "lib.h"

/* ---- registers and instructions, 4 bytes each ---- */
enum { X0, RA, SP, GP, TP, T0, T1, T2, S0, S1, A0, A1, A2, A3, A4, A5, A6, A7 };
enum { T3 = 28, T4, T5, T6 };

static inline uint32_t i_type(unsigned op, unsigned f3, unsigned rd, unsigned rs1, int imm)
{
    return (uint32_t)imm << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op;
}

static inline uint32_t i_addi(unsigned rd, unsigned rs1, int imm)
{
    return i_type(0x13, 0, rd, rs1, imm);
}

static inline uint32_t i_xori(unsigned rd, unsigned rs1, int imm)
{
    return i_type(0x13, 4, rd, rs1, imm);
}

static inline uint32_t i_andi(unsigned rd, unsigned rs1, int imm)
{
    return i_type(0x13, 7, rd, rs1, imm);
}

static inline uint32_t i_slli(unsigned rd, unsigned rs1, unsigned shift)
{
    return i_type(0x13, 1, rd, rs1, shift);
}

static inline uint32_t i_ld(unsigned rd, unsigned rs1, int imm)
{
    return i_type(0x03, 3, rd, rs1, imm);
}

static inline uint32_t i_jalr(unsigned rd, unsigned rs1, int imm)
{
    return i_type(0x67, 0, rd, rs1, imm);
}

static inline uint32_t i_add(unsigned rd, unsigned rs1, unsigned rs2)
{
    return rs2 << 20 | rs1 << 15 | rd << 7 | 0x33;
}

static inline uint32_t i_auipc(unsigned rd, uint32_t upper)
{
    return (upper & 0xfffff000) | rd << 7 | 0x17;
}

static inline uint32_t i_jal(unsigned rd, int64_t off)
{
    uint32_t o = off;

    return (o >> 20 & 1) << 31 | (o >> 1 & 0x3ff) << 21 | (o >> 11 & 1) << 20 |
           (o >> 12 & 0xff) << 12 | rd << 7 | 0x6f;
}

enum { BEQ = 0, BNE = 1, BLT = 4, BGE = 5, BLTU = 6, BGEU = 7 };
static inline uint32_t i_branch(unsigned f3, unsigned rs1, unsigned rs2, int64_t off)
{
    uint32_t o = off;

    return (o >> 12 & 1) << 31 | (o >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 |
           (o >> 1 & 15) << 8 | (o >> 11 & 1) << 7 | 0x63;
}

#define I_RET   0x00008067u /* jalr zero, 0(ra) */
#define I_NOP   0x00000013u
#define I_ECALL 0x00000073u
#define C_RET   0x8082
#define C_NOP   0x0001

/* What addi and the others make of a 12-bit immediate. */
static inline int64_t sext12(uint64_t v)
{
    return (int64_t)(v << 52) >> 52;
}

/* ---- writing it; the caller does fence.i ---- */
static inline void put16(uint8_t **p, uint32_t insn)
{
    *(volatile uint16_t *)*p = insn;
    *p += 2;
}

static inline void put32(uint8_t **p, uint32_t insn)
{
    put16(p, insn);
    put16(p, insn >> 16);
}

/* A call or jump of two instructions, by way of t0. */
static inline void put_far(uint8_t **p, unsigned rd, int64_t off)
{
    put32(p, i_auipc(T0, off + 0x800));
    put32(p, i_jalr(rd, T0, off & 0xfff));
}

/* One store of a word at an address that is a multiple of 4. */
static inline void patch(void *p, uint32_t insn)
{
    *(volatile uint32_t *)p = insn;
}

/* Two halves that are addi a0, a0, 0xk50; the second alone is a compressed instruction (k 0 to 7).
 */
#define OVERLAP_FIRST     0x0513
#define OVERLAP_SECOND(k) (0x0505 | (k) << 12)
static inline uint64_t overlap_whole(unsigned k, uint64_t a)
{
    return a + (k << 8 | 0x50);
}

static inline uint64_t overlap_half(unsigned k, uint64_t a)
{
    switch (k) {
    case 0: return a + 1;
    case 1: return a - 31;
    case 2: return (int32_t)(a + 1);
    case 3: return (int32_t)(a - 31);
    case 4: return 1;
    case 5: return -31;
    case 6: return 0x1000;
    default: return -31ul << 12;
    }
}

/* Where a copy of the code from..end at to has what the original has at label. */
static inline uint8_t *in_copy(uint8_t *to, const uint8_t *from, const uint8_t *label)
{
    return to + (label - from);
}

static inline void copy_code(uint8_t *to, const uint8_t *from, const uint8_t *end)
{
    for (; from < end; from += 2) {
        put16(&to, *(const uint16_t *)from);
    }
}

typedef uint64_t (*Code)(uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* A function at an address. The compiler must not know which: clang 14 loses the offset in a direct
 * call. */
static inline Code code_at(uint64_t pc)
{
    asm volatile("" : "+r"(pc));
    return (Code)pc;
}

/* ---- running it ---- */
/*
 * How long a round of a test is: cold, around thresholds, hot, longer than hot code waits to be
 * compiled in a batch. Tests take a new page each two rounds, because a page that is changed again
 * and again may be interpreted from then on.
 */
static inline unsigned phase(unsigned round)
{
    static const uint16_t lengths[] = {300, 1200, 40000, 20, 1, 40000, 700, 110};

    return lengths[round % ARRAY_SIZE(lengths)];
}

/* n pages of RAM that nobody has used yet. */
static inline uint8_t *fresh_pages(unsigned n)
{
    extern uint8_t image_end[];
    static uint8_t *next;

    if (!next) {
        next = (uint8_t *)(((uint64_t)image_end + PAGE - 1) & -PAGE);
    }
    next += n * PAGE;
    if (next > (uint8_t *)0x84000000) {
        check(false, "out of memory");
        finish();
    }
    return next - n * PAGE;
}

/* The sum of n calls f(i, b, c, d). */
static __attribute__((noinline, unused)) uint64_t call_n(Code f, uint64_t n, uint64_t b, uint64_t c,
                                                         uint64_t d)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < n; i++) {
        sum += f(i, b, c, d);
    }
    return sum;
}

static unsigned nb_unexpected;

/* A check in a loop: says nothing when it holds, and not everything when it does not. */
static inline void expect(uint64_t got, uint64_t want, const char *what, unsigned round)
{
    if (got != want && nb_unexpected++ < 20) {
        check(false, "%s, round %d: %x, not %x", what, (uint64_t)round, got, want);
    }
}

/* 64-bit numbers that look random, the same in each run. */
static inline uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005ul + 1442695040888963407ul;
    return *state >> 33;
}

/* ---- paging for tests that run in S-mode ---- */
/* An address space with the image and the devices where they are; U-mode sees the image at
 * +USER_OFF. 0x40000000 to 0x7fffffff is free. */
static inline void paging_with_devices(void)
{
    pt_init_image(3);
    pt_map(0, 0, 2, PTE_RWXAD & ~PTE_X);
    paging(true);
}

/* A test: changes code and runs it, several rounds, in one of several passes; a hash of the
 * results.
 */
typedef uint64_t (*Test)(uint64_t pass, uint64_t unused);

static inline void run_test(const char *name, unsigned mode, Test test, uint64_t pass)
{
    uint64_t h = run_in(mode, test, pass, 0);

    check_trap(name, -1, 0);
    say("%s in %c: %x\n", name, mode == M_MODE ? 'M' : 'S', h);
}

#endif
