"""Levels that do not fit into 64 bits together are solved one after the other."""

from __future__ import annotations

import json

import pytest

from advisor_core.errors import InputError
from advisor_core.resolver import stepwise
from advisor_core.resolver.levels import fold_group, group_levels
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_file import read_problem

LARGE = 2**50


def read(levels):
    document = {
        "format": "thoth-problem/1",
        "name": "levels",
        "roots": ["a", "b"],
        "packages": {"a": {"1": {}, "2": {}, "3": {}}, "b": {"1": {}, "2": {}}},
        "levels": [{"name": str(index), **level} for index, level in enumerate(levels)],
    }
    return read_problem(json.dumps(document).encode(), place="p.json")


THREE = [
    {"unary": {"a": {"1": LARGE, "2": LARGE, "3": LARGE - 1}}},
    {"unary": {"a": {"1": -LARGE, "3": LARGE}}},
    {"unary": {"b": {"2": LARGE}, "a": {"1": LARGE}}},
]


def test_levels_past_64_bits_are_grouped_and_still_compared_in_order():
    problem = read(THREE)
    assert len(group_levels(problem)) == 3
    answer = optimize(problem)
    assert answer.status == "optimal"
    assert answer.stacks[0].stack == {"a": "2", "b": "2"}
    assert answer.stacks[0].scores == (LARGE, 0, LARGE)


def test_the_k_best_of_levels_past_64_bits_come_in_order():
    answer = optimize(read(THREE), count=10)
    scores = [found.scores for found in answer.stacks]
    assert len(scores) == 6
    assert scores == sorted(scores, reverse=True)


def test_no_stack_is_proved_with_levels_past_64_bits():
    problem = read([*THREE, {"terms": [{"when": [], "forbid": "never"}]}])
    assert optimize(problem).status == "unsatisfiable"


@pytest.mark.parametrize("nodes", [0, 1, 2, 3])
def test_a_spent_budget_bounds_levels_past_64_bits(nodes):
    answer = optimize(read(THREE), node_budget=nodes)
    assert answer.status in ("optimal", "feasible", "unknown")
    assert answer.upper_bound >= 2 * LARGE
    assert all(found.scores <= (LARGE, 0, LARGE) for found in answer.stacks)


def test_weights_of_earlier_levels_are_as_large_as_fits():
    problem = read(THREE)
    first, second, third = group_levels(problem)
    assert fold_group(problem, first) == (1, 0, 0)
    assert fold_group(problem, second) == (1023, 1, 0)
    outer, inner, own = fold_group(problem, third)
    assert outer >= inner >= 1 == own


def test_a_list_that_would_not_fit_into_memory_ends_the_search(monkeypatch):
    # Nothing of the first level fits into the weights, and its only optimum is the worst of the second.
    levels = [
        {"unary": {"a": {"1": LARGE}}},
        {"unary": {"a": {"2": LARGE, "3": LARGE}, "b": {"1": 1}}},
    ]
    whole = optimize(read(levels), fold_limit=0)
    assert (whole.status, whole.stacks[0].scores) == ("optimal", (LARGE, 1))
    monkeypatch.setattr(stepwise, "_BYTES_PER_NODE", 2**40)
    answer = optimize(read(levels), fold_limit=0)
    assert (answer.status, answer.limit) == ("feasible", "memory")
    assert answer.stacks[0].scores[0] == LARGE
    assert answer.upper_bound >= LARGE + 1


def test_the_explanation_names_the_score_of_each_level():
    answer = optimize(
        read([{"unary": {"a": {"1": 2}}}, {"unary": {"a": {"2": 90}, "b": {"1": 1}}}])
    )
    assert "No valid stack is better in order of levels than 0 2, 1 1: proved" in answer.explanation


def test_more_levels_than_anybody_ranks_are_refused():
    with pytest.raises(InputError, match="levels: more than 100 of them: 101"):
        read([{}] * 101)


def test_a_hundred_large_levels_are_weighed_within_64_bits():
    problem = read([{"unary": {"a": {"1": LARGE}}}] * 100)
    groups = group_levels(problem)
    assert len(groups) == 100
    for group in groups:
        weights = fold_group(problem, group)
        assert sum(weights) * LARGE <= 2**60
        assert weights[group.start] == 1
