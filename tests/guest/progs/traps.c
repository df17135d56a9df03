/* Exceptions: precise state, privileged instructions, delegation, the stacks of mstatus. */
#include "lib.h"

static uint8_t frame[2][4096] __attribute__((aligned(4096)));
#define WINDOW    0x40000000ul
#define NO_MEMORY 0x1000000000ul

#define FAULTS(X)                   \
    X(fault_load, C_LOAD_PAGE)      \
    X(fault_load_same, C_LOAD_PAGE) \
    X(fault_store, C_STORE_PAGE)    \
    X(fault_amo, C_STORE_PAGE)      \
    X(fault_lr, C_LOAD_PAGE)        \
    X(fault_fld, C_LOAD_PAGE)       \
    X(fault_fsd, C_STORE_PAGE)      \
    X(fault_illegal, C_ILLEGAL)     \
    X(fault_csr, C_ILLEGAL)         \
    X(fault_ecall, C_ECALL_S)       \
    X(fault_mret, C_ILLEGAL)
#define DECLARE(name, cause)               \
    uint64_t name(uint64_t a, uint64_t b); \
    extern const uint32_t name##_pc[];
FAULTS(DECLARE)
static const struct {
    const char *name;
    RunFn fn;
    const uint32_t *pc;
    uint64_t cause;
} faults[] = {
#define ENTRY(name, cause) {#name, name, name##_pc, cause},
    FAULTS(ENTRY)};

static void check_precise(unsigned i, uint64_t address, int64_t shift)
{
    uint64_t cause = faults[i].cause, tval = 0;

    if (cause == C_LOAD_PAGE || cause == C_STORE_PAGE) {
        cause += shift;
        tval = address;
    } else if (cause == C_ILLEGAL) {
        tval = faults[i].pc[0];
    }
    check(trap.taken == 1 && trap.cause == cause && trap.tval == tval &&
              trap.epc == (uint64_t)faults[i].pc,
          "%s: cause %x, tval %x, epc %x; want %x, %x, %x", faults[i].name, trap.cause, trap.tval,
          trap.epc, cause, tval, (uint64_t)faults[i].pc);
    check(trap_regs[5] == 101 && trap_regs[6] == 10201 && trap_regs[7] == 3 &&
              trap_regs[18] == 10211 && trap_regs[19] == 11 && trap_regs[10] == address,
          "%s: t0 %d, t1 %d, t2 %d, s2 %d, s3 %d, a0 %x", faults[i].name, trap_regs[5],
          trap_regs[6], trap_regs[7], trap_regs[18], trap_regs[19], trap_regs[10]);
}

static void test_precise(void)
{
    pt_init_image(3);
    paging(true);
    for (unsigned round = 0; round < 100; round++) {
        for (unsigned i = 0; i < ARRAY_SIZE(faults); i++) {
            run_in(S_MODE, faults[i].fn, WINDOW + 0x18, 0);
            check_precise(i, WINDOW + 0x18, 0);
        }
    }
    paging(false);
    /* without translation: access faults where there is no memory */
    for (unsigned i = 0; i < ARRAY_SIZE(faults); i++) {
        if (faults[i].cause != C_ECALL_S) {
            run_in(S_MODE, faults[i].fn, NO_MEMORY, 0);
            check_precise(i, NO_MEMORY, faults[i].cause == C_LOAD_PAGE ? -8 : -8);
        }
    }
    run_at(M_MODE, NO_MEMORY, 0, 0);
    check_trap("fetch without memory", C_IFETCH_ACCESS, NO_MEMORY);
    check(trap.epc == NO_MEMORY, "epc %x", trap.epc);
    say("precise done\n");
}

uint64_t touch_loop(uint64_t p, uint64_t n);
static unsigned mapped;
static bool map_on_demand(void)
{
    uint64_t tval = csr_read(mtval), cause = csr_read(mcause);

    if ((cause != C_LOAD_PAGE && cause != C_STORE_PAGE) || tval < WINDOW ||
        tval >= WINDOW + 2 * PAGE) {
        return false;
    }
    mapped++;
    /* first only for reading, then for writing */
    uint64_t flags = cause == C_LOAD_PAGE ? PTE_V | PTE_R | PTE_A : PTE_RWXAD;
    pt_map(tval & -PAGE, (uint64_t)frame[(tval - WINDOW) / PAGE], 0, flags);
    sfence_at(tval);
    return true;
}

