/* Loads and stores of all widths, aligned and not, across pages; instructions that straddle a page.
 */
#include "lib.h"

#define ACCESSES(X)  \
    X(lb, 1, true)   \
    X(lbu, 1, false) \
    X(lh, 2, true)   \
    X(lhu, 2, false) \
    X(lw, 4, true)   \
    X(lwu, 4, false) \
    X(ld, 8, false)
#define STORES(X)   \
    X(sb, 1, false) \
    X(sh, 2, false) \
    X(sw, 4, false) \
    X(sd, 8, false)
#define DECLARE(name, size, sign) uint64_t op_##name(uint64_t p, uint64_t v);
ACCESSES(DECLARE)
STORES(DECLARE)
typedef struct Access {
    const char *name;
    RunFn fn;
    unsigned size;
    bool sign;
} Access;
#define ENTRY(name, size, sign) {#name, op_##name, size, sign},
static const Access loads[] = {ACCESSES(ENTRY)};
static const Access stores[] = {STORES(ENTRY)};

static uint8_t frames[4][4096] __attribute__((aligned(4096)));
#define WINDOW 0x40000000ul

static uint8_t pattern(uint64_t i)
{
    return i * 151 + 17 + (i >> 8);
}

static uint64_t assemble(const uint8_t *p, const uint8_t *split, unsigned before,
                         const Access *access)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < access->size; i++) {
        v |= (uint64_t)(i < before ? p[i] : split[i - before]) << (8 * i);
    }
    if (access->sign) {
        unsigned shift = 64 - 8 * access->size;
        v = (int64_t)(v << shift) >> shift;
    }
    return v;
}

static void fill(void)
{
    for (unsigned f = 0; f < 4; f++) {
        for (unsigned i = 0; i < 4096; i++) {
            frames[f][i] = pattern(i + 977 * f);
        }
    }
}

/* M-mode, no translation: every offset in two cache lines, also across the pages of frames. */
static void test_plain(uint8_t *base)
{
    uint64_t h = 0;
    uint64_t op_offsets(void *), op_base_is_dest(void *);

    fill();
    for (unsigned n = 0; n < ARRAY_SIZE(loads); n++) {
        for (unsigned off = 0; off < 40; off++) {
            uint64_t got = loads[n].fn((uint64_t)base + off, 0);
            uint64_t want = assemble(base + off, 0, 8, &loads[n]);
            check(got == want, "%s offset %d: %x, want %x", loads[n].name, (uint64_t)off, got,
                  want);
            h = mix(h, got);
        }
    }
    for (unsigned n = 0; n < ARRAY_SIZE(stores); n++) {
        for (unsigned off = 0; off < 40; off++) {
            fill();
            stores[n].fn((uint64_t)base + off, 0xf1f2f3f4f5f6f7f8);
            for (unsigned i = 0; i < 56; i++) {
                bool in = i >= off && i < off + stores[n].size;
                uint8_t want = in ? 0xf8 - (i - off)
                                  : pattern((base - frames[0] + i) % 4096 +
                                            977 * ((base - frames[0] + i) / 4096));
                check(base[i] == want, "%s offset %d: byte %d is %b", stores[n].name, (uint64_t)off,
                      (uint64_t)i, base[i]);
                h = mix(h, base[i]);
            }
        }
    }
    h = mix(h, op_offsets(base));
    h = mix(h, op_base_is_dest(base + 8));
    say("plain: %x\n", h);
}

/* Two virtual pages in a row whose frames are apart. */
static void test_crossing(void)
{
    uint64_t h = 0;

    pt_init_image(3);
    pt_map(WINDOW, (uint64_t)frames[2], 0, PTE_RWXAD);
    pt_map(WINDOW + PAGE, (uint64_t)frames[0], 0, PTE_RWXAD);
    paging(true);
    fill();
    for (unsigned n = 0; n < ARRAY_SIZE(loads); n++) {
        for (unsigned before = 0; before <= 8; before++) {
            uint64_t got = run_in(S_MODE, loads[n].fn, WINDOW + PAGE - before, 0);
            uint64_t want = assemble(&frames[2][4096 - before], frames[0], before, &loads[n]);
            check_trap(loads[n].name, -1, 0);
            check(got == want, "%s %d before the end: %x, want %x", loads[n].name, (uint64_t)before,
                  got, want);
            h = mix(h, got);
        }
    }
    for (unsigned n = 0; n < ARRAY_SIZE(stores); n++) {
        for (unsigned before = 0; before <= 8; before++) {
            fill();
            run_in(S_MODE, stores[n].fn, WINDOW + PAGE - before, 0xf1f2f3f4f5f6f7f8);
            check_trap(stores[n].name, -1, 0);
            for (unsigned i = 0; i < 16; i++) {
                uint8_t got = i < 8 ? frames[2][4096 - 8 + i] : frames[0][i - 8];
                unsigned first = 8 - before;
                bool in = i >= first && i < first + stores[n].size;
                uint8_t want = in      ? 0xf8 - (i - first)
                               : i < 8 ? pattern(4096 - 8 + i + 977 * 2)
                                       : pattern(i - 8);
                check(got == want, "%s %d before the end: byte %d is %b", stores[n].name,
                      (uint64_t)before, (uint64_t)i, got);
                h = mix(h, got);
            }
        }
    }
    say("crossing: %x\n", h);

    /* The second page, then the first, is missing: mtval is the first byte that faults. */
    *pt_entry(WINDOW + PAGE, 0) = 0;
    sfence();
    for (unsigned before = 1; before < 8; before++) {
        uint64_t p = WINDOW + PAGE - before;
        run_in(S_MODE, op_ld, p, 0);
        check_trap("ld, no second page", C_LOAD_PAGE, WINDOW + PAGE);
        run_in(S_MODE, op_sd, p, 0);
        check_trap("sd, no second page", C_STORE_PAGE, WINDOW + PAGE);
    }
    pt_map(WINDOW + PAGE, (uint64_t)frames[0], 0, PTE_RWXAD);
    *pt_entry(WINDOW, 0) = 0;
    sfence();
    for (unsigned before = 1; before < 8; before++) {
        uint64_t p = WINDOW + PAGE - before;
        run_in(S_MODE, op_ld, p, 0);
        check_trap("ld, no first page", C_LOAD_PAGE, p);
        run_in(S_MODE, op_sd, p, 0);
        check_trap("sd, no first page", C_STORE_PAGE, p);
    }
    paging(false);
    say("crossing faults done\n");
}

