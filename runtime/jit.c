/* See jit.h. One instance a TB; an instance is known by its place in a ring, oldest first. */
#include "runtime/jit.h"

#include <inttypes.h>
#include <string.h>

#include "linker/object.h"
#include "runtime/hart.h"
#include "runtime/host.h"
#include "runtime/jit-host.h"
#include "runtime/log.h"
#include "tcg/wasm/wasm.h"

enum { TABLE_STEP = 1024 };

/* One live instance: the TB of a slot. */
typedef struct Unit {
    uint32_t slot; /* 0: already gone */
    uint32_t table_slot;
    int handle;
} Unit;

struct Jit {
    Hart *h;
    JitConfig config;
    bool engine; /* this host can instantiate */
    LinkOptions link;
    LinkImport *imports;
    unsigned nb_imports;
    uint32_t *fns; /* by slot: table slot of the compiled function, 0 none; h->fns */
    Unit *ring;    /* units in order of age */
    unsigned size; /* of the ring, a power of two */
    unsigned first, count;
    unsigned live;      /* units in the ring that are not gone */
    uint32_t *unit_of;  /* by slot: position in the ring, while fns[slot] */
    GArray *free_slots; /* uint32_t: table slots to use again */
    GArray *dropped;    /* Unit: to be let go at the next safe point */
    unsigned dumped;
};

static void jit_retire(Jit *jit, uint32_t slot);

static void on_retired(void *opaque, uint32_t slot)
{
    jit_retire(opaque, slot);
}

Jit *jit_new(Hart *h, const JitConfig *config, char **error)
{
    if (!jit_host_available() && !config->dump_dir) {
        *error =
            g_strdup("jit=tb: this host has no WebAssembly engine (the native build interprets)");
        return NULL;
    }
    Jit *jit = g_new0(Jit, 1);
    jit->h = h;
    jit->config = *config;
    jit->engine = jit_host_available();
    jit_host_memory(&jit->link);
    jit->imports = wasm_imports(tbc_context(h->tbc), &jit->nb_imports);
    jit->link.imports = jit->imports;
    jit->link.nb_imports = jit->nb_imports;
    jit->link.names = config->names || config->dump_dir;
    jit->fns = g_new0(uint32_t, TCI_MAX_SLOTS);
    jit->unit_of = g_new0(uint32_t, TCI_MAX_SLOTS);
    for (jit->size = 1024; jit->size < 2 * config->max_instances; jit->size *= 2) {
    }
    jit->ring = g_new0(Unit, jit->size);
    jit->free_slots = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    jit->dropped = g_array_new(FALSE, FALSE, sizeof(Unit));
    jit_host_inject_refusals(config->refuse_permille, config->refuse_seed);
    h->fns = jit->fns;
    h->jit = jit;
    tbc_set_count(h->tbc, (uint16_t)config->threshold);
    tbc_set_retired(h->tbc, on_retired, jit);
    return jit;
}

void jit_free(Jit *jit)
{
    jit_flush(jit);
    jit->h->fns = NULL;
    jit->h->jit = NULL;
    g_array_free(jit->dropped, TRUE);
    g_array_free(jit->free_slots, TRUE);
    g_free(jit->ring);
    g_free(jit->unit_of);
    g_free(jit->fns);
    g_free(jit->imports);
    g_free(jit);
}

/* ---- leaving
 * ------------------------------------------------------------------------------------- */

/* Takes a unit out of use; the instance itself is let go at a safe point. */
static void unit_remove(Jit *jit, Unit *u)
{
    jit->fns[u->slot] = 0;
    g_array_append_val(jit->dropped, *u);
    u->slot = 0;
    jit->live--;
    jit->h->vm->stats.units_live = jit->live;
}

