#!/bin/sh
# Prints the directory of v86's guest: Debian's i386 kernel (bzImage; the last Debian that has one) and an initramfs like
# that of the riscv64 guest, with the same /init. With --find only what is there already counts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/common.sh"
. "$here/../lib/debian.sh"

suite=bookworm
guest=$here/../guest

make_guest() {
    fetch_debs guest-i386 $suite i386 @linux-image-686 busybox-static
    mkdir "$weft_tmp/root"
    for deb in "$debs"/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -C "$weft_tmp/root" -xf - --no-same-owner --wildcards './boot/vmlinuz-*' \
            './bin/busybox' 2>/dev/null || true
    done
    set -- "$weft_tmp"/root/boot/vmlinuz-*
    [ -e "$1" ] || die "the kernel package of $suite has no boot/vmlinuz-*"
    [ -e "$weft_tmp/root/bin/busybox" ] || die "busybox-static of $suite has no bin/busybox"
    cp "$1" "$out/bzImage"
    echo "${1##*/vmlinuz-}" >"$out/version"
    # No modules: everything that this guest needs is built in.
    mkdir -p "$weft_tmp/modules/none"
    python3 "$guest/mkinitramfs.py" --busybox "$weft_tmp/root/bin/busybox" --init "$guest/init" \
        --modules "$weft_tmp/modules/none" --output "$out/initramfs.cpio.gz"
}

key=$(hash_of "$0" "$guest/init" "$guest/mkinitramfs.py")
if [ "${1:-}" = --find ] && [ ! -d "$weft_cache/guest-i386-$key" ]; then
    die "the i386 guest has not been made: make bench-deps"
fi
artefact guest-i386 "$key" "guest: kernel and busybox of Debian $suite, i386" make_guest
echo "$art"
