"""Laws of the optimum on problems too large for brute force, and of running the engine."""

from __future__ import annotations

import copy
import json
import random
import threading

import pytest
from optimize_support.featured import featured_document
from optimize_support.layered import layered_document

from advisor_core._engine import Optimizer, Problem
from advisor_core.resolver.levels import group_levels
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_encoding import encode_problem
from advisor_core.resolver.problem_file import read_problem


def read(document):
    return read_problem(json.dumps(document).encode(), place="p.json")


def best(document):
    answer = optimize(read(document))
    assert answer.status == "optimal"
    return answer.stacks[0]


@pytest.fixture(params=range(6))
def document(request):
    """A problem of scores of releases and pairs, or one that has every feature of the format."""
    draw = random.Random(request.param)
    if request.param % 2:
        return featured_document(draw, packages=14, pairs=30)
    return layered_document(draw)


@pytest.fixture
def hard_problem():
    """A problem that is not proved within the time of any test here."""
    document = layered_document(random.Random(1), packages=40, versions=20, pairs=1500)
    return Problem(**encode_problem(read(document), (1,)).arrays)


def test_the_order_of_versions_does_not_matter(document):
    score = best(document).score
    document["packages"] = {
        name: dict(reversed(releases.items())) for name, releases in document["packages"].items()
    }
    assert best(document).score == score


def test_the_order_of_packages_does_not_matter(document):
    score = best(document).score
    document["packages"] = dict(reversed(document["packages"].items()))
    assert best(document).score == score


def test_removing_a_release_that_is_not_chosen_changes_nothing(document):
    found = best(document)
    for name, releases in document["packages"].items():
        unused = next(version for version in releases if found.nodes.get(name) != version)
        del releases[unused]
    assert best(document).score == found.score


def test_a_package_that_nobody_requires_changes_nothing(document):
    found = best(document)
    document["packages"]["useless"] = {"1": {"requires": ["p3"]}}
    document["unary"]["useless"] = {"1": 1000}
    assert best(document) == found


def test_raising_a_chosen_release_raises_the_optimum_by_as_much(document):
    found = best(document)
    name, version = next(iter(found.nodes.items()))
    document["unary"][name][version] += 17
    assert best(document).score == found.score + 17


@pytest.mark.parametrize("seed", range(4))
def test_forbidding_the_best_stack_gives_the_second_of_the_two_best(seed):
    document = layered_document(random.Random(seed), packages=10, pairs=25)
    problem = read(document)
    first, second = optimize(problem, count=2).stacks
    document["terms"] = [
        {
            "when": [{"package": name, "versions": [v]} for name, v in first.nodes.items()]
            + [
                {"package": name, "absent": True}
                for name in document["packages"]
                if name not in first.nodes
            ],
            "forbid": "not this one",
        }
    ]
    assert best(document).score == second.score <= first.score


def test_levels_of_one_objective_split_in_two_agree_with_their_weighted_sum(document):
    pairs = document.pop("pairs")
    unary = document.pop("unary")
    terms = document.pop("terms", [])
    weighted = copy.deepcopy(document)
    document["levels"] = [
        {"name": "together", "pairs": pairs, "terms": terms},
        {"name": "new", "unary": unary},
    ]
    weighted["unary"] = unary
    for kind, each in (("pairs", pairs), ("terms", terms)):
        weighted[kind] = [
            term | {"score": 10_000 * term["score"]} if "score" in term else term for term in each
        ]
    first, second = best(document).scores
    assert best(weighted).score == 10_000 * first + second


@pytest.mark.parametrize("seed", range(4))
def test_levels_folded_into_one_score_or_solved_one_by_one_agree(seed):
    document = featured_document(random.Random(seed), packages=8, pairs=12, terms=12, levels=True)
    problem = read(document)
    folded = optimize(problem)
    stepped = optimize(problem, fold_limit=5000)
    assert len(group_levels(problem, limit=5000)) == 2
    assert folded.status == stepped.status == "optimal"
    assert [each.scores for each in folded.stacks] == [each.scores for each in stepped.stacks]


def test_the_same_node_budget_gives_the_same_stacks(document):
    problem = read(document)
    runs = [optimize(problem, node_budget=5) for _ in range(2)]
    assert runs[0].stacks == runs[1].stacks
    assert runs[0].upper_bound == runs[1].upper_bound


def test_more_nodes_give_no_worse_stack_and_no_worse_bound(document):
    problem = read(document)
    answers = [optimize(problem, node_budget=nodes) for nodes in (1, 3, 10, 100_000)]
    bounds = [answer.upper_bound for answer in answers]
    assert answers[-1].status == "optimal"
    assert bounds == sorted(bounds, reverse=True)
    for answer in answers:
        assert all(found.score <= answers[-1].upper_bound for found in answer.stacks)


def test_a_deadline_ends_the_search_with_a_bound(hard_problem):
    answer = Optimizer(hard_problem).run(deadline_seconds=0.3)
    assert answer["limit"] == "stopped"
    assert answer["status"] in {"feasible", "unknown"}
    assert all(score <= answer["upper_bound"] for _, score in answer["stacks"])


def test_cancel_ends_a_run_in_another_thread_and_a_second_run_is_refused(hard_problem):
    optimizer = Optimizer(hard_problem)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(optimizer.run(deadline_seconds=100)))
    thread.start()
    refused = False
    while not refused:
        try:
            # A node budget of 0 ends at once where the other thread has not started yet.
            optimizer.run(node_budget=0)
        except RuntimeError as exc:
            refused = "already running" in str(exc)
    optimizer.cancel()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert answers[0]["limit"] == "stopped"


def test_threads_share_one_problem(hard_problem):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(Optimizer(hard_problem).run(node_budget=20)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"node_sizes": b"\0\0\0"}, "node_sizes: not an aligned array"),
        ({"pair_a": b"\0\0\0\0"}, "pair arrays differ in length"),
        ({"root_sets": b"\xff\xff\xff\x7f"}, "root_sets: not a valid array"),
        ({"list_offsets": b""}, "list_offsets: empty"),
    ],
)
def test_malformed_arrays_are_refused(change, message):
    arrays = encode_problem(read(layered_document(random.Random(0))), (1,)).arrays
    arrays = dict(arrays)
    if "pair_a" in change:
        arrays |= {"pair_b": b"", "pair_scores": b""}
    with pytest.raises(ValueError, match=message):
        Problem(**(arrays | change))
