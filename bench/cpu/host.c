/* The CPU suite's programs as programs of Linux: natively, for the checksums that every guest has
 * to give, and on i386. BENCH_NAME is the program's name. */
#include <stdio.h>

unsigned long long bench(void);

int main(void)
{
    printf("%s %016llx\n", BENCH_NAME, bench());
    return 0;
}
