/* Sv39 and Sv48: permissions, SUM and MXR, A and D, superpages, reserved bits, address spaces,
 * MPRV. */
#include "lib.h"

static uint8_t frame[4][4096] __attribute__((aligned(4096)));
#define WINDOW 0x40000000ul
#define ADUE   (1ul << 61)
#define RET    0x8082

enum { LOAD, STORE, FETCH };
static const char *const access_names[] = {"load", "store", "fetch"};
static const uint64_t page_faults[] = {C_LOAD_PAGE, C_STORE_PAGE, C_IFETCH_PAGE};

static bool hardware_ad;

static void set_adue(bool on)
{
    hardware_ad = on;
    if (on) {
        csr_set(0x30a, ADUE);
    } else {
        csr_clear(0x30a, ADUE);
    }
    sfence();
}

/* Does the access; the trap's cause or -1. */
static int64_t attempt(unsigned mode, unsigned access, uint64_t va)
{
    switch (access) {
    case LOAD: run_in(mode, do_load8, va, 0); break;
    case STORE: run_in(mode, do_store8, va + 8, 1); break;
    default: run_at(mode, va, 0, 0); break;
    }
    return trap.taken ? (int64_t)trap.cause : -1;
}

/* What the privileged manual says about a leaf PTE. */
static bool allowed(uint64_t pte, unsigned mode, unsigned access, bool sum, bool mxr)
{
    if (!(pte & PTE_V) || (!(pte & PTE_R) && (pte & PTE_W)) || !(pte & (PTE_R | PTE_X))) {
        return false; /* the last: a pointer to a next level, which does not exist */
    }
    if (mode == U_MODE ? !(pte & PTE_U) : (pte & PTE_U) && (!sum || access == FETCH)) {
        return false;
    }
    if (access == LOAD ? !(pte & PTE_R || (mxr && pte & PTE_X))
                       : !(pte & (access == STORE ? PTE_W : PTE_X))) {
        return false;
    }
    return hardware_ad || ((pte & PTE_A) && (access != STORE || pte & PTE_D));
}

static void test_matrix(unsigned levels)
{
    *(uint16_t *)frame[0] = RET;
    fence_i();
    pt_init_image(levels);
    paging(true);
    for (unsigned bits = 0; bits < 128; bits++) {
        uint64_t flags = (bits & 31) | (bits & 32 ? PTE_A : 0) | (bits & 64 ? PTE_D : 0);
        uint64_t h = 0;
        for (unsigned way = 0; way < 8; way++) {
            unsigned mode = way & 4 ? U_MODE : S_MODE;
            bool sum = way & 1, mxr = way & 2;
            csr_clear(mstatus, MS_SUM | MS_MXR);
            csr_set(mstatus, (sum ? MS_SUM : 0) | (mxr ? MS_MXR : 0));
            for (unsigned access = LOAD; access <= FETCH; access++) {
                pt_map(WINDOW, (uint64_t)frame[0], 0, flags);
                sfence_at(WINDOW);
                int64_t cause = attempt(mode, access, WINDOW);
                uint64_t pte = *pt_entry(WINDOW, 0) & 0x3ff;
                bool ok = allowed(flags, mode, access, sum, mxr);
                check(cause == (ok ? -1 : (int64_t)page_faults[access]),
                      "%s in mode %d, PTE %b, SUM %d, MXR %d: %d", access_names[access],
                      (uint64_t)mode, (uint32_t)flags, (uint64_t)sum, (uint64_t)mxr, cause);
                if (!ok) {
                    check(trap.tval == WINDOW + (access == STORE ? 8 : 0), "tval %x", trap.tval);
                    check(pte == flags, "a fault changed the PTE %b to %b", (uint32_t)flags,
                          (uint32_t)pte);
                } else {
                    uint64_t want = flags | (hardware_ad ? PTE_A : 0) |
                                    (hardware_ad && access == STORE ? PTE_D : 0);
                    check(pte == want, "%s: PTE %b is now %b", access_names[access],
                          (uint32_t)flags, (uint32_t)pte);
                }
                h = mix(mix(h, cause), pte);
            }
        }
        say("Sv%d A/D %s, PTE %b: %x\n", 12 + 9ul * levels, hardware_ad ? "hardware" : "trap",
            (uint32_t)flags, h);
    }
    csr_clear(mstatus, MS_SUM | MS_MXR);
    paging(false);
}

/* D is set by the first store even when the page was loaded from (and is in the TLB) before. */
static void test_dirty(void)
{
    pt_init_image(3);
    pt_map(WINDOW, (uint64_t)frame[0], 0, PTE_RWXAD & ~PTE_D);
    paging(true);
    check(attempt(S_MODE, LOAD, WINDOW) == -1 && !(*pt_entry(WINDOW, 0) & PTE_D), "load sets no D");
    check(attempt(S_MODE, STORE, WINDOW) == (hardware_ad ? -1 : C_STORE_PAGE), "first store");
    check(!!(*pt_entry(WINDOW, 0) & PTE_D) == hardware_ad, "D after the first store");
    paging(false);
}

