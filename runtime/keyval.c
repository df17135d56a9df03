#include "runtime/keyval.h"

#include <errno.h>
#include <string.h>

bool parse_uint(const char *text, uint64_t *value)
{
    char *end;

    /* strtoull would take a sign and leading blanks. */
    if (!g_ascii_isdigit(*text)) {
        return false;
    }
    errno = 0;
    *value = g_ascii_strtoull(text, &end, g_str_has_prefix(text, "0x") ? 16 : 10);
    return errno == 0 && *end == '\0';
}

bool parse_bool(const char *text, bool *value)
{
    static const char *const yes[] = {"on", "yes", "true", "y"};
    static const char *const no[] = {"off", "no", "false", "n"};

    for (unsigned i = 0; i < G_N_ELEMENTS(yes); i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *value = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

/* *unit for a suffix; false if it is none. The empty one leaves it as it is. */
static bool size_unit(const char *suffix, uint64_t *unit)
{
    static const char letters[] = "BKMGT";
    const char *at;

    if (*suffix == '\0') {
        return true;
    }
    at = strchr(letters, g_ascii_toupper(*suffix));
    if (!at || suffix[1] != '\0') {
        return false;
    }
    *unit = UINT64_C(1) << (10 * (at - letters));
    return true;
}

bool parse_size(const char *text, uint64_t unit, uint64_t *bytes)
{
    uint64_t whole, fraction = 0, scale = 1;
    char *end;

    if (!g_ascii_isdigit(*text)) {
        return false;
    }
    errno = 0;
    whole = g_ascii_strtoull(text, &end, 10);
    if (errno) {
        return false;
    }
    if (*end == '.') {
        /* Six digits of a fraction are exact enough, and cannot overflow with T. */
        for (end++; g_ascii_isdigit(*end); end++) {
            if (scale < 1000000) {
                fraction = fraction * 10 + (uint64_t)(*end - '0');
                scale *= 10;
            }
        }
    }
    if (!size_unit(end, &unit) || (scale > 1 && unit == 1)) {
        return false;
    }
    if (__builtin_mul_overflow(whole, unit, bytes)) {
        return false;
    }
    return !__builtin_add_overflow(*bytes, fraction * unit / scale, bytes);
}

/* The next item, with ",," made ","; *text goes behind it, or becomes NULL at the end. To g_free().
 */
static char *next_item(const char **text)
{
    GString *item = g_string_new(NULL);
    const char *p = *text;

    for (; *p; p++) {
        if (*p == ',') {
            if (p[1] != ',') {
                break;
            }
            p++;
        }
        g_string_append_c(item, *p);
    }
    *text = *p ? p + 1 : NULL;
    return g_string_free(item, FALSE);
}

static char *store(const KeyRow *row, const char *value, void *dst)
{
    void *field = (char *)dst + row->offset;

    switch (row->type) {
    case KEY_STRING: *(char **)field = g_strdup(value); return NULL;
    case KEY_BOOL:
        if (!parse_bool(value, field)) {
            return g_strdup_printf("%s=%s: neither 'on' nor 'off'", row->key, value);
        }
        return NULL;
    case KEY_UINT:
        if (!parse_uint(value, field)) {
            return g_strdup_printf("%s=%s: not a number", row->key, value);
        }
        return NULL;
    case KEY_MIB:
        if (!parse_size(value, UINT64_C(1) << 20, field)) {
            return g_strdup_printf("%s='%s' is not a number of bytes (examples: 512M, 1G)",
                                   row->key, value);
        }
        return NULL;
    case KEY_LATER: break;
    }
    return g_strdup_printf("'%s' is not supported yet", row->key);
}

/* `item` is "key=value", "key", or for the implied key "value". */
static char *take_item(char *item, const char *implied, const KeyRow *rows, void *dst,
                       uint64_t *seen)
{
    char *value = strchr(item, '=');
    const char *key = item;
    unsigned i = 0;

    if (value) {
        *value++ = '\0';
    } else if (implied) {
        key = implied;
        value = item;
    }
    while (rows[i].key && strcmp(rows[i].key, key) != 0) {
        i++;
    }
    if (!rows[i].key) {
        return g_strdup_printf("unknown key '%s'", key);
    }
    if (!value && rows[i].type == KEY_BOOL) {
        value = "on";
    }
    if (rows[i].type != KEY_LATER && (!value || !*value)) {
        return g_strdup_printf("'%s' needs a value", key);
    }
    if (*seen >> i & 1) {
        return g_strdup_printf("'%s' is given twice", key);
    }
    *seen |= UINT64_C(1) << i;
    return store(&rows[i], value, dst);
}

char *keyval_parse(const char *text, const char *implied, const KeyRow *rows, void *dst)
{
    uint64_t seen = 0;
    char *error = NULL;
    bool first = true;

    if (!*text) {
        return g_strdup("the value is empty");
    }
    while (text && !error) {
        g_autofree char *item = next_item(&text);

        error = take_item(item, first ? implied : NULL, rows, dst, &seen);
        first = false;
    }
    return error;
}
