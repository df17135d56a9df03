"""Speed against native QEMU: for each workload the faster of the QEMUs is 1, and more is faster than it."""
from dataclasses import dataclass

import noise


@dataclass
class Ratio:
    """value: speed against the reference; noise: how far two runs may differ, relative; count: workloads in a mean."""
    value: float
    noise: float
    count: int = 1


def reference(results, workload):
    """The name of the contender that is 1 there; None if no QEMU ran it."""
    row = results["seconds"].get(workload, {})
    names = [c for c in row if results["contenders"][c]["kind"] == "qemu" and noise.present(row[c])]
    return min(names, key=lambda c: noise.median(row[c])) if names else None


def per_operation(results, workload, contender):
    """Seconds for each round, divided by the operations where the workload has them."""
    operations = results.get("operations", {}).get(workload, {}).get(contender, 1)
    return [s and s / operations for s in results["seconds"][workload][contender]]


def all_ratios(results, of=None):
    """{workload: {contender: Ratio}}. of: a contender that is 1 instead of the faster QEMU."""
    deviations, values = {}, {}
    for workload, row in results["seconds"].items():
        first = of or reference(results, workload)
        if first not in row or not noise.present(row[first]):
            continue
        base = per_operation(results, workload, first)
        for contender in row:
            taken = per_operation(results, workload, contender)
            if not noise.present(taken):
                continue
            values[workload, contender] = noise.median(base) / noise.median(taken)
            if contender != first:
                deviations[workload, contender] = noise.deviation(base, taken)
    found = {}
    for (workload, contender), value in values.items():
        group = noise.pooled([d for (w, c), d in deviations.items()
                              if results["workloads"][w]["group"] == results["workloads"][workload]["group"]])
        own = deviations.get((workload, contender))
        found.setdefault(workload, {})[contender] = Ratio(value, noise.noise(own, group) if own else 0.0)
    return found


def means(results, ratios):
    """{group: {contender: Ratio}}: geometric means over the workloads that a contender ran."""
    by_group = {}
    for workload, row in ratios.items():
        for contender, ratio in row.items():
            by_group.setdefault(results["workloads"][workload]["group"], {}).setdefault(contender, []).append(ratio)
    return {group: {c: Ratio(noise.geomean([r.value for r in rs]), noise.mean_noise([r.noise for r in rs]), len(rs))
                    for c, rs in row.items()} for group, row in by_group.items()}
