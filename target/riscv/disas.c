/* SPDX-License-Identifier: MIT */
/* Instructions as text, with the operand strings of format.def and insn-c.def. */
#include <inttypes.h>

#include "target/riscv/cpu.h"
#include "target/riscv/decode.h"
#include "target/riscv/system.h"

static const char *const x_names[32] = {
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};
static const char *const f_names[32] = {
    "ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1",  "fa0",
    "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4",  "fs5",
    "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
};
static const char *const rm_names[8] = {"rne", "rtz", "rdn", "rup", "rmm", "?", "?", "dyn"};

static void append_fence_set(GString *out, unsigned set)
{
    if (!set)
        g_string_append_c(out, '0');
    for (unsigned i = 0; i < 4; i++)
        if (set & 8 >> i)
            g_string_append_c(out, "iorw"[i]);
}

static void append_operand(GString *out, char letter, const RVInsn *a, uint64_t pc)
{
    const char *name;

    switch (letter) {
    case 'D': g_string_append(out, x_names[a->rd]); break;
    case 'S': g_string_append(out, x_names[a->rs1]); break;
    case 'T': g_string_append(out, x_names[a->rs2]); break;
    case 'd': g_string_append(out, f_names[a->rd]); break;
    case 's': g_string_append(out, f_names[a->rs1]); break;
    case 't': g_string_append(out, f_names[a->rs2]); break;
    case 'r': g_string_append(out, f_names[a->rs3]); break;
    case 'i': g_string_append_printf(out, "%d", a->imm); break;
    case 'u': g_string_append_printf(out, "0x%x", (uint32_t)a->imm >> 12); break;
    case 'p': g_string_append_printf(out, "0x%" PRIx64, pc + (int64_t)a->imm); break;
    case 'z': g_string_append_printf(out, "%d", a->rs1); break;
    case 'm':
        if (a->rm != 7)
            g_string_append_printf(out, ", %s", rm_names[a->rm]);
        break;
    case 'c':
        name = riscv_csr_name(a->bits >> 20);
        if (name)
            g_string_append(out, name);
        else
            g_string_append_printf(out, "0x%x", a->bits >> 20);
        break;
    case 'f':
        append_fence_set(out, a->bits >> 24 & 15);
        g_string_append(out, ", ");
        append_fence_set(out, a->bits >> 20 & 15);
        break;
    default: g_string_append_c(out, letter); break;
    }
}

unsigned riscv_disas(const uint8_t *code, unsigned avail, uint64_t pc, GString *out)
{
    uint32_t bits = 0;
    const char *name, *operands;
    RVInsn a;

    for (unsigned i = 0; i < 4 && i < avail; i++)
        bits |= (uint32_t)code[i] << 8 * i;
    if (avail < 2 || rv_length(bits) > avail) {
        g_string_append_printf(out, ".byte 0x%02x", code[0]);
        return 1;
    }
    if (!rv_decode(bits, &a)) {
        g_string_append_printf(out, a.length == 2 ? ".half 0x%04x" : ".word 0x%08x", a.bits);
        return a.length;
    }
    name = a.c ? a.c->name : a.row->name;
    operands = a.c ? a.c->operands : rv_format_operands[a.row->format];
    for (; *name; name++)
        g_string_append_c(out, *name == '_' ? '.' : *name);
    if (!a.c && rv_format_flags[a.row->format] & FMT_AQRL && a.bits >> 25 & 3) {
        g_string_append_c(out, '.');
        g_string_append(out, a.bits >> 26 & 1 ? "aq" : "");
        g_string_append(out, a.bits >> 25 & 1 ? "rl" : "");
    }
    if (*operands)
        g_string_append_c(out, ' ');
    for (; *operands; operands++)
        append_operand(out, *operands, &a, pc);
    return a.length;
}
