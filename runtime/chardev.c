#include "runtime/chardev.h"

#include <glib.h>
#include <string.h>

#include "runtime/report.h"

Chardev *chardev_null_new(void)
{
    return g_new0(Chardev, 1);
}

typedef struct FileChardev {
    Chardev chr;
    int fd;
    bool failed;
    char *path;
    size_t used;
    uint8_t buffer[4096];
} FileChardev;

static void file_write(Chardev *chr, const uint8_t *buf, size_t len)
{
    FileChardev *f = (FileChardev *)chr;

    while (len > 0) {
        size_t n = MIN(len, sizeof(f->buffer) - f->used);

        memcpy(f->buffer + f->used, buf, n);
        f->used += n;
        if (f->used == sizeof(f->buffer) || memchr(buf, '\n', n)) {
            chardev_file_flush(chr);
        }
        buf += n;
        len -= n;
    }
}

void chardev_file_flush(Chardev *chr)
{
    FileChardev *f = (FileChardev *)chr;
    int err;

    if (f->used == 0) {
        return;
    }
    err = host_write_all(f->fd, f->buffer, f->used);
    f->used = 0;
    if (err < 0 && !f->failed) {
        f->failed = true;
        report("'%s': %s: output is lost", f->path, host_strerror(err));
    }
}

Chardev *chardev_file_new(const char *path, char **error)
{
    int fd = host_open(path, HOST_CREATE);
    FileChardev *f;

    if (fd < 0) {
        *error = g_strdup_printf("character device file '%s': %s", path, host_strerror(fd));
        return NULL;
    }
    f = g_new0(FileChardev, 1);
    f->fd = fd;
    f->path = g_strdup(path);
    f->chr.write = file_write;
    return &f->chr;
}
