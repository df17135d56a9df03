/*
 * The parts of the module writer: scan.c finds what a module needs, module.c writes it, code.c its
 * functions with their relocations and hints.
 */
#ifndef LINKER_WRITER_H
#define LINKER_WRITER_H

#include "linker/leb.h"
#include "linker/object.h"

/* What the engines take (https://webassembly.github.io/spec/js-api/#limits). */
enum {
    MAX_BODY = 7654321, /* with the declarations of locals */
    MAX_LOCALS = 50000, /* with the parameters */
    MAX_FUNCTIONS = 1000000,
    MAX_TYPES = 1000000,
    MAX_TABLE = 10000000,
    MAX_MODULE = 1 << 30,
    MAX_PAGES32 = 65536,
    MAX_PAGES64 = 262144,
};

enum {
    OP_IF = 0x04,
    OP_END = 0x0b,
    OP_BR_IF = 0x0d,
    OP_RETURN_CALL = 0x12,
    OP_RETURN_CALL_INDIRECT = 0x13,
    OP_LOCAL_GET = 0x20,
    OP_I32_CONST = 0x41,
    OP_I64_CONST = 0x42,
};

enum { SEC_CUSTOM, SEC_TYPE, SEC_IMPORT, SEC_FUNCTION, SEC_ELEMENT = 9, SEC_CODE = 10 };

/* From the key's field to the end of the slot form: three fields, two opcodes, the table. */
enum { GOTO_SIZE = 3 * LINK_LEB_WIDTH + 3 };

enum { NB_PARAMS = 2 }; /* of a linked function: its first local has this number */
enum { SMALL_TYPES = 32, SMALL_IMPORTS = 64, SMALL_MAP = 64, SMALL_ENTRIES = 8 };

typedef struct TableEntry {
    uint32_t slot;
    uint32_t func; /* number of the object */
    uint32_t key;
} TableEntry;

typedef struct Writer {
    LinkObject *const *objects;
    unsigned n;
    const LinkOptions *opt;
    char **error;
    Bytes out;

    /* Types by their packed form: an open hash table of numbers + 1, and the types in order. */
    uint32_t *type_hash;
    unsigned type_hash_size;
    uint64_t *types;
    unsigned nb_types, cap_types;

    uint32_t *import_index; /* of LinkOptions.imports: number in the module + 1 */
    GArray *imports;

    uint32_t *type_map;  /* types of all objects, one after the other: number in the module */
    TableEntry *entries; /* in the order of their slots */
    unsigned nb_entries;

    size_t unit_gotos; /* of objects in link units */
    /* Entries by key: an open hash table of their numbers + 1. Size 0: nothing can be direct. */
    uint32_t *key_hash;
    unsigned key_hash_size;

    Bytes hints; /* of each function that has some */
    unsigned nb_hinted;
    unsigned nb_direct, nb_slot;

    uint32_t small_hash[SMALL_TYPES * 2];
    uint64_t small_types[SMALL_TYPES];
    uint32_t small_imports[SMALL_IMPORTS];
    uint32_t small_map[SMALL_MAP];
    TableEntry small_entries[SMALL_ENTRIES];
    uint32_t small_keys[SMALL_ENTRIES * 2];
} Writer;

/* Sets *error and returns false. */
bool writer_fail(Writer *w, const char *format, ...) G_GNUC_PRINTF(2, 3);
bool writer_fail_object(Writer *w, unsigned i, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Number of a type in the module, by its packed form; type_pack() is 0 for what is no type. */
uint64_t type_pack(const LinkType *t);
unsigned type_number(Writer *w, uint64_t packed);

/* The first pass: limits, types and imports used, entries in the order of their slots. */
bool writer_scan(Writer *w);

/* Number of the object that a goto of object i to this key may call directly, or -1. (scan.c) */
int64_t direct_target(const Writer *w, unsigned i, uint32_t key);

/* To be ended by bytes_end(). */
static inline size_t begin_section(Bytes *b, uint8_t id)
{
    bytes_u8(b, id);
    return bytes_begin(b);
}

/* The code section, with branch hints before it on request. (code.c) */
void write_code(Writer *w);

#endif
