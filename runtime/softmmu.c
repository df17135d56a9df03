/*
 * Soft TLB: fills, the slow path of guest accesses, flushes, and the jump cache's generations.
 */
#include <string.h>

#include "hw/bus.h"
#include "runtime/hart.h"
#include "runtime/host.h"

/* ---- flushing
 * ------------------------------------------------------------------------------------- */

static void tlb_flush_mode(Hart *h, unsigned mode)
{
    TLBEntry *tlb = cpu_tail(h->cs)->tlb[mode];
    if (h->tlb_logged[mode] > TLB_LOG) {
        memset(tlb, 0xff, sizeof(TLBEntry) * CPU_TLB_SIZE);
    } else {
        for (unsigned k = 0; k < h->tlb_logged[mode]; k++) {
            memset(&tlb[h->tlb_log[mode][k]], 0xff, sizeof(TLBEntry));
        }
    }
    h->tlb_logged[mode] = 0;
}

static bool is_global(const Hart *h, unsigned mode, unsigned idx)
{
    return h->tlb_global[mode][idx / 64] >> idx % 64 & 1;
}

static void tlb_flush_local(Hart *h, unsigned mode)
{
    TLBEntry *tlb = cpu_tail(h->cs)->tlb[mode];
    const bool all = h->tlb_logged[mode] > TLB_LOG;
    unsigned n = all ? CPU_TLB_SIZE : h->tlb_logged[mode], kept = 0;

    for (unsigned k = 0; k < n; k++) {
        unsigned idx = all ? k : h->tlb_log[mode][k];
        if (!is_global(h, mode, idx)) {
            memset(&tlb[idx], 0xff, sizeof(TLBEntry));
        } else if (!all) {
            h->tlb_log[mode][kept++] = (uint16_t)idx;
        }
    }
    h->tlb_logged[mode] = all ? h->tlb_logged[mode] : kept;
}

static void new_generation(Hart *h)
{
    if (++h->gen_counter == 0) {
        /* wrapped around after 2^32 flushes: old entries could match again */
        memset(cpu_tail(h->cs)->jc, 0, sizeof(cpu_tail(h->cs)->jc));
        h->gen_counter = 1;
    }
    h->gen = h->gen_counter;
    hart_update_key(h);
}

void hart_init_mmu(Hart *h)
{
    for (unsigned m = 0; m < CPU_MMU_MODES; m++) {
        h->tlb_logged[m] = TLB_LOG + 1;
        tlb_flush_mode(h, m);
    }
    memset(cpu_tail(h->cs)->jc, 0, sizeof(cpu_tail(h->cs)->jc));
    memset(h->jc_pages, 0, sizeof(h->jc_pages));
    h->aspace_id = NO_PAGE;
    cpu_tlb_flush(h->cs);
}

void cpu_tlb_flush_modes(CPUState *cs, unsigned modes)
{
    Hart *h = hart_of(cs);
    for (unsigned m = 0; m < CPU_MMU_MODES; m++) {
        if (modes >> m & 1) {
            tlb_flush_mode(h, m);
        }
    }
}

void cpu_tlb_flush_local(CPUState *cs, unsigned modes)
{
    for (unsigned m = 0; m < CPU_MMU_MODES; m++) {
        if (modes >> m & 1) {
            tlb_flush_local(hart_of(cs), m);
        }
    }
}

void cpu_tlb_flush_spaces(CPUState *cs, uint64_t keep)
{
    Hart *h = hart_of(cs);
    cpu_tlb_flush_local(cs, (1u << CPU_MMU_MODES) - 1);
    for (unsigned k = 0; k < ASPACES; k++) {
        if (h->aspace[k].id != keep) {
            h->aspace[k].id = NO_PAGE;
            h->aspace[k].gen = 0;
        }
    }
    if (h->aspace_id != keep) {
        uint64_t id = h->aspace_id;
        h->aspace_id = NO_PAGE;
        cpu_set_aspace(cs, id);
    }
}

void cpu_tlb_flush(CPUState *cs)
{
    Hart *h = hart_of(cs);
    h->vm->stats.tlb_flushes++;
    cpu_tlb_flush_modes(cs, (1u << CPU_MMU_MODES) - 1);
    for (unsigned k = 0; k < ASPACES; k++) {
        h->aspace[k].id = NO_PAGE;
        h->aspace[k].gen = 0;
    }
    memset(h->jc_pages, 0, sizeof(h->jc_pages));
    new_generation(h);
    h->aspace[0].id = h->aspace_id;
    h->aspace[0].gen = h->gen;
    h->aspace_next = 1;
}

