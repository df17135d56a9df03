/*
 * The bytecode interpreter: one switch in one loop.
 *
 * The only state in C locals is env and the program counter; everything else is in env, so that
 * leaving costs nothing and slow paths may be called from anywhere. TBs chain inside the loop:
 * ENTER charges the budget, which also catches slots without a TB and exit requests with one
 * compare.
 */
#include "tcg/tci/tci.h"

#pragma GCC diagnostic ignored "-Wsign-compare"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define R64(off) (*(uint64_t *)(env + (off)))
#define R32(off) (*(uint32_t *)(env + (off)))
#define IMM(i)   ((int16_t)(i)->c)
#define I32(i)   ((int32_t)((uint32_t)(i)->b | (uint32_t)(i)->c << 16))

#define UNALIGNED(ctype) \
    struct {             \
        ctype v;         \
    } __attribute__((packed, may_alias)) *

static inline uint64_t muluh64(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 64);
}
static inline uint64_t mulsh64(uint64_t a, uint64_t b)
{
    return (uint64_t)((__int128)(int64_t)a * (int64_t)b >> 64);
}

static uint64_t field(uint64_t v, unsigned poslen)
{
    unsigned pos = poslen & 0xff, len = poslen >> 8;
    return v << (64 - pos - len) >> (64 - len);
}

static uint64_t sfield(uint64_t v, unsigned poslen)
{
    unsigned pos = poslen & 0xff, len = poslen >> 8;
    return (uint64_t)((int64_t)(v << (64 - pos - len)) >> (64 - len));
}

static uint64_t deposit(uint64_t d, uint64_t v, unsigned pos, unsigned len)
{
    uint64_t mask = (len == 64 ? ~(uint64_t)0 : ((uint64_t)1 << len) - 1) << pos;
    return (d & ~mask) | (v << pos & mask);
}

static uint64_t bswap_ext(uint64_t v, unsigned bits, unsigned flags)
{
    uint64_t r = bits == 16 ? __builtin_bswap16((uint16_t)v) : __builtin_bswap32((uint32_t)v);
    if (flags & TCG_BSWAP_OS) {
        r = (uint64_t)((int64_t)(r << (64 - bits)) >> (64 - bits));
    }
    return r;
}

static bool compare(unsigned cond, uint64_t a, uint64_t b, bool is64)
{
    return tcg_eval_cond(is64 ? TCG_TYPE_I64 : TCG_TYPE_I32, (TCGCond)cond, a, b);
}

/* The guest memory at addr if the soft TLB has it; NULL: the slow path decides. */
static inline void *tlb_lookup(CPUTail *tail, uint64_t addr, MemOpIdx oi, MMUAccess access)
{
    const uint64_t low = memop_size(get_memop(oi)) - 1;
    const TLBEntry *e = &tail->tlb[get_mmuidx(oi)][(addr >> TARGET_PAGE_BITS) & (CPU_TLB_SIZE - 1)];

    if (((addr + low) & TARGET_PAGE_MASK) != e->cmp[access] ||
        (get_memop(oi) & MO_ALIGN && addr & low)) {
        return NULL;
    }
    return (void *)(uintptr_t)(addr + e->addend);
}

/* Accesses of atomic operations: aligned words and doublewords in the host's byte order. */
static inline uint64_t load_aligned(const void *p, MemOp mop)
{
    return (mop & MO_SIZE) == MO_64 ? *(const uint64_t *)p
                                    : (uint64_t)(int64_t) * (const int32_t *)p;
}

static inline void store_aligned(void *p, uint64_t v, MemOp mop)
{
    if ((mop & MO_SIZE) == MO_64) {
        *(uint64_t *)p = v;
    } else {
        *(uint32_t *)p = (uint32_t)v;
    }
}

/* Enter the TB of a slot; leaves when the budget does not cover it. */
#define ENTER(slot_nr)                                                      \
    do {                                                                    \
        uint32_t slot_ = (slot_nr);                                         \
        const TCISlot *sl_ = &slots[slot_];                                 \
        int32_t left_ = cs->budget - sl_->cost;                             \
        if (unlikely((left_ | cs->exit_request) < 0)) {                     \
            cs->exit_slot = slot_;                                          \
            return sl_->cost == TCI_MISS ? TCI_EXIT_MISS : TCI_EXIT_BUDGET; \
        }                                                                   \
        cs->budget = left_;                                                 \
        i = (const TCIInsn *)(code + sl_->code);                            \
    } while (0)

