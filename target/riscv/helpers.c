/* SPDX-License-Identifier: MIT */
/* The table of helpers that the runtime registers with each TCG context. */
#include "target/riscv/helper.h"

enum { TCG_CALL_NONE = 0 };

const TCGHelperInfo riscv_helpers[] = {
#define HELPER(name, flags, signature) \
    {#name, (void (*)(void))helper_##name, TCG_CALL_##flags, #signature},
#include "target/riscv/helper.def"
#undef HELPER
};
const unsigned riscv_nb_helpers = HELPER_COUNT;
