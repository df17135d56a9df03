/*
 * Address translation: Sv39 and Sv48 page walks (privileged spec 4.3 to 4.5), with PMP on the
 * walk's own accesses and on the result.
 *
 * The MMU index stands for the effective privilege and SUM of the access; MMU_M is untranslated.
 * A walk happens once a soft-TLB miss, and a kernel that forks misses often, so this is hot.
 */
#include "target/riscv/cpu.h"
#include "target/riscv/system.h"

enum {
    PTE_V = 1 << 0,
    PTE_R = 1 << 1,
    PTE_W = 1 << 2,
    PTE_X = 1 << 3,
    PTE_U = 1 << 4,
    PTE_G = 1 << 5,
    PTE_A = 1 << 6,
    PTE_D = 1 << 7,
    PTE_PPN_SHIFT = 10,
    PTE_SIZE = 8,
    VPN_BITS = 9,
};
#define PTE_PPN_MASK  (((uint64_t)1 << 44) - 1)
/* N (no Svnapot), PBMT (no Svpbmt) and the bits reserved for the future */
#define PTE_RESERVED  ((uint64_t)0x3ff << 54)
#define SATP_PPN_MASK PTE_PPN_MASK
#define PHYS_BITS     56

typedef enum WalkResult { WALK_OK, WALK_PAGE_FAULT, WALK_ACCESS_FAULT, WALK_AGAIN } WalkResult;

typedef struct Walk {
    MMUAccess access;
    unsigned mmu_idx;
    bool probe;
    uint64_t phys;
    uint8_t prot;
    bool partial, global;
} Walk;

static bool fault(CPURISCVState *env, uint64_t vaddr, MMUAccess access, bool page, bool probe)
{
    static const uint8_t causes[2][3] = {
        {CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS, CAUSE_INSN_ACCESS},
        {CAUSE_LOAD_PAGE, CAUSE_STORE_PAGE, CAUSE_INSN_PAGE},
    };

    if (!probe) {
        riscv_raise(env, causes[page][access], vaddr);
    }
    return false;
}

/* Accesses that a leaf PTE allows, as bits of MMUAccess; A and D are not looked at. */
static unsigned leaf_prot(const CPURISCVState *env, uint64_t pte, unsigned mmu_idx)
{
    unsigned prot = 0;
    bool fetch_ok = true;

    if (mmu_idx == MMU_U) {
        if (!(pte & PTE_U)) {
            return 0;
        }
    } else if (pte & PTE_U) {
        /* SUM lets S-mode load and store, never fetch. */
        if (mmu_idx != MMU_SSUM) {
            return 0;
        }
        fetch_ok = false;
    }
    if (pte & PTE_R || (pte & PTE_X && env->mstatus & MSTATUS_MXR)) {
        prot |= 1 << MMU_LOAD;
    }
    if (pte & PTE_W) {
        prot |= 1 << MMU_STORE;
    }
    if (pte & PTE_X && fetch_ok) {
        prot |= 1 << MMU_FETCH;
    }
    return prot;
}

/* PMP for an access of the walk itself, which is as if by S-mode (3.7.1). */
static inline bool walk_may(CPURISCVState *env, uint64_t addr, MMUAccess access)
{
    bool partial;

    return env->pmp_open || riscv_pmp_check(env, addr, PTE_SIZE, PRV_S, &partial) >> access & 1;
}

/*
 * A or D of a good leaf must be set before the access (4.3.2 step 7): by hardware with
 * menvcfg.ADUE, otherwise (Svade) it is a page fault for the supervisor.
 */
static WalkResult set_ad(CPURISCVState *env, uint64_t addr, uint64_t *pte, Walk *w)
{
    uint64_t new = *pte | PTE_A | (w->access == MMU_STORE ? PTE_D : 0);

    if (new == *pte) {
        return WALK_OK;
    }
    if (!(env->menvcfg & ENVCFG_ADUE)) {
        return WALK_PAGE_FAULT;
    }
    if (!walk_may(env, addr, MMU_STORE)) {
        return WALK_ACCESS_FAULT;
    }
    if (w->probe) {
        w->partial = true; /* nothing may be cached of a page whose A is to be set */
        return WALK_OK;
    }
    switch (cpu_phys_cas64(&env->cs, addr, *pte, new)) {
    case 1: *pte = new; return WALK_OK;
    case 0: return WALK_AGAIN;
    default: return WALK_ACCESS_FAULT;
    }
}

static void note_superpage(CPURISCVState *env, uint64_t lo, uint64_t hi)
{
    unsigned half = lo >> 63;

    env->super_lo[half] = MIN(env->super_lo[half], lo);
    env->super_hi[half] = MAX(env->super_hi[half], hi);
}

