/* Drives, devices and who talks to which character back end. */
#include <string.h>

#include "runtime/keyval.h"
#include "runtime/options-internal.h"

typedef struct ChardevOption {
    char *backend, *id, *path;
    bool mux, signal;
} ChardevOption;

/* ---- drives ---- */

static char *attach(Options *opt, DriveOption *drive)
{
    if (drive->attached) {
        return g_strdup_printf("drive '%s' is attached already", drive->id);
    }
    if (opt->nb_disks == BOARD_MAX_DISKS) {
        return g_strdup_printf("'%s': more than %d disks", drive->file, BOARD_MAX_DISKS);
    }
    drive->attached = true;
    opt->disk[opt->nb_disks++] = drive;
    return NULL;
}

static DriveOption *find_drive(Options *opt, const char *id)
{
    for (unsigned i = 0; i < opt->drives->len; i++) {
        DriveOption *d = opt->drives->pdata[i];

        if (d->id && strcmp(d->id, id) == 0) {
            return d;
        }
    }
    return NULL;
}

typedef struct DriveKeys {
    char *file, *format, *interface, *id;
    bool readonly, read_only;
} DriveKeys;

static char *check_drive(Options *opt, const DriveKeys *k)
{
    static const char *const formats[] = {"qcow2", "qcow", "vmdk", "vdi", "vhdx", "qed", NULL};
    static const char *const interfaces[] = {"ide", "scsi", "sd", "mtd", "floppy", "pflash", NULL};

    if (!k->file) {
        return g_strdup("'file' is missing");
    }
    if (k->format && strcmp(k->format, "raw") != 0) {
        return g_strdup_printf(g_strv_contains(formats, k->format)
                                   ? "format=%s is not supported yet"
                                   : "unknown format=%s (there is 'raw')",
                               k->format);
    }
    if (k->interface && strcmp(k->interface, "virtio") != 0 && strcmp(k->interface, "none") != 0) {
        return g_strdup_printf(g_strv_contains(interfaces, k->interface)
                                   ? "if=%s is not supported yet"
                                   : "unknown if=%s (virtio, none)",
                               k->interface);
    }
    if (k->id && find_drive(opt, k->id)) {
        return g_strdup_printf("id=%s is given twice", k->id);
    }
    return NULL;
}

gboolean opt_drive(const char *name, const char *value, gpointer data, GError **error)
{
    static const KeyRow rows[] = {
        {"file", KEY_STRING, offsetof(DriveKeys, file)},
        {"format", KEY_STRING, offsetof(DriveKeys, format)},
        {"if", KEY_STRING, offsetof(DriveKeys, interface)},
        {"id", KEY_STRING, offsetof(DriveKeys, id)},
        {"readonly", KEY_BOOL, offsetof(DriveKeys, readonly)},
        {"read-only", KEY_BOOL, offsetof(DriveKeys, read_only)},
        {"aio", KEY_LATER},
        {"bus", KEY_LATER},
        {"cache", KEY_LATER},
        {"detect-zeroes", KEY_LATER},
        {"discard", KEY_LATER},
        {"index", KEY_LATER},
        {"media", KEY_LATER},
        {"rerror", KEY_LATER},
        {"serial", KEY_LATER},
        {"snapshot", KEY_LATER},
        {"unit", KEY_LATER},
        {"werror", KEY_LATER},
        {NULL},
    };
    Options *opt = ((Parse *)data)->opt;
    DriveKeys k = {0};
    char *message = keyval_parse(value, NULL, rows, &k);

    if (!message) {
        message = check_drive(opt, &k);
    }
    if (!message) {
        DriveOption *d = g_new0(DriveOption, 1);

        d->file = g_steal_pointer(&k.file);
        d->id = g_steal_pointer(&k.id);
        d->readonly = k.readonly || k.read_only;
        g_ptr_array_add(opt->drives, d);
        if (!k.interface || strcmp(k.interface, "virtio") == 0) {
            message = attach(opt, d);
        }
    }
    g_free(k.file);
    g_free(k.format);
    g_free(k.interface);
    g_free(k.id);
    return option_result(error, name, message);
}

gboolean opt_netdev(const char *name, const char *value, gpointer data, GError **error)
{
    return bad_option(error, name, "'%s': networking is not supported yet", value);
}

/* ---- character back ends ---- */

static ChardevOption *find_chardev(const Parse *p, const char *id)
{
    for (unsigned i = 0; i < p->chardevs->len; i++) {
        ChardevOption *c = p->chardevs->pdata[i];

        if (strcmp(c->id, id) == 0) {
            return c;
        }
    }
    return NULL;
}

static void free_chardev(ChardevOption *c)
{
    g_free(c->backend);
    g_free(c->id);
    g_free(c->path);
    g_free(c);
}

