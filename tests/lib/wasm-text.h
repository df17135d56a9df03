/* A function body of the Wasm generator as text, for goldens and -d wasm style messages. */
#ifndef TESTS_LIB_WASM_TEXT_H
#define TESTS_LIB_WASM_TEXT_H

#include "linker/object.h"

/*
 * Appends the body of an object: one statement a line (what leaves nothing on the stack ends one),
 * nested by two blanks. Locals are named by type and number; fields that the linker fills in show
 * what they stand for; offsets of CPUState, soft TLB and jump cache have names. `imports` are those
 * that RELOC_FUNC_IMPORT indexes.
 */
void wasm_text(const LinkObject *obj, const LinkImport *imports, unsigned nb_imports, GString *out);

#endif
