/* Goldfish RTC: nanoseconds since 1970 in two halves, one alarm. */
#include "hw/devices.h"

enum {
    TIME_LOW = 0x00, /* read: latches TIME_HIGH; write: sets the time with the TIME_HIGH written */
    TIME_HIGH = 0x04,
    ALARM_LOW = 0x08, /* write: arms, with the ALARM_HIGH written before */
    ALARM_HIGH = 0x0c,
    IRQ_ENABLED = 0x10,
    CLEAR_ALARM = 0x14,
    ALARM_STATUS = 0x18,
    CLEAR_INTERRUPT = 0x1c,
};

struct RTC {
    Clock *clk;
    int64_t (*realtime_ns)(void);
    uint64_t offset; /* the guest's time - the host's */
    uint32_t time_high_read, time_high_write, alarm_high;
    uint64_t alarm;
    bool armed, irq_enabled, irq_pending;
    Timer *timer;
    IRQ irq;
};

static uint64_t rtc_now(RTC *r)
{
    return (uint64_t)(r->realtime_ns ? r->realtime_ns() : clock_now(r->clk)) + r->offset;
}

static void update_irq(RTC *r)
{
    irq_set(r->irq, r->irq_pending && r->irq_enabled);
}

static void fire(void *opaque)
{
    RTC *r = opaque;

    timer_del(r->timer);
    r->armed = false;
    r->irq_pending = true;
    update_irq(r);
}

/* The alarm is waited for on the machine's clock, which stands still while the machine does. */
static void arm(RTC *r)
{
    uint64_t now = rtc_now(r);
    int64_t clk_now = clock_now(r->clk);

    r->armed = true;
    if (r->alarm <= now) {
        fire(r);
    } else if (r->alarm - now < (uint64_t)(INT64_MAX - clk_now)) {
        timer_mod(r->timer, clk_now + (int64_t)(r->alarm - now));
    } else {
        timer_del(r->timer);
    }
}

static uint64_t rtc_read(void *opaque, uint64_t offset, unsigned size)
{
    RTC *r = opaque;
    uint64_t now;

    switch (offset) {
    case TIME_LOW:
        now = rtc_now(r);
        r->time_high_read = now >> 32;
        return (uint32_t)now;
    case TIME_HIGH: return r->time_high_read;
    case ALARM_LOW: return (uint32_t)r->alarm;
    case ALARM_HIGH: return r->alarm >> 32;
    case IRQ_ENABLED: return r->irq_enabled;
    case ALARM_STATUS: return r->armed;
    }
    return 0;
}

static void rtc_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    RTC *r = opaque;

    switch (offset) {
    case TIME_LOW:
        r->offset += ((uint64_t)r->time_high_write << 32 | value) - rtc_now(r);
        if (r->armed) {
            arm(r);
        }
        break;
    case TIME_HIGH: r->time_high_write = value; break;
    case ALARM_LOW:
        r->alarm = (uint64_t)r->alarm_high << 32 | value;
        arm(r);
        break;
    case ALARM_HIGH: r->alarm_high = value; break;
    case IRQ_ENABLED:
        r->irq_enabled = value & 1;
        update_irq(r);
        break;
    case CLEAR_ALARM:
        timer_del(r->timer);
        r->armed = false;
        break;
    case CLEAR_INTERRUPT:
        r->irq_pending = false;
        update_irq(r);
        break;
    }
}

const BusOps rtc_ops = {rtc_read, rtc_write, 4};

RTC *rtc_new(Clock *clk, int64_t (*realtime_ns)(void), IRQ irq)
{
    RTC *r = g_new0(RTC, 1);

    r->clk = clk;
    r->realtime_ns = realtime_ns;
    r->irq = irq;
    r->timer = timer_new(clk, fire, r);
    rtc_reset(r);
    return r;
}

/* The time set by the guest survives, as in a clock with a battery. */
void rtc_reset(RTC *r)
{
    timer_del(r->timer);
    r->time_high_read = r->time_high_write = r->alarm_high = 0;
    r->alarm = 0;
    r->armed = r->irq_enabled = r->irq_pending = false;
    update_irq(r);
}

void rtc_free(RTC *r)
{
    if (r) {
        timer_free(r->timer);
        g_free(r);
    }
}
