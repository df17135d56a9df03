#!/bin/sh
# Prints a directory whose env.sh, when sourced, puts `emcc` on PATH: the Emscripten to use.
#
# One on PATH, in EMSDK or in EMSCRIPTEN of version 4.0.23 or newer serves. Otherwise an SDK of our own is made:
# emscripten and binaryen of Debian's testing suite, LLVM of this system (Debian 12 has 22 in its security suite),
# Node.js from npm. Emscripten is Python and runs as it is; binaryen is run through its own ld.so.
# With --find only what is there already counts, and status 1 says that there is none.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/common.sh"
. "$here/../lib/debian.sh"
. "$here/../lib/ldso.sh"

suite=forky
llvm_version=22
llvm=/usr/lib/llvm-$llvm_version/bin
oldest="4 0 23"

# version_ok DIR: is DIR/emcc new enough? Its version stands in a file, which is quicker than starting it.
version_ok() {
    [ -x "$1/emcc" ] && [ -r "$1/emscripten-version.txt" ] || return 1
    IFS=. read -r v1 v2 v3 <<EOF
$(tr -d '"' <"$1/emscripten-version.txt")
EOF
    v3=${v3%%[!0-9]*}
    # shellcheck disable=SC2086
    set -- $oldest
    [ "$v1" -gt "$1" ] && return
    [ "$v1" -eq "$1" ] && [ "$v2" -gt "$2" ] && return
    [ "$v1" -eq "$1" ] && [ "$v2" -eq "$2" ] && [ "${v3:-0}" -ge "$3" ]
}

# The user's own SDK. `emconfigure` puts its emcc in CC. WEFT_SDK=own skips the search.
user_sdk() {
    [ "${WEFT_SDK:-}" != own ] || return 1
    for c in "${CC:-}" "${EMSCRIPTEN:+$EMSCRIPTEN/emcc}" "${EMSDK:+$EMSDK/upstream/emscripten/emcc}" emcc; do
        case $c in
        emcc | */emcc) ;;
        *) continue ;;
        esac
        c=$(command -v "$c") || continue
        found=$(dirname "$(readlink -f "$c")")
        version_ok "$found" && return
        say "$found/emcc is older than $oldest: not used"
    done
    return 1
}

# What an own SDK is made from. The patches name what they expect and stop when it is not there.
make_sdk() {
    [ -x $llvm/clang ] && [ -x $llvm/wasm-ld ] && [ -x $llvm/llvm-ar ] ||
        die "LLVM $llvm_version is missing (Debian packages clang-$llvm_version lld-$llvm_version llvm-$llvm_version)"
    arch=$(dpkg --print-architecture)

    fetch_closure binaryen $suite "$arch" binaryen
    unpack_root "$debs"
    for t in "$out"/root/usr/bin/wasm*; do
        wrap "${t##*/}"
    done
    rm -rf "$out/root/usr/share"
    "$out/bin/wasm-opt" --version

    fetch_debs emscripten $suite "$arch" emscripten
    mkdir "$weft_tmp/em"
    dpkg-deb -x "$debs"/emscripten_*.deb "$weft_tmp/em"
    mv "$weft_tmp/em/usr/share/emscripten" "$out/emscripten"
    version_ok "$out/emscripten" || die "emscripten of $suite is older than $oldest"
    patch_emscripten

    npm install --prefix "$out/npm" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error \
        acorn@8 acorn-import-phases@1
    ln -s ../npm/node_modules "$out/emscripten/node_modules"

    cat >"$out/emscripten/.emscripten" <<EOF
import os
_sdk = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LLVM_ROOT = '$llvm'
BINARYEN_ROOT = _sdk
NODE_JS = '$node'
CACHE = _sdk + '/emcache'
EOF
    prebuild
}

patch_emscripten() {
    building=$out/emscripten/tools/building.py
    shared=$out/emscripten/tools/shared.py
    # Debian aims it at an older clang. From 22 on wasm-ld places the stack first unless told otherwise; upstream
    # says so, Debian's patch for the older linker takes it away: put it back.
    if ! grep -q -e --no-stack-first "$building"; then
        sed -i "s/^    cmd.append('--stack-first')\$/&\n  else:\n    cmd.append('--no-stack-first')/" "$building"
        grep -q -e --no-stack-first "$building" ||
            die "emscripten of $suite changed: the --no-stack-first patch finds no place in tools/building.py"
    fi
    grep -q '^EXPECTED_LLVM_VERSION = ' "$shared" ||
        die "emscripten of $suite changed: no EXPECTED_LLVM_VERSION in tools/shared.py"
    sed -i "s/^EXPECTED_LLVM_VERSION = .*/EXPECTED_LLVM_VERSION = $llvm_version/" "$shared"
}

# Emscripten builds its system libraries when a link first asks for them; do it here, where it is a step with a
# name, and only for the one variant that Weft links.
prebuild() {
    cat >"$weft_tmp/probe.c" <<'EOF'
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
static jmp_buf env;
static void *run(void *arg)
{
    if (!setjmp(env)) {
        longjmp(env, 1);
    }
    return arg;
}
int main(void)
{
    pthread_t t;
    pthread_create(&t, NULL, run, NULL);
    pthread_join(t, NULL);
    printf("sizeof(void *) = %zu, %s\n", sizeof(void *), __VERSION__);
    return 0;
}
EOF
    for m in 2 1; do
        EM_CONFIG=$out/emscripten/.emscripten "$out/emscripten/emcc" -O2 -m64 -pthread -sMEMORY64=$m \
            -sSUPPORT_LONGJMP=wasm -sDEFAULT_TO_CXX=0 -sPROXY_TO_PTHREAD -sEXIT_RUNTIME -sALLOW_MEMORY_GROWTH \
            -Wno-pthreads-mem-growth "$weft_tmp/probe.c" -o "$weft_tmp/probe$m.js"
        "$node" "$weft_tmp/probe$m.js"
    done
}

make_own() {
    # An SDK somewhere else must not be asked for its configuration.
    unset EM_CONFIG EM_CACHE EM_LLVM_ROOT EM_BINARYEN_ROOT EM_NODE_JS EMSDK
    make_sdk
    cat >"$out/env.sh" <<EOF
unset EM_CONFIG EM_CACHE EM_LLVM_ROOT EM_BINARYEN_ROOT EM_NODE_JS EMSDK EMSCRIPTEN
PATH='$art/emscripten':'$art/bin':\$PATH
EOF
}

if user_sdk; then
    # The key changes with the user's version, so that the libraries are made again for another one.
    art=$weft_cache/sdk-user-$(echo "$found $(cat "$found/emscripten-version.txt")" | sha256sum | cut -c1-12)
    mkdir -p "$art"
    echo "PATH='$found':\$PATH" >"$art/env.sh.$$"
    mv "$art/env.sh.$$" "$art/env.sh"
else
    node=$("$here/node.sh" ${1:+"$1"})
    key=$(hash_of "$0" "$here/../lib/ldso.sh" -- "$node")
    if [ "${1:-}" = --find ] && [ ! -d "$weft_cache/sdk-$key" ]; then
        exit 1
    fi
    artefact sdk "$key" "Emscripten SDK with system libraries (1-6 min)" make_own
fi
echo "$art"
