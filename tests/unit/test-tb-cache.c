/*
 * Compaction of the TB cache, on TBs of the tiny guest: some are retired, the others move together
 * and mean what they meant; slots stay.
 */
#include <string.h>

#include "hw/bus.h"
#include "runtime/hart.h"
#include "runtime/host.h"
#include "tests/lib/tiny.h"

enum { RAM = 1 << 16, BLOCK = 64, BLOCKS = 40, FIRST = 0x100 };

static VM vm;
static uint8_t ram[RAM];
static uint32_t slots[BLOCKS];

static void put(uint32_t addr, uint32_t insn)
{
    for (unsigned k = 0; k < 4; k++) {
        ram[addr + k] = (uint8_t)(insn >> (24 - 8 * k));
    }
}

static uint32_t address(unsigned k)
{
    return FIRST + k * BLOCK;
}

/* Block k: 1 + k % 5 additions of numbers of its own, a load, a halt. */
static void translate(TBCache *tbc, unsigned k)
{
    uint32_t at = address(k);

    for (unsigned n = 0; n <= k % 5; n++, at += 4) {
        put(at, tiny_insn(TINY_addi, 1 + n, 2, 100 * k + n));
    }
    put(at, tiny_insn(TINY_ldw, 3, 0, 4 * k));
    put(at + 4, tiny_insn(TINY_halt, 0, 0, 0));
    slots[k] = tbc_slot(tbc, address(k), NO_PAGE, 0);
    g_assert_true(tbc_translate(tbc, slots[k], address(k)));
}

static bool is_rewritten(unsigned k)
{
    return k % 3 == 0 || k == 1 || k == BLOCKS - 1;
}

static TBCache *setup(void)
{
    vm = (VM){.bus = bus_new(), .compact_words = 1};
    memset(ram, 0, sizeof(ram));
    bus_add_ram(vm.bus, "ram", 0, RAM, ram);
    TBCache *tbc = tbc_new(&tiny_ops, &vm);
    tbc_set_count(tbc, 100);
    for (unsigned k = 0; k < BLOCKS; k++) {
        translate(tbc, k);
    }
    return tbc;
}

static void teardown(TBCache *tbc)
{
    tbc_free(tbc);
    bus_free(vm.bus);
}

/* What a TB's bytecode says, wherever it is: its words, and where its insns begin. */
static GByteArray *meaning(const TBCache *tbc, const TB *tb)
{
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_append(bytes, (const uint8_t *)&tci_code[tb->code],
                        (guint)(tb->nb_words * sizeof(*tci_code)));
    for (unsigned n = 0; n < tb->n_insns; n++) {
        uint32_t at[] = {tbc_insn_word(tbc, tb, n) - tb->code, tbc_insn_offset(tbc, tb, n)};
        g_byte_array_append(bytes, (const uint8_t *)at, sizeof(at));
    }
    return bytes;
}

static void assert_same(GByteArray *before, GByteArray *after)
{
    g_assert_cmpmem(before->data, before->len, after->data, after->len);
    g_byte_array_unref(before);
    g_byte_array_unref(after);
}

static void test_moves(void)
{
    TBCache *tbc = setup();
    GByteArray *before[BLOCKS] = {NULL};
    const uint32_t words = tbc_words_used(tbc);
    uint32_t kept = 0;

    g_assert_false(tbc_wants_compaction(tbc));
    for (unsigned k = 0; k < BLOCKS; k++) {
        if (is_rewritten(k)) {
            tbc_write(tbc, address(k), 1);
            g_assert_null(tbc_key(tbc, slots[k])->tb);
        } else {
            const TB *tb = tbc_key(tbc, slots[k])->tb;
            before[k] = meaning(tbc, tb);
            kept += tb->nb_words;
        }
    }
    g_assert_true(tbc_wants_compaction(tbc));
    g_assert_cmpuint(tbc_words_used(tbc), ==, words);
    tbc_compact(tbc);

    g_assert_cmpuint(vm.stats.tb_compactions, ==, 1);
    g_assert_false(tbc_wants_compaction(tbc));
    g_assert_cmpuint(tbc_words_used(tbc), ==, kept);
    for (unsigned k = 0; k < BLOCKS; k++) {
        const TBKey *key = tbc_key(tbc, slots[k]);
        g_assert_cmpuint(tbc_known_slot(tbc, address(k), NO_PAGE, 0), ==, slots[k]);
        if (is_rewritten(k)) {
            g_assert_null(key->tb);
            g_assert_null(key->made);
            g_assert_cmpint(tci_slots[slots[k]].cost, ==, TCI_MISS);
            continue;
        }
        g_assert_cmpuint(tci_slots[slots[k]].code, ==, key->tb->code);
        g_assert_cmpint(tci_slots[slots[k]].cost, ==, key->tb->n_insns);
        for (unsigned n = 0; n < key->tb->n_insns; n++) {
            uint32_t word = tbc_insn_word(tbc, key->tb, n);
            g_assert_true(tbc_find(tbc, word) == key->tb);
            g_assert_cmpuint(tbc_insn_at(tbc, key->tb, word), ==, n);
        }
        assert_same(before[k], meaning(tbc, key->tb));
    }
    teardown(tbc);
}

/* The room is used again, and what was retired can come back under its slot. */
static void test_again(void)
{
    TBCache *tbc = setup();
    const uint32_t words = tbc_words_used(tbc);

    for (unsigned round = 1; round <= 50; round++) {
        for (unsigned k = round % 2; k < BLOCKS; k += 2) {
            tbc_write(tbc, address(k), BLOCK);
        }
        tbc_compact(tbc);
        for (unsigned k = round % 2; k < BLOCKS; k += 2) {
            uint32_t slot = slots[k];
            translate(tbc, k);
            g_assert_cmpuint(slots[k], ==, slot);
        }
        g_assert_cmpuint(tbc_words_used(tbc), ==, words);
        g_assert_cmpuint(tbc_live(tbc), ==, BLOCKS);
    }
    for (unsigned k = 0; k < BLOCKS; k++) {
        tbc_write(tbc, address(k), 4);
    }
    tbc_compact(tbc);
    g_assert_cmpuint(tbc_words_used(tbc), ==, 0);
    translate(tbc, 0);
    teardown(tbc);
}

/* What is compiled stays out of the interpreter, and comes back where it is now. */
static void test_compiled(void)
{
    TBCache *tbc = setup();
    const unsigned last = BLOCKS - 2;

    tbc_leave_interpreter(tbc, slots[last]);
    tbc_write(tbc, address(0), 1);
    tbc_compact(tbc);
    g_assert_cmpint(tci_slots[slots[last]].cost, ==, TCI_MISS);
    g_assert_cmpuint(tci_slots[slots[last]].code, ==, 0);
    tbc_interpret(tbc, slots[last], 7);
    g_assert_cmpuint(tci_slots[slots[last]].code, ==, tbc_key(tbc, slots[last])->tb->code);
    g_assert_cmpuint(tbc_runs(tbc, slots[last]), ==, 93);
    teardown(tbc);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    host_init();
    g_test_add_func("/tb-cache/compaction/moves", test_moves);
    g_test_add_func("/tb-cache/compaction/again", test_again);
    g_test_add_func("/tb-cache/compaction/compiled", test_compiled);
    return g_test_run();
}
