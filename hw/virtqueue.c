/* Split virtqueues (virtio 1.2, 2.7), the device's side. See virtio.h for what a bad ring does. */
#include "hw/virtio.h"

#include <string.h>

enum { DESC_SIZE = 16 };
enum { DESC_F_NEXT = 1, DESC_F_WRITE = 2, DESC_F_INDIRECT = 4 };
enum { AVAIL_F_NO_INTERRUPT = 1 };

/* Ring addresses are the guest's choice: bytes, because the rings may lie anywhere in RAM. */
static uint16_t ld16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, 2);
    return GUINT16_FROM_LE(v);
}

static uint32_t ld32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, 4);
    return GUINT32_FROM_LE(v);
}

static uint64_t ld64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, 8);
    return GUINT64_FROM_LE(v);
}

static void st16(uint8_t *p, uint16_t v)
{
    v = GUINT16_TO_LE(v);
    memcpy(p, &v, 2);
}

static void st32(uint8_t *p, uint32_t v)
{
    v = GUINT32_TO_LE(v);
    memcpy(p, &v, 4);
}

/* The used ring was written: tell whoever has derived something from those bytes. */
static void used_written(VirtQueue *vq, uint64_t offset, uint64_t len)
{
    bus_ram_written(vq->vdev->bus, vq->used_addr + offset, len);
}

void virtqueue_reset(VirtQueue *vq)
{
    VirtIODevice *vdev = vq->vdev;

    *vq = (VirtQueue){.vdev = vdev};
}

bool virtqueue_enable(VirtQueue *vq, unsigned max)
{
    Bus *bus = vq->vdev->bus;
    uint32_t n = vq->num;

    /* A power of 2 (2.7), aligned parts (2.7.1). The rings end with an event index each. */
    if (n == 0 || n > max || (n & (n - 1)) || (vq->desc_addr & 15) || (vq->avail_addr & 1) ||
        (vq->used_addr & 3)) {
        return false;
    }
    vq->desc = bus_ram_ptr(bus, vq->desc_addr, DESC_SIZE * n);
    vq->avail = bus_ram_ptr(bus, vq->avail_addr, 6 + 2 * n);
    vq->used = bus_ram_ptr(bus, vq->used_addr, 6 + 8 * n);
    vq->ready = vq->desc && vq->avail && vq->used;
    return vq->ready;
}

/* Adds one buffer of a chain; false if the rules of 2.7.4 and 2.7.5 are broken. */
static bool add_buffer(VirtQueue *vq, VirtQueueElem *elem, const uint8_t *desc)
{
    uint64_t addr = ld64(desc);
    uint32_t len = ld32(desc + 8);
    bool write = ld16(desc + 12) & DESC_F_WRITE;
    unsigned i = elem->nb_out + elem->nb_in;
    VirtIOVec *v = &elem->iov[i];

    /* As long as the queue at most, which also ends a chain that is a loop (2.7.5.3.1). */
    if (i >= vq->num || len == 0 || (!write && elem->nb_in)) {
        return false;
    }
    v->ptr = bus_ram_ptr(vq->vdev->bus, addr, len);
    if (!v->ptr) {
        return false;
    }
    v->addr = addr;
    v->len = len;
    if (write) {
        elem->nb_in++;
        elem->in_len += len;
    } else {
        elem->nb_out++;
        elem->out_len += len;
    }
    return elem->in_len + elem->out_len <= UINT64_C(1) << 32;
}

/* Follows a chain in a table of descriptors of `count` entries. */
static bool walk(VirtQueue *vq, VirtQueueElem *elem, const uint8_t *table, uint32_t count,
                 uint32_t i, bool indirect)
{
    for (;;) {
        const uint8_t *desc;
        uint16_t flags;

        if (i >= count) {
            return false;
        }
        desc = table + (size_t)i * DESC_SIZE;
        flags = ld16(desc + 12);
        if (flags & DESC_F_INDIRECT) {
            uint64_t addr = ld64(desc);
            uint32_t len = ld32(desc + 8);
            const uint8_t *inner = bus_ram_ptr(vq->vdev->bus, addr, len);

            /* Not inside a table, not with NEXT, whole entries (2.7.5.3). */
            if (indirect || (flags & DESC_F_NEXT) || len == 0 || len % DESC_SIZE || !inner ||
                !virtio_has(vq->vdev, VIRTIO_F_INDIRECT_DESC)) {
                return false;
            }
            return walk(vq, elem, inner, len / DESC_SIZE, 0, true);
        }
        if (!add_buffer(vq, elem, desc)) {
            return false;
        }
        if (!(flags & DESC_F_NEXT)) {
            return true;
        }
        i = ld16(desc + 14);
    }
}

