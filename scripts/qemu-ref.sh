#!/bin/sh
# Prints the path of a qemu-system-riscv64 of version 10 or newer: the independent reference of the tests and one of the
# peers of the benchmarks. With --user: of qemu-riscv64, which runs a single program.
# It is Debian 13's, unpacked in the cache with its libraries and run through its own ld.so.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/common.sh"
. "$here/lib/debian.sh"
. "$here/lib/ldso.sh"

suite=trixie
program=qemu-system-riscv64
case $# in
0) ;;
1)
    [ "$1" = --user ] || die "unknown option '$1'"
    program=qemu-riscv64
    ;;
*) die "usage: qemu-ref.sh [--user]" ;;
esac

# System QEMU opens nothing here but serial ports and files: of its modules and their many libraries none is loaded.
make_qemu() {
    arch=$(dpkg --print-architecture)
    fetch_closure qemu $suite "$arch" qemu-system-riscv qemu-user
    unpack_root "$debs"
    # Builds for other guests, and plug-in modules, which would ask for the system's libraries.
    find "$out/root/usr/bin" -type f ! -name qemu-system-riscv64 ! -name qemu-riscv64 -delete
    rm -rf "$out"/root/usr/lib/*/qemu "$out/root/usr/sbin" "$out/root/var"
    wrap qemu-system-riscv64 -L '"$r/usr/share/qemu"'
    wrap qemu-riscv64
    "$out/bin/qemu-system-riscv64" --version
    "$out/bin/qemu-riscv64" --version
    "$out/bin/qemu-system-riscv64" -M help | grep -q '^virt ' || die "qemu-system-riscv64 has no machine 'virt'"
}

artefact qemu "$(hash_of "$0" "$here/lib/ldso.sh")" "QEMU of Debian $suite, the reference" make_qemu
echo "$art/bin/$program"
