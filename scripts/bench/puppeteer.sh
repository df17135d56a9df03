#!/bin/sh
# Prints the directory with node_modules/puppeteer-core, which drives the browsers. With --find only what is there already
# counts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/common.sh"

version=24.43.1

make_puppeteer() {
    npm install --prefix "$out" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error "puppeteer-core@$version"
    [ -e "$out/node_modules/puppeteer-core/package.json" ] || die "puppeteer-core $version has not been installed"
}

key=$(hash_of "$0")
if [ "${1:-}" = --find ] && [ ! -d "$weft_cache/puppeteer-$key" ]; then
    die "puppeteer-core has not been fetched: make bench-deps"
fi
artefact puppeteer "$key" "puppeteer-core $version from npm" make_puppeteer
echo "$art"
