/*
 * Translations that change under hot code: one virtual page on different pages of RAM, one page of
 * RAM at several addresses, address spaces, and jumps, calls and instructions that leave a page
 * whose successor changes. All in S-mode; the code is at addresses without an identity mapping.
 */
#include "code.h"

extern const uint8_t remap_own[], remap_own_end[], remap_own_fence[], remap_own_word[];
extern const uint8_t remap_next[], remap_next_end[], remap_next_fence[], remap_next_word[];

/* Three windows, in different tables of the last level. */
enum { X = 0x40000000, Y = 0x40400000, Z = 0x40800000 };

typedef uint64_t (*Code6)(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);

static void map(uint64_t va, const uint8_t *page)
{
    pt_map(va, (uint64_t)page, 0, PTE_RWXAD);
}

enum { NB_FENCES = 5 };
/* Each way to make a change of one page known. */
static void fence_by(unsigned way, uint64_t va)
{
    switch (way % NB_FENCES) {
    case 0: sfence(); break;
    case 1: sfence_at(va); break;
    case 2: asm volatile("sfence.vma %0, %1" ::"r"(va + 0x7fc), "r"(0ul) : "memory"); break;
    case 3: asm volatile("sfence.vma zero, %0" ::"r"(0ul) : "memory"); break;
    default: sfence_at(va + 0xffe); break;
    }
}

static void remap(unsigned way, uint64_t va, const uint8_t *page)
{
    map(va, page);
    fence_by(way, va);
}

/* ---- a function that shows where it is ---- */

enum { WHERE_BYTES = 40 };
/* A loop, a jump, and a0 + 3 imm + its own address; patch_where() changes imm. */
static void put_where(uint8_t *to, int imm)
{
    uint8_t *p = to;

    put32(&p, i_auipc(A1, 0));
    put32(&p, i_addi(T0, X0, 3));
    put32(&p, i_addi(A0, A0, imm));
    put32(&p, i_addi(T0, T0, -1));
    put32(&p, i_branch(BNE, T0, X0, -8));
    put32(&p, i_jal(X0, 8));
    put32(&p, I_NOP);
    put32(&p, i_add(A0, A0, A1));
    put32(&p, I_RET);
}

static void patch_where(uint64_t at, int imm)
{
    patch((void *)(at + 8), i_addi(A0, A0, imm));
    fence_i();
}

static uint64_t where(uint64_t a, int imm, uint64_t va)
{
    return a + 3l * imm + va;
}

/* The sum over i < n of where(i, imm, va). */
static uint64_t sum_where(uint64_t n, int imm, uint64_t va)
{
    return n * (n - 1) / 2 + n * (3l * imm + va);
}

/* ---- one virtual page ---- */

/* Each page stays for a while; then they alternate. */
static uint64_t test_flip(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 16, AT = 0x7e4 };
    uint8_t *pages = fresh_pages(3);
    uint64_t h = 0, got;
    Code f = code_at(X + AT);

    for (unsigned k = 0; k < 3; k++) {
        put_where(pages + k * PAGE + AT, k * 100);
    }
    fence_i();
    for (unsigned r = 0; r < ROUNDS; r++) {
        unsigned k = r % 3, n = phase(r + pass);
        remap(r + pass, X, pages + k * PAGE);
        got = call_n(f, n, 0, 0, 0);
        expect(got, sum_where(n, k * 100, X + AT), "remapped, then hot", r);
        h = mix(h, got);
        n = n > 1000 ? 1000 : n;
        for (unsigned i = 0; i < n; i++) {
            k = (i + r) % 3;
            remap(r, X, pages + k * PAGE);
            got = f(i, 0, 0, 0);
            expect(got, where(i, k * 100, X + AT), "remapped for each call", r);
        }
        h = mix(h, got);
        if (r % 5 == 4) { /* one of them changes while it is not mapped there */
            k = (r + 1) % 3;
            patch_where((uint64_t)pages + k * PAGE + AT, 500);
            remap(r, X, pages + k * PAGE);
            expect(f(7, 0, 0, 0), where(7, 500, X + AT), "changed when not mapped", r);
            patch_where(X + AT, k * 100);
        }
    }
    return h;
}

