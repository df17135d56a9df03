"""System tests of the compiled modes. They run in those only, by name (run.py --only) or all (--compiled)."""
import json
import os
import re
import time

from console import Failure, Skip
from setup import ROOT, check, run_to_end, test

NATIVE = os.path.join(ROOT, "build", "weft-native")
ICOUNT_COMMANDS = "uname -a; sha256sum /bin/busybox; cat /proc/uptime; date"
# GUEST-RC has to come within these; every TB being compiled is slow.
EVERY_TB = "threshold=1,max-instances=60000"


def statistics(path):
    with open(path) as f:
        return json.load(f)


def boot_with_statistics(setup, do, *options, **how):
    """(console bytes, what -jit-stats says)"""
    path = os.path.join(setup.tmp, "stats.json")
    output = run_to_end(setup, do, "-jit-stats", path, *options, **how)
    return output, statistics(path)


@test
def icount_equal(setup):
    """-icount: the same console bytes and the same hash of RAM and CPU state, interpreted and compiled."""
    modes = [("interpreter", setup.weft, "tcg,jit=off"),
             ("threshold=100", setup.weft, setup.compiled(threshold=100))]
    if os.access(NATIVE, os.X_OK):
        modes.insert(0, ("native interpreter", NATIVE, "tcg,jit=off"))
    if not setup.sample:
        modes.append(("every TB", setup.weft, setup.compiled(threshold=1, max_instances=EVERY_TB_INSTANCES)))
    first = None
    for name, weft, accel in modes:
        state, path = (os.path.join(setup.tmp, n) for n in ("state", "stats.json"))
        output = run_to_end(setup, ICOUNT_COMMANDS, "-icount", "shift=3", "-test", "state-hash=" + state,
                            "-jit-stats", path, weft=weft, accel=accel, seconds=60 if "=" in accel[8:] else 60)
        with open(state) as f:
            end = f.read().strip()
        check(end, "%s: the state hash is empty" % name)
        if accel != "tcg,jit=off":
            share = compiled_share(statistics(path))
            check(share > 0.3, "%s: only %.0f%% of the instructions ran in compiled code" % (name, 100 * share))
        if first is None:
            first = name, output, end
            continue
        if output != first[1]:
            lines = list(zip(first[1].splitlines(), output.splitlines()))
            number = next((n for n, (a, b) in enumerate(lines) if a != b), len(lines))
            raise Failure("console bytes differ, line %d: %s %r, %s %r"
                          % (number + 1, first[0], first[1].splitlines()[number:number + 1], name,
                             output.splitlines()[number:number + 1]))
        check(end == first[2], "state hashes differ: %s %s, %s %s" % (first[0], first[2], name, end))


def compiled_share(stats):
    return stats["insns_compiled_code"] / max(1, stats["guest_insns"])
