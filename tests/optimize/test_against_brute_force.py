"""Every answer on small problems equals what trying all assignments says, on both engines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optimize_support import brute_force
from optimize_support.problems import Generator

from advisor_core.resolver.judge import find_fault, score_stack
from advisor_core.resolver.levels import MAXIMUM_FOLDED
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_file import read_problem


def read(document):
    return read_problem(json.dumps(document).encode(), place="p.json")


def best_by_visible_stack(document):
    """Return the best scores of every visible stack, by trying all assignments."""
    best = {}
    for stack in brute_force.all_stacks(document):
        key = tuple(sorted(brute_force.visible(document, stack).items()))
        scores = brute_force.scores(document, stack)
        best[key] = max(best.get(key, scores), scores)
    return best


@pytest.fixture(params=["c", "python"])
def implementation(request, monkeypatch):
    if request.param == "python":
        monkeypatch.setenv("THOTH_PURE", "1")
    return request.param


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def check_best(implementation, random):
    document = Generator(random).document()
    expected = best_by_visible_stack(document)
    answer = optimize(read(document))
    assert answer.engine == implementation
    if not expected:
        assert answer.status == "unsatisfiable"
        assert answer.stacks == ()
        return
    assert answer.status == "optimal"
    assert answer.upper_bound == answer.stacks[0].score == max(expected.values())[0]


def test_the_best_stack_is_the_best_of_all_assignments(implementation):
    check_best(implementation)


@given(random=st.randoms(use_true_random=False), count=st.integers(2, 6))
@settings(max_examples=50, deadline=None)
def check_several(implementation, random, count):
    document = Generator(random).document()
    expected = best_by_visible_stack(document)
    answer = optimize(read(document), count=count)
    assert answer.engine == implementation
    found = {tuple(entry.stack.items()): entry.scores for entry in answer.stacks}
    assert len(found) == len(answer.stacks)
    assert list(found.values()) == sorted(expected.values(), reverse=True)[:count]
    assert all(expected[stack] == scores for stack, scores in found.items())


def test_the_k_best_stacks_are_the_k_best_visible_ones(implementation):
    check_several(implementation)


@given(
    random=st.randoms(use_true_random=False),
    levels=st.integers(1, 3),
    count=st.integers(1, 3),
    limit=st.sampled_from([MAXIMUM_FOLDED, 2000, 50, 0]),
)
@settings(max_examples=60, deadline=None)
def check_levels(implementation, random, levels, count, limit):
    document = Generator(random).document(levels=levels)
    expected = best_by_visible_stack(document)
    answer = optimize(read(document), count=count, fold_limit=limit)
    assert answer.engine == implementation
    found = [entry.scores for entry in answer.stacks]
    assert found == sorted(expected.values(), reverse=True)[:count]
    assert answer.status == ("optimal" if expected else "unsatisfiable")
    assert all(expected[tuple(entry.stack.items())] == entry.scores for entry in answer.stacks)


def test_levels_are_compared_in_order_whether_they_fold_or_not(implementation):
    check_levels(implementation)


@given(random=st.randoms(use_true_random=False), nodes=st.integers(0, 3))
@settings(max_examples=50, deadline=None)
def test_a_spent_budget_gives_a_valid_stack_and_a_bound_that_holds(random, nodes):
    document = Generator(random).document()
    expected = best_by_visible_stack(document)
    answer = optimize(read(document), node_budget=nodes)
    best = max(expected.values())[0] if expected else None
    if answer.status == "unsatisfiable":
        assert not expected
    elif best is not None:
        assert answer.upper_bound >= best
        assert all(entry.score <= best for entry in answer.stacks)


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_judge_accepts_exactly_the_valid_stacks(random):
    document = Generator(random).document()
    problem = read(document)
    for stack in brute_force.all_stacks(document):
        assert find_fault(problem, stack) is None
        assert score_stack(problem, stack) == brute_force.scores(document, stack)
        for node in stack:
            smaller = {name: version for name, version in stack.items() if name != node}
            fault = find_fault(problem, smaller)
            assert (fault is None) == brute_force.is_valid(document, smaller)
