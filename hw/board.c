/*
 * The `virt` board: devices and their wires, what is loaded where, and the state a hart starts in.
 * Physical RAM, from its base:
 *
 *   firmware (-bios FILE) | kernel: text_offset, and not below 2 MiB under an SBI | ... free ... |
 *   initrd | device tree, struct fw_dynamic_info | (rest of the 2 MiB)
 *
 * There is no boot ROM: registers are set to what its code would leave in them.
 */
#include "hw/board.h"

#include <string.h>

#include "hw/devices.h"
#include "hw/fdt.h"
#include "hw/fw-dynamic.h"
#include "hw/loader.h"
#include "hw/virtio.h"
#include "target/riscv/cpu.h"
#include "target/riscv/sbi.h"

/* Where OpenSBI's fw_jump goes, and where Linux wants to be: the first 2 MiB belong to firmware. */
#define KERNEL_ADDR (VIRT_RAM + (2 << 20))

struct Board {
    BoardConfig cfg;
    Bus *bus;
    CPURISCVState *env;
    void (*event)(void *opaque, BoardEvent ev, int code);
    void *event_opaque;

    UART *uart;
    ACLINT *aclint;
    PLIC *plic;
    RTC *rtc;
    Syscon syscon;
    VirtIODevice *virtio[VIRT_VIRTIO_SLOTS];
    unsigned nb_virtio;
    SBIHost sbi;

    LoadTarget target;
    LoadedImage firmware, kernel;
    uint64_t entry; /* of the first code that runs */
    uint64_t initrd_addr, dtb_addr, info_addr;
    void *dtb;
    size_t dtb_size;
};

/* ---- wires to the hart, services for it ---- */

static void hart_irq(void *opaque, unsigned n, bool level)
{
    riscv_set_irq(opaque, n, level);
}

static uint64_t read_mtime(void *opaque)
{
    return aclint_mtime(((Board *)opaque)->aclint);
}

static void set_timer(void *opaque, uint64_t ticks)
{
    aclint_set_stimecmp(((Board *)opaque)->aclint, ticks);
}

static void console_write(void *opaque, const uint8_t *buf, size_t len)
{
    chardev_write(((Board *)opaque)->cfg.serial, buf, len);
}

static int console_getchar(void *opaque)
{
    return uart_getchar(((Board *)opaque)->uart);
}

static void sbi_reset(void *opaque, unsigned type, unsigned reason)
{
    Board *b = opaque;

    if (type != SBI_RESET_SHUTDOWN) {
        b->event(b->event_opaque, BOARD_RESET, 0);
    } else if (reason) {
        b->event(b->event_opaque, BOARD_FAIL, 1);
    } else {
        b->event(b->event_opaque, BOARD_POWEROFF, 0);
    }
}

static void syscon_event(void *opaque, unsigned what, unsigned code)
{
    Board *b = opaque;
    BoardEvent ev = what == SYSCON_POWEROFF ? BOARD_POWEROFF
                    : what == SYSCON_RESET  ? BOARD_RESET
                                            : BOARD_FAIL;

    b->event(b->event_opaque, ev, code);
}

/* ---- devices ---- */

#define NEXT_VIRTIO_IRQ(b) plic_input((b)->plic, VIRT_VIRTIO_IRQ + (b)->nb_virtio)

static void add_virtio(Board *b, VirtIODevice *vdev)
{
    bus_add_device(b->bus, vdev->cls->name, VIRT_VIRTIO + (uint64_t)b->nb_virtio * VIRT_VIRTIO_SIZE,
                   VIRT_VIRTIO_SIZE, &virtio_mmio_ops, vdev);
    b->virtio[b->nb_virtio++] = vdev;
}

static void add_devices(Board *b, Clock *clk)
{
    const BoardConfig *cfg = &b->cfg;
    Bus *bus = b->bus;
    CPURISCVState *env = b->env;

    bus_add_ram(bus, "ram", VIRT_RAM, cfg->ram_size, cfg->ram);

    b->syscon = (Syscon){syscon_event, b};
    bus_add_device(bus, "test", VIRT_TEST, VIRT_TEST_SIZE, &syscon_ops, &b->syscon);

    b->aclint = aclint_new(clk, (IRQ){hart_irq, env, IRQ_MSI}, (IRQ){hart_irq, env, IRQ_MTI},
                           (IRQ){hart_irq, env, IRQ_STI});
    bus_add_device(bus, "clint", VIRT_CLINT, VIRT_CLINT_SIZE, &aclint_ops, b->aclint);
    b->plic = plic_new((IRQ){hart_irq, env, IRQ_MEI}, (IRQ){hart_irq, env, IRQ_SEI});
    bus_add_device(bus, "plic", VIRT_PLIC, VIRT_PLIC_SIZE, &plic_ops, b->plic);
    b->rtc = rtc_new(clk, cfg->realtime_ns, plic_input(b->plic, VIRT_RTC_IRQ));
    bus_add_device(bus, "rtc", VIRT_RTC, VIRT_RTC_SIZE, &rtc_ops, b->rtc);
    b->uart = uart_new(cfg->serial, plic_input(b->plic, VIRT_UART_IRQ));
    bus_add_device(bus, "uart", VIRT_UART, VIRT_UART_SIZE, &uart_ops, b->uart);

    for (unsigned i = 0; i < cfg->nb_disks; i++) {
        add_virtio(b, virtio_blk_new(bus, NEXT_VIRTIO_IRQ(b), cfg->disk[i]));
    }
    if (cfg->rng) {
        add_virtio(b, virtio_rng_new(bus, NEXT_VIRTIO_IRQ(b), cfg->random));
    }
    if (cfg->virtio_console) {
        add_virtio(b, virtio_console_new(bus, NEXT_VIRTIO_IRQ(b), cfg->virtio_console));
    }
}

