/* Traps, cpu models and the built-in SBI of target/riscv. */
#include <string.h>

#include "tests/unit/riscv-fake.h"

#define ONES   (~(uint64_t)0)
#define BIT(n) ((uint64_t)1 << (n))
#define XL     (BIT(33) | BIT(35)) /* UXL and SXL are 2 */

static CPURISCVState *env;

/* ---- traps ---------------------------------------------------------------------------------- */

static void raise_at(unsigned priv, unsigned cause, uint64_t tval)
{
    env->priv = priv;
    env->cs.pc = 0x4002;
    riscv_raise(env, cause, tval);
    riscv_do_exception(&env->cs);
    g_assert_cmpuint(env->cs.trap, ==, 0);
}

static void test_exceptions(void)
{
    env = fake_hart("rv64");
    csr_set(env, C_MTVEC, 0x1001); /* vectored: not for exceptions */
    csr_set(env, C_STVEC, 0x2001);
    csr_set(env, C_MSTATUS, MSTATUS_MIE | MSTATUS_SIE);
    raise_at(PRV_U, CAUSE_ILLEGAL, 0x1234);
    g_assert_cmphex(env->cs.pc, ==, 0x1000);
    g_assert_cmpuint(env->priv, ==, PRV_M);
    g_assert_cmphex(csr_get(env, C_MEPC), ==, 0x4002);
    g_assert_cmphex(csr_get(env, C_MTVAL), ==, 0x1234);
    g_assert_cmphex(csr_get(env, C_MCAUSE), ==, CAUSE_ILLEGAL);
    g_assert_cmphex(csr_get(env, C_MSTATUS), ==, XL | MSTATUS_MPIE | MSTATUS_SIE);
    raise_at(PRV_M, CAUSE_BREAKPOINT, 0);
    g_assert_cmphex(csr_get(env, C_MSTATUS), ==, XL | MSTATUS_SIE | MSTATUS_MPP);

    csr_set(env, C_MEDELEG, BIT(CAUSE_LOAD_PAGE) | BIT(CAUSE_ECALL_U));
    raise_at(PRV_S, CAUSE_LOAD_PAGE, 0x5678);
    g_assert_cmphex(env->cs.pc, ==, 0x2000);
    g_assert_cmpuint(env->priv, ==, PRV_S);
    g_assert_cmphex(csr_get(env, C_SEPC), ==, 0x4002);
    g_assert_cmphex(csr_get(env, C_STVAL), ==, 0x5678);
    g_assert_cmphex(csr_get(env, C_SCAUSE), ==, CAUSE_LOAD_PAGE);
    g_assert_cmphex(csr_get(env, C_SSTATUS), ==, BIT(33) | MSTATUS_SPP | MSTATUS_SPIE);
    raise_at(PRV_U, CAUSE_ECALL_U, 0);
    g_assert_cmphex(csr_get(env, C_SSTATUS), ==, BIT(33));
    /* never from M to S, and not what is not delegated */
    raise_at(PRV_M, CAUSE_LOAD_PAGE, 1);
    g_assert_cmpuint(env->priv, ==, PRV_M);
    raise_at(PRV_S, CAUSE_ECALL_S, 0);
    g_assert_cmpuint(env->priv, ==, PRV_M);
    g_assert_cmphex(csr_get(env, C_MCAUSE), ==, CAUSE_ECALL_S);

    riscv_bus_fault(&env->cs, 8, MMU_FETCH);
    g_assert_cmpstr(riscv_target_ops.trap_name(env->cs.trap), ==, "insn-access-fault");
    riscv_align_fault(&env->cs, 9, MMU_STORE);
    g_assert_cmpuint(env->cs.trap, ==, CAUSE_STORE_MISALIGNED + 1);
    g_assert_cmphex(env->cs.trap_value, ==, 9);
}

