/* Virtio: transport, split rings made by hand, good and malformed, and the devices behind them. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "hw/virtio.h"

enum { RAM_SIZE = 1 << 20 };
#define RAM      UINT64_C(0x80000000)
#define DESC     (RAM + 0x1000)
#define AVAIL    (RAM + 0x3000)
#define USED     (RAM + 0x4000)
#define INDIRECT (RAM + 0x5000)
#define DATA     (RAM + 0x10000)
enum { NUM = 16, Q_STRIDE = 0x20000 }; /* rings of queue q lie q * Q_STRIDE further up */
enum { F_NEXT = 1, F_WRITE = 2, F_INDIRECT = 4 };

typedef struct Fix {
    Bus *bus;
    uint8_t ram[RAM_SIZE];
    VirtIODevice *vdev;
    bool irq;
    uint16_t avail_idx[2];
    uint64_t written; /* bytes that the listener was told of */
} Fix;

static void set_irq(void *opaque, unsigned n, bool level)
{
    ((Fix *)opaque)->irq = level;
}

static void on_written(void *opaque, uint64_t addr, uint64_t len)
{
    ((Fix *)opaque)->written += len;
}

static Fix *fix_new(void)
{
    Fix *f = g_new0(Fix, 1);

    f->bus = bus_new();
    bus_add_ram(f->bus, "ram", RAM, RAM_SIZE, f->ram);
    bus_set_write_listener(f->bus, on_written, f);
    return f;
}

static IRQ fix_irq(Fix *f)
{
    return (IRQ){set_irq, f, 0};
}

static void fix_free(Fix *f)
{
    virtio_free(f->vdev);
    bus_free(f->bus);
    g_free(f);
}

static uint32_t rd(Fix *f, unsigned reg)
{
    return virtio_mmio_ops.read(f->vdev, reg, 4);
}

static void wr(Fix *f, unsigned reg, uint32_t value)
{
    virtio_mmio_ops.write(f->vdev, reg, value, 4);
}

static void st(Fix *f, uint64_t addr, uint64_t value, unsigned size)
{
    g_assert_true(addr - RAM <= RAM_SIZE - size);
    for (unsigned i = 0; i < size; i++) {
        f->ram[addr - RAM + i] = value >> (8 * i);
    }
}

static uint64_t ld(Fix *f, uint64_t addr, unsigned size)
{
    uint64_t v = 0;

    g_assert_true(addr - RAM <= RAM_SIZE - size);
    for (unsigned i = 0; i < size; i++) {
        v |= (uint64_t)f->ram[addr - RAM + i] << (8 * i);
    }
    return v;
}

static void setup_queue(Fix *f, unsigned q, uint32_t num)
{
    wr(f, 0x030, q);
    wr(f, 0x038, num);
    wr(f, 0x080, (uint32_t)(DESC + q * Q_STRIDE));
    wr(f, 0x084, 0);
    wr(f, 0x090, (uint32_t)(AVAIL + q * Q_STRIDE));
    wr(f, 0x094, 0);
    wr(f, 0x0a0, (uint32_t)(USED + q * Q_STRIDE));
    wr(f, 0x0a4, 0);
    wr(f, 0x044, 1);
}

static void features(Fix *f, uint64_t set)
{
    wr(f, 0x070, 0);
    wr(f, 0x070, 1);
    wr(f, 0x070, 3);
    wr(f, 0x024, 0);
    wr(f, 0x020, (uint32_t)set);
    wr(f, 0x024, 1);
    wr(f, 0x020, set >> 32);
    wr(f, 0x070, 11);
}

static void start(Fix *f, uint64_t set)
{
    memset(f->ram, 0, DATA - RAM);
    memset(f->avail_idx, 0, sizeof(f->avail_idx));
    f->written = 0;
    features(f, set | VIRTIO_BIT(VIRTIO_F_VERSION_1) | VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC));
    g_assert_cmphex(rd(f, 0x070), ==, 11);
    for (unsigned q = 0; q < f->vdev->cls->nb_queues; q++) {
        setup_queue(f, q, NUM);
        g_assert_cmpuint(rd(f, 0x044), ==, 1);
    }
    wr(f, 0x070, 15);
}

