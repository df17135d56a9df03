#!/usr/bin/python3
"""Tests of the benchmarks' own parts: statistics, sessions, results files, comparison, report, plots, documents. TAP."""
import copy
import importlib.util
import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import xml.dom.minidom

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "bench", "lib"))
import changes  # noqa: E402
import contenders  # noqa: E402
import documents  # noqa: E402
import measure  # noqa: E402
import noise  # noqa: E402
import plots  # noqa: E402
import ratios  # noqa: E402
import report  # noqa: E402
import results as results_  # noqa: E402
import session  # noqa: E402
import workloads  # noqa: E402
from common import Failure, Missing  # noqa: E402

TESTS = []
# True speeds of the contenders of made-up results.
SPEEDS = {"batch": 2.0, "tb": 0.5, "qemu": 0.8, "qemu-newest": 1.0}
WORKLOADS = {"boot": "boot", "cpu/fib": "cpu", "cpu/sieve": "cpu", "micro/one": "micro", "micro/two": "micro"}


def test(function):
    TESTS.append(function)
    return function


def equal(found, want):
    assert found == want, "%r is not %r" % (found, want)


def near(found, want, part=1e-9):
    assert abs(found - want) <= part * abs(want), "%r is not near %r" % (found, want)


def raises(kind, function, *words):
    try:
        function()
    except kind as e:
        for word in words:
            assert word in str(e), "'%s' does not say '%s'" % (e, word)
        return
    raise AssertionError("%s was not raised" % kind.__name__)


def made(rounds=5, jitter=0.01, seed=1, speeds=None):
    """Results of contenders with known speeds and a deviation."""
    rng, speeds = random.Random(seed), speeds or SPEEDS
    seconds = {w: {c: [round(0.5 / s * rng.lognormvariate(0, jitter), 5) for _ in range(rounds)] for c, s in speeds.items()}
               for w in WORKLOADS}
    kinds = {c: "qemu" if c.startswith("qemu") else "weft" for c in speeds}
    process = {"wall": 1.5, "cpu": 1.6, "peak_mib": 300.0}
    return {"format": results_.FORMAT, "date": "2026-01-02T03:04:05Z", "commit": "abc1234", "minutes": 1.0, "rounds": rounds,
            "selection": "", "machine": {"cpu": "a CPU", "cores": 2, "memory_gib": 8, "system": "a system"},
            "versions": {"node": "v24"}, "load": [0.1, 1.0], "skipped": {"v86": "not there"}, "failed": {},
            "contenders": {c: {"title": "Title of " + c, "version": "1", "note": "", "short": False, "kind": kinds[c],
                               "command": "x -accel tcg,jit=" + c} for c in speeds},
            "workloads": {w: {"group": g, "title": "title of " + w} for w, g in WORKLOADS.items()},
            "seconds": seconds, "operations": {w: {c: 1000 for c in speeds} for w in WORKLOADS if w.startswith("micro")},
            "phases": {c: {"load": 0.2, "kernel": 1.2, "end": 0.1} for c in speeds},
            "processes": {"boot": {c: process for c in speeds}},
            "stats": {"boot": {c: {"wall_seconds": 1.4, "guest_insns": 6e8, "translate_seconds": 0.2,
                                         "generate_seconds": 0.5, "insns_compiled_code": 5e8}
                               for c in speeds if c == "batch"}}}


def saved(found, folder, name):
    path = os.path.join(folder, name)
    results_.save(found, path)
    return path


def command(*words):
    result = subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, check=False)
    return result.returncode, result.stdout


# ---- statistics ----

@test
def medians_leave_out_what_failed():
    equal(noise.median([3, None, 1, 2]), 2)
    equal(noise.median([None]), None)
    near(noise.spread([1, None, 2, 3]), 1.0)
    near(noise.geomean([2, 8]), 4)


@test
def a_ratio_is_of_paired_rounds():
    # A machine that is twice as slow in some rounds, and one sample that is far off.
    near(noise.ratio([1, 2, 2, 1, 1], [2, 4, 4, 2, 2]), 0.5)
    near(noise.ratio([1, 1, 1, 1, 1], [2, 2, 2, 2, 200]), 0.5)
    near(noise.ratio([None, 3], [1, None]), 3.0)
    equal(noise.group_rounds([([1, 2, None], [1, 2, 3]), ([4, 8, 1], [1, 2, 3])]), [2.0, 2.0, None])


