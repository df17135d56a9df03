/* Files that the guest boots from, read whole into memory. */
#ifndef RUNTIME_LOADER_H
#define RUNTIME_LOADER_H

#include "hw/board.h"

/*
 * Reads `path` into *out, whose name becomes `path`. NULL, or an error that names `what` and the
 * file, to g_free(): missing, unreadable, a directory, empty, larger than `max` bytes.
 */
char *loader_read(const char *what, const char *path, uint64_t max, Blob *out);
void loader_free(Blob *blob);
/*
 * Where firmware of that name is: the name itself if there is such a file, else in the first of
 * `dirs` (NULL-terminated, may be NULL) that has one, else the name. To g_free().
 */
char *loader_find(const char *name, char *const *dirs);

#endif