static void desc(Fix *f, uint64_t table, unsigned i, uint64_t addr, uint32_t len, unsigned flags,
                 unsigned next)
{
    st(f, table + 16 * i, addr, 8);
    st(f, table + 16 * i + 8, len, 4);
    st(f, table + 16 * i + 12, flags, 2);
    st(f, table + 16 * i + 14, next, 2);
}

static void offer(Fix *f, unsigned q, unsigned head)
{
    uint64_t avail = AVAIL + q * Q_STRIDE;

    st(f, avail + 4 + 2 * (f->avail_idx[q]++ % NUM), head, 2);
    st(f, avail + 2, f->avail_idx[q], 2);
    wr(f, 0x050, q);
}

static bool broken(Fix *f)
{
    return rd(f, 0x070) & VIRTIO_STATUS_NEEDS_RESET;
}

/* ---- a disk in memory ---- */

typedef struct MemDisk {
    BlockBackend blk;
    uint8_t bytes[64 * 512 + 100];
    unsigned flushes;
    int fail;
} MemDisk;

static int mem_read(BlockBackend *blk, uint64_t offset, void *buf, uint64_t len)
{
    MemDisk *d = (MemDisk *)blk;

    g_assert_true(offset <= blk->size && len <= blk->size - offset);
    memcpy(buf, d->bytes + offset, len);
    return d->fail;
}

static int mem_write(BlockBackend *blk, uint64_t offset, const void *buf, uint64_t len)
{
    MemDisk *d = (MemDisk *)blk;

    g_assert_true(!blk->readonly && offset <= blk->size && len <= blk->size - offset);
    memcpy(d->bytes + offset, buf, len);
    return d->fail;
}

static int mem_flush(BlockBackend *blk)
{
    ((MemDisk *)blk)->flushes++;
    return ((MemDisk *)blk)->fail;
}

static MemDisk *disk_new(bool readonly)
{
    MemDisk *d = g_new0(MemDisk, 1);

    d->blk = (BlockBackend){sizeof(d->bytes), readonly,  "/some/where/disk.img",
                            mem_read,         mem_write, mem_flush};
    for (unsigned i = 0; i < sizeof(d->bytes); i++) {
        d->bytes[i] = i * 7 + (i >> 9);
    }
    return d;
}

enum { T_IN, T_OUT, T_FLUSH = 4, T_GET_ID = 8 };
#define HDR    DATA
#define STATUS (DATA + 0x100)
#define BUF    (DATA + 0x1000)

/* Header, `len` bytes at BUF in two pieces, status; returns the status byte. */
static unsigned blk_request(Fix *f, unsigned type, uint64_t sector, uint32_t len, bool write)
{
    unsigned i = 0, dir = write ? F_WRITE : 0;

    st(f, HDR, type, 4);
    st(f, HDR + 8, sector, 8);
    st(f, STATUS, 0xee, 1);
    desc(f, DESC, i, HDR, 16, F_NEXT, i + 1);
    i++;
    if (len > 10) {
        desc(f, DESC, i, BUF, 10, F_NEXT | dir, i + 1);
        i++;
        desc(f, DESC, i, BUF + 10, len - 10, F_NEXT | dir, i + 1);
        i++;
    }
    desc(f, DESC, i, STATUS, 1, F_WRITE, 0);
    offer(f, 0, 0);
    return ld(f, STATUS, 1);
}

