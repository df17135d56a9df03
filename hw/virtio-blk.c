/* Block device over a raw image (virtio 1.2, 5.2). Requests are done when notified, in order. */
#include "hw/virtio.h"

#include <string.h>

enum { SECTOR = 512, QUEUE_SIZE = 256 };
enum { F_SEG_MAX = 2, F_RO = 5, F_BLK_SIZE = 6, F_FLUSH = 9, F_TOPOLOGY = 10 };
enum { T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8 };
enum { S_OK = 0, S_IOERR = 1, S_UNSUPP = 2 };
enum { HEADER = 16, ID_BYTES = 20 };

/* struct virtio_blk_config (5.2.4) */
enum {
    CFG_CAPACITY = 0,
    CFG_SEG_MAX = 12,
    CFG_BLK_SIZE = 20,
    CFG_TOPOLOGY = 24,
    CFG_MIN_IO_SIZE = 26,
    CFG_OPT_IO_SIZE = 28,
    CFG_LEN = 36,
};

typedef struct VirtIOBlk {
    VirtIODevice vdev;
    BlockBackend *blk;
    uint64_t capacity; /* bytes: whole sectors */
} VirtIOBlk;

/* Whole sectors, all of them on the disk (5.2.6.2). */
static bool in_range(const VirtIOBlk *b, uint64_t sector, uint64_t len)
{
    return len % SECTOR == 0 && sector <= b->capacity / SECTOR &&
           len <= b->capacity - sector * SECTOR;
}

/* Data of a read: all of the in part but its last byte, the status. */
static uint8_t do_read(VirtIOBlk *b, const VirtQueueElem *elem, uint64_t sector)
{
    uint64_t left = elem->in_len - 1, offset = sector * SECTOR;

    if (!in_range(b, sector, left)) {
        return S_IOERR;
    }
    for (const VirtIOVec *v = elem->iov + elem->nb_out; left; v++) {
        uint64_t n = MIN(v->len, left);

        if (b->blk->read(b->blk, offset, v->ptr, n) != 0) {
            return S_IOERR;
        }
        offset += n;
        left -= n;
    }
    return S_OK;
}

static uint8_t do_flush(VirtIOBlk *b)
{
    return b->blk->flush && b->blk->flush(b->blk) != 0 ? S_IOERR : S_OK;
}

/* Data of a write: all of the out part after the header. */
static uint8_t do_write(VirtIOBlk *b, const VirtQueueElem *elem, uint64_t sector)
{
    uint64_t left = elem->out_len - HEADER, offset = sector * SECTOR, skip = HEADER;

    if (b->blk->readonly || !in_range(b, sector, left)) {
        return S_IOERR;
    }
    for (const VirtIOVec *v = elem->iov; left; v++) {
        uint64_t s = MIN(v->len, skip), n = v->len - s;

        skip -= s;
        if (n && b->blk->write(b->blk, offset, v->ptr + s, n) != 0) {
            return S_IOERR;
        }
        offset += n;
        left -= n;
    }
    /* A driver that cannot flush expects writes to be on the disk (5.2.6.2). */
    return virtio_has(&b->vdev, F_FLUSH) ? S_OK : do_flush(b);
}

static uint8_t do_get_id(VirtIOBlk *b, const VirtQueueElem *elem)
{
    char id[ID_BYTES] = {0};
    const char *name = b->blk->name ? b->blk->name : "";
    const char *base = strrchr(name, '/');

    name = base ? base + 1 : name;
    memcpy(id, name, MIN(strlen(name), sizeof(id)));
    virtqueue_write_in(elem, 0, id, MIN(sizeof(id), elem->in_len - 1));
    return S_OK;
}

static void request(VirtIOBlk *b, VirtQueue *vq, const VirtQueueElem *elem)
{
    struct {
        uint32_t type, reserved;
        uint64_t sector;
    } hdr;
    uint64_t sector;
    uint8_t status;
    uint32_t written = 1;

    if (virtqueue_read_out(elem, 0, &hdr, HEADER) < HEADER || elem->in_len < 1) {
        virtio_error(&b->vdev);
        return;
    }
    sector = GUINT64_FROM_LE(hdr.sector);
    switch (GUINT32_FROM_LE(hdr.type)) {
    case T_IN:
        status = do_read(b, elem, sector);
        written = MIN(elem->in_len, UINT32_MAX);
        break;
    case T_OUT: status = do_write(b, elem, sector); break;
    case T_FLUSH: status = do_flush(b); break;
    case T_GET_ID:
        status = do_get_id(b, elem);
        written = MIN(elem->in_len, UINT32_MAX);
        break;
    default: status = S_UNSUPP; break;
    }
    virtqueue_write_in(elem, elem->in_len - 1, &status, 1);
    if (written == 1) {
        /* The status byte is the last of the in part, wherever that ends. */
        const VirtIOVec *v = &elem->iov[elem->nb_out + elem->nb_in - 1];

        bus_ram_written(b->vdev.bus, v->addr + v->len - 1, 1);
    }
    virtqueue_push(vq, elem, written);
}

static void blk_notify(VirtIODevice *vdev, unsigned q)
{
    VirtQueue *vq = &vdev->vq[q];
    VirtQueueElem elem;

    for (unsigned i = 0; i < vq->num && virtqueue_pop(vq, &elem); i++) {
        request((VirtIOBlk *)vdev, vq, &elem);
    }
    virtqueue_signal(vq);
}

static void blk_free(VirtIODevice *vdev)
{
    g_free(vdev);
}

static const VirtIOClass blk_class = {
    .name = "virtio-blk",
    .id = VIRTIO_ID_BLOCK,
    .nb_queues = 1,
    .queue_size = QUEUE_SIZE,
    .notify = blk_notify,
    .free = blk_free,
};

static void put_le(uint8_t *p, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        p[i] = value >> (8 * i);
    }
}

VirtIODevice *virtio_blk_new(Bus *bus, IRQ irq, BlockBackend *blk)
{
    VirtIOBlk *b = g_new0(VirtIOBlk, 1);
    uint8_t *cfg = b->vdev.config;

    b->blk = blk;
    b->capacity = blk->size / SECTOR * SECTOR;
    b->vdev.cls = &blk_class;
    b->vdev.bus = bus;
    b->vdev.irq = irq;
    b->vdev.features = VIRTIO_BIT(F_SEG_MAX) | VIRTIO_BIT(F_BLK_SIZE) | VIRTIO_BIT(F_FLUSH) |
                       VIRTIO_BIT(F_TOPOLOGY) | (blk->readonly ? VIRTIO_BIT(F_RO) : 0);
    b->vdev.config_len = CFG_LEN;
    put_le(cfg + CFG_CAPACITY, b->capacity / SECTOR, 8);
    put_le(cfg + CFG_SEG_MAX, QUEUE_SIZE - 2, 4); /* besides header and status */
    put_le(cfg + CFG_BLK_SIZE, SECTOR, 4);
    put_le(cfg + CFG_TOPOLOGY, 3, 1); /* physical blocks of 8 sectors */
    put_le(cfg + CFG_MIN_IO_SIZE, 8, 2);
    put_le(cfg + CFG_OPT_IO_SIZE, 0, 4);
    virtio_reset(&b->vdev);
    return &b->vdev;
}
