"""System tests of the compiled modes. They run in those only, by name (run.py --only) or all (--compiled)."""
import hashlib
import json
import os
import re
import sys
import time

import emulators
import stress
from console import Failure, Skip
from setup import ROOT, TESTS, check, run_to_end, test

sys.path.append(os.path.join(ROOT, "tests", "guest"))
import build  # noqa: E402  the guest programs
import toolchain  # noqa: E402

NATIVE = os.path.join(ROOT, "build", "weft-native")
COMMANDS = "uname -a; sha256sum /bin/busybox; cat /proc/uptime; date"
EVERY_TB_INSTANCES = 100000
BATCH_INSTANCES = 48  # most modules of jit=batch without max-instances
MIB = 1 << 20
GROWTH = 40  # MiB that the garbage of the engine may differ by
# Guest tests that leave compiled code in its middle again and again.
TRAPPING = ("traps", "mmu", "memory", "selfmod", "interrupts")


def statistics(path):
    """What -jit-stats has written. Each instruction is counted as compiled or as interpreted, and once."""
    with open(path) as f:
        stats = json.load(f)
    if stats["jit"] != "off":
        compiled, interpreted, total = (stats[key] for key in ("insns_compiled_code", "insns_interpreted", "guest_insns"))
        check(compiled + interpreted == total and 0 <= compiled <= total and 0 <= interpreted <= total,
              "%d compiled and %d interpreted instructions are not %d in all" % (compiled, interpreted, total))
    return stats


def boot_with_statistics(setup, do, *options, **how):
    """(console bytes, what -jit-stats says)"""
    path = os.path.join(setup.tmp, "stats.json")
    output = run_to_end(setup, do, "-jit-stats", path, *options, **how)
    return output, statistics(path)


def compiled_share(stats):
    return stats["insns_compiled_code"] / max(1, stats["guest_insns"])


def check_compiled(stats, least, what=""):
    share = compiled_share(stats)
    check(share >= least, "%sonly %.1f%% of the instructions ran in compiled code" % (what, 100 * share))


def first_difference(name, output, other_name, other):
    lines, others = output.splitlines(), other.splitlines()
    n = next((n for n, pair in enumerate(zip(lines, others)) if pair[0] != pair[1]), min(len(lines), len(others)))
    return "console bytes differ, line %d: %s %r, %s %r" % (n + 1, name, lines[n:n + 1], other_name, others[n:n + 1])


def needs_batch(setup):
    if not setup.batch:
        raise Skip("only in jit=batch")


def check_limits(stats, what="", limit=64):
    check(0 < stats["modules_most_live"] <= limit, "%s%d modules were live" % (what, stats["modules_most_live"]))
    check(stats["modules_live"] <= stats["modules_most_live"], "%smodules are miscounted: %r" % (what, stats))


@test
def compiled_boot(setup):
    """A boot of which most runs in compiled code."""
    output, stats = boot_with_statistics(setup, "uname -m")
    check(b"riscv64" in output.split(), "no line 'riscv64'")
    check(stats["jit"] == ("batch" if setup.batch else "tb"), "jit is %s" % stats["jit"])
    check_compiled(stats, 0.5)
    if setup.batch:
        check(stats["tbs_compiled"] > 2 * stats["objects_compiled"], "TBs are compiled alone: %r" % stats)
    else:
        check(stats["modules"] == stats["objects_compiled"] == stats["tbs_compiled"],
              "not one TB a module: %r" % stats)
    check(0 < stats["bytes_per_tb"] < 2000, "%d bytes a TB" % stats["bytes_per_tb"])
    check(stats["modules_refused"] == 0, "%d modules were refused" % stats["modules_refused"])


def guest_programs(names):
    """Paths of tests/guest's programs by name, built if need be."""
    try:
        return build.build(list(names))
    except toolchain.NoToolchain as e:
        raise Skip(str(e)) from e


@test
def insn_counts(setup):
    """No instruction is counted twice or forgotten where compiled code is left in its middle."""
    path = os.path.join(setup.tmp, "stats.json")
    at_once = {"wait": 0, "compile": "inline"} if setup.batch else {}
    for name, elf in guest_programs(TRAPPING).items():
        for threshold, least in ((1, 0.5), (3, 0.1)):
            weft = emulators.weft(setup.weft, setup.factor, setup.compiled(threshold=threshold, **at_once))
            status, output = weft.run_elf(elf, 60, ["-jit-stats", path])
            what = "%s, threshold=%d: " % (name, threshold)
            check(status == 0, what + "status %s: %r" % (status, output[-500:]))
            stats = statistics(path)
            check(stats["exceptions"] > 0, what + "no exceptions")
            check_compiled(stats, least, what)