static void test_transport(void)
{
    Fix *f = fix_new();
    MemDisk *d = disk_new(true);
    uint64_t all;

    f->vdev = virtio_blk_new(f->bus, fix_irq(f), &d->blk);
    g_assert_cmphex(rd(f, 0x000), ==, 0x74726976);
    g_assert_cmphex(rd(f, 0x004), ==, 2);
    g_assert_cmphex(rd(f, 0x008), ==, 2);
    wr(f, 0x014, 0);
    all = rd(f, 0x010);
    wr(f, 0x014, 1);
    all |= (uint64_t)rd(f, 0x010) << 32;
    wr(f, 0x014, 2);
    g_assert_cmphex(rd(f, 0x010), ==, 0);
    g_assert_true(all & VIRTIO_BIT(VIRTIO_F_VERSION_1));
    g_assert_true(all & VIRTIO_BIT(5)); /* read-only */
    g_assert_cmphex(rd(f, 0x0b0), ==, UINT32_MAX);

    /* features: unknown ones and legacy drivers are refused, a subset is fine */
    features(f, all | VIRTIO_BIT(13));
    g_assert_cmphex(rd(f, 0x070), ==, 3);
    features(f, VIRTIO_BIT(9));
    g_assert_cmphex(rd(f, 0x070), ==, 3);
    features(f, VIRTIO_BIT(VIRTIO_F_VERSION_1));
    g_assert_cmphex(rd(f, 0x070), ==, 11);
    wr(f, 0x024, 0);
    wr(f, 0x020, UINT32_MAX); /* too late */
    g_assert_cmphex(f->vdev->driver_features, ==, VIRTIO_BIT(VIRTIO_F_VERSION_1));

    /* queues */
    wr(f, 0x030, 0);
    g_assert_cmpuint(rd(f, 0x034), ==, 256);
    wr(f, 0x030, 1);
    g_assert_cmpuint(rd(f, 0x034), ==, 0);
    wr(f, 0x044, 1);
    g_assert_cmpuint(rd(f, 0x044), ==, 0);
    setup_queue(f, 0, NUM);
    g_assert_cmpuint(rd(f, 0x044), ==, 1);
    wr(f, 0x038, 3); /* fixed while ready */
    g_assert_cmpuint(f->vdev->vq[0].num, ==, NUM);
    wr(f, 0x044, 0);
    g_assert_cmpuint(rd(f, 0x044), ==, 0);

    /* configuration space: any width, nothing behind its end */
    g_assert_cmpuint(virtio_mmio_ops.read(f->vdev, 0x100, 8), ==, 64);
    g_assert_cmpuint(virtio_mmio_ops.read(f->vdev, 0x114, 2), ==, 512);
    g_assert_cmpuint(virtio_mmio_ops.read(f->vdev, 0x118, 1), ==, 3);
    g_assert_cmphex(virtio_mmio_ops.read(f->vdev, 0xff8, 8), ==, 0);
    g_assert_cmphex(virtio_mmio_ops.read(f->vdev, 0x070, 1), ==, 0);

    /* reset */
    wr(f, 0x070, 0);
    g_assert_cmphex(rd(f, 0x070), ==, 0);
    g_assert_cmphex(f->vdev->driver_features, ==, 0);
    fix_free(f);
    g_free(d);
}

