/* Self-modifying code with fence.i: same page, other page, through an alias, by itself. */
#include "lib.h"

extern const uint8_t patch_target[], patch_target_end[], patch_ahead[], patch_ahead_end[];
extern const uint8_t patch_loop[], patch_loop_end[], data_in_code[], data_in_code_end[];
uint64_t store_and_call(uint64_t code, uint64_t word, uint64_t where, uint64_t n);

static uint8_t page[3][4096] __attribute__((aligned(4096)));
#define WINDOW 0x40000000ul

typedef uint64_t (*Code)(uint64_t a, uint64_t b);

/* A function at p. The compiler must not know which: clang 14 loses the offset in a direct call. */
static Code code_at(const void *p)
{
    asm volatile("" : "+r"(p));
    return (Code)p;
}

static Code install(uint8_t *to, const uint8_t *from, const uint8_t *end)
{
    memcpy(to, from, end - from);
    fence_i();
    return code_at(to);
}

static uint32_t li_a0(unsigned imm)
{
    return imm << 20 | 0x513;
}

static void test_rewrite(void)
{
    Code f = install(page[0], patch_target, patch_target_end);

    check(f(0, 0) == 1, "before the change");
    for (unsigned i = 0; i < 300; i++) { /* often enough for any policy to give up on the page */
        *(volatile uint32_t *)page[0] = li_a0(i);
        fence_i();
        check(f(0, 0) == i, "rewritten to %d", (uint64_t)i);
        for (unsigned hot = 0; hot < (i & 15 ? 1 : 100); hot++) {
            f(0, 0);
        }
    }
    /* byte by byte, halfword, and as part of a wider store */
    *(volatile uint8_t *)(page[0] + 3) = 0x7f;
    fence_i();
    check(f(0, 0) == (0x7f0 | (299 & 15)), "one byte changed: %x", f(0, 0));
    *(volatile uint16_t *)(page[0] + 2) = 0x0550;
    fence_i();
    check(f(0, 0) == 0x55, "one halfword changed: %x", f(0, 0));
    *(volatile uint64_t *)page[0] = (uint64_t)0x00008067 << 32 | li_a0(9);
    fence_i();
    check(f(0, 0) == 9, "a double word changed: %x", f(0, 0));
    /* a misaligned store that begins on the page before the code */
    f = install(page[1], patch_target, patch_target_end);
    check(f(0, 0) == 1, "code on another page");
    uint64_t v = (uint64_t)li_a0(77) << 32;
    asm volatile("sd %0, 0(%1)" ::"r"(v), "r"(page[1] - 4) : "memory");
    fence_i();
    check(f(0, 0) == 77, "a store across the page boundary: %x", f(0, 0));
    /* AMO and SC write code too */
    asm volatile("amoswap.w zero, %0, (%1)" ::"r"(li_a0(78)), "r"(page[1]) : "memory");
    fence_i();
    check(f(0, 0) == 78, "amoswap changed code: %x", f(0, 0));
    uint64_t failed;
    do {
        asm volatile("lr.w t0, (%2)\n sc.w %0, %1, (%2)"
                     : "=&r"(failed)
                     : "r"(li_a0(79)), "r"(page[1])
                     : "t0", "memory");
    } while (failed);
    fence_i();
    check(f(0, 0) == 79, "sc changed code: %x", f(0, 0));
    asm volatile("fmv.w.x ft0, %0\n fsw ft0, 0(%1)" ::"r"(li_a0(80)), "r"(page[1]) : "memory");
    fence_i();
    check(f(0, 0) == 80, "fsw changed code: %x", f(0, 0));
    say("rewrite done\n");
}

static void test_itself(void)
{
    Code f = install(page[0] + 512, patch_ahead, patch_ahead_end);
    for (unsigned i = 0; i < 40; i++) {
        uint64_t got = f(li_a0(i * 3), 0);
        check(got == i * 3, "patched ahead: %d", got);
    }
    f = install(page[0] + 1024, patch_loop, patch_loop_end);
    uint64_t got = f(200, 0);
    check(got == 199 * 200 / 2, "loop that patches itself: %d", got);
    f = install(page[0] + 2048, data_in_code, data_in_code_end);
    got = f(5000, 0);
    check(got == 15000, "data in the code's page: %d", got);
    /* the same where the code straddles a page */
    f = install(page[1] + 4096 - 30, patch_loop, patch_loop_end);
    got = f(100, 0);
    check(got == 99 * 100 / 2, "the loop across a page: %d", got);
    install(page[1], patch_target, patch_target_end);
    got = store_and_call((uint64_t)page[1], li_a0(0), (uint64_t)page[1], 500);
    check(got == 499 * 500 / 2, "store and call: %d", got);
    say("itself done\n");
}

/* Written through one virtual address, run through others. */
static void test_alias(void)
{
    install(page[2], patch_target, patch_target_end);
    pt_init_image(3);
    pt_map(WINDOW, (uint64_t)page[2], 0, PTE_RWXAD & ~PTE_W);
    pt_map(WINDOW + 0x5000, (uint64_t)page[2], 0, PTE_RWXAD & ~PTE_X);
    pt_map(WINDOW + 0x9000, (uint64_t)page[2], 0, PTE_RWXAD | PTE_U);
    uint64_t got;
    paging(true);
    for (unsigned i = 0; i < 50; i++) {
        run_in(S_MODE, do_store64, WINDOW + 0x5000, 0x0000806700000000ul | li_a0(i));
        check_trap("store through the alias", -1, 0);
        fence_i();
        check(run_at(S_MODE, WINDOW, 0, 0) == i, "S-mode, round %d", (uint64_t)i);
        got = run_at(U_MODE, WINDOW + 0x9000, 0, 0);
        check(got == i, "U-mode, round %d: %d", (uint64_t)i, got);
        check(code_at(page[2])(0, 0) == i, "M-mode, round %d", (uint64_t)i);
        run_in(U_MODE, do_store64, WINDOW + 0x9000, 0x0000806700000000ul | li_a0(i + 1000));
        check_trap("store from U", -1, 0);
        fence_i();
        check(run_at(S_MODE, WINDOW, 0, 0) == i + 1000, "S-mode after U, round %d", (uint64_t)i);
    }
    /* another frame at the same virtual address: no fence.i needed, sfence.vma is */
    install(page[1], patch_target, patch_target_end);
    for (unsigned i = 0; i < 20; i++) {
        pt_map(WINDOW, (uint64_t)page[1 + (i & 1)], 0, PTE_RWXAD);
        sfence_at(WINDOW);
        got = run_at(S_MODE, WINDOW, 0, 0);
        check(got == (i & 1 ? 1049 : 1), "remapped: %d", got);
    }
    paging(false);
    say("alias done\n");
}

int main(void)
{
    test_rewrite();
    test_itself();
    test_alias();
    return 0;
}
