#include "runtime/loader.h"

#include <errno.h>
#include <string.h>

#include "runtime/host.h"

char *loader_read(const char *what, const char *path, uint64_t max, Blob *out)
{
    int fd = host_open(path, HOST_RDONLY);
    char *error = NULL;
    int64_t size, got = 0;
    uint8_t *data = NULL;

    if (fd < 0) {
        return g_strdup_printf("%s '%s': %s", what, path, host_strerror(fd));
    }
    size = host_size(fd);
    if (size == -ESPIPE) {
        error = g_strdup_printf("%s '%s': not a regular file", what, path);
    } else if (size < 0) {
        error = g_strdup_printf("%s '%s': %s", what, path, host_strerror((int)size));
    } else if (size == 0) {
        error = g_strdup_printf("%s '%s': the file is empty", what, path);
    } else if ((uint64_t)size > max) {
        error = g_strdup_printf("%s '%s': %" G_GINT64_FORMAT
                                " bytes do not fit into %" G_GUINT64_FORMAT " MiB of guest RAM",
                                what, path, (gint64)size, (guint64)max >> 20);
    } else {
        data = g_try_malloc((gsize)size);
        if (!data) {
            error = g_strdup_printf("%s '%s': not enough memory to read it", what, path);
        } else if ((got = host_pread(fd, data, (uint64_t)size, 0)) < 0) {
            error = g_strdup_printf("%s '%s': %s", what, path, host_strerror((int)got));
        } else if (got != size) {
            error = g_strdup_printf("%s '%s': the file shrank while it was read", what, path);
        }
    }
    host_close(fd);
    if (error) {
        g_free(data);
        return error;
    }
    *out = (Blob){.name = path, .data = data, .size = (size_t)size};
    return NULL;
}

void loader_free(Blob *blob)
{
    g_free((void *)blob->data);
    memset(blob, 0, sizeof(*blob));
}

char *loader_find(const char *name, char *const *dirs)
{
    int fd = host_open(name, HOST_RDONLY);

    if (fd >= 0) {
        host_close(fd);
        return g_strdup(name);
    }
    for (; dirs && *dirs && !strchr(name, '/'); dirs++) {
        char *path = g_build_filename(*dirs, name, NULL);

        fd = host_open(path, HOST_RDONLY);
        if (fd >= 0) {
            host_close(fd);
            return path;
        }
        g_free(path);
    }
    return g_strdup(name);
}
