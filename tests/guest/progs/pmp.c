/* Physical memory protection: address modes, permissions, order, locks, page-table walks, M-mode.
 */
#include "lib.h"

static uint8_t area[4 * 4096] __attribute__((aligned(16384)));
#define RET 0x8082
enum { R = 1, W = 2, X = 4, TOR = 1 << 3, NA4 = 2 << 3, NAPOT = 3 << 3, L = 0x80 };
enum { LOAD, STORE, FETCH };
static const char *const access_names[] = {"load", "store", "fetch"};
static const uint64_t access_faults[] = {C_LOAD_ACCESS, C_STORE_ACCESS, C_IFETCH_ACCESS};

static uint8_t cfg[16];

static void set_addr(unsigned n, uint64_t v)
{
    switch (n) {
#define CASE(i) \
    case i: csr_write(pmpaddr##i, v); break;
        /* clang-format off */
        CASE(0) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7)
        CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14) CASE(15)
        /* clang-format on */
    }
}

static uint64_t get_addr(unsigned n)
{
    switch (n) {
#define GET(i) \
    case i: return csr_read(pmpaddr##i);
        /* clang-format off */
        GET(0) GET(1) GET(2) GET(3) GET(4) GET(5) GET(6) GET(7)
        GET(8) GET(9) GET(10) GET(11) GET(12) GET(13) GET(14) GET(15)
        /* clang-format on */
    }
    return 0;
}

static void write_cfg(void)
{
    uint64_t v[2] = {0, 0};
    for (unsigned i = 0; i < 16; i++) {
        v[i / 8] |= (uint64_t)cfg[i] << (8 * (i % 8));
    }
    csr_write(pmpcfg0, v[0]);
    csr_write(pmpcfg2, v[1]);
    sfence();
}

static void set(unsigned n, unsigned bits, uint64_t addr)
{
    set_addr(n, addr);
    cfg[n] = bits;
    write_cfg();
}

static uint64_t napot(uint64_t base, uint64_t size)
{
    return base >> 2 | (size / 8 - 1);
}

/* Nothing but entry 15, which allows everything (or nothing). */
static void clear(bool allow)
{
    memset(cfg, 0, sizeof(cfg));
    set_addr(15, -1ul);
    cfg[15] = allow ? NAPOT | R | W | X : 0;
    write_cfg();
}

static int64_t attempt(unsigned mode, unsigned access, uint64_t va)
{
    switch (access) {
    case LOAD: run_in(mode, do_load8, va, 0); break;
    case STORE: run_in(mode, do_store8, va, 0x82); break;
    default: run_at(mode, va, 0, 0); break;
    }
    if (trap.taken) {
        check(trap.tval == va, "%s at %x: tval %x", access_names[access], va, trap.tval);
    }
    return trap.taken ? (int64_t)trap.cause : -1;
}

static void expect(const char *what, unsigned mode, uint64_t va, unsigned allowed)
{
    for (unsigned access = LOAD; access <= FETCH; access++) {
        int64_t cause = attempt(mode, access, va);
        bool ok = allowed >> access & 1;
        check(cause == (ok ? -1 : (int64_t)access_faults[access]), "%s: %s in mode %d at %x: %d",
              what, access_names[access], (uint64_t)mode, va, cause);
    }
}

static void fill(void)
{
    for (unsigned i = 0; i < sizeof(area); i += 2) {
        *(uint16_t *)&area[i] = RET;
    }
    fence_i();
}

static void test_permissions(void)
{
    uint64_t a = (uint64_t)area;

    for (unsigned perm = 0; perm < 8; perm++) {
        if ((perm & 3) == W) {
            continue; /* reserved */
        }
        clear(true);
        set(3, NAPOT | perm, napot(a, 4096));
        for (unsigned mode = U_MODE; mode <= S_MODE; mode++) {
            expect("page, first byte", mode, a, perm);
            expect("page, last halfword", mode, a + 4094, perm);
            expect("after the page", mode, a + 4096, 7);
        }
        expect("M-mode", M_MODE, a, 7);
    }
    say("permissions done\n");
}

static void test_modes(void)
{
    uint64_t a = (uint64_t)area;

    clear(true); /* NA4 and small regions: the rest of the page stays open */
    set(2, NA4, (a + 0x100) >> 2);
    expect("NA4", S_MODE, a + 0x100, 0);
    expect("NA4, last halfword", S_MODE, a + 0x102, 0);
    expect("before NA4", S_MODE, a + 0xfe, 7);
    expect("after NA4", S_MODE, a + 0x104, 7);
    for (uint64_t size = 8; size <= 8192; size *= 2) {
        clear(true);
        set(1, NAPOT | R, napot(a + 8192, size));
        expect("NAPOT", S_MODE, a + 8192, R);
        expect("NAPOT, end", S_MODE, a + 8192 + size - 2, R);
        expect("before NAPOT", S_MODE, a + 8190, 7);
        if (size < 8192) {
            expect("after NAPOT", S_MODE, a + 8192 + size, 7);
        }
    }
    clear(true);
    set_addr(4, (a + 0x104) >> 2);
    set(5, TOR | X, (a + 0x2010) >> 2);
    expect("before TOR", U_MODE, a + 0x102, 7);
    expect("TOR", U_MODE, a + 0x104, X);
    expect("TOR, middle page", U_MODE, a + 0x1800, X);
    expect("TOR, end", U_MODE, a + 0x200e, X);
    expect("after TOR", U_MODE, a + 0x2010, 7);
    clear(true);
    set_addr(4, (a + 0x2000) >> 2); /* from above to: matches nothing */
    set(5, TOR, (a + 0x1000) >> 2);
    expect("empty TOR", S_MODE, a + 0x1000, 7);
    expect("empty TOR", S_MODE, a + 0x1800, 7);
    clear(false); /* entry 0 as TOR begins at 0 */
    set(0, TOR | R | W | X, (a + 0x1000) >> 2);
    expect("TOR from 0", S_MODE, a + 0xffe, 7);
    clear(true);
    /* the lowest number wins */
    set(6, NAPOT, napot(a, 4096));
    set(5, NAPOT | R, napot(a, 16384));
    expect("order", S_MODE, a, R);
    set(4, NA4 | R | W, a >> 2);
    expect("order, smaller first", S_MODE, a, R | W);
    expect("order, beside it", S_MODE, a + 4, R);
    /* an entry with A = 0 matches nothing */
    set(3, R | W | X, napot(a, 4096));
    expect("A = 0", S_MODE, a + 4, R);
    /* no entry matches */
    clear(false);
    set_addr(15, (uint64_t)area >> 2);
    cfg[15] = TOR | R | W | X;
    write_cfg();
    expect("no match in S", S_MODE, a, 0);
    expect("no match in M", M_MODE, a, 7);
    clear(true);
    say("modes done\n");
}

/* An access that is partly inside the matching entry fails. */
static void test_partial(void)
{
    uint64_t a = (uint64_t)area;

    clear(true);
    set(1, NA4 | R | W | X, (a + 0x40) >> 2);
    run_in(S_MODE, do_load64, a + 0x40, 0);
    check_trap("load half inside", C_LOAD_ACCESS, a + 0x40);
    run_in(S_MODE, do_store64, a + 0x40, 0);
    check_trap("store half inside", C_STORE_ACCESS, a + 0x40);
    run_in(S_MODE, do_load64, a + 0x48, 0);
    check_trap("load beside", -1, 0);
    fill();
    say("partial done\n");
}

/* The walk reads page tables as S-mode; M-mode with MPRV is checked as MPP. */
static void test_walk(void)
{
    uint64_t va = 0x40000000;

    clear(true);
    pt_init_image(3);
    pt_map(va, (uint64_t)area, 0, PTE_RWXAD);
    paging(true);
    expect("translated", S_MODE, va, 7);
    set(2, NAPOT | R, napot((uint64_t)area, 4096));
    expect("translated, read-only", S_MODE, va, R);
    set(2, 0, 0);
    set(2, NAPOT, napot((uint64_t)pt_entry(va, 0) & -PAGE, 4096));
    for (unsigned access = LOAD; access <= FETCH; access++) {
        check(attempt(S_MODE, access, va) == (int64_t)access_faults[access], "%s, table protected",
              access_names[access]);
    }
    clear(true);
    paging(false);

    for (unsigned mpp = 0; mpp < 4; mpp++) {
        if (mpp == 2) {
            continue;
        }
        set(2, NAPOT, napot((uint64_t)area, 4096));
        uint64_t status = csr_read(mstatus), v = 0, faulted = 0;
        asm volatile("la t0, 1f\n csrrw t0, mtvec, t0\n"
                     "csrc mstatus, %4\n csrs mstatus, %3\n"
                     "lhu %0, 0(%2)\n j 2f\n"
                     ".balign 4\n 1: li %1, 1\n"
                     "2: csrc mstatus, %4\n csrw mtvec, t0\n"
                     : "+&r"(v), "+&r"(faulted)
                     : "r"(area), "r"((uint64_t)mpp << 11 | MS_MPRV),
                       "r"((uint64_t)(MS_MPP | MS_MPRV))
                     : "t0", "memory");
        csr_write(mstatus, status);
        check(faulted == (mpp != 3), "MPRV with MPP %d: %d", (uint64_t)mpp, faulted);
    }
    clear(true);
    say("walk done\n");
}

static void test_registers(void)
{
    clear(true);
    for (unsigned i = 0; i < 8; i++) {
        set_addr(i, -1ul);
        /* bits 54 and up are 0 by the manual; the reference keeps them */
        say("pmpaddr%d keeps %x\n", (uint64_t)i, get_addr(i) << 10 >> 10);
        set_addr(i, 0);
    }
    /* bits 5 and 6 are reserved; the reference keeps them */
    csr_write(pmpcfg0, 0x7d);
    say("pmpcfg0 keeps %x\n", csr_read(pmpcfg0) & 0x9f);
    csr_write(pmpcfg0, 0);
}

/* Last, because only a reset ends a lock. */
static void test_lock(void)
{
    uint64_t a = (uint64_t)area;

    clear(true);
    set(7, NAPOT | L | R, napot(a + 4096, 4096));
    expect("locked, M-mode", M_MODE, a + 4096, R);
    expect("locked, S-mode", S_MODE, a + 4096, R);
    expect("beside", M_MODE, a + 8192, 7);
    uint64_t before = get_addr(7);
    set_addr(7, 0);
    check(get_addr(7) == before, "a locked pmpaddr changed");
    cfg[7] = 0;
    write_cfg();
    check(csr_read(pmpcfg0) >> 56 == (NAPOT | L | R), "a locked pmpcfg changed");
    expect("still locked", M_MODE, a + 4096, R);
    /* a locked TOR locks the address below it */
    set_addr(9, (a + 8192) >> 2);
    set(10, TOR | L | W | R, (a + 12288) >> 2);
    before = get_addr(9);
    set_addr(9, 0);
    check(get_addr(9) == before, "pmpaddr below a locked TOR changed");
    expect("locked TOR", M_MODE, a + 8192, R | W);
    expect("after the locked TOR", M_MODE, a + 12288, 7);
    say("lock done\n");
}

int main(void)
{
    fill();
    test_permissions();
    test_modes();
    test_partial();
    test_walk();
    test_registers();
    test_lock();
    return 0;
}
