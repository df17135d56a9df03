/* See fake-runtime.h. */
#include "tests/lib/fake-runtime.h"

#include <string.h>

enum { PAGES = RANDOM_IR_MEM_SIZE / TARGET_PAGE_SIZE, PLACES = 3 * PAGES };

uint8_t fake_mem[RANDOM_IR_MEM_SIZE];
static uint8_t places[PLACES][TARGET_PAGE_SIZE];
static uint8_t *page_at[PAGES] = {fake_mem, fake_mem + TARGET_PAGE_SIZE};
_Static_assert(PAGES == 2, "page_at");
uint32_t fake_lookup_result;

RandomEnv *fake_env_new(void)
{
    return g_malloc0(CPU_TAIL_OFFSET + sizeof(CPUTail));
}

void fake_env_forget(RandomEnv *env)
{
    memset(cpu_tail(&env->cpu), 0xff, sizeof(CPUTail));
}

/* ---- memory ---------------------------------------------------------------------------------- */

static uint8_t *host_address(uint64_t addr)
{
    uint64_t at = addr - RANDOM_IR_MEM_BASE;
    return page_at[at / TARGET_PAGE_SIZE] + at % TARGET_PAGE_SIZE;
}

uint64_t fake_mem_addend(uint64_t page)
{
    return (uint64_t)(uintptr_t)host_address(page) - page;
}

/* Each page to a place that none has; what was there becomes useless. */
static void move_pages(void)
{
    static unsigned next;
    uint8_t *old[PAGES];

    memcpy(old, page_at, sizeof(old));
    for (unsigned k = 0; k < PAGES; k++) {
        do {
            next = (next + PLACES - 1) % PLACES; /* so that neighbours come the other way round */
            page_at[k] = places[next];
        } while (page_at[k] == old[0] || page_at[k] == old[PAGES - 1]);
        memcpy(page_at[k], old[k], TARGET_PAGE_SIZE);
    }
    for (unsigned k = 0; k < PAGES; k++) {
        memset(old[k], 0xa5, TARGET_PAGE_SIZE);
    }
}

static void move_and_forget(RandomEnv *env)
{
    move_pages();
    memset(cpu_tail(&env->cpu)->tlb, 0xff, sizeof(cpu_tail(&env->cpu)->tlb));
}

void fake_mem_scatter(void)
{
    move_pages();
    random_ir_called = move_and_forget;
}

void fake_mem_gather(void)
{
    for (unsigned k = 0; k < PAGES; k++) {
        memcpy(fake_mem + k * TARGET_PAGE_SIZE, page_at[k], TARGET_PAGE_SIZE);
        page_at[k] = fake_mem + k * TARGET_PAGE_SIZE;
    }
    random_ir_called = NULL;
}

/* ---- slow paths ------------------------------------------------------------------------------ */

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
        e->addend = fake_mem_addend(page);
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
    for (unsigned k = 0; k < size; k++) {
        v |= (uint64_t)*host_address(addr + k) << 8 * k;
    }
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
    for (unsigned k = 0; k < size; k++) {
        *host_address(addr + k) = (uint8_t)(val >> 8 * k);
    }
}

uint32_t cpu_lookup_slot(CPUState *cs, uint64_t pc)
{
    (void)cs;
    (void)pc;
    return fake_lookup_result;
}
