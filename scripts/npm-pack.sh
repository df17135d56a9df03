#!/bin/sh
# npm-pack.sh [DIRECTORY]: makes the npm package of what `make web` and `make wasm` have built; prints the tarball's
# path. Default directory: build/npm.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/common.sh"
top=$(dirname "$here")
out=${1:-$top/build/npm}
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$top/meson.build")
package=$out/package

rm -rf "$package"
mkdir -p "$package"
cp "$top/build/web/weft.mjs" "$top/build/web/weft.d.ts" "$top/LICENSE" "$top/docs/embedding.md" "$package"
# Of the documents only that one is in the package: links to the others, and pictures, would lead nowhere.
sed -e '/^!\[/d' -e 's|(docs/embedding.md)|(embedding.md)|; s|\[docs/embedding.md\]|[embedding.md]|' \
    -e 's/\[\([^]]*\)\](docs\/[^)]*)/\1/g; s/\[\([^]]*\)\](CONTRIBUTING.md)/\1/g' "$top/README.md" >"$package/README.md"
cp "$top"/build/web/weft*-threads.* "$top"/build/web/weft*-single.* "$package"
# Bundlers warn of files that are named and not there.
[ -e "$package/weft64-threads.mjs" ] || sed -i '/^  threads64:/,/^};/c};' "$package/weft.mjs"
# What `npx weft` starts: a CommonJS program, which in a package of ES modules needs a name that says so.
{
    echo '#!/usr/bin/env node'
    cat "$top/build/wasm64l/runtime/weft-node.js"
} >"$package/weft-node.cjs"
chmod +x "$package/weft-node.cjs"
cp "$top/build/wasm64l/runtime/weft-node.wasm" "$package"
cat >"$package/package.json" <<EOF
{
  "name": "weft",
  "version": "$version",
  "description": "A RISC-V computer for pages and for Node.js",
  "license": "MIT",
  "type": "module",
  "main": "weft.mjs",
  "types": "weft.d.ts",
  "exports": {
    ".": { "types": "./weft.d.ts", "default": "./weft.mjs" },
    "./*": "./*"
  },
  "bin": { "weft": "weft-node.cjs" },
  "engines": { "node": ">=24" },
  "sideEffects": false
}
EOF
cd "$out"
npm pack --silent ./package >/dev/null
echo "$out/weft-$version.tgz"
