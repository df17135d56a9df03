/*
 * Traps and interrupts: delegation, the mstatus stacks, pending bits, and what the privileged state
 * means for translation (TB flags, MMU indexes). Section numbers are of privileged spec 1.12.
 *
 * Pending interrupts. mip is software's part; the board drives lines with riscv_set_irq(). STIP
 * with Sstc is a line too: it follows time >= stimecmp, set by the board's timer and brought up to
 * date when the guest looks (riscv_stimecmp_update), so that nothing reads the clock on the way to
 * an interrupt check.
 */
#include "target/riscv/cpu.h"
#include "target/riscv/system.h"

#define BIT(n)     ((uint64_t)1 << (n))
#define CAUSE_INTR BIT(63)
#define S_INTS     (BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI))

/* ---- modes ---------------------------------------------------------------------------------- */

unsigned riscv_data_mmu_idx(const CPURISCVState *env)
{
    unsigned priv = env->priv;

    if (env->mstatus & MSTATUS_MPRV) {
        priv = (env->mstatus & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT;
    }
    switch (priv) {
    case PRV_U: return MMU_U;
    case PRV_S: return env->mstatus & MSTATUS_SUM ? MMU_SSUM : MMU_S;
    default: return MMU_M;
    }
}

unsigned riscv_fetch_mmu_idx(CPUState *cs)
{
    switch (riscv_env(cs)->priv) {
    case PRV_U: return MMU_U;
    case PRV_S: return MMU_S;
    default: return MMU_M;
    }
}

/* That of a supervisor all of whose code is global; nobody else's. */
uint64_t riscv_shared_aspace(const CPURISCVState *env)
{
    return env->satp >> SATP_MODE_SHIFT << SATP_MODE_SHIFT | (uint64_t)PRV_S << 61;
}

/*
 * Equal ids must mean equal permission to fetch too, so the privilege is part of the id: in bits
 * that no satp value has set (mode is 8 or 9). Untranslated modes differ by PMP.
 *
 * A kernel that maps its code as global is in one address space whatever process it serves, as long
 * as nothing else is found that the supervisor might execute.
 */
static uint64_t aspace_id(const CPURISCVState *env)
{
    if (env->priv == PRV_M || env->satp >> SATP_MODE_SHIFT == SATP_BARE) {
        return 1 + env->priv;
    }
    if (env->priv == PRV_S && !env->not_shared) {
        return riscv_shared_aspace(env);
    }
    return env->satp | (uint64_t)env->priv << 61;
}
_Static_assert(((SATP_SV39 | SATP_SV48) & 6) == 0, "room for the privilege in a satp value");

static void set_aspace(CPURISCVState *env)
{
    uint64_t id = aspace_id(env);

    if (id != env->aspace_id) {
        env->aspace_id = id;
        cpu_set_aspace(&env->cs, id);
    }
}

void riscv_not_shared(CPURISCVState *env)
{
    if (!env->not_shared) {
        env->not_shared = true;
        set_aspace(env); /* at once: the caller may be about to fill the jump cache */
    }
}

uint32_t riscv_tb_flags(CPUState *cs)
{
    CPURISCVState *env = riscv_env(cs);
    unsigned fs = (env->mstatus & MSTATUS_FS) >> MSTATUS_FS_SHIFT;

    set_aspace(env);
    return env->priv << TBF_PRIV_SHIFT | riscv_data_mmu_idx(env) << TBF_MMU_SHIFT |
           fs << TBF_FS_SHIFT | (fs ? env->frm : 0) << TBF_FRM_SHIFT;
}

/* ---- pending interrupts --------------------------------------------------------------------- */

uint64_t riscv_mip(const CPURISCVState *env)
{
    uint64_t mip = env->mip;

    if (env->menvcfg & ENVCFG_STCE) {
        mip &= ~BIT(IRQ_STI); /* read-only, from the comparator alone (Sstc) */
    }
    return mip | env->irq_lines;
}

void riscv_set_irq(CPURISCVState *env, unsigned irq, bool level)
{
    uint64_t bit = BIT(irq);

    if (!level) {
        env->irq_lines &= ~bit;
        return;
    }
    /* A timer of Sstc that was armed before STCE went off means nothing; without Sstc the line
     * belongs to the built-in SBI. */
    if (irq == IRQ_STI && !(env->menvcfg & ENVCFG_STCE) && !env->sbi_call) {
        return;
    }
    if (!(env->irq_lines & bit)) {
        env->irq_lines |= bit;
        if (env->mie & bit) {
            cpu_interrupt(&env->cs);
        }
    }
}

void riscv_stimecmp_update(CPURISCVState *env)
{
    if (!(env->menvcfg & ENVCFG_STCE)) {
        return;
    }
    riscv_set_irq(env, IRQ_STI, env->read_mtime && env->read_mtime(env->board) >= env->stimecmp);
}

bool riscv_has_work(CPUState *cs)
{
    CPURISCVState *env = riscv_env(cs);

    return riscv_mip(env) & env->mie;
}

/* ---- taking traps --------------------------------------------------------------------------- */

static void enter(CPURISCVState *env, uint64_t cause, uint64_t tval, bool to_s)
{
    uint64_t st = env->mstatus;
    uint64_t tvec = to_s ? env->stvec : env->mtvec;
    bool intr = cause & CAUSE_INTR;

    if (to_s) {
        env->scause = cause;
        env->sepc = env->cs.pc;
        env->stval = tval;
        st = (st & ~(uint64_t)(MSTATUS_SPIE | MSTATUS_SPP)) |
             (st & MSTATUS_SIE ? MSTATUS_SPIE : 0) | (env->priv == PRV_S ? MSTATUS_SPP : 0);
        st &= ~(uint64_t)MSTATUS_SIE;
    } else {
        env->mcause = cause;
        env->mepc = env->cs.pc;
        env->mtval = tval;
        st = (st & ~(uint64_t)(MSTATUS_MPIE | MSTATUS_MPP)) |
             (st & MSTATUS_MIE ? MSTATUS_MPIE : 0) | (uint64_t)env->priv << MSTATUS_MPP_SHIFT;
        st &= ~(uint64_t)MSTATUS_MIE;
    }
    env->mstatus = st;
    env->priv = to_s ? PRV_S : PRV_M;
    env->cs.pc = tvec & ~(uint64_t)3;
    if (intr && tvec & 1) {
        env->cs.pc += 4 * (cause & ~CAUSE_INTR);
    }
    env->cs.halted = false;
    cpu_flags_changed(&env->cs);
}

void riscv_do_exception(CPUState *cs)
{
    CPURISCVState *env = riscv_env(cs);
    unsigned cause = cs->trap - 1;
    uint64_t tval = cs->trap_value;

    cs->trap = 0;
    cs->trap_value = 0;
    if (cause == CAUSE_ECALL_S && env->sbi_call) {
        cs->pc += 4; /* before the call: a reset may replace the whole state */
        env->sbi_call(env);
        cpu_flags_changed(cs);
        return;
    }
    enter(env, cause, tval, env->priv != PRV_M && env->medeleg >> cause & 1);
}

/* Priority among interrupts for one privilege (privileged spec 3.1.9). */
static unsigned first_irq(uint64_t pending)
{
    static const uint8_t order[] = {IRQ_MEI, IRQ_MSI, IRQ_MTI, IRQ_SEI, IRQ_SSI, IRQ_STI};

    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++) {
        if (pending & BIT(order[i])) {
            return order[i];
        }
    }
    return 0;
}