bool virtqueue_pop(VirtQueue *vq, VirtQueueElem *elem)
{
    uint16_t waiting, head;

    if (!vq->ready || !virtio_live(vq->vdev)) {
        return false;
    }
    waiting = ld16(vq->avail + 2) - vq->last_avail;
    if (waiting == 0) {
        if (virtio_has(vq->vdev, VIRTIO_F_EVENT_IDX)) {
            /* avail_event: notify of the very next one (2.7.10). */
            st16(vq->used + 4 + 8 * vq->num, vq->last_avail);
            used_written(vq, 4 + 8 * vq->num, 2);
        }
        return false;
    }
    head = ld16(vq->avail + 4 + 2 * (vq->last_avail & (vq->num - 1)));
    elem->head = head;
    elem->nb_out = elem->nb_in = 0;
    elem->out_len = elem->in_len = 0;
    if (waiting > vq->num || !walk(vq, elem, vq->desc, vq->num, head, false)) {
        virtio_error(vq->vdev);
        return false;
    }
    vq->last_avail++;
    return true;
}

void virtqueue_push(VirtQueue *vq, const VirtQueueElem *elem, uint32_t written)
{
    uint32_t offset = 4 + 8 * (vq->used_idx & (vq->num - 1)), left = written;

    if (!vq->ready) {
        return; /* the driver reset the queue meanwhile */
    }
    for (unsigned i = 0; i < elem->nb_in && left; i++) {
        const VirtIOVec *v = &elem->iov[elem->nb_out + i];
        uint32_t n = MIN(v->len, left);

        bus_ram_written(vq->vdev->bus, v->addr, n);
        left -= n;
    }
    st32(vq->used + offset, elem->head);
    st32(vq->used + offset + 4, written);
    used_written(vq, offset, 8);
    vq->used_idx++;
    st16(vq->used + 2, vq->used_idx);
    used_written(vq, 2, 2);
}

void virtqueue_signal(VirtQueue *vq)
{
    uint16_t old = vq->signalled;
    bool want;

    if (!vq->ready || vq->used_idx == old) {
        return;
    }
    vq->signalled = vq->used_idx;
    if (virtio_has(vq->vdev, VIRTIO_F_EVENT_IDX)) {
        /* used_event lies among the entries added since the last time (2.7.7.2). */
        uint16_t event = ld16(vq->avail + 4 + 2 * vq->num);

        want = (uint16_t)(vq->used_idx - event - 1) < (uint16_t)(vq->used_idx - old);
    } else {
        want = !(ld16(vq->avail) & AVAIL_F_NO_INTERRUPT);
    }
    if (want) {
        virtio_raise(vq->vdev, 1);
    }
}

static size_t copy(const VirtIOVec *iov, unsigned count, uint64_t offset, void *out, const void *in,
                   size_t len)
{
    size_t done = 0;

    for (unsigned i = 0; i < count && done < len; i++) {
        size_t n;

        if (offset >= iov[i].len) {
            offset -= iov[i].len;
            continue;
        }
        n = MIN(iov[i].len - offset, len - done);
        if (out) {
            memcpy((uint8_t *)out + done, iov[i].ptr + offset, n);
        } else {
            memcpy(iov[i].ptr + offset, (const uint8_t *)in + done, n);
        }
        done += n;
        offset = 0;
    }
    return done;
}

size_t virtqueue_read_out(const VirtQueueElem *elem, uint64_t offset, void *buf, size_t len)
{
    return copy(elem->iov, elem->nb_out, offset, buf, NULL, len);
}

size_t virtqueue_write_in(const VirtQueueElem *elem, uint64_t offset, const void *buf, size_t len)
{
    return copy(elem->iov + elem->nb_out, elem->nb_in, offset, NULL, buf, len);
}
