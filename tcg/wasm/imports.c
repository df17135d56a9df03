/* The host's functions as imports, in the order of the numbers in wasm.h. */
#include "tcg/wasm/wasm.h"

#include <string.h>

static uint8_t type_of(char c)
{
    switch (c) {
    case 'v': return 0;
    case 'w': return WASM_I32;
    case 'l':
    case 'e': return WASM_I64;
    default: g_error("helper signature character '%c'", c);
    }
}

static LinkImport import(const char *name, const char *signature, uintptr_t address)
{
    LinkImport m = {.name = name, .address = address};
    m.type.nb_params = (uint8_t)(strlen(signature) - 1);
    m.type.result = type_of(signature[0]);
    for (unsigned k = 0; k < m.type.nb_params; k++) {
        m.type.params[k] = type_of(signature[1 + k]);
    }
    return m;
}

LinkImport *wasm_imports(const TCGContext *s, unsigned *nb)
{
    LinkImport *list = g_new(LinkImport, WASM_FIRST_HELPER + s->nb_helpers);

    list[WASM_IMPORT_LD] = import("cpu_ld_mmu", "lelw", (uintptr_t)cpu_ld_mmu);
    list[WASM_IMPORT_ST] = import("cpu_st_mmu", "vellw", (uintptr_t)cpu_st_mmu);
    for (unsigned k = 0; k < s->nb_helpers; k++) {
        const TCGHelperInfo *h = &s->helpers[k];
        list[WASM_FIRST_HELPER + k] = import(h->name, h->signature, (uintptr_t)h->func);
    }
    *nb = WASM_FIRST_HELPER + s->nb_helpers;
    return list;
}