gboolean opt_chardev(const char *name, const char *value, gpointer data, GError **error)
{
    static const KeyRow rows[] = {
        {"backend", KEY_STRING, offsetof(ChardevOption, backend)},
        {"id", KEY_STRING, offsetof(ChardevOption, id)},
        {"path", KEY_STRING, offsetof(ChardevOption, path)},
        {"mux", KEY_BOOL, offsetof(ChardevOption, mux)},
        {"signal", KEY_BOOL, offsetof(ChardevOption, signal)},
        {"logfile", KEY_LATER},
        {NULL},
    };
    Parse *p = data;
    ChardevOption *c = g_new0(ChardevOption, 1);
    char *message = keyval_parse(value, "backend", rows, c);
    const char *b = c->backend;

    if (message) {
        /* reported below */
    } else if (!b) {
        message = g_strdup("the back end is missing (stdio, null, file)");
    } else if (strcmp(b, "stdio") != 0 && strcmp(b, "null") != 0 && strcmp(b, "file") != 0) {
        message = g_strdup_printf("back end '%s' is not supported yet (stdio, null, file)", b);
    } else if (!c->id) {
        message = g_strdup("'id' is missing");
    } else if (find_chardev(p, c->id)) {
        message = g_strdup_printf("id=%s is given twice", c->id);
    } else if (!c->path != (strcmp(b, "file") != 0)) {
        message = g_strdup_printf("%s: %s", b, c->path ? "has no 'path'" : "'path' is missing");
    }
    if (message) {
        free_chardev(c);
    } else {
        g_ptr_array_add(p->chardevs, c);
    }
    return option_result(error, name, message);
}

void options_free_parse(Parse *p)
{
    for (unsigned i = 0; i < p->chardevs->len; i++) {
        free_chardev(p->chardevs->pdata[i]);
    }
    g_ptr_array_free(p->chardevs, TRUE);
    g_ptr_array_free(p->devices, TRUE);
    g_free(p->serial);
    g_free(p->monitor);
}

static char *use_chardev(const Parse *p, const char *id, CharOption *out)
{
    const ChardevOption *c = find_chardev(p, id);

    if (!c) {
        return g_strdup_printf("there is no -chardev with id=%s", id);
    }
    out->kind = strcmp(c->backend, "stdio") == 0  ? CHAR_STDIO
                : strcmp(c->backend, "file") == 0 ? CHAR_FILE
                                                  : CHAR_NULL;
    out->mux = c->mux;
    out->path = g_strdup(c->path);
    return NULL;
}

/* The short form of -serial and -monitor. */
static char *parse_char(const Parse *p, const char *text, CharOption *out)
{
    if (strcmp(text, "none") == 0) {
        out->kind = CHAR_NONE;
    } else if (strcmp(text, "null") == 0) {
        out->kind = CHAR_NULL;
    } else if (strcmp(text, "stdio") == 0) {
        out->kind = CHAR_STDIO;
    } else if (g_str_has_prefix(text, "file:") && text[5]) {
        out->kind = CHAR_FILE;
        out->path = g_strdup(text + 5);
    } else if (g_str_has_prefix(text, "chardev:") && text[8]) {
        return use_chardev(p, text + 8, out);
    } else {
        return g_strdup_printf("'%s' is not supported (stdio, mon:stdio, null, none, file:PATH, "
                               "chardev:ID)",
                               text);
    }
    return NULL;
}

/* ---- devices ---- */

typedef struct DeviceKeys {
    char *driver, *drive, *chardev, *id;
} DeviceKeys;

static char *add_blk(Parse *p, const DeviceKeys *k)
{
    DriveOption *d = k->drive ? find_drive(p->opt, k->drive) : NULL;

    if (!k->drive) {
        return g_strdup("virtio-blk-device: 'drive' is missing");
    }
    if (!d) {
        return g_strdup_printf("virtio-blk-device: there is no -drive with id=%s", k->drive);
    }
    return attach(p->opt, d);
}

/* As with QEMU, only on request: the seed in the device tree keeps a guest from waiting for
 * entropy. */
static char *add_rng(Parse *p, const DeviceKeys *k)
{
    if (p->opt->rng) {
        return g_strdup("a second virtio-rng-device is not supported");
    }
    p->opt->rng = true;
    return NULL;
}

static char *add_serial_bus(Parse *p, const DeviceKeys *k)
{
    if (p->virtio_serial) {
        return g_strdup("a second virtio-serial-device is not supported yet");
    }
    p->virtio_serial = true;
    return NULL;
}

static char *add_console(Parse *p, const DeviceKeys *k)
{
    Options *opt = p->opt;

    if (!p->virtio_serial) {
        return g_strdup("virtconsole: needs '-device virtio-serial-device' before it");
    }
    if (opt->has_virtio_console) {
        return g_strdup("a second virtconsole is not supported yet");
    }
    opt->has_virtio_console = true;
    if (k->chardev) {
        return use_chardev(p, k->chardev, &opt->virtio_console);
    }
    opt->virtio_console.kind = CHAR_NULL;
    return NULL;
}

