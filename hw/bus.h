/*
 * The physical address space: RAM and devices, one map a machine.
 *
 * A device is an opaque pointer with two functions; offsets count from its base. Called on the
 * vCPU's thread only.
 */
#ifndef HW_BUS_H
#define HW_BUS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct BusOps {
    uint64_t (*read)(void *opaque, uint64_t offset, unsigned size);
    void (*write)(void *opaque, uint64_t offset, uint64_t value, unsigned size);
    unsigned sizes; /* bit mask of the access sizes in bytes that are served: 1 | 2 | 4 | 8 */
} BusOps;

typedef struct BusRegion {
    const char *name;
    uint64_t base, size;
    uint8_t *ram; /* host memory, or NULL for a device */
    const BusOps *ops;
    void *opaque;
} BusRegion;

typedef struct Bus Bus;

Bus *bus_new(void);
void bus_free(Bus *bus);
/* Maps RAM or a device; base and size are page aligned for RAM. Overlap is a programming error. */
void bus_add_ram(Bus *bus, const char *name, uint64_t base, uint64_t size, uint8_t *host);
void bus_add_device(Bus *bus, const char *name, uint64_t base, uint64_t size, const BusOps *ops,
                    void *opaque);
/* The region that holds addr, or NULL. */
const BusRegion *bus_find(const Bus *bus, uint64_t addr);
/*
 * Access of 1, 2, 4 or 8 bytes, little endian. False: nothing there, or a device that does not
 * serve this size; devices see aligned accesses only.
 */
bool bus_read(Bus *bus, uint64_t addr, unsigned size, uint64_t *value);
bool bus_write(Bus *bus, uint64_t addr, unsigned size, uint64_t value);

/* Host pointer to len bytes of RAM for DMA, NULL unless all of it is RAM of one region. */
void *bus_ram_ptr(const Bus *bus, uint64_t addr, uint64_t len);
/* A device has written RAM: tell whoever caches what is derived from it (translated code). */
void bus_ram_written(Bus *bus, uint64_t addr, uint64_t len);
void bus_set_write_listener(Bus *bus, void (*fn)(void *opaque, uint64_t addr, uint64_t len),
                            void *opaque);
/* The map as text, for `info mtree`. */
void bus_dump(const Bus *bus, GString *out);

/* An interrupt line: a wire to input n of something. */
typedef struct IRQ {
    void (*set)(void *opaque, unsigned n, bool level);
    void *opaque;
    unsigned n;
} IRQ;
static inline void irq_set(IRQ irq, bool level)
{
    if (irq.set) {
        irq.set(irq.opaque, irq.n, level);
    }
}

#endif
