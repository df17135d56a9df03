#include "runtime/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hw/loader.h"
#include "runtime/block-raw.h"
#include "runtime/loader.h"
#include "runtime/log.h"
#include "runtime/report.h"
#include "runtime/stats.h"
#include "target/riscv/cpu.h"

/* -icount repeats bit for bit, so nothing of the real world may come in: 2020-01-01 and a fixed
 * sequence of numbers. */
#define ICOUNT_EPOCH_NS (INT64_C(1577836800) * 1000000000)

static Machine *the_machine; /* the board's time source has no argument */

/* ---- files ---- */

/* Names of guest addresses: -symbols, else the kernel's own if it is an ELF file. */
static char *load_symbols(Machine *m)
{
    const Blob *kernel = &m->config.kernel;
    Blob map = {0};
    char *error = NULL;

    if (m->opt->symbols) {
        error = loader_read("symbols", m->opt->symbols, 256u << 20, &map);
        if (!error) {
            m->vm.symbols = symbols_from_map(map.name, map.data, map.size, &error);
        }
        loader_free(&map);
    } else if (kernel->data) {
        m->vm.symbols = symbols_from_elf(kernel->data, kernel->size);
    }
    return error;
}

static char *load_boot_files(Machine *m)
{
    const Options *opt = m->opt;
    BoardConfig *c = &m->config;
    char *error = NULL;

    c->bios_kind = opt->bios_kind;
    if (opt->bios_kind == BIOS_FILE) {
        m->bios_path = loader_find(opt->bios, (char *const *)opt->search_dirs->pdata);
        error = loader_read("firmware", m->bios_path, c->ram_size, &c->bios);
    }
    /* Before the kernel, which is larger: in a page it is still being downloaded meanwhile. */
    if (!error && opt->initrd) {
        error = loader_read("initrd", opt->initrd, c->ram_size, &c->initrd);
        if (!error) {
            error = initrd_check(&c->initrd);
        }
    }
    if (!error && opt->kernel) {
        error = loader_read("kernel", opt->kernel, c->ram_size, &c->kernel);
    }
    if (!error && opt->dtb) {
        error = loader_read("device tree", opt->dtb, c->ram_size, &c->dtb);
    }
    if (!error) {
        error = load_symbols(m);
    }
    return error;
}

static char *open_disks(Machine *m)
{
    char *error = NULL;

    for (unsigned i = 0; i < m->opt->nb_disks; i++) {
        const DriveOption *d = m->opt->disk[i];

        m->config.disk[i] = block_raw_open(d->file, d->readonly, &error);
        if (!m->config.disk[i]) {
            return error;
        }
        m->config.nb_disks++;
    }
    return NULL;
}

/* The sizes that no file can change come first: their message is the shortest way to the cause. */
static char *check_ram(Machine *m)
{
    uint64_t size = m->opt->ram_size;
    uint64_t max = host_max_ram();

    if (size > max) {
        return g_strdup_printf("-m: %" G_GUINT64_FORMAT
                               " MiB of RAM is more than this host can give, "
                               "%" G_GUINT64_FORMAT " MiB",
                               (guint64)size >> 20, (guint64)max >> 20);
    }
    m->config.ram_size = size;
    return NULL;
}

char *machine_load(Machine *m, const Options *opt)
{
    char *error = NULL;

    memset(m, 0, sizeof(*m));
    the_machine = m;
    m->opt = opt;
    if (opt->log_file) {
        error = log_set_file(opt->log_file);
    }
    if (!error && opt->log_items) {
        error = log_set_items(opt->log_items);
        if (error) {
            char *message = g_strdup_printf("-d: %s", error);

            g_free(error);
            error = message;
        }
    }
    if (!error) {
        error = riscv_cpu_parse(opt->cpu);
    }
    if (!error) {
        error = check_ram(m);
    }
    if (!error) {
        error = load_boot_files(m);
    }
    if (!error) {
        error = open_disks(m);
    }
    return error;
}

/* ---- character devices ---- */

static void on_quit_key(void *opaque)
{
    vm_quit(&((Machine *)opaque)->vm, 0);
}

