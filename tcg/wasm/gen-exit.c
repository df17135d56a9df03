/*
 * The head of a function, the ways out of it, and the cold code at its end.
 *
 *     block                    common end of the cold exits, if some op has one
 *       block ... block        one for each cold exit, the one that stores most innermost
 *         block                jump cache, if some exit asks it
 *           block              budget
 *             loop             if the function goes to its head
 *               budget check; ops
 *             end
 *           end; leave for the budget
 *         end; look up pc in the jump cache, leave
 *       end; stores ... end; stores
 *     end; leave with the reason and the place in insn_local
 */
#include "tcg/wasm/gen.h"

/* ---- head ------------------------------------------------------------------------------------ */

static void push_budget(Gen *g)
{
    if (g->budget) {
        emit_get(&g->e, g->budget);
    } else {
        regs_push_env(g);
        emit_mem(&g->e, W_i32_load, offsetof(CPUState, budget));
    }
}

void gen_store_budget(Gen *g)
{
    if (g->budget) {
        regs_push_env(g);
        emit_get(&g->e, g->budget);
        emit_mem(&g->e, W_i32_store, offsetof(CPUState, budget));
    }
}

void gen_load_budget(Gen *g)
{
    if (g->budget) {
        regs_push_env(g);
        emit_mem(&g->e, W_i32_load, offsetof(CPUState, budget));
        emit_set(&g->e, g->budget);
    }
}

/*
 * Charges the budget; leaves to a block when it is spent or, with `requests`, when an exit is
 * wanted.
 */
static void budget_check(Gen *g, uint32_t n_insns, unsigned block, bool requests)
{
    WasmEmit *e = &g->e;
    unsigned left = emit_local_new(e, TCG_TYPE_I32);

    if (!g->budget) {
        regs_push_env(g);
    }
    push_budget(g);
    emit_i32(e, (int32_t)n_insns);
    emit_op(e, W_i32_sub);
    emit_set(e, left);
    if (!g->budget) {
        emit_get(e, left); /* for the store */
    }
    if (requests) {
        regs_push_env(g);
        emit_mem(e, W_i32_load, offsetof(CPUState, exit_request));
    }
    emit_get(e, left);
    if (requests) {
        emit_op(e, W_i32_or);
    }
    emit_i32(e, 0);
    emit_op(e, W_i32_lt_s);
    emit_hint(e, false);
    emit_br(e, W_br_if, block);
    if (g->budget) {
        emit_get(e, left);
        emit_set(e, g->budget);
    } else {
        emit_mem(e, W_i32_store, offsetof(CPUState, budget));
    }
    emit_local_free(e, TCG_TYPE_I32, left);
}

void gen_head(Gen *g)
{
    WasmEmit *e = &g->e;

    if (!g->gen->memory64) {
        g->base = emit_local_new(e, TCG_TYPE_I32);
        emit_get(e, LOCAL_ENV);
        emit_op(e, W_i32_wrap_i64);
        emit_set(e, g->base);
    }
    if (g->raises) {
        g->insn_local = emit_local_new(e, TCG_TYPE_I32);
        for (unsigned k = 0; k <= g->nb_cold; k++) {
            g->cold_block[k] = emit_open(e, W_block, WASM_VOID);
        }
    }
    if (g->jumps) {
        g->pc_local = emit_local_new(e, TCG_TYPE_I64);
        g->jump_block = emit_open(e, W_block, WASM_VOID);
    }
    g->budget_block = emit_open(e, W_block, WASM_VOID);
    if ((g->region || g->loops_back) && !g->gen->slow_calls) {
        g->budget = emit_local_new(e, TCG_TYPE_I32);
        gen_load_budget(g);
    }
    if (g->loops_back) {
        regs_load(g, g->blocks[0].valid);
        g->head_loop = emit_open(e, W_loop, WASM_VOID);
    }
    budget_check(g, g->gen->n_insns, g->budget_block, true);
}

/*
 * What others ask for is looked at where code may go in circles. What code asks of itself comes of
 * calls.
 */
