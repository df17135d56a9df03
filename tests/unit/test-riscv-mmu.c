/* Page walks and PMP of target/riscv. */
#include "tests/unit/riscv-fake.h"

enum {
    V = 1,
    R = 2,
    W = 4,
    X = 8,
    U = 16,
    G = 32,
    A = 64,
    D = 128,
    ROOT = FAKE_RAM_BASE + 0x1000,
    MID = FAKE_RAM_BASE + 0x2000,
    LEAF = FAKE_RAM_BASE + 0x3000,
    LOW = FAKE_RAM_BASE + 0x4000, /* fourth level of Sv48 */
    DATA = FAKE_RAM_BASE + 0x8000,
};
#define PTE(phys, flags) ((uint64_t)(phys) >> 12 << 10 | (uint64_t)(flags))
#define NONE             0xff
#define VA               UINT64_C(0x40403123) /* indexes 1, 2, 3 in Sv39 */

static CPURISCVState *env;

static uint64_t slot(uint64_t table, unsigned i)
{
    return table + 8 * i;
}

/* Sv39 tables for VA with the given leaf; S-mode, PMP open. */
static void sv39(const char *model, uint64_t leaf)
{
    env = fake_hart(model);
    pmp_open(env);
    csr_set(env, C_SATP, (uint64_t)SATP_SV39 << 60 | ROOT >> 12);
    fake_write64(slot(ROOT, 1), PTE(MID, V));
    fake_write64(slot(MID, 2), PTE(LEAF, V));
    fake_write64(slot(LEAF, 3), leaf);
    env->priv = PRV_S;
    fake_forget();
}

/* The cause of the fault, NONE if there is none; the result is in fill. */
static TLBFill fill;
static unsigned walk_sized(uint64_t va, unsigned size, MMUAccess access, unsigned idx)
{
    unsigned cause;

    env->cs.trap = 0;
    if (riscv_target_ops.tlb_fill(&env->cs, va, size, access, idx, false, &fill)) {
        g_assert_cmpuint(env->cs.trap, ==, 0);
        g_assert_true(fill.prot >> access & 1);
        return NONE;
    }
    g_assert_cmpuint(env->cs.trap, !=, 0);
    g_assert_cmphex(env->cs.trap_value, ==, va);
    cause = env->cs.trap - 1;
    g_assert_false(riscv_target_ops.tlb_fill(&env->cs, va, size, access, idx, true, &fill));
    return cause;
}

static unsigned walk(uint64_t va, MMUAccess access, unsigned idx)
{
    return walk_sized(va, 1, access, idx);
}

static void test_plain(void)
{
    sv39("rv64", PTE(DATA, V | R | W | X | A | D));
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, NONE);
    g_assert_cmphex(fill.phys, ==, DATA + 0x123);
    g_assert_cmphex(fill.prot, ==, 7);
    g_assert_false(fill.partial);
    /* bare and M-mode: as is, up to 56 bits */
    g_assert_cmpuint(walk(DATA, MMU_FETCH, MMU_M), ==, NONE);
    g_assert_cmphex(fill.phys, ==, DATA);
    g_assert_cmpuint(walk((uint64_t)1 << 56, MMU_STORE, MMU_M), ==, CAUSE_STORE_ACCESS);
    csr_set(env, C_SATP, 0);
    g_assert_cmpuint(walk(DATA + 1, MMU_LOAD, MMU_U), ==, NONE);
    g_assert_cmphex(fill.phys, ==, DATA + 1);
}

