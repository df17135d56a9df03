/* Reserved encodings: a table of them, and sweeps over the opcode space compared with the
 * reference. */
#include "lib.h"

static uint32_t code[4] __attribute__((aligned(16)));
static uint64_t data[64];

/* Runs one instruction in M-mode with a0 = address of data, a1 = b, then ret. */
static void try_word(uint32_t word, uint64_t b)
{
    if ((word & 3) == 3) {
        code[0] = word;
        code[1] = 0x00008067;
    } else {
        code[0] = 0x80820000 | (uint16_t)word;
    }
    fence_i();
    run_at(M_MODE, (uint64_t)code, (uint64_t)&data[32], b);
}

static const uint32_t reserved[] = {
    0x00000000,             /* the defined illegal ones */
    0xffffffff, 0x0000000b, /* custom and reserved major opcodes */
    0x0000002b, 0x0000005b, 0x0000007b, 0x00000057, 0x00000077,
    0x0000006b, 0x0000001f,                                     /* longer than 32 bits */
    0x0000003f, 0x0000005f, 0x0000007f, 0x00057003,             /* loads and stores of no width */
    0x00b54023, 0x00b55023, 0x00b57023, 0x00052063,             /* branches */
    0x00053063, 0x00051067,                                     /* jalr with funct3 */
    0x00057067, 0x04051513,                                     /* slli with funct6 1 */
    0x04055513, 0x80051513, 0x0205151b,                         /* slliw by 32 */
    0x0205551b, 0x4205551b, 0x0005251b,                         /* OP-IMM-32 funct3 2 */
    0x0005351b, 0x04b50533,                                     /* OP with reserved funct7 */
    0x40b51533, 0x40b52533, 0x02b5153b,                         /* mulhw does not exist */
    0x02b5253b, 0x40b5153b, 0x00b5253b, 0x0ab51533,             /* clmul */
    0x0eb55533,                                                 /* czero.eqz */
    0x08b54533,                                                 /* pack (zext.h is in OP-32) */
    0x68755513,                                                 /* brev8 */
    0x08f51513,                                                 /* zip */
    0x60351513,                                                 /* no such unary operation */
    0x28655513, 0x6b755513, 0x0005002f,                         /* AMOs of no width */
    0x0005102f, 0x0005402f, 0x10b5202f,                         /* lr with rs2 */
    0x2805202f,                                                 /* reserved funct5 */
    0x3005202f, 0xf005202f, 0x28b5202f,                         /* amocas, reserved without Zacas */
    0x00b55553,                                                 /* rounding modes 5 and 6 */
    0x00b56553, 0x02b55553, 0x58157553,                         /* fsqrt with rs2 */
    0x04b57553,                                                 /* half and quad precision */
    0x06b57553, 0x20b53553,                                     /* fsgnj with funct3 3 */
    0x28b52553,                                                 /* fminm */
    0xa0b53553,                                                 /* comparison 3 */
    0xa0b54553,                                                 /* fleq, Zfa */
    0xc0457553,                                                 /* fcvt to type 4 */
    0xd0457553, 0x40057553,                                     /* fcvt.s.s */
    0x42157553,                                                 /* fcvt.d.d */
    0xe0152553,                                                 /* fmv.x.w with rs2 */
    0xe0052553, 0xf0051553, 0xf0150553,                         /* fli.s, Zfa */
    0x00050587,                                                 /* FP loads of no width */
    0x00051587, 0x00054587, 0x00b51027, 0x00b54027, 0x04b57543, /* fmadd.h */
    0x06b57543, 0x00004073,                                     /* SYSTEM funct3 4 */
    0x000000f3,                                                 /* ecall with rd */
    0x00008073, 0x00200073,                                     /* uret */
    0x10200173,                                                 /* sret with rd */
    0x302000f3, 0x10508073,                                     /* wfi with rs1 */
    0x12000173,                                                 /* sfence.vma with rd */
    0x16000073,                                                 /* sinval.vma */
    0x22000073,                                                 /* hfence.vvma */
    0x60050573,                                                 /* hlv.b */
    0x00d00073,                                                 /* wrs.nto */
    0x70200073,                                                 /* mnret */
    0x7b200073,                                                 /* dret outside debug mode */
    0x0005200f,                                                 /* cbo.inval and others */
    0x0015200f, 0x0045200f, 0x0005300f, 0x0005700f, 0x0004,     /* c.addi4spn with 0 */
    0x001c,     0x8000,                                         /* quadrant 0, funct3 4 */
    0x8d08,     0x9c41,             /* quadrant 1: c.subw's neighbours */
    0x9d61,     0x9d7d,     0x2001, /* c.addiw x0 */
    0x2005,     0x6101,             /* c.addi16sp 0 */
    0x6501,                         /* c.lui 0 */
    0x4002,                         /* c.lwsp x0 */
    0x6002,                         /* c.ldsp x0 */
    0x8002,                         /* c.jr x0 */
};