static bool sees_requests(const Gen *g, const TCGOp *head)
{
    bool sees = g->calls || !g->budget;

    while (head > g->s->ops && (--head)->opc == INDEX_op_set_label) {
        sees |= g->label_back[head->args[0]];
    }
    return sees;
}

void gen_tb_head(Gen *g, const TCGOp *op)
{
    g->key = op->args[0];
    g->insn = 0;
    gen_set_exit(g, LINK_EXIT_BUDGET);
    budget_check(g, op->args[1], g->cold_block[g->op_plan[g->cur].cold], sees_requests(g, op));
}

/* ---- exits ----------------------------------------------------------------------------------- */

static void leave(Gen *g, int32_t reason)
{
    emit_i32(&g->e, reason);
    emit_op(&g->e, W_return);
}

static void go_to_key(Gen *g, uint32_t key)
{
    if (g->gen->tail_calls) {
        emit_goto_tb(&g->e, key, g->gen->memory64);
    } else {
        leave(g, (int32_t)key);
    }
}

/* ---- jump cache ------------------------------------------------------------------------------ */

/* Sets `entry` to env plus the offset of the jump-cache entry of pc_local among all. */
static void find_jump_cache_entry(Gen *g, unsigned entry)
{
    WasmEmit *e = &g->e;
    unsigned t = emit_local_new(e, TCG_TYPE_I32);
    _Static_assert(sizeof(JumpCacheEntry) == 1 << 5, "the hash, jc_hash(), is made scaled");

    emit_get(e, g->pc_local);
    emit_op(e, W_i32_wrap_i64);
    emit_set(e, t);
    emit_get(e, t);
    emit_i32(e, 4);
    emit_op(e, W_i32_shl);
    emit_get(e, t);
    emit_i32(e, TARGET_PAGE_BITS + 1 - 5);
    emit_op(e, W_i32_shr_u);
    emit_op(e, W_i32_xor);
    emit_i32(e, (CPU_JC_SIZE - 1) << 5);
    emit_op(e, W_i32_and);
    if (g->gen->memory64) {
        emit_op(e, W_i64_extend_i32_u);
    }
    regs_push_env(g);
    emit_op(e, index_op(g, W_i32_add, W_i64_add));
    emit_set(e, entry);
    emit_local_free(e, TCG_TYPE_I32, t);
}

/* Behind a hit in the jump cache. */
static void set_pc_page(Gen *g)
{
    if (g->gen->count_hits) {
        regs_push_env(g);
        regs_push_env(g);
        emit_mem(&g->e, W_i64_load, offsetof(CPUState, jc_hits));
        emit_i64(&g->e, 1);
        emit_op(&g->e, W_i64_add);
        emit_mem(&g->e, W_i64_store, offsetof(CPUState, jc_hits));
    }
    regs_push_env(g);
    emit_get(&g->e, g->pc_local);
    emit_i64(&g->e, (int64_t)TARGET_PAGE_MASK);
    emit_op(&g->e, W_i64_and);
    emit_mem(&g->e, W_i64_store, offsetof(CPUState, pc_page));
}

enum { JC = CPU_TAIL_OFFSET + offsetof(CPUTail, jc) };

/* Pushes an i64 that is 0 if the entry serves pc_local under the current flags and address space.
 */
static void push_jump_cache_miss(Gen *g, unsigned entry)
{
    WasmEmit *e = &g->e;

    emit_get(e, g->pc_local);
    emit_get(e, entry);
    emit_mem(e, W_i64_load, JC + offsetof(JumpCacheEntry, pc));
    emit_op(e, W_i64_xor);
    regs_push_env(g);
    emit_mem(e, W_i64_load, offsetof(CPUState, jc_key));
    emit_get(e, entry);
    emit_mem(e, W_i64_load, JC + offsetof(JumpCacheEntry, key));
    emit_op(e, W_i64_xor);
    emit_op(e, W_i64_or);
}

/*
 * A constant target on another page: if the jump cache says that it is the TB that was there when
 * this code was made, a tail call through its constant slot; else it goes on behind.
 */
