/*
 * Virtual time and timers. Few timers exist (a handful a machine), so a sorted list is the fastest
 * queue there is: the deadline is its head.
 */
#include "hw/clock.h"

#include <glib.h>

struct Timer {
    Clock *clk;
    Timer *next;
    int64_t when;
    bool armed;
    void (*cb)(void *opaque);
    void *opaque;
};

struct Clock {
    Timer *head; /* by time; equal times in the order they were armed */
    int64_t (*host_ns)(void);
    int64_t offset; /* running: virtual time = host time + offset; stopped: the virtual time */
    bool stopped;
    uint64_t (*insns)(void *opaque); /* icount, or NULL */
    void *insns_opaque;
    unsigned shift;
    void (*notify)(void *opaque);
    void *notify_opaque;
};

Clock *clock_new(int64_t (*host_ns)(void))
{
    Clock *clk = g_new0(Clock, 1);

    clk->host_ns = host_ns;
    clk->offset = -host_ns();
    return clk;
}

void clock_free(Clock *clk)
{
    /* Timers belong to their devices, which go first. */
    g_assert(clk->head == NULL);
    g_free(clk);
}

int64_t clock_now(Clock *clk)
{
    if (clk->insns) {
        return (int64_t)(clk->insns(clk->insns_opaque) << clk->shift) + clk->offset;
    }
    return clk->stopped ? clk->offset : clk->host_ns() + clk->offset;
}

void clock_set_icount(Clock *clk, unsigned shift, uint64_t (*insns)(void *opaque), void *opaque)
{
    clk->insns = insns;
    clk->insns_opaque = opaque;
    clk->shift = shift;
    clk->offset = 0;
}

bool clock_is_icount(const Clock *clk, unsigned *shift)
{
    if (clk->insns && shift) {
        *shift = clk->shift;
    }
    return clk->insns != NULL;
}

void clock_warp(Clock *clk, int64_t ns)
{
    int64_t now = clock_now(clk);

    if (clk->insns && ns > now) {
        clk->offset += ns - now;
    }
}

void clock_stop(Clock *clk)
{
    if (!clk->stopped) {
        /* With icount no instruction runs, so that time stands still by itself. */
        if (!clk->insns) {
            clk->offset += clk->host_ns();
        }
        clk->stopped = true;
    }
}

void clock_start(Clock *clk)
{
    if (clk->stopped) {
        if (!clk->insns) {
            clk->offset -= clk->host_ns();
        }
        clk->stopped = false;
    }
}

Timer *timer_new(Clock *clk, void (*cb)(void *opaque), void *opaque)
{
    Timer *t = g_new0(Timer, 1);

    t->clk = clk;
    t->cb = cb;
    t->opaque = opaque;
    return t;
}

void timer_free(Timer *t)
{
    if (t) {
        timer_del(t);
        g_free(t);
    }
}

void timer_del(Timer *t)
{
    if (t->armed) {
        Timer **p = &t->clk->head;

        while (*p != t) {
            p = &(*p)->next;
        }
        *p = t->next;
        t->armed = false;
    }
}

void timer_mod(Timer *t, int64_t ns)
{
    Clock *clk = t->clk;
    int64_t before = clock_deadline(clk);
    Timer **p = &clk->head;

    timer_del(t);
    while (*p && (*p)->when <= ns) {
        p = &(*p)->next;
    }
    t->when = ns;
    t->next = *p;
    *p = t;
    t->armed = true;
    if (ns < before && clk->notify) {
        clk->notify(clk->notify_opaque);
    }
}

int64_t clock_deadline(const Clock *clk)
{
    return clk->head ? clk->head->when : INT64_MAX;
}

void clock_run(Clock *clk)
{
    /* One reading of the clock: a timer that re-arms itself cannot keep this loop going. */
    int64_t now = clock_now(clk);
    Timer *t;

    while ((t = clk->head) && t->when <= now) {
        clk->head = t->next;
        t->armed = false;
        t->cb(t->opaque); /* may arm, delete or free t */
    }
}

void clock_set_notify(Clock *clk, void (*fn)(void *opaque), void *opaque)
{
    clk->notify = fn;
    clk->notify_opaque = opaque;
}
