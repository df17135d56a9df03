/* Builds the machine that the command line describes, and takes it down again. */
#ifndef RUNTIME_MACHINE_H
#define RUNTIME_MACHINE_H

#include "runtime/chardev.h"
#include "runtime/monitor.h"
#include "runtime/options.h"
#include "runtime/vm.h"

typedef struct Machine {
    VM vm;
    const Options *opt;
    BoardConfig config;
    Console *console; /* standard input and output, NULL if nobody uses them */
    Monitor *monitor;
    Chardev *chr[3]; /* own back ends that are not the console's: serial, monitor, virtio */
    char *bios_path;
    int64_t start_ns;
} Machine;

/* Opens and reads all files of the command line. NULL or an error, to g_free(). */
char *machine_load(Machine *m, const Options *opt);
/* Makes CPU, bus, clock, board. */
char *machine_build(Machine *m);
/* Starts the console; the machine is ready for host_loop(). */
void machine_start(Machine *m);
/* A step for host_loop(), with the Machine. */
int64_t machine_step(void *machine);
/*
 * Writes what -jit-stats and -test want, closes disks and files, puts the terminal back. Returns
 * the process's status.
 */
int machine_leave(Machine *m);

#endif
