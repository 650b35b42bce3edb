"""How often something fails, estimated from few observations: counts, an interval, and points. Pure integers.

Nothing is known at first but that updates fail now and then: the estimate begins as if four had been
seen, of which one failed. That is a beta distribution with the parameters 1 and 3, and each observation
adds 1 to one of them (https://en.wikipedia.org/wiki/Beta-binomial_distribution). So one failure says
little and ten say a lot:

    seen        estimate     deducts
    nothing     1 in 4       0
    1 of 1      2 in 5       20
    2 of 2      3 in 6       33
    10 of 10    11 in 14     71
    1 of 4      2 in 8       0
    1 of 15     2 in 19      0

What is deducted is how far the estimate is above the 1 in 4 of which nothing was known, in hundredths of the
way to certainty.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["credible_percent", "deduction", "reliable_percent"]

_FAILED, _PASSED = 1, 3
"""Parameters of the beta distribution before anything was seen."""

_MOST_COUNTED = 400
"""Observations that an interval is computed from, exactly; of more the same shares of so many."""

_TAIL_PERCENT = 5
"""On each side of an interval: it holds 90 % of the distribution."""


def deduction(passed: int, failed_hundredths: int) -> int:
    """Return 0 to 100: how far failures are more likely than of something unknown.

    `failed_hundredths`: the sum of the shares that were put down to it, 100 for one failure.
    """
    seen = 100 * (_FAILED + _PASSED + passed) + failed_hundredths
    failed = 100 * _FAILED + failed_hundredths
    prior = _FAILED + _PASSED
    # (failed / seen - 1 / 4) / (1 - 1 / 4), rounded down.
    return max(0, 100 * (prior * failed - _FAILED * seen) // (_PASSED * seen))


@lru_cache(maxsize=4096)
def credible_percent(passed: int, failed: int) -> tuple[int, int]:
    """Return between which percentages the rate of failures is, with 90 % credibility; rounded outwards."""
    passed, failed = _reduced(passed, failed)
    low = next(
        percent
        for percent in range(99, -1, -1)
        if 100 * _below(percent, passed, failed) <= _TAIL_PERCENT * _whole(passed, failed)
    )
    high = next(
        percent
        for percent in range(1, 101)
        if 100 * _below(percent, passed, failed) >= (100 - _TAIL_PERCENT) * _whole(passed, failed)
    )
    return low, high


def reliable_percent(passed: int, failed: int) -> int:
    """Return the percentage of passing that is reached with 95 % credibility: 100 less the upper end."""
    return 100 - credible_percent(passed, failed)[1]


def _reduced(passed: int, failed: int) -> tuple[int, int]:
    seen = passed + failed
    if seen <= _MOST_COUNTED:
        return passed, failed
    fewer = -(-failed * _MOST_COUNTED // seen)  # a failure is never rounded away
    return _MOST_COUNTED - fewer, fewer


def _whole(passed: int, failed: int) -> int:
    """Return the denominator of `_below`."""
    whole: int = 100 ** (passed + failed + _FAILED + _PASSED - 1)
    return whole


@lru_cache(maxsize=4096)
def _below(percent: int, passed: int, failed: int) -> int:
    """Return the numerator of the probability that the rate of failures is below a percentage.

    The distribution function of a beta distribution with whole parameters a and b is a sum of binomial
    terms: the probability of at least a successes in a + b - 1 trials
    (https://dlmf.nist.gov/8.17#E5).
    """
    a = failed + _FAILED
    trials = passed + failed + _FAILED + _PASSED - 1
    term: int = _binomial(trials, a) * percent**a * (100 - percent) ** (trials - a)
    total = term
    if percent in {0, 100}:
        return _whole(passed, failed) if percent else 0
    for successes in range(a, trials):
        term = term * (trials - successes) * percent // ((successes + 1) * (100 - percent))
        total += term
    return total


def _binomial(trials: int, successes: int) -> int:
    found = 1
    for place in range(successes):
        found = found * (trials - place) // (place + 1)
    return found
