/* Virtio over MMIO, register layout version 2 (virtio 1.2, 4.2.2). */
#include "hw/virtio.h"

#include <string.h>

enum {
    MAGIC_VALUE = 0x000,
    VERSION = 0x004,
    DEVICE_ID = 0x008,
    VENDOR_ID = 0x00c,
    DEVICE_FEATURES = 0x010,
    DEVICE_FEATURES_SEL = 0x014,
    DRIVER_FEATURES = 0x020,
    DRIVER_FEATURES_SEL = 0x024,
    QUEUE_SEL = 0x030,
    QUEUE_NUM_MAX = 0x034,
    QUEUE_NUM = 0x038,
    QUEUE_READY = 0x044,
    QUEUE_NOTIFY = 0x050,
    INTERRUPT_STATUS = 0x060,
    INTERRUPT_ACK = 0x064,
    STATUS = 0x070,
    QUEUE_DESC_LOW = 0x080,
    QUEUE_DESC_HIGH = 0x084,
    QUEUE_DRIVER_LOW = 0x090,
    QUEUE_DRIVER_HIGH = 0x094,
    QUEUE_DEVICE_LOW = 0x0a0,
    QUEUE_DEVICE_HIGH = 0x0a4,
    SHM_LEN_LOW = 0x0b0,
    SHM_BASE_HIGH = 0x0bc,
    CONFIG_GENERATION = 0x0fc,
    CONFIG = 0x100,
};

enum { ISR_QUEUE = 1, ISR_CONFIG = 2 };

static uint64_t offered(const VirtIODevice *vdev)
{
    return vdev->features | VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC) | VIRTIO_BIT(VIRTIO_F_EVENT_IDX) |
           VIRTIO_BIT(VIRTIO_F_VERSION_1);
}

bool virtio_live(const VirtIODevice *vdev)
{
    enum {
        NEEDED = VIRTIO_STATUS_DRIVER_OK | VIRTIO_STATUS_FEATURES_OK,
        BROKEN = VIRTIO_STATUS_NEEDS_RESET | VIRTIO_STATUS_FAILED
    };

    return (vdev->status & (NEEDED | BROKEN)) == NEEDED;
}

void virtio_raise(VirtIODevice *vdev, uint8_t isr_bits)
{
    vdev->isr |= isr_bits;
    irq_set(vdev->irq, true);
}

void virtio_error(VirtIODevice *vdev)
{
    bool tell = vdev->status & VIRTIO_STATUS_DRIVER_OK;

    vdev->status |= VIRTIO_STATUS_NEEDS_RESET;
    if (tell) {
        vdev->generation++;
        virtio_raise(vdev, ISR_CONFIG);
    }
}

void virtio_reset(VirtIODevice *vdev)
{
    vdev->driver_features = 0;
    vdev->features_sel = vdev->driver_features_sel = vdev->queue_sel = 0;
    vdev->status = 0;
    vdev->isr = 0;
    for (unsigned i = 0; i < VIRTIO_MAX_QUEUES; i++) {
        vdev->vq[i].vdev = vdev;
        virtqueue_reset(&vdev->vq[i]);
    }
    if (vdev->cls->reset) {
        vdev->cls->reset(vdev);
    }
    irq_set(vdev->irq, false);
}

void virtio_free(VirtIODevice *vdev)
{
    if (vdev) {
        vdev->cls->free(vdev);
    }
}

/* The queue that QueueSel names, NULL if the device has no such queue. */
static VirtQueue *selected(VirtIODevice *vdev)
{
    return vdev->queue_sel < vdev->cls->nb_queues ? &vdev->vq[vdev->queue_sel] : NULL;
}

static uint64_t config_read(const VirtIODevice *vdev, uint64_t offset, unsigned size)
{
    uint64_t le = 0;

    if (offset < vdev->config_len) {
        memcpy(&le, vdev->config + offset, MIN(size, vdev->config_len - offset));
    }
    return GUINT64_FROM_LE(le);
}

static uint64_t mmio_read(void *opaque, uint64_t offset, unsigned size)
{
    VirtIODevice *vdev = opaque;
    const VirtQueue *vq = selected(vdev);

    if (offset >= CONFIG) {
        return config_read(vdev, offset - CONFIG, size);
    }
    if (size != 4) {
        return 0; /* the other registers are 32 bits wide (4.2.2.2) */
    }
    switch (offset) {
    case MAGIC_VALUE: return 0x74726976; /* "virt" */
    case VERSION: return 2;
    case DEVICE_ID: return vdev->cls->id;
    case VENDOR_ID: return 0x54464557; /* "WEFT" */
    case DEVICE_FEATURES:
        return vdev->features_sel < 2 ? (uint32_t)(offered(vdev) >> (32 * vdev->features_sel)) : 0;
    case QUEUE_NUM_MAX: return vq ? vdev->cls->queue_size : 0;
    case QUEUE_READY: return vq ? vq->ready : 0;
    case INTERRUPT_STATUS: return vdev->isr;
    case STATUS: return vdev->status;
    case CONFIG_GENERATION: return vdev->generation;
    }
    if (offset >= SHM_LEN_LOW && offset <= SHM_BASE_HIGH) {
        return UINT32_MAX; /* no shared memory regions */
    }
    return 0;
}

