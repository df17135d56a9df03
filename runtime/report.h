/* Messages to the user on standard error, one line each, prefixed "weft: ". */
#ifndef RUNTIME_REPORT_H
#define RUNTIME_REPORT_H

#include <glib.h>

void report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

#endif
