/* The devices of the `virt` board, one file each. All run on the vCPU's thread. */
#ifndef HW_DEVICES_H
#define HW_DEVICES_H

#include "hw/block.h"
#include "hw/bus.h"
#include "hw/chardev.h"
#include "hw/clock.h"

/* Each foo_new() returns the device in its power-on state; map it with foo_ops and itself. */

/* ---- uart16550.c ---- */
typedef struct UART UART;
extern const BusOps uart_ops;
UART *uart_new(Chardev *chr, IRQ irq);
void uart_reset(UART *u);
void uart_free(UART *u);
/* For firmware in the emulator: the next byte of input, -1 if there is none. */
int uart_getchar(UART *u);

/* ---- aclint.c ---- */
enum { TIMEBASE_HZ = 10000000 };
typedef struct ACLINT ACLINT;
extern const BusOps aclint_ops;
/* msip, mtip: the M-mode lines of hart 0; stip: its S-mode timer line (Sstc, or SBI set_timer). */
ACLINT *aclint_new(Clock *clk, IRQ msip, IRQ mtip, IRQ stip);
void aclint_reset(ACLINT *a);
void aclint_free(ACLINT *a);
uint64_t aclint_mtime(ACLINT *a); /* ticks of TIMEBASE_HZ */
/* The S-mode timer fires when mtime reaches ticks; its line is low until then. */
void aclint_set_stimecmp(ACLINT *a, uint64_t ticks);

/* ---- plic.c ---- */
enum { PLIC_SOURCES = 96 }; /* 0 is no source */
typedef struct PLIC PLIC;
extern const BusOps plic_ops;
/* Contexts 0 and 1 are M and S of hart 0. */
PLIC *plic_new(IRQ meip, IRQ seip);
void plic_reset(PLIC *p);
void plic_free(PLIC *p);
IRQ plic_input(PLIC *p, unsigned source);

/* ---- goldfish-rtc.c ---- */
typedef struct RTC RTC;
extern const BusOps rtc_ops;
RTC *rtc_new(Clock *clk, int64_t (*realtime_ns)(void), IRQ irq);
void rtc_reset(RTC *r);
void rtc_free(RTC *r);

/* ---- syscon.c ---- */
enum { SYSCON_FAIL = 0x3333, SYSCON_POWEROFF = 0x5555, SYSCON_RESET = 0x7777 };
typedef struct Syscon {
    void (*event)(void *opaque, unsigned what, unsigned code);
    void *opaque;
} Syscon;
extern const BusOps syscon_ops; /* opaque: a Syscon */

#endif
