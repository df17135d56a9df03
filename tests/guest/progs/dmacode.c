/*
 * Code that a device writes: a virtio disk (virtio 1.2, 4.2 and 5.2) reads sectors over functions,
 * over parts of instructions, beside code, and under the code that asked for it.
 *
 * run.py makes the disk. Sector s holds a function that adds up sector_step(s) a0 times, and from
 * byte 32 on 60 pairs of `addi a0, zero, sector_imm(s, j)` and ret.
 *
 * The tests run in M-mode; in S-mode, where the code is at other addresses than the device's; and
 * in M-mode again.
 */
#include "code.h"

enum { SECTOR = 512, NB_SECTORS = 128, PAIRS = 60, PAIRS_AT = 32, X = 0x40000000 };

static unsigned sector_step(unsigned s)
{
    return s * 5 + 3;
}

static unsigned sector_imm(unsigned s, unsigned j)
{
    return (s * 61 + j * 7) % 2048;
}

extern const uint8_t dma_own[], dma_own_end[], dma_word[], dma_wait[], dma_wait_end[];

/* ---- the disk ---- */

enum {
    MAGIC = 0x000,
    VERSION = 0x004,
    DEVICE_ID = 0x008,
    DRIVER_FEATURES = 0x020,
    DRIVER_FEATURES_SEL = 0x024,
    QUEUE_SEL = 0x030,
    QUEUE_NUM = 0x038,
    QUEUE_READY = 0x044,
    QUEUE_NOTIFY = 0x050,
    STATUS = 0x070,
    QUEUE_DESC = 0x080,
    QUEUE_DRIVER = 0x090,
    QUEUE_DEVICE = 0x0a0,
};
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8 };
enum { DESC_NEXT = 1, DESC_WRITE = 2 };
enum { QUEUE_SIZE = 16 };

typedef struct Desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
} Desc;

/* All that driver and device share. */
typedef struct Ring {
    Desc desc[QUEUE_SIZE];
    struct {
        uint16_t flags, idx, ring[QUEUE_SIZE];
    } avail;
    struct {
        uint32_t type, reserved;
        uint64_t sector;
    } header __attribute__((aligned(16)));
    /* written by the device */
    struct {
        uint16_t flags, idx;
        struct {
            uint32_t id, len;
        } ring[QUEUE_SIZE];
    } used __attribute__((aligned(16)));
    uint8_t status;
} Ring;

typedef struct Segment {
    uint8_t *to;
    unsigned len;
} Segment;

static uint64_t device;
static volatile Ring *ring;

static volatile uint32_t *reg(unsigned offset)
{
    return (volatile uint32_t *)(device + offset);
}

static void find_device(void)
{
    for (unsigned i = 0; i < 8; i++) {
        device = 0x10001000 + i * 0x1000;
        if (*reg(MAGIC) == 0x74726976 && *reg(VERSION) == 2 && *reg(DEVICE_ID) == 2) {
            return;
        }
    }
    check(false, "there is no disk");
    finish();
}

static void set_address(unsigned offset, volatile void *p)
{
    *reg(offset) = (uint64_t)p;
    *reg(offset + 4) = (uint64_t)p >> 32;
}

/* Resets the device and gives it a ring at p. */
static void start_device(void *p)
{
    *reg(STATUS) = 0;
    while (*reg(STATUS)) {
    }
    ring = p;
    memset(p, 0, sizeof(Ring));
    *reg(STATUS) = ACKNOWLEDGE;
    *reg(STATUS) = ACKNOWLEDGE | DRIVER;
    *reg(DRIVER_FEATURES_SEL) = 0;
    *reg(DRIVER_FEATURES) = 0;
    *reg(DRIVER_FEATURES_SEL) = 1;
    *reg(DRIVER_FEATURES) = 1; /* VERSION_1 */
    *reg(STATUS) = ACKNOWLEDGE | DRIVER | FEATURES_OK;
    *reg(QUEUE_SEL) = 0;
    *reg(QUEUE_NUM) = QUEUE_SIZE;
    set_address(QUEUE_DESC, ring->desc);
    set_address(QUEUE_DRIVER, &ring->avail);
    set_address(QUEUE_DEVICE, &ring->used);
    *reg(QUEUE_READY) = 1;
    *reg(STATUS) = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;
    check(*reg(STATUS) == (ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK), "status of the disk");
}

