/* instret, cycle and time. The reference counts instructions exactly only with -icount (see
 * run.py). */
#include "lib.h"

/* Counters go up, by themselves and sanely; their values are not printed. */
static void test_counters(void)
{
    uint64_t i0, i1, t0, t1;

    csr_write(mcountinhibit, 0);
    asm volatile("csrr %0, minstret\n nop\n nop\n nop\n nop\n nop\n nop\n nop\n csrr %1, minstret"
                 : "=r"(i0), "=r"(i1));
    check(i1 - i0 == 8, "instret over 8 instructions: %d", i1 - i0);
    asm volatile(
        "csrr %0, minstret\n li t0, 1000\n 1: addi t0, t0, -1\n bnez t0, 1b\n csrr %1, minstret"
        : "=r"(i0), "=r"(i1)::"t0");
    check(i1 - i0 == 2002, "instret over a loop: %d", i1 - i0);
    check(csr_read(instret) - i1 < 100, "instret is minstret");
    i0 = csr_read(mcycle);
    check(csr_read(mcycle) > i0, "mcycle goes up");
    check(csr_read(cycle) - i0 < 10000000, "cycle is mcycle");
    t0 = csr_read(time);
    do {
        t1 = csr_read(time);
    } while (t1 == t0);
    check(t1 - t0 < 10000000, "time goes up");
    t1 = *(volatile uint64_t *)0x200bff8;
    check(t1 - csr_read(time) + 1000000 < 2000000, "time is mtime");
    csr_write(minstret, 1000);
    i1 = csr_read(minstret);
    check(i1 >= 1000 && i1 < 1100, "minstret can be written: %d", i1);
    csr_write(minstret, -2ul);
    i1 = csr_read(minstret);
    check(i1 < 100 || i1 > -100ul, "minstret wraps: %x", i1);
    csr_write(mcountinhibit, 4);
    i0 = csr_read(minstret);
    i1 = csr_read(minstret);
    check(i1 == i0, "inhibited instret: %d", i1 - i0);
    csr_write(mcountinhibit, 0);
    say("counters done\n");
}

int main(void)
{
    test_counters();
    return 0;
}
