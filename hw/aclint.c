/*
 * Timer and software interrupts of hart 0: MSWI and MTIMER of the RISC-V ACLINT specification at
 * the offsets of the older SiFive CLINT, and the S-mode timer that Sstc (or the SBI) has of its
 * own.
 */
#include "hw/devices.h"

enum { MSIP = 0x0000, MTIMECMP = 0x4000, MTIME = 0xbff8 };
enum { NS_PER_TICK = 1000000000 / TIMEBASE_HZ };

typedef struct Compare {
    ACLINT *aclint;
    uint64_t ticks;
    Timer *timer;
    IRQ irq;
} Compare;

struct ACLINT {
    Clock *clk;
    uint64_t offset; /* mtime = ticks of the clock + offset; nonzero after mtime was written */
    bool msip_level;
    IRQ msip;
    Compare m, s;
};

uint64_t aclint_mtime(ACLINT *a)
{
    return (uint64_t)clock_now(a->clk) / NS_PER_TICK + a->offset;
}

/* The line is a level: mtime >= mtimecmp (ACLINT specification, MTIMER). */
static void compare_update(Compare *c)
{
    ACLINT *a = c->aclint;
    uint64_t now = aclint_mtime(a), base = now - a->offset, delta = c->ticks - now;

    if (now >= c->ticks) {
        timer_del(c->timer);
        irq_set(c->irq, true);
        return;
    }
    irq_set(c->irq, false);
    if (delta < INT64_MAX / NS_PER_TICK - base) {
        timer_mod(c->timer, (int64_t)((base + delta) * NS_PER_TICK));
    } else {
        timer_del(c->timer); /* not in this machine's life */
    }
}

static void compare_fired(void *opaque)
{
    compare_update(opaque);
}

void aclint_set_stimecmp(ACLINT *a, uint64_t ticks)
{
    a->s.ticks = ticks;
    compare_update(&a->s);
}

/* Registers of 64 bits may be accessed by halves. */
static uint64_t part(uint64_t reg, uint64_t offset)
{
    return reg >> (8 * (offset & 4));
}

static uint64_t merge(uint64_t reg, uint64_t offset, uint64_t value, unsigned size)
{
    unsigned shift = 8 * (offset & 4);

    return size == 8 ? value
                     : (reg & ~(UINT64_C(0xffffffff) << shift)) | (value & 0xffffffff) << shift;
}

static uint64_t aclint_read(void *opaque, uint64_t offset, unsigned size)
{
    ACLINT *a = opaque;

    switch (offset & ~UINT64_C(7)) {
    case MSIP: return offset & 4 ? 0 : a->msip_level;
    case MTIMECMP: return part(a->m.ticks, offset);
    case MTIME: return part(aclint_mtime(a), offset);
    }
    return 0; /* registers of harts that do not exist */
}

static void aclint_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    ACLINT *a = opaque;
    uint64_t now;

    switch (offset & ~UINT64_C(7)) {
    case MSIP:
        if (!(offset & 4)) {
            a->msip_level = value & 1;
            irq_set(a->msip, a->msip_level);
        }
        break;
    case MTIMECMP:
        a->m.ticks = merge(a->m.ticks, offset, value, size);
        compare_update(&a->m);
        break;
    case MTIME:
        now = aclint_mtime(a);
        a->offset += merge(now, offset, value, size) - now;
        compare_update(&a->m);
        compare_update(&a->s);
        break;
    }
}

const BusOps aclint_ops = {aclint_read, aclint_write, 4 | 8};

static void compare_init(Compare *c, ACLINT *a, IRQ irq)
{
    c->aclint = a;
    c->irq = irq;
    c->timer = timer_new(a->clk, compare_fired, c);
}

ACLINT *aclint_new(Clock *clk, IRQ msip, IRQ mtip, IRQ stip)
{
    ACLINT *a = g_new0(ACLINT, 1);

    a->clk = clk;
    a->msip = msip;
    compare_init(&a->m, a, mtip);
    compare_init(&a->s, a, stip);
    aclint_reset(a);
    return a;
}

void aclint_reset(ACLINT *a)
{
    a->offset = 0;
    a->msip_level = false;
    irq_set(a->msip, false);
    a->m.ticks = a->s.ticks = UINT64_MAX;
    compare_update(&a->m);
    compare_update(&a->s);
}

void aclint_free(ACLINT *a)
{
    if (a) {
        timer_free(a->m.timer);
        timer_free(a->s.timer);
        g_free(a);
    }
}