static void put_desc(unsigned i, volatile void *p, unsigned len, unsigned flags)
{
    ring->desc[i].addr = (uint64_t)p;
    ring->desc[i].len = len;
    ring->desc[i].flags = flags;
    ring->desc[i].next = i + 1;
}

/* Makes a request to read sectors into segments, of which the device is still to be told. Returns
 * the index of the used ring when it is done. */
static uint16_t prepare(unsigned sector, const Segment *segments, unsigned nb)
{
    ring->header.type = 0;
    ring->header.sector = sector;
    ring->status = 0xff;
    put_desc(0, &ring->header, sizeof(ring->header), DESC_NEXT);
    for (unsigned i = 0; i < nb; i++) {
        put_desc(1 + i, segments[i].to, segments[i].len, DESC_NEXT | DESC_WRITE);
    }
    put_desc(1 + nb, &ring->status, 1, DESC_WRITE);
    ring->avail.ring[ring->avail.idx % QUEUE_SIZE] = 0;
    asm volatile("fence" ::: "memory");
    ring->avail.idx++;
    asm volatile("fence" ::: "memory");
    return ring->avail.idx;
}

static void check_done(unsigned sector)
{
    check(ring->status == 0, "sector %d: status %d", (uint64_t)sector, (uint64_t)ring->status);
}

static void read_segments(unsigned sector, const Segment *segments, unsigned nb)
{
    uint16_t done = prepare(sector, segments, nb);

    *reg(QUEUE_NOTIFY) = 0;
    while (ring->used.idx != done) {
    }
    asm volatile("fence" ::: "memory");
    check_done(sector);
}

static void read_sectors(unsigned sector, uint8_t *to, unsigned nb)
{
    Segment s = {to, nb * SECTOR};

    read_segments(sector, &s, 1);
}

/* len bytes of a sector from an offset on, and nothing else. */
static void read_part(unsigned sector, unsigned offset, uint8_t *to, unsigned len)
{
    static uint8_t rest[2 * SECTOR];
    Segment s[] = {{rest, offset}, {to, len}, {rest, SECTOR - offset - len}};

    read_segments(sector, s, 3);
}

/* The immediate of pair j alone. */
static void read_imm(unsigned sector, unsigned j, uint8_t *to, unsigned skip, unsigned len)
{
    read_part(sector, PAIRS_AT + 8 * j + skip, to + skip, len);
}

/* ---- where code runs ---- */

static uint8_t *pages, *window_pages;
static bool in_window;

/* n pages, the same ones in each pass of a test; in S-mode they are seen at X too, and run there.
 */
static void take_pages(uint64_t pass, uint8_t **own, unsigned n)
{
    if (!pass) {
        *own = fresh_pages(n);
    }
    pages = *own;
    in_window = pass & 1;
    if (in_window) {
        for (unsigned i = 0; i < n; i++) {
            pt_map(X + i * PAGE, (uint64_t)pages + i * PAGE, 0, PTE_RWXAD);
        }
        sfence();
        window_pages = pages;
    }
}

static Code code_of(const uint8_t *p)
{
    return code_at(in_window ? X + (p - window_pages) : (uint64_t)p);
}

/* ---- tests ---- */

static Ring plain_ring __attribute__((aligned(4096)));

/* Runs a whole sector of code; phys: where the device put it. */
static uint64_t run_sector(uint8_t *at, unsigned s, unsigned n)
{
    uint64_t got = code_of(at)(n, 0, 0, 0), h;

    expect(got, (uint64_t)n * sector_step(s), "the loop of a sector", s);
    h = got;
    for (unsigned i = 0; i < n; i++) {
        unsigned j = i % PAIRS;
        got = code_of(at + PAIRS_AT + 8 * j)(i, 0, 0, 0);
        expect(got, sector_imm(s, j), "a function of a sector", s);
        h = mix(h, got);
    }
    return h;
}