static void test_resume(void)
{
    csr_clear(0x30a, 1ul << 61);
    for (unsigned round = 0; round < 20; round++) {
        uint64_t want = 0;
        for (unsigned i = 0; i < 8192; i += 8) {
            *(uint64_t *)&frame[0][i] = i * 7;
            want += i * 7;
        }
        pt_init_image(3);
        paging(true);
        mapped = 0;
        trap_hook = map_on_demand;
        uint64_t got = run_in(S_MODE, touch_loop, WINDOW, 1024);
        trap_hook = 0;
        check_trap("loop with page faults", -1, 0);
        check(got == want && mapped == 4, "sum %x, want %x; %d faults", got, want,
              (uint64_t)mapped);
        check(*(uint64_t *)&frame[1][4088] == 8184 * 7 + 1, "the last store");
        paging(false);
    }
    say("resume done\n");
}

#define TRIES(X)       \
    X(csrr_mstatus)    \
    X(csrr_mhartid)    \
    X(csrr_satp)       \
    X(csrw_satp)       \
    X(csrr_sstatus)    \
    X(csrr_sie)        \
    X(csrr_cycle)      \
    X(csrr_time)       \
    X(csrr_instret)    \
    X(csrw_cycle)      \
    X(csrs_mhartid)    \
    X(csrr0_mhartid)   \
    X(csrwi_mvendorid) \
    X(csrsi_mvendorid) \
    X(csrr_stimecmp)   \
    X(csrr_fcsr)       \
    X(fadd)            \
    X(fsgnj)           \
    X(flw)             \
    X(fsd)             \
    X(sfence)
#define DECLARE_TRY(name) uint64_t try_##name(uint64_t a, uint64_t b);
TRIES(DECLARE_TRY)
DECLARE_TRY(wfi)
DECLARE_TRY(sret)
DECLARE_TRY(mret)
static const struct {
    const char *name;
    RunFn fn;
} tries[] = {
#define ENTRY_TRY(name) {#name, try_##name},
    TRIES(ENTRY_TRY)};

/* The table of who may do what is compared with the reference; an illegal one has its bits in
 * mtval. */
static void test_tries(const char *what)
{
    static const unsigned modes[] = {M_MODE, S_MODE, U_MODE};
    static const char names[] = "US-M";

    for (unsigned i = 0; i < ARRAY_SIZE(tries); i++) {
        say("%s, %s:", what, tries[i].name);
        for (unsigned m = 0; m < 3; m++) {
            uint64_t status = csr_read(mstatus);
            run_in(modes[m], tries[i].fn, 0, 0);
            say(" %c %s", names[modes[m]], trap.taken ? "trap" : "ok");
            if (trap.taken) {
                check_trap(tries[i].name, C_ILLEGAL, *(const uint32_t *)tries[i].fn);
            }
            csr_write(mstatus, status);
        }
        say("\n");
    }
}