#define NEXT(n)   \
    {             \
        i += (n); \
        continue; \
    }
/* Before going to C that may raise or look at the clock: which insn this is. */
#define MARK() (cs->mem_code = (uint32_t)((const uint64_t *)i - code))

/* Runs from a word of the arena. */
static TCIExit run_from(CPUState *cs, const TCIInsn *i)
{
    char *env = (char *)cs;
    CPUTail *tail = cpu_tail(cs);
    const uint64_t *code = tci_code;
    const TCISlot *slots = tci_slots;
    uint64_t addr, pc;
    MemOpIdx oi;

    for (;;) {
        switch ((TCIOpcode)i->op) {
/* clang-format off */
/* d = expr for one width; TYPED redefines U, S, W and the host's bit operations for ops.def. */
#define RESULT(sfx, x, y, expr)                                                                    \
    {                                                                                              \
        U a = (x), b = (y);                                                                        \
        (void)b;                                                                                   \
        CELL(i->a) = (U)(expr);                                                                    \
        NEXT(1)                                                                                    \
    }
#define SIMM ((U)(S)IMM(i))
#define CASE_BIN(sfx, n, e) case TCI_##n##_##sfx: RESULT(sfx, CELL(i->b), CELL(i->c), e)
#define CASE_IMM(sfx, n, e) case TCI_##n##i_##sfx: RESULT(sfx, CELL(i->b), SIMM, e)
#define CASE_UN(sfx, n, e)  case TCI_##n##_##sfx: RESULT(sfx, CELL(i->b), 0, e)
#define CASE_CMP(sfx, n, e)                                                                        \
    case TCI_set##n##_##sfx: RESULT(sfx, CELL(i->b), CELL(i->c), e)                                \
    case TCI_set##n##i_##sfx: RESULT(sfx, CELL(i->b), SIMM, e)                                     \
    case TCI_b##n##_##sfx: {                                                                       \
        U a = CELL(i->a), b = CELL(i->b);                                                          \
        i += (e) ? IMM(i) : 1;                                                                     \
        continue;                                                                                  \
    }                                                                                              \
    case TCI_x##n##_##sfx: {                                                                       \
        U a = CELL(i->a), b = CELL(i->b);                                                          \
        ENTER(((const uint32_t *)(i + 1))[(e) ? 0 : 1]);                                           \
        continue;                                                                                  \
    }

#define U           uint64_t
#define S           int64_t
#define W           64
#define CELL        R64
#define CLZ         __builtin_clzll
#define CTZ         __builtin_ctzll
#define CTPOP       __builtin_popcountll
#define MULUH       muluh64
#define MULSH       mulsh64
#define TCI_BIN(n, e) CASE_BIN(i64, n, e)
#define TCI_IMM(n, e) CASE_IMM(i64, n, e)
#define TCI_UN(n, e)  CASE_UN(i64, n, e)
#define TCI_CMP(n, e) CASE_CMP(i64, n, e)
#include "tcg/tci/ops.def"
#undef U
#undef S
#undef W
#undef CELL
#undef CLZ
#undef CTZ
#undef CTPOP
#undef MULUH
#undef MULSH

#define U           uint32_t
#define S           int32_t
#define W           32
#define CELL        R32
#define CLZ         __builtin_clz
#define CTZ         __builtin_ctz
#define CTPOP       __builtin_popcount
#define MULUH(a, b) ((uint64_t)(a) * (b) >> 32)
#define MULSH(a, b) ((uint64_t)((int64_t)(int32_t)(a) * (int32_t)(b)) >> 32)
#define RESULT_W(x, y, expr)                                                                       \
    {                                                                                              \
        uint32_t a = (x), b = (y);                                                                 \
        R64(i->a) = (uint64_t)(int64_t)(int32_t)(expr);                                            \
        NEXT(1)                                                                                    \
    }
#define TCI_EXT(n, e)                                                                              \
    case TCI_##n##w: RESULT_W(R32(i->b), R32(i->c), e)                                             \
    case TCI_##n##wi: RESULT_W(R32(i->b), SIMM, e)
#define TCI_BIN(n, e) CASE_BIN(i32, n, e)
#define TCI_IMM(n, e) CASE_IMM(i32, n, e)
#define TCI_UN(n, e)  CASE_UN(i32, n, e)
#define TCI_CMP(n, e) CASE_CMP(i32, n, e)
#include "tcg/tci/ops.def"
/* clang-format on */
/* ---- guest and host memory ---- */
#define LD_MODE(n, ctype, rtype, mop, mmu)                                                    \
    case TCI_qld_##n##_##mmu: {                                                               \
        addr = R64(i->b) + (uint64_t)(int64_t)IMM(i);                                         \
        const TLBEntry *e = &tail->tlb[mmu][(addr >> TARGET_PAGE_BITS) & (CPU_TLB_SIZE - 1)]; \
        if (likely(((addr + sizeof(ctype) - 1) & TARGET_PAGE_MASK) == e->cmp[MMU_LOAD])) {    \
            UNALIGNED(ctype) p = (void *)(uintptr_t)(addr + e->addend);                       \
            R64(i->a) = (uint64_t)(rtype)p->v;                                                \
            NEXT(1)                                                                           \
        }                                                                                     \
        oi = (mop) | (mmu) << 8;                                                              \
        goto slow_load;                                                                       \
    }
