/* A function body as text, for -d wasm and the goldens. */
#include "tcg/wasm/wasm.h"

#include <inttypes.h>

enum {
    IMM_NONE,
    IMM_BLOCK,
    IMM_LABEL,
    IMM_LABELS,
    IMM_FUNC,
    IMM_LOCAL,
    IMM_TYPE,
    IMM_MEM,
    IMM_I32,
    IMM_I64,
    IMM_FENCE,
};

static const struct {
    uint16_t code;
    uint8_t imm;
    const char *text;
} ops[] = {
#define WOP(name, text, code, imm) {code, IMM_##imm, text},
#include "tcg/wasm/wasm-ops.def"
};

typedef struct Text {
    const LinkObject *obj;
    const LinkImport *imports;
    unsigned nb_imports;
    const uint8_t *p, *end;
    unsigned reloc; /* next one */
    unsigned depth;
    bool line; /* something is on this line */
    GString *out;
} Text;

/* ---- numbers and names ----------------------------------------------------------------------- */

static uint64_t read_u(Text *t)
{
    uint64_t v = 0;
    for (unsigned shift = 0; t->p < t->end; shift += 7) {
        uint8_t b = *t->p++;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) {
            break;
        }
    }
    return v;
}

static int64_t read_s(Text *t)
{
    uint64_t v = 0;
    unsigned shift = 0;
    uint8_t b = 0x80;
    while (b & 0x80 && t->p < t->end) {
        b = *t->p++;
        v |= (uint64_t)(b & 0x7f) << shift;
        shift += 7;
    }
    return shift < 64 && b & 0x40 ? (int64_t)(v | ~(uint64_t)0 << shift) : (int64_t)v;
}

static uint8_t local_type(const LinkObject *obj, uint64_t n)
{
    Text t = {.p = link_object_locals(obj), .end = link_object_body(obj)};
    uint64_t count = 0;
    read_u(&t);
    while (n >= (count += read_u(&t))) {
        t.p++;
    }
    return *t.p;
}

static void put_local(Text *t, uint64_t n)
{
    if (n < 2) {
        g_string_append(t->out, n ? "$key" : "$env");
    } else if (n - 2 < t->obj->nb_locals) {
        bool i32 = local_type(t->obj, n - 2) == WASM_I32;
        g_string_append_printf(t->out, "$%s%" PRIu64, i32 ? "w" : "l", n);
    } else {
        g_string_append(t->out, "?");
    }
}

static const char *block_type(uint8_t type)
{
    return type == WASM_I32 ? " i32" : type == WASM_I64 ? " i64" : "";
}

/* wide: the access is by an i64 instruction. Where the base is not env, a name may be misleading.
 */
static void put_offset(Text *t, uint64_t off, bool wide)
{
    static const struct {
        uint32_t at;
        bool wide;
        const char *name;
    } fields[] = {
        {offsetof(CPUState, budget), false, "budget"},
        {offsetof(CPUState, exit_request), false, "exit_request"},
        {offsetof(CPUState, trap), false, "trap"},
        {offsetof(CPUState, pc), true, "pc"},
        {offsetof(CPUState, pc_page), true, "pc_page"},
        {offsetof(CPUState, jc_key), true, "jc_key"},
        {offsetof(CPUState, exit_slot), false, "exit_slot"},
        {offsetof(CPUState, exit_root), false, "exit_root"},
        {offsetof(CPUState, exit_insn), false, "exit_insn"},
    };
    static const char *const tlb[] = {"load", "store", "fetch", "addend"};
    static const char *const jc[sizeof(JumpCacheEntry) / 4] = {
        [offsetof(JumpCacheEntry, pc) / 4] = "pc",
        [offsetof(JumpCacheEntry, key) / 4] = "key",
        [offsetof(JumpCacheEntry, slot) / 4] = "slot",
        [offsetof(JumpCacheEntry, table_slot) / 4] = "table_slot",
    };

    for (unsigned k = 0; k < G_N_ELEMENTS(fields); k++) {
        if (fields[k].at == off && fields[k].wide == wide) {
            g_string_append_printf(t->out, " %s", fields[k].name);
            return;
        }
    }
    const uint64_t in_jc = off - CPU_TAIL_OFFSET - offsetof(CPUTail, jc);
    if (in_jc < sizeof(((CPUTail *)0)->jc) && jc[in_jc % sizeof(JumpCacheEntry) / 4]) {
        g_string_append_printf(t->out, " jc.%s", jc[in_jc % sizeof(JumpCacheEntry) / 4]);
    } else if (off >= CPU_TAIL_OFFSET + offsetof(CPUTail, jc)) {
        g_string_append_printf(t->out, " +%" PRIu64, off);
    } else if (off >= CPU_TAIL_OFFSET) {
        off -= CPU_TAIL_OFFSET;
        g_string_append_printf(t->out, " tlb%" PRIu64 ".%s",
                               off / (CPU_TLB_SIZE * sizeof(TLBEntry)), tlb[off / 8 % 4]);
    } else if (off) {
        g_string_append_printf(t->out, " +%" PRIu64, off);
    }
}

