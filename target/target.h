/* What a guest ISA provides to the runtime. One folder a guest under target/ (and one in tests/).
 */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include "runtime/cpu.h"
#include "tcg/tcg.h"

/* One TB to translate. */
typedef struct TBRequest {
    /* in */
    uint32_t flags;       /* everything translation may depend on besides the bytes */
    uint32_t page_offset; /* of the first insn */
    const uint8_t *code;  /* its bytes */
    uint32_t avail;       /* bytes readable: to the end of the page, or of a straddling insn */
    uint32_t max_insns;   /* at least 1 */
    /* out */
    uint32_t size;    /* bytes of the guest insns translated */
    uint32_t n_insns; /* number of insn_start ops */
} TBRequest;

/* Result of a page walk. */
typedef struct TLBFill {
    uint64_t phys; /* of the byte asked for */
    uint8_t prot;  /* bit MMUAccess set: allowed (without W while a dirty bit is still to be set) */
    bool partial;  /* permission may differ within the page: never cached */
    bool global;   /* the same in all address spaces */
} TLBFill;

struct TargetOps {
    const char *name;
    size_t env_size;     /* at most CPU_TEMPS_OFFSET; CPUState is its first member */
    unsigned insn_align; /* bytes: alignment of pcs */
    unsigned max_insn;   /* longest insn in bytes */

    const TCGHelperInfo *helpers;
    unsigned nb_helpers;

    /* Registers the globals of a new TCG context. */
    void (*tcg_init)(TCGContext *s);
    /*
     * Emits IR for one TB starting at req->code: insn_start, ops, ..., and exits on every path.
     * Stops before an insn that does not fit in `avail` (other than the first, of which the runtime
     * has supplied all bytes). On s->overflow the runtime calls again with a smaller max_insns.
     */
    void (*translate)(TCGContext *s, TBRequest *req);
    /* Bytes of the insn that starts with these (2 or more, little endian as in memory). */
    unsigned (*insn_length)(const uint8_t *code);
    /* Text of one insn for -d in_asm; returns its length. */
    unsigned (*disas)(const uint8_t *code, unsigned avail, uint64_t pc, GString *out);

    void (*reset)(CPUState *cs);
    /* Current TB flags; also calls cpu_set_aspace() when that changed. */
    uint32_t (*tb_flags)(CPUState *cs);
    unsigned (*fetch_mmu_idx)(CPUState *cs);
    /*
     * Translates a virtual address. False: env->trap/trap_value set (unless probe). *out valid on
     * success.
     */
    bool (*tlb_fill)(CPUState *cs, uint64_t vaddr, unsigned size, MMUAccess access,
                     unsigned mmu_idx, bool probe, TLBFill *out);
    /* Sets env->trap for an access that the bus refused (nothing there, device says no). */
    void (*bus_fault)(CPUState *cs, uint64_t vaddr, MMUAccess access);
    /* Sets env->trap for a misaligned access with MO_ALIGN. */
    void (*align_fault)(CPUState *cs, uint64_t vaddr, MMUAccess access);
    /* Delivers env->trap (clears it); pc is that of the faulting insn and becomes the handler's. */
    void (*do_exception)(CPUState *cs);
    /* Takes a pending, enabled interrupt if there is one; true if taken. */
    bool (*do_interrupt)(CPUState *cs);
    /* A pending interrupt ends WFI (enabled locally, whatever the global enable says). */
    bool (*has_work)(CPUState *cs);

    void (*dump_state)(CPUState *cs, GString *out);
    /* Guest state that must be equal in equal runs, as bytes for hashing. */
    void (*serialize)(CPUState *cs, GByteArray *out);
    const char *(*trap_name)(uint32_t trap);
};

#endif