def stress_modes(setup, n):
    """The stress settings, or in a sample n of them: (name, path, -accel, more options, least share)."""
    # What a small cache keeps is a few hundred TBs of a boot's ten thousand.
    least = {"cache": 0.01}
    for name in stress.chosen(setup.seed, n) if setup.sample else stress.SETTINGS:
        accel, options = stress.apply(name, setup.compiled())
        yield "--stress " + name, setup.weft, accel, options, least.get(name, 0.05)


def modes_to_compare(setup):
    """The same, native first. Compiling as usual, and in ways that do rare things often."""
    if os.access(NATIVE, os.X_OK):
        yield "native interpreter", NATIVE, "tcg,jit=off", [], 0
    yield "interpreter", setup.weft, "tcg,jit=off", [], 0
    if setup.batch:
        if not setup.sample:
            yield "jit=tb", setup.weft, "tcg,jit=tb", [], 0.5
        yield "jit=batch", setup.weft, setup.compiled(), [], 0.7
        yield from stress_modes(setup, 1)
        return
    yield "threshold=100", setup.weft, setup.compiled(threshold=100), [], 0.8
    if not setup.sample:
        yield "threshold=1", setup.weft, setup.compiled(threshold=1, max_instances=EVERY_TB_INSTANCES), [], 0.99
        yield "threshold=7, 200 instances", setup.weft, setup.compiled(threshold=7, max_instances=200), [], 0.3


@test
def icount_equal(setup):
    """-icount: the same console bytes, instructions, and hash of RAM and CPU state, interpreted and compiled."""
    first, failures = None, []
    for name, weft, accel, more, share in modes_to_compare(setup):
        state = os.path.join(setup.tmp, "state")
        output, stats = boot_with_statistics(setup, COMMANDS, "-icount", "shift=3", "-test", "state-hash=" + state,
                                             *more, weft=weft, accel=accel, seconds=240)
        with open(state) as f:
            end = f.read().strip()
        check(end, name + ": the state hash is empty")
        if share:
            check_compiled(stats, share, name + ": ")
        print("# icount_equal: %s, %.1f s, %.0f%% compiled" % (name, stats["wall_seconds"],
                                                               100 * (compiled_share(stats) if share else 0)), flush=True)
        insns = stats["guest_insns"]
        first = first or (name, output, end, insns)
        if output != first[1]:
            failures.append(first_difference(first[0], first[1], name, output))
        if end != first[2]:
            failures.append("state hashes differ: %s %s, %s %s" % (first[0], first[2], name, end))
        if insns != first[3]:
            failures.append("instructions differ: %s %d, %s %d" % (first[0], first[3], name, insns))
    check(not failures, "\n".join(failures))


@test
def stress_boots(setup):
    """jit=batch: boots with each stress setting, in real time."""
    needs_batch(setup)
    sum_of = None
    for name, weft, accel, more, share in stress_modes(setup, 1):
        output, stats = boot_with_statistics(setup, COMMANDS, *more, weft=weft, accel=accel)
        found = re.search(rb"([0-9a-f]{64})  /bin/busybox", output)
        check(found and found[1] == (sum_of or found[1]), name + ": another sum of /bin/busybox: %s" % found)
        sum_of = found[1]
        check_compiled(stats, share, name + ": ")
        check("compact-words" not in " ".join(more) or stats["tb_compactions"] > 0, name + ": no bytecode was moved")
        check_limits(stats, name + ": ", limit=16 if "max-instances" in accel else BATCH_INSTANCES)


@test
def instance_limit(setup):
    """max-instances: never more, and those that had to leave come back."""
    limit = 16 if setup.batch else 64
    many = {"wait": 10000, "compact": 1000} if setup.batch else {}  # modules, and none of them merged
    _, stats = boot_with_statistics(setup, COMMANDS, accel=setup.compiled(max_instances=limit, **many))
    check(stats["modules_most_live"] <= limit, "%d modules were live" % stats["modules_most_live"])
    # in batches crowded modules are merged before any has to leave
    check(stats["modules_dropped"] + (stats["modules_merged"] if setup.batch else 0) > 0, "no module was dropped")
    check(setup.batch or stats["modules"] == stats["modules_live"] + stats["modules_dropped"] +
          stats["modules_retired"] + stats["modules_merged"], "modules are unaccounted for: %r" % stats)
    check_compiled(stats, 0.2)


