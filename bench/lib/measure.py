"""Runs one process and measures it: wall and CPU seconds, peak memory, and when each line of its output arrived."""
import os
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field

from common import ROOT

GRACE = 15  # seconds that a process has to end when it is told to


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
    late: bool = False  # it took longer than it may, and was ended

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


def signal_group(process, number):
    """To a process and to what it has started in its session."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def end(process, ended):
    """Tells a process to end, so that it can take away what it has made, and kills it if it does not. `ended(seconds)` waits
    for so long at most, and says whether it has ended."""
    signal_group(process, signal.SIGTERM)
    if not ended(GRACE):
        signal_group(process, signal.SIGKILL)


def ended(process, seconds):
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def measure(command, environment=None, timeout=600):
    """A Run. The process and its children are ended after `timeout` seconds; `late` then says so."""
    late, over = [], threading.Event()

    def watch():
        if not over.wait(timeout):
            late.append(timeout)
            end(process, over.wait)

    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                   env=dict(os.environ, **(environment or {})), start_new_session=True)
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            lines = read_lines(process.stdout, start)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            end(process, lambda seconds: ended(process, seconds))
            raise
        finally:
            over.set()
            watcher.join()
            process.stdout.close()
        errors.seek(0)
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode, lines,
                   errors.read().decode("utf-8", "replace").strip(), late=bool(late))