extern const uint16_t straddle_lo[], straddle_hi1[], straddle_hi2[];

/* A 4-byte instruction whose halves are in two pages. */
static void test_straddle(void)
{
    uint64_t entry = WINDOW + PAGE - 2;

    memset(frames, 0, sizeof(frames));
    memcpy(&frames[0][4094], &straddle_lo[0], 2);
    memcpy(&frames[1][0], &straddle_hi1[1], 4); /* 0x111 */
    memcpy(&frames[2][0], &straddle_hi2[1], 4); /* 0x222 */
    fence_i();
    check(run_at(M_MODE, (uint64_t)&frames[0][4094], 0, 0) == 0x111, "straddle in M-mode");

    pt_init_image(3);
    pt_map(WINDOW, (uint64_t)frames[0], 0, PTE_RWXAD);
    pt_map(WINDOW + PAGE, (uint64_t)frames[1], 0, PTE_RWXAD);
    pt_map(WINDOW + 0x10000, (uint64_t)frames[0], 0, PTE_RWXAD);
    pt_map(WINDOW + 0x11000, (uint64_t)frames[2], 0, PTE_RWXAD);
    paging(true);
    for (unsigned round = 0; round < 20; round++) {
        unsigned which = round & 1 ? 2 : 1;
        pt_map(WINDOW + PAGE, (uint64_t)frames[which], 0, PTE_RWXAD);
        if (round & 2) {
            sfence_at(WINDOW + PAGE);
        } else {
            sfence();
        }
        for (unsigned again = 0; again < 70; again++) { /* hot, too */
            uint64_t got = run_at(S_MODE, entry, 0, 0);
            check_trap("straddle", -1, 0);
            check(got == 0x111 * which, "straddle, round %d: %x", (uint64_t)round, got);
        }
        /* the same first frame with another second one, at another address */
        check(run_at(S_MODE, entry + 0x10000, 0, 0) == 0x222, "straddle at the alias");
    }
    pt_map(WINDOW + PAGE, (uint64_t)frames[1], 0, PTE_RWXAD);
    sfence();
    for (unsigned i = 0; i < 5; i++) { /* the second half changes in memory */
        memcpy(&frames[1][0], i & 1 ? &straddle_hi1[1] : &straddle_hi2[1], 4);
        fence_i();
        uint64_t got = run_at(S_MODE, entry, 0, 0);
        check(got == (i & 1 ? 0x111 : 0x222), "straddle rewritten: %x", got);
    }
    *pt_entry(WINDOW + PAGE, 0) = 0;
    sfence();
    run_at(S_MODE, entry, 0, 0);
    check_trap("straddle, no second page", C_IFETCH_PAGE, WINDOW + PAGE);
    check(trap.epc == entry, "straddle, no second page: epc %x", trap.epc);
    pt_map(WINDOW + PAGE, (uint64_t)frames[1], 0, PTE_RWXAD & ~PTE_X);
    sfence();
    run_at(S_MODE, entry, 0, 0);
    check_trap("straddle, second page not executable", C_IFETCH_PAGE, WINDOW + PAGE);
    /* compressed at the end of a page: the second page is not needed */
    *(uint16_t *)&frames[0][4094] = 0x8082;
    *pt_entry(WINDOW + PAGE, 0) = 0;
    fence_i();
    sfence();
    run_at(S_MODE, entry, 0, 0);
    check_trap("ret in the last halfword", -1, 0);
    paging(false);
    say("straddle done\n");
}

int main(void)
{
    test_plain(&frames[0][64]);
    test_plain(&frames[0][4096 - 20]);
    test_crossing();
    test_straddle();
    return 0;
}
