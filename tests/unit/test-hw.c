/* Bus, clock, UART, ACLINT, PLIC, RTC, test finisher: register level. */
#include <glib.h>
#include <string.h>

#include "hw/devices.h"
#include "runtime/host.h"

static bool line[16];

static void set_line(void *opaque, unsigned n, bool level)
{
    line[n] = level;
}

static IRQ wire(unsigned n)
{
    line[n] = false;
    return (IRQ){set_line, NULL, n};
}

static uint64_t rd(const BusOps *ops, void *dev, uint64_t offset)
{
    return ops->read(dev, offset, ops->sizes & 4 ? 4 : 1);
}

static void wr(const BusOps *ops, void *dev, uint64_t offset, uint64_t value)
{
    ops->write(dev, offset, value, ops->sizes & 4 ? 4 : 1);
}

/* ---- bus ---- */

static uint64_t echo_read(void *opaque, uint64_t offset, unsigned size)
{
    return UINT64_C(0xffffffff00000000) | offset << 4 | size;
}

static void echo_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    *(uint64_t *)opaque = value;
}

static uint64_t written_addr, written_len;

static void on_written(void *opaque, uint64_t addr, uint64_t len)
{
    written_addr = addr;
    written_len = len;
}

static void test_bus(void)
{
    static const BusOps ops = {echo_read, echo_write, 1 | 4};
    static uint8_t ram[8192];
    uint64_t cell = 0, v;
    Bus *bus = bus_new();
    GString *text = g_string_new(NULL);

    g_assert_false(bus_read(bus, 0, 1, &v));
    bus_add_ram(bus, "ram", 0x80000000, sizeof(ram), ram);
    bus_add_device(bus, "b", 0x2000, 0x100, &ops, &cell);
    bus_add_device(bus, "a", 0x1000, 0x100, &ops, &cell);
    bus_add_device(bus, "end", UINT64_MAX - 0xfff, 0x1000, &ops, &cell);

    g_assert_cmpstr(bus_find(bus, 0x1000)->name, ==, "a");
    g_assert_cmpstr(bus_find(bus, 0x20ff)->name, ==, "b");
    g_assert_cmpstr(bus_find(bus, UINT64_MAX)->name, ==, "end");
    g_assert_null(bus_find(bus, 0x2100));
    g_assert_null(bus_find(bus, 0xfff));

    g_assert_true(bus_read(bus, 0x1004, 4, &v));
    g_assert_cmphex(v, ==, 0x44);
    g_assert_true(bus_write(bus, 0x1004, 1, 0x1234));
    g_assert_cmphex(cell, ==, 0x34);
    g_assert_false(bus_read(bus, 0x1004, 2, &v)); /* size not served */
    g_assert_false(bus_read(bus, 0x1002, 4, &v)); /* misaligned */

    bus_set_write_listener(bus, on_written, NULL);
    g_assert_true(bus_write(bus, 0x80000001, 8, UINT64_C(0x8877665544332211)));
    g_assert_cmphex(written_addr, ==, 0x80000001);
    g_assert_cmphex(written_len, ==, 8);
    g_assert_cmphex(ram[1], ==, 0x11);
    g_assert_true(bus_read(bus, 0x80000003, 2, &v));
    g_assert_cmphex(v, ==, 0x4433);
    g_assert_false(bus_read(bus, 0x80001fff, 2, &v)); /* over the end */

    g_assert_true(bus_ram_ptr(bus, 0x80001000, 4096) == ram + 4096);
    g_assert_null(bus_ram_ptr(bus, 0x80001000, 4097));
    g_assert_null(bus_ram_ptr(bus, 0x80001000, UINT64_MAX));
    g_assert_null(bus_ram_ptr(bus, 0x1000, 1));

    bus_dump(bus, text);
    g_assert_nonnull(strstr(text->str, "0000000080000000-0000000080001fff ram ram"));
    g_assert_true(strstr(text->str, "i/o a") < strstr(text->str, "i/o b"));
    g_string_free(text, TRUE);
    bus_free(bus);
}

/* ---- clock ---- */

static uint64_t insns;
static GString *fired;

static uint64_t get_insns(void *opaque)
{
    return insns;
}

static void fire(void *opaque)
{
    g_string_append(fired, opaque);
}

static unsigned notified;

static void on_notify(void *opaque)
{
    notified++;
}

static int64_t fake_ns;

static int64_t fake_host_ns(void)
{
    return fake_ns;
}

