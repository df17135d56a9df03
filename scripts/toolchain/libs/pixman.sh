# pixman: for the display, in portable C.
source="trixie pixman pixman_0.44.*.orig.tar.*"

build() {
    cross_meson -Dtests=disabled -Ddemos=disabled -Dgtk=disabled -Dlibpng=disabled -Dopenmp=disabled \
        -Dloongson-mmi=disabled -Dmmx=disabled -Dsse2=disabled -Dssse3=disabled -Dvmx=disabled -Darm-simd=disabled \
        -Dneon=disabled -Da64-neon=disabled -Dmips-dspr2=disabled -Drvv=disabled -Dgnu-inline-asm=disabled
    ninja -C build
    "$meson" install -C build --no-rebuild --destdir "$DESTDIR"
}