/* Code that maps another page where it runs itself, or where it is about to. */
static uint64_t test_self(uint64_t pass, uint64_t b)
{
    static const uint16_t masks[] = {0, 1, 127, 8191};
    uint64_t h = 0;

    for (unsigned next = 0; next < 2; next++) {
        uint8_t *pages = fresh_pages(4);
        /* own: in the middle of either page; next: across the end of the first page and of the
         * third, so that the fence is last, and the second and the fourth are exchanged */
        uint64_t at = next ? PAGE - 4 - (remap_next_fence - remap_next) : 0x480;
        for (unsigned k = 0; k < 2; k++) {
            uint8_t *to = pages + 2 * k * PAGE + at, *fence, *word;
            if (next) {
                copy_code(to, remap_next, remap_next_end);
                fence = in_copy(to, remap_next, remap_next_fence);
                word = in_copy(to, remap_next, remap_next_word);
            } else {
                copy_code(to, remap_own, remap_own_end);
                fence = in_copy(to, remap_own, remap_own_fence);
                word = in_copy(to, remap_own, remap_own_word);
            }
            if (pass == 1) {
                patch(fence, 0x12000073); /* no address */
            }
            patch(word, i_addi(A5, A5, k ? 100 : 1));
        }
        fence_i();
        map(X, pages);
        uint64_t va = X + next * PAGE;
        uint8_t *changed[2] = {pages + next * PAGE, pages + (2 + next) * PAGE};
        for (unsigned r = 0; r < 2 * ARRAY_SIZE(masks); r++) {
            unsigned mask = masks[r / 2], first = r & 1;
            uint64_t n = (mask + 1) * (mask < 100 ? 300 : 5) - mask / 2, want = 0;
            remap(r, va, changed[!first]);
            uint64_t got = ((Code6)code_at(X + at))(
                n, (uint64_t)pt_entry(va, 0), (uint64_t)changed[first] >> 2 | PTE_RWXAD,
                (uint64_t)changed[!first] >> 2 | PTE_RWXAD, mask, va);
            for (unsigned i = 0; i < n; i++) {
                want += (i / (mask + 1) & 1) == first ? 1 : 100;
            }
            expect(got, want, next ? "remaps the next page" : "remaps itself", r);
            h = mix(h, got);
        }
    }
    return h;
}

/* A superpage: 2 MiB at another place. */
static uint64_t test_superpage(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 10, BIG = 1 << 21, AT = 0x123458 };
    static uint8_t *pages;
    uint64_t h = 0, va = 0x50000000;

    if (!pass) {
        pages = fresh_pages(3 * 512);
        pages = (uint8_t *)(((uint64_t)pages + BIG - 1) & -(uint64_t)BIG);
    }
    for (unsigned k = 0; k < 2; k++) {
        put_where(pages + k * BIG + AT, 10 + k);
    }
    fence_i();
    for (unsigned r = 0; r < ROUNDS; r++) {
        unsigned n = phase(r + pass);
        pt_map(va, (uint64_t)(pages + (r & 1) * BIG), 1, PTE_RWXAD);
        fence_by(r, va + (r & 2 ? AT : 0)); /* any address inside */
        uint64_t got = call_n(code_at(va + AT), n, 0, 0, 0);
        expect(got, sum_where(n, 10 + (r & 1), va + AT), "superpage", r);
        h = mix(h, got);
        for (unsigned i = 0; i < 100; i++) {
            pt_map(va, (uint64_t)(pages + (i & 1) * BIG), 1, PTE_RWXAD);
            fence_by(i, va + i * PAGE);
            got = code_at(va + AT)(i, 0, 0, 0);
            expect(got, where(i, 10 + (i & 1), va + AT), "superpage for each call", r);
        }
        h = mix(h, got);
    }
    return h;
}

/* ---- one page of RAM at several addresses ---- */

/* Calls the page behind, which is another at each of the two addresses; a result that shows where
 * it was called. */
