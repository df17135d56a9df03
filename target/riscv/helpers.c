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
/* Those that a code generator may do inline. */
const uint8_t riscv_fp_ops[HELPER_COUNT] = {
    [HELPER_fadd_s] = TCG_FP_ADD32,        [HELPER_fadd_d] = TCG_FP_ADD64,
    [HELPER_fsub_s] = TCG_FP_SUB32,        [HELPER_fsub_d] = TCG_FP_SUB64,
    [HELPER_fmul_s] = TCG_FP_MUL32,        [HELPER_fmul_d] = TCG_FP_MUL64,
    [HELPER_fdiv_s] = TCG_FP_DIV32,        [HELPER_fdiv_d] = TCG_FP_DIV64,
    [HELPER_fsqrt_s] = TCG_FP_SQRT32,      [HELPER_fsqrt_d] = TCG_FP_SQRT64,
    [HELPER_feq_s] = TCG_FP_EQ32,          [HELPER_feq_d] = TCG_FP_EQ64,
    [HELPER_flt_s] = TCG_FP_LT32,          [HELPER_flt_d] = TCG_FP_LT64,
    [HELPER_fle_s] = TCG_FP_LE32,          [HELPER_fle_d] = TCG_FP_LE64,
    [HELPER_fcvt_d_w] = TCG_FP_I32_TO_F64, [HELPER_fcvt_d_wu] = TCG_FP_U32_TO_F64,
    [HELPER_fcvt_w_d] = TCG_FP_F64_TO_I32, [HELPER_fcvt_l_d] = TCG_FP_F64_TO_I64,
    [HELPER_fcvt_s_d] = TCG_FP_F64_TO_F32,
};
const unsigned riscv_nb_helpers = HELPER_COUNT;
