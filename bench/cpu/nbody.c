/* Five bodies under gravity: multiply, add, divide and square root of doubles. */
#include "bench.h"

enum { BODIES = 5, STEPS = 400000 };

typedef struct Body {
    double x, y, z, vx, vy, vz, mass;
} Body;

/* A made-up planetary system around a heavy centre. */
static Body bodies[BODIES] = {
    {0, 0, 0, 0, 0, 0, 40},
    {5, -1.25, -0.125, 0.5, 2.75, -0.0625, 0.0375},
    {8.5, 4.125, -0.375, -1, 1.75, 0.0078125, 0.01125},
    {13, -15, -0.25, 1.125, 0.875, -0.01, 0.0017},
    {15.5, -26, 0.1875, 0.9375, 0.625, -0.03125, 0.002},
};

NOINLINE static void step(double dt)
{
    for (int i = 0; i < BODIES; i++) {
        Body *a = &bodies[i];
        for (int j = i + 1; j < BODIES; j++) {
            Body *b = &bodies[j];
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            double square = dx * dx + dy * dy + dz * dz;
            double k = dt / (square * square_root(square));
            a->vx -= dx * b->mass * k;
            a->vy -= dy * b->mass * k;
            a->vz -= dz * b->mass * k;
            b->vx += dx * a->mass * k;
            b->vy += dy * a->mass * k;
            b->vz += dz * a->mass * k;
        }
    }
    for (int i = 0; i < BODIES; i++) {
        bodies[i].x += dt * bodies[i].vx;
        bodies[i].y += dt * bodies[i].vy;
        bodies[i].z += dt * bodies[i].vz;
    }
}

uint64_t bench(void)
{
    uint64_t sum = opaque(0);

    for (int i = 0; i < STEPS; i++) {
        step(0.0078125);
    }
    for (int i = 0; i < BODIES; i++) {
        sum = mix_double(sum, bodies[i].x);
        sum = mix_double(sum, bodies[i].y);
        sum = mix_double(sum, bodies[i].vz);
    }
    return sum;
}