static void attach_hart(Board *b)
{
    CPURISCVState *env = b->env;

    env->board = b;
    env->read_mtime = read_mtime;
    env->stimecmp_changed = set_timer;
    env->mhartid = 0;
    if (b->cfg.bios_kind == BIOS_BUILTIN) {
        b->sbi = (SBIHost){b, set_timer, console_write, console_getchar, sbi_reset};
        riscv_sbi_attach(env, &b->sbi);
    } else {
        riscv_sbi_attach(env, NULL);
    }
}

/* ---- what is loaded where ---- */

/* Refuses what no machine can be made of, before anything is built. */
static char *check_config(const BoardConfig *cfg)
{
    if (cfg->ram_size == 0 || cfg->ram_size % TARGET_PAGE_SIZE) {
        return g_strdup("RAM size is not a multiple of 4 KiB");
    }
    if (cfg->nb_disks > BOARD_MAX_DISKS ||
        cfg->nb_disks + cfg->rng + (cfg->virtio_console != NULL) > VIRT_VIRTIO_SLOTS) {
        return g_strdup_printf("too many virtio devices: the board has %d slots",
                               VIRT_VIRTIO_SLOTS);
    }
    for (unsigned i = 0; i < cfg->nb_disks; i++) {
        if (cfg->disk[i]->size < 512) {
            return g_strdup_printf("%s: %s", cfg->disk[i]->name,
                                   cfg->disk[i]->size ? "disk image smaller than a sector"
                                                      : "is empty");
        }
    }
    if (cfg->bios_kind == BIOS_BUILTIN && !cfg->kernel.data) {
        return g_strdup("nothing to boot: give -kernel FILE or -bios FILE");
    }
    if (cfg->bios_kind == BIOS_BUILTIN && !riscv_has(EXT_S)) {
        return g_strdup("-bios builtin needs a hart with S-mode");
    }
    return NULL;
}

static char *load_images(Board *b)
{
    const BoardConfig *cfg = &b->cfg;
    char *err = NULL;

    b->target = (LoadTarget){VIRT_RAM, cfg->ram_size, VIRT_RAM};
    b->entry = VIRT_RAM;
    if (cfg->bios_kind == BIOS_FILE) {
        err = load_firmware(&cfg->bios, &b->target, &b->firmware);
        b->entry = b->firmware.entry;
    }
    if (!err && cfg->kernel.data) {
        uint64_t min = cfg->bios_kind == BIOS_NONE ? 0 : KERNEL_ADDR;

        err = load_kernel(&cfg->kernel, &b->target, min, &b->kernel);
        if (cfg->bios_kind != BIOS_FILE) {
            b->entry = b->kernel.entry;
        } else if (!err && b->kernel.lo < b->firmware.hi && b->firmware.lo < b->kernel.hi) {
            err = g_strdup_printf("%s: overlaps %s in RAM", cfg->kernel.name, cfg->bios.name);
        }
    }
    return err;
}

/* Places device tree and initrd at the top, with that alignment for the former. */
static bool place(Board *b, uint64_t align)
{
    uint64_t used = MAX(VIRT_RAM, MAX(b->kernel.hi, b->firmware.hi));
    /* Below 4 GiB, where code that is not yet 64 bits clean looks. */
    uint64_t top = MIN(VIRT_RAM + b->cfg.ram_size, UINT64_C(1) << 32);
    uint64_t info = (b->dtb_size + 7) & ~UINT64_C(7), need = info + sizeof(FwDynamicInfo);
    uint64_t initrd = b->cfg.initrd.data ? b->cfg.initrd.size : 0;

    if (used > top || need > top - used) {
        return false;
    }
    b->dtb_addr = (top - need) & ~(align - 1);
    b->info_addr = b->dtb_addr + info;
    if (b->dtb_addr < used || initrd > b->dtb_addr - used) {
        return false;
    }
    b->initrd_addr = (b->dtb_addr - initrd) & TARGET_PAGE_MASK;
    return b->initrd_addr >= used;
}

