/*
 * The whole pipeline on the tiny guest: fixed programs for each mechanism, then random programs
 * against an interpreter written here from the same description.
 */
#include <string.h>

#include "hw/bus.h"
#include "runtime/host.h"
#include "runtime/log.h"
#include "runtime/vm.h"
#include "tests/lib/tiny.h"

enum { RAM = 1 << 16, DATA = 0x4000, DATA_SIZE = 256 };

static VM vm;
static uint8_t ram[RAM];
static TinyState *st;

static void put(uint8_t *mem, uint32_t addr, uint32_t insn)
{
    for (unsigned k = 0; k < 4; k++) {
        mem[addr + k] = (uint8_t)(insn >> (24 - 8 * k));
    }
}

static uint32_t get(const uint8_t *mem, uint32_t addr)
{
    return (uint32_t)mem[addr] << 24 | (uint32_t)mem[addr + 1] << 16 |
           (uint32_t)mem[addr + 2] << 8 | mem[addr + 3];
}

static void setup(void)
{
    if (!vm.cpu) {
        vm.bus = bus_new();
        bus_add_ram(vm.bus, "ram", 0, RAM, ram);
        vm.clock = clock_new(host_monotonic_ns);
        st = (TinyState *)cpu_new(&tiny_ops, &vm);
    }
    memset(ram, 0, sizeof(ram));
    cpu_reset(&st->cs);
    st->last_trap = 0;
}

static void run(void)
{
    for (unsigned k = 0; k < 1000 && !st->cs.halted; k++) {
        cpu_exec(&st->cs, 100000);
    }
    g_assert_true(st->cs.halted);
}

static void test_loop(void)
{
    setup();
    /* r1 = 1000; do { r2 += r1; r1 -= 1 } while (0 < r1) */
    put(ram, 0, tiny_insn(TINY_addi, 1, 0, 1000));
    put(ram, 4, tiny_insn(TINY_add, 2, 2, 1));
    put(ram, 8, tiny_insn(TINY_addi, 1, 1, 0xffff));
    put(ram, 12, tiny_insn(TINY_blt, 0, 1, (unsigned)-8));
    put(ram, 16, tiny_insn(TINY_halt, 0, 0, 0));
    run();
    g_assert_cmpuint(st->r[2], ==, 500500);
    g_assert_cmpuint(cpu_insns(&st->cs), >=, 3002);
}

static void test_big_endian(void)
{
    setup();
    put(ram, 0, tiny_insn(TINY_lui, 1, 0, 0x1122));
    put(ram, 4, tiny_insn(TINY_addi, 1, 1, 0x3344));
    put(ram, 8, tiny_insn(TINY_stw, 1, 0, DATA));
    put(ram, 12, tiny_insn(TINY_ldb, 2, 0, DATA));
    put(ram, 16, tiny_insn(TINY_ldh, 3, 0, DATA + 2));
    put(ram, 20, tiny_insn(TINY_swap, 4, 1, 0));
    put(ram, 24, tiny_insn(TINY_halt, 0, 0, 0));
    run();
    g_assert_cmphex(get(ram, DATA), ==, 0x11223344);
    g_assert_cmphex(st->r[2], ==, 0x11);
    g_assert_cmphex(st->r[3], ==, 0x3344);
    g_assert_cmphex(st->r[4], ==, 0x44332211);
}

static void test_faults(void)
{
    setup();
    put(ram, 0, tiny_insn(TINY_addi, 1, 0, 7));
    put(ram, 4, tiny_insn(TINY_lui, 3, 0, 0));
    put(ram, 8, tiny_insn(TINY_addi, 3, 3, 0x7ffe));
    put(ram, 12, tiny_insn(TINY_sth, 1, 3, 1)); /* crosses into the hole: nothing may be written */
    put(ram, 16, tiny_insn(TINY_addi, 1, 0, 9));
    ram[0x7fff] = 0xaa;
    run();
    g_assert_cmpuint(st->last_trap, ==, TINY_TRAP_FAULT);
    g_assert_cmphex(st->trap_addr, ==, 0x8000);
    g_assert_cmphex(st->trap_pc, ==, 12);
    g_assert_cmphex(ram[0x7fff], ==, 0xaa);
    g_assert_cmpuint(st->r[1], ==, 7);

    setup();
    put(ram, 0, tiny_insn(TINY_ldw, 1, 0, DATA + 2));
    run();
    g_assert_cmpuint(st->last_trap, ==, TINY_TRAP_ALIGN);

    setup();
    put(ram, 0, 0xee000000);
    run();
    g_assert_cmpuint(st->last_trap, ==, TINY_TRAP_ILLEGAL);
    g_assert_cmphex(st->trap_addr, ==, 0xee000000);

    setup();
    put(ram, 0, tiny_insn(TINY_addi, 1, 0, 0x7000));
    put(ram, 4, tiny_insn(TINY_add, 1, 1, 1));
    put(ram, 8, tiny_insn(TINY_addi, 1, 1, (unsigned)-0x6000));
    put(ram, 12, tiny_insn(TINY_jr, 0, 1, 0)); /* into the hole */
    run();
    g_assert_cmpuint(st->last_trap, ==, TINY_TRAP_FAULT);
    g_assert_cmphex(st->trap_pc, ==, 0x8000);
}