@test
def code_cache(setup):
    """code-cache: when that is full, cold modules leave."""
    needs_batch(setup)
    _, stats = boot_with_statistics(setup, COMMANDS, accel=setup.compiled(code_cache="1M"))
    check(stats["modules_cold"] > 0, "no module left")
    # and the batch that has just come, which is not known before it is there
    check("code_cache_most" not in stats or stats["code_cache_most"] <= 2 * MIB,
          "%d bytes were kept" % stats.get("code_cache_most", 0))
    check_compiled(stats, 0.2)


@test
def live_modules(setup):
    """A boot without limits on the command line ends with few modules, and never has many."""
    needs_batch(setup)
    _, stats = boot_with_statistics(setup, COMMANDS)
    check_limits(stats)
    check(stats["modules_live"] <= 32, "%d modules are live at the end" % stats["modules_live"])
    check(stats["relinks"] > 0, "modules were never merged")


@test
def refusals(setup):
    """An engine that refuses every fifth module is survived."""
    _, stats = boot_with_statistics(setup, COMMANDS, "-test", "refuse=200", accel=setup.compiled())
    asked = stats["modules"] + stats["modules_refused"]
    check(stats["modules_refused"] > 0, "no module was refused")
    check(0.15 < stats["modules_refused"] / asked < 0.25, "%d of %d refused" % (stats["modules_refused"], asked))
    check_compiled(stats, 0.05)


def resident(pid):
    """Bytes of memory that a process has."""
    with open("/proc/%d/statm" % pid) as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Memory:
    """The emulator's resident memory while a console is read, after it has warmed up."""

    def __init__(self):
        self.samples = []

    def watch(self, console, warm, seconds):
        start = time.monotonic()
        while time.monotonic() - start < warm + seconds:
            console.pump(1)
            check(console.process.poll() is None, "ended with status %s; %s"
                  % (console.process.returncode, console.tail()))
            if time.monotonic() - start >= warm:
                self.samples.append(resident(console.process.pid))

    def halves(self):
        """The most in each half of the time."""
        half = len(self.samples) // 2
        return max(self.samples[:half]), max(self.samples[half:])

    def __str__(self):
        return "resident: %d MiB at first, at most %d in the first half, %d in the second" % tuple(
            n / MIB for n in (self.samples[0], *self.halves()))

    def check(self, figures, growth=GROWTH):
        before, after = self.halves()
        check(after < before + growth * MIB, "memory grows: " + figures)


def leave(setup, console):
    console.send(b"\x01x")
    check(console.wait(setup.time(20)) == 0, "status %d" % console.process.returncode)


@test
def churn(setup):
    """Processes come and go in the guest; neither memory nor live modules grow without bound."""
    warm, seconds, limit = (10, 30, 200) if setup.sample else (60, 600, 2000)
    seconds = setup.seconds or seconds
    limit = BATCH_INSTANCES if setup.batch else limit
    path, memory = os.path.join(setup.tmp, "stats.json"), Memory()
    # Little RAM: pages that the guest touches for the first time are growth too.
    with setup.shell("-jit-stats", path, accel=setup.compiled(max_instances=limit), memory="128M") as console:
        console.send(b"i=0; while :; do i=$((i+1)); /bin/busybox true; [ $((i%10)) = 0 ] && echo at''$i; done\n")
        memory.watch(console, warm, seconds)
        forks = [int(n) for n in re.findall(rb"^at(\d+)", console.output, re.MULTILINE)]
        console.send(b"\x03")
        leave(setup, console)
    stats = statistics(path)
    figures = "%d processes, %d modules, most live %d, dropped %d; %s" % (
        max(forks, default=0), stats["modules"], stats["modules_most_live"], stats["modules_dropped"], memory)
    print("# churn: " + figures, flush=True)
    check(max(forks, default=0) > 5 * (warm + seconds) / setup.factor, "few processes: " + figures)
    check(stats["modules_most_live"] <= limit, "too many modules: " + figures)
    check(setup.batch or stats["modules_dropped"] > 0, "nothing was dropped: " + figures)
    memory.check(figures)


# Together, until the console is left. Lines begin with what they are of.
SOAK = b"""
cat /dev/vda > /tmp/selfmod; chmod +x /tmp/selfmod; stty -echo
forks() { i=0; while :; do i=$((i+1)); /bin/busybox true || echo BAD true; [ $((i%50)) = 0 ] && echo FORKS $i; done; }
zips() { while :; do seq 1 40000 | gzip > /tmp/z; echo ZIP $(gunzip < /tmp/z | sha256sum); done; }
mods() { while :; do for seed in 1 2 3 4 5; do /tmp/selfmod 2000 $seed || echo BAD $?; done; done; }
forks & zips & mods &
"""


