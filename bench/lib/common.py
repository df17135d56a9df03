"""Paths, and the two ways in which a benchmark does not come about."""
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(ROOT, "bench")
OUT = os.path.join(ROOT, "build", "bench")
GUEST = os.path.join(ROOT, "build", "guest")
RESULTS = os.path.join(OUT, "results.json")


class Failure(Exception):
    """Something that should have worked did not; the text says what."""


class Missing(Exception):
    """Something that is not installed or not built; the text says what, and what would bring it."""


def first_line(command, env=None, timeout=120):
    """The first line that a command prints. Failure if it cannot be run or does not end well."""
    try:
        result = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env,
                                stderr=subprocess.PIPE, text=True, timeout=timeout, check=False)
    except (OSError, subprocess.SubprocessError) as e:
        raise Failure(str(e)) from e
    if result.returncode:
        said = (result.stderr.strip() or result.stdout.strip()).splitlines()
        raise Failure("%s: status %d: %s" % (os.path.basename(command[0]), result.returncode, said[-1] if said else ""))
    return (result.stdout.strip().splitlines() or [""])[0]


def find_script(name, *words):
    """The path that scripts/bench/NAME --find prints; Missing with its message otherwise."""
    result = subprocess.run([os.path.join(ROOT, "scripts", "bench", name), "--find", *words], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        said = result.stderr.strip().splitlines()
        raise Missing(said[-1].removeprefix(name + ": ") if said else "%s failed" % name)
    return result.stdout.strip()
