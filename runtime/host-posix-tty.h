/* The terminal of the native host: raw while the console runs, restored however the process ends.
 */
#ifndef RUNTIME_HOST_POSIX_TTY_H
#define RUNTIME_HOST_POSIX_TTY_H

#include "runtime/host.h"

/* Handlers that put the terminal back on crashes and around job-control stops. */
void tty_init(void);
/* Makes standard input raw, if it is a terminal. */
void tty_start(HostTerm mode);
/* Puts it back as it was; async-safe, may be called any number of times. */
void tty_restore(void);

#endif
