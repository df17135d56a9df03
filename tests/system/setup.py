"""What the system tests share: the list of them, how to start the emulator, boots that run a command."""
import os

import stress
from console import Console, Failure, Skip

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GUEST = os.path.join(ROOT, "build", "guest")
APPEND = "console=ttyS0 cryptomgr.notests"
PROMPT = rb"weft:\S*# "
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def guest_file(name):
    path = os.path.join(GUEST, name)
    if not os.path.exists(path):
        raise Skip("no %s: run 'make guest'" % os.path.relpath(path))
    return path


class Setup:
    """How to start the emulator under test."""

    def __init__(self, options, tmp):
        self.weft, self.factor, self.tmp = os.path.abspath(options.weft), options.factor, tmp
        self.accel, self.host, self.sample = options.accel, options.host, options.sample
        self.extra, self.seed, self.seconds = options.extra, options.seed, options.seconds
        self.batch = "jit=batch" in (self.accel or "")

    def command(self, append, *options, initrd=True, weft=None, accel=None, memory="512M"):
        """accel: instead of that of the command line."""
        accel = accel or self.accel
        files = ["-kernel", guest_file("Image")]
        if initrd:
            files += ["-initrd", guest_file("initramfs.cpio.gz")]
        return [weft or self.weft, "-M", "virt", "-m", memory, "-nographic", *files, "-append", append,
                *(["-accel", accel] if accel else []), *self.extra, *options]

    def boot(self, *options, do="", terminal=False, **how):
        return Console(self.command(APPEND + (" -- " + do if do else ""), *options, **how), terminal)

    def shell(self, *options, terminal=True, **how):
        """A console at the shell's prompt."""
        console = self.boot(*options, terminal=terminal, **how)
        try:
            console.expect(rb"GUEST-READY", self.time(60))
            console.expect(PROMPT, self.time(20))
        except Failure:
            console.__exit__()
            raise
        return console

    def time(self, seconds):
        return seconds * self.factor

    def compiled(self, **keys):
        """The value of -accel for the compiled mode of the command line (jit=tb without one) with other keys."""
        return stress.with_keys(self.accel or "tcg,jit=tb", keys)


def check(ok, text):
    if not ok:
        raise Failure(text)


def run_to_end(setup, do, *options, rc=0, seconds=60, **how):
    """Boots, runs a command in the guest, and powers off; the console's bytes."""
    with setup.boot(*options, do=do, **how) as console:
        console.expect(rb"GUEST-READY [0-9.]+", setup.time(seconds))
        console.expect(rb"GUEST-RC %d\b" % rc, setup.time(seconds))
        status = console.wait(setup.time(20))
        check(status == 0, "status %d after power-off; %s" % (status, console.tail()))
        return console.output
