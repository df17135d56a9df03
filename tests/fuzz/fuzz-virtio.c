/*
 * Fuzzing of the virtio transport, rings and devices: the input is ring memory and a list of
 * register accesses. Nothing may crash, hang, or touch memory outside of RAM (sanitizers on).
 *
 * Purely random rings are refused at their first descriptor, so that inputs are mostly sensible
 * values with mistakes in them.
 */
#include <stdlib.h>
#include <string.h>

#include "hw/virtio.h"
#include "tests/fuzz/fuzz.h"

enum { RAM_SIZE = 16 * 4096, DISK_SIZE = 8 * 512 };
#define RAM UINT64_C(0x80000000)

static uint8_t disk_bytes[DISK_SIZE];

static int disk_read(BlockBackend *blk, uint64_t offset, void *buf, uint64_t len)
{
    g_assert(offset <= DISK_SIZE && len <= DISK_SIZE - offset);
    memcpy(buf, disk_bytes + offset, len);
    return 0;
}

static int disk_write(BlockBackend *blk, uint64_t offset, const void *buf, uint64_t len)
{
    g_assert(offset <= DISK_SIZE && len <= DISK_SIZE - offset);
    memcpy(disk_bytes + offset, buf, len);
    return 0;
}

static int disk_flush(BlockBackend *blk)
{
    return 0;
}

static void fill(void *buf, size_t len)
{
    memset(buf, 1, len);
}

static volatile uint8_t sink;

static void chr_write(Chardev *chr, const uint8_t *buf, size_t len)
{
    sink = buf[0] + buf[len - 1];
}

static void chr_accept(Chardev *chr)
{
    static const uint8_t zeros[64];
    size_t n = chr->can_receive ? chr->can_receive(chr->opaque) : 0;

    if (n) {
        chr->receive(chr->opaque, zeros, MIN(n, sizeof(zeros)));
    }
}

static void on_written(void *opaque, uint64_t addr, uint64_t len)
{
    g_assert(addr >= RAM && addr - RAM <= RAM_SIZE && len <= RAM_SIZE - (addr - RAM));
}

static void set_irq(void *opaque, unsigned n, bool level) {}

static void wr(VirtIODevice *vdev, unsigned reg, uint32_t value)
{
    virtio_mmio_ops.write(vdev, reg, value, 4);
}

/* A driver that has started: rings of queue q in pages 2q and 2q+1, num entries. */
static void start(VirtIODevice *vdev, unsigned num, bool event_idx)
{
    wr(vdev, 0x070, 3);
    wr(vdev, 0x020, 1u << VIRTIO_F_INDIRECT_DESC | (uint32_t)event_idx << VIRTIO_F_EVENT_IDX);
    wr(vdev, 0x024, 1);
    wr(vdev, 0x020, 1);
    wr(vdev, 0x070, 11);
    for (unsigned q = 0; q < vdev->cls->nb_queues; q++) {
        wr(vdev, 0x030, q);
        wr(vdev, 0x038, num);
        wr(vdev, 0x080, RAM + q * 0x2000);
        wr(vdev, 0x090, RAM + q * 0x2000 + 0x1000);
        wr(vdev, 0x0a0, RAM + q * 0x2000 + 0x1800);
        wr(vdev, 0x044, 1);
    }
    wr(vdev, 0x070, 15);
}

/*
 * Input: device and options, 8 bytes; then 8-byte commands: kind, register or width, 16-bit RAM
 * offset, 32-bit value.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    BlockBackend blk = {DISK_SIZE, false, "disk", disk_read, disk_write, disk_flush};
    Chardev chr = {.write = chr_write, .accept_input = chr_accept};
    VirtIODevice *vdev;
    uint8_t *ram;
    Bus *bus;

    if (size < 8) {
        return 0;
    }
    blk.readonly = data[1] & 1;
    ram = calloc(1, RAM_SIZE); /* its own block: redzones around it */
    bus = bus_new();
    bus_add_ram(bus, "ram", RAM, RAM_SIZE, ram);
    bus_set_write_listener(bus, on_written, NULL);
    vdev = data[0] % 3 == 0   ? virtio_blk_new(bus, (IRQ){set_irq, NULL, 0}, &blk)
           : data[0] % 3 == 1 ? virtio_console_new(bus, (IRQ){set_irq, NULL, 0}, &chr)
                              : virtio_rng_new(bus, (IRQ){set_irq, NULL, 0}, fill);
    start(vdev, 1u << (data[2] % 8), data[3] & 1);
    for (const uint8_t *p = data + 8; p + 8 <= data + size; p += 8) {
        uint16_t offset = p[2] | p[3] << 8;
        unsigned width;
        uint32_t value = p[4] | p[5] << 8 | p[6] << 16 | (uint32_t)p[7] << 24;

        switch (p[0] % 8) {
        case 0: wr(vdev, p[1] * 4, value); break;
        case 1:
            width = p[1] % 4;
            virtio_mmio_ops.read(vdev, (offset & 0xfff) >> width << width, 1u << width);
            break;
        case 2: wr(vdev, 0x050, value & 1); break;
        case 3:
            chr_accept(&chr);
            if (p[1] < 32) { /* start again */
                wr(vdev, 0x070, 0);
                start(vdev, 1u << (value % 8), p[1] & 1);
            }
            break;
        default: memcpy(ram + MIN(offset, RAM_SIZE - 4), p + 4, 1u << (p[1] % 3)); break;
        }
    }
    virtio_free(vdev);
    bus_free(bus);
    free(ram);
    return 0;
}

