/*
 * A program for the guest's Linux that writes, runs and rewrites code of its own:
 *
 *     selfmod ROUNDS SEED
 *
 * Functions of a few instructions stand on many pages. Each round changes one instruction of some
 * of them, or a whole one, and calls them often; what they return is computed by C as well. It
 * prints `selfmod SEED SUM`, and ends with status 1 when a function returned something else. No C
 * library.
 */
enum { PAGES = 48, PAGE_WORDS = 1024, FUNCTIONS = 4, BODY = 12, CALLS = 300 };

typedef unsigned int u32;
typedef unsigned long u64;
typedef u64 Function(u64 x);

/* x += imm, x ^= imm, x <<= 1, x += x >> 7 (by way of a1) */
typedef struct Step {
    u32 kind;
    int imm;
} Step;

static Step model[PAGES * FUNCTIONS][BODY];
static u64 state;

static long syscall6(long n, long a, long b, long c, long d, long e, long f)
{
    register long a7 __asm__("a7") = n, a0 __asm__("a0") = a, a1 __asm__("a1") = b,
                     a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d, a4 __asm__("a4") = e, a5 __asm__("a5") = f;
    __asm__ volatile("ecall"
                     : "+r"(a0)
                     : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7)
                     : "memory");
    return a0;
}

static u32 random32(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (u32)(state >> 16);
}

static u32 itype(u32 opcode, u32 funct3, u32 rd, u32 rs1, u32 imm)
{
    return (imm & 0xfff) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

/* Each step is two instructions: the second is a nop for most. */
static void put_step(volatile u32 *at, Step s)
{
    const u32 nop = 0x13, add_a0_a1 = 0x00b50533;
    switch (s.kind) {
    case 0:
        at[0] = itype(0x13, 0, 10, 10, (u32)s.imm);
        at[1] = nop;
        break;
    case 1:
        at[0] = itype(0x13, 4, 10, 10, (u32)s.imm);
        at[1] = nop;
        break;
    case 2:
        at[0] = itype(0x13, 1, 10, 10, 1);
        at[1] = nop;
        break;
    default:
        at[0] = itype(0x13, 5, 11, 10, 7);
        at[1] = add_a0_a1;
        break;
    }
}

static u64 expected(const Step *s, u64 x)
{
    for (int i = 0; i < BODY; i++, s++) {
        x = s->kind == 0   ? x + (u64)(long)s->imm
            : s->kind == 1 ? x ^ (u64)(long)s->imm
            : s->kind == 2 ? x << 1
                           : x + (x >> 7);
    }
    return x;
}

static volatile u32 *place(u32 *code, u32 f)
{
    return code + f % PAGES * PAGE_WORDS + f / PAGES * 160;
}

static void change_step(u32 *code, u32 f, u32 i)
{
    Step s = {random32() % 4, (int)(random32() % 4096) - 2048};
    model[f][i] = s;
    put_step(place(code, f) + 2 * i, s);
}

static void new_function(u32 *code, u32 f)
{
    for (u32 i = 0; i < BODY; i++) {
        change_step(code, f, i);
    }
    place(code, f)[2 * BODY] = 0x00008067; /* ret */
}

static u64 number(const char *s)
{
    u64 n = 0;
    while (*s) {
        n = 10 * n + (u64)(*s++ - '0');
    }
    return n;
}

static void text(const char *s)
{
    long n = 0;
    while (s[n]) {
        n++;
    }
    syscall6(64, 1, (long)s, n, 0, 0, 0);
}

static int run(u32 *code, u64 rounds, u64 *sum)
{
    for (u32 f = 0; f < PAGES * FUNCTIONS; f++) {
        new_function(code, f);
    }
    for (u64 round = 0; round < rounds; round++) {
        u32 f = random32() % (PAGES * FUNCTIONS);
        if (random32() % 4 == 0) {
            new_function(code, f);
        } else {
            change_step(code, f, random32() % BODY);
        }
        __asm__ volatile("fence.i" ::: "memory");
        for (u32 k = 0; k < CALLS; k++) {
            u32 g = k % 3 ? f : (f + k) % (PAGES * FUNCTIONS);
            u64 got = ((Function *)(u64)place(code, g))(*sum);
            if (got != expected(model[g], *sum)) {
                text("selfmod: a function returned something else\n");
                return 1;
            }
            *sum = got + k;
        }
    }
    return 0;
}

__attribute__((used)) static void start(long *stack)
{
    char line[64] = "selfmod ", *p = line + 8;
    u64 sum = 1;
    if (stack[0] != 3) {
        text("selfmod ROUNDS SEED\n");
        syscall6(94, 2, 0, 0, 0, 0, 0);
    }
    const char *seed = (const char *)stack[3];
    state = 0x9e3779b97f4a7c15 ^ number(seed) << 20;
    /* anonymous, private, may be read, written and executed */
    u32 *code = (u32 *)syscall6(222, 0, PAGES * PAGE_WORDS * 4, 7, 0x22, -1, 0);
    int status = run(code, number((const char *)stack[2]), &sum);
    while (*seed && p < line + 32) {
        *p++ = *seed++;
    }
    *p++ = ' ';
    for (int shift = 60; shift >= 0; shift -= 4) {
        *p++ = "0123456789abcdef"[sum >> shift & 15];
    }
    *p++ = '\n';
    *p = 0;
    text(line);
    syscall6(94, status, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n mv a0, sp\n andi sp, sp, -16\n tail start\n");
