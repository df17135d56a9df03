/*
 * Modules of hand-made objects, with imports of their own: written, read back, and kept to be
 * validated (module-check.h).
 */
#ifndef TESTS_LIB_LINK_MODULES_H
#define TESTS_LIB_LINK_MODULES_H

#include "tests/lib/link-objects.h"
#include "tests/lib/module-check.h"
#include "tests/lib/wasm-reader.h"

enum { KEY_A = 16, KEY_B = 70000, SLOT_A = 3, SLOT_B = 90 };

enum { NB_TEST_IMPORTS = 5 };
extern const LinkImport test_imports[NB_TEST_IMPORTS];

/* Slots of KEY_A and KEY_B are SLOT_A and SLOT_B, of others the key. */
LinkOptions test_options(bool memory64, bool shared);

/* Writes the module and keeps it as NAME.wasm. Frees the objects. */
LinkModule *make(const char *name, LinkDraft **drafts, unsigned n, const LinkOptions *opt);
LinkModule *make_objects(const char *name, LinkObject **objects, unsigned n,
                         const LinkOptions *opt);

/* The module is refused, with these words in the error. */
void expect_error_objects(LinkObject **objects, unsigned n, const LinkOptions *opt,
                          const char *part);
/* The same; frees the drafts. */
void expect_error(LinkDraft **drafts, unsigned n, const LinkOptions *opt, const char *part);
void expect_error1(LinkDraft *draft, const LinkOptions *opt, const char *part);

/* Reads a goto to `key`; returns the function that it calls directly, or -1. */
int64_t read_goto(Reader *r, const LinkOptions *opt, uint32_t key);

#endif
