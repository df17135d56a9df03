# libffi: wasm64 is supported from 3.5 on. The archive has no configure script.
source="forky libffi libffi_3.*.orig.tar.gz"

build() {
    autoreconf -fi
    emconfigure ./configure --host=wasm64-unknown-linux --prefix="$prefix" --disable-shared --enable-static \
        --disable-docs --disable-raw-api --disable-multi-os-directory
    make -j"$weft_jobs"
    make install DESTDIR="$DESTDIR"
}
