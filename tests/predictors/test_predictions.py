"""What predictors propose, against trying every assignment, and how runs end."""

from __future__ import annotations

import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optimize_support import brute_force
from optimize_support.problems import Generator
from predictors_support.problems import draw_large

from advisor_core import _engine
from advisor_core.errors import InputError
from advisor_core.predictors import PREDICTORS, predict
from advisor_core.resolver.levels import fold_levels
from advisor_core.resolver.optimize import check_stack, optimize
from advisor_core.resolver.problem_encoding import encode_problem
from advisor_core.resolver.problem_file import read_problem


def read(document):
    return read_problem(json.dumps(document).encode(), place="p.json")


def truth(document):
    """Return the best scores of every visible stack, by trying all assignments."""
    best = {}
    for stack in brute_force.all_stacks(document):
        key = tuple(sorted(brute_force.visible(document, stack).items()))
        scores = brute_force.scores(document, stack)
        best[key] = max(best.get(key, scores), scores)
    return best


@given(
    random=st.randoms(use_true_random=False),
    seed=st.integers(0, 2**64 - 1),
    levels=st.integers(0, 2),
)
@settings(max_examples=25, deadline=None)
def check_stacks(name, random, seed, levels):
    document = Generator(random).document(levels=levels)
    expected = truth(document)
    problem = read(document)
    make = PREDICTORS[name]
    found = predict(problem, make(), seed=seed, count=5, stack_budget=20)
    again = predict(problem, make(), seed=seed, count=5, stack_budget=20)
    assert found.answer.stacks == again.answer.stacks
    assert found.history == again.history
    if not expected:
        assert found.answer.status == "unsatisfiable"
        return
    best = max(expected.values())
    assert found.answer.status in {"feasible", "optimal"}
    assert (found.answer.status != "optimal") or found.answer.stacks[0].scores == best
    assert found.answer.upper_bound >= sum(best) or levels > 1
    shown = [tuple(entry.stack.items()) for entry in found.answer.stacks]
    assert len(set(shown)) == len(shown)
    for entry in found.answer.stacks:
        assert brute_force.is_valid(document, dict(entry.nodes))
        assert brute_force.scores(document, dict(entry.nodes)) == entry.scores
        assert entry.scores <= expected[tuple(entry.stack.items())]
    assert len(shown) <= found.different <= min(20, len(expected))


@pytest.mark.parametrize("name", PREDICTORS)
def test_every_stack_is_one_that_trying_all_assignments_finds(name):
    check_stacks(name)


LARGE = draw_large()
OPTIMUM = optimize(LARGE).stacks[0].score


@pytest.mark.parametrize(
    "name",
    [
        "adaptive-simulated-annealing",
        "hill-climbing",
        "monte-carlo-tree-search",
        "sampling",
        "temporal-difference",
    ],
)
def test_what_looks_for_good_stacks_beats_drawing_them(name):
    for seed in range(3):
        drawn = predict(LARGE, PREDICTORS["random-walk"](), seed=seed, stack_budget=5000)
        found = predict(LARGE, PREDICTORS[name](), seed=seed, stack_budget=5000)
        assert OPTIMUM >= found.answer.stacks[0].score > drawn.answer.stacks[0].score


@pytest.mark.parametrize("name", ["temporal-difference", "monte-carlo-tree-search"])
def test_what_learns_is_better_after_many_stacks(name):
    few = [predict(LARGE, PREDICTORS[name](), seed=s, stack_budget=200) for s in range(3)]
    many = [predict(LARGE, PREDICTORS[name](), seed=s, stack_budget=20_000) for s in range(3)]
    assert all(
        more.answer.stacks[0].score > less.answer.stacks[0].score
        for less, more in zip(few, many, strict=True)
    )


def test_seeds_differ():
    one, other = (
        predict(LARGE, PREDICTORS["random-walk"](), seed=s, stack_budget=100) for s in (1, 2)
    )
    assert one.answer.stacks != other.answer.stacks


def test_a_stack_budget_is_kept_and_stacks_are_judged_again():
    found = predict(LARGE, PREDICTORS["hill-climbing"](), stack_budget=5000)
    assert found.different == 5000
    assert found.answer.limit == "nodes"
    assert found.judged >= 5
    assert found.counted_all


def test_a_sample_is_handed_out_and_every_stack_of_it_is_what_the_definition_says():
    weights = fold_levels(LARGE)
    encoded = encode_problem(LARGE, weights)
    answer = _engine.Predictor(_engine.Problem(**encoded.arrays)).run(
        "hill-climbing", stack_budget=6500, sample=5
    )
    assert len(answer["sample"]) == 5
    found = [check_stack(LARGE, weights, score, encoded.decode(v)) for v, score in answer["sample"]]
    assert len({tuple(entry.stack.items()) for entry in found}) == 5


