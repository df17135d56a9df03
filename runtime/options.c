/*
 * The command line. QEMU's long options have one dash; GOption wants two. So arguments are first
 * brought into GOption's form (which finds unknown, repeated and incomplete options with messages
 * in the user's own spelling), then GOption hands the values to the callbacks of the table.
 */
#include "runtime/options.h"

#include <stdarg.h>
#include <string.h>

#include "runtime/keyval.h"
#include "runtime/log.h"
#include "runtime/options-internal.h"

#define MIB (UINT64_C(1) << 20)

gboolean bad_option(GError **error, const char *name, const char *fmt, ...)
{
    g_autofree char *message = NULL;
    va_list ap;

    va_start(ap, fmt);
    message = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: %s", name + 1, message);
    return FALSE;
}

gboolean option_result(GError **error, const char *name, char *message)
{
    gboolean ok = !message || bad_option(error, name, "%s", message);

    g_free(message);
    return ok;
}

/* Nothing is run: this is printed instead. */
static gboolean set_text(Options *opt, char *text)
{
    g_free(opt->text);
    opt->text = text;
    return TRUE;
}

/* ---- values ---- */

static gboolean opt_machine(const char *name, const char *value, gpointer data, GError **error)
{
    struct MachineKeys {
        char *type, *dumpdtb;
    } k = {0};
    static const KeyRow rows[] = {
        {"type", KEY_STRING, offsetof(struct MachineKeys, type)},
        {"dumpdtb", KEY_STRING, offsetof(struct MachineKeys, dumpdtb)},
        {"accel", KEY_LATER},
        {"aclint", KEY_LATER},
        {"aia", KEY_LATER},
        {"acpi", KEY_LATER},
        {"iommu-sys", KEY_LATER},
        {NULL},
    };
    Options *opt = ((Parse *)data)->opt;
    char *message;

    if (strcmp(value, "help") == 0) {
        return set_text(opt, g_strdup("Supported machines are:\n"
                                      "virt  RISC-V board compatible with QEMU's (default)\n"));
    }
    message = keyval_parse(value, "type", rows, &k);
    if (!message && k.type && strcmp(k.type, "virt") != 0) {
        message = g_strdup_printf("unknown machine '%s' (there is 'virt')", k.type);
    }
    opt->dumpdtb = k.dumpdtb;
    g_free(k.type);
    return option_result(error, name, message);
}

static gboolean opt_smp(const char *name, const char *value, gpointer data, GError **error)
{
    struct SmpKeys {
        uint64_t cpus, sockets, cores, threads, maxcpus;
    } smp = {1, 1, 1, 1, 1};
    static const KeyRow rows[] = {
        {"cpus", KEY_UINT, offsetof(struct SmpKeys, cpus)},
        {"sockets", KEY_UINT, offsetof(struct SmpKeys, sockets)},
        {"cores", KEY_UINT, offsetof(struct SmpKeys, cores)},
        {"threads", KEY_UINT, offsetof(struct SmpKeys, threads)},
        {"maxcpus", KEY_UINT, offsetof(struct SmpKeys, maxcpus)},
        {NULL},
    };
    char *message = keyval_parse(value, "cpus", rows, &smp);

    if (!message && (!smp.cpus || !smp.sockets || !smp.cores || !smp.threads || !smp.maxcpus)) {
        message = g_strdup_printf("'%s': there must be at least one", value);
    } else if (!message && (smp.cpus | smp.sockets | smp.cores | smp.threads | smp.maxcpus) != 1) {
        message = g_strdup_printf("'%s': more than one hart is not supported yet", value);
    }
    return option_result(error, name, message);
}

static gboolean opt_memory(const char *name, const char *value, gpointer data, GError **error)
{
    static const KeyRow rows[] = {
        {"size", KEY_MIB, offsetof(Options, ram_size)},
        {"slots", KEY_LATER},
        {"maxmem", KEY_LATER},
        {NULL},
    };
    Options *opt = ((Parse *)data)->opt;
    char *message = keyval_parse(value, "size", rows, opt);

    if (!message && opt->ram_size < MIB) {
        message = g_strdup_printf("'%s': RAM of less than 1 MiB", value);
    }
    if (!message && opt->ram_size > INT64_MAX / 2) {
        message = g_strdup_printf("'%s': more RAM than there are addresses", value);
    }
    opt->ram_size = (opt->ram_size + 4095) & ~UINT64_C(4095);
    return option_result(error, name, message);
}

