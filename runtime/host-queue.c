/* The part of the console and of signals that is the same on every host. See host-queue.h. */
#include "runtime/host-queue.h"

#include <stdatomic.h>
#include <string.h>

#include "runtime/host.h"

HostShared host_shared;

static void (*_Atomic wakeup_fn)(void *opaque);
static void *_Atomic wakeup_opaque;

/* ---- producer ---- */

size_t host_queue_room(uint8_t **where)
{
    uint32_t head = atomic_load(&host_shared.head);
    uint32_t room = HOST_QUEUE_SIZE - (head - atomic_load(&host_shared.tail));
    uint32_t at = head % HOST_QUEUE_SIZE;

    *where = host_shared.data + at;
    return room < HOST_QUEUE_SIZE - at ? room : HOST_QUEUE_SIZE - at;
}

void host_queue_advance(size_t n)
{
    atomic_fetch_add(&host_shared.head, (uint32_t)n);
}

void host_event(void)
{
    void (*fn)(void *opaque) = atomic_load(&wakeup_fn);

    host_wake();
    if (fn) {
        fn(atomic_load(&wakeup_opaque));
    }
}

/* ---- consumer: the vCPU's thread ---- */

size_t host_console_pending(void)
{
    return atomic_load(&host_shared.head) - atomic_load(&host_shared.tail);
}

size_t host_console_read(uint8_t *buf, size_t len)
{
    size_t done = 0;

    while (done < len) {
        uint32_t tail = atomic_load(&host_shared.tail);
        size_t n = atomic_load(&host_shared.head) - tail;
        uint32_t at = tail % HOST_QUEUE_SIZE;

        n = n < len - done ? n : len - done;
        n = n < HOST_QUEUE_SIZE - at ? n : HOST_QUEUE_SIZE - at;
        if (n == 0) {
            break;
        }
        memcpy(buf + done, host_shared.data + at, n);
        atomic_fetch_add(&host_shared.tail, (uint32_t)n);
        done += n;
    }
    /* Waking the producer costs a system call: not for every byte, but when half is free. */
    if (atomic_load(&host_shared.full) && host_console_pending() <= HOST_QUEUE_SIZE / 2 &&
        atomic_exchange(&host_shared.full, 0)) {
        host_queue_has_room();
    }
    return done;
}

bool host_console_eof(void)
{
    return atomic_load(&host_shared.eof) && host_console_pending() == 0;
}

int host_signal_pending(void)
{
    return (int)atomic_load(&host_shared.signal);
}

bool host_stats_requested(void)
{
    /* A plain load first: this is asked all the time. */
    return atomic_load(&host_shared.stats) && atomic_exchange(&host_shared.stats, 0);
}

unsigned host_requests(void)
{
    return atomic_load(&host_shared.request) ? atomic_exchange(&host_shared.request, 0) : 0;
}

void host_set_wakeup(void (*fn)(void *opaque), void *opaque)
{
    atomic_store(&wakeup_fn, NULL);
    atomic_store(&wakeup_opaque, opaque);
    atomic_store(&wakeup_fn, fn);
}
