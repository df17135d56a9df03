/* Memory operation flags of guest loads and stores, and their packing with the MMU index. */
#ifndef TCG_MEMOP_H
#define TCG_MEMOP_H

#include <stdint.h>

typedef enum MemOp {
    MO_8 = 0,
    MO_16 = 1,
    MO_32 = 2,
    MO_64 = 3,
    MO_SIZE = 3,
    MO_SIGN = 4,   /* loads: sign-extend to the type of the op */
    MO_BE = 8,     /* guest byte order of this access is big-endian */
    MO_ALIGN = 16, /* a misaligned address faults; without it any alignment is served */
    MO_RMW =
        32, /* loads: a store to the same address follows, so permission and faults are a store's */
    MO_UB = MO_8,
    MO_UW = MO_16,
    MO_UL = MO_32,
    MO_UQ = MO_64,
    MO_SB = MO_8 | MO_SIGN,
    MO_SW = MO_16 | MO_SIGN,
    MO_SL = MO_32 | MO_SIGN,
    MO_MASK = 63,
} MemOp;

/* MemOp in bits 0..7, MMU index above. */
typedef uint32_t MemOpIdx;

static inline MemOpIdx make_memop_idx(MemOp op, unsigned mmu_idx)
{
    return (uint32_t)op | mmu_idx << 8;
}
static inline MemOp get_memop(MemOpIdx oi)
{
    return (MemOp)(oi & MO_MASK);
}
static inline unsigned get_mmuidx(MemOpIdx oi)
{
    return oi >> 8;
}
static inline unsigned memop_size(MemOp op)
{
    return 1u << (op & MO_SIZE);
}

#endif