#define TCI_LD(n, c, r, m) \
    LD_MODE(n, c, r, m, 0) LD_MODE(n, c, r, m, 1) LD_MODE(n, c, r, m, 2) LD_MODE(n, c, r, m, 3)
#define ST_MODE(n, ctype, mop, mmu)                                                           \
    case TCI_qst_##n##_##mmu: {                                                               \
        addr = R64(i->b) + (uint64_t)(int64_t)IMM(i);                                         \
        const TLBEntry *e = &tail->tlb[mmu][(addr >> TARGET_PAGE_BITS) & (CPU_TLB_SIZE - 1)]; \
        if (likely(((addr + sizeof(ctype) - 1) & TARGET_PAGE_MASK) == e->cmp[MMU_STORE])) {   \
            UNALIGNED(ctype) p = (void *)(uintptr_t)(addr + e->addend);                       \
            p->v = (ctype)(sizeof(ctype) == 8 ? R64(i->a) : R32(i->a));                       \
            NEXT(1)                                                                           \
        }                                                                                     \
        oi = (mop) | (mmu) << 8;                                                              \
        goto slow_store;                                                                      \
    }
#define TCI_ST(n, c, m) \
    ST_MODE(n, c, m, 0) ST_MODE(n, c, m, 1) ST_MODE(n, c, m, 2) ST_MODE(n, c, m, 3)
#define TCI_HLD(n, ctype, rtype)                                                         \
    case TCI_##n##_env: {                                                                \
        UNALIGNED(ctype) p = (void *)(env + i->b);                                       \
        R64(i->a) = (uint64_t)(rtype)p->v;                                               \
        NEXT(1)                                                                          \
    }                                                                                    \
    case TCI_##n##_ptr: {                                                                \
        UNALIGNED(ctype) p = (void *)(uintptr_t)(R64(i->b) + (uint64_t)(int64_t)IMM(i)); \
        R64(i->a) = (uint64_t)(rtype)p->v;                                               \
        NEXT(1)                                                                          \
    }
#define TCI_HST(n, ctype)                                                                \
    case TCI_##n##_env: {                                                                \
        UNALIGNED(ctype) p = (void *)(env + i->b);                                       \
        p->v = (ctype)(sizeof(ctype) == 8 ? R64(i->a) : R32(i->a));                      \
        NEXT(1)                                                                          \
    }                                                                                    \
    case TCI_##n##_ptr: {                                                                \
        UNALIGNED(ctype) p = (void *)(uintptr_t)(R64(i->b) + (uint64_t)(int64_t)IMM(i)); \
        p->v = (ctype)(sizeof(ctype) == 8 ? R64(i->a) : R32(i->a));                      \
        NEXT(1)                                                                          \
    }
