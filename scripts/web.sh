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

packages=$("$here/toolchain/npm.sh" page @xterm/xterm@6 @xterm/addon-fit@0.11 esbuild@0.28)/node_modules
node=$("$here/toolchain/node.sh")

# bundle FILE: into the page's directory, a module with those of ours that it imports: one file comes sooner than many. What
# has state or is somebody else's stays a file of its own.
bundle() {
    "$node" "$packages/esbuild/bin/esbuild" "$1" --bundle --format=esm --legal-comments=none --log-level=warning \
        --external:./weft.mjs --external:./machine-view.js --external:./xterm.mjs --external:./addon-fit.mjs \
        --outfile="$out/.bundle/${1##*/}"
    copy "$out/.bundle/${1##*/}"
    rm -r "$out/.bundle"
}

mkdir -p "$out/guest"
copy "$top"/runtime/js/weft.d.ts "$top"/web/*.html "$top"/web/*.css
bundle "$top/runtime/js/weft.mjs"
bundle "$top/web/machine-view.js"
bundle "$top/web/page.js"
terminal=$packages/@xterm
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
# What an earlier version has left would be deployed with the rest.
for f in "$out"/*.js "$out"/*.mjs; do
    case ${f##*/} in
    page.js | machine-view.js | addon-fit.mjs | xterm.mjs | weft.mjs | weft*-threads.mjs | weft*-single.mjs) ;;
    *) rm -f "$f" ;;
    esac
done
ln -sfn ../web/serve.py "$top/build/serve"
say "$out is ready: build/serve shows it"