/* Each way for a page fault, with the cause of each access. */
static void test_page_faults(void)
{
    static const unsigned causes[] = {CAUSE_LOAD_PAGE, CAUSE_STORE_PAGE, CAUSE_INSN_PAGE};
    static const uint64_t leaves[] = {
        PTE(DATA, R | W | X | A | D),                         /* not valid */
        PTE(DATA, V | W | A | D),                             /* W without R */
        PTE(DATA, V | W | X | A | D),                         /* same, with X */
        PTE(DATA, V | R | W | X | A | D) | (uint64_t)1 << 63, /* N */
        PTE(DATA, V | R | W | X | A | D) | (uint64_t)1 << 61, /* PBMT */
        PTE(DATA, V | R | W | X | A | D) | (uint64_t)1 << 54, /* reserved */
        PTE(DATA, V | R | W | X | A | D) | (uint64_t)1 << 60, /* reserved */
        PTE(DATA, V),                                         /* pointer in the last level */
        PTE(DATA, V | R | W | X | D),                         /* A clear (Svade) */
        PTE(DATA, V | R | W | X | U | A | D),                 /* page of U-mode */
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(leaves); i++) {
        for (MMUAccess a = MMU_LOAD; a <= MMU_FETCH; a++) {
            sv39("rv64", leaves[i]);
            g_assert_cmpuint(walk(VA, a, MMU_S), ==, causes[a]);
            g_assert_cmphex(fake_read64(slot(LEAF, 3)), ==, leaves[i]);
        }
    }
    sv39("rv64", PTE(DATA, V | R | A | D));
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, NONE);
    g_assert_cmpuint(walk(VA, MMU_STORE, MMU_S), ==, CAUSE_STORE_PAGE);
    g_assert_cmpuint(walk(VA, MMU_FETCH, MMU_S), ==, CAUSE_INSN_PAGE);
    /* not canonical */
    g_assert_cmpuint(walk(VA | (uint64_t)1 << 39, MMU_LOAD, MMU_S), ==, CAUSE_LOAD_PAGE);
    g_assert_cmpuint(walk(VA | (uint64_t)1 << 38, MMU_LOAD, MMU_S), ==, CAUSE_LOAD_PAGE);
    g_assert_cmpuint(walk(VA | (uint64_t)1 << 63, MMU_LOAD, MMU_S), ==, CAUSE_LOAD_PAGE);
    /* A, D, U of a pointer are reserved; G is not */
    for (unsigned bit = U; bit <= D; bit <<= 1) {
        fake_write64(slot(MID, 2), PTE(LEAF, V | bit));
        g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, bit == G ? NONE : CAUSE_LOAD_PAGE);
    }
    /* tables outside of memory: access faults */
    fake_write64(slot(MID, 2), PTE(0x1000, V));
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, CAUSE_LOAD_ACCESS);
    g_assert_cmpuint(walk(VA, MMU_STORE, MMU_S), ==, CAUSE_STORE_ACCESS);
    g_assert_cmpuint(walk(VA, MMU_FETCH, MMU_S), ==, CAUSE_INSN_ACCESS);
}

static void test_upper_half(void)
{
    uint64_t va = (uint64_t)-0x1000;

    sv39("rv64", 0);
    fake_write64(slot(ROOT, 511), PTE(MID, V));
    fake_write64(slot(MID, 511), PTE(LEAF, V));
    fake_write64(slot(LEAF, 511), PTE(DATA, V | R | A));
    g_assert_cmpuint(walk(va + 0xfff, MMU_LOAD, MMU_S), ==, NONE);
    g_assert_cmphex(fill.phys, ==, DATA + 0xfff);
}

static void test_superpages(void)
{
    sv39("rv64", 0);
    /* 2 MiB, 1 GiB; the physical page may lie outside of memory, that is the bus's affair */
    fake_write64(slot(MID, 2), PTE(0x80200000, V | R | W | X | A | D));
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, NONE);
    g_assert_cmphex(fill.phys, ==, 0x80200000 + (VA & 0x1fffff));
    fake_write64(slot(ROOT, 1), PTE(0x40000000, V | R | W | X | A | D));
    g_assert_cmpuint(walk(VA, MMU_STORE, MMU_S), ==, NONE);
    g_assert_cmphex(fill.phys, ==, 0x40000000 + (VA & 0x3fffffff));
    /* misaligned */
    fake_write64(slot(ROOT, 1), PTE(0x40200000, V | R | W | X | A | D));
    g_assert_cmpuint(walk(VA, MMU_STORE, MMU_S), ==, CAUSE_STORE_PAGE);
    fake_write64(slot(ROOT, 1), PTE(MID, V));
    fake_write64(slot(MID, 2), PTE(0x80201000, V | R | W | X | A | D));
    g_assert_cmpuint(walk(VA, MMU_FETCH, MMU_S), ==, CAUSE_INSN_PAGE);
}