static void jit_retire(Jit *jit, uint32_t slot)
{
    if (jit->fns[slot]) {
        unit_remove(jit, &jit->ring[jit->unit_of[slot]]);
        jit->h->vm->stats.units_retired++;
        /* it may be the one that runs, in a loop of its own: leave at its next head */
        cpu_interrupt(jit->h->cs);
    }
}

void jit_safe_point(Jit *jit)
{
    for (unsigned k = 0; k < jit->dropped->len; k++) {
        const Unit *u = &g_array_index(jit->dropped, Unit, k);
        jit_host_drop(u->handle, u->table_slot, 1);
        g_array_append_val(jit->free_slots, u->table_slot);
    }
    g_array_set_size(jit->dropped, 0);
}

/* The n oldest units go back to the interpreter, and count anew. */
static void drop_oldest(Jit *jit, unsigned n)
{
    while (n && jit->count) {
        Unit *u = &jit->ring[jit->first];
        if (u->slot) {
            tbc_interpret(jit->h->tbc, u->slot);
            unit_remove(jit, u);
            jit->h->vm->stats.units_dropped++;
            n--;
        }
        jit->first = (jit->first + 1) & (jit->size - 1);
        jit->count--;
    }
    jit_safe_point(jit);
}

void jit_flush(Jit *jit)
{
    while (jit->count) {
        Unit *u = &jit->ring[jit->first];
        if (u->slot) {
            unit_remove(jit, u);
        }
        jit->first = (jit->first + 1) & (jit->size - 1);
        jit->count--;
    }
    jit_safe_point(jit);
}

/* ---- coming
 * -------------------------------------------------------------------------------------- */

static uint32_t table_slot_new(Jit *jit)
{
    if (!jit->free_slots->len) {
        uint32_t first = jit_host_table_reserve(TABLE_STEP);
        if (!first) {
            return 0;
        }
        for (uint32_t k = TABLE_STEP; k-- > 0;) {
            uint32_t slot = first + k;
            g_array_append_val(jit->free_slots, slot);
        }
    }
    uint32_t slot = g_array_index(jit->free_slots, uint32_t, jit->free_slots->len - 1);
    g_array_set_size(jit->free_slots, jit->free_slots->len - 1);
    return slot;
}

typedef struct KeyRequest {
    TBCache *tbc;
    const TBKey *key;
} KeyRequest;

static uint32_t key_for_exit(void *opaque, uint32_t page_offset)
{
    KeyRequest *r = opaque;
    return tbc_slot(r->tbc, (r->key->phys & TARGET_PAGE_MASK) + page_offset, NO_PAGE,
                    r->key->flags);
}

/* "name+0x12" if there are symbols, else the address. The TB is the one that runs, so its page is
 * known. */
static char *unit_name(Jit *jit, const TBKey *key)
{
    uint64_t pc = jit->h->cs->pc_page | (key->phys & ~TARGET_PAGE_MASK);
    GString *name = g_string_new(NULL);
    if (!symbols_describe(jit->h->vm->symbols, pc, name)) {
        g_string_printf(name, "guest_%" PRIx64, pc);
    }
    return g_string_free(name, FALSE);
}

/* guest code -> IR -> object -> module. NULL: not servable. */
static LinkModule *make_module(Jit *jit, uint32_t slot, uint32_t table_slot)
{
    TBCache *tbc = jit->h->tbc;
    const TBKey *key = tbc_key(tbc, slot);
    KeyRequest exits = {tbc, key};
    TCGContext *s = tbc_ir(tbc, slot);
    WasmGen gen = {
        .memory64 = jit->link.memory64,
        .key = slot,
        .table_slot = table_slot,
        .page_offset = (uint32_t)(key->phys & ~TARGET_PAGE_MASK),
        .n_insns = key->tb->n_insns,
        .key_for = key_for_exit,
        .opaque = &exits,
    };
    g_autofree char *error = NULL;

    LinkObject *obj = s ? wasm_generate(s, &gen) : NULL;
    if (!obj) {
        return NULL;
    }
    if (jit->link.names) {
        obj->name = unit_name(jit, key);
    }
    LinkModule *m = link_write_module(&obj, 1, &jit->link, &error);
    if (error) {
        log_printf("jit: %s\n", error);
    }
    link_object_free(obj);
    return m;
}

