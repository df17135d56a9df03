#!/usr/bin/python3
"""Boots a real Linux on a build of Weft and looks at it from outside.

run.py --weft PATH [--accel OPTIONS] [--host HOST] [--stress NAME] [--only NAME]... [--without NAME]... [--sample]
       [--factor F] [--seed N] [--seconds N]

Prints one line of TAP for each test; the status is 1 if anything failed. --sample runs a part. --factor
multiplies the time limits; --seconds is how long `churn` and `soak` last. The guest is what `make guest` leaves in build/guest."""
import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]
import emulators  # noqa: E402
from console import Console, Failure, Skip  # noqa: E402
from setup import APPEND, PROMPT, TESTS, Setup, check, guest_file, run_to_end, test  # noqa: E402
import compiled  # noqa: E402  its tests come first in TESTS


def uname(setup, *options):
    output = run_to_end(setup, "uname -m", *options)
    lines = [line.strip() for line in output.splitlines()]
    check(b"riscv64" in lines, "no line 'riscv64'")


@test
def boot_builtin(setup):
    """Debian's kernel with the SBI in the emulator."""
    uname(setup)


@test
def boot_fw_dynamic(setup):
    """OpenSBI's fw_dynamic."""
    uname(setup, "-bios", guest_file("fw_dynamic.bin"))


@test
def boot_fw_jump(setup):
    """OpenSBI's fw_jump."""
    uname(setup, "-bios", guest_file("fw_jump.bin"))


@test
def command_status(setup):
    """The init reports the status of what it ran."""
    run_to_end(setup, "exit 7", rc=7)


