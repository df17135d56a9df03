/*
 * The TB cache: keys, slots, translated blocks, and the pages they came from.
 *
 * A slot number stands for a key for the life of the cache. Retiring a TB empties its slot, so
 * nothing that names the slot need be found or patched; the TB's bytecode stays where it is,
 * because it may be running, until there is so much of that kind that tb-compact.c moves the rest
 * together.
 */
#include <inttypes.h>
#include <string.h>

#include "hw/bus.h"
#include "runtime/host.h"
#include "runtime/log.h"
#include "runtime/tb-cache-internal.h"
#include "runtime/translate.h"

TBCache *tbc_new(const TargetOps *ops, VM *vm)
{
    TBCache *tbc = g_new0(TBCache, 1);
    tci_init();
    tbc->ops = ops;
    tbc->vm = vm;
    tbc->tcg = tcg_context_new();
    tcg_register_helpers(tbc->tcg, ops->helpers, ops->nb_helpers);
    ops->tcg_init(tbc->tcg);
    tbc->keys = g_new(TBKey, TCI_MAX_SLOTS);
    tbc->hash = g_new0(uint32_t, 1 << HASH_BITS);
    tbc->starts = g_new(TCIInsnStart, MAX_STARTS);
    tbc->tbs = g_ptr_array_new_with_free_func(g_free);
    tbc->pages = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    tbc->nb_slots = FIRST_SLOT;
    tbc->nb_words = 1;
    return tbc;
}

void tbc_free(TBCache *tbc)
{
    g_hash_table_destroy(tbc->pages);
    g_ptr_array_free(tbc->tbs, TRUE);
    g_free(tbc->starts);
    g_free(tbc->hash);
    g_free(tbc->keys);
    tcg_context_free(tbc->tcg);
    g_free(tbc);
}

void tbc_flush(TBCache *tbc)
{
    g_hash_table_remove_all(tbc->pages);
    g_ptr_array_set_size(tbc->tbs, 0);
    memset(tbc->hash, 0, sizeof(uint32_t) << HASH_BITS);
    tbc->nb_slots = FIRST_SLOT;
    tbc->nb_words = 1;
    tbc->nb_starts = tbc->live = tbc->retired_words = 0;
    tbc->vm->stats.flushes++;
}

bool tbc_full(const TBCache *tbc)
{
    /* one TB names at most its own key, two exits and where a call returns to, in each try to make
     * it smaller */
    return tbc->nb_words + TCI_TB_WORDS > TCI_CODE_WORDS || tbc->nb_slots + 32 > TCI_MAX_SLOTS ||
           tbc->nb_starts + MAX_INSNS > MAX_STARTS;
}

void tbc_set_protect(TBCache *tbc, void (*fn)(void *, uint64_t), void *opaque)
{
    tbc->protect = fn;
    tbc->protect_opaque = opaque;
}

void tbc_set_count(TBCache *tbc, uint16_t runs)
{
    tbc->count_runs = runs;
}

void tbc_set_retired(TBCache *tbc, void (*fn)(void *, uint32_t), void *opaque)
{
    tbc->retired = fn;
    tbc->retired_opaque = opaque;
}

const TCGContext *tbc_context(const TBCache *tbc)
{
    return tbc->tcg;
}
uint32_t tbc_slots_used(const TBCache *tbc)
{
    return tbc->nb_slots - 1;
}
uint32_t tbc_words_used(const TBCache *tbc)
{
    return tbc->nb_words - 1;
}
uint32_t tbc_live(const TBCache *tbc)
{
    return tbc->live;
}
const TBKey *tbc_key(const TBCache *tbc, uint32_t slot)
{
    return &tbc->keys[slot];
}

static uint32_t key_hash(uint64_t phys, uint64_t phys2, uint32_t flags)
{
    uint64_t h = (phys ^ phys2 << 7 ^ (uint64_t)flags << 40) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> (64 - HASH_BITS));
}

uint32_t tbc_known_slot(const TBCache *tbc, uint64_t phys, uint64_t phys2, uint32_t flags)
{
    uint32_t slot = tbc->hash[key_hash(phys, phys2, flags)];
    for (; slot; slot = tbc->keys[slot].hash_next) {
        const TBKey *k = &tbc->keys[slot];
        if (k->phys == phys && k->flags == flags && k->phys2 == phys2) {
            break;
        }
    }
    return slot;
}

