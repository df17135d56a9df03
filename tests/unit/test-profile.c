/* What the profile says of turns whose parts are known, by a clock that only they move. */
#include "runtime/profile.h"

enum { READING = 7, SLICES = 4000 };

static int64_t now;

static int64_t clock_reading(void)
{
    now += READING;
    return now;
}

typedef struct Truth {
    int64_t ns[PROFILE_PARTS + 1], total;
} Truth;

static void spend(Profile *p, Truth *t, ProfilePart part, int64_t ns)
{
    profile_switch(p, part);
    now += ns;
    t->ns[part] += ns;
    t->total += ns;
}

/* One turn: interpreted, or every 16th in compiled code, which is what a loop of the guest may do.
 */
static void turn(Profile *p, Truth *t, unsigned n)
{
    profile_turn(p);
    spend(p, t, PROFILE_DISPATCHER, 150 + n % 5 * 20);
    if (n % 16 == 3) {
        spend(p, t, PROFILE_OTHER, 900);
        spend(p, t, PROFILE_DISPATCHER, 30);
        spend(p, t, PROFILE_LINKED, 6000 + n % 7 * 500);
    } else {
        spend(p, t, PROFILE_INTERPRETER, 200 + n % 3 * 300);
    }
    spend(p, t, PROFILE_DISPATCHER, 20);
}

static void run(Profile *p, Truth *t, unsigned turns_of_a_slice)
{
    unsigned n = 0;
    for (int slice = 0; slice < SLICES; slice++) {
        profile_enter(p);
        for (unsigned k = 0; k < turns_of_a_slice; k++) {
            turn(p, t, n++);
        }
        profile_leave(p);
        now += 12345; /* the main loop's */
    }
}

/* The parts add up, and each is within `percent` of what it should be. */
static void check(const Profile *p, const Truth *t, int64_t measured, double percent)
{
    int64_t ns[PROFILE_PARTS], sum = 0, in_parts = t->total - t->ns[PROFILE_OTHER];

    profile_estimate(p, measured, ns);
    for (int i = 0; i < PROFILE_PARTS; i++) {
        double share = (double)ns[i] / (double)(p->total_ns - measured);
        double truth = (double)t->ns[i] / (double)in_parts;
        g_test_message("part %d: %.4f, in truth %.4f", i, share, truth);
        g_assert_cmpfloat(ABS(share - truth), <=, truth * percent / 100);
        sum += ns[i];
    }
    g_assert_cmpint(ABS(sum - (p->total_ns - measured)), <=, PROFILE_PARTS);
}

static void test_short_turns(void)
{
    Profile p;
    Truth t = {0};

    profile_init(&p);
    profile_enable(&p, clock_reading);
    run(&p, &t, 96);
    g_assert_cmpint(p.total_ns, >, t.total);
    g_assert_cmpint(p.total_ns, <, t.total + t.total / 10); /* what the readings took */
    check(&p, &t, t.ns[PROFILE_OTHER], 5);
}

static void test_long_turns(void)
{
    Profile p;
    Truth t = {0};

    profile_init(&p);
    profile_enable(&p, clock_reading);
    run(&p, &t, 3);
    check(&p, &t, t.ns[PROFILE_OTHER], 1);
}

/* Between the two: each change of mind is fair to the turns that it cuts off. */
static void test_mixed(void)
{
    Profile p;
    Truth t = {0};

    profile_init(&p);
    profile_enable(&p, clock_reading);
    for (unsigned n = 0, slice = 0; slice < 4 * SLICES; slice++) {
        profile_enter(&p);
        for (unsigned k = slice % 5 < 2 ? 4 : 40 + slice % 23; k > 0; k--) {
            turn(&p, &t, n++);
        }
        profile_leave(&p);
    }
    check(&p, &t, t.ns[PROFILE_OTHER], 5);
}

/* A thread that stood still for a minute says nothing about what its turns do. */
static void test_stall(void)
{
    Profile p;
    Truth t = {0};

    profile_init(&p);
    profile_enable(&p, clock_reading);
    run(&p, &t, 2);
    profile_enter(&p);
    profile_turn(&p);
    profile_switch(&p, PROFILE_INTERPRETER);
    now += 60000000000;
    profile_leave(&p);
    g_assert_cmpint(p.total_ns, >, 60000000000);
    check(&p, &t, t.ns[PROFILE_OTHER], 1);
}

static void test_off(void)
{
    Profile p;
    Truth t = {0};
    int64_t before;

    profile_init(&p);
    before = now;
    run(&p, &t, 50);
    g_assert_false(profile_enabled(&p));
    g_assert_cmpint(now - before, ==, t.total + (int64_t)SLICES * 12345); /* no readings */
    g_assert_cmpint(p.total_ns, ==, 0);
    for (int i = 0; i <= PROFILE_PARTS; i++) {
        g_assert_cmpint(p.ns[i], ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/profile/short-turns", test_short_turns);
    g_test_add_func("/profile/long-turns", test_long_turns);
    g_test_add_func("/profile/mixed", test_mixed);
    g_test_add_func("/profile/stall", test_stall);
    g_test_add_func("/profile/off", test_off);
    return g_test_run();
}
