/* CSRs of target/riscv: what they hold, who may access them, what a write sets off. */
#include "tests/unit/riscv-fake.h"

#define ONES   (~(uint64_t)0)
#define BIT(n) ((uint64_t)1 << (n))
#define XL     (BIT(33) | BIT(35)) /* UXL and SXL are 2 */

static CPURISCVState *env;

/* What is left of a write. */
static void test_warl(void)
{
    static const struct {
        unsigned csr;
        uint64_t write, read;
    } rows[] = {
        {C_MSTATUS, ONES, XL | BIT(63) | 0x7e79aa},
        {C_MSTATUS, 0, XL},
        {C_MSTATUS, 0x1000, XL}, /* MPP = 2: stays as it was */
        {C_MSTATUS, 0x0800, XL | 0x0800},
        {C_MSTATUS, 0x1000, XL | 0x0800},
        {C_MSTATUS, 0x4000, XL | 0x4000}, /* FS clean: no SD */
        {C_SSTATUS, ONES, BIT(33) | BIT(63) | 0xc6122},
        {C_MSTATUS, 0, XL},
        {C_MISA, 0, BIT(63) | 0x14112d},
        {C_MEDELEG, ONES, 0xb3ff},
        {C_MIDELEG, ONES, 0x222},
        {C_MIE, ONES, 0xaaa},
        {C_SIE, ONES, 0x222},
        {C_MIP, ONES, 0x222},
        {C_MIP, 0, 0},
        {C_SIP, ONES, 0x002},
        {C_MTVEC, 0x1235, 0x1235},
        {C_MTVEC, 0x4566, 0x4565}, /* mode 2: stays 1 */
        {C_STVEC, ONES, ONES & ~(uint64_t)3},
        {C_MEPC, ONES, ONES - 1},
        {C_SEPC, ONES, ONES - 1},
        {C_MCOUNTEREN, ONES, 0xffffffff},
        {C_SCOUNTEREN, ONES, 0xffffffff},
        {C_MENVCFG, ONES, BIT(63) | BIT(61) | 1},
        {C_SENVCFG, ONES, 1},
        {C_MCOUNTINHIBIT, ONES, 5},
        {C_MSCRATCH, ONES, ONES},
        {C_SSCRATCH, ONES, ONES},
        {C_MCAUSE, ONES, ONES},
        {C_SCAUSE, ONES, ONES},
        {C_MTVAL, ONES, ONES},
        {C_STVAL, ONES, ONES},
        {C_STIMECMP, ONES - 5, ONES - 5},
        {C_SATP, BIT(63) | UINT64_C(0xabcd00000012345), BIT(63) | UINT64_C(0xabcd00000012345)},
        {C_SATP, UINT64_C(0xa) << 60 | 1, BIT(63) | UINT64_C(0xabcd00000012345)}, /* Sv57 */
        {C_SATP, UINT64_C(1) << 60 | 1, BIT(63) | UINT64_C(0xabcd00000012345)},
        {C_SATP, UINT64_C(9) << 60 | 1, UINT64_C(9) << 60 | 1},
        {C_SATP, 1, 0},
        {0xb03, ONES, 0},
        {0xb1f, ONES, 0},
        {0x323, ONES, 0},
        {0x33f, ONES, 0},
    };

    env = fake_hart("rv64");
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        csr_set(env, rows[i].csr, rows[i].write);
        if (csr_get(env, rows[i].csr) != rows[i].read) {
            g_error("row %u, CSR 0x%x: %" G_GINT64_MODIFIER "x", i, rows[i].csr,
                    csr_get(env, rows[i].csr));
        }
    }
    /* sie and sip are the part of mie and mip that is delegated */
    env = fake_hart("rv64");
    csr_set(env, C_SIP, ONES);
    csr_set(env, C_SIE, ONES);
    g_assert_cmphex(csr_get(env, C_MIP) | csr_get(env, C_MIE), ==, 0);
    csr_set(env, C_MIP, ONES);
    csr_set(env, C_MIDELEG, BIT(IRQ_STI));
    g_assert_cmphex(csr_get(env, C_SIP), ==, BIT(IRQ_STI));
    csr_set(env, C_SIE, ONES);
    g_assert_cmphex(csr_get(env, C_MIE), ==, BIT(IRQ_STI));
    env = fake_hart("rv64,sv48=off,c=off,f=off,d=off,sstc=off,svadu=off");
    csr_set(env, C_SATP, UINT64_C(9) << 60 | 1);
    g_assert_cmphex(csr_get(env, C_SATP), ==, 0);
    csr_set(env, C_MEPC, ONES);
    g_assert_cmphex(csr_get(env, C_MEPC), ==, ONES - 3);
    csr_set(env, C_MSTATUS, MSTATUS_FS);
    g_assert_cmphex(csr_get(env, C_MSTATUS), ==, XL);
    csr_set(env, C_MENVCFG, ONES);
    g_assert_cmphex(csr_get(env, C_MENVCFG), ==, 1);
    g_assert_true(csr_denied(env, C_STIMECMP) && csr_denied(env, C_FCSR));
    env = fake_hart("rv64,s=off,u=off,sv48=off,sstc=off,svadu=off");
    csr_set(env, C_MSTATUS, 0);
    g_assert_cmphex(csr_get(env, C_MSTATUS), ==, MSTATUS_MPP); /* the only legal value */
    csr_set(env, C_MIE, ONES);
    g_assert_cmphex(csr_get(env, C_MIE), ==, 0x888);
    g_assert_true(csr_denied(env, C_SSTATUS) && csr_denied(env, C_MEDELEG) &&
                  csr_denied(env, C_MCOUNTEREN) && csr_denied(env, C_MENVCFG));
}