/* As if SIGPIPE had ended the process, but in order: disks are flushed. */
static void on_stdout_closed(void *opaque, int err)
{
    if (err != -EPIPE) {
        report("standard output: %s", host_strerror(err));
    }
    vm_quit(&((Machine *)opaque)->vm, err == -EPIPE ? 128 + 13 : 1);
}

static char *make_chardev(Machine *m, unsigned index, const CharOption *o,
                          void (*focus)(void *opaque), void *opaque, Chardev **out)
{
    char *error = NULL;

    switch (o->kind) {
    case CHAR_NONE: *out = NULL; break;
    case CHAR_NULL: *out = m->chr[index] = chardev_null_new(); break;
    case CHAR_FILE: *out = m->chr[index] = chardev_file_new(o->path, &error); break;
    case CHAR_STDIO: *out = console_add(m->console, focus, opaque); break;
    }
    return error;
}

static char *make_chardevs(Machine *m)
{
    const Options *opt = m->opt;
    Chardev *monitor = NULL;
    char *error;

    if (opt->stdio_used) {
        m->console = console_new(opt->stdio_mux, on_quit_key, on_stdout_closed, m);
    }
    m->monitor = monitor_new(&m->vm);
    /* The serial port first: it gets the keyboard. */
    error = make_chardev(m, 0, &opt->serial, NULL, NULL, &m->config.serial);
    if (!error && opt->has_virtio_console) {
        error = make_chardev(m, 2, &opt->virtio_console, NULL, NULL, &m->config.virtio_console);
    }
    if (!error) {
        error = make_chardev(m, 1, &opt->monitor, monitor_focus, m->monitor, &monitor);
    }
    if (monitor) {
        monitor_attach(m->monitor, monitor);
    }
    return error;
}

/* ---- what the machine asks of the world ---- */

static int64_t icount_realtime(void)
{
    return ICOUNT_EPOCH_NS + clock_now(the_machine->vm.clock);
}

/* xorshift64*: good enough to seed a guest's pool the same way in every run. */
static void icount_random(void *buf, size_t len)
{
    static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    uint8_t *p = buf;

    for (size_t i = 0; i < len; i++) {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        p[i] = (uint8_t)(state * UINT64_C(0x2545f4914f6cdd1d) >> 56);
    }
}

static uint64_t icount_insns(void *opaque)
{
    return cpu_insns(((VM *)opaque)->cpu);
}

static void on_board_event(void *opaque, BoardEvent ev, int code)
{
    VM *vm = opaque;

    if (ev == BOARD_RESET && !vm->no_reboot) {
        vm->reset_requested = true;
        vm_attention(vm);
        return;
    }
    vm_quit(vm, ev == BOARD_FAIL ? code : 0);
}

char *machine_build(Machine *m)
{
    const Options *opt = m->opt;
    VM *vm = &m->vm;
    char *error = make_chardevs(m);

    if (error) {
        return error;
    }
    m->config.append = opt->append;
    m->config.rng = opt->rng;
    m->config.realtime_ns = opt->icount ? icount_realtime : host_realtime_ns;
    m->config.random = opt->icount ? icount_random : host_random;
    m->config.ram = host_alloc_ram(m->config.ram_size);
    if (!m->config.ram) {
        return g_strdup_printf("-m: this host has no %" G_GUINT64_FORMAT
                               " MiB left for the guest's RAM",
                               (guint64)m->config.ram_size >> 20);
    }
    vm->ram = m->config.ram;
    vm->ram_size = m->config.ram_size;
    vm->no_reboot = opt->no_reboot;
    vm->icount = opt->icount;
    vm->icount_sleep = opt->icount_sleep;
    vm->icount_shift = opt->icount_shift;
    vm->max_insns = opt->max_insns;
    vm->compact_words = (uint32_t)MIN(opt->compact_words, UINT32_MAX);
    vm->bus = bus_new();
    vm->clock = clock_new(host_monotonic_ns);
    vm->cpu = cpu_new(&riscv_target_ops, vm);
    if (opt->profile) {
        cpu_enable_profile(vm->cpu);
    }
    if (opt->icount) {
        clock_set_icount(vm->clock, opt->icount_shift, icount_insns, vm);
    }
    if (opt->start_stopped) {
        vm_stop(vm);
    }
    vm->board = board_new(&m->config, vm->bus, vm->clock, vm->cpu, on_board_event, vm, &error);
    if (!vm->board) {
        return error;
    }
    if (opt->jit.mode != JIT_OFF) {
        JitConfig jit = opt->jit;
        jit.refuse_permille = (unsigned)MIN(opt->refuse, 1000);
        jit.refuse_seed = 1;
        jit.dump_dir = opt->wasm_dir;
        if (!cpu_set_jit(vm->cpu, &jit, &error)) {
            return error;
        }
    }
    return NULL;
}