static void test_clock(void)
{
    fake_ns = INT64_C(1) << 60;
    Clock *clk = clock_new(fake_host_ns);
    Timer *a = timer_new(clk, fire, (void *)"a"), *b = timer_new(clk, fire, (void *)"b");
    Timer *c = timer_new(clk, fire, (void *)"c");
    unsigned shift = 0;

    g_assert_false(clock_is_icount(clk, &shift));
    g_assert_cmpint(clock_now(clk), ==, 0);
    fake_ns += 70;
    g_assert_cmpint(clock_now(clk), ==, 70);
    clock_stop(clk);
    fake_ns += 1000;
    g_assert_cmpint(clock_now(clk), ==, 70);
    clock_start(clk);
    fake_ns += 5;
    g_assert_cmpint(clock_now(clk), ==, 75);
    clock_stop(clk);
    clock_start(clk);

    insns = 0;
    clock_set_icount(clk, 3, get_insns, NULL);
    g_assert_true(clock_is_icount(clk, &shift));
    g_assert_cmpuint(shift, ==, 3);
    insns = 10;
    g_assert_cmpint(clock_now(clk), ==, 80);
    clock_warp(clk, 50); /* never back */
    g_assert_cmpint(clock_now(clk), ==, 80);
    clock_warp(clk, 100);
    g_assert_cmpint(clock_now(clk), ==, 100);
    insns = 11;
    g_assert_cmpint(clock_now(clk), ==, 108);

    fired = g_string_new(NULL);
    clock_set_notify(clk, on_notify, NULL);
    notified = 0;
    g_assert_cmpint(clock_deadline(clk), ==, INT64_MAX);
    timer_mod(a, 300);
    timer_mod(b, 200);
    timer_mod(c, 200);
    g_assert_cmpuint(notified, ==, 2); /* c is not earlier */
    g_assert_cmpint(clock_deadline(clk), ==, 200);
    clock_run(clk);
    g_assert_cmpstr(fired->str, ==, "");
    clock_warp(clk, 250);
    clock_run(clk);
    g_assert_cmpstr(fired->str, ==, "bc");
    timer_mod(b, 400);
    timer_mod(a, 500); /* moved behind b */
    timer_del(c);
    timer_mod(c, 450);
    timer_del(c);
    clock_warp(clk, 600);
    clock_run(clk);
    g_assert_cmpstr(fired->str, ==, "bcba");
    timer_mod(a, 700);
    timer_free(a);
    timer_free(b);
    timer_free(c);
    g_string_free(fired, TRUE);
    clock_free(clk);
}

/* ---- UART ---- */

typedef struct TestChr {
    Chardev chr;
    GString *out;
    const uint8_t *in;
    size_t in_len, in_pos;
} TestChr;

static void chr_write(Chardev *chr, const uint8_t *buf, size_t len)
{
    g_string_append_len(((TestChr *)chr)->out, (const char *)buf, len);
}

static void chr_accept(Chardev *chr)
{
    TestChr *t = (TestChr *)chr;
    size_t n = MIN(chr->can_receive(chr->opaque), t->in_len - t->in_pos);

    if (n) {
        t->in_pos += n;
        chr->receive(chr->opaque, t->in + t->in_pos - n, n);
    }
}

static TestChr *chr_new(void)
{
    TestChr *t = g_new0(TestChr, 1);

    t->chr.write = chr_write;
    t->chr.accept_input = chr_accept;
    t->out = g_string_new(NULL);
    return t;
}

static void chr_feed(TestChr *t, const void *in, size_t len)
{
    t->in = in;
    t->in_len = len;
    t->in_pos = 0;
    chr_accept(&t->chr);
}

static void chr_free(TestChr *t)
{
    g_string_free(t->out, TRUE);
    g_free(t);
}

static uint64_t u_rd(UART *u, unsigned reg)
{
    return uart_ops.read(u, reg, 1);
}

static void u_wr(UART *u, unsigned reg, unsigned value)
{
    uart_ops.write(u, reg, value, 1);
}