@test
def workloads_of_one_process_share_its_fate():
    found = made(jitter=0)
    for workload in ("cpu/fib", "cpu/sieve"):
        found["seconds"][workload]["tb"] = [s * f for s, f in zip(found["seconds"][workload]["tb"], (1, 2, 1, 2, 1))]
    of_one = ratios.all_ratios(found)["cpu/fib"]["tb"].noise
    assert ratios.means(found)["cpu"]["tb"].noise > 0.9 * of_one


@test
def deviation_is_of_paired_rounds():
    # Both sides are slower in the same rounds: nothing is uncertain about their ratio.
    s, freedom = noise.deviation([1, 2, 3], [2, 4, 6])
    equal((round(s, 12), freedom), (0.0, 2))
    s, _ = noise.deviation([1, 1], [1, math.e])
    near(s, math.sqrt(0.5))
    equal(noise.deviation([1, None, 1], [None, 1, 1]), (0.0, 0))


@test
def noise_has_a_floor_and_an_unknown():
    equal(noise.noise((0.0, 0), None), noise.UNKNOWN)
    equal(noise.noise((0.0, 4), 0.0), noise.FLOOR)
    assert noise.noise((0.05, 4), 0.05) > 2 * noise.FLOOR
    # A calm one in a restless group was lucky.
    assert noise.noise((0.0, 4), 0.05) > noise.noise((0.0, 4), 0.01)


@test
def two_runs_agree_within_the_noise():
    wrong = total = 0
    for seed in range(0, 60, 2):
        for jitter in (0.005, 0.03):
            found = changes.changes(made(seed=seed, jitter=jitter), made(seed=seed + 1, jitter=jitter), False)
            total += len(found)
            wrong += sum(c.slower or c.faster for c in found)
    assert total > 500 and wrong <= total * 0.01, "%d of %d differ" % (wrong, total)


# ---- ratios ----

@test
def faster_qemu_is_one():
    found = made(jitter=0)
    equal(ratios.reference(found, "cpu/fib"), "qemu-newest")
    row = ratios.all_ratios(found)["cpu/fib"]
    near(row["batch"].value, 2.0, 1e-3)
    equal((row["qemu-newest"].value, row["qemu-newest"].noise), (1.0, 0.0))
    near(row["qemu"].value, 0.8, 1e-3)
    mean = ratios.means(found)["cpu"]["tb"]
    near(mean.value, 0.5, 1e-3)
    equal(mean.count, 2)


@test
def without_qemu_there_are_no_ratios():
    equal(ratios.all_ratios(made(speeds={"batch": 1.0})), {})


@test
def operations_divide():
    found = made(jitter=0)
    found["operations"]["micro/one"]["batch"] = 2000  # it did twice the work
    near(ratios.all_ratios(found)["micro/one"]["batch"].value, 4.0, 1e-3)


# ---- sessions ----

LINES = [(1.0, "[  0.1] noise @begin a"), (2.0, "@end a 990000000 0 200 12ab"), (2.5, "@begin b"), (3.0, "@end c 1 0 x"),
         (3.5, "@begin d"), (3.6, "@end d 100000000 1 word word")]


@test
def session_reads_parts():
    found = session.parts(LINES)
    equal(sorted(found), ["a", "d"])
    equal((found["a"].seconds, found["a"].host_seconds), (0.99, 1.0))
    equal((found["a"].words, found["d"].status), (["200", "12ab"], 1))
    equal(session.drift(found), None)


@test
def drift_is_found():
    def part(guest, host):
        return session.Part(guest, host, 0, [])

    # A line that arrives late proves nothing, a part that is a second off does, and so do 4% of all.
    equal(session.drift({"a": part(1.0, 1.08), "b": part(1.0, 1.0)}), None)
    assert "b: the guest's clock says 1.000 s, the host's 2.000 s" in session.drift({"a": part(9, 9), "b": part(1, 2)})
    assert "all parts" in session.drift({n: part(0.96, 1.0) for n in "abcdefghijklmnop"})