static gboolean opt_bios(const char *name, const char *value, gpointer data, GError **error)
{
    Options *opt = ((Parse *)data)->opt;

    if (strcmp(value, "builtin") == 0 || strcmp(value, "default") == 0) {
        opt->bios_kind = BIOS_BUILTIN;
    } else if (strcmp(value, "none") == 0) {
        opt->bios_kind = BIOS_NONE;
    } else {
        opt->bios_kind = BIOS_FILE;
        opt->bios = g_strdup(value);
    }
    return TRUE;
}

/* Options whose value is kept as it is. */
static gboolean opt_string(const char *name, const char *value, gpointer data, GError **error)
{
    static const struct {
        const char *name;
        size_t offset;
    } fields[] = {
        {"--cpu", offsetof(Options, cpu)},
        {"--kernel", offsetof(Options, kernel)},
        {"--initrd", offsetof(Options, initrd)},
        {"--append", offsetof(Options, append)},
        {"--dtb", offsetof(Options, dtb)},
        {"--symbols", offsetof(Options, symbols)},
        {"--d", offsetof(Options, log_items)},
        {"--D", offsetof(Options, log_file)},
        {"--jit-stats", offsetof(Options, stats_file)},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (strcmp(fields[i].name, name) == 0) {
            *(char **)((char *)((Parse *)data)->opt + fields[i].offset) = g_strdup(value);
            return TRUE;
        }
    }
    g_assert_not_reached();
}

static gboolean opt_log(const char *name, const char *value, gpointer data, GError **error)
{
    Parse *p = data;

    if (strcmp(value, "help") == 0) {
#define LOG_HELP(name, bit, help) #name "  " help "\n"
        return set_text(p->opt, g_strdup("Log items (comma separated):\n" LOG_ITEMS(LOG_HELP)));
#undef LOG_HELP
    }
    return opt_string(name, value, data, error);
}

static gboolean opt_icount(const char *name, const char *value, gpointer data, GError **error)
{
    struct IcountKeys {
        char *shift;
        bool sleep, align;
    } ic = {NULL, true, false};
    static const KeyRow rows[] = {
        {"shift", KEY_STRING, offsetof(struct IcountKeys, shift)},
        {"sleep", KEY_BOOL, offsetof(struct IcountKeys, sleep)},
        {"align", KEY_BOOL, offsetof(struct IcountKeys, align)},
        {"rr", KEY_LATER},
        {"rrfile", KEY_LATER},
        {"rrsnapshot", KEY_LATER},
        {NULL},
    };
    Options *opt = ((Parse *)data)->opt;
    uint64_t shift = 0;
    char *message = keyval_parse(value, "shift", rows, &ic);

    if (!message && !ic.shift) {
        message = g_strdup("'shift' is missing");
    } else if (!message && strcmp(ic.shift, "auto") == 0) {
        message = g_strdup("shift=auto is not supported yet");
    } else if (!message && (!parse_uint(ic.shift, &shift) || shift > 10)) {
        message = g_strdup_printf("shift=%s: not a number from 0 to 10", ic.shift);
    } else if (!message && ic.align) {
        message = g_strdup("align=on is not supported yet");
    }
    opt->icount = true;
    opt->icount_sleep = ic.sleep;
    opt->icount_shift = (unsigned)shift;
    g_free(ic.shift);
    return option_result(error, name, message);
}

static gboolean opt_test(const char *name, const char *value, gpointer data, GError **error)
{
    static const KeyRow rows[] = {
        {"max-insns", KEY_UINT, offsetof(Options, max_insns)},
        {"state-hash", KEY_STRING, offsetof(Options, state_hash)},
        {"refuse", KEY_UINT, offsetof(Options, refuse)},
        {"compact-words", KEY_UINT, offsetof(Options, compact_words)},
        {"wasm-dir", KEY_STRING, offsetof(Options, wasm_dir)},
        {"crash", KEY_BOOL, offsetof(Options, crash)},
        {NULL},
    };

    return option_result(error, name, keyval_parse(value, NULL, rows, ((Parse *)data)->opt));
}

