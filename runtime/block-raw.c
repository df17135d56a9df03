#include "runtime/block-raw.h"

#include <errno.h>
#include <glib.h>

#include "runtime/host.h"

enum { SECTOR = 512 };

typedef struct RawFile {
    BlockBackend blk;
    int fd;
    char *path;
} RawFile;

static bool in_range(const BlockBackend *blk, uint64_t offset, uint64_t len)
{
    return offset <= blk->size && len <= blk->size - offset;
}

static int raw_read(BlockBackend *blk, uint64_t offset, void *buf, uint64_t len)
{
    int64_t n;

    if (!in_range(blk, offset, len)) {
        return -EINVAL;
    }
    n = host_pread(((RawFile *)blk)->fd, buf, len, offset);
    /* A short read: somebody has truncated the image under us. */
    return n < 0 ? (int)n : (uint64_t)n == len ? 0 : -EIO;
}

static int raw_write(BlockBackend *blk, uint64_t offset, const void *buf, uint64_t len)
{
    int64_t n;

    if (blk->readonly) {
        return -EROFS;
    }
    if (!in_range(blk, offset, len)) {
        return -EINVAL;
    }
    n = host_pwrite(((RawFile *)blk)->fd, buf, len, offset);
    return n < 0 ? (int)n : (uint64_t)n == len ? 0 : -EIO;
}

static int raw_flush(BlockBackend *blk)
{
    return blk->readonly ? 0 : host_sync(((RawFile *)blk)->fd);
}

BlockBackend *block_raw_open(const char *path, bool readonly, char **error)
{
    int fd = host_open(path, readonly ? HOST_RDONLY : HOST_RDWR);
    int64_t size;
    RawFile *raw;

    if (fd == -EACCES || fd == -EROFS || fd == -EPERM) {
        *error = g_strdup_printf("disk '%s': %s%s", path, host_strerror(fd),
                                 readonly ? "" : " (readonly=on needs no right to write)");
        return NULL;
    }
    if (fd < 0) {
        *error = g_strdup_printf("disk '%s': %s", path, host_strerror(fd));
        return NULL;
    }
    size = host_size(fd);
    if (size == -ESPIPE) {
        *error = g_strdup_printf("disk '%s': neither a regular file nor a block device", path);
    } else if (size < 0) {
        *error = g_strdup_printf("disk '%s': %s", path, host_strerror((int)size));
    } else if (size == 0) {
        *error = g_strdup_printf("disk '%s': the file is empty", path);
    } else if (size % SECTOR != 0) {
        *error = g_strdup_printf("disk '%s': the size, %" G_GINT64_FORMAT
                                 " bytes, is no multiple of %d: is the image truncated?",
                                 path, (gint64)size, SECTOR);
    } else {
        raw = g_new0(RawFile, 1);
        raw->fd = fd;
        raw->path = g_strdup(path);
        raw->blk = (BlockBackend){.size = (uint64_t)size,
                                  .readonly = readonly,
                                  .name = raw->path,
                                  .read = raw_read,
                                  .write = raw_write,
                                  .flush = raw_flush};
        return &raw->blk;
    }
    host_close(fd);
    return NULL;
}

void block_raw_close(BlockBackend *blk)
{
    RawFile *raw = (RawFile *)blk;

    raw_flush(blk);
    host_close(raw->fd);
    g_free(raw->path);
    g_free(raw);
}