def run_of(lines, status=0, wall=5.0, stats=None):
    return measure.Run(wall, 1.0, 100.0, status, lines, stats=stats)


@test
def checksums_must_agree():
    wants = contenders.Wants({}, {})
    read = contenders.read_micro(["a"], wants)
    equal(read(run_of(LINES))["micro/a"], {"seconds": 0.99, "operations": 200})
    other = [(1.0, "@begin a"), (2.0, "@end a 990000000 0 200 ffff")]
    raises(Failure, lambda: read(run_of(other)), "ffff", "12ab")
    raises(Failure, lambda: contenders.read_micro(["b"], wants)(run_of(LINES)), "micro/b did not end")
    raises(Failure, lambda: contenders.read_program("fib", "fib 1")(run_of([(1.0, "fib 2")])), "fib 2", "fib 1")
    raises(Failure, lambda: contenders.read_program("fib", "fib 1")(run_of([(1.0, "fib 1")], status=3)), "status 3")


@test
def system_work_is_checked():
    said = {"find": "21000", "gzip": "1755536"}
    lines = []
    for number, (name, (operations, _, _)) in enumerate(workloads.SYSTEM.items()):
        lines += [(number, "@begin " + name), (number + 1, "@end %s 1000000000 0 %s" % (name, said.get(name, operations)))]
    read = contenders.read_system(["find", "pipe"])
    samples = read(run_of([*lines, (20, "@same")]))
    equal(sorted(samples), ["system/find", "system/pipe"])
    equal(samples["system/find"], {"seconds": 1.0, "operations": 21000})
    raises(Failure, lambda: read(run_of(lines)), "gunzip")
    lines[1] = (1, "@end fork_exec 1000000000 0 99")
    raises(Failure, lambda: read(run_of([*lines, (20, "@same")])), "fork_exec", "99")


@test
def clocks_must_agree():
    slow = [(1.0, "@begin a"), (2.0, "@end a 1900000000 0 200 12ab")]
    raises(Failure, lambda: contenders.read_micro(["a"], contenders.Wants({}, {}))(run_of(slow)), "clock")


@test
def boot_has_phases():
    lines = [(0.5, "[ 0.0] Linux version 6"), (2.0, "GUEST-READY 1.7"), (2.1, "riscv64"), (2.2, "GUEST-RC 0")]
    sample = contenders.read_boot(run_of(lines, wall=2.5))["boot"]
    equal(sample, {"seconds": 2.5, "phases": {"load": 0.5, "kernel": 1.5, "end": 0.5}})
    raises(Failure, lambda: contenders.read_boot(run_of(lines[:2])), "did not boot")
    raises(Failure, lambda: contenders.read_boot(run_of([*lines[:3], (2.2, "GUEST-RC 1")])), "did not boot")


@test
def processes_are_measured():
    run = measure.measure([sys.executable, "-c", "import time; print('a', flush=True); time.sleep(0.2); print('b'); 1 / 0"])
    equal((run.status, [text for _, text in run.lines]), (1, ["a", "b"]))
    assert run.lines[1][0] - run.lines[0][0] > 0.1 and run.wall >= 0.2 and run.peak_mib > 1
    assert "ZeroDivisionError" in run.errors
    assert not run.late


@test
def late_processes_are_ended():
    run = measure.measure(["sleep", "60"], timeout=0.2)
    equal((run.status, run.late), (-15, True))
    raises(Failure, lambda: contenders.check_status(run), "did not end in time")
    # One that takes something away first, and then says that all is well.
    run = measure.measure(["sh", "-c", "trap 'echo tidy; exit 0' TERM; sleep 60 & wait"], timeout=0.3)
    equal((run.status, run.output, run.late), (0, "tidy", True))
    raises(Failure, lambda: contenders.check_status(run), "did not end in time: tidy")
    grace, measure.GRACE = measure.GRACE, 0.3
    try:
        equal(measure.measure(["sh", "-c", "trap '' TERM; sleep 60"], timeout=0.3).status, -9)
    finally:
        measure.GRACE = grace


