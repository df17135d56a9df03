/*
 * Device tree of the board (Devicetree Specification 0.4 and the bindings of the Linux kernel).
 * Nodes are written in the order the guest is to find them in: /dev/vda is the first disk.
 */
#include "hw/fdt.h"

#include <libfdt.h>
#include <string.h>

#include "hw/devices.h"

enum { PHANDLE_INTC = 1, PHANDLE_PLIC = 2, PHANDLE_TEST = 3 };
enum { IRQ_M_SOFT = 3, IRQ_M_TIMER = 7, IRQ_S_EXT = 9, IRQ_M_EXT = 11 };

/* libfdt's sequential writer keeps no error; the buffer is large enough, so that none can happen.
 */
#define OK(call)            \
    do {                    \
        int rc_ = (call);   \
        g_assert(rc_ >= 0); \
    } while (0)

static void prop_cells(void *fdt, const char *name, const uint32_t *cells, unsigned count)
{
    fdt32_t be[8];

    g_assert(count <= G_N_ELEMENTS(be));
    for (unsigned i = 0; i < count; i++) {
        be[i] = cpu_to_fdt32(cells[i]);
    }
    OK(fdt_property(fdt, name, be, count * sizeof(be[0])));
}
#define PROP_CELLS(fdt, name, ...)                         \
    prop_cells(fdt, name, (const uint32_t[]){__VA_ARGS__}, \
               sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void prop_reg(void *fdt, uint64_t base, uint64_t size)
{
    PROP_CELLS(fdt, "reg", base >> 32, base, size >> 32, size);
}

static void begin(void *fdt, const char *name, uint64_t unit)
{
    g_autofree char *full = g_strdup_printf("%s@%" G_GINT64_MODIFIER "x", name, unit);

    OK(fdt_begin_node(fdt, full));
}

/* A list of strings separated by blanks. */
static void prop_strings(void *fdt, const char *name, const char *list)
{
    g_autofree char *copy = g_strdup(list);
    int len = strlen(list) + 1;

    g_strdelimit(copy, " ", '\0');
    OK(fdt_property(fdt, name, copy, len));
}

/* "rv64imafdc_zicsr_sstc" as "i m a f d c zicsr sstc" (riscv/extensions.yaml). */
static char *isa_extensions(const char *isa)
{
    GString *s = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit(isa + strlen("rv64"), "_", -1);

    for (const char *p = words[0]; *p; p++) {
        /* S and U are no extensions there. */
        if (*p != 's' && *p != 'u') {
            g_string_append_printf(s, "%s%c", s->len ? " " : "", *p);
        }
    }
    for (unsigned i = 1; words[i]; i++) {
        g_string_append_printf(s, " %s", words[i]);
    }
    return g_string_free(s, FALSE);
}

static void add_chosen(void *fdt, const FDTConfig *cfg)
{
    static const uint8_t seed[FDT_SEED_BYTES];

    OK(fdt_begin_node(fdt, "chosen"));
    if (cfg->append) {
        OK(fdt_property_string(fdt, "bootargs", cfg->append));
    }
    OK(fdt_property_string(fdt, "stdout-path", "/soc/serial@10000000"));
    if (cfg->initrd) {
        OK(fdt_property_u64(fdt, "linux,initrd-start", cfg->initrd_start));
        OK(fdt_property_u64(fdt, "linux,initrd-end", cfg->initrd_end));
    }
    OK(fdt_property(fdt, "rng-seed", seed, sizeof(seed)));
    OK(fdt_end_node(fdt));
}

static void add_cpus(void *fdt, const FDTConfig *cfg)
{
    g_autofree char *extensions = isa_extensions(cfg->isa);

    OK(fdt_begin_node(fdt, "cpus"));
    PROP_CELLS(fdt, "#address-cells", 1);
    PROP_CELLS(fdt, "#size-cells", 0);
    PROP_CELLS(fdt, "timebase-frequency", TIMEBASE_HZ);
    begin(fdt, "cpu", 0);
    OK(fdt_property_string(fdt, "device_type", "cpu"));
    PROP_CELLS(fdt, "reg", 0);
    OK(fdt_property_string(fdt, "status", "okay"));
    OK(fdt_property_string(fdt, "compatible", "riscv"));
    OK(fdt_property_string(fdt, "riscv,isa", cfg->isa));
    OK(fdt_property_string(fdt, "riscv,isa-base", "rv64i"));
    prop_strings(fdt, "riscv,isa-extensions", extensions);
    if (cfg->mmu_type) {
        OK(fdt_property_string(fdt, "mmu-type", cfg->mmu_type));
    }
    OK(fdt_begin_node(fdt, "interrupt-controller"));
    PROP_CELLS(fdt, "#interrupt-cells", 1);
    OK(fdt_property(fdt, "interrupt-controller", NULL, 0));
    OK(fdt_property_string(fdt, "compatible", "riscv,cpu-intc"));
    PROP_CELLS(fdt, "phandle", PHANDLE_INTC);
    OK(fdt_end_node(fdt));
    OK(fdt_end_node(fdt));
    OK(fdt_end_node(fdt));
}

static void add_interrupt(void *fdt, unsigned source)
{
    PROP_CELLS(fdt, "interrupt-parent", PHANDLE_PLIC);
    PROP_CELLS(fdt, "interrupts", source);
}

static void add_interrupt_controllers(void *fdt)
{
    begin(fdt, "clint", VIRT_CLINT);
    prop_strings(fdt, "compatible", "sifive,clint0 riscv,clint0");
    prop_reg(fdt, VIRT_CLINT, VIRT_CLINT_SIZE);
    PROP_CELLS(fdt, "interrupts-extended", PHANDLE_INTC, IRQ_M_SOFT, PHANDLE_INTC, IRQ_M_TIMER);
    OK(fdt_end_node(fdt));

    begin(fdt, "plic", VIRT_PLIC);
    prop_strings(fdt, "compatible", "sifive,plic-1.0.0 riscv,plic0");
    prop_reg(fdt, VIRT_PLIC, VIRT_PLIC_SIZE);
    PROP_CELLS(fdt, "#address-cells", 0);
    PROP_CELLS(fdt, "#interrupt-cells", 1);
    OK(fdt_property(fdt, "interrupt-controller", NULL, 0));
    PROP_CELLS(fdt, "interrupts-extended", PHANDLE_INTC, IRQ_M_EXT, PHANDLE_INTC, IRQ_S_EXT);
    PROP_CELLS(fdt, "riscv,ndev", PLIC_SOURCES - 1);
    PROP_CELLS(fdt, "phandle", PHANDLE_PLIC);
    OK(fdt_end_node(fdt));
}

static void add_soc(void *fdt, const FDTConfig *cfg)
{
    OK(fdt_begin_node(fdt, "soc"));
    PROP_CELLS(fdt, "#address-cells", 2);
    PROP_CELLS(fdt, "#size-cells", 2);
    OK(fdt_property_string(fdt, "compatible", "simple-bus"));
    OK(fdt_property(fdt, "ranges", NULL, 0));

    begin(fdt, "test", VIRT_TEST);
    prop_strings(fdt, "compatible", "sifive,test1 sifive,test0 syscon");
    prop_reg(fdt, VIRT_TEST, VIRT_TEST_SIZE);
    PROP_CELLS(fdt, "phandle", PHANDLE_TEST);
    OK(fdt_end_node(fdt));

    begin(fdt, "rtc", VIRT_RTC);
    OK(fdt_property_string(fdt, "compatible", "google,goldfish-rtc"));
    prop_reg(fdt, VIRT_RTC, VIRT_RTC_SIZE);
    add_interrupt(fdt, VIRT_RTC_IRQ);
    OK(fdt_end_node(fdt));

    add_interrupt_controllers(fdt);

    begin(fdt, "serial", VIRT_UART);
    OK(fdt_property_string(fdt, "compatible", "ns16550a"));
    prop_reg(fdt, VIRT_UART, VIRT_UART_SIZE);
    PROP_CELLS(fdt, "clock-frequency", 3686400);
    add_interrupt(fdt, VIRT_UART_IRQ);
    OK(fdt_end_node(fdt));

    for (unsigned i = 0; i < cfg->nb_virtio; i++) {
        uint64_t base = VIRT_VIRTIO + (uint64_t)i * VIRT_VIRTIO_SIZE;

        begin(fdt, "virtio_mmio", base);
        OK(fdt_property_string(fdt, "compatible", "virtio,mmio"));
        prop_reg(fdt, base, VIRT_VIRTIO_SIZE);
        add_interrupt(fdt, VIRT_VIRTIO_IRQ + i);
        OK(fdt_end_node(fdt));
    }
    OK(fdt_end_node(fdt));
}

static void add_syscon(void *fdt, const char *name, unsigned value)
{
    OK(fdt_begin_node(fdt, name));
    OK(fdt_property_string(fdt, "compatible",
                           value == SYSCON_RESET ? "syscon-reboot" : "syscon-poweroff"));
    PROP_CELLS(fdt, "regmap", PHANDLE_TEST);
    PROP_CELLS(fdt, "offset", 0);
    PROP_CELLS(fdt, "value", value);
    OK(fdt_end_node(fdt));
}

void *fdt_generate(const FDTConfig *cfg, size_t *size)
{
    int room = 16384 + (cfg->append ? strlen(cfg->append) : 0) + 2 * strlen(cfg->isa);
    void *fdt = g_malloc0(room);

    OK(fdt_create(fdt, room));
    OK(fdt_finish_reservemap(fdt));
    OK(fdt_begin_node(fdt, ""));
    PROP_CELLS(fdt, "#address-cells", 2);
    PROP_CELLS(fdt, "#size-cells", 2);
    OK(fdt_property_string(fdt, "compatible", "riscv-virtio"));
    OK(fdt_property_string(fdt, "model", "riscv-virtio,weft"));
    add_chosen(fdt, cfg);
    begin(fdt, "memory", VIRT_RAM);
    OK(fdt_property_string(fdt, "device_type", "memory"));
    prop_reg(fdt, VIRT_RAM, cfg->ram_size);
    OK(fdt_end_node(fdt));
    add_cpus(fdt, cfg);
    add_soc(fdt, cfg);
    add_syscon(fdt, "poweroff", SYSCON_POWEROFF);
    add_syscon(fdt, "reboot", SYSCON_RESET);
    OK(fdt_end_node(fdt));
    OK(fdt_finish(fdt));
    *size = fdt_totalsize(fdt);
    return fdt;
}

static bool names_memory(const void *fdt)
{
    return fdt_node_offset_by_prop_value(fdt, -1, "device_type", "memory", sizeof("memory")) >= 0;
}

/* 0 or a libfdt error. */
static int patch(void *fdt, const FDTConfig *cfg)
{
    int node = fdt_path_offset(fdt, "/chosen"), rc = 0;

    if (node == -FDT_ERR_NOTFOUND) {
        node = fdt_add_subnode(fdt, 0, "chosen");
    }
    if (node < 0) {
        return node;
    }
    if (cfg->append) {
        rc = fdt_setprop_string(fdt, node, "bootargs", cfg->append);
    }
    if (rc == 0 && cfg->initrd) {
        rc = fdt_setprop_u64(fdt, node, "linux,initrd-start", cfg->initrd_start);
        rc = rc ? rc : fdt_setprop_u64(fdt, node, "linux,initrd-end", cfg->initrd_end);
    }
    if (rc == 0 && !names_memory(fdt)) {
        node = fdt_add_subnode(fdt, 0, "memory@80000000");
        if (node < 0) {
            return node;
        }
        rc = fdt_setprop_string(fdt, node, "device_type", "memory");
        if (rc == 0) {
            /* As many cells as the root says; 2 and 1 when it says nothing. */
            int ac = fdt_address_cells(fdt, 0), sc = fdt_size_cells(fdt, 0);

            rc = ac < 0   ? ac
                 : sc < 0 ? sc
                          : fdt_appendprop_addrrange(fdt, 0, node, "reg", VIRT_RAM, cfg->ram_size);
        }
    }
    return rc;
}

/*
 * 0, or a libfdt error if the structure block (5.4) does not end inside the file, token by token.
 * libfdt 1.6 adds lengths without a look at overflow, and so may go through a tree in circles.
 */
static int check_tokens(const uint8_t *fdt, uint64_t size)
{
    enum { HEADER = 40 };

    if (size < HEADER || fdt_totalsize(fdt) > size) {
        return -FDT_ERR_TRUNCATED;
    }
    if (fdt_version(fdt) < 16) {
        return -FDT_ERR_BADVERSION; /* other tokens */
    }
    uint64_t end = fdt_totalsize(fdt), at = fdt_off_dt_struct(fdt);
    while (at % FDT_TAGSIZE == 0 && at + FDT_TAGSIZE <= end) {
        uint32_t tag = fdt32_ld((const fdt32_t *)(fdt + at));
        uint64_t len = 0;

        at += FDT_TAGSIZE;
        if (tag == FDT_END) {
            return 0;
        }
        if (tag == FDT_BEGIN_NODE) {
            len = strnlen((const char *)fdt + at, end - at) + 1;
        } else if (tag == FDT_PROP && at + 8 <= end) {
            len = 8 + (uint64_t)fdt32_ld((const fdt32_t *)(fdt + at));
        } else if (tag != FDT_END_NODE && tag != FDT_NOP) {
            break;
        }
        at += (len + FDT_TAGSIZE - 1) & ~(uint64_t)(FDT_TAGSIZE - 1);
    }
    return -FDT_ERR_BADSTRUCTURE;
}

void *fdt_adopt(const Blob *file, const FDTConfig *cfg, size_t *size, char **error)
{
    size_t room;
    uint8_t *fdt;
    int rc;

    if (file->size == 0) {
        *error = g_strdup_printf("%s: is empty", file->name);
        return NULL;
    }
    if (file->size < 4 || memcmp(file->data, "\xd0\x0d\xfe\xed", 4) != 0) {
        *error = g_strdup_printf("%s: not a device tree blob", file->name);
        return NULL;
    }
    if (file->size > 2 << 20) {
        /* Linux maps no more of it. */
        *error = g_strdup_printf("%s: device tree larger than 2 MiB", file->name);
        return NULL;
    }
    room = file->size + 1024 + (cfg->append ? strlen(cfg->append) : 0);
    fdt = g_malloc0(room); /* also: libfdt wants it aligned */
    memcpy(fdt, file->data, file->size);
    rc = check_tokens(fdt, file->size);
    if (rc == 0) {
        rc = fdt_check_full(fdt, file->size);
    }
    if (rc == 0) {
        rc = fdt_open_into(fdt, fdt, room);
    }
    if (rc == 0) {
        rc = patch(fdt, cfg);
    }
    if (rc != 0) {
        *error =
            g_strdup_printf("%s: %s device tree (%s)", file->name,
                            rc == -FDT_ERR_TRUNCATED ? "truncated" : "damaged", fdt_strerror(rc));
        g_free(fdt);
        return NULL;
    }
    OK(fdt_pack(fdt));
    *size = fdt_totalsize(fdt);
    return fdt;
}

void fdt_set_seed(void *fdt, void (*random)(void *buf, size_t len))
{
    uint8_t seed[FDT_SEED_BYTES];
    int node = fdt_path_offset(fdt, "/chosen");

    if (random && node >= 0) {
        random(seed, sizeof(seed));
        /* No such property in a tree from the user: nothing to fill. */
        (void)fdt_setprop_inplace(fdt, node, "rng-seed", seed, sizeof(seed));
    }
}
