"""What the cases of run-cli.py share: how to start the emulator, on pipes or on a terminal of its own."""
import fcntl
import os
import pty
import select
import subprocess
import termios
import time

import guests

CASES = []
TIMEOUT = 60


class Skip(Exception):
    pass


def case(function):
    CASES.append((function.__name__.replace("_", "-"), function))
    return function


def check(condition, what):
    if not condition:
        raise AssertionError(what)


class Env:
    """What the cases work with: the program, files."""

    def __init__(self, program, guest, directory):
        self.program, self.guest, self.dir = program, guest, directory
        self.echo = self.file("echo.bin", guests.echo())
        self.idle = self.file("idle.bin", guests.idle())

    def path(self, name):
        return os.path.join(self.dir, name)

    def file(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)
        return self.path(name)

    def image(self, name="Image"):
        path = os.path.join(self.guest, name)
        if not os.path.exists(path):
            raise Skip(f"no {path}")
        return path

    def run(self, *args, **kw):
        kw.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([*self.program, *args], capture_output=True, timeout=TIMEOUT, **kw)

    def start(self, *args, **kw):
        for name in ("stdin", "stdout", "stderr"):
            kw.setdefault(name, subprocess.PIPE)
        return subprocess.Popen([*self.program, *args], **kw)

    def refuses(self, *args, says, **kw):
        """One message that names the culprit, status 1, and nothing else."""
        r = self.run(*args, **kw)
        err = r.stderr.decode(errors="replace")
        check(r.returncode == 1, f"{args}: status {r.returncode}: {err}")
        check(err.startswith("weft: ") and err.count("\n") == 1, f"{args}: not one message: {err}")
        check(r.stdout == b"", f"{args}: printed {r.stdout!r}")
        for text in [says] if isinstance(says, str) else says:
            check(text in err, f"{args}: {text!r} is not in: {err}")


class Terminal:
    """The emulator on a pseudo terminal."""

    def __init__(self, env, *args):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.output = b""

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [*env.program, *args], stdin=self.slave, stdout=self.slave, stderr=self.slave,
            preexec_fn=own_terminal)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.output += os.read(self.master, 65536)

    def expect(self, text, seconds=TIMEOUT):
        """Waits for text; drops the output up to its end and returns it."""
        end = time.monotonic() + seconds
        while text not in self.output:
            check(time.monotonic() < end, f"no {text!r} in {self.output!r}")
            check(self.process.poll() is None,
                  f"ended ({self.process.returncode}): {self.output!r}")
            self.read(0.1)
        at = self.output.index(text) + len(text)
        seen, self.output = self.output[:at], self.output[at:]
        return seen

    def send(self, data):
        os.write(self.master, data)

    def wait_raw(self):
        end = time.monotonic() + TIMEOUT
        while termios.tcgetattr(self.slave)[3] & (termios.ICANON | termios.ECHO):
            check(time.monotonic() < end, "the terminal does not become raw")
            time.sleep(0.02)

    def ends(self, status, what=""):
        """Waits for the end with that status (None: any but 0), the terminal as it was before."""
        end = time.monotonic() + TIMEOUT
        while self.process.poll() is None:
            check(time.monotonic() < end, f"does not end {what}: {self.output!r}")
            self.read(0.05)
        self.read(0)
        check(self.process.returncode == status if status is not None else self.process.returncode,
              f"status {self.process.returncode}, not {status} {what}: {self.output!r}")
        check(termios.tcgetattr(self.slave) == self.before, f"terminal not restored {what}")
