/* Reading a module back: LEB128 and sections. */
#ifndef TESTS_LIB_WASM_READER_H
#define TESTS_LIB_WASM_READER_H

#include <string.h>

#include "linker/object.h"

typedef struct Reader {
    const uint8_t *p, *end;
} Reader;

static inline uint64_t get_u(Reader *r)
{
    uint64_t v = 0;
    unsigned shift = 0;
    uint8_t b;

    do {
        g_assert_true(r->p < r->end);
        b = *r->p++;
        v |= (uint64_t)(b & 0x7f) << shift;
        shift += 7;
    } while (b & 0x80);
    return v;
}

static inline int64_t get_s(Reader *r)
{
    const uint8_t *start = r->p;
    uint64_t v = get_u(r);
    unsigned bits = 7 * (r->p - start);

    return bits < 64 ? (int64_t)(v << (64 - bits)) >> (64 - bits) : (int64_t)v;
}

/* Contents of the first section with this id, or NULL. */
static inline Reader section(const LinkModule *m, unsigned id)
{
    Reader r = {m->bytes->data + 8, m->bytes->data + m->bytes->len};

    while (r.p < r.end) {
        unsigned found = *r.p++;
        uint64_t len = get_u(&r);

        g_assert_cmpuint(len, <=, r.end - r.p);
        if (found == id) {
            return (Reader){r.p, r.p + len};
        }
        r.p += len;
    }
    return (Reader){NULL, NULL};
}

/* Contents of the custom section of this name behind the name, or NULL. */
static inline Reader custom_section(const LinkModule *m, const char *name)
{
    Reader r = {m->bytes->data + 8, m->bytes->data + m->bytes->len};

    while (r.p < r.end) {
        unsigned id = *r.p++;
        uint64_t len = get_u(&r);
        Reader s = {r.p, r.p + len};

        g_assert_cmpuint(len, <=, r.end - r.p);
        if (id == 0) {
            len = get_u(&s);
            g_assert_cmpuint(len, <=, s.end - s.p);
            if (len == strlen(name) && !memcmp(s.p, name, len)) {
                s.p += len;
                return s;
            }
        }
        r.p = s.end;
    }
    return (Reader){NULL, NULL};
}

/* Function i from the declarations of its locals on; the reader ends with it. */
static inline Reader function(const LinkModule *m, unsigned i)
{
    Reader r = section(m, 10);
    uint64_t size;

    g_assert_cmpuint(get_u(&r), >, i);
    for (unsigned k = 0; k < i; k++) {
        size = get_u(&r);
        r.p += size;
    }
    size = get_u(&r);
    r.end = r.p + size;
    return r;
}

/* Its instructions. */
static inline Reader body(const LinkModule *m, unsigned i)
{
    Reader r = function(m, i);

    for (uint64_t runs = get_u(&r); runs; runs--) {
        get_u(&r);
        r.p++;
    }
    return r;
}

#endif