/* A sector over a sector of code. */
static uint64_t test_sector(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 8 };
    static uint8_t *own;
    uint64_t h = 0;

    take_pages(pass, &own, ROUNDS / 2);
    start_device(&plain_ring);
    for (unsigned r = 0; r < ROUNDS; r++) {
        uint8_t *to = pages + r / 2 * PAGE + SECTOR * (r / 2 % 8);
        unsigned s = (r * 3 + pass) % NB_SECTORS;
        read_sectors(s, to, 1);
        fence_i();
        h = mix(h, run_sector(to, s, phase(r + pass) / 2 + 1));
    }
    return h;
}

/* Sectors beside code, at once before it and behind it, while it runs. */
static uint64_t test_beside(uint64_t pass, uint64_t b)
{
    static uint8_t *own;
    uint64_t h = 0;

    take_pages(pass, &own, 3);
    start_device(&plain_ring);
    for (unsigned r = 0; r < 3; r++) {
        uint8_t *page = pages + r * PAGE, *to = page + 3 * SECTOR;
        read_sectors(r, to, 1);
        fence_i();
        h = mix(h, run_sector(to, r, 30000 >> 4 * r));
        for (unsigned i = 0; i < 20; i++) {
            unsigned k = i % 7;
            read_sectors(i, page + (k < 3 ? k : k + 1) * SECTOR, 1);
            h = mix(h, run_sector(to, r, 200));
        }
        /* then what came last, too */
        fence_i();
        h = mix(h, run_sector(page + 6 * SECTOR, 19, 300));
    }
    return h;
}

/* Single instructions and parts of them. */
static uint64_t test_parts(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 8 };
    static const uint8_t skips[] = {0, 2, 3}, lens[] = {4, 2, 1};
    static uint8_t *own;
    uint64_t h = 0;

    take_pages(pass, &own, 3 * ROUNDS);
    start_device(&plain_ring);
    for (unsigned r = 0; r < ROUNDS; r++) {
        for (unsigned k = 0; k < 3; k++) {
            uint8_t *to = pages + (3 * r + k) * PAGE + 64 * r, *p = to;
            unsigned imm = 0x123, n = phase(r + pass);
            put32(&p, i_addi(A0, X0, imm));
            put32(&p, I_RET);
            fence_i();
            for (unsigned i = 0; i < 3; i++) {
                uint64_t got = call_n(code_of(to), n, 0, 0, 0);
                expect(got, (uint64_t)n * imm, "part of an instruction", r);
                h = mix(h, got);
                unsigned s = r * 5 + i, j = r + k, now = sector_imm(s, j);
                imm = k == 2 ? (now & 0xff0) | (imm & 15) : now;
                read_imm(s, j, to, skips[k], lens[k]);
                fence_i();
            }
            expect(code_of(to)(0, 0, 0, 0), imm, "the last part", r);
        }
    }
    return h;
}

/* The second half of an instruction that straddles two pages. */
static uint64_t test_straddle(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 6 };
    static uint8_t *own;
    uint64_t h = 0;

    take_pages(pass, &own, 2 * ROUNDS);
    start_device(&plain_ring);
    for (unsigned r = 0; r < ROUNDS; r++) {
        uint8_t *end = pages + (2 * r + 1) * PAGE, *p = end - 6;
        unsigned imm = 0x77, n = phase(r + pass);
        put32(&p, i_addi(A1, X0, r));
        put32(&p, i_addi(A0, X0, imm));
        put16(&p, C_RET);
        fence_i();
        for (unsigned i = 0; i < 3; i++) {
            uint64_t got = call_n(code_of(end - 6), n, 0, 0, 0);
            expect(got, (uint64_t)n * imm, "an instruction in two pages", r);
            h = mix(h, got);
            imm = sector_imm(r + 20, i);
            read_imm(r + 20, i, end - 2, 2, 2);
            fence_i();
        }
        expect(code_of(end - 6)(0, 0, 0, 0), imm, "the last half", r);
    }
    return h;
}

/* Many pages by one request. */
static uint64_t test_bulk(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 3, NB = 64 };
    static uint8_t *own;
    uint64_t h = 0;

    take_pages(pass, &own, NB / 8);
    start_device(&plain_ring);
    for (unsigned r = 0; r < ROUNDS; r++) {
        unsigned first = r * 7 + pass;
        read_sectors(first, pages, NB);
        fence_i();
        for (unsigned lap = 0; lap < 3; lap++) {
            for (unsigned i = 0; i < NB; i++) {
                h = mix(h, run_sector(pages + i * SECTOR, first + i, lap == 1 ? 500 : 60));
            }
        }
    }
    return h;
}

