"""Medians, ratios and how far they can be trusted. Rounds are paired: contenders took turns, so what happened to the machine
in a round happened to both sides of a ratio."""
import math
import statistics

# A difference of two medians of n samples has a standard error of about 1.2533 sqrt(2 / n) times the deviation of one; a
# report has hundreds of ratios, so three of these are not much.
FACTOR = 3 * 1.2533 * math.sqrt(2)
# Code and data lie elsewhere in memory in every process: no ratio is better known than this.
FLOOR = 0.02
# With a single round nothing is known about the deviation.
UNKNOWN = 0.2
# Few rounds give a poor deviation, so that of the whole group counts as this many more degrees of freedom.
PRIOR = 6


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
    if not freedom or group is None:
        return UNKNOWN
    variance = (s * s * freedom + group * group * PRIOR) / (freedom + PRIOR)
    return max(FLOOR, FACTOR * math.sqrt(variance / (freedom + 1)))


def mean_noise(noises, rounds):
    """Of the geometric mean of ratios with these noises; what they share does not average out."""
    if not any(noises):
        return 0.0
    if rounds < 2:
        return UNKNOWN
    return max(FLOOR, math.sqrt(sum(n * n for n in noises)) / len(noises))