/* A loop that rewrites its own immediate, and a call to a page that is then rewritten. */
static void test_self_modifying(void)
{
    setup();
    put(ram, 0, tiny_insn(TINY_addi, 1, 0, 5));
    put(ram, 4, tiny_insn(TINY_ldw, 3, 0, 12));
    put(ram, 8, tiny_insn(TINY_jal, 15, 0, 4));
    put(ram, 12, tiny_insn(TINY_addi, 2, 2, 1)); /* becomes +2, +3, ... */
    put(ram, 16, tiny_insn(TINY_addi, 3, 3, 1));
    put(ram, 20, tiny_insn(TINY_stw, 3, 0, 12));
    put(ram, 24, tiny_insn(TINY_addi, 1, 1, 0xffff));
    put(ram, 28, tiny_insn(TINY_blt, 0, 1, (unsigned)-20));
    put(ram, 32, tiny_insn(TINY_halt, 0, 0, 0));
    run();
    g_assert_cmpuint(st->r[2], ==, 1 + 2 + 3 + 4 + 5);
}

/* Code of other pages, a page end in a straight line, DMA into code. */
static void test_pages(void)
{
    setup();
    put(ram, 0, tiny_insn(TINY_addi, 1, 0, 0x1ff8));
    put(ram, 4, tiny_insn(TINY_jr, 0, 1, 0));
    put(ram, 0x1ff8, tiny_insn(TINY_addi, 2, 2, 1));
    put(ram, 0x1ffc, tiny_insn(TINY_addi, 2, 2, 1));
    put(ram, 0x2000, tiny_insn(TINY_addi, 2, 2, 1));
    put(ram, 0x2004, tiny_insn(TINY_halt, 0, 0, 0));
    run();
    g_assert_cmpuint(st->r[2], ==, 3);

    uint64_t before = vm.stats.tbs_retired;
    put(ram, 0x2000, tiny_insn(TINY_addi, 2, 2, 10));
    cpu_phys_write(&st->cs, 0x2000, ram + 0x2000, 4);
    g_assert_cmpuint(vm.stats.tbs_retired, >, before);
    st->cs.halted = false;
    st->cs.pc = 0;
    st->r[2] = 0;
    run();
    g_assert_cmpuint(st->r[2], ==, 12);

    /* a device writes RAM directly and says so */
    put(ram, 0x2000, tiny_insn(TINY_addi, 2, 2, 100));
    bus_ram_written(vm.bus, 0x2000, 4);
    st->cs.halted = false;
    st->cs.pc = 0;
    st->r[2] = 0;
    run();
    g_assert_cmpuint(st->r[2], ==, 102);
}

/* ---- random programs
 * -------------------------------------------------------------------------------- */

typedef struct Ref {
    uint32_t r[16], pc;
    uint8_t mem[RAM];
    bool halted;
} Ref;