static void put_outer(uint8_t *to)
{
    uint8_t *p = to;

    put32(&p, i_addi(T1, RA, 0));
    put32(&p, i_jal(RA, PAGE - 4));
    put32(&p, i_add(A0, A0, RA));
    put32(&p, i_jalr(X0, T1, 0));
}

static uint64_t test_alias(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 8, AT = 0x400, OUTER = 0x200 };
    static const uint32_t windows[] = {X, Y};
    uint64_t h = 0, got;

    for (unsigned r = 0; r < ROUNDS; r += 2) {
        uint8_t *pages = fresh_pages(3);
        put_where(pages + AT, 0);
        put_outer(pages + OUTER);
        put_where(pages + PAGE + OUTER, 20);
        put_where(pages + 2 * PAGE + OUTER, 30);
        fence_i();
        for (unsigned w = 0; w < 2; w++) {
            remap(r, windows[w], pages);
            remap(r, windows[w] + PAGE, pages + (1 + w) * PAGE);
        }
        for (unsigned k = 0; k < 4; k++) {
            unsigned n = phase(r + k / 2 + pass);
            uint64_t by[] = {X, (uint64_t)pages, Y};
            patch_where(by[(k + r) % 3] + AT, r * 10 + k);
            for (unsigned w = 0; w < 2; w++) {
                got = call_n(code_at(windows[w] + AT), n, 0, 0, 0);
                expect(got, sum_where(n, r * 10 + k, windows[w] + AT), "alias", r);
                h = mix(h, got);
                got = call_n(code_at(windows[w] + OUTER), n, 0, 0, 0);
                uint64_t ra = windows[w] + OUTER + 8;
                expect(got, sum_where(n, 20 + 10 * w, windows[w] + PAGE + OUTER) + n * ra,
                       "alias that calls the next page", r);
                h = mix(h, got);
            }
            n = n > 2000 ? 2000 : n;
            for (unsigned i = 0; i < n; i++) {
                uint64_t va = windows[i & 1];
                got = code_at(va + AT)(i, 0, 0, 0);
                expect(got, where(i, r * 10 + k, va + AT), "aliases in turn", r);
                got = code_at(va + OUTER)(i, 0, 0, 0);
                expect(got, where(i, 20 + 10 * (i & 1), va + PAGE + OUTER) + va + OUTER + 8,
                       "aliases in turn call the next page", r);
                h = mix(h, got);
            }
            patch_where((uint64_t)pages + (1 + (k & 1)) * PAGE + OUTER, 20 + 10 * (k & 1));
        }
    }
    return h;
}

/* One page of code at very many addresses. */
static uint64_t test_many(uint64_t pass, uint64_t b)
{
    enum { NB = 400, AT = 0xf00 };
    uint8_t *page = fresh_pages(1);
    uint64_t h = 0;

    for (unsigned i = 0; i < NB; i++) {
        map(Z + i * PAGE, page);
    }
    sfence();
    for (unsigned r = 0; r < 3; r++) {
        put_where(page + AT, r * 3 + pass);
        fence_i();
        for (unsigned i = 0; i < NB * 40; i++) {
            uint64_t va = Z + i * 7 % NB * PAGE + AT, got = code_at(va)(i, 0, 0, 0);
            expect(got, where(i, r * 3 + pass, va), "many aliases", r);
            h = mix(h, got);
        }
    }
    return h;
}

/* ---- out of the page by all ways ---- */

/*
 * A loop at the end of a page: jal to the next page, auipc and jalr to the one after, branches into
 * the next page and jumps back, and on over the end of the page. How it ends:
 */
enum { WHOLE, HALF, STRADDLE, NB_TAILS };
enum { BACK1, BACK2, LOOP, NB_LABELS };
typedef struct Leaver {
    unsigned start, labels[NB_LABELS]; /* offsets */
} Leaver;

enum { OUT = 0x800, FUN = 0x100, FAR = 0x40, TAKEN1 = 0x200, TAKEN2 = 0x240 };