static void guarded_link(Gen *g, uint32_t key)
{
    WasmEmit *e = &g->e;
    unsigned entry;

    if (!key) {
        return;
    }
    g->gen->nb_guarded++;
    entry = emit_local_new(e, index_type(g));
    find_jump_cache_entry(g, entry);
    push_jump_cache_miss(g, entry);
    emit_get(e, entry);
    emit_mem(e, W_i64_load32_u, JC + offsetof(JumpCacheEntry, slot));
    emit_i64(e, key);
    emit_op(e, W_i64_xor);
    emit_op(e, W_i64_or);
    emit_op(e, W_i64_eqz);
    emit_hint(e, true);
    emit_open(e, W_if, WASM_VOID);
    set_pc_page(g);
    go_to_key(g, key);
    emit_end(e);
    emit_local_free(e, index_type(g), entry);
}

/* Before the function is left. */
static void clean_all(Gen *g)
{
    regs_clean(g, g->dirty);
    gen_store_budget(g);
}

static void gen_goto_tb(Gen *g, const TCGOp *op)
{
    WasmEmit *e = &g->e;

    if (is_self(g, op)) {
        regs_clean(g, ~valid_in_both(g, &g->blocks[g->block]));
        emit_br(e, W_br, g->head_loop);
        return;
    }
    clean_all(g);
    uint32_t key = near_key(g, op);
    if (key) {
        go_to_key(g, key);
        return;
    }
    regs_push_env(g);
    emit_mem(e, W_i64_load, offsetof(CPUState, pc_page));
    emit_i64(e, (int32_t)op->args[1]);
    emit_op(e, W_i64_add);
    emit_set(e, g->pc_local);
    if (g->gen->tail_calls && g->gen->far_key_for) {
        guarded_link(g, g->gen->far_key_for(g->gen->opaque, (int32_t)op->args[1]));
    }
    emit_br(e, W_br, g->jump_block);
}

void gen_exit(Gen *g, const TCGOp *op)
{
    WasmEmit *e = &g->e;

    switch ((TCGOpcode)op->opc) {
    case INDEX_op_goto_tb: gen_goto_tb(g, op); break;
    case INDEX_op_goto_ptr:
        push(g, op->args[0]);
        emit_set(e, g->pc_local);
        clean_all(g);
        emit_br(e, W_br, g->jump_block);
        break;
    case INDEX_op_exit_tb:
        clean_all(g);
        regs_push_env(g);
        push(g, op->args[0]);
        emit_mem(e, W_i64_store, offsetof(CPUState, pc));
        leave(g, LINK_EXIT_PC);
        break;
    case INDEX_op_exit_trap:
        gen_set_exit(g, LINK_EXIT_TRAP);
        emit_br(e, W_br, g->cold_block[g->op_plan[g->cur].cold]);
        break;
    default: g_assert_not_reached();
    }
}

/* Two exits inside the page: fall at op[1], taken at op[3]. */
static void gen_branch_exits(Gen *g, const TCGOp *op)
{
    WasmEmit *e = &g->e;
    TCGCond cond = (TCGCond)op->args[2];
    const TCGOp *fall = &op[1], *taken = &op[3];
    TCGType type = (TCGType)op->type;

    if (is_self(g, fall)) {
        const TCGOp *t = fall;
        fall = taken;
        taken = t;
        cond = tcg_invert_cond(cond);
    }
    if (is_self(g, taken)) {
        regs_clean(g, ~valid_in_both(g, &g->blocks[g->block]));
        gen_compare(g, type, cond, op->args[0], op->args[1], true);
        emit_br(e, W_br_if, g->head_loop);
        if (is_self(g, fall)) {
            emit_br(e, W_br, g->head_loop);
        } else {
            clean_all(g);
            go_to_key(g, near_key(g, fall));
        }
        return;
    }
    clean_all(g);
    if (g->gen->tail_calls) {
        gen_compare(g, type, cond, op->args[0], op->args[1], true);
        emit_open(e, W_if, WASM_VOID);
        go_to_key(g, near_key(g, taken));
        emit_end(e);
        go_to_key(g, near_key(g, fall));
        return;
    }
    emit_i32(e, (int32_t)near_key(g, taken));
    emit_i32(e, (int32_t)near_key(g, fall));
    gen_compare(g, type, cond, op->args[0], op->args[1], true);
    emit_op(e, W_select);
    emit_op(e, W_return);
}

