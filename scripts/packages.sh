#!/bin/sh
# packages.sh GROUP...: sees to the Debian packages that a group of steps needs: native, wasm, guest, check, bench, browsers.
# As root on Debian the missing ones are installed; otherwise all of them are named in one message.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/common.sh"

missing=

# need TEST PACKAGE...: TEST is c:COMMAND, p:PKG-CONFIG-MODULE, h:HEADER or f:FILE.
need() {
    need_what=${1#?:}
    case $1 in
    c:*) command -v "$need_what" >/dev/null && return ;;
    p:*) pkg-config --exists "$need_what" 2>/dev/null && return ;;
    h:*) [ -e "/usr/include/$need_what" ] || [ -e "/usr/local/include/$need_what" ] && return ;;
    f:*) [ -e "$need_what" ] && return ;;
    esac
    shift
    for p in "$@"; do
        case " $missing " in
        *" $p "*) ;;
        *) missing="$missing $p" ;;
        esac
    done
}

# Programs of /sbin are used although a user's PATH may not have it.
PATH=$PATH:/usr/sbin:/sbin
for group in "$@"; do
    need c:python3 python3
    case $group in
    native)
        need c:cc gcc libc6-dev
        need c:pkg-config pkg-config
        need c:meson meson
        need c:ninja ninja-build
        need p:glib-2.0 libglib2.0-dev
        need p:libffi libffi-dev
        need p:pixman-1 libpixman-1-dev
        need p:zlib zlib1g-dev
        need h:libfdt.h libfdt-dev
        ;;
    wasm)
        need c:pkg-config pkg-config
        need c:meson meson
        need c:ninja ninja-build
        # What the libraries' own builds call.
        need c:cc gcc libc6-dev
        need c:make make
        need c:autoreconf autoconf automake
        need c:libtoolize libtool
        need f:/usr/share/aclocal/ltdl.m4 libltdl-dev
        need c:cpio cpio
        need c:xz xz-utils
        need f:/usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
        if ! "$here/toolchain/sdk.sh" --find >/dev/null; then
            need f:/usr/lib/llvm-22/bin/clang clang-22
            need f:/usr/lib/llvm-22/bin/wasm-ld lld-22
            need f:/usr/lib/llvm-22/bin/llvm-ar llvm-22
            need c:npm npm
        fi
        "$here/toolchain/node.sh" --find >/dev/null || need c:npm npm
        ;;
    guest)
        need c:depmod kmod
        need c:xz xz-utils
        need f:/usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
        ;;
    check)
        need c:clang-format clang-format
        need c:clang clang
        need c:ld.lld lld
        need c:llvm-objcopy llvm
        need c:mke2fs e2fsprogs
        need c:e2fsck e2fsprogs
        need c:git git
        ;;
    bench)
        # Programs for Linux on riscv64 and i386; older versions of ld.lld cannot link the former.
        need f:/usr/lib/llvm-22/bin/clang clang-22
        need f:/usr/lib/llvm-22/bin/ld.lld lld-22
        need f:/usr/riscv64-linux-gnu/lib/libc.a libc6-dev-riscv64-cross
        need f:/usr/lib/gcc-cross/riscv64-linux-gnu libgcc-12-dev-riscv64-cross
        need f:/usr/lib32/libc.a libc6-dev-i386
        need f:/usr/lib/gcc/x86_64-linux-gnu/12/32/libgcc.a lib32gcc-12-dev
        need c:qemu-system-riscv64 qemu-system-misc
        need c:npm npm
        ;;
    browsers)
        need c:chromium chromium
        need c:firefox-esr firefox-esr
        need c:npm npm
        ;;
    *) die "unknown group '$group'" ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    die "missing Debian packages:$missing"
fi

install() {
    apt-get -q -oDPkg::Lock::Timeout=600 update
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -oDPkg::Lock::Timeout=600 install --no-install-recommends $missing
}
mkdir -p "$weft_cache/locks"
exec 9>"$weft_cache/locks/apt"
flock 9
run_logged "$weft_cache/log/packages.log" "apt-get install$missing" install
