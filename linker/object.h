/*
 * The object format: what the Wasm generator makes of one TB or of a region of TBs, and what the
 * linker takes. It knows neither guests nor JavaScript.
 *
 * An object is one Wasm function body in relocatable form. Every place that depends on the module
 * it ends up in is a relocation: a LEB128 field of fixed width (5 bytes) in the object, for which
 * the linker writes as few bytes as the number takes.
 *
 * All linked functions share one type (docs/wasm-abi.md):
 *
 *     (param $env i64) (param $key i32) (result i32)
 *
 * $env is the 64-bit C pointer on every host; the result is a LinkExit or the number of the key to
 * go on with. $key is that of the entry that is wanted: the function of a region goes by it.
 *
 * An object is built as a LinkDraft of growing arrays and then becomes a LinkObject, one block of
 * memory that can be linked any number of times.
 */
#ifndef LINKER_OBJECT_H
#define LINKER_OBJECT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Wasm value types as encoded. */
enum { WASM_I32 = 0x7f, WASM_I64 = 0x7e, WASM_F32 = 0x7d, WASM_F64 = 0x7c };

enum { LINK_LEB_WIDTH = 5 };

/* What a linked function returns: below LINK_FIRST_KEY a reason, else the key to go on with. */
enum {
    LINK_EXIT_BUDGET =
        0, /* budget spent or exit requested at the head of the TB of env->exit_slot */
    LINK_EXIT_LOOKUP = 1, /* env->pc is set, flags unchanged */
    LINK_EXIT_PC = 2,     /* env->pc is set, flags or interrupts may have changed */
    LINK_EXIT_TRAP = 3,   /* env->trap is set; env->exit_slot and env->exit_insn say where */
    LINK_EXIT_SLOW = 4,  /* env->exit_slot and env->exit_insn: the interpreter is to go on there, to
                            the end of the TB; nothing of that insn has happened */
    LINK_FIRST_KEY = 16, /* key numbers below this are never given out */
};

typedef enum LinkRelocKind {
    /* index of an imported function; target = number in the import table of the host (a helper) */
    RELOC_FUNC_IMPORT,
    /* index of a function type; target = index into the object's types */
    RELOC_TYPE,
    /*
     * a whole goto; target = key. In the object it is the slot form,
     *
     *     local.get $env
     *     i32.const <key>
     *     i32.const <table slot>            i64.const where tables are indexed by i64
     *     return_call_indirect <type> 0
     *
     * with all three as 5-byte fields, and the relocation's offset is that of the key's field. The
     * linker writes the number of the type of linked functions itself. It may write the direct form
     * instead (LinkOptions.direct), which is shorter:
     *
     *     local.get $env
     *     i32.const <key>
     *     return_call <function>
     *
     * Not used by per-TB modules.
     */
    RELOC_GOTO_TB,
} LinkRelocKind;

/* Offsets are from the body's first instruction; a body has less than 2^23 bytes. */
typedef struct LinkReloc {
    uint32_t offset : 24; /* of the field */
    uint32_t kind : 8;    /* LinkRelocKind */
    uint32_t target;
} LinkReloc;

/* Whether the condition of an `if` or `br_if` is likely not to be 0. */
typedef struct LinkHint {
    uint32_t offset : 31; /* of the instruction */
    uint32_t likely : 1;
} LinkHint;

/* A function type that the body names: parameters and at most one result, as Wasm value types. */
typedef struct LinkType {
    uint8_t nb_params;
    uint8_t params[9];
    uint8_t result; /* 0: none */
} LinkType;

/* An imported function of the host: what a RELOC_FUNC_IMPORT's target is an index of. */
typedef struct LinkImport {
    const char *name; /* for the name section */
    LinkType type;
    uint64_t address; /* C function pointer: the host finds the function by it */
} LinkImport;

typedef struct LinkEntry {
    uint32_t key;        /* key number whose slot this body serves */
    uint32_t table_slot; /* index in the shared function table */
} LinkEntry;

/* ---- objects (linker/object.c) ---- */

