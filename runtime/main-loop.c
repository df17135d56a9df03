/* The machine's main loop: timers, host events, then a slice of the guest; sleep when it is idle.
 */
#include <string.h>

#include "runtime/hart.h"
#include "runtime/host.h"

enum {
    SLICE = 100000,  /* instructions between two looks at clock and host: below a millisecond */
    MIN_SLICE = 64,  /* above any TB, so that every slice makes progress */
    SPIN_INSNS = 64, /* a spin-wait hint in so many instructions is a spinning guest */
    SPIN_NS = 50000000,
    SPIN_SLICE = 5000,
    SPIN_SLEEP_NS = 10000000,
};

void vm_quit(VM *vm, int status)
{
    if (!vm->quit) {
        vm->quit = true;
        vm->status = status;
    }
    vm_attention(vm);
}

/* Leave the guest for the main loop soon. Any thread, signal handlers too. */
void vm_attention(void *opaque)
{
    VM *vm = opaque;
    vm->attention = true;
    if (vm->cpu) {
        cpu_interrupt(vm->cpu);
    }
}

void vm_stop(VM *vm)
{
    if (!vm->stopped) {
        vm->stopped = true;
        clock_stop(vm->clock);
        vm_attention(vm);
    }
}

void vm_cont(VM *vm)
{
    if (vm->stopped) {
        vm->stopped = false;
        clock_start(vm->clock);
    }
}

/* How many instructions until the main loop must look again. */
static int32_t slice(VM *vm)
{
    int64_t n = SLICE;
    unsigned shift;
    if (clock_is_icount(vm->clock, &shift)) {
        int64_t deadline = clock_deadline(vm->clock), now = clock_now(vm->clock);
        if (deadline < INT64_MAX) {
            int64_t left = (deadline - now + (1 << shift) - 1) >> shift;
            n = CLAMP(left, MIN_SLICE, SLICE);
        }
    }
    if (vm->max_insns) {
        n = MIN(n, (int64_t)(vm->max_insns - cpu_insns(vm->cpu)));
        n = MAX(n, MIN_SLICE);
    }
    return (int32_t)n;
}

/*
 * Nothing to run: wait for the next timer or for the host; with icount, time jumps to the timer.
 * Returns ns to sleep.
 */
static int64_t idle(VM *vm)
{
    int64_t deadline = clock_deadline(vm->clock);
    /* One reading of the clock: MAX() takes its arguments twice, and a negative wait has no end. */
    int64_t left = deadline - clock_now(vm->clock);
    int64_t wait = deadline == INT64_MAX ? -1 : MAX(left, 0);

    if (!clock_is_icount(vm->clock, NULL) || wait < 0) {
        return wait;
    }
    clock_warp(vm->clock, deadline);
    return vm->icount_sleep ? wait : 0;
}

/*
 * A guest that spins (a panic without reboot, a long delay loop) executes a spin-wait hint every
 * few instructions. When that is what it mostly did for 50 ms, the host thread sleeps between short
 * slices: the guest sees time pass as before, the core is free. Returns ns to sleep.
 */
static int64_t run_slice(VM *vm, int32_t budget)
{
    CPUState *cs = vm->cpu;
    bool sleepy = vm->spin_ns > SPIN_NS;
    uint64_t insns = cpu_insns(cs), pauses = cs->pauses;
    int64_t t0 = clock_now(vm->clock);

    vm->exec(cs, sleepy ? MIN(budget, SPIN_SLICE) : budget);
    if (clock_is_icount(vm->clock, NULL)) {
        return 0;
    }
    bool spins = (cs->pauses - pauses) * SPIN_INSNS >= cpu_insns(cs) - insns;
    int64_t spent = clock_now(vm->clock) - t0;
    vm->spin_ns = CLAMP(vm->spin_ns + (spins ? spent : -spent), 0, 2 * SPIN_NS);
    if (!sleepy || !spins) {
        return 0;
    }
    int64_t deadline = clock_deadline(vm->clock) - clock_now(vm->clock);
    return CLAMP(deadline, 0, SPIN_SLEEP_NS);
}

static bool can_run(VM *vm)
{
    CPUState *cs = vm->cpu;
    return !cs->halted || cs->ops->has_work(cs);
}

int64_t vm_step(VM *vm)
{
    int64_t sleep;

    if (vm->idle_since) {
        vm->stats.idle_ns += host_monotonic_ns() - vm->idle_since;
        vm->idle_since = 0;
    }
    vm->attention = false;
    if (!vm->quit && vm->poll) {
        vm->poll(vm, vm->poll_opaque);
    }
    if (vm->quit) {
        return HOST_LOOP_DONE;
    }
    if (vm->reset_requested) {
        vm->reset_requested = false;
        board_reset(vm->board);
    }
    if (vm->stopped) {
        return -1;
    }
    clock_run(vm->clock);
    if (!can_run(vm)) {
        vm->idle_since = host_monotonic_ns();
        return idle(vm);
    }
    sleep = run_slice(vm, slice(vm));
    if (vm->max_insns && cpu_insns(vm->cpu) >= vm->max_insns) {
        vm_quit(vm, 0);
    }
    return vm->quit ? 0 : sleep;
}

void vm_state_hash(VM *vm, char hex[65])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GByteArray) state = g_byte_array_new();
    vm->cpu->ops->serialize(vm->cpu, state);
    g_checksum_update(sum, state->data, state->len);
    for (uint64_t at = 0; at < vm->ram_size; at += 1 << 30) {
        g_checksum_update(sum, vm->ram + at, (gssize)MIN(vm->ram_size - at, (uint64_t)1 << 30));
    }
    g_strlcpy(hex, g_checksum_get_string(sum), 65);
}
