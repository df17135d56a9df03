/*
 * CSR access: csr.def expanded into a table, and the registers that are more than storage. What a
 * field may hold (WARL) follows the privileged spec chapters 3 and 4; illegal values of a field
 * leave it as it was.
 */
#include "target/riscv/cpu.h"
#include "target/riscv/system.h"

#define BIT(n)       ((uint64_t)1 << (n))
#define ALL_BITS     (~(uint64_t)0)
#define S_INTS       (BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI))
#define M_INTS       (BIT(IRQ_MSI) | BIT(IRQ_MTI) | BIT(IRQ_MEI))
#define DATA_MODES   (1 << MMU_U | 1 << MMU_S | 1 << MMU_SSUM)
/* Every exception but ecall from M, which no lesser mode can raise. */
#define MEDELEG_MASK 0xb3ff
#define MIMPID       0x100 /* 0.1.0, of no registered vendor or architecture */

enum { CSR_TIME_BIT = 1, CSR_MIP = 0x344, INHIBIT_CY = 1, INHIBIT_IR = 4 };

/* Takes the bits of mask from val, the others from old. */
static inline uint64_t merge(uint64_t old, uint64_t val, uint64_t mask)
{
    return (old & ~mask) | (val & mask);
}

/* ---- conditions of access ------------------------------------------------------------------- */

static bool gate_open(const CPURISCVState *env, unsigned csr)
{
    return true;
}

static bool gate_fp_on(const CPURISCVState *env, unsigned csr)
{
    return env->mstatus & MSTATUS_FS;
}

static bool gate_counter_on(const CPURISCVState *env, unsigned csr)
{
    uint64_t bit = BIT(csr & 31);

    return env->priv == PRV_M ||
           (env->mcounteren & bit &&
            (env->priv == PRV_S || !riscv_has(EXT_S) || env->scounteren & bit));
}

static bool gate_stimecmp_on(const CPURISCVState *env, unsigned csr)
{
    return env->priv == PRV_M ||
           (env->menvcfg & ENVCFG_STCE && env->mcounteren & BIT(CSR_TIME_BIT));
}

static bool gate_satp_on(const CPURISCVState *env, unsigned csr)
{
    return env->priv == PRV_M || !(env->mstatus & MSTATUS_TVM);
}

/* ---- reading -------------------------------------------------------------------------------- */

static uint64_t read_zero(CPURISCVState *env, unsigned csr)
{
    return 0;
}

static uint64_t read_fflags(CPURISCVState *env, unsigned csr)
{
    return env->fflags;
}

static uint64_t read_frm(CPURISCVState *env, unsigned csr)
{
    return env->frm;
}

static uint64_t read_fcsr(CPURISCVState *env, unsigned csr)
{
    return env->frm << 5 | env->fflags;
}

/*
 * Cycles are instructions. The reading insn is counted by cpu_insns() already, but not yet by what
 * it reads; while inhibited the offset is the value.
 */
static uint64_t read_counter(const CPURISCVState *env, int64_t offset, unsigned inhibit)
{
    return env->mcountinhibit & inhibit ? (uint64_t)offset : cpu_insns(&env->cs) - 1 + offset;
}

static uint64_t read_mcycle(CPURISCVState *env, unsigned csr)
{
    return read_counter(env, env->mcycle_offset, INHIBIT_CY);
}

static uint64_t read_minstret(CPURISCVState *env, unsigned csr)
{
    return read_counter(env, env->minstret_offset, INHIBIT_IR);
}

static uint64_t read_time(CPURISCVState *env, unsigned csr)
{
    return env->read_mtime ? env->read_mtime(env->board) : 0;
}

static uint64_t read_mimpid(CPURISCVState *env, unsigned csr)
{
    return MIMPID;
}

static uint64_t read_mcountinhibit(CPURISCVState *env, unsigned csr)
{
    return env->mcountinhibit;
}

