/* Calls of helpers with uncommon signatures, through libffi. */
#include <ffi.h>
#include <string.h>

#include "tcg/tci/tci.h"

struct TCICall {
    ffi_cif cif;
    void (*func)(void);
    char ret; /* signature characters */
    char arg[TCG_MAX_CALL_ARGS + 1];
    ffi_type *types[TCG_MAX_CALL_ARGS];
};

static ffi_type *type_of(char c)
{
    switch (c) {
    case 'v': return &ffi_type_void;
    case 'w': return &ffi_type_uint32;
    case 'l': return &ffi_type_uint64;
    case 'e': return &ffi_type_pointer;
    default: g_error("helper signature character '%c'", c);
    }
}

/* One prepared call a helper, kept for the life of the process: bytecode holds its address. */
TCICall *tci_prepare_call(const TCGHelperInfo *info)
{
    static GHashTable *cache;
    if (!cache) {
        cache = g_hash_table_new(g_direct_hash, g_direct_equal);
    }
    TCICall *call = g_hash_table_lookup(cache, info);
    if (call) {
        return call;
    }
    call = g_new0(TCICall, 1);
    call->func = info->func;
    call->ret = info->signature[0];
    g_strlcpy(call->arg, info->signature + 1, sizeof(call->arg));
    unsigned n = (unsigned)strlen(call->arg);
    for (unsigned k = 0; k < n; k++) {
        call->types[k] = type_of(call->arg[k]);
    }
    if (ffi_prep_cif(&call->cif, FFI_DEFAULT_ABI, n, type_of(call->ret), call->types) != FFI_OK) {
        g_error("libffi refuses the signature %s of helper %s", info->signature, info->name);
    }
    g_hash_table_insert(cache, (void *)info, call);
    return call;
}

uint64_t tci_call_ffi(TCICall *call, void *env, const uint16_t *cells, bool *is32)
{
    void *values[TCG_MAX_CALL_ARGS];
    /* libffi widens small results to ffi_arg */
    union {
        ffi_arg word;
        uint64_t value;
    } ret = {0};

    for (unsigned k = 0; k < call->cif.nargs; k++) {
        values[k] = call->arg[k] == 'e' ? (void *)&env : (void *)((char *)env + cells[k]);
    }
    ffi_call(&call->cif, call->func, &ret, values);
    *is32 = call->ret == 'w';
    return *is32 ? (uint32_t)ret.word : ret.value;
}
