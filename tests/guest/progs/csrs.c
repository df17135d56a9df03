/* CSRs: which exist, how they are written (WARL), read-modify-write forms. */
#include "lib.h"

static uint32_t code[4] __attribute__((aligned(16)));
static uint64_t value;

/* csrrs a0, CSR, zero in M-mode */
static bool readable(unsigned csr)
{
    code[0] = csr << 20 | 0x00002573;
    code[1] = 0x00008067;
    fence_i();
    value = run_at(M_MODE, (uint64_t)code, 0, 0);
    check(!trap.taken || (trap.cause == C_ILLEGAL && trap.tval == code[0]), "csr %x: cause %x",
          (uint64_t)csr, trap.cause);
    return !trap.taken;
}

/* csrrw a0, CSR, a0 and back: what was kept of v */
static uint64_t keeps(unsigned csr, uint64_t v)
{
    code[0] = csr << 20 | 0x00051573;
    code[1] = 0x00008067;
    fence_i();
    uint64_t old = run_at(M_MODE, (uint64_t)code, v, 0);
    return run_at(M_MODE, (uint64_t)code, old, 0);
}

/* CSRs of extensions that a hart may have beyond ours, and that the reference has without being
 * asked: state enable, resumable NMIs and others. mhpmcounter3 and up must read as 0 by the manual;
 * the reference leaves them out. */
static bool ignored(unsigned csr)
{
    return (csr >= 0x323 && csr <= 0x33f) || (csr >= 0xb03 && csr <= 0xb1f) || /* mhpm* */
           (csr >= 0xc03 && csr <= 0xc1f) ||                                   /* hpmcounter */
           (csr >= 0x723 && csr <= 0x73f) || (csr >= 0x30c && csr <= 0x30f) ||
           (csr >= 0x7a0 && csr <= 0x7af) || csr == 0x747 || csr == 0xf15 || csr == 0x180;
}

static void test_existence(void)
{
    unsigned first = 0;
    bool in = false;

    for (unsigned csr = 0; csr <= 4096; csr++) {
        bool now = csr < 4096 && !ignored(csr) && readable(csr);
        if (now && !in) {
            first = csr;
        } else if (in && !now) {
            say("exists: %w to %w\n", first, csr - 1);
        }
        in = now;
    }
    static const uint16_t must[] = {
        0x001, 0x002, 0x003, 0x100, 0x104, 0x105, 0x106, 0x10a, 0x140, 0x141, 0x142,
        0x143, 0x144, 0x14d, 0x180, 0x300, 0x301, 0x302, 0x303, 0x304, 0x305, 0x306,
        0x30a, 0x320, 0x340, 0x341, 0x342, 0x343, 0x344, 0x3a0, 0x3a2, 0x3b0, 0x3bf,
        0xb00, 0xb02, 0xc00, 0xc01, 0xc02, 0xf11, 0xf12, 0xf13, 0xf14, 0xf15,
    };
    for (unsigned i = 0; i < ARRAY_SIZE(must); i++) {
        check(readable(must[i]), "csr %w is missing", (uint32_t)must[i]);
    }
    /* odd pmpcfg do not exist in RV64, nor do the upper halves of counters */
    static const uint16_t must_not[] = {0x3a1, 0x3a3, 0x310, 0xb80, 0xb82, 0xc80, 0xc81,
                                        0xc82, 0x5a8, 0x600, 0x7b0, 0x800, 0xfff};
    for (unsigned i = 0; i < ARRAY_SIZE(must_not); i++) {
        check(!readable(must_not[i]), "csr %w exists", (uint32_t)must_not[i]);
    }
}

