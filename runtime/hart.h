/* Inside the runtime: one hart's execution state, and the TB cache. */
#ifndef RUNTIME_HART_H
#define RUNTIME_HART_H

#include "runtime/jit.h"
#include "runtime/profile.h"
#include "runtime/vm.h"
#include "tcg/tci/tci.h"

enum { TB_EXITS = 2, TBC_BUF = 16 };

/* A translated block. Retired, it lives until the cache is compacted or flushed: code of it may be
 * running. */
typedef struct TB {
    uint64_t phys;  /* of the first byte */
    uint64_t phys2; /* physical page of the second part of a straddling insn, else NO_PAGE */
    uint32_t slot;
    uint32_t code; /* first word in the arena */
    uint32_t nb_words;
    uint32_t starts; /* first of n_insns entries in TBCache.starts */
    uint16_t size;   /* guest bytes */
    uint16_t n_insns;
    bool retired;
    uint8_t nb_exits;
    uint32_t exits[TB_EXITS]; /* slots of the TBs on its page that it goes to */
    uint8_t link;             /* global that it leaves its end's pc in: it ends with a call; or 0 */
    uint8_t ptr; /* global that it jumps to: it ends with a return, or the like; or 0 */
    uint8_t nb_far;
    int32_t far[TB_EXITS];   /* and what it goes to on other pages, from its page base */
    struct TB *page_next[2]; /* lists of TBs on phys' page and on phys2's */
} TB;

#define NO_PAGE (~(uint64_t)0)

/*
 * In a key's flags, beside the target's: fetching may be allowed for a part of the page only, so
 * the TB is one insn, checked each time by the dispatcher, and links to nothing.
 */
#define KEY_ONE_INSN (1u << 31)

/* What a slot stands for: everything translation depended on. */
typedef struct TBKey {
    uint64_t phys, phys2;
    uint32_t flags;
    uint32_t hash_next; /* slot number, 0 ends the chain */
    bool indirect;      /* was looked up for a jump: something computes it */
    bool site;          /* a call returns there */
    TB *tb;             /* NULL: not translated, or retired */
    TB *made;           /* the latest TB of this key, retired or not, until a compaction */
} TBKey;

typedef struct TBCache TBCache;

TBCache *tbc_new(const TargetOps *ops, VM *vm);
void tbc_free(TBCache *tbc);
/* Forgets everything; slots get new numbers. Only while no translated code runs. */
void tbc_flush(TBCache *tbc);
/* No room for one more TB: the caller must flush. */
bool tbc_full(const TBCache *tbc);
/* Most of the bytecode is of retired TBs: the caller should compact. */
bool tbc_wants_compaction(const TBCache *tbc);
/* Forgets retired TBs and moves the others together; slots stay. Only while no translated code
 * runs, and none that is made of a retired TB can be entered any more. */
void tbc_compact(TBCache *tbc);
/* The slot of a key, given out on first use. */
uint32_t tbc_slot(TBCache *tbc, uint64_t phys, uint64_t phys2, uint32_t flags);
/* The same if it was given out already, else 0. */
uint32_t tbc_known_slot(const TBCache *tbc, uint64_t phys, uint64_t phys2, uint32_t flags);
const TBKey *tbc_key(const TBCache *tbc, uint32_t slot);
/*
 * Translates the slot's key. `pc` is for logs only. False: no code memory there (not RAM), or a
 * first insn that straddles the page under a key without second page.
 */
bool tbc_translate(TBCache *tbc, uint32_t slot, uint64_t pc);
/* The TB whose bytecode contains an arena word. */
TB *tbc_find(const TBCache *tbc, uint32_t code_word);
/* Number in the TB of the insn whose bytecode contains that word; and the page offset of an insn.
 */
