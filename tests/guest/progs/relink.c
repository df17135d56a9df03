/*
 * Code that changes while hot loops run it: by calls from outside, by the loop itself, by the code
 * that is changed; calls and jumps to many places that change; many pages of code.
 *
 * The tests run in M-mode, in S-mode and in M-mode again, most of them on the same pages, so that a
 * page holds code of both. Rounds have different lengths: see phase().
 */
#include "code.h"

#define TEMPLATE(name) extern const uint8_t name[], name##_end[]
TEMPLATE(patch_callee);
TEMPLATE(patch_ahead_loop);
TEMPLATE(patch_behind);
TEMPLATE(patch_return);
TEMPLATE(same_tb);
TEMPLATE(beside_code);
TEMPLATE(tree);
TEMPLATE(walk);
TEMPLATE(walk_jump);
extern const uint8_t same_tb_word[], beside_code_entry[], tree_leaf[];

static uint64_t scratch[4];

static Code install(uint8_t *to, const uint8_t *from, const uint8_t *end)
{
    copy_code(to, from, end);
    fence_i();
    return code_at((uint64_t)to);
}

/* ---- a caller that stays and a callee that changes ---- */

enum { NB_STORES = 8 };
/* The word at p, by one of the ways to store it; 4 bytes before it and behind it stay as they are.
 */
static void patch_by(unsigned way, uint8_t *p, uint64_t word)
{
    uint64_t before = *(volatile uint32_t *)(p - 4), behind = *(volatile uint32_t *)(p + 4), failed;

    switch (way % NB_STORES) {
    case 0: patch(p, word); break;
    case 1: /* begins before it; from here on misaligned for some places */
        asm volatile("sd %0, -4(%1)" ::"r"(word << 32 | before), "r"(p) : "memory");
        break;
    case 2: asm volatile("sd %0, 0(%1)" ::"r"(behind << 32 | word), "r"(p) : "memory"); break;
    case 3:
        asm volatile("sw %0, 1(%1)\n sb %2, 0(%1)" ::"r"((uint32_t)(behind << 24 | word >> 8)),
                     "r"(p), "r"(word)
                     : "memory");
        break;
    case 4: /* the immediate is in the upper half */
        asm volatile("sh %0, 2(%1)" ::"r"(word >> 16), "r"(p) : "memory");
        break;
    case 5: asm volatile("amoswap.w zero, %0, (%1)" ::"r"(word), "r"(p) : "memory"); break;
    case 6:
        do {
            asm volatile("lr.w t0, (%2)\n sc.w %0, %1, (%2)"
                         : "=&r"(failed)
                         : "r"(word), "r"(p)
                         : "t0", "memory");
        } while (failed);
        break;
    default: asm volatile("fmv.w.x ft0, %0\n fsw ft0, 0(%1)" ::"r"(word), "r"(p) : "memory"); break;
    }
    fence_i();
}

enum { BY_JAL, BY_AUIPC, BY_REGISTER, NB_WAYS };

/* f(n, callee): the sum of n calls. */
static void put_caller(uint8_t *to, unsigned way, const uint8_t *callee)
{
    uint8_t *p = to;

    put32(&p, i_addi(T5, RA, 0));
    put32(&p, i_addi(T4, A0, 0));
    put32(&p, i_addi(T3, X0, 0));
    uint8_t *loop = p;
    switch (way) {
    case BY_JAL: put32(&p, i_jal(RA, callee - p)); break;
    case BY_AUIPC: put_far(&p, RA, callee - p); break;
    default: put32(&p, i_jalr(RA, A1, 0)); break;
    }
    put32(&p, i_add(T3, T3, A0));
    put32(&p, i_addi(T4, T4, -1));
    put32(&p, i_branch(BNE, T4, X0, loop - p));
    put32(&p, i_addi(A0, T3, 0));
    put32(&p, i_jalr(X0, T5, 0));
}

