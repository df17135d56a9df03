/* State of a RISC-V hart (RV64), its CSRs, and the interfaces between the files of this folder. */
#ifndef TARGET_RISCV_CPU_H
#define TARGET_RISCV_CPU_H

#include "target/target.h"

enum { PRV_U = 0, PRV_S = 1, PRV_M = 3 };

/* MMU indexes. S with SUM is a mode of its own, so that SUM changes flush nothing. */
enum { MMU_U = 0, MMU_S = 1, MMU_SSUM = 2, MMU_M = 3 };

/*
 * TB flags: exactly what translation depends on. Fields, low bit first:
 *   priv 2, data MMU index 2 (after MPRV/MPP/SUM), FS 2 (0 off, 1 initial, 2 clean, 3 dirty),
 *   frm 3 (0 while FS is off): so that every FP insn is translated with its rounding mode.
 *   TW, TVM and TSR are checked in helpers, not here.
 * The extension set is a constant of the machine (one cpu model), held outside the flags.
 */
enum {
    TBF_PRIV_SHIFT = 0,
    TBF_MMU_SHIFT = 2,
    TBF_FS_SHIFT = 4,
    TBF_FRM_SHIFT = 6,
    TBF_PRIV = 3 << TBF_PRIV_SHIFT,
    TBF_MMU = 3 << TBF_MMU_SHIFT,
    TBF_FS = 3 << TBF_FS_SHIFT,
    TBF_FRM = 7 << TBF_FRM_SHIFT,
};

/* Extensions, in -cpu rv64,<name>=on|off order; see cpu-model.c for names and defaults. */
typedef enum RVExt {
    EXT_M,
    EXT_A,
    EXT_F,
    EXT_D,
    EXT_C,
    EXT_ZICSR,
    EXT_ZIFENCEI,
    EXT_ZBA,
    EXT_ZBB,
    EXT_ZBS,
    EXT_ZICNTR,
    EXT_SV48,
    EXT_S,
    EXT_U,
    EXT_PMP,
    EXT_SSTC,
    EXT_SVADU,
    EXT_COUNT
} RVExt;
/* The machine's cpu model; set once before the first translation. */
extern uint32_t riscv_ext; /* bit mask of RVExt */
static inline bool riscv_has(RVExt e)
{
    return riscv_ext >> e & 1;
}
/* Parses "rv64[,name=on|off]..." into riscv_ext. NULL or an error message to g_free(). */
char *riscv_cpu_parse(const char *model);
/* ISA string for the device tree: rv64imafdc_zicsr_... To g_free(). */
char *riscv_isa_string(void);

/* Exception causes are stored in env->trap as cause + 1 (0 = none). */
enum {
    CAUSE_INSN_MISALIGNED = 0,
    CAUSE_INSN_ACCESS = 1,
    CAUSE_ILLEGAL = 2,
    CAUSE_BREAKPOINT = 3,
    CAUSE_LOAD_MISALIGNED = 4,
    CAUSE_LOAD_ACCESS = 5,
    CAUSE_STORE_MISALIGNED = 6,
    CAUSE_STORE_ACCESS = 7,
    CAUSE_ECALL_U = 8,
    CAUSE_ECALL_S = 9,
    CAUSE_ECALL_M = 11,
    CAUSE_INSN_PAGE = 12,
    CAUSE_LOAD_PAGE = 13,
    CAUSE_STORE_PAGE = 15,
};
enum {
    IRQ_SSI = 1,
    IRQ_MSI = 3,
    IRQ_STI = 5,
    IRQ_MTI = 7,
    IRQ_SEI = 9,
    IRQ_MEI = 11,
};

