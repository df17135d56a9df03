/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the A extension: LR and SC. They work on host memory, with the host's own atomic
 * operations: all of them sequentially consistent, which is what aq and rl together ask for.
 *
 * A reservation is the physical address and size of an LR, and the value it read; a store to it by
 * someone else is noticed by the value. Every SC, failed or not, ends the reservation.
 */
#include "target/riscv/helper.h"

/*
 * Host address of an aligned word or doubleword of RAM. NULL with the exception raised otherwise.
 */
static void *amo_address(CPURISCVState *env, uint64_t addr, unsigned size, MMUAccess access,
                         unsigned mmu_idx, uint64_t *phys)
{
    void *host;

    if (addr & (size - 1)) {
        riscv_raise(env, access == MMU_LOAD ? CAUSE_LOAD_MISALIGNED : CAUSE_STORE_MISALIGNED, addr);
        return NULL;
    }
    host = cpu_probe(&env->cs, addr, size, access, mmu_idx, phys);
    if (!host && !env->cs.trap)
        riscv_bus_fault(&env->cs, addr, access);
    return host;
}

/* Words come back sign-extended. */
static uint64_t load_reserved(CPURISCVState *env, uint64_t addr, unsigned size, unsigned mmu_idx)
{
    uint64_t phys = 0;
    void *host = amo_address(env, addr, size, MMU_LOAD, mmu_idx, &phys);
    uint64_t val;

    if (!host)
        return 0;
    if (size == 4)
        val = (uint64_t)(int64_t)__atomic_load_n((int32_t *)host, __ATOMIC_SEQ_CST);
    else
        val = __atomic_load_n((uint64_t *)host, __ATOMIC_SEQ_CST);
    env->res_addr = phys;
    env->load_res_size = size;
    env->res_value = val;
    return val;
}

/* 0 done, 1 failed. An SC without any reservation fails before it looks at its address. */
static uint64_t store_conditional(CPURISCVState *env, uint64_t addr, uint64_t val, unsigned size,
                                  unsigned mmu_idx)
{
    uint64_t phys = 0, reserved = env->res_addr;
    void *host;
    bool done;

    env->res_addr = ~UINT64_C(0);
    if (addr & (size - 1)) {
        riscv_raise(env, CAUSE_STORE_MISALIGNED, addr);
        return 1;
    }
    if (reserved == ~UINT64_C(0))
        return 1;
    host = amo_address(env, addr, size, MMU_STORE, mmu_idx, &phys);
    if (!host || phys != reserved || size != env->load_res_size)
        return 1;
    if (size == 4) {
        uint32_t expected = env->res_value;

        done = __atomic_compare_exchange_n((uint32_t *)host, &expected, (uint32_t)val, false,
                                           __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    } else {
        uint64_t expected = env->res_value;

        done = __atomic_compare_exchange_n((uint64_t *)host, &expected, val, false,
                                           __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }
    return !done;
}

uint64_t helper_lr_w(CPURISCVState *env, uint64_t addr, uint32_t mmu_idx)
{
    return load_reserved(env, addr, 4, mmu_idx);
}

uint64_t helper_lr_d(CPURISCVState *env, uint64_t addr, uint32_t mmu_idx)
{
    return load_reserved(env, addr, 8, mmu_idx);
}

uint64_t helper_sc_w(CPURISCVState *env, uint64_t addr, uint64_t val, uint32_t mmu_idx)
{
    return store_conditional(env, addr, val, 4, mmu_idx);
}

uint64_t helper_sc_d(CPURISCVState *env, uint64_t addr, uint64_t val, uint32_t mmu_idx)
{
    return store_conditional(env, addr, val, 8, mmu_idx);
}
