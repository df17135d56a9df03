/*
 * The physical address map: a sorted array of disjoint regions, and the one hit last.
 *
 * RAM accesses of translated code do not come here (the soft TLB serves them); what does are device
 * accesses, which come in runs to one device, page walks, and DMA.
 */
#include "hw/bus.h"

#include <string.h>

enum { BUS_MAX_REGIONS = 64 };

struct Bus {
    BusRegion region[BUS_MAX_REGIONS]; /* sorted by base */
    unsigned count;
    unsigned last; /* index of the region hit last */
    void (*written)(void *opaque, uint64_t addr, uint64_t len);
    void *written_opaque;
};

Bus *bus_new(void)
{
    return g_new0(Bus, 1);
}

void bus_free(Bus *bus)
{
    g_free(bus);
}

static void add(Bus *bus, const BusRegion *r)
{
    unsigned i;

    g_assert(bus->count < BUS_MAX_REGIONS && r->size != 0 && r->base + (r->size - 1) >= r->base);
    for (i = bus->count; i > 0 && bus->region[i - 1].base > r->base; i--) {
        bus->region[i] = bus->region[i - 1];
    }
    bus->region[i] = *r;
    bus->count++;
    g_assert(i == 0 || bus->region[i - 1].base + (bus->region[i - 1].size - 1) < r->base);
    g_assert(i + 1 == bus->count || r->base + (r->size - 1) < bus->region[i + 1].base);
}

void bus_add_ram(Bus *bus, const char *name, uint64_t base, uint64_t size, uint8_t *host)
{
    g_assert(((base | size) & 4095) == 0);
    add(bus, &(BusRegion){.name = name, .base = base, .size = size, .ram = host});
}

void bus_add_device(Bus *bus, const char *name, uint64_t base, uint64_t size, const BusOps *ops,
                    void *opaque)
{
    add(bus, &(BusRegion){.name = name, .base = base, .size = size, .ops = ops, .opaque = opaque});
}

const BusRegion *bus_find(const Bus *bus, uint64_t addr)
{
    const BusRegion *r = &bus->region[bus->last];
    unsigned lo = 0, hi = bus->count;

    /* The size of an unused entry is 0, so that it holds nothing. */
    if (addr - r->base < r->size) {
        return r;
    }
    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;

        r = &bus->region[mid];
        if (addr - r->base < r->size) {
            ((Bus *)bus)->last = mid;
            return r;
        }
        if (addr < r->base) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return NULL;
}

/* The region that holds all of the access and serves its size; devices take aligned ones only. */
static const BusRegion *find_access(Bus *bus, uint64_t addr, unsigned size)
{
    const BusRegion *r = bus_find(bus, addr);

    if (!r || r->size - (addr - r->base) < size) {
        return NULL;
    }
    if (!r->ram && (!(r->ops->sizes & size) || (addr & (size - 1)))) {
        return NULL;
    }
    return r;
}

bool bus_read(Bus *bus, uint64_t addr, unsigned size, uint64_t *value)
{
    const BusRegion *r = find_access(bus, addr, size);
    uint64_t le = 0;

    if (!r) {
        return false;
    }
    if (r->ram) {
        memcpy(&le, r->ram + (addr - r->base), size);
        *value = GUINT64_FROM_LE(le);
    } else {
        *value = r->ops->read(r->opaque, addr - r->base, size);
        if (size < 8) {
            *value &= (UINT64_C(1) << (8 * size)) - 1;
        }
    }
    return true;
}

bool bus_write(Bus *bus, uint64_t addr, unsigned size, uint64_t value)
{
    const BusRegion *r = find_access(bus, addr, size);

    if (!r) {
        return false;
    }
    if (size < 8) {
        value &= (UINT64_C(1) << (8 * size)) - 1;
    }
    if (r->ram) {
        value = GUINT64_TO_LE(value);
        memcpy(r->ram + (addr - r->base), &value, size);
        bus_ram_written(bus, addr, size);
    } else {
        r->ops->write(r->opaque, addr - r->base, value, size);
    }
    return true;
}

void *bus_ram_ptr(const Bus *bus, uint64_t addr, uint64_t len)
{
    const BusRegion *r = bus_find(bus, addr);

    if (!r || !r->ram || r->size - (addr - r->base) < len) {
        return NULL;
    }
    return r->ram + (addr - r->base);
}

void bus_ram_written(Bus *bus, uint64_t addr, uint64_t len)
{
    if (bus->written && len) {
        bus->written(bus->written_opaque, addr, len);
    }
}

void bus_set_write_listener(Bus *bus, void (*fn)(void *opaque, uint64_t addr, uint64_t len),
                            void *opaque)
{
    bus->written = fn;
    bus->written_opaque = opaque;
}

void bus_dump(const Bus *bus, GString *out)
{
    for (unsigned i = 0; i < bus->count; i++) {
        const BusRegion *r = &bus->region[i];

        g_string_append_printf(out, "%016" G_GINT64_MODIFIER "x-%016" G_GINT64_MODIFIER "x %s %s\n",
                               r->base, r->base + (r->size - 1), r->ram ? "ram" : "i/o", r->name);
    }
}
