/*
 * What the files of the generator share.
 *
 *   plan.c       before: basic blocks, which guest registers are where, cold exits, what to fold
 *   group.c      before: accesses of guest memory that share a compare with the soft TLB
 *   gen.c        the walk over the ops
 *   gen-alu.c    ops on temps
 *   gen-mem.c    host and guest memory, calls
 *   gen-fp.c     floating-point helpers inline
 *   gen-exit.c   head, exits, and the cold code at the end
 *   structure.c  labels to blocks and loops
 *   regs.c       guest registers and locals in Wasm locals, operands
 *
 * Guest registers. Those that a TB names are numbered; a set of them is a word. At any point of the
 * code a register is *valid* if its Wasm local holds its value, and *dirty* if in addition env does
 * not. The plan computes both sets at the start of each basic block: valid is what is valid on
 * every way in, dirty what is dirty on any way in. A register that is dirty at the end of a block
 * but not valid at the start of the next is written back between them; so a dirty one is valid
 * everywhere, and writing a valid one back needlessly is only a waste.
 *
 * Folding. An op whose result is a local that only the very next op reads, once, is not emitted in
 * its place but where that op wants the operand: its value never leaves the Wasm stack.
 */
#ifndef TCG_WASM_GEN_H
#define TCG_WASM_GEN_H

#include "tcg/internal.h"
#include "tcg/wasm/emit.h"
#include "tcg/wasm/wasm.h"

typedef uint64_t GSet; /* of guest registers, by their number in the TB */

enum { MAX_REGS = 64, MAX_BLOCKS = 1024, MAX_COLD = 512, MAX_FOLD = 12 };
enum { NO_REG = 0xff, NO_BLOCK = 0xffff };

/* A basic block. */
typedef struct Block {
    uint16_t first, end; /* its ops */
    uint16_t succ[2];    /* or NO_BLOCK; the first block is also the target of the self loop */
    bool kills;          /* something in it makes all registers invalid ... */
    bool cleans;         /* ... or writes all back */
    bool table;          /* ends with goto_inner: goes to the TBs of its set as well */
    bool write_back;     /* do so before its last op: both ways leave the TB */
    GSet makes_valid, makes_dirty; /* behind that */
    GSet valid, dirty;             /* at its start */
    /* The head of a loop: what the loop names is loaded in front of it. */
    GSet loop_regs;
    GSet entry; /* valid on every way that comes into the loop */
} Block;

/*
 * Cold exits of ops that raise: stack up from 1, each writes `add` back and falls through to the
 * one below it, the lowest of a chain jumps to the common end, which is number 0.
 */
typedef struct ColdExit {
    GSet set; /* all that is written back from here on */
    GSet add;
    bool chain_start;
} ColdExit;

typedef struct OpPlan {
    uint16_t cold;  /* ops that raise: cold exit */
    bool fold;      /* emitted with the next op */
    bool fused;     /* a brcond that takes the two exits behind it along */
    uint16_t group; /* guest memory: number of its group + 1, or 0 */
    int16_t at;     /* bytes from the group's origin */
} OpPlan;

enum { MAX_SPAN = 256 }; /* bytes of a group: with more it would cross a page too often */

/* Loads, or stores, at constant distances of one value: group.c. Alone if first is last. */
typedef struct Group {
    uint32_t root; /* the value */
    uint8_t mmuidx;
    bool store;
    uint16_t first, last; /* ops */
    uint64_t origin;      /* of the first op, from the value */
    int16_t low, end;     /* of the bytes, from the origin */
    uint16_t pointer;     /* Wasm local of the lowest one's host address, from first to last */
} Group;

typedef struct Scope Scope;