static void test_blk(void)
{
    Fix *f = fix_new();
    MemDisk *d = disk_new(false);
    char id[21] = {0};

    f->vdev = virtio_blk_new(f->bus, fix_irq(f), &d->blk);
    start(f, VIRTIO_BIT(9));
    g_assert_cmpuint(blk_request(f, T_IN, 3, 1024, true), ==, 0);
    g_assert_cmpmem(f->ram + (BUF - RAM), 1024, d->bytes + 3 * 512, 1024);
    g_assert_cmpuint(ld(f, USED + 2, 2), ==, 1);
    g_assert_cmpuint(ld(f, USED + 4, 4), ==, 0);
    g_assert_cmpuint(ld(f, USED + 8, 4), ==, 1025);
    g_assert_cmpuint(f->written, >=, 1025 + 8 + 2);
    g_assert_true(f->irq);
    g_assert_cmpuint(rd(f, 0x060), ==, 1);
    wr(f, 0x064, 1);
    g_assert_false(f->irq);

    memset(f->ram + (BUF - RAM), 0xa5, 512);
    g_assert_cmpuint(blk_request(f, T_OUT, 63, 512, false), ==, 0);
    g_assert_cmphex(d->bytes[63 * 512], ==, 0xa5);
    g_assert_cmphex(d->bytes[64 * 512 - 1], ==, 0xa5);
    g_assert_cmphex(d->bytes[64 * 512], ==, (uint8_t)(64 * 512 * 7 + 64));
    g_assert_cmpuint(d->flushes, ==, 0);
    g_assert_cmpuint(blk_request(f, T_FLUSH, 0, 0, false), ==, 0);
    g_assert_cmpuint(d->flushes, ==, 1);

    g_assert_cmpuint(blk_request(f, T_GET_ID, 0, 20, true), ==, 0);
    memcpy(id, f->ram + (BUF - RAM), 20);
    g_assert_cmpstr(id, ==, "disk.img");

    /* refused politely */
    g_assert_cmpuint(blk_request(f, T_IN, 63, 1024, true), ==, 1);
    g_assert_cmpuint(blk_request(f, T_OUT, 64, 512, false), ==, 1);
    g_assert_cmpuint(blk_request(f, T_IN, UINT64_MAX, 512, true), ==, 1);
    g_assert_cmpuint(blk_request(f, T_IN, UINT64_MAX / 512, 512, true), ==, 1);
    g_assert_cmpuint(blk_request(f, T_IN, 0, 500, true), ==, 1);
    g_assert_cmpuint(blk_request(f, 11, 0, 512, false), ==, 2); /* discard: not offered */
    d->fail = -EIO;
    g_assert_cmpuint(blk_request(f, T_IN, 0, 512, true), ==, 1);
    g_assert_cmpuint(blk_request(f, T_OUT, 0, 512, false), ==, 1);
    g_assert_cmpuint(blk_request(f, T_FLUSH, 0, 0, false), ==, 1);
    d->fail = 0;
    g_assert_false(broken(f));

    /* without FLUSH, writes go through */
    d->flushes = 0;
    start(f, 0);
    g_assert_cmpuint(blk_request(f, T_OUT, 1, 512, false), ==, 0);
    g_assert_cmpuint(d->flushes, ==, 1);

    /* all through one indirect table, header split in two, more requests than the ring is long */
    st(f, HDR, T_IN, 4);
    st(f, HDR + 8, 5, 8);
    for (unsigned i = 0; i < 3 * NUM; i++) {
        st(f, STATUS, 0xee, 1);
        desc(f, INDIRECT, 0, HDR, 7, F_NEXT, 1);
        desc(f, INDIRECT, 1, HDR + 7, 9, F_NEXT, 3);
        desc(f, INDIRECT, 3, BUF, 512, F_NEXT | F_WRITE, 2);
        desc(f, INDIRECT, 2, STATUS, 1, F_WRITE, 0);
        desc(f, DESC, i % NUM, INDIRECT, 64, F_INDIRECT, 0);
        offer(f, 0, i % NUM);
        g_assert_cmpuint(ld(f, STATUS, 1), ==, 0);
        g_assert_cmpuint(ld(f, USED + 2, 2), ==, i + 2);
    }
    g_assert_cmpmem(f->ram + (BUF - RAM), 512, d->bytes + 5 * 512, 512);
    fix_free(f);
    g_free(d);
}

static void test_blk_readonly(void)
{
    Fix *f = fix_new();
    MemDisk *d = disk_new(true);

    f->vdev = virtio_blk_new(f->bus, fix_irq(f), &d->blk);
    start(f, VIRTIO_BIT(5));
    g_assert_cmpuint(blk_request(f, T_OUT, 0, 512, false), ==, 1);
    g_assert_cmpuint(blk_request(f, T_IN, 0, 512, true), ==, 0);
    fix_free(f);
    g_free(d);
}