static char *add_device(Parse *p, const char *value)
{
    static const struct {
        const char *driver;
        char *(*add)(Parse *p, const DeviceKeys *k);
        KeyRow rows[4];
    } devices[] = {
#define DRIVER_ROW {"driver", KEY_STRING, offsetof(DeviceKeys, driver)}
#define ID_ROW                                     \
    {                                              \
        "id", KEY_STRING, offsetof(DeviceKeys, id) \
    }
        {"virtio-blk-device",
         add_blk,
         {DRIVER_ROW, ID_ROW, {"drive", KEY_STRING, offsetof(DeviceKeys, drive)}}},
        {"virtio-rng-device", add_rng, {DRIVER_ROW, ID_ROW, {"rng", KEY_LATER}}},
        {"virtio-serial-device", add_serial_bus, {DRIVER_ROW, ID_ROW}},
        {"virtconsole",
         add_console,
         {DRIVER_ROW, ID_ROW, {"chardev", KEY_STRING, offsetof(DeviceKeys, chardev)}}},
#undef DRIVER_ROW
#undef ID_ROW
    };
    static const char *const later[] = {
        "virtio-net-device",     "virtio-gpu-device",
        "virtio-9p-device",      "virtio-keyboard-device",
        "virtio-mouse-device",   "virtio-tablet-device",
        "virtio-balloon-device", "virtio-scsi-device",
        "virtserialport",        "loader",
        "virtio-blk-pci",        "virtio-net-pci",
        "virtio-rng-pci",        NULL,
    };
    /* The driver's own name decides which keys there are: "driver=x" or the first item. */
    g_autofree char *driver =
        g_strndup(value, strcspn(value, ",")); /* no driver has a comma in its name */
    const char *bare = g_str_has_prefix(driver, "driver=") ? driver + 7 : driver;
    char *message = NULL;
    unsigned i = 0;

    while (i < G_N_ELEMENTS(devices) && strcmp(devices[i].driver, bare) != 0) {
        i++;
    }
    if (i == G_N_ELEMENTS(devices)) {
        message =
            g_strdup_printf(g_strv_contains(later, bare) ? "device '%s' is not supported yet"
                                                         : "unknown device '%s' (-help lists them)",
                            bare);
    } else {
        DeviceKeys k = {0};

        message = keyval_parse(value, "driver", devices[i].rows, &k);
        if (!message) {
            message = devices[i].add(p, &k);
        }
        g_free(k.driver);
        g_free(k.drive);
        g_free(k.chardev);
        g_free(k.id);
    }
    return message;
}

gboolean opt_device(const char *name, const char *value, gpointer data, GError **error)
{
    g_ptr_array_add(((Parse *)data)->devices, g_strdup(value));
    return TRUE;
}

bool options_add_devices(Parse *p, GError **error)
{
    for (unsigned i = 0; i < p->devices->len; i++) {
        if (!option_result(error, "--device", add_device(p, p->devices->pdata[i]))) {
            return false;
        }
    }
    return true;
}

/* ---- who talks to what ---- */

/* Standard input and output have one user, or several that all agree to share. */
static char *check_stdio(Options *opt)
{
    const CharOption *users[] = {&opt->serial, &opt->monitor, &opt->virtio_console};
    unsigned n = 0, mux = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(users); i++) {
        if (users[i]->kind == CHAR_STDIO) {
            n++;
            mux += users[i]->mux;
        }
    }
    if (n > 1 && mux < n) {
        return g_strdup("standard input and output are used twice: share them with mon:stdio, or "
                        "with -chardev stdio,mux=on,id=ID");
    }
    opt->stdio_used = n > 0;
    opt->stdio_mux = mux > 0;
    return NULL;
}

bool options_resolve_chardevs(Parse *p, GError **error)
{
    Options *opt = p->opt;
    const CharOption shared = {.kind = CHAR_STDIO, .mux = true};
    bool console = p->nographic || (!p->display_none && !p->serial && !p->monitor);
    char *message = NULL;

    if (p->serial && g_str_has_prefix(p->serial, "mon:")) {
        message = parse_char(p, p->serial + 4, &opt->serial);
        if (!message && (opt->serial.kind != CHAR_STDIO || p->monitor)) {
            message = g_strdup_printf("'%s': %s", p->serial,
                                      p->monitor ? "there is a -monitor, too"
                                                 : "the monitor can share stdio only");
        }
        opt->serial.mux = true;
        opt->monitor = shared;
    } else if (p->serial) {
        message = parse_char(p, p->serial, &opt->serial);
    } else if (console) {
        opt->serial = (CharOption){.kind = CHAR_STDIO, .mux = !p->monitor};
    } else {
        opt->serial.kind = CHAR_NULL;
    }
    if (message) {
        return option_result(error, "--serial", message);
    }
    if (p->monitor) {
        message = parse_char(p, p->monitor, &opt->monitor);
        if (!message && opt->monitor.kind == CHAR_FILE) {
            message = g_strdup_printf("'%s': the monitor needs input", p->monitor);
        }
    } else if (!p->serial && console) {
        opt->monitor = shared;
    } else if (p->nographic && opt->serial.kind != CHAR_STDIO) {
        opt->monitor.kind = CHAR_STDIO;
    }
    if (message) {
        return option_result(error, "--monitor", message);
    }
    return option_result(error, "--serial", check_stdio(opt));
}
