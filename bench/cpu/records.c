/* The mix of systems code: records behind pointers, short strings, enumerations, branches, small
 * functions. */
#include "bench.h"

enum { ROUNDS = 750000, NAME = 32 };

typedef enum Kind { RED, GREEN, BLUE, WHITE, BLACK } Kind;

typedef struct Record {
    struct Record *next;
    Kind kind;
    int32_t value, weight;
    char name[NAME];
} Record;

static Record first, second;
static int32_t table[64], grid[64][64];
static int32_t total;
static char last_letter;

NOINLINE static void copy_string(char *to, const char *from)
{
    while ((*to++ = *from++)) {
    }
}

NOINLINE static int compare_strings(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (uint8_t)*a - (uint8_t)*b;
}

NOINLINE static Kind other_kind(Kind kind, int32_t value)
{
    switch (kind) {
    case RED: return value > 100 ? RED : BLUE;
    case GREEN: return value & 1 ? WHITE : RED;
    case BLUE: return GREEN;
    case WHITE: return value % 3 == 0 ? BLACK : BLUE;
    default: return RED;
    }
}

NOINLINE static bool same_letter(char a, char b)
{
    if (a != b) {
        last_letter = a;
        return false;
    }
    return true;
}

NOINLINE static void fill_tables(int32_t *row, int32_t (*rows)[64], uint32_t at, int32_t value)
{
    row[at] = value;
    row[at + 1] = row[at];
    row[at + 30] = at;
    for (uint32_t i = at; i <= at + 1; i++) {
        rows[at][i] = at;
    }
    rows[at][at - 1]++;
    rows[at + 20][at] = row[at];
    total = 5;
}

NOINLINE static void change_record(Record *r)
{
    Record *next = r->next;

    *next = *r;
    r->value = 5;
    next->value = r->value + (total & 15);
    next->next = r;
    next->kind = other_kind(r->kind, next->value);
    if (next->kind == BLUE) {
        next->weight = 6 + total;
    } else {
        r->weight += next->weight & 7;
    }
    r->next = next;
}

NOINLINE static bool in_order(const char *a, const char *b, int32_t *count)
{
    uint32_t i = 1;

    while (i <= 2) {
        if (!same_letter(a[i], b[i + 1])) {
            i += 2;
        } else {
            i++;
        }
    }
    if (compare_strings(a, b) > 0) {
        *count += 7;
        return true;
    }
    return false;
}

uint64_t bench(void)
{
    char one[NAME], two[NAME];
    uint64_t sum = opaque(1);
    int32_t count = 0;

    first.next = &second;
    copy_string(first.name, "a record's name, of 30 letters");
    copy_string(one, "a record's name, the first one");
    for (uint32_t i = 1; i <= ROUNDS; i++) {
        uint32_t at = 1 + i % 20;

        first.kind = i % 5;
        copy_string(two, i & 1 ? "a record's name, the other one" : "a record's name, a third one");
        bool later = in_order(one, two, &count);
        fill_tables(table, grid, at, i);
        change_record(&first);
        if (later) {
            total += second.kind + second.value / (first.value + (int32_t)(i & 3));
        }
        sum += (uint64_t)(total ^ count) + second.weight + (last_letter << 8);
        first.weight &= 0xffff;
    }
    for (uint32_t i = 0; i < ARRAY_SIZE(table); i++) {
        sum = mix(sum, table[i]);
        sum = mix(sum, grid[i][i]);
    }
    return sum + compare_strings(first.name, second.name);
}
