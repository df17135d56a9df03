/*
 * Emits the instructions of one function body: bytes, LEB128, relocations, locals, nesting depth.
 *
 * Errors are sticky: after one nothing more is written, and emit_finish() says so.
 */
#ifndef TCG_WASM_EMIT_H
#define TCG_WASM_EMIT_H

#include "linker/object.h"
#include "tcg/tcg.h"

typedef enum WasmOp {
#define WOP(name, text, code, imm) W_##name = (code),
#include "tcg/wasm/wasm-ops.def"
} WasmOp;

enum { WASM_VOID = 0x40 }; /* block type */
enum { EMIT_MAX_BODY = 1 << 20, EMIT_MAX_LOCALS = 8192 };
enum { EMIT_PARAMS = 2, LOCAL_ENV = 0, LOCAL_KEY = 1 };

enum { HINT_NONE, HINT_UNLIKELY, HINT_LIKELY };

typedef struct WasmEmit {
    LinkDraft *draft; /* all but the body */
    uint8_t *data;
    size_t len, cap;
    unsigned depth;     /* of open blocks; an open block is named by the depth it was opened at */
    size_t set_end;     /* where the last local.set ended: a get right behind it makes it a tee */
    unsigned set_local; /* of which local */
    GArray *free[2];    /* uint16_t locals given back, by TCGType */
    uint8_t hint;       /* HINT_*, of the next if or br_if */
    bool failed;
} WasmEmit;

void emit_init(WasmEmit *e);
/* A key that the function serves; one at least. */
void emit_entry(WasmEmit *e, uint32_t key, uint32_t table_slot);
/* The object, to the caller; NULL after an error. Frees all else. */
LinkObject *emit_finish(WasmEmit *e);

/* A local of a type: one that was given back, or a new one. */
unsigned emit_local_new(WasmEmit *e, TCGType type);
unsigned emit_local_fresh(WasmEmit *e, TCGType type); /* always a new one */
void emit_local_free(WasmEmit *e, TCGType type, unsigned local);

void emit_op(WasmEmit *e, WasmOp op);
void emit_get(WasmEmit *e, unsigned local);
void emit_set(WasmEmit *e, unsigned local);
void emit_i32(WasmEmit *e, int32_t v);
void emit_i64(WasmEmit *e, int64_t v);
void emit_const(WasmEmit *e, TCGType type, int64_t v);
/* The next `if` or `br_if` is likely, or unlikely, to find a condition that is not 0. */
void emit_hint(WasmEmit *e, bool likely);
/* load or store; alignment is never promised */
void emit_mem(WasmEmit *e, WasmOp op, uint32_t offset);
/* block, loop or if; returns its name for emit_br() */
unsigned emit_open(WasmEmit *e, WasmOp op, uint8_t type);
void emit_end(WasmEmit *e);
/* br or br_if */
void emit_br(WasmEmit *e, WasmOp op, unsigned name);
/* br_table over n blocks, `names` in order; values beyond go to the last */
void emit_br_table(WasmEmit *e, const uint16_t *names, unsigned n);
void emit_call(WasmEmit *e, unsigned import);
void emit_fence(WasmEmit *e);
/* return_call_indirect of a linked function; env, key and table slot are on the stack. */
void emit_goto_slot(WasmEmit *e);
/* The goto of RELOC_GOTO_TB, as linker/object.h wants it. */
void emit_goto_tb(WasmEmit *e, uint32_t key, bool memory64);

/* The i64 form of an i32 compare or arithmetic instruction. */
static inline WasmOp wasm_typed(TCGType type, WasmOp op)
{
    if (type == TCG_TYPE_I32) {
        return op;
    }
    return (WasmOp)(op + (op <= W_i32_ge_u ? W_i64_eqz - W_i32_eqz : W_i64_clz - W_i32_clz));
}
_Static_assert(W_i64_ge_u - W_i32_ge_u == W_i64_eqz - W_i32_eqz, "wasm_typed()");
_Static_assert(W_i64_rotr - W_i32_rotr == W_i64_clz - W_i32_clz, "wasm_typed()");

/* Bytes of a signed LEB128. */
static inline unsigned emit_sleb_size(int64_t v)
{
    unsigned n = 1;
    for (; v < -0x40 || v >= 0x40; v >>= 7) {
        n++;
    }
    return n;
}

#endif
