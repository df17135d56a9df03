/* The command line: what is accepted and what it means, and each refusal with its message. */
#include <glib.h>
#include <string.h>

#include "runtime/keyval.h"
#include "runtime/options.h"

/* Splits a command line at blanks ('' is an empty argument) and parses it. */
static char *parse(const char *line, Options *opt)
{
    g_auto(GStrv) argv = NULL;

    g_assert_true(g_shell_parse_argv(line, NULL, &argv, NULL));
    return options_parse((int)g_strv_length(argv), argv, opt);
}

/* ---- refusals ---- */

static const struct {
    const char *line, *message;
} refused[] = {
    /* the form */
    {"weft -frobnicate", "unknown option '-frobnicate' (-help lists them)"},
    {"weft --frobnicate=1", "unknown option '--frobnicate=1' (-help lists them)"},
    {"weft -", "unknown option '-' (-help lists them)"},
    {"weft --", "unknown option '--' (-help lists them)"},
    {"weft -kernel", "option '-kernel' needs a value"},
    {"weft -kernel k -m", "option '-m' needs a value"},
    {"weft -kernel k -kernel l", "option '-kernel' is given twice"},
    {"weft -M virt -machine virt -kernel k", "option '-machine' is given twice"},
    {"weft -nographic -nographic -kernel k", "option '-nographic' is given twice"},
    {"weft -nographic=on", "option '-nographic' takes no value"},
    {"weft disk.img", "unexpected argument 'disk.img' (disks: -drive file=...)"},
    {"weft", "nothing to boot: give -kernel FILE or -bios FILE (-help lists the options)"},
    {"weft -initrd i -bios b", "-initrd: needs -kernel"},
    {"weft -append a -bios b", "-append: needs -kernel"},
    /* options of QEMU's that come later */
    {"weft -s", "option '-s' is not supported yet"},
    {"weft -gdb tcp::1234", "option '-gdb' is not supported yet"},
    {"weft -netdev user,id=n", "-netdev: 'user,id=n': networking is not supported yet"},
    {"weft -display gtk", "-display: display 'gtk' is not supported yet (there is 'none')"},
    /* machine, hart, memory */
    {"weft -M spike", "-M: unknown machine 'spike' (there is 'virt')"},
    {"weft -machine virt,frob=1", "-machine: unknown key 'frob'"},
    {"weft -M virt,aclint=on", "-M: 'aclint' is not supported yet"},
    {"weft -M virt,dumpdtb=", "-M: 'dumpdtb' needs a value"},
    {"weft -M ''", "-M: the value is empty"},
    {"weft -smp 2", "-smp: '2': more than one hart is not supported yet"},
    {"weft -smp cpus=1,cores=4", "-smp: 'cpus=1,cores=4': more than one hart is not supported yet"},
    {"weft -smp 0", "-smp: '0': there must be at least one"},
    {"weft -smp x", "-smp: cpus=x: not a number"},
    {"weft -smp -1", "-smp: cpus=-1: not a number"},
    {"weft -m 12Q", "-m: size='12Q' is not a number of bytes (examples: 512M, 1G)"},
    {"weft -m -5", "-m: size='-5' is not a number of bytes (examples: 512M, 1G)"},
    {"weft -m 0", "-m: '0': RAM of less than 1 MiB"},
    {"weft -m 99999999T", "-m: size='99999999T' is not a number of bytes (examples: 512M, 1G)"},
    {"weft -m 6000000T", "-m: '6000000T': more RAM than there are addresses"},
    {"weft -m 512M,slots=2", "-m: 'slots' is not supported yet"},
    {"weft -m size=1G,size=2G", "-m: 'size' is given twice"},
    {"weft -m size=", "-m: 'size' needs a value"},
    {"weft -m 1G,", "-m: unknown key ''"},
    {"weft -accel kvm", "-accel: accelerator 'kvm' is not supported yet"},
    {"weft -accel frob", "-accel: unknown accelerator 'frob' (there is 'tcg')"},
    {"weft -accel tcg,jit=tb,threshold=0", "-accel: threshold=0 is not within 1..65535"},
    {"weft -accel tcg,jit=tb,max-instances=1", "-accel: max-instances=1 is not within 16..1000000"},
    {"weft -accel tcg,jit=frob", "-accel: unknown jit=frob (off, tb, batch)"},
    {"weft -accel tcg,jit=", "-accel: 'jit' needs a value"},
    {"weft -accel tcg,jit=batch,threshold=65536", "-accel: threshold=65536 is not within 1..65535"},
    {"weft -accel tcg,jit=batch,threshold=x", "-accel: threshold=x: not a number"},
    {"weft -accel tcg,jit=batch,max-instances=15",
     "-accel: max-instances=15 is not within 16..1000000"},
    {"weft -accel tcg,jit=batch,max-instances=1000001",
     "-accel: max-instances=1000001 is not within 16..1000000"},
    {"weft -accel tcg,jit=batch,link=frob", "-accel: unknown link=frob (none, slot, direct)"},
    {"weft -accel tcg,jit=batch,compile=frob", "-accel: unknown compile=frob (inline, worker)"},
    {"weft -accel tcg,jit=batch,batch=0", "-accel: batch=0 is not within 1..65536"},
    {"weft -accel tcg,jit=batch,batch=65537", "-accel: batch=65537 is not within 1..65536"},
    {"weft -accel tcg,jit=batch,wait=1000000001",
     "-accel: wait=1000000001 is not within 0..1000000000"},
    {"weft -accel tcg,jit=batch,wait=-1", "-accel: wait=-1: not a number"},
    {"weft -accel tcg,jit=batch,region=0", "-accel: region=0 is not within 1..128"},
    {"weft -accel tcg,jit=batch,region=129", "-accel: region=129 is not within 1..128"},
    {"weft -accel tcg,jit=batch,samples=0", "-accel: samples=0 is not within 1..255"},
    {"weft -accel tcg,jit=batch,samples=256", "-accel: samples=256 is not within 1..255"},
    {"weft -accel tcg,jit=batch,worker-after=1000001",
     "-accel: worker-after=1000001 is not within 0..1000000"},
    {"weft -accel tcg,jit=batch,compact=1", "-accel: compact=1 is not within 2..1000"},
    {"weft -accel tcg,jit=batch,compact=1001", "-accel: compact=1001 is not within 2..1000"},
    {"weft -accel tcg,jit=batch,names=2", "-accel: names=2: neither 'on' nor 'off'"},
    {"weft -accel tcg,jit=batch,frob=1", "-accel: unknown key 'frob'"},
    {"weft -accel tcg,jit=batch,batch=1,batch=2", "-accel: 'batch' is given twice"},
    {"weft -accel tcg,jit=batch,tb-size=8", "-accel: 'tb-size' is not supported yet"},
    {"weft -accel tcg,thread=multi", "-accel: thread=multi is not supported yet"},
    {"weft -icount shift=11", "-icount: shift=11: not a number from 0 to 10"},
    {"weft -icount shift=auto", "-icount: shift=auto is not supported yet"},
    {"weft -icount sleep=on", "-icount: 'shift' is missing"},
    {"weft -icount shift=1,sleep=maybe", "-icount: sleep=maybe: neither 'on' nor 'off'"},
    {"weft -icount shift=1,align=on", "-icount: align=on is not supported yet"},
    {"weft -test frob=1", "-test: unknown key 'frob'"},
    {"weft -test max-insns=many", "-test: max-insns=many: not a number"},
    /* drives and devices */
    {"weft -drive if=virtio", "-drive: 'file' is missing"},
    {"weft -drive file=", "-drive: 'file' needs a value"},
    {"weft -drive disk.img", "-drive: unknown key 'disk.img'"},
    {"weft -drive file=a,format=qcow2", "-drive: format=qcow2 is not supported yet"},
    {"weft -drive file=a,format=frob", "-drive: unknown format=frob (there is 'raw')"},
    {"weft -drive file=a,if=ide", "-drive: if=ide is not supported yet"},
    {"weft -drive file=a,if=frob", "-drive: unknown if=frob (virtio, none)"},
    {"weft -drive file=a,snapshot=on", "-drive: 'snapshot' is not supported yet"},
    {"weft -drive file=a,readonly=2", "-drive: readonly=2: neither 'on' nor 'off'"},
    {"weft -drive file=a,id=x -drive file=b,id=x", "-drive: id=x is given twice"},
    {"weft -drive file=1 -drive file=2 -drive file=3 -drive file=4 -drive file=5 -drive file=6 "
     "-drive file=7 -drive file=8 -drive file=9",
     "-drive: '9': more than 8 disks"},
    {"weft -device frob", "-device: unknown device 'frob' (-help lists them)"},
    {"weft -device virtio-net-device", "-device: device 'virtio-net-device' is not supported yet"},
    {"weft -device virtio-blk-device", "-device: virtio-blk-device: 'drive' is missing"},
    {"weft -device virtio-blk-device,drive=x",
     "-device: virtio-blk-device: there is no -drive with id=x"},
    {"weft -device virtio-blk-device,drive=x -drive file=a,id=x",
     "-device: drive 'x' is attached already"},
    {"weft -device virtio-rng-device,frob=1", "-device: unknown key 'frob'"},
    {"weft -device virtio-rng-device,rng=r", "-device: 'rng' is not supported yet"},
    {"weft -device virtconsole",
     "-device: virtconsole: needs '-device virtio-serial-device' before it"},
    {"weft -device virtio-serial-device -device virtconsole,chardev=c",
     "-device: there is no -chardev with id=c"},
    {"weft -device virtio-serial-device -device virtio-serial-device",
     "-device: a second virtio-serial-device is not supported yet"},
    {"weft -device virtio-serial-device -device virtconsole -device virtconsole",
     "-device: a second virtconsole is not supported yet"},
    /* consoles */
    {"weft -chardev pty,id=p", "-chardev: back end 'pty' is not supported yet (stdio, null, file)"},
    {"weft -chardev stdio", "-chardev: 'id' is missing"},
    {"weft -chardev file,id=f", "-chardev: file: 'path' is missing"},
    {"weft -chardev null,id=n,path=p", "-chardev: null: has no 'path'"},
    {"weft -chardev null,id=n -chardev null,id=n", "-chardev: id=n is given twice"},
    {"weft -serial pty",
     "-serial: 'pty' is not supported (stdio, mon:stdio, null, none, file:PATH, chardev:ID)"},
    {"weft -serial mon:null", "-serial: 'mon:null': the monitor can share stdio only"},
    {"weft -serial mon:stdio -monitor null", "-serial: 'mon:stdio': there is a -monitor, too"},
    {"weft -serial chardev:c", "-serial: there is no -chardev with id=c"},
    {"weft -monitor file:x", "-monitor: 'file:x': the monitor needs input"},
    {"weft -monitor frob",
     "-monitor: 'frob' is not supported (stdio, mon:stdio, null, none, file:PATH, chardev:ID)"},
    {"weft -serial stdio -monitor stdio",
     "-serial: standard input and output are used twice: share them with mon:stdio, or with "
     "-chardev stdio,mux=on,id=ID"},
};

