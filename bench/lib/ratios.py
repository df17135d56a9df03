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


def base_of(results, workload, first):
    """The rounds of what is 1: of a contender, or with `first` None one second each. None if it did not run there."""
    if first is None:
        return [1.0] * results["rounds"]
    if first not in results["seconds"][workload]:
        return None
    base = per_operation(results, workload, first)
    return base if noise.present(base) else None


def all_ratios(results, first_of=reference):
    """{workload: {contender: Ratio}}. first_of(results, workload) says who is 1; None: a second is."""
    deviations, values = {}, {}
    for workload, row in results["seconds"].items():
        first = first_of(results, workload)
        if first is None and first_of is reference:
            continue
        base = base_of(results, workload, first)
        if base is None:
            continue
        for contender in row:
            taken = per_operation(results, workload, contender)
            if noise.present(taken):
                values[workload, contender] = noise.median(base) / noise.median(taken)
                if contender != first:
                    deviations[workload, contender] = noise.deviation(base, taken)
    groups = {}
    for (workload, _), found in deviations.items():
        groups.setdefault(results["workloads"][workload]["group"], []).append(found)
    pools = {group: noise.pooled(found) for group, found in groups.items()}
    ratios = {}
    for (workload, contender), value in values.items():
        own = deviations.get((workload, contender))
        pool = pools.get(results["workloads"][workload]["group"])
        ratios.setdefault(workload, {})[contender] = Ratio(value, noise.noise(own, pool) if own else 0.0)
    return ratios


def means(results, ratios):
    """{group: {contender: Ratio}}: geometric means over the workloads that a contender ran."""
    by_group = {}
    for workload, row in ratios.items():
        for contender, ratio in row.items():
            by_group.setdefault(results["workloads"][workload]["group"], {}).setdefault(contender, []).append(ratio)
    return {group: {c: Ratio(noise.geomean([r.value for r in rs]), noise.mean_noise([r.noise for r in rs], results["rounds"]),
                             len(rs)) for c, rs in row.items()} for group, row in by_group.items()}