static uint64_t test_callee(uint64_t pass, uint64_t b)
{
    /* from the caller's page: the same one, the next, a distant one */
    static const uint16_t places[] = {0x800, 0x1000, 0x3ff0};
    enum { GROUPS = 4 };
    static uint8_t *pages;
    uint64_t h = 0;

    if (!pass) {
        pages = fresh_pages(NB_WAYS * ARRAY_SIZE(places) * GROUPS * 4);
    }
    for (unsigned k = 0; k < NB_WAYS * ARRAY_SIZE(places) * GROUPS; k++) {
        unsigned way = k % NB_WAYS, where = k / NB_WAYS % ARRAY_SIZE(places);
        uint8_t *callee = pages + k * 4 * PAGE + places[where],
                *caller = pages + k * 4 * PAGE + 0x40 * way, *p = callee + 4;
        put_caller(caller, way, callee);
        put32(&p, I_RET);
        patch(callee, i_addi(A0, X0, 0));
        for (unsigned r = 0; r < 2; r++) {
            int imm = (k * 97 + r * 31 + way) & 0x7ff;
            patch_by(k + r + pass, callee, i_addi(A0, X0, imm));
            unsigned n = phase((k / 9 + pass) * 2 + r);
            uint64_t got = code_at((uint64_t)caller)(n, (uint64_t)callee, 0, 0);
            expect(got, (uint64_t)n * imm, "callee", k);
            h = mix(h, got);
        }
    }
    return h;
}

/* ---- loops that change themselves ---- */

/* The sum over i < n of the number of patches that came by round i, as an immediate. before: the
 * patched instruction comes before the patch. */
static uint64_t sum_of_patches(unsigned n, unsigned mask, bool before)
{
    uint64_t sum = 0, k = 0;

    for (unsigned i = 0; i < n; i++) {
        if (!(i & mask)) {
            sum -= before ? sext12(k + 1) - sext12(k) : 0;
            k++;
        }
        sum += sext12(k);
    }
    return sum;
}

static uint64_t test_loops(uint64_t pass, uint64_t b)
{
    static const struct {
        unsigned mask, patches;
    } cases[] = {{0, 30}, {15, 30}, {511, 4}, {1023, 3}, {16383, 3}};
    enum { ROUNDS = 2, PAGES = 7 };
    static uint8_t *pages;
    uint64_t h = 0, got;

    if (!pass) {
        pages = fresh_pages(ARRAY_SIZE(cases) * ROUNDS * PAGES);
    }
    for (unsigned k = 0; k < ARRAY_SIZE(cases) * ROUNDS; k++) {
        unsigned mask = cases[k / ROUNDS].mask, r = k % ROUNDS;
        unsigned n = (mask + 1) * cases[k / ROUNDS].patches - mask / 3;
        uint64_t after = sum_of_patches(n, mask, false), before = sum_of_patches(n, mask, true);
        uint8_t *to = pages + k * PAGES * PAGE + 64 * r;
        Code f = install(to, patch_callee, patch_callee_end);
        got = f(n, mask, 0, 0);
        expect(got, after, "loop that patches a callee", k);
        h = mix(h, got);
        f = install(to + PAGE, patch_ahead_loop, patch_ahead_loop_end);
        got = f(n, mask, 0, 0);
        expect(got, after, "loop that patches ahead", k);
        h = mix(h, got);
        /* scratch on the page of the code, and on another */
        to += 2 * PAGE + 64;
        f = install(to, patch_behind, patch_behind_end);
        got = f(n, mask, (uint64_t)(r ? (uint8_t *)scratch : to - 4), 0);
        expect(got, before, "loop that patches behind", k);
        h = mix(h, got);
        f = install(to + PAGE, patch_return, patch_return_end);
        got = f(n, mask, 0, 0);
        expect(got, after, "callee that patches its return", k);
        h = mix(h, got);
        /* across the end of a page: what is patched is on the second or on the first */
        uint8_t *end = pages + (k * PAGES + 5) * PAGE;
        f = install(end - 44, patch_ahead_loop, patch_ahead_loop_end);
        got = f(n, mask, 0, 0);
        expect(got, after, "loop across a page", k);
        h = mix(h, got);
        f = install(end + PAGE - 40, patch_behind, patch_behind_end);
        got = f(n, mask, (uint64_t)scratch, 0);
        expect(got, before, "loop back across a page", k);
        h = mix(h, got);
    }
    return h;
}

