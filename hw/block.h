/* A disk image as a device sees it: bytes at offsets. Synchronous; implemented in runtime/. */
#ifndef HW_BLOCK_H
#define HW_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct BlockBackend BlockBackend;
struct BlockBackend {
    uint64_t size; /* bytes */
    bool readonly;
    const char *name; /* for messages and the serial number */
    /* All of len bytes or failure: 0, or a negative errno. */
    int (*read)(BlockBackend *blk, uint64_t offset, void *buf, uint64_t len);
    int (*write)(BlockBackend *blk, uint64_t offset, const void *buf, uint64_t len);
    int (*flush)(BlockBackend *blk);
};

#endif
