/*
 * Platform-level interrupt controller, RISC-V PLIC specification 1.0: 95 level-triggered sources,
 * two contexts.
 */
#include "hw/devices.h"

enum { CONTEXTS = 2, WORDS = PLIC_SOURCES / 32, MAX_PRIORITY = 7 };
enum {
    PRIORITY = 0x0,
    PENDING = 0x1000,
    ENABLE = 0x2000,
    ENABLE_STRIDE = 0x80,
    CONTEXT = 0x200000,
    CONTEXT_STRIDE = 0x1000,
    THRESHOLD = 0,
    CLAIM = 4,
};

struct PLIC {
    uint8_t priority[PLIC_SOURCES];
    uint32_t level[WORDS];   /* wires */
    uint32_t pending[WORDS]; /* IP bits */
    uint32_t claimed[WORDS]; /* gateway closed until completion */
    uint32_t enable[CONTEXTS][WORDS];
    uint32_t threshold[CONTEXTS];
    IRQ out[CONTEXTS];
};

/* Highest priority wins, the lowest number among equals; 0 if there is none. */
static unsigned best(const PLIC *p, unsigned ctx, unsigned above)
{
    unsigned id = 0;

    for (unsigned w = 0; w < WORDS; w++) {
        for (uint32_t bits = p->pending[w] & p->enable[ctx][w]; bits; bits &= bits - 1) {
            unsigned n = w * 32 + __builtin_ctz(bits);

            if (p->priority[n] > above) {
                above = p->priority[n];
                id = n;
            }
        }
    }
    return id;
}

static void update(PLIC *p)
{
    for (unsigned ctx = 0; ctx < CONTEXTS; ctx++) {
        irq_set(p->out[ctx], best(p, ctx, p->threshold[ctx]) != 0);
    }
}

/* The gateway passes a level on as one request, and no other before completion. */
static void gateway(PLIC *p, unsigned w)
{
    p->pending[w] |= p->level[w] & ~p->claimed[w];
}

static void set_input(void *opaque, unsigned n, bool level)
{
    PLIC *p = opaque;
    unsigned w = n / 32;
    uint32_t bit = UINT32_C(1) << (n % 32);

    if (!!(p->level[w] & bit) == level) {
        return;
    }
    /* A request that was passed on stays pending when the wire falls. */
    p->level[w] ^= bit;
    gateway(p, w);
    update(p);
}

static unsigned claim(PLIC *p, unsigned ctx)
{
    unsigned id = best(p, ctx, 0); /* "Interrupt Claim Process": whatever the threshold */

    if (id) {
        p->pending[id / 32] &= ~(UINT32_C(1) << (id % 32));
        p->claimed[id / 32] |= UINT32_C(1) << (id % 32);
        update(p);
    }
    return id;
}

static void complete(PLIC *p, unsigned ctx, uint32_t id)
{
    uint32_t bit = UINT32_C(1) << (id % 32);

    /* "Interrupt Completion": ignored for a source that is not enabled for this context. */
    if (id < PLIC_SOURCES && (p->enable[ctx][id / 32] & bit)) {
        p->claimed[id / 32] &= ~bit;
        gateway(p, id / 32);
        update(p);
    }
}

static uint64_t plic_read(void *opaque, uint64_t offset, unsigned size)
{
    PLIC *p = opaque;

    if (offset < PENDING) {
        return offset / 4 < PLIC_SOURCES ? p->priority[offset / 4] : 0;
    }
    if (offset < ENABLE) {
        unsigned w = (offset - PENDING) / 4;

        return w < WORDS ? p->pending[w] : 0;
    }
    if (offset < ENABLE + CONTEXTS * ENABLE_STRIDE) {
        unsigned w = (offset & (ENABLE_STRIDE - 1)) / 4;

        return w < WORDS ? p->enable[(offset - ENABLE) / ENABLE_STRIDE][w] : 0;
    }
    if (offset >= CONTEXT && offset < CONTEXT + CONTEXTS * CONTEXT_STRIDE) {
        unsigned ctx = (offset - CONTEXT) / CONTEXT_STRIDE;

        switch (offset & (CONTEXT_STRIDE - 1)) {
        case THRESHOLD: return p->threshold[ctx];
        case CLAIM: return claim(p, ctx);
        }
    }
    return 0;
}

static void plic_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    PLIC *p = opaque;

    if (offset < PENDING) {
        if (offset && offset / 4 < PLIC_SOURCES) {
            p->priority[offset / 4] = value & MAX_PRIORITY;
        }
    } else if (offset >= ENABLE && offset < ENABLE + CONTEXTS * ENABLE_STRIDE) {
        unsigned w = (offset & (ENABLE_STRIDE - 1)) / 4;

        if (w < WORDS) {
            /* There is no source 0. */
            p->enable[(offset - ENABLE) / ENABLE_STRIDE][w] = w ? value : value & ~UINT64_C(1);
        }
    } else if (offset >= CONTEXT && offset < CONTEXT + CONTEXTS * CONTEXT_STRIDE) {
        unsigned ctx = (offset - CONTEXT) / CONTEXT_STRIDE;

        switch (offset & (CONTEXT_STRIDE - 1)) {
        case THRESHOLD: p->threshold[ctx] = value & MAX_PRIORITY; break;
        case CLAIM: complete(p, ctx, value); return;
        }
    }
    update(p);
}

const BusOps plic_ops = {plic_read, plic_write, 4};

PLIC *plic_new(IRQ meip, IRQ seip)
{
    PLIC *p = g_new0(PLIC, 1);

    p->out[0] = meip;
    p->out[1] = seip;
    plic_reset(p);
    return p;
}

void plic_reset(PLIC *p)
{
    IRQ m = p->out[0], s = p->out[1];

    *p = (PLIC){.out = {m, s}};
    update(p);
}

void plic_free(PLIC *p)
{
    g_free(p);
}

IRQ plic_input(PLIC *p, unsigned source)
{
    g_assert(source > 0 && source < PLIC_SOURCES);
    return (IRQ){set_input, p, source};
}
