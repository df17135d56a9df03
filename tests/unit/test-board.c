/* The board: what is loaded where, the device tree, and every file that is refused. */
#include <glib.h>
#include <libfdt.h>
#include <string.h>
#include <zlib.h>

#include "hw-stubs.h"
#include "hw/board.h"
#include "hw/fw-dynamic.h"
#include "hw/loader.h"
#include "runtime/host.h"

enum { MIB = 1 << 20 };
#define RAM UINT64_C(0x80000000)

typedef struct Machine {
    Bus *bus;
    Clock *clk;
    CPURISCVState *env;
    Board *board;
    BoardConfig cfg;
    char *error;
    int last_event, last_code;
} Machine;

static void on_event(void *opaque, BoardEvent ev, int code)
{
    Machine *m = opaque;

    m->last_event = ev;
    m->last_code = code;
}

static uint8_t random_byte;

static void fill_random(void *buf, size_t len)
{
    memset(buf, ++random_byte, len);
}

static void machine_init(Machine *m, uint64_t ram_size)
{
    *m = (Machine){.last_event = -1};
    m->cfg.ram_size = ram_size;
    m->cfg.ram = g_malloc0(ram_size);
    m->cfg.random = fill_random;
    m->bus = bus_new();
    m->clk = clock_new(host_monotonic_ns);
    m->env = g_malloc0(CPU_TAIL_OFFSET + sizeof(CPUTail));
    stub_hart = (StubHart){0};
}

static bool machine_build(Machine *m)
{
    m->board = board_new(&m->cfg, m->bus, m->clk, m->env, on_event, m, &m->error);
    g_assert_true((m->board != NULL) == (m->error == NULL));
    return m->board != NULL;
}

static void machine_clear(Machine *m)
{
    board_free(m->board);
    clock_free(m->clk);
    bus_free(m->bus);
    g_free(m->env);
    g_free(m->cfg.ram);
    g_free(m->error);
}

/* ---- files ---- */

static void put(uint8_t *p, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        p[i] = value >> (8 * i);
    }
}

enum { IMAGE_BYTES = 4096, ELF_BYTES = 4096 };

static uint8_t *make_image(uint64_t text_offset, uint64_t image_size)
{
    uint8_t *p = g_malloc0(IMAGE_BYTES);

    put(p + 8, text_offset, 8);
    put(p + 16, image_size, 8);
    memcpy(p + 0x30, "RISCV", 5);
    memcpy(p + 0x38, "RSC\x05", 4);
    p[IMAGE_BYTES - 1] = 0x99;
    return p;
}

static uint8_t *make_elf(uint64_t vaddr, uint64_t paddr, uint64_t filesz, uint64_t memsz)
{
    uint8_t *p = g_malloc0(ELF_BYTES);

    memcpy(p, "\177ELF\2\1\1", 7);
    put(p + 16, 2, 2);
    put(p + 18, 243, 2);
    put(p + 24, vaddr + 4, 8);
    put(p + 32, 64, 8);
    put(p + 54, 56, 2);
    put(p + 56, 1, 2);
    put(p + 64, 1, 4);
    put(p + 64 + 8, 1024, 8);
    put(p + 64 + 16, vaddr, 8);
    put(p + 64 + 24, paddr, 8);
    put(p + 64 + 32, filesz, 8);
    put(p + 64 + 40, memsz, 8);
    memset(p + 1024, 0x42, ELF_BYTES - 1024);
    return p;
}

static uint8_t *make_gzip(const uint8_t *data, size_t len, size_t *size)
{
    uint8_t *out = g_malloc(len + 1024);
    z_stream z = {.next_in = (Bytef *)data, .avail_in = len, .next_out = out};

    z.avail_out = len + 1024;
    g_assert_cmpint(deflateInit2(&z, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), ==, Z_OK);
    g_assert_cmpint(deflate(&z, Z_FINISH), ==, Z_STREAM_END);
    *size = z.total_out;
    deflateEnd(&z);
    return out;
}

