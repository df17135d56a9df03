#!/bin/sh
# Prints the directory of v86: node_modules/v86 from npm, and bios.bin and vgabios.bin, which the package lacks, from
# Debian's seabios. With --find only what is there already counts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/common.sh"
. "$here/../lib/debian.sh"

version=0.5.462
suite=bookworm

make_v86() {
    npm install --prefix "$out" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error "v86@$version"
    fetch_debs seabios $suite "$(dpkg --print-architecture)" seabios
    mkdir "$weft_tmp/seabios"
    dpkg-deb --fsys-tarfile "$debs"/seabios_*.deb | tar -C "$weft_tmp/seabios" -xf - --wildcards './usr/share/seabios/*'
    cp "$weft_tmp/seabios/usr/share/seabios/bios.bin" "$out/bios.bin"
    cp "$weft_tmp/seabios/usr/share/seabios/vgabios-stdvga.bin" "$out/vgabios.bin"
    [ -e "$out/node_modules/v86/build/v86.wasm" ] || die "v86 $version has no build/v86.wasm"
}

key=$(hash_of "$0")
if [ "${1:-}" = --find ] && [ ! -d "$weft_cache/v86-$key" ]; then
    die "v86 has not been fetched: make bench-deps"
fi
artefact v86 "$key" "v86 $version from npm" make_v86
echo "$art"
