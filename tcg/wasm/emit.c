/* See emit.h. */
#include "tcg/wasm/emit.h"

#include <string.h>

enum { MAX_INSN = 16 }; /* room for any one instruction but br_table */

void emit_init(WasmEmit *e)
{
    *e = (WasmEmit){.draft = link_draft_new(), .cap = 1024};
    e->data = g_malloc(e->cap);
    for (unsigned t = 0; t < 2; t++) {
        e->free[t] = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    }
}

void emit_entry(WasmEmit *e, uint32_t key, uint32_t table_slot)
{
    LinkEntry entry = {key, table_slot};
    g_array_append_val(e->draft->entries, entry);
}

LinkObject *emit_finish(WasmEmit *e)
{
    LinkObject *obj = NULL;
    if (e->failed) {
        link_draft_free(e->draft);
    } else {
        g_byte_array_append(e->draft->body, e->data, (guint)e->len);
        obj = link_draft_finish(e->draft);
    }
    g_free(e->data);
    g_array_free(e->free[0], TRUE);
    g_array_free(e->free[1], TRUE);
    e->draft = NULL;
    return obj;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

/* Where to write n more bytes. After an error they are overwritten again and again. */
static uint8_t *room(WasmEmit *e, size_t n)
{
    if (G_UNLIKELY(e->len + n > e->cap)) {
        if (e->len + n > EMIT_MAX_BODY) {
            e->failed = true;
            e->len = 0;
        } else {
            e->cap = MAX(e->cap * 2, e->len + n);
            e->data = g_realloc(e->data, e->cap);
        }
    }
    return e->data + e->len;
}

static uint8_t *put_u(uint8_t *p, uint64_t v)
{
    for (; v >= 0x80; v >>= 7) {
        *p++ = (uint8_t)(v | 0x80);
    }
    *p++ = (uint8_t)v;
    return p;
}

static uint8_t *put_s(uint8_t *p, int64_t v)
{
    for (; v < -0x40 || v >= 0x40; v >>= 7) {
        *p++ = (uint8_t)(v | 0x80);
    }
    *p++ = (uint8_t)v & 0x7f;
    return p;
}

static void done(WasmEmit *e, const uint8_t *p)
{
    e->len = (size_t)(p - e->data);
}

static uint8_t *put_zero(uint8_t *p)
{
    static const uint8_t zero[LINK_LEB_WIDTH] = {0x80, 0x80, 0x80, 0x80, 0};
    memcpy(p, zero, sizeof(zero));
    return p + sizeof(zero);
}

/* A field that the linker fills in. */
static uint8_t *put_field(WasmEmit *e, uint8_t *p, LinkRelocKind kind, uint32_t target)
{
    LinkReloc r = {(uint32_t)(p - e->data), kind, target};
    g_array_append_val(e->draft->relocs, r);
    return put_zero(p);
}

/* ---- locals ---------------------------------------------------------------------------------- */

unsigned emit_local_new(WasmEmit *e, TCGType type)
{
    GArray *f = e->free[type];
    if (f->len) {
        unsigned local = g_array_index(f, uint16_t, f->len - 1);
        g_array_set_size(f, f->len - 1);
        return local;
    }
    return emit_local_fresh(e, type);
}

unsigned emit_local_fresh(WasmEmit *e, TCGType type)
{
    if (e->draft->locals->len == EMIT_MAX_LOCALS) {
        e->failed = true;
        return EMIT_PARAMS;
    }
    uint8_t t = type == TCG_TYPE_I32 ? WASM_I32 : WASM_I64;
    g_array_append_val(e->draft->locals, t);
    return EMIT_PARAMS + e->draft->locals->len - 1;
}

void emit_local_free(WasmEmit *e, TCGType type, unsigned local)
{
    uint16_t l = (uint16_t)local;
    g_array_append_val(e->free[type], l);
}

/* ---- instructions ---------------------------------------------------------------------------- */

void emit_op(WasmEmit *e, WasmOp op)
{
    uint8_t *p = room(e, MAX_INSN);
    *p = (uint8_t)op;
    e->len++;
}

static void emit_u(WasmEmit *e, WasmOp op, uint32_t v)
{
    uint8_t *p = room(e, MAX_INSN);
    *p++ = (uint8_t)op;
    done(e, put_u(p, v));
}

void emit_get(WasmEmit *e, unsigned local)
{
    if (e->set_end == e->len && e->set_local == local && e->len) {
        e->data[e->len - (local < 0x80 ? 2 : 3)] = W_local_tee;
        e->set_end = 0;
        return;
    }
    emit_u(e, W_local_get, local);
}

void emit_set(WasmEmit *e, unsigned local)
{
    emit_u(e, W_local_set, local);
    e->set_end = e->len;
    e->set_local = local;
}
_Static_assert(EMIT_MAX_LOCALS + EMIT_PARAMS < 1 << 14,
               "emit_get: a local's index has 1 or 2 bytes");

void emit_i32(WasmEmit *e, int32_t v)
{
    uint8_t *p = room(e, MAX_INSN);
    *p++ = W_i32_const;
    done(e, put_s(p, v));
}

void emit_i64(WasmEmit *e, int64_t v)
{
    uint8_t *p = room(e, MAX_INSN);
    *p++ = W_i64_const;
    done(e, put_s(p, v));
}

void emit_const(WasmEmit *e, TCGType type, int64_t v)
{
    if (type == TCG_TYPE_I32) {
        emit_i32(e, (int32_t)v);
    } else {
        emit_i64(e, v);
    }
}

void emit_mem(WasmEmit *e, WasmOp op, uint32_t offset)
{
    uint8_t *p = room(e, MAX_INSN);
    *p++ = (uint8_t)op;
    *p++ = 0;
    done(e, put_u(p, offset));
}

void emit_hint(WasmEmit *e, bool likely)
{
    e->hint = likely ? HINT_LIKELY : HINT_UNLIKELY;
}

/* Before an if or br_if. */
static void put_hint(WasmEmit *e)
{
    if (e->hint) {
        LinkHint hint = {(uint32_t)e->len, e->hint == HINT_LIKELY};
        g_array_append_val(e->draft->hints, hint);
        e->hint = HINT_NONE;
    }
}

unsigned emit_open(WasmEmit *e, WasmOp op, uint8_t type)
{
    uint8_t *p = room(e, MAX_INSN);
    if (op == W_if) {
        put_hint(e);
    }
    *p++ = (uint8_t)op;
    *p++ = type;
    done(e, p);
    return e->depth++;
}

void emit_end(WasmEmit *e)
{
    emit_op(e, W_end);
    e->depth--;
}

void emit_br(WasmEmit *e, WasmOp op, unsigned name)
{
    if (op == W_br_if) {
        put_hint(e);
    }
    emit_u(e, op, e->depth - 1 - name);
}

void emit_br_table(WasmEmit *e, const uint16_t *names, unsigned n)
{
    emit_u(e, W_br_table, n - 1);
    for (unsigned k = 0; k < n; k++) {
        done(e, put_u(room(e, MAX_INSN), e->depth - 1 - names[k]));
    }
}

void emit_call(WasmEmit *e, unsigned import)
{
    uint8_t *p = room(e, MAX_INSN);
    *p++ = W_call;
    done(e, put_field(e, p, RELOC_FUNC_IMPORT, import));
}

void emit_fence(WasmEmit *e)
{
    uint8_t *p = room(e, MAX_INSN);
    *p++ = W_atomic_fence >> 8;
    *p++ = W_atomic_fence & 0xff;
    *p++ = 0;
    done(e, p);
}

/* Type 0 of a module is that of linked functions. */
void emit_goto_slot(WasmEmit *e)
{
    uint8_t *p = room(e, MAX_INSN);
    *p++ = W_return_call_indirect;
    *p++ = 0;
    *p++ = 0;
    done(e, p);
}

void emit_goto_tb(WasmEmit *e, uint32_t key, bool memory64)
{
    emit_get(e, LOCAL_ENV);
    uint8_t *p = room(e, 3 * LINK_LEB_WIDTH + 4);
    *p++ = W_i32_const;
    p = put_field(e, p, RELOC_GOTO_TB, key);
    *p++ = memory64 ? W_i64_const : W_i32_const;
    p = put_zero(p);
    *p++ = W_return_call_indirect;
    p = put_zero(p);
    *p++ = 0;
    done(e, p);
}
