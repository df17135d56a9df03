/* Raw disk images: host files, byte for byte. */
#ifndef RUNTIME_BLOCK_RAW_H
#define RUNTIME_BLOCK_RAW_H

#include "hw/block.h"

/* NULL and *error (names the file, to g_free()) if it cannot be used as a disk. */
BlockBackend *block_raw_open(const char *path, bool readonly, char **error);
/* Writes back and closes. */
void block_raw_close(BlockBackend *blk);

#endif