static void dump_module(Jit *jit, const LinkModule *m)
{
    g_autofree char *path = g_strdup_printf("%s/%u.wasm", jit->config.dump_dir, jit->dumped++);
    int fd = host_open(path, HOST_CREATE);
    if (fd >= 0) {
        host_write_all(fd, m->bytes->data, m->bytes->len);
        host_close(fd);
    }
}

/* C functions of the imports that the module uses, in its order. */
static int instantiate(Jit *jit, const LinkModule *m)
{
    g_autofree uint64_t *addresses = g_new(uint64_t, m->imports->len);
    for (unsigned k = 0; k < m->imports->len; k++) {
        addresses[k] = jit->imports[g_array_index(m->imports, uint32_t, k)].address;
    }
    return jit_host_instantiate(m->bytes->data, m->bytes->len, addresses, m->imports->len);
}

/* The engine refused: live with fewer instances than there are now. */
static void refused(Jit *jit)
{
    TBStats *st = &jit->h->vm->stats;
    st->refusals++;
    jit->config.max_instances =
        MAX(JIT_MIN_INSTANCES, MIN(jit->config.max_instances, jit->live - jit->live / 8));
    if (jit->live > jit->config.max_instances) {
        drop_oldest(jit, jit->live - jit->config.max_instances);
    }
}

bool jit_compile(Jit *jit, uint32_t slot)
{
    TBStats *st = &jit->h->vm->stats;
    int64_t t0 = host_monotonic_ns();
    bool ok = false;

    if (jit->live >= jit->config.max_instances) {
        drop_oldest(jit, jit->live - jit->config.max_instances + 1 + jit->config.max_instances / 8);
    }
    if (jit->count == jit->size) {
        drop_oldest(jit, 1); /* the ring is full of units that are gone: this makes room */
    }
    uint32_t table_slot = jit->engine ? table_slot_new(jit) : 1;
    LinkModule *m = table_slot ? make_module(jit, slot, table_slot) : NULL;
    st->generate_ns += host_monotonic_ns() - t0;
    if (m && jit->config.dump_dir) {
        dump_module(jit, m);
    }
    if (m && jit->engine) {
        int handle = instantiate(jit, m);
        if (handle >= 0) {
            unsigned at = (jit->first + jit->count++) & (jit->size - 1);
            jit->ring[at] = (Unit){slot, table_slot, handle};
            jit->unit_of[slot] = at;
            jit->fns[slot] = table_slot;
            tbc_leave_interpreter(jit->h->tbc, slot);
            st->modules++;
            st->wasm_bytes += m->bytes->len;
            st->units_live = ++jit->live;
            st->units_most = MAX(st->units_most, st->units_live);
            ok = true;
        } else {
            refused(jit);
        }
    }
    if (!ok && jit->engine && table_slot) {
        g_array_append_val(jit->free_slots, table_slot);
    }
    if (m) {
        link_module_free(m);
    }
    return ok;
}

void jit_info(const Jit *jit, GString *out)
{
    const TBStats *st = &jit->h->vm->stats;
    g_string_append_printf(
        out,
        "modules           %" PRIu64 " compiled, %" PRIu64 " live, %" PRIu64 " most, limit %u\n"
        "wasm bytes        %" PRIu64 "\n"
        "refused           %" PRIu64 ", dropped %" PRIu64 ", retired %" PRIu64 "\n"
        "generate          %" PRIi64 " us\n",
        st->modules, st->units_live, st->units_most, jit->config.max_instances, st->wasm_bytes,
        st->refusals, st->units_dropped, st->units_retired, st->generate_ns / 1000);
}