/* Interrupt suppression by flag and by event index. */
static void test_events(void)
{
    Fix *f = fix_new();
    MemDisk *d = disk_new(false);

    f->vdev = virtio_blk_new(f->bus, fix_irq(f), &d->blk);
    start(f, 0);
    st(f, AVAIL, 1, 2); /* VIRTQ_AVAIL_F_NO_INTERRUPT */
    blk_request(f, T_FLUSH, 0, 0, false);
    g_assert_false(f->irq);

    start(f, VIRTIO_BIT(VIRTIO_F_EVENT_IDX));
    st(f, AVAIL + 4 + 2 * NUM, 1, 2); /* tell of the second one */
    blk_request(f, T_FLUSH, 0, 0, false);
    g_assert_false(f->irq);
    g_assert_cmpuint(ld(f, USED + 4 + 8 * NUM, 2), ==, 1); /* avail_event */
    blk_request(f, T_FLUSH, 0, 0, false);
    g_assert_true(f->irq);
    wr(f, 0x064, 1);
    blk_request(f, T_FLUSH, 0, 0, false);
    g_assert_false(f->irq);
    g_assert_cmpuint(ld(f, USED + 4 + 8 * NUM, 2), ==, 3);
    fix_free(f);
    g_free(d);
}

/* ---- malformed rings: each puts the device into NEEDS_RESET, and a reset brings it back ---- */

typedef void (*Malform)(Fix *f);

static void bad_loop(Fix *f)
{
    desc(f, DESC, 0, HDR, 16, F_NEXT, 0);
    offer(f, 0, 0);
}

static void bad_next(Fix *f)
{
    desc(f, DESC, 0, HDR, 16, F_NEXT, NUM);
    offer(f, 0, 0);
}

static void bad_head(Fix *f)
{
    offer(f, 0, NUM);
}

static void bad_address(Fix *f)
{
    desc(f, DESC, 0, RAM - 8, 16, 0, 0);
    offer(f, 0, 0);
}

static void bad_length(Fix *f)
{
    desc(f, DESC, 0, HDR, UINT32_MAX, 0, 0);
    offer(f, 0, 0);
}

static void bad_wrap(Fix *f)
{
    desc(f, DESC, 0, UINT64_MAX - 3, 16, 0, 0);
    offer(f, 0, 0);
}

static void bad_zero(Fix *f)
{
    desc(f, DESC, 0, HDR, 0, 0, 0);
    offer(f, 0, 0);
}

static void bad_order(Fix *f)
{
    desc(f, DESC, 0, STATUS, 1, F_NEXT | F_WRITE, 1);
    desc(f, DESC, 1, HDR, 16, 0, 0);
    offer(f, 0, 0);
}

static void bad_avail_idx(Fix *f)
{
    st(f, AVAIL + 2, NUM + 1, 2);
    wr(f, 0x050, 0);
}

static void bad_nested(Fix *f)
{
    desc(f, INDIRECT, 0, INDIRECT, 16, F_INDIRECT, 0);
    desc(f, DESC, 0, INDIRECT, 16, F_INDIRECT, 0);
    offer(f, 0, 0);
}

static void bad_indirect_next(Fix *f)
{
    desc(f, INDIRECT, 0, HDR, 16, 0, 0);
    desc(f, DESC, 0, INDIRECT, 16, F_INDIRECT | F_NEXT, 1);
    offer(f, 0, 0);
}

static void bad_indirect_size(Fix *f)
{
    desc(f, DESC, 0, INDIRECT, 24, F_INDIRECT, 0);
    offer(f, 0, 0);
}

static void bad_indirect_address(Fix *f)
{
    desc(f, DESC, 0, RAM + RAM_SIZE - 16, 32, F_INDIRECT, 0);
    offer(f, 0, 0);
}

static void bad_indirect_loop(Fix *f)
{
    desc(f, INDIRECT, 0, HDR, 16, F_NEXT, 1);
    desc(f, INDIRECT, 1, HDR, 16, F_NEXT, 0);
    desc(f, DESC, 0, INDIRECT, 32, F_INDIRECT, 0);
    offer(f, 0, 0);
}

