"""What is measured: a table of workloads in four groups, and how the guest programs' tables are read."""
import os
import re
from dataclasses import dataclass

from common import BENCH

GROUPS = {"boot": "Boot", "cpu": "CPU suite", "micro": "Mechanisms", "system": "System work"}
EMPTY = "cpu/empty"
NOT_PROGRAMS = {"guest", "host", "empty"}
# The three programs of the contenders that get a short list, and of `make bench-quick`.
THREE = ["cpu/bytecode", "cpu/calls", "cpu/sha256"]
QUICK = ["boot", *THREE, "micro/*"]


@dataclass
class Workload:
    """operations: how many the figure is divided by (1: seconds of the whole); 0: the guest says how many."""
    name: str
    title: str
    operations: int = 1

    @property
    def group(self):
        return self.name.split("/")[0]


# NAME: (operations, title, pattern of what it has to print)
SYSTEM = {
    "fork_exec": (100, "fork and exec of busybox", "100"),
    "shell_loop": (100000, "shell loop, an iteration", "100000"),
    "pipe": (5000, "pipe round trip", "5000"),
    "system_call": (200000, "getppid", "200000"),
    "page_fault": (16384, "page touched for the first time", "16384"),
    "gzip": (4194304, "gzip, a byte", r"\d{7}"),
    "gunzip": (4194304, "gunzip, a byte", "4194304"),
    "find": (0, "find over /sys and /proc, an entry", r"\d{4,6}"),
}


def programs():
    """The names of the CPU suite's programs."""
    names = {n[:-2] for n in os.listdir(os.path.join(BENCH, "cpu")) if n.endswith(".c")}
    return sorted(names - NOT_PROGRAMS)


def kernels():
    """[(name, operations, title)] of bench/micro/kernels.def."""
    with open(os.path.join(BENCH, "micro", "kernels.def"), encoding="utf-8") as f:
        rows = re.findall(r'^KERNEL\((\w+), \w+, \d+, (\d+), (\d+), "(.*)"\)$', f.read(), re.M)
    return [(name, int(n) * int(each), title) for name, n, each, title in rows]


def workloads():
    """{name: Workload}, in the order of the report."""
    found = [Workload("boot", "Debian from power-on to a command and off")]
    found += [Workload("cpu/" + name, name) for name in programs()]
    found += [Workload("micro/" + name, title, operations) for name, operations, title in kernels()]
    found += [Workload("system/" + name, title, operations) for name, (operations, title, _) in SYSTEM.items()]
    return {w.name: w for w in found}
