/* SiFive's test finisher: a store to its first word ends the machine. */
#include "hw/devices.h"

static uint64_t syscon_read(void *opaque, uint64_t offset, unsigned size)
{
    return 0;
}

static void syscon_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    Syscon *s = opaque;
    unsigned what = value & 0xffff;

    if (offset == 0 && (what == SYSCON_FAIL || what == SYSCON_POWEROFF || what == SYSCON_RESET)) {
        s->event(s->opaque, what, what == SYSCON_FAIL ? value >> 16 & 0xffff : 0);
    }
}

const BusOps syscon_ops = {syscon_read, syscon_write, 2 | 4};
