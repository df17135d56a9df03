"""An emulator with its console: on a pseudo terminal (as a person has it) or on pipes."""
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time


class Failure(Exception):
    """A test that failed; the text says how."""


class Skip(Exception):
    """A test that cannot run here; the text says why."""


class Console:
    """Runs a command. With a terminal, input and output go through a pty in its initial (cooked) mode."""

    def __init__(self, command, terminal=False):
        self.output = b""
        self.searched = 0
        self.slave = None
        if terminal:
            self.master, self.slave = pty.openpty()
            self.modes = termios.tcgetattr(self.slave)
            self.process = subprocess.Popen(
                command, stdin=self.slave, stdout=self.slave, stderr=self.slave, start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))  # and in the foreground
            self.reader = self.writer = self.master
        else:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.STDOUT, start_new_session=True)
            self.reader, self.writer = self.process.stdout.fileno(), self.process.stdin.fileno()
        os.set_blocking(self.reader, False)
        os.set_blocking(self.writer, False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.slave is not None:
            os.close(self.master)
            os.close(self.slave)
        else:
            for stream in (self.process.stdin, self.process.stdout):
                try:
                    stream.close()
                except OSError:
                    pass

    def pump(self, seconds):
        """Takes what arrives within that time at most; False when nothing did."""
        if not select.select([self.reader], [], [], max(0, seconds))[0]:
            return False
        try:
            data = os.read(self.reader, 65536)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        self.output += data
        if not data:
            time.sleep(0.01)
        return bool(data)

    def expect(self, pattern, timeout):
        """Waits for a regular expression after the last one that was found; the match."""
        deadline = time.monotonic() + timeout
        while True:
            match = re.compile(pattern, re.MULTILINE).search(self.output, self.searched)
            if match:
                self.searched = match.end()
                return match
            if self.process.poll() is not None and not self.pump(0):
                raise Failure("ended with status %d before %r; %s" % (self.process.returncode, pattern, self.tail()))
            if time.monotonic() > deadline:
                raise Failure("no %r within %d s; %s" % (pattern, timeout, self.tail()))
            self.pump(0.2)

    def send(self, data, timeout=30):
        deadline = time.monotonic() + timeout
        while data:
            self.pump(0)
            if select.select([], [self.writer], [], 0.1)[1]:
                try:
                    data = data[os.write(self.writer, data[:4096]):]
                except BlockingIOError:
                    pass
            if time.monotonic() > deadline:
                raise Failure("%d bytes of input were not taken in %d s; %s" % (len(data), timeout, self.tail()))
            if self.process.poll() is not None:
                raise Failure("ended with status %d during input" % self.process.returncode)

    def wait(self, timeout):
        """The status at the end of the process, after all its output."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            self.pump(0.1)
            if time.monotonic() > deadline:
                raise Failure("did not end within %d s; %s" % (timeout, self.tail()))
        while self.pump(0):
            pass
        return self.process.returncode

    def tail(self):
        lines = self.output.decode("latin-1").splitlines()[-6:]
        return "the last lines: " + " | ".join(line.strip() for line in lines)

    def terminal_restored(self):
        now = termios.tcgetattr(self.slave)
        return now == self.modes

    def cpu_seconds(self):
        """User and system time of the process (its threads included) so far."""
        with open("/proc/%d/stat" % self.process.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cpu_share(self, seconds):
        """Fraction of a core used over a time."""
        start, before = time.monotonic(), self.cpu_seconds()
        while time.monotonic() - start < seconds:
            self.pump(0.5)
            if self.process.poll() is not None:
                raise Failure("ended with status %d" % self.process.returncode)
        return (self.cpu_seconds() - before) / (time.monotonic() - start)
