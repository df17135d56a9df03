"""What has changed between two results files."""
import math
from dataclasses import dataclass

import noise
import ratios as ratios_


@dataclass
class Change:
    """value: new speed by old speed, more is faster; noise: what it may be without a change, relative."""
    workload: str
    contender: str
    old: float
    new: float
    value: float
    noise: float

    @property
    def slower(self):
        return self.value < 1 / (1 + self.noise)

    @property
    def faster(self):
        return self.value > 1 + self.noise


def common_reference(old, new):
    """Says who is 1 in both: for each workload, of the QEMUs that both have, the faster one in the old file."""
    def first_of(_, workload):
        row, others = old["seconds"].get(workload, {}), new["seconds"].get(workload, {})
        names = [c for c in row if old["contenders"][c]["kind"] == "qemu" and noise.present(row[c])
                 and noise.present(others.get(c, []))]
        return min(names, key=lambda c: noise.median(row[c])) if names else None
    return first_of


def has_reference(old, new):
    """Whether every workload that both have can be compared by a QEMU that both have."""
    first_of = common_reference(old, new)
    return all(first_of(old, w) for w in old["seconds"] if w in new["seconds"])


def changes(old, new, absolute):
    """Changes of all workloads and contenders that both have. absolute: of seconds, not of speed against QEMU."""
    first_of = (lambda *_: None) if absolute else common_reference(old, new)
    before, after = ratios_.all_ratios(old, first_of), ratios_.all_ratios(new, first_of)
    found = []
    for workload in old["seconds"]:
        for contender, ratio in before.get(workload, {}).items():
            other = after.get(workload, {}).get(contender)
            if other is None or (not absolute and contender == first_of(old, workload)):
                continue
            # Either is for a difference of two runs like itself.
            both = math.sqrt((ratio.noise ** 2 + other.noise ** 2) / 2)
            found.append(Change(workload, contender, ratio.value, other.value, other.value / ratio.value, both))
    return found


def group_changes(old, new, found):
    """Changes of the geometric means of the groups, over the workloads that both files have."""
    by_group = {}
    for c in found:
        by_group.setdefault((old["workloads"][c.workload]["group"], c.contender), []).append(c)
    return [Change(group, contender, noise.geomean([c.old for c in cs]), noise.geomean([c.new for c in cs]),
                   noise.geomean([c.value for c in cs]), noise.mean_noise([c.noise for c in cs], min(old["rounds"], new["rounds"])))
            for (group, contender), cs in by_group.items()]
