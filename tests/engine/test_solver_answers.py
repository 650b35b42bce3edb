"""The answer is the one that the definition gives, in whatever order it is found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from engine.problems import (
    Problem,
    add_problem,
    answer,
    brute_force,
    finish,
    load,
    load_all,
    load_first,
    load_last_first,
    pigeonhole,
    release_train,
    solve,
)
from engine.strategies import problems
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from advisor_core import _engine
from advisor_core.resolver import reference

if TYPE_CHECKING:
    import random

    from engine.problems import Policy

    from advisor_core.resolver.interface import Choice, Solver

both = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@settings(both, max_examples=100)
@given(problem=problems())
@example(problem=Problem(sizes=(0,), roots=((0, 0, 1),)))
@example(problem=Problem(sizes=(1,), roots=()))
def test_answer_is_the_first_in_the_order_of_decision(
    solver_class: type[Solver], problem: Problem
) -> None:
    assert solve(solver_class(), problem) == brute_force(problem)


@both
@given(problem=problems(nodes=4, size=5, edges=4))
def test_answer_over_few_nodes_with_many_versions(
    solver_class: type[Solver], problem: Problem
) -> None:
    assert solve(solver_class(), problem) == brute_force(problem)


@both
@given(problem=problems(), policy=st.sampled_from([load_first, load_all, load_last_first]))
def test_order_of_loading_does_not_change_the_answer(
    solver_class: type[Solver], problem: Problem, policy: Policy
) -> None:
    assert solve(solver_class(), problem, policy) == brute_force(problem)


@both
@given(problem=problems(), order=st.randoms(use_true_random=False))
def test_what_is_loaded_without_need_does_not_change_the_answer(
    solver_class: type[Solver], problem: Problem, order: random.Random
) -> None:
    solver = solver_class()
    add_problem(solver, problem)
    unasked = list(problem.candidates())
    order.shuffle(unasked)
    outcome = solver.run()
    while unasked:
        load(solver, problem, unasked.pop())
        outcome = solver.run()
    assert answer(solver, problem, outcome) == brute_force(problem)


@both
@given(problem=problems(), order=st.randoms(use_true_random=False))
def test_exclusions_between_runs_count_as_if_said_before(
    solver_class: type[Solver], problem: Problem, order: random.Random
) -> None:
    solver = solver_class()
    add_problem(solver, problem, exclusions=False)
    later = list(problem.excluded)
    while (outcome := solver.run()) != "unsatisfiable":
        if later and (outcome == "solved" or order.random() < 0.5):
            node, mask, tag = later.pop()
            solver.exclude(node, problem.to_bytes(node, mask), tag)
        elif outcome == "solved":
            break
        else:
            load(solver, problem, solver.needed()[0])
    assert answer(solver, problem, outcome) == brute_force(problem)


@both
@given(problem=problems())
def test_a_root_after_a_run_counts_as_if_said_before(
    solver_class: type[Solver], problem: Problem
) -> None:
    solver = solver_class()
    add_problem(solver, replace(problem, roots=problem.roots[:-1]))
    finish(solver, problem)
    for node, mask, tag in problem.roots[-1:]:
        solver.add_root(node, problem.to_bytes(node, mask), tag)
    assert answer(solver, problem, finish(solver, problem)) == brute_force(problem)


@both
@given(problem=problems(), budget=st.integers(1, 3))
def test_a_search_that_is_interrupted_ends_with_the_same_answer(
    solver_class: type[Solver], problem: Problem, budget: int
) -> None:
    solver = solver_class()
    add_problem(solver, problem)
    while (outcome := solver.run(conflict_budget=budget)) in {"need", "budget"}:
        for choice in solver.needed():
            load(solver, problem, choice)
    assert answer(solver, problem, outcome) == brute_force(problem)


@given(problem=problems(nodes=12, size=7, edges=4))
def test_c_and_python_agree_beyond_what_brute_force_can_do(problem: Problem) -> None:
    assert solve(_engine.Solver(), problem) == solve(reference.Solver(), problem)


@given(problem=problems(nodes=9, size=5, edges=4))
def test_forgetting_all_that_was_learnt_does_not_change_the_answer(problem: Problem) -> None:
    solver = _engine.Solver(learnt_bytes=0)
    assert solve(solver, problem) == solve(_engine.Solver(), problem)


@both
@given(problem=problems(nodes=8, size=5, edges=3))
def test_the_same_calls_give_the_same_run(solver_class: type[Solver], problem: Problem) -> None:
    def record() -> tuple[list[Choice] | None, list[list[Choice]], int, int, int]:
        asked: list[list[Choice]] = []

        def note(needed: list[Choice]) -> list[Choice]:
            asked.append(needed)
            return needed

        solver = solver_class()
        solution = solve(solver, problem, note)
        return solution, asked, solver.conflicts, solver.decisions, solver.propagations

    assert record() == record()


def test_only_candidates_that_could_be_chosen_are_asked_for(solver_class: type[Solver]) -> None:
    # a has ten versions, all requiring b 1; nothing but a 0 and b 1 is ever looked at.
    problem = Problem(
        sizes=(10, 10),
        roots=((0, 1023, 1),),
        requirements={(0, version): ((1, 2, 5),) for version in range(10)},
    )
    asked: list[Choice] = []
    solver = solver_class()
    assert solve(solver, problem, lambda needed: asked.extend(needed) or needed) == [(0, 0), (1, 1)]
    assert asked == [(0, 0), (1, 1)]


def test_needed_starts_with_what_blocks_and_holds_every_required_node(
    solver_class: type[Solver],
) -> None:
    # Both versions of a require c 1, so c is known to be needed before b is decided.
    problem = Problem(
        sizes=(2, 1, 2),
        roots=((0, 3, 1), (1, 1, 2)),
        requirements={(0, 0): ((2, 2, 3),), (0, 1): ((2, 2, 3),)},
    )
    solver = solver_class()
    add_problem(solver, problem)
    assert solver.run() == "need"
    assert solver.needed() == [(0, 0), (1, 0)]
    load(solver, problem, (0, 0))
    load(solver, problem, (0, 1))
    assert solver.run() == "need"
    assert solver.needed() == [(1, 0), (2, 1)]
    load(solver, problem, (1, 0))
    assert solver.needed() == [(2, 1)]
    load(solver, problem, (2, 1))
    assert solver.run() == "solved"
    assert solver.needed() == []
    assert solver.solution() == [(0, 0), (1, 0), (2, 1)]


def test_one_conflict_disproves_all_versions_with_the_same_requirement(
    solver_class: type[Solver],
) -> None:
    # 2000 versions of a require b 0, the root wants b 1: no version of a is decided at all.
    versions = 2000
    problem = Problem(
        sizes=(versions, 2),
        roots=((0, (1 << versions) - 1, 1), (1, 2, 2)),
        requirements={(0, version): ((1, 1, version),) for version in range(versions)},
    )
    solver = solver_class()
    add_problem(solver, problem)
    for candidate in problem.candidates():
        load(solver, problem, candidate)
    assert answer(solver, problem, solver.run()) is None
    assert solver.decisions == 0
    assert len(solver.proof()) == 5


def test_pigeons_fit_into_as_many_holes_in_order(solver_class: type[Solver]) -> None:
    problem = pigeonhole(6, 6)
    solution = solve(solver_class(), problem)
    assert solution == [(i, i) for i in range(6)] + [(6 + i, i) for i in range(6)]


def test_a_hard_refutation_has_a_proof(solver_class: type[Solver]) -> None:
    solver = solver_class()
    assert solve(solver, pigeonhole(6, 5)) is None
    assert solver.conflicts >= 50


@pytest.mark.parametrize("learnt_bytes", [0, 20_000])
def test_a_refutation_that_forgets_has_a_proof_too(learnt_bytes: int) -> None:
    solver = _engine.Solver(learnt_bytes=learnt_bytes)
    assert solve(solver, pigeonhole(7, 6)) is None
    assert solver.conflicts > 100


def test_a_long_release_train_is_followed_to_its_oldest_version(solver_class: type[Solver]) -> None:
    solver = solver_class()
    assert solve(solver, release_train(12, 30)) == [(node, 29) for node in range(12)]
    assert solver.conflicts == 29


def test_a_release_train_of_hundreds_of_packages_and_versions_is_no_problem() -> None:
    solver = _engine.Solver()
    assert solve(solver, release_train(200, 100), load_first) == [(node, 99) for node in range(200)]
    solver = _engine.Solver()
    assert solve(solver, release_train(5, 2000), load_first) == [(node, 1999) for node in range(5)]