static const char cpio[] = "070701"
                           "000000010000000000000000000000000000000100000000"
                           "00000000000000000000000000000000000000000000000B00000000"
                           "TRAILER!!!\0\0\0\0";

/* ---- machines that work ---- */

static const char *fdt_str(const void *fdt, const char *path, const char *name)
{
    int node = fdt_path_offset(fdt, path);

    g_assert_cmpint(node, >=, 0);
    return fdt_getprop(fdt, node, name, NULL);
}

static uint64_t fdt_u64(const void *fdt, const char *path, const char *name)
{
    const fdt64_t *p = (const fdt64_t *)fdt_str(fdt, path, name);

    g_assert_nonnull(p);
    return fdt64_ld(p);
}

static void test_linux(void)
{
    Machine m;
    uint8_t *image = make_image(2 * MIB, 5 * MIB);
    BlockBackend disk = {.size = MIB, .name = "d"};
    const void *fdt;
    uint64_t start, end, dtb;
    size_t size;

    machine_init(&m, 64 * MIB);
    m.cfg.kernel = (Blob){"Image", image, IMAGE_BYTES};
    m.cfg.initrd = (Blob){"initrd", (const uint8_t *)cpio, sizeof(cpio)};
    m.cfg.append = "console=ttyS0 quiet";
    m.cfg.disk[0] = &disk;
    m.cfg.nb_disks = 1;
    m.cfg.rng = true;
    g_assert_true(machine_build(&m));
    g_assert_nonnull(stub_hart.sbi);
    g_assert_cmpuint(stub_hart.boots, ==, 1);
    g_assert_cmphex(stub_hart.boot_pc, ==, RAM + 2 * MIB);
    g_assert_cmpmem(m.cfg.ram + 2 * MIB, IMAGE_BYTES, image, IMAGE_BYTES);

    dtb = stub_hart.boot_dtb;
    g_assert_cmphex(dtb % (2 * MIB), ==, 0);
    fdt = m.cfg.ram + (dtb - RAM);
    g_assert_cmpint(fdt_check_full(fdt, RAM + 64 * MIB - dtb), ==, 0);
    board_dtb(m.board, &size);
    g_assert_cmpuint(size, ==, fdt_totalsize(fdt));

    start = fdt_u64(fdt, "/chosen", "linux,initrd-start");
    end = fdt_u64(fdt, "/chosen", "linux,initrd-end");
    g_assert_cmphex(start % 4096, ==, 0);
    g_assert_cmpuint(end - start, ==, sizeof(cpio));
    g_assert_cmphex(start, >=, RAM + 7 * MIB);
    g_assert_cmphex(end, <=, dtb);
    g_assert_cmpmem(m.cfg.ram + (start - RAM), sizeof(cpio), cpio, sizeof(cpio));

    g_assert_cmpstr(fdt_str(fdt, "/chosen", "bootargs"), ==, "console=ttyS0 quiet");
    g_assert_cmpstr(fdt_str(fdt, "/chosen", "stdout-path"), ==, "/soc/serial@10000000");
    g_assert_cmpint(fdt_str(fdt, "/chosen", "rng-seed")[0], ==, random_byte);
    g_assert_cmpstr(fdt_str(fdt, "/memory@80000000", "device_type"), ==, "memory");
    g_assert_cmphex(fdt_u64(fdt, "/memory@80000000", "reg"), ==, RAM);
    g_assert_cmpstr(fdt_str(fdt, "/cpus/cpu@0", "riscv,isa"), ==,
                    "rv64imafdc_zicsr_zifencei_zba_sstc_svadu");
    g_assert_cmpint(fdt_stringlist_search(fdt, fdt_path_offset(fdt, "/cpus/cpu@0"),
                                          "riscv,isa-extensions", "sstc"),
                    ==, 9);
    g_assert_cmpstr(fdt_str(fdt, "/cpus/cpu@0", "mmu-type"), ==, "riscv,sv48");
    g_assert_cmpint(fdt_path_offset(fdt, "/soc/plic@c000000"), >=, 0);
    g_assert_cmpint(fdt_path_offset(fdt, "/soc/clint@2000000"), >=, 0);
    g_assert_cmpint(fdt_path_offset(fdt, "/soc/rtc@101000"), >=, 0);
    g_assert_cmpint(fdt_path_offset(fdt, "/poweroff"), >=, 0);
    g_assert_cmpint(fdt_path_offset(fdt, "/soc/virtio_mmio@10002000"), >=, 0);
    g_assert_cmpint(fdt_path_offset(fdt, "/soc/virtio_mmio@10003000"), <, 0); /* not in use */
    g_assert_nonnull(bus_find(m.bus, 0x10002000));
    g_assert_null(bus_find(m.bus, 0x10003000));

    /* wires: UART to PLIC to hart; power-off */
    g_assert_true(bus_write(m.bus, 0xc000028, 4, 1));
    g_assert_true(bus_write(m.bus, 0xc002080, 4, 1 << 10));
    g_assert_true(bus_write(m.bus, 0x10000001, 1, 2));
    g_assert_cmphex(stub_hart.lines, ==, 1 << IRQ_SEI);
    g_assert_true(bus_write(m.bus, 0x100000, 4, 0x5555));
    g_assert_cmpint(m.last_event, ==, BOARD_POWEROFF);
    g_assert_true(bus_write(m.bus, 0x100000, 4, 7 << 16 | 0x3333));
    g_assert_cmpint(m.last_event, ==, BOARD_FAIL);
    g_assert_cmpint(m.last_code, ==, 7);

    memset(m.cfg.ram, 0xff, m.cfg.ram_size);
    board_reset(m.board);
    g_assert_cmphex(stub_hart.lines, ==, 0);
    g_assert_cmpuint(stub_hart.boots, ==, 2);
    g_assert_cmpmem(m.cfg.ram + 2 * MIB, IMAGE_BYTES, image, IMAGE_BYTES);
    g_assert_cmpint(fdt_check_full(fdt, size), ==, 0);
    machine_clear(&m);
    g_free(image);
}

