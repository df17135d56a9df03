/* The Mandelbrot set in single precision: short loops of multiply, add, compare. */
#include "bench.h"

enum { WIDTH = 440, HEIGHT = 340, LIMIT = 400 };

NOINLINE static uint32_t escape(float cx, float cy)
{
    float x = 0, y = 0;

    for (uint32_t i = 0; i < LIMIT; i++) {
        float xx = x * x, yy = y * y;
        if (xx + yy > 4.0f) {
            return i;
        }
        y = 2.0f * x * y + cy;
        x = xx - yy + cx;
    }
    return LIMIT;
}

uint64_t bench(void)
{
    uint64_t sum = opaque(0);

    for (int row = 0; row < HEIGHT; row++) {
        for (int column = 0; column < WIDTH; column++) {
            float x = (float)column * (3.0f / WIDTH) - 2.2f;
            float y = (float)row * (2.4f / HEIGHT) - 1.2f;
            sum = mix(sum, escape(x, y));
        }
    }
    return sum;
}
