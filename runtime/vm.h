/* The virtual machine as a whole: what main() builds and the main loop runs. */
#ifndef RUNTIME_VM_H
#define RUNTIME_VM_H

#include "hw/board.h"
#include "hw/bus.h"
#include "hw/clock.h"
#include "runtime/cpu.h"
#include "runtime/symbols.h"
#include "target/target.h"

typedef struct VM VM;
typedef struct TBStats {
    uint64_t tbs_translated, tbs_retired, flushes, tb_compactions;
    uint64_t guest_bytes, bytecode_bytes;
    int64_t translate_ns;
    uint64_t dispatcher_returns, lookups, tlb_misses, tlb_flushes, page_flushes;
    uint64_t exceptions, interrupts;
    /* compiled modes */
    uint64_t modules, wasm_bytes, units_live, units_most, units_retired, units_dropped, refusals;
    uint64_t insns_linked;   /* guest instructions executed by compiled code */
    uint64_t slow_exits;     /* to the interpreter in the middle of a TB */
    uint64_t linked_returns; /* of compiled code to the dispatcher */
    uint64_t codes_compiled, codes_relinked, relinks, pages_held;
    uint64_t links_direct, links_slot, links_guarded, tbs_compiled, regions;
    uint64_t object_bytes;    /* bodies of those, each once */
    uint64_t units_cold;      /* modules that left for code-cache */
    uint64_t modules_merged;  /* modules whose codes were linked anew or replaced */
    uint64_t code_cache_most; /* bytes of objects and modules */
    int64_t generate_ns, link_ns, first_call_ns;
    int64_t worker_ns; /* that part of the former two that was the compile worker's */
    int64_t jit_ns;    /* all work of the hart's thread for compiled code, planning too */
    int64_t idle_ns;   /* in the host's sleep, with nothing to run */
} TBStats;

struct VM {
    CPUState *cpu;
    /*
     * cpu_exec(), by pointer so that no tool inlines it into the main loop: engines go on with the
     * slow first code of a function as long as it runs, and the main loop never returns.
     */
    void (*exec)(CPUState *cs, int32_t budget);
    Bus *bus;
    Clock *clock;
    Board *board;
    uint8_t *ram; /* guest memory, for vm_state_hash() */
    uint64_t ram_size;
    uint32_t compact_words; /* tests: when retired bytecode is given up; 0: the default */
    TBStats stats;
    bool quit;    /* leave the main loop */
    int status;   /* process status when quit */
    bool stopped; /* -S, monitor `stop` */
    bool reset_requested;
    volatile bool attention; /* somebody wants the main loop: vm_attention() */
    bool no_reboot;          /* -no-reboot: a guest reset ends the process with status 0 */
    bool icount;
    bool icount_sleep;
    unsigned icount_shift;
    int64_t idle_since; /* host time when nothing was left to do, or 0 */
    int64_t spin_ns;    /* time the guest did little but spin, less the time it did not */
    uint64_t max_insns; /* stop after so many (0: never): for tests */
    Symbols *symbols;   /* may be NULL */
    void (*poll)(VM *vm, void *opaque); /* main loop: bring console input, monitor; may set quit */
    void *poll_opaque;
};

/* ---- cpu-exec.c ---- */
/* Allocates a hart of this target (zeroed, not reset) and its translator. */
CPUState *cpu_new(const TargetOps *ops, VM *vm);
void cpu_free(CPUState *cs);
/* What the hart's thread does is looked at from now on, for stats_json(). */
void cpu_enable_profile(CPUState *cs);
/* Drops all translated code, soft TLB, jump cache; calls ops->reset. */
void cpu_reset(CPUState *cs);
/* Runs until the budget (instructions) is spent, an exit is requested, or the hart halts. */
void cpu_exec(CPUState *cs, int32_t budget);
/* `info jit` */
void cpu_jit_info(CPUState *cs, GString *out);

/* ---- main-loop.c ---- */
/* One turn of the machine: a step for host_loop(). Done when vm->quit. */
int64_t vm_step(VM *vm);
/* Asks the machine to end with a status; any thread of the vCPU's or a monitor command. */
void vm_quit(VM *vm, int status);
/* Back to the main loop (poll) soon; opaque is the VM. Any thread or signal handler. */
void vm_attention(void *opaque);
void vm_stop(VM *vm);
void vm_cont(VM *vm);

/* Hash of RAM and hart state, for comparing runs (-icount). */
void vm_state_hash(VM *vm, char hex[65]);

#endif
