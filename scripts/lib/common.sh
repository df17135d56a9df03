# Sourced by every script here: messages, the cache, and artefacts made once and kept in it.
#
# An artefact is a directory `<cache>/<name>-<hash>`. The hash covers the recipe that makes it, so a changed
# recipe makes a new directory and an old checkout still finds its own. It is built beside its final place and
# renamed when complete: a directory that exists is whole. A lock lets two runs share one build.
#
# Scripts print what they make (a path) on standard output and everything a person reads on standard error.

weft_prog=${0##*/}

die() {
    echo "$weft_prog: $*" >&2
    exit 1
}

say() {
    echo "[weft] $*" >&2
}

weft_cache=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/weft
case $weft_cache in
/*) ;;
*) die "XDG_CACHE_HOME must be an absolute path, not '$XDG_CACHE_HOME'" ;;
esac

# Number of parallel jobs for the builds of this machine.
weft_jobs=${WEFT_JOBS:-$(nproc 2>/dev/null || echo 2)}

now() {
    date +%s
}

# hash_of FILE... [-- WORD...]: the short hash of a recipe. Comments and blank lines do not count, so that better
# words in a comment rebuild nothing.
hash_of() {
    {
        while [ $# -gt 0 ] && [ "$1" != -- ]; do
            sed -e '/^[[:space:]]*#/d' -e '/^[[:space:]]*$/d' "$1"
            shift
        done
        echo "$*"
    } | sha256sum | cut -c1-12
}

# Everything this process must remove when it ends, whatever the reason.
weft_tmp=
cleanup() {
    if [ -n "$weft_tmp" ]; then
        rm -rf "$weft_tmp"
    fi
}
# dash runs the EXIT trap on a signal only if the signal itself is trapped.
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# run_logged LOG TITLE COMMAND...: one line of progress; the output goes to LOG, whose end is shown on failure.
run_logged() {
    rl_log=$1 rl_title=$2
    shift 2
    mkdir -p "${rl_log%/*}"
    say "$rl_title ..."
    rl_start=$(now)
    set +e
    ( # A subshell with errexit of its own: inside `if` or `||` the shell would ignore it.
        set -e
        "$@"
    ) >"$rl_log" 2>&1 </dev/null
    rl_rc=$?
    set -e
    if [ $rl_rc -ne 0 ]; then
        tail -n 30 "$rl_log" >&2
        die "$rl_title: failed (status $rl_rc); the whole log is $rl_log"
    fi
    say "$rl_title: $(($(now) - rl_start)) s"
}

# artefact NAME HASH TITLE FUNCTION: sets $art to the directory; calls FUNCTION, in a subshell whose output is
# logged, when it does not exist yet. FUNCTION fills $out; what it installs may name $art, its final place.
artefact() {
    art=$weft_cache/$1-$2
    [ -d "$art" ] && return
    mkdir -p "$weft_cache/locks" "$weft_cache/log"
    exec 9>"$weft_cache/locks/$1"
    if ! flock -n 9; then
        say "$3: waiting for another run that is making it"
        flock 9
    fi
    if [ ! -d "$art" ]; then
        # Directories of runs that were killed; the lock says that nobody is using them.
        rm -rf "$weft_cache/tmp/$1".*
        weft_tmp=$weft_cache/tmp/$1.$$
        out=$weft_tmp/out
        mkdir -p "$out"
        run_logged "$weft_cache/log/$1.log" "$3" "$4"
        mv "$out" "$art"
        rm -rf "$weft_tmp"
        weft_tmp=
    fi
    exec 9>&-
}
