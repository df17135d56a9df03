"""The Markdown report of a results file."""
import noise
import ratios as ratios_
from workloads import GROUPS

PHASES = {"load": "to the first kernel line", "kernel": "to GUEST-READY", "end": "command, power-off"}
# What the vCPU's thread does, of the statistics: (title, fields that add up, fields to take off). What the compile worker
# generates and links is in those two fields, too.
MADE = ["generate_seconds", "link_seconds"]
ENGINE = ["compile_seconds", "instantiate_seconds", "first_call_seconds"]
ACTIVITIES = [("interpret", ["interpret_seconds"], []), ("compiled code", ["linked_seconds"], []),
              ("dispatcher", ["dispatcher_seconds"], []), ("translate", ["translate_seconds"], []),
              ("generate, link", MADE, ["worker_seconds"]), ("compile", ["compile_seconds"], []),
              ("instantiate", ["instantiate_seconds"], []), ("first calls", ["first_call_seconds"], []),
              ("plan, install", ["jit_seconds", "worker_seconds"], MADE + ENGINE), ("idle", ["idle_seconds"], [])]
REST = "main loop"
# Of results files older than these fields.
OLD_ACTIVITIES = [("translate_seconds", "translate"), ("generate_seconds", "generate"), ("link_seconds", "link"),
                  ("compile_seconds", "compile"), ("instantiate_seconds", "instantiate"), ("first_call_seconds", "first calls"),
                  ("idle_seconds", "idle")]
# In batch mode, after a short start, in the compile worker: not part of the vCPU's time.
IN_WORKER = {"generate_seconds", "link_seconds"}
UNITS = {"micro": (1e9, "nanoseconds"), "system": (1e6, "microseconds")}  # of groups whose workloads have operations
LINK_STATS = [("tbs_translated", "TBs translated"), ("tbs_compiled", "compiled"), ("modules", "modules"),
              ("modules_most_live", "most live"), ("wasm_bytes", "bytes of Wasm"), ("links_direct", "links direct"),
              ("links_slot", "by slot"), ("links_guarded", "guarded"), ("dispatcher_returns", "dispatcher returns"),
              ("tlb_misses", "TLB misses")]


def table(heads, rows):
    """A Markdown table; the first column is text, the others numbers."""
    lines = ["| %s |" % " | ".join(heads), "|---|" + "--:|" * (len(heads) - 1)]
    return "\n".join(lines + ["| %s |" % " | ".join(map(str, row)) for row in rows]) + "\n"


def significant(value):
    """Three digits, as a person writes them."""
    if value >= 99.95:
        return "%.0f" % value
    return "%.1f" % value if value >= 9.995 else "%.2f" % value


def ratio_text(ratio, with_noise=True):
    if ratio is None:
        return ""
    text = significant(ratio.value)
    return text + (" ± %.0f%%" % (100 * ratio.noise) if with_noise and ratio.noise else "")


def thousands(number):
    return "{:,.0f}".format(number)