/* The relocation of a field at this place, or NULL. */
static const LinkReloc *reloc_here(Text *t)
{
    if (t->reloc < t->obj->nb_relocs) {
        const LinkReloc *r = &t->obj->relocs[t->reloc];
        if (r->offset == t->p - link_object_body(t->obj)) {
            t->reloc++;
            return r;
        }
    }
    return NULL;
}

/* ---- instructions ---------------------------------------------------------------------------- */

static void new_line(Text *t)
{
    if (t->line) {
        g_string_append_c(t->out, '\n');
        t->line = false;
    }
}

static void put_immediates(Text *t, unsigned imm, const char *name)
{
    const LinkReloc *r = reloc_here(t);
    GString *out = t->out;

    switch (imm) {
    case IMM_BLOCK: g_string_append(out, block_type(*t->p++)); break;
    case IMM_LABEL: g_string_append_printf(out, " %" PRIu64, read_u(t)); break;
    case IMM_LABELS:
        for (uint64_t n = read_u(t) + 1; n > 0; n--) {
            g_string_append_printf(out, " %" PRIu64, read_u(t));
        }
        break;
    case IMM_FUNC: {
        uint64_t n = read_u(t);
        if (r && r->target < t->nb_imports) {
            g_string_append_printf(out, " %s", t->imports[r->target].name);
        } else {
            g_string_append_printf(out, " ?%" PRIu64, n);
        }
        break;
    }
    case IMM_LOCAL:
        g_string_append_c(out, ' ');
        put_local(t, read_u(t));
        break;
    case IMM_TYPE:
        g_string_append_printf(out, " type %" PRIu64, r ? r->target : read_u(t));
        t->p += r ? LINK_LEB_WIDTH + 1 : 1;
        break;
    case IMM_MEM:
        if (read_u(t)) {
            g_string_append(out, " aligned");
        }
        put_offset(t, read_u(t), name[1] == '6');
        break;
    case IMM_I32:
    case IMM_I64: {
        int64_t v = read_s(t);
        if (r) {
            g_string_append_printf(out, " key:%u", r->target);
        } else if (v < -9999 || v > 9999) {
            g_string_append_printf(out, " 0x%" PRIx64, imm == IMM_I32 ? (uint32_t)v : (uint64_t)v);
        } else {
            g_string_append_printf(out, " %" PRId64, v);
        }
        break;
    }
    case IMM_FENCE: t->p++; break;
    default: break;
    }
}

static bool ends_statement(unsigned code)
{
    switch (code) {
    case 0x00: /* unreachable */
    case 0x0c: /* br, br_if, br_table, return */
    case 0x0d:
    case 0x0e:
    case 0x0f:
    case 0x13: /* return_call_indirect */
    case 0x1a: /* drop */
    case 0x21: /* local.set */
    case 0xfe03: return true;
    default: return (code >= 0x02 && code <= 0x0b) || (code >= 0x36 && code <= 0x3e);
    }
}

static void put_insn(Text *t)
{
    unsigned code = *t->p++, k = 0;

    if (code == 0xfe) {
        code = code << 8 | *t->p++;
    }
    while (k < G_N_ELEMENTS(ops) && ops[k].code != code) {
        k++;
    }
    bool closes = code == 0x0b || code == 0x05; /* end, else */
    if (closes) {
        new_line(t);
        t->depth -= t->depth > 0;
    }
    if (!t->line) {
        g_string_append_printf(t->out, "%*s", 2 * (int)t->depth, "");
    } else {
        g_string_append(t->out, "; ");
    }
    t->line = true;
    if (k == G_N_ELEMENTS(ops)) {
        g_string_append_printf(t->out, "?%02x", code);
        t->p = t->end;
        return;
    }
    g_string_append(t->out, ops[k].text);
    put_immediates(t, ops[k].imm, ops[k].text);
    if (ops[k].imm == IMM_BLOCK || code == 0x05) {
        t->depth++;
    }
    if (ends_statement(code)) {
        new_line(t);
    }
}

void wasm_text(const LinkObject *obj, const LinkImport *imports, unsigned nb_imports, GString *out)
{
    Text t = {.obj = obj,
              .imports = imports,
              .nb_imports = nb_imports,
              .p = link_object_body(obj),
              .end = link_object_body(obj) + obj->body_size,
              .out = out};

    g_string_append_printf(out, "# %u bytes, %u locals\n", obj->body_size, obj->nb_locals);
    while (t.p < t.end) {
        put_insn(&t);
    }
    new_line(&t);
}
