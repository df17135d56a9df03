/* See riscv-fake.h. Linked with the system side only, so the front end is a stub too. */
#include <string.h>

#include "tests/unit/riscv-fake.h"

Fake fake;
static union {
    CPURISCVState env;
    uint8_t block[CPU_TEMPS_OFFSET];
} hart;

static uint8_t *ram(uint64_t phys, unsigned size)
{
    uint64_t off = phys - FAKE_RAM_BASE;

    return off < FAKE_RAM_SIZE && size <= FAKE_RAM_SIZE - off ? fake.ram + off : NULL;
}

/* ---- the runtime ---------------------------------------------------------------------------- */

bool cpu_phys_read(CPUState *cs, uint64_t phys, void *buf, unsigned size)
{
    const uint8_t *p = ram(phys, size);

    if (p) {
        memcpy(buf, p, size);
    }
    return p;
}

bool cpu_phys_write(CPUState *cs, uint64_t phys, const void *buf, unsigned size)
{
    uint8_t *p = ram(phys, size);

    if (p) {
        memcpy(p, buf, size);
    }
    return p;
}

int cpu_phys_cas64(CPUState *cs, uint64_t phys, uint64_t expected, uint64_t desired)
{
    if (!ram(phys, 8)) {
        return -1;
    }
    if (fake.race) {
        fake_write64(phys, fake.race);
        fake.race = 0;
    }
    if (fake_read64(phys) != expected) {
        return 0;
    }
    fake_write64(phys, desired);
    return 1;
}

void cpu_tlb_flush(CPUState *cs)
{
    fake.flushes++;
}

void cpu_tlb_flush_page(CPUState *cs, uint64_t vaddr)
{
    fake.page_flushes++;
    fake.flushed_page = vaddr;
}

void cpu_tlb_flush_modes(CPUState *cs, unsigned modes)
{
    fake.flushed_modes |= modes;
}

void cpu_tlb_flush_local(CPUState *cs, unsigned modes)
{
    fake.flushed_modes |= modes;
    fake.local_flushes++;
}

void cpu_tlb_flush_spaces(CPUState *cs, uint64_t keep)
{
    fake.space_flushes++;
    fake.kept_space = keep;
}

void cpu_set_aspace(CPUState *cs, uint64_t id)
{
    fake.aspaces++;
    fake.aspace = id;
}

void cpu_interrupt(CPUState *cs)
{
    fake.interrupts++;
}

/* ---- the front end -------------------------------------------------------------------------- */

const TCGHelperInfo riscv_helpers[1];

void riscv_tcg_init(TCGContext *s) {}

void riscv_translate(TCGContext *s, TBRequest *req) {}

unsigned riscv_insn_length(const uint8_t *code)
{
    return (*code & 3) == 3 ? 4 : 2;
}

unsigned riscv_disas(const uint8_t *code, unsigned avail, uint64_t pc, GString *out)
{
    return 0;
}

/* ---- the board ------------------------------------------------------------------------------ */

static uint64_t read_mtime(void *opaque)
{
    return fake.mtime;
}

static void stimecmp_changed(void *opaque, uint64_t ticks)
{
    fake.armed = ticks;
    riscv_set_irq(&hart.env, IRQ_STI, fake.mtime >= ticks);
}

static void host_set_timer(void *opaque, uint64_t ticks)
{
    fake.timer = ticks;
}

static void host_console_write(void *opaque, const uint8_t *buf, size_t len)
{
    g_string_append_len(fake.console, (const char *)buf, len);
}

static int host_console_getchar(void *opaque)
{
    return fake.input && *fake.input ? *fake.input++ : -1;
}

static void host_system_reset(void *opaque, unsigned type, unsigned reason)
{
    fake.reset_type = type;
    fake.reset_reason = reason;
}

const SBIHost fake_sbi_host = {NULL, host_set_timer, host_console_write, host_console_getchar,
                               host_system_reset};

/* ---- for the tests -------------------------------------------------------------------------- */

void fake_forget(void)
{
    fake.flushes = fake.page_flushes = fake.aspaces = fake.interrupts = fake.flushed_modes = 0;
    fake.local_flushes = fake.space_flushes = 0;
}

CPURISCVState *fake_hart(const char *model)
{
    CPURISCVState *env = &hart.env;
    char *error = riscv_cpu_parse(model);

    g_assert_null(error);
    if (fake.console) {
        g_string_free(fake.console, TRUE);
    }
    memset(&fake, 0, sizeof(fake));
    memset(&hart, 0, sizeof(hart));
    fake.console = g_string_new(NULL);
    fake.reset_type = fake.reset_reason = -1;
    env->read_mtime = read_mtime;
    env->stimecmp_changed = stimecmp_changed;
    env->reset_pc = 0x1000;
    riscv_target_ops.reset(&env->cs);
    fake_forget();
    return env;
}

uint64_t fake_read64(uint64_t phys)
{
    uint64_t val;

    memcpy(&val, ram(phys, 8), 8);
    return val;
}

void fake_write64(uint64_t phys, uint64_t val)
{
    memcpy(ram(phys, 8), &val, 8);
}

uint64_t csr_get(CPURISCVState *env, unsigned csr)
{
    uint64_t val;

    if (!riscv_csr_read(env, csr, &val)) {
        g_error("CSR 0x%x cannot be read in mode %u", csr, env->priv);
    }
    return val;
}

void csr_set(CPURISCVState *env, unsigned csr, uint64_t val)
{
    if (!riscv_csr_write(env, csr, val)) {
        g_error("CSR 0x%x cannot be written in mode %u", csr, env->priv);
    }
}

bool csr_denied(CPURISCVState *env, unsigned csr)
{
    uint64_t val;

    return !riscv_csr_read(env, csr, &val);
}

void pmp_open(CPURISCVState *env)
{
    if (riscv_has(EXT_PMP)) {
        riscv_pmpaddr_write(env, 0, ~(uint64_t)0);
        riscv_pmpcfg_write(env, 0, PMP_NAPOT << PMP_A_SHIFT | PMP_R | PMP_W | PMP_X);
    }
}