static void set_driver_features(VirtIODevice *vdev, uint32_t value)
{
    unsigned shift = 32 * vdev->driver_features_sel;

    /* Settled once FEATURES_OK is (3.1.1). */
    if (vdev->driver_features_sel < 2 && !(vdev->status & VIRTIO_STATUS_FEATURES_OK)) {
        vdev->driver_features =
            (vdev->driver_features & ~(UINT64_C(0xffffffff) << shift)) | (uint64_t)value << shift;
    }
}

static void set_status(VirtIODevice *vdev, uint8_t value)
{
    uint8_t before = vdev->status;

    if (value == 0) {
        virtio_reset(vdev);
        return;
    }
    value &= ~VIRTIO_STATUS_NEEDS_RESET;
    /* A set that the device cannot live with: the driver sees the bit stay clear. */
    if ((value & ~before & VIRTIO_STATUS_FEATURES_OK) &&
        ((vdev->driver_features & ~offered(vdev)) || !virtio_has(vdev, VIRTIO_F_VERSION_1))) {
        value &= ~VIRTIO_STATUS_FEATURES_OK;
    }
    /* Bits go away by a reset only (2.1.1). */
    vdev->status = before | value;
    if (virtio_live(vdev) && !(before & VIRTIO_STATUS_DRIVER_OK)) {
        /* What was queued, and notified, too early. */
        for (unsigned i = 0; i < vdev->cls->nb_queues; i++) {
            if (vdev->vq[i].ready && virtio_live(vdev)) {
                vdev->cls->notify(vdev, i);
            }
        }
    }
}

static void set_half(uint64_t *reg, bool high, uint32_t value)
{
    *reg = high ? (uint32_t)*reg | (uint64_t)value << 32 : (*reg & ~UINT64_C(0xffffffff)) | value;
}

/* Registers of the selected queue; all but QueueReady are fixed while it is ready (4.2.2.2). */
static void queue_write(VirtIODevice *vdev, VirtQueue *vq, uint64_t offset, uint32_t value)
{
    if (offset == QUEUE_READY) {
        if (!(value & 1)) {
            virtqueue_reset(vq);
        } else if (!vq->ready && !virtqueue_enable(vq, vdev->cls->queue_size)) {
            virtio_error(vdev);
        }
        return;
    }
    if (vq->ready) {
        return;
    }
    switch (offset) {
    case QUEUE_NUM: vq->num = value; break;
    case QUEUE_DESC_LOW:
    case QUEUE_DESC_HIGH: set_half(&vq->desc_addr, offset == QUEUE_DESC_HIGH, value); break;
    case QUEUE_DRIVER_LOW:
    case QUEUE_DRIVER_HIGH: set_half(&vq->avail_addr, offset == QUEUE_DRIVER_HIGH, value); break;
    case QUEUE_DEVICE_LOW:
    case QUEUE_DEVICE_HIGH: set_half(&vq->used_addr, offset == QUEUE_DEVICE_HIGH, value); break;
    }
}

static void mmio_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    VirtIODevice *vdev = opaque;
    VirtQueue *vq = selected(vdev);

    if (size != 4 || offset >= CONFIG) {
        return; /* no device here has configuration to write */
    }
    switch (offset) {
    case DEVICE_FEATURES_SEL: vdev->features_sel = value; break;
    case DRIVER_FEATURES: set_driver_features(vdev, value); break;
    case DRIVER_FEATURES_SEL: vdev->driver_features_sel = value; break;
    case QUEUE_SEL: vdev->queue_sel = value; break;
    case QUEUE_NOTIFY:
        if (value < vdev->cls->nb_queues && vdev->vq[value].ready && virtio_live(vdev)) {
            vdev->cls->notify(vdev, value);
        }
        break;
    case INTERRUPT_ACK:
        vdev->isr &= ~value;
        irq_set(vdev->irq, vdev->isr != 0);
        break;
    case STATUS: set_status(vdev, value); break;
    default:
        if (vq) {
            queue_write(vdev, vq, offset, value);
        }
        break;
    }
}

const BusOps virtio_mmio_ops = {mmio_read, mmio_write, 1 | 2 | 4 | 8};
