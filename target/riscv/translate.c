/* SPDX-License-Identifier: MIT */
/*
 * Guest code to IR: the loop over a TB's instructions, and its exits.
 *
 * The code of a TB holds no virtual address. Every pc is the page base (the global pc_page) plus a
 * constant, so a TB serves all virtual pages that map its physical page with the same flags.
 *
 * An instruction of four bytes at offset 0xffe straddles two pages. Its TB has a key of its own in
 * the runtime, made of both pages, and is reached by lookup only. As nobody can know from a jump
 * alone what stands at 0xffe, and the bytes there may change without the jump changing, every jump
 * to such an offset goes through a lookup.
 */
#include "target/riscv/helper.h"
#include "target/riscv/translate.h"

void riscv_tcg_init(TCGContext *s)
{
    static const char *const x_names[32] = {
        "x0/zero", "x1/ra",  "x2/sp",   "x3/gp",   "x4/tp",  "x5/t0",  "x6/t1",  "x7/t2",
        "x8/s0",   "x9/s1",  "x10/a0",  "x11/a1",  "x12/a2", "x13/a3", "x14/a4", "x15/a5",
        "x16/a6",  "x17/a7", "x18/s2",  "x19/s3",  "x20/s4", "x21/s5", "x22/s6", "x23/s7",
        "x24/s8",  "x25/s9", "x26/s10", "x27/s11", "x28/t3", "x29/t4", "x30/t5", "x31/t6",
    };
    static const char *const f_names[32] = {
        "f0/ft0",  "f1/ft1",  "f2/ft2",   "f3/ft3",   "f4/ft4",  "f5/ft5",  "f6/ft6",   "f7/ft7",
        "f8/fs0",  "f9/fs1",  "f10/fa0",  "f11/fa1",  "f12/fa2", "f13/fa3", "f14/fa4",  "f15/fa5",
        "f16/fa6", "f17/fa7", "f18/fs2",  "f19/fs3",  "f20/fs4", "f21/fs5", "f22/fs6",  "f23/fs7",
        "f24/fs8", "f25/fs9", "f26/fs10", "f27/fs11", "f28/ft8", "f29/ft9", "f30/ft10", "f31/ft11",
    };
    TCGv v;

    for (unsigned i = 1; i < 32; i++) {
        v = tcg_global_mem_new(s, TCG_TYPE_I64, offsetof(CPURISCVState, x[i]), x_names[i]);
        g_assert(v.i == i);
    }
    for (unsigned i = 0; i < 32; i++) {
        v = tcg_global_mem_new(s, TCG_TYPE_I64, offsetof(CPURISCVState, f[i]), f_names[i]);
        g_assert(v.i == GLOBAL_F0 + i);
    }
    v = tcg_global_mem_new(s, TCG_TYPE_I64, offsetof(CPURISCVState, cs.pc_page), "pc_page");
    g_assert(v.i == GLOBAL_PC_PAGE);
    tcg_register_helpers(s, riscv_helpers, riscv_nb_helpers);
    s->fp_ops = riscv_fp_ops;
    s->fp_flags_offset = offsetof(CPURISCVState, fflags);
}

unsigned riscv_insn_length(const uint8_t *code)
{
    return rv_length(code[0]);
}

/* ---- emitters ------------------------------------------------------------------------------- */

void gen_pc(DisasContext *c, TCGv d, int32_t offset)
{
    if (offset)
        tcg_gen_addi_i64(c->s, d, pc_page(), offset);
    else
        tcg_gen_mov_i64(c->s, d, pc_page());
}

TCGv gen_address(DisasContext *c, const RVInsn *a)
{
    TCGv t;

    if (!a->rs1)
        return tcg_constant_i64(c->s, a->imm);
    if (!a->imm)
        return gpr(c, a->rs1);
    t = tcg_temp_new_i64(c->s);
    tcg_gen_addi_i64(c->s, t, gpr(c, a->rs1), a->imm);
    return t;
}

static void gen_goto_lookup(DisasContext *c, int32_t offset)
{
    TCGv pc = tcg_temp_new_i64(c->s);

    gen_pc(c, pc, offset);
    tcg_gen_goto_ptr(c->s, pc);
}

void gen_goto(DisasContext *c, unsigned n, int32_t offset)
{
    if ((offset & (TARGET_PAGE_SIZE - 1)) == TARGET_PAGE_SIZE - 2)
        gen_goto_lookup(c, offset);
    else
        tcg_gen_goto_tb(c->s, n, offset);
    c->ended = true;
}

void gen_exit_next(DisasContext *c)
{
    TCGv pc = tcg_temp_new_i64(c->s);

    gen_pc(c, pc, c->next);
    tcg_gen_exit_tb(c->s, pc);
    c->ended = true;
}

void gen_raise(DisasContext *c, unsigned cause, TCGv tval)
{
    TCGv args[] = {tcg_env(), tcg_constant_i64(c->s, cause), tval};

    tcg_gen_call(c->s, HELPER_raise, TCGV_NONE, G_N_ELEMENTS(args), args);
    tcg_gen_exit_trap(c->s);
}

void gen_illegal(DisasContext *c, const RVInsn *a)
{
    gen_raise(c, CAUSE_ILLEGAL, tcg_constant_i64(c->s, a->bits));
    c->ended = true;
}

/* ---- the loop ------------------------------------------------------------------------------- */

static uint32_t insn_bits(const uint8_t *code)
{
    uint32_t bits = code[0] | code[1] << 8;

    if (rv_length(bits) == 4)
        bits |= code[2] << 16 | (uint32_t)code[3] << 24;
    return bits;
}

static void translate_insn(DisasContext *c, uint32_t bits)
{
    RVInsn a;
    bool legal = rv_decode(bits, &a);

    c->next = c->offset + a.length;
    tcg_gen_insn_start(c->s, c->offset, 0);
    if (legal && !c->fs && (a.row->ext == EXT_F || a.row->ext == EXT_D))
        legal = false;
    if (legal)
        a.row->translate(c, &a);
    else
        gen_illegal(c, &a);
}

void riscv_translate(TCGContext *s, TBRequest *req)
{
    DisasContext c = {
        .s = s,
        .next = req->page_offset,
        .priv = (req->flags & TBF_PRIV) >> TBF_PRIV_SHIFT,
        .mmu_idx = (req->flags & TBF_MMU) >> TBF_MMU_SHIFT,
        .fs = (req->flags & TBF_FS) >> TBF_FS_SHIFT,
        .frm = (req->flags & TBF_FRM) >> TBF_FRM_SHIFT,
    };
    uint32_t end = req->page_offset + req->avail;

    req->n_insns = 0;
    while (!c.ended) {
        const uint8_t *code = req->code + (c.next - req->page_offset);

        /* The runtime has supplied all of the first insn, straddling or not. */
        if (c.next + 2 > end || req->n_insns == req->max_insns ||
            (req->n_insns && c.next + riscv_insn_length(code) > end)) {
            gen_goto(&c, 0, c.next);
            break;
        }
        c.offset = c.next;
        translate_insn(&c, insn_bits(code));
        req->n_insns++;
    }
    req->size = c.next - req->page_offset;
}
