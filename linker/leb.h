/* LEB128, minimal and of fixed width, and a growing buffer of bytes to write them to. */
#ifndef LINKER_LEB_H
#define LINKER_LEB_H

#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "linker/object.h"

enum { LEB_MAX = 10 }; /* bytes of a 64-bit number */

static inline unsigned leb_put_u(uint8_t *p, uint64_t v)
{
    unsigned n = 0;

    while (v >= 0x80) {
        p[n++] = 0x80 | (v & 0x7f);
        v >>= 7;
    }
    p[n++] = v;
    return n;
}

static inline unsigned leb_put_s(uint8_t *p, int64_t v)
{
    unsigned n = 0;

    while (v < -0x40 || v >= 0x40) {
        p[n++] = 0x80 | (v & 0x7f);
        v >>= 7;
    }
    p[n++] = v & 0x7f;
    return n;
}

static inline unsigned leb_size_u(uint64_t v)
{
    unsigned n = 1;

    while (v >>= 7) {
        n++;
    }
    return n;
}

/* `width` bytes, 1 to 5, for a number that fits in them. */
static inline void leb_put_wide(uint8_t *p, uint32_t v, unsigned width)
{
    for (unsigned k = 1; k < width; k++, v >>= 7) {
        *p++ = 0x80 | (v & 0x7f);
    }
    *p = v;
}

/*
 * LINK_LEB_WIDTH bytes whatever the number: 0 to 2^32-1 unsigned, -2^31 to 2^31-1 signed. The bits
 * behind the 32 are zero, or copies of the sign: engines refuse anything else.
 */
static inline void leb_put_u5(uint8_t *p, uint32_t v)
{
    p[0] = 0x80 | (v & 0x7f);
    p[1] = 0x80 | (v >> 7 & 0x7f);
    p[2] = 0x80 | (v >> 14 & 0x7f);
    p[3] = 0x80 | (v >> 21 & 0x7f);
    p[4] = v >> 28;
}

static inline void leb_put_s5(uint8_t *p, int32_t v)
{
    leb_put_u5(p, (uint32_t)v);
    p[4] = (v >> 28) & 0x7f;
}

typedef struct Bytes {
    uint8_t *data;
    size_t len, cap;
} Bytes;

/* At least n more bytes may be written behind this. */
static inline uint8_t *bytes_room(Bytes *b, size_t n)
{
    if (G_UNLIKELY(b->cap - b->len < n)) {
        b->cap = MAX(b->cap * 2, b->len + n);
        b->data = g_realloc(b->data, b->cap);
    }
    return b->data + b->len;
}

static inline void bytes_u8(Bytes *b, uint8_t v)
{
    *bytes_room(b, 1) = v;
    b->len++;
}

static inline void bytes_put(Bytes *b, const void *data, size_t n)
{
    if (n) {
        memcpy(bytes_room(b, n), data, n);
        b->len += n;
    }
}

static inline void bytes_u(Bytes *b, uint64_t v)
{
    b->len += leb_put_u(bytes_room(b, LEB_MAX), v);
}

static inline void bytes_s(Bytes *b, int64_t v)
{
    b->len += leb_put_s(bytes_room(b, LEB_MAX), v);
}

/* Before what is at this place. */
static inline void bytes_insert(Bytes *b, size_t at, const void *data, size_t n)
{
    uint8_t *p = bytes_room(b, n) - b->len + at;

    memmove(p + n, p, b->len - at);
    memcpy(p, data, n);
    b->len += n;
}

/* A length that is not known yet: leaves room for it, filled in by bytes_end(). */
static inline size_t bytes_begin(Bytes *b)
{
    bytes_room(b, LINK_LEB_WIDTH);
    b->len += LINK_LEB_WIDTH;
    return b->len;
}

static inline void bytes_end(Bytes *b, size_t begin)
{
    leb_put_u5(b->data + begin - LINK_LEB_WIDTH, b->len - begin);
}

#endif
