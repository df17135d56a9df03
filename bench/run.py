#!/usr/bin/python3
"""Measures Weft's modes and its peers side by side: run.py [--rounds N] [--only WORKLOAD] [--contender NAME] [--quick]

The contenders take turns, round by round; what counts are medians. Whatever a guest prints is compared with what the same
program prints natively, and its clock with the host's. Results go to build/bench: results.json, report.md and plots. The
status is 1 if anything failed. docs/benchmarks.md says more."""
import argparse
import fnmatch
import glob
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import contenders as contenders_  # noqa: E402
import machine  # noqa: E402
import measure  # noqa: E402
import plots  # noqa: E402
import programs  # noqa: E402
import report  # noqa: E402
import results as results_  # noqa: E402
from common import RESULTS, ROOT, Failure, Missing  # noqa: E402
from workloads import EMPTY, GROUPS, QUICK, workloads  # noqa: E402

ROUNDS, QUICK_ROUNDS = 5, 3
QUICK_CONTENDERS = ["batch", "tb", "qemu-newest"]


def say(text):
    print("# " + text, file=sys.stderr, flush=True)


def matches(name, patterns):
    return any(fnmatch.fnmatch(name, p) or fnmatch.fnmatch(name, p + "/*") for p in patterns)


def parse():
    everyone = contenders_.contenders()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog="Environment: ROUNDS, BENCH_FULL=1.")
    parser.add_argument("--rounds", type=int, metavar="N", help="default %d, or ROUNDS" % ROUNDS)
    parser.add_argument("--only", action="append", metavar="WORKLOAD", help="boot, cpu/sieve, micro, 'cpu/*': see --list")
    parser.add_argument("--contender", action="append", metavar="NAME", help=", ".join(c.name for c in everyone))
    parser.add_argument("--with", action="append", default=[], metavar="KEY=VALUE,...", dest="changed",
                        help="Weft's linker with other options of -accel; beside these only --contender's, by default the "
                        "linker as it is. bench/options makes a table of the results")
    parser.add_argument("--quick", action="store_true", help="the key ratios in less than 3 minutes")
    parser.add_argument("--full", action="store_true", default=os.environ.get("BENCH_FULL", "") not in ("", "0"),
                        help="everything for the contenders with a short list, too")
    parser.add_argument("--json", default=RESULTS, metavar="FILE", help="default build/bench/results.json")
    parser.add_argument("--list", action="store_true", help="the workloads")
    options = parser.parse_args()
    if options.rounds is None:
        text = os.environ.get("ROUNDS") or str(QUICK_ROUNDS if options.quick else ROUNDS)
        if not text.isdecimal():
            parser.error("ROUNDS=%s is not a number" % text)
        options.rounds = int(text)
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    patterns = options.contender or (["batch"] if options.changed else QUICK_CONTENDERS if options.quick else ["*"])
    chosen = [c for c in everyone if matches(c.name, patterns)]
    chosen += [contenders_.linker_with(keys) for keys in dict.fromkeys(options.changed)]
    unknown = [p for p in patterns if not any(matches(c.name, [p]) for c in everyone)]
    if unknown:
        parser.error("--contender %s: there are %s" % (unknown[0], ", ".join(c.name for c in everyone)))
    all_workloads = workloads()
    patterns = options.only or (QUICK if options.quick else list(GROUPS))
    wanted = {n: w for n, w in all_workloads.items() if matches(n, patterns)}
    unknown = [p for p in patterns if not any(matches(n, [p]) for n in all_workloads)]
    if unknown:
        parser.error("--only %s: no such workload; --list shows them" % unknown[0])
    if options.list:
        print("\n".join("%-22s %s" % (n, w.title) for n, w in wanted.items()))
        sys.exit(0)
    return options, chosen, wanted


def native_outputs(names):
    """{workload: what the program prints natively}."""
    found = {}
    for name, path in programs.cpu_host(names).items():
        run = measure.measure([path])
        if run.status != 0:
            raise Failure("%s ended with status %d natively" % (name, run.status))
        found["cpu/" + name] = run.output
    return found


def prepared(chosen, wanted, full):
    """({contender: its workloads}, {name: reason why it takes no part})."""
    found, skipped = {}, {}
    for c in chosen:
        names = [n for n, w in wanted.items() if c.takes(w, full)]
        if not names:
            continue
        try:
            c.prepare(names)
            found[c] = names
        except Missing as e:
            skipped[c.name] = str(e)
            say("skipped: %s: %s" % (c.title, e))
    return found, skipped


def jobs_of(found, wants):
    """[(job name, {contender: Job})] in the order of a round. A program that does nothing is run at both ends of the suite."""
    by_name, order = {}, []
    for c, names in found.items():
        if c.has_empty and any(n.startswith("cpu/") for n in names):
            names = [*names, EMPTY]
        for job in c.jobs(names, wants):
            by_name.setdefault(job.name, {})[c] = job
    for name in ["boot", "profile", EMPTY, *sorted(n for n in by_name if n.startswith("cpu/") and n != EMPTY), EMPTY, "cpu", "micro", "system"]:
        if name in by_name:
            order.append((name, by_name[name]))
    return order


