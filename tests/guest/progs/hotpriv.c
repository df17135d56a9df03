/*
 * Hot loops through interrupts, faults and changes of privilege: registers must be precise wherever
 * a loop is interrupted, and code must know in which mode it runs and what that mode may do.
 */
#include "code.h"

#define MSIP      ((volatile uint32_t *)0x2000000)
#define MTIMECMP  ((volatile uint64_t *)0x2004000)
#define MTIME     ((volatile uint64_t *)0x200bff8)
#define INTERRUPT (1ul << 63)
enum { SSI = 1 << 1, MSI = 1 << 3, MTI = 1 << 7 };

/* Windows for S-mode and for U-mode, not next to each other. */
enum { X = 0x40000000, USER = 0x60000000 };

typedef uint64_t (*Code6)(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);

static uint8_t data[4][PAGE] __attribute__((aligned(4096)));

/* ---- a loop that can be interrupted anywhere ---- */

typedef struct Step {
    uint64_t pc;
    uint32_t done, calls;
} Step;

extern const Step lockstep_steps[], lockstep_steps_end[];
extern const uint8_t lockstep_order[], lockstep_order_end[];
extern const uint64_t lockstep_returns[], lockstep_returns_end[];
extern const uint8_t lockstep_loop[];
uint64_t lockstep(uint64_t a, uint64_t b);

enum { WORD = 32, NB_INTERRUPTS = 250 };
static unsigned lockstep_mode;
static unsigned nb_interrupts, nb_faults, nb_in_loop;

static uint64_t lockstep_register(unsigned r)
{
    return r == WORD ? *(volatile uint64_t *)data[0] : trap_regs[r];
}

/* Are all registers what they must be at this pc? */
static void check_lockstep(uint64_t pc)
{
    uint64_t off = lockstep_mode == U_MODE ? USER_OFF : 0;
    unsigned nb = lockstep_order_end - lockstep_order;
    unsigned nb_calls = lockstep_returns_end - lockstep_returns;
    const Step *s = lockstep_steps;

    while (s < lockstep_steps_end && s->pc != pc - off) {
        s++;
    }
    if (s == lockstep_steps_end) { /* a slow host: not yet in the loop */
        expect(pc - off >= (uint64_t)lockstep && pc - off < (uint64_t)lockstep_loop, 1,
               "interrupted outside", pc - off - (uint64_t)lockstep);
        return;
    }
    nb_in_loop++;
    uint64_t rounds = lockstep_register(lockstep_order[nb - 1]);
    for (unsigned k = 0; k < nb; k++) {
        unsigned r = lockstep_order[k];
        expect(lockstep_register(r), rounds + (k < s->done), "a register of the loop", r);
    }
    uint64_t ra = 0;
    if (rounds || s->calls) {
        ra = lockstep_returns[(s->calls + nb_calls - 1) % nb_calls] + off;
    }
    expect(trap_regs[RA], ra, "ra of the loop", s - lockstep_steps);
}

static uint64_t lockstep_data(void)
{
    return lockstep_mode == M_MODE ? (uint64_t)data[0] : X;
}

static void map_data(uint64_t flags)
{
    uint64_t user = lockstep_mode == U_MODE ? PTE_U : 0;

    pt_map(X, (uint64_t)data[0], 0, flags ? flags | user : 0);
    sfence_at(X);
}

/* The timer, again and again; after it the data is missing, or cannot be written, until that is
 * noticed. */
static bool on_lockstep(void)
{
    static uint64_t state;
    uint64_t cause = csr_read(mcause);

    check_lockstep(csr_read(mepc));
    if (cause == (INTERRUPT | 7)) {
        if (++nb_interrupts >= NB_INTERRUPTS) {
            return false;
        }
        if (lockstep_mode != M_MODE && nb_interrupts % 2) {
            map_data(nb_interrupts % 4 == 1 ? 0 : PTE_RWXAD & ~(PTE_W | PTE_X));
        }
        /* an emulator that looks at the time each so many instructions would always see the same
         * part of the loop */
        for (uint64_t k = next_random(&state) % 64; k; k--) {
            asm volatile("nop");
        }
        *MTIMECMP = *MTIME + next_random(&state) % 1500;
        return true;
    }
    if ((cause == C_LOAD_PAGE || cause == C_STORE_PAGE) && csr_read(mtval) == X) {
        nb_faults++;
        map_data(PTE_RWXAD);
        return true;
    }
    return false;
}

