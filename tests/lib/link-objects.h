/* Hand-made objects for tests of the linker and of the host of its modules. */
#ifndef TESTS_LIB_LINK_OBJECTS_H
#define TESTS_LIB_LINK_OBJECTS_H

#include "linker/object.h"

enum { OP_END = 0x0b };

/* Appends bytes to an object's body. */
#define OPS(obj, ...)                                                \
    g_byte_array_append((obj)->body, (const uint8_t[]){__VA_ARGS__}, \
                        sizeof((const uint8_t[]){__VA_ARGS__}))

void add_reloc(LinkObject *obj, unsigned kind, uint32_t target);
void add_entry(LinkObject *obj, uint32_t key, uint32_t slot);
void add_locals(LinkObject *obj, uint8_t type, unsigned n);
/* local.get $env as an address */
void op_env(LinkObject *obj, bool memory64);
/* call of an import of LinkOptions */
void op_call(LinkObject *obj, uint32_t import);
/* the slot form of a goto */
void op_goto(LinkObject *obj, bool memory64, uint32_t key);
/* Returns a number, as a linked function must. */
LinkObject *object_const(uint32_t key, uint32_t slot, int32_t value);
/* Counts the i32 at env down: returns 2 if it was 0, else goes on to key `next`. */
LinkObject *object_count(bool memory64, uint32_t key, uint32_t slot, uint32_t next);
/* Calls import 1 with env, then 0 with env and the key it was given, and goes on to `next`. */
LinkObject *object_helpers(bool memory64, uint32_t key, uint32_t slot, uint32_t next);

#endif
