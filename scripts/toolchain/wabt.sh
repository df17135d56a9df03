#!/bin/sh
# Prints a directory with wasm-validate, wasm-objdump, wasm2wat and wat2wasm of wabt 1.0.41 or newer. Older ones, Debian
# 12's too, reject `return_call_indirect` on a table with 64-bit indices.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/common.sh"
. "$here/../lib/debian.sh"
. "$here/../lib/ldso.sh"

suite=forky
tools="wasm-validate wasm-objdump wasm2wat wat2wasm"

make_wabt() {
    fetch_closure wabt $suite "$(dpkg --print-architecture)" wabt
    unpack_root "$debs"
    rm -rf "$out/root/usr/share"
    for t in $tools; do
        wrap "$t"
    done
    version=$("$out/bin/wasm-validate" --version)
    case $version in
    1.0.[0-9] | 1.0.[0-3][0-9] | 1.0.40) die "wabt of $suite is $version: 1.0.41 or newer is needed" ;;
    esac
}

artefact wabt "$(hash_of "$0" "$here/../lib/ldso.sh")" "wabt of Debian $suite" make_wabt
echo "$art/bin"
