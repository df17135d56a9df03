/*
 * The native host. Standard input is read by a thread of its own, so that the vCPU's thread only
 * ever looks at a queue in memory; signal handlers set a word and wake. The terminal is in
 * host-posix-tty.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "runtime/host-posix-tty.h"
#include "runtime/host-queue.h"
#include "runtime/host.h"

static int wake_fd = -1; /* ends a sleep of host_loop() */
static int room_fd = -1; /* wakes the reader: room in the queue, or time to stop */
static pthread_t reader;
static bool reader_started;
static atomic_bool reader_stop;

/* ---- files ---- */

int host_open(const char *path, HostOpen mode)
{
    static const int flags[] = {
        [HOST_RDONLY] = O_RDONLY,
        [HOST_RDWR] = O_RDWR,
        [HOST_CREATE] = O_WRONLY | O_CREAT | O_TRUNC,
    };
    /* Opening a FIFO that nobody writes must not wait. Regular files do not care. */
    int nonblock = mode == HOST_CREATE ? 0 : O_NONBLOCK;
    int fd = open(path, flags[mode] | O_CLOEXEC | O_NOCTTY | nonblock, 0666);
    struct stat st;

    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &st) < 0 || S_ISDIR(st.st_mode)) {
        close(fd);
        return -EISDIR;
    }
    return fd;
}

void host_close(int fd)
{
    close(fd);
}

int64_t host_size(int fd)
{
    struct stat st;
    off_t end;

    if (fstat(fd, &st) < 0) {
        return -errno;
    }
    if (S_ISREG(st.st_mode)) {
        return st.st_size;
    }
    if (!S_ISBLK(st.st_mode)) {
        return -ESPIPE;
    }
    end = lseek(fd, 0, SEEK_END);
    return end < 0 ? -errno : end;
}

int64_t host_pread(int fd, void *buf, uint64_t len, uint64_t offset)
{
    uint64_t done = 0;

    while (done < len) {
        ssize_t n = pread(fd, (char *)buf + done, len - done, (off_t)(offset + done));

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -errno;
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
        ssize_t n = pwrite(fd, (const char *)buf + done, len - done, (off_t)(offset + done));

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -errno;
        }
        done += (uint64_t)n;
    }
    return (int64_t)done;
}

int host_sync(int fd)
{
    return fdatasync(fd) < 0 ? -errno : 0;
}

int host_write_all(int fd, const void *buf, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = write(fd, (const char *)buf + done, len - done);

        if (n >= 0) {
            done += (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};

            /* A reader that never reads must not make the process immune to SIGTERM. */
            poll(&p, 1, 100);
            if (host_signal_pending()) {
                return -EPIPE;
            }
        } else if (errno == EINTR) {
            if (host_signal_pending()) {
                return -EPIPE;
            }
        } else {
            return -errno;
        }
    }
    return 0;
}

const char *host_strerror(int err)
{
    return strerror(err < 0 ? -err : err);
}

/* ---- time and randomness ---- */

static int64_t clock_ns(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t host_monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t host_realtime_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

void host_random(void *buf, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = getrandom((char *)buf + done, len - done, 0);

        if (n > 0) {
            done += (size_t)n;
        }
    }
}

/* ---- waiting ---- */

static void eventfd_set(int fd)
{
    uint64_t one = 1;
    int saved = errno;

    /* It can only fail when the counter is at its limit, and then the receiver is awake anyway. */
    if (write(fd, &one, sizeof(one)) < 0) {
        errno = saved;
    }
}

static void eventfd_clear(int fd)
{
    uint64_t count;

    if (read(fd, &count, sizeof(count)) < 0) {
        return; /* nothing was set */
    }
}

void host_wake(void)
{
    eventfd_set(wake_fd);
}

/* All threads are started where they are needed. */
bool host_defer(void (*fn)(void *opaque), void *opaque)
{
    return false;
}

static void sleep_ns(int64_t ns)
{
    struct pollfd p = {.fd = wake_fd, .events = POLLIN};
    struct timespec ts = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

    if (ppoll(&p, 1, ns < 0 ? NULL : &ts, NULL) > 0) {
        eventfd_clear(wake_fd);
    }
}

void host_loop(int64_t (*step)(void *opaque), void (*done)(void *opaque), void *opaque)
{
    int64_t ns;

    while ((ns = step(opaque)) != HOST_LOOP_DONE) {
        if (ns) {
            sleep_ns(ns);
        }
    }
    done(opaque);
}

/* ---- standard input ---- */

void host_queue_has_room(void)
{
    eventfd_set(room_fd);
}

static void *reader_thread(void *arg)
{
    while (!atomic_load(&reader_stop)) {
        uint8_t *where;
        size_t room = host_queue_room(&where);
        struct pollfd p[2] = {{.fd = room_fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
        ssize_t n;

        if (room == 0) {
            atomic_store(&host_shared.full, 1);
            room = host_queue_room(&where); /* it may have been emptied meanwhile */
        }
        poll(p, room ? 2 : 1, -1);
        if (p[0].revents) {
            eventfd_clear(room_fd);
            continue;
        }
        if (room == 0 || !p[1].revents) {
            continue;
        }
        n = read(0, where, room);
        if (n > 0) {
            host_queue_advance((size_t)n);
            host_event();
        } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
            atomic_store(&host_shared.eof, 1);
            host_event();
            break;
        }
    }
    return arg;
}

void host_console_start(HostTerm mode)
{
    sigset_t all, old;

    tty_start(mode);
    /* Signals are for the vCPU's thread: they interrupt its waiting. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    atomic_store(&reader_stop, false);
    reader_started = pthread_create(&reader, NULL, reader_thread, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void host_console_stop(void)
{
    if (reader_started) {
        atomic_store(&reader_stop, true);
        eventfd_set(room_fd);
        pthread_join(reader, NULL);
        reader_started = false;
    }
    tty_restore();
}

/* ---- start and end ---- */

static void on_exit_signal(int sig)
{
    static _Atomic int64_t first; /* when the first request came */
    const int64_t now = host_monotonic_ns();
    int64_t before = 0;

    if (atomic_compare_exchange_strong(&first, &before, now)) {
        atomic_store(&host_shared.signal, (uint32_t)sig);
        host_event();
    } else if (now - before > HOST_SIGNAL_PATIENCE_MS * 1000000) {
        /* Several at once are one request; a later one means that the first was not heard. */
        tty_restore();
        _exit(128 + sig);
    }
}

static void on_stats_signal(int sig)
{
    atomic_store(&host_shared.stats, 1);
    host_event();
}

void host_init(void)
{
    static const int exit_signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction sa = {.sa_handler = on_exit_signal};

    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    room_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof(exit_signals) / sizeof(exit_signals[0]); i++) {
        struct sigaction old;

        /* Who starts us with a signal ignored (nohup, a shell's background job) means it. */
        if (sigaction(exit_signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(exit_signals[i], &sa, NULL);
        }
    }
    sa.sa_handler = on_stats_signal;
    sa.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &sa, NULL);
    sa.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &sa, NULL);
    tty_init();
}

void host_exit(int status)
{
    host_console_stop();
    exit(status);
}

/* ---- guest RAM ---- */

uint64_t host_max_ram(void)
{
    struct sysinfo si;

    if (sysinfo(&si) < 0) {
        return UINT64_C(4) << 30;
    }
    return ((uint64_t)si.totalram + si.totalswap) * si.mem_unit;
}

void *host_alloc_ram(uint64_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    if (p == MAP_FAILED) {
        return NULL;
    }
    madvise(p, size, MADV_HUGEPAGE);
    return p;
}
