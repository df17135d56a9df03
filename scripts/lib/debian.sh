# Sourced after common.sh: packages of another Debian suite or architecture, through an apt state of its own.
# Nothing is installed and the system's apt lists are not touched; signatures are checked with the system's keyring.
#
# What was downloaded stays in `<cache>/downloads/<name>`: testing suites move, and the same packages should serve
# again when a recipe changes. Removing that directory fetches the suite's current ones.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror that this system itself uses for its main suite.
debian_mirror() {
    command -v apt-get >/dev/null || die "apt-get not found: this step needs a Debian system"
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $codename" | head -n 1)
    [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
    [ -n "$mirror" ] || die "apt-get indextargets names no mirror: is there a 'deb' line in the apt sources?"
    echo "$mirror"
}

# apt_state KIND SUITE ARCH DIR: makes a private apt state in DIR and defines papt() to use it. KIND: deb, deb-src.
apt_state() {
    [ -r $keyring ] || die "$keyring not found (package debian-archive-keyring)"
    mkdir -p "$4/state/lists/partial" "$4/cache/archives/partial"
    echo "$1 [signed-by=$keyring] $(debian_mirror) $2 main" >"$4/sources.list"
    : >"$4/status"
    apt_dir=$4 apt_arch=$3
    papt update
}

# papt COMMAND...: apt-get on the private state.  papt_cache: apt-cache on it.
papt() {
    apt_with apt-get -q -y "$@"
}

papt_cache() {
    apt_with apt-cache -q "$@"
}

apt_with() {
    aw_tool=$1
    shift
    # No Translation and no Contents files; root may read the state (apt's sandbox user could not).
    $aw_tool -oAPT::Architecture="$apt_arch" -oAPT::Architectures="$apt_arch" \
        -oDir::Etc::SourceList="$apt_dir/sources.list" -oDir::Etc::SourceParts=/dev/null \
        -oDir::State="$apt_dir/state" -oDir::State::status="$apt_dir/status" -oDir::Cache="$apt_dir/cache" \
        -oAPT::Sandbox::User= -oAcquire::Languages=none -oAcquire::Retries=3 -oAPT::Install-Recommends=false \
        -oDebug::NoLocking=1 -oAcquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false "$@"
}

# keep_download NAME DIR: makes DIR (complete) the kept download of NAME.
keep_download() {
    mkdir -p "$weft_cache/downloads"
    rm -rf "$weft_cache/downloads/$1"
    mv "$2" "$weft_cache/downloads/$1"
}

# fetch_debs NAME SUITE ARCH PACKAGE...: sets $debs to a directory with just these packages. `@PACKAGE` stands for
# the first package that PACKAGE depends on: the way from a metapackage to the real one.
fetch_debs() {
    debs=$weft_cache/downloads/$1
    [ -e "$debs/.have-$(echo "$*" | sha256sum | cut -c1-12)" ] && return
    fd_name=$1 fd_tmp=$weft_tmp/fetch-$1 fd_have=.have-$(echo "$*" | sha256sum | cut -c1-12)
    apt_state deb "$2" "$3" "$fd_tmp/apt"
    shift 3
    mkdir "$fd_tmp/debs"
    for fd_package in "$@"; do
        case $fd_package in
        @*) fd_package=$(papt_cache depends "${fd_package#@}" | sed -n 's/^ *Depends: *//p' | head -n 1) ;;
        esac
        (cd "$fd_tmp/debs" && papt download "$fd_package")
    done
    : >"$fd_tmp/debs/$fd_have"
    keep_download "$fd_name" "$fd_tmp/debs"
}

# fetch_closure NAME SUITE ARCH PACKAGE...: the same with everything that they depend on, down to the C library.
fetch_closure() {
    debs=$weft_cache/downloads/$1
    [ -e "$debs/.have-$(echo "$*" | sha256sum | cut -c1-12)" ] && return
    fd_name=$1 fd_tmp=$weft_tmp/fetch-$1 fd_have=.have-$(echo "$*" | sha256sum | cut -c1-12)
    apt_state deb "$2" "$3" "$fd_tmp/apt"
    shift 3
    papt install --download-only "$@"
    mkdir "$fd_tmp/debs"
    mv "$fd_tmp/apt/cache/archives"/*.deb "$fd_tmp/debs"
    : >"$fd_tmp/debs/$fd_have"
    keep_download "$fd_name" "$fd_tmp/debs"
}

# fetch_source NAME SUITE SOURCE PATTERN: sets $tarball to the source's original archive that matches PATTERN. The
# URI comes from apt, the file without the .dsc, which mirrors do not always keep.
fetch_source() {
    for tarball in "$weft_cache/downloads/src-$1"/$4; do
        [ -e "$tarball" ] && return
    done
    fs_tmp=$weft_tmp/fetch-$1
    apt_state deb-src "$2" amd64 "$fs_tmp/apt"
    papt source --print-uris "$3" | tr -d "'" >"$fs_tmp/uris"
    fs_line=
    while read -r fs_uri fs_file fs_size fs_hash; do
        case $fs_file in
        $4) fs_line=$fs_file && break ;;
        esac
    done <"$fs_tmp/uris"
    [ -n "$fs_line" ] || die "source package $3 of $2 has no file like '$4': the suite moved, adapt ${weft_prog}"
    mkdir "$fs_tmp/src"
    echo "fetching $fs_file ($fs_size bytes)"
    /usr/lib/apt/apt-helper -oAPT::Sandbox::User= download-file "$fs_uri" "$fs_tmp/src/$fs_file" "$fs_hash"
    keep_download "src-$1" "$fs_tmp/src"
    tarball=$weft_cache/downloads/src-$1/$fs_file
}
