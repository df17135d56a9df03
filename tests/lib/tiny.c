/* The tiny guest's target: front end, one helper with an uncommon signature, identity mapping. */
#include "tests/lib/tiny.h"

static TCGv reg[16];

/* d + a * b, saturated at 2^31 - 1: five arguments of mixed types, so that it goes through libffi
 */
static uint32_t helper_mac(void *env, uint32_t d, uint64_t a, uint32_t b, uint64_t limit)
{
    (void)env;
    uint64_t v = d + a * b;
    return (uint32_t)(v > limit ? limit : v);
}

static void helper_raise(CPUState *cs, uint64_t trap, uint64_t value)
{
    cpu_raise(cs, (uint32_t)trap, value);
}

static void helper_halt(CPUState *cs)
{
    cs->halted = true;
}

enum { HELPER_mac, HELPER_raise, HELPER_halt };
static const TCGHelperInfo tiny_helpers[] = {
    {"mac", (void (*)(void))helper_mac, TCG_CALL_PURE, "wewlwl"},
    {"raise", (void (*)(void))helper_raise, TCG_CALL_RAISE, "vell"},
    {"halt", (void (*)(void))helper_halt, TCG_CALL_READ_STATE, "ve"},
};

static void tiny_init(TCGContext *s)
{
    static const char *const names[16] = {"r0", "r1", "r2",  "r3",  "r4",  "r5",  "r6",  "r7",
                                          "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
    for (unsigned k = 0; k < 16; k++) {
        reg[k] = tcg_global_mem_new(s, TCG_TYPE_I32, (uint32_t)(offsetof(TinyState, r) + 4 * k),
                                    names[k]);
    }
}

static uint32_t word(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static TCGv address(TCGContext *s, unsigned a, int imm)
{
    TCGv t = tcg_temp_new_i32(s), w = tcg_temp_new_i64(s);
    tcg_gen_addi_i32(s, t, reg[a], imm);
    tcg_gen_extu_i32_i64(s, w, t);
    return w;
}

static TCGv pc_plus(TCGContext *s, TCGv page, int32_t off)
{
    TCGv t = tcg_temp_new_i64(s);
    tcg_gen_addi_i64(s, t, page, off);
    return t;
}

static void exit_to(TCGContext *s, int32_t off)
{
    TCGv page = tcg_temp_new_i64(s);
    tcg_gen_ld_i64(s, page, tcg_env(), offsetof(CPUState, pc_page));
    tcg_gen_exit_tb(s, pc_plus(s, page, off));
}

static void branch(TCGContext *s, TCGCond c, unsigned d, unsigned a, int32_t off, int imm)
{
    unsigned taken = tcg_new_label(s);
    tcg_gen_brcond_i32(s, c, reg[d], reg[a], taken);
    tcg_gen_goto_tb(s, 0, off + 4);
    tcg_gen_set_label(s, taken);
    tcg_gen_goto_tb(s, 1, off + imm);
}

/* Emits one insn; true if it ended the TB. */
static bool tiny_insn_ir(TCGContext *s, uint32_t insn, int32_t off)
{
    unsigned op = insn >> 24, d = insn >> 20 & 15, a = insn >> 16 & 15, b = insn & 15;
    int imm = (int16_t)insn;
    TCGv t = tcg_temp_new_i32(s), w = tcg_temp_new_i64(s);

    switch (op) {
    case TINY_add: tcg_gen_add_i32(s, reg[d], reg[a], reg[b]); break;
    case TINY_sub: tcg_gen_sub_i32(s, reg[d], reg[a], reg[b]); break;
    case TINY_and: tcg_gen_and_i32(s, reg[d], reg[a], reg[b]); break;
    case TINY_or: tcg_gen_or_i32(s, reg[d], reg[a], reg[b]); break;
    case TINY_xor: tcg_gen_xor_i32(s, reg[d], reg[a], reg[b]); break;
    case TINY_shl:
    case TINY_shr:
    case TINY_sar:
        tcg_gen_andi_i32(s, t, reg[b], 31);
        tcg_gen_op3(s,
                    op == TINY_shl   ? INDEX_op_shl
                    : op == TINY_shr ? INDEX_op_shr
                                     : INDEX_op_sar,
                    TCG_TYPE_I32, reg[d].i, reg[a].i, t.i);
        break;
    case TINY_mul: tcg_gen_mul_i32(s, reg[d], reg[a], reg[b]); break;
    case TINY_slt: tcg_gen_setcond_i32(s, TCG_COND_LT, reg[d], reg[a], reg[b]); break;
    case TINY_addi: tcg_gen_addi_i32(s, reg[d], reg[a], imm); break;
    case TINY_lui: tcg_gen_movi_i32(s, reg[d], (int32_t)((uint32_t)imm << 16)); break;
    case TINY_clz: tcg_gen_clzi_i32(s, reg[d], reg[a], 32); break;
    case TINY_swap: tcg_gen_bswap32_i32(s, reg[d], reg[a], 0); break;
    case TINY_mac: {
        TCGv args[5] = {tcg_env(), reg[d], w, reg[b], tcg_constant_i64(s, INT32_MAX)};
        tcg_gen_extu_i32_i64(s, w, reg[a]);
        tcg_gen_call(s, HELPER_mac, reg[d], 5, args);
        break;
    }
    case TINY_ldw:
        tcg_gen_qemu_ld_i32(s, reg[d], address(s, a, imm), MO_UL | MO_BE | MO_ALIGN, 0);
        break;
    case TINY_ldh: tcg_gen_qemu_ld_i32(s, reg[d], address(s, a, imm), MO_SW | MO_BE, 0); break;
    case TINY_ldb: tcg_gen_qemu_ld_i32(s, reg[d], address(s, a, imm), MO_UB, 0); break;
    case TINY_stw:
        tcg_gen_qemu_st_i32(s, reg[d], address(s, a, imm), MO_UL | MO_BE | MO_ALIGN, 0);
        break;
    case TINY_sth: tcg_gen_qemu_st_i32(s, reg[d], address(s, a, imm), MO_UW | MO_BE, 0); break;
    case TINY_stb: tcg_gen_qemu_st_i32(s, reg[d], address(s, a, imm), MO_UB, 0); break;
    case TINY_beq: branch(s, TCG_COND_EQ, d, a, off, imm); return true;
    case TINY_blt: branch(s, TCG_COND_LT, d, a, off, imm); return true;
    case TINY_jal:
        tcg_gen_ld_i64(s, w, tcg_env(), offsetof(CPUState, pc_page));
        tcg_gen_extrl_i64_i32(s, reg[d], pc_plus(s, w, off + 4));
        tcg_gen_goto_tb(s, 0, off + imm);
        return true;
    case TINY_jr:
        tcg_gen_extu_i32_i64(s, w, reg[a]);
        tcg_gen_goto_ptr(s, w);
        return true;
    case TINY_halt: {
        TCGv env = tcg_env();
        tcg_gen_call(s, HELPER_halt, TCGV_NONE, 1, &env);
        exit_to(s, off);
        return true;
    }
    default: {
        TCGv args[3] = {tcg_env(), tcg_constant_i64(s, TINY_TRAP_ILLEGAL),
                        tcg_constant_i64(s, insn)};
        tcg_gen_call(s, HELPER_raise, TCGV_NONE, 3, args);
        tcg_gen_exit_trap(s);
        return true;
    }
    }
    return false;
}

static void tiny_translate(TCGContext *s, TBRequest *req)
{
    bool end = false;
    while (!end && req->n_insns < req->max_insns && req->size + 4 <= req->avail) {
        int32_t off = (int32_t)(req->page_offset + req->size);
        tcg_gen_insn_start(s, (uint32_t)off, 0);
        end = tiny_insn_ir(s, word(req->code + req->size), off);
        req->size += 4;
        req->n_insns++;
    }
    if (!end) {
        tcg_gen_goto_tb(s, 0, (int32_t)(req->page_offset + req->size));
    }
}

static unsigned tiny_length(const uint8_t *code)
{
    (void)code;
    return 4;
}

static unsigned tiny_disas(const uint8_t *code, unsigned avail, uint64_t pc, GString *out)
{
    (void)pc;
    if (avail >= 4) {
        g_string_append_printf(out, "%08x", word(code));
    }
    return 4;
}

static void tiny_reset(CPUState *cs)
{
    memset(((TinyState *)cs)->r, 0, sizeof(((TinyState *)cs)->r));
    cs->pc = 0;
}

static uint32_t tiny_flags(CPUState *cs)
{
    cpu_set_aspace(cs, 1);
    return 0;
}

static unsigned tiny_mmu_idx(CPUState *cs)
{
    (void)cs;
    return 0;
}

static bool tiny_fill(CPUState *cs, uint64_t vaddr, unsigned size, MMUAccess access,
                      unsigned mmu_idx, bool probe, TLBFill *out)
{
    (void)size;
    (void)access;
    (void)mmu_idx;
    if ((vaddr & TARGET_PAGE_MASK) == TINY_HOLE) {
        if (!probe) {
            cpu_raise(cs, TINY_TRAP_FAULT, vaddr);
        }
        return false;
    }
    *out = (TLBFill){.phys = vaddr, .prot = 7};
    return true;
}

static void tiny_bus_fault(CPUState *cs, uint64_t vaddr, MMUAccess access)
{
    (void)access;
    cpu_raise(cs, TINY_TRAP_FAULT, vaddr);
}

static void tiny_align_fault(CPUState *cs, uint64_t vaddr, MMUAccess access)
{
    (void)access;
    cpu_raise(cs, TINY_TRAP_ALIGN, vaddr);
}

/* A trap stops the guest; the test looks at what happened. */
static void tiny_exception(CPUState *cs)
{
    TinyState *t = (TinyState *)cs;
    t->last_trap = cs->trap;
    t->trap_addr = (uint32_t)cs->trap_value;
    t->trap_pc = (uint32_t)cs->pc;
    cs->trap = 0;
    cs->halted = true;
}

static bool tiny_no(CPUState *cs)
{
    (void)cs;
    return false;
}

static void tiny_dump(CPUState *cs, GString *out)
{
    for (unsigned k = 0; k < 16; k++) {
        g_string_append_printf(out, "r%u %08x\n", k, ((TinyState *)cs)->r[k]);
    }
}

static void tiny_serialize(CPUState *cs, GByteArray *out)
{
    g_byte_array_append(out, (const guint8 *)((TinyState *)cs)->r, 64);
}

static const char *tiny_trap_name(uint32_t trap)
{
    (void)trap;
    return "trap";
}

const TargetOps tiny_ops = {
    .name = "tiny",
    .env_size = sizeof(TinyState),
    .insn_align = 4,
    .max_insn = 4,
    .helpers = tiny_helpers,
    .nb_helpers = G_N_ELEMENTS(tiny_helpers),
    .tcg_init = tiny_init,
    .translate = tiny_translate,
    .insn_length = tiny_length,
    .disas = tiny_disas,
    .reset = tiny_reset,
    .tb_flags = tiny_flags,
    .fetch_mmu_idx = tiny_mmu_idx,
    .tlb_fill = tiny_fill,
    .bus_fault = tiny_bus_fault,
    .align_fault = tiny_align_fault,
    .do_exception = tiny_exception,
    .do_interrupt = tiny_no,
    .has_work = tiny_no,
    .dump_state = tiny_dump,
    .serialize = tiny_serialize,
    .trap_name = tiny_trap_name,
};
