"""The plots of a results file, as SVG."""
import math
import os

import noise
from report import PHASES, Report, significant
from svg import Drawing
from workloads import GROUPS

LEFT, RIGHT, TOP, ROW = 190, 70, 64, 22
KINDS = {"batch": "batch", "tb": "tb", "off": "off", "qemu": "qemu", "qemu-newest": "qemu", "v86": "v86", "host": "host"}
MODES = ["batch", "tb", "off"]
# (class, opacity) of what the report's ACTIVITIES are.
ACTIVITY_KINDS = {"interpret": ("off", 1), "compiled code": ("batch", 1), "dispatcher": ("v86", 1), "translate": ("other", 1),
                  "generate, link": ("tb", 1), "compile": ("tb", 0.75), "instantiate": ("tb", 0.55), "first calls": ("tb", 0.4),
                  "plan, install": ("tb", 0.25), "main loop": ("qemu", 1), "idle": ("grid", 1)}
PHASE_KINDS = {"load": "off", "kernel": "batch", "end": "tb"}


def kind_of(contender):
    return KINDS.get(contender, "other")


class LogScale:
    """From ratios to pixels, with the whole of `values` and 1 inside."""

    def __init__(self, values, start, end):
        self.low = min([v / 1.25 for v in values] + [0.5])
        self.high = max([v * 1.25 for v in values] + [2])
        self.start, self.end = start, end

    def __call__(self, value):
        part = (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return self.start + part * (self.end - self.start)

    def ticks(self):
        """1, 2 and 5 of each decade; only the decades where there are many."""
        steps = (1, 2, 5) if self.high / self.low < 300 else (1,)
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        return [s * 10.0 ** d for d in decades for s in steps if self.low <= s * 10.0 ** d <= self.high]


def tick_text(value):
    return "%g×" % value


def axis(drawing, scale, top, bottom):
    for tick in scale.ticks():
        drawing.line(scale(tick), top, scale(tick), bottom)
        drawing.text(scale(tick), bottom + 15, tick_text(tick), "soft", 11, "middle")


def ratio_bar(drawing, scale, y, height, ratio, kind, right):
    """From 1 to the ratio, with the noise as a whisker and the figure at the edge."""
    a, b = sorted((scale(1), scale(ratio.value)))
    drawing.rect(a, y, b - a, height, kind, 2)
    if ratio.noise:
        middle = y + height / 2
        low, high = (max(scale.low, ratio.value / (1 + ratio.noise)), min(scale.high, ratio.value * (1 + ratio.noise)))
        drawing.line(scale(low), middle, scale(high), middle, "ink", 1)
    drawing.text(right, y + height / 2 + 4, significant(ratio.value), "ink", 12, "end")


def summary(report):
    """Ratio bars: for each group of workloads, each contender."""
    blocks = [(g, [(c, report.means[g][c]) for c in report.names if c in report.means.get(g, {})]) for g in report.groups()]
    blocks = [(g, rows) for g, rows in blocks if rows]
    if not blocks:
        return None
    height = TOP + sum(30 + ROW * len(rows) for _, rows in blocks) + 34
    drawing = Drawing(760, height, "Speed against native QEMU",
                      "QEMU is 1 (the faster of the two for each workload); to the right is faster. Geometric means, log scale.")
    scale = LogScale([r.value for _, rows in blocks for _, r in rows], LEFT, 760 - RIGHT)
    bottom = height - 30
    axis(drawing, scale, TOP, bottom)
    y = TOP
    for group, rows in blocks:
        most = max(r.count for _, r in rows)
        drawing.text(16, y + 19, GROUPS[group], weight=600)
        y += 28
        for contender, ratio in rows:
            short = " *" if ratio.count < most else ""
            drawing.text(LEFT - 10, y + 14, report.title(contender) + short, "ink", 12, "end")
            ratio_bar(drawing, scale, y + 3, ROW - 6, ratio, kind_of(contender), 760 - 14)
            y += ROW
        y += 2
    drawing.line(scale(1), TOP, scale(1), bottom, "line", 2)
    if any(r.count < max(x.count for _, x in rows) for _, rows in blocks for _, r in rows):
        drawing.text(16, height - 8, "* of three programs only", "soft", 11)
    return drawing


def details(report):
    """For each workload a bar of each of Weft's modes."""
    modes = [m for m in MODES if m in report.names]
    groups = [(g, [w for w in report.in_group(g) if any(m in report.ratios.get(w, {}) for m in modes)]) for g in report.groups()]
    groups = [(g, names) for g, names in groups if names]
    if not groups or not modes:
        return None
    bar, gap, left, width = 7, 8, 340, 900
    rows = sum(len(names) for _, names in groups)
    height = TOP + 24 + len(groups) * 34 + rows * (bar * len(modes) + gap) + 30
    drawing = Drawing(width, height, "Every workload: Weft's modes against native QEMU", "To the right of the line is faster; log scale.")
    values = [report.ratios[w][m].value for _, names in groups for w in names for m in modes if m in report.ratios[w]]
    scale = LogScale(values, left, width - 66)
    bottom = height - 28
    for n, mode in enumerate(modes):
        drawing.rect(left + 170 * n, TOP - 6, 12, 12, kind_of(mode), 2)
        drawing.text(left + 170 * n + 18, TOP + 5, report.title(mode), "ink", 12)
    top = TOP + 20
    axis(drawing, scale, top, bottom)
    y = top
    for group, names in groups:
        drawing.text(16, y + 18, GROUPS[group], weight=600)
        y += 30
        for w in names:
            block = bar * len(modes)
            drawing.text(left - 10, y + block / 2 + 4, report.results["workloads"][w]["title"], "ink", 12, "end")
            for n, mode in enumerate(modes):
                if mode in report.ratios[w]:
                    a, b = sorted((scale(1), scale(report.ratios[w][mode].value)))
                    drawing.rect(a, y + n * bar, b - a, bar - 1, kind_of(mode), 1)
            first = report.ratios[w].get(modes[0])
            if first:
                drawing.text(width - 14, y + block / 2 + 4, significant(first.value), kind_of(modes[0]), 12, "end")
            y += block + gap
        y += 4
    drawing.line(scale(1), top, scale(1), bottom, "line", 2)
    return drawing


def linear_ticks(most):
    step = 10.0 ** math.floor(math.log10(most))
    step = next(s for s in (step / 5, step / 2, step, 2 * step) if most / s <= 6)
    return [n * step for n in range(int(most / step) + 1)]


def stacked(title, subtitle, parts, rows):
    """Bars of several parts: parts are (part, title, kind, opacity), rows (title, {part: seconds}, seconds of the whole)."""
    legends, x = [[]], LEFT
    for part, words, kind, opacity in parts:
        width = 34 + 7 * len(words)
        if x + width > 760 and legends[-1]:
            legends.append([])
            x = LEFT
        legends[-1].append((x, words, kind, opacity))
        x += width
    top = TOP + 18 * len(legends)
    height = top + 8 + ROW * len(rows) + 36
    drawing = Drawing(760, height, title, subtitle)
    for n, line in enumerate(legends):
        for x, words, kind, opacity in line:
            drawing.rect(x, TOP - 6 + 18 * n, 12, 12, kind, 2, opacity)
            drawing.text(x + 18, TOP + 5 + 18 * n, words, "ink", 12)
    most = max(sum(values.get(part, 0) for part, _, _, _ in parts) for _, values, _ in rows)
    start, end, bottom = LEFT, 760 - RIGHT, height - 30
    for tick in linear_ticks(most):
        at = start + tick / most * (end - start)
        drawing.line(at, top, at, bottom)
        drawing.text(at, bottom + 15, "%g s" % tick, "soft", 11, "middle")
    y = top + 4
    for name, values, total in rows:
        drawing.text(LEFT - 10, y + 14, name, "ink", 12, "end")
        x = start
        for part, _, kind, opacity in parts:
            if values.get(part):
                w = values[part] / most * (end - start)
                drawing.rect(x, y + 3, w, ROW - 6, kind, 0, opacity)
                x += w
        drawing.text(760 - 14, y + 14, "%.2f" % total, "ink", 12, "end")
        y += ROW
    return drawing


def boot(report):
    """The phases of the boot, one bar for each contender."""
    rows = [(report.title(c), report.results["phases"][c], noise.median(report.results["seconds"]["boot"][c]))
            for c in report.names if c in report.results["phases"]]
    if not rows:
        return None
    return stacked("Debian from power-on to a command and off", "Seconds of wall time, medians.",
                   [(phase, title, PHASE_KINDS[phase], 1) for phase, title in PHASES.items()], rows)


def activities(report):
    """What the vCPU's thread did in the boot, one bar for each of Weft's contenders."""
    times = report.times()
    if not times:
        return None
    return stacked("What the vCPU's thread did in the boot", "Seconds, medians. The first three are estimates.",
                   [(part, part, kind, opacity) for part, (kind, opacity) in ACTIVITY_KINDS.items()],
                   [(report.title(c), row, sum(row.values())) for c, row in times.items()])


def label_points(drawing, places, right):
    """Names beside the points (x, y, workload), the first ones first, where there is room on one of the sides."""
    taken = [(x - 5, x + 5, y) for x, y, _ in places]
    for x, y, workload in places:
        name = workload.split("/")[-1]
        width = 6.3 * len(name)
        for box, anchor in (((x + 8, x + 8 + width, y), "start"), ((x - 8 - width, x - 8, y), "end")):
            if box[1] < right and all(box[1] < a or box[0] > b or abs(y - at) > 11 for a, b, at in taken):
                taken.append(box)
                drawing.text(box[0] if anchor == "start" else box[1], y + 4, name, "soft", 11, anchor)
                break


def scatter(report):
    """Each workload by how fast one module per TB and the linker do it; above the diagonal the linker is faster."""
    points = [(w, row["tb"].value, row["batch"].value) for w, row in report.ratios.items() if "tb" in row and "batch" in row]
    if len(points) < 2:
        return None
    size, left, top = 620, 70, 76
    drawing = Drawing(size + 40, size + 60, "One module per TB against the linker",
                      "Each dot is a workload; speed against native QEMU. Above the diagonal the linker is faster.")
    values = [v for _, a, b in points for v in (a, b)]
    across, up = LogScale(values, left, size + 20), LogScale(values, size + 10, top)
    for tick in across.ticks():
        drawing.line(across(tick), top, across(tick), size + 10)
        drawing.line(left, up(tick), size + 20, up(tick))
        drawing.text(across(tick), size + 26, tick_text(tick), "soft", 11, "middle")
        drawing.text(left - 8, up(tick) + 4, tick_text(tick), "soft", 11, "end")
    drawing.line(left, size + 10, size + 20, top, "soft", 1, "5 4")
    drawing.line(across(1), top, across(1), size + 10, "line", 1.5)
    drawing.line(left, up(1), size + 20, up(1), "line", 1.5)
    drawing.text(size + 20, size + 46, "one module per TB →", "ink", 12, "end")
    drawing.text(left, top - 8, "↑ linker", "ink", 12)
    kinds = dict(zip(GROUPS, ("v86", "batch", "tb", "qemu")))
    x = left + 120
    for group in report.groups():
        drawing.circle(x, top - 12, 5, kinds[group])
        drawing.text(x + 10, top - 8, GROUPS[group], "ink", 12)
        x += 40 + 8 * len(GROUPS[group])
    places = [(across(a), up(b), w) for w, a, b in sorted(points, key=lambda p: -abs(math.log(p[2] / p[1])))]
    for x, y, w in places:
        drawing.circle(x, y, 5, kinds[w.split("/")[0]])
    label_points(drawing, places, size + 20)
    return drawing


PLOTS = {"ratios": summary, "workloads": details, "boot": boot, "activities": activities, "tb-batch": scatter}


def write_all(results, folder):
    """Writes those that the results suffice for; their names."""
    report, names = Report(results), []
    for name, plot in PLOTS.items():
        drawing = plot(report)
        if drawing:
            with open(os.path.join(folder, name + ".svg"), "w", encoding="utf-8") as f:
                f.write(drawing.svg())
            names.append(name + ".svg")
    return names
