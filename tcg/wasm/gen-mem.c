/* Host memory, guest memory through the soft TLB, and calls of helpers. */
#include "tcg/wasm/gen.h"

/* ---- traps ----------------------------------------------------------------------------------- */

void gen_set_exit(Gen *g, unsigned reason)
{
    emit_i32(&g->e, exit_code(g, reason));
    emit_set(&g->e, g->insn_local);
}

void gen_check_trap(Gen *g)
{
    gen_set_exit(g, LINK_EXIT_TRAP);
    regs_push_env(g);
    emit_mem(&g->e, W_i32_load, offsetof(CPUState, trap));
    emit_hint(&g->e, false);
    emit_br(&g->e, W_br_if, g->cold_block[g->op_plan[g->cur].cold]);
}

void gen_slow_exit_unless(Gen *g)
{
    emit_op(&g->e, W_i32_eqz);
    emit_hint(&g->e, false);
    emit_br(&g->e, W_br_if, g->cold_block[g->op_plan[g->cur].cold]);
}

/* ---- host memory ----------------------------------------------------------------------------- */

static WasmOp load_op(TCGOpcode opc, TCGType type)
{
    bool wide = type == TCG_TYPE_I64;
    switch (opc) {
    case INDEX_op_ld8u: return wide ? W_i64_load8_u : W_i32_load8_u;
    case INDEX_op_ld8s: return wide ? W_i64_load8_s : W_i32_load8_s;
    case INDEX_op_ld16u: return wide ? W_i64_load16_u : W_i32_load16_u;
    case INDEX_op_ld16s: return wide ? W_i64_load16_s : W_i32_load16_s;
    case INDEX_op_ld32u: return W_i64_load32_u;
    case INDEX_op_ld32s: return W_i64_load32_s;
    default: return wide ? W_i64_load : W_i32_load;
    }
}

static WasmOp store_op(TCGOpcode opc, TCGType type)
{
    bool wide = type == TCG_TYPE_I64;
    switch (opc) {
    case INDEX_op_st8: return wide ? W_i64_store8 : W_i32_store8;
    case INDEX_op_st16: return wide ? W_i64_store16 : W_i32_store16;
    case INDEX_op_st32: return W_i64_store32;
    default: return wide ? W_i64_store : W_i32_store;
    }
}

/* Pushes an address; returns what is left for the instruction's offset. */
static uint32_t push_host_address(Gen *g, uint32_t base, int32_t offset)
{
    if (g->s->temps[base].kind == TEMP_ENV) {
        regs_push_env(g);
    } else {
        push(g, base);
        if (!g->gen->memory64) {
            emit_op(&g->e, W_i32_wrap_i64);
        }
    }
    if (offset >= 0) {
        return (uint32_t)offset;
    }
    emit_const(&g->e, index_type(g), offset);
    emit_op(&g->e, index_op(g, W_i32_add, W_i64_add));
    return 0;
}

void gen_host_load(Gen *g, const TCGOp *op)
{
    uint32_t offset = push_host_address(g, op->args[1], (int32_t)op->args[2]);
    emit_mem(&g->e, load_op((TCGOpcode)op->opc, (TCGType)op->type), offset);
}

void gen_host_store(Gen *g, const TCGOp *op)
{
    uint32_t offset = push_host_address(g, op->args[1], (int32_t)op->args[2]);
    push(g, op->args[0]);
    emit_mem(&g->e, store_op((TCGOpcode)op->opc, (TCGType)op->type), offset);
}

/* ---- guest memory ---------------------------------------------------------------------------- */

static WasmOp guest_load_op(MemOp mop, TCGType type)
{
    static const uint8_t i32[8] = {W_i32_load8_u, W_i32_load16_u, W_i32_load, 0,
                                   W_i32_load8_s, W_i32_load16_s, W_i32_load, 0};
    static const uint8_t i64[8] = {W_i64_load8_u, W_i64_load16_u, W_i64_load32_u, W_i64_load,
                                   W_i64_load8_s, W_i64_load16_s, W_i64_load32_s, W_i64_load};
    return (WasmOp)(type == TCG_TYPE_I32 ? i32 : i64)[mop & (MO_SIZE | MO_SIGN)];
}

static WasmOp guest_store_op(MemOp mop, TCGType type)
{
    static const uint8_t i32[4] = {W_i32_store8, W_i32_store16, W_i32_store, 0};
    static const uint8_t i64[4] = {W_i64_store8, W_i64_store16, W_i64_store32, W_i64_store};
    return (WasmOp)(type == TCG_TYPE_I32 ? i32 : i64)[mop & MO_SIZE];
}

static bool swaps(MemOp mop)
{
    return (mop & MO_BE) && (mop & MO_SIZE) != MO_8;
}

static uint32_t tlb_offset(MemOpIdx oi)
{
    return CPU_TAIL_OFFSET + offsetof(CPUTail, tlb) +
           get_mmuidx(oi) * CPU_TLB_SIZE * (uint32_t)sizeof(TLBEntry);
}

