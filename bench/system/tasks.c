/*
 * System work and its clock, a program for the guest and for the host:
 *
 *     tasks time NAME COMMAND...   runs the command between the two lines that bench/lib/session.py
 * reads:
 *                                  @begin NAME and @end NAME NANOSECONDS STATUS WORDS-OF-ITS-OUTPUT
 *     tasks fork N COMMAND...      fork, exec of the command and wait, N times
 *     tasks pipe N                 N times a byte to a child and back
 *     tasks call N                 N times getppid
 *     tasks fault N                N pages touched for the first time
 *     tasks data N                 N bytes that compress about three times, on standard output
 *
 * fork, pipe, call and fault print their count, so that work that was not done is noticed. A
 * failure is status 1.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, MAP_PAGES = 1024, OUTPUT = 128 };

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* A child's exit status; 255 if it was killed. */
static int wait_for(pid_t child)
{
    int status;

    if (child < 0 || waitpid(child, &status, 0) != child) {
        die("fork");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static _Noreturn void execute(char **argv)
{
    execv(argv[0], argv);
    perror(argv[0]);
    _exit(127);
}

static int time_command(const char *name, char **argv)
{
    char output[OUTPUT + 1], rest[OUTPUT];
    size_t used = 0;
    ssize_t got;
    int ends[2];

    if (pipe(ends) < 0) {
        die("pipe");
    }
    printf("@begin %s\n", name);
    fflush(stdout);
    uint64_t start = now_ns();
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execute(argv);
    }
    close(ends[1]);
    while ((got = read(ends[0], used < OUTPUT ? output + used : rest,
                       used < OUTPUT ? OUTPUT - used : OUTPUT)) > 0) {
        used += used < OUTPUT ? (size_t)got : 0;
    }
    int status = wait_for(child);
    uint64_t ns = now_ns() - start;
    output[used] = 0;
    for (char *c = output; *c; c++) {
        *c = *c < ' ' ? ' ' : *c;
    }
    printf("@end %s %llu %d %s\n", name, (unsigned long long)ns, status, output);
    return status;
}

static void fork_and_exec(long n, char **argv)
{
    for (long i = 0; i < n; i++) {
        pid_t child = fork();
        if (child == 0) {
            execute(argv);
        }
        if (wait_for(child) != 0) {
            exit(1);
        }
    }
}

static void round_trips(long n)
{
    int to[2], from[2];
    char byte = 0;

    if (pipe(to) < 0 || pipe(from) < 0) {
        die("pipe");
    }
    pid_t child = fork();
    if (child == 0) {
        close(to[1]);
        while (read(to[0], &byte, 1) == 1 && write(from[1], &byte, 1) == 1) {
        }
        _exit(0);
    }
    for (long i = 0; i < n; i++) {
        char back, sent = (char)i;
        if (write(to[1], &sent, 1) != 1 || read(from[0], &back, 1) != 1 || back != sent) {
            die("round trip");
        }
    }
    close(to[1]);
    wait_for(child);
}

static void touch_pages(long n)
{
    for (long done = 0; done < n; done += MAP_PAGES) {
        char *p = mmap(NULL, MAP_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                       -1, 0);
        if (p == MAP_FAILED) {
            die("mmap");
        }
        madvise(p, MAP_PAGES * PAGE, MADV_NOHUGEPAGE);
        for (long i = 0; i < MAP_PAGES; i++) {
            p[i * PAGE] = 1;
        }
        munmap(p, MAP_PAGES * PAGE);
    }
}

/* Words out of a small vocabulary, as in a log. */
static void write_data(long n)
{
    static char words[4096][12];
    uint32_t state = 12345;

    for (int i = 0; i < 4096; i++) {
        snprintf(words[i], sizeof(words[i]), "%x ", (unsigned)i * 977);
    }
    for (long done = 0; done < n;) {
        state = state * 1664525 + 1013904223;
        const char *word = words[state >> 16 & 0xfff];
        long length = MIN((long)strlen(word), n - done);
        fwrite(word, 1, (size_t)length, stdout);
        done += length;
    }
}

int main(int argc, char **argv)
{
    const char *task = argc > 2 ? argv[1] : "";
    long n = argc > 2 ? strtol(argv[2], NULL, 10) : 0;

    if (strcmp(task, "time") == 0 && argc > 3) {
        return time_command(argv[2], argv + 3);
    }
    if (strcmp(task, "data") == 0) {
        write_data(n);
        return 0;
    }
    if (strcmp(task, "fork") == 0 && argc > 3) {
        fork_and_exec(n, argv + 3);
    } else if (strcmp(task, "pipe") == 0) {
        round_trips(n);
    } else if (strcmp(task, "call") == 0) {
        for (long i = 0; i < n; i++) {
            syscall(SYS_getppid);
        }
    } else if (strcmp(task, "fault") == 0) {
        touch_pages(n);
    } else {
        fprintf(stderr, "usage: tasks time NAME COMMAND... | fork N COMMAND... | pipe N | call N | "
                        "fault N | data N\n");
        return 1;
    }
    printf("%ld\n", n);
    return 0;
}
