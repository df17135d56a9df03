/*
 * Virtio devices over MMIO: what a device type provides (VirtIOClass), the transport
 * (virtio-mmio.c), and split virtqueues (virtqueue.c). Section numbers are those of virtio 1.2.
 *
 * Everything in a ring is the guest's to get wrong. A ring or a request that breaks the rules puts
 * the device in the state DEVICE_NEEDS_RESET: it stops looking at its queues until the driver
 * resets it. No chain is longer than its queue, nothing outside RAM is touched, and a device
 * handles at most one queue's worth of chains a notification, so that no ring keeps it busy for
 * ever.
 */
#ifndef HW_VIRTIO_H
#define HW_VIRTIO_H

#include "hw/block.h"
#include "hw/bus.h"
#include "hw/chardev.h"

enum { VIRTIO_MAX_QUEUES = 2, VIRTQUEUE_MAX = 256 };
enum { VIRTIO_ID_BLOCK = 2, VIRTIO_ID_CONSOLE = 3, VIRTIO_ID_RNG = 4 };
enum {
    VIRTIO_STATUS_ACKNOWLEDGE = 1,
    VIRTIO_STATUS_DRIVER = 2,
    VIRTIO_STATUS_DRIVER_OK = 4,
    VIRTIO_STATUS_FEATURES_OK = 8,
    VIRTIO_STATUS_NEEDS_RESET = 64,
    VIRTIO_STATUS_FAILED = 128,
};
/* Feature bits of every device here. */
enum { VIRTIO_F_INDIRECT_DESC = 28, VIRTIO_F_EVENT_IDX = 29, VIRTIO_F_VERSION_1 = 32 };
#define VIRTIO_BIT(f) (UINT64_C(1) << (f))

typedef struct VirtIODevice VirtIODevice;
typedef struct VirtQueue VirtQueue;

typedef struct VirtIOClass {
    const char *name;
    uint32_t id;
    unsigned nb_queues;
    unsigned queue_size; /* most entries of each, at most VIRTQUEUE_MAX */
    /* The driver has put something into queue q (only called while the device is live). */
    void (*notify)(VirtIODevice *vdev, unsigned q);
    void (*reset)(VirtIODevice *vdev); /* may be NULL */
    void (*free)(VirtIODevice *vdev);
} VirtIOClass;

struct VirtQueue {
    VirtIODevice *vdev;
    uint32_t num;
    bool ready;
    uint64_t desc_addr, avail_addr, used_addr;
    uint8_t *desc, *avail, *used; /* in host memory, valid while ready */
    uint16_t last_avail;          /* next entry of the available ring to look at */
    uint16_t used_idx;
    uint16_t signalled; /* used_idx when the driver was last interrupted */
};

struct VirtIODevice {
    const VirtIOClass *cls;
    Bus *bus;
    IRQ irq;
    uint64_t features; /* offered, besides the ones of every device */
    uint8_t config[64];
    unsigned config_len;
    /* the driver's side */
    uint64_t driver_features;
    uint32_t features_sel, driver_features_sel, queue_sel;
    uint8_t status;
    uint8_t isr;
    uint32_t generation;
    VirtQueue vq[VIRTIO_MAX_QUEUES];
};

/* ---- virtio-mmio.c ---- */
extern const BusOps virtio_mmio_ops; /* opaque: a VirtIODevice */
/* Power-on state; the device's own fields are set by its foo_new(). */
void virtio_reset(VirtIODevice *vdev);
void virtio_free(VirtIODevice *vdev);
static inline bool virtio_has(const VirtIODevice *vdev, unsigned feature)
{
    return vdev->driver_features >> feature & 1;
}
/* Features negotiated, DRIVER_OK set, and not broken. */
bool virtio_live(const VirtIODevice *vdev);
/* The driver broke the rules: DEVICE_NEEDS_RESET (2.1.2). */
void virtio_error(VirtIODevice *vdev);
void virtio_raise(VirtIODevice *vdev, uint8_t isr_bits);

/* ---- virtqueue.c ---- */
typedef struct VirtIOVec {
    uint8_t *ptr;
    uint64_t addr;
    uint32_t len;
} VirtIOVec;

/* A descriptor chain: first what the device reads (out), then what it writes (in). */
typedef struct VirtQueueElem {
    uint16_t head;
    unsigned nb_out, nb_in;
    uint64_t out_len, in_len; /* bytes, together at most 4 GiB */
    VirtIOVec iov[VIRTQUEUE_MAX];
} VirtQueueElem;

void virtqueue_reset(VirtQueue *vq);
/* Checks size, alignment and location of the rings (2.7); false: they are not usable. */
bool virtqueue_enable(VirtQueue *vq, unsigned max);
/* Takes the next chain. False: nothing there, or the ring is broken (virtio_error was called). */
bool virtqueue_pop(VirtQueue *vq, VirtQueueElem *elem);
/* Gives it back with `written` bytes of the in part filled. */
void virtqueue_push(VirtQueue *vq, const VirtQueueElem *elem, uint32_t written);
/* Interrupts the driver if it wants to know of what was pushed. */
void virtqueue_signal(VirtQueue *vq);
/* Copies from the out part, or to the in part, at offset; returns the bytes that were there. */
size_t virtqueue_read_out(const VirtQueueElem *elem, uint64_t offset, void *buf, size_t len);
size_t virtqueue_write_in(const VirtQueueElem *elem, uint64_t offset, const void *buf, size_t len);

/* ---- device types ---- */
/* The backend and chardev stay the caller's. */
VirtIODevice *virtio_blk_new(Bus *bus, IRQ irq, BlockBackend *blk);
VirtIODevice *virtio_rng_new(Bus *bus, IRQ irq, void (*random)(void *buf, size_t len));
VirtIODevice *virtio_console_new(Bus *bus, IRQ irq, Chardev *chr);

#endif