uint32_t tbc_slot(TBCache *tbc, uint64_t phys, uint64_t phys2, uint32_t flags)
{
    uint32_t *head = &tbc->hash[key_hash(phys, phys2, flags)];
    uint32_t slot = tbc_known_slot(tbc, phys, phys2, flags);
    if (slot) {
        return slot;
    }
    slot = tbc->nb_slots++;
    g_assert(slot < TCI_MAX_SLOTS); /* the dispatcher flushes before */
    tbc->keys[slot] = (TBKey){.phys = phys, .phys2 = phys2, .flags = flags, .hash_next = *head};
    tci_slots[slot] = (TCISlot){0, TCI_MISS};
    *head = slot;
    return slot;
}

/* ---- pages --------------------------------------------------------------------------------------
 */

static Page *page_find(const TBCache *tbc, uint64_t phys)
{
    uint64_t page = phys & TARGET_PAGE_MASK;
    return g_hash_table_lookup(tbc->pages, &page);
}

bool tbc_page_has_code(const TBCache *tbc, uint64_t phys)
{
    const Page *p = page_find(tbc, phys);
    return p && p->live;
}

static void page_mark(Page *p, unsigned from, unsigned to)
{
    for (unsigned b = from; b < to; b++) {
        p->bytes[b / 8] |= (uint8_t)(1 << b % 8);
    }
}

/* All of it lies on one physical page: always but for an insn that straddles two different ones. */
static bool one_page(const TB *tb)
{
    return tb->phys2 == NO_PAGE || tb->phys2 == (tb->phys & TARGET_PAGE_MASK);
}

/* The bytes of tb on a page, as page offsets [from, to). */
static void tb_extent(const TB *tb, uint64_t page, unsigned *from, unsigned *to)
{
    unsigned first = (unsigned)(tb->phys & ~TARGET_PAGE_MASK);
    if (one_page(tb) && tb->phys2 != NO_PAGE) {
        *from = 0; /* the end and the beginning of it */
        *to = TARGET_PAGE_SIZE;
    } else if ((tb->phys & TARGET_PAGE_MASK) == page) {
        *from = first;
        *to = MIN(first + tb->size, (unsigned)TARGET_PAGE_SIZE);
    } else {
        *from = 0;
        *to = first + tb->size - TARGET_PAGE_SIZE;
    }
}

static TB **page_link(TB *tb, uint64_t page)
{
    return &tb->page_next[(tb->phys & TARGET_PAGE_MASK) != page];
}

static void page_add(TBCache *tbc, TB *tb, uint64_t page)
{
    Page *p = page_find(tbc, page);
    unsigned from, to;
    if (!p) {
        p = g_new0(Page, 1);
        p->phys = page;
        g_hash_table_insert(tbc->pages, &p->phys, p);
    }
    if (!p->live++ && tbc->protect) {
        tbc->protect(tbc->protect_opaque, page);
    }
    *page_link(tb, page) = p->first;
    p->first = tb;
    tb_extent(tb, page, &from, &to);
    page_mark(p, from, to);
}

static void page_remove(TBCache *tbc, TB *tb, uint64_t page)
{
    Page *p = page_find(tbc, page);
    unsigned from, to;
    memset(p->bytes, 0, sizeof(p->bytes));
    for (TB **link = &p->first; *link;) {
        TB *t = *link;
        if (t == tb) {
            *link = *page_link(t, page);
            p->live--;
            continue;
        }
        tb_extent(t, page, &from, &to);
        page_mark(p, from, to);
        link = page_link(t, page);
    }
}

static void tb_retire(TBCache *tbc, TB *tb)
{
    tb->retired = true;
    tbc->live--;
    tbc->retired_words += tb->nb_words;
    tbc->vm->stats.tbs_retired++;
    tci_slots[tb->slot] = (TCISlot){0, TCI_MISS};
    tbc->keys[tb->slot].tb = NULL;
    if (tbc->retired) {
        tbc->retired(tbc->retired_opaque, tb->slot);
    }
    page_remove(tbc, tb, tb->phys & TARGET_PAGE_MASK);
    if (!one_page(tb)) {
        page_remove(tbc, tb, tb->phys2);
    }
}

