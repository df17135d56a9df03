#!/bin/sh
# Prints the path of the newest qemu-system-riscv64 that Debian has, that of sid: a peer of the benchmarks. It is unpacked
# in the cache with its libraries and run through its own ld.so. With --find only what is there already counts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/common.sh"
. "$here/../lib/debian.sh"
. "$here/../lib/ldso.sh"

suite=sid

# Its modules are not loaded (see scripts/qemu-ref.sh).
make_qemu() {
    fetch_closure qemu-newest $suite "$(dpkg --print-architecture)" qemu-system-riscv
    unpack_root "$debs"
    find "$out/root/usr/bin" -type f ! -name qemu-system-riscv64 -delete
    rm -rf "$out"/root/usr/lib/*/qemu "$out/root/usr/sbin" "$out/root/var"
    wrap qemu-system-riscv64 -L '"$r/usr/share/qemu"'
    "$out/bin/qemu-system-riscv64" --version
    "$out/bin/qemu-system-riscv64" -M help | grep -q '^virt ' || die "qemu-system-riscv64 has no machine 'virt'"
}

key=$(hash_of "$0" "$here/../lib/ldso.sh")
if [ "${1:-}" = --find ] && [ ! -d "$weft_cache/qemu-newest-$key" ]; then
    die "QEMU of Debian $suite has not been fetched: make bench-deps"
fi
artefact qemu-newest "$key" "QEMU of Debian $suite" make_qemu
echo "$art/bin/qemu-system-riscv64"