static gboolean opt_search_dir(const char *name, const char *value, gpointer data, GError **error)
{
    g_ptr_array_add(((Parse *)data)->opt->search_dirs, g_strdup(value));
    return TRUE;
}

static gboolean opt_display(const char *name, const char *value, gpointer data, GError **error)
{
    if (strcmp(value, "none") != 0) {
        return bad_option(error, name, "display '%s' is not supported yet (there is 'none')",
                          value);
    }
    ((Parse *)data)->display_none = true;
    return TRUE;
}

static gboolean opt_serial(const char *name, const char *value, gpointer data, GError **error)
{
    ((Parse *)data)->serial = g_strdup(value);
    return TRUE;
}

static gboolean opt_monitor(const char *name, const char *value, gpointer data, GError **error)
{
    ((Parse *)data)->monitor = g_strdup(value);
    return TRUE;
}

static gboolean opt_flag(const char *name, const char *value, gpointer data, GError **error)
{
    Parse *p = data;

    if (strcmp(name, "--nographic") == 0) {
        p->nographic = true;
    } else if (strcmp(name, "--no-reboot") == 0) {
        p->opt->no_reboot = true;
    } else {
        p->opt->start_stopped = true; /* -S */
    }
    return TRUE;
}

static char *help_text(void);

static gboolean opt_text(const char *name, const char *value, gpointer data, GError **error)
{
    return set_text(((Parse *)data)->opt, strcmp(name, "--version") == 0
                                              ? g_strdup("Weft version " WEFT_VERSION "\n")
                                              : help_text());
}

/* ---- the table ---- */

/* FILENAME: bytes as they are, without a look at the locale. */
#define ARG(name, fn, what, help)                                                        \
    {                                                                                    \
        name, 0, G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK, (gpointer)fn, help, what \
    }
#define FLAG(name, fn, help)                                                           \
    {                                                                                  \
        name, 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (gpointer)fn, help, NULL \
    }

static const GOptionEntry entries[] = {
    ARG("M", opt_machine, "virt[,dumpdtb=FILE]", "board; dumpdtb writes its device tree and ends"),
    ARG("machine", opt_machine, "virt[,...]", "the same as -M"),
    ARG("cpu", opt_string, "rv64[,EXT=on|off]...", "hart and its extensions"),
    ARG("smp", opt_smp, "1", "number of harts"),
    ARG("m", opt_memory, "[size=]SIZE[K|M|G]", "RAM, in MiB without suffix (default 128)"),
    ARG("bios", opt_bios, "builtin|none|FILE", "firmware (default builtin: an SBI in Weft)"),
    ARG("kernel", opt_string, "FILE", "kernel image"),
    ARG("initrd", opt_string, "FILE", "initial ramdisk"),
    ARG("append", opt_string, "TEXT", "kernel command line"),
    ARG("dtb", opt_string, "FILE", "device tree instead of the generated one"),
    ARG("symbols", opt_string, "FILE", "System.map: names in logs and of compiled functions"),
    ARG("drive", opt_drive, "file=FILE[,format=raw][,if=virtio|none][,readonly=on][,id=ID]",
        "disk; commas in FILE are written twice"),
    ARG("device", opt_device, "NAME[,KEY=VALUE]...",
        "virtio-blk-device,drive=ID  virtio-rng-device  virtio-serial-device  "
        "virtconsole[,chardev=ID]"),
    ARG("chardev", opt_chardev, "stdio|null|file,id=ID[,mux=on][,path=FILE]",
        "character back end for -device, -serial and -monitor"),
    ARG("netdev", opt_netdev, "...", "not supported yet"),
    ARG("serial", opt_serial, "stdio|mon:stdio|null|none|file:PATH|chardev:ID", "serial port"),
    ARG("monitor", opt_monitor, "stdio|null|none|chardev:ID", "monitor"),
    ARG("display", opt_display, "none", "no console unless asked for"),
    FLAG("nographic", opt_flag, "serial port and monitor share the terminal (default)"),
    ARG("L", opt_search_dir, "DIR", "where to look for firmware (may be repeated)"),
    ARG("accel", opt_accel, "tcg[,jit=off|tb|batch][,KEY=VALUE]...",
        "accelerator (docs/linker.md has the keys)"),
    ARG("icount", opt_icount, "shift=N[,sleep=on|off]",
        "virtual time is 2^N ns an instruction: every run is the same"),
    ARG("d", opt_log, "ITEM[,ITEM]...", "log (-d help lists the items)"),
    ARG("D", opt_string, "FILE", "where the log goes (default: standard error)"),
    FLAG("S", opt_flag, "start stopped (monitor: cont)"),
    FLAG("no-reboot", opt_flag, "a reset by the guest ends the emulator"),
    ARG("jit-stats", opt_string, "FILE", "statistics as JSON at exit, and on SIGUSR1"),
    ARG("test", opt_test, "...", NULL),
    FLAG("version", opt_text, "version"),
    FLAG("help", opt_text, "this text"),
    FLAG("h", opt_text, "this text"),
    {NULL},
};

