"""Reads what a guest prints that does several things in one run, each between two lines:

    @begin NAME
    @end NAME NANOSECONDS STATUS WORD...

The nanoseconds are by the guest's clock; the host's clock tells when the lines arrived. What is reported is host time; a
guest whose clock says otherwise fails, since its own figures could not be believed."""
import re
from dataclasses import dataclass

# Beyond this, guest and host disagree: a part of the time, and what a line may need to arrive.
DRIFT, ARRIVAL = 0.03, 0.05


@dataclass
class Part:
    seconds: float  # host
    guest_seconds: float
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
            found[end[1]] = Part(seconds - begun.pop(end[1]), int(end[2]) / 1e9, int(end[3]), end[4].split())
    return found


def drift(part):
    """Why the guest's clock cannot be believed, or None."""
    if abs(part.guest_seconds - part.seconds) > DRIFT * part.seconds + ARRIVAL:
        return "the guest's clock says %.3f s, the host's %.3f s" % (part.guest_seconds, part.seconds)
    return None