static void test_refused(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(refused); i++) {
        Options opt;
        g_autofree char *message = parse(refused[i].line, &opt);

        if (!message || strcmp(message, refused[i].message) != 0) {
            g_test_message("command line: %s", refused[i].line);
        }
        g_assert_cmpstr(message, ==, refused[i].message);
        options_free(&opt);
    }
}

/* ---- what is accepted ---- */

static void accept_line(const char *line, Options *opt)
{
    g_autofree char *message = parse(line, opt);

    if (message) {
        g_test_message("command line: %s", line);
    }
    g_assert_cmpstr(message, ==, NULL);
}

static void test_defaults(void)
{
    Options opt;

    accept_line("weft -kernel k", &opt);
    g_assert_cmpstr(opt.kernel, ==, "k");
    g_assert_cmpstr(opt.cpu, ==, "rv64");
    g_assert_cmpuint(opt.ram_size, ==, 128 << 20);
    g_assert_cmpint(opt.bios_kind, ==, BIOS_BUILTIN);
    g_assert_cmpint(opt.serial.kind, ==, CHAR_STDIO);
    g_assert_cmpint(opt.monitor.kind, ==, CHAR_STDIO);
    g_assert_true(opt.stdio_mux);
    g_assert_false(opt.icount);
    options_free(&opt);
}