def estimate(order, rounds, earlier):
    """Minutes that the rounds will take, by an earlier results file; None if that does not know most of the jobs."""
    known = [earlier.get(name, {}).get(c.name, {}).get("wall") for name, jobs in order for c in jobs]
    there = [k for k in known if k]
    if not there or len(there) < len(known) / 2:
        return None
    return sum(there) * len(known) / len(there) * rounds / 60


def earlier(path):
    """The processes of an earlier results file, here or the committed one."""
    for name in (path, *sorted(glob.glob(os.path.join(ROOT, "bench", "results", "*.json")), reverse=True)):
        try:
            return results_.load(name)["processes"]
        except results_.BadResults:
            pass
    return {}


class Stop:
    """Ctrl-C or SIGTERM. An exception alone may come where Python drops it, as in a destructor."""
    asked = False

    @classmethod
    def ask(cls, *_):
        cls.asked = True
        raise KeyboardInterrupt

    @classmethod
    def check(cls):
        if cls.asked:
            raise KeyboardInterrupt


def in_turn(jobs, number):
    """
    The contenders of a job in the order of a round: a row of a Latin square in which each comes behind another one in each row
    (after Williams, 1949; behind every one in as many rows as there are contenders, twice as many where that is odd). Who
    comes behind a process that kept all cores busy for long may find a slower machine: not always the same one.
    """
    found = list(jobs)
    zigzag = [(k + 1) // 2 * (1 if k % 2 else -1) for k in range(len(found))]
    row = [found[(k + number) % len(found)] for k in zigzag]
    return row[::-1] if len(found) % 2 and number % 2 else row


def run_round(order, number, samples):
    """Each job of each contender. What fails once is not tried again."""
    for name, jobs in order:
        for c in in_turn(jobs, number):
            if (c.name, name) in samples.failed:
                continue
            Stop.check()
            run = measure.measure(jobs[c].command, jobs[c].environment, jobs[c].timeout)
            try:
                samples.add(number, c.name, name, run, jobs[c].read(run))
            except Failure as e:
                samples.failed[c.name, name] = str(e)
                say("FAILED: %s, %s: %s" % (c.title, name, e))


def run_rounds(order, rounds):
    """Samples of everything; after Ctrl-C or SIGTERM of what was done."""
    samples, start, number = results_.Samples(rounds), time.monotonic(), 0
    try:
        for number in range(rounds):
            run_round(order, number, samples)
            minutes = (time.monotonic() - start) / 60
            say("round %d of %d: %.1f minutes in all, %.1f to go, load %.1f" % (
                number + 1, rounds, minutes, minutes / (number + 1) * (rounds - number - 1), machine.load()))
    except KeyboardInterrupt:
        samples.failed["all", "rounds"] = "stopped in round %d of %d" % (number + 1, rounds)
        say(samples.failed["all", "rounds"])
    return samples


def command_of(c):
    """What a person would type, without the guest."""
    words = getattr(c, "command", None) or (["node", "bench/peers/v86.mjs"] if hasattr(c, "node") else [])
    host = ["WEFT_HOST=" + c.host] if getattr(c, "host", None) else []
    return " ".join(w.replace(ROOT + "/", "").replace(os.path.expanduser("~"), "~", 1) for w in [*host, *words])


def main():
    options, chosen, wanted = parse()
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell has what it starts in the background ignore SIGINT
        signal.signal(number, Stop.ask)
    load, start = machine.load(), time.monotonic()
    try:
        names = [n[4:] for n in wanted if n.startswith("cpu/")]
        wants = contenders_.Wants(native_outputs([*names, "empty"] if names else []), {})
        found, skipped = prepared(chosen, wanted, options.full)
        if not found:
            raise Failure("no contender can run this: make guest, make bench-deps; --full, as some have a short list")
        order = jobs_of(found, wants)
    except (Failure, Missing) as e:
        sys.exit("run.py: %s" % e)
    minutes = estimate(order, options.rounds, earlier(options.json))
    say("%d rounds of %d processes; %s" % (options.rounds, sum(len(jobs) for _, jobs in order),
                                           "about %.0f minutes by the last run" % minutes if minutes else
                                           "how long that takes will be known after the first"))
    samples = run_rounds(order, options.rounds)
    results = {
        "format": results_.FORMAT, "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "commit": machine.commit(),
        "minutes": round((time.monotonic() - start) / 60, 1), "rounds": options.rounds,
        "selection": " ".join(sys.argv[1:]), "machine": machine.machine(), "versions": machine.versions(),
        "load": [load, machine.load()],
        "contenders": {c.name: dict(c.describe(), command=command_of(c)) for c in found}, "skipped": skipped,
        "workloads": {n: {"group": w.group, "title": w.title} for n, w in wanted.items()}, **results_.collect(samples)}
    results_.save(results, options.json)
    folder = os.path.dirname(os.path.abspath(options.json))
    with open(os.path.join(folder, "report.md"), "w", encoding="utf-8") as f:
        f.write(report.whole(results))
    names = plots.write_all(results, folder)
    print(report.terminal(results))
    say("all samples: %s; beside it: %s" % (os.path.relpath(options.json), ", ".join(["report.md", *names])))
    return 1 if samples.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("run.py: stopped")
