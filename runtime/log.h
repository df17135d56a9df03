/* -d: what to log, and where it goes (-D FILE, else standard error). */
#ifndef RUNTIME_LOG_H
#define RUNTIME_LOG_H

#include <glib.h>
#include <stdint.h>

/* name on the command line, bit, help */
#define LOG_ITEMS(X)                                                                    \
    X(in_asm, IN_ASM, "guest instructions of each TB when it is translated")            \
    X(op, OP, "IR of each TB before optimisation")                                      \
    X(op_opt, OP_OPT, "IR of each TB after optimisation and liveness")                  \
    X(out_asm, OUT_ASM, "bytecode of each TB")                                          \
    X(wasm, WASM, "instructions of each WebAssembly function")                          \
    X(exec, EXEC, "each TB when it is entered from the dispatcher (disables chaining)") \
    X(int, INT, "exceptions and interrupts")                                            \
    X(cpu, CPU, "hart state before each TB entered from the dispatcher (disables chaining)")

enum {
#define LOG_BIT(name, bit, help) LOG_BIT_##bit,
    LOG_ITEMS(LOG_BIT)
#undef LOG_BIT
};
enum {
#define LOG_BIT(name, bit, help) LOG_##bit = 1 << LOG_BIT_##bit,
    LOG_ITEMS(LOG_BIT)
#undef LOG_BIT
};

extern uint32_t log_mask;
/* Parses "in_asm,int,...". NULL or an error naming the item, to g_free(). */
char *log_set_items(const char *items);
/* Sends the log to a file. NULL or an error, to g_free(). */
char *log_set_file(const char *path);
void log_printf(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
void log_write(const char *text, size_t len);
void log_flush(void);

#endif
