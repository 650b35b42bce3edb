"""What checks say of an update, for every mix of outcomes with and without it."""

from __future__ import annotations

import pytest

from advisor_core.environment.declaration import make_environment
from bot.managers.evidence import (
    CheckResult,
    describe_environment,
    judge_base,
    judge_checks,
)


def checks(**states):
    return [CheckResult(name, state) for name, state in states.items()]


@pytest.mark.parametrize(
    ("head", "base", "outcome", "certainty"),
    [
        ({}, {}, None, 100),
        ({"a": "passed"}, {}, "passed", 100),
        ({"a": "passed", "b": "skipped"}, {"a": "failed"}, "passed", 100),
        ({"a": "passed", "b": "pending"}, {}, None, 100),
        ({"a": "failed", "b": "pending"}, {"a": "passed"}, None, 100),
        ({"a": "skipped"}, {"a": "passed"}, None, 100),
        ({"a": "failed"}, {"a": "passed"}, "failed", 100),
        ({"a": "failed"}, {"a": "failed"}, None, 100),
        ({"a": "failed"}, {"a": "error"}, None, 100),
        ({"a": "failed"}, {"a": "pending"}, None, 100),
        ({"a": "failed"}, {"b": "passed"}, None, 100),
        ({"a": "failed"}, {}, "failed", 50),
        ({"a": "failed"}, {"a": "skipped"}, "failed", 50),
        ({"a": "failed", "b": "failed"}, {"a": "failed", "b": "passed"}, "failed", 100),
        ({"a": "error", "b": "passed"}, {"a": "passed"}, "error", 100),
        ({"a": "error", "b": "failed"}, {"b": "passed"}, "failed", 100),
    ],
)
def test_a_check_counts_against_an_update_only_if_it_passed_without_it(
    head, base, outcome, certainty
):
    found = judge_checks(checks(**head), checks(**base))
    assert (found.outcome, found.certainty) == (outcome, certainty)
    assert found.reason


@pytest.mark.parametrize(
    ("states", "outcome"),
    [
        ({"a": "passed"}, "passed"),
        ({"a": "failed"}, None),
        ({"a": "error"}, None),
        ({"a": "pending"}, None),
        ({}, None),
    ],
)
def test_a_red_base_says_nothing_of_its_lockfile(states, outcome):
    assert judge_base(checks(**states)).outcome == outcome


def test_of_a_lockfile_for_several_environments_what_they_share_is_known():
    first = make_environment(python="3.11.7", platform="manylinux_2_28_x86_64")
    other = make_environment(python="3.12.1", platform="manylinux_2_28_x86_64")
    assert describe_environment([first]) == {
        "python": "3.11",
        "platform": "manylinux_2_28_x86_64",
    }
    assert describe_environment([first, other]) == {"platform": "manylinux_2_28_x86_64"}
