#!/usr/bin/python3
"""Random guest programs: the state each ends in, on a build of Weft and on the reference.

run.py --weft PATH [--accel OPTIONS] [--host HOST] [--stress NAME] [--count N] [--fp N] [--seed S] [--batch N]
run.py --weft PATH --seed S --dump INDEX [--fp-program]

--count programs in all, --fp of them with floating point. Programs run by the hundred in one guest. A
difference is narrowed down to a program and the fewest of its units that still differ; the states, the
assembly and the disassembly go to build/tests/random/NAME/. The last line is `N passed, N failed, N skipped`."""
import argparse
import os
import queue
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(TESTS, "guest"), os.path.join(TESTS, "lib")]
import build  # noqa: E402
import emulators  # noqa: E402
import generate  # noqa: E402
import toolchain  # noqa: E402

OUT = os.path.join(emulators.ROOT, "build", "tests", "random")
TIMEOUT = 120
FP_BASE = 1000000  # programs with floating point are numbered from here


class Builder:
    """Links a batch with the harness."""

    def __init__(self, out, passes=1):
        self.out, self.passes = out, passes
        self.tools = toolchain.find()
        os.makedirs(os.path.join(out, "lib"), exist_ok=True)
        self.objects = build.build_library(self.tools, out, [os.path.join(build.LIB, "lib.h")])
        for name in ("harness.c", "enter.S"):
            obj = os.path.join(out, name + ".o")
            self.tools.compile(os.path.join(HERE, name), obj, ["-I" + build.LIB])
            self.objects.append(obj)

    def elf(self, name, programs, dump=-1, keep=None):
        base = os.path.join(self.out, name)
        with open(base + ".S", "w") as f:
            f.write(generate.batch(programs, dump, keep, self.passes))
        self.tools.compile(base + ".S", base + ".o")
        self.tools.link_elf(self.objects + [base + ".o"], os.path.join(build.LIB, "link.ld"), base + ".elf")
        return base + ".elf"


def make_program(seed, index):
    return generate.Program(seed, index, index >= FP_BASE)


def lines_of(output):
    return output.decode("latin-1").replace("\r", "").splitlines()


class Comparison:
    def __init__(self, weft, reference, options=""):
        self.weft, self.reference, self.options = weft, reference, options

    def run(self, elf):
        """(lines of the reference, lines of Weft, note). The note says how Weft ended, if not well."""
        status, output = self.reference.run_elf(elf, TIMEOUT, emulators.reference_cpu())
        if status != 0:
            raise RuntimeError("the reference ended with %s on %s:\n%s" % (status, elf, output[-500:]))
        want = lines_of(output)
        status, output = self.weft.run_elf(elf, TIMEOUT)
        note = "" if status == 0 else "timeout" if status is None else "status %d" % status
        return want, lines_of(output), note

    def differing(self, elf):
        """Indices of programs that differ, as strings, and how many were compared."""
        want, got, note = self.run(elf)
        got = dict(line.split(" ", 1) for line in got if line[:1].isdigit() and " " in line)
        want = [line.split(" ", 1) for line in want if line[:1].isdigit()]
        bad = [index for index, state in want if got.get(index) != state]
        return bad, len(want), note


