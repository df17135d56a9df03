/* Console, checks and the C half of the trap vector. */
#include "lib.h"

#define UART     ((volatile uint8_t *)0x10000000)
#define POWEROFF ((volatile uint32_t *)0x100000)

volatile Trap trap;
uint64_t run_offset[2];
bool (*trap_hook)(void);
extern uint64_t run_sp;

static unsigned nb_checks, nb_failed;

void *memset(void *p, int c, size_t n)
{
    volatile uint8_t *b = p;

    while (n--) {
        *b++ = c;
    }
    return p;
}

void *memcpy(void *d, const void *s, size_t n)
{
    volatile uint8_t *to = d;
    const uint8_t *from = s;

    while (n--) {
        *to++ = *from++;
    }
    return d;
}

static void put(char c)
{
    while (!(UART[5] & 0x20)) {
    }
    UART[0] = c;
}

static void put_hex(uint64_t v, unsigned digits)
{
    while (digits--) {
        put("0123456789abcdef"[v >> (4 * digits) & 15]);
    }
}

static void put_dec(int64_t v)
{
    char buf[20];
    unsigned n = 0;
    uint64_t u = v;

    if (v < 0) {
        put('-');
        u = -u;
    }
    do {
        buf[n++] = '0' + u % 10;
        u /= 10;
    } while (u);
    while (n) {
        put(buf[--n]);
    }
}

static void vsay(const char *fmt, __builtin_va_list ap)
{
    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            put(*fmt);
            continue;
        }
        switch (*++fmt) {
        case 'x': put_hex(__builtin_va_arg(ap, uint64_t), 16); break;
        case 'w': put_hex(__builtin_va_arg(ap, uint32_t), 8); break;
        case 'b': put_hex(__builtin_va_arg(ap, uint32_t), 2); break;
        case 'd': put_dec(__builtin_va_arg(ap, int64_t)); break;
        case 'c': put(__builtin_va_arg(ap, int)); break;
        case 's':
            for (const char *s = __builtin_va_arg(ap, const char *); *s; s++) {
                put(*s);
            }
            break;
        default: put(*fmt); break;
        }
    }
}

void say(const char *fmt, ...)
{
    __builtin_va_list ap;

    __builtin_va_start(ap, fmt);
    vsay(fmt, ap);
    __builtin_va_end(ap);
}

void check(bool ok, const char *fmt, ...)
{
    __builtin_va_list ap;

    nb_checks++;
    if (ok) {
        return;
    }
    nb_failed++;
    say("FAILED: ");
    __builtin_va_start(ap, fmt);
    vsay(fmt, ap);
    __builtin_va_end(ap);
    say("\n");
}

void finish(void)
{
    say("checks: %d, failed: %d\n", (int64_t)nb_checks, (int64_t)nb_failed);
    *POWEROFF = nb_failed ? 1 << 16 | 0x3333 : 0x5555;
    for (;;) {
    }
}

void say_trap(const char *what, uint64_t base)
{
    if (trap.taken) {
        say("%s: trap to %c, cause %x, tval %x, epc +%x\n", what, trap.taken == 1 ? 'M' : 'S',
            trap.cause, trap.tval, trap.epc - base);
    } else {
        say("%s: returned\n", what);
    }
}

void check_trap(const char *what, int64_t want_cause, uint64_t want_tval)
{
    if (want_cause < 0) {
        check(!trap.taken, "%s: trap, cause %x, tval %x, epc %x", what, trap.cause, trap.tval,
              trap.epc);
    } else {
        check(trap.taken && trap.cause == (uint64_t)want_cause && trap.tval == want_tval,
              "%s: taken %d, cause %x, tval %x, want %d and %x", what, trap.taken, trap.cause,
              trap.tval, want_cause, want_tval);
    }
}

/* From m_vector. Returns 1 to resume at mepc, 0 to end the run. */
uint64_t m_trap(void);
uint64_t m_trap(void)
{
    uint64_t cause = csr_read(mcause);
    bool is_call = cause >= C_ECALL_U && cause <= C_ECALL_M;

    if (is_call && trap_regs[17] == 0x57454654) {
        return 0;
    }
    if (is_call && trap_regs[17] == 0x57454655) {
        trap.taken = 2;
        trap.cause = trap_regs[18];
        trap.epc = trap_regs[19];
        trap.tval = trap_regs[20];
        trap.status = trap_regs[21];
        return 0;
    }
    if (trap_hook && trap_hook()) {
        return 1;
    }
    trap.taken = 1;
    trap.cause = cause;
    trap.epc = csr_read(mepc);
    trap.tval = csr_read(mtval);
    trap.status = csr_read(mstatus);
    if (!run_sp) {
        check(false, "trap outside run_in: cause %x, epc %x, tval %x", cause, trap.epc, trap.tval);
        finish();
    }
    return 0;
}
