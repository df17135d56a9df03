/*
 * Fetching where translated code could remember too much: the accessed bit of a page that is
 * entered by a jump, protection that ends in the middle of a page, and an insn that straddles two
 * virtual pages which are the same physical one.
 */
#include "lib.h"

static uint8_t frames[2][PAGE] __attribute__((aligned(4096)));
extern const uint16_t straddler[];

#define ADUE    (1ul << 61)
#define MENVCFG 0x30a
#define C_NOP   0x0001
#define C_RET   0x8082

static const uint64_t window = 0x2000000000ul;

static void show_accessed(const char *when)
{
    say("A %s: %d\n", when, (uint64_t) !!(*pt_entry(window, 0) & PTE_A));
}

/* A must be set anew after each fence, however the page is entered. */
static void accessed_bit(void)
{
    csr_set(MENVCFG, ADUE);
    pt_init_image(3);
    *(uint16_t *)&frames[0][0] = C_RET;
    fence_i();
    pt_map(window, (uint64_t)frames[0], 0, PTE_RWXAD & ~(PTE_A | PTE_D));
    paging(true);
    run_at(S_MODE, window, 0, 0);
    show_accessed("after the first run");
    *pt_entry(window, 0) &= ~(uint64_t)PTE_A;
    sfence();
    run_in(S_MODE, do_jump, window, 0);
    show_accessed("after a full fence and a jump");
    *pt_entry(window, 0) &= ~(uint64_t)PTE_A;
    sfence_at(window);
    run_in(S_MODE, do_jump, window, 0);
    show_accessed("after a fence of the page and a jump");
    paging(false);
    csr_clear(MENVCFG, ADUE);
}

/* Straight-line code into a hole of 4 bytes; then a branch over it, and an insn whose end lies in
 * it. */
static void protection_in_a_page(void)
{
    uint64_t code = (uint64_t)frames[1];

    for (unsigned i = 0; i < PAGE; i += 2) {
        *(uint16_t *)&frames[1][i] = C_NOP;
    }
    *(uint16_t *)&frames[1][0x110] = C_RET;
    *(uint16_t *)&frames[1][0x200] = 0xbf01; /* c.j -0xf0 : to 0x110 */
    memcpy(&frames[1][0xfe], &straddler[0], 4);
    fence_i();
    csr_write(pmpaddr0, (code + 0x100) >> 2);
    csr_write(pmpaddr1, ~0ul >> 10);
    csr_write(pmpcfg0, 0x1f << 8 | 0x10);
    run_at(S_MODE, code + 0x104, 0, 0);
    say_trap("behind the hole", code);
    run_at(S_MODE, code + 0x200, 0, 0);
    say_trap("jump over the hole", code);
    run_at(S_MODE, code + 0xf0, 0, 0);
    say_trap("an insn that ends in the hole", code);
    *(uint16_t *)&frames[1][0xfe] = C_NOP;
    fence_i();
    run_at(S_MODE, code + 0xf0, 0, 0);
    say_trap("run into the hole", code);
    csr_write(pmpcfg0, 0x1f00);
}

/* The page ends and begins with the halves of one insn; then it is overwritten. */
static void straddle_onto_itself(void)
{
    pt_init_image(3);
    memset(frames, 0, sizeof(frames));
    memcpy(&frames[0][PAGE - 2], &straddler[0], 2);
    memcpy(&frames[0][0], &straddler[1], 4);
    fence_i();
    pt_map(window, (uint64_t)frames[0], 0, PTE_RWXAD);
    pt_map(window + PAGE, (uint64_t)frames[0], 0, PTE_RWXAD);
    paging(true);
    say("straddle onto itself: %x\n", run_at(S_MODE, window + PAGE - 2, 0, 0));
    memset(frames[0], 0, PAGE);
    fence_i();
    run_at(S_MODE, window + PAGE - 2, 0, 0);
    say_trap("overwritten", window);
    paging(false);
}

int main(void)
{
    csr_write(pmpaddr1, ~0ul >> 10);
    csr_write(pmpcfg0, 0x1f00);
    accessed_bit();
    protection_in_a_page();
    straddle_onto_itself();
    return 0;
}
