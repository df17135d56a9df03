#include "runtime/stats.h"

#include "runtime/hart.h"
#include "runtime/host.h"
#include "runtime/jit-host.h"

static void add_u64(GString *out, const char *name, uint64_t value)
{
    g_string_append_printf(out, ",\n  \"%s\": %" G_GUINT64_FORMAT, name, (guint64)value);
}

static void add_seconds(GString *out, const char *name, int64_t ns)
{
    /* By hand: printf's decimal point depends on the locale. */
    g_string_append_printf(out, ",\n  \"%s\": %" G_GINT64_FORMAT ".%06u", name,
                           (gint64)(ns / 1000000000), (unsigned)(ns % 1000000000 / 1000));
}

static void add_profile(GString *out, const Hart *h)
{
    const TBStats *s = &h->vm->stats;
    int64_t ns[PROFILE_PARTS];

    profile_estimate(&h->profile, s->translate_ns + s->jit_ns, ns);
    add_seconds(out, "interpret_seconds", ns[PROFILE_INTERPRETER]);
    add_seconds(out, "dispatcher_seconds", ns[PROFILE_DISPATCHER]);
    if (h->jit) {
        add_seconds(out, "linked_seconds", ns[PROFILE_LINKED]);
    }
}

void stats_json(VM *vm, int64_t wall_ns, GString *out)
{
    const TBStats *s = &vm->stats;
    const Hart *h = hart_of(vm->cpu);
    uint64_t insns = cpu_insns(vm->cpu);
    /* Millions a second, in thousandths. */
    uint64_t mips = wall_ns > 0 ? (uint64_t)((double)insns * 1e6 / (double)wall_ns) : 0;

    g_string_append_printf(out, "{\n  \"version\": \"" WEFT_VERSION "\",\n  \"jit\": \"%s\"",
                           jit_mode_name(h->jit));
    add_seconds(out, "wall_seconds", wall_ns);
    add_u64(out, "guest_insns", insns);
    g_string_append_printf(out, ",\n  \"mips\": %" G_GUINT64_FORMAT ".%03u", (guint64)(mips / 1000),
                           (unsigned)(mips % 1000));
    add_u64(out, "tbs_translated", s->tbs_translated);
    add_u64(out, "tbs_retired", s->tbs_retired);
    add_u64(out, "flushes", s->flushes);
    add_u64(out, "tb_compactions", s->tb_compactions);
    add_u64(out, "guest_bytes", s->guest_bytes);
    add_u64(out, "bytecode_bytes", s->bytecode_bytes);
    add_seconds(out, "translate_seconds", s->translate_ns);
    add_seconds(out, "idle_seconds", s->idle_ns);
    if (profile_enabled(&h->profile)) {
        add_profile(out, h);
    }
    add_u64(out, "dispatcher_returns", s->dispatcher_returns);
    add_u64(out, "tb_lookups", s->lookups);
    add_u64(out, "jump_cache_misses", vm->cpu->jc_misses);
    add_u64(out, "tlb_misses", s->tlb_misses);
    add_u64(out, "tlb_flushes", s->tlb_flushes);
    add_u64(out, "tlb_page_flushes", s->page_flushes);
    add_u64(out, "exceptions", s->exceptions);
    add_u64(out, "interrupts", s->interrupts);
    if (h->jit) {
        JitHostStats host;
        jit_host_stats(&host);
        add_u64(out, "insns_compiled_code", s->insns_linked);
        add_u64(out, "insns_interpreted", insns - s->insns_linked);
        add_u64(out, "modules", s->modules);
        add_u64(out, "modules_live", s->units_live);
        add_u64(out, "modules_most_live", s->units_most);
        add_u64(out, "modules_retired", s->units_retired);
        add_u64(out, "modules_dropped", s->units_dropped);
        add_u64(out, "modules_cold", s->units_cold);
        add_u64(out, "modules_merged", s->modules_merged);
        add_u64(out, "code_cache_most", s->code_cache_most);
        add_u64(out, "modules_refused", s->refusals);
        add_u64(out, "wasm_bytes", s->wasm_bytes);
        add_u64(out, "linked_returns", s->linked_returns);
        add_u64(out, "slow_exits", s->slow_exits);
        add_u64(out, "objects_compiled", s->codes_compiled);
        add_u64(out, "objects_relinked", s->codes_relinked);
        add_u64(out, "relinks", s->relinks);
        add_u64(out, "pages_held", s->pages_held);
        add_u64(out, "links_direct", s->links_direct);
        add_u64(out, "links_slot", s->links_slot);
        add_u64(out, "links_guarded", s->links_guarded);
        add_u64(out, "batches", s->modules - s->relinks);
        add_u64(out, "tbs_compiled", s->tbs_compiled);
        add_u64(out, "bytes_per_tb", s->tbs_compiled ? s->object_bytes / s->tbs_compiled : 0);
        add_u64(out, "regions", s->regions);
        add_u64(out, "jump_cache_hits", vm->cpu->jc_hits);
        add_seconds(out, "first_call_seconds", s->first_call_ns);
        add_seconds(out, "link_seconds", s->link_ns);
        add_seconds(out, "generate_seconds", s->generate_ns);
        add_seconds(out, "worker_seconds", s->worker_ns);
        add_seconds(out, "jit_seconds", s->jit_ns);
        add_seconds(out, "compile_seconds", (int64_t)host.compile_ns);
        add_seconds(out, "instantiate_seconds", (int64_t)host.instantiate_ns);
    }
    g_string_append(out, "\n}\n");
}

char *stats_write(VM *vm, int64_t wall_ns, const char *path)
{
    GString *out = g_string_new(NULL);
    int fd = host_open(path, HOST_CREATE);
    int err = fd;

    stats_json(vm, wall_ns, out);
    if (fd >= 0) {
        err = host_write_all(fd, out->str, out->len);
        host_close(fd);
    }
    g_string_free(out, TRUE);
    return err < 0 ? g_strdup_printf("statistics file '%s': %s", path, host_strerror(err)) : NULL;
}