static void test_gzip_kernel(void)
{
    Machine m;
    uint8_t *image = make_image(2 * MIB, 0), *gz;
    size_t size;

    gz = make_gzip(image, IMAGE_BYTES, &size);
    machine_init(&m, 16 * MIB);
    m.cfg.kernel = (Blob){"Image.gz", gz, size};
    g_assert_true(machine_build(&m));
    g_assert_cmphex(stub_hart.boot_pc, ==, RAM + 2 * MIB);
    g_assert_cmpmem(m.cfg.ram + 2 * MIB, IMAGE_BYTES, image, IMAGE_BYTES);
    machine_clear(&m);
    g_free(image);
    g_free(gz);
}

static void test_bare_metal(void)
{
    Machine m;
    uint8_t *elf = make_elf(RAM + 0x1000, RAM + 0x1000, 100, 200);

    machine_init(&m, MIB);
    memset(m.cfg.ram, 0x11, MIB);
    m.cfg.bios_kind = BIOS_NONE;
    m.cfg.kernel = (Blob){"test.elf", elf, ELF_BYTES};
    g_assert_true(machine_build(&m));
    g_assert_null(stub_hart.sbi);
    g_assert_cmpuint(stub_hart.boots, ==, 0);
    g_assert_cmphex(m.env->reset_pc, ==, RAM + 0x1004);
    g_assert_cmphex(m.env->cs.pc, ==, RAM + 0x1004);
    g_assert_cmphex(m.env->x[10], ==, 0);
    g_assert_cmpint(fdt_check_full(m.cfg.ram + (m.env->x[11] - RAM), MIB), ==, 0);
    g_assert_cmphex(m.cfg.ram[0x1000 + 99], ==, 0x42);
    g_assert_cmphex(m.cfg.ram[0x1000 + 100], ==, 0);
    g_assert_cmphex(m.cfg.ram[0x1000 + 199], ==, 0);
    g_assert_cmphex(m.cfg.ram[0x1000 + 200], ==, 0x11);
    machine_clear(&m);

    /* A virtual entry point follows its segment. */
    put(elf + 24, UINT64_C(0xffffffff80000008), 8);
    put(elf + 64 + 16, UINT64_C(0xffffffff80000000), 8);
    machine_init(&m, MIB);
    m.cfg.bios_kind = BIOS_NONE;
    m.cfg.kernel = (Blob){"test.elf", elf, ELF_BYTES};
    g_assert_true(machine_build(&m));
    g_assert_cmphex(m.env->reset_pc, ==, RAM + 0x1008);
    machine_clear(&m);

    machine_init(&m, MIB);
    m.cfg.bios_kind = BIOS_NONE;
    g_assert_true(machine_build(&m));
    g_assert_cmphex(m.env->reset_pc, ==, RAM);
    machine_clear(&m);
    g_free(elf);
}