/*
 * Compares with the soft TLB: pushes nonzero if the access at addr hits, or with a group all of its
 * bytes, and sets `entry` to env plus the offset of the entry among those of its MMU mode.
 */
static void push_tlb_hit(Gen *g, const Held *addr, MemOpIdx oi, MMUAccess access, unsigned entry,
                         Group *group)
{
    const MemOp mop = get_memop(oi);
    const unsigned size = memop_size(mop), shift = TARGET_PAGE_BITS - 5;
    const int last = group ? group->end - 1 : (int)size - 1;
    WasmEmit *e = &g->e;
    _Static_assert(sizeof(TLBEntry) == 1 << 5, "a shift scales the index");

    push_held(g, addr);
    if (!g->gen->memory64) {
        emit_op(e, W_i32_wrap_i64);
    }
    if (group) {
        if (group->low) {
            emit_const(e, index_type(g), group->low);
            emit_op(e, index_op(g, W_i32_add, W_i64_add));
        }
        group->pointer = (uint16_t)emit_local_new(e, index_type(g));
        emit_set(e, group->pointer);
        emit_get(e, group->pointer);
    }
    emit_const(e, index_type(g), shift);
    emit_op(e, index_op(g, W_i32_shr_u, W_i64_shr_u));
    emit_const(e, index_type(g), (CPU_TLB_SIZE - 1) << 5);
    emit_op(e, index_op(g, W_i32_and, W_i64_and));
    regs_push_env(g);
    emit_op(e, index_op(g, W_i32_add, W_i64_add));
    emit_set(e, entry);
    emit_get(e, entry);
    emit_mem(e, W_i64_load, tlb_offset(oi) + (uint32_t)offsetof(TLBEntry, cmp) + 8 * access);
    push_held(g, addr);
    if ((mop & MO_ALIGN) && size > 1) {
        /* an aligned access crosses no page: (page of addr ^ cmp) | misalignment is 0 */
        emit_i64(e, (int64_t)TARGET_PAGE_MASK);
        emit_op(e, W_i64_and);
        emit_op(e, W_i64_xor);
        push_held(g, addr);
        emit_i64(e, size - 1);
        emit_op(e, W_i64_and);
        emit_op(e, W_i64_or);
        emit_op(e, W_i64_eqz);
        return;
    }
    if (last) {
        emit_i64(e, last);
        emit_op(e, W_i64_add);
    }
    emit_i64(e, (int64_t)TARGET_PAGE_MASK);
    emit_op(e, W_i64_and);
    emit_op(e, W_i64_eq);
}

/* Turns the guest address on the stack into a host address. */
static void add_addend(Gen *g, MemOpIdx oi, unsigned entry)
{
    emit_get(&g->e, entry);
    emit_mem(&g->e, index_op(g, W_i32_load, W_i64_load),
             tlb_offset(oi) + (uint32_t)offsetof(TLBEntry, addend));
    emit_op(&g->e, index_op(g, W_i32_add, W_i64_add));
}

/* Compares, and leaves if that is no hit; a group has its pointer then. */
static void check_or_leave(Gen *g, const Held *addr, MemOpIdx oi, MMUAccess access, unsigned entry,
                           Group *group)
{
    gen_set_exit(g, LINK_EXIT_SLOW);
    push_tlb_hit(g, addr, oi, access, entry, group);
    gen_slow_exit_unless(g);
    if (group) {
        emit_get(&g->e, group->pointer);
        add_addend(g, oi, entry);
        emit_set(&g->e, group->pointer);
    }
}

/* Pushes the host address of an access that hits; returns what is left for the offset. */
static uint32_t push_host_pointer(Gen *g, const Held *addr, MemOpIdx oi, unsigned entry,
                                  const Group *group)
{
    if (group) {
        emit_get(&g->e, group->pointer);
        return (uint32_t)(g->op_plan[g->cur].at - group->low);
    }
    push_held(g, addr);
    if (!g->gen->memory64) {
        emit_op(&g->e, W_i32_wrap_i64);
    }
    add_addend(g, oi, entry);
    return 0;
}

static void release_group(Gen *g, const Group *group)
{
    if (group && group->last == g->cur) {
        emit_local_free(&g->e, index_type(g), group->pointer);
    }
}

/* The load on a hit: pushes the value. */
static void push_hit(Gen *g, const Held *addr, MemOpIdx oi, TCGType type, unsigned entry,
                     const Group *group)
{
    const MemOp mop = get_memop(oi);
    const uint32_t offset = push_host_pointer(g, addr, oi, entry, group);

    emit_mem(&g->e, guest_load_op(swaps(mop) ? mop & ~MO_SIGN : mop, type), offset);
    if (swaps(mop)) {
        gen_swap(g, type, 8 * memop_size(mop), mop & MO_SIGN);
    }
}

/* The call on a miss: pushes the value. */
static void push_miss(Gen *g, const Held *addr, MemOpIdx oi, TCGType type)
{
    emit_get(&g->e, LOCAL_ENV);
    push_held(g, addr);
    emit_i32(&g->e, (int32_t)oi);
    emit_call(&g->e, WASM_IMPORT_LD);
    if (type == TCG_TYPE_I32) {
        emit_op(&g->e, W_i32_wrap_i64);
    }
    gen_check_trap(g);
}

