/*
 * The dispatcher: enters translated code, and deals with every reason for which it comes back.
 *
 * Translated code knows no pc while it runs; it is formed again here, from the virtual page base
 * and the page offset in the slot's key, or from the insn whose bytecode raised an exception.
 */
#include <inttypes.h>
#include <string.h>

#include "linker/object.h"
#include "runtime/hart.h"
#include "runtime/host.h"
#include "runtime/jit.h"
#include "runtime/log.h"

/* DMA, the loader: translated code of these bytes is retired. */
static void on_ram_written(void *opaque, uint64_t phys, uint64_t len)
{
    tbc_write(((Hart *)opaque)->tbc, phys, len);
}

CPUState *cpu_new(const TargetOps *ops, VM *vm)
{
    g_assert(ops->env_size <= CPU_TEMPS_OFFSET);
    CPUState *cs = g_malloc0(CPU_TAIL_OFFSET + sizeof(CPUTail));
    Hart *h = g_new0(Hart, 1);
    cs->ops = ops;
    cs->runtime = h;
    h->cs = cs;
    h->vm = vm;
    h->tbc = tbc_new(ops, vm);
    profile_init(&h->profile);
    tbc_set_protect(h->tbc, hart_protect_page, h);
    bus_set_write_listener(vm->bus, on_ram_written, h);
    hart_init_mmu(h);
    vm->cpu = cs;
    vm->exec = cpu_exec;
    return cs;
}

void cpu_free(CPUState *cs)
{
    Hart *h = hart_of(cs);
    if (h->jit) {
        jit_free(h->jit);
    }
    tbc_free(h->tbc);
    g_free(h);
    g_free(cs);
}

void cpu_enable_profile(CPUState *cs)
{
    profile_enable(&hart_of(cs)->profile, host_monotonic_ns);
}

bool cpu_set_jit(CPUState *cs, const JitConfig *config, char **error)
{
    return jit_new(hart_of(cs), config, error) != NULL;
}

static void flush_all(Hart *h)
{
    if (h->jit) {
        jit_flush(h->jit);
    }
    tbc_flush(h->tbc);
    /* slot numbers start anew: no old jump-cache entry may ever match */
    memset(cpu_tail(h->cs)->jc, 0, sizeof(cpu_tail(h->cs)->jc));
    cpu_tlb_flush(h->cs);
}

void cpu_reset(CPUState *cs)
{
    Hart *h = hart_of(cs);
    cs->insns_done = cpu_insns(cs);
    cs->budget = cs->budget_given = 0;
    cs->trap = 0;
    cs->halted = false;
    flush_all(h);
    hart_init_mmu(h);
    cs->ops->reset(cs);
    cs->tb_flags_dirty = true;
}

void cpu_interrupt(CPUState *cs)
{
    __atomic_store_n(&cs->exit_request, INT32_MIN, __ATOMIC_SEQ_CST);
}

int64_t cpu_clock_ns(CPUState *cs)
{
    return clock_now(hart_of(cs)->vm->clock);
}

/* ---- finding code
 * ----------------------------------------------------------------------------------- */

/* The insn at pc, whose fetch begins at phys, continues on the next page? */
static bool straddles(Hart *h, uint64_t phys)
{
    const TargetOps *ops = h->cs->ops;
    unsigned in_page = TARGET_PAGE_SIZE - (unsigned)(phys & ~TARGET_PAGE_MASK);
    if (in_page >= ops->max_insn) {
        return false;
    }
    const uint8_t *code = bus_ram_ptr(h->vm->bus, phys, in_page);
    return code && ops->insn_length(code) > in_page;
}

/* The insn at the current pc where permission may end within the page: every part of it is checked.
 */
