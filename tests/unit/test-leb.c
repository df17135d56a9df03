/* LEB128: minimal and of fixed width, read back. */
#include "linker/leb.h"
#include "tests/lib/wasm-reader.h"

static void test_leb(void)
{
    static const int64_t values[] = {0,         1,         63,       64,        127,
                                     128,       8191,      8192,     0xfffff,   0x7ffffff,
                                     0x8000000, 0xfffffff, 1 << 30,  INT32_MAX, UINT32_MAX,
                                     INT64_MAX, INT64_MIN, INT32_MIN};
    uint8_t b[LEB_MAX];

    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            int64_t v = (int64_t)((uint64_t)values[i] * (uint64_t)(int64_t)sign);
            unsigned n = leb_put_u(b, v);

            g_assert_cmpuint(get_u(&(Reader){b, b + n}), ==, (uint64_t)v);
            g_assert_cmpuint(n, ==, leb_size_u(v));
            n = leb_put_s(b, v);
            g_assert_cmpint(get_s(&(Reader){b, b + n}), ==, v);
            leb_put_u5(b, v);
            g_assert_cmpuint(get_u(&(Reader){b, b + 5}), ==, (uint32_t)v);
            g_assert_cmpuint(b[4], <, 16);
            leb_put_s5(b, v);
            g_assert_cmpint(get_s(&(Reader){b, b + 5}), ==, (int32_t)v);
            g_assert_true(b[4] < 8 || (b[4] >= 0x78 && b[4] < 0x80));
        }
    }
    g_assert_cmpuint(leb_put_s(b, -64), ==, 1);
    g_assert_cmpuint(leb_put_s(b, 64), ==, 2);
    g_assert_cmpuint(leb_put_s(b, -65), ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/linker/leb", test_leb);
    return g_test_run();
}