static uint64_t read_mstatus(CPURISCVState *env, unsigned csr)
{
    bool dirty = (env->mstatus & MSTATUS_FS) == MSTATUS_FS;

    return env->mstatus | (dirty ? MSTATUS_SD : 0);
}

/* The part of mstatus that S-mode sees and may write (UXL: sees only). */
enum {
    SSTATUS_WRITE =
        MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_FS | MSTATUS_SUM | MSTATUS_MXR
};

static uint64_t read_sstatus(CPURISCVState *env, unsigned csr)
{
    return read_mstatus(env, csr) & (SSTATUS_WRITE | MSTATUS_UXL | MSTATUS_SD);
}

static uint64_t read_mip(CPURISCVState *env, unsigned csr)
{
    riscv_stimecmp_update(env);
    return riscv_mip(env);
}

static uint64_t read_sip(CPURISCVState *env, unsigned csr)
{
    return read_mip(env, csr) & env->mideleg;
}

static uint64_t read_sie(CPURISCVState *env, unsigned csr)
{
    return env->mie & env->mideleg;
}

static uint64_t read_pmpcfg(CPURISCVState *env, unsigned csr)
{
    return riscv_pmpcfg_read(env, csr & 3);
}

static uint64_t read_pmpaddr(CPURISCVState *env, unsigned csr)
{
    return env->pmpaddr[csr & 15];
}

#define READ_FIELD(name)                                          \
    static uint64_t read_##name(CPURISCVState *env, unsigned csr) \
    {                                                             \
        return env->name;                                         \
    }
READ_FIELD(misa)
READ_FIELD(mideleg)
READ_FIELD(mie)
READ_FIELD(mtvec)
READ_FIELD(mepc)
READ_FIELD(menvcfg)
READ_FIELD(stvec)
READ_FIELD(sepc)
READ_FIELD(stimecmp)
READ_FIELD(satp)

/* ---- writing -------------------------------------------------------------------------------- */

static void write_ignore(CPURISCVState *env, unsigned csr, uint64_t val) {}

static void fp_state_written(CPURISCVState *env)
{
    if ((env->mstatus & MSTATUS_FS) != MSTATUS_FS) {
        env->mstatus |= MSTATUS_FS;
        cpu_flags_changed(&env->cs);
    }
}

static void write_fflags(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->fflags = val & 31;
    fp_state_written(env);
}

/* The rounding mode is part of the TB flags. */
static void set_frm(CPURISCVState *env, uint32_t frm)
{
    if (frm != env->frm) {
        env->frm = frm;
        cpu_flags_changed(&env->cs);
    }
}

static void write_frm(CPURISCVState *env, unsigned csr, uint64_t val)
{
    set_frm(env, val & 7);
    fp_state_written(env);
}

static void write_fcsr(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->fflags = val & 31;
    set_frm(env, val >> 5 & 7);
    fp_state_written(env);
}

/* The next insn reads the value written. */
static int64_t counter_offset(const CPURISCVState *env, uint64_t val, unsigned inhibit)
{
    return env->mcountinhibit & inhibit ? val : val - cpu_insns(&env->cs);
}

static void write_mcycle(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->mcycle_offset = counter_offset(env, val, INHIBIT_CY);
}

static void write_minstret(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->minstret_offset = counter_offset(env, val, INHIBIT_IR);
}

static void write_mcountinhibit(CPURISCVState *env, unsigned csr, uint64_t val)
{
    /* What the next insn reads if nothing changes, kept over the change of representation. */
    uint64_t cy = read_mcycle(env, csr) + !(env->mcountinhibit & INHIBIT_CY);
    uint64_t ir = read_minstret(env, csr) + !(env->mcountinhibit & INHIBIT_IR);

    env->mcountinhibit = val & (INHIBIT_CY | INHIBIT_IR);
    write_mcycle(env, csr, cy);
    write_minstret(env, csr, ir);
}

