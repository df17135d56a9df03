/* The `virt` board: builds the machine around one hart, loads what it boots, resets it. */
#ifndef HW_BOARD_H
#define HW_BOARD_H

#include <glib.h>

#include "hw/block.h"
#include "hw/bus.h"
#include "hw/chardev.h"
#include "hw/clock.h"

typedef struct Board Board;

/* A file in memory; name is for messages. data NULL: not given. Owned by the caller, kept for
 * resets. */
typedef struct Blob {
    const char *name;
    const uint8_t *data;
    size_t size;
} Blob;

enum { BOARD_MAX_DISKS = 8 };
typedef enum BoardBios { BIOS_BUILTIN, BIOS_NONE, BIOS_FILE } BoardBios;

typedef struct BoardConfig {
    uint64_t ram_size; /* bytes, page multiple */
    uint8_t *ram;      /* host memory of that size, zeroed */
    BoardBios bios_kind;
    Blob bios, kernel, initrd, dtb;
    const char *append;      /* kernel command line or NULL */
    Chardev *serial;         /* 16550; NULL: nothing attached */
    Chardev *virtio_console; /* NULL: no such device */
    BlockBackend *disk[BOARD_MAX_DISKS];
    unsigned nb_disks;
    bool rng;                     /* virtio-rng present */
    int64_t (*realtime_ns)(void); /* for the RTC; with icount a constant plus virtual time */
    void (*random)(void *buf, size_t len); /* for virtio-rng; deterministic with icount */
} BoardConfig;

/* What the guest asked the machine to do. */
typedef enum BoardEvent { BOARD_POWEROFF, BOARD_RESET, BOARD_FAIL } BoardEvent;

/*
 * Builds the machine: maps RAM and devices, wires interrupts to `env` (the RISC-V hart), prepares
 * the boot. NULL and *error (to g_free(), names the culprit) when something does not fit or is
 * malformed. `event` is called on the vCPU's thread; code is the status for BOARD_FAIL. The machine
 * is reset when this returns. After an error the bus is of no more use: free it.
 */
Board *board_new(const BoardConfig *config, Bus *bus, Clock *clock, void *env,
                 void (*event)(void *opaque, BoardEvent ev, int code), void *opaque, char **error);
void board_free(Board *board);
/* Power-on state: devices reset, kernel, initrd, firmware and device tree (re)written, hart reset.
 */
void board_reset(Board *board);
/* The generated (or given) device tree, for -machine dumpdtb=FILE. */
const void *board_dtb(const Board *board, size_t *size);

#endif