static void test_sv48(void)
{
    uint64_t va = VA | UINT64_C(5) << 39;

    sv39("rv64", PTE(DATA, V | R | A));
    csr_set(env, C_SATP, (uint64_t)SATP_SV48 << 60 | LOW >> 12);
    fake_write64(slot(LOW, 5), PTE(ROOT, V));
    g_assert_cmpuint(walk(va, MMU_LOAD, MMU_S), ==, NONE);
    g_assert_cmphex(fill.phys, ==, DATA + 0x123);
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, CAUSE_LOAD_PAGE);
    g_assert_cmpuint(walk(va | (uint64_t)1 << 48, MMU_LOAD, MMU_S), ==, CAUSE_LOAD_PAGE);
    g_assert_cmpuint(walk(va | (uint64_t)1 << 47, MMU_LOAD, MMU_S), ==, CAUSE_LOAD_PAGE);
    /* 512 GiB page */
    fake_write64(slot(LOW, 5), PTE(0, V | R | X | A));
    g_assert_cmpuint(walk(va, MMU_FETCH, MMU_S), ==, NONE);
    g_assert_cmphex(fill.phys, ==, VA);
}

/* Modes by kind of page; a digit is what the walk allows (1 load, 2 store, 4 fetch). */
static void test_modes(void)
{
    static const struct {
        unsigned pte, mxr, allowed[3]; /* U, S, S with SUM */
    } rows[] = {
        {R | W | X | U, 0, {7, 0, 3}},
        {R | W | X, 0, {0, 7, 7}},
        {R | U, 0, {1, 0, 1}},
        {X | U, 0, {4, 0, 0}},
        {X | U, 1, {5, 0, 1}},
        {X, 0, {0, 4, 4}},
        {X, 1, {0, 5, 5}},
        {R | X, 0, {0, 5, 5}},
        {R | W, 1, {0, 3, 3}},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        sv39("rv64", PTE(DATA, V | A | D | rows[i].pte));
        csr_set(env, C_SSTATUS, rows[i].mxr ? MSTATUS_MXR : 0);
        for (unsigned idx = MMU_U; idx <= MMU_SSUM; idx++) {
            for (MMUAccess a = MMU_LOAD; a <= MMU_FETCH; a++) {
                bool want = rows[i].allowed[idx] >> a & 1;

                g_assert_cmpint(walk(VA, a, idx) == NONE, ==, want);
                if (want) {
                    g_assert_cmphex(fill.prot, ==, rows[i].allowed[idx]);
                }
            }
        }
    }
}

static void test_dirty_bits(void)
{
    /* Svade: nothing is written */
    sv39("rv64", PTE(DATA, V | R | W | A));
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, NONE);
    g_assert_cmphex(fill.prot, ==, 1 << MMU_LOAD);
    g_assert_cmpuint(walk(VA, MMU_STORE, MMU_S), ==, CAUSE_STORE_PAGE);
    /* Svadu: A by any access, D by the first store */
    sv39("rv64", PTE(DATA, V | R | W));
    env->menvcfg |= ENVCFG_ADUE;
    g_assert_true(riscv_target_ops.tlb_fill(&env->cs, VA, 1, MMU_LOAD, MMU_S, true, &fill));
    g_assert_true(fill.partial); /* a probe sets nothing, so it is not to be remembered */
    g_assert_cmphex(fake_read64(slot(LEAF, 3)), ==, PTE(DATA, V | R | W));
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, NONE);
    g_assert_cmphex(fill.prot, ==, 1 << MMU_LOAD);
    g_assert_cmphex(fake_read64(slot(LEAF, 3)), ==, PTE(DATA, V | R | W | A));
    g_assert_cmpuint(walk(VA, MMU_STORE, MMU_S), ==, NONE);
    g_assert_cmphex(fill.prot, ==, 3);
    g_assert_cmphex(fake_read64(slot(LEAF, 3)), ==, PTE(DATA, V | R | W | A | D));
    /* a refused access sets nothing */
    fake_write64(slot(LEAF, 3), PTE(DATA, V | R));
    g_assert_cmpuint(walk(VA, MMU_STORE, MMU_S), ==, CAUSE_STORE_PAGE);
    g_assert_cmphex(fake_read64(slot(LEAF, 3)), ==, PTE(DATA, V | R));
    /* lost races: to a PTE that is good, and to one that is not */
    fake.race = PTE(DATA + 0x1000, V | R | A);
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, NONE);
    g_assert_cmphex(fill.phys, ==, DATA + 0x1123);
    fake_write64(slot(LEAF, 3), PTE(DATA, V | R));
    fake.race = PTE(DATA, R | A);
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, CAUSE_LOAD_PAGE);
}

