"""The results file: all samples of a run and what they were taken with. One JSON object:

    format, date, commit, minutes, rounds, selection, machine, versions, load (before, after)
    contenders  {name: title, version, note, short, kind, command}     skipped  {name: reason}
    workloads   {name: group, title}
    seconds     {workload: {contender: [a figure for each round, or null]}}: seconds of the whole, for the CPU suite less
                those of a program that does nothing; with `operations`, {workload: {contender: count}}, to be divided by it
    phases      {contender: {phase: median seconds}} of the boot; `launch`: of the browser's start before it
    processes   {job: {contender: wall and cpu seconds, peak_mib, medians}}
    stats       {job: {contender: medians of -jit-stats}}; the job `profile` is a boot with profile=on
    failed      {"contender workload": reason}
"""
import json
import os

import noise
from workloads import EMPTY

FORMAT = 1
# A program's time is never 0 or less: the clock's noise can exceed a short one.
LEAST = 1e-4


class BadResults(Exception):
    """A results file that cannot be used; the text names it."""


class Samples:
    """What the rounds brought, by job and by workload."""

    def __init__(self, rounds):
        self.rounds = rounds
        self.runs = {}  # (job, contender): [Run]
        self.samples = {}  # (workload, contender): {round: sample}
        self.empty = {}  # contender: [seconds]
        self.failed = {}  # (contender, job): reason

    def add(self, number, contender, job, run, samples):
        self.runs.setdefault((job, contender), []).append(run)
        for workload, sample in samples.items():
            if workload == EMPTY:
                self.empty.setdefault(contender, []).append(sample["seconds"])
            else:
                self.samples.setdefault((workload, contender), {})[number] = sample


def medians(dictionaries):
    """A dict with the median of each key."""
    keys = [k for k in dictionaries[0] if all(k in d for d in dictionaries)]
    return {k: round(noise.median([d[k] for d in dictionaries]), 6) for k in keys}


def nested(items):
    found = {}
    for (outer, inner), value in items:
        found.setdefault(outer, {})[inner] = value
    return found


def seconds_of(samples, workload, contender):
    """Its figure for each round."""
    taken = samples.samples[workload, contender]
    empty = noise.median(samples.empty.get(contender, [])) or 0 if workload.startswith("cpu/") else 0
    return [round(max(taken[n]["seconds"] - empty, LEAST), 5) if n in taken else None for n in range(samples.rounds)]


def collect(samples):
    """The parts of the results file that come from samples."""
    keys = list(samples.samples)
    stats = [(key, [r.stats for r in taken if r.stats]) for key, taken in samples.runs.items()]
    boots = [(c, [s["phases"] for s in samples.samples[w, c].values()]) for w, c in keys if w == "boot"]
    runs = {key: [{"wall": r.wall, "cpu": r.cpu, "peak_mib": r.peak_mib} for r in taken] for key, taken in samples.runs.items()}
    return {
        "seconds": nested((k, seconds_of(samples, *k)) for k in keys),
        "operations": nested((k, noise.median([s["operations"] for s in samples.samples[k].values()])) for k in keys
                             if "operations" in next(iter(samples.samples[k].values()))),
        "phases": {c: medians(phases) for c, phases in boots},
        "processes": nested((key, medians(taken)) for key, taken in runs.items()),
        "stats": nested((key, medians(taken)) for key, taken in stats if taken),
        "failed": {"%s %s" % key: reason for key, reason in samples.failed.items()},
    }


def compact(value, indent=0):
    """JSON in which what holds no other objects stands in one line."""
    pad = " " * (indent + 1)
    if isinstance(value, dict) and any(isinstance(v, (dict, list)) for v in value.values()):
        rows = ["%s%s: %s" % (pad, json.dumps(k), compact(v, indent + 1)) for k, v in value.items()]
        return "{\n%s\n%s}" % (",\n".join(rows), " " * indent)
    return json.dumps(value)


def save(results, path):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    temporary = path + ".tmp"
    with open(temporary, "w", encoding="utf-8") as f:
        f.write(compact(results) + "\n")
    os.replace(temporary, path)


def load(path):
    """The results in a file. BadResults."""
    try:
        with open(path, encoding="utf-8") as f:
            results = json.load(f)
    except (OSError, ValueError) as e:
        raise BadResults("%s: %s" % (path, e)) from e
    if not isinstance(results, dict) or results.get("format") != FORMAT:
        raise BadResults("%s: not a results file of format %d" % (path, FORMAT))
    missing = [k for k in ("seconds", "contenders", "workloads", "processes", "rounds") if k not in results]
    if missing:
        raise BadResults("%s: has no '%s'" % (path, missing[0]))
    return results
