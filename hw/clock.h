/*
 * Virtual time and timers. The clock runs with the host's monotonic clock while the machine runs
 * and stands still while it is stopped; with -icount it is a function of the instructions executed.
 * All on the vCPU's thread.
 */
#ifndef HW_CLOCK_H
#define HW_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Clock Clock;
typedef struct Timer Timer;

/* host_ns: the host's monotonic clock, in ns. */
Clock *clock_new(int64_t (*host_ns)(void));
void clock_free(Clock *clk);
/* ns since the machine started. */
int64_t clock_now(Clock *clk);
/* Virtual time from now on is insns(opaque) << shift ns, plus what clock_warp() adds. */
void clock_set_icount(Clock *clk, unsigned shift, uint64_t (*insns)(void *opaque), void *opaque);
bool clock_is_icount(const Clock *clk, unsigned *shift);
/* icount only: idle time passes; moves time forward to `ns`. */
void clock_warp(Clock *clk, int64_t ns);
/* The machine is stopped (monitor, -S) or goes on. */
void clock_stop(Clock *clk);
void clock_start(Clock *clk);

/* A timer calls cb(opaque) once when its time has come, from clock_run(). Free with timer_free().
 */
Timer *timer_new(Clock *clk, void (*cb)(void *opaque), void *opaque);
void timer_free(Timer *t);
void timer_mod(Timer *t, int64_t ns); /* arms, or moves */
void timer_del(Timer *t);
/* Next deadline in ns, INT64_MAX if none. */
int64_t clock_deadline(const Clock *clk);
/* Runs what is due. */
void clock_run(Clock *clk);
/* Called whenever the next deadline moves to an earlier time: the budget may be too long now. */
void clock_set_notify(Clock *clk, void (*fn)(void *opaque), void *opaque);

#endif