static void test_accel(void)
{
    Options opt;

    accept_line("weft -kernel k -accel tcg,jit=batch", &opt);
    g_assert_cmpint(opt.jit.mode, ==, JIT_BATCH);
    g_assert_cmpuint(opt.jit.threshold, ==, JIT_BATCH_THRESHOLD);
    g_assert_cmpuint(opt.jit.max_instances, ==, JIT_BATCH_INSTANCES);
    g_assert_cmpint(opt.jit.link, ==, LINK_DIRECT);
    g_assert_cmpint(opt.jit.compile, ==, COMPILE_WORKER);
    g_assert_cmpuint(opt.jit.batch, ==, JIT_BATCH_SIZE);
    g_assert_cmpuint(opt.jit.wait, ==, JIT_WAIT);
    g_assert_cmpuint(opt.jit.region, ==, JIT_REGION);
    g_assert_cmpuint(opt.jit.samples, ==, JIT_SAMPLES);
    g_assert_cmpuint(opt.jit.worker_after, ==, JIT_WORKER_AFTER);
    g_assert_cmpuint(opt.jit.compact, ==, JIT_COMPACT);
    g_assert_cmpuint(opt.jit.code_cache, ==, JIT_CODE_CACHE_MIB << 20);
    g_assert_false(opt.jit.names);
    options_free(&opt);

    accept_line("weft -kernel k -accel tcg,jit=tb", &opt);
    g_assert_cmpint(opt.jit.mode, ==, JIT_TB);
    g_assert_cmpuint(opt.jit.threshold, ==, JIT_TB_THRESHOLD);
    g_assert_cmpuint(opt.jit.max_instances, ==, JIT_TB_INSTANCES);
    options_free(&opt);

    accept_line(
        "weft -kernel k -accel tcg,jit=batch,threshold=65535,max-instances=16,link=slot,"
        "compile=inline,batch=1,wait=0,region=1,first=128,samples=255,worker-after=0,compact=2,"
        "code-cache=64K,names=on,profile=on",
        &opt);
    g_assert_cmpuint(opt.jit.threshold, ==, 65535);
    g_assert_cmpuint(opt.jit.max_instances, ==, 16);
    g_assert_cmpint(opt.jit.link, ==, LINK_SLOT);
    g_assert_cmpint(opt.jit.compile, ==, COMPILE_INLINE);
    g_assert_cmpuint(opt.jit.batch, ==, 1);
    g_assert_cmpuint(opt.jit.wait, ==, 0);
    g_assert_cmpuint(opt.jit.region, ==, 1);
    g_assert_cmpuint(opt.jit.first, ==, 128);
    g_assert_cmpuint(opt.jit.samples, ==, 255);
    g_assert_cmpuint(opt.jit.worker_after, ==, 0);
    g_assert_cmpuint(opt.jit.compact, ==, 2);
    g_assert_cmpuint(opt.jit.code_cache, ==, 64 << 10);
    g_assert_true(opt.jit.names);
    options_free(&opt);

    accept_line("weft -kernel k -accel tcg,jit=batch,link=none,compile=worker,batch=65536,"
                "code-cache=8",
                &opt);
    g_assert_cmpint(opt.jit.link, ==, LINK_NONE);
    g_assert_cmpint(opt.jit.compile, ==, COMPILE_WORKER);
    g_assert_cmpuint(opt.jit.batch, ==, 65536);
    g_assert_cmpuint(opt.jit.code_cache, ==, 8 << 20);
    options_free(&opt);

    accept_line("weft -kernel k -accel tcg,jit=off", &opt);
    g_assert_cmpint(opt.jit.mode, ==, JIT_OFF);
    options_free(&opt);
}