static void test_access(void)
{
    static const unsigned absent[] = {0x000, 0x004, 0x102, 0x10c, 0x14e, 0x181, 0x200, 0x321,
                                      0x34a, 0x3a1, 0x3c0, 0x5a8, 0x747, 0x7a0, 0x7b0, 0xb01,
                                      0xb20, 0xc20, 0xc80, 0xda0, 0xf10, 0xf16, 0xfff};
    unsigned found = 0;

    env = fake_hart("rv64");
    env->mstatus |= MSTATUS_FS;
    for (unsigned i = 0; i < G_N_ELEMENTS(absent); i++) {
        g_assert_true(csr_denied(env, absent[i]));
        g_assert_false(riscv_csr_write(env, absent[i], 0));
        g_assert_null(riscv_csr_name(absent[i]));
        g_assert_cmpuint(riscv_csr_attr(absent[i]), ==, 0);
    }
    /* Every CSR there is: refused to lesser modes, and to writes if read-only. */
    for (unsigned csr = 0; csr < 4096; csr++) {
        uint64_t val;

        env = fake_hart("rv64");
        env->mstatus |= MSTATUS_FS;
        if (!riscv_csr_read(env, csr, &val)) {
            continue;
        }
        found++;
        g_assert_nonnull(riscv_csr_name(csr));
        g_assert_cmpint(riscv_csr_write(env, csr, val), ==, csr >> 10 != 3);
        env->mcounteren = env->scounteren = 0xffffffff;
        env->menvcfg = ENVCFG_STCE;
        for (unsigned priv = PRV_U; priv <= PRV_S; priv++) {
            env->priv = priv;
            g_assert_cmpint(riscv_csr_read(env, csr, &val), ==, priv >= (csr >> 8 & 3));
        }
    }
    g_assert_cmpuint(found, ==, 3 + 32 + 12 + 5 + 13 + 18 + 2 + 29 + 1 + 29);
    g_assert_cmpstr(riscv_csr_name(0xc1f), ==, "hpmcounter31");
    g_assert_cmpstr(riscv_csr_name(0x3bf), ==, "pmpaddr15");
    g_assert_cmpstr(riscv_csr_name(C_SATP), ==, "satp");
    g_assert_cmpuint(riscv_csr_attr(C_SSCRATCH), ==, CSR_PLAIN);
    g_assert_cmpuint(riscv_csr_attr(C_TIME), ==, CSR_COUNTER);
    g_assert_cmpuint(riscv_csr_attr(C_FCSR), ==, CSR_FP);
    g_assert_cmpuint(riscv_csr_attr(C_SATP), ==, 0);
    /* TVM */
    env = fake_hart("rv64");
    env->mstatus |= MSTATUS_TVM;
    g_assert_false(csr_denied(env, C_SATP));
    env->priv = PRV_S;
    g_assert_true(csr_denied(env, C_SATP) && !riscv_csr_write(env, C_SATP, 0));
}

