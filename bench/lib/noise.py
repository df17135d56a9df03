"""Medians, ratios and how far they can be trusted. Rounds are paired: contenders took turns, so what happened to the machine
in a round happened to both sides of a ratio."""
import itertools
import math
import statistics

# A difference of two ratios of n rounds each has a standard error of about sqrt(2 / n) times the deviation of one round's. A
# report has some 230 ratios, which together would stay within so many standard errors 19 times of 20 if they had 20 degrees of
# freedom. Five rounds have four: the others are PRIOR, which is a choice (docs/benchmarks.md says how it was made).
FACTOR = 4.5 * math.sqrt(2)
# Code and data lie elsewhere in memory in every process: no ratio is better known than this.
FLOOR = 0.02
# With single rounds nothing is known about the deviation.
UNKNOWN = 1.0
# Few rounds give a poor deviation, so that of the whole group counts as this many more degrees of freedom.
PRIOR = 16


def present(values):
    return [v for v in values if v is not None]


def median(values):
    """Of those that are there; None if there is none."""
    values = present(values)
    return statistics.median(values) if values else None


def spread(values):
    """(most - least) / median."""
    values = present(values)
    return (max(values) - min(values)) / statistics.median(values)


def geomean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def ratio(reference, values):
    """
    reference / value over the rounds: of the ratios round by round, the median of all means of two (Hodges and Lehmann).
    A ratio of two medians moves further from one run to the next on a machine that has two speeds (docs/benchmarks.md).
    """
    logs = [math.log(r / v) for r, v in zip(reference, values) if r and v]
    if not logs:
        return median(reference) / median(values)
    return math.exp(statistics.median((a + b) / 2 for a, b in itertools.combinations_with_replacement(logs, 2)))


def deviation(reference, values):
    """(standard deviation of the logarithm of reference / value round by round, degrees of freedom)."""
    logs = [math.log(r / v) for r, v in zip(reference, values) if r and v]
    return (statistics.stdev(logs), len(logs) - 1) if len(logs) > 1 else (0.0, 0)


def pooled(deviations):
    """One deviation for a group of them, (deviation, degrees of freedom) each; None if nothing is known."""
    freedom = sum(f for _, f in deviations)
    return math.sqrt(sum(s * s * f for s, f in deviations) / freedom) if freedom else None


def noise(own, group):
    """The relative noise of a ratio: two runs should not differ by more. own: of deviation(); group: of pooled()."""
    s, freedom = own
    if group is None:
        return UNKNOWN
    variance = (s * s * freedom + group * group * PRIOR) / (freedom + PRIOR)
    return max(FLOOR, math.expm1(FACTOR * math.sqrt(variance / (freedom + 1))))


def group_rounds(rows):
    """Geometric means round by round over rows of (reference, values): what all have to say of a round where all were."""
    return [geomean([r / v for r, v in found]) if all(r and v for r, v in found) else None
            for found in zip(*[list(zip(*row)) for row in rows])]
