/* See host-posix-tty.h. Everything here runs in signal handlers too: tcsetattr() is allowed there.
 */
#include "runtime/host-posix-tty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
enum { CRASH_SIGNALS = sizeof(crash_signals) / sizeof(crash_signals[0]) };

static struct termios saved, raw;
static atomic_bool is_raw;
static struct sigaction old_crash[CRASH_SIGNALS];

/* A process in the background may not touch the terminal: it would be stopped by SIGTTOU. */
static bool in_foreground(void)
{
    pid_t owner = tcgetpgrp(0);
    /* a terminal that is not our controlling one has no job control to respect */
    return owner == getpgrp() || (owner < 0 && errno == ENOTTY);
}

void tty_restore(void)
{
    int e = errno;

    if (atomic_exchange(&is_raw, false) && in_foreground()) {
        tcsetattr(0, TCSANOW, &saved);
    }
    errno = e;
}

static void make_raw(void)
{
    if (in_foreground() && tcsetattr(0, TCSANOW, &raw) == 0) {
        atomic_store(&is_raw, true);
    }
}

/* Back to who handled it before (a sanitizer, or the default): the fault happens again. */
static void on_crash(int sig)
{
    tty_restore();
    for (int i = 0; i < CRASH_SIGNALS; i++) {
        if (crash_signals[i] == sig) {
            sigaction(sig, &old_crash[i], NULL);
        }
    }
    if (sig == SIGABRT) {
        raise(sig);
    }
}

static void on_stop(int sig)
{
    bool was_raw = atomic_load(&is_raw);

    tty_restore();
    raise(SIGSTOP);
    /* Here again when the shell continues us. */
    if (was_raw) {
        make_raw();
    }
}

/* Continued after a stop that could not be caught, perhaps in the foreground now. */
static void on_continue(int sig)
{
    if (atomic_load(&is_raw)) {
        make_raw();
    }
}

void tty_init(void)
{
    struct sigaction sa = {.sa_handler = on_crash, .sa_flags = SA_NODEFER};

    sigemptyset(&sa.sa_mask);
    for (int i = 0; i < CRASH_SIGNALS; i++) {
        sigaction(crash_signals[i], &sa, &old_crash[i]);
    }
    sa.sa_flags = SA_RESTART;
    sa.sa_handler = on_stop;
    sigaction(SIGTSTP, &sa, NULL);
    sa.sa_handler = on_continue;
    sigaction(SIGCONT, &sa, NULL);
    atexit(tty_restore);
}

void tty_start(HostTerm mode)
{
    if (!isatty(0) || tcgetattr(0, &saved) < 0) {
        return;
    }
    raw = saved;
    raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    raw.c_oflag |= OPOST; /* our own messages end with a bare newline */
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN);
    if (mode == HOST_TERM_RAW) {
        raw.c_lflag &= ~(tcflag_t)ISIG;
    }
    raw.c_cflag = (raw.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    make_raw();
}