static uint32_t find_one_insn(Hart *h, uint64_t phys)
{
    CPUState *cs = h->cs;
    const TargetOps *ops = cs->ops;
    const uint8_t *code = bus_ram_ptr(h->vm->bus, phys, ops->insn_align);
    unsigned len = code ? ops->insn_length(code) : 0;
    uint64_t part, phys2 = NO_PAGE;
    bool partial;

    for (unsigned k = ops->insn_align; k < len; k += ops->insn_align) {
        if (!hart_fetch(h, cs->pc + k, false, &part, &partial)) {
            return 0;
        }
        if (!((cs->pc + k) & ~TARGET_PAGE_MASK)) {
            phys2 = part;
        }
    }
    return tbc_slot(h->tbc, phys, phys2, cs->tb_flags | KEY_ONE_INSN);
}

/* Jumps to pc find this slot without asking again, as long as address space and flags are the same.
 */
static void jump_cache_fill(Hart *h, uint64_t pc, uint32_t slot)
{
    CPUState *cs = h->cs;
    unsigned page_bit = (pc >> TARGET_PAGE_BITS) & 4095;
    uint32_t table_slot = 0;

    if (h->jit && !jit_table_slot(h->jit, slot, &table_slot)) {
        return; /* the table is full, and compiled code would call through this entry */
    }
    cpu_tail(cs)->jc[jc_hash(pc)] = (JumpCacheEntry){pc, cs->jc_key, slot, table_slot, 0};
    h->jc_pages[page_bit / 64] |= (uint64_t)1 << page_bit % 64;
}

/*
 * What stands at the end of a page may begin to straddle it without a sign: it is looked at each
 * time.
 */
static bool may_straddle(const Hart *h, uint64_t pc)
{
    return TARGET_PAGE_SIZE - (unsigned)(pc & ~TARGET_PAGE_MASK) < h->cs->ops->max_insn;
}

/* Slot for the current pc and flags; 0: the fetch faults, env->trap is set. */
static uint32_t find_slot(Hart *h)
{
    CPUState *cs = h->cs;
    const JumpCacheEntry *e = &cpu_tail(cs)->jc[jc_hash(cs->pc)];
    uint64_t phys, phys2 = NO_PAGE;
    bool partial, partial2;

    if (e->pc == cs->pc && e->key == cs->jc_key && e->slot && !may_straddle(h, cs->pc)) {
        return e->slot;
    }
    h->vm->stats.lookups++;
    if (!hart_fetch(h, cs->pc, false, &phys, &partial)) {
        return 0;
    }
    if (G_UNLIKELY(partial)) {
        return find_one_insn(h, phys);
    }
    if (G_UNLIKELY(straddles(h, phys)) &&
        !hart_fetch(h, (cs->pc & TARGET_PAGE_MASK) + TARGET_PAGE_SIZE, false, &phys2, &partial2)) {
        return 0;
    }
    uint32_t slot = tbc_slot(h->tbc, phys, phys2, cs->tb_flags);
    if (!may_straddle(h, cs->pc)) {
        jump_cache_fill(h, cs->pc, slot);
    }
    return slot;
}

uint32_t cpu_lookup_slot(CPUState *cs, uint64_t pc)
{
    Hart *h = hart_of(cs);
    uint64_t phys;
    bool partial;

    cs->jc_misses++;
    /* what must be checked each time, and a straddling insn, only the dispatcher enters */
    if (tbc_full(h->tbc) || !hart_fetch(h, pc, true, &phys, &partial) || partial ||
        straddles(h, phys)) {
        return 0;
    }
    uint32_t slot = tbc_slot(h->tbc, phys, NO_PAGE, cs->tb_flags);
    tbc_note_indirect(h->tbc, slot);
    jump_cache_fill(h, pc, slot);
    return slot;
}

/* ---- coming back ----------------------------------------------------------------------------- */

/* pc of the TB that a slot stands for, in the virtual page that runs. */
static void pc_from_slot(Hart *h, uint32_t slot)
{
    h->cs->pc = h->cs->pc_page | (tbc_key(h->tbc, slot)->phys & ~TARGET_PAGE_MASK);
}