#include "tcg/tci/ops.def"

        case TCI_movi: R64(i->a) = (uint64_t)(int64_t)I32(i); NEXT(1)
        case TCI_movi64: R64(i->a) = *(const uint64_t *)(i + 1); NEXT(2)
        case TCI_ext32s: R64(i->a) = (uint64_t)(int64_t)(int32_t)R32(i->b); NEXT(1)
        case TCI_ext32u: R64(i->a) = R32(i->b); NEXT(1)
        case TCI_ext16s: R64(i->a) = (uint64_t)(int64_t)(int16_t)R64(i->b); NEXT(1)
        case TCI_ext16u: R64(i->a) = (uint16_t)R64(i->b); NEXT(1)
        case TCI_ext8s: R64(i->a) = (uint64_t)(int64_t)(int8_t)R64(i->b); NEXT(1)
        case TCI_extract_i64: R64(i->a) = field(R64(i->b), i->c); NEXT(1)
        case TCI_extract_i32: R32(i->a) = (uint32_t)field(R32(i->b), i->c); NEXT(1)
        case TCI_sextract_i64: R64(i->a) = sfield(R64(i->b), i->c); NEXT(1)
        case TCI_sextract_i32: R32(i->a) = (uint32_t)sfield(R32(i->b), i->c); NEXT(1)
        case TCI_deposit_i64: R64(i->a) = deposit(R64(i->b), R64(i->c), i[1].op, i[1].a); NEXT(2)
        case TCI_deposit_i32:
            R32(i->a) = (uint32_t)deposit(R32(i->b), R32(i->c), i[1].op, i[1].a);
            NEXT(2)
        case TCI_movcond_i64: {
            bool t = compare(i[1].b, R64(i->b), R64(i->c), true);
            R64(i->a) = R64(t ? i[1].op : i[1].a);
            NEXT(2)
        }
        case TCI_movcond_i32: {
            bool t = compare(i[1].b, R32(i->b), R32(i->c), false);
            R32(i->a) = R32(t ? i[1].op : i[1].a);
            NEXT(2)
        }
        case TCI_mulu2_i64: {
            uint64_t a = R64(i->b), b = R64(i->c);
            R64(i->a) = a * b;
            R64(i[1].op) = muluh64(a, b);
            NEXT(2)
        }
        case TCI_mulu2_i32: {
            uint64_t p = (uint64_t)R32(i->b) * R32(i->c);
            R32(i->a) = (uint32_t)p;
            R32(i[1].op) = (uint32_t)(p >> 32);
            NEXT(2)
        }
        case TCI_muls2_i64: {
            uint64_t a = R64(i->b), b = R64(i->c);
            R64(i->a) = a * b;
            R64(i[1].op) = mulsh64(a, b);
            NEXT(2)
        }
        case TCI_muls2_i32: {
            int64_t p = (int64_t)(int32_t)R32(i->b) * (int32_t)R32(i->c);
            R32(i->a) = (uint32_t)p;
            R32(i[1].op) = (uint32_t)((uint64_t)p >> 32);
            NEXT(2)
        }
        case TCI_bswap16: R64(i->a) = bswap_ext(R64(i->b), 16, i->c); NEXT(1)
        case TCI_bswap32: R64(i->a) = bswap_ext(R64(i->b), 32, i->c); NEXT(1)
        case TCI_bswap64: R64(i->a) = __builtin_bswap64(R64(i->b)); NEXT(1)
        case TCI_extrh: R32(i->a) = (uint32_t)(R64(i->b) >> 32); NEXT(1)

        case TCI_qld_any: {
            MARK();
            uint64_t v = cpu_ld_mmu(cs, R64(i->b), (MemOpIdx)(i[1].op | (uint32_t)i[1].a << 16));
            if (unlikely(cs->trap)) {
                return TCI_EXIT_TRAP;
            }
            if (i[1].b) {
                R32(i->a) = (uint32_t)v;
            } else {
                R64(i->a) = v;
            }
            NEXT(2)
        }
        case TCI_qld_rmw: {
            oi = (MemOpIdx)i->c;
            addr = R64(i->b);
            const void *p = tlb_lookup(tail, addr, oi, MMU_STORE);
            if (unlikely(!p)) {
                goto slow_load;
            }
            R64(i->a) = load_aligned(p, get_memop(oi));
            NEXT(1)
        }
        case TCI_qst_al: {
            oi = (MemOpIdx)i->c;
            addr = R64(i->b);
            void *p = tlb_lookup(tail, addr, oi, MMU_STORE);
            if (unlikely(!p)) {
                goto slow_store;
            }
            store_aligned(p, R64(i->a), get_memop(oi));
            NEXT(1)
        }
        case TCI_qst_any:
            MARK();
            cpu_st_mmu(cs, R64(i->b), i[1].b ? R32(i->a) : R64(i->a),
                       (MemOpIdx)(i[1].op | (uint32_t)i[1].a << 16));
            if (unlikely(cs->trap)) {
                return TCI_EXIT_TRAP;
            }
            NEXT(2)

        slow_load : {
            MARK();
            uint64_t v = cpu_ld_mmu(cs, addr, oi);
            if (unlikely(cs->trap)) {
                return TCI_EXIT_TRAP;
            }
            R64(i->a) = v;
            NEXT(1)
        }
        slow_store:
            MARK();
            cpu_st_mmu(cs, addr, R64(i->a), oi);
            if (unlikely(cs->trap)) {
                return TCI_EXIT_TRAP;
            }
            NEXT(1)

        case TCI_count: {
            /* the one place where bytecode is written: a counter costs no memory of its own */
            TCIInsn *counter = (TCIInsn *)i;
            if (unlikely(--counter->c == 0)) {
                cs->exit_slot = (uint32_t)i->a | (uint32_t)i->b << 16;
                cs->budget += slots[cs->exit_slot].cost;
                return TCI_EXIT_HOT;
            }
            NEXT(1)
        }

        case TCI_br: i += IMM(i); continue;
        case TCI_goto_tb: ENTER((uint32_t)I32(i)); continue;
        case TCI_goto_far: pc = cs->pc_page + (uint64_t)(int64_t)I32(i); goto jump;
        case TCI_goto_ptr:
            pc = R64(i->a);
            goto jump;
        jump : {
            const JumpCacheEntry *e = &tail->jc[jc_hash(pc)];
            uint32_t slot = e->slot;
            if (unlikely(e->pc != pc || e->key != cs->jc_key)) {
                slot = cpu_lookup_slot(cs, pc);
                if (unlikely(!slot)) {
                    cs->pc = pc;
                    return TCI_EXIT_LOOKUP;
                }
            }
            cs->pc_page = pc & TARGET_PAGE_MASK;
            ENTER(slot);
            continue;
        }
        case TCI_exit_tb: cs->pc = R64(i->a); return TCI_EXIT_PC;
        case TCI_exit_trap:
            MARK();
            return TCI_EXIT_TRAP;