static Leaver put_leaver(uint8_t *page, unsigned tail)
{
    static const uint16_t bytes[] = {56, 54, 54};
    Leaver l = {.start = PAGE - bytes[tail]};
    uint8_t *p = page + OUT;

    put32(&p, i_addi(A0, T3, 0));
    put32(&p, i_jalr(X0, T5, 0));
    p = page + l.start;
    put32(&p, i_addi(T5, RA, 0));
    put32(&p, i_addi(T4, A0, 0));
    put32(&p, i_addi(T3, X0, 0));
    l.labels[LOOP] = p - page;
    put32(&p, i_jal(RA, page + PAGE + FUN - p));
    put32(&p, i_add(T3, T3, A0));
    put_far(&p, RA, page + 2 * PAGE + FAR - p);
    put32(&p, i_add(T3, T3, A0));
    put32(&p, i_branch(BEQ, X0, X0, page + PAGE + TAKEN1 - p));
    l.labels[BACK1] = p - page;
    put32(&p, i_andi(T0, T4, 1));
    put32(&p, i_branch(BNE, T0, X0, page + PAGE + TAKEN2 - p));
    l.labels[BACK2] = p - page;
    put32(&p, i_addi(T4, T4, -1));
    put32(&p, i_branch(BEQ, T4, X0, page + OUT - p));
    switch (tail) {
    case WHOLE: put32(&p, i_addi(T3, T3, 1)); break;
    case HALF: put16(&p, 0x0e05); break;          /* c.addi t3, 1 */
    default: put16(&p, i_addi(T3, T3, 0)); break; /* the second half is on the next page */
    }
    return l;
}

/* What the next page has for it; d tells such pages apart. */
static void put_next(uint8_t *page, const Leaver *l, unsigned tail, unsigned d)
{
    uint8_t *p = page;

    if (tail == STRADDLE) {
        put16(&p, i_addi(T3, T3, d + 2) >> 16);
    } else {
        put32(&p, i_addi(T3, T3, d + 1));
    }
    put32(&p, i_jal(X0, page - PAGE + l->labels[LOOP] - p));
    p = page + FUN;
    put32(&p, i_addi(A0, X0, d + 2));
    put32(&p, I_RET);
    p = page + TAKEN1;
    put32(&p, i_addi(T3, T3, d + 3));
    put32(&p, i_jal(X0, page - PAGE + l->labels[BACK1] - p));
    p = page + TAKEN2;
    put32(&p, i_addi(T3, T3, d + 4));
    put32(&p, i_jal(X0, page - PAGE + l->labels[BACK2] - p));
}

static void put_after_next(uint8_t *page, unsigned e)
{
    uint8_t *p = page + FAR;

    put32(&p, i_addi(A0, X0, e));
    put32(&p, I_RET);
}

static uint64_t left(uint64_t n, unsigned d, unsigned e)
{
    return n * (d + 2 + e + d + 3) + (n + 1) / 2 * (d + 4) + (n - 1) * (d + 2);
}

/* pages[0]: the loop, [1..3]: next pages with d = 10 k, [4..6]: those after them with e = 7 k. */
static Leaver put_pages(uint8_t *pages, unsigned tail)
{
    Leaver l = put_leaver(pages, tail);

    for (unsigned k = 0; k < 3; k++) {
        put_next(pages + (1 + k) * PAGE, &l, tail, 10 * k);
        put_after_next(pages + (4 + k) * PAGE, 7 * k);
    }
    fence_i();
    return l;
}

