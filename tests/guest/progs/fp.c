/* F and D on edge values in every rounding mode: results and flags. */
#include "lib.h"

static const uint64_t singles[] = {
    0xffffffff00000000,                                         /* 0 */
    0xffffffff80000000,                                         /* -0 */
    0xffffffff3f800000,                                         /* 1 */
    0xffffffffbf800000,                                         /* -1 */
    0xffffffff3f800001, 0xffffffff3f7fffff, 0xffffffff3f000000, /* 0.5 */
    0xffffffffbf000000, 0xffffffff3fc00000,                     /* 1.5 */
    0xffffffff40200000,                                         /* 2.5 */
    0xffffffffc0600000,                                         /* -3.5 */
    0xffffffff3eaaaaab,                                         /* 1/3 */
    0xffffffff7f7fffff,                                         /* the largest */
    0xffffffffff7fffff, 0xffffffff00800000,                     /* the smallest normal */
    0xffffffff80800000, 0xffffffff00000001,                     /* subnormals */
    0xffffffff807fffff, 0xffffffff00400000, 0xffffffff7f800000, /* infinities */
    0xffffffffff800000, 0xffffffff7fc00000, /* NaNs: canonical, negative with payload, signalling */
    0xffffffffffc12345, 0xffffffff7f800001, 0xffffffffffbfffff,
    0xffffffff4f000000, /* 2^31 and around */
    0xffffffffcf000000, 0xffffffff4effffff, 0xffffffffcf000001,
    0xffffffff4f800000, 0xffffffff5f000000, /* 2^63, 2^64 */
    0xffffffffdf000000, 0xffffffff5f800000, 0xffffffff1f123456,
    0x000000003f800000, /* not boxed */
    0xfffffffe40000000, 0x7ff0000000000000,
};

static const uint64_t doubles[] = {
    0,
    0x8000000000000000,
    0x3ff0000000000000,
    0xbff0000000000000,
    0x3ff0000000000001,
    0x3fefffffffffffff,
    0x3fe0000000000000,
    0xbfe0000000000000,
    0x3ff8000000000000,
    0x4004000000000000,
    0xc00c000000000000,
    0x3fd5555555555555,
    0x7fefffffffffffff,
    0xffefffffffffffff,
    0x0010000000000000,
    0x8010000000000000,
    0x0000000000000001,
    0x800fffffffffffff,
    0x0008000000000000,
    0x7ff0000000000000,
    0xfff0000000000000,
    0x7ff8000000000000,
    0xfff8000000012345,
    0x7ff0000000000001,
    0xfff7ffffffffffff,
    0x41dfffffffc00000, /* 2^31 - 1 and around */
    0x41e0000000000000,
    0xc1e0000000000000,
    0xc1e0000000200000,
    0x41efffffffe00000, /* 2^32 - 1 */
    0x41f0000000000000,
    0x43dfffffffffffff, /* below 2^63 */
    0x43e0000000000000,
    0xc3e0000000000000,
    0xc3e0000000000001,
    0x43efffffffffffff,
    0x43f0000000000000,
    0x47efffffe0000000, /* the largest single, and above */
    0x47efffffefffffff,
    0x47effffff0000000,
    0x380fffffffffffff, /* rounds up to the smallest normal single */
    0x36a0000000000000, /* the smallest subnormal single and its half */
    0x3690000000000000,
    0x3690000000000001,
    0x3fe0000000000001,
    0xffffffff3f800000, /* a boxed single is a NaN */
};

static const uint64_t integers[] = {
    0,
    1,
    -1ul,
    2,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0xffffffff80000000,
    0x1000001,
    0x1000003,
    0x01ffffff,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x8000000000000001,
    0x0020000000000001,
    0x0020000000000003,
    0x003fffffffffffff,
    0x7ffffffffffffdff,
    0x7ffffffffffffe00,
    0xfffffffffffff400,
    0xfffffffffffffbff,
    0xfffffffffffffc00,
    0xffffff8000000000,
    0x7fffff4000000001,
    0x123456789abcdef0,
};

typedef uint64_t (*Op)(uint64_t a, uint64_t b, uint64_t c);
typedef struct Entry {
    const char *name;
    const Op *ops;
    const char *kind;
    char type;
    bool rounds;
} Entry;

#define RM(name, insn, kind, t)  extern const Op op_##name[];
#define FIX(name, insn, kind, t) extern const Op op_##name[];
#include "fp.inc"
#undef RM
#undef FIX
#define RM(name, insn, kind, t)  {#insn, op_##name, #kind, #t[0], true},
#define FIX(name, insn, kind, t) {#insn, op_##name, #kind, #t[0], false},
static const Entry table[] = {
#include "fp.inc"
};

static unsigned operands(const char *kind)
{
    unsigned n = 0;
    while (kind[n]) {
        n++;
    }
    return n - 1;
}

static uint64_t run(Op op, uint64_t a, uint64_t b, uint64_t c, uint64_t *flags)
{
    csr_write(fflags, 0);
    uint64_t r = op(a, b, c);
    *flags = csr_read(fflags);
    return r;
}

