"""System tests of the compiled modes. They run in those only, by name (run.py --only) or all (--compiled)."""
import json
import os
import re
import sys
import time

import emulators
from console import Failure, Skip
from setup import ROOT, TESTS, check, run_to_end, test

sys.path.append(os.path.join(ROOT, "tests", "guest"))
import build  # noqa: E402  the guest programs
import toolchain  # noqa: E402

NATIVE = os.path.join(ROOT, "build", "weft-native")
COMMANDS = "uname -a; sha256sum /bin/busybox; cat /proc/uptime; date"
EVERY_TB_INSTANCES = 100000
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


@test
def compiled_boot(setup):
    """A boot of which most runs in compiled code."""
    output, stats = boot_with_statistics(setup, "uname -m")
    check(b"riscv64" in output.split(), "no line 'riscv64'")
    check(stats["jit"] == "tb", "jit is %s" % stats["jit"])
    check_compiled(stats, 0.5)
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
    at_once = {"wait": 0, "compile": "inline"} if "jit=batch" in (setup.accel or "") else {}
    for name, elf in guest_programs(TRAPPING).items():
        for threshold, least in ((1, 0.5), (3, 0.1)):
            weft = emulators.weft(setup.weft, setup.factor, setup.compiled(threshold=threshold, **at_once))
            status, output = weft.run_elf(elf, 60, ["-jit-stats", path])
            what = "%s, threshold=%d: " % (name, threshold)
            check(status == 0, what + "status %s: %r" % (status, output[-500:]))
            stats = statistics(path)
            check(stats["exceptions"] > 0, what + "no exceptions")
            check_compiled(stats, least, what)


@test
def icount_equal(setup):
    """-icount: the same console bytes and the same hash of RAM and CPU state, interpreted and compiled."""
    modes = [("interpreter", setup.weft, "tcg,jit=off", 0),
             ("threshold=100", setup.weft, setup.compiled(threshold=100), 0.8)]
    if os.access(NATIVE, os.X_OK):
        modes.insert(0, ("native interpreter", NATIVE, "tcg,jit=off", 0))
    if not setup.sample:
        modes.append(("threshold=1", setup.weft,
                      setup.compiled(threshold=1, max_instances=EVERY_TB_INSTANCES), 0.99))
        modes.append(("threshold=7, 200 instances", setup.weft, setup.compiled(threshold=7, max_instances=200), 0.3))
    first = None
    for name, weft, accel, share in modes:
        state = os.path.join(setup.tmp, "state")
        output, stats = boot_with_statistics(setup, COMMANDS, "-icount", "shift=3", "-test", "state-hash=" + state,
                                             weft=weft, accel=accel, seconds=240)
        with open(state) as f:
            end = f.read().strip()
        check(end, name + ": the state hash is empty")
        if share:
            check_compiled(stats, share, name + ": ")
        first = first or (name, output, end)
        check(output == first[1], first_difference(first[0], first[1], name, output))
        check(end == first[2], "state hashes differ: %s %s, %s %s" % (first[0], first[2], name, end))


@test
def instance_limit(setup):
    """max-instances=64: never more, and those that had to leave come back."""
    _, stats = boot_with_statistics(setup, COMMANDS, accel=setup.compiled(max_instances=64))
    check(stats["modules_most_live"] <= 64, "%d modules were live" % stats["modules_most_live"])
    check(stats["modules_dropped"] > 0, "no module was dropped")
    check(stats["modules"] == stats["modules_live"] + stats["modules_dropped"] + stats["modules_retired"],
          "modules are unaccounted for: %r" % stats)
    check_compiled(stats, 0.2)


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


@test
def churn(setup):
    """Processes come and go in the guest; neither memory nor live modules grow without bound."""
    warm, seconds, limit = (10, 30, 200) if setup.sample else (60, 600, 2000)
    path = os.path.join(setup.tmp, "stats.json")
    accel = setup.compiled(max_instances=limit)
    # Little RAM: pages that the guest touches for the first time are growth too.
    with setup.shell("-jit-stats", path, accel=accel, memory="128M") as console:
        console.send(b"i=0; while :; do i=$((i+1)); /bin/busybox true; [ $((i%10)) = 0 ] && echo at''$i; done\n")
        start, samples = time.monotonic(), []
        while time.monotonic() - start < warm + seconds:
            console.pump(1)
            check(console.process.poll() is None, "ended with status %s; %s"
                  % (console.process.returncode, console.tail()))
            if time.monotonic() - start >= warm:
                samples.append(resident(console.process.pid))
        half = len(samples) // 2
        before, after = max(samples[:half]), max(samples[half:])
        forks = [int(n) for n in re.findall(rb"^at(\d+)", console.output, re.MULTILINE)]
        console.send(b"\x03\x01x")
        check(console.wait(setup.time(20)) == 0, "status %d" % console.process.returncode)
    stats = statistics(path)
    figures = ("%d processes, %d modules, most live %d, dropped %d; resident: %d MiB at first, at most %d in the first "
               "half, %d in the second" % (max(forks, default=0), stats["modules"], stats["modules_most_live"],
                                           stats["modules_dropped"], samples[0] / MIB, before / MIB, after / MIB))
    print("# churn: " + figures, flush=True)
    check(max(forks, default=0) > 5 * (warm + seconds) / setup.factor, "few processes: " + figures)
    check(stats["modules_most_live"] <= limit, "too many modules: " + figures)
    check(stats["modules_dropped"] > 0, "nothing was dropped: " + figures)
    check(after < before + GROWTH * MIB, "memory grows: " + figures)


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