@test
def stopped_run_keeps_what_it_has():
    with tempfile.TemporaryDirectory() as folder:
        for number in (signal.SIGTERM, signal.SIGINT):
            path = os.path.join(folder, "%d.json" % number)
            p = subprocess.Popen([sys.executable, "bench/run.py", "--only", "cpu/fib", "--contender", "host", "--rounds", "9999",
                                  "--json", path], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
            lines = []
            for line in p.stdout:
                lines.append(line)
                if line.startswith("# round 2 of"):
                    p.send_signal(number)
            equal(p.wait(), 1)
            p.stdout.close()
            output = "".join(lines)
            assert "stopped in round" in output, output
            found = results_.load(path)
            assert len(found["seconds"]["cpu/fib"]["host"]) >= 2 and found["failed"], output


# ---- browsers ----

class Skipped(Exception):
    """A test that cannot run here; the text says why."""


def drive(what, *arguments, timeout=60):
    """(Run, what the page was asked for, is its process alive) of bench/browser/run.mjs with a browser that is none."""
    for path in ("web/weft.mjs", "serve"):
        if not os.path.exists(os.path.join(ROOT, "build", path)):
            raise Skipped("build/%s does not exist: make web" % path)
    try:
        node = contenders.node()
    except Missing as e:
        raise Skipped(str(e)) from e
    with tempfile.TemporaryDirectory() as folder:
        package, temporary = os.path.join(folder, "node_modules", "puppeteer-core"), os.path.join(folder, "tmp")
        os.makedirs(package)
        os.mkdir(temporary)
        shutil.copyfile(os.path.join(ROOT, "tests", "bench", "puppeteer.cjs"), os.path.join(package, "index.js"))
        environment = {"BENCH_FOLDER": folder, "BENCH_PAGE": what, "TMPDIR": temporary}
        run = measure.measure([node, "bench/browser/run.mjs", "chromium", "none", folder, *arguments], environment, timeout)
        equal(os.listdir(temporary), [])  # the profile is gone
        found = {n: open(os.path.join(folder, n), encoding="utf-8").read() for n in ("pid", "page")
                 if os.path.exists(os.path.join(folder, n))}
    if "pid" in found:
        # All of its group have ended, or wait for somebody to notice.
        states = command("ps", "-o", "stat=", "-g", found["pid"])[1].split()
        assert all(state.startswith("Z") for state in states), states
    return run, found.get("page")


@test
def browser_is_driven():
    run, page = drive("ends", "-kernel", "README.md", "-append", "a&b=c d")
    equal((run.status, run.errors), (3, "a remark"))
    equal(page, '200 ?{"args":["-kernel","README.md","-append","a&b=c d"],"files":{"README.md":"/README.md"}}')
    raises(Failure, lambda: contenders.in_page(run), "status 3")
    run.status = 0
    inside, said = contenders.in_page(run)
    equal(inside.lines, [(0.25, "[    0.000000] Linux version 6"), (0.5, "")])
    equal((inside.wall, said["stats"]), (0.75, {"guest_insns": 5}))
    assert inside.cpu >= 0 and inside.peak_mib > 0 and said["launch"] > 0, said


@test
def browser_that_fails_leaves_nothing():
    for what, words in (("fails", "no kernel here"), ("late", "clock")):
        run, _ = drive(what, "-kernel", "README.md")
        equal(run.status, 1)
        assert words in run.errors, run.errors
        raises(Failure, lambda: contenders.in_page(run), words)
    for path in ("/etc/passwd", "build/no-such-file"):
        run, _ = drive("ends", "-kernel", path)
        equal(run.status, 1)
        assert path in run.errors, run.errors
    run, page = drive("stays", "-kernel", "README.md", timeout=6)
    assert run.late and run.status == 143 and page, run
    assert "Linux version" in run.output


@test
def browser_may_be_missing():
    # Where there is no web build either, that is said.
    raises(Missing, contenders.Browser("x", "X", ["no-such-browser"], "").find, "make ")


@test
def browser_must_have_the_last_word():
    whole = ["0.500000 [ 0.0] Linux version 6", "1.250000 GUEST-READY 1", "1.300000 riscv64", "1.400000 GUEST-RC 0",
             '@browser {"seconds": 1.5, "launch": 0.75, "cpu_seconds": 2, "peak_mib": 300, "stats": {"guest_insns": 9}}']
    run = run_of([(9.0, text) for text in whole])
    inside, said = contenders.in_page(run)
    equal(contenders.read_boot(inside)["boot"], {"seconds": 1.5, "phases": {"load": 0.5, "kernel": 0.75, "end": 0.25}})
    equal(said["launch"], 0.75)
    raises(Failure, lambda: contenders.in_page(run_of(run.lines[:-1])), "GUEST-RC 0")
    raises(Failure, lambda: contenders.in_page(run_of([])), "last line")


# ---- files ----

@test
def neighbours_change():
    """Nobody comes behind the same contender in all rounds."""
    spec = importlib.util.spec_from_file_location("bench_run", os.path.join(ROOT, "bench", "run.py"))
    run = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run)
    for n in range(1, 14):
        names = list(range(n))
        rounds = [run.in_turn(dict.fromkeys(names), number) for number in range(5)]
        equal([sorted(r) for r in rounds], [names] * 5)
        pairs = [pair for r in rounds for pair in zip(r, r[1:])]
        most = max(map(pairs.count, pairs), default=0)
        assert most <= (3 if n < 6 else 1 + n % 2), (n, rounds)
        assert n < 5 or all(len({r.index(name) for r in rounds}) > 2 for name in names), rounds


