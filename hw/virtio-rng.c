/* Entropy device (virtio 1.2, 5.4). */
#include "hw/virtio.h"

/* A request may get fewer bytes than it has room for; this bounds the time of one. */
enum { MAX_BYTES = 64 * 1024 };

typedef struct VirtIORng {
    VirtIODevice vdev;
    void (*random)(void *buf, size_t len);
} VirtIORng;

static uint32_t fill(VirtIORng *rng, const VirtQueueElem *elem)
{
    uint32_t done = 0;

    for (unsigned i = 0; i < elem->nb_in && done < MAX_BYTES; i++) {
        const VirtIOVec *v = &elem->iov[elem->nb_out + i];
        uint32_t n = MIN(v->len, MAX_BYTES - done);

        rng->random(v->ptr, n);
        done += n;
    }
    return done;
}

static void rng_notify(VirtIODevice *vdev, unsigned q)
{
    VirtQueue *vq = &vdev->vq[q];
    VirtQueueElem elem;

    for (unsigned i = 0; i < vq->num && virtqueue_pop(vq, &elem); i++) {
        virtqueue_push(vq, &elem, fill((VirtIORng *)vdev, &elem));
    }
    virtqueue_signal(vq);
}

static void rng_free(VirtIODevice *vdev)
{
    g_free(vdev);
}

static const VirtIOClass rng_class = {
    .name = "virtio-rng",
    .id = VIRTIO_ID_RNG,
    .nb_queues = 1,
    .queue_size = 64,
    .notify = rng_notify,
    .free = rng_free,
};

VirtIODevice *virtio_rng_new(Bus *bus, IRQ irq, void (*random)(void *buf, size_t len))
{
    VirtIORng *rng = g_new0(VirtIORng, 1);

    rng->vdev.cls = &rng_class;
    rng->vdev.bus = bus;
    rng->vdev.irq = irq;
    rng->random = random;
    virtio_reset(&rng->vdev);
    return &rng->vdev;
}
