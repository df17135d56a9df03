/* See fake-runtime.h. */
#include "tests/lib/fake-runtime.h"

#include <string.h>

uint8_t fake_mem[RANDOM_IR_MEM_SIZE];
uint32_t fake_lookup_result;

RandomEnv *fake_env_new(void)
{
    return g_malloc0(CPU_TAIL_OFFSET + sizeof(CPUTail));
}

void fake_env_forget(RandomEnv *env)
{
    memset(cpu_tail(&env->cpu), 0xff, sizeof(CPUTail));
}

static bool bad_access(CPUState *cs, uint64_t addr, MemOp mop)
{
    unsigned size = memop_size(mop);
    if (addr < RANDOM_IR_MEM_BASE || addr - RANDOM_IR_MEM_BASE > RANDOM_IR_MEM_SIZE - size ||
        (mop & MO_ALIGN && addr & (size - 1))) {
        cs->trap = RANDOM_IR_FAULT;
        cs->trap_value = addr;
        return true;
    }
    return false;
}

/* Serves an access and, now and then, fills the TLB, so that both paths run. */
static void fill(CPUState *cs, uint64_t addr, MMUAccess access, unsigned mmu)
{
    uint64_t page = addr & TARGET_PAGE_MASK;
    TLBEntry *e = &cpu_tail(cs)->tlb[mmu][(page >> TARGET_PAGE_BITS) & (CPU_TLB_SIZE - 1)];
    if (addr & 1) {
        e->cmp[access] = page;
        e->addend = (uint64_t)(uintptr_t)fake_mem - RANDOM_IR_MEM_BASE;
    }
}

uint64_t cpu_ld_mmu(CPUState *cs, uint64_t addr, MemOpIdx oi)
{
    MemOp mop = get_memop(oi);
    unsigned size = memop_size(mop), shift = 64 - 8 * size;
    uint64_t v = 0;
    if (bad_access(cs, addr, mop)) {
        return 0xdeadbeefdeadbeef;
    }
    fill(cs, addr, mop & MO_RMW ? MMU_STORE : MMU_LOAD, get_mmuidx(oi));
    memcpy(&v, fake_mem + (addr - RANDOM_IR_MEM_BASE), size);
    v = mop & MO_BE ? __builtin_bswap64(v) >> shift : v;
    return mop & MO_SIGN ? (uint64_t)((int64_t)(v << shift) >> shift) : v;
}

void cpu_st_mmu(CPUState *cs, uint64_t addr, uint64_t val, MemOpIdx oi)
{
    MemOp mop = get_memop(oi);
    unsigned size = memop_size(mop);
    if (bad_access(cs, addr, mop)) {
        return;
    }
    fill(cs, addr, MMU_STORE, get_mmuidx(oi));
    val = mop & MO_BE ? __builtin_bswap64(val) >> (64 - 8 * size) : val;
    memcpy(fake_mem + (addr - RANDOM_IR_MEM_BASE), &val, size);
}

uint32_t cpu_lookup_slot(CPUState *cs, uint64_t pc)
{
    (void)cs;
    (void)pc;
    return fake_lookup_result;
}