/* A stretch of code whose store usually goes elsewhere, then into the stretch itself. */
static uint64_t test_same_tb(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 8 };
    static uint8_t *pages;
    uint64_t h = 0;

    if (!pass) {
        pages = fresh_pages(ROUNDS);
    }
    for (unsigned r = 0; r < ROUNDS; r++) {
        uint8_t *to = pages + r * PAGE + 0x100;
        Code f = install(to, same_tb, same_tb_end);
        uint8_t *word = in_copy(to, same_tb, same_tb_word);
        uint64_t other = (uint64_t)(r & 1 ? (uint8_t *)scratch : to - 8);
        unsigned n = phase(r + pass), imm = 1;
        for (unsigned k = 0; k < 3; k++) {
            expect(call_n(f, n, other, 0, 0), 3ul * imm * n, "store elsewhere", r);
            for (unsigned i = 0; i < 2; i++) {
                imm = r * 20 + k * 3 + i + 2;
                uint64_t got = f(i_addi(A2, X0, imm), (uint64_t)word, 0, 0);
                expect(got, 3 * imm, "store into the same stretch", r);
                h = mix(h, got);
            }
        }
    }
    return h;
}

/* ---- stores to the page of hot code ---- */

/* Code that is changed, but run only after a fence.i that comes much later and elsewhere. */
static uint64_t test_late_fence(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 8 };
    static uint8_t *pages;
    uint64_t h = 0;

    if (!pass) {
        pages = fresh_pages(ROUNDS);
    }
    for (unsigned r = 0; r < ROUNDS; r++) {
        uint8_t *changed = pages + r * PAGE + 0x2f8, *p = changed + 4;
        put32(&p, I_RET);
        put32(&p, i_addi(A0, A0, 5)); /* directly behind what changes */
        put32(&p, I_RET);
        patch(changed, i_addi(A0, X0, r));
        fence_i();
        Code f = code_at((uint64_t)changed), neighbour = code_at((uint64_t)changed + 8);
        unsigned n = phase(r + pass);
        uint64_t got = call_n(f, n, 0, 0, 0);
        expect(got, (uint64_t)n * r, "before the change", r);
        got = call_n(neighbour, n, 0, 0, 0);
        patch(changed, i_addi(A0, X0, r + 100));
        got -= call_n(neighbour, n, 0, 0, 0);
        expect(got, 0, "the neighbour", r);
        patch(changed, i_addi(A0, X0, r + 200));
        got += call_n(neighbour, 50, 0, 0, 0);
        fence_i();
        got += call_n(f, n, 0, 0, 0);
        expect(got, 50 * 49 / 2 + 50 * 5 + (uint64_t)n * (r + 200), "after a late fence.i", r);
        h = mix(h, got);
    }
    return h;
}

static uint64_t test_data(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 8 };
    static uint8_t *pages;
    uint64_t h = 0;

    if (!pass) {
        pages = fresh_pages(2 * ROUNDS);
    }
    for (unsigned r = 0; r < ROUNDS; r++) {
        uint8_t *to = pages + 2 * r * PAGE + 0x400 * (r & 3);
        install(to, beside_code, beside_code_end);
        Code f = code_at((uint64_t)in_copy(to, beside_code, beside_code_entry));
        unsigned n = phase(r + pass);
        uint64_t got = f(n, 0, 0, 0);
        expect(got, 3ul * n, "stores beside code", r);
        h = mix(h, got);
        /* data of one page, written from others while its code runs: from the first byte behind it,
         * and up to the last before it */
        uint8_t *code = pages + (2 * r + 1) * PAGE + 0x600, *p = code;
        volatile uint64_t *data = (uint64_t *)(code + 16);
        put32(&p, i_ld(A0, A1, 0));
        put32(&p, i_addi(A0, A0, r));
        put32(&p, I_NOP);
        put32(&p, I_RET);
        fence_i();
        f = code_at((uint64_t)code);
        for (unsigned i = 0; i < n; i++) {
            data[i & 63] = i;
            got = f(0, (uint64_t)&data[i & 63], 0, 0);
            expect(got, i + r, "data beside code", r);
            data[-3 - (int)(i & 31)] = got;
        }
        h = mix(h, got);
    }
    return h;
}

