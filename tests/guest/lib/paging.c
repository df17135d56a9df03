/* Page tables for the tests: built by M-mode, used by S and U. */
#include "lib.h"

enum { POOL_PAGES = 64 };
static uint64_t pool[POOL_PAGES][512] __attribute__((aligned(4096)));
static unsigned pool_used, pt_levels;

static uint64_t *new_table(void)
{
    if (pool_used == POOL_PAGES) {
        check(false, "page-table pool is empty");
        finish();
    }
    memset(pool[pool_used], 0, PAGE);
    return pool[pool_used++];
}

void pt_init(unsigned levels)
{
    pool_used = 0;
    pt_levels = levels;
    new_table();
}

uint64_t *pt_entry(uint64_t va, unsigned level)
{
    uint64_t *table = pool[0];

    for (unsigned l = pt_levels - 1;; l--) {
        uint64_t *pte = &table[va >> (12 + 9 * l) & 511];
        if (l == level) {
            return pte;
        }
        if (!(*pte & PTE_V)) {
            *pte = (uint64_t)new_table() >> 12 << 10 | PTE_V;
        }
        table = (uint64_t *)(*pte >> 10 << 12);
    }
}

void pt_map(uint64_t va, uint64_t pa, unsigned level, uint64_t flags)
{
    *pt_entry(va, level) = pa >> 12 << 10 | flags;
}

void pt_init_image(unsigned levels)
{
    pt_init(levels);
    pt_map(0x80000000, 0x80000000, 2, PTE_RWXAD);
    pt_map(0x80000000 + USER_OFF, 0x80000000, 2, PTE_RWXAD | PTE_U);
    run_offset[U_MODE] = USER_OFF;
    run_offset[S_MODE] = 0;
}

uint64_t pt_satp(void)
{
    return (pt_levels == 3 ? 8ul : 9ul) << 60 | (uint64_t)pool[0] >> 12;
}

void paging(bool on)
{
    csr_write(satp, on ? pt_satp() : 0);
    sfence();
    if (!on) {
        run_offset[U_MODE] = 0;
    }
}
