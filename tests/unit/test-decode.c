/* SPDX-License-Identifier: MIT */
/*
 * The RISC-V decode tables: expected text of encodings of every row, reserved encodings, extensions
 * that are off, and the IR of every row through the verifier.
 *
 * With --disas it is a disassembler instead, for tests/decode-sweep.py: hexadecimal encodings on
 * standard input, one text a line on standard output.
 */
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/vm.h"
#include "target/riscv/cpu.h"
#include "target/riscv/decode.h"

typedef struct DecodeCase {
    uint32_t bits;
    const char *text;
} DecodeCase;

static const DecodeCase cases[] = {
#include "decode-cases.h"
};

static const uint64_t pc = 0x10000;

static void put_code(uint8_t *code, uint32_t bits)
{
    code[0] = bits;
    code[1] = bits >> 8;
    code[2] = bits >> 16;
    code[3] = bits >> 24;
}

static void disas(uint32_t bits, uint64_t at, GString *out)
{
    uint8_t code[4];

    put_code(code, bits);
    g_string_truncate(out, 0);
    riscv_disas(code, sizeof(code), at, out);
}

/* ---- text ----------------------------------------------------------------------------------- */

static void test_cases(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    bool seen[RV_COUNT] = {0}, seen_c[RV_C_COUNT] = {0};

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        RVInsn a;

        disas(cases[i].bits, pc, text);
        g_assert_cmpstr(text->str, ==, cases[i].text);
        g_assert_true(rv_decode(cases[i].bits, &a));
        if (a.c)
            seen_c[a.c - rv_rows_c] = true;
        else
            seen[a.row - rv_rows] = true;
    }
    for (unsigned i = 0; i < RV_COUNT; i++)
        if (!seen[i])
            g_error("no case for %s", rv_rows[i].name);
    for (unsigned i = 0; i < RV_C_COUNT; i++)
        if (!seen_c[i])
            g_error("no case for %s", rv_rows_c[i].name);
}

static void test_short(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const uint8_t code[4] = {0x13, 0x05, 0x00, 0x00};

    g_assert_cmpuint(riscv_disas(code, 2, pc, text), ==, 1);
    g_assert_cmpstr(text->str, ==, ".byte 0x13");
    g_assert_cmpuint(riscv_insn_length(code), ==, 4);
    g_assert_cmpuint(riscv_insn_length(code + 2), ==, 2);
}

/* ---- the tables ----------------------------------------------------------------------------- */

static void test_rows(void)
{
    for (unsigned i = 0; i < RV_COUNT; i++) {
        const RVRow *a = &rv_rows[i];

        g_assert_cmphex(a->match & ~a->mask, ==, 0);
        g_assert_cmphex(a->match & a->mask & 3, ==, 3);
        for (unsigned j = 0; j < i; j++) {
            const RVRow *b = &rv_rows[j];

            if (!((a->match ^ b->match) & a->mask & b->mask))
                g_error("%s and %s overlap", a->name, b->name);
        }
    }
    for (unsigned i = 0; i < RV_C_COUNT; i++) {
        g_assert_cmphex(rv_rows_c[i].match & ~rv_rows_c[i].mask, ==, 0);
        g_assert_cmphex(rv_rows_c[i].mask & 3, ==, 3);
    }
}