static void test_firmware(void)
{
    Machine m;
    uint8_t *image = make_image(0, 0);
    FwDynamicInfo info;

    machine_init(&m, 32 * MIB);
    m.cfg.bios_kind = BIOS_FILE;
    m.cfg.bios = (Blob){"fw.bin", (const uint8_t *)"\x6f\0\0\0code", 8};
    m.cfg.kernel = (Blob){"Image", image, IMAGE_BYTES};
    g_assert_true(machine_build(&m));
    g_assert_cmphex(m.env->cs.pc, ==, RAM);
    g_assert_cmpmem(m.cfg.ram, 8, "\x6f\0\0\0code", 8);
    g_assert_cmpmem(m.cfg.ram + 2 * MIB, IMAGE_BYTES, image, IMAGE_BYTES);
    memcpy(&info, m.cfg.ram + (m.env->x[12] - RAM), sizeof(info));
    g_assert_cmphex(info.magic, ==, 0x4942534f);
    g_assert_cmphex(info.next_addr, ==, RAM + 2 * MIB);
    g_assert_cmphex(info.next_mode, ==, 1);
    machine_clear(&m);
    g_free(image);
}

static void test_given_dtb(void)
{
    Machine m;
    uint8_t *image = make_image(2 * MIB, 0);
    static uint8_t given[512];
    const void *fdt;

    g_assert_cmpint(fdt_create_empty_tree(given, sizeof(given)), ==, 0);
    g_assert_cmpint(fdt_setprop_string(given, 0, "model", "mine"), ==, 0);
    g_assert_cmpint(fdt_pack(given), ==, 0);
    machine_init(&m, 32 * MIB);
    m.cfg.kernel = (Blob){"Image", image, IMAGE_BYTES};
    m.cfg.initrd = (Blob){"initrd", (const uint8_t *)cpio, sizeof(cpio)};
    m.cfg.dtb = (Blob){"my.dtb", given, fdt_totalsize(given)};
    m.cfg.append = "hello";
    g_assert_true(machine_build(&m));
    fdt = m.cfg.ram + (stub_hart.boot_dtb - RAM);
    g_assert_cmpint(fdt_check_full(fdt, 4096), ==, 0);
    g_assert_cmpstr(fdt_str(fdt, "/", "model"), ==, "mine");
    g_assert_cmpstr(fdt_str(fdt, "/chosen", "bootargs"), ==, "hello");
    g_assert_cmpuint(fdt_u64(fdt, "/chosen", "linux,initrd-end") -
                         fdt_u64(fdt, "/chosen", "linux,initrd-start"),
                     ==, sizeof(cpio));
    g_assert_cmpstr(fdt_str(fdt, "/memory@80000000", "device_type"), ==, "memory");
    machine_clear(&m);
    g_free(image);
}

/* ---- refusals: one line that names the file and says why ---- */

static void expect_words(const char *error, const char *name, const char *reason)
{
    if (!strstr(error, name) || !strstr(error, reason) || strchr(error, '\n')) {
        g_error("\"%s\" does not name \"%s\" and \"%s\"", error, name, reason);
    }
}