void gen_guest_load(Gen *g, const TCGOp *op)
{
    const MemOpIdx oi = op->args[2];
    const MMUAccess access = get_memop(oi) & MO_RMW ? MMU_STORE : MMU_LOAD;
    const TCGType type = (TCGType)op->type;
    WasmEmit *e = &g->e;
    Group *group = group_of(g, g->cur);

    if (op_follows(g, op)) {
        skip(g, op->args[1]);
        push_hit(g, NULL, oi, type, 0, group);
        release_group(g, group);
        return;
    }
    Held addr = hold(g, op->args[1]);
    unsigned entry = emit_local_new(e, index_type(g));
    if (g->gen->slow_calls) {
        push_tlb_hit(g, &addr, oi, access, entry, NULL);
        emit_hint(e, true);
        emit_open(e, W_if, type == TCG_TYPE_I32 ? WASM_I32 : WASM_I64);
        push_hit(g, &addr, oi, type, entry, NULL);
        emit_op(e, W_else);
        push_miss(g, &addr, oi, type);
        emit_end(e);
    } else {
        check_or_leave(g, &addr, oi, access, entry, group);
        push_hit(g, &addr, oi, type, entry, group);
    }
    emit_local_free(e, index_type(g), entry);
    unhold(g, &addr);
}

/* Without `val` the value is the op's operand: one that follows needs it only here. */
static void store_hit(Gen *g, const TCGOp *op, const Held *addr, const Held *val, unsigned entry,
                      const Group *group)
{
    const MemOp mop = get_memop(op->args[2]);
    const uint32_t offset = push_host_pointer(g, addr, op->args[2], entry, group);

    if (val) {
        push_held(g, val);
    } else {
        push(g, op->args[0]);
    }
    if (swaps(mop)) {
        gen_swap(g, (TCGType)op->type, 8 * memop_size(mop), false);
    }
    emit_mem(&g->e, guest_store_op(mop, (TCGType)op->type), offset);
}

static void store_miss(Gen *g, const TCGOp *op, const Held *addr, const Held *val)
{
    emit_get(&g->e, LOCAL_ENV);
    push_held(g, addr);
    push_held(g, val);
    if (op->type == TCG_TYPE_I32) {
        emit_op(&g->e, W_i64_extend_i32_u);
    }
    emit_i32(&g->e, (int32_t)op->args[2]);
    emit_call(&g->e, WASM_IMPORT_ST);
    gen_check_trap(g);
}

void gen_guest_store(Gen *g, const TCGOp *op)
{
    WasmEmit *e = &g->e;
    Group *group = group_of(g, g->cur);

    if (op_follows(g, op)) {
        skip(g, op->args[1]);
        store_hit(g, op, NULL, NULL, 0, group);
        release_group(g, group);
        return;
    }
    Held val = hold(g, op->args[0]), addr = hold(g, op->args[1]);
    unsigned entry = emit_local_new(e, index_type(g));
    if (g->gen->slow_calls) {
        push_tlb_hit(g, &addr, op->args[2], MMU_STORE, entry, NULL);
        emit_hint(e, true);
        emit_open(e, W_if, WASM_VOID);
        store_hit(g, op, &addr, &val, entry, NULL);
        emit_op(e, W_else);
        store_miss(g, op, &addr, &val);
        emit_end(e);
    } else {
        check_or_leave(g, &addr, op->args[2], MMU_STORE, entry, group);
        store_hit(g, op, &addr, &val, entry, group);
    }
    emit_local_free(e, index_type(g), entry);
    unhold(g, &addr);
    unhold(g, &val);
}

/* ---- calls ----------------------------------------------------------------------------------- */

void gen_call(Gen *g, const TCGOp *op)
{
    const TCGHelperInfo *info = &g->s->helpers[op->args[0]];
    unsigned flags = call_flags(g, op);

    if (gen_fp(g, op)) {
        return;
    }
    if (flags & (TCG_CALL_READ_STATE | TCG_CALL_WRITE_STATE)) {
        regs_clean(g, g->dirty);
    }
    if (op_calls(g, op)) {
        gen_store_budget(g);
    }
    for (unsigned k = 0; k < op->nb_call_args; k++) {
        push(g, op->args[2 + k]);
    }
    emit_call(&g->e, WASM_FIRST_HELPER + op->args[0]);
    if (op_calls(g, op)) {
        gen_load_budget(g); /* below the result, which stays on the stack */
    }
    if (flags & TCG_CALL_RAISE) {
        gen_check_trap(g); /* drops the result when it leaves */
    }
    if (flags & TCG_CALL_WRITE_STATE) {
        g->valid = 0;
    }
    if (op->args[1] != TCGV_NONE.i) {
        pop(g, op->args[1]);
    } else if (info->signature[0] != 'v') {
        emit_op(&g->e, W_drop);
    }
}