static void test_privilege(void)
{
    static const uint64_t set[] = {0, MS_TVM, MS_TW, MS_TSR, MS_TVM | MS_TW | MS_TSR};

    csr_write(mcounteren, 0);
    csr_write(scounteren, 0);
    csr_clear(0x30a, 1ul << 63);
    test_tries("plain");
    csr_write(mcounteren, 7);
    test_tries("mcounteren 7");
    csr_write(scounteren, 7);
    test_tries("scounteren 7");
    csr_write(mcounteren, 5);
    csr_set(0x30a, 1ul << 63);
    test_tries("mcounteren 5, STCE");
    csr_write(mcounteren, 7);
    test_tries("mcounteren 7, STCE");
    csr_clear(mstatus, MS_FS);
    test_tries("FS off");
    csr_set(mstatus, 0x2000);
    csr_set(mstatus, MS_TVM);
    test_tries("TVM");
    csr_clear(mstatus, MS_TVM);

    for (unsigned i = 0; i < ARRAY_SIZE(set); i++) {
        uint64_t status = csr_read(mstatus);
        csr_set(mstatus, set[i]);
        csr_write(sepc, (uint64_t)do_nop);
        csr_clear(mstatus, MS_SPP);
        run_in(S_MODE, try_sret, 0, 0);
        say("%x: sret in S: %s", set[i], trap.taken ? "trap" : "ok");
        csr_set(mstatus, set[i]);
        if (set[i] & MS_TW) { /* without TW it may wait; in U it may trap or not */
            run_in(S_MODE, try_wfi, 0, 0);
            say(", wfi in S: %s", trap.taken ? "trap" : "ok");
        }
        run_in(U_MODE, try_sret, 0, 0);
        check_trap("sret in U", C_ILLEGAL, 0x10200073);
        run_in(U_MODE, try_mret, 0, 0);
        check_trap("mret in U", C_ILLEGAL, 0x30200073);
        run_in(S_MODE, try_mret, 0, 0);
        check_trap("mret in S", C_ILLEGAL, 0x30200073);
        say("\n");
        csr_write(mstatus, status);
    }
    csr_clear(mstatus, MS_TVM | MS_TW | MS_TSR);
}

static void test_delegation(void)
{
    static const unsigned modes[] = {U_MODE, S_MODE, M_MODE};

    for (unsigned deleg = 0; deleg < 2; deleg++) {
        csr_write(medeleg, deleg ? -1ul : 0);
        say("medeleg %x\n", csr_read(medeleg) & 0xb1ff);
        pt_init_image(3);
        paging(true);
        for (unsigned m = 0; m < 3; m++) {
            unsigned mode = modes[m];
            /* S-mode's own vector ends with an ecall, so that one stays with M */
            csr_clear(medeleg, 1 << C_ECALL_S);
            static const struct {
                const char *name;
                RunFn fn;
                uint64_t arg;
            } todo[] = {{"ecall", do_ecall, 0},
                        {"load", do_load64, WINDOW + 1},
                        {"store", do_store64, WINDOW + 2},
                        {"jump", do_jump, WINDOW + 4},
                        {"no csr", try_csrs_mhartid, 0}};
            for (unsigned i = 0; i < ARRAY_SIZE(todo); i++) {
                if (mode == M_MODE && i > 0 && i < 4) {
                    continue; /* not translated */
                }
                for (unsigned sie = 0; sie < 2; sie++) {
                    csr_clear(mstatus, MS_SIE | MS_SPIE | MS_SPP);
                    csr_set(mstatus, sie ? MS_SIE : 0);
                    run_in(mode, todo[i].fn, todo[i].arg, 1);
                    say("mode %d, SIE %d, %s: taken %d, cause %x, tval %x, status %x\n",
                        (uint64_t)mode, (uint64_t)sie, todo[i].name, trap.taken, trap.cause,
                        trap.tval,
                        trap.status & (trap.taken == 2 ? MS_SPP | MS_SPIE | MS_SIE
                                                       : MS_MPP | MS_MPIE | MS_MIE | MS_SPP |
                                                             MS_SPIE | MS_SIE));
                }
            }
        }
        paging(false);
    }
    csr_write(medeleg, 0);
    run_in(M_MODE, do_ebreak, 0, 0);
    check(trap.cause == C_BREAK && trap.epc == (uint64_t)do_ebreak,
          "ebreak"); /* mtval may be 0 or pc */
    say("delegation done\n");
}