static void test_uart(void)
{
    TestChr *chr = chr_new();
    UART *u = uart_new(&chr->chr, wire(0));

    /* output, always ready */
    g_assert_cmphex(u_rd(u, 5), ==, 0x60);
    u_wr(u, 0, 'h');
    u_wr(u, 0, 'i');
    g_assert_cmpstr(chr->out->str, ==, "hi");

    /* divisor latch and scratch */
    u_wr(u, 3, 0x83);
    u_wr(u, 0, 0x34);
    u_wr(u, 1, 0x12);
    g_assert_cmphex(u_rd(u, 0), ==, 0x34);
    g_assert_cmphex(u_rd(u, 1), ==, 0x12);
    u_wr(u, 3, 0x03);
    g_assert_cmphex(u_rd(u, 1), ==, 0);
    u_wr(u, 7, 0x5a);
    g_assert_cmphex(u_rd(u, 7), ==, 0x5a);
    g_assert_cmpstr(chr->out->str, ==, "hi");

    /* THRE interrupt: on enabling, cleared by reading IIR, again after a write */
    g_assert_cmphex(u_rd(u, 2), ==, 0x01);
    u_wr(u, 1, 2);
    g_assert_true(line[0]);
    g_assert_cmphex(u_rd(u, 2), ==, 0x02);
    g_assert_false(line[0]);
    g_assert_cmphex(u_rd(u, 2), ==, 0x01);
    u_wr(u, 0, '!');
    g_assert_true(line[0]);
    u_wr(u, 1, 0);
    g_assert_false(line[0]);

    /* nobody listens: input waits outside */
    u_wr(u, 2, 0x81); /* FIFO on, trigger at 8 */
    chr_feed(chr, "0123456789abcdefXYZ", 19);
    g_assert_cmpuint(chr->in_pos, ==, 0);
    u_wr(u, 1, 1);
    g_assert_cmpuint(chr->in_pos, ==, 16);
    g_assert_true(line[0]);
    g_assert_cmphex(u_rd(u, 2), ==, 0xc4); /* above the trigger level */
    for (unsigned i = 0; i < 9; i++) {
        g_assert_cmphex(u_rd(u, 0), ==, '0' + i);
    }
    g_assert_cmphex(u_rd(u, 2), ==, 0xcc); /* below: character timeout */
    for (unsigned i = 9; i < 16; i++) {
        g_assert_cmphex(u_rd(u, 5) & 1, ==, 1);
        u_rd(u, 0);
    }
    g_assert_cmpuint(chr->in_pos, ==, 19); /* drained: asked for more */
    g_assert_cmphex(u_rd(u, 0), ==, 'X');
    u_wr(u, 2, 0x83); /* clears what is left */
    g_assert_cmphex(u_rd(u, 5), ==, 0x60);
    g_assert_false(line[0]);

    /* loopback: modem lines and data */
    u_wr(u, 4, 0x1a);
    g_assert_cmphex(u_rd(u, 6) & 0xf0, ==, 0x90);
    u_rd(u, 6);
    g_assert_cmphex(u_rd(u, 6) & 0x0f, ==, 0);
    u_wr(u, 1, 8);
    u_wr(u, 4, 0x18);
    g_assert_true(line[0]);
    g_assert_cmphex(u_rd(u, 2), ==, 0xc0);
    g_assert_cmphex(u_rd(u, 6), ==, 0x81);
    g_assert_false(line[0]);
    for (unsigned i = 0; i < 17; i++) {
        u_wr(u, 0, i);
    }
    g_assert_cmphex(u_rd(u, 5), ==, 0x63); /* data and overrun */
    g_assert_cmphex(u_rd(u, 5), ==, 0x61);
    g_assert_cmphex(u_rd(u, 0), ==, 0);
    u_wr(u, 2, 0);
    u_wr(u, 4, 0);
    u_rd(u, 6);
    g_assert_cmphex(u_rd(u, 6), ==, 0xb0);
    g_assert_cmpstr(chr->out->str, ==, "hi!");

    /* a driver that starts loses nothing that it has not seen */
    uart_reset(u);
    chr_feed(chr, "kl", 2);
    u_wr(u, 1, 5);
    g_assert_cmpuint(chr->in_pos, ==, 1);
    u_wr(u, 2, 0x81);
    g_assert_cmpuint(chr->in_pos, ==, 2);
    g_assert_cmphex(u_rd(u, 0), ==, 'k');
    u_wr(u, 2, 0x83); /* this one it has: the data ready bit is behind RBR */
    g_assert_cmphex(u_rd(u, 5), ==, 0x60);

    /* a polling reader, and the emulator's own firmware */
    uart_reset(u);
    chr_feed(chr, "pq", 2);
    u_wr(u, 1, 0x0f); /* a driver looking for a 16550 */
    u_wr(u, 1, 0);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmphex(u_rd(u, 5), ==, 0x60);
    }
    g_assert_cmphex(u_rd(u, 5), ==, 0x61);
    g_assert_cmphex(u_rd(u, 0), ==, 'p');
    g_assert_cmphex(u_rd(u, 5), ==, 0x61); /* keeps polling: no delay */
    uart_reset(u);
    chr_feed(chr, "z", 1);
    g_assert_cmpint(uart_getchar(u), ==, 'z');
    g_assert_cmpint(uart_getchar(u), ==, -1);

    uart_free(u);
    chr_free(chr);
}