static WalkResult walk(CPURISCVState *env, uint64_t vaddr, unsigned levels, Walk *w)
{
    unsigned va_bits = TARGET_PAGE_BITS + levels * VPN_BITS;
    unsigned shift = va_bits;
    uint64_t base = (env->satp & SATP_PPN_MASK) << TARGET_PAGE_BITS;
    uint64_t addr, pte, offset_mask;
    WalkResult r;

    /* Upper bits must repeat the top bit that is translated. */
    if ((uint64_t)((int64_t)(vaddr << (64 - va_bits)) >> (64 - va_bits)) != vaddr) {
        return WALK_PAGE_FAULT;
    }
    for (;;) {
        shift -= VPN_BITS;
        addr = base + (vaddr >> shift & ((1 << VPN_BITS) - 1)) * PTE_SIZE;
        if (!walk_may(env, addr, MMU_LOAD) || !cpu_phys_read(&env->cs, addr, &pte, PTE_SIZE)) {
            return WALK_ACCESS_FAULT;
        }
        if (!(pte & PTE_V) || (pte & (PTE_R | PTE_W)) == PTE_W || pte & PTE_RESERVED) {
            return WALK_PAGE_FAULT;
        }
        w->global |= (pte & PTE_G) != 0; /* of a pointer: all below it are */
        base = (pte >> PTE_PPN_SHIFT & PTE_PPN_MASK) << TARGET_PAGE_BITS;
        if (pte & (PTE_R | PTE_X)) {
            break;
        }
        /* A, D and U of a pointer are reserved too; and the last level must be a leaf. */
        if (pte & (PTE_A | PTE_D | PTE_U) || shift == TARGET_PAGE_BITS) {
            return WALK_PAGE_FAULT;
        }
    }
    offset_mask = ((uint64_t)1 << shift) - 1;
    w->prot = leaf_prot(env, pte, w->mmu_idx);
    if (!(w->prot >> w->access & 1) || base & offset_mask) {
        return WALK_PAGE_FAULT;
    }
    r = set_ad(env, addr, &pte, w);
    if (r != WALK_OK) {
        return r;
    }
    if (!(pte & PTE_D) && w->access != MMU_STORE) {
        w->prot &= ~(1 << MMU_STORE); /* the first store walks again, to set D */
    }
    w->phys = base | (vaddr & offset_mask);
    if (shift > TARGET_PAGE_BITS) {
        note_superpage(env, vaddr & ~offset_mask, vaddr | offset_mask);
    }
    return WALK_OK;
}

bool riscv_tlb_fill(CPUState *cs, uint64_t vaddr, unsigned size, MMUAccess access, unsigned mmu_idx,
                    bool probe, TLBFill *out)
{
    CPURISCVState *env = riscv_env(cs);
    Walk w = {
        .access = access,
        .mmu_idx = mmu_idx,
        .probe = probe,
        .phys = vaddr,
        .prot = 1 << MMU_LOAD | 1 << MMU_STORE | 1 << MMU_FETCH,
    };
    unsigned mode = mmu_idx == MMU_M ? SATP_BARE : env->satp >> SATP_MODE_SHIFT;
    bool pmp_partial = false;

    if (mode != SATP_BARE) {
        WalkResult r;

        do {
            w.global = false;
            r = walk(env, vaddr, mode == SATP_SV39 ? 3 : 4, &w);
        } while (r == WALK_AGAIN); /* another hart changed the PTE under our feet */
        if (r != WALK_OK) {
            return fault(env, vaddr, access, r == WALK_PAGE_FAULT, probe);
        }
    } else if (vaddr >> PHYS_BITS) {
        return fault(env, vaddr, access, false, probe);
    }
    if (!env->pmp_open) {
        unsigned priv = mmu_idx == MMU_M ? PRV_M : PRV_S;

        w.prot &= riscv_pmp_check(env, w.phys, size, priv, &pmp_partial);
        if (!(w.prot >> access & 1)) {
            return fault(env, vaddr, access, false, probe);
        }
    }
    out->phys = w.phys;
    out->prot = w.prot;
    out->partial = w.partial || pmp_partial;
    out->global = w.global || mode == SATP_BARE;
    if (mmu_idx == MMU_S && !out->global && w.prot >> MMU_FETCH & 1) {
        riscv_not_shared(env);
    }
    return true;
}

void riscv_tlb_flush(CPURISCVState *env)
{
    for (unsigned half = 0; half < 2; half++) {
        env->super_lo[half] = UINT64_MAX;
        env->super_hi[half] = 0;
    }
    cpu_tlb_flush(&env->cs);
}

/*
 * A fence for one ASID is done for all of them, the soft TLB does not know them apart, but not for
 * what is global (4.2.1). A fence for one address concerns its leaf PTE (4.2.1); if that may be a
 * superpage, whose translation is spread over many entries of the soft TLB, everything goes. Linux
 * maps with superpages its linear mapping and itself, and fences what it maps with small pages.
 */
bool riscv_sfence_vma(CPURISCVState *env, uint64_t vaddr, uint64_t asid, bool has_vaddr,
                      bool has_asid)
{
    unsigned half = vaddr >> 63;

    if (!riscv_has(EXT_S) || env->priv == PRV_U ||
        (env->priv == PRV_S && env->mstatus & MSTATUS_TVM)) {
        return false;
    }
    (void)asid;
    if (has_vaddr && (vaddr < env->super_lo[half] || vaddr > env->super_hi[half])) {
        cpu_tlb_flush_page(&env->cs, vaddr);
    } else if (has_asid && !has_vaddr) {
        cpu_tlb_flush_spaces(&env->cs, riscv_shared_aspace(env));
    } else {
        riscv_tlb_flush(env);
    }
    return true;
}