static void test_lockstep(void)
{
    static const uint8_t modes[] = {M_MODE, S_MODE, U_MODE, S_MODE};

    trap_hook = on_lockstep;
    for (unsigned m = 0; m < ARRAY_SIZE(modes); m++) {
        lockstep_mode = modes[m];
        nb_interrupts = nb_faults = nb_in_loop = 0;
        *(volatile uint64_t *)data[0] = 0;
        map_data(PTE_RWXAD);
        csr_write(mie, MTI);
        csr_set(mstatus, MS_MPIE);
        *MTIMECMP = *MTIME + 20000;
        run_in(lockstep_mode, lockstep, lockstep_data(), 0);
        *MTIMECMP = -1ul;
        csr_write(mie, 0);
        csr_clear(mstatus, MS_MIE | MS_MPIE);
        check(trap.taken == 1 && trap.cause == (INTERRUPT | 7),
              "the end of the loop: cause %x, tval %x, epc %x", trap.cause, trap.tval, trap.epc);
        check(nb_in_loop > NB_INTERRUPTS / 2, "interrupts in the loop: %d", (uint64_t)nb_in_loop);
        check(nb_faults > 0 || lockstep_mode == M_MODE, "no faults in the loop");
        say("registers of an interrupted loop in %c\n", "US?M"[lockstep_mode]);
    }
    trap_hook = NULL;
}

/* ---- SUM and MXR ---- */

uint64_t toggle(uint64_t a, uint64_t b);
extern const uint8_t toggle_fault[];
static unsigned nb_denied;

static bool on_denied(void)
{
    if (csr_read(mcause) != C_LOAD_PAGE || csr_read(mepc) != (uint64_t)toggle_fault) {
        return false;
    }
    nb_denied++;
    trap_regs[T0] = 1000;
    csr_write(mepc, csr_read(mepc) + 4);
    return true;
}

static uint64_t test_toggle(uint64_t pass, uint64_t b)
{
    static const uint16_t masks[] = {63, 0, 1023, 255};
    volatile uint64_t *denied = (uint64_t *)data[1], *plain = (uint64_t *)data[2];
    bool sum = !(pass & 1);
    uint64_t h = 0;

    pt_map(X, (uint64_t)data[1], 0, sum ? PTE_RWXAD | PTE_U : PTE_V | PTE_X | PTE_A);
    pt_map(X + PAGE, (uint64_t)data[2], 0, PTE_RWXAD);
    sfence();
    for (unsigned r = 0; r < 8; r++) {
        unsigned n = phase(r + pass), mask = masks[r % 4];
        n = mask ? n : n % 500 + 1;
        *denied = r + 3;
        *plain = r * 5;
        uint64_t got =
            ((Code6)toggle)(n, X, sum ? MS_SUM : MS_MXR, mask, X + PAGE, sum ? X : X + PAGE);
        uint64_t tried = n / (mask + 1);
        expect(got, (uint64_t)n * (r + 3 + r * 5) + tried * 1000, sum ? "SUM" : "MXR", r);
        expect((sum ? denied : plain)[1], 1, "what was stored last", r);
        h = mix(h, got);
    }
    return h;
}

/* ---- to U-mode and back ---- */

uint64_t to_user(uint64_t a, uint64_t b);

/* a0 + 3 imm and an ecall; each 16th time a load that is not allowed. */
static void put_user(uint8_t *to, int imm)
{
    uint8_t *p = to;

    put32(&p, i_andi(T0, A0, 15));
    put32(&p, i_branch(BNE, T0, X0, 8));
    put32(&p, i_ld(T0, A2, 0));
    put32(&p, i_addi(T0, X0, 3));
    put32(&p, i_addi(A0, A0, imm));
    put32(&p, i_addi(T0, T0, -1));
    put32(&p, i_branch(BNE, T0, X0, -8));
    put32(&p, I_ECALL);
}