static void expect(Machine *m, const char *name, const char *reason)
{
    g_assert_false(machine_build(m));
    expect_words(m->error, name, reason);
    machine_clear(m);
}

static void expect_kernel(const void *data, size_t size, const char *reason)
{
    Machine m;

    machine_init(&m, 8 * MIB);
    m.cfg.kernel = (Blob){"KERNEL", data, size};
    expect(&m, "KERNEL", reason);
}

static void test_refuse_kernel(void)
{
    uint8_t *image = make_image(2 * MIB, 7 * MIB), *gz, *elf, *zeros;
    uint8_t buf[1024] = {0};
    size_t size;

    expect_kernel("", 0, "empty");
    expect_kernel(buf, sizeof(buf), "not a RISC-V kernel");
    expect_kernel("x", 1, "not a RISC-V kernel");
    expect_kernel("\xfd"
                  "7zXZ",
                  5, "xz");
    expect_kernel(image, IMAGE_BYTES, "does not fit in RAM: needs 7168 KiB");
    put(image + 16, UINT64_MAX, 8);
    expect_kernel(image, IMAGE_BYTES, "does not fit in RAM");
    put(image + 16, MIB, 8);
    put(image + 8, UINT64_MAX - 4095, 8);
    expect_kernel(image, IMAGE_BYTES, "text_offset");
    put(image + 8, 2 * MIB, 8);
    expect_kernel(image, 64, "truncated");
    put(image + 24, 1, 8);
    expect_kernel(image, IMAGE_BYTES, "big-endian");
    put(image + 24, 0, 8);

    /* EFI stub: a section behind the end of the file */
    memcpy(image, "MZ", 2);
    put(image + 60, 64, 4);
    memcpy(image + 64, "PE\0\0", 4);
    put(image + 64 + 6, 1, 2);
    put(image + 64 + 24 + 16, IMAGE_BYTES - 512, 4);
    put(image + 64 + 24 + 20, 512, 4);
    expect_kernel(image, IMAGE_BYTES - 1, "truncated");
    put(image + 60, UINT32_MAX, 4);
    expect_kernel(image, IMAGE_BYTES, "truncated");

    gz = make_gzip(image, IMAGE_BYTES, &size);
    expect_kernel(gz, size - 9, "truncated gzip");
    expect_kernel(gz, 12, "truncated gzip");
    gz[size - 5] ^= 1; /* CRC */
    expect_kernel(gz, size, "damaged gzip");
    g_free(gz);
    zeros = g_malloc0(9 * MIB);
    gz = make_gzip(zeros, 9 * MIB, &size);
    g_free(zeros);
    expect_kernel(gz, size, "too large when unpacked");
    g_free(gz);
    gz = make_gzip(buf, sizeof(buf), &size);
    expect_kernel(gz, size, "not a RISC-V kernel");
    g_free(gz);

    /* other kinds */
    memset(buf, 0, sizeof(buf));
    memcpy(buf, "MZ", 2);
    expect_kernel(buf, sizeof(buf), "PE/EFI");
    memcpy(buf + 0x38, "ARM\x64", 4);
    expect_kernel(buf, sizeof(buf), "arm64");
    memset(buf + 0x38, 0, 4);
    memcpy(buf + 0x202, "HdrS", 4);
    expect_kernel(buf, sizeof(buf), "bzImage");
    memcpy(buf + 4, "zimg", 4);
    expect_kernel(buf, sizeof(buf), "zboot");

    /* ELF */
    elf = make_elf(RAM, RAM, 100, 100);
    expect_kernel(elf, 10, "truncated ELF");
    expect_kernel(elf, 40, "truncated ELF");
    expect_kernel(elf, 100, "truncated ELF");
    expect_kernel(elf, 1100, "truncated ELF");
    put(elf + 18, 62, 2);
    expect_kernel(elf, ELF_BYTES, "x86-64");
    put(elf + 18, 243, 2);
    elf[4] = 1;
    expect_kernel(elf, ELF_BYTES, "32-bit");
    elf[4] = 2;
    elf[16] = 3;
    expect_kernel(elf, ELF_BYTES, "fixed addresses");
    elf[16] = 2;
    put(elf + 64 + 24, 0x1000, 8);
    expect_kernel(elf, ELF_BYTES, "does not fit in RAM");
    put(elf + 64 + 24, RAM, 8);
    put(elf + 64 + 40, 9 * MIB, 8);
    expect_kernel(elf, ELF_BYTES, "does not fit in RAM");
    put(elf + 64 + 40, UINT64_MAX, 8);
    expect_kernel(elf, ELF_BYTES, "does not fit in RAM");
    put(elf + 64 + 40, 50, 8);
    expect_kernel(elf, ELF_BYTES, "damaged ELF");
    put(elf + 64 + 40, 100, 8);
    put(elf + 64 + 8, UINT64_MAX - 10, 8);
    expect_kernel(elf, ELF_BYTES, "truncated ELF");
    put(elf + 64 + 8, 1024, 8);
    put(elf + 24, RAM - 4, 8);
    expect_kernel(elf, ELF_BYTES, "entry point");
    put(elf + 64, 2, 4);
    expect_kernel(elf, ELF_BYTES, "nothing to load");
    put(elf + 32, UINT64_MAX - 10, 8);
    expect_kernel(elf, ELF_BYTES, "truncated ELF");
    g_free(elf);
    g_free(image);
}

