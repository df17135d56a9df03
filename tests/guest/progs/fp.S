# Functions for the instructions of fp.inc: uint64_t f(a, b, c) on raw register values. op_NAME is a table:
# rne, rtz, rdn, rup, rmm, dyn; without rounding mode it has one entry.
    .macro body insn, kind, rm:vararg
    .text
801:
    .ifc \kind, fff
    fmv.d.x fa0, a0
    fmv.d.x fa1, a1
    \insn   fa0, fa0, fa1 \rm
    fmv.x.d a0, fa0
    .endif
    .ifc \kind, ff
    fmv.d.x fa0, a0
    \insn   fa1, fa0 \rm
    fmv.x.d a0, fa1
    .endif
    .ifc \kind, ffff
    fmv.d.x fa0, a0
    fmv.d.x fa1, a1
    fmv.d.x fa2, a2
    \insn   fa3, fa0, fa1, fa2 \rm
    fmv.x.d a0, fa3
    .endif
    .ifc \kind, xf
    fmv.d.x fa0, a0
    \insn   a0, fa0 \rm
    .endif
    .ifc \kind, xff
    fmv.d.x fa0, a0
    fmv.d.x fa1, a1
    \insn   a0, fa0, fa1 \rm
    .endif
    .ifc \kind, fx
    \insn   fa1, a0 \rm
    fmv.x.d a0, fa1
    .endif
    ret
    .section .rodata
    .quad 801b
    .endm

    .macro rounded insn, kind
    body \insn, \kind, , rne
    body \insn, \kind, , rtz
    body \insn, \kind, , rdn
    body \insn, \kind, , rup
    body \insn, \kind, , rmm
    body \insn, \kind, , dyn
    .endm

#define RM(name, insn, kind, t) \
    .section .rodata; \
    .balign 8; \
    .globl op_##name; \
op_##name: \
    rounded insn, kind;
#define FIX(name, insn, kind, t) \
    .section .rodata; \
    .balign 8; \
    .globl op_##name; \
op_##name: \
    body insn, kind;

#include "fp.inc"

# flw gives boxed values, fld raw ones; fsw and fsd store bits as they are. a0: three double words.
    .text
    .globl fp_memory
fp_memory:
    flw     fa0, 0(a0)
    fsd     fa0, 8(a0)
    fld     fa1, 0(a0)
    fsw     fa1, 16(a0)
    fsd     fa1, 24(a0)
    fld     fa2, 1(a0)              # misaligned
    fsd     fa2, 33(a0)
    flw     fa3, 3(a0)
    fsw     fa3, 45(a0)
    ret