/* The sum of what to_user() makes of it: n, n - 1, ..., 1. */
static uint64_t user_sum(uint64_t n, int imm, uint64_t denied)
{
    uint64_t sum = 0;

    for (uint64_t i = 1; i <= n; i++) {
        sum += i & 15 ? i + 3 * imm : C_LOAD_PAGE + denied;
    }
    return sum;
}

static uint64_t test_user(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 8, AT = 0x340 };
    uint64_t h = 0;

    pt_map(X, (uint64_t)data[1], 0, PTE_RWXAD);
    for (unsigned r = 0; r < ROUNDS; r += 2) {
        uint8_t *pages = fresh_pages(2);
        put_user(pages + AT, r);
        put_user(pages + PAGE + AT, r + 50);
        fence_i();
        for (unsigned k = 0; k < 4; k++) {
            unsigned n = phase(r + k / 2 + pass);
            int imm = k & 1 ? r + 50 : r;
            pt_map(USER, (uint64_t)pages + (k & 1) * PAGE, 0, PTE_RWXAD | PTE_U);
            sfence_at(USER);
            if (k & 2) {
                imm += 7;
                patch(pages + (k & 1) * PAGE + AT + 16, i_addi(A0, A0, imm));
                fence_i();
            }
            uint64_t got = ((Code)to_user)(n, USER + AT, X, 0);
            expect(got, user_sum(n, imm, X), "to U-mode and back", r);
            h = mix(h, got);
        }
    }
    return h;
}

uint64_t to_lower(uint64_t a, uint64_t b);

/* One page of code, by turns in U-mode and in S-mode, at two addresses. */
static void test_lower(void)
{
    enum { ROUNDS = 8, AT = 0x340 };
    uint64_t h = 0;

    for (unsigned r = 0; r < ROUNDS; r += 2) {
        uint8_t *page = fresh_pages(1);
        pt_map(X, (uint64_t)page, 0, PTE_RWXAD);
        pt_map(USER, (uint64_t)page, 0, PTE_RWXAD | PTE_U);
        sfence();
        for (unsigned k = 0; k < 2; k++) {
            unsigned n = phase(r + k), imm = r * 2 + k;
            uint8_t *p = page + AT;
            put32(&p, i_addi(A0, A0, imm));
            put32(&p, i_auipc(T0, 0));
            put32(&p, i_jal(X0, 8));
            put32(&p, I_NOP);
            put32(&p, i_add(A0, A0, T0));
            put32(&p, I_ECALL);
            fence_i();
            uint64_t got = ((Code)to_lower)(n, USER + AT, X + AT, 0);
            uint64_t in_u = n / 2, in_s = n - in_u;
            uint64_t want = (uint64_t)n * (n + 1) / 2 + (uint64_t)n * (imm + AT + 4) +
                            in_u * (USER + C_ECALL_U) + in_s * (X + C_ECALL_S);
            expect(got, want, "to U-mode and S-mode by turns", r);
            h = mix(h, got);
        }
    }
    say("lower modes: %x\n", h);
}

/* The same by the ordinary way in and out, for all three modes and a function that M patches. */
static void test_modes(void)
{
    static const uint8_t modes[] = {M_MODE, S_MODE, U_MODE};
    uint8_t *page = fresh_pages(1);
    uint64_t h = 0;

    for (unsigned r = 0; r < 3; r++) {
        uint8_t *p = page;
        put32(&p, i_addi(A0, A0, r * 10));
        put32(&p, i_branch(BGE, A0, X0, 8));
        put32(&p, I_NOP);
        put32(&p, I_RET);
        fence_i();
        for (unsigned i = 0; i < 3000; i++) {
            uint64_t got = run_in(modes[i % 3], (RunFn)code_at((uint64_t)page), i, 0);
            expect(got, i + r * 10, "three modes", r);
            h = mix(h, got);
        }
    }
    say("modes: %x\n", h);
}

/* ---- MPRV ---- */

uint64_t as_others(uint64_t a, uint64_t b), store_as(uint64_t a, uint64_t b);

