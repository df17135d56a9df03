/*
 * What others say of the modules that a test makes: they are kept in a directory of the test, and
 * validated together by wabt and by Node.js. WEFT_WABT (a directory) and WEFT_NODE name the tools.
 */
#ifndef TESTS_LIB_MODULE_CHECK_H
#define TESTS_LIB_MODULE_CHECK_H

#include "linker/object.h"

void module_check_init(void);
/* The directory, for tests whose modules are written by others; and how many modules it has. */
const char *module_check_dir(void);
unsigned module_check_count(void);
void module_check_keep(const char *name, const LinkModule *m);
/* A file for run-modules.mjs. */
void module_check_text(const char *name, const char *text);
/* Test cases, to be added behind all that make modules. */
void module_check_wabt(void);
/* This one also runs modules called run-* and what runs.json says: tests/linker/run-modules.mjs. */
void module_check_node(void);
void module_check_end(void);

#endif