static bool page_overlaps(const Page *p, unsigned from, unsigned to)
{
    for (unsigned b = from; b < to; b++) {
        if (p->bytes[b / 8] >> b % 8 & 1) {
            return true;
        }
    }
    return false;
}

void tbc_write(TBCache *tbc, uint64_t phys, uint64_t len)
{
    while (len) {
        uint64_t page = phys & TARGET_PAGE_MASK;
        unsigned from = (unsigned)(phys - page);
        unsigned to = (unsigned)MIN(from + len, (uint64_t)TARGET_PAGE_SIZE);
        Page *p = page_find(tbc, phys);
        if (p && p->live && page_overlaps(p, from, to)) {
            for (TB *tb = p->first, *next; tb; tb = next) {
                unsigned f, t;
                next = *page_link(tb, page);
                tb_extent(tb, page, &f, &t);
                if (f < to && from < t) {
                    tb_retire(tbc, tb);
                }
            }
        }
        len -= to - from;
        phys += to - from;
    }
}

/* ---- translation --------------------------------------------------------------------------------
 */

typedef struct SlotRequest {
    TBCache *tbc;
    uint64_t page;
    uint32_t flags;
    uint32_t exits[TB_EXITS];
    unsigned nb_exits;
} SlotRequest;

static uint32_t slot_for_exit(void *opaque, uint32_t page_offset)
{
    SlotRequest *r = opaque;
    uint32_t slot = tbc_slot(r->tbc, r->page + page_offset, NO_PAGE, r->flags);
    for (unsigned k = 0; k < r->nb_exits; k++) {
        if (r->exits[k] == slot) {
            return slot;
        }
    }
    if (r->nb_exits < TB_EXITS) {
        r->exits[r->nb_exits++] = slot;
    }
    return slot;
}

static void dump_ir(TBCache *tbc, const char *title)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out, "%s:\n", title);
    tcg_dump_ops(tbc->tcg, out);
    log_write(out->str, out->len);
}

static void dump_guest(TBCache *tbc, const TBRequest *req, uint64_t pc)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out, "IN: pc 0x%" PRIx64 " flags 0x%x ", pc, req->flags);
    symbols_describe(tbc->vm->symbols, pc, out);
    g_string_append_c(out, '\n');
    for (unsigned n = 0; n < req->size;) {
        g_string_append_printf(out, "  %016" PRIx64 "  ", pc + n);
        n += tbc->ops->disas(req->code + n, req->size - n, pc + n, out);
        g_string_append_c(out, '\n');
    }
    log_write(out->str, out->len);
}

/* The first half of the pipeline: guest bytes -> IR -> optimised IR with liveness. */
static bool build_ir(TBCache *tbc, TBRequest *req, uint64_t pc)
{
    TCGContext *s = tbc->tcg;

    tcg_func_start(s);
    tbc->ops->translate(s, req);
    if (s->overflow) {
        return false;
    }
    if (G_UNLIKELY(log_mask & LOG_IN_ASM)) {
        dump_guest(tbc, req, pc);
    }
    if (G_UNLIKELY(log_mask & LOG_OP)) {
        dump_ir(tbc, "OP");
    }
    ir_optimize(s);
    ir_liveness(s);
    if (G_UNLIKELY(log_mask & LOG_OP_OPT)) {
        dump_ir(tbc, "OP after optimisation and liveness");
    }
    return true;
}

/* The pipeline: guest bytes -> IR -> optimised IR -> bytecode. */
static bool compile(TBCache *tbc, TBRequest *req, TCIGen *gen, uint64_t pc)
{
    if (!build_ir(tbc, req, pc) || !tci_generate(tbc->tcg, gen)) {
        return false;
    }
    if (G_UNLIKELY(log_mask & LOG_OUT_ASM)) {
        g_autoptr(GString) out = g_string_new("OUT:\n");
        tci_disas(tbc->tcg, gen->out, gen->nb_words, out);
        log_write(out->str, out->len);
    }
    return true;
}

/*
 * Points req at the first insn's bytes. An insn that straddles the page is assembled in buf from
 * both pages, under a key that names the second.
 */
