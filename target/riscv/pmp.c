/*
 * Physical memory protection (privileged spec 3.7): 16 entries, granularity 4 bytes.
 *
 * CSR writes turn the entries that are on into byte ranges, so that a check is a scan of ranges;
 * and the usual case, one entry that allows everything, is a flag (pmp_open).
 */
#include "target/riscv/cpu.h"

enum {
    PMP_RWX = PMP_R | PMP_W | PMP_X,
    ALLOW_ALL = 1 << MMU_LOAD | 1 << MMU_STORE | 1 << MMU_FETCH,
};
/* PMP_R, PMP_W and PMP_X have the bit numbers of MMUAccess: no table needed. */
_Static_assert(PMP_R == 1 << MMU_LOAD && PMP_W == 1 << MMU_STORE && PMP_X == 1 << MMU_FETCH,
               "permission bits are used as access bits");

#define PMPADDR_MASK (((uint64_t)1 << 54) - 1)
#define PHYS_LAST    (((uint64_t)1 << 56) - 1)

/* Bytes of one entry; false if it is off or empty (TOR with the upper end not above the lower). */
static bool pmp_range(const CPURISCVState *env, unsigned i, uint64_t *lo, uint64_t *hi)
{
    uint64_t addr = env->pmpaddr[i];
    uint64_t below = i ? env->pmpaddr[i - 1] : 0;
    uint64_t span;

    switch ((env->pmpcfg[i] & PMP_A) >> PMP_A_SHIFT) {
    case PMP_TOR:
        *lo = below << 2;
        *hi = (addr << 2) - 1;
        return addr > below;
    case PMP_NA4:
        *lo = addr << 2;
        *hi = *lo + 3;
        return true;
    case PMP_NAPOT:
        span = addr ^ (addr + 1); /* the trailing ones and the zero above them */
        *lo = (addr & ~span) << 2;
        *hi = *lo + (span << 2 | 3);
        return true;
    }
    return false;
}

static unsigned entry_allows(uint8_t cfg, unsigned priv)
{
    return priv == PRV_M && !(cfg & PMP_L) ? ALLOW_ALL : cfg & PMP_RWX;
}

void riscv_pmp_update(CPURISCVState *env)
{
    unsigned n = 0;

    for (unsigned i = 0; i < PMP_COUNT; i++) {
        if (pmp_range(env, i, &env->pmp[n].lo, &env->pmp[n].hi)) {
            env->pmp[n++].cfg = env->pmpcfg[i];
        }
    }
    env->pmp_nb = n;
    env->pmp_open =
        !riscv_has(EXT_PMP) || (n && env->pmp[0].lo == 0 && env->pmp[0].hi >= PHYS_LAST &&
                                (env->pmp[0].cfg & PMP_RWX) == PMP_RWX);
}

unsigned riscv_pmp_check(CPURISCVState *env, uint64_t phys, unsigned size, unsigned priv,
                         bool *partial)
{
    uint64_t last = phys + size - 1;
    uint64_t page = phys & TARGET_PAGE_MASK;
    uint64_t page_last = page | (TARGET_PAGE_SIZE - 1);

    *partial = false;
    if (env->pmp_open) {
        return ALLOW_ALL;
    }
    for (unsigned i = 0; i < env->pmp_nb; i++) {
        uint64_t lo = env->pmp[i].lo, hi = env->pmp[i].hi;

        if (hi < page || lo > page_last) {
            continue;
        }
        if (lo > page || hi < page_last) {
            *partial = true;
        }
        if (hi < phys || lo > last) {
            continue;
        }
        /* The first entry that matches any byte decides, and must match all of them (3.7.1). */
        return lo <= phys && hi >= last ? entry_allows(env->pmp[i].cfg, priv) : 0;
    }
    return priv == PRV_M ? ALLOW_ALL : 0;
}

/* ---- CSRs ----------------------------------------------------------------------------------- */

/* RV64: pmpcfg0 holds entries 0-7, pmpcfg2 entries 8-15. */
uint64_t riscv_pmpcfg_read(const CPURISCVState *env, unsigned reg)
{
    uint64_t val = 0;

    for (unsigned i = 0; i < 8; i++) {
        val |= (uint64_t)env->pmpcfg[reg * 4 + i] << (8 * i);
    }
    return val;
}

void riscv_pmpcfg_write(CPURISCVState *env, unsigned reg, uint64_t val)
{
    for (unsigned i = 0; i < 8; i++) {
        uint8_t *cfg = &env->pmpcfg[reg * 4 + i];
        uint8_t new = val >> (8 * i) & (PMP_L | PMP_A | PMP_RWX);

        if (*cfg & PMP_L) {
            continue;
        }
        if (!(new &PMP_R)) {
            new &= ~PMP_W; /* W without R is reserved */
        }
        *cfg = new;
    }
    riscv_pmp_update(env);
    riscv_tlb_flush(env);
    cpu_flags_changed(&env->cs);
}

void riscv_pmpaddr_write(CPURISCVState *env, unsigned i, uint64_t val)
{
    /* A locked TOR entry locks the address below it too: that is its lower end. */
    bool locked = env->pmpcfg[i] & PMP_L;

    if (i + 1 < PMP_COUNT) {
        uint8_t above = env->pmpcfg[i + 1];

        locked |= (above & PMP_L) && (above & PMP_A) >> PMP_A_SHIFT == PMP_TOR;
    }
    if (locked) {
        return;
    }
    env->pmpaddr[i] = val & PMPADDR_MASK;
    riscv_pmp_update(env);
    riscv_tlb_flush(env);
    cpu_flags_changed(&env->cs);
}
