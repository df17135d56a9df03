/* The A extension: AMOs on edge values, LR/SC, misaligned addresses. */
#include "lib.h"

static const uint64_t values[] = {
    0,
    1,
    -1ul,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x7ffffffe,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x123456789abcdef0,
};

#define AMOS(X)                                \
    X(amoswap, b)                              \
    X(amoadd, a + b)                           \
    X(amoxor, a ^ b)                           \
    X(amoand, a &b)                            \
    X(amoor, a | b)                            \
    X(amomin, (int64_t)a < (int64_t)b ? a : b) \
    X(amomax, (int64_t)a > (int64_t)b ? a : b) \
    X(amominu, a < b ? a : b)                  \
    X(amomaxu, a > b ? a : b)

#define DECLARE(name, result)                                               \
    uint64_t op_##name##_w(void *p, uint64_t b) asm("op_" #name ".w");      \
    uint64_t op_##name##_d(void *p, uint64_t b) asm("op_" #name ".d");      \
    uint64_t all_##name##_w(void *p, uint64_t b) asm("op_" #name ".w_all"); \
    uint64_t all_##name##_d(void *p, uint64_t b) asm("op_" #name ".d_all"); \
    static uint64_t model_##name(uint64_t a, uint64_t b)                    \
    {                                                                       \
        return result;                                                      \
    }
AMOS(DECLARE)

typedef uint64_t (*Op)(void *p, uint64_t b);
static const struct {
    const char *name;
    Op w, d, all_w, all_d;
    uint64_t (*model)(uint64_t a, uint64_t b);
} amos[] = {
#define ENTRY(name, result) \
    {#name, op_##name##_w, op_##name##_d, all_##name##_w, all_##name##_d, model_##name},
    AMOS(ENTRY)};

static uint64_t cell[3];

/* A 32-bit AMO compares and extends 32-bit values; unsigned ones compare them zero-extended, which
 * gives the same order as sign-extended ones. */
static uint64_t sext(uint64_t v)
{
    return (int64_t)(int32_t)v;
}

static void test_amos(void)
{
    for (unsigned n = 0; n < ARRAY_SIZE(amos); n++) {
        uint64_t h = 0;
        for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
            for (unsigned j = 0; j < ARRAY_SIZE(values); j++) {
                uint64_t a = values[i], b = values[j];
                cell[1] = a;
                uint64_t old = amos[n].d(&cell[1], b);
                uint64_t want = amos[n].model(a, b);
                h = mix(mix(h, old), cell[1]);
                check(old == a && cell[1] == want, "%s.d %x %x: old %x, new %x, want %x",
                      amos[n].name, a, b, old, cell[1], want);
                for (unsigned half = 0; half < 2; half++) {
                    uint32_t *p = (uint32_t *)&cell[1] + half;
                    cell[1] = 0x1111111122222222;
                    *p = a;
                    old = amos[n].w(p, b);
                    want = (uint32_t)amos[n].model(sext(a), sext(b));
                    h = mix(mix(h, old), cell[1]);
                    check(old == sext(a) && *p == want &&
                              p[half ? -1 : 1] == (half ? 0x22222222 : 0x11111111),
                          "%s.w %x %x: old %x, new %w, want %x", amos[n].name, a, b, old, *p, want);
                }
                cell[1] = a;
                h = mix(mix(h, amos[n].all_d(&cell[1], b)), cell[1]);
                h = mix(mix(h, amos[n].all_w(&cell[1], b)), cell[1]);
            }
        }
        say("%s: %x\n", amos[n].name, h);
        check(cell[0] == 0 && cell[2] == 0, "%s wrote beside its operand", amos[n].name);
    }
}

uint64_t op_lr_w(uint64_t p, uint64_t b), op_lr_d(uint64_t p, uint64_t b);
uint64_t lr_sc_w(void *p, uint64_t b), lr_sc_d(void *p, uint64_t b);
uint64_t sc_alone_w(void *p, uint64_t b), sc_alone_d(void *p, uint64_t b);
uint64_t sc_twice(void *p, uint64_t b), sc_elsewhere(void *p, uint64_t b);
uint64_t sc_same_reg(void *p, uint64_t b), lr_same_reg(void *p, uint64_t b);
uint64_t lr_sc_loop(void *p, uint64_t rounds);

