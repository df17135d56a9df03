/*
 * What both hosts share: the words that other threads (the stdin reader, signal handlers,
 * JavaScript's main thread) write and the vCPU's thread reads.
 *
 * The byte queue has one producer and one consumer; head and tail count bytes since the start and
 * wrap around. js/queue.js knows this layout by word index.
 */
#ifndef RUNTIME_HOST_QUEUE_H
#define RUNTIME_HOST_QUEUE_H

#include <stddef.h>
#include <stdint.h>

enum {
    HOST_QUEUE_SIZE = 1 << 16,
    HOST_SIGNAL_PATIENCE_MS = 500, /* after a signal: another one ends the process at once */
};

typedef struct HostShared {
    _Atomic uint32_t head;    /* producer: bytes put in */
    _Atomic uint32_t tail;    /* consumer: bytes taken out */
    _Atomic uint32_t eof;     /* producer: nothing more will come */
    _Atomic uint32_t full;    /* producer waits for room; cleared by the consumer when there is */
    _Atomic uint32_t signal;  /* number of the signal that ends the process, 0 none */
    _Atomic uint32_t stats;   /* SIGUSR1 came */
    _Atomic uint32_t wake;    /* a sleep of host_loop() is to end (or the next one at once) */
    _Atomic uint32_t request; /* HostRequest bits; cleared by the consumer */
    uint8_t data[HOST_QUEUE_SIZE];
} HostShared;

_Static_assert(offsetof(HostShared, signal) == 4 * 4 && offsetof(HostShared, data) == 8 * 4,
               "js/queue.js counts on these offsets");

extern HostShared host_shared;

/* Producer: room in bytes; contiguous room at *where. */
size_t host_queue_room(uint8_t **where);
void host_queue_advance(size_t n);

/* Input or a signal has arrived: ends a sleep of host_loop(), calls the wake-up function.
 * Async-safe. */
void host_event(void);

/* Provided by the host: the producer may go on, there is room. */
void host_queue_has_room(void);

#endif
