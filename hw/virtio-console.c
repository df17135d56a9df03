/*
 * Console device with one port (virtio 1.2, 5.3): queue 0 receives, queue 1 transmits.
 *
 * Input goes through a staging buffer, so that can_receive() need not look into the ring. What does
 * not fit stays at the back end until the driver adds receive buffers.
 */
#include "hw/virtio.h"

#include <string.h>

enum { RXQ = 0, TXQ = 1, STAGE = 4096 };

typedef struct VirtIOConsole {
    VirtIODevice vdev;
    Chardev *chr;
    uint8_t stage[STAGE];
    size_t count;
} VirtIOConsole;

/* Moves staged input into receive buffers. */
static void deliver(VirtIOConsole *con)
{
    VirtQueue *vq = &con->vdev.vq[RXQ];
    VirtQueueElem elem;
    size_t done = 0;

    while (done < con->count && virtqueue_pop(vq, &elem)) {
        size_t n = virtqueue_write_in(&elem, 0, con->stage + done, con->count - done);

        if (n == 0) {
            virtio_error(&con->vdev); /* nothing to write to in a receive buffer */
            break;
        }
        virtqueue_push(vq, &elem, n);
        done += n;
    }
    con->count -= done;
    memmove(con->stage, con->stage + done, con->count);
    virtqueue_signal(vq);
}

static size_t can_receive(void *opaque)
{
    VirtIOConsole *con = opaque;

    return virtio_live(&con->vdev) ? STAGE - con->count : 0;
}

static void receive(void *opaque, const uint8_t *buf, size_t len)
{
    VirtIOConsole *con = opaque;

    len = MIN(len, STAGE - con->count);
    memcpy(con->stage + con->count, buf, len);
    con->count += len;
    deliver(con);
}

static void transmit(VirtIOConsole *con)
{
    VirtQueue *vq = &con->vdev.vq[TXQ];
    VirtQueueElem elem;

    for (unsigned i = 0; i < vq->num && virtqueue_pop(vq, &elem); i++) {
        for (unsigned j = 0; j < elem.nb_out; j++) {
            chardev_write(con->chr, elem.iov[j].ptr, elem.iov[j].len);
        }
        virtqueue_push(vq, &elem, 0);
    }
    virtqueue_signal(vq);
}

static void console_notify(VirtIODevice *vdev, unsigned q)
{
    VirtIOConsole *con = (VirtIOConsole *)vdev;

    if (q == TXQ) {
        transmit(con);
        return;
    }
    deliver(con);
    if (con->chr->accept_input && can_receive(con)) {
        con->chr->accept_input(con->chr);
    }
}

static void console_free(VirtIODevice *vdev)
{
    VirtIOConsole *con = (VirtIOConsole *)vdev;

    con->chr->can_receive = NULL;
    con->chr->receive = NULL;
    con->chr->opaque = NULL;
    g_free(con);
}

static const VirtIOClass console_class = {
    .name = "virtio-console",
    .id = VIRTIO_ID_CONSOLE,
    .nb_queues = 2,
    .queue_size = 128,
    .notify = console_notify,
    .free = console_free,
};

VirtIODevice *virtio_console_new(Bus *bus, IRQ irq, Chardev *chr)
{
    VirtIOConsole *con = g_new0(VirtIOConsole, 1);

    con->vdev.cls = &console_class;
    con->vdev.bus = bus;
    con->vdev.irq = irq;
    con->vdev.config_len = 12; /* cols, rows, max_nr_ports, emerg_wr: none of them offered */
    con->chr = chr;
    chr->can_receive = can_receive;
    chr->receive = receive;
    chr->opaque = con;
    virtio_reset(&con->vdev);
    return &con->vdev;
}