/* ---- calls and returns among many targets ---- */

enum { NB_TARGETS = 128 };
typedef struct Target {
    unsigned kind, imm;
} Target;

static Target targets[NB_TARGETS];
static uint64_t table[NB_TARGETS];
static uint64_t targets_state;
static uint8_t *targets_base;

static uint8_t *target_place(unsigned i)
{
    return targets_base + i / 16 * PAGE + i % 16 * 256 + (i & 4);
}

/* Whom a target of kind 3 calls. */
static unsigned callee_of(unsigned i)
{
    return (i * 5 + targets[i].imm) % NB_TARGETS & ~3u;
}

static void put_target(unsigned i)
{
    uint8_t *p = target_place(i);
    Target *t = &targets[i];

    switch (t->kind) {
    case 0: put32(&p, i_addi(A0, A0, t->imm)); break;
    case 1: put32(&p, i_xori(A0, A0, t->imm)); break;
    case 2:
        put32(&p, i_branch(BGE, A0, X0, 12));
        put32(&p, i_addi(A0, A0, t->imm));
        put32(&p, I_RET);
        put32(&p, i_slli(A0, A0, 1));
        put32(&p, i_xori(A0, A0, t->imm));
        break;
    default:
        put32(&p, i_addi(T1, RA, 0));
        if (t->imm & 1) {
            put_far(&p, RA, target_place(callee_of(i)) - p);
        } else {
            put32(&p, i_jal(RA, target_place(callee_of(i)) - p));
        }
        put32(&p, i_addi(A0, A0, t->imm));
        put32(&p, i_jalr(X0, T1, 0));
        break;
    }
    put32(&p, I_RET);
}

/* A kind and a number; only each fourth target calls others. */
static void change_target(unsigned i)
{
    targets[i].kind = next_random(&targets_state) % (i % 4 == 3 ? 4 : 3);
    targets[i].imm = next_random(&targets_state) % 1000;
    put_target(i);
}

static uint64_t target_result(unsigned i, uint64_t a)
{
    const Target *t = &targets[i];

    switch (t->kind) {
    case 0: return a + t->imm;
    case 1: return a ^ t->imm;
    case 2: return (int64_t)a >= 0 ? a << 1 ^ t->imm : a + t->imm;
    default: return target_result(callee_of(i), a) + t->imm;
    }
}

/* Some get another number, or become another function. */
static void change_targets(unsigned r)
{
    for (unsigned i = r % 3; i < NB_TARGETS; i += 5) {
        if (r & 1) {
            targets[i].imm = (targets[i].imm + 2) % 1000;
            put_target(i);
        } else {
            change_target(i);
        }
    }
    fence_i();
}

static uint64_t test_targets(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 8, PAGES = NB_TARGETS / 16 };
    static uint8_t *pages;
    static Code calls, jumps;
    uint64_t h = 0;

    if (!pass) {
        pages = fresh_pages(PAGES * ROUNDS / 2 + 2);
        calls = install(pages, walk, walk_end);
        jumps = install(pages + PAGE, walk_jump, walk_jump_end);
    }
    for (unsigned r = 0; r < ROUNDS; r++) {
        if (r % 2 == 0) {
            targets_base = pages + (2 + PAGES * r / 2) * PAGE;
            for (unsigned i = 0; i < NB_TARGETS; i++) {
                table[i] = (uint64_t)target_place(i);
                change_target(i);
            }
        }
        change_targets(r);
        unsigned n = phase(r + pass * 2);
        for (unsigned k = 0; k < 2; k++) {
            uint64_t seed = r * 77 + k, state = seed, want = r;
            uint64_t got = (k ? jumps : calls)(r, (uint64_t)table, n, seed);
            for (unsigned i = 0; i < n; i++) {
                want = target_result(next_random(&state) % NB_TARGETS, want);
            }
            expect(got, want, k ? "jumps to many targets" : "calls of many targets", r);
            h = mix(h, got);
        }
    }
    return h;
}