/* mret and sret: the privilege stack. The target runs do_ecall, whose trap says where it ran. */
static void test_returns(void)
{
    for (unsigned mpp = 0; mpp < 4; mpp++) {
        if (mpp == 2) {
            continue;
        }
        for (unsigned bits = 0; bits < 8; bits++) {
            csr_clear(mstatus, MS_MPIE | MS_MIE | MS_MPRV | MS_SUM);
            csr_set(mstatus, (bits & 1 ? MS_MPIE : 0) | (bits & 4 ? MS_SUM : 0));
            csr_write(mie, 0);
            uint64_t after;
            if (mpp == M_MODE) { /* read mstatus after mret */
                csr_set(mstatus, bits & 2 ? MS_MPRV : 0);
                asm volatile("la t0, 1f\n csrw mepc, t0\n csrs mstatus, %1\n mret\n"
                             "1: csrr %0, mstatus\n"
                             : "=r"(after)
                             : "r"((uint64_t)MS_MPP)
                             : "t0", "memory");
                csr_clear(mstatus, MS_MPRV | MS_MIE);
            } else {
                run_in(mpp, do_ecall, 0, 0);
                after = trap.status;
            }
            say("mret to %d, bits %d: %x\n", (uint64_t)mpp, (uint64_t)bits,
                after & (MS_MPP | MS_MPIE | MS_MIE | MS_MPRV | MS_SUM));
        }
    }
    for (unsigned bits = 0; bits < 4; bits++) {
        csr_clear(mstatus, MS_SPP | MS_SPIE | MS_SIE | MS_MPRV);
        csr_set(mstatus, (bits & 1 ? MS_SPP : 0) | (bits & 2 ? MS_SPIE : 0));
        csr_write(sepc, (uint64_t)do_ecall);
        run_in(S_MODE, try_sret, 0, 0);
        check(trap.cause == (bits & 1 ? C_ECALL_S : C_ECALL_U), "sret with SPP %d",
              (uint64_t)(bits & 1));
        say("sret, bits %d: cause %x, status %x\n", (uint64_t)bits, trap.cause,
            trap.status & (MS_MPP | MS_SPP | MS_SPIE | MS_SIE));
        /* the same from M-mode */
        csr_set(mstatus, (bits & 1 ? MS_SPP : 0) | (bits & 2 ? MS_SPIE : 0));
        csr_write(sepc, (uint64_t)do_ecall);
        run_in(M_MODE, try_sret, 0, 0);
        say("sret in M, bits %d: cause %x, status %x\n", (uint64_t)bits, trap.cause,
            trap.status & (MS_MPP | MS_SPP | MS_SPIE | MS_SIE));
    }
    /* bit 0 reads as 0 by the manual; the reference keeps it */
    csr_write(mepc, 0x80000003);
    say("mepc keeps %x, ", csr_read(mepc) & ~1ul);
    csr_write(sepc, -1ul);
    say("sepc keeps %x\n", csr_read(sepc) & ~1ul);
}

/* FS becomes dirty with the first change of FP state; SD shows it. */
static void test_fs(void)
{
    static const struct {
        const char *name;
        RunFn fn;
    } todo[] = {{"fadd", try_fadd}, {"fsgnj", try_fsgnj}, {"flw", try_flw}};

    for (unsigned fs = 1; fs < 4; fs++) {
        for (unsigned i = 0; i < ARRAY_SIZE(todo); i++) {
            csr_clear(mstatus, MS_FS);
            csr_set(mstatus, fs << 13);
            run_in(S_MODE, todo[i].fn, 0, 0);
            uint64_t after = csr_read(mstatus);
            check((after & MS_FS) == MS_FS && after >> 63 == 1, "FS %d after %s: %x", (uint64_t)fs,
                  todo[i].name, after);
            check(csr_read(sstatus) >> 63 == 1, "sstatus.SD");
        }
        csr_clear(mstatus, MS_FS);
        csr_set(mstatus, fs << 13);
        csr_write(fcsr, 0x21);
        check((csr_read(mstatus) & MS_FS) == MS_FS, "FS %d after a write of fcsr", (uint64_t)fs);
        csr_write(fcsr, 0);
    }
    csr_clear(mstatus, MS_FS);
    check(csr_read(mstatus) >> 63 == 0, "SD with FS off");
    csr_set(mstatus, 0x2000);
    say("FS done\n");
}

int main(void)
{
    test_precise();
    test_resume();
    test_privilege();
    test_delegation();
    test_returns();
    test_fs();
    return 0;
}
