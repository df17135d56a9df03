/*
 * The object format: what the Wasm generator makes of one TB (or, later, of a region of TBs), and
 * what the linker takes. It knows neither guests nor JavaScript.
 *
 * An object is one Wasm function body in relocatable form. Every place that depends on the module
 * it ends up in is a relocation: a LEB128 field of fixed width (5 bytes) that the linker fills in.
 *
 * All linked functions share one type (docs/wasm-abi.md):
 *
 *     (param $env i64) (param $key i32) (result i32)
 *
 * $env is the 64-bit C pointer on every host; the result is a LinkExit or the number of the key to
 * go on with.
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
    LINK_FIRST_KEY = 16,  /* key numbers below this are never given out */
};

typedef enum LinkRelocKind {
    /* index of an imported function; target = number in the import table of the host (a helper) */
    RELOC_FUNC_IMPORT,
    /* index of a function type; target = index into LinkObject.types */
    RELOC_TYPE,
    /*
     * a whole goto, so that the linker may replace it by a direct call. Emitted as
     *   local.get $env; i32.const <key>; i32.const <table slot>; return_call_indirect <type>
     * with both constants as 5-byte fields; the slot is an i64.const where tables are indexed by
     * i64. The offset is that of the key's field, target = key. The type's field, if it is one
     * (type 0 is always that of linked functions), is a RELOC_TYPE of its own. Not used by per-TB
     * modules.
     */
    RELOC_GOTO_TB,
} LinkRelocKind;

typedef struct LinkReloc {
    uint32_t offset; /* of the field in body */
    uint16_t kind;   /* LinkRelocKind */
    uint32_t target;
} LinkReloc;

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

typedef struct LinkObject {
    GByteArray *body;    /* instructions, without the local declarations, with the final `end` */
    GArray *locals;      /* uint8_t value types of the locals behind the two parameters, in order */
    GArray *relocs;      /* LinkReloc, ascending by offset */
    GArray *types;       /* LinkType */
    GArray *entries;     /* LinkEntry; exactly one for a TB */
    GArray *exits;       /* uint32_t keys named by RELOC_GOTO_TB */
    uint64_t guest_phys; /* physical address range of the guest code */
    uint32_t guest_size;
    uint32_t heat;
    uint32_t insns; /* guest instructions */
    uint32_t unit;  /* objects of a unit may call each other directly; 0: none */
    char *name;     /* for the name section, or NULL */
} LinkObject;

LinkObject *link_object_new(void);
void link_object_free(LinkObject *obj);
/* Bytes it occupies. */
size_t link_object_size(const LinkObject *obj);

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
    bool direct;             /* relax gotos within a unit */
    bool hints;              /* write branch hints */
    bool names;              /* write a name section */
    const char *module_name; /* for it, or NULL */
} LinkOptions;

typedef struct LinkModule {
    GByteArray *bytes;
    /* the imports used, in the order of the module's imports "h"."0", "h"."1", ...: indices into
     * LinkOptions.imports (uint32_t) */
    GArray *imports;
    uint32_t nb_direct, nb_slot; /* gotos by form */
} LinkModule;

/*
 * Writes one module of n objects: types (0 is that of linked functions), imports "e"."m" (memory),
 * "e"."t" (table) and the functions used, one function an object, an active element segment for
 * each run of consecutive table slots, code with relocations applied, names on request. NULL and
 * *error (to g_free()) when an object is malformed or a limit of the engines is exceeded (function
 * body 7,654,321 bytes, 50,000 locals with parameters, 1,000,000 functions, table of 10,000,000,
 * module of 1 GiB).
 */
LinkModule *link_write_module(LinkObject *const *objects, unsigned n, const LinkOptions *options,
                              char **error);
void link_module_free(LinkModule *m);

#endif
