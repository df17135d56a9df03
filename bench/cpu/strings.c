/* Words of a text counted in a hash table: bytes, lengths, comparisons, chains. */
#include "bench.h"

enum { TEXT = 200000, BUCKETS = 2048, WORDS = 20000, ROUNDS = 60 };

typedef struct Word {
    struct Word *next;
    const char *text;
    uint32_t length, count;
} Word;

static char text[TEXT + 1];
static Word *buckets[BUCKETS], words[WORDS];
static uint32_t nb_words;

NOINLINE static uint32_t hash(const char *s, uint32_t n)
{
    uint32_t h = 2166136261u;

    for (uint32_t i = 0; i < n; i++) {
        h = (h ^ (uint8_t)s[i]) * 16777619u;
    }
    return h;
}

NOINLINE static bool equal(const char *a, const char *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

NOINLINE static Word *find(const char *s, uint32_t n)
{
    Word **at = &buckets[hash(s, n) % BUCKETS];

    for (; *at; at = &(*at)->next) {
        if ((*at)->length == n && equal((*at)->text, s, n)) {
            return *at;
        }
    }
    *at = &words[nb_words++];
    **at = (Word){.text = s, .length = n};
    return *at;
}

NOINLINE static void count_words(const char *s)
{
    while (*s) {
        const char *start = s;
        while (*s > ' ') {
            s++;
        }
        if (s > start) {
            find(start, s - start)->count++;
        }
        while (*s == ' ') {
            s++;
        }
    }
}

/* Words of syllables, so that many come again. */
static void write_text(uint64_t seed)
{
    static const char syllables[16][4] = {"ka", "to", "min", "re",  "su", "lo", "ven", "da",
                                          "ri", "pa", "ne",  "gol", "fi", "mu", "sa",  "te"};
    uint32_t at = 0;

    while (at < TEXT - 16) {
        for (uint64_t left = next_random(&seed) >> 20 & 3; left; left--) {
            const char *s = syllables[next_random(&seed) >> 30 & 15];
            while (*s) {
                text[at++] = *s++;
            }
        }
        text[at++] = ' ';
    }
    text[at] = 0;
}

uint64_t bench(void)
{
    uint64_t sum = 0;

    write_text(opaque(2024));
    for (int r = 0; r < ROUNDS; r++) {
        count_words(text + r);
    }
    for (uint32_t i = 0; i < nb_words; i++) {
        sum = mix(sum, (uint64_t)words[i].count << 32 | words[i].length);
    }
    return sum;
}
