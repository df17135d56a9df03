/*
 * The host under JavaScript: this half runs on the vCPU's thread. The other one is js/host.js for
 * the program of Node.js, and js/host-web.js for machines that a page or a script embeds.
 */
#include <emscripten.h>
#include <emscripten/heap.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/host-queue.h"
#include "runtime/host.h"

struct HostOutput;

void weft_js_init(HostShared *shared, struct HostOutput *output);
/* Returns only where another thread is ending this one. */
void weft_js_exit(int status);
/* Everything is built: the guest is about to run. */
void weft_js_ready(void);
bool weft_js_may_block(void);
void weft_js_console_start(int mode);
void weft_js_console_stop(void);
void weft_js_console_resume(void);
/* Standard output goes through `output`, from which weft_js_output() has it taken. */
bool weft_js_queues_output(void);
void weft_js_output(void);
bool weft_js_can_defer(void);
void weft_js_defer(void (*fn)(void *opaque), void *opaque);
int weft_js_open(const char *path, int mode);
void weft_js_close(int fd);
/* Sizes and positions are doubles: exact up to 2^53, and the same with and without memory64. */
double weft_js_size(int fd);
double weft_js_read(int fd, void *buf, double len, double position);
double weft_js_write(int fd, const void *buf, double len, double position);
int weft_js_sync(int fd);
double weft_js_total_memory(void);

enum {
    CHUNK = 16 << 20,         /* bytes at a time: Node.js takes no more than 2 GiB */
    HEAP_RESERVE = 512 << 20, /* of the address space: translated code and all else but guest RAM */
};

/*
 * Standard output on its way to the worker that has the console: a ring with one producer, the
 * vCPU, and one consumer. To wait for that worker at each line would take as long as the system
 * takes to find a core for it.
 */
enum { OUTPUT_SIZE = 1 << 13 };

static struct HostOutput {
    _Atomic uint32_t head; /* producer: bytes put in since the start; wraps around */
    _Atomic uint32_t tail; /* consumer: bytes taken out */
    _Atomic uint32_t told; /* the consumer will look; cleared by it before it looks once more */
    uint32_t pad;
    uint8_t data[OUTPUT_SIZE];
} output;

_Static_assert(offsetof(struct HostOutput, told) == 2 * 4 &&
                   offsetof(struct HostOutput, data) == 4 * 4 && OUTPUT_SIZE == 1 << 13,
               "js/output.js counts on these offsets, and on the size");

/* ---- files ---- */

int host_open(const char *path, HostOpen mode)
{
    return weft_js_open(path, mode);
}

void host_close(int fd)
{
    weft_js_close(fd);
}

int64_t host_size(int fd)
{
    return (int64_t)weft_js_size(fd);
}

int64_t host_pread(int fd, void *buf, uint64_t len, uint64_t offset)
{
    uint64_t done = 0;

    while (done < len) {
        uint64_t want = len - done < CHUNK ? len - done : CHUNK;
        double n = weft_js_read(fd, (char *)buf + done, (double)want, (double)(offset + done));

        if (n < 0) {
            return (int64_t)n;
        }
        if (n == 0) {
            break;
        }
        done += (uint64_t)n;
    }
    return (int64_t)done;
}

int64_t host_pwrite(int fd, const void *buf, uint64_t len, uint64_t offset)
{
    uint64_t done = 0;

    while (done < len) {
        uint64_t want = len - done < CHUNK ? len - done : CHUNK;
        double n =
            weft_js_write(fd, (const char *)buf + done, (double)want, (double)(offset + done));

        if (n < 0) {
            return (int64_t)n;
        }
        done += (uint64_t)n;
    }
    return (int64_t)done;
}

int host_sync(int fd)
{
    return weft_js_sync(fd);
}

/* Waits while the ring is full, which is while nobody takes what the guest prints. */
static void queue_output(const char *buf, size_t len)
{
    while (len > 0) {
        uint32_t head = atomic_load(&output.head), tail = atomic_load(&output.tail);
        uint32_t at = head % OUTPUT_SIZE;
        size_t room = OUTPUT_SIZE - (head - tail);
        size_t n = room < OUTPUT_SIZE - at ? room : OUTPUT_SIZE - at;

        if (n == 0) {
            weft_js_output(); /* it may be resting */
            __builtin_wasm_memory_atomic_wait32((int *)&output.tail, (int)tail, -1);
            continue;
        }
        n = n < len ? n : len;
        memcpy(output.data + at, buf, n);
        atomic_store(&output.head, head + (uint32_t)n);
        if (!atomic_exchange(&output.told, 1)) {
            weft_js_output();
        }
        buf += n;
        len -= n;
    }
}