/* pc of insn number `index` of a TB, which raised; the insns behind it are given back to the
 * budget. */
static void pc_from_insn(Hart *h, const TB *tb, unsigned index)
{
    CPUState *cs = h->cs;
    cs->pc = cs->pc_page + tbc_insn_offset(h->tbc, tb, index);
    cs->budget += tb->n_insns - (int)index - 1;
}

static void deliver_exception(Hart *h)
{
    CPUState *cs = h->cs;
    h->vm->stats.exceptions++;
    if (G_UNLIKELY(log_mask & LOG_INT)) {
        log_printf("exception: %s value 0x%" PRIx64 " pc 0x%" PRIx64 "\n",
                   cs->ops->trap_name(cs->trap), cs->trap_value, cs->pc);
    }
    cs->ops->do_exception(cs);
    cs->tb_flags_dirty = true;
}

/* Interrupts, then the flags that the next TB must have been translated for. */
static void sync_flags(Hart *h)
{
    CPUState *cs = h->cs;
    if (cs->ops->do_interrupt(cs)) {
        h->vm->stats.interrupts++;
        if (G_UNLIKELY(log_mask & LOG_INT)) {
            log_printf("interrupt: handler at 0x%" PRIx64 "\n", cs->pc);
        }
    }
    cs->tb_flags_dirty = false;
    cs->tb_flags = cs->ops->tb_flags(cs);
    hart_update_key(h);
}

static void log_entry(Hart *h, uint32_t slot)
{
    CPUState *cs = h->cs;
    if (log_mask & LOG_EXEC) {
        log_printf("exec: 0x%" PRIx64 " flags 0x%x slot %u\n", cs->pc, cs->tb_flags, slot);
    }
    if (log_mask & LOG_CPU) {
        g_autoptr(GString) out = g_string_new(NULL);
        cs->ops->dump_state(cs, out);
        log_write(out->str, out->len);
    }
}

typedef uint32_t LinkedFn(CPUState *cs, uint32_t key);

/* Compiled code missed in the jump cache at cs->pc: the slot to go on at, or 0. */
static uint32_t look_up_and_enter(CPUState *cs)
{
    uint32_t slot = cpu_lookup_slot(cs, cs->pc);
    if (slot) {
        cs->pc_page = cs->pc & TARGET_PAGE_MASK;
    }
    return slot;
}

/* Runs compiled code from a slot that has a function; stays in it as long as it can. */
static TCIExit run_linked(Hart *h, uint32_t slot)
{
    CPUState *cs = h->cs;
    const uint32_t *fns = h->fns;
    int32_t before = cs->budget;
    uint32_t fn = fns[slot], r;

    cs->exit_root = 0;
    profile_switch(&h->profile, PROFILE_LINKED);
    do {
        h->vm->stats.linked_returns++;
        r = ((LinkedFn *)(uintptr_t)fn)(cs, slot);
        if (r == LINK_EXIT_LOOKUP) {
            r = look_up_and_enter(cs);
            r = r ? r : LINK_EXIT_LOOKUP;
        }
        if (r < LINK_FIRST_KEY) {
            break;
        }
        slot = r;
        fn = fns[slot];
    } while (fn);
    h->vm->stats.insns_linked += (uint32_t)(before - cs->budget);
    switch (r) {
    case LINK_EXIT_BUDGET: jit_sample(h->jit, cs->exit_slot, cs->exit_root); return TCI_EXIT_BUDGET;
    case LINK_EXIT_LOOKUP: return TCI_EXIT_LOOKUP;
    case LINK_EXIT_PC: return TCI_EXIT_PC;
    case LINK_EXIT_TRAP: return TCI_EXIT_TRAP_LINKED;
    case LINK_EXIT_SLOW: return TCI_EXIT_SLOW;
    default: cs->exit_slot = slot; return TCI_EXIT_MISS;
    }
}