static void test_returns(void)
{
    env = fake_hart("rv64");
    csr_set(env, C_MEPC, 0x7000);
    csr_set(env, C_SEPC, 0x6000);
    csr_set(env, C_MSTATUS, MSTATUS_MPIE | 0x800 | MSTATUS_MPRV);
    g_assert_true(riscv_mret(env));
    g_assert_cmpuint(env->priv, ==, PRV_S);
    g_assert_cmphex(env->cs.pc, ==, 0x7000);
    g_assert_cmphex(env->mstatus, ==, XL | MSTATUS_MPIE | MSTATUS_MIE);
    g_assert_false(riscv_mret(env)); /* now in S */
    env->mstatus |= MSTATUS_SPP;
    env->cs.tb_flags_dirty = false;
    g_assert_true(riscv_sret(env));
    g_assert_true(env->cs.tb_flags_dirty);
    g_assert_cmpuint(env->priv, ==, PRV_S);
    g_assert_cmphex(env->cs.pc, ==, 0x6000);
    g_assert_cmphex(env->mstatus, ==, XL | MSTATUS_MPIE | MSTATUS_MIE | MSTATUS_SPIE);
    env->mstatus |= MSTATUS_TSR;
    g_assert_false(riscv_sret(env));
    env->mstatus &= ~(uint64_t)MSTATUS_TSR;
    g_assert_true(riscv_sret(env));
    g_assert_cmpuint(env->priv, ==, PRV_U);
    g_assert_true(env->mstatus & MSTATUS_SIE);
    g_assert_false(riscv_sret(env));
    /* MPRV survives a return to M only; sret from M ends it */
    env->priv = PRV_M;
    csr_set(env, C_MSTATUS, MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_TSR);
    g_assert_true(riscv_mret(env));
    g_assert_cmphex(env->mstatus & (MSTATUS_MPRV | MSTATUS_MPP), ==, MSTATUS_MPRV);
    g_assert_true(riscv_sret(env));
    g_assert_cmphex(env->mstatus & MSTATUS_MPRV, ==, 0);
}

static void test_wfi(void)
{
    env = fake_hart("rv64");
    g_assert_true(riscv_wfi(env));
    g_assert_true(env->cs.halted);
    g_assert_false(riscv_has_work(&env->cs));
    riscv_set_irq(env, IRQ_MTI, true);
    g_assert_false(riscv_has_work(&env->cs));
    g_assert_cmpuint(fake.interrupts, ==, 0);
    csr_set(env, C_MIE, BIT(IRQ_MTI)); /* global enable is off */
    g_assert_true(riscv_has_work(&env->cs));
    g_assert_false(riscv_do_interrupt(&env->cs));
    g_assert_true(riscv_wfi(env));
    g_assert_false(env->cs.halted);
    riscv_set_irq(env, IRQ_MTI, false);
    riscv_set_irq(env, IRQ_MTI, true);
    g_assert_cmpuint(fake.interrupts, ==, 1);
    riscv_set_irq(env, IRQ_MTI, true);
    g_assert_cmpuint(fake.interrupts, ==, 1);
    env->priv = PRV_S;
    g_assert_true(riscv_wfi(env));
    env->mstatus |= MSTATUS_TW;
    g_assert_false(riscv_wfi(env));
    env->mstatus &= ~(uint64_t)MSTATUS_TW;
    env->priv = PRV_U;
    g_assert_false(riscv_wfi(env));
}

/* All pending at once leave in this order; with delegation, those for M first. */
static void test_priorities(void)
{
    static const unsigned all[] = {IRQ_MEI, IRQ_MSI, IRQ_MTI, IRQ_SEI, IRQ_SSI, IRQ_STI};
    static const unsigned lines = 0xa88;

    for (unsigned deleg = 0; deleg < 2; deleg++) {
        env = fake_hart("rv64");
        csr_set(env, C_MTVEC, 0x1001);
        csr_set(env, C_STVEC, 0x2001);
        csr_set(env, C_MIE, ONES);
        csr_set(env, C_MIDELEG, deleg ? 0x222 : 0);
        csr_set(env, C_MIP, 0x222);
        for (unsigned irq = 0; irq < 12; irq++) {
            if (lines >> irq & 1) {
                riscv_set_irq(env, irq, true);
            }
        }
        for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
            bool to_s = deleg && (0x222 >> all[i] & 1);

            env->priv = PRV_U;
            env->cs.pc = 0x4000;
            g_assert_true(riscv_do_interrupt(&env->cs));
            g_assert_cmpuint(env->priv, ==, to_s ? PRV_S : PRV_M);
            g_assert_cmphex(env->cs.pc, ==, (to_s ? 0x2000 : 0x1000) + 4 * all[i]);
            g_assert_cmphex(csr_get(env, to_s ? C_SCAUSE : C_MCAUSE), ==, BIT(63) | all[i]);
            riscv_set_irq(env, all[i], false);
            env->mip &= ~BIT(all[i]);
        }
        g_assert_false(riscv_do_interrupt(&env->cs));
    }
}

