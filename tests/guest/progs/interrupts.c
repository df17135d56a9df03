/* Interrupts: software, timer (CLINT and Sstc), external (PLIC); enabling, delegation, priority,
 * vectors, WFI. */
#include "lib.h"

#define MSIP      ((volatile uint32_t *)0x2000000)
#define MTIMECMP  ((volatile uint64_t *)0x2004000)
#define MTIME     ((volatile uint64_t *)0x200bff8)
#define PLIC      0xc000000ul
#define PLIC32(o) (*(volatile uint32_t *)(PLIC + (o)))
#define UART      ((volatile uint8_t *)0x10000000)
enum { PRIORITY = 0, PENDING = 0x1000, ENABLE = 0x2000, THRESHOLD = 0x200000, CLAIM = 0x200004 };
enum { UART_IRQ = 10, CONTEXT_M = 0, CONTEXT_S = 1 };
#define INTERRUPT (1ul << 63)
#define STCE      (1ul << 63)
enum { SSI = 1 << 1, MSI = 1 << 3, STI = 1 << 5, MTI = 1 << 7, SEI = 1 << 9, MEI = 1 << 11 };

uint64_t spin(uint64_t a, uint64_t b), spin_wfi(uint64_t a, uint64_t b);
uint64_t wfi_once(uint64_t a, uint64_t b), spin_compute(uint64_t a, uint64_t b);
uint64_t run_nops(uint64_t a, uint64_t b);
extern uint8_t spin_compute_loop[], m_table[], s_table[];
extern volatile uint64_t m_entry_nr;

static void quiet(void)
{
    csr_clear(mstatus, MS_MIE | MS_SIE | MS_MPIE | MS_SPIE);
    csr_write(mie, 0);
    csr_clear(mip, SSI | STI | SEI);
    csr_write(mideleg, 0);
    *MSIP = 0;
    *MTIMECMP = -1ul;
    csr_set(0x30a, STCE);
    csr_write(0x14d, -1ul);
    csr_write(mtvec, (uint64_t)m_vector);
    csr_write(stvec, (uint64_t)s_vector);
}

static void want_interrupt(const char *what, unsigned number)
{
    check(trap.taken == 1 && trap.cause == (INTERRUPT | number) && trap.tval == 0,
          "%s: taken %d, cause %x, tval %x", what, trap.taken, trap.cause, trap.tval);
}

/* Each source alone, pending before the run and arriving during it, in each mode. */
static void test_sources(void)
{
    static const unsigned modes[] = {U_MODE, S_MODE, M_MODE};

    for (unsigned m = 0; m < 3; m++) {
        unsigned mode = modes[m];
        for (unsigned enabled = 0; enabled < 2; enabled++) {
            quiet();
            csr_write(mie, MSI);
            csr_set(mstatus, enabled ? MS_MPIE : 0); /* run_in enters by mret */
            *MSIP = 1;
            check(csr_read(mip) & MSI, "mip.MSIP");
            run_in(mode, run_nops, 0, 0);
            if (mode == M_MODE && !enabled) {
                check_trap("MIE off in M", -1, 0);
            } else {
                want_interrupt("software", 3);
                check(trap.epc == (uint64_t)run_nops, "before the first instruction");
            }
            *MSIP = 0;
            check(!(csr_read(mip) & MSI), "mip.MSIP is off again");
        }
        for (unsigned wfi = 0; wfi < 2; wfi++) {
            if (wfi && mode == U_MODE) {
                continue; /* may trap */
            }
            quiet();
            csr_write(mie, MTI);
            csr_set(mstatus, MS_MPIE);
            *MTIMECMP = *MTIME + 20000; /* 2 ms */
            run_in(mode, wfi ? spin_wfi : spin, 0, 0);
            want_interrupt("timer", 7);
            check(*MTIME >= *MTIMECMP, "the timer was early");
            check(csr_read(mip) & MTI, "mip.MTIP");
            *MTIMECMP = -1ul;
            check(!(csr_read(mip) & MTI), "mip.MTIP is off again");
            quiet();
            csr_write(mie, STI);
            csr_set(mstatus, MS_MPIE);
            csr_write(0x14d, *MTIME + 20000);
            run_in(mode, wfi ? spin_wfi : spin, 0, 0);
            want_interrupt("stimecmp", 5);
            csr_write(0x14d, -1ul);
            check(!(csr_read(mip) & STI), "mip.STIP is off again");
        }
    }
    for (unsigned i = 0; i < 50; i++) { /* precise */
        quiet();
        csr_write(mie, MTI);
        csr_set(mstatus, MS_MPIE);
        *MTIMECMP = *MTIME + 1000 + 37 * i;
        run_in(S_MODE, spin_compute, 0, 0);
        want_interrupt("timer in a loop", 7);
        if (trap.epc < (uint64_t)spin_compute_loop) {
            check(true, ""); /* a slow host: it came before the loop */
            continue;
        }
        /* at most one of the loop's instructions between the two */
        int64_t slack = trap_regs[5] * 2 - trap_regs[6];
        check((slack == 0 || slack == 2) && trap_regs[5] - trap_regs[7] <= 1,
              "registers in the loop: %x %x %x", trap_regs[5], trap_regs[6], trap_regs[7]);
    }
    say("sources done\n");
}