static void test_everything(void)
{
    Options opt;

    accept_line("weft --machine virt -cpu rv64,zbb=off -smp 1 -m size=1.5G -bios fw.bin -L /a -L b "
                "-kernel k -initrd i -append '-x --y=z, w' -dtb t -accel tcg,jit=off "
                "-icount shift=3,sleep=off -d in_asm,int -D log -S -no-reboot "
                "-jit-stats s -test max-insns=77 -test state-hash=h -display none",
                &opt);
    g_assert_cmpstr(opt.cpu, ==, "rv64,zbb=off");
    g_assert_cmpuint(opt.ram_size, ==, UINT64_C(3) << 29);
    g_assert_cmpint(opt.bios_kind, ==, BIOS_FILE);
    g_assert_cmpstr(opt.bios, ==, "fw.bin");
    g_assert_cmpstr(opt.search_dirs->pdata[0], ==, "/a");
    g_assert_cmpstr(opt.search_dirs->pdata[1], ==, "b");
    g_assert_null(opt.search_dirs->pdata[2]);
    g_assert_cmpstr(opt.initrd, ==, "i");
    g_assert_cmpstr(opt.append, ==, "-x --y=z, w");
    g_assert_cmpstr(opt.dtb, ==, "t");
    g_assert_true(opt.icount);
    g_assert_false(opt.icount_sleep);
    g_assert_cmpuint(opt.icount_shift, ==, 3);
    g_assert_cmpstr(opt.log_items, ==, "in_asm,int");
    g_assert_cmpstr(opt.log_file, ==, "log");
    g_assert_true(opt.start_stopped);
    g_assert_true(opt.no_reboot);
    g_assert_cmpstr(opt.stats_file, ==, "s");
    g_assert_cmpuint(opt.max_insns, ==, 77);
    g_assert_cmpstr(opt.state_hash, ==, "h");
    g_assert_cmpint(opt.serial.kind, ==, CHAR_NULL);
    g_assert_cmpint(opt.monitor.kind, ==, CHAR_NONE);
    options_free(&opt);
}

