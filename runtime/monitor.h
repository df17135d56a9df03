/* The monitor: a command line about the machine, on a character device. */
#ifndef RUNTIME_MONITOR_H
#define RUNTIME_MONITOR_H

#include "hw/chardev.h"
#include "runtime/vm.h"

typedef struct Monitor Monitor;

/* Commands act on *vm, which must be complete before the first byte arrives. */
Monitor *monitor_new(VM *vm);
void monitor_free(Monitor *mon);
/* The device it talks on. */
void monitor_attach(Monitor *mon, Chardev *chr);
/* It got the keyboard: shows the prompt. `opaque` is the Monitor. */
void monitor_focus(void *opaque);

#endif
