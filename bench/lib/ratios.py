"""Speed against native QEMU: for each workload the faster of the QEMUs is 1, and more is faster than it."""
from dataclasses import dataclass

import noise


SECOND = object()  # what is 1 where times are compared and no contenders


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
    return fastest({c: per_operation(results, workload, c) for c in names})


def fastest(rows):
    """Whose rounds are the fastest ones, of {contender: rounds}; None if there are none."""
    first = next(iter(rows.values()), None)
    return max(rows, key=lambda c: noise.ratio(first, rows[c]), default=None)


def per_operation(results, workload, contender):
    """Seconds for each round, divided by the operations where the workload has them."""
    operations = results.get("operations", {}).get(workload, {}).get(contender, 1)
    return [s and s / operations for s in results["seconds"][workload][contender]]


def base_of(results, workload, first):
    """The rounds of what is 1: of a contender, or of SECOND. None if it did not run there."""
    if first is SECOND:
        return [1.0] * results["rounds"]
    if first not in results["seconds"][workload]:
        return None
    base = per_operation(results, workload, first)
    return base if noise.present(base) else None


def pairs(results, first_of):
    """{(workload, contender): (the rounds of what is 1, its own)}, and the set of those that are 1 themselves."""
    found, ones = {}, set()
    for workload, row in results["seconds"].items():
        first = first_of(results, workload)
        base = base_of(results, workload, first)
        if base is None:
            continue
        for contender in row:
            taken = per_operation(results, workload, contender)
            if noise.present(taken):
                found[workload, contender] = base, taken
                if contender == first:
                    ones.add((workload, contender))
    return found, ones


def with_noise(values, rounds, ones, group_of):
    """{key: Ratio}. rounds: {key: (reference, values)}; those of a group share what is known of the deviation."""
    deviations = {key: noise.deviation(*rounds[key]) for key in values if key not in ones}
    groups = {}
    for key, found in deviations.items():
        groups.setdefault(group_of(key), []).append(found)
    pools = {group: noise.pooled(found) for group, found in groups.items()}
    return {key: Ratio(value, noise.noise(deviations[key], pools[group_of(key)]) if key in deviations else 0.0)
            for key, value in values.items()}


def all_ratios(results, first_of=reference):
    """{workload: {contender: Ratio}}. first_of(results, workload) says who is 1, SECOND or a contender; None: nobody."""
    found, ones = pairs(results, first_of)
    ratios = {}
    for (workload, contender), ratio in with_noise({key: noise.ratio(*pair) for key, pair in found.items()}, found, ones,
                                                   lambda key: results["workloads"][key[0]]["group"]).items():
        ratios.setdefault(workload, {})[contender] = ratio
    return ratios


def means(results, first_of=reference, only=None):
    """
    {group: {contender: Ratio}}: geometric means over the workloads that a contender ran, of `only` those where it is given.
    Their noise is that of the means round by round: workloads of one process share its fate, and all share that of the 1.
    """
    found, ones = pairs(results, first_of)
    by_group, alone = {}, set()
    for workload, contender in found:
        if only is None or (workload, contender) in only:
            by_group.setdefault((results["workloads"][workload]["group"], contender), []).append((workload, contender))
    values, rounds = {}, {}
    for key, members in by_group.items():
        values[key] = noise.geomean([noise.ratio(*found[m]) for m in members])
        together = noise.group_rounds([found[m] for m in members])
        rounds[key] = together, [1.0] * len(together)
        if all(m in ones for m in members):
            alone.add(key)
    result = {}
    for (group, contender), ratio in with_noise(values, rounds, alone, lambda key: key[0]).items():
        ratio.count = len(by_group[group, contender])
        result.setdefault(group, {})[contender] = ratio
    return result