static void bad_too_long(Fix *f)
{
    for (unsigned i = 0; i <= NUM; i++) {
        desc(f, INDIRECT, i, HDR, 16, i < NUM ? F_NEXT : 0, i + 1);
    }
    desc(f, DESC, 0, INDIRECT, 16 * (NUM + 1), F_INDIRECT, 0);
    offer(f, 0, 0);
}

static void bad_short_header(Fix *f)
{
    desc(f, DESC, 0, HDR, 15, F_NEXT, 1);
    desc(f, DESC, 1, STATUS, 1, F_WRITE, 0);
    offer(f, 0, 0);
}

static void bad_no_status(Fix *f)
{
    desc(f, DESC, 0, HDR, 16, 0, 0);
    offer(f, 0, 0);
}

static void bad_queue_size(Fix *f)
{
    wr(f, 0x044, 0);
    setup_queue(f, 0, 12);
}

static void bad_queue_huge(Fix *f)
{
    wr(f, 0x044, 0);
    setup_queue(f, 0, 512);
}

static void bad_queue_place(Fix *f)
{
    wr(f, 0x044, 0);
    wr(f, 0x038, NUM);
    wr(f, 0x080, 0x1000);
    wr(f, 0x044, 1);
}

static const struct {
    const char *name;
    Malform make;
} malformed[] = {
    {"loop", bad_loop},
    {"next", bad_next},
    {"head", bad_head},
    {"address", bad_address},
    {"length", bad_length},
    {"address-wrap", bad_wrap},
    {"zero-length", bad_zero},
    {"order", bad_order},
    {"avail-idx", bad_avail_idx},
    {"indirect-nested", bad_nested},
    {"indirect-next", bad_indirect_next},
    {"indirect-size", bad_indirect_size},
    {"indirect-address", bad_indirect_address},
    {"indirect-loop", bad_indirect_loop},
    {"too-long", bad_too_long},
    {"short-header", bad_short_header},
    {"no-status", bad_no_status},
    {"queue-size", bad_queue_size},
    {"queue-huge", bad_queue_huge},
    {"queue-place", bad_queue_place},
};

static void test_malformed(gconstpointer data)
{
    Fix *f = fix_new();
    MemDisk *d = disk_new(false);

    f->vdev = virtio_blk_new(f->bus, fix_irq(f), &d->blk);
    start(f, 0);
    malformed[GPOINTER_TO_UINT(data)].make(f);
    g_assert_true(broken(f));
    g_assert_cmpuint(rd(f, 0x060) & 2, ==, 2); /* configuration change */
    g_assert_true(f->irq);
    wr(f, 0x070, 15);
    g_assert_true(broken(f)); /* the driver cannot clear it */
    wr(f, 0x050, 0);
    g_assert_cmpuint(ld(f, USED + 2, 2), ==, 0);
    start(f, 0);
    g_assert_cmpuint(blk_request(f, T_IN, 0, 512, true), ==, 0);
    fix_free(f);
    g_free(d);
}

/* ---- entropy, console ---- */

static void fill_random(void *buf, size_t len)
{
    memset(buf, 0x77, len);
}

static void test_rng(void)
{
    Fix *f = fix_new();

    f->vdev = virtio_rng_new(f->bus, fix_irq(f), fill_random);
    g_assert_cmpuint(rd(f, 0x008), ==, 4);
    start(f, 0);
    desc(f, DESC, 0, BUF, 10, F_WRITE | F_NEXT, 1);
    desc(f, DESC, 1, BUF + 100, 20, F_WRITE, 0);
    offer(f, 0, 0);
    g_assert_cmpuint(ld(f, USED + 8, 4), ==, 30);
    g_assert_cmphex(ld(f, BUF + 8, 4), ==, 0x7777);
    g_assert_cmphex(ld(f, BUF + 119, 2), ==, 0x77);

    /* The buffer is the ring itself: every answer makes new work, but not for ever. */
    start(f, 0);
    desc(f, DESC, 0, AVAIL, 4, F_WRITE, 0);
    offer(f, 0, 0);
    g_assert_true(broken(f));
    fix_free(f);
}