static char *make_dtb(Board *b)
{
    const BoardConfig *cfg = &b->cfg;
    g_autofree char *isa = riscv_isa_string();
    FDTConfig fc = {
        .ram_size = cfg->ram_size,
        .isa = isa,
        .mmu_type = !riscv_has(EXT_S)     ? NULL
                    : riscv_has(EXT_SV48) ? "riscv,sv48"
                                          : "riscv,sv39",
        .nb_virtio = b->nb_virtio,
        .append = cfg->append,
        .initrd_start = b->initrd_addr,
        .initrd_end = b->initrd_addr + cfg->initrd.size,
        .initrd = cfg->initrd.data != NULL,
    };
    char *err = NULL;

    g_free(b->dtb);
    b->dtb = cfg->dtb.data ? fdt_adopt(&cfg->dtb, &fc, &b->dtb_size, &err)
                           : fdt_generate(&fc, &b->dtb_size);
    return err;
}

static char *lay_out(Board *b)
{
    const BoardConfig *cfg = &b->cfg;
    char *err = make_dtb(b); /* for its size, which no address changes */

    if (err) {
        return err;
    }
    /* Small machines do without the room of a large page around the tree. */
    if (!place(b, 2 << 20) && !place(b, TARGET_PAGE_SIZE)) {
        g_autofree char *ram = size_text(cfg->ram_size), *initrd = size_text(cfg->initrd.size);
        g_autofree char *used =
            size_text(MAX(VIRT_RAM, MAX(b->kernel.hi, b->firmware.hi)) - VIRT_RAM);

        return g_strdup_printf("%s: does not fit in RAM of %s (kernel and firmware take %s, "
                               "initrd %s)",
                               cfg->initrd.data   ? cfg->initrd.name
                               : cfg->kernel.data ? cfg->kernel.name
                                                  : "device tree",
                               ram, used, initrd);
    }
    return make_dtb(b);
}

/* ---- interface ---- */

Board *board_new(const BoardConfig *config, Bus *bus, Clock *clk, void *env,
                 void (*event)(void *opaque, BoardEvent ev, int code), void *opaque, char **error)
{
    char *err = check_config(config);
    Board *b;

    if (err) {
        *error = err;
        return NULL;
    }
    b = g_new0(Board, 1);
    b->cfg = *config;
    b->bus = bus;
    b->env = env;
    b->event = event;
    b->event_opaque = opaque;
    add_devices(b, clk);
    attach_hart(b);
    err = load_images(b);
    if (!err) {
        err = lay_out(b);
    }
    if (err) {
        board_free(b);
        *error = err;
        return NULL;
    }
    board_reset(b);
    return b;
}

void board_free(Board *b)
{
    if (!b) {
        return;
    }
    for (unsigned i = 0; i < b->nb_virtio; i++) {
        virtio_free(b->virtio[i]);
    }
    uart_free(b->uart);
    rtc_free(b->rtc);
    plic_free(b->plic);
    aclint_free(b->aclint);
    riscv_sbi_attach(b->env, NULL);
    b->env->read_mtime = NULL;
    b->env->stimecmp_changed = NULL;
    loaded_image_clear(&b->kernel);
    loaded_image_clear(&b->firmware);
    g_free(b->dtb);
    g_free(b);
}

static void write_ram(Board *b, uint64_t addr, const void *data, size_t len)
{
    memcpy(b->cfg.ram + (addr - VIRT_RAM), data, len);
    bus_ram_written(b->bus, addr, len);
}

static void write_image(Board *b, const LoadedImage *img)
{
    loaded_image_write(img, &b->target, b->cfg.ram);
    bus_ram_written(b->bus, img->lo, img->hi - img->lo);
}

static void reset_hart(Board *b)
{
    CPURISCVState *env = b->env;

    env->reset_pc = b->entry;
    if (env->cs.ops) {
        env->cs.ops->reset(&env->cs);
    }
    if (b->cfg.bios_kind == BIOS_BUILTIN) {
        riscv_sbi_boot(env, b->entry, b->dtb_addr);
        return;
    }
    env->cs.pc = b->entry;
    env->x[10] = env->mhartid;
    env->x[11] = b->dtb_addr;
    env->x[12] = b->info_addr;
}

void board_reset(Board *b)
{
    FwDynamicInfo info = {
        GUINT64_TO_LE(FW_DYNAMIC_MAGIC),
        GUINT64_TO_LE(FW_DYNAMIC_VERSION),
        GUINT64_TO_LE(b->kernel.nb_seg ? b->kernel.entry : KERNEL_ADDR),
        GUINT64_TO_LE(FW_DYNAMIC_S_MODE),
    };

    for (unsigned i = 0; i < b->nb_virtio; i++) {
        virtio_reset(b->virtio[i]);
    }
    uart_reset(b->uart);
    rtc_reset(b->rtc);
    plic_reset(b->plic);
    aclint_reset(b->aclint);

    write_image(b, &b->firmware);
    write_image(b, &b->kernel);
    if (b->cfg.initrd.data) {
        write_ram(b, b->initrd_addr, b->cfg.initrd.data, b->cfg.initrd.size);
    }
    fdt_set_seed(b->dtb, b->cfg.random);
    write_ram(b, b->dtb_addr, b->dtb, b->dtb_size);
    write_ram(b, b->info_addr, &info, sizeof(info));
    reset_hart(b);
}

const void *board_dtb(const Board *b, size_t *size)
{
    *size = b->dtb_size;
    return b->dtb;
}