void gen_brcond(Gen *g, const TCGOp *op)
{
    const Block *b = &g->blocks[g->block];

    if (g->op_plan[g->cur].fused) {
        gen_branch_exits(g, op);
        return;
    }
    if (b->write_back) {
        regs_clean(g, g->dirty);
    } else {
        regs_clean(g, ~valid_in_both(g, b));
    }
    gen_compare(g, (TCGType)op->type, (TCGCond)op->args[2], op->args[0], op->args[1], true);
    structure_jump(g, op->args[3], true);
}

/* To names[] where half the distance in the local is that of inner[], else to `other`. */
static void branch_by_table(Gen *g, const TCGInner *inner, const uint16_t *names, unsigned n,
                            unsigned distance, unsigned other)
{
    const unsigned first = inner[0].page_offset;
    const unsigned size = (inner[n - 1].page_offset - first) / 2 + 1;
    uint16_t table[TARGET_PAGE_SIZE / 2 + 1];
    WasmEmit *e = &g->e;

    emit_get(e, distance);
    emit_i64(e, 2 * (size - 1));
    emit_op(e, W_i64_gt_u);
    emit_br(e, W_br_if, other);
    for (unsigned k = 0, next = 0; k < size; k++) {
        bool here = inner[next].page_offset == first + 2 * k;
        table[k] = here ? names[next++] : (uint16_t)other;
    }
    table[size] = (uint16_t)other;
    emit_get(e, distance);
    emit_op(e, W_i32_wrap_i64);
    emit_i32(e, 1);
    emit_op(e, W_i32_shr_u);
    emit_br_table(e, table, size + 1);
}

/* The same, by comparing. */
static void branch_by_comparison(Gen *g, const TCGInner *inner, const uint16_t *names, unsigned n,
                                 unsigned distance, unsigned other)
{
    WasmEmit *e = &g->e;

    for (unsigned k = 0; k < n; k++) {
        emit_get(e, distance);
        if (k) {
            emit_i64(e, inner[k].page_offset - inner[0].page_offset);
            emit_op(e, W_i64_eq);
        } else {
            emit_op(e, W_i64_eqz);
        }
        emit_br(e, W_br_if, names[k]);
    }
    if (g->dispatch) {
        emit_br(e, W_br, other); /* past the code of the branches back */
    }
}

/*
 * A jump to a computed pc: if it is one of the TBs in the op's set, the distance from the lowest of
 * them says which; a br_table gets there, or comparisons where they are few.
 */
void gen_goto_inner(Gen *g, const TCGOp *op)
{
    enum { MANY = 4 };
    uint16_t labels[TCG_MAX_INNER], names[TCG_MAX_INNER];
    TCGInner inner[TCG_MAX_INNER];
    WasmEmit *e = &g->e;
    unsigned n = 0;

    for (unsigned k = 0; k < g->s->nb_inner; k++) {
        if (tcg_goes_to_inner(g->s, op, k)) {
            labels[n] = g->s->inner[k].label;
            inner[n++] = g->s->inner[k];
        }
    }
    if (!n) {
        push(g, op->args[0]); /* it may be folded and have an effect */
        emit_op(e, W_drop);
        return;
    }
    unsigned distance = emit_local_new(e, TCG_TYPE_I64);
    push(g, op->args[0]);
    regs_push_env(g);
    emit_mem(e, W_i64_load, offsetof(CPUState, pc_page));
    emit_op(e, W_i64_sub);
    if (inner[0].page_offset) {
        emit_i64(e, inner[0].page_offset);
        emit_op(e, W_i64_sub);
    }
    emit_set(e, distance);
    regs_clean(g, ~valid_in_both(g, &g->blocks[g->block]));
    unsigned other = emit_open(e, W_block, WASM_VOID);
    structure_table(g, labels, names, n);
    (n < MANY ? branch_by_comparison : branch_by_table)(g, inner, names, n, distance, other);
    structure_table_end(g, labels, n);
    emit_end(e);
    emit_local_free(e, TCG_TYPE_I64, distance);
}

