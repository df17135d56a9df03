/* Values of options: key=value lists ("file=disk.img,readonly=on"), sizes, switches. */
#ifndef RUNTIME_KEYVAL_H
#define RUNTIME_KEYVAL_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum KeyType {
    KEY_STRING, /* char *, to g_free() */
    KEY_BOOL,   /* bool: on, off, yes, no, true, false; the key alone is on */
    KEY_UINT,   /* uint64_t, decimal or 0x */
    KEY_MIB,    /* uint64_t in bytes; a number without suffix counts MiB */
    KEY_LATER,  /* a key of QEMU's that is refused as not supported yet */
} KeyType;

/* A table ends with a row whose key is NULL. */
typedef struct KeyRow {
    const char *key;
    KeyType type;
    size_t offset; /* of the field that receives the value */
} KeyRow;

/*
 * Parses a list into the fields of *dst. A first item without '=' is the value of `implied` (unless
 * NULL). A comma in a value is written twice. NULL, or an error that names the item, to g_free().
 */
char *keyval_parse(const char *text, const char *implied, const KeyRow *rows, void *dst);

/* "512M", "1.5G", "64" (times unit), "4096B"; suffixes K, M, G, T. False: no size, or beyond 64
 * bits. */
bool parse_size(const char *text, uint64_t unit, uint64_t *bytes);
bool parse_uint(const char *text, uint64_t *value);
bool parse_bool(const char *text, bool *value);

#endif