/* One instruction with one first operand and a rounding mode; all second and third operands. */
static uint64_t row(const Entry *e, unsigned rm, const uint64_t *v, unsigned n, unsigned step,
                    uint64_t a)
{
    unsigned ops = operands(e->kind);
    uint64_t h = 0, flags, dyn_flags;

    csr_write(frm, rm);
    for (unsigned i = 0; i < (ops > 1 ? n : 1); i += step) {
        for (unsigned j = 0; j < (ops > 2 ? n : 1); j += step) {
            uint64_t r = run(e->ops[e->rounds ? 5 : 0], a, v[i], v[j], &dyn_flags);
            h = mix(mix(h, r), dyn_flags);
            if (e->rounds) {
                csr_write(frm, 7 - rm);
                uint64_t fixed = run(e->ops[rm], a, v[i], v[j], &flags);
                csr_write(frm, rm);
                check(r == fixed && flags == dyn_flags,
                      "%s %x %x %x, mode %d: dynamic %x flags %b, static %x flags %b", e->name, a,
                      v[i], v[j], (uint64_t)rm, r, (uint32_t)dyn_flags, fixed, (uint32_t)flags);
            }
        }
    }
    return h;
}

static void test_entry(const Entry *e)
{
    const uint64_t *v = e->type == 's' ? singles : e->type == 'd' ? doubles : integers;
    unsigned n = e->type == 's'   ? ARRAY_SIZE(singles)
                 : e->type == 'd' ? ARRAY_SIZE(doubles)
                                  : ARRAY_SIZE(integers);
    unsigned step = operands(e->kind) > 2 ? 3 : 1;

    for (unsigned rm = 0; rm < (e->rounds ? 5 : 1); rm++) {
        uint64_t all = 0;
        for (unsigned i = 0; i < n; i += step) {
            uint64_t h = row(e, rm, v, n, step, v[i]);
            all = mix(all, h);
            if (operands(e->kind) < 2 && rm == 0) {
                csr_write(fflags, 0);
                uint64_t r = e->ops[0](v[i], 0, 0);
                say("%s %x: %x flags %b\n", e->name, v[i], r, (uint32_t)csr_read(fflags));
            } else if (operands(e->kind) > 1) {
                say("%s mode %d, %x: %x\n", e->name, (uint64_t)rm, v[i], h);
            }
        }
        say("%s mode %d: %x\n", e->name, (uint64_t)rm, all);
    }
}

void fp_memory(uint64_t *p);

static void test_memory(void)
{
    static uint64_t buf[8];

    for (unsigned i = 0; i < 8; i++) {
        buf[i] = 0x0123456789abcdef * (i + 1);
    }
    csr_write(fflags, 0);
    fp_memory(buf);
    check(buf[1] == 0xffffffff89abcdef, "flw boxes: %x", buf[1]);
    check(buf[3] == 0x0123456789abcdef, "fld and fsd keep bits: %x", buf[3]);
    check((uint32_t)buf[2] == 0x89abcdef, "fsw stores the low half: %x", buf[2]);
    check(csr_read(fflags) == 0, "loads and stores set flags");
    for (unsigned i = 0; i < 8; i++) {
        say("memory %d: %x\n", (uint64_t)i, buf[i]);
    }
}

/* A few results that need no reference. */
static void test_known(void)
{
    uint64_t third = op_fdiv_d[0](0x3ff0000000000000, 0x4008000000000000, 0);
    check(third == 0x3fd5555555555555, "1/3 is %x", third);
    check(op_fdiv_d[3](0x3ff0000000000000, 0x4008000000000000, 0) == 0x3fd5555555555556, "1/3 up");
    check(op_fsqrt_d[0](0x4000000000000000, 0, 0) == 0x3ff6a09e667f3bcd, "sqrt 2");
    csr_write(fflags, 0);
    check(op_fcvt_w_d[1](0x7ff8000000000000, 0, 0) == 0x7fffffff, "fcvt.w.d of NaN");
    check(csr_read(fflags) == 0x10, "fcvt.w.d of NaN raises NV alone");
    check(op_fcvt_wu_d[1](0xc1e0000000000000, 0, 0) == 0, "fcvt.wu.d of a negative");
    check(op_fcvt_wu_d[1](0x41efffffffe00000, 0, 0) == ~0ul, "fcvt.wu.d is sign-extended");
    check(op_fmin_d[0](0, 0x8000000000000000, 0) == 0x8000000000000000, "fmin of zeros");
    check(op_fadd_s[0](0x3f800000, 0xffffffff3f800000, 0) == 0xffffffff7fc00000, "not boxed");
    csr_write(fflags, 0);
    check(op_fmadd_d[0](0x7ff0000000000000, 0, 0x7ff8000000000000) == 0x7ff8000000000000, "inf*0");
    check(csr_read(fflags) == 0x10, "inf * 0 + qNaN raises NV");
}

int main(void)
{
    for (const Entry *e = table; e < table + ARRAY_SIZE(table); e++) {
        test_entry(e);
    }
    test_memory();
    test_known();
    return 0;
}
