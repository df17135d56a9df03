/* The device tree handed to the guest. */
#ifndef HW_FDT_H
#define HW_FDT_H

#include "hw/board.h"

/* The memory map of the board, compatible with QEMU's `virt`. */
enum {
    VIRT_TEST = 0x100000,
    VIRT_TEST_SIZE = 0x1000,
    VIRT_RTC = 0x101000,
    VIRT_RTC_SIZE = 0x1000,
    VIRT_CLINT = 0x2000000,
    VIRT_CLINT_SIZE = 0x10000,
    VIRT_PLIC = 0xc000000,
    VIRT_PLIC_SIZE = 0x600000,
    VIRT_UART = 0x10000000,
    VIRT_UART_SIZE = 0x100,
    VIRT_VIRTIO = 0x10001000,
    VIRT_VIRTIO_SIZE = 0x1000,
    VIRT_VIRTIO_SLOTS = 8,
    VIRT_VIRTIO_IRQ = 1, /* of slot 0 */
    VIRT_UART_IRQ = 10,
    VIRT_RTC_IRQ = 11,
};
#define VIRT_RAM UINT64_C(0x80000000)

enum { FDT_SEED_BYTES = 32 };

typedef struct FDTConfig {
    uint64_t ram_size;
    const char *isa;      /* "rv64imafdc_zicsr_..." */
    const char *mmu_type; /* "riscv,sv48", or NULL without S-mode */
    unsigned nb_virtio;   /* slots in use, from 0 */
    const char *append;   /* or NULL */
    uint64_t initrd_start, initrd_end;
    bool initrd;
} FDTConfig;

/* The tree of the board; its size does not depend on addresses. To g_free(). */
void *fdt_generate(const FDTConfig *cfg, size_t *size);
/*
 * A tree given by the user with what the command line says put into /chosen, and memory added if it
 * names none. NULL and *error if the file is no valid tree.
 */
void *fdt_adopt(const Blob *file, const FDTConfig *cfg, size_t *size, char **error);
/* Fills /chosen/rng-seed of a generated tree. */
void fdt_set_seed(void *fdt, void (*random)(void *buf, size_t len));

#endif
