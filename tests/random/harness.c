/*
 * Runs the programs of a batch one after the other and prints a hash of the state each one ends in.
 *
 * A program is a piece of code that ends with an ecall at its label. It starts with registers and
 * memory from a pseudo-random table. Traps are recorded in the state and the program goes on behind
 * the instruction. Fixed registers: sp and s0 point to the middle of the scratch memory, s1 near
 * its end; translated, there is a page boundary between unrelated frames at the former and a
 * read-only page at the latter.
 */
#include "lib.h"

enum { NB_SCRATCH = 4096 * 3, MAX_TRAPS = 100, LOGGED = 24 };
#define WINDOW_S 0x40000000ul
#define WINDOW_U 0x50000000ul

/* Made by generate.py. */
typedef struct Program {
    uint64_t entry, end, seed;
    uint64_t kind; /* bits 0-1: mode, bit 2: FS off, bit 3: start values of floating point */
} Program;
extern const Program programs[], programs_end[];
extern const int64_t first_index, dump_index, passes;

/* enter.S; the order is its own */
typedef struct State {
    uint64_t x[32], f[32], fcsr;
} State;
State state;
void enter(uint64_t pc);

/* Frames in an order that is not that of the pages. */
static uint8_t scratch[NB_SCRATCH] __attribute__((aligned(4096)));
static const uint8_t frame_of[3] = {0, 1, 2}, frame_translated[3] = {2, 0, 1};

static uint64_t seed, trap_hash, nb_traps, body_start, body_end;
static struct {
    uint64_t cause, tval, offset;
} traps[LOGGED];

static uint64_t next(void)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static uint64_t integer_value(void)
{
    static const uint64_t edges[] = {0,          1,
                                     -1ul,       2,
                                     0x7f,       0x80,
                                     0x7fff,     0x8000,
                                     0x7fffffff, 0x80000000,
                                     0xffffffff, 0x100000000,
                                     1ul << 63,  ~(1ul << 63),
                                     31,         63,
                                     64,         -0x80000000ul};
    uint64_t v = next();

    switch (v & 7) {
    case 0:
    case 1: return edges[(v >> 8) % ARRAY_SIZE(edges)];
    case 2: return (int64_t)(int8_t)(v >> 8);
    case 3: return (int64_t)v >> 32;
    case 4: return 1ul << (v >> 8 & 63);
    default: return next();
    }
}

static uint64_t fp_value(void)
{
    static const uint32_t singles[] = {0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000,
                                       0xff800000, 0x7fc00000, 0x7f800001, 0x00000001, 0x007fffff,
                                       0x00800000, 0x7f7fffff, 0x4f000000, 0x5f000000, 0x3f000000};
    static const uint64_t doubles[] = {0,
                                       1ul << 63,
                                       0x3ff0000000000000,
                                       0xbff0000000000000,
                                       0x7ff0000000000000,
                                       0xfff0000000000000,
                                       0x7ff8000000000000,
                                       0x7ff0000000000001,
                                       1,
                                       0x000fffffffffffff,
                                       0x0010000000000000,
                                       0x7fefffffffffffff,
                                       0x41e0000000000000,
                                       0x43e0000000000000,
                                       0x3fe0000000000000};
    uint64_t v = next(), r = next();

    switch (v & 15) {
    case 0:
    case 1: return 0xffffffff00000000 | singles[(v >> 8) % ARRAY_SIZE(singles)];
    case 2:
    case 3: return doubles[(v >> 8) % ARRAY_SIZE(doubles)];
    case 4: return r;
    case 5: return 0xffffffff00000000 | (uint32_t)r;
    case 6:
    case 7:
    case 8: /* singles of a size */
        return 0xffffffff00000000 | (r & 0x80ffffff) |
               (uint32_t)(0x3c000000 + (v >> 8 & 7) * 0x800000);
    case 9: /* few bits set: exact results, ties */
        return (r & 0xbf) << 56 | 0x3f80000000000000 | (v >> 8 & 0xffff) << 36;
    case 10: /* tiny and subnormal doubles */ return (r & 0x801fffffffffffff) | (v >> 8 & 1) << 52;
    case 11: /* doubles in the range of singles' subnormals */
        return (r & 0x800fffffffffffff) | (0x380ul + (v >> 8 & 15) - 24) << 52;
    default: return (r & 0x800fffffffffffff) | (0x3f8ul + (v >> 8 & 15)) << 52;
    }
}

/* Every trap inside a program; the end of one is a trap too. 1: goes on at mepc. From enter.S. */
uint64_t m_trap_hook(void);
uint64_t m_trap_hook(void)
{
    uint64_t cause = csr_read(mcause), tval = csr_read(mtval), epc = csr_read(mepc);

    if (epc == body_end || nb_traps >= MAX_TRAPS) {
        return 0;
    }
    uint64_t off = epc - body_start;
    if (cause == C_BREAK) {
        tval = 0; /* may be the address or 0 */
    }
    if (nb_traps < LOGGED) {
        traps[nb_traps].cause = cause;
        traps[nb_traps].tval = tval;
        traps[nb_traps].offset = off;
    }
    nb_traps++;
    trap_hash = mix(mix(mix(trap_hash, cause), tval), off);
    /* the image is at the same offset for every mode */
    uint64_t status = csr_read(mstatus);
    uint64_t pa = (status & MS_MPP) == 0 ? epc - USER_OFF : epc;
    csr_write(mepc, epc + ((*(uint16_t *)pa & 3) == 3 ? 4 : 2));
    return 1;
}

