"""Why no stack exists: a smallest set of facts, in words, on both engines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optimize_support import brute_force
from optimize_support.problems import Generator

from advisor_core.resolver.conflict import explain_conflict
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_file import read_problem
from advisor_core.resolver.weaken import list_facts, without_facts, without_scores


def read(document):
    return read_problem(json.dumps(document).encode(), place="p.json")


def problem_of(roots, packages, **rest):
    return read(
        {"format": "thoth-problem/1", "name": "p", "roots": roots, "packages": packages} | rest
    )


@pytest.fixture(params=["c", "python"])
def implementation(request, monkeypatch):
    if request.param == "python":
        monkeypatch.setenv("THOTH_PURE", "1")
    return request.param


def has_stack(hard, facts):
    return optimize(without_facts(hard, frozenset(facts))).status == "optimal"


@given(random=st.randoms(use_true_random=False))
def check_facts(random):
    document = Generator(random).document()
    problem = read(document)
    hard = without_scores(problem)
    facts = list_facts(hard)
    exists = any(True for _ in brute_force.all_stacks(document))
    assert has_stack(hard, facts) == exists
    if exists:
        assert has_stack(hard, [fact for fact in facts if random.random() < 0.5])
        return
    conflict = explain_conflict(problem)
    assert conflict.minimal
    assert set(conflict.facts) <= set(facts)
    assert not has_stack(hard, conflict.facts)
    for left_out in conflict.facts:
        assert has_stack(hard, [fact for fact in conflict.facts if fact != left_out])


def test_without_any_one_fact_of_the_conflict_a_stack_exists(implementation):
    check_facts()


def test_a_conflict_is_told_with_the_roots_and_the_requirements_at_fault():
    problem = problem_of(
        ["app", "lib>=2", "other"],
        {
            "app": {
                "1": {"requires": ["lib<2", "other"]},
                "2": {"requires": ["lib<2"]},
                "3": {"requires": ["lib<1.5"]},
            },
            "lib": {"1": {}, "2": {}},
            "other": {"1": {}},
        },
    )
    assert str(explain_conflict(problem)) == (
        "no stack satisfies\n"
        "  app\n"
        "  lib>=2\n"
        "because\n"
        "  app 3 requires lib <1.5\n"
        "  app 1 to 2 require lib <2"
    )


def test_releases_that_the_roots_do_not_allow_are_left_out():
    problem = problem_of(
        ["app>=2", "lib>=2"],
        {
            "app": {"1": {"requires": ["lib<1"]}, "2": {"requires": ["lib<2"]}},
            "lib": {"1": {}, "2": {}},
        },
    )
    assert explain_conflict(problem).reasons == ("app 2 requires lib <2",)


@pytest.mark.parametrize(
    ("roots", "packages", "terms", "told"),
    [
        (["ghost"], {}, [], "ghost is not among the packages"),
        (["lib>3"], {"lib": {"1": {}, "2": {}}}, [], "no release of lib is >3: there are 1 to 2"),
        (
            ["app"],
            {"app": {"1": {"requires": ["lib>3"]}}, "lib": {"1": {}}},
            [],
            "no release of lib is >3: there are 1",
        ),
        (
            ["app"],
            {"app": {"1": {}, "2": {}}},
            [{"when": [{"package": "app", "versions": ["1", "2"]}], "forbid": "it crashes"}],
            "app is forbidden: it crashes",
        ),
        (
            ["app"],
            {"app": {"1": {}}, "lib": {"1": {}}},
            [
                {
                    "when": [{"package": "lib", "absent": True}],
                    "forbid": "lib is needed",
                    "source": "knowledge",
                }
            ],
            "no lib is forbidden: lib is needed (knowledge)",
        ),
        (
            ["app", "lib"],
            {"app": {"1": {}}, "lib": {"1": {}, "2": {}}},
            [
                {
                    "when": [
                        {"package": "app", "versions": ["1"]},
                        {"package": "lib", "versions": ["1", "2"]},
                    ],
                    "forbid": "they do not mix",
                }
            ],
            "app and lib are forbidden together: they do not mix",
        ),
        (
            ["app"],
            {"app": {"1": {}}, "lib": {"1": {}}},
            [
                {
                    "when": [
                        {"package": "app", "versions": ["1"]},
                        {"package": "lib", "absent": True},
                    ],
                    "forbid": "it needs lib",
                }
            ],
            "app and no lib are forbidden: it needs lib",
        ),
        (
            ["app"],
            {"app": {"1": {}}},
            [{"when": [{"package": "app", "versions": ["1"]}], "requires": ["ghost"]}],
            "ghost is required when app",
        ),
    ],
)
def test_every_kind_of_fact_is_told_in_words(roots, packages, terms, told):
    conflict = explain_conflict(problem_of(roots, packages, terms=terms))
    assert told in conflict.reasons


def test_past_the_budget_the_conflict_says_that_it_may_not_be_minimal():
    problem = problem_of(["app", "lib>=2"], {"app": {"1": {}}, "lib": {"1": {}}})
    conflict = explain_conflict(problem, budget_seconds=0)
    assert not conflict.minimal
    assert conflict.roots == ("app", "lib>=2")
    assert conflict.reasons[-1] == "the time was over: not all of these may be needed"
