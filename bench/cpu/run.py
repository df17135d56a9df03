#!/usr/bin/python3
"""Runs the CPU suite inside the guest, without firmware or system, and compares ways of running it side by side.

run.py [--contender NAME=COMMAND]... [--rounds N] [--only PROGRAM]... [--json FILE]

The contenders take turns, round by round. A program's time is the wall time of the whole process less that of a program
that does nothing, medians of both. What a program prints must be what the same source prints natively; the status is 1
if anything differs or fails. Without --contender: Weft's interpreter, its per-TB compiler, its linker, and native QEMU.
COMMAND runs in the top folder; the options of the machine are added."""
import argparse
import json
import math
import os
import platform
import re
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(ROOT, "tests", "guest"), os.path.join(ROOT, "tests", "lib")]
import emulators  # noqa: E402
import toolchain  # noqa: E402

OUT = os.path.join(ROOT, "build", "bench", "cpu")
LINK_SCRIPT = os.path.join(ROOT, "tests", "guest", "lib", "link.ld")
NOT_PROGRAMS = {"guest", "host"}
EMPTY = "empty"
MACHINE = ["-M", "virt", "-m", "64M", "-nographic", "-bios", "none", "-kernel"]
WEFT = "build/weft -accel tcg,jit=%s"
TIMEOUT = 120
# Without it a compiler may fuse a multiplication with an addition, which rounds once, not twice.
C_FLAGS = ["-ffp-contract=off"]


class Failure(Exception):
    """The text says why there is nothing to compare."""


def programs():
    names = {n[:-2] for n in os.listdir(HERE) if n.endswith(".c")} - NOT_PROGRAMS - {EMPTY}
    return sorted(names)


# ---- building ----

def find_tools():
    """(toolchain, flags for it). Calls become one `jal` each, as in Debian's programs, where the linker can do that:
    ld.lld from version 15 on. Without it each is an auipc and a jalr, an indirect jump."""
    tools = toolchain.find()
    relaxing = toolchain.find_tool([v for v in toolchain.versions("ld.lld") if re.search(r"-(1[5-9]|[2-9]\d)$", v)])
    if not relaxing:
        print("# no ld.lld of version 15 or newer: calls in the programs are indirect jumps")
        return tools, []
    return toolchain.Toolchain(tools.cc, [relaxing], tools.full), ["-mrelax"]


def build_guest(tools, flags, name):
    """The path of the program for the guest."""
    elf, objects = os.path.join(OUT, name + ".elf"), []
    for source in ("start.S", "guest.c", name + ".c"):
        obj = os.path.join(OUT, "%s.%s.o" % (name, source))
        tools.compile(os.path.join(HERE, source), obj, [*flags, *C_FLAGS, '-DBENCH_NAME="%s"' % name])
        objects.append(obj)
    tools.link_elf(objects, LINK_SCRIPT, elf)
    return elf


def build_host(cc, name):
    path = os.path.join(OUT, name + ".host")
    sources = [os.path.join(HERE, n + ".c") for n in ("host", name)]
    toolchain.run([cc, "-O2", *C_FLAGS, '-DBENCH_NAME="%s"' % name, *sources, "-lm", "-o", path])
    return path