static uint64_t test_leave(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 8 };
    uint64_t h = 0, got;

    for (unsigned tail = 0; tail < NB_TAILS; tail++) {
        uint8_t *pages = fresh_pages(7);
        Leaver l = put_pages(pages, tail);
        remap(0, X, pages);
        Code f = code_at(X + l.start);
        for (unsigned r = 0; r < ROUNDS; r++) {
            unsigned d = r % 3, e = r / 2 % 3, n = phase(r + pass) / 2 + 1;
            remap(r, X + PAGE, pages + (1 + d) * PAGE);
            remap(r + 1, X + 2 * PAGE, pages + (4 + e) * PAGE);
            got = f(n, 0, 0, 0);
            expect(got, left(n, 10 * d, 7 * e), "leaves the page", tail * 10 + r);
            h = mix(h, got);
            /* a little of each */
            for (unsigned i = 0; i < 200; i++) {
                d = (d + 1 + i / 7) % 3;
                e = i & 4 ? (e + 1) % 3 : e;
                remap(r, X + PAGE, pages + (1 + d) * PAGE);
                remap(r + 3, X + 2 * PAGE, pages + (4 + e) * PAGE);
                got = f(1 + i % 6, 0, 0, 0);
                expect(got, left(1 + i % 6, 10 * d, 7 * e), "leaves for each", tail * 10 + r);
                h = mix(h, got);
            }
            /* the same page and its successors at another address, one of which changes */
            remap(r, Y, pages);
            remap(r, Y + PAGE, pages + (1 + r % 3) * PAGE);
            remap(r, Y + 2 * PAGE, pages + 6 * PAGE);
            for (unsigned i = 0; i < 100; i++) {
                got = code_at(Y + l.start)(5, 0, 0, 0);
                expect(got, left(5, 10 * (r % 3), 14), "leaves at Y", tail * 10 + r);
                got = f(5, 0, 0, 0);
                expect(got, left(5, 10 * d, 7 * e), "leaves at X", tail * 10 + r);
            }
            if (r == 4) {
                put_after_next(pages + 4 * PAGE, 1);
                fence_i();
                remap(r, X + 2 * PAGE, pages + 4 * PAGE);
                n = 1000;
                expect(f(n, 0, 0, 0), left(n, 10 * d, 1), "changed after-next", tail * 10 + r);
                put_after_next(pages + 4 * PAGE, 0);
                fence_i();
            }
        }
    }
    return h;
}

/* ---- address spaces ---- */

typedef uint64_t Table[512];
static Table root[2] __attribute__((aligned(4096))), mid[2] __attribute__((aligned(4096)));
static Table leaf[2] __attribute__((aligned(4096)));

static uint64_t make_space(unsigned s)
{
    root[s][0] = PTE_RWXAD & ~PTE_X;
    root[s][2] = 0x80000000ul >> 2 | PTE_RWXAD;
    root[s][1] = (uint64_t)mid[s] >> 2 | PTE_V;
    mid[s][0] = (uint64_t)leaf[s] >> 2 | PTE_V;
    return 8ul << 60 | (uint64_t)root[s] >> 12;
}

static uint64_t space[2];

static void enter_space(unsigned s, unsigned way)
{
    switch (way) {
    case 0: csr_write(satp, space[s] | (uint64_t)(s + 1) << 44); break;
    case 1:
        csr_write(satp, space[s] | 3ul << 44);
        sfence();
        break;
    case 2:
        csr_write(satp, space[s] | 3ul << 44);
        asm volatile("sfence.vma zero, %0" ::"r"(3ul) : "memory");
        break;
    default: /* what is not in the other space is not fenced */
        csr_write(satp, space[s] | 4ul << 44);
        for (unsigned k = 0; k < 3; k++) {
            asm volatile("sfence.vma %0, %1" ::"r"(X + k * PAGE), "r"(4ul) : "memory");
        }
        break;
    }
}