bool riscv_do_interrupt(CPUState *cs)
{
    CPURISCVState *env = riscv_env(cs);
    uint64_t pending = riscv_mip(env) & env->mie;
    uint64_t for_m, for_s;
    unsigned irq;

    if (!pending) {
        return false;
    }
    /* Those for a more privileged mode are always enabled, those for a lesser one never. */
    for_m = pending & ~env->mideleg;
    if (for_m && (env->priv != PRV_M || env->mstatus & MSTATUS_MIE)) {
        irq = first_irq(for_m);
        if (irq) {
            enter(env, CAUSE_INTR | irq, 0, false);
            return true;
        }
    }
    for_s = pending & env->mideleg & S_INTS;
    if (for_s && (env->priv == PRV_U || (env->priv == PRV_S && env->mstatus & MSTATUS_SIE))) {
        enter(env, CAUSE_INTR | first_irq(for_s), 0, true);
        return true;
    }
    return false;
}

/* ---- faults the runtime finds --------------------------------------------------------------- */

void riscv_bus_fault(CPUState *cs, uint64_t vaddr, MMUAccess access)
{
    static const uint8_t cause[] = {CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS, CAUSE_INSN_ACCESS};

    riscv_raise(riscv_env(cs), cause[access], vaddr);
}

void riscv_align_fault(CPUState *cs, uint64_t vaddr, MMUAccess access)
{
    static const uint8_t cause[] = {CAUSE_LOAD_MISALIGNED, CAUSE_STORE_MISALIGNED,
                                    CAUSE_INSN_MISALIGNED};

    riscv_raise(riscv_env(cs), cause[access], vaddr);
}

/* ---- privileged insns ----------------------------------------------------------------------- */

static void leave(CPURISCVState *env, unsigned priv, uint64_t pc)
{
    if (priv != PRV_M) {
        env->mstatus &= ~(uint64_t)MSTATUS_MPRV;
    }
    env->priv = priv;
    env->cs.pc = pc;
    cpu_flags_changed(&env->cs);
}

bool riscv_sret(CPURISCVState *env)
{
    uint64_t st = env->mstatus;
    unsigned to = st & MSTATUS_SPP ? PRV_S : PRV_U;

    if (!riscv_has(EXT_S) || env->priv == PRV_U || (env->priv == PRV_S && st & MSTATUS_TSR)) {
        return false;
    }
    st &= ~(uint64_t)(MSTATUS_SIE | MSTATUS_SPP);
    st |= (st & MSTATUS_SPIE ? MSTATUS_SIE : 0) | MSTATUS_SPIE;
    env->mstatus = st;
    leave(env, to, env->sepc);
    return true;
}

bool riscv_mret(CPURISCVState *env)
{
    uint64_t st = env->mstatus;
    unsigned to = (st & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT;
    unsigned least = riscv_has(EXT_U) ? PRV_U : PRV_M;

    if (env->priv != PRV_M) {
        return false;
    }
    st &= ~(uint64_t)(MSTATUS_MIE | MSTATUS_MPP);
    st |=
        (st & MSTATUS_MPIE ? MSTATUS_MIE : 0) | MSTATUS_MPIE | (uint64_t)least << MSTATUS_MPP_SHIFT;
    env->mstatus = st;
    leave(env, to, env->mepc);
    return true;
}

/* The time limit of TW and of WFI in U-mode is 0 (3.1.6.5, 3.3.3). */
bool riscv_wfi(CPURISCVState *env)
{
    if (env->priv != PRV_M &&
        (env->mstatus & MSTATUS_TW || (env->priv == PRV_U && riscv_has(EXT_S)))) {
        return false;
    }
    env->cs.halted = !riscv_has_work(&env->cs);
    return true;
}