static void expect_initrd(const void *data, size_t size, const char *reason)
{
    g_autofree char *error = initrd_check(&(Blob){"INITRD", data, size});

    g_assert_nonnull(error);
    expect_words(error, "INITRD", reason);
}

static void test_refuse_initrd(void)
{
    uint8_t *big = g_malloc0(4 * MIB), *gz, *image = make_image(2 * MIB, 4 * MIB);
    size_t size;
    Machine m;

    expect_initrd("", 0, "empty");
    expect_initrd("hello", 5, "not an initial ramdisk");
    expect_initrd(cpio, 60, "truncated cpio");
    expect_initrd("070701zzzz", 10, "truncated cpio");
    gz = make_gzip((const uint8_t *)cpio, sizeof(cpio), &size);
    expect_initrd(gz, size - 1, "truncated gzip");
    g_free(gz);
    expect_initrd("\xfd"
                  "7zXZ\0\0\0\0\0\0\0\0",
                  13, "truncated xz");
    memcpy(big, cpio, sizeof(cpio));
    machine_init(&m, 8 * MIB);
    m.cfg.kernel = (Blob){"KERNEL", image, IMAGE_BYTES};
    m.cfg.initrd = (Blob){"INITRD", big, 4 * MIB};
    expect(&m, "INITRD", "does not fit in RAM");
    g_free(image);
    g_free(big);
}

/* Lengths that lead back, or past the end: libfdt would follow them, round and round. */
static void test_refuse_circular_dtb(void)
{
    static const uint32_t lengths[] = {0xfffffff4, 0xffffffff, 0x7ffffff8, 0x80000000, 4096};

    for (unsigned k = 0; k < G_N_ELEMENTS(lengths); k++) {
        static uint8_t tree[512];
        struct fdt_property *prop;
        Machine m;

        fdt_create_empty_tree(tree, sizeof(tree));
        fdt_setprop_string(tree, 0, "model", "mine");
        fdt_pack(tree);
        prop = fdt_get_property_w(tree, 0, "model", NULL);
        prop->len = cpu_to_fdt32(lengths[k]);
        machine_init(&m, 8 * MIB);
        m.cfg.bios_kind = BIOS_NONE;
        m.cfg.dtb = (Blob){"DTB", tree, fdt_totalsize(tree)};
        expect(&m, "DTB", "damaged");
    }
}

