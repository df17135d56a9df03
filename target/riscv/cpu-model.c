/* The -cpu option: which extensions the hart has, and their names for the device tree. */
#include <string.h>

#include "target/riscv/cpu.h"

#define EXT_BIT(e) (1u << (e))
#define EXT_ALL    (EXT_BIT(EXT_COUNT) - 1)

uint32_t riscv_ext = EXT_ALL;

/* In the order of the ISA string (ISA manual, "ISA extension naming conventions"). */
static const struct {
    RVExt ext;
    const char *name;
    const char *in_isa; /* as in the device tree; NULL: not named there */
} exts[] = {
    {EXT_M, "m", "m"},
    {EXT_A, "a", "a"},
    {EXT_F, "f", "f"},
    {EXT_D, "d", "d"},
    {EXT_C, "c", "c"},
    {EXT_ZICNTR, "zicntr", "_zicntr"},
    {EXT_ZICSR, "zicsr", "_zicsr"},
    {EXT_ZIFENCEI, "zifencei", "_zifencei"},
    {EXT_ZBA, "zba", "_zba"},
    {EXT_ZBB, "zbb", "_zbb"},
    {EXT_ZBS, "zbs", "_zbs"},
    {EXT_SSTC, "sstc", "_sstc"},
    {EXT_SVADU, "svadu", "_svadu"},
    {EXT_S, "s", NULL},
    {EXT_U, "u", NULL},
    {EXT_SV48, "sv48", NULL}, /* mmu-type says it */
    {EXT_PMP, "pmp", NULL},
};
_Static_assert(G_N_ELEMENTS(exts) == EXT_COUNT, "every extension has a name");

static const struct {
    RVExt ext, needs;
} depends[] = {
    {EXT_D, EXT_F},     {EXT_F, EXT_ZICSR},   {EXT_ZICNTR, EXT_ZICSR},
    {EXT_U, EXT_ZICSR}, {EXT_PMP, EXT_ZICSR}, {EXT_S, EXT_U},
    {EXT_SV48, EXT_S},  {EXT_SSTC, EXT_S},    {EXT_SVADU, EXT_S},
};

static const char *ext_name(RVExt e)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(exts); i++) {
        if (exts[i].ext == e) {
            return exts[i].name;
        }
    }
    return "?";
}

/* One "name=on|off" applied to *set. */
static char *parse_property(const char *prop, uint32_t *set)
{
    const char *eq = strchr(prop, '=');
    size_t len = eq ? (size_t)(eq - prop) : strlen(prop);

    for (unsigned i = 0; i < G_N_ELEMENTS(exts); i++) {
        if (strlen(exts[i].name) != len || strncmp(exts[i].name, prop, len) != 0) {
            continue;
        }
        if (!eq) {
            return g_strdup_printf("CPU property '%s' needs a value: %s=on or %s=off", prop, prop,
                                   prop);
        }
        if (strcmp(eq + 1, "on") == 0 || strcmp(eq + 1, "true") == 0) {
            *set |= EXT_BIT(exts[i].ext);
        } else if (strcmp(eq + 1, "off") == 0 || strcmp(eq + 1, "false") == 0) {
            *set &= ~EXT_BIT(exts[i].ext);
        } else {
            return g_strdup_printf("CPU property '%.*s': value '%s' is neither 'on' nor 'off'",
                                   (int)len, prop, eq + 1);
        }
        return NULL;
    }
    return g_strdup_printf("unknown CPU property '%.*s'", (int)len, prop);
}

char *riscv_cpu_parse(const char *model)
{
    g_auto(GStrv) parts = g_strsplit(model, ",", -1);
    uint32_t set = EXT_ALL;

    if (!parts[0] || strcmp(parts[0], "rv64") != 0) {
        return g_strdup_printf("unknown CPU model '%s' (there is 'rv64')",
                               parts[0] ? parts[0] : "");
    }
    for (unsigned i = 1; parts[i]; i++) {
        char *error = parse_property(parts[i], &set);

        if (error) {
            return error;
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(depends); i++) {
        if (set & EXT_BIT(depends[i].ext) && !(set & EXT_BIT(depends[i].needs))) {
            const char *name = ext_name(depends[i].ext), *needs = ext_name(depends[i].needs);

            return g_strdup_printf("CPU property '%s=off' needs '%s=off' too", needs, name);
        }
    }
    riscv_ext = set;
    return NULL;
}

char *riscv_isa_string(void)
{
    GString *s = g_string_new("rv64i");

    for (unsigned i = 0; i < G_N_ELEMENTS(exts); i++) {
        if (exts[i].in_isa && riscv_has(exts[i].ext)) {
            g_string_append(s, exts[i].in_isa);
        }
    }
    return g_string_free(s, FALSE);
}