static void map(void)
{
    pt_init(3);
    /* Only to be run: a random access must not reach the harness. And no further than there is RAM:
     * of an access that crosses into a page without mapping, either fault could come first. */
    for (uint64_t at = 0x80000000; at < 0x81000000; at += PAGE << 9) {
        pt_map(at, at, 1, PTE_V | PTE_X | PTE_A);
        pt_map(at + USER_OFF, at, 1, PTE_V | PTE_X | PTE_A | PTE_U);
    }
    for (unsigned i = 0; i < 3; i++) {
        uint64_t pa = (uint64_t)scratch + PAGE * frame_translated[i];
        uint64_t flags = i == 2 ? PTE_V | PTE_R | PTE_A : PTE_V | PTE_R | PTE_W | PTE_A | PTE_D;
        pt_map(WINDOW_S + PAGE * i, pa, 0, flags);
        pt_map(WINDOW_U + PAGE * i, pa, 0, flags | PTE_U);
    }
}

static uint64_t hash_state(const uint8_t *frames)
{
    uint64_t h = mix(trap_hash, nb_traps);

    for (unsigned i = 1; i < 32; i++) {
        h = mix(h, state.x[i]);
    }
    for (unsigned i = 0; i < 32; i++) {
        h = mix(h, state.f[i]);
    }
    h = mix(h, state.fcsr);
    for (unsigned page = 0; page < 3; page++) {
        const uint64_t *p = (const uint64_t *)(scratch + PAGE * frames[page]);
        unsigned from = page == 0 ? 384 : 0, to = page == 2 ? 64 : 512;
        for (unsigned i = from; i < to; i++) {
            if (page == 1 && i == 128) {
                i = 448; /* untouched in between */
            }
            h = mix(h, p[i]);
        }
    }
    return h;
}

static void dump(const uint8_t *frames)
{
    for (unsigned i = 0; i < 32; i++) {
        say("x%d %x\n", (uint64_t)i, state.x[i]);
    }
    for (unsigned i = 0; i < 32; i++) {
        say("f%d %x\n", (uint64_t)i, state.f[i]);
    }
    say("fcsr %x\n", state.fcsr);
    for (unsigned i = 0; i < nb_traps && i < LOGGED; i++) {
        say("trap %d cause %x tval %x offset %x\n", (uint64_t)i, traps[i].cause, traps[i].tval,
            traps[i].offset);
    }
    say("traps %d\n", nb_traps);
    for (unsigned page = 0; page < 3; page++) {
        const uint64_t *p = (const uint64_t *)(scratch + PAGE * frames[page]);
        unsigned from = page == 0 ? 384 : 0, to = page == 2 ? 64 : 512;
        for (unsigned i = from; i < to; i++) {
            say("memory %w %x\n", (uint32_t)(PAGE * page + 8 * i), p[i]);
        }
    }
}

static uint64_t run(const Program *p)
{
    unsigned mode = p->kind & 3;
    bool translated = mode != M_MODE, fp = p->kind & 8;
    uint64_t base = mode == M_MODE ? (uint64_t)scratch : mode == S_MODE ? WINDOW_S : WINDOW_U;
    uint64_t code = mode == U_MODE ? USER_OFF : 0;

    seed = p->seed;
    for (unsigned i = 0; i < 32; i++) {
        state.x[i] = integer_value();
        state.f[i] = fp_value();
    }
    state.x[0] = 0;
    state.x[2] = state.x[8] = base + PAGE;
    state.x[9] = base + 2 * PAGE;
    uint64_t v = next();
    state.fcsr = (v & 31) | ((v >> 8 & 15) ? (v >> 16) % 5 : v >> 24 & 7) << 5;
    for (unsigned i = 384; i < 1024 + 64; i++) {
        if (i >= 640 && i < 960) {
            continue;
        }
        ((uint64_t *)scratch)[i] = fp && i & 1 ? fp_value() : integer_value();
    }
    body_start = p->entry + code;
    body_end = p->end + code;
    trap_hash = nb_traps = 0;
    csr_write(satp, translated ? pt_satp() : 0);
    sfence();
    csr_clear(mstatus, MS_FS | MS_MPP);
    csr_set(mstatus, (p->kind & 4 ? 0 : 0x2000) | mode << 11);
    enter(body_start);
    return hash_state(translated ? frame_translated : frame_of);
}

int main(void)
{
    int64_t index = first_index;

    map();
    csr_write(mcounteren, 0);
    for (const Program *p = programs; p < programs_end; p++, index++) {
        if (dump_index >= 0 && index != dump_index) {
            continue;
        }
        uint64_t h = run(p);
        for (int64_t n = 1; n < passes; n++) { /* for emulators that change what is run often */
            h = mix(h, run(p));
        }
        say("%d %x\n", index, h);
        if (dump_index >= 0) {
            dump((p->kind & 3) != M_MODE ? frame_translated : frame_of);
        }
    }
    return 0;
}
