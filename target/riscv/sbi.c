/*
 * The built-in SBI (SBI specification 2.0): BASE, TIME, IPI, RFENCE, HSM, SRST, DBCN and the legacy
 * calls that a console needs. One hart, number mhartid.
 *
 * A call arrives as an exception with cs.pc already past the ecall. Everything of the hart must be
 * in its final state before the board is told to reset, because the board may do it at once.
 */
#include "target/riscv/sbi.h"

enum { A0 = 10, A1, A2, A3, A4, A5, A6, A7 };

typedef enum SBIError {
    SBI_SUCCESS = 0,
    SBI_ERR_FAILED = -1,
    SBI_ERR_NOT_SUPPORTED = -2,
    SBI_ERR_INVALID_PARAM = -3,
    SBI_ERR_INVALID_ADDRESS = -5,
    SBI_ERR_ALREADY_AVAILABLE = -6,
} SBIError;

enum {
    EID_SET_TIMER = 0x0,
    EID_PUTCHAR = 0x1,
    EID_GETCHAR = 0x2,
    EID_CLEAR_IPI = 0x3,
    EID_LEGACY_FENCE_I = 0x5,
    EID_SHUTDOWN = 0x8,
    EID_BASE = 0x10,
    EID_TIME = 0x54494d45,
    EID_IPI = 0x735049,
    EID_RFENCE = 0x52464e43,
    EID_HSM = 0x48534d,
    EID_SRST = 0x53525354,
    EID_DBCN = 0x4442434e,
};

enum {
    SPEC_VERSION = 2 << 24, /* 2.0 */
    IMPL_ID = 0x57656674,   /* "Weft"; none is registered */
    IMPL_VERSION = 0x100,   /* 0.1.0 */
    CSR_MVENDORID = 0xf11,
    CSR_MARCHID = 0xf12,
    CSR_MIMPID = 0xf13,
    CSR_STIMECMP = 0x14d,
    CONSOLE_CHUNK = 256,
    CONSOLE_MAX = 1 << 20, /* bytes a call; the caller repeats what is left */
    FENCE_MAX_PAGES = 64,
    REASON_SPECIFIC = 0xe0000000, /* reset reasons above: SBI implementation, vendor */
};

typedef struct SBIRet {
    int64_t error;
    uint64_t value;
} SBIRet;

static SBIRet err(SBIError e)
{
    return (SBIRet){e, 0};
}

static SBIRet ok(uint64_t value)
{
    return (SBIRet){SBI_SUCCESS, value};
}

/* ---- BASE ----------------------------------------------------------------------------------- */

static bool probe(const SBIHost *host, uint64_t eid)
{
    switch (eid) {
    case EID_BASE:
    case EID_IPI:
    case EID_RFENCE:
    case EID_HSM:
    case EID_CLEAR_IPI:
    case EID_LEGACY_FENCE_I: return true;
    case EID_TIME:
    case EID_SET_TIMER: return riscv_has(EXT_SSTC) || host->set_timer;
    case EID_SRST:
    case EID_SHUTDOWN: return host->system_reset;
    case EID_DBCN:
    case EID_PUTCHAR: return host->console_write;
    case EID_GETCHAR: return host->console_getchar;
    default: return false;
    }
}

/* Identity registers are the hart's own; S-mode cannot read them itself. */
static SBIRet machine_csr(CPURISCVState *env, unsigned csr)
{
    uint32_t priv = env->priv;
    uint64_t val = 0;

    env->priv = PRV_M;
    riscv_csr_read(env, csr, &val);
    env->priv = priv;
    return ok(val);
}

static SBIRet call_base(CPURISCVState *env, uint64_t fid)
{
    switch (fid) {
    case 0: return ok(SPEC_VERSION);
    case 1: return ok(IMPL_ID);
    case 2: return ok(IMPL_VERSION);
    case 3: return ok(probe(env->sbi_host, env->x[A0]));
    case 4: return machine_csr(env, CSR_MVENDORID);
    case 5: return machine_csr(env, CSR_MARCHID);
    case 6: return machine_csr(env, CSR_MIMPID);
    default: return err(SBI_ERR_NOT_SUPPORTED);
    }
}

/* ---- timer, interrupts, fences -------------------------------------------------------------- */

static void set_timer(CPURISCVState *env, uint64_t ticks)
{
    if (env->menvcfg & ENVCFG_STCE) {
        uint32_t priv = env->priv;

        env->priv = PRV_M;
        riscv_csr_write(env, CSR_STIMECMP, ticks);
        env->priv = priv;
        return;
    }
    riscv_set_irq(env, IRQ_STI, false);
    env->sbi_host->set_timer(env->sbi_host->opaque, ticks);
}

/*
 * A hart mask is bits from `base` on, or every hart if base is -1. False: it names a hart that
 * does not exist. *self: it names this one.
 */
static bool hart_mask(const CPURISCVState *env, uint64_t mask, uint64_t base, bool *self)
{
    if (base == UINT64_MAX) {
        *self = true;
        return true;
    }
    *self = env->mhartid >= base && env->mhartid - base < 64 && mask >> (env->mhartid - base) & 1;
    return *self ? mask == (uint64_t)1 << (env->mhartid - base) : mask == 0;
}

