/* The runtime of guest test programs: console, checks, traps, privilege modes, page tables. */
#ifndef TESTS_GUEST_LIB_H
#define TESTS_GUEST_LIB_H

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long int64_t;
typedef uint64_t size_t;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL          ((void *)0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- console and checks ---- */
/* %x hex 16 digits, %w hex 8 digits, %b hex 2 digits, %d decimal, %s string, %c character */
void say(const char *fmt, ...);
/* Counts a check; a failed one prints the message and makes the program end with a status. */
void check(bool ok, const char *fmt, ...);
/* Ends the machine: prints the counts, powers off. Called when main() returns. */
void finish(void) __attribute__((noreturn));
int main(void);

/* A running hash for tables of results too long to print. */
static inline uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15ul;
    return h ^ h >> 29;
}

void *memset(void *p, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);

/* ---- CSRs ---- */
#define STR_(x) #x
#define STR(x)  STR_(x)
#define csr_read(csr)                                            \
    ({                                                           \
        uint64_t v_;                                             \
        asm volatile("csrr %0, " STR(csr) : "=r"(v_)::"memory"); \
        v_;                                                      \
    })
#define csr_write(csr, val) asm volatile("csrw " STR(csr) ", %0" ::"r"((uint64_t)(val)) : "memory")
#define csr_set(csr, val)   asm volatile("csrs " STR(csr) ", %0" ::"r"((uint64_t)(val)) : "memory")
#define csr_clear(csr, val) asm volatile("csrc " STR(csr) ", %0" ::"r"((uint64_t)(val)) : "memory")
#define csr_swap(csr, val)                                                                       \
    ({                                                                                           \
        uint64_t v_;                                                                             \
        asm volatile("csrrw %0, " STR(csr) ", %1" : "=r"(v_) : "r"((uint64_t)(val)) : "memory"); \
        v_;                                                                                      \
    })
#define sfence()      asm volatile("sfence.vma" ::: "memory")
#define sfence_at(va) asm volatile("sfence.vma %0, zero" ::"r"((uint64_t)(va)) : "memory")
#define fence_i()     asm volatile("fence.i" ::: "memory")

enum {
    MS_SIE = 1 << 1,
    MS_MIE = 1 << 3,
    MS_SPIE = 1 << 5,
    MS_MPIE = 1 << 7,
    MS_SPP = 1 << 8,
    MS_MPP = 3 << 11,
    MS_FS = 3 << 13,
    MS_MPRV = 1 << 17,
    MS_SUM = 1 << 18,
    MS_MXR = 1 << 19,
    MS_TVM = 1 << 20,
    MS_TW = 1 << 21,
    MS_TSR = 1 << 22,
};

/* ---- traps and modes ---- */
enum { U_MODE = 0, S_MODE = 1, M_MODE = 3 };

/* What ended the last run_in(). */
typedef struct Trap {
    uint64_t taken; /* 0: the function returned, 1: trap into M-mode, 2: trap into S-mode */
    uint64_t cause, tval, epc, status;
} Trap;
extern volatile Trap trap;
extern uint64_t trap_regs[32]; /* registers at the trap */

typedef uint64_t (*RunFn)(uint64_t a, uint64_t b);
uint64_t run_in(unsigned mode, RunFn fn, uint64_t a, uint64_t b);
/* Added to addresses of code and stack when running in mode U [0] or S [1]. */
extern uint64_t run_offset[2];
/* The same for code at an address of that mode, which need not be part of the image. */
static inline uint64_t run_at(unsigned mode, uint64_t pc, uint64_t a, uint64_t b)
{
    return run_in(mode, (RunFn)(mode == 3 ? pc : pc - run_offset[mode]), a, b);
}
/* Called first on every trap into M-mode; true: handled, resume at mepc. NULL: none. */
extern bool (*trap_hook)(void);
/* Prints "what: cause tval epc-base" of the last run, or its result. */
void say_trap(const char *what, uint64_t base);
/* Checks how the last run ended; want < 0: it returned. */
void check_trap(const char *what, int64_t want_cause, uint64_t want_tval);

uint64_t do_ecall(uint64_t a, uint64_t b);
uint64_t do_ebreak(uint64_t a, uint64_t b);
uint64_t do_nop(uint64_t a, uint64_t b);
uint64_t do_load8(uint64_t a, uint64_t b);
uint64_t do_load64(uint64_t a, uint64_t b);
uint64_t do_store8(uint64_t a, uint64_t b);
uint64_t do_store64(uint64_t a, uint64_t b);
uint64_t do_jump(uint64_t a, uint64_t b);
void m_vector(void);
void s_vector(void);

enum {
    C_IFETCH_ACCESS = 1,
    C_ILLEGAL = 2,
    C_BREAK = 3,
    C_LOAD_MISALIGNED = 4,
    C_LOAD_ACCESS = 5,
    C_STORE_MISALIGNED = 6,
    C_STORE_ACCESS = 7,
    C_ECALL_U = 8,
    C_ECALL_S = 9,
    C_ECALL_M = 11,
    C_IFETCH_PAGE = 12,
    C_LOAD_PAGE = 13,
    C_STORE_PAGE = 15,
};

/* ---- page tables (paging.c) ---- */
enum {
    PTE_V = 1,
    PTE_R = 2,
    PTE_W = 4,
    PTE_X = 8,
    PTE_U = 16,
    PTE_G = 32,
    PTE_A = 64,
    PTE_D = 128,
    PTE_RWXAD = PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D,
};
#define PAGE     4096ul
#define USER_OFF 0x40000000ul
/* A new, empty address space of 3 (Sv39) or 4 (Sv48) levels; the old one is forgotten. */
void pt_init(unsigned levels);
/* pt_init() with the image mapped as it is for S and at +USER_OFF for U; run_offset is set. */
void pt_init_image(unsigned levels);
/* The entry for va at a level (0: 4 KiB), tables above it are made as needed. */
uint64_t *pt_entry(uint64_t va, unsigned level);
void pt_map(uint64_t va, uint64_t pa, unsigned level, uint64_t flags);
uint64_t pt_satp(void);
/* satp of that address space, or 0, with sfence.vma. */
void paging(bool on);

#endif
