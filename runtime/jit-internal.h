/*
 * What the files of the tier policy share.
 *
 *   jit.c         life, hot TBs, safe points: when to do what
 *   jit-plan.c    what goes into a job: TBs, regions of them, kept objects
 *   jit-region.c  which TBs are a region, and in what order
 *   region.c      several TBs as one piece of IR
 *   jit-job.c     the work: IR, objects, one module; touches nothing outside the job
 *   jit-worker.c  a thread that does jobs
 *   jit-unit.c    modules, units and table slots: coming and leaving
 *
 * A *code* is the compiled form of a key: an object, alone or with the TBs that it goes to inside
 * (a region). A *unit* is the codes of one guest page in one module, and is retired as a whole,
 * since its functions may call each other directly. A code whose unit was retired, or whose module
 * was linked anew, keeps its object until a byte of its own TBs changes or the code cache is full.
 */
#ifndef RUNTIME_JIT_INTERNAL_H
#define RUNTIME_JIT_INTERNAL_H

#include "linker/object.h"
#include "runtime/hart.h"
#include "runtime/jit-host.h"
#include "runtime/jit.h"
#include "tcg/wasm/wasm.h"

typedef struct JitModule JitModule;
typedef struct JitUnit JitUnit;
typedef struct JitPage JitPage;

typedef struct JitCode {
    uint32_t key;    /* of the entry */
    uint32_t id;     /* of the guest's page: link unit within a module */
    LinkObject *obj; /* NULL in jit=tb */
    JitUnit *unit;   /* while live */
    JitPage *page;
    bool in_job; /* a job reads obj */
    bool stale;  /* in a job, but the guest's code has changed */
    /*
     * Another code serves the key now, but functions of the unit may call this one directly: it
     * stays in the unit, so that a change of its bytes retires that.
     */
    bool superseded;
    bool grown;     /* a region of all that is warm around the entry, not only of what is near */
    bool calls;     /* its slow paths are calls */
    uint32_t shape; /* RegionPlan.shape */
    uint32_t body_size; /* bytes of its instructions */
    uint16_t nb_members;
    uint16_t nb_apart;  /* TBs with KEY_APART when it was planned */
    uint32_t members[]; /* keys of all TBs in it, the entry first */
} JitCode;

struct JitUnit {
    JitModule *module;
    JitPage *page;
    GPtrArray *codes; /* JitCode */
};

/* A guest page that has or had compiled code. */
struct JitPage {
    uint64_t phys;
    GPtrArray *units;    /* live ones */
    GPtrArray *codes;    /* all that exist, live or not */
    unsigned retired;    /* how often, of late */
    uint64_t retired_at; /* instruction count */
    uint64_t held_until; /* its TBs are interpreted until then */
};

struct JitModule {
    JitModule *next, *prev; /* in order of age */
    int handle;
    unsigned generation;
    unsigned nb_codes; /* when it was made */
    unsigned nb_live;
    uint64_t bytes;
    uint64_t heat; /* samples of late that found the hart in it */
    GPtrArray *units;
};

/* ---- jobs -------------------------------------------------------------------------------------
 */

/* A TB as a job needs it: the worker may not look at the TB cache. */
typedef struct JobTB {
    uint32_t key, flags;
    uint32_t code; /* position of its bytes in JitJob.bytes */
    uint16_t page_offset, avail, n_insns, nb_exits;
    bool slow_calls, apart; /* KEY_CALLS, KEY_APART */
    uint8_t computed;       /* see RegionTB */
    uint16_t nb_far;
    uint32_t inner; /* see RegionTB */
    struct {
        int32_t disp;
        uint32_t key;
    } far[TB_EXITS]; /* what it probably goes to on other pages */
    struct {
        uint32_t offset, key;
    } exits[TB_EXITS];
} JobTB;

/* An object of the job: to be made of tbs[first .. first + n), or kept from before (n 0). */
typedef struct JobObject {
    unsigned first, n;
    LinkObject *obj;
    uint32_t key;
    JitCode *code; /* the worker reads what never changes: its id */
    char *name;
    uint16_t nb_made; /* of so many TBs it was made: fewer than n if those were too many */
    bool slow_calls;  /* its slow paths are calls */
} JobObject;

typedef struct JitJob {
    GArray *tbs;       /* JobTB */
    GByteArray *bytes; /* guest code */
    GArray *objects;   /* JobObject */
    unsigned generation;
    GPtrArray *replaces; /* JitModule: compaction; they go when the new one is there */
    LinkModule *module;  /* result; NULL: nothing to instantiate */
    char *error;
    unsigned nb_guarded;
    int64_t generate_ns, link_ns;
    bool by_worker;
} JitJob;

/* What jobs are done with; one a thread. */
typedef struct JobContext {
    const TargetOps *ops;
    TCGContext *tcg;
    const LinkOptions *link;
    bool tail_calls, count_hits;
} JobContext;

typedef struct JitWorker JitWorker;

/* A TB that is hot, and where it ran. */
typedef struct HotKey {
    uint32_t key;
    uint64_t pc_page; /* or NO_PAGE */
} HotKey;

struct Jit {
    Hart *h;
    JitConfig config;
    bool engine; /* this host can instantiate */
    LinkOptions link;
    LinkImport *imports;
    JobContext job_context;
    JitWorker *worker; /* NULL: jobs are done here */
    uint8_t *dummy;    /* an env with no budget, for first calls */
    unsigned dumped;

    /* by key */
    uint32_t *fns;        /* table slot of the compiled function, 0 none; h->fns */
    uint32_t *table_slot; /* jit=batch: its table slot for ever, 0 none yet */
    JitCode **codes;      /* live or kept */
    uint8_t *state;       /* KEY_* */
    uint16_t *slow;       /* LINK_EXIT_SLOW so often */
    uint8_t *samples;     /* found so often by jit_sample(), while not grown */