static bool fetch_code(const TBCache *tbc, const TBKey *key, TBRequest *req, uint8_t *buf)
{
    unsigned off = (unsigned)(key->phys & ~TARGET_PAGE_MASK), in_page = TARGET_PAGE_SIZE - off;
    const uint8_t *code = bus_ram_ptr(tbc->vm->bus, key->phys, in_page);

    if (!code || in_page < tbc->ops->insn_align) {
        return false;
    }
    req->flags = key->flags & ~KEY_ONE_INSN;
    req->page_offset = off;
    req->code = code;
    req->avail = in_page;
    req->max_insns = key->flags & KEY_ONE_INSN ? 1 : MAX_INSNS;
    if (in_page >= tbc->ops->max_insn) {
        return true;
    }
    unsigned len = tbc->ops->insn_length(code);
    if (len <= in_page) {
        return true;
    }
    const uint8_t *rest =
        key->phys2 == NO_PAGE ? NULL : bus_ram_ptr(tbc->vm->bus, key->phys2, len - in_page);
    if (!rest) {
        return false;
    }
    memcpy(buf, code, in_page);
    memcpy(buf + in_page, rest, len - in_page);
    req->code = buf;
    req->avail = len;
    req->max_insns = 1;
    return true;
}

/* Does the TB end with a call, or with a jump to what a register holds? */
static void find_calls(TBCache *tbc, TB *tb, uint32_t flags)
{
    const TCGContext *s = tbc->tcg;
    uint32_t end = (uint32_t)(tb->phys & ~TARGET_PAGE_MASK) + tb->size, source = 0;
    unsigned i = s->nb_ops;

    if (i && s->ops[i - 1].opc == INDEX_op_goto_ptr) {
        source = s->ops[i - 1].args[0];
    }
    for (; i-- > 0 && s->ops[i].opc != INDEX_op_insn_start;) {
        const TCGOp *op = &s->ops[i];
        uint32_t d = op->args[0];
        if (source && op->opc == INDEX_op_and && d == source) {
            source = op->args[1];
        }
        if (op->opc == INDEX_op_add && s->temps[d].kind == TEMP_GLOBAL &&
            op->args[1] == s->pc_page && s->temps[op->args[2]].kind == TEMP_CONST &&
            s->temps[op->args[2]].val == end && end < TARGET_PAGE_SIZE) {
            tb->link = (uint8_t)d;
        }
    }
    if (tb->link) {
        tbc->links[tb->link & 63]++;
        tbc->nb_links++;
        tbc->keys[tbc_slot(tbc, tb->phys + tb->size, NO_PAGE, flags)].site = true;
    }
    if (source && s->temps[source].kind == TEMP_GLOBAL) {
        tb->ptr = (uint8_t)source;
    }
}

bool tbc_translate(TBCache *tbc, uint32_t slot, uint64_t pc)
{
    TBKey *key = &tbc->keys[slot];
    SlotRequest exits = {.tbc = tbc, .page = key->phys & TARGET_PAGE_MASK, .flags = key->flags};
    TBRequest req = {0};
    TCIGen gen = {
        .out = tci_code + tbc->nb_words,
        .slot_for = slot_for_exit,
        .opaque = &exits,
        .starts = tbc->starts + tbc->nb_starts,
        .max_starts = MAX_INSNS,
        .count_slot = slot,
        .count_runs = key->flags & KEY_ONE_INSN ? 0 : tbc->count_runs,
        .no_links = key->flags & KEY_ONE_INSN,
    };
    uint8_t buf[TBC_BUF] = {0};

    if (!fetch_code(tbc, key, &req, buf)) {
        return false;
    }
    while (!compile(tbc, &req, &gen, pc)) {
        g_assert(req.max_insns > 1);
        req.max_insns /= 2;
        exits.nb_exits = 0;
    }
    TB *tb = g_new0(TB, 1);
    *tb = (TB){
        .phys = key->phys,
        .phys2 = key->phys2,
        .slot = slot,
        .code = tbc->nb_words,
        .nb_words = gen.nb_words,
        .starts = tbc->nb_starts,
        .size = (uint16_t)req.size,
        .n_insns = (uint16_t)gen.nb_starts,
        .nb_exits = (uint8_t)exits.nb_exits,
    };
    memcpy(tb->exits, exits.exits, sizeof(tb->exits));
    tb->nb_far = (uint8_t)gen.nb_far;
    memcpy(tb->far, gen.far, sizeof(tb->far));
    if (tbc->count_runs) {
        find_calls(tbc, tb, key->flags);
    }
    tbc->nb_words += gen.nb_words;
    tbc->nb_starts += gen.nb_starts;
    tbc->live++;
    g_ptr_array_add(tbc->tbs, tb);
    page_add(tbc, tb, tb->phys & TARGET_PAGE_MASK);
    if (!one_page(tb)) {
        page_add(tbc, tb, tb->phys2);
    }
    key->tb = key->made = tb;
    tci_slots[slot] = (TCISlot){tb->code, tb->n_insns};

    TBStats *st = &tbc->vm->stats;
    st->tbs_translated++;
    st->guest_bytes += req.size;
    st->bytecode_bytes += gen.nb_words * 8;
    return true;
}

