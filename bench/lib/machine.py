"""What a result depends on besides the contenders: machine, versions, load."""
import os
import platform
import re
import subprocess

import programs
from common import ROOT, Failure, Missing, first_line


def cpu_model():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            return re.search(r"^model name\s*:\s*(.*)$", f.read(), re.M).group(1)
    except (OSError, AttributeError):
        return platform.processor() or platform.machine()


def memory_gib():
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def distribution():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def machine():
    return {"cpu": cpu_model(), "cores": os.cpu_count(), "memory_gib": memory_gib(),
            "system": "%s, Linux %s" % (distribution(), platform.release().split("-")[0])}


def versions():
    """{name: version} of what all contenders share."""
    found = {}
    for name, get in (("compiler", programs.compiler_version),
                      ("node", lambda: first_line([first_line([os.path.join(ROOT, "scripts/toolchain/node.sh"), "--find"]),
                                                   "--version"]))):
        try:
            found[name] = get()
        except (Failure, Missing):
            pass
    return found


def commit():
    """The commit, with -dirty if something was changed since; empty outside of a repository."""
    result = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, check=False)
    return result.stdout.strip()


def load():
    return round(os.getloadavg()[0], 2)