/* 100 KiB arrive whole through 16 bytes. */
/* The FIFO goes off while it is full, as when Linux closes and opens a tty: nothing may be lost. */
static void test_uart_fifo_off(void)
{
    TestChr *chr = chr_new();
    UART *u = uart_new(&chr->chr, wire(0));
    static const char text[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    g_autoptr(GString) got = g_string_new(NULL);

    u_wr(u, 2, 0x01);
    u_wr(u, 1, 1);
    chr_feed(chr, text, sizeof(text) - 1);
    u_wr(u, 1, 0);
    u_wr(u, 2, 0);
    u_wr(u, 1, 1);
    g_assert_cmpuint(chr->chr.can_receive(chr->chr.opaque), ==, 0);
    u_wr(u, 2, 0x01);
    while (u_rd(u, 5) & 1) {
        g_string_append_c(got, (char)u_rd(u, 0));
    }
    g_assert_true(g_str_has_suffix(text, got->str));
    g_assert_cmpuint(got->len, >=, sizeof(text) - 1 - 16);
    uart_free(u);
    chr_free(chr);
}

static void test_uart_paste(void)
{
    enum { LEN = 100 * 1024 };
    uint8_t *in = g_malloc(LEN), *got = g_malloc(LEN);
    TestChr *chr = chr_new();
    UART *u = uart_new(&chr->chr, wire(0));
    size_t n = 0;

    for (unsigned i = 0; i < LEN; i++) {
        in[i] = i * 31 + (i >> 8);
    }
    u_wr(u, 2, 0x81);
    u_wr(u, 1, 1);
    chr_feed(chr, in, LEN);
    while (n < LEN && line[0]) { /* an interrupt handler that takes up to 5 bytes */
        g_assert_cmphex(u_rd(u, 2) & 4, ==, 4);
        for (unsigned i = 0; i < 5 && n < LEN && (u_rd(u, 5) & 1); i++) {
            got[n++] = u_rd(u, 0);
        }
    }
    g_assert_cmpmem(got, n, in, LEN);
    g_assert_false(line[0]);
    uart_free(u);
    chr_free(chr);
    g_free(in);
    g_free(got);
}

/* ---- ACLINT ---- */

static void test_aclint(void)
{
    Clock *clk = clock_new(host_monotonic_ns);
    ACLINT *a;

    insns = 0;
    clock_set_icount(clk, 0, get_insns, NULL);
    a = aclint_new(clk, wire(0), wire(1), wire(2));
    wr(&aclint_ops, a, 0, 3);
    g_assert_true(line[0]);
    g_assert_cmphex(rd(&aclint_ops, a, 0), ==, 1);
    wr(&aclint_ops, a, 0, 0);
    g_assert_false(line[0]);
    wr(&aclint_ops, a, 4, 1); /* no hart 1 */
    g_assert_cmphex(rd(&aclint_ops, a, 4), ==, 0);

    insns = 1234;
    g_assert_cmpuint(aclint_mtime(a), ==, 12); /* 100 ns a tick */
    g_assert_cmpuint(aclint_ops.read(a, 0xbff8, 8), ==, 12);
    aclint_ops.write(a, 0x4000, 20, 8);
    g_assert_false(line[1]);
    g_assert_cmpint(clock_deadline(clk), ==, 2000);
    insns = 2000;
    clock_run(clk);
    g_assert_true(line[1]);
    wr(&aclint_ops, a, 0x4004, 1); /* halves */
    g_assert_false(line[1]);
    g_assert_cmphex(aclint_ops.read(a, 0x4000, 8), ==, UINT64_C(0x100000014));
    wr(&aclint_ops, a, 0x4004, 0);
    g_assert_true(line[1]);
    aclint_ops.write(a, 0x4000, UINT64_MAX, 8); /* no overflow */
    g_assert_false(line[1]);
    g_assert_cmpint(clock_deadline(clk), ==, INT64_MAX);
    aclint_ops.write(a, 0x4000, UINT64_MAX / 100, 8);
    g_assert_cmpint(clock_deadline(clk), ==, INT64_MAX);

    aclint_set_stimecmp(a, 30);
    g_assert_false(line[2]);
    insns = 3000;
    clock_run(clk);
    g_assert_true(line[2]);
    aclint_set_stimecmp(a, 0);
    g_assert_true(line[2]);
    aclint_set_stimecmp(a, UINT64_MAX);
    g_assert_false(line[2]);

    /* mtime can be set */
    aclint_ops.write(a, 0xbff8, 1000, 8);
    aclint_set_stimecmp(a, 1001);
    g_assert_false(line[2]);
    g_assert_cmpint(clock_deadline(clk), ==, 3100);
    aclint_ops.write(a, 0xbff8, UINT64_MAX - 1, 8);
    g_assert_true(line[2]);
    insns += 300; /* wraps around */
    g_assert_cmpuint(aclint_mtime(a), ==, 1);
    aclint_reset(a);
    g_assert_false(line[2]);
    aclint_free(a);
    clock_free(clk);
}

/* ---- PLIC ---- */

enum { M = 0x200000, S = 0x201000 };

static void test_plic(void)
{
    PLIC *p = plic_new(wire(0), wire(1));
    IRQ in3 = plic_input(p, 3), in40 = plic_input(p, 40), in95 = plic_input(p, 95);

    irq_set(in3, true);
    g_assert_cmphex(rd(&plic_ops, p, 0x1000), ==, 8);
    g_assert_false(line[1]); /* neither priority nor enable */
    wr(&plic_ops, p, 4 * 3, 1);
    g_assert_false(line[1]);
    wr(&plic_ops, p, 0x2080, UINT32_MAX);
    g_assert_cmphex(rd(&plic_ops, p, 0x2080), ==, UINT32_MAX - 1);
    g_assert_true(line[1]);
    g_assert_false(line[0]);

    /* claim: once until completion, although the level stays */
    g_assert_cmpuint(rd(&plic_ops, p, S + 4), ==, 3);
    g_assert_false(line[1]);
    g_assert_cmpuint(rd(&plic_ops, p, S + 4), ==, 0);
    wr(&plic_ops, p, M + 4, 3); /* not enabled there: no completion */
    g_assert_false(line[1]);
    wr(&plic_ops, p, S + 4, 3);
    g_assert_true(line[1]);
    g_assert_cmpuint(rd(&plic_ops, p, S + 4), ==, 3);
    irq_set(in3, false);
    wr(&plic_ops, p, S + 4, 3);
    g_assert_false(line[1]);

    /* a request that was passed on stays */
    irq_set(in3, true);
    irq_set(in3, false);
    g_assert_true(line[1]);
    g_assert_cmpuint(rd(&plic_ops, p, S + 4), ==, 3);
    wr(&plic_ops, p, S + 4, 3);
    g_assert_false(line[1]);

    /* priorities, ties, threshold */
    wr(&plic_ops, p, 0x2084, 1 << 8);
    wr(&plic_ops, p, 0x2088, 1u << 31);
    wr(&plic_ops, p, 4 * 40, 2);
    wr(&plic_ops, p, 4 * 95, 0x1a);
    g_assert_cmpuint(rd(&plic_ops, p, 4 * 95), ==, 2); /* three bits */
    irq_set(in3, true);
    irq_set(in95, true);
    irq_set(in40, true);
    wr(&plic_ops, p, S, 2);
    g_assert_false(line[1]);
    wr(&plic_ops, p, S, 1);
    g_assert_true(line[1]);
    g_assert_cmpuint(rd(&plic_ops, p, S + 4), ==, 40);
    g_assert_cmpuint(rd(&plic_ops, p, S + 4), ==, 95);
    g_assert_false(line[1]);
    g_assert_cmpuint(rd(&plic_ops, p, S + 4), ==, 3); /* below the threshold, yet claimable */

    /* nonsense is ignored */
    wr(&plic_ops, p, S + 4, 96);
    wr(&plic_ops, p, S + 4, UINT32_MAX);
    wr(&plic_ops, p, 0, 7);
    g_assert_cmpuint(rd(&plic_ops, p, 0), ==, 0);
    for (uint64_t o = 0; o < 0x600000; o += 0x7c) {
        rd(&plic_ops, p, o);
        wr(&plic_ops, p, o, UINT32_MAX);
    }
    plic_reset(p);
    g_assert_false(line[0] || line[1]);
    plic_free(p);
}

/* ---- RTC, test finisher ---- */

static int64_t wall;

static int64_t get_wall(void)
{
    return wall + (int64_t)insns;
}

static void test_rtc(void)
{
    Clock *clk = clock_new(host_monotonic_ns);
    RTC *r;
    uint64_t t;

    insns = 0;
    wall = INT64_C(0x123456789abcdef0);
    clock_set_icount(clk, 0, get_insns, NULL);
    r = rtc_new(clk, get_wall, wire(0));
    g_assert_cmphex(rd(&rtc_ops, r, 0), ==, 0x9abcdef0);
    wall += INT64_C(1) << 33;
    g_assert_cmphex(rd(&rtc_ops, r, 4), ==, 0x12345678); /* latched */
    rd(&rtc_ops, r, 0);
    g_assert_cmphex(rd(&rtc_ops, r, 4), ==, 0x1234567a);

    t = (uint64_t)wall + 500;
    wr(&rtc_ops, r, 0x0c, t >> 32);
    wr(&rtc_ops, r, 0x08, (uint32_t)t);
    wr(&rtc_ops, r, 0x10, 1);
    g_assert_cmpuint(rd(&rtc_ops, r, 0x18), ==, 1);
    g_assert_cmpint(clock_deadline(clk), ==, 500);
    insns = 500;
    clock_run(clk);
    g_assert_true(line[0]);
    g_assert_cmpuint(rd(&rtc_ops, r, 0x18), ==, 0);
    wr(&rtc_ops, r, 0x1c, 0);
    g_assert_false(line[0]);

    wr(&rtc_ops, r, 0x08, 0); /* in the past: at once */
    g_assert_true(line[0]);
    wr(&rtc_ops, r, 0x10, 0);
    g_assert_false(line[0]);
    wr(&rtc_ops, r, 0x0c, UINT32_MAX); /* in no one's lifetime */
    wr(&rtc_ops, r, 0x08, UINT32_MAX);
    g_assert_cmpint(clock_deadline(clk), ==, INT64_MAX);
    wr(&rtc_ops, r, 0x14, 0);
    g_assert_cmpuint(rd(&rtc_ops, r, 0x18), ==, 0);

    wr(&rtc_ops, r, 4, 1); /* set the time */
    wr(&rtc_ops, r, 0, 2);
    insns += 7;
    g_assert_cmphex(rd(&rtc_ops, r, 0), ==, 9);
    g_assert_cmphex(rd(&rtc_ops, r, 4), ==, 1);
    rtc_free(r);
    clock_free(clk);
}

static unsigned what_seen, code_seen;

static void on_event(void *opaque, unsigned what, unsigned code)
{
    what_seen = what;
    code_seen = code;
}

static void test_syscon(void)
{
    Syscon s = {on_event, NULL};

    what_seen = 0;
    wr(&syscon_ops, &s, 0, 0x1234);
    wr(&syscon_ops, &s, 4, SYSCON_POWEROFF);
    g_assert_cmphex(what_seen, ==, 0);
    wr(&syscon_ops, &s, 0, SYSCON_POWEROFF);
    g_assert_cmphex(what_seen, ==, SYSCON_POWEROFF);
    wr(&syscon_ops, &s, 0, SYSCON_FAIL | 42 << 16);
    g_assert_cmphex(what_seen, ==, SYSCON_FAIL);
    g_assert_cmpuint(code_seen, ==, 42);
    wr(&syscon_ops, &s, 0, SYSCON_RESET);
    g_assert_cmphex(what_seen, ==, SYSCON_RESET);
    g_assert_cmphex(rd(&syscon_ops, &s, 0), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hw/bus", test_bus);
    g_test_add_func("/hw/clock", test_clock);
    g_test_add_func("/hw/uart", test_uart);
    g_test_add_func("/hw/uart/fifo-off", test_uart_fifo_off);
    g_test_add_func("/hw/uart/paste", test_uart_paste);
    g_test_add_func("/hw/aclint", test_aclint);
    g_test_add_func("/hw/plic", test_plic);
    g_test_add_func("/hw/rtc", test_rtc);
    g_test_add_func("/hw/syscon", test_syscon);
    return g_test_run();
}