class Report:
    def __init__(self, results):
        self.results = results
        self.ratios = ratios_.all_ratios(results)
        self.means = ratios_.means(results)
        # Who was skipped is not here; who failed is.
        self.names = list(results["contenders"])

    def title(self, contender):
        return self.results["contenders"][contender]["title"]

    def in_group(self, group):
        return [w for w in self.results["workloads"] if self.results["workloads"][w]["group"] == group
                and w in self.results["seconds"]]

    def groups(self):
        return [g for g in GROUPS if self.in_group(g)]

    def process(self, job, contender, key):
        return self.results["processes"].get(job, {}).get(contender, {}).get(key)

    # ---- tables ----

    def summary(self):
        """One row for each contender: the boot, and speeds against QEMU."""
        groups = self.groups()
        heads = ["", "boot, s", "CPU s", "MiB"] + ["%s, ×" % GROUPS[g] for g in groups]
        most = {g: max((r.count for r in self.means.get(g, {}).values()), default=0) for g in groups}
        rows = []
        for c in self.names:
            boot = noise.median(self.results["seconds"].get("boot", {}).get(c, []))
            cells = [self.title(c), "%.2f" % boot if boot else ""]
            for key, form in (("cpu", "%.2f"), ("peak_mib", "%.0f")):
                value = self.process("boot", c, key)
                cells.append(form % value if value else "")
            for g in groups:
                ratio = self.means.get(g, {}).get(c)
                of = " (%d of %d)" % (ratio.count, most[g]) if ratio and ratio.count < most[g] else ""
                cells.append(ratio_text(ratio, with_noise=False) + of)
            rows.append(cells)
        return table(heads, rows)

    def boot(self):
        launched = any("launch" in phases for phases in self.results["phases"].values())
        heads = ["", "wall, s", "±%", *PHASES.values(), "CPU, s", "MiB", "×"] + (["browser's start before, s"] if launched else [])
        rows = []
        for c, phases in self.results["phases"].items():
            seconds = self.results["seconds"]["boot"][c]
            rows.append([self.title(c), "%.2f" % noise.median(seconds), "%.0f" % (50 * noise.spread(seconds)),
                         *("%.2f" % phases[p] for p in PHASES), "%.2f" % self.process("boot", c, "cpu"),
                         "%.0f" % self.process("boot", c, "peak_mib"), ratio_text(self.ratios.get("boot", {}).get(c)),
                         *(["%.2f" % phases["launch"] if "launch" in phases else ""] if launched else [])])
        return table(heads, rows)

    def times(self):
        """{contender: {activity: seconds of the vCPU's thread}} in the boot, which add up to its wall time; empty for results
        without the fields for it."""
        found = {}
        for c, stats in self.results["stats"].get("profile", {}).items():
            if "interpret_seconds" in stats:
                row = {title: max(sum(stats.get(key, 0) for key in plus) - sum(stats.get(key, 0) for key in less), 0)
                       for title, plus, less in ACTIVITIES if plus[0] in stats}
                found[c] = {**row, REST: max(stats["wall_seconds"] - sum(row.values()), 0)}
        return found

    def activities(self):
        """What the vCPU's thread did in the boot, and beside it the compile worker."""
        titles = [title for title, _, _ in ACTIVITIES] + [REST]
        rows = []
        for c, row in self.times().items():
            stats = self.results["stats"]["profile"][c]
            share = 100 * stats.get("insns_compiled_code", 0) / stats["guest_insns"]
            rows.append([self.title(c), "%.2f" % stats["wall_seconds"], *("%.2f" % row[t] if t in row else "" for t in titles),
                         "%.2f" % stats["worker_seconds"] if stats.get("worker_seconds") else "", "%.1f" % share,
                         thousands(stats["guest_insns"] / 1e6)])
        return table(["", "machine, s", *titles, "worker: generate, link", "compiled code, % of instructions", "M instructions"], rows)

    def old_activities(self):
        """What the vCPU's thread did in the boot. `run` is what is left: interpreter, compiled code and dispatcher."""
        heads = ["", "machine, s", "run", *(title for _, title in OLD_ACTIVITIES), "compiled code, % of instructions", "M instructions"]
        rows = []
        for c, stats in self.results["stats"].get("boot", {}).items():
            in_worker = IN_WORKER if "jit=batch" in self.results["contenders"][c]["command"] else set()
            own = sum(stats.get(key, 0) for key, _ in OLD_ACTIVITIES if key not in in_worker)
            share = 100 * stats.get("insns_compiled_code", 0) / stats["guest_insns"]
            cells = ["%.2f%s" % (stats[key], " (worker)" if key in in_worker else "") if key in stats else ""
                     for key, _ in OLD_ACTIVITIES]
            rows.append([self.title(c), "%.2f" % stats["wall_seconds"], "%.2f" % (stats["wall_seconds"] - own), *cells,
                         "%.1f" % share, thousands(stats["guest_insns"] / 1e6)])
        return table(heads, rows)

    def links(self):
        rows = [[self.title(c), *(thousands(stats[key]) if key in stats else "" for key, _ in LINK_STATS)]
                for c, stats in self.results["stats"].get("boot", {}).items()]
        return table(["", *(title for _, title in LINK_STATS)], rows)

    def group(self, group):
        """Seconds, or time an operation, and the ratio, of each workload and contender."""
        names = [c for c in self.names if any(c in self.results["seconds"][w] for w in self.in_group(group))]
        rows = []
        for w in self.in_group(group):
            cells = [self.results["workloads"][w]["title"]]
            for c in names:
                middle = noise.median(ratios_.per_operation(self.results, w, c)) if c in self.results["seconds"][w] else None
                if middle is None:
                    cells.append("")
                    continue
                figure = significant(middle * UNITS[group][0]) if group in UNITS else "%.3f" % middle
                ratio = self.ratios.get(w, {}).get(c)
                cells.append(figure + (" (%s)" % ratio_text(ratio) if ratio else ""))
            rows.append(cells)
        mean = self.means.get(group, {})
        rows.append(["geometric mean"] + [("×" + ratio_text(mean[c])) if c in mean else "" for c in names])
        return table(["", *(self.title(c) for c in names)], rows)

    def mips(self):
        """Millions of guest instructions a second, of the CPU suite."""
        stats = self.results["stats"]
        names = [c for c in self.names if any(c in stats.get(w, {}) for w in self.in_group("cpu"))]
        rows = []
        for w in self.in_group("cpu"):
            row = {c: stats[w][c]["guest_insns"] for c in names if c in stats.get(w, {})}
            if row:
                cells = ["%.0f" % (row[c] / noise.median(self.results["seconds"][w][c]) / 1e6) if c in row else "" for c in names]
                rows.append([self.results["workloads"][w]["title"], thousands(max(row.values()) / 1e6), *cells])
        return table(["", "M instructions", *(self.title(c) for c in names)], rows) if rows else ""

    def processes(self):
        """CPU seconds, peak memory and guest instructions of the processes that do many things."""
        jobs = [j for j in ("boot", "cpu/bytecode", "micro", "system") if j in self.results["processes"]]
        rows = []
        for c in self.names:
            cells = []
            for j in jobs:
                insns = self.results["stats"].get(j, {}).get(c, {}).get("guest_insns")
                cpu, peak = self.process(j, c, "cpu"), self.process(j, c, "peak_mib")
                cells += ["%.2f" % cpu if cpu else "", "%.0f" % peak if peak else "", thousands(insns / 1e6) if insns else ""]
            # A program of the host is smaller than Python, whose memory it is charged with.
            if any(cells) and self.results["contenders"][c]["kind"] != "native":
                rows.append([self.title(c), *cells])
        return table(["", *(head for j in jobs for head in (j + ": CPU s", "MiB", "M insns"))], rows)

    def contenders(self):
        rows = [[d["title"], d["version"], "`%s`" % d["command"] if d["command"] else "", d["note"]]
                for d in self.results["contenders"].values()]
        return table(["", "version", "command", "set-up"], rows).replace("--:|", "---|")

    def conditions(self):
        r, m = self.results, self.results["machine"]
        lines = ["- %s, commit %s, %d rounds, %.0f minutes, load %s before and %s after" % (
            r["date"][:10], r["commit"] or "unknown", r["rounds"], r["minutes"], *r["load"]),
            "- %s, %d cores, %s GiB; %s" % (m["cpu"], m["cores"], m["memory_gib"], m["system"]),
            *("- %s: %s" % item for item in r["versions"].items())]
        return "\n".join(lines) + "\n"

    def troubles(self):
        lines = ["- skipped: %s: %s" % item for item in self.results["skipped"].items()]
        lines += ["- **failed**: %s: %s" % item for item in self.results["failed"].items()]
        return "\n".join(lines) + "\n" if lines else ""

    def where_time_went(self):
        if self.times():
            return ["Where the time of the vCPU's thread went, seconds: the first three are estimates. What the compile worker did"
                    " went on beside it. Of boots of their own (`profile=on`), which take a little longer.\n", self.activities()]
        return ["Where the vCPU's time went, seconds. `run` is the rest: interpreter, compiled code, dispatcher, devices. What the"
                " compile worker did is not in it.\n", self.old_activities()]

    def whole(self):
        parts = ["# Results\n", self.conditions(), self.troubles(), "## Summary\n", self.summary()]
        if self.in_group("boot"):
            parts += ["## Boot\n", self.boot(), *self.where_time_went(), self.links()]
        for g in ("cpu", "micro", "system"):
            if self.in_group(g):
                unit = UNITS[g][1] + " an operation" if g in UNITS else "seconds"
                parts += ["## %s\n" % GROUPS[g], "In %s; in brackets the speed against the faster QEMU.\n" % unit, self.group(g)]
            if g == "cpu" and self.in_group(g):
                parts += ["Guest instructions, and millions of them a second:\n", self.mips()]
        parts += ["## Processes\n", "CPU seconds and peak resident memory of the whole process, guest instructions:\n",
                  self.processes(), "## Contenders\n", self.contenders()]
        return "\n".join(p for p in parts if p)


def whole(results):
    return Report(results).whole()


def terminal(results):
    """The summary with its columns aligned, and what failed."""
    made = Report(results)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in made.summary().splitlines()]
    del rows[1]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join([row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]).rstrip() for row in rows]
    return "\n".join([*lines, made.troubles()]).rstrip()