static void test_lr_sc(void)
{
    static uint64_t big[1024];

    cell[1] = 0x8877665544332211;
    check(op_lr_d((uint64_t)&cell[1], 0) == 0x8877665544332211, "lr.d");
    check(op_lr_w((uint64_t)&cell[1] + 4, 0) == 0xffffffff88776655, "lr.w extends the sign");
    check(lr_same_reg(&cell[1], 0) == 0x44332211, "lr with rd = rs1");
    check(lr_sc_w(&cell[1], 5) == 0 && cell[1] == 0x8877665500000005, "sc.w: %x", cell[1]);
    check(lr_sc_d(&cell[1], 6) == 0 && cell[1] == 6, "sc.d: %x", cell[1]);
    check(sc_alone_w(&cell[1], 9) == 1 && cell[1] == 6, "sc.w without a reservation");
    check(sc_alone_d(&cell[1], 9) == 1 && cell[1] == 6, "sc.d without a reservation");
    check(sc_twice(&cell[1], 7) == 2 && cell[1] == 7, "second sc: %x", cell[1]);
    big[0] = 11;
    check(sc_elsewhere(big, 12) == 3 && big[0] == 11 && big[256] == 0, "sc at another address");
    check(sc_same_reg(&cell[1], 40) == 0 && cell[1] == 40, "sc with rd = rs2");
    cell[1] = 0;
    check(lr_sc_loop(&cell[1], 1000) == 3000, "loop: %x", cell[1]);
    say("lr/sc done\n");
}

/* The address is misaligned: a trap, no store, and the value of rd stays. (SC is left out: an
 * implementation may fail it instead when there is no reservation.) */
static void test_misaligned(void)
{
    for (unsigned off = 1; off < 8; off++) {
        uint64_t p = (uint64_t)&cell[0] + off;
        cell[0] = cell[1] = 0x0102030405060708;
        run_in(M_MODE, op_lr_d, p, 0);
        check_trap("lr.d", C_LOAD_MISALIGNED, p);
        run_in(M_MODE, (RunFn)op_amoadd_d, p, 1);
        check_trap("amoadd.d", C_STORE_MISALIGNED, p);
        run_in(M_MODE, (RunFn)op_amoswap_d, p, 1);
        check_trap("amoswap.d", C_STORE_MISALIGNED, p);
        if (off & 3) {
            run_in(M_MODE, op_lr_w, p, 0);
            check_trap("lr.w", C_LOAD_MISALIGNED, p);
            run_in(M_MODE, (RunFn)op_amomaxu_w, p, -1);
            check_trap("amomaxu.w", C_STORE_MISALIGNED, p);
        }
        check(cell[0] == 0x0102030405060708 && cell[1] == cell[0], "a trapped AMO stored");
    }
    say("misaligned done\n");
}

/* A page that may be read only, one that is not there, and one that code is on. */
static void test_pages(void)
{
    static uint64_t page[2][512] __attribute__((aligned(4096)));
    const uint64_t at = 0x40000000;
    uint32_t *code = (uint32_t *)&page[1][8];

    pt_init_image(3);
    pt_map(at, (uint64_t)page[0], 0, PTE_V | PTE_R | PTE_A);
    pt_map(at + 2 * PAGE, (uint64_t)page[1], 0, PTE_RWXAD);
    page[0][1] = 77;
    paging(true);
    for (unsigned i = 0; i < 50; i++) {
        check(run_at(S_MODE, (uint64_t)op_lr_d, at + 8, 0) == 77,
              "lr.d of a page that may be read");
        run_at(S_MODE, (uint64_t)op_amoadd_d, at + 8, 1);
        check_trap("amoadd.d, read only", C_STORE_PAGE, at + 8);
        run_at(S_MODE, (uint64_t)op_amoand_w, at + 12, 0);
        check_trap("amoand.w, read only", C_STORE_PAGE, at + 12);
        run_at(S_MODE, (uint64_t)op_amoor_d, at + PAGE, 0);
        check_trap("amoor.d, not there", C_STORE_PAGE, at + PAGE);
    }
    check(page[0][1] == 77 && page[0][2] == 0, "an AMO that trapped has stored");
    code[0] = 0x00150513; /* addi a0, a0, 1 */
    code[1] = 0x00008067; /* ret */
    fence_i();
    for (unsigned i = 0; i < 50; i++) {
        uint64_t got = run_at(S_MODE, at + 2 * PAGE + 64, i, 0);
        check(got == i + 1 + i, "code that an AMO changes: %x", got);
        /* the immediate grows by one */
        uint64_t old = run_at(S_MODE, (uint64_t)op_amoadd_w, at + 2 * PAGE + 64, 1 << 20);
        check(old == 0x00150513 + (i << 20), "what it was: %x", old);
        fence_i();
    }
    paging(false);
    say("pages done\n");
}

int main(void)
{
    test_amos();
    test_lr_sc();
    test_misaligned();
    test_pages();
    return 0;
}