static void test_mprv(void)
{
    enum { ROUNDS = 8, AT = 0x100 };
    uint64_t as_s = MS_MPRV | MS_SUM | 1 << 11, as_u = MS_MPRV, h = 0;

    /* translated, the pages are exchanged */
    for (unsigned r = 0; r < ROUNDS; r += 2) {
        uint8_t *pages = fresh_pages(2);
        uint64_t a = (uint64_t)pages, b = a + PAGE;
        pt_init(3);
        pt_map(a, b, 0, PTE_RWXAD | PTE_U);
        pt_map(b, a, 0, PTE_RWXAD | PTE_U);
        paging(true);
        for (unsigned k = 0; k < 2; k++) {
            uint64_t n = phase(r + k), own = k * 1000, other = k * 2000;
            *(volatile uint64_t *)pages = own;
            *(volatile uint64_t *)(pages + PAGE) = other;
            uint64_t got = ((Code)as_others)(n, a, k ? as_u : as_s, k ? as_s : as_u);
            expect(got, n * (n + 1) + n * (own + other), "MPRV", r);
            expect(*(volatile uint64_t *)pages, own + n, "MPRV, the own page", r);
            h = mix(h, got);
            /* a store that is translated changes code */
            uint8_t *p = pages + AT + 4;
            put32(&p, I_RET);
            unsigned imm = r * 10 + k;
            ((Code)store_as)(i_addi(A0, X0, imm), b + AT, as_s, 0);
            fence_i();
            got = call_n(code_at(a + AT), n, 0, 0, 0);
            expect(got, n * imm, "code changed through MPRV", r);
            ((Code)store_as)(i_addi(A0, X0, imm + 5), b + AT, as_u, 0);
            fence_i();
            got = call_n(code_at(a + AT), n, 0, 0, 0);
            expect(got, n * (imm + 5), "code changed as U-mode", r);
            h = mix(h, got);
        }
        paging(false);
    }
    say("MPRV: %x\n", h);
}

/* ---- PMP ---- */

/* A loop calls the next page, which must not be run now and then. */
static void test_pmp(void)
{
    enum { ROUNDS = 12 };
    uint8_t *pages = fresh_pages(2), *p = pages;
    uint64_t h = 0;

    put32(&p, i_addi(T5, RA, 0));
    put32(&p, i_addi(T3, X0, 0));
    put32(&p, i_jal(RA, pages + PAGE - p));
    put32(&p, i_addi(A0, A0, -1));
    put32(&p, i_branch(BNE, A0, X0, -8));
    put32(&p, i_addi(A0, T3, 0));
    put32(&p, i_jalr(X0, T5, 0));
    p = pages + PAGE;
    put32(&p, i_addi(T3, T3, 1));
    put32(&p, I_RET);
    fence_i();
    paging_with_devices();
    pt_map(X, (uint64_t)pages, 0, PTE_RWXAD);
    pt_map(X + PAGE, (uint64_t)pages + PAGE, 0, PTE_RWXAD);
    sfence();
    csr_write(pmpaddr1, -1ul);
    csr_write(pmpaddr0, ((uint64_t)pages + PAGE) >> 2 | 0x1ff); /* 4 KiB */
    for (unsigned r = 0; r < ROUNDS; r++) {
        unsigned n = phase(r);
        uint64_t start = r & 1 ? X : (uint64_t)pages;
        csr_write(pmpcfg0, 0x1f1f);
        sfence();
        uint64_t got = run_at(S_MODE, start, n, 0);
        check_trap("PMP allows it", -1, 0);
        expect(got, n, "calls under PMP", r);
        csr_write(pmpcfg0, 0x1f1b); /* not X */
        sfence();
        run_at(S_MODE, start, n, 0);
        check_trap("PMP forbids it", C_IFETCH_ACCESS, start + PAGE);
        check(trap.epc == start + PAGE && trap_regs[T3] == 0, "where PMP forbids it");
        h = mix(h, trap_regs[RA]);
    }
    csr_write(pmpcfg0, 0x1f);
    csr_write(pmpaddr0, -1ul);
    sfence();
    say("PMP: %x\n", h);
}

/* ---- floating point ---- */

uint64_t lazy_float(uint64_t a, uint64_t b), dynamic_mode(uint64_t a, uint64_t b);
uint64_t divide_rne(uint64_t a, uint64_t b), divide_rtz(uint64_t a, uint64_t b);
uint64_t divide_rdn(uint64_t a, uint64_t b), divide_rup(uint64_t a, uint64_t b);
uint64_t divide_rmm(uint64_t a, uint64_t b);
static unsigned nb_off;

