/* The host's side of the CPU suite, for the checksums that the guest has to give. BENCH_NAME is the
 * program's name. */
#include <stdio.h>

unsigned long bench(void);

int main(void)
{
    printf("%s %016lx\n", BENCH_NAME, bench());
    return 0;
}