/* An object that is being made. */
typedef struct LinkDraft {
    GByteArray *body; /* instructions, without the local declarations, with the final `end` */
    GArray *locals;   /* uint8_t value types of the locals behind the two parameters, in order */
    GArray *relocs;   /* LinkReloc, ascending by offset */
    GArray *hints;    /* LinkHint, ascending by offset */
    GArray *types;    /* LinkType */
    GArray *entries;  /* LinkEntry; exactly one for a TB */
} LinkDraft;

LinkDraft *link_draft_new(void);
void link_draft_free(LinkDraft *d);

/* One block of memory: behind the relocations lie the arrays that the functions below find. */
typedef struct LinkObject {
    char *name;     /* for the name section, or NULL; freed with the object */
    uint32_t unit;  /* link unit, 0: none; see LinkOptions.direct */
    uint32_t insns; /* guest instructions */
    uint32_t nb_relocs, nb_entries, nb_hints, nb_types;
    uint32_t nb_locals;   /* behind the two parameters */
    uint32_t locals_size; /* bytes of their declarations */
    uint32_t body_size;   /* bytes of the instructions */
    LinkReloc relocs[];
} LinkObject;

/* The object that the draft describes; frees the draft. */
LinkObject *link_draft_finish(LinkDraft *d);
void link_object_free(LinkObject *obj);
/* Bytes of memory that the object occupies. */
size_t link_object_size(const LinkObject *obj);

/* table_slot may be set anew before the object is linked. */
static inline LinkEntry *link_object_entries(const LinkObject *obj)
{
    return (LinkEntry *)(void *)(obj->relocs + obj->nb_relocs);
}

static inline const LinkHint *link_object_hints(const LinkObject *obj)
{
    return (const LinkHint *)(void *)(link_object_entries(obj) + obj->nb_entries);
}

static inline const LinkType *link_object_types(const LinkObject *obj)
{
    return (const LinkType *)(link_object_hints(obj) + obj->nb_hints);
}

/* The vector of local declarations, as Wasm encodes it. */
static inline const uint8_t *link_object_locals(const LinkObject *obj)
{
    return (const uint8_t *)(link_object_types(obj) + obj->nb_types);
}

static inline const uint8_t *link_object_body(const LinkObject *obj)
{
    return link_object_locals(obj) + obj->locals_size;
}

/* ---- module writer (linker/module.c) ---- */

typedef struct LinkOptions {
    bool memory64;                   /* memory and table are indexed by i64 */
    bool shared_memory;              /* the host's memory is shared (threads) */
    uint64_t memory_min, memory_max; /* pages of 64 KiB, as the host's was declared; max 0: none */
    const LinkImport *imports;       /* the host's functions: what RELOC_FUNC_IMPORT indexes */
    unsigned nb_imports;
    /* Table slot of a key, for RELOC_GOTO_TB; NULL where there are none. */
    uint32_t (*slot_for)(void *opaque, uint32_t key);
    void *slot_opaque;
    /*
     * A RELOC_GOTO_TB gets the direct form if its target is an entry of an object of this module
     * and both objects are of the same link unit, other than 0. So the caller must put the stub
     * into the slots of a whole unit at once.
     */
    bool direct;
    bool hints;              /* write a section of branch hints */
    bool names;              /* write a name section */
    const char *module_name; /* for it, or NULL */
} LinkOptions;

typedef struct LinkModule {
    GByteArray *bytes;
    /* the imports used, in the order of the module's imports "h"."0", "h"."1", ...: indices into
     * LinkOptions.imports (uint32_t) */
    GArray *imports;
    unsigned nb_direct, nb_slot; /* gotos of each form */
} LinkModule;

/*
 * Writes one module of n objects: types (0 is that of linked functions), imports "e"."m" (memory),
 * "e"."t" (table) and the functions used, one function an object, an active element segment for
 * each run of consecutive table slots, code with relocations applied, on request branch hints
 * ("metadata.code.branch_hint") and names. NULL and *error (to g_free()) when an object is
 * malformed or a limit of the engines is exceeded (function body 7,654,321 bytes, 50,000 locals
 * with parameters, 1,000,000 functions, table of 10,000,000, module of 1 GiB). Objects and options
 * are only read; any thread.
 */
LinkModule *link_write_module(LinkObject *const *objects, unsigned n, const LinkOptions *options,
                              char **error);
void link_module_free(LinkModule *m);

#endif