/* Which privilege and which global enable let an interrupt through. */
static void test_enables(void)
{
    for (unsigned m = 0; m < 32; m++) {
        static const unsigned privs[] = {PRV_U, PRV_S, PRV_M, PRV_M};
        unsigned priv = privs[m & 3];
        bool sie = m & 4, mie = m & 8, deleg = m & 16, want;

        env = fake_hart("rv64");
        csr_set(env, C_MSTATUS, (sie ? MSTATUS_SIE : 0) | (mie ? MSTATUS_MIE : 0));
        csr_set(env, C_MIE, BIT(IRQ_SEI));
        csr_set(env, C_MIDELEG, deleg ? BIT(IRQ_SEI) : 0);
        riscv_set_irq(env, IRQ_SEI, true);
        env->priv = priv;
        want = deleg ? priv == PRV_U || (priv == PRV_S && sie) : priv != PRV_M || mie;
        g_assert_cmpint(riscv_do_interrupt(&env->cs), ==, want);
    }
}

static void test_sstc(void)
{
    env = fake_hart("rv64");
    fake.mtime = 100;
    csr_set(env, C_MIDELEG, 0x222);
    csr_set(env, C_MIE, BIT(IRQ_STI));
    csr_set(env, C_MIP, BIT(IRQ_STI)); /* software's, while STCE is off */
    g_assert_cmphex(csr_get(env, C_SIP), ==, BIT(IRQ_STI));
    env->priv = PRV_S;
    g_assert_true(csr_denied(env, C_STIMECMP));
    env->priv = PRV_M;
    csr_set(env, C_MENVCFG, ENVCFG_STCE);
    g_assert_cmphex(csr_get(env, C_MIP), ==, 0);
    env->priv = PRV_S;
    g_assert_true(csr_denied(env, C_STIMECMP)); /* mcounteren.TM */
    env->mcounteren = 2;
    csr_set(env, C_STIMECMP, 150);
    g_assert_cmpuint(fake.armed, ==, 150);
    g_assert_cmphex(csr_get(env, C_SIP), ==, 0);
    /* the guest that looks sees it before the board's timer did */
    fake.mtime = 150;
    g_assert_false(riscv_do_interrupt(&env->cs));
    g_assert_cmphex(csr_get(env, C_SIP), ==, BIT(IRQ_STI));
    g_assert_cmpuint(fake.interrupts, ==, 1);
    csr_set(env, C_SIP, 0); /* read-only */
    g_assert_cmphex(csr_get(env, C_SIP), ==, BIT(IRQ_STI));
    env->priv = PRV_U;
    g_assert_true(riscv_do_interrupt(&env->cs));
    g_assert_cmphex(csr_get(env, C_SCAUSE), ==, BIT(63) | IRQ_STI);
    csr_set(env, C_STIMECMP, 151);
    g_assert_cmphex(csr_get(env, C_SIP), ==, 0);
    csr_set(env, C_STIMECMP, 0);
    g_assert_cmphex(csr_get(env, C_SIP), ==, BIT(IRQ_STI));
    /* off again: the comparator is out of the game, a late timer too */
    env->priv = PRV_M;
    csr_set(env, C_MENVCFG, 0);
    g_assert_cmpuint(fake.armed, ==, UINT64_MAX);
    riscv_set_irq(env, IRQ_STI, true);
    csr_set(env, C_MIP, 0);
    g_assert_cmphex(csr_get(env, C_MIP), ==, 0);
}

/* ---- SBI ------------------------------------------------------------------------------------ */

enum { NOT_SUPPORTED = -2, INVALID_PARAM = -3, ALREADY_AVAILABLE = -6 };