/* Two spaces share the page of the loop, and differ in what comes behind it. */
static uint64_t test_spaces(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 4 };
    uint64_t before = csr_read(satp), h = 0, got;

    for (unsigned s = 0; s < 2; s++) {
        space[s] = make_space(s);
    }
    for (unsigned tail = 0; tail < NB_TAILS; tail++) {
        uint8_t *pages = fresh_pages(7);
        Leaver l = put_pages(pages, tail);
        for (unsigned s = 0; s < 2; s++) {
            leaf[s][0] = (uint64_t)pages >> 2 | PTE_RWXAD;
            leaf[s][1] = (uint64_t)(pages + (1 + 2 * s) * PAGE) >> 2 | PTE_RWXAD;
            leaf[s][2] = (uint64_t)(pages + (6 - s) * PAGE) >> 2 | PTE_RWXAD;
        }
        sfence();
        Code f = code_at(X + l.start);
        for (unsigned r = 0; r < ROUNDS; r++) {
            for (unsigned k = 0; k < 2; k++) {
                unsigned s = (r + k) & 1, n = phase(r * 2 + k + pass) / 2 + 1;
                enter_space(s, r);
                got = f(n, 0, 0, 0);
                expect(got, left(n, 20 * s, 14 - 7 * s), "address space", tail * 10 + r);
                h = mix(h, got);
            }
            for (unsigned i = 0; i < 600; i++) {
                unsigned s = i / (1 + i % 3) & 1, n = 1 + i % 4;
                enter_space(s, r);
                got = f(n, 0, 0, 0);
                expect(got, left(n, 20 * s, 14 - 7 * s), "spaces in turn", tail * 10 + r);
                h = mix(h, got);
            }
        }
        csr_write(satp, before);
        sfence();
    }
    return h;
}

/* The last half-word of a page: a compressed instruction, or the first half of one that straddles
 * into a page which differs by address space. */
static uint64_t test_straddle(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 16 };
    uint64_t before = csr_read(satp), h = 0, got;

    for (unsigned s = 0; s < 2; s++) {
        space[s] = make_space(s);
    }
    uint8_t *pages = NULL;
    for (unsigned r = 0; r < ROUNDS; r++) {
        if (r % 4 == 0) {
            pages = fresh_pages(3);
        }
        unsigned k[2] = {r % 8, (r * 5 + 3) % 8};
        for (unsigned s = 0; s < 2; s++) {
            leaf[s][0] = (uint64_t)pages >> 2 | PTE_RWXAD;
            leaf[s][1] = (uint64_t)(pages + (1 + s) * PAGE) >> 2 | PTE_RWXAD;
            /* every second round changes the first page alone, the others the second pages */
            uint8_t *p = pages + (1 + s) * PAGE;
            k[s] = (r / 2 * 3 + s * 5) % 8;
            if (r % 2 == 0) {
                put16(&p, OVERLAP_SECOND(k[s]));
                put16(&p, C_RET);
            }
        }
        sfence();
        uint8_t *p = pages + PAGE - 6;
        bool straddles = r % 4 == 0 || r % 4 == 3;
        put32(&p, i_addi(A0, A0, 1));
        put16(&p, straddles ? OVERLAP_FIRST : C_NOP);
        fence_i();
        unsigned n = phase(r + pass) / 4 + 2;
        for (unsigned i = 0; i < n; i++) {
            unsigned s = (i >> (r & 1)) & 1;
            enter_space(s, r % 4);
            for (unsigned once = 0; once < 2; once++) {
                /* from before, and right at the last half-word */
                got = code_at(X + PAGE - (once ? 2 : 6))(i, 0, 0, 0);
                uint64_t a = i + !once;
                uint64_t want = straddles ? overlap_whole(k[s], a) : overlap_half(k[s], a);
                expect(got, want, "the end of the page", r);
                h = mix(h, got);
            }
        }
        csr_write(satp, before);
        sfence();
    }
    return h;
}