bool tbc_request(const TBCache *tbc, uint32_t slot, TBRequest *req, uint8_t buf[TBC_BUF])
{
    const TBKey *key = &tbc->keys[slot];

    *req = (TBRequest){0};
    if (!key->tb || !fetch_code(tbc, key, req, buf)) {
        return false;
    }
    req->max_insns = key->tb->n_insns;
    return true;
}

void tbc_leave_interpreter(TBCache *tbc, uint32_t slot)
{
    (void)tbc;
    tci_slots[slot] = (TCISlot){0, TCI_MISS};
}

void tbc_interpret(TBCache *tbc, uint32_t slot, uint16_t runs)
{
    const TB *tb = tbc->keys[slot].tb;
    if (tb) {
        tci_slots[slot] = (TCISlot){tb->code, tb->n_insns};
        tci_recount(tb->code, runs);
    }
}

unsigned tbc_runs(const TBCache *tbc, uint32_t slot)
{
    const TB *tb = tbc->keys[slot].tb;
    unsigned left = tb ? tci_runs_left(tb->code) : tbc->count_runs;
    return left <= tbc->count_runs ? tbc->count_runs - left : tbc->count_runs;
}

/* ---- from bytecode back to the guest
 * -------------------------------------------------------------- */

TB *tbc_find(const TBCache *tbc, uint32_t word)
{
    unsigned lo = 0, hi = tbc->tbs->len;
    while (hi - lo > 1) {
        unsigned mid = (lo + hi) / 2;
        const TB *tb = g_ptr_array_index(tbc->tbs, mid);
        if (tb->code <= word) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    TB *tb = g_ptr_array_index(tbc->tbs, lo);
    g_assert(word >= tb->code && word < tb->code + tb->nb_words);
    return tb;
}

unsigned tbc_insn_at(const TBCache *tbc, const TB *tb, uint32_t word)
{
    const TCIInsnStart *s = tbc->starts + tb->starts;
    unsigned n = 0;
    while (n + 1u < tb->n_insns && s[n + 1].code <= word - tb->code) {
        n++;
    }
    return n;
}

uint32_t tbc_insn_offset(const TBCache *tbc, const TB *tb, unsigned index)
{
    return tbc->starts[tb->starts + index].page_offset;
}

uint32_t tbc_insn_word(const TBCache *tbc, const TB *tb, unsigned index)
{
    return tb->code + tbc->starts[tb->starts + index].code;
}

void tbc_note_indirect(TBCache *tbc, uint32_t slot)
{
    tbc->keys[slot].indirect = true;
}

bool tbc_is_return(const TBCache *tbc, const TB *tb)
{
    enum { FEW = 16 }; /* stubs of dynamic linking leave their own address in a register, too */
    return tb->ptr && !tb->link && tbc->links[tb->ptr & 63] * FEW > tbc->nb_links;
}

unsigned tbc_indirect(const TBCache *tbc, uint32_t slot, uint32_t *slots, unsigned most)
{
    const TBKey *key = &tbc->keys[slot];
    uint64_t page = key->phys & TARGET_PAGE_MASK;
    const Page *p = page_find(tbc, page);
    unsigned n = 0;

    for (TB *tb = p ? p->first : NULL; tb && n < most; tb = *page_link(tb, page)) {
        const TBKey *k = &tbc->keys[tb->slot];
        if (k->indirect && !k->site && k->flags == key->flags && k->phys2 == NO_PAGE) {
            slots[n++] = tb->slot;
        }
    }
    return n;
}