typedef struct Gen {
    TCGContext *s;
    WasmGen *gen;
    WasmEmit e;

    /* plan */
    OpPlan *op_plan; /* by op */
    GArray *groups;  /* Group */
    Block *blocks;
    unsigned nb_blocks;
    ColdExit cold[MAX_COLD + 1];
    unsigned nb_cold;
    bool raises, jumps, loops_back; /* cold exits, jump cache, a way to its own head */
    unsigned last_back;             /* the last of those */
    bool changed;                   /* solve() */
    bool region;                    /* TBs behind the first: tb_head ops */
    bool calls;                     /* of helpers that see or change env: others' requests too */
    bool backward;                  /* branches back: a local's life is not a stretch of the ops */
    uint16_t label_block[TCG_MAX_LABELS];
    unsigned nb_regs;
    uint16_t reg_temp[MAX_REGS]; /* temp of a guest register */
    uint16_t reg_uses[MAX_REGS]; /* places that name it */
    uint8_t *temp_reg;           /* by temp: number of the guest register */
    uint16_t *last_use;          /* by temp, locals: last op that names it */

    /* state of the walk */
    unsigned cur;         /* op at hand */
    unsigned block;       /* its block */
    unsigned insn;        /* number of its guest insn in its TB + 1 */
    uint32_t key;         /* of its TB */
    uint16_t *temp_local; /* by temp: Wasm local, 0 none */
    GSet valid, dirty;
    GSet preload; /* before the loops that begin at the op at hand */

    /* Wasm locals and blocks with a fixed part */
    unsigned base;       /* address of env */
    unsigned insn_local; /* where and why it left: exit_code() */
    unsigned pc_local;   /* where the jump cache is asked for */
    unsigned budget;     /* the budget, while code goes from TB to TB inside; 0: it is in env */
    unsigned cold_block[MAX_COLD + 1], jump_block, budget_block, head_loop;

    /* structure.c */
    Scope *scopes;
    unsigned nb_scopes, next_scope, nb_open;
    uint16_t *open_scopes;
    uint16_t label_pos[TCG_MAX_LABELS];     /* op, 0xffff not set */
    bool label_back[TCG_MAX_LABELS];        /* some branch to it goes back */
    uint16_t label_number[TCG_MAX_LABELS];  /* dispatch: from 1 in order of the ops */
    uint16_t forward_name[TCG_MAX_LABELS];  /* block to leave */
    uint16_t backward_name[TCG_MAX_LABELS]; /* loop to repeat */
    bool dispatch;
    unsigned dispatch_loop, state_local, nb_labels;
} Gen;

/* ---- group.c ---- */

void plan_groups(Gen *g);

/* The group of op i if it is not alone in it, else NULL. */
static inline Group *group_of(const Gen *g, unsigned i)
{
    unsigned n = g->op_plan[i].group;
    Group *group = n ? &g_array_index(g->groups, Group, n - 1) : NULL;
    return group && group->first != group->last ? group : NULL;
}

/* Does it use what the first op of its group has compared? */
static inline bool op_follows(const Gen *g, const TCGOp *op)
{
    const Group *group = group_of(g, (unsigned)(op - g->s->ops));
    return group && op != &g->s->ops[group->first];
}

/* ---- plan.c ---- */

bool plan_tb(Gen *g);
/* Registers that are valid on all ways from the end of a block to others of the TB. */
GSet valid_in_both(const Gen *g, const Block *b);
/* A goto_tb that stays inside the function. */
bool is_self(const Gen *g, const TCGOp *op);
/* Is this call one that gen_fp() serves? (gen-fp.c) */
bool fp_serves(const Gen *g, const TCGOp *op);
/* Key of a goto_tb's target if that is on the TB's own page and known, else 0. */
static inline uint32_t near_key(const Gen *g, const TCGOp *goto_tb)
{
    return goto_tb->args[1] < TARGET_PAGE_SIZE ? g->gen->key_for(g->gen->opaque, goto_tb->args[1])
                                               : 0;
}
static inline unsigned call_flags(const Gen *g, const TCGOp *op)
{
    unsigned f = g->s->helpers[op->args[0]].flags;
    return f & TCG_CALL_YIELD ? f | TCG_CALL_READ_STATE | TCG_CALL_WRITE_STATE : f;
}
static inline bool op_raises(const Gen *g, const TCGOp *op)
{
    return op->opc == INDEX_op_call ? call_flags(g, op) & TCG_CALL_RAISE
                                    : tcg_op_defs[op->opc].flags & TCG_OPF_RAISE;
}

/* A call of C code that may look at env or change it, or ask for an exit. */
static inline bool op_calls(const Gen *g, const TCGOp *op)
{
    return op->opc == INDEX_op_call && call_flags(g, op) && !fp_serves(g, op);
}

/* It has a cold exit. */
static inline bool op_leaves(const Gen *g, const TCGOp *op)
{
    return (op_raises(g, op) && !op_follows(g, op)) ||
           (op->opc == INDEX_op_call && !g->gen->slow_calls && fp_serves(g, op));
}

/* ---- structure.c ---- */