static SBIRet call_ipi(CPURISCVState *env, uint64_t fid)
{
    bool self;

    if (fid != 0) {
        return err(SBI_ERR_NOT_SUPPORTED);
    }
    if (!hart_mask(env, env->x[A0], env->x[A1], &self)) {
        return err(SBI_ERR_INVALID_PARAM);
    }
    if (self) {
        env->mip |= 1 << IRQ_SSI;
    }
    return ok(0);
}

static void fence_range(CPURISCVState *env, uint64_t start, uint64_t size)
{
    /* Single-page flushes know nothing of superpages: those are left to the full one. */
    bool supers = env->super_hi[0] | env->super_hi[1];

    if (supers || (start == 0 && size == 0) || size > FENCE_MAX_PAGES * TARGET_PAGE_SIZE) {
        riscv_tlb_flush(env);
        return;
    }
    for (uint64_t off = 0; off < size + (start & ~TARGET_PAGE_MASK); off += TARGET_PAGE_SIZE) {
        cpu_tlb_flush_page(&env->cs, (start & TARGET_PAGE_MASK) + off);
    }
}

static SBIRet call_rfence(CPURISCVState *env, uint64_t fid)
{
    bool self;

    if (fid > 2) {
        return err(SBI_ERR_NOT_SUPPORTED); /* hypervisor fences */
    }
    if (!hart_mask(env, env->x[A0], env->x[A1], &self)) {
        return err(SBI_ERR_INVALID_PARAM);
    }
    /* fence.i has nothing to do: stores to code are caught as they happen. */
    if (self && fid != 0) {
        fence_range(env, env->x[A2], env->x[A3]);
    }
    return ok(0);
}

/* ---- hart state ----------------------------------------------------------------------------- */

static SBIRet call_hsm(CPURISCVState *env, uint64_t fid)
{
    enum { HART_START, HART_STOP, HART_GET_STATUS, HART_SUSPEND };
    enum { STATUS_STARTED = 0, RETENTIVE_DEFAULT = 0, NON_RETENTIVE_DEFAULT = 0x80000000u };

    switch (fid) {
    case HART_START:
        return err(env->x[A0] == env->mhartid ? SBI_ERR_ALREADY_AVAILABLE : SBI_ERR_INVALID_PARAM);
    case HART_STOP: return err(SBI_ERR_FAILED); /* nobody could start it again */
    case HART_GET_STATUS:
        return env->x[A0] == env->mhartid ? ok(STATUS_STARTED) : err(SBI_ERR_INVALID_PARAM);
    case HART_SUSPEND:
        if (env->x[A0] == RETENTIVE_DEFAULT) {
            env->cs.halted = !riscv_has_work(&env->cs);
            return ok(0);
        }
        return err(env->x[A0] == NON_RETENTIVE_DEFAULT ? SBI_ERR_NOT_SUPPORTED
                                                       : SBI_ERR_INVALID_PARAM);
    default: return err(SBI_ERR_NOT_SUPPORTED);
    }
}

/* ---- debug console -------------------------------------------------------------------------- */

static SBIRet console_write(CPURISCVState *env, uint64_t addr, uint64_t len)
{
    const SBIHost *host = env->sbi_host;
    uint8_t buf[CONSOLE_CHUNK];
    uint64_t done = 0;

    len = MIN(len, CONSOLE_MAX);
    while (done < len) {
        /* chunks do not cross a page, so that a bad address is found where it is */
        uint64_t to_page = TARGET_PAGE_SIZE - ((addr + done) & ~TARGET_PAGE_MASK);
        unsigned n = MIN(MIN(len - done, sizeof(buf)), to_page);

        if (!cpu_phys_read(&env->cs, addr + done, buf, n)) {
            return done ? ok(done) : err(SBI_ERR_INVALID_PARAM);
        }
        host->console_write(host->opaque, buf, n);
        done += n;
    }
    return ok(done);
}

static SBIRet console_read(CPURISCVState *env, uint64_t addr, uint64_t len)
{
    const SBIHost *host = env->sbi_host;
    uint64_t done = 0;

    while (done < len && host->console_getchar) {
        uint8_t byte, probe_byte;
        int c;

        /* The byte must have a place before it is taken from the console. */
        if (!cpu_phys_read(&env->cs, addr + done, &probe_byte, 1)) {
            return done ? ok(done) : err(SBI_ERR_INVALID_PARAM);
        }
        c = host->console_getchar(host->opaque);
        if (c < 0) {
            break;
        }
        byte = c;
        if (!cpu_phys_write(&env->cs, addr + done, &byte, 1)) {
            return err(SBI_ERR_FAILED);
        }
        done++;
    }
    return ok(done);
}

