/* What the runtime sees of the guest: the TargetOps table, reset, and the hart's state as text and
 * as bytes. */
#include <string.h>

#include "target/riscv/cpu.h"
#include "target/riscv/helper.h"
#include "target/riscv/system.h"

#define MISA_BIT(letter) ((uint64_t)1 << ((letter) - 'A'))

static uint64_t misa_value(void)
{
    static const struct {
        RVExt ext;
        char letter;
    } letters[] = {{EXT_A, 'A'}, {EXT_C, 'C'}, {EXT_D, 'D'}, {EXT_F, 'F'},
                   {EXT_M, 'M'}, {EXT_S, 'S'}, {EXT_U, 'U'}};
    uint64_t misa = (uint64_t)2 << 62 | MISA_BIT('I');

    for (unsigned i = 0; i < G_N_ELEMENTS(letters); i++) {
        if (riscv_has(letters[i].ext)) {
            misa |= MISA_BIT(letters[i].letter);
        }
    }
    return misa;
}

/* Privileged spec 3.4; what it leaves open is 0, so that equal runs are equal. */
static void riscv_reset(CPUState *cs)
{
    CPURISCVState *env = riscv_env(cs);
    uint64_t hartid = env->mhartid, lines = env->irq_lines;
    char *state = (char *)env + offsetof(CPURISCVState, x);
    size_t size = offsetof(CPURISCVState, reset_pc) - offsetof(CPURISCVState, x);

    memset(state, 0, size);
    env->mhartid = hartid;
    env->irq_lines = lines & ~(uint64_t)(1 << IRQ_STI); /* the others are the board's */
    env->priv = PRV_M;
    env->misa = misa_value();
    env->mstatus =
        (riscv_has(EXT_U) ? (uint64_t)2 << 32 : 0) | (riscv_has(EXT_S) ? (uint64_t)2 << 34 : 0);
    if (!riscv_has(EXT_U)) {
        env->mstatus |= MSTATUS_MPP;
    }
    env->stimecmp = UINT64_MAX;
    env->res_addr = UINT64_MAX;
    env->minstret_offset = env->mcycle_offset = -(int64_t)cpu_insns(cs);
    riscv_pmp_update(env);

    cs->pc = env->reset_pc;
    cs->trap = 0;
    cs->trap_value = 0;
    cs->halted = false;
    if (env->stimecmp_changed) {
        env->stimecmp_changed(env->board, UINT64_MAX);
    }
    riscv_tlb_flush(env);
    cpu_flags_changed(cs);
}

/* ---- state as text -------------------------------------------------------------------------- */

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

static void dump_regs(GString *out, char letter, const char *const *names, const uint64_t *regs)
{
    for (unsigned i = 0; i < 32; i++) {
        char id[4];

        g_snprintf(id, sizeof(id), "%c%u", letter, i);
        g_string_append_printf(out, " %-3s/%-4s %016" G_GINT64_MODIFIER "x%s", id, names[i],
                               regs[i], i % 4 == 3 ? "\n" : "");
    }
}

static void riscv_dump_state(CPUState *cs, GString *out)
{
    /* as the guest would read them, with the access of M-mode */
    static const uint16_t csrs[] = {
        0x300, 0x301, 0x302, 0x303, 0x304, 0x344, 0x305, 0x340, 0x341, 0x342, 0x343,
        0x306, 0x30a, 0x100, 0x104, 0x144, 0x105, 0x140, 0x141, 0x142, 0x143, 0x106,
        0x10a, 0x180, 0x14d, 0x3a0, 0x3a2, 0x3b0, 0x3b1, 0x3b2, 0x3b3, 0x003,
    };
    static const char *const privs[4] = {"U", "S", "?", "M"};
    CPURISCVState *env = riscv_env(cs);
    uint32_t priv = env->priv;
    unsigned column = 0;

    g_string_append_printf(out, " pc       %016" G_GINT64_MODIFIER "x  priv %s%s\n", cs->pc,
                           privs[priv & 3], cs->halted ? "  (waiting for interrupt)" : "");
    dump_regs(out, 'x', x_names, env->x);
    env->priv = PRV_M;
    for (unsigned i = 0; i < G_N_ELEMENTS(csrs); i++) {
        uint64_t val;

        if (riscv_csr_read(env, csrs[i], &val)) {
            g_string_append_printf(out, " %-10s %016" G_GINT64_MODIFIER "x%s",
                                   riscv_csr_name(csrs[i]), val, ++column % 4 == 0 ? "\n" : "");
        }
    }
    env->priv = priv;
    if (column % 4) {
        g_string_append_c(out, '\n');
    }
    if (env->mstatus & MSTATUS_FS) {
        dump_regs(out, 'f', f_names, env->f);
    }
}

