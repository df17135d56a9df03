/* Names of guest addresses, for logs and profilers: from an ELF file's symbol table or a
 * System.map. */
#ifndef RUNTIME_SYMBOLS_H
#define RUNTIME_SYMBOLS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Symbols Symbols;

/* Functions of an ELF64 file; NULL if it is none or has no symbol table. */
Symbols *symbols_from_elf(const uint8_t *data, size_t size);
/*
 * Lines `address type name` as nm and Linux' System.map have them. NULL and *error (to g_free())
 * when no line is of that form.
 */
Symbols *symbols_from_map(const char *name, const uint8_t *data, size_t size, char **error);
void symbols_free(Symbols *s);
/*
 * Appends "name" or "name+0x12" for a virtual address to out; false (nothing appended) when no
 * symbol stands at or within 1 MiB before it. s may be NULL.
 */
bool symbols_describe(const Symbols *s, uint64_t addr, GString *out);

#endif
