/* See fuzz.h. */
#include "tests/fuzz/fuzz.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static GRand *rng;

unsigned below(unsigned n)
{
    return (unsigned)g_rand_int_range(rng, 0, (gint32)n);
}

uint32_t any_word(void)
{
    return g_rand_int(rng);
}

#ifndef WEFT_LIBFUZZER

/* Of the sanitizers: called before they end the process. Not there without them. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static char again[256];

static void say_again(void)
{
    ssize_t n = write(STDOUT_FILENO, again, strlen(again));
    (void)n;
}

static void on_signal(int number)
{
    say_again();
    signal(number, SIG_DFL);
    raise(number);
}

int main(int argc, char **argv)
{
    unsigned runs = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000;
    uint32_t seed = argc > 2 ? strtoul(argv[2], NULL, 0) : g_random_int();
    g_autofree char *name = g_path_get_basename(argv[0]);

    if (__sanitizer_set_death_callback) {
        __sanitizer_set_death_callback(say_again);
    } else {
        signal(SIGSEGV, on_signal);
    }
    signal(SIGABRT, on_signal);
    signal(SIGALRM, on_signal);
    printf("%s: %u runs, seed %u\n", name, runs, seed);
    fflush(stdout);
    for (unsigned i = 0; i < runs; i++) {
        rng = g_rand_new_with_seed(seed + i);
        g_snprintf(again, sizeof(again), "FAILED; again: %s 1 %u\n", argv[0], seed + i);
        alarm(FUZZ_SECONDS);
        GByteArray *in = fuzz_make_input();
        LLVMFuzzerTestOneInput(in->data, in->len);
        g_byte_array_free(in, TRUE);
        g_rand_free(rng);
    }
    alarm(0);
    return 0;
}

#endif