static uint64_t test_tree(uint64_t pass, uint64_t b)
{
    static const uint16_t fib[] = {1,   1,   2,   3,   5,   8,    13,   21,   34,   55,   89,
                                   144, 233, 377, 610, 987, 1597, 2584, 4181, 6765, 10946};
    enum { ROUNDS = 8 };
    static uint8_t *pages;
    uint64_t h = 0;

    if (!pass) {
        pages = fresh_pages(ROUNDS / 2);
    }
    for (unsigned r = 0; r < ROUNDS; r++) {
        uint8_t *to = pages + r / 2 * PAGE + 0x200;
        if (!pass && r % 2 == 0) {
            install(to, tree, tree_end);
        }
        patch(in_copy(to, tree, tree_leaf), i_addi(A0, X0, r * 3 + pass));
        fence_i();
        unsigned depth = r % 4 == 1 ? 20 : 2 * r;
        uint64_t got = code_at((uint64_t)to)(depth, 0, 0, 0);
        expect(got, fib[depth] * (r * 3 + pass), "recursion", r);
        h = mix(h, got);
    }
    return h;
}

/* ---- a loop that runs very long ---- */

enum { LONG_WORDS = 6, LONG_STEP = 64 };

/* f(n): a loop of six stretches on one page, each of which begins with addi t3, t3, imms[k]. */
static void put_long(uint8_t *page, const unsigned *imms)
{
    uint8_t *p = page;
    uint8_t *at[LONG_WORDS + 1];

    for (unsigned k = 0; k <= LONG_WORDS; k++) {
        at[k] = page + (k + 1) * LONG_STEP;
    }
    put32(&p, i_addi(T5, RA, 0));
    put32(&p, i_addi(T3, X0, 0));
    put32(&p, i_jal(X0, at[0] - p));
    for (unsigned k = 0; k < LONG_WORDS; k++) {
        p = at[k];
        put32(&p, i_addi(T3, T3, imms[k]));
        switch (k) {
        case 0: put32(&p, i_jal(X0, at[1] - p)); break;
        case 1: /* taken every second time */
            put32(&p, i_andi(T0, A0, 1));
            put32(&p, i_branch(BNE, T0, X0, at[2] - p));
            put32(&p, i_jal(X0, at[3] - p));
            break;
        case 2: put32(&p, i_jal(X0, at[3] - p)); break;
        case 3: /* a call, and what it returns to */
            put32(&p, i_jal(RA, at[4] - p));
            put32(&p, i_jal(X0, at[5] - p));
            break;
        case 4: put32(&p, I_RET); break;
        default:
            put32(&p, i_addi(A0, A0, -1));
            put32(&p, i_branch(BNE, A0, X0, at[0] - p));
            put32(&p, i_addi(A0, T3, 0));
            put32(&p, i_jalr(X0, T5, 0));
            break;
        }
    }
}

/* Long enough to be compiled again, as one piece or otherwise better; then a stretch changes. */
static uint64_t test_long(uint64_t pass, uint64_t b)
{
    uint64_t h = 0;

    for (unsigned r = 0; r < LONG_WORDS / 2; r++) {
        unsigned imms[LONG_WORDS] = {1, 20, 300, 40, 5, 600};
        uint8_t *page = fresh_pages(1);
        put_long(page, imms);
        fence_i();
        for (unsigned k = 0; k < 3; k++) {
            uint64_t n = k ? 100000 : 400000, want = 0;
            uint64_t got = code_at((uint64_t)page)(n, 0, 0, 0);
            for (unsigned w = 0; w < LONG_WORDS; w++) {
                want += imms[w] * (w == 2 ? n / 2 : n);
            }
            expect(got, want, "a very long loop", r * 10 + k);
            h = mix(h, got);
            unsigned w = (r + 3 * k) % LONG_WORDS;
            imms[w] += 7;
            patch(page + (w + 1) * LONG_STEP, i_addi(T3, T3, imms[w]));
            fence_i();
        }
    }
    return h;
}

/* ---- instructions that overlap ---- */