void cpu_set_aspace(CPUState *cs, uint64_t id)
{
    Hart *h = hart_of(cs);
    if (h->aspace_id == id) {
        return;
    }
    h->aspace_id = id;
    for (unsigned k = 0; k < ASPACES; k++) {
        if (h->aspace[k].id == id && h->aspace[k].gen) {
            h->gen = h->aspace[k].gen;
            hart_update_key(h);
            return;
        }
    }
    new_generation(h);
    h->aspace[h->aspace_next].id = id;
    h->aspace[h->aspace_next].gen = h->gen;
    h->aspace_next = (h->aspace_next + 1) % ASPACES;
}

/* Jump-cache entries of a virtual page, whatever their address space. */
static void jc_flush_page(Hart *h, uint64_t page)
{
    unsigned bit = (page >> TARGET_PAGE_BITS) & 4095;
    JumpCacheEntry *jc = cpu_tail(h->cs)->jc;
    if (!(h->jc_pages[bit / 64] >> bit % 64 & 1)) {
        return;
    }
    for (uint64_t pc = page; pc < page + TARGET_PAGE_SIZE; pc += 2) {
        JumpCacheEntry *e = &jc[jc_hash(pc)];
        if (e->pc == pc) {
            e->key = 0;
        }
    }
}

void cpu_tlb_flush_page(CPUState *cs, uint64_t vaddr)
{
    Hart *h = hart_of(cs);
    uint64_t page = vaddr & TARGET_PAGE_MASK;
    unsigned idx = (page >> TARGET_PAGE_BITS) & (CPU_TLB_SIZE - 1);

    h->vm->stats.page_flushes++;
    for (unsigned m = 0; m < CPU_MMU_MODES; m++) {
        TLBEntry *e = &cpu_tail(cs)->tlb[m][idx];
        for (unsigned a = 0; a < 3; a++) {
            if ((e->cmp[a] & TARGET_PAGE_MASK) == page) {
                e->cmp[a] = ~(uint64_t)0;
            }
        }
    }
    jc_flush_page(h, page);
}

/* ---- filling
 * -------------------------------------------------------------------------------------- */

typedef struct Xlat {
    uint64_t phys;
    uint8_t *host; /* NULL: a device, or nothing */
    bool code;     /* store to a page that holds translated code */
    bool partial;  /* holds for this access only */
} Xlat;

static void tlb_install(Hart *h, uint64_t vaddr, unsigned mmu_idx, const TLBFill *f, Xlat *x)
{
    uint64_t page = vaddr & TARGET_PAGE_MASK;
    unsigned idx = (page >> TARGET_PAGE_BITS) & (CPU_TLB_SIZE - 1);
    TLBEntry *e = &cpu_tail(h->cs)->tlb[mmu_idx][idx];
    uint64_t flags = x->host ? 0 : TLB_MMIO;

    for (unsigned a = 0; a < 3; a++) {
        e->cmp[a] = f->prot >> a & 1 ? page | flags : ~(uint64_t)0;
    }
    if (x->host && f->prot >> MMU_STORE & 1 && tbc_page_has_code(h->tbc, f->phys)) {
        e->cmp[MMU_STORE] |= TLB_CODE;
    }
    e->addend = (uint64_t)(uintptr_t)x->host - vaddr;
    h->tlb_phys[mmu_idx][idx] = f->phys & TARGET_PAGE_MASK;
    h->tlb_global[mmu_idx][idx / 64] &= ~((uint64_t)1 << idx % 64);
    h->tlb_global[mmu_idx][idx / 64] |= (uint64_t)f->global << idx % 64;
    if (h->tlb_logged[mmu_idx] < TLB_LOG) {
        h->tlb_log[mmu_idx][h->tlb_logged[mmu_idx]] = (uint16_t)idx;
    }
    if (h->tlb_logged[mmu_idx] <= TLB_LOG) {
        h->tlb_logged[mmu_idx]++;
    }
}

/* Translates `size` bytes that do not cross a page. False: a fault, env->trap is set unless probe.
 */