static void test_counters(void)
{
    env = fake_hart("rv64");
    fake.mtime = 77;
    /* gates: mcounteren for S, both for U */
    for (unsigned csr = C_CYCLE; csr < 0xc20; csr++) {
        uint64_t bit = BIT(csr & 31);

        for (unsigned m = 0; m < 4; m++) {
            env->mcounteren = m & 1 ? bit : ~bit;
            env->scounteren = m & 2 ? bit : ~bit;
            env->priv = PRV_M;
            g_assert_false(csr_denied(env, csr));
            env->priv = PRV_S;
            g_assert_cmpint(csr_denied(env, csr), ==, !(m & 1));
            env->priv = PRV_U;
            g_assert_cmpint(csr_denied(env, csr), ==, m != 3);
        }
    }
    env->priv = PRV_M;
    g_assert_cmpuint(csr_get(env, C_TIME), ==, 77);
    /* the insn that reads has been counted by the runtime: it is number 11 */
    env->cs.insns_done = 11;
    g_assert_cmpuint(csr_get(env, C_INSTRET), ==, 10);
    csr_set(env, C_MINSTRET, 1000);
    env->cs.insns_done = 12;
    g_assert_cmpuint(csr_get(env, C_INSTRET), ==, 1000);
    g_assert_cmpuint(csr_get(env, C_CYCLE), ==, 11);
    csr_set(env, C_MCOUNTINHIBIT, 4);
    env->cs.insns_done = 20;
    g_assert_cmpuint(csr_get(env, C_INSTRET), ==, 1001);
    g_assert_cmpuint(csr_get(env, C_MCYCLE), ==, 19);
    csr_set(env, C_MINSTRET, 5);
    g_assert_cmpuint(csr_get(env, C_INSTRET), ==, 5);
    csr_set(env, C_MCOUNTINHIBIT, 0);
    env->cs.insns_done = 23;
    g_assert_cmpuint(csr_get(env, C_INSTRET), ==, 7);
    env = fake_hart("rv64,zicntr=off");
    g_assert_true(csr_denied(env, C_CYCLE) && csr_denied(env, 0xc03));
    g_assert_false(csr_denied(env, C_MCYCLE));
}

static void test_fp_csrs(void)
{
    env = fake_hart("rv64");
    g_assert_true(csr_denied(env, C_FCSR) && csr_denied(env, C_FFLAGS) && csr_denied(env, C_FRM));
    csr_set(env, C_MSTATUS, BIT(MSTATUS_FS_SHIFT));
    g_assert_cmphex(riscv_tb_flags(&env->cs) & TBF_FS, ==, 1 << TBF_FS_SHIFT);
    env->cs.tb_flags_dirty = false;
    csr_set(env, C_FFLAGS, ONES);
    g_assert_true(env->cs.tb_flags_dirty);
    g_assert_cmphex(csr_get(env, C_MSTATUS), ==, XL | BIT(63) | MSTATUS_FS);
    g_assert_cmphex(csr_get(env, C_FCSR), ==, 0x1f);
    csr_set(env, C_FRM, ONES);
    g_assert_cmphex(csr_get(env, C_FCSR), ==, 0xff);
    g_assert_cmphex(riscv_tb_flags(&env->cs), ==, 0x1ff); /* M, MMU_M, FS dirty, frm 7 */
    csr_set(env, C_FCSR, 0x743);
    g_assert_cmphex(csr_get(env, C_FFLAGS), ==, 3);
    g_assert_cmphex(csr_get(env, C_FRM), ==, 2);
}

