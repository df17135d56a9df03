"""Runs one process and measures it: wall and CPU seconds, peak memory, and when each line of its output arrived."""
import os
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field

from common import ROOT


@dataclass
class Run:
    """What became of a process. Times are seconds since its start; peak_mib is the most resident memory it had."""
    wall: float
    cpu: float
    peak_mib: float
    status: int
    lines: list = field(default_factory=list)  # (seconds, text)
    errors: str = ""
    stats: dict = None  # what Weft's -jit-stats said

    @property
    def output(self):
        return "\n".join(text for _, text in self.lines).strip()


# A child is charged with the memory of the process whose memory it has until its exec: after fork() that is what Python has
# now, after vfork() the most it ever had.
subprocess._USE_VFORK = False  # pylint: disable=protected-access


def read_lines(stream, start):
    """(seconds since `start`, text) of each line, by when its end arrived."""
    lines, rest = [], b""
    while True:
        data = os.read(stream.fileno(), 1 << 16)
        now = time.monotonic() - start
        if not data:
            break
        *whole, rest = (rest + data).split(b"\n")
        lines += [(now, line.decode("utf-8", "replace").rstrip("\r")) for line in whole]
    if rest:
        lines.append((now, rest.decode("utf-8", "replace").rstrip("\r")))
    return lines


def measure(command, environment=None, timeout=600):
    """A Run. The process and its children are killed after `timeout` seconds; the status is then negative."""
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                   env=dict(os.environ, **(environment or {})), start_new_session=True)
        timer = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        try:
            lines = read_lines(process.stdout, start)
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            timer.cancel()
            process.stdout.close()
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode, lines,
                   errors.read().decode("utf-8", "replace").strip())
