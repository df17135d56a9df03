/* SPDX-License-Identifier: MIT */
/* Numbers and prototypes of the helpers in helper.def. */
#ifndef TARGET_RISCV_HELPER_H
#define TARGET_RISCV_HELPER_H

#include "target/riscv/cpu.h"

/* One function type a signature; a helper is declared by it, so definition and table agree. */
typedef void RVHelper_ve(CPURISCVState *);
typedef void RVHelper_vel(CPURISCVState *, uint64_t);
typedef void RVHelper_vell(CPURISCVState *, uint64_t, uint64_t);
typedef void RVHelper_velll(CPURISCVState *, uint64_t, uint64_t, uint64_t);
typedef uint64_t RVHelper_ll(uint64_t);
typedef uint64_t RVHelper_lel(CPURISCVState *, uint64_t);
typedef uint64_t RVHelper_lell(CPURISCVState *, uint64_t, uint64_t);
typedef uint64_t RVHelper_lelw(CPURISCVState *, uint64_t, uint32_t);
typedef uint64_t RVHelper_lellw(CPURISCVState *, uint64_t, uint64_t, uint32_t);
typedef uint64_t RVHelper_lelllw(CPURISCVState *, uint64_t, uint64_t, uint64_t, uint32_t);

enum {
#define HELPER(name, flags, signature) HELPER_##name,
#include "target/riscv/helper.def"
#undef HELPER
    HELPER_COUNT
};

#define HELPER(name, flags, signature) RVHelper_##signature helper_##name;
#include "target/riscv/helper.def"
#undef HELPER

#endif
