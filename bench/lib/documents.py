"""The parts of README.md and docs/benchmarks.md that come from results files: what stands between two comments,
`<!-- NAME: ... -->` and `<!-- end of NAME -->`."""
import re

from report import Report, ratio_text, table
from workloads import GROUPS


class NoSuchPart(Exception):
    """A document without the comments; the text names the part."""


def replaced(text, name, content):
    """`text` with the part `name` made of `content`."""
    pattern = re.compile(r"(<!-- %s: [^>]*-->\n).*?(<!-- end of %s -->)" % (name, name), re.S)
    if not pattern.search(text):
        raise NoSuchPart(name)
    return pattern.sub(lambda m: m[1] + "\n" + content.strip() + "\n\n" + m[2], text)


# Fewer rounds, or more load before the run, than figures for others to read should have.
ROUNDS, LOAD = 5, 0.5


def caution(results):
    """A sentence about how rough the figures are; empty if they are not."""
    if results["rounds"] >= ROUNDS and results["load"][0] <= LOAD:
        return ""
    return "**These figures are rough**: %d round%s, on a machine with a load of %s before.\n" % (
        results["rounds"], "s" if results["rounds"] > 1 else "", results["load"][0])


def readme(results):
    """The one table and the one plot."""
    made, machine = Report(results), results["machine"]
    return """![Speed against native QEMU](docs/plots/ratios.svg)

%s
%sMedians (rounds: %d, contenders in turn) on %s, %d cores, %s.
The columns with × are speeds against native QEMU, geometric means: for each workload the faster of the two QEMUs is 1, and
more is faster. Some contenders run three programs of the suite only (3 of 13): means of different programs do not compare.
`make bench-deps bench` measures all of this on your machine; [docs/benchmarks.md](docs/benchmarks.md) says how, and has every figure.
""" % (made.summary(), caution(results), results["rounds"], machine["cpu"], machine["cores"], results["date"][:10])


def run(results):
    """The whole report as sections of a document, with the plots."""
    text = Report(results).whole()
    text = text.replace("# Results\n\n", "", 1).replace("\n## ", "\n### ")
    for heading, plot, words in (("### Summary", "ratios", "Speed against native QEMU"),
                                 ("### CPU suite", "workloads", "Every workload"),
                                 ("### Boot", "boot", "Phases of the boot"),
                                 ("### Mechanisms", "tb-batch", "One module per TB against the linker")):
        text = text.replace(heading + "\n", "%s\n\n![%s](plots/%s.svg)\n" % (heading, words, plot), 1)
    heading = "Where the time of the vCPU's thread went"  # not in results without the figures for it
    text = text.replace(heading, "![What the vCPU's thread did](plots/activities.svg)\n\n" + heading, 1)
    return (caution(results) + "\n" + text).lstrip()


def log(files):
    """The performance log: a row for each of {name: results}, oldest first."""
    heads = ["results", "rounds", "load", "boot, s", *("%s, ×" % g for g in GROUPS.values())]
    rows = []
    for name, results in files.items():
        made = Report(results)
        boot = results["processes"].get("boot", {}).get("batch", {}).get("wall")
        rows.append(["[%s](../bench/results/%s)" % (name.removesuffix(".json"), name), results["rounds"], results["load"][0],
                     "%.2f" % boot if boot else "",
                     *(ratio_text(made.means.get(g, {}).get("batch")) for g in GROUPS)])
    return table(heads, rows)