/* Fields that have to be zero, or not zero, or below a limit; every one named in the chapters. */
static void test_reserved(void)
{
    static const struct {
        uint32_t bits;
        const char *why;
    } reserved[] = {
        {0x00000000, "all zeros"},
        {0xffffffff, "all ones"},
        {0x0000001f, "48-bit length"},
        {0x0000007f, "long length"},
        {0x00000004, "c.addi4spn with 0"},
        {0x00008000, "quadrant 0, funct3 4"},
        {0x00002001, "c.addiw to x0"},
        {0x00006101, "c.addi16sp with 0"},
        {0x00006081, "c.lui with 0"},
        {0x00006001, "c.lui to x0 with 0"},
        {0x00009c41, "quadrant 1, funct6 39, funct2 2"},
        {0x00009c61, "quadrant 1, funct6 39, funct2 3"},
        {0x00004002, "c.lwsp to x0"},
        {0x00006002, "c.ldsp to x0"},
        {0x00008002, "c.jr x0"},
        {0x00002063, "branch funct3 2"},
        {0x00003063, "branch funct3 3"},
        {0x00001067, "jalr funct3 1"},
        {0x00007003, "load funct3 7"},
        {0x00004023, "store funct3 4"},
        {0x04051513, "slli, funct6 1"},
        {0x04055513, "srli, funct6 1"},
        {0x0205151b, "slliw, shamt[5]"},
        {0x0205551b, "srliw, shamt[5]"},
        {0x4205551b, "sraiw, shamt[5]"},
        {0x6205551b, "roriw, shamt[5]"},
        {0x04003033, "OP, funct7 2"},
        {0x0200103b, "OP-32, funct7 1, funct3 1"},
        {0x6030151b, "Zbb unary word op 3"},
        {0x60301513, "Zbb unary op 3"},
        {0x28605513, "orc.b with another constant"},
        {0x6b905513, "rev8 with another constant"},
        {0x0810453b, "zext.h with rs2"},
        {0x1010252f, "lr.w with rs2"},
        {0x1010352f, "lr.d with rs2"},
        {0x2800252f, "AMO, funct5 5"},
        {0x0000152f, "AMO, funct3 1"},
        {0x0000452f, "AMO, funct3 4"},
        {0x00005053, "fadd.s, rm 5"},
        {0x00006053, "fadd.s, rm 6"},
        {0x02005053, "fadd.d, rm 5"},
        {0x00006043, "fmadd.s, rm 6"},
        {0x04000043, "fmadd, half precision"},
        {0x06000043, "fmadd, quad precision"},
        {0x04000053, "fadd, half precision"},
        {0x58100053, "fsqrt.s with rs2"},
        {0x5a100053, "fsqrt.d with rs2"},
        {0x40000053, "fcvt.s.s"},
        {0x42100053, "fcvt.d.d"},
        {0x42005053, "fcvt.d.s, rm 5"},
        {0xd2005053, "fcvt.d.w, rm 5"},
        {0xc0400053, "fcvt to integer, rs2 4"},
        {0xd0400053, "fcvt from integer, rs2 4"},
        {0x20003053, "fsgnj funct3 3"},
        {0x28002053, "fmin funct3 2"},
        {0xa0003053, "fcmp funct3 3"},
        {0xe0100053, "fmv.x.w with rs2"},
        {0xe0002053, "fclass funct3 2"},
        {0xf0100053, "fmv.w.x with rs2"},
        {0xf0001053, "fmv.w.x funct3 1"},
        {0x00001007, "flh"},
        {0x00004007, "flq"},
        {0x00001027, "fsh"},
        {0x0000200f, "MISC-MEM funct3 2"},
        {0x00004073, "SYSTEM funct3 4"},
        {0x00200073, "uret"},
        {0x000000f3, "ecall with rd"},
        {0x00008073, "ecall with rs1"},
        {0x10200173, "sret with rd"},
        {0x30208073, "mret with rs1"},
        {0x105000f3, "wfi with rd"},
        {0x120000f3, "sfence.vma with rd"},
        {0x16000073, "sinval.vma"},
        {0x0000000b, "custom-0"},
        {0x00000057, "OP-V"},
        {0x0000006b, "reserved opcode"},
    };
    RVInsn a;

    for (unsigned i = 0; i < G_N_ELEMENTS(reserved); i++)
        if (rv_decode(reserved[i].bits, &a))
            g_error("%08x is legal (%s): %s", reserved[i].bits, reserved[i].why, a.row->name);
}

static void test_extensions(void)
{
    uint32_t all = riscv_ext;
    RVInsn a;

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint8_t ext;
        bool compressed;

        g_assert_true(rv_decode(cases[i].bits, &a));
        ext = a.row->ext;
        compressed = a.c;
        if (ext != EXT_COUNT) {
            riscv_ext = all & ~(1u << ext);
            g_assert_false(rv_decode(cases[i].bits, &a));
            g_assert_cmphex(a.bits, ==, cases[i].bits);
        }
        riscv_ext = all & ~(1u << EXT_C);
        g_assert_true(rv_decode(cases[i].bits, &a) == !compressed);
        riscv_ext = all;
    }
}

