/*
 * The mechanism microbenchmarks, without firmware or system: runs the kernels of kernels.def one
 * after another. For each a line when its measured part begins and one when it has ended
 * (bench/lib/session.py reads them):
 *
 *     @begin NAME
 *     @end NAME NANOSECONDS-BY-THE-GUEST 0 OPERATIONS CHECKSUM
 */
#include "lib.h"

enum {
    TICK_NS = 100, /* of the board's timebase, 10 MHz */
    WINDOW_PAGES = 16384,
};
#define WINDOW   0x100000000ul /* load_pages, load_flushed */
#define FAULTING 0x120000000ul /* page_fault */
#define RAM_FREE 0x84000000ul  /* physical; the image ends below */

#define KERNEL(name, mode, warm, n, operations, title) uint64_t name(uint64_t n_, uint64_t unused);
#include "kernels.def"
#undef KERNEL

static const struct Kernel {
    const char *name;
    RunFn fn;
    unsigned mode;
    uint64_t warm, n, operations;
} kernels[] = {
#define KERNEL(name, mode, warm, n, operations, title) {#name, name, mode, warm, n, operations},
#include "kernels.def"
#undef KERNEL
};

uint64_t *fault_table; /* of FAULTING; page_fault() uses it */

static void map_all(void)
{
    pt_init_image(3);
    for (uint64_t i = 0; i < WINDOW_PAGES; i++) {
        *(uint64_t *)(RAM_FREE + i * PAGE) = i * i;
        pt_map(WINDOW + i * PAGE, RAM_FREE + i * PAGE, 0, PTE_RWXAD);
    }
    fault_table = pt_entry(FAULTING, 0);
    memset(fault_table, 0, PAGE);
}

static uint64_t call(const struct Kernel *k, uint64_t n)
{
    if (k->mode == M_MODE) {
        return k->fn(n, 0);
    }
    uint64_t sum = run_in(k->mode, k->fn, n, 0);
    check(!trap.taken, "%s: trap, cause %x at %x", k->name, trap.cause, trap.epc);
    return sum;
}

int main(void)
{
    map_all();
    paging(true);
    csr_write(medeleg, 1 << C_ECALL_U | 1 << C_LOAD_PAGE);
    for (unsigned i = 0; i < ARRAY_SIZE(kernels); i++) {
        const struct Kernel *k = &kernels[i];

        if (k->warm) {
            call(k, k->warm);
        }
        say("@begin %s\n", k->name);
        uint64_t start = csr_read(time);
        uint64_t sum = call(k, k->n);
        uint64_t ticks = csr_read(time) - start;
        say("@end %s %d 0 %d %x\n", k->name, ticks * TICK_NS, k->n * k->operations, sum);
    }
    return 0;
}
