"""A bisection finds what fails, whatever that is, in few runs; nothing it is told makes it fail."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.config.schema import BISECT_RUNS
from bot.managers.bisect import (
    Trial,
    find_culprit,
    read_trial,
    splits,
    stand,
    write_trial,
)

BASE = "b"


def changes(*names):
    return frozenset((name, "2") for name in names)


def trial(outcome, *names, base=BASE):
    return Trial(outcome, base, "h", changes(*names))


def run(wanted, fails, budget=50):
    """Play a bisection against a CI; return what is proposed in the end, the culprits and the runs."""
    trials = [Trial("failed", BASE, "0", wanted)]
    named = []
    for number in range(1, budget):
        standing = stand(trials, BASE, wanted)
        assert standing.used == number - 1
        if standing.suspects:
            tried = splits(standing)[0]
        else:
            tried = wanted - standing.culprits
            if any(each.changes == tried and each.outcome == "passed" for each in trials):
                return tried, standing.culprits, number - 1, named
        newest = Trial("failed" if fails(tried) else "passed", BASE, str(number), tried)
        found = find_culprit(trials, newest)
        trials.append(newest)
        if found is not None:
            named.append(found[0])
    raise AssertionError("it does not end")


@given(st.integers(2, 40), st.data())
def test_one_release_that_fails_is_found_in_about_log2_runs(size, data):
    wanted = changes(*(f"p{n:02}" for n in range(size)))
    culprit = data.draw(st.sampled_from(sorted(wanted)))
    rest, culprits, runs, named = run(wanted, lambda tried: culprit in tried)
    assert culprits == {culprit}
    assert named[0] == culprit
    assert rest == wanted - {culprit}
    assert runs <= (size - 1).bit_length() + 1


@pytest.mark.parametrize("place", range(16))
def test_four_runs_find_one_of_sixteen(place):
    wanted = changes(*(f"p{n:02}" for n in range(16)))
    culprit = sorted(wanted)[place]
    trials = [Trial("failed", BASE, "0", wanted)]
    for number in range(BISECT_RUNS):
        tried = splits(stand(trials, BASE, wanted))[0]
        outcome = "failed" if culprit in tried else "passed"
        trials.append(Trial(outcome, BASE, str(number + 1), tried))
    assert stand(trials, BASE, wanted).culprits == {culprit}


@given(st.integers(2, 12), st.data())
def test_whatever_fails_together_the_rest_passes_in_the_end(size, data):
    names = [f"p{n:02}" for n in range(size)]
    wanted = changes(*names)
    bad = data.draw(
        st.lists(
            st.frozensets(st.sampled_from(names), min_size=1, max_size=3), min_size=1, max_size=3
        )
    )

    def fails(tried):
        return any(changes(*each) <= tried for each in bad)

    if fails(wanted):
        rest, culprits, _, _ = run(wanted, fails, budget=100)
        assert not fails(rest)
        assert rest | culprits == wanted
        assert all(fails(rest | {each}) or len(culprits) > 1 for each in culprits)


def test_trials_on_another_lockfile_or_of_other_versions_say_nothing():
    old = [trial("failed", "a", "b", base="old"), trial("failed", "a", "c")]
    assert stand(old, BASE, changes("a", "b")).failing == frozenset()
    assert stand(old, BASE, changes("a", "b", "c")).failing == changes("a", "c")


def test_where_ci_comes_to_both_outcomes_nothing_is_concluded():
    both = [trial("failed", "a", "b"), trial("passed", "a", "b")]
    assert stand(both, BASE, changes("a", "b")).suspects == frozenset()


def test_a_single_change_that_fails_is_the_culprit():
    newest = trial("failed", "a")
    assert find_culprit([trial("failed", "a", "b")], newest) == (("a", "2"), newest)
    assert find_culprit([], trial("passed", "a")) is None


@given(
    st.sampled_from(["passed", "failed"]),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4),
)
def test_a_trial_that_was_written_is_read_again(outcome, given_changes):
    written = Trial(outcome, "b", "h", frozenset(given_changes.items()))
    assert read_trial(write_trial(written)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "null",
        '{"outcome": "maybe"}',
        '{"outcome": "passed", "changes": 3}',
        "[" * 9999,
    ],
)
def test_what_is_no_trial_is_none(text):
    assert read_trial(text) is None
    assert read_trial(json.dumps({"outcome": "passed", "changes": {}, "base": 1})) is None