/* ---- translation ---------------------------------------------------------------------------- */

static void verify(TCGContext *s)
{
    g_autofree char *error = tcg_verify(s);

    if (error) {
        g_autoptr(GString) text = g_string_new(NULL);

        tcg_dump_ops(s, text);
        g_error("%s\n%s", error, text->str);
    }
}

static void translate(TCGContext *s, TBRequest *req)
{
    tcg_func_start(s);
    riscv_translate(s, req);
    g_assert_false(s->overflow);
    verify(s);
    g_assert_cmpuint(s->ops[0].opc, ==, INDEX_op_insn_start);
    tcg_optimize(s);
    verify(s);
    tcg_liveness(s);
    verify(s);
}

static TCGContext *new_context(void)
{
    TCGContext *s = tcg_context_new();

    riscv_tcg_init(s);
    return s;
}

static unsigned count_ops(const TCGContext *s, TCGOpcode opc)
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->nb_ops; i++)
        n += s->ops[i].opc == opc;
    return n;
}

/* Every row, with many values of the fields that are not fixed, under all flags that matter. */
static void test_ir(void)
{
    TCGContext *s = new_context();
    uint8_t code[8] = {0};

    for (unsigned row = 0; row < RV_COUNT; row++) {
        for (unsigned i = 0; i < 24; i++) {
            uint32_t flags = 0, fields = g_test_rand_int();
            uint32_t bits = rv_rows[row].match | (fields & ~rv_rows[row].mask);
            TBRequest req = {.code = code, .avail = 8, .max_insns = 2};

            if (i & 1)
                bits &= ~0xf80u | rv_rows[row].mask; /* rd = x0 */
            flags = (i & 3) << TBF_FS_SHIFT | (i % 3 == 2 ? PRV_M : i % 3) << TBF_PRIV_SHIFT |
                    (i & 7) << TBF_FRM_SHIFT | (i & 3) << TBF_MMU_SHIFT;
            put_code(code, bits);
            put_code(code + 4, 0x00000013);
            req.flags = flags;
            req.page_offset = i * 4;
            translate(s, &req);
            g_assert_cmpuint(req.n_insns, >=, 1);
            g_assert_cmpuint(req.n_insns, ==, count_ops(s, INDEX_op_insn_start));
            g_assert_cmpuint(req.size, ==, 4 * req.n_insns);
        }
    }
    for (uint32_t bits = 0; bits < 0x10000; bits++) {
        TBRequest req = {.code = code, .avail = 2, .max_insns = 1, .page_offset = 4092};

        if ((bits & 3) == 3)
            continue;
        req.flags = (bits & 3) << TBF_FS_SHIFT;
        put_code(code, bits);
        translate(s, &req);
        g_assert_cmpuint(req.size, ==, 2);
    }
    tcg_context_free(s);
}

/* How a TB of `n` bytes at an offset ends. */
static void check_end(TCGContext *s, const void *bytes, unsigned n, uint32_t offset, unsigned max,
                      uint32_t flags, TCGOpcode end, unsigned insns)
{
    TBRequest req = {
        .code = bytes, .avail = n, .page_offset = offset, .max_insns = max, .flags = flags};

    translate(s, &req);
    g_assert_cmpuint(req.n_insns, ==, insns);
    g_assert_cmpstr(tcg_op_defs[s->ops[s->nb_ops - 1].opc].name, ==, tcg_op_defs[end].name);
}