typedef struct TestChr {
    Chardev chr;
    GString *out;
    const char *in;
} TestChr;

static void chr_write(Chardev *chr, const uint8_t *buf, size_t len)
{
    g_string_append_len(((TestChr *)chr)->out, (const char *)buf, len);
}

static void chr_accept(Chardev *chr)
{
    TestChr *t = (TestChr *)chr;
    size_t n = MIN(chr->can_receive(chr->opaque), strlen(t->in));

    t->in += n;
    if (n) {
        chr->receive(chr->opaque, (const uint8_t *)t->in - n, n);
    }
}

static void test_console(void)
{
    Fix *f = fix_new();
    TestChr chr = {{.write = chr_write, .accept_input = chr_accept}, g_string_new(NULL), NULL};
    g_autofree char *in = g_strnfill(10000, 'i');

    f->vdev = virtio_console_new(f->bus, fix_irq(f), &chr.chr);
    chr.in = "early";
    chr_accept(&chr.chr);
    g_assert_cmpstr(chr.in, ==, "early"); /* no driver yet */
    start(f, 0);

    memcpy(f->ram + (BUF - RAM), "hello", 5);
    desc(f, DESC + Q_STRIDE, 0, BUF, 2, F_NEXT, 1);
    desc(f, DESC + Q_STRIDE, 1, BUF + 2, 3, 0, 0);
    offer(f, 1, 0);
    g_assert_cmpstr(chr.out->str, ==, "hello");
    g_assert_cmpuint(ld(f, USED + Q_STRIDE + 2, 2), ==, 1);

    chr_accept(&chr.chr);
    desc(f, DESC, 0, BUF, 3, F_WRITE, 0);
    desc(f, DESC, 1, BUF + 16, 100, F_WRITE, 0);
    offer(f, 0, 0);
    g_assert_cmpuint(ld(f, USED + 8, 4), ==, 3);
    g_assert_cmpmem(f->ram + (BUF - RAM), 3, "ear", 3);
    offer(f, 0, 1);
    g_assert_cmpuint(ld(f, USED + 16, 4), ==, 2);
    g_assert_cmpmem(f->ram + (BUF + 16 - RAM), 2, "ly", 2);

    /* More than fits: the rest stays with the back end, nothing is lost. */
    chr.in = in;
    chr_accept(&chr.chr);
    g_assert_cmpuint(strlen(chr.in), ==, 10000 - 4096);
    for (unsigned i = 0, got = 0; got < 10000; i++) {
        offer(f, 0, 1);
        got += ld(f, USED + 4 + 8 * ((i + 2) % NUM) + 4, 4);
        g_assert_cmpuint(i, <, 1000);
    }
    g_assert_cmpstr(chr.in, ==, "");
    g_assert_false(broken(f));

    chr.in = "x";
    desc(f, DESC, 2, BUF, 3, 0, 0); /* a receive buffer that may not be written */
    offer(f, 0, 2);
    chr_accept(&chr.chr);
    g_assert_true(broken(f));
    fix_free(f);
    g_string_free(chr.out, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtio/transport", test_transport);
    g_test_add_func("/virtio/blk", test_blk);
    g_test_add_func("/virtio/blk/readonly", test_blk_readonly);
    g_test_add_func("/virtio/events", test_events);
    for (unsigned i = 0; i < G_N_ELEMENTS(malformed); i++) {
        g_autofree char *path = g_strdup_printf("/virtio/malformed/%s", malformed[i].name);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_malformed);
    }
    g_test_add_func("/virtio/rng", test_rng);
    g_test_add_func("/virtio/console", test_console);
    return g_test_run();
}
