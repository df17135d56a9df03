/*
 * A supervisor whose code is global, in two address spaces (ASIDs 1 and 2) between which nothing is
 * fenced: its data, and what users run, are another page in each. First it executes nothing but
 * global pages, as Linux does; then pages of its own address space too.
 */
#include "code.h"

typedef uint64_t Table[512];
static Table root[2] __attribute__((aligned(4096))), mid[2] __attribute__((aligned(4096)));
static Table leaf[2] __attribute__((aligned(4096)));

/* Pages of the window, in order. */
enum { LOOP, ADD, DATA, OWN, USER, NB_PAGES };
enum { WINDOW = 0x40000000, AT = 0x340, OTHER = 0x7c0 };
#define VA(page) (WINDOW + (page)*PAGE)

static void make_space(unsigned s)
{
    root[s][0] = (PTE_RWXAD & ~PTE_X) | PTE_G;
    root[s][1] = (uint64_t)mid[s] >> 2 | PTE_V;
    root[s][2] = 0x80000000ul >> 2 | PTE_RWXAD | PTE_G;
    root[s][3] = 0x80000000ul >> 2 | PTE_RWXAD | PTE_U; /* VA 0xc0000000: the image, for users */
    mid[s][0] = (uint64_t)leaf[s] >> 2 | PTE_V;
}

static void enter_space(unsigned s)
{
    csr_write(satp, 8ul << 60 | (uint64_t)(s + 1) << 44 | (uint64_t)root[s] >> 12);
}

static void map(unsigned s, unsigned page, const uint8_t *to, uint64_t flags)
{
    leaf[s][page] = (uint64_t)to >> 2 | flags;
}

static void map_global(unsigned page, const uint8_t *to)
{
    for (unsigned s = 0; s < 2; s++) {
        map(s, page, to, PTE_RWXAD | PTE_G);
    }
}

/* (n, address): n times what is at the address and what the page ADD adds. */
static void put_loop(uint8_t *page)
{
    uint8_t *p = page + AT;

    put32(&p, i_addi(T1, RA, 0));
    put32(&p, i_addi(T3, X0, 0));
    uint8_t *loop = p;
    put32(&p, i_ld(T0, A1, 0));
    put32(&p, i_add(T3, T3, T0));
    put32(&p, i_jal(RA, page + PAGE + OTHER - p));
    put32(&p, i_addi(A0, A0, -1));
    put32(&p, i_branch(BNE, A0, X0, loop - p));
    put32(&p, i_addi(A0, T3, 0));
    put32(&p, i_jalr(X0, T1, 0));
}

static void put_add(uint8_t *page, int imm)
{
    uint8_t *p = page + OTHER;

    put32(&p, i_addi(T3, T3, imm));
    put32(&p, I_RET);
}

/* (n): n imm */
static void put_own(uint8_t *page, int imm)
{
    uint8_t *p = page + AT;

    put32(&p, i_addi(T3, X0, 0));
    put32(&p, i_addi(T3, T3, imm));
    put32(&p, i_addi(A0, A0, -1));
    put32(&p, i_branch(BNE, A0, X0, -8));
    put32(&p, i_addi(A0, T3, 0));
    put32(&p, I_RET);
}

static uint64_t run(unsigned mode, unsigned page, uint64_t n, const char *what)
{
    uint64_t got = run_at(mode, VA(page) + AT, n, VA(DATA) + 8);

    check_trap(what, -1, 0);
    return got;
}

/* own: the supervisor executes pages of each address space, too. */
static uint64_t rounds(bool own)
{
    enum { ROUNDS = 16 };
    uint8_t *loop = fresh_pages(1), *add = fresh_pages(3), *data = fresh_pages(4),
            *code = fresh_pages(2);
    uint64_t h = 0, got;
    unsigned imm = 0, which[2] = {0, 1};

    put_loop(loop);
    for (unsigned k = 0; k < 3; k++) {
        put_add(add + k * PAGE, 5 + k);
    }
    for (unsigned k = 0; k < 4; k++) {
        *(volatile uint64_t *)(data + k * PAGE + 8) = 1000 + 10 * k;
    }
    for (unsigned s = 0; s < 2; s++) {
        put_own(code + s * PAGE, 3 + s);
        map(s, DATA, data + s * PAGE, PTE_RWXAD & ~PTE_X);
        map(s, OWN, code + s * PAGE, PTE_RWXAD);
        map(s, USER, code + s * PAGE, PTE_RWXAD | PTE_U);
    }
    map_global(LOOP, loop);
    map_global(ADD, add);
    fence_i();
    sfence();
    for (unsigned r = 0; r < ROUNDS; r++) {
        unsigned n = phase(r) / 2 + 1, turns = n > 300 ? 4 : 60;
        for (unsigned t = 0; t < turns; t++) {
            unsigned s = (t + r) & 1;
            enter_space(s);
            got = run(S_MODE, LOOP, n, "global code");
            expect(got, n * (1000 + 10 * which[s] + 5 + imm), "data of the address space", r);
            h = mix(h, got);
            got = run_at(U_MODE, VA(USER) + AT, n, 0);
            check_trap("a user's code", -1, 0);
            expect(got, n * (3 + s), "code of the user", r);
            if (own) {
                got = run(S_MODE, OWN, n, "own code");
                expect(got, n * (3 + s), "code of the address space", r);
            }
        }
        unsigned s = r & 1;
        switch (r % 3) {
        case 0: /* what is global changes, in whichever address space that is found out */
            imm = (imm + 1) % 3;
            map_global(ADD, add + imm * PAGE);
            sfence_at(VA(ADD));
            break;
        case 1: /* one address space gets other data */
            which[s] = (which[s] + 2) % 4;
            map(s, DATA, data + which[s] * PAGE, PTE_RWXAD & ~PTE_X);
            asm volatile("sfence.vma %0, %1" ::"r"(VA(DATA)), "r"(s + 1ul) : "memory");
            break;
        default: /* the same, and everything of it that is not global is forgotten */
            which[s] = (which[s] + 1) % 4;
            map(s, DATA, data + which[s] * PAGE, PTE_RWXAD & ~PTE_X);
            asm volatile("sfence.vma zero, %0" ::"r"(s + 1ul) : "memory");
        }
    }
    csr_write(satp, 0);
    sfence();
    return h;
}

int main(void)
{
    run_offset[U_MODE] = USER_OFF;
    run_offset[S_MODE] = 0;
    for (unsigned s = 0; s < 2; s++) {
        make_space(s);
    }
    for (unsigned pass = 0; pass < 4; pass++) {
        say("%s: %x\n", pass < 2 ? "global alone" : "with its own", rounds(pass >= 2));
    }
    return 0;
}