static bool translate(Hart *h, uint64_t vaddr, unsigned size, MMUAccess access, unsigned mmu_idx,
                      bool probe, Xlat *x)
{
    CPUState *cs = h->cs;
    unsigned idx = (vaddr >> TARGET_PAGE_BITS) & (CPU_TLB_SIZE - 1);
    TLBEntry *e = &cpu_tail(cs)->tlb[mmu_idx][idx];
    uint64_t cmp = e->cmp[access];
    TLBFill f = {0};

    if ((cmp & TARGET_PAGE_MASK) == (vaddr & TARGET_PAGE_MASK) && !(cmp & TLB_INVALID)) {
        x->phys = h->tlb_phys[mmu_idx][idx] | (vaddr & ~TARGET_PAGE_MASK);
        x->host = cmp & TLB_MMIO ? NULL : (uint8_t *)(uintptr_t)(vaddr + e->addend);
        x->code = cmp & TLB_CODE;
        x->partial = false;
        return true;
    }
    h->vm->stats.tlb_misses++;
    if (!cs->ops->tlb_fill(cs, vaddr, size, access, mmu_idx, probe, &f)) {
        return false;
    }
    x->phys = f.phys;
    x->host = NULL;
    const BusRegion *r = bus_find(h->vm->bus, f.phys);
    if (r && r->ram) {
        x->host = r->ram + (f.phys - r->base);
    }
    x->partial = f.partial;
    if (!f.partial) {
        tlb_install(h, vaddr, mmu_idx, &f, x);
    }
    x->code = x->host && access == MMU_STORE && tbc_page_has_code(h->tbc, f.phys);
    return true;
}

void hart_protect_page(void *opaque, uint64_t phys_page)
{
    Hart *h = opaque;
    for (unsigned m = 0; m < CPU_MMU_MODES; m++) {
        TLBEntry *tlb = cpu_tail(h->cs)->tlb[m];
        for (unsigned k = 0; k < CPU_TLB_SIZE; k++) {
            if (h->tlb_phys[m][k] == phys_page &&
                !(tlb[k].cmp[MMU_STORE] & (TLB_INVALID | TLB_MMIO))) {
                tlb[k].cmp[MMU_STORE] |= TLB_CODE;
            }
        }
    }
}

/* ---- accesses
 * ------------------------------------------------------------------------------------- */

static uint64_t ld_le(const uint8_t *p, unsigned size)
{
    uint64_t v = 0;
    memcpy(&v, p, size);
    return v;
}

static uint64_t extend(uint64_t v, MemOp mop)
{
    unsigned shift = 64 - 8 * memop_size(mop);
    if (mop & MO_BE) {
        v = __builtin_bswap64(v) >> shift;
    }
    return mop & MO_SIGN ? (uint64_t)((int64_t)(v << shift) >> shift) : v;
}

/* access: MMU_STORE for the load of an atomic operation, which devices do not serve. */
static bool load(Hart *h, uint64_t addr, unsigned size, unsigned mmu_idx, MMUAccess access,
                 uint64_t *v)
{
    Xlat x;
    if (!translate(h, addr, size, access, mmu_idx, false, &x)) {
        return false;
    }
    if (x.host) {
        *v = ld_le(x.host, size);
        return true;
    }
    if (access == MMU_STORE || !bus_read(h->vm->bus, x.phys, size, v)) {
        h->cs->ops->bus_fault(h->cs, addr, access);
        return false;
    }
    return true;
}

/* Code about to be overwritten is retired first; an entry whose page has no code left is unmarked.
 */
static void store_code(Hart *h, uint64_t addr, unsigned mmu_idx, uint64_t phys, unsigned size)
{
    tbc_write(h->tbc, phys, size);
    if (!tbc_page_has_code(h->tbc, phys)) {
        unsigned idx = (addr >> TARGET_PAGE_BITS) & (CPU_TLB_SIZE - 1);
        cpu_tail(h->cs)->tlb[mmu_idx][idx].cmp[MMU_STORE] &= ~(uint64_t)TLB_CODE;
    }
}

static bool store(Hart *h, uint64_t addr, unsigned size, unsigned mmu_idx, uint64_t v)
{
    Xlat x;
    if (!translate(h, addr, size, MMU_STORE, mmu_idx, false, &x)) {
        return false;
    }
    if (x.host) {
        if (x.code) {
            store_code(h, addr, mmu_idx, x.phys, size);
        }
        memcpy(x.host, &v, size);
        return true;
    }
    if (!bus_write(h->vm->bus, x.phys, size, v)) {
        h->cs->ops->bus_fault(h->cs, addr, MMU_STORE);
        return false;
    }
    return true;
}

static bool crosses_page(uint64_t addr, unsigned size)
{
    return (addr & ~TARGET_PAGE_MASK) + size > TARGET_PAGE_SIZE;
}