/* What a write makes the runtime do. */
static void test_effects(void)
{
    unsigned data = 1 << MMU_U | 1 << MMU_S | 1 << MMU_SSUM;
    uint64_t old;

    env = fake_hart("rv64");
    csr_set(env, C_SATP, BIT(63) | 1);
    g_assert_cmphex(fake.flushed_modes, ==, data);
    fake_forget();
    csr_set(env, C_SATP, BIT(63) | 1);
    csr_set(env, C_MSTATUS, MSTATUS_SUM | MSTATUS_MPRV);
    g_assert_cmphex(fake.flushed_modes, ==, 0);
    csr_set(env, C_SSTATUS, MSTATUS_MXR);
    g_assert_cmphex(fake.flushed_modes, ==, data);
    g_assert_cmpuint(fake.flushes, ==, 0);

    /* address-space ids: by satp and privilege, told once */
    env = fake_hart("rv64");
    riscv_tb_flags(&env->cs);
    g_assert_cmpuint(fake.aspaces, ==, 1);
    riscv_tb_flags(&env->cs);
    g_assert_cmpuint(fake.aspaces, ==, 1);
    old = fake.aspace;
    csr_set(env, C_SATP, BIT(63) | 1);
    riscv_tb_flags(&env->cs);
    g_assert_cmpuint(fake.aspaces, ==, 1);
    env->priv = PRV_S;
    riscv_tb_flags(&env->cs);
    g_assert_cmpuint(fake.aspaces, ==, 2);
    g_assert_cmphex(fake.aspace, !=, old);
    old = fake.aspace;
    env->priv = PRV_U;
    riscv_tb_flags(&env->cs);
    g_assert_cmphex(fake.aspace, !=, old);

    /* the supervisor's is one, until it has code that is not global; another mode is another */
    env->priv = PRV_S;
    riscv_tb_flags(&env->cs);
    g_assert_cmphex(fake.aspace, ==, old);
    fake_forget();
    csr_set(env, C_SATP, BIT(63) | BIT(44) | 2);
    g_assert_cmpuint(fake.local_flushes, ==, 1);
    riscv_tb_flags(&env->cs);
    g_assert_cmpuint(fake.aspaces, ==, 0);
    csr_set(env, C_SATP, BIT(63) | BIT(60) | BIT(44) | 2);
    g_assert_cmpuint(fake.local_flushes, ==, 1);
    riscv_tb_flags(&env->cs);
    g_assert_cmpuint(fake.aspaces, ==, 1);
    riscv_not_shared(env);
    g_assert_cmpuint(fake.aspaces, ==, 2);
    old = fake.aspace;
    csr_set(env, C_SATP, BIT(63) | BIT(60) | BIT(44) | 3);
    riscv_tb_flags(&env->cs);
    g_assert_cmphex(fake.aspace, !=, old);

    /* modes of loads and stores */
    env = fake_hart("rv64");
    g_assert_cmpuint(riscv_data_mmu_idx(env), ==, MMU_M);
    csr_set(env, C_MSTATUS, MSTATUS_MPRV);
    g_assert_cmpuint(riscv_data_mmu_idx(env), ==, MMU_U);
    csr_set(env, C_MSTATUS, MSTATUS_MPRV | 0x800);
    g_assert_cmpuint(riscv_data_mmu_idx(env), ==, MMU_S);
    csr_set(env, C_MSTATUS, MSTATUS_MPRV | 0x800 | MSTATUS_SUM);
    g_assert_cmpuint(riscv_data_mmu_idx(env), ==, MMU_SSUM);
    csr_set(env, C_MSTATUS, MSTATUS_MPRV | 0x1800 | MSTATUS_SUM);
    g_assert_cmpuint(riscv_data_mmu_idx(env), ==, MMU_M);
    g_assert_cmpuint(riscv_fetch_mmu_idx(&env->cs), ==, MMU_M);
    env->priv = PRV_S;
    g_assert_cmpuint(riscv_fetch_mmu_idx(&env->cs), ==, MMU_S);

    /* set and clear work on software's SEIP, the read shows the line too (3.1.9) */
    env = fake_hart("rv64");
    riscv_set_irq(env, IRQ_SEI, true);
    g_assert_true(riscv_csr_rmw(env, C_MIP, CSR_OP_SET, BIT(IRQ_SSI), &old));
    g_assert_cmphex(old, ==, BIT(IRQ_SEI));
    g_assert_cmphex(csr_get(env, C_MIP), ==, BIT(IRQ_SEI) | BIT(IRQ_SSI));
    riscv_set_irq(env, IRQ_SEI, false);
    g_assert_cmphex(csr_get(env, C_MIP), ==, BIT(IRQ_SSI));
    g_assert_true(riscv_csr_rmw(env, C_MIP, CSR_OP_CLEAR, BIT(IRQ_SSI), &old));
    g_assert_cmphex(csr_get(env, C_MIP), ==, 0);
    g_assert_true(riscv_csr_rmw(env, C_MSCRATCH, CSR_OP_WRITE, 9, &old));
    g_assert_true(riscv_csr_rmw(env, C_MSCRATCH, CSR_OP_SET, 6, &old));
    g_assert_cmphex(old, ==, 9);
    g_assert_cmphex(csr_get(env, C_MSCRATCH), ==, 15);
    g_assert_false(riscv_csr_rmw(env, C_MHARTID, CSR_OP_SET, 1, &old));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/riscv/csr/warl", test_warl);
    g_test_add_func("/riscv/csr/access", test_access);
    g_test_add_func("/riscv/csr/counters", test_counters);
    g_test_add_func("/riscv/csr/fp", test_fp_csrs);
    g_test_add_func("/riscv/csr/effects", test_effects);
    return g_test_run();
}
