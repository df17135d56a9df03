/*
 * What other threads than the vCPU's do natively: one reads standard input, one compiles. Of use
 * under ThreadSanitizer above all (docs/testing.md).
 */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "hw/bus.h"
#include "runtime/host.h"
#include "runtime/jit.h"
#include "runtime/vm.h"
#include "tests/lib/module-check.h"
#include "tests/lib/tiny.h"

/* ---- the reader of standard input ---- */

enum { INPUT = 1 << 20 };

static uint8_t input_byte(unsigned n)
{
    return (uint8_t)(n * 2654435761u >> 24);
}

static void *writer(void *opaque)
{
    int fd = *(int *)opaque;
    uint8_t buf[5000];

    for (unsigned done = 0; done < INPUT;) {
        unsigned len = MIN((unsigned)sizeof(buf), INPUT - done);
        for (unsigned i = 0; i < len; i++) {
            buf[i] = input_byte(done + i);
        }
        for (unsigned at = 0; at < len;) {
            ssize_t n = write(fd, buf + at, len - at);
            g_assert_cmpint(n, >, 0);
            at += (unsigned)n;
        }
        done += len;
    }
    close(fd);
    return NULL;
}

static void count_wakeup(void *opaque)
{
    __atomic_fetch_add((unsigned *)opaque, 1, __ATOMIC_SEQ_CST);
}

typedef struct Reader {
    unsigned got, rounds;
} Reader;

/* Takes pieces of many sizes, now and then only after the queue has filled up. */
static int64_t read_console(void *opaque)
{
    Reader *r = opaque;
    uint8_t buf[3000];
    size_t n = host_console_read(buf, 1 + r->rounds * 37 % sizeof(buf));

    for (size_t i = 0; i < n; i++) {
        g_assert_cmpuint(buf[i], ==, input_byte(r->got + (unsigned)i));
    }
    r->got += (unsigned)n;
    if (n == 0) {
        return host_console_eof() ? HOST_LOOP_DONE : 100000000;
    }
    if (++r->rounds % 200 == 0) {
        g_usleep(2000);
    }
    return 0;
}

/* A real one ends the process; the native loop does not mind. */
static void ended(void *opaque)
{
    (void)opaque;
}

static void test_console(void)
{
    Reader r = {0, 0};
    unsigned wakeups = 0;
    pthread_t thread;
    int fds[2];

    g_assert_cmpint(pipe(fds), ==, 0);
    g_assert_cmpint(dup2(fds[0], 0), ==, 0);
    close(fds[0]);
    host_set_wakeup(count_wakeup, &wakeups);
    host_console_start(HOST_TERM_RAW);
    g_assert_cmpint(pthread_create(&thread, NULL, writer, &fds[1]), ==, 0);
    host_loop(read_console, ended, &r);
    g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
    host_console_stop();
    host_set_wakeup(NULL, NULL);
    g_assert_cmpuint(r.got, ==, INPUT);
    g_assert_cmpuint(__atomic_load_n(&wakeups, __ATOMIC_SEQ_CST), >, 0);
}

/* ---- the compile worker ---- */

enum { RAM = 1 << 16, FIRST_PAGE = 0x1000, PAGES = 5, LOOPS = 24, ROUNDS = 12 };

static uint8_t ram[RAM];

static void put(uint32_t addr, uint32_t insn)
{
    for (unsigned k = 0; k < 4; k++) {
        ram[addr + k] = (uint8_t)(insn >> (24 - 8 * k));
    }
}

/* do { r2 += step; r1 -= 1 } while (0 < r1), LOOPS times on each page; the sum of all in r2. */
static uint32_t write_loops(unsigned step, unsigned turns)
{
    uint32_t addr = FIRST_PAGE;

    for (unsigned page = 0; page < PAGES; page++) {
        addr = FIRST_PAGE + page * 0x1000;
        for (unsigned k = 0; k < LOOPS; k++, addr += 16) {
            put(addr, tiny_insn(TINY_addi, 1, 0, turns));
            put(addr + 4, tiny_insn(TINY_addi, 2, 2, step));
            put(addr + 8, tiny_insn(TINY_addi, 1, 1, 0xffff));
            put(addr + 12, tiny_insn(TINY_blt, 0, 1, (unsigned)-8));
        }
        put(addr, tiny_insn(TINY_jal, 15, 0, FIRST_PAGE + (page + 1) * 0x1000 - addr));
    }
    put(FIRST_PAGE + PAGES * 0x1000, tiny_insn(TINY_halt, 0, 0, 0));
    return PAGES * LOOPS * turns * step;
}

/* The code changes from round to round while jobs made of the old one are being done. */
static void run_rounds(VM *vm, TinyState *st)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint32_t sum = write_loops(round + 1, 100 + 7 * round);
        bus_ram_written(vm->bus, FIRST_PAGE, (PAGES + 1) * 0x1000);
        memset(st->r, 0, sizeof(st->r));
        st->cs.halted = false;
        st->cs.pc = FIRST_PAGE;
        for (unsigned k = 0; k < 10000 && !st->cs.halted; k++) {
            cpu_exec(&st->cs, 1000);
        }
        g_assert_true(st->cs.halted);
        g_assert_cmpuint(st->r[2], ==, sum);
    }
}

static void test_worker(void)
{
    JitConfig config = {
        .mode = JIT_BATCH,
        .threshold = 4,
        .max_instances = JIT_BATCH_INSTANCES,
        .link = LINK_DIRECT,
        .compile = COMPILE_WORKER,
        .batch = 16,
        .wait = 100,
        .region = 8,
        .samples = 1,
        .compact = JIT_COMPACT,
        .code_cache = 1 << 20,
        .dump_dir = module_check_dir(),
    };
    static VM vm;
    char *error = NULL;

    vm.bus = bus_new();
    vm.clock = clock_new(host_monotonic_ns);
    bus_add_ram(vm.bus, "ram", 0, RAM, ram);
    TinyState *st = (TinyState *)cpu_new(&tiny_ops, &vm);
    cpu_reset(&st->cs);
    g_assert_true(cpu_set_jit(&st->cs, &config, &error));
    run_rounds(&vm, st);
    cpu_reset(&st->cs); /* while a job may be in the worker */
    run_rounds(&vm, st);
    /* What the worker does in a round is the scheduler's choice: that it does enough counts. */
    for (unsigned more = 0; more < 10 && module_check_count() < 2 * ROUNDS; more++) {
        run_rounds(&vm, st);
    }
    cpu_free(&st->cs);
    g_assert_cmpuint(module_check_count(), >=, 2 * ROUNDS);
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    host_init();
    module_check_init();
    g_test_add_func("/threads/console", test_console);
    g_test_add_func("/threads/worker", test_worker);
    g_test_add_func("/threads/modules/wabt", module_check_wabt);
    status = g_test_run();
    module_check_end();
    return status;
}
