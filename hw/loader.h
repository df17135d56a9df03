/*
 * Kernels, firmware and initial ramdisks: what kind of file it is, whether it is whole, and where
 * its bytes go. Errors are one line that names the file, to g_free(). Nothing is written before
 * everything has been checked.
 */
#ifndef HW_LOADER_H
#define HW_LOADER_H

#include <glib.h>

#include "hw/board.h"

enum { LOADER_MAX_SEGMENTS = 16 };

typedef struct LoadSegment {
    uint64_t addr;
    const uint8_t *data;
    uint64_t size;  /* bytes of data */
    uint64_t clear; /* zero bytes after them */
} LoadSegment;

typedef struct LoadedImage {
    LoadSegment seg[LOADER_MAX_SEGMENTS];
    unsigned nb_seg;
    uint64_t lo, hi; /* all RAM that it takes, its zeroed part included; hi is exclusive */
    uint64_t entry;
    uint8_t *owned; /* decompressed bytes */
} LoadedImage;

typedef struct LoadTarget {
    uint64_t ram_base, ram_size;
    uint64_t flat_base; /* where a raw firmware goes, or what text_offset counts from */
} LoadTarget;

/*
 * A RISC-V Linux Image (boot-image-header.rst), as such or in gzip, or an ELF executable. min_addr:
 * a flat Image goes there at the lowest (firmware expects it at a fixed place).
 */
char *load_kernel(const Blob *file, const LoadTarget *to, uint64_t min_addr, LoadedImage *out);
/* ELF, or raw bytes. */
char *load_firmware(const Blob *file, const LoadTarget *to, LoadedImage *out);
void loaded_image_clear(LoadedImage *img);
/* Writes all segments; ram is host memory of the target's RAM. */
void loaded_image_write(const LoadedImage *img, const LoadTarget *to, uint8_t *ram);

/* initrd.c: an initial ramdisk that Linux will understand and that is not cut short. */
char *initrd_check(const Blob *file);
/* Decompresses gzip to at most max bytes; out may be NULL, to check only. */
char *gzip_expand(const Blob *file, uint64_t max, GByteArray *out);
/* "12.5 MiB" and the like, to g_free(). */
char *size_text(uint64_t bytes);

#endif
