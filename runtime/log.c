/* The log of -d. Buffered: a write to the host is dear under Node. The main loop flushes it. */
#include "runtime/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/host.h"

uint32_t log_mask;

static int log_fd = HOST_STDERR;
static char buffer[1 << 16];
static size_t used;

char *log_set_items(const char *items)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } table[] = {
#define LOG_ROW(name, bit, help) {#name, LOG_##bit},
        LOG_ITEMS(LOG_ROW)
#undef LOG_ROW
    };
    g_auto(GStrv) names = g_strsplit(items, ",", -1);
    uint32_t mask = 0;

    for (char **n = names; *n; n++) {
        unsigned i = 0;

        while (i < G_N_ELEMENTS(table) && strcmp(table[i].name, *n) != 0) {
            i++;
        }
        if (i == G_N_ELEMENTS(table)) {
            return g_strdup_printf("unknown log item '%s' (-d help lists them)", *n);
        }
        mask |= table[i].bit;
    }
    log_mask = mask;
    return NULL;
}

char *log_set_file(const char *path)
{
    int fd = host_open(path, HOST_CREATE);

    if (fd < 0) {
        return g_strdup_printf("log file '%s': %s", path, host_strerror(fd));
    }
    log_fd = fd;
    return NULL;
}

void log_flush(void)
{
    if (used) {
        host_write_all(log_fd, buffer, used);
        used = 0;
    }
}

void log_write(const char *text, size_t len)
{
    if (len > sizeof(buffer) - used) {
        log_flush();
    }
    if (len > sizeof(buffer)) {
        host_write_all(log_fd, text, len);
        return;
    }
    memcpy(buffer + used, text, len);
    used += len;
}

void log_printf(const char *fmt, ...)
{
    char line[512];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof(line)) {
        log_write(line, (size_t)n);
    } else {
        g_autofree char *text = NULL;

        va_start(ap, fmt);
        text = g_strdup_vprintf(fmt, ap);
        va_end(ap);
        log_write(text, strlen(text));
    }
}