static void test_drives(void)
{
    Options opt;

    accept_line("weft -kernel k -device virtio-blk-device,drive=late -drive file=a,,b,format=raw "
                "-drive file=c,if=none,id=late,readonly -drive file=d,if=none,id=loose",
                &opt);
    g_assert_cmpuint(opt.nb_disks, ==, 2);
    g_assert_cmpstr(opt.disk[0]->file, ==, "a,b");
    g_assert_false(opt.disk[0]->readonly);
    g_assert_cmpstr(opt.disk[1]->file, ==, "c");
    g_assert_true(opt.disk[1]->readonly);
    options_free(&opt);
}

static void test_consoles(void)
{
    static const struct {
        const char *line;
        CharKind serial, monitor;
        bool mux;
    } rows[] = {
        {"", CHAR_STDIO, CHAR_STDIO, true},
        {"-nographic", CHAR_STDIO, CHAR_STDIO, true},
        {"-serial mon:stdio", CHAR_STDIO, CHAR_STDIO, true},
        {"-nographic -serial mon:stdio", CHAR_STDIO, CHAR_STDIO, true},
        {"-display none", CHAR_NULL, CHAR_NONE, false},
        {"-serial stdio", CHAR_STDIO, CHAR_NONE, false},
        {"-nographic -serial stdio", CHAR_STDIO, CHAR_NONE, false},
        {"-nographic -serial null", CHAR_NULL, CHAR_STDIO, false},
        {"-nographic -serial none -monitor none", CHAR_NONE, CHAR_NONE, false},
        {"-nographic -monitor none", CHAR_STDIO, CHAR_NONE, false},
        {"-monitor stdio", CHAR_NULL, CHAR_STDIO, false},
        {"-serial file:x -monitor stdio", CHAR_FILE, CHAR_STDIO, false},
        {"-chardev stdio,id=c,mux=on -serial chardev:c -monitor chardev:c", CHAR_STDIO, CHAR_STDIO,
         true},
        {"-chardev stdio,id=c -serial null -device virtio-serial-device -device "
         "virtconsole,chardev=c",
         CHAR_NULL, CHAR_NONE, false},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *line = g_strdup_printf("weft -kernel k %s", rows[i].line);
        Options opt;

        g_test_message("%s", line);
        accept_line(line, &opt);
        g_assert_cmpint(opt.serial.kind, ==, rows[i].serial);
        g_assert_cmpint(opt.monitor.kind, ==, rows[i].monitor);
        g_assert_cmpint(opt.stdio_mux, ==, rows[i].mux);
        options_free(&opt);
    }
}

/* Printed instead of running; nothing else needs to be there. */
static void test_texts(void)
{
    static const char *const lines[] = {"-help",   "--help",  "-h",           "-version",
                                        "-d help", "-M help", "-machine help"};

    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *line = g_strdup_printf("weft %s", lines[i]);
        Options opt;

        accept_line(line, &opt);
        g_assert_nonnull(opt.text);
        g_assert_true(g_str_has_suffix(opt.text, "\n"));
        options_free(&opt);
    }
}

static void test_sizes(void)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        {"64", 64 << 20},    {"64M", 64 << 20}, {"64m", 64 << 20},
        {"1G", 1 << 30},     {"4096B", 4096},   {"16K", 16 << 10},
        {"0.5G", 512 << 20}, {"1.25K", 1280},   {"2T", UINT64_C(2) << 40},
    };
    static const char *const bad[] = {"",
                                      "M",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1MB",
                                      "1.5B",
                                      "0x10",
                                      "1e3",
                                      "1P1",
                                      "1,",
                                      "99999999999999999999",
                                      "17592186044416T"};
    uint64_t bytes;

    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        g_assert_true(parse_size(good[i].text, 1 << 20, &bytes));
        g_assert_cmpuint(bytes, ==, good[i].bytes);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("'%s'", bad[i]);
        g_assert_false(parse_size(bad[i], 1 << 20, &bytes));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/options/refused", test_refused);
    g_test_add_func("/options/defaults", test_defaults);
    g_test_add_func("/options/accel", test_accel);
    g_test_add_func("/options/everything", test_everything);
    g_test_add_func("/options/drives", test_drives);
    g_test_add_func("/options/consoles", test_consoles);
    g_test_add_func("/options/texts", test_texts);
    g_test_add_func("/options/sizes", test_sizes);
    return g_test_run();
}
