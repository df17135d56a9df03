/*
 * Character devices: a back end (stdio, file, null, ...; runtime/) and the device on this side of
 * it. Output is never lost: chardev_write() waits for the host to take it. Input is pulled: the
 * back end asks how much the device can take, so that a paste of any length arrives whole.
 */
#ifndef HW_CHARDEV_H
#define HW_CHARDEV_H

#include <stddef.h>
#include <stdint.h>

typedef struct Chardev Chardev;
struct Chardev {
    /* back end */
    void (*write)(Chardev *chr, const uint8_t *buf, size_t len);
    /* the device has room again: the back end may call receive() */
    void (*accept_input)(Chardev *chr);
    /* front end, set by the device that owns it; may be NULL */
    size_t (*can_receive)(void *opaque); /* bytes it takes now */
    void (*receive)(void *opaque, const uint8_t *buf, size_t len);
    void *opaque;
};

static inline void chardev_write(Chardev *chr, const uint8_t *buf, size_t len)
{
    if (chr && chr->write) {
        chr->write(chr, buf, len);
    }
}

#endif