@pytest.mark.parametrize(
    "name", ["hill-climbing", "adaptive-simulated-annealing", "temporal-difference"]
)
def test_a_problem_with_conflicts_is_solved_within_five_parts_in_a_hundred(name):
    for seed in range(2):
        found = predict(LARGE, PREDICTORS[name](), seed=seed, stack_budget=50_000)
        assert found.answer.stacks[0].score >= OPTIMUM * 0.95


@pytest.mark.parametrize("trace", [True, False])
def test_what_releases_that_require_each_other_expect_stays_within_what_there_is(trace):
    most = 2**53
    problem = read(
        {
            "format": "thoth-problem/1",
            "name": "circle",
            "roots": ["a"],
            "packages": {
                name: {"1": {"requires": [other]}, "2": {"requires": [other]}}
                for name, other in (("a", "b"), ("b", "c"), ("c", "a"))
            },
            "unary": {name: {"1": -most, "2": most} for name in "abc"},
            "pairs": [
                {"a": "a", "a_versions": ["2"], "b": "b", "b_versions": ["2"], "score": most}
            ],
        }
    )
    found = predict(problem, PREDICTORS["temporal-difference"](trace=trace), stack_budget=1000)
    assert found.answer.stacks[0].score == 4 * most


def test_little_memory_counts_too_few_and_says_so():
    problem = _engine.Problem(**encode_problem(LARGE, fold_levels(LARGE)).arrays)
    size = 600_000
    answer = _engine.Predictor(problem).run("random-walk", stack_budget=90_000, memory_budget=size)
    assert not answer["counted_all"]
    assert answer["end"] == "stacks"
    assert answer["different"] < answer["proposed"]
    assert _engine.Predictor(problem).run("random-walk", memory_budget=1)["end"] == "memory"


def test_a_small_space_is_used_up():
    problem = read(
        {
            "format": "thoth-problem/1",
            "name": "small",
            "roots": ["a"],
            "packages": {"a": {"1": {}, "2": {}, "3": {}}},
            "unary": {"a": {"2": 7}},
        }
    )
    for name in sorted(PREDICTORS.keys() - {"latest", "package-combinations"}):
        found = predict(problem, PREDICTORS[name]())
        assert found.different == 3, name
        assert found.answer.status == "optimal"
        assert found.answer.stacks[0].stack == {"a": "2"}


def test_a_run_can_be_cancelled_from_another_thread_and_is_used_once_at_a_time():
    problem = _engine.Problem(**encode_problem(LARGE, fold_levels(LARGE)).arrays)
    predictor = _engine.Predictor(problem)
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(predictor.run("hill-climbing", deadline_seconds=60))
    )
    thread.start()
    refused = False
    while not refused and thread.is_alive():
        try:
            predictor.run("latest")
        except RuntimeError as error:
            refused = str(error) == "the predictor is already running"
    predictor.cancel()
    thread.join(30)
    assert refused
    assert answers[0]["end"] == "stopped"
    assert answers[0]["stacks"]


def test_a_run_can_be_ended_while_its_tables_are_filled():
    versions = [str(number) for number in range(300)]
    problem = read(
        {
            "format": "thoth-problem/1",
            "name": "tables",
            "roots": ["a", "b"],
            "packages": {name: {version: {} for version in versions} for name in "ab"},
            "pairs": [
                {"a": "a", "a_versions": [version], "b": "b", "b_versions": [version], "score": 1}
                for version in versions
            ],
        }
    )
    predictor = _engine.Predictor(_engine.Problem(**encode_problem(problem, [1]).arrays))
    assert predictor.run("latest")["status"] == "feasible"
    predictor.cancel()
    answer = predictor.run("latest")
    assert (answer["status"], answer["end"], answer["stacks"]) == ("unknown", "stopped", [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 0},
        {"step": 0},
        {"beam_width": 0},
        {"temperature_coefficient": 0},
        {"temperature_coefficient": 2**32 + 1},
        {"memory_budget": -1},
        {"nodes": [10**6]},
        {"nodes": [-1]},
        {"deadline_seconds": float("nan")},
    ],
)
def test_the_engine_refuses_what_is_out_of_range(wrong):
    problem = _engine.Problem(**encode_problem(LARGE, fold_levels(LARGE)).arrays)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        _engine.Predictor(problem).run("random-walk", **wrong)


def test_the_engine_refuses_an_unknown_predictor():
    problem = _engine.Problem(**encode_problem(LARGE, fold_levels(LARGE)).arrays)
    with pytest.raises(ValueError, match="no such predictor"):
        _engine.Predictor(problem).run("luck")


def test_without_the_extension_a_predictor_is_refused(monkeypatch):
    monkeypatch.setenv("THOTH_PURE", "1")
    with pytest.raises(InputError, match="needs the C extension"):
        predict(LARGE, PREDICTORS["latest"]())
