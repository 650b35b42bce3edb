"""Solvers of other kinds find no better stack, and the same one when there is none.

The ones that are large to install run with `pip install .[oracles]` and `pytest -m oracles`.
"""

from __future__ import annotations

import importlib
import json
import random

import pytest
from optimize_support import brute_force
from optimize_support.featured import featured_document
from optimize_support.ground import ground
from optimize_support.related import related_document

from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_file import read_problem


def check_same(document, solver):
    """Compare the best stack, which is judged by the definition whoever found it."""
    best_stack = importlib.import_module(f"optimize_support.{solver}").best_stack
    theirs = best_stack(ground(document))
    answer = optimize(read_problem(json.dumps(document).encode(), place="p.json"))
    if theirs is None:
        assert answer.status == "unsatisfiable"
        return
    assert answer.status == "optimal"
    ours = dict(answer.stacks[0].nodes)
    assert brute_force.is_valid(document, theirs)
    assert brute_force.is_valid(document, ours)
    assert brute_force.scores(document, theirs) == brute_force.scores(document, ours)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("levels", [False, True])
def test_answer_set_programming_finds_the_same_optimum(seed, levels):
    document = featured_document(
        random.Random(seed), packages=8, versions=3, pairs=8, terms=16, levels=levels
    )
    check_same(document, "answer_set")


@pytest.mark.oracles
@pytest.mark.parametrize("seed", range(40))
def test_fifty_terms_have_the_same_optimum(seed):
    document = featured_document(random.Random(seed), pairs=22, terms=28)
    check_same(document, "constraint_programming")


@pytest.mark.oracles
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("solver", ["answer_set", "max_sat"])
def test_forty_terms_have_the_same_optimum(solver, seed):
    document = featured_document(random.Random(seed), packages=10, pairs=16, terms=24)
    check_same(document, solver)


@pytest.mark.oracles
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("solver", ["answer_set", "max_sat", "constraint_programming"])
def test_tight_requirements_have_the_same_optimum_or_none(solver, seed):
    document = featured_document(
        random.Random(seed), packages=10, versions=2, pairs=10, terms=40, forbidding=True
    )
    check_same(document, solver)


@pytest.mark.oracles
@pytest.mark.parametrize("seed", range(20))
def test_five_hundred_terms_have_the_same_optimum_as_cost_functions(seed):
    from optimize_support.cost_functions import best_score

    document = related_document(random.Random(seed))
    theirs = best_score(ground(document))
    answer = optimize(read_problem(json.dumps(document).encode(), place="p.json"))
    assert answer.status == "optimal"
    assert answer.stacks[0].score == answer.upper_bound == theirs