static int64_t sbi(uint64_t eid, uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2)
{
    env->priv = PRV_S;
    env->x[10] = a0;
    env->x[11] = a1;
    env->x[12] = a2;
    env->x[13] = 0;
    env->x[16] = fid;
    env->x[17] = eid;
    env->cs.pc = 0x80200000;
    riscv_raise(env, CAUSE_ECALL_S, 0);
    riscv_do_exception(&env->cs);
    g_assert_cmphex(env->cs.pc, ==, 0x80200004);
    g_assert_cmpuint(env->priv, ==, PRV_S);
    return env->x[10];
}

static void sbi_hart(const char *model)
{
    env = fake_hart(model);
    riscv_sbi_attach(env, &fake_sbi_host);
    riscv_sbi_boot(env, 0x80200000, 0x87000000);
}

static void test_sbi_boot(void)
{
    TLBFill out;

    sbi_hart("rv64");
    g_assert_cmpuint(env->priv, ==, PRV_S);
    g_assert_cmphex(env->cs.pc, ==, 0x80200000);
    g_assert_cmphex(env->x[10], ==, 0);
    g_assert_cmphex(env->x[11], ==, 0x87000000);
    g_assert_cmphex(csr_get(env, C_SATP), ==, 0);
    g_assert_false(csr_denied(env, C_STIMECMP) || csr_denied(env, C_TIME));
    g_assert_cmphex(env->menvcfg, ==, ENVCFG_STCE | ENVCFG_ADUE);
    g_assert_cmphex(env->medeleg, ==, 0xb1ff);
    g_assert_true(riscv_tlb_fill(&env->cs, 0x1000, 8, MMU_FETCH, MMU_U, false, &out));
    sbi_hart("rv64,sstc=off,svadu=off,pmp=off");
    g_assert_cmphex(env->menvcfg, ==, 0);
}

static void test_sbi_calls(void)
{
    static const uint64_t there[] = {
        0x10, 0x54494d45, 0x735049, 0x52464e43, 0x48534d, 0x53525354, 0x4442434e, 0, 1, 2, 8};

    sbi_hart("rv64");
    g_assert_cmpint(sbi(0x10, 0, 0, 0, 0), ==, 0);
    g_assert_cmphex(env->x[11], ==, 0x2000000);
    for (unsigned i = 0; i < G_N_ELEMENTS(there); i++) {
        g_assert_cmpint(sbi(0x10, 3, there[i], 0, 0), ==, 0);
        g_assert_cmphex(env->x[11], ==, 1);
    }
    g_assert_cmpint(sbi(0x10, 3, 0x504d55, 0, 0), ==, 0); /* PMU */
    g_assert_cmphex(env->x[11], ==, 0);
    g_assert_cmpint(sbi(0x10, 4, 9, 9, 9), ==, 0);
    g_assert_cmphex(env->x[11], ==, 0);
    g_assert_cmpint(sbi(0x10, 7, 0, 0, 0), ==, NOT_SUPPORTED);
    g_assert_cmpint(sbi(0x504d55, 0, 0, 0, 0), ==, NOT_SUPPORTED);
    g_assert_cmpint(sbi(0x4, 0, 0, 0, 0), ==, NOT_SUPPORTED);
    g_assert_cmpint(sbi(ONES, 0, 0, 0, 0), ==, NOT_SUPPORTED);

    /* HSM */
    g_assert_cmpint(sbi(0x48534d, 0, 1, 0, 0), ==, INVALID_PARAM);
    g_assert_cmpint(sbi(0x48534d, 0, 0, 0, 0), ==, ALREADY_AVAILABLE);
    g_assert_cmpint(sbi(0x48534d, 2, 0, 0, 0), ==, 0);
    g_assert_cmphex(env->x[11], ==, 0);
    g_assert_cmpint(sbi(0x48534d, 2, 5, 0, 0), ==, INVALID_PARAM);
    g_assert_cmpint(sbi(0x48534d, 3, 0, 0, 0), ==, 0);
    g_assert_true(env->cs.halted);
    /* IPI */
    g_assert_cmpint(sbi(0x735049, 0, 2, 0, 0), ==, INVALID_PARAM);
    g_assert_cmpint(sbi(0x735049, 0, 1, 1, 0), ==, INVALID_PARAM);
    g_assert_cmpint(sbi(0x735049, 0, 0, 0, 0), ==, 0);
    g_assert_cmphex(csr_get(env, C_SIP), ==, 0);
    g_assert_cmpint(sbi(0x735049, 0, 0, ONES, 0), ==, 0);
    g_assert_cmphex(csr_get(env, C_SIP), ==, BIT(IRQ_SSI));
    /* RFENCE */
    fake_forget();
    g_assert_cmpint(sbi(0x52464e43, 0, 1, 0, 0), ==, 0);
    g_assert_cmpuint(fake.flushes, ==, 0);
    g_assert_cmpint(sbi(0x52464e43, 1, 1, 0, 0), ==, 0);
    g_assert_cmpuint(fake.flushes, ==, 1);
    g_assert_cmpint(sbi(0x52464e43, 3, 1, 0, 0), ==, NOT_SUPPORTED);
    /* SRST */
    g_assert_cmpint(sbi(0x53525354, 0, 3, 0, 0), ==, INVALID_PARAM);
    g_assert_cmpint(sbi(0x53525354, 0, 0, 2, 0), ==, INVALID_PARAM);
    g_assert_cmpint(fake.reset_type, ==, -1);
    sbi(0x53525354, 0, 1, 1, 0);
    g_assert_cmpint(fake.reset_type, ==, 1);
    g_assert_cmpint(fake.reset_reason, ==, 1);
    sbi(8, 0, 0, 0, 0);
    g_assert_cmpint(fake.reset_type, ==, 0);
}

