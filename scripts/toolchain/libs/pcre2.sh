# pcre2: what GLib's GRegex needs. Only the 8-bit library is built; its test programs would take longer than it.
source="trixie pcre2 pcre2_10.46.orig.tar.*"

build() {
    [ -x ./configure ] || autoreconf -fi
    emconfigure ./configure --host=wasm64-unknown-linux --prefix="$prefix" --disable-shared --enable-static --disable-jit
    make -j"$weft_jobs" libpcre2-8.la
    make DESTDIR="$DESTDIR" install-libLTLIBRARIES install-nodist_includeHEADERS install-includeHEADERS \
        install-pkgconfigDATA bin_PROGRAMS= lib_LTLIBRARIES=libpcre2-8.la
}