/* ---- state as bytes ------------------------------------------------------------------------- */

static void put(GByteArray *out, uint64_t val)
{
    uint8_t b[8];

    for (unsigned i = 0; i < 8; i++) {
        b[i] = val >> (8 * i);
    }
    g_byte_array_append(out, b, sizeof(b));
}

/* Little endian, 8 bytes each, in the order of the struct; nothing that is derived or a cache. */
static void riscv_serialize(CPUState *cs, GByteArray *out)
{
    const CPURISCVState *env = riscv_env(cs);
    const uint64_t rest[] = {
        cs->pc,
        cs->halted,
        env->fflags,
        env->frm,
        env->priv,
        env->mstatus,
        env->misa,
        env->medeleg,
        env->mideleg,
        env->mie,
        env->mip,
        env->irq_lines,
        env->mtvec,
        env->mscratch,
        env->mepc,
        env->mcause,
        env->mtval,
        env->mcounteren,
        env->menvcfg,
        env->mcountinhibit,
        env->stvec,
        env->sscratch,
        env->sepc,
        env->scause,
        env->stval,
        env->scounteren,
        env->senvcfg,
        env->satp,
        env->stimecmp,
        env->mhartid,
        env->minstret_offset,
        env->mcycle_offset,
        env->res_addr,
        env->res_value,
        env->load_res_size,
    };

    for (unsigned i = 0; i < 32; i++) {
        put(out, env->x[i]);
    }
    for (unsigned i = 0; i < 32; i++) {
        put(out, env->f[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(rest); i++) {
        put(out, rest[i]);
    }
    for (unsigned i = 0; i < PMP_COUNT; i++) {
        put(out, env->pmpcfg[i]);
        put(out, env->pmpaddr[i]);
    }
}

static const char *riscv_trap_name(uint32_t trap)
{
    static const char *const names[] = {
        [CAUSE_INSN_MISALIGNED] = "insn-misaligned",
        [CAUSE_INSN_ACCESS] = "insn-access-fault",
        [CAUSE_ILLEGAL] = "illegal-insn",
        [CAUSE_BREAKPOINT] = "breakpoint",
        [CAUSE_LOAD_MISALIGNED] = "load-misaligned",
        [CAUSE_LOAD_ACCESS] = "load-access-fault",
        [CAUSE_STORE_MISALIGNED] = "store-misaligned",
        [CAUSE_STORE_ACCESS] = "store-access-fault",
        [CAUSE_ECALL_U] = "ecall-u",
        [CAUSE_ECALL_S] = "ecall-s",
        [CAUSE_ECALL_M] = "ecall-m",
        [CAUSE_INSN_PAGE] = "insn-page-fault",
        [CAUSE_LOAD_PAGE] = "load-page-fault",
        [CAUSE_STORE_PAGE] = "store-page-fault",
    };
    uint32_t cause = trap - 1;

    return cause < G_N_ELEMENTS(names) && names[cause] ? names[cause] : "unknown";
}

const TargetOps riscv_target_ops = {
    .name = "riscv64",
    .env_size = sizeof(CPURISCVState),
    .insn_align = 2, /* without C too: a jump to a misaligned pc traps before it gets there */
    .max_insn = 4,
    .helpers = riscv_helpers,
    .nb_helpers = HELPER_COUNT,
    .tcg_init = riscv_tcg_init,
    .translate = riscv_translate,
    .insn_length = riscv_insn_length,
    .disas = riscv_disas,
    .reset = riscv_reset,
    .tb_flags = riscv_tb_flags,
    .fetch_mmu_idx = riscv_fetch_mmu_idx,
    .tlb_fill = riscv_tlb_fill,
    .bus_fault = riscv_bus_fault,
    .align_fault = riscv_align_fault,
    .do_exception = riscv_do_exception,
    .do_interrupt = riscv_do_interrupt,
    .has_work = riscv_has_work,
    .dump_state = riscv_dump_state,
    .serialize = riscv_serialize,
    .trap_name = riscv_trap_name,
};