/* Goes on in the interpreter at an insn that compiled code does not serve. */
static TCIExit run_slow(Hart *h)
{
    CPUState *cs = h->cs;
    const TB *tb = tbc_key(h->tbc, cs->exit_slot)->made;

    h->vm->stats.slow_exits++;
    h->vm->stats.insns_linked -= (uint32_t)(tb->n_insns - (int)cs->exit_insn);
    jit_slow(h->jit, cs->exit_slot, cs->exit_root);
    profile_switch(&h->profile, PROFILE_INTERPRETER);
    return tci_resume(cs, tbc_insn_word(h->tbc, tb, cs->exit_insn));
}

static TCIExit interpret(Hart *h, uint32_t slot)
{
    profile_switch(&h->profile, PROFILE_INTERPRETER);
    return tci_run(h->cs, slot);
}

/* Runs from a slot, in whichever form its TBs are, until neither form can go on. */
static TCIExit run_tiers(Hart *h, uint32_t slot)
{
    CPUState *cs = h->cs;
    for (;;) {
        TCIExit why = h->fns[slot] ? run_linked(h, slot) : interpret(h, slot);
        if (why == TCI_EXIT_SLOW) {
            why = run_slow(h);
        }
        slot = cs->exit_slot;
        if (why == TCI_EXIT_HOT) {
            profile_switch(&h->profile, PROFILE_DISPATCHER);
            jit_hot(h->jit, slot);
        } else if (why != TCI_EXIT_MISS || !(h->fns[slot] || tbc_key(h->tbc, slot)->tb)) {
            return why;
        }
    }
}

static TCIExit run(Hart *h, uint32_t slot)
{
    TCIExit why = h->fns ? run_tiers(h, slot) : interpret(h, slot);
    profile_switch(&h->profile, PROFILE_DISPATCHER);
    return why;
}

/*
 * Enters the TB of a slot. With -d exec or cpu every TB is to be seen: it gets a budget for itself
 * alone, so that the chain ends behind it.
 */
static TCIExit enter(Hart *h, uint32_t slot)
{
    CPUState *cs = h->cs;
    int32_t cost = tbc_key(h->tbc, slot)->tb->n_insns;

    h->vm->stats.dispatcher_returns++;
    cs->pc_page = cs->pc & TARGET_PAGE_MASK;
    if (G_LIKELY(!(log_mask & (LOG_EXEC | LOG_CPU))) || cost > cs->budget) {
        return run(h, slot);
    }
    int32_t rest = cs->budget - cost;
    log_entry(h, slot);
    cs->budget -= rest;
    cs->budget_given -= rest;
    TCIExit why = run(h, slot);
    cs->budget += rest;
    cs->budget_given += rest;
    return why;
}

/* False: there is no code at pc. */
static bool translate(Hart *h, uint32_t slot)
{
    profile_switch(&h->profile, PROFILE_OTHER);
    int64_t t0 = host_monotonic_ns();
    bool ok = tbc_translate(h->tbc, slot, h->cs->pc);
    h->vm->stats.translate_ns += host_monotonic_ns() - t0;
    profile_switch(&h->profile, PROFILE_DISPATCHER);
    return ok;
}

/*
 * Runs one chain of TBs from cs->pc. False: back to the main loop, for the budget is spent or
 * somebody asked.
 */