def selfmod_image(setup):
    """A disk that begins with tests/system/selfmod.c, compiled."""
    elf, obj = (os.path.join(setup.tmp, "selfmod." + suffix) for suffix in ("elf", "o"))
    try:
        tools = toolchain.find()
    except toolchain.NoToolchain as e:
        raise Skip(str(e)) from e
    tools.compile(os.path.join(ROOT, "tests", "system", "selfmod.c"), obj)
    toolchain.run(tools.link + ["-static", "-o", elf, obj])
    with open(elf, "ab") as f:
        f.write(bytes(-f.tell() % 512))
    return elf


def check_soak(output):
    """The counts of each kind of work; every sum is right."""
    lines = output.replace(b"\r", b"").splitlines()
    kinds = {kind: [line.split() for line in lines if line.startswith(kind + b" ")]
             for kind in (b"FORKS", b"ZIP", b"selfmod")}
    bad = [line for line in lines if line.startswith(b"BAD") or b"something else" in line or b"Oops" in line]
    check(not bad, "the guest says %r" % bad[:5])
    right = hashlib.sha256(b"".join(b"%d\n" % i for i in range(1, 40001))).hexdigest().encode()
    wrong = [words for words in kinds[b"ZIP"] if words[1:2] != [right]]
    sums = {}
    for words in kinds[b"selfmod"]:
        if len(words) != 3 or sums.setdefault(words[1], words[2]) != words[2]:
            wrong.append(words)
    check(not wrong, "wrong sums: %r" % wrong[:5])
    return max((int(words[1]) for words in kinds[b"FORKS"]), default=0), len(kinds[b"ZIP"]), len(kinds[b"selfmod"])


@test
def soak(setup):
    """Processes, compression and code that changes itself, together: all sums right, memory and modules bounded."""
    warm, seconds = (15, 60) if setup.sample else (60, 1200)
    seconds = setup.seconds or seconds
    path, memory = os.path.join(setup.tmp, "stats.json"), Memory()
    drive = "file=%s,format=raw,if=virtio,readonly=on" % selfmod_image(setup)
    with setup.shell("-jit-stats", path, "-drive", drive, accel=setup.compiled(), memory="192M") as console:
        console.send(SOAK)
        memory.watch(console, warm, seconds)
        # Without the last line, which may be incomplete.
        work = check_soak(console.output[:console.output.rfind(b"\n") + 1])
        leave(setup, console)
    stats = statistics(path)
    figures = "%d processes, %d compressions, %d runs of selfmod; %d modules, most live %d, %d pages held; %s" % (
        *work, stats["modules"], stats["modules_most_live"], stats.get("pages_held", 0), memory)
    print("# soak: " + figures, flush=True)
    check(work[0] >= 100 and work[1] >= 3 and work[2] >= 10, "little was done: " + figures)
    check_limits(stats, limit=BATCH_INSTANCES if setup.batch else 8000)
    check(stats["flushes"] == 0, "the TB cache was flushed %d times" % stats["flushes"])  # it makes room as it goes
    # in its first minutes the engine itself still grows to what it keeps
    memory.check(figures, 4 * GROWTH if setup.sample else GROWTH)


@test
def five_gib(setup):
    """-m 5G on the host with 64-bit memory."""
    if setup.host != "wasm64":
        raise Skip("only the host wasm64 has so much memory (run.py --host wasm64)")
    with open("/proc/meminfo") as f:
        available = int(re.search(r"MemAvailable:\s+(\d+) kB", f.read())[1]) * 1024
    if available < 8 << 30:
        raise Skip("%.1f GiB of memory are available, 8 are wanted" % (available / (1 << 30)))
    output, stats = boot_with_statistics(setup, "grep MemTotal /proc/meminfo", memory="5G", accel=setup.compiled())
    found = re.search(rb"MemTotal:\s+(\d+) kB", output)
    check(found, "no MemTotal")
    total = int(found[1]) / MIB
    check(4.7 < total < 5, "the guest has %.2f GiB" % total)
    check_compiled(stats, 0.5)


NAMES = {function.__name__ for function in TESTS}
SAMPLE = {"compiled_boot", "insn_counts", "icount_equal", "instance_limit", "refusals", "churn"}
BATCH_ONLY = {"stress_boots", "code_cache", "live_modules", "soak"}
# In jit=batch soak has more than churn.
BATCH_SAMPLE = SAMPLE - {"churn"} | BATCH_ONLY