static void test_refuse_rest(void)
{
    Machine m;
    uint8_t *image = make_image(2 * MIB, 0), *elf = make_elf(RAM, RAM + MIB, 100, 2 * MIB);
    static uint8_t tree[512], fw[8192];
    g_autofree char *append = g_strnfill(4000, 'a');
    BlockBackend disk = {.size = 0, .name = "DISK"};

    machine_init(&m, 8 * MIB);
    expect(&m, "-kernel", "nothing to boot");

    machine_init(&m, 4096);
    m.cfg.bios_kind = BIOS_NONE;
    m.cfg.append = append;
    expect(&m, "device tree", "does not fit in RAM of 4096 bytes");

    /* firmware */
    machine_init(&m, 8 * MIB);
    m.cfg.bios_kind = BIOS_FILE;
    m.cfg.bios = (Blob){"FW", (const uint8_t *)"", 0};
    expect(&m, "FW", "empty");
    machine_init(&m, 8 * MIB);
    m.cfg.bios_kind = BIOS_FILE;
    m.cfg.bios = (Blob){"FW", (const uint8_t *)"Dear reader,\n", 13};
    expect(&m, "FW", "text");
    machine_init(&m, 8 * MIB);
    m.cfg.bios_kind = BIOS_FILE;
    m.cfg.bios = (Blob){"FW", image, IMAGE_BYTES};
    expect(&m, "FW", "not firmware");
    machine_init(&m, 4096);
    m.cfg.bios_kind = BIOS_FILE;
    m.cfg.bios = (Blob){"FW", fw, sizeof(fw)};
    expect(&m, "FW", "does not fit in RAM");
    machine_init(&m, 8 * MIB);
    m.cfg.bios_kind = BIOS_FILE;
    m.cfg.bios = (Blob){"FW", elf, ELF_BYTES};
    m.cfg.kernel = (Blob){"KERNEL", image, IMAGE_BYTES};
    expect(&m, "FW", "overlaps");

    /* device tree */
    machine_init(&m, 8 * MIB);
    m.cfg.bios_kind = BIOS_NONE;
    m.cfg.dtb = (Blob){"DTB", (const uint8_t *)"nonsense", 8};
    expect(&m, "DTB", "not a device tree");
    fdt_create_empty_tree(tree, sizeof(tree));
    machine_init(&m, 8 * MIB);
    m.cfg.bios_kind = BIOS_NONE;
    m.cfg.dtb = (Blob){"DTB", tree, 100};
    expect(&m, "DTB", "truncated");
    machine_init(&m, 8 * MIB);
    m.cfg.bios_kind = BIOS_NONE;
    m.cfg.dtb = (Blob){"DTB", tree, 6};
    expect(&m, "DTB", "truncated");
    memset(tree + 60, 0xee, 100);
    machine_init(&m, 8 * MIB);
    m.cfg.bios_kind = BIOS_NONE;
    m.cfg.dtb = (Blob){"DTB", tree, sizeof(tree)};
    expect(&m, "DTB", "damaged");

    /* disks */
    machine_init(&m, 8 * MIB);
    m.cfg.bios_kind = BIOS_NONE;
    m.cfg.disk[0] = &disk;
    m.cfg.nb_disks = 1;
    expect(&m, "DISK", "empty");
    disk.size = 4096;
    machine_init(&m, 8 * MIB);
    m.cfg.bios_kind = BIOS_NONE;
    for (m.cfg.nb_disks = 0; m.cfg.nb_disks < 8; m.cfg.nb_disks++) {
        m.cfg.disk[m.cfg.nb_disks] = &disk;
    }
    m.cfg.rng = true;
    expect(&m, "virtio", "too many");
    g_free(image);
    g_free(elf);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/board/linux", test_linux);
    g_test_add_func("/board/gzip-kernel", test_gzip_kernel);
    g_test_add_func("/board/bare-metal", test_bare_metal);
    g_test_add_func("/board/firmware", test_firmware);
    g_test_add_func("/board/given-dtb", test_given_dtb);
    g_test_add_func("/board/refuse-circular-dtb", test_refuse_circular_dtb);
    g_test_add_func("/board/refuse/kernel", test_refuse_kernel);
    g_test_add_func("/board/refuse/initrd", test_refuse_initrd);
    g_test_add_func("/board/refuse/rest", test_refuse_rest);
    return g_test_run();
}
