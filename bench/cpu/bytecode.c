/* An interpreter of a stack machine: one indirect jump with many targets for each instruction. */
#include "bench.h"

enum { ROUNDS = 140 };

enum {
    PUSH, /* operand follows */
    LOAD, /* variable follows */
    STORE,
    ADD,
    SUB,
    MUL,
    XOR,
    AND,
    SHR,
    LESS,
    EQUAL,
    DUP,
    SWAP,
    DROP,
    PEEK, /* memory[top] */
    POKE, /* memory[top] = below top */
    JUMP, /* target follows */
    JUMP_ZERO,
    CALL,
    RETURN,
    INCREMENT, /* variable follows */
    HALT,
};

/* Variables: 0 collatz number, 1 steps, 2 counter, 3 sum, 4 limit. */
/* clang-format off */
static const uint8_t program[] = {
    /* 0 */ PUSH, 1, STORE, 2,
    /* 4: while counter < limit */ LOAD, 2, LOAD, 4, LESS, JUMP_ZERO, 30,
    /* 11 */ LOAD, 2, CALL, 31, LOAD, 3, ADD, DUP, PUSH, 255, AND, SWAP, STORE, 3,
    /* 25 */ DROP, INCREMENT, 2, JUMP, 4,
    /* 30 */ HALT,
    /* 31: steps(n) */ STORE, 0, PUSH, 0, STORE, 1,
    /* 37 */ LOAD, 0, PUSH, 1, EQUAL, JUMP_ZERO, 47,
    /* 44 */ LOAD, 1, RETURN,
    /* 47 */ INCREMENT, 1, LOAD, 1, PUSH, 63, AND, PEEK, LOAD, 0, XOR,
    /* 58 */ LOAD, 1, PUSH, 63, AND, POKE, LOAD, 0, PUSH, 1, AND, JUMP_ZERO, 81,
    /* 71 */ LOAD, 0, PUSH, 3, MUL, PUSH, 1, ADD, JUMP, 86,
    /* 81 */ LOAD, 0, PUSH, 1, SHR,
    /* 86 */ STORE, 0, JUMP, 37,
};
/* clang-format on */

static uint64_t memory[256];

NOINLINE static uint64_t interpret(const uint8_t *code, uint64_t limit)
{
    uint64_t stack[64], vars[8] = {[4] = limit};
    const uint8_t *pc = code;
    uint64_t *sp = stack, t;
    const uint8_t *returns[16];
    int depth = 0;

    for (;;) {
        switch (*pc++) {
        case PUSH: *sp++ = *pc++; break;
        case LOAD: *sp++ = vars[*pc++]; break;
        case STORE: vars[*pc++] = *--sp; break;
        case ADD:
            sp--;
            sp[-1] += sp[0];
            break;
        case SUB:
            sp--;
            sp[-1] -= sp[0];
            break;
        case MUL:
            sp--;
            sp[-1] *= sp[0];
            break;
        case XOR:
            sp--;
            sp[-1] ^= sp[0];
            break;
        case AND:
            sp--;
            sp[-1] &= sp[0];
            break;
        case SHR:
            sp--;
            sp[-1] >>= sp[0];
            break;
        case LESS:
            sp--;
            sp[-1] = sp[-1] < sp[0];
            break;
        case EQUAL:
            sp--;
            sp[-1] = sp[-1] == sp[0];
            break;
        case DUP:
            *sp = sp[-1];
            sp++;
            break;
        case SWAP:
            t = sp[-1];
            sp[-1] = sp[-2];
            sp[-2] = t;
            break;
        case DROP: sp--; break;
        case PEEK: sp[-1] = memory[sp[-1]]; break;
        case POKE:
            sp -= 2;
            memory[sp[1]] = sp[0];
            break;
        case JUMP: pc = code + *pc; break;
        case JUMP_ZERO: pc = *--sp ? pc + 1 : code + *pc; break;
        case CALL:
            returns[depth++] = pc + 1;
            pc = code + *pc;
            break;
        case RETURN: pc = returns[--depth]; break;
        case INCREMENT: vars[*pc++]++; break;
        default: return vars[3];
        }
    }
}

uint64_t bench(void)
{
    uint64_t sum = 0;

    for (int r = 0; r < ROUNDS; r++) {
        sum = mix(sum, interpret(program, 100 + opaque(r)));
    }
    for (uint32_t i = 0; i < ARRAY_SIZE(memory); i++) {
        sum = mix(sum, memory[i]);
    }
    return sum;
}
