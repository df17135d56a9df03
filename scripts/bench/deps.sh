#!/bin/sh
# Gets the benchmarks' peers and what builds their programs: Debian packages, QEMU of Debian sid, v86 and its guest,
# browsers. What cannot be had is said, and the benchmarks then go on without it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/common.sh"

for group in check bench browsers; do
    "$here/../packages.sh" $group || say "$group: some packages are not available, what needs them will be skipped"
done
for peer in qemu-newest v86 guest-i386 puppeteer; do
    "$here/$peer.sh" >/dev/null || say "$peer: not available, its benchmarks will be skipped"
done