/* Code that is entered at an instruction and in its middle. */
static uint64_t test_overlap(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 16 };
    static uint8_t *pages;
    uint64_t h = 0;

    if (!pass) {
        pages = fresh_pages(ROUNDS / 2);
    }
    for (unsigned r = 0; r < ROUNDS; r++) {
        unsigned k = r * 3 % 8;
        uint8_t *to = pages + r / 2 * PAGE + 0x7f0 + (r & 2), *p = to;
        put16(&p, OVERLAP_FIRST);
        put16(&p, OVERLAP_SECOND(k));
        put16(&p, C_RET);
        fence_i();
        unsigned n = phase(r + pass) / 4 + 1;
        Code whole = code_at((uint64_t)to), half = code_at((uint64_t)to + 2);
        for (unsigned i = 0; i < n; i++) {
            uint64_t got = whole(i, 0, 0, 0);
            expect(got, overlap_whole(k, i), "the whole", r);
            got = half(got, 0, 0, 0);
            expect(got, overlap_half(k, overlap_whole(k, i)), "the second half", r);
            h = mix(h, got);
        }
    }
    return h;
}

/* ---- many pages ---- */

enum { NB_MANY = 320 };
static uint8_t *many;
static unsigned many_imm[NB_MANY];

static uint8_t *many_place(unsigned i)
{
    return many + i * PAGE + i * 52 % 4000;
}

static void put_many(unsigned i, unsigned imm)
{
    uint8_t *p = many_place(i), *next = many_place((i + 1) % NB_MANY);

    many_imm[i] = imm;
    put32(&p, i_addi(A0, A0, imm));
    put32(&p, i_andi(T0, A0, 1));
    put32(&p, i_branch(BEQ, T0, X0, 8));
    put32(&p, i_addi(A0, A0, 3));
    if (i == NB_MANY - 1) {
        put32(&p, i_addi(A1, A1, -1));
        put32(&p, i_branch(BNE, A1, X0, 8));
        put32(&p, I_RET);
        put32(&p, i_jalr(X0, A2, 0)); /* too far for jal */
    } else {
        put32(&p, i_jal(X0, next - p));
    }
}

static uint64_t run_many(uint64_t start, unsigned laps)
{
    for (unsigned l = 0; l < laps; l++) {
        for (unsigned i = 0; i < NB_MANY; i++) {
            start += many_imm[i];
            start += start & 1 ? 3 : 0;
        }
    }
    return start;
}

/* A ring through all pages; then all change, then every second, then all. */
static uint64_t test_many(uint64_t pass, uint64_t b)
{
    static const uint16_t laps[] = {500, 1, 130, 500};
    uint64_t h = 0;

    many = fresh_pages(NB_MANY);
    for (unsigned r = 0; r < ARRAY_SIZE(laps); r++) {
        for (unsigned i = 0; i < NB_MANY; i++) {
            if (r != 2 || i & 1) {
                put_many(i, (i * 7 + r * 13) & 0x3ff);
            }
        }
        fence_i();
        uint64_t first = (uint64_t)many_place(0);
        uint64_t got = code_at(first)(r, laps[r], first, 0);
        expect(got, run_many(r, laps[r]), "many pages", r);
        h = mix(h, got);
        /* some change while the others stay, two laps after each */
        for (unsigned i = r; i < NB_MANY; i += 37) {
            put_many(i, i + r);
            fence_i();
            got = code_at(first)(i, 2, first, 0);
            expect(got, run_many(i, 2), "one of many pages", r);
            h = mix(h, got);
        }
    }
    return h;
}

int main(void)
{
    static const struct {
        const char *name;
        Test test;
    } tests[] = {
        {"callee", test_callee},
        {"loops", test_loops},
        {"same stretch", test_same_tb},
        {"late fence.i", test_late_fence},
        {"data", test_data},
        {"targets", test_targets},
        {"tree", test_tree},
        {"overlap", test_overlap},
        {"many pages", test_many},
    };

    paging_with_devices();
    for (unsigned i = 0; i < ARRAY_SIZE(tests); i++) {
        for (unsigned pass = 0; pass < 3; pass++) {
            run_test(tests[i].name, pass & 1 ? S_MODE : M_MODE, tests[i].test, pass);
        }
    }
    run_test("long", S_MODE, test_long, 0);
    paging(false);
    return 0;
}