/* A call that raises leaves its result unwritten: liveness may have put a guest register there. */
#define FN(type) ((type)(uintptr_t) * (const uint64_t *)(i + 1))
#define ARG      ((const uint16_t *)(i + 2))
#define A64(n)   R64(ARG[n])
#define A32(n)   R32(ARG[n])
#define CALLED(store_result)          \
    if (unlikely(i->b && cs->trap)) { \
        return TCI_EXIT_TRAP;         \
    }                                 \
    store_result;                     \
    NEXT(2 + (i->c + 3) / 4)
#define TCI_CALLV(sig, params, args) \
    case TCI_call_##sig:             \
        MARK();                      \
        FN(void(*) params) args;     \
        CALLED(;)
#define TCI_CALLL(sig, params, args)              \
    case TCI_call_##sig: {                        \
        MARK();                                   \
        uint64_t v = FN(uint64_t(*) params) args; \
        CALLED(R64(i->a) = v)                     \
    }
#include "tcg/tci/ops.def"
        case TCI_call_ffi: {
            bool is32;
            MARK();
            uint64_t v = tci_call_ffi(FN(TCICall *), env, ARG, &is32);
            CALLED(if (is32) R32(i->a) = (uint32_t)v; else R64(i->a) = v)
        }

        case TCI_invalid:
        case TCI_OPCODES:
        default:
            g_error("tci: word %u of the code arena is no code",
                    (unsigned)((const uint64_t *)i - code));
        }
    }
}

TCIExit tci_run(CPUState *cs, uint32_t slot)
{
    const TCISlot *slots = tci_slots;
    const uint64_t *code = tci_code;
    const TCIInsn *i;

    ENTER(slot);
    return run_from(cs, i);
}

TCIExit tci_resume(CPUState *cs, uint32_t word)
{
    return run_from(cs, (const TCIInsn *)(tci_code + word));
}