/* ---- running ---- */

static void write_stats(Machine *m)
{
    char *error = stats_write(&m->vm, host_monotonic_ns() - m->start_ns, m->opt->stats_file);

    if (error) {
        report("%s", error);
        g_free(error);
    }
}

static void flush_output(Machine *m)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(m->chr); i++) {
        if (m->chr[i] && m->chr[i]->write) {
            chardev_file_flush(m->chr[i]);
        }
    }
    log_flush();
}

static void take_requests(VM *vm, unsigned requests)
{
    if (requests & HOST_PAUSE) {
        vm_stop(vm);
    }
    if (requests & HOST_RESUME) {
        vm_cont(vm);
    }
    if (requests & HOST_RESET) {
        vm->reset_requested = true;
    }
    if (requests & HOST_QUIT) {
        vm_quit(vm, 0);
    }
}

/* Called by the main loop between two slices of guest time, and before it sleeps. */
static void poll_host(VM *vm, void *opaque)
{
    Machine *m = opaque;
    int sig = host_signal_pending();
    /* Looked at before the requests: who asks for both takes the answer to say they are done. */
    bool wanted = m->opt->stats_file && host_stats_requested();

    if (m->console) {
        console_pump(m->console);
    }
    flush_output(m);
    take_requests(vm, host_requests());
    if (wanted) {
        write_stats(m);
    }
    if (sig && !vm->quit) {
        vm_quit(vm, 128 + sig);
        host_console_stop();
        report("terminating on signal %d", sig);
    }
}

void machine_start(Machine *m)
{
    m->vm.poll = poll_host;
    m->vm.poll_opaque = m;
    if (m->console) {
        console_start(m->console, m->opt->stdio_mux ? HOST_TERM_RAW : HOST_TERM_SIGNALS);
    }
    if (m->opt->crash) {
        abort();
    }
    host_set_wakeup(vm_attention, &m->vm);
    m->start_ns = host_monotonic_ns();
}

int64_t machine_step(void *machine)
{
    return vm_step(&((Machine *)machine)->vm);
}

/* -machine dumpdtb=FILE: not to be run at all. */
static char *dump_dtb(Machine *m)
{
    const char *path = m->opt->dumpdtb;
    size_t size;
    const void *dtb = board_dtb(m->vm.board, &size);
    int fd = host_open(path, HOST_CREATE);
    int err = fd;

    if (fd >= 0) {
        err = host_write_all(fd, dtb, size);
        host_close(fd);
    }
    return err < 0 ? g_strdup_printf("dumpdtb '%s': %s", path, host_strerror(err)) : NULL;
}

static char *write_state_hash(Machine *m)
{
    char line[66];
    int fd = host_open(m->opt->state_hash, HOST_CREATE);
    int err = fd;

    vm_state_hash(&m->vm, line);
    line[64] = '\n';
    if (fd >= 0) {
        err = host_write_all(fd, line, 65);
        host_close(fd);
    }
    return err < 0 ? g_strdup_printf("state-hash '%s': %s", m->opt->state_hash, host_strerror(err))
                   : NULL;
}

int machine_leave(Machine *m)
{
    g_autofree char *error = NULL;

    if (m->vm.board && m->opt->dumpdtb) {
        error = dump_dtb(m);
    } else if (m->vm.board && m->opt->state_hash && m->start_ns) {
        error = write_state_hash(m);
    }
    if (m->start_ns && m->opt->stats_file) {
        write_stats(m);
    }
    for (unsigned i = 0; i < m->config.nb_disks; i++) {
        block_raw_close(m->config.disk[i]);
    }
    flush_output(m);
    if (m->console) {
        console_free(m->console);
    }
    if (error) {
        report("%s", error);
        return 1;
    }
    return m->vm.status;
}