static uint64_t mstatus_writable(void)
{
    uint64_t mask = MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP;

    if (riscv_has(EXT_F)) {
        mask |= MSTATUS_FS;
    }
    if (riscv_has(EXT_U)) {
        mask |= MSTATUS_MPRV | MSTATUS_TW;
    }
    if (riscv_has(EXT_S)) {
        mask |= MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_MXR | MSTATUS_TVM |
                MSTATUS_TSR;
    }
    return mask;
}

static bool mpp_is_legal(uint64_t mstatus)
{
    switch ((mstatus & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT) {
    case PRV_U: return riscv_has(EXT_U);
    case PRV_S: return riscv_has(EXT_S);
    case PRV_M: return true;
    default: return false;
    }
}

/* SUM, MPRV, MPP and FS are part of the TB flags; MXR alone is baked into the soft TLB. */
static void set_mstatus(CPURISCVState *env, uint64_t val, uint64_t mask)
{
    uint64_t old = env->mstatus;

    mask &= mstatus_writable();
    if (!mpp_is_legal(val)) {
        mask &= ~(uint64_t)MSTATUS_MPP;
    }
    env->mstatus = merge(old, val, mask);
    if ((old ^ env->mstatus) & MSTATUS_MXR) {
        cpu_tlb_flush_modes(&env->cs, DATA_MODES);
    }
    cpu_flags_changed(&env->cs);
}

static void write_mstatus(CPURISCVState *env, unsigned csr, uint64_t val)
{
    set_mstatus(env, val, ALL_BITS);
}

static void write_sstatus(CPURISCVState *env, unsigned csr, uint64_t val)
{
    set_mstatus(env, val, SSTATUS_WRITE);
}

/* Mode 0 direct, 1 vectored; 2 and 3 are reserved. */
static uint64_t legal_tvec(uint64_t old, uint64_t val)
{
    uint64_t mode = (val & 3) < 2 ? val & 1 : old & 1;

    return (val & ~(uint64_t)3) | mode;
}

static void write_mtvec(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->mtvec = legal_tvec(env->mtvec, val);
}

static void write_stvec(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->stvec = legal_tvec(env->stvec, val);
}

/* As many low bits are zero as in any pc. */
static uint64_t legal_epc(uint64_t val)
{
    return val & ~(uint64_t)(riscv_has(EXT_C) ? 1 : 3);
}

static void write_mepc(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->mepc = legal_epc(val);
}

static void write_sepc(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->sepc = legal_epc(val);
}

static void write_mideleg(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->mideleg = val & S_INTS;
    cpu_flags_changed(&env->cs);
}

static void write_mie(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->mie = val & (riscv_has(EXT_S) ? M_INTS | S_INTS : M_INTS);
    cpu_flags_changed(&env->cs);
}

static void write_sie(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->mie = merge(env->mie, val, env->mideleg);
    cpu_flags_changed(&env->cs);
}

static void write_mip(CPURISCVState *env, unsigned csr, uint64_t val)
{
    uint64_t mask = riscv_has(EXT_S) ? S_INTS : 0;

    if (env->menvcfg & ENVCFG_STCE) {
        mask &= ~BIT(IRQ_STI);
    }
    env->mip = merge(env->mip, val, mask);
    cpu_flags_changed(&env->cs);
}

static void write_sip(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->mip = merge(env->mip, val, BIT(IRQ_SSI) & env->mideleg);
    cpu_flags_changed(&env->cs);
}

/* The board's timer drives the line, at once if the time is past. */
static void stimecmp_rearm(CPURISCVState *env)
{
    riscv_set_irq(env, IRQ_STI, false);
    if (env->stimecmp_changed) {
        bool on = env->menvcfg & ENVCFG_STCE;

        env->stimecmp_changed(env->board, on ? env->stimecmp : UINT64_MAX);
    } else {
        riscv_stimecmp_update(env);
    }
    cpu_flags_changed(&env->cs);
}

static void write_stimecmp(CPURISCVState *env, unsigned csr, uint64_t val)
{
    env->stimecmp = val;
    stimecmp_rearm(env);
}

static void write_menvcfg(CPURISCVState *env, unsigned csr, uint64_t val)
{
    uint64_t mask = (riscv_has(EXT_S) ? ENVCFG_FIOM : 0) | (riscv_has(EXT_SSTC) ? ENVCFG_STCE : 0) |
                    (riscv_has(EXT_SVADU) ? ENVCFG_ADUE : 0);
    uint64_t changed = env->menvcfg ^ (val & mask);

    env->menvcfg = val & mask;
    if (changed & ENVCFG_STCE) {
        stimecmp_rearm(env);
    }
}

/*
 * An unsupported mode makes the whole write void (4.1.11). ASIDs are 16 bits. The soft TLB holds
 * one address space; the jump cache keeps this one's generation for when the guest returns to it.
 */
static void write_satp(CPURISCVState *env, unsigned csr, uint64_t val)
{
    switch (val >> SATP_MODE_SHIFT) {
    case SATP_BARE: val = 0; break;
    case SATP_SV39: break;
    case SATP_SV48:
        if (riscv_has(EXT_SV48)) {
            break;
        }
        return;
    default: return;
    }
    if (val != env->satp) {
        bool other_mode = (val ^ env->satp) >> SATP_MODE_SHIFT;
        env->satp = val;
        if (other_mode) {
            cpu_tlb_flush_modes(&env->cs, DATA_MODES);
        } else {
            cpu_tlb_flush_local(&env->cs, DATA_MODES);
        }
        cpu_flags_changed(&env->cs);
    }
}

static void write_pmpcfg(CPURISCVState *env, unsigned csr, uint64_t val)
{
    riscv_pmpcfg_write(env, csr & 3, val);
}

static void write_pmpaddr(CPURISCVState *env, unsigned csr, uint64_t val)
{
    riscv_pmpaddr_write(env, csr & 15, val);
}

/* ---- the table ------------------------------------------------------------------------------ */

typedef struct CSRDesc {
    const char *name;
    uint16_t number, count;
    uint32_t needs; /* mask of RVExt */
    unsigned attr;
    bool (*gate)(const CPURISCVState *env, unsigned csr);
    /* with functions */
    uint64_t (*read)(CPURISCVState *env, unsigned csr);
    void (*write)(CPURISCVState *env, unsigned csr, uint64_t val);
    /* without */
    uint64_t mask;
    uint16_t offset;
} CSRDesc;

#define EXT_BIT_ANY    0
#define EXT_BIT_F      (1u << EXT_F)
#define EXT_BIT_S      (1u << EXT_S)
#define EXT_BIT_U      (1u << EXT_U)
#define EXT_BIT_ZICNTR (1u << EXT_ZICNTR)
#define EXT_BIT_PMP    (1u << EXT_PMP)
#define EXT_BIT_SSTC   (1u << EXT_SSTC)

enum {
    CSR_IDX_NONE,
#define CSR_FIELD(num, name, needs, field, mask_, attr_)      CSR_IDX_##name,
#define CSR_FUNC(num, count_, name, needs, gt, rd, wr, attr_) CSR_IDX_##name,
#include "target/riscv/csr.def"
    CSR_IDX_COUNT
};

static const uint8_t csr_index[4096] = {
#define CSR_FIELD(num, name, needs, field, mask_, attr_) [num] = CSR_IDX_##name,
#define CSR_FUNC(num, count_, name, needs, gt, rd, wr, attr_) \
    [num...(num) + (count_)-1] = CSR_IDX_##name,
#include "target/riscv/csr.def"
};

static const CSRDesc csr_table[CSR_IDX_COUNT] = {
#define CSR_FIELD(num, name_, needs_, field, mask_, attr_) \
    [CSR_IDX_##name_] = {.name = #name_,                   \
                         .number = num,                    \
                         .count = 1,                       \
                         .needs = EXT_BIT_##needs_,        \
                         .attr = attr_,                    \
                         .gate = gate_open,                \
                         .mask = mask_,                    \
                         .offset = offsetof(CPURISCVState, field)},
#define CSR_FUNC(num, count_, name_, needs_, gt, rd, wr, attr_) \
    [CSR_IDX_##name_] = {.name = #name_,                        \
                         .number = num,                         \
                         .count = count_,                       \
                         .needs = EXT_BIT_##needs_,             \
                         .attr = attr_,                         \
                         .gate = gate_##gt,                     \
                         .read = read_##rd,                     \
                         .write = write_##wr},
#include "target/riscv/csr.def"
};

static const CSRDesc *lookup(unsigned csr)
{
    unsigned idx = csr < G_N_ELEMENTS(csr_index) ? csr_index[csr] : CSR_IDX_NONE;
    const CSRDesc *d = &csr_table[idx];

    return idx != CSR_IDX_NONE && (d->needs & ~riscv_ext) == 0 ? d : NULL;
}

/* The CSR if it exists and the hart may access it now. */
static const CSRDesc *lookup_access(const CPURISCVState *env, unsigned csr, bool write)
{
    const CSRDesc *d = lookup(csr);

    if (!d || env->priv < (csr >> 8 & 3) || (write && csr >> 10 == 3) || !d->gate(env, csr)) {
        return NULL;
    }
    return d;
}

static uint64_t do_read(CPURISCVState *env, const CSRDesc *d, unsigned csr)
{
    return d->read ? d->read(env, csr) : *(uint64_t *)((char *)env + d->offset);
}

static void do_write(CPURISCVState *env, const CSRDesc *d, unsigned csr, uint64_t val)
{
    if (d->write) {
        d->write(env, csr, val);
    } else {
        *(uint64_t *)((char *)env + d->offset) = val & d->mask;
    }
}

bool riscv_csr_read(CPURISCVState *env, unsigned csr, uint64_t *val)
{
    const CSRDesc *d = lookup_access(env, csr, false);

    if (!d) {
        return false;
    }
    *val = do_read(env, d, csr);
    return true;
}

bool riscv_csr_write(CPURISCVState *env, unsigned csr, uint64_t val)
{
    const CSRDesc *d = lookup_access(env, csr, true);

    if (!d) {
        return false;
    }
    do_write(env, d, csr, val);
    return true;
}

bool riscv_csr_rmw(CPURISCVState *env, unsigned csr, RVCSROp op, uint64_t val, uint64_t *old)
{
    const CSRDesc *d = lookup_access(env, csr, true);
    uint64_t base;

    if (!d) {
        return false;
    }
    *old = base = do_read(env, d, csr);
    if (csr == CSR_MIP) {
        /* rd gets SEIP or-ed with the line, set and clear work on software's bit (3.1.9). */
        base = merge(base, env->mip, BIT(IRQ_SEI));
    }
    switch (op) {
    case CSR_OP_WRITE: break;
    case CSR_OP_SET: val |= base; break;
    case CSR_OP_CLEAR: val = base & ~val; break;
    }
    do_write(env, d, csr, val);
    return true;
}

unsigned riscv_csr_attr(unsigned csr)
{
    const CSRDesc *d = lookup(csr);

    return d ? d->attr : 0;
}

const char *riscv_csr_name(unsigned csr)
{
    const CSRDesc *d = lookup(csr);
    char name[32];

    if (!d || d->count == 1) {
        return d ? d->name : NULL;
    }
    /* hpm counters and events are numbered as the bits of mcounteren */
    g_snprintf(name, sizeof(name), "%s%u", d->name, d->count == 29 ? csr & 31 : csr - d->number);
    return g_intern_string(name);
}
