/*
 * What translated code knows of a hart: the head of `env`, the soft TLB and the jump cache.
 *
 * This is the ABI between the code generators (TCI and Wasm) and the runtime. One block of memory a
 * hart, reached from `env` alone:
 *
 *   0                 CPUState (below), then the guest's own state (target struct)
 *   CPU_TEMPS_OFFSET  locals of the TB being interpreted, 8 bytes each
 *   CPU_TAIL_OFFSET   CPUTail: soft TLB, jump cache
 *
 * so that 16 bits name any guest register or local as an offset from env.
 */
#ifndef TCG_ENV_H
#define TCG_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcg/memop.h"

enum {
    TARGET_PAGE_BITS = 12,
    TARGET_PAGE_SIZE = 1 << TARGET_PAGE_BITS,
    CPU_TEMPS_OFFSET = 8192, /* also the size limit of a guest's state */
    CPU_MAX_LOCALS = 1024,
    CPU_TAIL_OFFSET = CPU_TEMPS_OFFSET + 8 * CPU_MAX_LOCALS,
    CPU_MMU_MODES = 4,
    CPU_TLB_BITS = 10,
    CPU_TLB_SIZE = 1 << CPU_TLB_BITS,
    CPU_JC_BITS = 14,
    CPU_JC_SIZE = 1 << CPU_JC_BITS,
};
#define TARGET_PAGE_MASK (~(uint64_t)(TARGET_PAGE_SIZE - 1))

typedef enum MMUAccess { MMU_LOAD, MMU_STORE, MMU_FETCH } MMUAccess;

/*
 * A comparator holds the page's virtual address; low bits set make the inline compare fail and name
 * the reason for the slow path. An access of n bytes at a hits if ((a + n - 1) & PAGE_MASK) equals
 * the comparator of entry (a >> 12) & (CPU_TLB_SIZE - 1); its host address is a + addend.
 */
enum {
    TLB_MMIO = 1,    /* not RAM: goes to the bus */
    TLB_CODE = 2,    /* store to a page that holds translated code */
    TLB_INVALID = 8, /* nothing here */
};

typedef struct TLBEntry {
    uint64_t cmp[3]; /* by MMUAccess */
    uint64_t addend; /* host pointer - virtual address, 64 bits wide on every host */
} TLBEntry;

/*
 * A jump-cache entry says: with this key (generation of the address space << 32 | TB flags),
 * virtual pc `pc` is served by table slot `slot`.
 */
typedef struct JumpCacheEntry {
    uint64_t pc;
    uint64_t key;
    uint32_t slot;
    uint32_t table_slot; /* jit=batch: what holds its function, or the stub */
    uint64_t pad;
} JumpCacheEntry;

typedef struct TargetOps TargetOps;

/* Head of every guest's env. */
typedef struct CPUState {
    /*
     * Instructions left. A TB subtracts its own number on entry and leaves when the result, or
     * exit_request, is negative. `exit_request` is written by whoever has something for the
     * dispatcher (INT32_MIN): other threads, signal handlers, the vCPU itself; and cleared by the
     * dispatcher only.
     */
    int32_t budget;
    int32_t exit_request;
    uint32_t trap;       /* nonzero: a synchronous exception is pending; written by the vCPU only */
    uint32_t tb_flags;   /* flags of the TB that runs or runs next */
    uint64_t pc;         /* virtual pc; up to date outside of TBs only */
    uint64_t pc_page;    /* virtual page base of the TB that runs */
    uint64_t jc_key;     /* key to compare in the jump cache: generation << 32 | tb_flags */
    uint32_t mem_code;   /* TCI: bytecode offset of the op that went to C: finds the current insn */
    uint32_t exit_slot;  /* slot whose miss stub ran or whose budget ran out */
    uint32_t exit_root;  /* compiled code: a region left by a cold exit: key of its entry */
    uint32_t exit_insn;  /* compiled code, with trap: number of the insn in the TB of exit_slot */
    uint64_t trap_value; /* with trap: what the guest finds as faulting address or insn bits */
    uint64_t zero;       /* always 0: a cell that ops can name */
    uint64_t pauses;     /* spin-wait hints executed */
    uint64_t jc_misses;  /* statistics */
    uint64_t jc_hits;    /* of compiled code, if it counts them */

    /* not touched by translated code */
    uint64_t insns_done; /* instructions executed and accounted before the budget was last filled */
    int32_t budget_given; /* budget at the last refill: insns = insns_done + given - budget */
    bool halted;          /* waiting for an interrupt */
    bool tb_flags_dirty;  /* the dispatcher must ask the target for the flags again */
    const TargetOps *ops;
    void *runtime; /* struct Hart of the runtime */
} CPUState;

typedef struct CPUTail {
    TLBEntry tlb[CPU_MMU_MODES][CPU_TLB_SIZE];
    JumpCacheEntry jc[CPU_JC_SIZE];
} CPUTail;

_Static_assert(sizeof(TLBEntry) == 32, "emitted code scales the TLB index by 32");
_Static_assert(sizeof(JumpCacheEntry) == 32, "emitted code scales the jump-cache index by 32");
_Static_assert(offsetof(CPUState, budget) == 0 && offsetof(CPUState, exit_request) == 4,
               "both halves of the budget word");

static inline CPUTail *cpu_tail(CPUState *cs)
{
    return (CPUTail *)((char *)cs + CPU_TAIL_OFFSET);
}

/* All pcs of one page fall into different entries, pages are spread by their low bits. */
static inline unsigned jc_hash(uint64_t pc)
{
    return (unsigned)((pc >> 1) ^ (pc >> (TARGET_PAGE_BITS + 1))) & (CPU_JC_SIZE - 1);
}

/* ---- what the runtime provides to translated code (runtime/softmmu.c, runtime/tb-cache.c) ---- */

/*
 * Guest access that the inline path did not serve: TLB miss, device, page crossing, code page.
 * Value is extended as the MemOp says. On a fault env->trap is set and the result means nothing.
 */
uint64_t cpu_ld_mmu(CPUState *cs, uint64_t addr, MemOpIdx oi);
void cpu_st_mmu(CPUState *cs, uint64_t addr, uint64_t val, MemOpIdx oi);

/* Jump-cache miss: the slot for a virtual pc under the current flags, 0 to return to the
 * dispatcher. */
uint32_t cpu_lookup_slot(CPUState *cs, uint64_t pc);

#endif