/* mstatus */
enum {
    MSTATUS_SIE = 1 << 1,
    MSTATUS_MIE = 1 << 3,
    MSTATUS_SPIE = 1 << 5,
    MSTATUS_MPIE = 1 << 7,
    MSTATUS_SPP = 1 << 8,
    MSTATUS_MPP_SHIFT = 11,
    MSTATUS_MPP = 3 << MSTATUS_MPP_SHIFT,
    MSTATUS_FS_SHIFT = 13,
    MSTATUS_FS = 3 << MSTATUS_FS_SHIFT,
    MSTATUS_MPRV = 1 << 17,
    MSTATUS_SUM = 1 << 18,
    MSTATUS_MXR = 1 << 19,
    MSTATUS_TVM = 1 << 20,
    MSTATUS_TW = 1 << 21,
    MSTATUS_TSR = 1 << 22,
};
#define MSTATUS_UXL ((uint64_t)3 << 32)
#define MSTATUS_SXL ((uint64_t)3 << 34)
#define MSTATUS_SD  ((uint64_t)1 << 63)

/* menvcfg */
#define ENVCFG_FIOM ((uint64_t)1 << 0)
#define ENVCFG_ADUE ((uint64_t)1 << 61)
#define ENVCFG_STCE ((uint64_t)1 << 63)

enum { SATP_BARE = 0, SATP_SV39 = 8, SATP_SV48 = 9, SATP_MODE_SHIFT = 60 };

enum { PMP_COUNT = 16 };
enum {
    PMP_R = 1,
    PMP_W = 2,
    PMP_X = 4,
    PMP_A_SHIFT = 3,
    PMP_A = 3 << PMP_A_SHIFT,
    PMP_L = 0x80,
};
enum { PMP_OFF, PMP_TOR, PMP_NA4, PMP_NAPOT };

typedef struct CPURISCVState {
    CPUState cs;

    uint64_t x[32]; /* x[0] stays 0 and is never written by translated code */
    uint64_t f[32]; /* raw bits; binary32 values are NaN-boxed */

    uint32_t fflags; /* written by FP helpers */
    uint32_t frm;
    uint32_t priv;
    uint32_t pad;

    uint64_t mstatus; /* SD is computed on read */
    uint64_t misa;
    uint64_t medeleg, mideleg, mie;
    uint64_t mip;       /* bits driven by software (SSIP, STIP, SEIP); lines are or-ed in on read */
    uint64_t irq_lines; /* MSIP, MTIP, MEIP, SEIP, STIP as driven through riscv_set_irq() */
    uint64_t mtvec, mscratch, mepc, mcause, mtval, mcounteren, menvcfg, mcountinhibit;
    uint64_t stvec, sscratch, sepc, scause, stval, scounteren, senvcfg, satp;
    uint64_t stimecmp;
    uint64_t mhartid;
    int64_t minstret_offset, mcycle_offset; /* added to the instruction count */
    uint8_t pmpcfg[PMP_COUNT];
    uint64_t pmpaddr[PMP_COUNT];
    /* derived from the two above by riscv_pmp_update(): the entries that are on, in order */
    struct {
        uint64_t lo, hi; /* first and last byte */
        uint8_t cfg;
    } pmp[PMP_COUNT];
    uint8_t pmp_nb;
    bool pmp_open; /* everything is allowed, to every privilege */

    /*
     * Virtual range, by sign of the address, that superpages translated since the last full flush.
     * sfence.vma with an address there concerns more than one entry of the soft TLB.
     */
    uint64_t super_lo[2], super_hi[2];
    bool not_shared;    /* the supervisor may execute pages that are not global */
    uint64_t aspace_id; /* last given to cpu_set_aspace(); 0 before the first time */

    uint64_t res_addr; /* physical address of the reservation, ~0 if none */
    uint64_t load_res_size;
    uint64_t res_value; /* what the LR read, sign-extended */

    /* board services, set by the board before reset; may be NULL */
    uint64_t reset_pc;
    uint64_t (*read_mtime)(void *opaque); /* ticks of the timebase */
    /* Sstc: the board arms a timer that calls riscv_set_irq(env, IRQ_STI, true) when mtime reaches
     * ticks (now, if that is past), in place of the one armed before; UINT64_MAX: never. */
    void (*stimecmp_changed)(void *opaque, uint64_t ticks);
    void *board; /* opaque of the two above */
    /* SBI call from S-mode with -bios builtin, set by riscv_sbi_attach() (target/riscv/sbi.h);
     * NULL: ecall traps to M. cs.pc is past the ecall already. */
    void (*sbi_call)(struct CPURISCVState *env);
    const struct SBIHost *sbi_host;
} CPURISCVState;

