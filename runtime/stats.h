/* -jit-stats: one JSON object about the run. */
#ifndef RUNTIME_STATS_H
#define RUNTIME_STATS_H

#include "runtime/vm.h"

/* Appends the object. `wall_ns` is the time since the machine started. */
void stats_json(VM *vm, int64_t wall_ns, GString *out);
/* Writes it to a file, replacing what is there. NULL or an error, to g_free(). */
char *stats_write(VM *vm, int64_t wall_ns, const char *path);

#endif
