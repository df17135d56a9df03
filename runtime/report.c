#include "runtime/report.h"

#include <stdarg.h>
#include <string.h>

#include "runtime/host.h"

void report(const char *fmt, ...)
{
    va_list ap;
    g_autofree char *text = NULL;
    g_autofree char *line = NULL;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    line = g_strdup_printf("weft: %s\n", text);
    host_write_all(HOST_STDERR, line, strlen(line));
}