_Static_assert(offsetof(CPURISCVState, cs) == 0, "env starts with CPUState");
_Static_assert(sizeof(CPURISCVState) <= CPU_TEMPS_OFFSET, "guest state must fit below the temps");

static inline CPURISCVState *riscv_env(CPUState *cs)
{
    return (CPURISCVState *)cs;
}

extern const TargetOps riscv_target_ops;

/* translate.c */
void riscv_tcg_init(TCGContext *s);
void riscv_translate(TCGContext *s, TBRequest *req);
unsigned riscv_insn_length(const uint8_t *code);
unsigned riscv_disas(const uint8_t *code, unsigned avail, uint64_t pc, GString *out);
extern const TCGHelperInfo riscv_helpers[];
extern const unsigned riscv_nb_helpers;
extern const uint8_t riscv_fp_ops[]; /* TCGFpOp by helper */

/* mmu.c, pmp.c */
bool riscv_tlb_fill(CPUState *cs, uint64_t vaddr, unsigned size, MMUAccess access, unsigned mmu_idx,
                    bool probe, TLBFill *out);
/* Every translation goes: cpu_tlb_flush() and what mmu.c remembers. */
void riscv_tlb_flush(CPURISCVState *env);
/* A page was found that the supervisor may execute in this address space only. */
void riscv_not_shared(CPURISCVState *env);
/* The supervisor's address space until then. */
uint64_t riscv_shared_aspace(const CPURISCVState *env);
/* Allowed accesses (bit MMUAccess) of size bytes at phys for privilege `priv`; *partial as TLBFill.
 */
unsigned riscv_pmp_check(CPURISCVState *env, uint64_t phys, unsigned size, unsigned priv,
                         bool *partial);
/* pmpcfg, pmpaddr or the cpu model changed. */
void riscv_pmp_update(CPURISCVState *env);
/* The CSRs, locks respected; reg is 0 or 2 for pmpcfg0/2, entry the number for pmpaddr. */
uint64_t riscv_pmpcfg_read(const CPURISCVState *env, unsigned reg);
void riscv_pmpcfg_write(CPURISCVState *env, unsigned reg, uint64_t val);
void riscv_pmpaddr_write(CPURISCVState *env, unsigned entry, uint64_t val);

/* trap.c */
void riscv_do_exception(CPUState *cs);
bool riscv_do_interrupt(CPUState *cs);
bool riscv_has_work(CPUState *cs);
void riscv_bus_fault(CPUState *cs, uint64_t vaddr, MMUAccess access);
void riscv_align_fault(CPUState *cs, uint64_t vaddr, MMUAccess access);
uint32_t riscv_tb_flags(CPUState *cs);
unsigned riscv_fetch_mmu_idx(CPUState *cs);
/* Board: drives an interrupt line of the hart (IRQ_*); leaves the TB chain when it matters. */
void riscv_set_irq(CPURISCVState *env, unsigned irq, bool level);
uint64_t riscv_mip(const CPURISCVState *env); /* effective pending bits */
/* Sstc: stimecmp, or menvcfg.STCE, or time changed: brings the STIP line up to date. */
void riscv_stimecmp_update(CPURISCVState *env);
/* The access mode of loads and stores of the current privilege, MPRV and SUM applied. */
unsigned riscv_data_mmu_idx(const CPURISCVState *env);
static inline void riscv_raise(CPURISCVState *env, unsigned cause, uint64_t tval)
{
    cpu_raise(&env->cs, cause + 1, tval);
}

/* csr.c: both false when the CSR does not exist or may not be accessed (illegal instruction) */
bool riscv_csr_read(CPURISCVState *env, unsigned csr, uint64_t *val);
bool riscv_csr_write(CPURISCVState *env, unsigned csr, uint64_t val);

#endif
