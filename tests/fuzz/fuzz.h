/*
 * What the fuzzers share. Each is a libFuzzer target; where there is no libFuzzer (it comes with
 * clang, built with -DWEFT_LIBFUZZER), main() is here and the fuzzer makes its inputs itself:
 *
 *   fuzz-NAME [runs [seed]]
 *
 * Run i uses the seed plus i, so that `fuzz-NAME 1 SEED` repeats one. A run that crashes, or takes
 * longer than FUZZ_SECONDS, says how to repeat it.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { FUZZ_SECONDS = 30 };

/* The fuzzer's own. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* A new input, from below() and any_word() alone. Freed by the caller. */
GByteArray *fuzz_make_input(void);

/* 0 .. n - 1; n is not 0. */
unsigned below(unsigned n);
uint32_t any_word(void);
/* One of so many: true about every n-th time. */
static inline bool one_in(unsigned n)
{
    return below(n) == 0;
}

#endif