/* All that the device writes is on the page that waits for it, and so is the code it changes. */
static uint64_t test_ring(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 4, RING = 0x800, WAIT = 0x100, CHANGED = 0x7f8 };
    static uint8_t *own;
    uint64_t h = 0;

    take_pages(pass, &own, ROUNDS);
    for (unsigned r = 0; r < ROUNDS; r++) {
        uint8_t *page = pages + r * PAGE, *p = page + CHANGED;
        copy_code(page + WAIT, dma_wait, dma_wait_end);
        put32(&p, i_addi(A0, X0, 1));
        put32(&p, I_RET);
        fence_i();
        start_device(page + RING);
        Code wait = code_of(page + WAIT), changed = code_of(page + CHANGED);
        uint64_t used = (uint64_t)&ring->used.idx;
        for (unsigned i = 0; i < 3; i++) {
            static uint8_t rest[SECTOR];
            unsigned s = r * 3 + i, n = phase(r * 3 + i + pass);
            Segment segments[] = {
                {rest, PAIRS_AT}, {page + CHANGED, 4}, {rest, SECTOR - PAIRS_AT - 4}};
            /* the device is not told: no new value to wait for */
            call_n(code_of(page + WAIT + 4), n, used, ring->used.idx, 0);
            uint16_t done = prepare(s, segments, 3);
            wait((uint64_t)reg(QUEUE_NOTIFY), used, done, 0);
            check_done(s);
            fence_i();
            uint64_t got = call_n(changed, n, 0, 0, 0);
            expect(got, (uint64_t)n * sector_imm(s, 0), "the ring on the page", r);
            h = mix(h, got);
        }
    }
    return h;
}

/* The store that tells the device is in the stretch of code that the device changes. */
static uint64_t test_own(uint64_t pass, uint64_t b)
{
    enum { ROUNDS = 8 };
    static uint8_t *own;
    static uint8_t rest[SECTOR];
    uint64_t h = 0;

    take_pages(pass, &own, ROUNDS);
    start_device(&plain_ring);
    for (unsigned r = 0; r < ROUNDS; r++) {
        uint8_t *to = pages + r * PAGE + 0x240;
        uint8_t *word = in_copy(to, dma_own, dma_word);
        copy_code(to, dma_own, dma_own_end);
        fence_i();
        Code f = code_of(to);
        uint64_t used = (uint64_t)&ring->used.idx;
        unsigned imm = 1, n = phase(r + pass);
        for (unsigned i = 0; i < 3; i++) {
            uint64_t got = 0;
            for (unsigned k = 0; k < n; k++) { /* not the device: nothing happens */
                got += f((uint64_t)rest, used, ring->used.idx, 0);
            }
            expect(got, (uint64_t)n * imm, "before the own change", r);
            h = mix(h, got);
            unsigned s = r * 4 + i + 9, j = r + i;
            Segment segments[] = {
                {rest, PAIRS_AT + 8 * j}, {word, 4}, {rest, SECTOR - PAIRS_AT - 8 * j - 4}};
            uint16_t done = prepare(s, segments, 3);
            imm = sector_imm(s, j);
            got = f((uint64_t)reg(QUEUE_NOTIFY), used, done, 0);
            check_done(s);
            expect(got, imm, "changed by its own store", r);
            h = mix(h, got);
        }
    }
    return h;
}

int main(void)
{
    static const struct {
        const char *name;
        Test test;
    } tests[] = {
        {"sector", test_sector},     {"beside", test_beside}, {"parts", test_parts},
        {"straddle", test_straddle}, {"bulk", test_bulk},     {"ring", test_ring},
        {"own", test_own},
    };

    find_device();
    paging_with_devices();
    for (unsigned i = 0; i < ARRAY_SIZE(tests); i++) {
        for (unsigned pass = 0; pass < 3; pass++) {
            run_test(tests[i].name, pass & 1 ? S_MODE : M_MODE, tests[i].test, pass);
        }
    }
    paging(false);
    return 0;
}
