#!/bin/sh
# web.sh [DIRECTORY]: puts the web page, the ES module and the guest into build/web, and its server beside it. What it
# takes must have been built (`make web`). A memory64 build is taken along if there is one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/common.sh"
top=$(dirname "$here")
out=${1:-$top/build/web}

# copy FILE...: into the page's directory; an unchanged file keeps its date, so that browsers keep their copy.
copy() {
    for f; do
        cmp -s "$f" "$out/${f##*/}" || cp "$f" "$out/${f##*/}"
    done
}

mkdir -p "$out/guest"
copy "$top"/runtime/js/*.mjs "$top"/runtime/js/*.d.ts
for f in "$top"/web/*; do
    case $f in
    */serve.py) ;;
    *) copy "$f" ;;
    esac
done
terminal=$("$here/toolchain/npm.sh" page @xterm/xterm@6 @xterm/addon-fit@0.11)/node_modules/@xterm
for f in xterm/lib/xterm.mjs xterm/css/xterm.css addon-fit/lib/addon-fit.mjs; do
    # Without the name of a source map, which is not copied.
    grep -v '^//# sourceMappingURL=' "$terminal/$f" >"$out/.new"
    cmp -s "$out/.new" "$out/${f##*/}" || cp "$out/.new" "$out/${f##*/}"
    rm "$out/.new"
done
cmp -s "$terminal/xterm/LICENSE" "$out/xterm.LICENSE" || cp "$terminal/xterm/LICENSE" "$out/xterm.LICENSE"
for program in weft-threads weft-single; do
    copy "$top/build/wasm64l/runtime/$program.mjs" "$top/build/wasm64l/runtime/$program.wasm"
    for kind in mjs wasm; do
        large=$top/build/wasm64/runtime/$program.$kind
        [ ! -e "$large" ] || cp "$large" "$out/weft64-${program#weft-}.$kind"
    done
done
if [ -e "$top/build/guest/Image" ]; then
    if [ ! "$out/guest/Image.gz" -nt "$top/build/guest/Image" ]; then
        gzip -9c "$top/build/guest/Image" >"$out/guest/Image.gz.$$"
        mv "$out/guest/Image.gz.$$" "$out/guest/Image.gz"
    fi
    cp -u "$top/build/guest/initramfs.cpio.gz" "$out/guest/"
fi
ln -sfn ../web/serve.py "$top/build/serve"
say "$out is ready: build/serve shows it"