def build(names):
    """(paths of the guest's programs, paths of the host's), by name."""
    tools, flags = find_tools()
    cc = toolchain.find_tool(["cc", "gcc", "clang"])
    if not cc:
        raise Failure("no compiler for the host: the checksums come from the native run")
    os.makedirs(OUT, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        guest = pool.map(lambda n: build_guest(tools, flags, n), names)
        host = pool.map(lambda n: build_host(cc, n), names)
        return dict(zip(names, guest)), dict(zip(names, host))


# ---- running ----

def measure(command):
    """{wall, cpu, peak_kib, status, output} of one process."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        environment = dict(os.environ, QEMU_MODULE_DIR=os.devnull)  # see tests/lib/emulators.py
        start = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                   env=environment, start_new_session=True)
        timer = threading.Timer(TIMEOUT, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            timer.cancel()
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return {"wall": round(wall, 5), "cpu": round(usage.ru_utime + usage.ru_stime, 5), "peak_kib": usage.ru_maxrss,
                "status": process.returncode, "output": out.read().decode("latin-1").strip(),
                "errors": err.read().decode("latin-1").strip()}


def first_line(command):
    try:
        result = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False)
    except (OSError, subprocess.SubprocessError) as e:
        raise Failure(str(e)) from e
    if result.returncode:
        raise Failure("%s ended with status %d: %s" % (command[0], result.returncode, result.stdout.strip()[-200:]))
    return (result.stdout.strip().splitlines() or [""])[0]


class Contender:
    def __init__(self, name, command):
        self.name, self.command = name, command
        self.version = first_line([*command, "--version"])
        self.is_weft = self.version.startswith("Weft")
        self.samples = {}  # by program, one a round

    def run(self, program, elf, want):
        """Adds a sample; the reason why it does not count, or None."""
        command, stats = [*self.command, *MACHINE, elf], os.path.join(OUT, "stats.json")
        if self.is_weft:
            command += ["-jit-stats", stats]
        sample = measure(command)
        output, errors = sample.pop("output"), sample.pop("errors")
        if sample["status"] == 0 and self.is_weft:
            with open(stats, encoding="utf-8") as f:
                sample["stats"] = json.load(f)
        self.samples.setdefault(program, []).append(sample)
        if sample["status"] != 0:
            return "status %d: %s" % (sample["status"], " ".join((output + " " + errors).split())[:300])
        return None if output == want else "printed '%s', natively '%s'" % (output[-100:], want)


def default_contenders():
    for mode in ("off", "tb", "batch"):
        yield mode, lambda mode=mode: shlex.split(WEFT % mode)
    yield "qemu", lambda: emulators.reference().command


def find_contenders(given):
    """The contenders that there are. Those of the command line must be there, the others are left out with a line."""
    if given:
        pairs = [g.partition("=") for g in given]
        bad = [g for g, p in zip(given, pairs) if not p[0] or not p[2]]
        if bad:
            raise Failure("--contender %s: not NAME=COMMAND" % bad[0])
        if len({p[0] for p in pairs}) < len(pairs):
            raise Failure("two contenders have the same name")
        return [Contender(name, shlex.split(command)) for name, _, command in pairs]
    found = []
    for name, command in default_contenders():
        try:
            found.append(Contender(name, command()))
        except (Failure, emulators.Unavailable) as e:
            print("# left out: %s: %s" % (name, e))
    if not found:
        raise Failure("no contender: run 'make wasm' or give --contender")
    return found


def run_rounds(contenders, elfs, wants, rounds):
    """Runs everything; {(contender, program): reason} of what failed."""
    failed = {}
    for r in range(rounds):
        turn = r % len(contenders)
        # Nothing is run at both ends of a round: the median of its samples is taken off all others.
        for program in [EMPTY, *(p for p in elfs if p != EMPTY), EMPTY]:
            for c in contenders[turn:] + contenders[:turn]:
                if (c.name, program) in failed:
                    continue
                reason = c.run(program, elfs[program], wants[program])
                if reason:
                    failed[c.name, program] = reason
                    print("# FAILED: %s, %s: %s" % (c.name, program, reason), flush=True)
        print("# round %d of %d, load %.1f" % (r + 1, rounds, os.getloadavg()[0]), file=sys.stderr, flush=True)
    return failed


# ---- results ----

def summary(contender, program):
    """{seconds, least, spread, mips} of a program's samples. Never 0: the clock's noise can exceed a short program."""
    empty = statistics.median(s["wall"] for s in contender.samples[EMPTY])
    seconds = sorted(max(s["wall"] - empty, 1e-4) for s in contender.samples[program])
    middle = statistics.median(seconds)
    result = {"seconds": round(middle, 4), "least": round(seconds[0], 4),
              "spread": round((seconds[-1] - seconds[0]) / middle, 3)}
    if contender.is_weft:
        insns = statistics.median(s["stats"]["guest_insns"] for s in contender.samples[program])
        result.update(guest_insns=insns, mips=round(insns / middle / 1e6, 1))
    return result


def geomean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def evaluate(contenders, names, failed):
    """Results by program and contender, with the ratio to the first contender: above 1 is faster."""
    bad = {c for c, program in failed if program == EMPTY}
    results, first = {}, contenders[0].name
    for p in names:
        row = {c.name: summary(c, p) for c in contenders if c.name not in bad and (c.name, p) not in failed}
        for cell in row.values():
            if first in row:
                cell["ratio"] = round(row[first]["seconds"] / cell["seconds"], 3)
        results[p] = row
    means = {}
    for c in contenders:
        ratios = [row[c.name]["ratio"] for row in results.values() if "ratio" in row.get(c.name, ())]
        if ratios:
            means[c.name] = {"ratio": round(geomean(ratios), 3), "least": min(ratios), "programs": len(ratios)}
    return results, means


def print_table(contenders, results, means):
    first = contenders[0].name
    heads = ["program"]
    for c in contenders:
        heads += [c.name + " s", "+-%"] + ["MIPS"] * c.is_weft + ["%s/%s" % (first, c.name)] * (c.name != first)
    rows = []
    for p, row in results.items():
        cells = [p]
        for c in contenders:
            r = row.get(c.name)
            cells += ["%.3f" % r["seconds"], "%.0f" % (50 * r["spread"])] if r else ["failed", ""]
            cells += ["%.0f" % r["mips"] if r else ""] if c.is_weft else []
            cells += ["%.2f" % r["ratio"] if r and "ratio" in r else ""] * (c.name != first)
        rows.append(cells)
    last = ["geometric mean"]
    for c in contenders:
        last += ["", ""] + [""] * c.is_weft
        last += ["%.2f" % means[c.name]["ratio"] if c.name in means else ""] * (c.name != first)
    table = [heads, *rows, last]
    widths = [max(len(row[i]) for row in table) for i in range(len(heads))]
    for row in table:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(w) for cell, w in zip(row[1:], widths[1:])]
        print("  ".join(cells).rstrip())


def machine():
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            model = re.search(r"^model name\s*:\s*(.*)$", f.read(), re.M).group(1)
    except (OSError, AttributeError):
        pass
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.platform()}


def versions(contenders):
    found = {c.name: c.version for c in contenders}
    tools, flags = find_tools()
    found["guest compiler"] = " ".join([first_line([tools.cc[0], "--version"]), *flags])
    found["guest linker"] = first_line([*tools.link, "--version"])
    commands = {"git": ["git", "describe", "--always", "--dirty"]}
    try:
        with open(os.path.join(ROOT, "build", "weft"), encoding="utf-8") as f:
            node = os.environ.get("WEFT_NODE") or re.search(r"\$\{WEFT_NODE:-(/[^}]*)\}", f.read()).group(1)
        commands["node"] = [node, "--version"]
    except (OSError, AttributeError):
        pass
    for name, command in commands.items():
        if shutil.which(command[0]):
            try:
                found[name] = first_line(command)
            except Failure:
                pass
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--contender", action="append", metavar="NAME=COMMAND", help="an emulator with its options")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--only", action="append", metavar="PROGRAM", choices=programs(), help=", ".join(programs()))
    parser.add_argument("--json", default=os.path.join(ROOT, "build", "bench", "cpu.json"), metavar="FILE")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds: at least 1")

    names = options.only or programs()
    load = os.getloadavg()
    try:
        elfs, natives = build([EMPTY, *names])
        contenders = find_contenders(options.contender)
        native = {p: measure([path]) for p, path in natives.items()}
        for p, sample in native.items():
            if sample["status"] != 0:
                raise Failure("%s ended with status %d natively" % (p, sample["status"]))
    except (Failure, RuntimeError, toolchain.NoToolchain) as e:
        sys.exit("run.py: %s" % e)
    wants = {p: sample["output"] for p, sample in native.items()}
    failed = run_rounds(contenders, elfs, wants, options.rounds)
    results, means = evaluate(contenders, names, failed)
    print_table(contenders, results, means)
    report = {
        "suite": "cpu", "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "rounds": options.rounds,
        "machine": machine(), "load_before": load, "load_after": os.getloadavg(), "versions": versions(contenders),
        "contenders": {c.name: shlex.join(c.command) for c in contenders},
        "results": results, "means": means, "failed": {"%s %s" % k: v for k, v in failed.items()},
        "native": native, "samples": {c.name: c.samples for c in contenders}}
    os.makedirs(os.path.dirname(os.path.abspath(options.json)), exist_ok=True)
    with open(options.json, "w", encoding="utf-8") as f:
        json.dump(report, f, indent=1)
        f.write("\n")
    print("# all samples: %s" % os.path.relpath(options.json))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
