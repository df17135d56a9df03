#!/usr/bin/env python3
"""Writes the guest's initramfs: busybox with a link for each applet, /init, and kernel modules.

The archive is made here, entry by entry, and not by cpio(1) from a directory: everything belongs to root whoever
runs this, times are zero and the order is fixed, so the same input gives the same bytes; and /dev/console, without
which the kernel gives /init no standard output, needs no right to make device nodes.

    mkinitramfs.py --busybox FILE --init FILE --modules DIR --output FILE

DIR is what belongs at /lib/modules/VERSION and is named so: .../VERSION. Modules stay compressed: a boot that loads
none must not pay for unpacking them.
"""

import argparse
import os
import stat
import sys
import zlib

DIRECTORIES = ["bin", "dev", "etc", "lib", "lib/modules", "mnt", "proc", "root", "run", "sbin", "sys", "tmp"]

# `mount` without -t tries these, in this order; the name makes the kernel load the module.
FILES = {"etc/filesystems": b"ext4\n", "etc/passwd": b"root::0:0:root:/root:/bin/sh\n", "etc/group": b"root:x:0:\n"}


class Cpio:
    """An archive in the "newc" format."""

    def __init__(self):
        self.parts = []
        self.inode = 0

    def add(self, name, mode, data=b"", rdev=(0, 0)):
        self.inode += 1
        raw = name.encode() + b"\0"
        links = 2 if stat.S_ISDIR(mode) else 1
        fields = [self.inode, mode, 0, 0, links, 0, len(data), 0, 0, rdev[0], rdev[1], len(raw), 0]
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + raw
        for part in (head, data):
            self.parts += [part, b"\0" * (-len(part) % 4)]

    def directory(self, name):
        self.add(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        self.add(name, stat.S_IFREG | mode, data)

    def symlink(self, name, target):
        self.add(name, stat.S_IFLNK | 0o777, target.encode())

    def finish(self):
        self.inode = -1  # the trailer is inode 0
        self.add("TRAILER!!!", 0)
        return b"".join(self.parts)


def applets(busybox):
    """The applets' names stand in the program one after another, sorted, the first two being [ and [[."""
    start = busybox.find(b"[\0[[\0")
    if start < 0:
        sys.exit("mkinitramfs.py: no table of applets found in the busybox program")
    end = busybox.index(b"\0\0", start)
    return [n.decode() for n in busybox[start:end].split(b"\0") if n != b"busybox"]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def gzip(data):
    # zlib's own gzip header has no time and no name, unlike the gzip module's.
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    return z.compress(data) + z.flush()


def build(args):
    cpio = Cpio()
    for d in DIRECTORIES:
        cpio.directory(d)
    cpio.add("dev/console", stat.S_IFCHR | 0o600, rdev=(5, 1))
    cpio.file("init", read(args.init), 0o755)
    for name, data in FILES.items():
        cpio.file(name, data)

    busybox = read(args.busybox)
    cpio.file("bin/busybox", busybox, 0o755)
    for name in applets(busybox):
        cpio.symlink("bin/" + name, "busybox")
    # The place where the kernel looks for it.
    cpio.symlink("sbin/modprobe", "../bin/busybox")

    top = args.modules.rstrip("/")
    base = "lib/modules/" + os.path.basename(top)
    for path, dirs, files in os.walk(top):
        dirs.sort()
        inside = os.path.relpath(path, top)
        here = base if inside == "." else base + "/" + inside
        cpio.directory(here)
        for name in sorted(files):
            cpio.file(here + "/" + name, read(os.path.join(path, name)))
    return gzip(cpio.finish())


def main():
    parser = argparse.ArgumentParser(description="Writes the guest's initramfs.")
    for option in ("--busybox", "--init", "--modules", "--output"):
        parser.add_argument(option, required=True)
    args = parser.parse_args()
    image = build(args)
    if os.path.exists(args.output) and read(args.output) == image:
        return
    temporary = args.output + ".tmp"
    with open(temporary, "wb") as f:
        f.write(image)
    os.replace(temporary, args.output)


if __name__ == "__main__":
    main()