static void test_sbi_console(void)
{
    sbi_hart("rv64");
    memset(fake.ram, 'x', 3000);
    memcpy(fake.ram, "hello", 5);
    g_assert_cmpint(sbi(0x4442434e, 0, 3000, FAKE_RAM_BASE, 0), ==, 0);
    g_assert_cmpuint(env->x[11], ==, 3000);
    g_assert_cmpuint(fake.console->len, ==, 3000);
    g_assert_cmpint(memcmp(fake.console->str, fake.ram, 3000), ==, 0);
    g_string_truncate(fake.console, 0);
    g_assert_cmpint(sbi(0x4442434e, 0, 4, 0x1000, 0), ==, INVALID_PARAM);
    g_assert_cmpint(sbi(0x4442434e, 0, 4, FAKE_RAM_BASE, 1), ==, INVALID_PARAM);
    /* as far as memory goes */
    g_assert_cmpint(sbi(0x4442434e, 0, 9, FAKE_RAM_BASE + FAKE_RAM_SIZE - 4, 0), ==, 0);
    g_assert_cmpuint(env->x[11], ==, 4);
    g_string_truncate(fake.console, 0);
    g_assert_cmpint(sbi(0x4442434e, 2, '!', 0, 0), ==, 0);
    sbi(1, 0, '?', 0, 0);
    g_assert_cmpstr(fake.console->str, ==, "!?");
    fake.input = "abcd";
    g_assert_cmpint(sbi(0x4442434e, 1, 3, FAKE_RAM_BASE + 16, 0), ==, 0);
    g_assert_cmpuint(env->x[11], ==, 3);
    g_assert_cmpint(memcmp(fake.ram + 16, "abcx", 4), ==, 0);
    g_assert_cmpint(sbi(0x4442434e, 1, 3, 0x1000, 0), ==, INVALID_PARAM);
    g_assert_cmpint(sbi(2, 0, 0, 0, 0), ==, 'd');
    g_assert_cmpint(sbi(2, 0, 0, 0, 0), ==, -1);
}

static void test_sbi_timer(void)
{
    sbi_hart("rv64");
    g_assert_cmpint(sbi(0x54494d45, 0, 1234, 0, 0), ==, 0);
    g_assert_cmpuint(env->stimecmp, ==, 1234);
    g_assert_cmpuint(fake.armed, ==, 1234);
    sbi_hart("rv64,sstc=off");
    g_assert_cmpint(sbi(0x54494d45, 0, 1234, 0, 0), ==, 0);
    g_assert_cmpuint(fake.timer, ==, 1234);
    riscv_set_irq(env, IRQ_STI, true);
    g_assert_cmphex(csr_get(env, C_SIP), ==, BIT(IRQ_STI));
    sbi(0, 0, 4321, 0, 0);
    g_assert_cmpuint(fake.timer, ==, 4321);
    g_assert_cmphex(csr_get(env, C_SIP), ==, 0);
    g_assert_cmpint(sbi(0x54494d45, 1, 0, 0, 0), ==, NOT_SUPPORTED);
}

