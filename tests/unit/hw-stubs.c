#include "hw-stubs.h"

#include "target/riscv/sbi.h"

StubHart stub_hart;
uint32_t riscv_ext = (1u << EXT_COUNT) - 1;

char *riscv_isa_string(void)
{
    return g_strdup("rv64imafdc_zicsr_zifencei_zba_sstc_svadu");
}

void riscv_set_irq(CPURISCVState *env, unsigned irq, bool level)
{
    stub_hart.lines = (stub_hart.lines & ~(UINT64_C(1) << irq)) | (uint64_t)level << irq;
}

void riscv_sbi_attach(CPURISCVState *env, const SBIHost *host)
{
    stub_hart.sbi = host;
}

void riscv_sbi_boot(CPURISCVState *env, uint64_t pc, uint64_t dtb)
{
    stub_hart.boots++;
    stub_hart.boot_pc = pc;
    stub_hart.boot_dtb = dtb;
}
