#!/usr/bin/python3
"""Boots Debian to a shell command and powers off, contenders in turn: wall seconds of the whole process.

    bench/boot.py [--rounds 5] [--contender NAME=COMMAND]...

Default contenders: Weft's linker, per-TB compiler and interpreter under Node.js, the native interpreter, QEMU 10."""
import argparse
import os
import shlex
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GUEST = ["-m", "512M", "-nographic", "-kernel", "build/guest/Image", "-initrd", "build/guest/initramfs.cpio.gz",
         "-append", "console=ttyS0 cryptomgr.notests -- uname -m"]


def defaults():
    yield "Weft, Node.js, linker", "build/weft"
    yield "Weft, Node.js, one module per TB", "build/weft -accel tcg,jit=tb"
    yield "Weft, Node.js, interpreter", "build/weft -accel tcg,jit=off"
    yield "Weft, native, interpreter", "build/weft-native"
    found = subprocess.run(["scripts/qemu-ref.sh"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode == 0:
        yield "QEMU 10, native", found.stdout.strip() + " -M virt"
    else:
        print("# no QEMU: scripts/qemu-ref.sh failed")


def boot(command):
    start = time.monotonic()
    run = subprocess.run(shlex.split(command) + GUEST, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, timeout=300, check=False)
    seconds = time.monotonic() - start
    if run.returncode or b"GUEST-RC 0" not in run.stdout:
        sys.exit("%s: status %d\n%s" % (command, run.returncode, run.stdout[-2000:].decode(errors="replace")))
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--contender", action="append")
    options = parser.parse_args()
    contenders = [text.split("=", 1) for text in options.contender] if options.contender else list(defaults())
    times = {name: [] for name, _ in contenders}
    for number in range(options.rounds):
        for name, command in contenders:
            times[name].append(boot(command))
        print("# round %d of %d, load %.1f" % (number + 1, options.rounds, os.getloadavg()[0]), flush=True)
    first = statistics.median(times[contenders[0][0]])
    print("| | seconds (median of %d) | least | against the first |\n|---|---|---|---|" % options.rounds)
    for name, _ in contenders:
        median = statistics.median(times[name])
        print("| %s | %.2f | %.2f | %.2f |" % (name, median, min(times[name]), median / first))


if __name__ == "__main__":
    main()
