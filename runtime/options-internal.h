/*
 * Shared by options.c (the table, the values), options-accel.c (-accel) and options-io.c (drives,
 * devices, consoles).
 */
#ifndef RUNTIME_OPTIONS_INTERNAL_H
#define RUNTIME_OPTIONS_INTERNAL_H

#include "runtime/options.h"

/* What is needed while parsing only. */
typedef struct Parse {
    Options *opt;
    GPtrArray *chardevs; /* of ChardevOption * */
    GPtrArray *devices;  /* of char *: what -device said */
    char *serial, *monitor;
    bool nographic, display_none;
    bool virtio_serial;
} Parse;

/* Callbacks of the option table (GOptionArgFunc). */
gboolean opt_accel(const char *name, const char *value, gpointer data, GError **error);
gboolean opt_drive(const char *name, const char *value, gpointer data, GError **error);
gboolean opt_device(const char *name, const char *value, gpointer data, GError **error);
gboolean opt_chardev(const char *name, const char *value, gpointer data, GError **error);
gboolean opt_netdev(const char *name, const char *value, gpointer data, GError **error);

/* What holds without -accel: the linker where there is an engine. */
void options_default_accel(Options *opt);

/*
 * Once all options are read, so that their order does not matter: devices, then who talks to what.
 * False and *error if that is contradictory.
 */
bool options_add_devices(Parse *p, GError **error);
bool options_resolve_chardevs(Parse *p, GError **error);
void options_free_parse(Parse *p);

/* Sets "<option>: <message>" and returns FALSE. `name` is GOption's, with two dashes. */
gboolean bad_option(GError **error, const char *name, const char *fmt, ...) G_GNUC_PRINTF(3, 4);
/* The same with a message to be freed, if there is one; else TRUE. */
gboolean option_result(GError **error, const char *name, char *message);

#endif
