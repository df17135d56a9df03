/* Hand-made objects for tests of the linker and of the host of its modules. */
#ifndef TESTS_LIB_LINK_OBJECTS_H
#define TESTS_LIB_LINK_OBJECTS_H

#include "linker/object.h"

enum { OP_END = 0x0b };

/* Appends bytes to a draft's body. */
#define OPS(obj, ...)                                                \
    g_byte_array_append((obj)->body, (const uint8_t[]){__VA_ARGS__}, \
                        sizeof((const uint8_t[]){__VA_ARGS__}))

void add_reloc(LinkDraft *obj, unsigned kind, uint32_t target);
/* of the instruction that comes next */
void add_hint(LinkDraft *obj, bool likely);
void add_entry(LinkDraft *obj, uint32_t key, uint32_t slot);
void add_locals(LinkDraft *obj, uint8_t type, unsigned n);
/* local.get $env as an address */
void op_env(LinkDraft *obj, bool memory64);
/* call of an import of LinkOptions */
void op_call(LinkDraft *obj, uint32_t import);
/* the slot form of a goto */
void op_goto(LinkDraft *obj, bool memory64, uint32_t key);
/* Returns a number, as a linked function must. */
LinkDraft *object_const(uint32_t key, uint32_t slot, int32_t value);
/* Counts the i32 at env down: returns 2 if it was 0, else goes on to key `next`. */
LinkDraft *object_count(bool memory64, uint32_t key, uint32_t slot, uint32_t next);
/* Calls import 1 with env, then 0 with env and the key it was given, and goes on to `next`. */
LinkDraft *object_helpers(bool memory64, uint32_t key, uint32_t slot, uint32_t next);

/* The objects of n drafts, which are freed, in an array of their own. */
LinkObject **objects_finish(LinkDraft **drafts, unsigned n);
void objects_free(LinkObject **objects, unsigned n);

#endif
