/* The emulator's main program: the whole way of a run in one function. */
#include <stdlib.h>
#include <string.h>

#include "runtime/host.h"
#include "runtime/machine.h"
#include "runtime/report.h"

static int fail(char *error)
{
    report("%s", error);
    g_free(error);
    return EXIT_FAILURE;
}

static void leave(void *machine)
{
    host_exit(machine_leave(machine));
}

int main(int argc, char **argv)
{
    static Options opt;
    static Machine machine;
    char *error;

    host_init();
    error = options_parse(argc, argv, &opt);
    if (!error && opt.text) {
        host_write_all(HOST_STDOUT, opt.text, strlen(opt.text));
        host_exit(EXIT_SUCCESS);
    }
    if (!error) {
        error = machine_load(&machine, &opt);
    }
    if (!error) {
        error = machine_build(&machine);
    }
    if (error) {
        host_exit(fail(error));
    }
    if (opt.dumpdtb) {
        leave(&machine);
    }
    machine_start(&machine);
    host_loop(machine_step, leave, &machine);
    return EXIT_SUCCESS; /* without threads only: the event loop goes on */
}