uint64_t cpu_ld_mmu(CPUState *cs, uint64_t addr, MemOpIdx oi)
{
    Hart *h = hart_of(cs);
    MemOp mop = get_memop(oi);
    unsigned size = memop_size(mop), mmu_idx = get_mmuidx(oi);
    const MMUAccess access = mop & MO_RMW ? MMU_STORE : MMU_LOAD;
    uint64_t v = 0, part;

    if (mop & MO_ALIGN && addr & (size - 1)) {
        cs->ops->align_fault(cs, addr, access);
        return 0;
    }
    if (!crosses_page(addr, size)) {
        return load(h, addr, size, mmu_idx, access, &v) ? extend(v, mop) : 0;
    }
    for (unsigned k = 0; k < size; k++) {
        if (!load(h, addr + k, 1, mmu_idx, access, &part)) {
            return 0;
        }
        v |= part << 8 * k;
    }
    return extend(v, mop);
}

void cpu_st_mmu(CPUState *cs, uint64_t addr, uint64_t val, MemOpIdx oi)
{
    Hart *h = hart_of(cs);
    MemOp mop = get_memop(oi);
    unsigned size = memop_size(mop), mmu_idx = get_mmuidx(oi);
    Xlat x;

    if (mop & MO_ALIGN && addr & (size - 1)) {
        cs->ops->align_fault(cs, addr, MMU_STORE);
        return;
    }
    if (mop & MO_BE) {
        val = __builtin_bswap64(val) >> (64 - 8 * size);
    }
    if (!crosses_page(addr, size)) {
        store(h, addr, size, mmu_idx, val);
        return;
    }
    /* both pages must take it before any byte changes */
    uint64_t second = (addr | ~TARGET_PAGE_MASK) + 1;
    unsigned first_part = (unsigned)(second - addr);
    if (!translate(h, addr, first_part, MMU_STORE, mmu_idx, false, &x) ||
        !translate(h, second, size - first_part, MMU_STORE, mmu_idx, false, &x)) {
        return;
    }
    for (unsigned k = 0; k < size && !cs->trap; k++) {
        store(h, addr + k, 1, mmu_idx, val >> 8 * k & 0xff);
    }
}

void *cpu_probe(CPUState *cs, uint64_t vaddr, unsigned size, MMUAccess access, unsigned mmu_idx,
                uint64_t *phys)
{
    Hart *h = hart_of(cs);
    Xlat x;
    if (!translate(h, vaddr, size, access, mmu_idx, false, &x)) {
        return NULL;
    }
    if (access == MMU_STORE && x.code) {
        store_code(h, vaddr, mmu_idx, x.phys, size);
    }
    if (phys) {
        *phys = x.phys;
    }
    return x.host;
}

bool hart_fetch(Hart *h, uint64_t vaddr, bool probe, uint64_t *phys, bool *partial)
{
    CPUState *cs = h->cs;
    Xlat x;
    unsigned size = cs->ops->insn_align;
    if (!translate(h, vaddr, size, MMU_FETCH, cs->ops->fetch_mmu_idx(cs), probe, &x)) {
        return false;
    }
    if (!x.host) {
        if (!probe) {
            cs->ops->bus_fault(cs, vaddr, MMU_FETCH);
        }
        return false;
    }
    *phys = x.phys;
    *partial = x.partial;
    return true;
}

/* ---- physical memory
 * ------------------------------------------------------------------------------ */

bool cpu_phys_read(CPUState *cs, uint64_t phys, void *buf, unsigned size)
{
    const void *p = bus_ram_ptr(hart_of(cs)->vm->bus, phys, size);
    if (p) {
        memcpy(buf, p, size);
    }
    return p;
}

bool cpu_phys_write(CPUState *cs, uint64_t phys, const void *buf, unsigned size)
{
    Hart *h = hart_of(cs);
    void *p = bus_ram_ptr(h->vm->bus, phys, size);
    if (p) {
        tbc_write(h->tbc, phys, size);
        memcpy(p, buf, size);
    }
    return p;
}

int cpu_phys_cas64(CPUState *cs, uint64_t phys, uint64_t expected, uint64_t desired)
{
    Hart *h = hart_of(cs);
    void *p = bus_ram_ptr(h->vm->bus, phys, 8);
    uint64_t now;
    if (!p) {
        return -1;
    }
    memcpy(&now, p, 8);
    if (now != expected) {
        return 0;
    }
    tbc_write(h->tbc, phys, 8);
    memcpy(p, &desired, 8);
    return 1;
}
