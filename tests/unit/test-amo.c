/* SPDX-License-Identifier: MIT */
/* The helpers of the A extension, on a memory of one page (links amo-helper.c only). */
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

static void test_operations(void)
{
    static const uint64_t old = UINT64_C(0x11223344fffffff6); /* the word: -10 */
    static const struct {
        RVHelper_lellw *helper;
        uint64_t operand, result, memory;
    } ops[] = {
        {helper_amoswap_w, 5, -10, UINT64_C(0x1122334400000005)},
        {helper_amoswap_d, 5, old, 5},
        {helper_amoadd_w, 10, -10, UINT64_C(0x1122334400000000)},
        {helper_amoadd_d, 10, old, UINT64_C(0x1122334500000000)},
        {helper_amoxor_w, ~UINT64_C(0), -10, UINT64_C(0x1122334400000009)},
        {helper_amoxor_d, old, old, 0},
        {helper_amoand_w, UINT64_C(0xff), -10, UINT64_C(0x11223344000000f6)},
        {helper_amoand_d, UINT64_C(0xff), old, 0xf6},
        {helper_amoor_w, 1, -10, UINT64_C(0x11223344fffffff7)},
        {helper_amoor_d, 1, old, old | 1},
        {helper_amomin_w, 3, -10, old},
        {helper_amomin_d, -1, old, ~UINT64_C(0)},
        {helper_amomax_w, 3, -10, UINT64_C(0x1122334400000003)},
        {helper_amomax_d, -1, old, old},
        {helper_amominu_w, 3, -10, UINT64_C(0x1122334400000003)},
        {helper_amominu_d, 3, old, 3},
        {helper_amomaxu_w, 3, -10, old},
        {helper_amomaxu_d, -1, old, ~UINT64_C(0)},
        /* Only the low word of the operand counts. */
        {helper_amomax_w, UINT64_C(0x7fffffff00000003), -10, UINT64_C(0x1122334400000003)},
        {helper_amomin_w, UINT64_C(0x7fffffff80000000), -10, UINT64_C(0x1122334480000000)},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(ops); i++) {
        reset(old);
        g_assert_cmphex(ops[i].helper(&hart, 16, ops[i].operand, MMU_S), ==, ops[i].result);
        g_assert_cmphex(memory64(), ==, ops[i].memory);
        g_assert_cmpuint(hart.cs.trap, ==, 0);
        g_assert_cmpint(probed, ==, MMU_STORE);
    }
}

static void test_faults(void)
{
    reset(1);
    helper_amoadd_w(&hart, 18, 1, MMU_S);
    check_trap(CAUSE_STORE_MISALIGNED, 18);
    helper_amoadd_d(&hart, 20, 1, MMU_S);
    check_trap(CAUSE_STORE_MISALIGNED, 20);
    helper_amoadd_d(&hart, NOT_RAM, 1, MMU_S);
    check_trap(CAUSE_STORE_ACCESS, NOT_RAM);
    helper_amoadd_d(&hart, PAGE_FAULT, 1, MMU_S);
    check_trap(CAUSE_STORE_PAGE, PAGE_FAULT);
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
    g_test_add_func("/riscv/amo/operations", test_operations);
    g_test_add_func("/riscv/amo/faults", test_faults);
    g_test_add_func("/riscv/amo/reservation", test_reservation);
    return g_test_run();
}