/* ---- models, reset, dumps ------------------------------------------------------------------- */

static void test_models(void)
{
    static const struct {
        const char *model, *isa, *error;
    } rows[] = {
        {"rv64", "rv64imafdc_zicntr_zicsr_zifencei_zba_zbb_zbs_sstc_svadu", NULL},
        {"rv64,zbb=off,d=off,svadu=false,c=off,c=on",
         "rv64imafc_zicntr_zicsr_zifencei_zba_zbs_sstc", NULL},
        {"rv32", NULL, "'rv32'"},
        {"", NULL, "''"},
        {"rv64,", NULL, "''"},
        {"rv64,v=on", NULL, "'v'"},
        {"rv64,zbb", NULL, "zbb=off"},
        {"rv64,zbb=maybe", NULL, "'maybe'"},
        {"rv64,zb=on", NULL, "'zb'"},
        {"rv64,f=off", NULL, "'f=off' needs 'd=off'"},
        {"rv64,zicsr=off", NULL, "'zicsr=off' needs"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *error = riscv_cpu_parse(rows[i].model);

        if (rows[i].error) {
            g_assert_nonnull(error);
            if (!strstr(error, rows[i].error)) {
                g_error("%s: %s", rows[i].model, error);
            }
        } else {
            char *isa = riscv_isa_string();

            g_assert_null(error);
            g_assert_cmpstr(isa, ==, rows[i].isa);
            g_free(isa);
        }
        g_free(error);
    }
}

static void test_reset_and_dump(void)
{
    GByteArray *before = g_byte_array_new(), *after = g_byte_array_new();
    GString *text = g_string_new(NULL);

    env = fake_hart("rv64");
    riscv_target_ops.serialize(&env->cs, before);
    sbi_hart("rv64");
    riscv_set_irq(env, IRQ_SEI, true);
    env->x[5] = 0x5555;
    env->f[31] = 0x7777;
    csr_set(env, C_SATP, BIT(63) | 1);
    riscv_target_ops.dump_state(&env->cs, text);
    g_assert_nonnull(strstr(text->str, "x5 /t0   0000000000005555"));
    g_assert_nonnull(strstr(text->str, "f31/ft11 0000000000007777"));
    g_assert_nonnull(strstr(text->str, "satp       8000000000000001"));
    g_assert_nonnull(strstr(text->str, "priv S"));
    g_assert_cmpuint(env->priv, ==, PRV_S);
    env->cs.insns_done = 500;
    riscv_target_ops.reset(&env->cs);
    g_assert_cmphex(env->irq_lines, ==, BIT(IRQ_SEI)); /* the board's */
    g_assert_nonnull(env->sbi_call);
    g_assert_cmphex(env->cs.pc, ==, 0x1000);
    env->cs.insns_done = 501;
    g_assert_cmpuint(csr_get(env, C_MINSTRET), ==, 0);
    env->irq_lines = 0;
    env->minstret_offset = env->mcycle_offset = 0;
    riscv_target_ops.serialize(&env->cs, after);
    g_assert_cmpmem(before->data, before->len, after->data, after->len);
    g_byte_array_free(before, TRUE);
    g_byte_array_free(after, TRUE);
    g_string_free(text, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/riscv/trap/exceptions", test_exceptions);
    g_test_add_func("/riscv/trap/returns", test_returns);
    g_test_add_func("/riscv/trap/wfi", test_wfi);
    g_test_add_func("/riscv/trap/priorities", test_priorities);
    g_test_add_func("/riscv/trap/enables", test_enables);
    g_test_add_func("/riscv/trap/sstc", test_sstc);
    g_test_add_func("/riscv/sbi/boot", test_sbi_boot);
    g_test_add_func("/riscv/sbi/calls", test_sbi_calls);
    g_test_add_func("/riscv/sbi/console", test_sbi_console);
    g_test_add_func("/riscv/sbi/timer", test_sbi_timer);
    g_test_add_func("/riscv/model", test_models);
    g_test_add_func("/riscv/reset-and-dump", test_reset_and_dump);
    return g_test_run();
}
