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
    """Says who is 1 in both: for each workload, of the QEMUs that both have, the one that is faster over all rounds."""
    def first_of(_, workload):
        rows = [{c: ratios_.per_operation(f, workload, c) for c in f["seconds"].get(workload, {})
                 if f["contenders"][c]["kind"] == "qemu"} for f in (old, new)]
        return ratios_.fastest({c: rows[0][c] + rows[1][c] for c in rows[0]
                                if noise.present(rows[0][c]) and noise.present(rows[1].get(c, []))})
    return first_of


def has_reference(old, new):
    """Whether every workload that both have can be compared by a QEMU that both have."""
    first_of = common_reference(old, new)
    return all(first_of(old, w) for w in old["seconds"] if w in new["seconds"])


def change(workload, contender, old, new):
    # Either noise is for a difference of two runs like its own.
    return Change(workload, contender, old.value, new.value, new.value / old.value, math.sqrt((old.noise ** 2 + new.noise ** 2) / 2))


def first_for(old, new, absolute):
    return (lambda *_: ratios_.SECOND) if absolute else common_reference(old, new)


def changes(old, new, absolute):
    """Changes of all workloads and contenders that both have. absolute: of seconds, not of speed against QEMU."""
    first_of = first_for(old, new, absolute)
    before, after = ratios_.all_ratios(old, first_of), ratios_.all_ratios(new, first_of)
    return [change(workload, contender, ratio, after[workload][contender])
            for workload in old["seconds"] for contender, ratio in before.get(workload, {}).items()
            if contender in after.get(workload, {}) and (absolute or contender != first_of(old, workload))]


def group_changes(old, new, found, absolute):
    """Changes of the geometric means of the groups, over the workloads of `found`, which changes() gave."""
    first_of, both = first_for(old, new, absolute), {(c.workload, c.contender) for c in found}
    before, after = ratios_.means(old, first_of, both), ratios_.means(new, first_of, both)
    return [change(group, contender, ratio, after[group][contender])
            for group, row in before.items() for contender, ratio in row.items()]