/* Finds blocks and loops; then calls fn for each loop: its label and its ops. */
void structure_plan(Gen *g);
void structure_loops(Gen *g, void (*fn)(Gen *g, unsigned label, unsigned start, unsigned end));
/* Opens what is around all of the ops. */
void structure_labels(Gen *g);
/* Opens and closes what begins and ends before op i. */
void structure_at(Gen *g, unsigned i);
/* What br_table names to go to a label from the op at hand; jump_table_end() closes what it opened.
 */
void structure_table(Gen *g, const uint16_t *labels, uint16_t *names, unsigned n);
void structure_table_end(Gen *g, const uint16_t *labels, unsigned n);
/* Goes to a label; with `conditional` only if the i32 on the stack is not 0. */
void structure_jump(Gen *g, unsigned label, bool conditional);

/* ---- regs.c ---- */

/* An operand that is needed more than once: a constant or a Wasm local. */
typedef struct Held {
    TCGType type;
    bool is_const, scratch;
    unsigned local;
    int64_t val;
} Held;

void regs_push_env(Gen *g); /* address of env, as memory instructions want it */
void regs_load(Gen *g, GSet set);
void regs_write_back(Gen *g, GSet set); /* they stay valid; dirty is the caller's business */
void regs_clean(Gen *g, GSet set);      /* the dirty ones of the set: written back, clean */
void push(Gen *g, uint32_t arg);
/* Pops the value into a temp. */
void pop(Gen *g, uint32_t arg);
Held hold(Gen *g, uint32_t arg);
/* For an operand whose value is not needed, and has no effects if it is folded. */
void skip(Gen *g, uint32_t arg);
void push_held(Gen *g, const Held *h);
void unhold(Gen *g, const Held *h);
/* After op i: locals that nobody needs any more. */
void regs_release(Gen *g, unsigned i);

static inline bool is_const(const Gen *g, uint32_t arg)
{
    return g->s->temps[arg].kind == TEMP_CONST;
}
static inline int64_t const_val(const Gen *g, uint32_t arg)
{
    return g->s->temps[arg].val;
}

/* ---- gen*.c ---- */

/* Pushes the result of an op with one output. */
void gen_value(Gen *g, unsigned i);
/* The ops of gen-alu.c: push the result, or results, the first one first. */
void gen_alu(Gen *g, const TCGOp *op);
/* Pushes 1 or 0; any other number for 1 with `truth`. */
void gen_compare(Gen *g, TCGType type, TCGCond cond, uint32_t a, uint32_t b, bool truth);
/* Pops a value of a type, pushes it with its low 2, 4 or 8 bytes swapped and extended. */
void gen_swap(Gen *g, TCGType type, unsigned bits, bool sign);

void gen_host_load(Gen *g, const TCGOp *op);
void gen_host_store(Gen *g, const TCGOp *op);
void gen_guest_load(Gen *g, const TCGOp *op);
void gen_guest_store(Gen *g, const TCGOp *op);
void gen_call(Gen *g, const TCGOp *op);
/* gen-fp.c: a floating-point helper call inline, with the call as its cold path; false: not served.
 */
bool gen_fp(Gen *g, const TCGOp *op);
/* Leaves by the cold exit of the op at hand if env->trap is set. */
void gen_check_trap(Gen *g);
void gen_set_exit(Gen *g, unsigned reason);
/* Leaves by LINK_EXIT_SLOW unless the i32 on the stack is nonzero. */
void gen_slow_exit_unless(Gen *g);

/*
 * What insn_local holds: a reason (LINK_EXIT_BUDGET, TRAP or SLOW), the number of the insn in its
 * TB and, in a region, the key of the TB.
 */
static inline int32_t exit_code(const Gen *g, unsigned reason)
{
    uint32_t insn = g->insn ? g->insn - 1 : 0;
    return (int32_t)((g->region ? g->key << 9 : 0) | insn << 3 | reason);
}

void gen_head(Gen *g);
/* The budget from its local to env, before code that does not know the local; and back. */
void gen_store_budget(Gen *g);
void gen_load_budget(Gen *g);
void gen_tb_head(Gen *g, const TCGOp *op);
void gen_exit(Gen *g, const TCGOp *op);
void gen_brcond(Gen *g, const TCGOp *op);
void gen_goto_inner(Gen *g, const TCGOp *op);
void gen_tail(Gen *g);

static inline WasmOp index_op(const Gen *g, WasmOp i32, WasmOp i64)
{
    return g->gen->memory64 ? i64 : i32;
}
static inline TCGType index_type(const Gen *g)
{
    return g->gen->memory64 ? TCG_TYPE_I64 : TCG_TYPE_I32;
}

#endif