static void test_superpages(unsigned levels)
{
    uint64_t image = 0x80000000;

    pt_init_image(levels);
    paging(true);
    for (unsigned level = 1; level < levels; level++) {
        uint64_t size = PAGE << (9 * level),
                 va = (levels == 4 ? 0x4000000000ul : 0) + 0x800000000ul;
        va = va & ~(size - 1);
        if (level == 3) {
            va = 0x8000000000ul * 5;
        }
        uint64_t pa = image & ~(size - 1), off = image - pa;
        pt_map(va, pa, level, PTE_RWXAD);
        sfence();
        uint64_t target = (uint64_t)frame[1] - image;
        frame[1][0] = 0x40 + level;
        uint64_t got = run_in(S_MODE, do_load8, va + off + target, 0);
        check_trap("superpage", -1, 0);
        check(got == 0x40 + level, "superpage of level %d: %x", (uint64_t)level, got);
        /* misaligned: each low PPN bit must be 0 */
        for (unsigned bit = 0; bit < 9 * level; bit += 4) {
            *pt_entry(va, level) = pa >> 12 << 10 | PTE_RWXAD | 1ul << (10 + bit);
            sfence();
            check(attempt(S_MODE, LOAD, va + off + target) == C_LOAD_PAGE,
                  "misaligned superpage, level %d, bit %d", (uint64_t)level, (uint64_t)bit);
            check(trap.tval == va + off + target, "tval of a misaligned superpage");
        }
        /* sfence.vma with any address inside drops it */
        pt_map(va, pa, level, PTE_RWXAD);
        sfence();
        attempt(S_MODE, LOAD, va + off + target);
        *pt_entry(va, level) = 0;
        sfence_at(va + off + target);
        check(attempt(S_MODE, LOAD, va + off + target) == C_LOAD_PAGE,
              "superpage after sfence.vma");
    }
    say("Sv%d superpages done\n", 12 + 9ul * levels);

    /* reserved: bits 54..60, N and PBMT without their extensions; A, D, U in a pointer */
    for (unsigned bit = 54; bit < 64; bit++) {
        pt_map(WINDOW, (uint64_t)frame[0], 0, PTE_RWXAD | 1ul << bit);
        sfence();
        check(attempt(S_MODE, LOAD, WINDOW) == C_LOAD_PAGE, "PTE bit %d", (uint64_t)bit);
    }
    pt_map(WINDOW, (uint64_t)frame[0], 0, PTE_RWXAD);
    static const uint64_t pointer_bits[] = {PTE_A, PTE_D, PTE_U};
    for (unsigned i = 0; i < 3; i++) {
        *pt_entry(WINDOW, 1) |= pointer_bits[i];
        sfence();
        check(attempt(S_MODE, LOAD, WINDOW) == C_LOAD_PAGE, "pointer with bit %x", pointer_bits[i]);
        *pt_entry(WINDOW, 1) &= ~pointer_bits[i];
    }
    *pt_entry(WINDOW, 1) |= PTE_G;
    pt_map(WINDOW, (uint64_t)frame[0], 0, PTE_RWXAD | 3 << 8 | PTE_G);
    sfence();
    check(attempt(S_MODE, LOAD, WINDOW) == -1, "RSW and G are allowed");

    /* addresses that are not sign-extended */
    unsigned top = 12 + 9 * levels;
    uint64_t bad[] = {1ul << top, 1ul << (top - 1),   -1ul << top,
                      1ul << 63,  WINDOW | 1ul << 62, WINDOW | 1ul << top};
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        for (unsigned access = LOAD; access <= FETCH; access++) {
            check(attempt(S_MODE, access, bad[i]) == (int64_t)page_faults[access], "%s at %x",
                  access_names[access], bad[i]);
            check(trap.tval == bad[i] + (access == STORE ? 8 : 0), "tval %x", trap.tval);
        }
    }
    /* the upper half works */
    uint64_t high = -1ul << (top - 1) | 0x123000;
    frame[2][0] = 0x99;
    pt_map(high, (uint64_t)frame[2], 0, PTE_RWXAD);
    sfence();
    check(run_in(S_MODE, do_load8, high, 0) == 0x99, "load from the upper half");
    paging(false);
    say("Sv%d reserved done\n", 12 + 9ul * levels);
}