@test
def options_are_parts_of_the_default():
    """A table of times as parts of the default's."""
    with tempfile.TemporaryDirectory() as folder:
        status, text = command("bench/options", saved(made(jitter=0), folder, "a.json"))
        equal(status, 0)
        rows = {row.split("|")[1].strip(): [cell.strip() for cell in row.split("|")[2:-1]] for row in text.splitlines()}
        equal(rows[""][:3], ["boot", "mechanisms", "CPU suite"])
        equal(rows["the defaults"][:3], ["1.00"] * 3)
        equal([cell.split()[0] for cell in rows["`tb`"][:3]], ["4.00"] * 3)  # SPEEDS: 2 against 0.5
        status, text = command("bench/options", saved(made(speeds={"tb": 1.0, "qemu": 2.0}), folder, "b.json"))
        equal(status, 1)
        assert text.endswith("b.json: the linker with its default options is not in it\n"), text
        equal(command("bench/options", os.path.join(folder, "none.json"))[0], 1)


@test
def samples_become_results():
    samples = results_.Samples(2)
    for number, seconds in ((0, 1.5), (1, 1.7)):
        samples.add(number, "batch", "cpu/empty", run_of([]), {workloads.EMPTY: {"seconds": 0.5}})
        samples.add(number, "batch", "cpu/fib", run_of([], stats={"guest_insns": 10}), {"cpu/fib": {"seconds": seconds}})
    samples.add(1, "tb", "cpu/fib", run_of([]), {"cpu/fib": {"seconds": 3.0}})
    found = results_.collect(samples)
    equal(found["seconds"], {"cpu/fib": {"batch": [1.0, 1.2], "tb": [None, 3.0]}})
    equal(found["processes"]["cpu/fib"]["tb"], {"wall": 5.0, "cpu": 1.0, "peak_mib": 100.0})
    equal(found["stats"], {"cpu/fib": {"batch": {"guest_insns": 10}}})


@test
def files_come_back():
    with tempfile.TemporaryDirectory() as folder:
        found = made()
        equal(results_.load(saved(found, folder, "a.json")), found)
        for text, words in (("{", "a.json"), ("[]", "format"), (json.dumps({"format": 1}), "seconds")):
            with open(os.path.join(folder, "a.json"), "w", encoding="utf-8") as f:
                f.write(text)
            raises(results_.BadResults, lambda: results_.load(os.path.join(folder, "a.json")), words)
        raises(results_.BadResults, lambda: results_.load(os.path.join(folder, "none.json")), "none.json")


