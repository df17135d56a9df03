# libfdt: the few C files of the device tree compiler's source, without its build system.
source="trixie device-tree-compiler device-tree-compiler_*.orig.tar.*"

build() {
    cd libfdt
    for c in fdt*.c; do
        emcc $cross_cflags -I. -c "$c"
    done
    emar rcs libfdt.a fdt*.o
    mkdir -p "$DESTDIR$prefix/lib" "$DESTDIR$prefix/include"
    cp libfdt.a "$DESTDIR$prefix/lib"
    cp fdt.h libfdt.h libfdt_env.h "$DESTDIR$prefix/include"
    write_pc libfdt "$(cat ../VERSION.txt)"
}