int host_write_all(int fd, const void *buf, size_t len)
{
    size_t done = 0;

    if (fd == HOST_STDOUT && weft_js_queues_output()) {
        queue_output(buf, len);
        return 0;
    }

    while (done < len) {
        size_t want = len - done < CHUNK ? len - done : CHUNK;
        double n = weft_js_write(fd, (const char *)buf + done, (double)want, -1);

        if (n >= 0) {
            done += (size_t)n;
        } else if ((int)n == -EAGAIN) {
            int never = 0;

            /* A reader that never reads must not make the process immune to SIGTERM. */
            if (host_signal_pending()) {
                return -EPIPE;
            }
            __builtin_wasm_memory_atomic_wait32(&never, 0, 1000000);
        } else {
            return (int)n;
        }
    }
    return 0;
}

const char *host_strerror(int err)
{
    return strerror(err < 0 ? -err : err);
}

/* ---- time and randomness ---- */

int64_t host_monotonic_ns(void)
{
    return (int64_t)(emscripten_get_now() * 1e6);
}

int64_t host_realtime_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void host_random(void *buf, size_t len)
{
    char *p = buf;

    while (len > 0) {
        size_t n = len < 256 ? len : 256; /* getentropy() gives no more at once */

        if (getentropy(p, n) < 0) {
            abort();
        }
        p += n;
        len -= n;
    }
}

/* ---- waiting ---- */

void host_wake(void)
{
    atomic_store(&host_shared.wake, 1);
    __builtin_wasm_memory_atomic_notify((int *)&host_shared.wake, 1);
}

static void sleep_ns(int64_t ns)
{
    if (!atomic_exchange(&host_shared.wake, 0)) {
        __builtin_wasm_memory_atomic_wait32((int *)&host_shared.wake, 0, ns);
        atomic_store(&host_shared.wake, 0);
    }
}

bool host_defer(void (*fn)(void *opaque), void *opaque)
{
    bool can = weft_js_can_defer();

    if (can) {
        weft_js_defer(fn, opaque);
    }
    return can;
}

static struct {
    int64_t (*step)(void *opaque);
    void (*done)(void *opaque);
    void *opaque;
} loop;

void host_loop(int64_t (*step)(void *opaque), void (*done)(void *opaque), void *opaque)
{
    int64_t ns;

    weft_js_ready();
    if (!weft_js_may_block()) {
        loop.step = step;
        loop.done = done;
        loop.opaque = opaque;
        return;
    }
    while ((ns = step(opaque)) != HOST_LOOP_DONE) {
        if (ns) {
            sleep_ns(ns);
        }
    }
    done(opaque);
}

/*
 * For JavaScript: one turn of the loop, of about so many ms. Returns how many ms to wait until the
 * next one (0: none; negative: until host_event()).
 */
EMSCRIPTEN_KEEPALIVE double weft_turn(double ms)
{
    double end = emscripten_get_now() + ms;
    int64_t ns;

    do {
        ns = loop.step(loop.opaque);
    } while (ns == 0 && emscripten_get_now() < end);
    if (ns == HOST_LOOP_DONE) {
        loop.done(loop.opaque);
    }
    return ns < 0 ? -1 : (double)ns * 1e-6;
}

/* ---- console ---- */

void host_queue_has_room(void)
{
    weft_js_console_resume();
}

void host_console_start(HostTerm mode)
{
    weft_js_console_start(mode);
}

void host_console_stop(void)
{
    weft_js_console_stop();
}

/* ---- start and end ---- */

void host_init(void)
{
    weft_js_init(&host_shared, &output);
}

void host_exit(int status)
{
    static const int never;

    weft_js_exit(status);
    for (;;) {
        __builtin_wasm_memory_atomic_wait32((int *)&never, 0, -1);
    }
}

/* ---- guest RAM ---- */

uint64_t host_max_ram(void)
{
    uint64_t heap = emscripten_get_heap_max();
    uint64_t total = (uint64_t)weft_js_total_memory();

    heap = heap > 2u * HEAP_RESERVE ? heap - HEAP_RESERVE : heap / 2;
    return heap < total ? heap : total;
}

/*
 * New memory of WebAssembly is zero, and the system gives pages only when they are touched:
 * calloc() would write all of them.
 */
void *host_alloc_ram(uint64_t size)
{
    enum { PAGE = 4096 };
    char *p;

    if (size > SIZE_MAX - PAGE || size > INTPTR_MAX - PAGE) {
        return NULL;
    }
    p = sbrk((intptr_t)(size + PAGE));
    if (p == (char *)-1) {
        return NULL;
    }
    return (char *)(((uintptr_t)p + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
}
