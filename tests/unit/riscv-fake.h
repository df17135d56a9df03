/* A runtime made of one array, for unit tests of target/riscv's system side: memory, and a record
 * of what was asked for. */
#ifndef TESTS_UNIT_RISCV_FAKE_H
#define TESTS_UNIT_RISCV_FAKE_H

#include "target/riscv/sbi.h"
#include "target/riscv/system.h"

enum { FAKE_RAM_BASE = 0x80000000u, FAKE_RAM_SIZE = 1 << 20 };

typedef struct Fake {
    uint8_t ram[FAKE_RAM_SIZE];
    /* counts since fake_forget() */
    unsigned flushes, page_flushes, aspaces, interrupts;
    unsigned flushed_modes; /* or of the masks */
    unsigned local_flushes, space_flushes;
    uint64_t kept_space;
    uint64_t flushed_page, aspace;
    /* the next cas64 finds the word replaced by this (a race lost); 0: none */
    uint64_t race;
    uint64_t mtime, armed; /* Sstc; armed: last value given to stimecmp_changed */
    /* SBI host */
    GString *console;
    const char *input;
    uint64_t timer;
    int reset_type, reset_reason;
} Fake;
extern Fake fake;
extern const SBIHost fake_sbi_host;

/* A hart of the given model, reset, in M-mode; memory cleared, record empty. */
CPURISCVState *fake_hart(const char *model);
void fake_forget(void);
uint64_t fake_read64(uint64_t phys);
void fake_write64(uint64_t phys, uint64_t val);

/* CSR access that must work / must not, by number. */
uint64_t csr_get(CPURISCVState *env, unsigned csr);
void csr_set(CPURISCVState *env, unsigned csr, uint64_t val);
bool csr_denied(CPURISCVState *env, unsigned csr);

/* One entry that allows everything, as firmware sets up. */
void pmp_open(CPURISCVState *env);

enum {
    C_FFLAGS = 0x001,
    C_FRM = 0x002,
    C_FCSR = 0x003,
    C_SSTATUS = 0x100,
    C_SIE = 0x104,
    C_STVEC = 0x105,
    C_SCOUNTEREN = 0x106,
    C_SENVCFG = 0x10a,
    C_SSCRATCH = 0x140,
    C_SEPC = 0x141,
    C_SCAUSE = 0x142,
    C_STVAL = 0x143,
    C_SIP = 0x144,
    C_STIMECMP = 0x14d,
    C_SATP = 0x180,
    C_MSTATUS = 0x300,
    C_MISA = 0x301,
    C_MEDELEG = 0x302,
    C_MIDELEG = 0x303,
    C_MIE = 0x304,
    C_MTVEC = 0x305,
    C_MCOUNTEREN = 0x306,
    C_MENVCFG = 0x30a,
    C_MCOUNTINHIBIT = 0x320,
    C_MSCRATCH = 0x340,
    C_MEPC = 0x341,
    C_MCAUSE = 0x342,
    C_MTVAL = 0x343,
    C_MIP = 0x344,
    C_PMPCFG0 = 0x3a0,
    C_PMPCFG2 = 0x3a2,
    C_PMPADDR0 = 0x3b0,
    C_MCYCLE = 0xb00,
    C_MINSTRET = 0xb02,
    C_CYCLE = 0xc00,
    C_TIME = 0xc01,
    C_INSTRET = 0xc02,
    C_MHARTID = 0xf14,
};

#endif