static bool run_chain(Hart *h)
{
    CPUState *cs = h->cs;

    if (h->jit) {
        jit_safe_point(h->jit);
    }
    if (G_UNLIKELY(tbc_wants_compaction(h->tbc))) {
        tbc_compact(h->tbc);
    }
    if (G_UNLIKELY(tbc_full(h->tbc))) {
        flush_all(h);
    }
    uint32_t slot = find_slot(h);
    if (!slot) {
        /* counts as an insn, so that a handler that cannot be fetched does not loop for ever */
        cs->budget--;
        deliver_exception(h);
        return cs->budget >= 0;
    }
    if (!tbc_key(h->tbc, slot)->tb && !translate(h, slot)) {
        cs->ops->bus_fault(cs, cs->pc, MMU_FETCH);
        cs->budget--;
        deliver_exception(h);
        return cs->budget >= 0;
    }
    switch (enter(h, slot)) {
    case TCI_EXIT_MISS: pc_from_slot(h, cs->exit_slot); return true;
    case TCI_EXIT_BUDGET: {
        const TB *tb = tbc_key(h->tbc, cs->exit_slot)->tb;
        pc_from_slot(h, cs->exit_slot);
        /* else it was an exit request, or the TB has just been retired: what is there now decides
         */
        return !tb || cs->budget >= tb->n_insns;
    }
    case TCI_EXIT_LOOKUP: return true;
    case TCI_EXIT_PC: return true;
    case TCI_EXIT_TRAP: {
        const TB *tb = tbc_find(h->tbc, cs->mem_code);
        pc_from_insn(h, tb, tbc_insn_at(h->tbc, tb, cs->mem_code));
        deliver_exception(h);
        return true;
    }
    case TCI_EXIT_TRAP_LINKED: {
        int32_t charged = cs->budget;
        pc_from_insn(h, tbc_key(h->tbc, cs->exit_slot)->made, cs->exit_insn);
        h->vm->stats.insns_linked -= (uint32_t)(cs->budget - charged); /* the insns behind it */
        deliver_exception(h);
        return true;
    }
    case TCI_EXIT_HOT:
    case TCI_EXIT_SLOW: break; /* served where the tiers are */
    }
    g_assert_not_reached();
}

void cpu_exec(CPUState *cs, int32_t budget)
{
    Hart *h = hart_of(cs);

    cs->insns_done = cpu_insns(cs);
    cs->budget = cs->budget_given = budget;
    profile_enter(&h->profile);
    for (;;) {
        profile_turn(&h->profile);
        if (__atomic_exchange_n(&cs->exit_request, 0, __ATOMIC_SEQ_CST)) {
            cs->tb_flags_dirty = true;
            if (h->vm->attention) {
                break;
            }
        }
        if (cs->tb_flags_dirty) {
            sync_flags(h);
        }
        if (cs->halted) {
            if (!cs->ops->has_work(cs)) {
                break;
            }
            cs->halted = false;
        }
        if (!run_chain(h)) {
            break;
        }
    }
    profile_leave(&h->profile);
}

void cpu_jit_info(CPUState *cs, GString *out)
{
    Hart *h = hart_of(cs);
    const TBStats *st = &h->vm->stats;
    g_string_append_printf(
        out,
        "TBs translated    %" PRIu64 "\n"
        "TBs live          %u\n"
        "TBs retired       %" PRIu64 "\n"
        "cache flushes     %" PRIu64 "\n"
        "slots used        %u of %u\n"
        "bytecode words    %u of %u\n"
        "guest code bytes  %" PRIu64 "\n"
        "translation time  %" PRIi64 " us\n"
        "TB entries from the dispatcher %" PRIu64 "\n"
        "jump-cache misses %" PRIu64 "\n"
        "TLB misses        %" PRIu64 ", flushes %" PRIu64 ", page flushes %" PRIu64 "\n"
        "exceptions        %" PRIu64 ", interrupts %" PRIu64 "\n"
        "instructions      %" PRIu64 "\n",
        st->tbs_translated, tbc_live(h->tbc), st->tbs_retired, st->flushes, tbc_slots_used(h->tbc),
        TCI_MAX_SLOTS, tbc_words_used(h->tbc), TCI_CODE_WORDS, st->guest_bytes,
        st->translate_ns / 1000, st->dispatcher_returns, cs->jc_misses, st->tlb_misses,
        st->tlb_flushes, st->page_flushes, st->exceptions, st->interrupts, cpu_insns(cs));
    if (h->jit) {
        jit_info(h->jit, out);
    }
}