unsigned tbc_insn_at(const TBCache *tbc, const TB *tb, uint32_t code_word);
/* Where the bytecode of an insn begins. */
uint32_t tbc_insn_word(const TBCache *tbc, const TB *tb, unsigned index);
uint32_t tbc_insn_offset(const TBCache *tbc, const TB *tb, unsigned index);
/* Bytes of RAM are about to change: retires TBs that were made from them. */
void tbc_write(TBCache *tbc, uint64_t phys, uint64_t len);
bool tbc_page_has_code(const TBCache *tbc, uint64_t phys);
/* Calls back when a page gets its first TB: stores to it must be caught from now on. */
void tbc_set_protect(TBCache *tbc, void (*fn)(void *opaque, uint64_t phys_page), void *opaque);
/* TBs translated from now on leave with TCI_EXIT_HOT every `runs` runs; 0: never. */
void tbc_set_count(TBCache *tbc, uint16_t runs);
/* Called for each TB that is retired, possibly while it runs. */
void tbc_set_retired(TBCache *tbc, void (*fn)(void *opaque, uint32_t slot), void *opaque);
/*
 * What to translate for the live TB of a slot, whose code is in RAM or, if an insn straddles pages,
 * in buf. False: there is none.
 */
bool tbc_request(const TBCache *tbc, uint32_t slot, TBRequest *req, uint8_t buf[TBC_BUF]);
/* A jump to this slot was looked up. */
void tbc_note_indirect(TBCache *tbc, uint32_t slot);
/* Does the TB end with a return: a jump, and no call, to a register that calls leave their end in?
 */
bool tbc_is_return(const TBCache *tbc, const TB *tb);
/* Live TBs on the page of a slot, with its flags, that computed jumps but returns have led to. */
unsigned tbc_indirect(const TBCache *tbc, uint32_t slot, uint32_t *slots, unsigned most);
/* The interpreter is to miss at this slot: it is compiled. And back, hot after so many runs. */
void tbc_leave_interpreter(TBCache *tbc, uint32_t slot);
void tbc_interpret(TBCache *tbc, uint32_t slot, uint16_t runs);
/* About how often the live TB of a slot has been interpreted, up to the threshold. */
unsigned tbc_runs(const TBCache *tbc, uint32_t slot);
const TCGContext *tbc_context(const TBCache *tbc);
uint32_t tbc_slots_used(const TBCache *tbc);
uint32_t tbc_words_used(const TBCache *tbc);
uint32_t tbc_live(const TBCache *tbc);

/* ---- a hart -----------------------------------------------------------------------------------
 */

enum { ASPACES = 32, TLB_LOG = 128 };

struct Hart {
    CPUState *cs;
    VM *vm;
    TBCache *tbc;
    Jit *jit;      /* NULL: everything is interpreted */
    uint32_t *fns; /* with jit: function of a slot, as its index in the function table; 0 none */
    Profile profile;

    /* soft TLB, what the inline compare does not need */
    uint64_t tlb_phys[CPU_MMU_MODES][CPU_TLB_SIZE];        /* physical page */
    uint64_t tlb_global[CPU_MMU_MODES][CPU_TLB_SIZE / 64]; /* sets of entries */
    /* entries filled since the last flush, so that a flush touches only those */
    uint16_t tlb_log[CPU_MMU_MODES][TLB_LOG];
    uint32_t tlb_logged[CPU_MMU_MODES]; /* above TLB_LOG: all of them */

    /* address spaces and their jump-cache generations */
    struct {
        uint64_t id;
        uint32_t gen;
    } aspace[ASPACES];
    unsigned aspace_next;
    uint64_t aspace_id;
    uint32_t gen, gen_counter;
    uint64_t jc_pages[64]; /* filter: pages (hashed to 4096) that entered the jump cache */
};

static inline Hart *hart_of(CPUState *cs)
{
    return cs->runtime;
}

/* softmmu.c */
void hart_init_mmu(Hart *h);
/* A page got its first TB: mark TLB entries that map it. */
void hart_protect_page(void *opaque, uint64_t phys_page);
/*
 * Physical address of a fetch from vaddr. False: env->trap is set (unless probe). *partial: the
 * answer holds for this fetch alone (PMP within the page; with probe, an accessed bit still to be
 * set).
 */
bool hart_fetch(Hart *h, uint64_t vaddr, bool probe, uint64_t *phys, bool *partial);
/* New flags or address space: what the jump cache compares with. */
static inline void hart_update_key(Hart *h)
{
    h->cs->jc_key = (uint64_t)h->gen << 32 | h->cs->tb_flags;
}

#endif
