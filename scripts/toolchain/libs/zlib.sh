# zlib: its own configure script, no autoconf.
source="trixie zlib zlib_*1.3.1.orig.tar.gz"

build() {
    CHOST=wasm64 CC=emcc AR=emar RANLIB=emranlib ./configure --static --prefix="$prefix"
    make -j"$weft_jobs" libz.a
    make install DESTDIR="$DESTDIR"
}