/* May be given more than once. */
static const char *const repeatable[] = {"drive", "device", "chardev", "L", "test", NULL};

/* Options of QEMU that Weft does not have. */
static const char *const not_yet[] = {
    "s",          "gdb",           "net",        "nic",         "object",
    "rtc",        "snapshot",      "virtfs",     "fsdev",       "usb",
    "usbdevice",  "vga",           "vnc",        "sdl",         "curses",
    "daemonize",  "pidfile",       "qmp",        "mon",         "loadvm",
    "incoming",   "trace",         "plugin",     "semihosting", "hda",
    "hdb",        "hdc",           "hdd",        "cdrom",       "sd",
    "pflash",     "mtdblock",      "blockdev",   "numa",        "global",
    "boot",       "name",          "uuid",       "audio",       "audiodev",
    "k",          "full-screen",   "spice",      "parallel",    "watchdog-action",
    "action",     "no-shutdown",   "enable-kvm", "nodefaults",  "no-user-config",
    "readconfig", "msg-timestamp", "sandbox",    "run-with",    "overcommit",
    "mem-path",   "mem-prealloc",  "singlestep", "dfilter",     "seed",
    "option-rom", "smbios",        "acpitable",  "fw_cfg",      "tpmdev",
    "iscsi",      "add-fd",        "set",        NULL,
};

static char *help_text(void)
{
    GString *s = g_string_new("usage: weft [option]...\n\n"
                              "Emulates a RISC-V computer. Options are spelled as QEMU's.\n\n");

    for (const GOptionEntry *e = entries; e->long_name; e++) {
        if (e->description) {
            g_string_append_printf(s, "-%s%s%s\n        %s\n", e->long_name,
                                   e->arg_description ? " " : "",
                                   e->arg_description ? e->arg_description : "", e->description);
        }
    }
    g_string_append(s, "\nOn the terminal: Ctrl-A x leaves, Ctrl-A c switches to the monitor, "
                       "Ctrl-A h lists the keys.\n"
                       "Status: 0 after power-off or quit, 1 after an error, 128+n after signal "
                       "n.\n");
    return g_string_free(s, FALSE);
}

/* ---- from QEMU's form to GOption's ---- */

static int find_entry(const char *name, size_t len)
{
    for (int i = 0; entries[i].long_name; i++) {
        if (strlen(entries[i].long_name) == len && strncmp(entries[i].long_name, name, len) == 0) {
            return i;
        }
    }
    return -1;
}

/* "--name=value" or "--name" for the option at argv[*i]; moves *i to its last argument. */
static char *normalise_one(int argc, char *const *argv, int *i, uint64_t *seen, char **error)
{
    const char *arg = argv[*i];
    const char *name = arg + (arg[0] == '-') + (arg[0] == '-' && arg[1] == '-');
    const char *value = strchr(name, '=');
    g_autofree char *bare = g_strndup(name, value ? (gsize)(value - name) : strlen(name));
    int index;

    if (arg[0] != '-') {
        *error = g_strdup_printf("unexpected argument '%s' (disks: -drive file=...)", arg);
        return NULL;
    }
    index = find_entry(bare, strlen(bare));
    if (index < 0) {
        *error = g_strdup_printf(g_strv_contains(not_yet, bare)
                                     ? "option '%s' is not supported yet"
                                     : "unknown option '%s' (-help lists them)",
                                 arg);
        return NULL;
    }
    /* -M and -machine are one option, and their rows are neighbours. */
    if (index == 1) {
        index = 0;
    }
    if (*seen >> index & 1 && !g_strv_contains(repeatable, bare)) {
        *error = g_strdup_printf("option '%s' is given twice", arg);
        return NULL;
    }
    *seen |= UINT64_C(1) << index;
    if (entries[index].flags & G_OPTION_FLAG_NO_ARG) {
        if (value) {
            *error = g_strdup_printf("option '-%s' takes no value", bare);
            return NULL;
        }
        return g_strdup_printf("--%s", bare);
    }
    if (value) {
        return g_strdup_printf("--%s", name);
    }
    if (*i + 1 >= argc) {
        *error = g_strdup_printf("option '%s' needs a value", arg);
        return NULL;
    }
    return g_strdup_printf("--%s=%s", bare, argv[++*i]);
}

