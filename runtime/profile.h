/*
 * What the hart's thread does in translated code and in the dispatcher (profile=on). Of each
 * PROFILE_EVERY turns of the dispatcher's loop one is timed, chosen at random, so that loops of the
 * guest do not beat with it; where turns are long, each is. That gives shares; the time that they
 * are shares of is measured.
 */
#ifndef RUNTIME_PROFILE_H
#define RUNTIME_PROFILE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    PROFILE_EVERY = 32,
    PROFILE_FEW = 16, /* turns in the time between two looks at the host, below a millisecond */
};

typedef enum ProfilePart {
    PROFILE_DISPATCHER,
    PROFILE_INTERPRETER,
    PROFILE_LINKED, /* compiled code, with helpers that it calls and the way to its next module */
    PROFILE_PARTS,
    PROFILE_OTHER = PROFILE_PARTS, /* what is measured by itself: translating, compiling */
} ProfilePart;

typedef struct Profile {
    int64_t (*clock)(void); /* ns; NULL: off */
    int64_t entered;        /* when the loop was entered */
    int64_t total_ns;       /* in the loop */
    /* turns until one that is timed; so many that it never comes: off */
    uint64_t left;
    unsigned every, at; /* turns in a group of which one is timed; which, from 1 */
    unsigned turns;     /* since the loop was entered */
    uint32_t random;
    /* the turn that is timed */
    bool timing;
    ProfilePart part;
    int64_t since;   /* when this part of it began */
    unsigned weight; /* how many turns it stands for */
    /* sums over turns that were timed, times their weight */
    int64_t ns[PROFILE_PARTS + 1];
    uint64_t stretches[PROFILE_PARTS + 1];
} Profile;

/* Off. */
void profile_init(Profile *p);
/* `clock` never goes back. */
void profile_enable(Profile *p, int64_t (*clock)(void));
static inline bool profile_enabled(const Profile *p)
{
    return p->clock;
}

/* ns of each part: they add up to the time in the loop but for `measured_ns` of it. */
void profile_estimate(const Profile *p, int64_t measured_ns, int64_t ns[PROFILE_PARTS]);

/* Around the loop. */
void profile_enter(Profile *p);
void profile_leave(Profile *p);

/* Only while a turn is timed. */
void profile_change(Profile *p, ProfilePart part);
/* Only when one is due. */
void profile_begin(Profile *p);

/* From here on the turn does this. */
static inline void profile_switch(Profile *p, ProfilePart part)
{
    if (G_UNLIKELY(p->timing)) {
        profile_change(p, part);
    }
}

/* A turn begins, in the dispatcher; the one before is over. */
static inline void profile_turn(Profile *p)
{
    profile_switch(p, PROFILE_DISPATCHER);
    p->timing = false;
    p->turns++;
    if (G_UNLIKELY(--p->left == 0)) {
        profile_begin(p);
    }
}

#endif
