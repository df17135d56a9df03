#!/usr/bin/python3
"""Builds the guest test programs: tests/guest/progs/NAME.c and NAME.S become build/tests/guest/NAME.elf.

build.py [NAME...] builds what is out of date and prints the path of each program."""
import contextlib
import fcntl
import os
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
import toolchain  # noqa: E402

OUT = os.path.join(ROOT, "build", "tests", "guest")
LIB = os.path.join(HERE, "lib")
PROGS = os.path.join(HERE, "progs")


def newest(paths):
    return max(os.path.getmtime(p) for p in paths)


def tree(folder, suffixes):
    return sorted(os.path.join(folder, n) for n in os.listdir(folder) if n.endswith(suffixes))


def programs():
    return sorted(n[:-2] for n in os.listdir(PROGS) if n.endswith(".c"))


def build_library(tools, out, rules):
    """Compiles lib/; the objects."""
    objects = []
    for source in tree(LIB, (".c", ".S")):
        obj = os.path.join(out, "lib", os.path.basename(source) + ".o")
        if not os.path.exists(obj) or os.path.getmtime(obj) < newest([source] + rules):
            tools.compile(source, obj + ".new")
            os.replace(obj + ".new", obj)
        objects.append(obj)
    return objects


@contextlib.contextmanager
def locked(out):
    """Runs on several builds of Weft share the programs."""
    with open(os.path.join(out, "lock"), "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def build_program(tools, out, name, lib_objects, rules):
    elf = os.path.join(out, name + ".elf")
    sources = [os.path.join(PROGS, name + s) for s in (".c", ".S")]
    sources = [s for s in sources if os.path.exists(s)]
    if os.path.exists(elf) and os.path.getmtime(elf) >= newest(sources + lib_objects + rules):
        return elf
    objects = []
    for source in sources:
        obj = os.path.join(out, "obj", os.path.basename(source) + ".o")
        tools.compile(source, obj, ["-I" + LIB])
        objects.append(obj)
    tools.link_elf(lib_objects + objects, os.path.join(LIB, "link.ld"), elf + ".new")
    os.replace(elf + ".new", elf)
    return elf


def build(names=None, out=OUT):
    """Builds the named programs (all when None); their paths by name. Raises NoToolchain, RuntimeError."""
    tools = toolchain.find()
    for folder in ("lib", "obj"):
        os.makedirs(os.path.join(out, folder), exist_ok=True)
    rules = tree(LIB, (".h", ".ld")) + tree(PROGS, (".h", ".inc")) + tree(HERE, (".py",))
    rules = [r for r in rules if not r.endswith("run.py")]
    names = names or programs()
    with locked(out), ThreadPoolExecutor(os.cpu_count()) as pool:
        lib_objects = build_library(tools, out, rules)
        elfs = pool.map(lambda n: build_program(tools, out, n, lib_objects, rules), names)
        return dict(zip(names, elfs))


if __name__ == "__main__":
    try:
        for elf in build(sys.argv[1:]).values():
            print(os.path.relpath(elf))
    except (toolchain.NoToolchain, RuntimeError) as e:
        sys.exit("build.py: %s" % e)