static void test_priority(void)
{
    static const uint8_t order[] = {9, 1, 5}; /* software-settable, delegated or not */
    static const uint8_t m_order[] = {3, 7};

    quiet();
    csr_clear(0x30a, STCE); /* so that STIP is a plain bit */
    csr_write(mie, -1ul);
    csr_set(mip, SSI | STI | SEI);
    *MSIP = 1;
    *MTIMECMP = 0;
    for (unsigned i = 0; i < 2; i++) {
        csr_set(mstatus, MS_MPIE);
        run_in(S_MODE, run_nops, 0, 0);
        want_interrupt("priority in M", m_order[i]);
        csr_clear(mie, 1ul << m_order[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        csr_set(mstatus, MS_MPIE);
        run_in(M_MODE, run_nops, 0, 0);
        want_interrupt("priority of S's, not delegated", order[i]);
        csr_clear(mie, 1ul << order[i]);
    }
    /* what is delegated comes after what is not, and not in M-mode */
    csr_write(mie, SSI | STI | SEI);
    csr_write(mideleg, SSI | STI | SEI);
    csr_set(mstatus, MS_MPIE);
    run_in(M_MODE, run_nops, 0, 0);
    check_trap("delegated interrupts in M-mode", -1, 0);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned sie = 0; sie < 2; sie++) {
            csr_clear(mstatus, MS_SIE);
            csr_set(mstatus, sie ? MS_SIE : 0);
            run_in(S_MODE, run_nops, 0, 0);
            check(sie ? trap.taken == 2 && trap.cause == (INTERRUPT | order[i]) : !trap.taken,
                  "delegated, SIE %d: taken %d, cause %x", (uint64_t)sie, trap.taken, trap.cause);
        }
        csr_clear(mstatus, MS_SIE);
        run_in(U_MODE, run_nops, 0, 0);
        check(trap.taken == 2 && trap.cause == (INTERRUPT | order[i]), "delegated, from U");
        csr_clear(mie, 1ul << order[i]);
    }
    csr_write(mie, SSI | MSI);
    csr_set(mstatus, MS_SIE);
    run_in(S_MODE, run_nops, 0, 0);
    want_interrupt("M's before S's", 3);
    quiet();
    say("priority done\n");
}

static void test_vectored(void)
{
    quiet();
    csr_write(mtvec, (uint64_t)m_table | 1);
    check(csr_read(mtvec) == ((uint64_t)m_table | 1), "mtvec keeps the mode");
    m_entry_nr = 99;
    csr_write(mie, MSI);
    *MSIP = 1;
    run_in(S_MODE, run_nops, 0, 0);
    want_interrupt("vectored", 3);
    check(m_entry_nr == 3, "vector %d", m_entry_nr);
    *MSIP = 0;
    run_in(S_MODE, do_ecall, 0, 0);
    check(trap.cause == C_ECALL_S && m_entry_nr == 0, "exceptions go to the base");
    csr_write(mie, SSI);
    csr_set(mip, SSI);
    csr_write(mideleg, SSI);
    csr_write(stvec, (uint64_t)s_table | 1);
    run_in(U_MODE, run_nops, 0, 0);
    check(trap.taken == 2 && trap.cause == (INTERRUPT | 1) && trap_regs[22] == 1,
          "vectored in S: taken %d, cause %x, vector %d", trap.taken, trap.cause, trap_regs[22]);
    quiet();
    csr_write(stvec, (uint64_t)s_table | 1);
    csr_write(medeleg, 1 << C_ECALL_U);
    run_in(U_MODE, do_ecall, 0, 0);
    check(trap.taken == 2 && trap.cause == C_ECALL_U && trap_regs[22] == 0, "exception in S");
    csr_write(medeleg, 0);
    quiet();
    say("vectored done\n");
}

