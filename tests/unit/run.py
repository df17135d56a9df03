#!/usr/bin/python3
"""Builds and runs the unit tests of a build directory: run.py BUILD_DIR [--seed N] [--only NAME]...

Each program's GLib test cases come out as one stream of TAP; a crash counts as one failed case."""
import argparse
import os
import re
import subprocess
import sys

TIMEOUT = 300
# Programs with options and output of their own; tests/run starts them.
OTHERS = {"test-opt-random", "test-tci-random"}


def programs(build):
    folder = os.path.join(build, "tests")
    names = sorted(n for n in os.listdir(folder) if n.startswith("test-")
                   and os.path.isfile(os.path.join(folder, n)) and os.access(os.path.join(folder, n), os.X_OK))
    return [n for n in names if n not in OTHERS]


def run(path, seed):
    """(cases, log): cases are (ok, name, is skipped)."""
    environment = dict(os.environ)
    if seed is not None:
        environment["WEFT_SEED"] = str(seed)
    try:
        result = subprocess.run([path, "--tap"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                timeout=TIMEOUT, env=environment, check=False)
        output, status = result.stdout.decode("utf-8", "replace"), result.returncode
    except subprocess.TimeoutExpired as e:
        output, status = (e.stdout or b"").decode("utf-8", "replace"), "timeout"
    cases = []
    for line in output.splitlines():
        match = re.match(r"(not )?ok \d+ *-? *(\S*)(.*)", line)
        if match:
            cases.append((not match[1], match[2], "# SKIP" in match[3]))
    if status != 0 and all(ok for ok, _, _ in cases):
        cases.append((False, "ended with %s" % status, False))
    if not cases:
        cases.append((False, "no test cases", False))
    return cases, output


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--only", action="append")
    options = parser.parse_args()
    if not os.path.exists(os.path.join(options.build, "build.ninja")):
        print("1..0 # SKIP %s is not configured" % options.build)
        return 0
    targets = ["tests/" + name for name in options.only] if options.only else ["test-programs"]
    made = subprocess.run(["ninja", "-C", options.build, *targets], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if made.returncode:
        print("not ok 1 - build of the test programs")
        print("\n".join("#   " + line for line in made.stdout.splitlines()[-40:]))
        print("1..1")
        return 1
    number, failed = 0, False
    names = [n for n in programs(options.build) if not options.only or n in options.only]
    for name in names:
        cases, output = run(os.path.join(options.build, "tests", name), options.seed)
        bad = False
        for ok, case, skipped in cases:
            number += 1
            bad |= not ok
            print("%s %d - %s %s%s" % ("ok" if ok else "not ok", number, name, case, " # SKIP" if skipped else ""))
        if bad:
            failed = True
            print("\n".join("#   " + line for line in output.splitlines()[-30:]))
    print("1..%d" % number)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