static SBIRet call_dbcn(CPURISCVState *env, uint64_t fid)
{
    enum { WRITE, READ, WRITE_BYTE };
    const SBIHost *host = env->sbi_host;
    uint8_t byte = env->x[A0];

    if (fid == WRITE_BYTE) {
        host->console_write(host->opaque, &byte, 1);
        return ok(0);
    }
    if (fid > WRITE_BYTE) {
        return err(SBI_ERR_NOT_SUPPORTED);
    }
    if (env->x[A2] != 0) {
        return err(SBI_ERR_INVALID_PARAM); /* upper half of an address of 128 bits */
    }
    return fid == WRITE ? console_write(env, env->x[A1], env->x[A0])
                        : console_read(env, env->x[A1], env->x[A0]);
}

/* ---- reset ---------------------------------------------------------------------------------- */

/* True: the hart belongs to the board now and is not to be touched. */
static bool call_srst(CPURISCVState *env, uint64_t fid, SBIRet *ret)
{
    const SBIHost *host = env->sbi_host;
    uint32_t type = env->x[A0], reason = env->x[A1];

    if (fid != 0) {
        *ret = err(SBI_ERR_NOT_SUPPORTED);
        return false;
    }
    if (type > SBI_RESET_WARM || (reason > 1 && reason < REASON_SPECIFIC)) {
        /* types from 0xf0000000 on are for vendors: none here */
        *ret = err(type >= 0xf0000000 ? SBI_ERR_NOT_SUPPORTED : SBI_ERR_INVALID_PARAM);
        return false;
    }
    host->system_reset(host->opaque, type, reason);
    return true;
}

/* ---- dispatch ------------------------------------------------------------------------------- */

/* Extensions 0 to 15 return a0 only. */
static void call_legacy(CPURISCVState *env, uint64_t eid)
{
    const SBIHost *host = env->sbi_host;
    uint64_t arg = env->x[A0];
    uint8_t byte = arg;

    env->x[A0] = 0;
    switch (eid) {
    case EID_SET_TIMER: set_timer(env, arg); break;
    case EID_PUTCHAR: host->console_write(host->opaque, &byte, 1); break;
    case EID_GETCHAR: env->x[A0] = (int64_t)host->console_getchar(host->opaque); break;
    case EID_CLEAR_IPI: env->mip &= ~(uint64_t)(1 << IRQ_SSI); break;
    case EID_LEGACY_FENCE_I: break;
    case EID_SHUTDOWN: host->system_reset(host->opaque, SBI_RESET_SHUTDOWN, 0); break;
    }
}

static void sbi_call(CPURISCVState *env)
{
    uint64_t eid = env->x[A7], fid = env->x[A6];
    SBIRet ret = err(SBI_ERR_NOT_SUPPORTED);

    if (!probe(env->sbi_host, eid)) {
        if (eid <= 0xf) {
            env->x[A0] = SBI_ERR_NOT_SUPPORTED;
            return;
        }
    } else {
        switch (eid) {
        case EID_BASE: ret = call_base(env, fid); break;
        case EID_TIME:
            if (fid == 0) {
                set_timer(env, env->x[A0]);
                ret = ok(0);
            }
            break;
        case EID_IPI: ret = call_ipi(env, fid); break;
        case EID_RFENCE: ret = call_rfence(env, fid); break;
        case EID_HSM: ret = call_hsm(env, fid); break;
        case EID_DBCN: ret = call_dbcn(env, fid); break;
        case EID_SRST:
            if (call_srst(env, fid, &ret)) {
                return;
            }
            break;
        default: call_legacy(env, eid); return;
        }
    }
    env->x[A0] = ret.error;
    env->x[A1] = ret.value;
}

void riscv_sbi_attach(CPURISCVState *env, const SBIHost *host)
{
    env->sbi_host = host;
    env->sbi_call = host ? sbi_call : NULL;
}

void riscv_sbi_boot(CPURISCVState *env, uint64_t pc, uint64_t dtb)
{
    /* What an S-mode kernel handles itself: everything but its own ecalls (bit 9), which never
     * reach M-mode software here, and what M-mode causes. */
    env->medeleg = 0xb1ff;
    env->mideleg = 1 << IRQ_SSI | 1 << IRQ_STI | 1 << IRQ_SEI;
    env->mcounteren = 7;
    env->scounteren = 7;
    env->menvcfg =
        (riscv_has(EXT_SSTC) ? ENVCFG_STCE : 0) | (riscv_has(EXT_SVADU) ? ENVCFG_ADUE : 0);
    if (riscv_has(EXT_F)) {
        env->mstatus = (env->mstatus & ~(uint64_t)MSTATUS_FS) | 1 << MSTATUS_FS_SHIFT;
    }
    if (riscv_has(EXT_PMP)) {
        env->pmpaddr[0] = ((uint64_t)1 << 54) - 1;
        env->pmpcfg[0] = PMP_NAPOT << PMP_A_SHIFT | PMP_R | PMP_W | PMP_X;
        riscv_pmp_update(env);
    }
    env->priv = PRV_S;
    env->x[A0] = env->mhartid;
    env->x[A1] = dtb;
    env->cs.pc = pc;
    riscv_tlb_flush(env);
    cpu_flags_changed(&env->cs);
}