/* Translation on and off: one address, two pages of RAM. */
static uint64_t test_bare(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 6, AT = 0x2a4 };
    uint64_t before = csr_read(satp), h = 0, got;
    uint8_t *pages = fresh_pages(2);
    uint64_t va = (uint64_t)pages, *big = mid[0], *small = leaf[0];

    /* all of RAM, but for the two pages, which are exchanged */
    for (unsigned i = 0; i < 512; i++) {
        big[i] = (0x80000000ul + i * 0x200000ul) >> 2 | PTE_RWXAD;
        small[i] = ((va & -0x200000ul) + i * PAGE) >> 2 | PTE_RWXAD;
    }
    big[va >> 21 & 511] = (uint64_t)small >> 2 | PTE_V;
    uint64_t other = va + PAGE;
    big[other >> 21 & 511] = (uint64_t)small >> 2 | PTE_V;
    small[va >> 12 & 511] = other >> 2 | PTE_RWXAD;
    small[other >> 12 & 511] = va >> 2 | PTE_RWXAD;
    root[0][0] = PTE_RWXAD & ~PTE_X;
    root[0][2] = (uint64_t)big >> 2 | PTE_V;
    uint64_t on = 8ul << 60 | (uint64_t)root[0] >> 12;
    put_where(pages + AT, 1);
    put_where(pages + PAGE + AT, 2);
    fence_i();
    for (unsigned r = 0; r < ROUNDS; r++) {
        unsigned n = phase(r + pass);
        for (unsigned k = 0; k < 2; k++) {
            csr_write(satp, k ? on : 0);
            sfence();
            got = call_n(code_at(va + AT), n, 0, 0, 0);
            expect(got, sum_where(n, 1 + k, va + AT), "translation on and off", r);
            h = mix(h, got);
        }
        for (unsigned i = 0; i < 300; i++) {
            csr_write(satp, i & 1 ? on : 0);
            sfence();
            got = code_at(va + AT)(i, 0, 0, 0);
            expect(got, where(i, 1 + (i & 1), va + AT), "on and off in turn", r);
            got = code_at(other + AT)(i, 0, 0, 0);
            expect(got, where(i, 2 - (i & 1), other + AT), "on and off, the other", r);
        }
        h = mix(h, got - va);
        csr_write(satp, before);
        sfence();
    }
    root[0][2] = 0;
    memset(mid[0], 0, PAGE);
    memset(leaf[0], 0, PAGE);
    return h;
}

/* ---- pages that are missing ---- */

static unsigned nb_faults;
static uint64_t fault_hash;
static uint8_t *fault_pages;

/* Maps what the loop misses: another page each time. */
static bool on_fault(void)
{
    uint64_t va = csr_read(mtval);

    if (csr_read(mcause) != C_IFETCH_PAGE || va - X >= 3 * PAGE || va < X + PAGE) {
        return false;
    }
    fault_hash = mix(mix(fault_hash, va), csr_read(mepc));
    fault_hash = mix(fault_hash, trap_regs[T4]);
    nb_faults++;
    unsigned k = nb_faults % 3;
    remap(nb_faults, va & -PAGE, fault_pages + ((va & -PAGE) == X + PAGE ? 1 + k : 4 + k) * PAGE);
    return true;
}

/* The loop of test_leave, but its successors go away now and then. */
static void missing(void)
{
    trap_hook = on_fault;
    for (unsigned tail = 0; tail < NB_TAILS; tail++) {
        fault_pages = fresh_pages(7);
        Leaver l = put_pages(fault_pages, tail);
        remap(0, X, fault_pages);
        for (unsigned r = 0; r < 8; r++) {
            for (unsigned i = 0; i < 40; i++) {
                *pt_entry(X + PAGE, 0) = 0;
                fence_by(r + i, X + PAGE);
                if (i & 1) {
                    *pt_entry(X + 2 * PAGE, 0) = 0;
                    fence_by(r, X + 2 * PAGE);
                }
                uint64_t got = run_at(S_MODE, X + l.start, 1 + i * (1 + phase(r) / 500), 0);
                check_trap("missing page", -1, 0);
                fault_hash = mix(fault_hash, got);
            }
        }
    }
    trap_hook = NULL;
    check(nb_faults == 3 * 8 * 60, "faults: %d", (uint64_t)nb_faults);
    say("missing pages: %x\n", fault_hash);
}

int main(void)
{
    static const struct {
        const char *name;
        Test test;
    } tests[] = {
        {"flip", test_flip},     {"self", test_self},         {"superpage", test_superpage},
        {"alias", test_alias},   {"many aliases", test_many}, {"leave", test_leave},
        {"spaces", test_spaces}, {"straddle", test_straddle}, {"bare", test_bare},
    };

    paging_with_devices();
    for (unsigned i = 0; i < ARRAY_SIZE(tests); i++) {
        for (unsigned pass = 0; pass < 2; pass++) {
            run_test(tests[i].name, S_MODE, tests[i].test, pass);
        }
    }
    missing();
    paging(false);
    return 0;
}
