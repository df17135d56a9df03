"""Reads what a guest prints that does several things in one run, each between two lines:

    @begin NAME
    @end NAME NANOSECONDS STATUS WORD...

The nanoseconds are by the guest's clock, and what is reported: a line may arrive late on a busy machine. The host's clock
tells whether they can be believed, part by part within what a line may take, and all parts together more closely."""
import re
from dataclasses import dataclass

# How far guest and host may be apart: a part of the time, and seconds.
EACH = (0.1, 0.5)
TOGETHER = (0.03, 0.1)


@dataclass
class Part:
    seconds: float  # by the guest's clock
    host_seconds: float
    status: int
    words: list


def parts(lines):
    """{name: Part}. `lines` are (seconds, text); console messages of a kernel may stand around ours."""
    begun, found = {}, {}
    for seconds, text in lines:
        begin = re.search(r"@begin (\S+)", text)
        end = re.search(r"@end (\S+) (\d+) (\d+) ?(.*)", text)
        if begin:
            begun[begin[1]] = seconds
        elif end and end[1] in begun:
            found[end[1]] = Part(int(end[2]) / 1e9, seconds - begun.pop(end[1]), int(end[3]), end[4].split())
    return found


def apart(guest, host, allowed):
    return abs(guest - host) > allowed[0] * host + allowed[1]


def drift(found):
    """Why the guest's clock cannot be believed, or None."""
    guest, host = (sum(getattr(p, key) for p in found.values()) for key in ("seconds", "host_seconds"))
    rows = [(name, p.seconds, p.host_seconds, EACH) for name, p in found.items()]
    for name, g, h, allowed in [*rows, ("all parts", guest, host, TOGETHER)]:
        if apart(g, h, allowed):
            return "%s: the guest's clock says %.3f s, the host's %.3f s" % (name, g, h)
    return None