static void test_ends(void)
{
    static const uint32_t nop = 0x00000013, fadd = 0x02000053, csrw_sscratch = 0x14051073;
    static const uint32_t csrw_satp = 0x18051073, rdtime = 0xc0102573, csrr_satp = 0x18002573;
    static const uint16_t c_nop = 1, straddle[3] = {1, 0x0013, 0x0000};
    const uint32_t s_mode = PRV_S << TBF_PRIV_SHIFT, clean = 2 << TBF_FS_SHIFT;
    const uint32_t dirty = 3 << TBF_FS_SHIFT;
    TCGContext *s = new_context();
    const TCGOp *last;

    /* Out of instructions, and at the end of the page: linked. */
    check_end(s, &nop, 4, 0, 1, 0, INDEX_op_goto_tb, 1);
    last = &s->ops[s->nb_ops - 1];
    g_assert_cmpuint(last->args[1], ==, 4);
    check_end(s, &nop, 4, 4092, 8, 0, INDEX_op_goto_tb, 1);
    last = &s->ops[s->nb_ops - 1];
    g_assert_cmpuint(last->args[1], ==, 4096);
    /* A straddling insn is reached by lookup only, and its TB goes on linked. */
    check_end(s, straddle, 4, 4092, 8, 0, INDEX_op_goto_ptr, 1);
    check_end(s, &nop, 4, 4094, 8, 0, INDEX_op_goto_tb, 1);
    last = &s->ops[s->nb_ops - 1];
    g_assert_cmpuint(last->args[1], ==, 4098);
    /* So is whatever else is there. */
    check_end(s, &c_nop, 2, 4092, 1, 0, INDEX_op_goto_ptr, 1);
    check_end(s, &c_nop, 2, 4094, 8, 0, INDEX_op_goto_tb, 1);

    /* FS off: illegal; clean: becomes dirty and leaves; dirty: goes on. */
    check_end(s, &fadd, 4, 0, 8, 0, INDEX_op_exit_trap, 1);
    check_end(s, &fadd, 4, 0, 8, clean, INDEX_op_exit_tb, 1);
    check_end(s, &fadd, 4, 0, 8, dirty, INDEX_op_goto_tb, 1);

    /* CSRs: plain ones go on, others leave, counters leave when read. */
    check_end(s, &csrw_sscratch, 4, 0, 8, s_mode, INDEX_op_goto_tb, 1);
    check_end(s, &csrw_satp, 4, 0, 8, s_mode, INDEX_op_exit_tb, 1);
    check_end(s, &csrr_satp, 4, 0, 8, s_mode, INDEX_op_goto_tb, 1);
    check_end(s, &rdtime, 4, 0, 8, s_mode, INDEX_op_exit_tb, 1);
    tcg_context_free(s);
}

/* frm decides about translation: it has to be in the flags while FS is on, and only then. */
static void test_flags(void)
{
    VM vm = {.bus = bus_new()};
    CPURISCVState *env = riscv_env(cpu_new(&riscv_target_ops, &vm));

    env->priv = PRV_S;
    env->frm = 5;
    g_assert_cmphex(riscv_tb_flags(&env->cs) & (TBF_FRM | TBF_FS), ==, 0);
    env->mstatus = MSTATUS_FS;
    g_assert_cmphex(riscv_tb_flags(&env->cs) & TBF_FRM, ==, 5 << TBF_FRM_SHIFT);
    cpu_free(&env->cs);
    bus_free(vm.bus);
}

static int disas_stdin(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    uint32_t bits;

    while (scanf("%" SCNx32, &bits) == 1) {
        disas(bits, 0, text);
        puts(text->str);
    }
    return 0;
}

int main(int argc, char **argv)
{
    /* Every extension there is. */
    riscv_ext = (1u << EXT_COUNT) - 1;
    if (argc == 2 && !strcmp(argv[1], "--disas"))
        return disas_stdin();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/riscv/decode/cases", test_cases);
    g_test_add_func("/riscv/decode/short", test_short);
    g_test_add_func("/riscv/decode/rows", test_rows);
    g_test_add_func("/riscv/decode/reserved", test_reserved);
    g_test_add_func("/riscv/decode/extensions", test_extensions);
    g_test_add_func("/riscv/translate/ir", test_ir);
    g_test_add_func("/riscv/translate/ends", test_ends);
    g_test_add_func("/riscv/translate/flags", test_flags);
    return g_test_run();
}