static void test_sfence(void)
{
    sv39("rv64", PTE(DATA, V | R | A));
    walk(VA, MMU_LOAD, MMU_S);
    g_assert_true(riscv_sfence_vma(env, VA, 0, true, false));
    g_assert_cmpuint(fake.page_flushes, ==, 1);
    g_assert_cmphex(fake.flushed_page, ==, VA);
    g_assert_cmpuint(fake.flushes, ==, 0);
    /* with a superpage, every part of it goes; elsewhere pages are still pages */
    fake_write64(slot(MID, 4), PTE(0x80200000, V | R | A));
    g_assert_cmpuint(walk(0x40800000, MMU_LOAD, MMU_S), ==, NONE);
    g_assert_true(riscv_sfence_vma(env, VA, 0, true, false));
    g_assert_true(riscv_sfence_vma(env, 0x40a00000, 0, true, false));
    g_assert_true(riscv_sfence_vma(env, (uint64_t)-0x1000, 0, true, false));
    g_assert_cmpuint(fake.page_flushes, ==, 4);
    g_assert_true(riscv_sfence_vma(env, 0x409ff000, 0, true, true));
    g_assert_cmpuint(fake.flushes, ==, 1);
    g_assert_true(riscv_sfence_vma(env, 0x409ff000, 0, true, true));
    g_assert_cmpuint(fake.flushes, ==, 1);
    /* one ASID's: what is global stays */
    g_assert_true(riscv_sfence_vma(env, 0, 3, false, true));
    g_assert_cmpuint(fake.flushes, ==, 1);
    g_assert_cmpuint(fake.space_flushes, ==, 1);
    g_assert_cmphex(fake.kept_space, ==, riscv_shared_aspace(env));
    g_assert_true(riscv_sfence_vma(env, 0, 0, false, false));
    g_assert_cmpuint(fake.flushes, ==, 2);
    /* who may */
    env->mstatus |= MSTATUS_TVM;
    g_assert_false(riscv_sfence_vma(env, 0, 0, false, false));
    env->priv = PRV_M;
    g_assert_true(riscv_sfence_vma(env, 0, 0, false, false));
    env->mstatus &= ~(uint64_t)MSTATUS_TVM;
    env->priv = PRV_U;
    g_assert_false(riscv_sfence_vma(env, 0, 0, false, false));
}

/* ---- PMP ------------------------------------------------------------------------------------ */

static void pmp(unsigned i, uint64_t addr, unsigned cfg)
{
    uint64_t reg = i < 8 ? C_PMPCFG0 : C_PMPCFG2;
    unsigned shift = 8 * (i & 7);

    csr_set(env, C_PMPADDR0 + i, addr);
    csr_set(env, reg, (csr_get(env, reg) & ~((uint64_t)0xff << shift)) | (uint64_t)cfg << shift);
}

static unsigned allowed(uint64_t phys, unsigned size, unsigned priv, bool *partial)
{
    bool p;
    unsigned r = riscv_pmp_check(env, phys, size, priv, &p);

    if (partial) {
        *partial = p;
    }
    return r;
}

