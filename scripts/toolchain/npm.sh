#!/bin/sh
# npm.sh NAME PACKAGE@VERSION...: packages of npm, without their install scripts, kept in the cache; prints the
# directory that has them as node_modules/.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/common.sh"

[ $# -ge 2 ] || die "usage: npm.sh NAME PACKAGE@VERSION..."
name=$1
shift
packages=$*

make_packages() {
    # shellcheck disable=SC2086
    npm install --prefix "$out" --ignore-scripts --no-audit --no-fund --loglevel=error $packages
}

key=$(hash_of "$0" -- "$packages")
command -v npm >/dev/null || [ -d "$weft_cache/npm-$name-$key" ] || die "npm not found (Debian package npm): it fetches $packages"
artefact "npm-$name" "$key" "from npm: $packages" make_packages
echo "$art"
