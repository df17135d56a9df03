/* Commands run on the vCPU's thread between two TBs, so they see the machine in a whole state. */
#include "runtime/monitor.h"

#include <stdarg.h>
#include <string.h>

enum { LINE_MAX_LENGTH = 256 };

struct Monitor {
    VM *vm;
    Chardev *chr;
    bool greeted;
    bool last_cr; /* a line feed after a carriage return is the same key */
    size_t len;
    char line[LINE_MAX_LENGTH + 1];
};

typedef struct Command {
    const char *name, *alias, *help;
    void (*run)(Monitor *mon, GString *out);
} Command;

static const Command commands[];

static void cmd_help(Monitor *mon, GString *out)
{
    for (const Command *c = commands; c->name; c++) {
        g_string_append_printf(out, "%s%s%s -- %s\n", c->name, c->alias ? "|" : "",
                               c->alias ? c->alias : "", c->help);
    }
}

static void cmd_quit(Monitor *mon, GString *out)
{
    vm_quit(mon->vm, 0);
}

static void cmd_stop(Monitor *mon, GString *out)
{
    vm_stop(mon->vm);
}

static void cmd_cont(Monitor *mon, GString *out)
{
    vm_cont(mon->vm);
}

static void cmd_reset(Monitor *mon, GString *out)
{
    mon->vm->reset_requested = true;
}

static void cmd_powerdown(Monitor *mon, GString *out)
{
    g_string_append(out, "system_powerdown: this board has no power button\n");
}

static void info_registers(Monitor *mon, GString *out)
{
    CPUState *cpu = mon->vm->cpu;

    cpu->ops->dump_state(cpu, out);
}

static void info_jit(Monitor *mon, GString *out)
{
    cpu_jit_info(mon->vm->cpu, out);
}

static void info_mtree(Monitor *mon, GString *out)
{
    bus_dump(mon->vm->bus, out);
}

static void info_status(Monitor *mon, GString *out)
{
    g_string_append_printf(out, "VM status: %s\n", mon->vm->stopped ? "paused" : "running");
}

static void info_version(Monitor *mon, GString *out)
{
    g_string_append(out, WEFT_VERSION "\n");
}

static const Command commands[] = {
    {"help", "?", "this list", cmd_help},
    {"quit", "q", "leave the emulator", cmd_quit},
    {"stop", "s", "stop the machine", cmd_stop},
    {"cont", "c", "let the machine go on", cmd_cont},
    {"system_reset", NULL, "reset the machine", cmd_reset},
    {"system_powerdown", NULL, "press the power button", cmd_powerdown},
    {"info registers", NULL, "registers and CSRs of the hart", info_registers},
    {"info jit", NULL, "translation statistics", info_jit},
    {"info mtree", NULL, "map of the physical address space", info_mtree},
    {"info status", NULL, "whether the machine runs", info_status},
    {"info version", NULL, "version of the emulator", info_version},
    {NULL},
};

/* ---- the line ---- */

static void put(Monitor *mon, const char *text, size_t len)
{
    /* The terminal is raw as far as the guest's output goes: a line end needs both characters. */
    while (len > 0) {
        const char *nl = memchr(text, '\n', len);
        size_t n = nl ? (size_t)(nl - text) : len;

        if (n) {
            chardev_write(mon->chr, (const uint8_t *)text, n);
        }
        if (nl) {
            chardev_write(mon->chr, (const uint8_t *)"\r\n", 2);
            n++;
        }
        text += n;
        len -= n;
    }
}

static void prompt(Monitor *mon)
{
    put(mon, "(weft) ", 7);
}

void monitor_focus(void *opaque)
{
    Monitor *mon = opaque;
    static const char banner[] =
        "Weft " WEFT_VERSION " monitor - type 'help' for more information\n";

    if (!mon->greeted) {
        mon->greeted = true;
        put(mon, banner, sizeof(banner) - 1);
    }
    prompt(mon);
    put(mon, mon->line, mon->len);
}

/* Words of the line joined by one space, so that "info   jit " is the command "info jit". */
static char *normalise(const char *line)
{
    g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
    GString *s = g_string_new(NULL);

    for (char **w = words; *w; w++) {
        if (**w) {
            g_string_append_printf(s, "%s%s", s->len ? " " : "", *w);
        }
    }
    return g_string_free(s, FALSE);
}

static void execute(Monitor *mon)
{
    g_autofree char *text = normalise(mon->line);
    GString *out = g_string_new(NULL);
    const Command *c = commands;

    while (c->name && strcmp(text, c->name) != 0 && (!c->alias || strcmp(text, c->alias) != 0)) {
        c++;
    }
    if (c->name) {
        c->run(mon, out);
    } else if (strcmp(text, "info") == 0) {
        for (c = commands; c->name; c++) {
            if (g_str_has_prefix(c->name, "info ")) {
                g_string_append_printf(out, "%s -- %s\n", c->name, c->help);
            }
        }
    } else if (*text) {
        g_string_append_printf(out, "unknown command: '%s'\n", text);
    }
    put(mon, out->str, out->len);
    g_string_free(out, TRUE);
}

static void end_line(Monitor *mon)
{
    put(mon, "\n", 1);
    mon->line[mon->len] = '\0';
    execute(mon);
    mon->len = 0;
    if (!mon->vm->quit) {
        prompt(mon);
    }
}

static void receive_byte(Monitor *mon, uint8_t byte)
{
    switch (byte) {
    case '\n':
        if (!mon->last_cr) {
            end_line(mon);
        }
        break;
    case '\r': end_line(mon); break;
    case 8:
    case 127: /* backspace */
        if (mon->len) {
            mon->len--;
            put(mon, "\b \b", 3);
        }
        break;
    case 21: /* Ctrl-U: the whole line */
        for (; mon->len; mon->len--) {
            put(mon, "\b \b", 3);
        }
        break;
    default:
        if (byte >= ' ' && mon->len < LINE_MAX_LENGTH) {
            mon->line[mon->len++] = (char)byte;
            put(mon, (const char *)&byte, 1);
        }
    }
    mon->last_cr = byte == '\r';
}

static size_t monitor_can_receive(void *opaque)
{
    /* After `quit` the rest of the input is nobody's. */
    return ((Monitor *)opaque)->vm->quit ? 0 : 1;
}

static void monitor_receive(void *opaque, const uint8_t *buf, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        receive_byte(opaque, buf[i]);
    }
}

/* ---- life ---- */

Monitor *monitor_new(VM *vm)
{
    Monitor *mon = g_new0(Monitor, 1);

    mon->vm = vm;
    return mon;
}

void monitor_attach(Monitor *mon, Chardev *chr)
{
    mon->chr = chr;
    chr->can_receive = monitor_can_receive;
    chr->receive = monitor_receive;
    chr->opaque = mon;
}

void monitor_free(Monitor *mon)
{
    g_free(mon);
}
