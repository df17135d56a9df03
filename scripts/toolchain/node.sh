#!/bin/sh
# Prints the path of a Node.js of version 24 or newer: $WEFT_NODE, `node` on PATH, or one from npm kept in the cache.
# With --find only what is there already counts, and status 1 says that there is none.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/common.sh"

wanted=24

# node_ok FILE: is it a Node that is new enough?
node_ok() {
    v=$("$1" --version 2>/dev/null) || return 1
    v=${v#v}
    v=${v%%.*}
    [ "$v" -ge $wanted ] 2>/dev/null
}

if [ -n "${WEFT_NODE:-}" ]; then
    node_ok "$WEFT_NODE" || die "WEFT_NODE=$WEFT_NODE is not a Node.js of version $wanted or newer"
    command -v "$WEFT_NODE"
    exit
fi
if node_ok node; then
    command -v node
    exit
fi

key=$(hash_of "$0")
case $(uname -m) in
x86_64) arch=x64 ;;
aarch64) arch=arm64 ;;
*) die "no Node.js of version $wanted for $(uname -m) from npm: install one or set WEFT_NODE" ;;
esac

# The package of one architecture holds the program itself; the package `node` would need an install script.
make_node() {
    npm install --prefix "$out" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error \
        "node-linux-$arch@$wanted"
    node_ok "$out/node_modules/node-linux-$arch/bin/node"
}

if [ "${1:-}" = --find ] && [ ! -d "$weft_cache/node-$key" ]; then
    exit 1
fi
command -v npm >/dev/null || [ -d "$weft_cache/node-$key" ] || die "npm not found (Debian package npm): it fetches Node.js $wanted"
artefact node "$key" "Node.js $wanted from npm" make_node
echo "$art/node_modules/node-linux-$arch/bin/node"