/* WFI goes on when something enabled in mie is pending, whatever mstatus says. */
static void test_wfi(void)
{
    quiet();
    csr_write(mie, MTI);
    *MTIMECMP = *MTIME + 20000;
    check(run_in(M_MODE, wfi_once, 5, 0) == 6, "WFI with MIE off");
    check_trap("WFI with MIE off", -1, 0);
    check(*MTIME >= *MTIMECMP,
          "WFI returned early"); /* allowed by the manual, but not what we want */
    check(run_in(M_MODE, wfi_once, 5, 0) == 6, "WFI with the interrupt pending");
    quiet();
    csr_write(mie, STI);
    csr_write(mideleg, STI);
    csr_write(0x14d, *MTIME + 20000);
    check(run_in(S_MODE, wfi_once, 7, 0) == 8, "WFI in S with SIE off");
    check_trap("WFI in S with SIE off", -1, 0);
    quiet();
    say("wfi done\n");
}

/* sie and sip show what is delegated. */
static void test_views(void)
{
    quiet();
    for (unsigned deleg = 0; deleg < 2; deleg++) {
        csr_write(mideleg, deleg ? SSI | STI | SEI : 0);
        csr_write(mie, -1ul);
        csr_clear(0x30a, STCE);
        csr_set(mip, SSI | STI | SEI);
        say("mideleg %x, sie %x, sip %x, mie %x\n", csr_read(mideleg) & 0xaaa,
            csr_read(sie) & 0xaaa, csr_read(sip) & 0xaaa, csr_read(mie) & 0xaaa);
        csr_write(sie, 0);
        csr_write(sip, 0);
        say("cleared: sie %x, sip %x, mie %x, mip %x\n", csr_read(sie) & 0xaaa,
            csr_read(sip) & 0xaaa, csr_read(mie) & 0xaaa, csr_read(mip) & 0x222);
        csr_write(sie, -1ul);
        csr_write(sip, -1ul);
        say("set: sie %x, sip %x, mie %x, mip %x\n", csr_read(sie) & 0xaaa, csr_read(sip) & 0xaaa,
            csr_read(mie) & 0xaaa, csr_read(mip) & 0x222);
        quiet();
    }
    /* with STCE, STIP follows stimecmp and cannot be written */
    csr_write(0x14d, 0);
    csr_clear(mip, STI);
    check(csr_read(mip) & STI, "STIP from stimecmp");
    csr_write(0x14d, -1ul);
    csr_set(mip, STI);
    check(!(csr_read(mip) & STI), "STIP is read-only with STCE");
    quiet();
}

static void test_plic(void)
{
    quiet();
    for (unsigned context = 0; context < 2; context++) {
        uint64_t enable = ENABLE + 0x80 * context, claim = CLAIM + 0x1000 * context;
        uint64_t threshold = THRESHOLD + 0x1000 * context;
        uint64_t line = context == CONTEXT_M ? MEI : SEI;

        PLIC32(PRIORITY + 4 * UART_IRQ) = 3;
        PLIC32(enable) = 1 << UART_IRQ;
        PLIC32(threshold) = 0;
        check(PLIC32(claim) == 0, "nothing to claim");
        UART[1] = 2; /* transmitter empty */
        check(csr_read(mip) & line, "external interrupt pending, context %d", (uint64_t)context);
        check(PLIC32(PENDING) >> UART_IRQ & 1, "pending bit");
        PLIC32(threshold) = 3;
        check(!(csr_read(mip) & line), "threshold");
        PLIC32(threshold) = 2;
        csr_write(mie, line);
        csr_set(mstatus, MS_MPIE);
        run_in(S_MODE, spin, 0, 0);
        want_interrupt("external", context == CONTEXT_M ? 11 : 9);
        check(PLIC32(claim) == UART_IRQ, "claim");
        check(!(csr_read(mip) & line), "claimed: not pending");
        check(PLIC32(claim) == 0, "claimed: nothing more");
        check((UART[2] & 15) == 2, "IIR: transmitter empty");
        PLIC32(claim) = UART_IRQ;
        UART[1] = 0;
        while (PLIC32(claim)) {
            PLIC32(claim) = UART_IRQ;
        }
        check(!(csr_read(mip) & line), "off again");
        PLIC32(enable) = 0;
        csr_write(mie, 0);
    }
    say("plic done\n");
}

int main(void)
{
    test_sources();
    test_priority();
    test_vectored();
    test_wfi();
    test_views();
    test_plic();
    return 0;
}