static void test_pmp_ranges(void)
{
    enum { TOR = PMP_TOR << 3, NA4 = PMP_NA4 << 3, NAPOT = PMP_NAPOT << 3 };
    bool partial;

    env = fake_hart("rv64");
    g_assert_cmpuint(allowed(DATA, 8, PRV_S, NULL), ==, 0);
    g_assert_cmpuint(allowed(DATA, 8, PRV_M, NULL), ==, 7);

    pmp(1, DATA >> 2, 0); /* off: the lower end of entry 2 */
    pmp(2, (DATA + 0x2008) >> 2, TOR | PMP_R | PMP_X);
    g_assert_cmpuint(allowed(DATA, 8, PRV_S, &partial), ==, PMP_R | PMP_X);
    g_assert_false(partial);
    g_assert_cmpuint(allowed(DATA + 0x2000, 8, PRV_S, &partial), ==, PMP_R | PMP_X);
    g_assert_true(partial);
    g_assert_cmpuint(allowed(DATA + 0x2004, 8, PRV_S, NULL), ==, 0); /* half of it */
    g_assert_cmpuint(allowed(DATA + 0x2004, 8, PRV_M, NULL), ==, 0); /* for M too */
    g_assert_cmpuint(allowed(DATA + 0x2004, 4, PRV_M, NULL), ==, 7);
    g_assert_cmpuint(allowed(DATA + 0x2008, 4, PRV_S, &partial), ==, 0);
    g_assert_true(partial);
    g_assert_cmpuint(allowed(DATA - 1, 1, PRV_U, NULL), ==, 0);

    pmp(0, (DATA + 0x10) >> 2, NA4 | PMP_R); /* lower number: decides */
    g_assert_cmpuint(allowed(DATA + 0x10, 4, PRV_S, NULL), ==, PMP_R);
    g_assert_cmpuint(allowed(DATA + 0x10, 8, PRV_S, NULL), ==, 0);
    g_assert_cmpuint(allowed(DATA + 0x14, 4, PRV_S, &partial), ==, PMP_R | PMP_X);
    g_assert_true(partial);
    /* 16 KiB by NAPOT; entry 15 is the last of the second register */
    pmp(15, (DATA + 0x4000) >> 2 | 0x7ff, NAPOT | PMP_R | PMP_W);
    g_assert_cmpuint(allowed(DATA + 0x4000, 8, PRV_U, &partial), ==, PMP_R | PMP_W);
    g_assert_false(partial);
    g_assert_cmpuint(allowed(DATA + 0x7ff8, 8, PRV_U, NULL), ==, PMP_R | PMP_W);
    g_assert_cmpuint(allowed(DATA + 0x8000, 8, PRV_U, NULL), ==, 0);
    /* TOR with nothing in it matches nothing */
    pmp(3, DATA >> 2, TOR | PMP_R);
    g_assert_cmpuint(allowed(DATA, 4, PRV_S, NULL), ==, PMP_R | PMP_X);

    pmp_open(env);
    g_assert_true(env->pmp_open);
    g_assert_cmpuint(allowed(DATA + 0x2004, 8, PRV_U, &partial), ==, 7);
    g_assert_false(partial);
    env = fake_hart("rv64,pmp=off");
    g_assert_cmpuint(allowed(DATA, 8, PRV_U, NULL), ==, 7);
    g_assert_true(csr_denied(env, C_PMPCFG0) && csr_denied(env, C_PMPADDR0));
}

