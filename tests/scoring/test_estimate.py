"""Estimates from counts: against fractions, and as the documentation has them."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.scoring.components.measured import describe_observed, failing
from advisor_core.scoring.estimate import credible_percent, deduction, reliable_percent
from advisor_core.scoring.failed_pairs import pair_terms
from advisor_core.scoring.interface import Observed, ObservedPair
from advisor_core.scoring.weights import weight_set

counts = st.integers(0, 40)


def distribution(rate, passed, failed):
    """Return the probability that the rate of failures is below a rate, by the definition."""
    a, trials = failed + 1, passed + failed + 3
    return sum(comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(a, trials + 1))


@given(counts, counts)
def test_an_interval_holds_nine_tenths_of_the_distribution_and_is_the_shortest_in_percents(
    passed, failed
):
    low, high = credible_percent(passed, failed)
    below = [distribution(Fraction(percent, 100), passed, failed) for percent in range(101)]
    assert below[low] <= Fraction(5, 100) < below[low + 1]
    assert below[high - 1] < Fraction(95, 100) <= below[high]


@given(counts, st.integers(0, 4000))
def test_what_is_deducted_is_the_estimate_above_one_quarter(passed, blame):
    failed = Fraction(blame, 100)
    estimate = (1 + failed) / (4 + failed + passed)
    wanted = int(100 * (estimate - Fraction(1, 4)) / Fraction(3, 4))
    assert deduction(passed, blame) == max(0, wanted)


@given(counts, counts)
def test_a_pass_never_makes_it_worse_and_a_failure_never_better(passed, failed):
    here = deduction(passed, 100 * failed)
    assert deduction(passed + 1, 100 * failed) <= here <= deduction(passed, 100 * failed + 100)
    assert reliable_percent(passed + 1, failed) >= reliable_percent(passed, failed)


def test_of_very_many_observations_the_share_counts_and_a_failure_is_not_rounded_away():
    assert credible_percent(1_000_000, 0) == credible_percent(400, 0)
    assert credible_percent(1_000_000, 1) == credible_percent(399, 1)


@pytest.mark.parametrize(
    ("passed", "failed", "row"),
    [
        (0, 1, "1 of 1 failed"),
        (0, 2, "2 of 2 failed"),
        (0, 10, "10 of 10 failed"),
        (1, 1, "1 of 2 failed"),
        (14, 1, "1 of 15 failed"),
    ],
)
def test_the_table_of_the_documentation_is_right(passed, failed, row):
    amount = failing(Observed(passed=passed, failed=failed))
    stable = -4 * amount
    text = (Path(__file__).parents[2] / "docs/scores.md").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {row} |")]
    assert line.endswith(f"| {-amount} | {stable} |")


def test_what_is_said_has_counts_and_how_much_they_say():
    seen = Observed(passed=14, failed=1, flaky=2, voters="repositories")
    assert describe_observed(seen) == (
        "seen to pass in 14 of 15 repositories here (2 to 24 % fail, with 90 % credibility; "
        "besides 2 with checks that come to both outcomes)"
    )
    assert describe_observed(Observed()) == ""
    assert "nothing but 1" in describe_observed(Observed(flaky=1))


def test_a_failure_in_the_repository_itself_is_no_estimate():
    seen = Observed(passed=100, failed=1, own_blame=100)
    assert failing(seen) == 300
    assert describe_observed(seen).startswith("failed in this repository; ")


def test_a_pair_that_failed_is_a_term_and_one_that_mostly_passed_is_none():
    def pair(**seen):
        return ObservedPair("a", "2", "b", "3", Observed(**seen))

    (term,) = pair_terms([pair(failed=1), pair(passed=9, failed=1)], weight_set("stable"))
    assert term.score == -80
    assert [(match.name, match.versions) for match in term.when] == [("a", {"2"}), ("b", {"3"})]
    assert term.justifications[0].message.startswith("a 2 with b 3: failed in 1 of 1")


def test_a_confidence_of_80_takes_eleven_repositories_as_the_documentation_says():
    text = (Path(__file__).parents[2] / "docs/configuration.md").read_text()
    fewest = next(passed for passed in range(100) if reliable_percent(passed, 0) >= 80)
    assert f"so 80 takes {fewest} repositories without a failure" in text
