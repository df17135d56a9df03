# Sourced after common.sh: programs of a newer Debian, run with their own C library.
#
# Their packages are unpacked below $out/root with everything they depend on, and each program gets a wrapper in
# $out/bin that starts it through its own ld.so. The system's libraries are neither used nor changed.

# unpack_root DEBS-DIR: unpacks all packages into $out/root, without what no program here reads.
unpack_root() {
    mkdir -p "$out/root/usr/lib" "$out/bin"
    # Merged /usr: older packages still ship files below /lib.
    ln -s usr/lib "$out/root/lib"
    mkdir -p "$out/root/usr/lib64" && ln -s usr/lib64 "$out/root/lib64"
    for deb in "$1"/*.deb; do
        case ${deb##*/} in
        tzdata_* | *-data-common_* | adduser_* | debconf_* | perl* ) continue ;;
        esac
        # Through tar, because dpkg-deb replaces the links by directories.
        dpkg-deb --fsys-tarfile "$deb" | tar -C "$out/root" -xf - --keep-directory-symlink --no-same-owner \
            --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./etc
    done
}

# wrap NAME [ARGUMENT...]: a wrapper for root/usr/bin/NAME; the arguments go before the caller's, and $r in them is
# the root. $wrap_extra_libs: more directories for its libraries, as ":$r/...".
wrap() {
    wrap_name=$1
    shift
    [ -x "$out/root/usr/bin/$wrap_name" ] || die "$wrap_name is not in the packages that were fetched"
    wrap_ldso=
    for f in "$out"/root/usr/lib/*-linux-gnu*/ld-linux*.so.*; do
        [ -e "$f" ] && wrap_ldso=${f#"$out/root/"}
    done
    [ -n "$wrap_ldso" ] || die "no ld.so among the packages fetched for $wrap_name"
    wrap_libs=${wrap_ldso%/*}
    {
        echo '#!/bin/sh'
        echo 'r=$(dirname "$(readlink -f "$0")")/../root'
        echo "exec \"\$r/$wrap_ldso\" --library-path \"\$r/$wrap_libs${wrap_extra_libs:-}\" \\"
        echo "    \"\$r/usr/bin/$wrap_name\" $* \"\$@\""
    } >"$out/bin/$wrap_name"
    chmod +x "$out/bin/$wrap_name"
}