/* Many mappings of one virtual page, with each way to make the change known. */
static void test_remap(void)
{
    pt_init_image(3);
    pt_map(WINDOW, (uint64_t)frame[0], 0, PTE_RWXAD);
    pt_map(WINDOW + PAGE, (uint64_t)frame[3], 0, PTE_RWXAD);
    paging(true);
    for (unsigned f = 0; f < 4; f++) {
        frame[f][100] = 10 + f;
    }
    for (unsigned i = 0; i < 200; i++) {
        pt_map(WINDOW, (uint64_t)frame[i % 3], 0, PTE_RWXAD);
        switch (i % 5) {
        case 0: sfence(); break;
        case 1: sfence_at(WINDOW + 100); break;
        case 2: asm volatile("sfence.vma %0, %1" ::"r"(WINDOW), "r"(0) : "memory"); break;
        case 3: asm volatile("sfence.vma zero, %0" ::"r"(0) : "memory"); break;
        default:
            csr_write(satp, 0);
            csr_write(satp, pt_satp());
            sfence();
            break;
        }
        check(run_in(S_MODE, do_load8, WINDOW + 100, 0) == 10 + i % 3, "remap, round %d",
              (uint64_t)i);
        check(run_in(S_MODE, do_load8, WINDOW + PAGE + 100, 0) == 13, "neighbour, round %d",
              (uint64_t)i);
        run_in(S_MODE, do_store8, WINDOW + 200, i);
        check(frame[i % 3][200] == (uint8_t)i, "store, round %d", (uint64_t)i);
    }
    paging(false);
    say("remap done\n");
}

/* Page tables of two spaces with ASIDs: switching satp shows the right one, also without sfence. */
static void test_asid(void)
{
    static uint64_t root[2][512] __attribute__((aligned(4096)));
    static uint64_t mid[2][512] __attribute__((aligned(4096)));
    static uint64_t leaf[2][512] __attribute__((aligned(4096)));

    for (unsigned i = 0; i < 2; i++) {
        root[i][2] = 0x80000000ul >> 2 | PTE_RWXAD;
        root[i][1] = (uint64_t)mid[i] >> 2 | PTE_V;
        mid[i][0] = (uint64_t)leaf[i] >> 2 | PTE_V;
        leaf[i][0] = (uint64_t)frame[i] >> 2 | PTE_RWXAD;
        frame[i][300] = 50 + i;
    }
    run_offset[S_MODE] = 0;
    sfence();
    for (unsigned i = 0; i < 60; i++) {
        unsigned which = i * 7 / 3 & 1;
        csr_write(satp, 8ul << 60 | (uint64_t)(which + 1) << 44 | (uint64_t)root[which] >> 12);
        check(run_in(S_MODE, do_load8, WINDOW + 300, 0) == 50 + which, "space %d", (uint64_t)which);
    }
    csr_write(satp, 0);
    sfence();
    say("address spaces done\n");
}

/* MPRV: loads and stores of M-mode as if in MPP, fetches not. */
static void test_mprv(void)
{
    pt_init_image(3);
    frame[0][5] = 0x21;
    pt_map(WINDOW, (uint64_t)frame[0], 0, PTE_RWXAD);
    pt_map(WINDOW + PAGE, (uint64_t)frame[0], 0, PTE_RWXAD | PTE_U);
    paging(true);
    for (unsigned mpp = 0; mpp < 4; mpp++) {
        for (unsigned page = 0; page < 2; page++) {
            for (unsigned sum = 0; sum < 2; sum++) {
                if (mpp == 2 || mpp == 3) {
                    continue;
                }
                uint64_t status = csr_read(mstatus), v = 0, faulted = 0;
                uint64_t set = (uint64_t)mpp << 11 | (sum ? MS_SUM : 0) | MS_MPRV;
                /* the vector of its own: the trap frame cannot be stored with MPRV set */
                asm volatile("la t0, 1f\n csrrw t0, mtvec, t0\n"
                             "csrc mstatus, %4\n csrs mstatus, %3\n"
                             "lbu %0, 5(%2)\n j 2f\n"
                             ".balign 4\n 1: li %1, 1\n"
                             "2: csrc mstatus, %4\n csrw mtvec, t0\n"
                             : "+&r"(v), "+&r"(faulted)
                             : "r"(WINDOW + page * PAGE), "r"(set),
                               "r"((uint64_t)(MS_MPP | MS_SUM | MS_MPRV))
                             : "t0", "memory");
                csr_write(mstatus, status);
                bool ok = mpp == S_MODE ? !page || sum : page;
                check(faulted == !ok && v == (ok ? 0x21 : 0), "MPRV, MPP %d, U page %d, SUM %d: %x",
                      (uint64_t)mpp, (uint64_t)page, (uint64_t)sum, v);
            }
        }
    }
    paging(false);
    say("MPRV done\n");
}

int main(void)
{
    for (unsigned ad = 0; ad < 2; ad++) {
        set_adue(ad);
        check(!!(csr_read(0x30a) & ADUE) == ad, "menvcfg.ADUE");
        test_matrix(3);
        test_matrix(4);
        test_dirty();
    }
    set_adue(false);
    test_superpages(3);
    test_superpages(4);
    test_remap();
    test_asid();
    test_mprv();
    return 0;
}