def tool(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not path:
        raise Skip("no %s (package e2fsprogs)" % name)
    return path


def make_ext4(setup):
    """An ext4 image with hello.txt and data; its path and the bytes of data."""
    content = os.path.join(setup.tmp, "content")
    os.makedirs(content)
    data = hashlib.sha256(b"weft").digest() * 10000
    with open(os.path.join(content, "hello.txt"), "w") as f:
        f.write("hello from the host\n")
    with open(os.path.join(content, "data"), "wb") as f:
        f.write(data)
    image = os.path.join(setup.tmp, "disk.img")
    subprocess.run([tool("mke2fs"), "-q", "-t", "ext4", "-d", content, image, "32M"], check=True,
                   stdout=subprocess.DEVNULL)
    return image, data


@test
def disk(setup):
    """An ext4 image is mounted, read, written, unmounted; clean and with the right content afterwards."""
    image, data = make_ext4(setup)
    output = run_to_end(
        setup, "mkdir /tmp/m && mount -t ext4 /dev/vda /tmp/m && cat /tmp/m/hello.txt && sha256sum /tmp/m/data && "
        "seq 1 20000 > /tmp/m/out.txt && cp /tmp/m/data /tmp/m/copy && rm /tmp/m/hello.txt && umount /tmp/m",
        "-drive", "file=%s,format=raw,if=virtio" % image)
    check(b"hello from the host" in output, "hello.txt was not read")
    check(hashlib.sha256(data).hexdigest().encode() in output, "the guest reads other data")
    fsck = subprocess.run([tool("e2fsck"), "-fn", image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    check(fsck.returncode == 0, "e2fsck: status %d: %s" % (fsck.returncode, fsck.stdout))

    def read_back(path):
        return subprocess.run([tool("debugfs"), "-R", "cat " + path, image], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True).stdout

    check(read_back("/out.txt") == b"".join(b"%d\n" % i for i in range(1, 20001)), "out.txt is not what was written")
    check(read_back("/copy") == data, "the copy is not what was written")
    check(read_back("/hello.txt") == b"", "hello.txt is still there")


@test
def disk_readonly(setup):
    """A read-only drive can be mounted and not written; the image stays as it was."""
    image, _ = make_ext4(setup)
    with open(image, "rb") as f:
        before = hashlib.sha256(f.read()).digest()
    output = run_to_end(
        setup, "mkdir /tmp/m && mount -t ext4 -o ro,noload /dev/vda /tmp/m && cat /tmp/m/hello.txt && "
        "! dd if=/dev/zero of=/dev/vda bs=4096 count=1 && cat /sys/block/vda/ro",
        "-drive", "file=%s,format=raw,if=virtio,readonly=on" % image)
    check(b"hello from the host" in output, "hello.txt was not read")
    with open(image, "rb") as f:
        check(hashlib.sha256(f.read()).digest() == before, "the image changed")


@test
def paste(setup):
    """1 MiB of input arrives without loss, and more than that of output."""
    line = b"The quick brown fox jumps over the lazy dog, time %07d.\n"
    text = b"".join(line % i for i in range(20000))[:1 << 20]
    with setup.shell() as console:
        console.send(b"stty raw -echo; echo PAS''TE; head -c %d > /tmp/f; stty sane; sha256sum /tmp/f\n" % len(text))
        console.expect(rb"PASTE", setup.time(10))
        time.sleep(0.3)
        console.send(text, setup.time(120))
        match = console.expect(rb"([0-9a-f]{64})  /tmp/f", setup.time(60))
        check(match[1].decode() == hashlib.sha256(text).hexdigest(), "what arrived is not what was sent")
        console.expect(PROMPT, setup.time(10))
        # The kernel may have something to say on a loaded machine ("hrtimer: interrupt took ... ns").
        console.send(b"dmesg -n 1; echo BE''GIN; seq 1 150000; echo E''ND\n")
        console.expect(rb"BEGIN\r*\n", setup.time(10))
        start = console.searched
        end = console.expect(rb"END", setup.time(120)).start()
        got = console.output[start:end].replace(b"\r", b"")
        want = b"".join(b"%d\n" % i for i in range(1, 150001))
        at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), len(want))
        check(got == want, "%d bytes, not %d; from %d on: %r" % (len(got), len(want), at, got[at - 20:at + 80]))


@test
def icount_repeats(setup):
    """Two runs with -icount: the same console bytes and the same hash of RAM and CPU state."""
    runs = []
    for n in range(2):
        state = os.path.join(setup.tmp, "state%d" % n)
        output = run_to_end(setup, "uname -a; sha256sum /bin/busybox; cat /proc/uptime; date", "-icount", "shift=3",
                            "-test", "state-hash=" + state)
        with open(state) as f:
            runs.append((output, f.read()))
    check(runs[0][1] == runs[1][1], "state hashes differ: %s, %s" % (runs[0][1].strip(), runs[1][1].strip()))
    check(runs[0][1].strip() != "", "the state hash is empty")
    if runs[0][0] != runs[1][0]:
        lines = zip(runs[0][0].splitlines(), runs[1][0].splitlines())
        raise Failure("console bytes differ: %r" % next((a, b) for a, b in lines if a != b))


@test
def idle(setup):
    """A guest that waits at its prompt uses under 3% of a core."""
    with setup.shell() as console:
        time.sleep(2)
        share = console.cpu_share(10)
        check(share < 0.03, "%.1f%% of a core" % (100 * share))


@test
def panic(setup):
    """A kernel panic without reboot is visible and does not spin a core."""
    with Console(setup.command(APPEND + " panic=0", initrd=False)) as console:
        console.expect(rb"Kernel panic - not syncing", setup.time(60))
        console.expect(rb"end Kernel panic", setup.time(20))
        time.sleep(1)
        share = console.cpu_share(5)
        check(share < 0.3, "%.0f%% of a core" % (100 * share))
        console.process.send_signal(signal.SIGTERM)
        console.wait(setup.time(10))


@test
def ctrl_a_x(setup):
    """Ctrl-A x ends the emulator with status 0 and leaves the terminal as it was."""
    with setup.shell() as console:
        console.send(b"echo be''fore\n")
        console.expect(rb"before", setup.time(10))
        console.send(b"\x01x")
        status = console.wait(setup.time(10))
        check(status == 0, "status %d" % status)
        check(console.terminal_restored(), "the terminal's modes are not restored")


@test
def ctrl_c(setup):
    """Ctrl-C goes to the guest; Ctrl-A Ctrl-A is a Ctrl-A for it."""
    with setup.shell() as console:
        console.send(b"sleep 1000\n")
        time.sleep(0.5)
        console.send(b"\x03")
        console.expect(PROMPT, setup.time(10))
        console.send(b"stty raw -echo; head -c 2 | od -An -tx1; stty sane\n")
        time.sleep(1)
        console.send(b"\x01\x01z")
        console.expect(rb"01 7a", setup.time(10))


@test
def sigterm(setup):
    """SIGTERM and SIGINT end it with the terminal restored."""
    for number in (signal.SIGTERM, signal.SIGINT):
        with setup.boot(terminal=True) as console:
            console.expect(rb"Linux version", setup.time(30))
            console.process.send_signal(number)
            console.wait(setup.time(10))
            check(console.terminal_restored(), "the terminal's modes are not restored after signal %d" % number)


@test
def reboot(setup):
    """-no-reboot: a reset of the guest ends it with status 0."""
    with setup.boot("-no-reboot", do="reboot -f") as console:
        console.expect(rb"GUEST-READY", setup.time(60))
        check(console.wait(setup.time(20)) == 0, "status %d" % console.process.returncode)


SAMPLE = {"boot_builtin", "boot_fw_dynamic", "disk", "paste", "icount_repeats", "idle", "ctrl_a_x"}


def run_test(function, options):
    """(outcome, reason, seconds)"""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="weft-system-") as tmp:
        try:
            function(Setup(options, tmp))
            return "ok", "", time.monotonic() - start
        except Skip as e:
            return "skip", str(e), time.monotonic() - start
        except (Failure, OSError, subprocess.SubprocessError) as e:
            return "not ok", str(e), time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--weft", required=True, metavar="PATH")
    parser.add_argument("--only", action="append", metavar="NAME", help=" ".join(t.__name__ for t in TESTS))
    parser.add_argument("--without", action="append", default=[], metavar="NAME", help="all that would run but this")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--compiled", action="store_true", help="the tests of the compiled modes, not the others")
    parser.add_argument("--factor", type=float, default=1)
    parser.add_argument("--extra", action="append", default=[], help="one more argument for the emulator")
    parser.add_argument("--seed", type=int, default=0, help="chooses the stress settings of a sample")
    parser.add_argument("--seconds", type=int, help="how long churn and soak last")
    emulators.add_options(parser)
    options = parser.parse_args()
    emulators.use_options(options)
    options.extra += options.test_options
    group = compiled.NAMES if options.compiled else {t.__name__ for t in TESTS} - compiled.NAMES
    batch = "jit=batch" in (options.accel or "")
    sample = SAMPLE | (compiled.BATCH_SAMPLE if batch else compiled.SAMPLE)
    group -= set() if batch else compiled.BATCH_ONLY
    wanted = options.only or (group & sample if options.sample else group)
    unknown = {*(options.only or ()), *options.without} - {t.__name__ for t in TESTS}
    if unknown:
        parser.error("unknown test %s; there are: %s" % (" ".join(sorted(unknown)), " ".join(t.__name__ for t in TESTS)))
    chosen = [t for t in TESTS if t.__name__ in wanted and t.__name__ not in options.without]
    print("1..%d" % len(chosen))
    failed = 0
    for number, function in enumerate(chosen, 1):
        if not os.access(options.weft, os.X_OK):
            outcome, reason, seconds = "skip", "%s has not been built" % options.weft, 0
        else:
            outcome, reason, seconds = run_test(function, options)
        failed += outcome == "not ok"
        name = function.__name__
        if outcome == "skip":
            print("ok %d - %s # SKIP %s" % (number, name, reason), flush=True)
        else:
            print("%s %d - %s (%.1f s)" % (outcome, number, name, seconds), flush=True)
            for line in reason.splitlines():
                print("#   " + line, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
