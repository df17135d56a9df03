#!/bin/sh
# libs.sh SDK-DIRECTORY NODE: cross-compiles the libraries that Weft needs for wasm64, each into a prefix of its own in
# the cache, and prints the value for PKG_CONFIG_LIBDIR. Both wasm64 hosts use the same objects: only the link differs.
#
# libs/NAME.sh is the recipe of one library: $source (suite, source package, file pattern) and the function build,
# which runs in the unpacked source and installs below $DESTDIR$prefix.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/common.sh"
. "$here/../lib/debian.sh"

[ $# -eq 2 ] || die "usage: libs.sh SDK-DIRECTORY NODE"
sdk=$1 node=$2
. "$sdk/env.sh"

# No library here is C++.
cross_cflags="-O2 -m64 -pthread"
cross_ldflags="$cross_cflags -sDEFAULT_TO_CXX=0"
export CFLAGS="$cross_cflags" LDFLAGS="$cross_ldflags"
unset CC CXX CPP CPPFLAGS CXXFLAGS AR LD NM RANLIB PKG_CONFIG_PATH

# Meson of the same suite as GLib: Debian 12's is too old for it. It is plain Python and runs where it is unpacked.
make_meson() {
    fetch_debs meson trixie all meson
    dpkg-deb -x "$debs"/meson_*.deb "$weft_tmp/meson"
    mv "$weft_tmp/meson/usr/share/meson" "$out/share" 2>/dev/null || mkdir "$out/share"
    mkdir "$out/lib"
    mv "$weft_tmp/meson/usr/lib/python3/dist-packages/mesonbuild" "$out/lib"
    cat >"$out/meson" <<EOF
#!/bin/sh
PYTHONPATH='$art/lib' exec python3 -m mesonbuild.mesonmain "\$@"
EOF
    chmod +x "$out/meson"
    PYTHONPATH=$out/lib python3 -m mesonbuild.mesonmain --version
}

# For libraries that are built with Meson.
meson_cross_file() {
    cat <<EOF
[binaries]
c = 'emcc'
cpp = 'em++'
ar = 'emar'
ranlib = 'emranlib'
pkg-config = 'pkg-config'
exe_wrapper = '$node'
[host_machine]
system = 'emscripten'
cpu_family = 'wasm64'
cpu = 'wasm64'
endian = 'little'
[built-in options]
c_args = [$(quoted $cross_cflags)]
c_link_args = [$(quoted $cross_ldflags)]
default_library = 'static'
prefix = '$prefix'
libdir = 'lib'
wrap_mode = 'nodownload'
EOF
}

# quoted WORD...: 'WORD', 'WORD', ...
quoted() {
    printf "'%s', " "$@"
}

cross_meson() {
    meson_cross_file >"$weft_tmp/cross.ini"
    # A wasm library brings its own pkg-config path; the flags are in the cross file, not to be added twice.
    (unset CFLAGS LDFLAGS && "$meson" setup build --cross-file "$weft_tmp/cross.ini" --buildtype=plain "$@")
}

# Writes NAME.pc for a library that brings none.
write_pc() {
    mkdir -p "$DESTDIR$prefix/lib/pkgconfig"
    cat >"$DESTDIR$prefix/lib/pkgconfig/$1.pc" <<EOF
prefix=$prefix
libdir=\${prefix}/lib
includedir=\${prefix}/include
Name: $1
Description: $1
Version: $2
Libs: -L\${libdir} -l${1#lib}
Cflags: -I\${includedir}
EOF
}

make_lib() {
    # shellcheck disable=SC2086
    fetch_source "$lib" $source
    mkdir "$weft_tmp/source"
    tar -C "$weft_tmp/source" --strip-components=1 --no-same-owner -xf "$tarball"
    cd "$weft_tmp/source"
    export DESTDIR="$weft_tmp/dest" PKG_CONFIG_LIBDIR="$libdir"
    prefix=$art
    build
    # Installed as for its final place, moved there as a whole.
    rmdir "$out"
    mv "$DESTDIR$prefix" "$out"
    rm -rf "$out/share" "$out/bin"
}

artefact meson "$(hash_of "$here/libs.sh")" "Meson of Debian trixie" make_meson
meson=$art/meson
libdir=
below=$sdk
for lib in zlib libffi pcre2 pixman libfdt glib; do
    recipe=$here/libs/$lib.sh
    . "$recipe"
    # A library is made again when one that it may use was.
    key=$(hash_of "$here/libs.sh" "$recipe" -- "$below")
    artefact "wasm64-$lib" "$key" "$lib for wasm64" make_lib
    case $lib in
    zlib | libffi | pcre2) below="$below $art" ;;
    esac
    libdir=${libdir:+$libdir:}$art/lib/pkgconfig
done
echo "$libdir"
