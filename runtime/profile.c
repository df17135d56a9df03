#include "runtime/profile.h"

enum {
    /* Slices end earlier: the thread did not run, or waited for the host. Not a turn's share. */
    STALL_NS = 5000000,
    READINGS = 1000, /* of the clock, for what one costs */
    TRIES = 4,
};

void profile_init(Profile *p)
{
    *p = (Profile){.left = UINT64_MAX, .random = 1};
}

/* The next turn that is timed: one of the group behind the present one. */
static void choose(Profile *p)
{
    unsigned rest = p->every - p->at;
    /* xorshift32 */
    p->random ^= p->random << 13;
    p->random ^= p->random >> 17;
    p->random ^= p->random << 5;
    p->at = 1 + (p->random >> 8) % p->every;
    p->left = rest + p->at;
}

void profile_enable(Profile *p, int64_t (*clock)(void))
{
    p->clock = clock;
    p->every = p->at = 1;
    choose(p);
}

void profile_enter(Profile *p)
{
    if (!p->clock) {
        return;
    }
    /* By what was, not by what is: else some turns would be more likely than others. */
    unsigned every = p->turns <= PROFILE_FEW ? 1 : PROFILE_EVERY;
    if (every != p->every) {
        p->every = p->at = every;
        choose(p);
    }
    p->turns = 0;
    p->entered = p->clock();
}

void profile_leave(Profile *p)
{
    profile_switch(p, PROFILE_DISPATCHER);
    p->timing = false;
    if (p->clock) {
        p->total_ns += p->clock() - p->entered;
    }
}

void profile_begin(Profile *p)
{
    p->weight = p->every;
    choose(p);
    p->timing = true;
    p->part = PROFILE_DISPATCHER;
    p->since = p->clock();
}

void profile_change(Profile *p, ProfilePart part)
{
    int64_t now = p->clock(), spent = now - p->since;

    if (spent < STALL_NS) {
        p->ns[p->part] += spent * p->weight;
        p->stretches[p->part] += p->weight;
    }
    p->part = part;
    p->since = now;
}

/* ns of one reading of the clock, when nothing disturbs. */
static double reading(const Profile *p)
{
    int64_t best = INT64_MAX;

    for (int i = 0; i < TRIES; i++) {
        int64_t start = p->clock(), end = start;
        for (int k = 0; k < READINGS; k++) {
            end = p->clock();
        }
        best = MIN(best, end - start);
    }
    return (double)best / READINGS;
}

void profile_estimate(const Profile *p, int64_t measured_ns, int64_t ns[PROFILE_PARTS])
{
    double cost = reading(p), own[PROFILE_PARTS], sum = 0;
    double rest = (double)MAX(p->total_ns - measured_ns, 0);

    for (int i = 0; i < PROFILE_PARTS; i++) {
        own[i] = MAX((double)p->ns[i] - cost * (double)p->stretches[i], 0);
        sum += own[i];
    }
    for (int i = 0; i < PROFILE_PARTS; i++) {
        ns[i] = sum > 0 ? (int64_t)(rest * own[i] / sum) : 0;
    }
}
