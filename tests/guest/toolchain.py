"""Finds the compiler for guest code: clang and lld, 14 or newer, or gcc with binutils."""
import os
import shutil
import subprocess
import tempfile

EXTENSIONS = ["rv64imafdc_zba_zbb_zbs_zicsr_zifencei", "rv64imafdc_zba_zbb_zbs"]
PLAIN = {EXTENSIONS[0]: "rv64imafdc_zicsr_zifencei", EXTENSIONS[1]: "rv64imafdc"}
COMMON = ["-mabi=lp64d", "-mcmodel=medany", "-nostdlib", "-ffreestanding", "-mno-relax"]
C_FLAGS = ["-O2", "-std=gnu11", "-Wall", "-Wno-main", "-fno-pic", "-fno-builtin",
           "-fno-stack-protector", "-fno-asynchronous-unwind-tables"]


class NoToolchain(Exception):
    """No compiler that can make guest programs; the text says what to install."""


class Toolchain:
    """full: the -march with all extensions, for assembly. plain: without Zb*, for the C of the tests
    (so that the expected values are not computed by the instruction under test)."""

    def __init__(self, cc, link, march):
        self.cc, self.link = cc, link
        self.full, self.plain = march, PLAIN[march]

    def compile(self, source, obj, defines=()):
        march = self.plain if source.endswith(".c") else self.full
        flags = C_FLAGS if source.endswith(".c") else []
        run(self.cc + COMMON + flags + ["-march=" + march, *defines, "-c", source, "-o", obj])

    def link_elf(self, objects, script, elf):
        run(self.link + ["-T", script, "-o", elf, *objects])


def run(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        raise RuntimeError(" ".join(command) + "\n" + result.stdout)
    return result.stdout


def find_tool(names):
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    return None


def versions(tool):
    return [tool + "-%d" % n for n in range(30, 13, -1)] + [tool]


def candidates():
    for clang in versions("clang"):
        suffix = clang[5:]
        lld = find_tool(["ld.lld" + suffix] + versions("ld.lld"))
        if shutil.which(clang) and lld:
            yield [shutil.which(clang), "--target=riscv64", "-Wno-unused-command-line-argument"], [lld]
    for prefix in ("riscv64-linux-gnu-", "riscv64-unknown-elf-"):
        if shutil.which(prefix + "gcc") and shutil.which(prefix + "ld"):
            yield [shutil.which(prefix + "gcc")], [shutil.which(prefix + "ld"), "--no-warn-rwx-segments"]


def find():
    with tempfile.TemporaryDirectory() as tmp:
        source = os.path.join(tmp, "probe.S")
        with open(source, "w") as f:
            f.write("andn a0, a1, a2\nsh1add a0, a1, a2\nbset a0, a1, a2\ncsrr a0, mstatus\nfence.i\n")
        for cc, link in candidates():
            for march in EXTENSIONS:
                try:
                    Toolchain(cc, link, march).compile(source, os.path.join(tmp, "probe.o"))
                    return Toolchain(cc, link, march)
                except RuntimeError:
                    continue
    raise NoToolchain("no compiler for RISC-V guest code: install clang and lld (14 or newer)"
                      " or gcc-riscv64-linux-gnu")


def objdump():
    """llvm-objdump, or None."""
    return find_tool(versions("llvm-objdump") + ["riscv64-linux-gnu-objdump"])
