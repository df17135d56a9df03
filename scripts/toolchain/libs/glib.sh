# GLib: libglib only. GObject would need function-pointer-cast emulation, and Weft does without it.
source="trixie glib2.0 glib2.0_2.84.*.orig.tar.xz"

build() {
    # Its configure insists on a resolver library, which only GIO uses.
    mkdir "$weft_tmp/resolv"
    echo 'int res_query(void) { return -1; }' >"$weft_tmp/resolv/resolv.c"
    (cd "$weft_tmp/resolv" && emcc $cross_cflags -c resolv.c && emar rcs libresolv.a resolv.o)
    cross_ldflags="$cross_ldflags -L$weft_tmp/resolv"

    cross_meson -Dselinux=disabled -Dxattr=false -Dlibmount=disabled -Dnls=disabled -Dtests=false \
        -Dglib_debug=disabled -Dglib_assert=false -Dglib_checks=false -Dintrospection=disabled -Dman-pages=disabled

    # Emscripten's C library declares these and links them, but they always fail at run time.
    for missing in CLOSE_RANGE EPOLL_CREATE EPOLL_CREATE1 KQUEUE POSIX_SPAWN FALLOCATE PIDFD PTHREAD_GETNAME_NP; do
        sed -i "s/^#define HAVE_$missing\$/#undef HAVE_$missing/; s/^#define HAVE_$missing 1\$/#undef HAVE_$missing/" build/config.h
    done
    ninja -C build glib/libglib-2.0.a

    # By hand: installing through Meson would build GObject and GIO first.
    to=$DESTDIR$prefix
    mkdir -p "$to/lib/pkgconfig" "$to/lib/glib-2.0/include" "$to/include/glib-2.0/glib"
    cp build/glib/libglib-2.0.a "$to/lib"
    cp build/glib/glibconfig.h "$to/lib/glib-2.0/include"
    cp glib/glib.h glib/glib-unix.h "$to/include/glib-2.0"
    (cd glib && find . -name '*.h' | cpio -pdm --quiet "$to/include/glib-2.0/glib")
    cp build/glib/*.h "$to/include/glib-2.0/glib"
    # Meson would have every program that uses GLib start four workers before main().
    sed 's/ *-sPTHREAD_POOL_SIZE=[0-9]*//' build/meson-private/glib-2.0.pc >"$to/lib/pkgconfig/glib-2.0.pc"
}