static void ref_step(Ref *m)
{
    uint32_t i = get(m->mem, m->pc), next = m->pc + 4, *r = m->r;
    unsigned op = i >> 24, d = i >> 20 & 15, a = i >> 16 & 15, b = i & 15;
    int32_t imm = (int16_t)i;
    uint32_t addr = r[a] + (uint32_t)imm;

    switch (op) {
    case TINY_add: r[d] = r[a] + r[b]; break;
    case TINY_sub: r[d] = r[a] - r[b]; break;
    case TINY_and: r[d] = r[a] & r[b]; break;
    case TINY_or: r[d] = r[a] | r[b]; break;
    case TINY_xor: r[d] = r[a] ^ r[b]; break;
    case TINY_shl: r[d] = r[a] << (r[b] & 31); break;
    case TINY_shr: r[d] = r[a] >> (r[b] & 31); break;
    case TINY_sar: r[d] = (uint32_t)((int32_t)r[a] >> (r[b] & 31)); break;
    case TINY_mul: r[d] = r[a] * r[b]; break;
    case TINY_slt: r[d] = (int32_t)r[a] < (int32_t)r[b]; break;
    case TINY_addi: r[d] = r[a] + (uint32_t)imm; break;
    case TINY_lui: r[d] = (uint32_t)imm << 16; break;
    case TINY_clz: r[d] = r[a] ? (uint32_t)__builtin_clz(r[a]) : 32; break;
    case TINY_swap: r[d] = __builtin_bswap32(r[a]); break;
    case TINY_mac: {
        uint64_t v = r[d] + (uint64_t)r[a] * r[b];
        r[d] = (uint32_t)(v > INT32_MAX ? INT32_MAX : v);
        break;
    }
    case TINY_ldw: r[d] = get(m->mem, addr); break;
    case TINY_ldh: r[d] = (uint32_t)(int16_t)(m->mem[addr] << 8 | m->mem[addr + 1]); break;
    case TINY_ldb: r[d] = m->mem[addr]; break;
    case TINY_stw: put(m->mem, addr, r[d]); break;
    case TINY_sth:
        m->mem[addr] = (uint8_t)(r[d] >> 8);
        m->mem[addr + 1] = (uint8_t)r[d];
        break;
    case TINY_stb: m->mem[addr] = (uint8_t)r[d]; break;
    case TINY_beq: next = r[d] == r[a] ? m->pc + (uint32_t)imm : next; break;
    case TINY_blt: next = (int32_t)r[d] < (int32_t)r[a] ? m->pc + (uint32_t)imm : next; break;
    case TINY_halt: m->halted = true; return;
    default: g_assert_not_reached();
    }
    m->pc = next;
}

/* Memory insns use r14, which stays DATA; branches go forward, so that every program ends. */
static void random_program(GRand *rnd, uint8_t *mem, unsigned n)
{
    put(mem, 0, tiny_insn(TINY_addi, 14, 13, DATA));
    for (unsigned k = 1; k < n; k++) {
        unsigned op = (unsigned)g_rand_int_range(rnd, 0, TINY_jal);
        unsigned d = (unsigned)g_rand_int_range(rnd, 0, 13),
                 a = (unsigned)g_rand_int_range(rnd, 0, 13);
        unsigned imm = g_rand_int(rnd) & 0xffff;
        if (op >= TINY_ldw && op <= TINY_stb) {
            a = 14;
            imm = (unsigned)g_rand_int_range(rnd, 0, DATA_SIZE) &
                  (op == TINY_ldw || op == TINY_stw ? ~3u : ~0u);
        } else if (op >= TINY_beq) {
            imm = 4 * (unsigned)g_rand_int_range(rnd, 1, 8);
        } else if (op != TINY_addi && op != TINY_lui) {
            imm = (unsigned)g_rand_int_range(rnd, 0, 13);
        }
        put(mem, 4 * k, tiny_insn(op, d, a, imm));
    }
    for (unsigned k = n; k < n + 8; k++) {
        put(mem, 4 * k, tiny_insn(TINY_halt, 0, 0, 0));
    }
}

static void test_random(void)
{
    const char *env = g_getenv("WEFT_SEED");
    uint32_t seed = env ? (uint32_t)g_ascii_strtoull(env, NULL, 0) : g_random_int();
    g_autoptr(GRand) rnd = g_rand_new_with_seed(seed);
    Ref *ref = g_new0(Ref, 1);

    g_test_message("WEFT_SEED=%u", seed);
    for (unsigned p = 0; p < 500; p++) {
        setup();
        memset(ref, 0, sizeof(*ref));
        random_program(rnd, ram, 60);
        for (unsigned k = 0; k < DATA_SIZE + 4; k++) {
            ram[DATA + k] = (uint8_t)g_rand_int(rnd);
        }
        for (unsigned k = 0; k < 13; k++) {
            st->r[k] = ref->r[k] = g_rand_boolean(rnd) ? g_rand_int(rnd) : g_rand_int(rnd) & 0xff;
        }
        memcpy(ref->mem, ram, RAM);
        run();
        while (!ref->halted) {
            ref_step(ref);
        }
        if (memcmp(ref->r, st->r, sizeof(ref->r)) || memcmp(ref->mem, ram, RAM)) {
            g_error("program %u of WEFT_SEED=%u differs", p, seed);
        }
    }
    g_free(ref);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tiny/loop", test_loop);
    g_test_add_func("/tiny/big-endian", test_big_endian);
    g_test_add_func("/tiny/faults", test_faults);
    g_test_add_func("/tiny/self-modifying", test_self_modifying);
    g_test_add_func("/tiny/pages", test_pages);
    g_test_add_func("/tiny/random", test_random);
    return g_test_run();
}