/* ---- cold code ------------------------------------------------------------------------------- */

static void set_exit_slot(Gen *g)
{
    regs_push_env(g);
    emit_get(&g->e, LOCAL_KEY);
    emit_mem(&g->e, W_i32_store, offsetof(CPUState, exit_slot));
}

/* Goes on at pc_local: by a tail call, or by returning the key. On a miss the dispatcher looks it
 * up. */
static void jump_cache(Gen *g)
{
    WasmEmit *e = &g->e;
    unsigned entry = emit_local_new(e, index_type(g));

    find_jump_cache_entry(g, entry);
    push_jump_cache_miss(g, entry);
    emit_op(e, W_i64_eqz);
    emit_hint(e, true);
    emit_open(e, W_if, WASM_VOID);
    set_pc_page(g);
    if (g->gen->tail_calls) {
        emit_get(e, LOCAL_ENV);
    }
    emit_get(e, entry);
    emit_mem(e, W_i32_load, JC + offsetof(JumpCacheEntry, slot));
    if (g->gen->tail_calls) {
        emit_get(e, entry);
        emit_mem(e, g->gen->memory64 ? W_i64_load32_u : W_i32_load,
                 JC + offsetof(JumpCacheEntry, table_slot));
        emit_goto_slot(e);
    } else {
        emit_op(e, W_return);
    }
    emit_end(e);
    regs_push_env(g);
    emit_get(e, g->pc_local);
    emit_mem(e, W_i64_store, offsetof(CPUState, pc));
    emit_i32(e, LINK_EXIT_LOOKUP);
    emit_local_free(e, index_type(g), entry);
}

static void push_exit_code(Gen *g, unsigned shift, int32_t mask)
{
    WasmEmit *e = &g->e;

    emit_get(e, g->insn_local);
    if (shift) {
        emit_i32(e, (int32_t)shift);
        emit_op(e, W_i32_shr_u);
    }
    if (mask) {
        emit_i32(e, mask);
        emit_op(e, W_i32_and);
    }
}

/* The cold blocks end one in the other, the last one in what takes exit_code() apart. */
static void cold_exits(Gen *g)
{
    WasmEmit *e = &g->e;

    for (unsigned k = g->nb_cold; k > 0; k--) {
        emit_end(e);
        regs_write_back(g, g->cold[k].add);
        if (g->cold[k].chain_start && k > 1) {
            emit_br(e, W_br, g->cold_block[0]);
        }
    }
    emit_end(e);
    gen_store_budget(g);
    regs_push_env(g);
    push_exit_code(g, 3, g->region ? 63 : 0);
    emit_mem(e, W_i32_store, offsetof(CPUState, exit_insn));
    if (g->region) {
        regs_push_env(g);
        push_exit_code(g, 9, 0);
        emit_mem(e, W_i32_store, offsetof(CPUState, exit_slot));
        regs_push_env(g);
        emit_get(e, LOCAL_KEY);
        emit_mem(e, W_i32_store, offsetof(CPUState, exit_root));
    } else {
        set_exit_slot(g);
    }
    push_exit_code(g, 0, 7);
}

void gen_tail(Gen *g)
{
    WasmEmit *e = &g->e;

    if (g->loops_back) {
        emit_end(e);
    }
    emit_end(e);
    if (g->loops_back) {
        regs_write_back(g, g->blocks[0].dirty);
        gen_store_budget(g);
    }
    set_exit_slot(g);
    emit_i32(e, LINK_EXIT_BUDGET);
    if (g->jumps) {
        emit_op(e, W_return);
        emit_end(e);
        jump_cache(g);
    }
    if (g->raises) {
        emit_op(e, W_return);
        cold_exits(g);
    }
    emit_op(e, W_end);
}