static bool on_float_off(void)
{
    if (csr_read(mcause) != C_ILLEGAL || csr_read(mstatus) & MS_FS) {
        return false;
    }
    nb_off++;
    csr_set(mstatus, MS_FS & (nb_off % 3 + 1) << 13); /* initial, clean, dirty */
    return true;
}

static uint64_t test_float(uint64_t pass, uint64_t b)
{
    static const uint16_t masks[] = {127, 0, 1023, 15};
    uint64_t h = 0;

    for (unsigned r = 0; r < 8; r++) {
        unsigned n = phase(r + pass), mask = masks[r % 4];
        n = mask ? n : n % 500 + 1;
        uint64_t got = lazy_float(n, mask);
        expect(got, n, "the unit is turned off and on", r);
        n = phase(r + pass) / 5 * 5;
        uint64_t x = r & 1 ? r + 1 : -r - 1ul, d = r + 7;
        uint64_t all = divide_rne(x, d) + divide_rtz(x, d) + divide_rdn(x, d) + divide_rup(x, d) +
                       divide_rmm(x, d);
        if (n) {
            got = ((Code)dynamic_mode)(n, x, d, 0);
            expect(got, n / 5 * all, "rounding modes by turns", r);
        }
        h = mix(h, got);
    }
    return h;
}

/* ---- software interrupts ---- */

uint64_t self_interrupt(uint64_t a, uint64_t b), ask_interrupt(uint64_t a, uint64_t b);

static uint64_t test_self(uint64_t pass, uint64_t b)
{
    static const uint16_t masks[] = {31, 0, 511, 3};
    uint64_t h = 0;

    for (unsigned r = 0; r < 8; r++) {
        unsigned n = phase(r + pass), mask = masks[r % 4];
        uint64_t got = self_interrupt(n, mask);
        expect(got, n / (mask + 1) * 17, "interrupts itself", r);
        h = mix(h, got);
    }
    return h;
}

static bool on_asked(void)
{
    if (csr_read(mcause) != (INTERRUPT | 3)) {
        return false;
    }
    *MSIP = 0;
    ++*(volatile uint64_t *)data[3];
    return true;
}

static void test_asked(void)
{
    static const uint8_t modes[] = {M_MODE, S_MODE, M_MODE};

    trap_hook = on_asked;
    for (unsigned m = 0; m < ARRAY_SIZE(modes); m++) {
        *(volatile uint64_t *)data[3] = 0;
        csr_write(mie, MSI);
        csr_set(mstatus, MS_MPIE);
        run_in(modes[m], ask_interrupt, 3000, (uint64_t)data[3]);
        csr_write(mie, 0);
        csr_clear(mstatus, MS_MIE | MS_MPIE);
        check_trap("asks for interrupts", -1, 0);
        say("asked for: %d\n", *(volatile uint64_t *)data[3]);
    }
    trap_hook = NULL;
}

int main(void)
{
    paging_with_devices();
    test_lockstep();
    trap_hook = on_denied;
    for (unsigned pass = 0; pass < 4; pass++) {
        run_test(pass & 1 ? "MXR" : "SUM", S_MODE, test_toggle, pass);
    }
    say("denied: %d\n", (uint64_t)nb_denied);
    trap_hook = NULL;
    csr_write(medeleg, 1 << C_ECALL_U | 1 << C_LOAD_PAGE);
    run_test("user", S_MODE, test_user, 0);
    run_test("user", S_MODE, test_user, 1);
    csr_write(medeleg, 0);
    test_lower();
    test_modes();
    csr_write(mideleg, SSI);
    csr_write(mie, SSI);
    run_test("self", S_MODE, test_self, 0);
    run_test("self", S_MODE, test_self, 1);
    csr_write(mie, 0);
    csr_write(mideleg, 0);
    trap_hook = on_float_off;
    for (unsigned pass = 0; pass < 3; pass++) {
        run_test("float", pass & 1 ? S_MODE : M_MODE, test_float, pass);
    }
    say("off: %d\n", (uint64_t)nb_off);
    trap_hook = NULL;
    test_asked();
    test_pmp();
    paging(false);
    test_mprv();
    return 0;
}
