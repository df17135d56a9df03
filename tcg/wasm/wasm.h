/*
 * IR to a relocatable Wasm function body (linker/object.h). docs/wasm-abi.md describes the code.
 *
 * Guest registers live in Wasm locals: loaded where they are first needed, written back at exits
 * and on the cold paths of ops that can raise. Nothing of env is touched on the hot path but what
 * the op is about.
 */
#ifndef TCG_WASM_WASM_H
#define TCG_WASM_WASM_H

#include "linker/object.h"
#include "tcg/env.h"
#include "tcg/tcg.h"

/* Imports that every host provides before its helpers: number 0 and up in LinkOptions.imports. */
enum {
    WASM_IMPORT_LD,    /* uint64_t cpu_ld_mmu(CPUState *, uint64_t addr, MemOpIdx) */
    WASM_IMPORT_ST,    /* void cpu_st_mmu(CPUState *, uint64_t addr, uint64_t val, MemOpIdx) */
    WASM_FIRST_HELPER, /* helper n of the context is import WASM_FIRST_HELPER + n */
};

typedef struct WasmGen {
    /* in */
    bool memory64;   /* addresses are i64 */
    bool count_hits; /* of the jump cache, in CPUState.jc_hits */
    bool tail_calls; /* goto_tb and goto_ptr as tail calls (batch); false: return the key */
    /*
     * What the inline code of loads, stores and floating point does not serve is left to the
     * interpreter by LINK_EXIT_SLOW; true: to a call. Exits make smaller and faster code, calls are
     * better where they would happen all the time.
     */
    bool slow_calls;
    uint32_t key;         /* of this TB */
    uint32_t table_slot;  /* of this TB */
    uint32_t page_offset; /* of the TB's first insn: a goto_tb to it loops inside */
    uint32_t n_insns;     /* what the TB costs of the budget */
    /* key of a goto_tb inside the page; 0: unknown, it goes through the jump cache */
    uint32_t (*key_for)(void *opaque, uint32_t page_offset);
    /* with tail_calls: key that a goto_tb out of the page probably leads to, or 0; NULL: never */
    uint32_t (*far_key_for)(void *opaque, int32_t disp);
    /* that accesses of this TB share no compare with the soft TLB; NULL: all may */
    bool (*apart)(void *opaque, uint32_t key);
    void *opaque;
    unsigned nb_guarded; /* out: guarded links made */
} WasmGen;

/*
 * Makes an object of the optimised IR of s (after tcg_liveness). NULL: the TB is too large or uses
 * what the generator does not serve; it stays interpreted.
 *
 * After LINK_EXIT_TRAP and LINK_EXIT_SLOW env->exit_slot is the key of the TB and env->exit_insn
 * the number of the insn in it (0: the first).
 */
LinkObject *wasm_generate(TCGContext *s, WasmGen *gen);

/* The imports of a context's helpers in LinkOptions form, WASM_FIRST_HELPER first. To g_free(). */
LinkImport *wasm_imports(const TCGContext *s, unsigned *nb);

/*
 * Appends the body of an object as text: one statement a line (what leaves nothing on the stack
 * ends one), nested by two blanks. Locals are named by type and number; fields that the linker
 * fills in show what they stand for; offsets of CPUState, soft TLB and jump cache have names.
 * `imports` are those that RELOC_FUNC_IMPORT indexes.
 */
void wasm_text(const LinkObject *obj, const LinkImport *imports, unsigned nb_imports, GString *out);

#endif
