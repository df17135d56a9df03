/*
 * The console: standard input and output, shared by the guest's serial port, its virtio console and
 * the monitor.
 *
 * Input waits in two places: the host's queue, and one queue for each user here. A key must reach
 * Ctrl-A handling even if the guest has stopped reading, so bytes are taken from the host as long
 * as the focused user's queue has room, and not only when the guest asks. When that is full too the
 * host stops reading: a paste of any length arrives whole.
 */
#include <glib.h>
#include <string.h>

#include "runtime/chardev.h"

enum { USER_QUEUE = 1 << 14, ESCAPE = 1 /* Ctrl-A */ };

typedef struct User {
    Chardev chr; /* first: the device's pointer is ours */
    Console *con;
    void (*focus)(void *opaque);
    void *opaque;
    bool delivering; /* receive() may end in accept_input(): do not recurse */
    uint32_t head, tail;
    uint8_t queue[USER_QUEUE];
} User;

struct Console {
    bool mux, escaped, started, closed, column0;
    void (*quit)(void *opaque);
    void (*on_closed)(void *opaque, int err);
    void *opaque;
    unsigned nb_users, focused;
    User *user[CONSOLE_MAX_USERS];
    size_t used;
    uint8_t out[4096];
};

/* ---- output ---- */

void console_flush(Console *con)
{
    size_t n = con->used;

    con->used = 0;
    int err = n && !con->closed ? host_write_all(HOST_STDOUT, con->out, n) : 0;
    if (err < 0 && !host_signal_pending()) {
        /* The reader has gone (a closed pipe): nothing more can be shown. */
        con->closed = true;
        con->on_closed(con->opaque, err);
    }
}

static void put(Console *con, const uint8_t *buf, size_t len)
{
    while (len > 0) {
        size_t n = MIN(len, sizeof(con->out) - con->used);

        memcpy(con->out + con->used, buf, n);
        con->used += n;
        if (con->used == sizeof(con->out) || memchr(buf, '\n', n)) {
            console_flush(con);
        }
        con->column0 = buf[n - 1] == '\n';
        buf += n;
        len -= n;
    }
}

static void puts_console(Console *con, const char *text)
{
    put(con, (const uint8_t *)text, strlen(text));
}

static void user_write(Chardev *chr, const uint8_t *buf, size_t len)
{
    put(((User *)chr)->con, buf, len);
}

/* ---- input ---- */

static uint32_t user_room(const User *u)
{
    return USER_QUEUE - (u->head - u->tail);
}

static void enqueue(User *u, uint8_t byte)
{
    u->queue[u->head++ % USER_QUEUE] = byte;
}

/* Gives the device as much of its queue as it takes now. */
static void deliver(User *u)
{
    if (u->delivering || !u->chr.receive) {
        return;
    }
    u->delivering = true;
    while (u->head != u->tail) {
        uint32_t at = u->tail % USER_QUEUE;
        size_t n = u->chr.can_receive(u->chr.opaque);

        n = MIN(n, u->head - u->tail);
        n = MIN(n, USER_QUEUE - at);
        if (n == 0) {
            break;
        }
        u->tail += (uint32_t)n;
        u->chr.receive(u->chr.opaque, u->queue + at, n);
    }
    u->delivering = false;
}

static void show_help(Console *con)
{
    puts_console(con, "\r\n"
                      "Ctrl-A h    this help\r\n"
                      "Ctrl-A x    leave the emulator\r\n"
                      "Ctrl-A c    switch between console and monitor\r\n"
                      "Ctrl-A Ctrl-A  send Ctrl-A to the guest\r\n");
}

static void switch_focus(Console *con)
{
    User *u;

    con->focused = (con->focused + 1) % con->nb_users;
    u = con->user[con->focused];
    if (!con->column0) {
        puts_console(con, "\r\n");
    }
    if (u->focus) {
        u->focus(u->opaque);
    }
}

static void escape_key(Console *con, uint8_t key)
{
    switch (key) {
    case ESCAPE: enqueue(con->user[con->focused], ESCAPE); break;
    case 'h':
    case '?': show_help(con); break;
    case 'x':
        puts_console(con, "weft: terminated\r\n");
        con->quit(con->opaque);
        break;
    case 'c': switch_focus(con); break;
    default: break;
    }
}

static void mux_byte(Console *con, uint8_t byte)
{
    if (con->escaped) {
        con->escaped = false;
        escape_key(con, byte);
    } else if (byte == ESCAPE) {
        con->escaped = true;
    } else {
        enqueue(con->user[con->focused], byte);
    }
}

static void take_input(Console *con)
{
    uint32_t room;

    while ((room = user_room(con->user[con->focused])) > 0) {
        uint8_t buf[256];
        /* With mux a byte may move the focus, and the room is another's then. */
        size_t n = host_console_read(buf, con->mux ? 1 : MIN(sizeof(buf), room));

        if (n == 0) {
            break;
        }
        for (size_t i = 0; i < n; i++) {
            if (con->mux) {
                mux_byte(con, buf[i]);
            } else {
                enqueue(con->user[0], buf[i]);
            }
        }
    }
}

void console_pump(Console *con)
{
    if (con->nb_users && con->started && host_console_pending()) {
        take_input(con);
    }
    for (unsigned i = 0; i < con->nb_users; i++) {
        deliver(con->user[i]);
    }
    console_flush(con);
}

/* The device has room: its queue first, then what the host has. */
static void user_accept_input(Chardev *chr)
{
    User *u = (User *)chr;

    deliver(u);
    if (u->con->started && !u->delivering && host_console_pending()) {
        take_input(u->con);
        deliver(u);
    }
}

/* ---- life ---- */

Console *console_new(bool mux, void (*quit)(void *opaque), void (*closed)(void *opaque, int err),
                     void *opaque)
{
    Console *con = g_new0(Console, 1);

    con->mux = mux;
    con->quit = quit;
    con->on_closed = closed;
    con->opaque = opaque;
    con->column0 = true;
    return con;
}

Chardev *console_add(Console *con, void (*focus)(void *opaque), void *opaque)
{
    User *u = g_new0(User, 1);

    g_assert(con->nb_users < CONSOLE_MAX_USERS);
    u->chr.write = user_write;
    u->chr.accept_input = user_accept_input;
    u->con = con;
    u->focus = focus;
    u->opaque = opaque;
    con->user[con->nb_users++] = u;
    return &u->chr;
}

void console_start(Console *con, HostTerm mode)
{
    host_console_start(mode);
    con->started = true;
    if (con->nb_users && con->user[0]->focus) {
        con->user[0]->focus(con->user[0]->opaque);
    }
}

void console_free(Console *con)
{
    console_flush(con);
    if (con->started) {
        host_console_stop();
    }
    for (unsigned i = 0; i < con->nb_users; i++) {
        g_free(con->user[i]);
    }
    g_free(con);
}