static void test_table(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(reserved); i++) {
        uint32_t word = reserved[i];
        uint64_t tval = (word & 3) == 3 ? word : (uint16_t)word;
        try_word(word, 1);
        if (trap.taken && trap.cause == C_ILLEGAL) {
            check(trap.tval == tval && trap.epc == (uint64_t)code, "%w: tval %x, epc %x", word,
                  trap.tval, trap.epc);
        }
        say("%w: %s\n", word, !trap.taken ? "runs" : trap.cause == C_ILLEGAL ? "illegal" : "traps");
        check(trap.taken && trap.cause == C_ILLEGAL, "%w: taken %d, cause %x", word, trap.taken,
              trap.cause);
    }
}

/* One line per row: a hash of which of its encodings are illegal, and how many are not. */
static void sweep(const char *name, uint32_t base, unsigned row_shift, unsigned rows,
                  unsigned column_shift, unsigned columns, unsigned rs2s)
{
    for (unsigned row = 0; row < rows; row++) {
        uint64_t h = 0, legal = 0;
        for (unsigned column = 0; column < columns; column++) {
            for (unsigned rs2 = 0; rs2 < rs2s; rs2++) {
                uint32_t word = base | row << row_shift | column << column_shift;
                word |= rs2s > 1 ? rs2 << 20 : 0;
                try_word(word, 3);
                bool illegal = trap.taken && trap.cause == C_ILLEGAL;
                check(!illegal || trap.tval == word, "%w: tval %x", word, trap.tval);
                legal += !illegal;
                h = mix(h, illegal);
            }
        }
        if (legal) {
            say("%s %b: %d legal, %x\n", name, row, legal, h);
        }
    }
}

/* All 16-bit encodings that are neither jumps nor change ra or sp. */
static void sweep_compressed(void)
{
    for (unsigned high = 0; high < 256; high++) {
        uint64_t h = 0, legal = 0;
        for (unsigned low = 0; low < 256; low++) {
            uint32_t word = high << 8 | low;
            unsigned quadrant = word & 3, funct3 = word >> 13, rd = word >> 7 & 31;
            bool jump = (quadrant == 1 && (funct3 == 5 || funct3 == 6 || funct3 == 7)) ||
                        (quadrant == 2 && funct3 == 4 && !(word & 0x7c) && rd);
            bool memory =
                quadrant != 1 && funct3 != 4 && (quadrant == 0 ? funct3 != 0 : funct3 != 0);
            bool link = quadrant != 0 && (rd == 1 || rd == 2);
            if (quadrant == 3 || jump || link || (memory && quadrant == 0) || word == 0x9002) {
                continue;
            }
            if (memory && (funct3 == 5 || funct3 == 6 || funct3 == 7)) {
                continue; /* stores to the stack */
            }
            try_word(word, 3);
            bool illegal = trap.taken && trap.cause == C_ILLEGAL;
            check(!illegal || trap.tval == word, "%w: tval %x", word, trap.tval);
            legal += !illegal;
            h = mix(h, illegal);
        }
        say("compressed %b: %d legal, %x\n", high, legal, h);
    }
}

int main(void)
{
    test_table();
    /* rd = a0 or fa0, rs1 = a0 (an address), rs2 = a1 or swept */
    sweep("OP", 0x00b50533, 25, 128, 12, 8, 1);
    sweep("OP-32", 0x00b5053b, 25, 128, 12, 8, 1);
    sweep("OP-IMM", 0x00050513, 25, 128, 12, 8, 32);
    sweep("OP-IMM-32", 0x0005051b, 25, 128, 12, 8, 32);
    sweep("AMO", 0x0005052f, 25, 128, 12, 8, 2);
    sweep("OP-FP", 0x00050553, 25, 128, 12, 8, 32);
    sweep("MADD", 0x00b50543, 25, 4, 12, 8, 1);
    sweep("LOAD", 0x00050503, 12, 8, 20, 2, 1);
    sweep("LOAD-FP", 0x00050507, 12, 8, 20, 2, 1);
    sweep("STORE", 0x00b50023, 12, 8, 7, 2, 1);
    sweep("STORE-FP", 0x00b50027, 12, 8, 7, 2, 1);
    sweep("MISC-MEM", 0x0000000f, 12, 8, 20, 1, 1);
    sweep_compressed();
    return 0;
}