    GArray *queue;      /* HotKey */
    uint64_t queued_at; /* instruction count when the oldest came */
    uint64_t waited;    /* instructions that they have been interpreted for since */
    JitJob *job;        /* in the worker */

    GHashTable *pages;      /* physical page -> JitPage */
    JitModule modules;      /* head of the list, oldest behind it */
    bool look_at_modules;   /* one is new: is it time for compaction? */
    unsigned live;          /* modules in it */
    unsigned limit;         /* most live ones now: max_instances, or less after a refusal */
    uint64_t limit_until;   /* instruction count when it is raised again */
    uint64_t compact_after; /* instruction count: compaction was refused not long before */
    uint64_t heat;          /* samples of late in all modules */
    uint64_t code_bytes;    /* of objects and modules */
    uint32_t next_slot;     /* without an engine: the next table slot */
    GArray *free_slots;     /* uint32_t: table slots nobody has */
    GArray *stubs;          /* keys and table slots: these get the stub at the next safe point */
    GArray *dropped;        /* int: handles to let go then */
};

enum {
    KEY_QUEUED = 1,
    KEY_HOT = 2,      /* samples found it: it is worth a region */
    KEY_CALLS = 4,    /* slow paths are calls: it left too often for them, though KEY_APART */
    KEY_UPGRADE = 8,  /* one of these is new: it is made again, while the old code goes on */
    KEY_COVERED = 16, /* in a region entered elsewhere: an entry of its own only if hot again */
    KEY_APART = 32,   /* a TLB compare for each access: it left too often where they share some */
    KEY_SLOW = KEY_APART | KEY_CALLS,
};

enum {
    WAITING_RUNS = 64, /* of a TB in the queue: so often it says that it still waits */
    NO_KEY = 0,        /* keys are slots of the TB cache, which begin at 1 */
};

/* ---- jit-region.c ---- */

/* TBs that become one function, in the order of its code; see RegionTB for the sets. */
typedef struct RegionPlan {
    uint32_t keys[JIT_MAX_REGION];
    uint32_t inner[JIT_MAX_REGION];
    uint8_t computed[JIT_MAX_REGION];
    unsigned n;
    uint32_t shape; /* hash of computed[] and inner[] */
} RegionPlan;

/* The region around a TB, of 1 to `most` TBs; `near`: only of those that gotos lead to. */
void region_plan(Jit *jit, uint32_t key, unsigned most, bool near, RegionPlan *plan);

/* ---- jit-plan.c ---- */

JitJob *job_new(void);
/* Frees the job; its new objects too, if they were not taken (obj set to NULL). */
void job_free(JitJob *job);
/* A job of queued keys, at most `most` objects; NULL if none of them is wanted any more. */
JitJob *plan_batch(Jit *jit, unsigned most);
/* A job that links modules anew, if there are too many or too empty ones; else NULL. */
JitJob *plan_compaction(Jit *jit);
/* The module to go when there must be fewer. There is one. */
JitModule *plan_coldest(Jit *jit);
/* Samples so far count half: heat is of late. */
void plan_fade(Jit *jit);

/* ---- jit-job.c ---- */

void job_context_init(JobContext *c, const Jit *jit);
void job_context_clear(JobContext *c);
/* Makes the objects and the module. Any thread. */
void job_run(JobContext *c, JitJob *job);

/* ---- jit-worker.c ---- */

/* NULL: there can be none. */
JitWorker *worker_start(Jit *jit);
void worker_stop(JitWorker *w);
/* Until then jobs are better done here. */
bool worker_ready(JitWorker *w);
/* Hands a job over; one at a time. */
void worker_post(JitWorker *w, JitJob *job);
/* The job if it is done, else NULL; with `wait`, waits for it. */
JitJob *worker_result(JitWorker *w, bool wait);

/* ---- jit-log.c ---- */

/* Prints what a job made, for -d wasm. The vCPU's thread. */
void job_log(const Jit *jit, const JitJob *job);

/* ---- jit-unit.c ---- */

/* Instantiates what a job made, and frees the job. False: the engine refused. */
bool unit_install(Jit *jit, JitJob *job);
/* Takes a unit out of use; its codes are kept, but for those that have the TB of `key` in them. */
void unit_retire(Jit *jit, JitUnit *u, uint32_t key);
/* The code of this TB, alone or in regions, is not wanted any more. True: some was live. */
bool unit_retire_tb(Jit *jit, uint32_t key);
/* Units that have a superseded code of the key are linked again, without it. True: there are some.
 */
bool unit_relink_callers(Jit *jit, uint32_t key);
/* Is new code of the key in a job? */
bool code_to_come(Jit *jit, uint32_t key);
/* Objects that are kept for later go; what is live or in a job stays. */
void unit_forget_kept(Jit *jit);
void page_note_rewritten(Jit *jit, uint64_t phys);
void queue_key(Jit *jit, uint32_t key, uint64_t pc_page);
/* Takes a module out of use; its TBs are interpreted, and count anew. */
void module_drop(Jit *jit, JitModule *m);
void code_free(Jit *jit, JitCode *code);
JitPage *page_get(Jit *jit, uint64_t phys);
uint32_t table_slot_for(Jit *jit, uint32_t key);
/* Forgets a job's result. */
void unit_discard(Jit *jit, JitJob *job);
/* Nothing of a module runs: what was taken out of use goes. */
void unit_safe_point(Jit *jit);
void page_free(void *page);

#endif