@test
def compare_says_what_changed():
    slower = dict(SPEEDS, batch=1.6)
    with tempfile.TemporaryDirectory() as folder:
        old, same = saved(made(), folder, "old.json"), saved(made(seed=2), folder, "same.json")
        bad = saved(made(seed=3, speeds=slower), folder, "bad.json")
        machine = made(seed=4)
        for row in machine["seconds"].values():  # everything takes twice as long, QEMU too
            for values in row.values():
                values[:] = [2 * v for v in values]
        half = saved(machine, folder, "half.json")
        equal(command("bench/compare", old, same)[0], 0)
        equal(command("bench/compare", old, half)[0], 0)
        equal(command("bench/compare", old, half, "--absolute")[0], 1)
        status, output = command("bench/compare", old, bad)
        equal(status, 1)
        assert "slower" in output and "batch" in output, output
        equal(command("bench/compare", bad, old)[0], 0)
        few = made(seed=6)  # without the QEMU that was the faster one
        for row in few["seconds"].values():
            del row["qemu-newest"]
        status, output = command("bench/compare", old, saved(few, folder, "few.json"))
        assert status == 0 and "speed against QEMU" in output, output
        peer = saved(made(seed=5, speeds=dict(SPEEDS, qemu=0.5)), folder, "peer.json")
        equal(command("bench/compare", old, peer)[0], 0)  # a peer became slower: not ours
        for words in (["none.json", old], [old, os.path.join(ROOT, "README.md")]):
            status, output = command("bench/compare", *words)
            equal(status, 2)
            assert os.path.basename(words[0] if words[0] == "none.json" else words[1]) in output, output


@test
def report_has_every_contender():
    text = report.whole(made())
    for word in ("Title of batch", "Title of qemu", "skipped: v86: not there", "title of cpu/sieve", "0.50 (worker)"):
        assert word in text, word
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        equal(len({line.count("|") for line in lines}) <= 1, True)
    few = made(speeds={"tb": 1.0})
    few["failed"] = {"tb micro": "checksum"}
    assert "**failed**: tb micro: checksum" in report.whole(few)
    assert "Title of tb" in report.terminal(few)
    assert "browser's start" not in report.whole(few)
    few["phases"]["tb"]["launch"] = 1.23
    assert "browser's start" in report.whole(few) and "1.23" in report.whole(few)


def with_activities():
    """Results whose statistics say what the time went to: in batch and tb 1.4 s, of which the main loop has 0.1."""
    found = made()
    common = {"wall_seconds": 1.4, "guest_insns": 6e8, "interpret_seconds": 0.3, "linked_seconds": 0.25, "dispatcher_seconds": 0.12,
              "translate_seconds": 0.2, "generate_seconds": 0.11, "link_seconds": 0.04, "compile_seconds": 0.06,
              "instantiate_seconds": 0.02, "first_call_seconds": 0.03, "idle_seconds": 0.13}
    # With a worker, that one generates and links but for 0.02 s.
    off = {"wall_seconds": 3.0, "guest_insns": 6e8, "interpret_seconds": 2.5, "dispatcher_seconds": 0.2,
           "translate_seconds": 0.2, "idle_seconds": 0}
    found["stats"]["profile"] = {"batch": dict(common, worker_seconds=0.13, jit_seconds=0.3),
                                 "tb": dict(common, worker_seconds=0, jit_seconds=0.3), "off": off}
    found["contenders"]["off"] = dict(found["contenders"]["tb"], title="Title of off")
    return found


