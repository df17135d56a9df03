/*
 * The host: files, clocks, randomness, console. Two implementations: host-posix.c, and host-js.c
 * over js/host.js. The only place of the C code that knows which host this is.
 *
 * Errors are negative errno values; host_strerror() names them.
 */
#ifndef RUNTIME_HOST_H
#define RUNTIME_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* First of all calls: signal handlers and what else must be there before anything can fail. */
void host_init(void);
/* Ends the process: terminal restored, all threads gone. Everything must be flushed before. */
_Noreturn void host_exit(int status);

/* ---- files ---- */
typedef enum HostOpen {
    HOST_RDONLY,
    HOST_RDWR,
    HOST_CREATE
} HostOpen; /* CREATE: write, truncate */
/* Handle (0 or more) or -errno. Directories are refused with -EISDIR. */
int host_open(const char *path, HostOpen mode);
void host_close(int fd);
/* Size in bytes (block devices too) or -errno. */
int64_t host_size(int fd);
/* Bytes moved (short only at the end of the file) or -errno. */
int64_t host_pread(int fd, void *buf, uint64_t len, uint64_t offset);
int64_t host_pwrite(int fd, const void *buf, uint64_t len, uint64_t offset);
int host_sync(int fd);
/* Appends all of buf to an open handle; waits while the receiver is busy. 0 or -errno (-EPIPE). */
int host_write_all(int fd, const void *buf, size_t len);
enum { HOST_STDOUT = 1, HOST_STDERR = 2 }; /* handles that are always open */
const char *host_strerror(int err);

/* ---- time and randomness ---- */
int64_t host_monotonic_ns(void);
int64_t host_realtime_ns(void); /* since 1970, UTC */
void host_random(void *buf, size_t len);

/* ---- standard input, exit requests ---- */
/*
 * Starts delivering standard input into an internal queue. If it is a terminal it becomes raw:
 * every key is a byte, except that with HOST_TERM_SIGNALS Ctrl-C is still SIGINT. The terminal is
 * put back by host_console_stop() and at every kind of exit.
 */
typedef enum HostTerm { HOST_TERM_SIGNALS, HOST_TERM_RAW } HostTerm;
void host_console_start(HostTerm mode);
void host_console_stop(void);
/* Takes up to len bytes of input that have arrived; never waits. */
size_t host_console_read(uint8_t *buf, size_t len);
size_t host_console_pending(void);
bool host_console_eof(void);
/* SIGINT, SIGTERM, SIGHUP seen since start: the signal's number, else 0. */
int host_signal_pending(void);
/* SIGUSR1 seen since the last call: statistics are wanted. */
bool host_stats_requested(void);
/* Called from other threads or signal handlers when input or a signal arrives; must be async-safe.
 */
void host_set_wakeup(void (*fn)(void *opaque), void *opaque);
/* What the page around this machine asked for since the last call: a set of HostRequest. */
typedef enum HostRequest {
    HOST_PAUSE = 1,
    HOST_RESUME = 2,
    HOST_RESET = 4,
    HOST_QUIT = 8,
} HostRequest;
unsigned host_requests(void);

/* ---- the main loop ---- */
enum { HOST_LOOP_DONE = -2 };
/*
 * Calls step() over and over. What it returns is how long to sleep before the next call, in ns: -1
 * is until a wake-up (host_wake()), which ends any sleep early; HOST_LOOP_DONE ends the loop, and
 * done() is called, which must not return.
 *
 * Where a thread may block, this returns no more. In a page without threads it returns at once, and
 * the loop goes on in turns from the event loop: the caller must unwind to it, leaving everything
 * alive.
 */
void host_loop(int64_t (*step)(void *opaque), void (*done)(void *opaque), void *opaque);
/* Ends a sleep of host_loop() from any thread or signal handler. */
void host_wake(void);
/*
 * Has fn(opaque) called soon, once, by a thread that otherwise only waits for events and may be
 * busy for some tens of ms; never the caller's. False if this host has none: nothing is called.
 */
bool host_defer(void (*fn)(void *opaque), void *opaque);

/* ---- guest RAM ---- */
/* How much RAM, in bytes, this host can give a guest at most. */
uint64_t host_max_ram(void);
/* Zeroed, page-aligned memory, touched by nobody yet; NULL if there is not so much. Never freed. */
void *host_alloc_ram(uint64_t size);

#endif