static void test_pmp_csrs(void)
{
    env = fake_hart("rv64");
    csr_set(env, C_PMPCFG0, ~(uint64_t)0 & ~UINT64_C(0x80808080808080)); /* lock entry 7 only */
    g_assert_cmphex(csr_get(env, C_PMPCFG0), ==, UINT64_C(0x9f1f1f1f1f1f1f1f));
    csr_set(env, C_PMPCFG0, 2); /* W without R; entry 7 stays */
    g_assert_cmphex(csr_get(env, C_PMPCFG0), ==, UINT64_C(0x9f00000000000000));
    g_assert_cmphex(csr_get(env, C_PMPCFG2), ==, 0);
    csr_set(env, C_PMPADDR0 + 7, 5);
    g_assert_cmphex(csr_get(env, C_PMPADDR0 + 7), ==, 0);
    csr_set(env, C_PMPADDR0 + 6, ~(uint64_t)0); /* below NAPOT: not locked */
    g_assert_cmphex(csr_get(env, C_PMPADDR0 + 6), ==, ((uint64_t)1 << 54) - 1);
    pmp(9, 0x1000, PMP_L | PMP_TOR << 3 | PMP_R);
    csr_set(env, C_PMPADDR0 + 8, 0x800); /* below TOR: locked */
    g_assert_cmphex(csr_get(env, C_PMPADDR0 + 8), ==, 0);
    g_assert_cmpuint(allowed(0x2000, 4, PRV_M, NULL), ==, PMP_R);
    g_assert_true(csr_denied(env, C_PMPCFG0 + 1) && csr_denied(env, C_PMPADDR0 + 16));
    fake_forget();
    csr_set(env, C_PMPADDR0 + 1, 1);
    g_assert_cmpuint(fake.flushes, ==, 1);

    /* a locked entry binds M-mode, and an unlocked one does not */
    env = fake_hart("rv64");
    pmp(0, DATA >> 2, PMP_L | PMP_NA4 << 3 | PMP_R);
    g_assert_cmpuint(allowed(DATA, 4, PRV_M, NULL), ==, PMP_R);
    g_assert_cmpuint(walk_sized(DATA, 4, MMU_STORE, MMU_M), ==, CAUSE_STORE_ACCESS);
    g_assert_cmpuint(walk_sized(DATA, 4, MMU_LOAD, MMU_M), ==, NONE);
    g_assert_cmphex(fill.prot, ==, 1 << MMU_LOAD);
    g_assert_true(fill.partial);
}

static void test_pmp_walk(void)
{
    enum { NAPOT4K = PMP_NAPOT << 3 };

    sv39("rv64", PTE(DATA, V | R | W | A | D));
    env->priv = PRV_M;
    pmp(0, ~(uint64_t)0, NAPOT4K | PMP_R | PMP_W | PMP_X); /* later entry 2 */
    pmp(2, ~(uint64_t)0, NAPOT4K | PMP_R | PMP_W | PMP_X);
    pmp(0, 0, 0);
    g_assert_cmpuint(walk(VA, MMU_STORE, MMU_S), ==, NONE);
    g_assert_cmpuint(walk(VA, MMU_STORE, MMU_U), ==, CAUSE_STORE_PAGE);
    /* the page may be read only: no store in the answer, and an access fault for one */
    pmp(0, DATA >> 2 | 0x1ff, NAPOT4K | PMP_R);
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, NONE);
    g_assert_cmphex(fill.prot, ==, 1 << MMU_LOAD);
    g_assert_cmpuint(walk(VA, MMU_STORE, MMU_S), ==, CAUSE_STORE_ACCESS);
    /* the table may not be read at all */
    pmp(0, LEAF >> 2 | 0x1ff, NAPOT4K);
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, CAUSE_LOAD_ACCESS);
    g_assert_cmpuint(walk(VA, MMU_STORE, MMU_S), ==, CAUSE_STORE_ACCESS);
    /* or not written, which an update of A needs */
    pmp(0, LEAF >> 2 | 0x1ff, NAPOT4K | PMP_R);
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, NONE);
    env->menvcfg |= ENVCFG_ADUE;
    fake_write64(slot(LEAF, 3), PTE(DATA, V | R));
    g_assert_cmpuint(walk(VA, MMU_LOAD, MMU_S), ==, CAUSE_LOAD_ACCESS);
    g_assert_cmphex(fake_read64(slot(LEAF, 3)), ==, PTE(DATA, V | R));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/riscv/mmu/plain", test_plain);
    g_test_add_func("/riscv/mmu/page-faults", test_page_faults);
    g_test_add_func("/riscv/mmu/upper-half", test_upper_half);
    g_test_add_func("/riscv/mmu/superpages", test_superpages);
    g_test_add_func("/riscv/mmu/sv48", test_sv48);
    g_test_add_func("/riscv/mmu/modes", test_modes);
    g_test_add_func("/riscv/mmu/dirty-bits", test_dirty_bits);
    g_test_add_func("/riscv/mmu/sfence", test_sfence);
    g_test_add_func("/riscv/pmp/ranges", test_pmp_ranges);
    g_test_add_func("/riscv/pmp/csrs", test_pmp_csrs);
    g_test_add_func("/riscv/pmp/walk", test_pmp_walk);
    return g_test_run();
}