@test
def report_says_where_time_went():
    times = report.Report(with_activities()).times()
    for c, wall in (("batch", 1.4), ("tb", 1.4), ("off", 3.0)):
        near(sum(times[c].values()), wall)
        near(times[c]["main loop"], 0.1)
    near(times["batch"]["generate, link"], 0.02)
    near(times["batch"]["plan, install"], 0.17)
    near(times["tb"]["generate, link"], 0.15)
    near(times["tb"]["plan, install"], 0.04)
    assert "compiled code" not in times["off"] and "compile" not in times["off"], times["off"]
    text = report.Report(with_activities()).activities()
    heads, _, batch, tb, off = ([cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines())
    column = heads.index("worker: generate, link")
    equal([batch[column], tb[column], off[column]], ["0.13", "", ""])
    equal(off[heads.index("compiled code")], "")
    whole = report.whole(with_activities())
    assert "What the compile worker did" in whole and "`run`" not in whole
    assert "plots/activities.svg" in documents.run(with_activities())
    assert "plots/activities.svg" not in documents.run(made())
    equal({title for title, _, _ in report.ACTIVITIES} | {report.REST}, set(plots.ACTIVITY_KINDS))


@test
def profile_is_a_boot_of_its_own():
    c = next(c for c in contenders.contenders() if c.name == "link-slot")
    c.command = ["weft", "-accel", c.accel]
    jobs = {job.name: job for job in c.jobs(["boot"], None)}
    equal(sorted(jobs), ["boot", "profile"])
    assert "tcg,jit=batch,link=slot,profile=on" in jobs["profile"].command, jobs["profile"].command
    assert not any("profile" in word for word in jobs["boot"].command)
    qemu = next(c for c in contenders.contenders() if c.name == "qemu")
    qemu.command = ["qemu"]
    equal([job.name for job in qemu.jobs(["boot"], None)], ["boot"])


@test
def plots_are_well_formed():
    with tempfile.TemporaryDirectory() as folder:
        equal(plots.write_all(made(), folder), ["ratios.svg", "workloads.svg", "boot.svg", "tb-batch.svg"])
        equal(plots.write_all(with_activities(), folder), ["ratios.svg", "workloads.svg", "boot.svg", "activities.svg", "tb-batch.svg"])
        for name in os.listdir(folder):
            svg = xml.dom.minidom.parse(os.path.join(folder, name)).documentElement
            width, height = float(svg.getAttribute("width")), float(svg.getAttribute("height"))
            for rect in svg.getElementsByTagName("rect"):
                x, y, w, h = (float(rect.getAttribute(a)) for a in ("x", "y", "width", "height"))
                assert x >= 0 and y >= 0 and x + w <= width and y + h <= height, (name, x, y, w, h)
    with tempfile.TemporaryDirectory() as folder:
        equal(plots.write_all(made(speeds={"tb": 1.0}), folder), ["boot.svg"])


@test
def documents_take_parts():
    text = "a\n<!-- run: by a script -->\nold\n<!-- end of run -->\nb\n"
    new = documents.replaced(text, "run", "| new \\1 |")
    equal(new, "a\n<!-- run: by a script -->\n\n| new \\1 |\n\n<!-- end of run -->\nb\n")
    equal(documents.replaced(new, "run", "| new \\1 |"), new)
    raises(documents.NoSuchPart, lambda: documents.replaced(text, "log", ""), "log")
    old = copy.deepcopy(made())
    assert "a.json" in documents.log({"a.json": old}) and "×" in documents.readme(old)
    assert "rough" not in documents.readme(old) and "rough" not in documents.run(old)
    for change in ({"rounds": 3}, {"load": [2.5, 1.0]}):
        rough = dict(old, **change)
        assert "rough" in documents.readme(rough) and "rough" in documents.run(rough)


@test
def committed_documents_are_of_committed_results():
    status, output = command("bench/publish", "--check")
    assert status == 0, output


@test
def tables_of_workloads_agree():
    names = workloads.workloads()
    equal(len([n for n in names if n.startswith("cpu/")]), 13)
    with open(os.path.join(ROOT, "bench", "micro", "kernels.def"), encoding="utf-8") as f:
        equal(len(workloads.kernels()), sum(line.startswith("KERNEL(") for line in f))
    with open(os.path.join(ROOT, "bench", "system", "system.sh"), encoding="utf-8") as f:
        done = [line.split()[1] for line in f if line.startswith("task ")]
    equal(done, list(workloads.SYSTEM))
    for name in workloads.THREE:
        assert name in names, name


def main():
    bad = 0
    for number, function in enumerate(TESTS, 1):
        try:
            function()
            print("ok %d - %s" % (number, function.__name__))
        except Skipped as e:
            print("ok %d - %s # SKIP %s" % (number, function.__name__, e))
        except Exception:  # pylint: disable=broad-except
            bad += 1
            print("not ok %d - %s" % (number, function.__name__))
            print("\n".join("#   " + line for line in traceback.format_exc().splitlines()[-6:]))
    print("1..%d" % len(TESTS))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