static char **normalise(int argc, char *const *argv, char **error)
{
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    uint64_t seen = 0;

    _Static_assert(G_N_ELEMENTS(entries) <= 64, "`seen` has 64 bits");
    g_ptr_array_add(out, g_strdup("weft"));
    for (int i = 1; i < argc && !*error; i++) {
        g_ptr_array_add(out, normalise_one(argc, argv, &i, &seen, error));
    }
    g_ptr_array_add(out, NULL);
    if (*error) {
        g_ptr_array_free(out, TRUE);
        return NULL;
    }
    return (char **)g_ptr_array_free(out, FALSE);
}

static char *run_goption(Parse *p, char ***args)
{
    GOptionContext *context = g_option_context_new(NULL);
    GOptionGroup *group = g_option_group_new("weft", "", "", p, NULL);
    GError *error = NULL;
    char *message = NULL;

    g_option_group_add_entries(group, entries);
    g_option_context_set_main_group(context, group);
    g_option_context_set_help_enabled(context, FALSE);
    if (!g_option_context_parse_strv(context, args, &error) ||
        (!p->opt->text &&
         (!options_add_devices(p, &error) || !options_resolve_chardevs(p, &error)))) {
        message = g_strdup(error->message);
        g_error_free(error);
    }
    g_option_context_free(context);
    return message;
}

/* Options that make sense only with another one. */
static char *check_together(const Options *opt)
{
    const char *lonely = opt->kernel   ? NULL
                         : opt->initrd ? "-initrd"
                         : opt->append ? "-append"
                                       : NULL;

    if (lonely) {
        return g_strdup_printf("%s: needs -kernel", lonely);
    }
    if (!opt->kernel && opt->bios_kind != BIOS_FILE && !opt->dumpdtb) {
        return g_strdup(
            "nothing to boot: give -kernel FILE or -bios FILE (-help lists the options)");
    }
    return NULL;
}

static void free_drive(gpointer data)
{
    DriveOption *d = data;

    g_free(d->file);
    g_free(d->id);
    g_free(d);
}

char *options_parse(int argc, char *const *argv, Options *opt)
{
    Parse p = {.opt = opt,
               .chardevs = g_ptr_array_new(),
               .devices = g_ptr_array_new_with_free_func(g_free)};
    char *error = NULL;
    char **args;

    memset(opt, 0, sizeof(*opt));
    opt->ram_size = 128 * MIB;
    options_default_accel(opt);
    opt->drives = g_ptr_array_new_with_free_func(free_drive);
    opt->search_dirs = g_ptr_array_new_with_free_func(g_free);
    args = normalise(argc, argv, &error);
    if (!error) {
        error = run_goption(&p, &args);
        g_strfreev(args);
    }
    if (!error && !opt->text) {
        error = check_together(opt);
    }
    if (!opt->cpu) {
        opt->cpu = g_strdup("rv64");
    }
    g_ptr_array_add(opt->search_dirs, NULL);
    options_free_parse(&p);
    return error;
}

void options_free(Options *opt)
{
    char *const strings[] = {
        opt->text,
        opt->cpu,
        opt->dumpdtb,
        opt->bios,
        opt->kernel,
        opt->initrd,
        opt->append,
        opt->dtb,
        opt->symbols,
        opt->log_items,
        opt->log_file,
        opt->stats_file,
        opt->state_hash,
        opt->wasm_dir,
        opt->serial.path,
        opt->monitor.path,
        opt->virtio_console.path,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(strings); i++) {
        g_free(strings[i]);
    }
    g_ptr_array_free(opt->drives, TRUE);
    g_ptr_array_free(opt->search_dirs, TRUE);
    memset(opt, 0, sizeof(*opt));
}
