#!/usr/bin/python3
"""Runs the guest test programs on builds of Weft and compares their consoles with the reference's.

run.py [--weft PATH]... [--accel OPTIONS] [--host HOST] [--stress NAME] [--only NAME]... [--self] [--reference-only]

A program passes when it powers off with status 0 (its own checks hold) and its whole output is the
reference's, byte for byte. With --self, or when there is no reference, only the first is asked. One line of
TAP is printed for each program and build; the status is 1 if anything failed."""
import argparse
import difflib
import os
import struct
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]
import build  # noqa: E402
import emulators  # noqa: E402
import toolchain  # noqa: E402

TIMEOUT = 60

# What the reference needs for some programs: more CPU properties, more options.
# interrupts: without AIA, QEMU takes the lowest-numbered interrupt first, not the manual's order.
# counters: QEMU counts instructions exactly only with -icount.
# dmacode: QEMU's virtio-mmio has the legacy layout unless told.
REFERENCE_CPU = {"interrupts": ",smaia=on,ssaia=on"}
REFERENCE_OPTIONS = {"counters": ["-icount", "shift=0,sleep=off"],
                     "dmacode": ["-global", "virtio-mmio.force-legacy=false"]}


def code_sectors():
    """The disk of dmacode: 128 sectors of code; dmacode.c says what it is."""
    def addi(rd, rs, imm):
        return (imm & 0xfff) << 20 | rs << 15 | rd << 7 | 0x13

    ret, nop, zero, a0, a1 = 0x8067, 0x13, 0, 10, 11
    words = []
    for s in range(128):
        bnez_a0 = 0xfe051ce3  # to the second word
        words += [addi(a1, zero, 0), addi(a1, a1, s * 5 + 3), addi(a0, a0, -1), bnez_a0, addi(a0, a1, 0), ret, nop, nop]
        for j in range(60):
            words += [addi(a0, zero, (s * 61 + j * 7) % 2048), ret]
    return struct.pack("<%dI" % len(words), *words)


# Programs that have a disk, read only, and what makes its content.
DISKS = {"dmacode": code_sectors}


def disk_options(name):
    """The options that give a program its disk, if it has one."""
    if name not in DISKS:
        return []
    path = os.path.join(build.OUT, name + ".img")
    with tempfile.NamedTemporaryFile(dir=build.OUT, delete=False) as f:  # other runs may be reading the old one
        f.write(DISKS[name]())
    os.replace(f.name, path)
    return ["-drive", "file=%s,format=raw,if=none,id=disk,readonly=on" % path, "-device", "virtio-blk-device,drive=disk"]


def run_reference(reference, name, elf, options):
    extra = emulators.reference_cpu(REFERENCE_CPU.get(name, "")) + REFERENCE_OPTIONS.get(name, [])
    return reference.run_elf(elf, TIMEOUT, extra + options)


def show_difference(want, got):
    """The first lines that differ, as a list of strings."""
    want, got = (b.decode("latin-1").splitlines() for b in (want, got))
    lines = list(difflib.unified_diff(want, got, "reference", "weft", n=1, lineterm=""))
    return lines[:40] + (["..."] if len(lines) > 40 else [])


def judge(status, output, expected):
    """The reasons why a run is not good; none if it is."""
    if status is None:
        return ["did not end in time; the last lines:"] + tail(output)
    if status != 0:
        return ["ended with status %d; failed checks and the last lines:" % status] + tail(output)
    if expected is not None and output != expected:
        return ["the output differs from the reference's:"] + show_difference(expected, output)
    return []


def tail(output):
    lines = output.decode("latin-1").splitlines()
    failed = list(dict.fromkeys(line for line in lines if line.startswith("FAILED")))
    return failed[:20] + lines[-5:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--weft", action="append", default=[], metavar="PATH")
    parser.add_argument("--only", action="append", metavar="NAME")
    parser.add_argument("--self", action="store_true", help="do not compare with the reference")
    parser.add_argument("--reference-only", action="store_true", help="check the programs themselves")
    parser.add_argument("--factor", type=float, default=1, help="multiplies the time limits")
    emulators.add_options(parser)
    options = parser.parse_args()
    emulators.use_options(options)

    try:
        elfs = build.build(options.only)
        runners = [emulators.weft(p, options.factor, options.accel, options.test_options) for p in options.weft]
    except (toolchain.NoToolchain, emulators.Unavailable) as e:
        print("1..0 # SKIP %s" % e)
        return 0
    reference, missing = None, ""
    try:
        if not options.self:
            reference = emulators.reference()
    except emulators.Unavailable as e:
        missing = "not compared: %s" % e
    if options.reference_only:
        if not reference:
            print("1..0 # SKIP no reference")
            return 0
        runners = []

    def one(name):
        elf, disk, results, expected = elfs[name], disk_options(name), [], None
        if reference:
            start = time.monotonic()
            status, expected = run_reference(reference, name, elf, disk)
            results.append((reference.name, judge(status, expected, None), time.monotonic() - start))
        for weft in runners:
            start = time.monotonic()
            status, output = weft.run_elf(elf, TIMEOUT, disk)
            results.append((weft.name, judge(status, output, expected), time.monotonic() - start))
        return name, results

    number, failed = 0, 0
    with ThreadPoolExecutor(max(1, min(2, os.cpu_count() or 1))) as pool:
        for name, results in pool.map(one, elfs):
            for where, reasons, seconds in results:
                number += 1
                failed += bool(reasons)
                print("%s %d - %s on %s (%.1f s)" % ("not ok" if reasons else "ok", number, name, where, seconds))
                for line in reasons:
                    print("#   " + line)
    if not reference and not options.self:
        print("ok %d - comparison with the reference # SKIP %s" % (number + 1, missing))
        number += 1
    print("1..%d" % number)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