/* ---- inputs ---------------------------------------------------------------------------------- */

static void command(GByteArray *in, unsigned kind, unsigned b1, unsigned offset, uint32_t value)
{
    uint8_t c[8] = {kind, b1, offset, offset >> 8, value, value >> 8, value >> 16, value >> 24};

    g_byte_array_append(in, c, sizeof(c));
}

static void store(GByteArray *in, unsigned offset, uint32_t value, unsigned log2)
{
    command(in, 4, log2, offset, value);
}

/* A descriptor that is nearly always plausible. */
static void descriptor(GByteArray *in, unsigned at, unsigned n)
{
    static const uint32_t lens[] = {0, 1, 16, 17, 512, 513, 1024, 0x10000, 0xffffffff, 0x80000000};
    uint32_t addr = 0x80000000 + below(RAM_SIZE);
    unsigned flags = below(4) ? below(4) : below(8);

    if (below(8) == 0) {
        addr = any_word();
    }
    store(in, at, below(16) ? addr & ~15u : addr, 2);
    if (below(32) == 0) {
        store(in, at + 4, below(2) ? 1 : 0xffffffff, 2);
    }
    store(in, at + 8, below(4) ? lens[below(G_N_ELEMENTS(lens))] : 16 * below(32), 2);
    store(in, at + 12, flags, 1);
    store(in, at + 14, below(16) ? below(n) : below(65536), 1);
}

/* A block request as a driver makes it: header, data, status at descriptors 0 to 2. */
static void request(GByteArray *in)
{
    static const uint8_t types[] = {0, 1, 4, 8, 11};
    unsigned type = types[below(sizeof(types))];
    unsigned flags[3] = {1, type == 1 ? 1 : 3, 2}, len[3] = {16, 512 * below(5), 1};

    len[1] += below(8) ? 0 : below(30);
    for (unsigned i = 0; i < 3; i++) {
        store(in, 16 * i, 0x80009000 + 0x800 * i, 2);
        store(in, 16 * i + 8, len[i], 2);
        store(in, 16 * i + 12, flags[i], 1);
        store(in, 16 * i + 14, i + 1, 1);
    }
    store(in, 0x9000, type, 2);
    store(in, 0x9008, below(10), 2);
}

GByteArray *fuzz_make_input(void)
{
    GByteArray *in = g_byte_array_new();
    unsigned log2 = below(8), n = 1u << log2, idx[2] = {0};
    uint8_t head[8] = {below(3), below(8) == 0, log2, below(2)};

    g_byte_array_append(in, head, sizeof(head));
    for (unsigned i = 2 + below(40); i; i--) {
        unsigned q = below(2), base = q * 0x2000;

        switch (below(8)) {
        case 0: command(in, 0, below(64), 0, below(2) ? below(300) : any_word()); break;
        case 1: command(in, 3, below(256), 0, below(8)); break;
        case 2: /* a table for indirect descriptors, and a request header */
            for (unsigned j = 0; j < 4; j++) {
                descriptor(in, 0x8000 + 16 * below(16), 16);
            }
            store(in, below(RAM_SIZE) & ~15u, below(9), 2);
            break;
        default:
            if (below(4) == 0) {
                request(in);
            }
            for (unsigned j = below(3); j; j--) {
                descriptor(in, base + 16 * below(n), n);
            }
            store(in, base + 0x1004 + 2 * (idx[q] % n), below(16) ? below(n) : below(65536), 1);
            idx[q] += below(16) ? 1 : below(n + 2);
            store(in, base + 0x1002, idx[q], 1);
            command(in, 2, 0, 0, q);
            break;
        }
    }
    return in;
}
