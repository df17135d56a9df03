/* Character back ends: a file, nothing, and the console on standard input and output. */
#ifndef RUNTIME_CHARDEV_H
#define RUNTIME_CHARDEV_H

#include <stdbool.h>

#include "hw/chardev.h"
#include "runtime/host.h"

/* ---- chardev.c ---- */
Chardev *chardev_null_new(void);
/* Output goes to a file, there is no input. NULL and *error, to g_free(). */
Chardev *chardev_file_new(const char *path, char **error);
/* Output waits in a buffer until this is called, a line ends or the buffer is full. */
void chardev_file_flush(Chardev *chr);

/* ---- console-mux.c ---- */
/*
 * Standard input and output, one a process. Without mux it has one user. With mux several share it:
 * output of all is shown, input goes to the one that has the focus, and Ctrl-A is the escape key.
 */
typedef struct Console Console;
enum { CONSOLE_MAX_USERS = 3 };
/* `quit` is called on Ctrl-A x, `closed` (with -errno) when standard output takes no more. */
Console *console_new(bool mux, void (*quit)(void *opaque), void (*closed)(void *opaque, int err),
                     void *opaque);
/* Another user; the first one gets the focus. `focus` (or NULL) is called when it gets it. */
Chardev *console_add(Console *con, void (*focus)(void *opaque), void *opaque);
/* Starts delivering input. */
void console_start(Console *con, HostTerm mode);
/* Moves input that has arrived to who can take it, output to the host. The main loop calls it. */
void console_pump(Console *con);
void console_flush(Console *con);
/* Flushes, and puts the terminal back. */
void console_free(Console *con);

#endif
