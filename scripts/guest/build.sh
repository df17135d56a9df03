#!/bin/sh
# build.sh DIRECTORY: leaves a bootable guest in DIRECTORY, from Debian 13's riscv64 packages:
#   Image  config  initramfs.cpio.gz  fw_dynamic.bin  fw_jump.bin
# The packages and what is taken from them stay in the cache; a second run only compares.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/common.sh"
. "$here/../lib/debian.sh"

[ $# -eq 1 ] || die "usage: build.sh DIRECTORY"

suite=trixie
# What the initramfs carries, dependencies not counted.
modules="virtio_mmio virtio_blk virtio_net virtio-rng crc32c_generic ext4 9pnet_virtio 9p overlay squashfs"

# member DEB PATTERN...: the members of a package that match, below $weft_tmp/root.
member() {
    member_deb=$1
    shift
    dpkg-deb --fsys-tarfile "$member_deb" | tar -C "$weft_tmp/root" -xf - --no-same-owner --wildcards "$@"
}

make_parts() {
    mkdir "$weft_tmp/root"
    fetch_debs guest $suite riscv64 @linux-image-riscv64 busybox-static opensbi
    member "$debs"/linux-image-*.deb './boot/vmlinux-*' './boot/config-*' './*/modules/*'
    member "$debs"/busybox-static_*.deb './*/busybox'
    member "$debs"/opensbi_*.deb './usr/lib/riscv64-linux-gnu/opensbi/generic/*.bin'

    cd "$weft_tmp/root"
    cp boot/vmlinux-* "$out/Image"
    cp boot/config-* "$out/config"
    [ "$(dd if="$out/Image" bs=1 skip=56 count=3 2>/dev/null)" = RSC ] ||
        die "the kernel of $suite is no flat RISC-V Image"
    cp usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin \
        "$out"
    find . -path '*/bin/busybox' -exec cp {} "$out/busybox" \;
    pick_modules
}

# The chosen modules with what they depend on, and the tables that modprobe reads, made by depmod for these alone.
pick_modules() {
    version=$(ls -d usr/lib/modules/* lib/modules/* 2>/dev/null | head -n 1)
    version=${version##*/}
    find . -name '*.ko*' >"$weft_tmp/all"
    picked=$out/modules/lib/modules/$version
    mkdir -p "$picked"
    for m in $modules; do
        pick "$m"
    done
    cp "$(find . -name modules.builtin)" "$(find . -name modules.order)" "$picked"
    # Signatures are of no use here; names of symbols are, because depmod finds the dependencies by them.
    depmod -b "$out/modules" "$version"
    mv "$picked" "$weft_tmp/picked"
    rm -rf "$out/modules"
    mkdir "$out/modules"
    mv "$weft_tmp/picked" "$out/modules/$version"
    cd "$out/modules/$version"
    rm -f modules.*.bin modules.builtin* modules.order modules.devname modules.symbols modules.weakdep
}

# pick MODULE: copies it and, by its own account, everything it depends on.
pick() {
    file=$(grep -e "/$1\.ko" "$weft_tmp/all" || grep -e "/$(echo "$1" | tr _- -_)\.ko" "$weft_tmp/all" ||
        grep -e "/$(echo "$1" | tr - _)\.ko" "$weft_tmp/all") || die "the kernel of $suite has no module '$1'"
    [ -e "$picked/${file##*/}" ] && return
    cp "$file" "$picked"
    # shellcheck disable=SC2046
    for needed in $(modinfo -F depends "$file" | tr , ' '); do
        pick "$needed"
    done
}

command -v depmod >/dev/null || PATH=$PATH:/sbin:/usr/sbin
command -v depmod >/dev/null || die "depmod not found (Debian package kmod)"
artefact guest "$(hash_of "$0")" "guest: kernel, busybox and firmware of Debian $suite, riscv64" make_parts

mkdir -p "$1"
for f in Image config fw_dynamic.bin fw_jump.bin; do
    if ! cmp -s "$art/$f" "$1/$f"; then
        cp "$art/$f" "$1/$f.tmp"
        mv "$1/$f.tmp" "$1/$f"
    fi
done
python3 "$here/mkinitramfs.py" --busybox "$art/busybox" --init "$here/init" --modules "$art"/modules/* \
    --output "$1/initramfs.cpio.gz"
