/* SPDX-License-Identifier: MIT */
/* The helpers of LR and SC, on a memory of one page (links amo-helper.c only). */
#include <glib.h>
#include <string.h>

#include "target/riscv/helper.h"

enum { NOT_RAM = 0x2000, PAGE_FAULT = 0x3000 };

static _Alignas(16) uint8_t memory[4096];
static MMUAccess probed; /* kind of the last access */
static CPURISCVState hart;

void *cpu_probe(CPUState *cs, uint64_t vaddr, unsigned size, MMUAccess access, unsigned mmu_idx,
                uint64_t *phys)
{
    probed = access;
    g_assert_cmpuint(mmu_idx, ==, MMU_S);
    if (vaddr == PAGE_FAULT)
        cpu_raise(cs, access == MMU_LOAD ? CAUSE_LOAD_PAGE + 1 : CAUSE_STORE_PAGE + 1, vaddr);
    if (vaddr >= sizeof(memory))
        return NULL;
    if (phys)
        *phys = 0x80000000 + vaddr;
    return memory + vaddr;
}

void riscv_bus_fault(CPUState *cs, uint64_t vaddr, MMUAccess access)
{
    cpu_raise(cs, access == MMU_LOAD ? CAUSE_LOAD_ACCESS + 1 : CAUSE_STORE_ACCESS + 1, vaddr);
}

static void reset(uint64_t val)
{
    memset(&hart, 0, sizeof(hart));
    hart.res_addr = ~UINT64_C(0);
    memcpy(memory + 16, &val, 8);
}

static uint64_t memory64(void)
{
    uint64_t val;

    memcpy(&val, memory + 16, 8);
    return val;
}

static void check_trap(unsigned cause, uint64_t tval)
{
    g_assert_cmpuint(hart.cs.trap, ==, cause + 1);
    g_assert_cmphex(hart.cs.trap_value, ==, tval);
    hart.cs.trap = 0;
}

static void test_faults(void)
{
    reset(1);
    helper_lr_d(&hart, 20, MMU_S);
    check_trap(CAUSE_LOAD_MISALIGNED, 20);
    helper_lr_d(&hart, NOT_RAM, MMU_S);
    check_trap(CAUSE_LOAD_ACCESS, NOT_RAM);
    helper_lr_w(&hart, PAGE_FAULT, MMU_S);
    check_trap(CAUSE_LOAD_PAGE, PAGE_FAULT);
    helper_sc_w(&hart, 18, 1, MMU_S);
    check_trap(CAUSE_STORE_MISALIGNED, 18);
    helper_lr_w(&hart, 16, MMU_S);
    helper_sc_w(&hart, PAGE_FAULT, 1, MMU_S);
    check_trap(CAUSE_STORE_PAGE, PAGE_FAULT);
    g_assert_cmphex(memory64(), ==, 1);
}

static void test_reservation(void)
{
    const uint64_t word = UINT64_C(0x1122334480000000);

    reset(word);
    g_assert_cmphex(helper_lr_w(&hart, 16, MMU_S), ==, UINT64_C(0xffffffff80000000));
    g_assert_cmpint(probed, ==, MMU_LOAD);
    g_assert_cmpuint(helper_sc_w(&hart, 16, 7, MMU_S), ==, 0);
    g_assert_cmphex(memory64(), ==, UINT64_C(0x1122334400000007));
    /* An SC ends it, done or not. */
    g_assert_cmpuint(helper_sc_w(&hart, 16, 8, MMU_S), ==, 1);

    reset(word);
    g_assert_cmphex(helper_lr_d(&hart, 16, MMU_S), ==, word);
    g_assert_cmpuint(helper_sc_d(&hart, 24, 7, MMU_S), ==, 1); /* elsewhere */
    g_assert_cmpuint(helper_sc_d(&hart, 16, 7, MMU_S), ==, 1);
    g_assert_cmphex(memory64(), ==, word);

    helper_lr_d(&hart, 16, MMU_S);
    g_assert_cmpuint(helper_sc_w(&hart, 16, 7, MMU_S), ==, 1); /* another size */
    helper_lr_d(&hart, 16, MMU_S);
    memory[16] = 1; /* someone's store */
    g_assert_cmpuint(helper_sc_d(&hart, 16, 7, MMU_S), ==, 1);
    helper_lr_d(&hart, 16, MMU_S);
    g_assert_cmpuint(helper_sc_d(&hart, 16, 7, MMU_S), ==, 0);
    g_assert_cmphex(memory64(), ==, 7);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/riscv/amo/faults", test_faults);
    g_test_add_func("/riscv/amo/reservation", test_reservation);
    return g_test_run();
}
