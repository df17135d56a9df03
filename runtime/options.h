/* The command line, in QEMU's spelling, as a structure. Nothing is opened or built here. */
#ifndef RUNTIME_OPTIONS_H
#define RUNTIME_OPTIONS_H

#include "hw/board.h"
#include "runtime/jit.h"

typedef enum CharKind { CHAR_NONE, CHAR_NULL, CHAR_STDIO, CHAR_FILE } CharKind;

/* A character back end that somebody asked for. */
typedef struct CharOption {
    CharKind kind;
    bool mux;   /* CHAR_STDIO: may be shared, Ctrl-A is the escape key */
    char *path; /* CHAR_FILE */
} CharOption;

typedef struct DriveOption {
    char *file, *id;
    bool readonly;
    bool attached; /* to a device */
} DriveOption;

typedef struct Options {
    char *text; /* not NULL: print this and leave (-help, -version, -d help, ...) */

    char *cpu;
    uint64_t ram_size;
    char *dumpdtb;
    BoardBios bios_kind;
    char *bios, *kernel, *initrd, *append, *dtb, *symbols;
    GPtrArray *search_dirs; /* of char *, NULL-terminated */
    GPtrArray *drives;      /* of DriveOption * */
    DriveOption *disk[BOARD_MAX_DISKS];
    unsigned nb_disks;

    CharOption serial, monitor, virtio_console;
    bool has_virtio_console;
    bool rng;
    bool stdio_used, stdio_mux;

    bool icount, icount_sleep;
    unsigned icount_shift;
    bool start_stopped, no_reboot;
    JitConfig jit;
    char *log_items, *log_file;
    char *stats_file;
    bool profile; /* the statistics say what the time went to */

    /* -test: for our own tests, not documented in -help */
    uint64_t max_insns;
    char *state_hash;
    uint64_t refuse;        /* modules of a thousand that the engine refuses */
    uint64_t compact_words; /* of retired bytecode, before the rest is moved; 0: the default */
    char *wasm_dir;         /* every module is written here */
    bool crash;
} Options;

/* NULL, or an error that names the culprit, to g_free(). */
char *options_parse(int argc, char *const *argv, Options *opt);
void options_free(Options *opt);

#endif