static void test_warl(void)
{
    static const struct {
        const char *name;
        uint16_t csr;
        uint64_t mask; /* the bits that are compared */
    } todo[] = {
        {"fflags", 0x001, -1ul},     {"frm", 0x002, -1ul},
        {"fcsr", 0x003, -1ul},       {"sscratch", 0x140, -1ul},
        {"sepc", 0x141, ~1ul}, /* bit 0: see traps.c */
        {"scause", 0x142, -1ul},     {"stval", 0x143, -1ul},
        {"scounteren", 0x106, 7},    {"mie", 0x304, 0xaaa},
        {"mideleg", 0x303, 0xaaa},   {"medeleg", 0x302, 0xb1ff},
        {"mcounteren", 0x306, 7},    {"menvcfg", 0x30a, 1ul << 63 | 1ul << 61},
        {"mcountinhibit", 0x320, 5}, {"stimecmp", 0x14d, -1ul},
    };
    static const uint64_t tries[] = {0, -1ul, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa,
                                     0x8000000000000000};

    for (unsigned i = 0; i < ARRAY_SIZE(todo); i++) {
        say("%s:", todo[i].name);
        for (unsigned j = 0; j < ARRAY_SIZE(tries); j++) {
            say(" %x", keeps(todo[i].csr, tries[j]) & todo[i].mask);
        }
        say("\n");
    }
    /* those that the trap handler of the tests itself changes */
    for (unsigned j = 0; j < ARRAY_SIZE(tries); j++) {
        csr_write(mscratch, tries[j]);
        csr_write(mcause, tries[j]);
        csr_write(mtval, tries[j]);
        csr_write(mepc, tries[j]);
        check(csr_read(mscratch) == tries[j], "mscratch keeps %x", csr_read(mscratch));
        check(csr_read(mtval) == tries[j], "mtval keeps %x", csr_read(mtval));
        check(csr_read(mepc) >> 1 == tries[j] >> 1, "mepc keeps %x", csr_read(mepc));
        say("mcause: %x\n", csr_read(mcause));
    }
    /* stvec: what a reserved mode leaves is up to the hart, but never that mode */
    static const uint64_t vectors[] = {0, 0x80001000, 0x80001001, 0xffffffc000000000};
    for (unsigned j = 0; j < ARRAY_SIZE(vectors); j++) {
        check(keeps(0x105, vectors[j]) == vectors[j], "stvec %x", vectors[j]);
        check((keeps(0x105, vectors[j] | 2) & 2) == 0, "stvec with a reserved mode");
    }
    /* fflags, frm and fcsr are views of one register */
    csr_write(fcsr, 0xff);
    check(csr_read(fcsr) == 0xff && csr_read(fflags) == 0x1f && csr_read(frm) == 7, "fcsr views");
    csr_write(frm, 2);
    check(csr_read(fcsr) == 0x5f, "frm in fcsr");
    csr_write(fflags, 1);
    check(csr_read(fcsr) == 0x41, "fflags in fcsr");
    csr_write(fcsr, 0);
    /* mstatus: MPP takes no reserved value; FS and the rest as they are */
    uint64_t status = csr_read(mstatus);
    for (unsigned mpp = 0; mpp < 4; mpp++) {
        csr_write(mstatus, (status & ~(uint64_t)MS_MPP) | MS_MPP);
        csr_write(mstatus, (status & ~(uint64_t)MS_MPP) | (uint64_t)mpp << 11);
        if (mpp != 2) {
            check((csr_read(mstatus) & MS_MPP) >> 11 == mpp, "MPP %d", (uint64_t)mpp);
        } else {
            check((csr_read(mstatus) & MS_MPP) >> 11 != 2, "MPP kept 2");
        }
    }
    uint64_t bits = MS_SIE | MS_SPIE | MS_MPIE | MS_SPP | MS_MPP | MS_FS | MS_SUM | MS_MXR |
                    MS_TVM | MS_TW | MS_TSR;
    csr_write(mstatus, bits);
    say("mstatus of all bits: %x\n", csr_read(mstatus));
    say("sstatus then: %x\n", csr_read(sstatus));
    csr_write(sstatus, 0);
    say("mstatus after clearing sstatus: %x\n", csr_read(mstatus));
    csr_write(sstatus, -1ul);
    say("sstatus of all bits: %x\n", csr_read(sstatus) & ~(3ul << 9));
    csr_write(mstatus, status);
    /* satp: an unknown mode changes nothing at all */
    csr_write(satp, 8ul << 60 | 0x80123);
    for (unsigned mode = 1; mode < 16; mode++) {
        if (mode == 8 || mode == 9) {
            continue;
        }
        csr_write(satp, (uint64_t)mode << 60 | 0x80fff);
        check(csr_read(satp) == (8ul << 60 | 0x80123), "satp mode %d: %x", (uint64_t)mode,
              csr_read(satp));
    }
    csr_write(satp, 9ul << 60 | 0x80fff);
    check(csr_read(satp) == (9ul << 60 | 0x80fff), "satp mode 9");
    csr_write(satp, 0);
    uint64_t isa = csr_read(misa);
    say("misa %x\n", isa);
}

/* csrrw, csrrs, csrrc and their immediate forms; rd = rs1; x0 */
static void test_forms(void)
{
    uint64_t r;

#define FORM(insn, operand, want_old, want_new)                                                \
    csr_write(mscratch, 0xf0f0);                                                               \
    asm volatile(insn " %0, mscratch, " operand : "=&r"(r) : "r"(0xff00ul) : "memory");        \
    check(r == (want_old) && csr_read(mscratch) == (want_new), insn " " operand ": %x, %x", r, \
          csr_read(mscratch));
    FORM("csrrw", "%1", 0xf0f0, 0xff00)
    FORM("csrrs", "%1", 0xf0f0, 0xfff0)
    FORM("csrrc", "%1", 0xf0f0, 0x00f0)
    FORM("csrrw", "zero", 0xf0f0, 0)
    FORM("csrrs", "zero", 0xf0f0, 0xf0f0)
    FORM("csrrc", "zero", 0xf0f0, 0xf0f0)
    FORM("csrrwi", "21", 0xf0f0, 21)
    FORM("csrrsi", "21", 0xf0f0, 0xf0f5)
    FORM("csrrci", "16", 0xf0f0, 0xf0e0)
    FORM("csrrwi", "0", 0xf0f0, 0)
    FORM("csrrsi", "0", 0xf0f0, 0xf0f0)
    csr_write(mscratch, 7);
    r = 0x1234;
    asm volatile("csrrw %0, mscratch, %0" : "+r"(r)::"memory");
    check(r == 7 && csr_read(mscratch) == 0x1234, "csrrw with rd = rs1");
    r = 0x1001;
    asm volatile("csrrs %0, mscratch, %0" : "+r"(r)::"memory");
    check(r == 0x1234 && csr_read(mscratch) == 0x1235, "csrrs with rd = rs1");
    say("forms done\n");
}

int main(void)
{
    test_existence();
    test_warl();
    test_forms();
    return 0;
}
