"""Builds what the benchmarks run: programs for the bare riscv64 guest, for Linux on riscv64 and i386 and for the host, all
with the same compiler, and the guests' initial ramdisks with those programs in /bench."""
import os
import re
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

from common import BENCH, GUEST, OUT, ROOT, Failure, Missing, find_script, first_line
from workloads import programs

sys.path[:0] = [os.path.join(ROOT, "tests", "guest"), os.path.join(ROOT, "scripts", "guest")]
import mkinitramfs  # noqa: E402
import toolchain  # noqa: E402

TEST_LIB = os.path.join(ROOT, "tests", "guest", "lib")
LINK_SCRIPT = os.path.join(TEST_LIB, "link.ld")
# Without it a compiler may fuse a multiplication with an addition, which rounds once, not twice.
C_FLAGS = ["-ffp-contract=off"]
# For i386: SSE2, so that doubles round as elsewhere, and the headers of the kernel that amd64's packages have.
I386 = ["--target=i386-linux-gnu", "-m32", "-march=pentium4", "-mfpmath=sse", "-I/usr/include/x86_64-linux-gnu", "-static"]
RISCV = ["--target=riscv64-linux-gnu", "-march=rv64gc", "-mabi=lp64d", "-static", "-fuse-ld=lld"]


def tools():
    """(toolchain for the bare guest, flags for it). Calls become one `jal` each, as in Debian's programs, where the linker
    can do that: ld.lld from version 15 on. Without it each is an auipc and a jalr, an indirect jump."""
    try:
        found = toolchain.find()
    except toolchain.NoToolchain as e:
        raise Missing(str(e)) from e
    relaxing = toolchain.find_tool([v for v in toolchain.versions("ld.lld") if re.search(r"-(1[5-9]|[2-9]\d)$", v)])
    if not relaxing:
        return found, []
    return toolchain.Toolchain(found.cc, [relaxing], found.full), ["-mrelax"]


def clang():
    path = toolchain.find_tool(toolchain.versions("clang"))
    if not path:
        raise Missing("no clang: make bench-deps")
    return path


def compiler_version():
    found, flags = tools()
    return " ".join([first_line([found.cc[0], "--version"]), *flags])


def compiled(command):
    """Failure with the compiler's words if it does not end well."""
    try:
        toolchain.run(command)
    except RuntimeError as e:
        raise Failure(str(e)) from e


def in_parallel(function, items):
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(items, pool.map(function, items)))


def output_folder():
    os.makedirs(OUT, exist_ok=True)
    return OUT


# ---- the CPU suite ----

def cpu_sources(name, *with_them):
    return [os.path.join(BENCH, "cpu", n) for n in (*with_them, name + ".c")]


def cpu_guest(names):
    """{name: path} of programs for the bare guest."""
    found, flags = tools()
    folder = output_folder()

    def build(name):
        elf, objects = os.path.join(folder, name + ".elf"), []
        for source in cpu_sources(name, "start.S", "guest.c"):
            obj = os.path.join(folder, "%s.%s.o" % (name, os.path.basename(source)))
            found.compile(source, obj, [*flags, *C_FLAGS, '-DBENCH_NAME="%s"' % name])
            objects.append(obj)
        found.link_elf(objects, LINK_SCRIPT, elf)
        return elf

    try:
        return in_parallel(build, names)
    except RuntimeError as e:
        raise Failure(str(e)) from e


def cpu_linux(names, suffix, flags):
    """{name: path} of programs of Linux; with no flags, of this machine."""
    cc, folder = clang(), output_folder()

    def build(name):
        path = os.path.join(folder, name + suffix)
        compiled([cc, "-O2", *flags, *C_FLAGS, '-DBENCH_NAME="%s"' % name, *cpu_sources(name, "host.c"), "-lm", "-o", path])
        return path

    return in_parallel(build, names)


def cpu_host(names):
    return cpu_linux(names, ".host", [])


# ---- microbenchmarks ----

def micro():
    """The path of the program with all of them."""
    found, flags = tools()
    folder, objects = output_folder(), []
    sources = [os.path.join(TEST_LIB, n) for n in ("crt.S", "lib.c", "paging.c")]
    sources += [os.path.join(BENCH, "micro", n) for n in ("micro.c", "kernels.S")]
    elf = os.path.join(folder, "micro.elf")
    try:
        for source in sources:
            obj = os.path.join(folder, "micro.%s.o" % os.path.basename(source))
            # kernels.S has distances that relaxation would change.
            found.compile(source, obj, ["-I" + TEST_LIB, *(flags if source.endswith(".c") else [])])
            objects.append(obj)
        found.link_elf(objects, LINK_SCRIPT, elf)
    except RuntimeError as e:
        raise Failure(str(e)) from e
    return elf


# ---- guests with programs in /bench ----

def read(path):
    with open(path, "rb") as f:
        return f.read()


def with_programs(initramfs, files, path):
    """Writes `path`: the initial ramdisk and after it another with {name: content} in /bench. Linux unpacks both."""
    cpio = mkinitramfs.Cpio()
    for folder in sorted({os.path.dirname("bench/" + name) for name in files}):
        cpio.directory(folder)
    for name, content in files.items():
        cpio.file("bench/" + name, content, 0o755)
    packed = zlib.compressobj(1, zlib.DEFLATED, 31)
    data = read(initramfs)
    with open(path, "wb") as f:
        f.write(data + b"\0" * (-len(data) % 4) + packed.compress(cpio.finish()) + packed.flush())
    return path


def tasks(suffix, flags):
    cc, path = clang(), os.path.join(output_folder(), "tasks" + suffix)
    compiled([cc, "-O2", *flags, os.path.join(BENCH, "system", "tasks.c"), "-o", path])
    return read(path)


def script():
    return read(os.path.join(BENCH, "system", "system.sh"))


def guest_riscv():
    """The path of the riscv64 guest's initial ramdisk with the system work."""
    if not os.path.exists("/usr/riscv64-linux-gnu/lib/libc.a"):
        raise Missing("no C library for programs of the guest: make bench-deps")
    if not toolchain.find_tool([v for v in toolchain.versions("ld.lld") if re.search(r"-(1[5-9]|[2-9]\d)$", v)]):
        raise Missing("no ld.lld of version 15 or newer: make bench-deps")
    return with_programs(os.path.join(GUEST, "initramfs.cpio.gz"),
                         {"tasks": tasks(".riscv64", RISCV), "system.sh": script()},
                         os.path.join(output_folder(), "riscv64.cpio.gz"))


def guest_i386():
    """(kernel, initial ramdisk with the system work and the CPU suite) of v86's guest."""
    if not os.path.exists("/usr/lib32/libc.a"):
        raise Missing("no C library for i386: make bench-deps")
    guest = find_script("guest-i386.sh")
    files = {"tasks": tasks(".i386", I386), "system.sh": script()}
    for name, path in cpu_linux(programs(), ".i386", I386).items():
        files["cpu/" + name] = read(path)
    lines = ["/bench/tasks time %s /bench/cpu/%s\n" % (name, name) for name in programs()]
    files["cpu.sh"] = "".join(lines).encode()
    initrd = with_programs(os.path.join(guest, "initramfs.cpio.gz"), files, os.path.join(output_folder(), "i386.cpio.gz"))
    return os.path.join(guest, "bzImage"), initrd