def minimise(builder, comparison, program, name):
    """The smallest set of units found that still differs (removing chunks, then single ones)."""
    keep = list(range(len(program.units)))

    def differs(units):
        try:
            want, got, note = comparison.run(builder.elf(name, [program], program.index, set(units)))
        except RuntimeError:
            return False
        return bool(note) or want != got

    if not differs(keep):
        return None  # needs the programs before it
    chunk = max(1, len(keep) // 2)
    while chunk:
        start = 0
        while start < len(keep):
            attempt = keep[:start] + keep[start + chunk:]
            if attempt and differs(attempt):
                keep = attempt
            else:
                start += chunk
        chunk //= 2
    return keep


def disassemble(elf, index):
    objdump = toolchain.objdump()
    if not objdump:
        return "(no llvm-objdump)\n"
    command = [objdump, "-d", "--no-show-raw-insn", "--disassemble-symbols=prog_%d,prog_%d_end" % (index, index), elf]
    if "llvm" in objdump:
        command.insert(1, "--mattr=+m,+a,+f,+d,+c,+zba,+zbb,+zbs")
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout


def report(builder, comparison, seed, program):
    """Writes what is known of a difference; the path."""
    name = "differs-%d-%d" % (seed, program.index)
    keep = minimise(builder, comparison, program, name)
    elf = builder.elf(name, [program], program.index, None if keep is None else set(keep))
    want, got, note = comparison.run(elf)
    path = os.path.join(builder.out, name + ".txt")
    with open(path, "w") as f:
        f.write("seed %d, program %d, mode %s%s\n" % (seed, program.index, "US-M"[program.mode],
                                                     ", FS off" if program.fs_off else ""))
        f.write("reproduce: tests/random/run.py --weft %s --seed %d --dump %d\n"
                % (comparison.weft.name + comparison.options, seed, program.index))
        if keep is None:
            f.write("alone it does not differ: it needs the programs before it in its batch\n")
        if note:
            f.write("weft ended with %s\n" % note)
        f.write("\nWhat differs (reference, weft):\n")
        other = dict(line.split(" ", 1) for line in got if " " in line and not line.startswith(("trap ", "memory ")))
        other.update({" ".join(line.split(" ", 2)[:2]): line.split(" ", 2)[2] for line in got
                      if line.startswith(("trap ", "memory ")) and line.count(" ") > 1})
        for line in want:
            words = 2 if line.startswith(("trap ", "memory ")) else 1
            key, value = " ".join(line.split(" ")[:words]), " ".join(line.split(" ")[words:])
            if other.get(key) != value:
                f.write("  %-10s %s | %s\n" % (key, value, other.get(key, "-")))
        f.write("\nAssembly (a minimum of it):\n%s\n" % program.text(None if keep is None else set(keep)))
        f.write(disassemble(elf, program.index))
        f.write("\nState on the reference:\n%s\n\nState on weft:\n%s\n" % ("\n".join(want), "\n".join(got)))
    return path


def plan(count, fp, batch):
    """Lists of program indices, integer ones first."""
    plain = list(range(count - fp))
    floats = list(range(FP_BASE, FP_BASE + fp))
    for indices in (plain, floats):
        for i in range(0, len(indices), batch):
            yield indices[i:i + batch]


def compare_all(options, builder, comparison):
    names = queue.SimpleQueue()  # files of a batch: one set for each worker
    for worker in range(options.jobs):
        names.put("batch%d" % worker)

    def one(indices):
        name = names.get()
        try:
            programs = [make_program(options.seed, i) for i in indices]
            return indices, comparison.differing(builder.elf(name, programs))
        finally:
            names.put(name)

    passed, failed = 0, []
    with ThreadPoolExecutor(options.jobs) as pool:
        for indices, (bad, compared, note) in pool.map(one, plan(options.count, options.fp, options.batch)):
            passed += compared - len(bad)
            if compared != len(indices):
                raise RuntimeError("the reference ran %d of %d programs" % (compared, len(indices)))
            if note:
                print("programs %d to %d: weft ended with %s" % (indices[0], indices[-1], note))
            failed += bad
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--weft", required=True, metavar="PATH")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--fp", type=int, default=300)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--passes", type=int, default=1, help="run each program so often (the hash is over all)")
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--dump", type=int, metavar="INDEX", help="report on one program")
    parser.add_argument("--reports", type=int, default=3, help="narrow down so many differences")
    parser.add_argument("--name", default="native", help="directory of build/tests/random to work in")
    parser.add_argument("--factor", type=float, default=1, help="multiplies the time limits")
    emulators.add_options(parser)
    options = parser.parse_args()
    asked = options.accel
    emulators.use_options(options)
    if options.seed is None:
        options.seed = secrets.randbelow(1 << 31)
    print("seed %d" % options.seed, flush=True)

    try:
        reference = emulators.reference()
        weft = emulators.weft(options.weft, options.factor, options.accel, options.test_options)
        builder = Builder(os.path.join(OUT, options.name), options.passes)
    except (emulators.Unavailable, toolchain.NoToolchain) as e:
        print("skipped: %s\n0 passed, 0 failed, %d skipped" % (e, options.count))
        return 0
    repeat = [("accel", asked), ("host", options.host), ("stress", options.stress), ("passes", options.passes)]
    comparison = Comparison(weft, reference, "".join(" --%s %s" % (n, v) for n, v in repeat if v not in (None, 1)))
    if options.dump is not None:
        print(report(builder, comparison, options.seed, make_program(options.seed, options.dump)))
        return 0

    start = time.monotonic()
    passed, failed = compare_all(options, builder, comparison)
    for index in failed[:options.reports]:
        print("program %s differs: %s" % (index, os.path.relpath(
            report(builder, comparison, options.seed, make_program(options.seed, int(index))))), flush=True)
    if len(failed) > options.reports:
        print("and programs " + " ".join(failed[options.reports:options.reports + 50]))
    print("%d programs in %.1f s, seed %d" % (passed + len(failed), time.monotonic() - start, options.seed))
    print("%d passed, %d failed, 0 skipped" % (passed, len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
