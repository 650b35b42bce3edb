"""Diverse stacks: each the best at the distance asked for from all before, on both engines."""

from __future__ import annotations

import json
import random as randoms
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optimize_support import brute_force
from optimize_support.layered import layered_document
from optimize_support.problems import Generator

from advisor_core.resolver.diverse import optimize_diverse
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_file import read_problem


def read(document):
    return read_problem(json.dumps(document).encode(), place="p.json")


@pytest.fixture(params=["c", "python"])
def implementation(request, monkeypatch):
    if request.param == "python":
        monkeypatch.setenv("THOTH_PURE", "1")
    return request.param


def distance(one, other):
    return sum(one.get(package) != other.get(package) for package in one.keys() | other.keys())


@given(random=st.randoms(use_true_random=False), wanted=st.integers(1, 3))
def check_diverse(implementation, random, wanted):
    document = Generator(random).document(levels=random.choice([0, 0, 2]))
    found = optimize_diverse(read(document), count=3, distance=wanted)
    stacks = [entry.stack for entry in found.answer.stacks]
    assert found.answer.engine == implementation
    assert found.distances == [[distance(one, other) for other in stacks] for one in stacks]
    everything = [
        (brute_force.scores(document, stack), brute_force.visible(document, stack))
        for stack in brute_force.all_stacks(document)
    ]
    for rank in range(4):
        allowed = [
            scores
            for scores, visible in everything
            if all(distance(visible, before) >= wanted for before in stacks[:rank])
        ]
        if not allowed or rank == 3:
            assert len(stacks) == rank
            assert found.answer.status == ("optimal" if stacks else "unsatisfiable")
            return
        assert found.answer.stacks[rank].scores == max(allowed)


def test_each_stack_is_the_best_that_is_far_from_those_before(implementation):
    check_diverse(implementation)


def test_a_step_cut_short_makes_the_answer_feasible():
    problem = read(layered_document(randoms.Random(1)))
    best = optimize(problem)
    found = optimize_diverse(problem, count=9, distance=5, node_budget=best.nodes)
    assert found.answer.status == "feasible"
    assert found.answer.limit == "nodes"
    assert found.answer.stacks[0].score == best.upper_bound == found.answer.upper_bound
    assert len(found.answer.stacks) < 9


def test_numpy_is_imported_only_for_distances():
    code = (
        "import sys\n"
        "import advisor_core.cli.solve, advisor_core.resolver.diverse as diverse\n"
        "assert 'numpy' not in sys.modules\n"
        "from advisor_core.resolver.distance import measure_distances\n"
        "measure_distances([{}])\n"
        "assert 'numpy' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_distance_larger_than_the_problem_leaves_the_best_stack_alone():
    document = {
        "format": "thoth-problem/1",
        "name": "one",
        "roots": ["a"],
        "packages": {"a": {"1": {}, "2": {}}},
    }
    found = optimize_diverse(read(document), count=3, distance=10_000)
    assert (found.answer.status, len(found.answer.stacks)) == ("optimal", 1)
