"""A lazy answer equals the eager one, whatever is unknown at first, on both engines."""

from __future__ import annotations

import json
import random as randoms

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optimize_support.layered import layered_document
from optimize_support.lazy_source import DocumentSource
from optimize_support.problems import Generator

from advisor_core import _engine
from advisor_core.resolver.lazy import optimize_lazily
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.partial_problem import relaxed_problem
from advisor_core.resolver.problem_encoding import encode_problem
from advisor_core.resolver.problem_file import read_problem


def read(document):
    return read_problem(json.dumps(document).encode(), place="p.json")


@pytest.fixture(params=["c", "python"])
def implementation(request, monkeypatch):
    if request.param == "python":
        monkeypatch.setenv("THOTH_PURE", "1")
    return request.param


def outcome(answer):
    """Return what laws speak of: status, and the score of each stack in each level."""
    return answer.status, [found.scores for found in answer.stacks], answer.upper_bound


@given(random=st.randoms(use_true_random=False), levels=st.integers(0, 2), count=st.integers(1, 3))
def check_lazy(implementation, random, levels, count):
    problem = read(Generator(random).document(levels=levels))
    source = DocumentSource(problem, random)
    found = optimize_lazily(source, count=count)
    assert found.answer.engine == implementation
    assert outcome(found.answer) == outcome(optimize(problem, count=count))
    assert found.loaded <= found.existing
    if found.answer.stacks:
        assert all(promise >= found.answer.stacks[0].scores for promise in found.promises)


def test_a_lazy_answer_is_the_eager_answer(implementation):
    check_lazy(implementation)


@pytest.mark.parametrize("seed", range(3))
def test_a_lazy_answer_is_the_eager_answer_on_larger_problems(seed):
    random = randoms.Random(seed)
    problem = read(layered_document(random, packages=12, versions=6, pairs=20))
    found = optimize_lazily(DocumentSource(problem, random))
    assert outcome(found.answer) == outcome(optimize(problem))


@given(random=st.randoms(use_true_random=False), nodes=st.integers(0, 6), levels=st.integers(0, 2))
def test_a_spent_budget_gives_a_valid_stack_and_a_bound_that_holds(random, nodes, levels):
    problem = read(Generator(random).document(levels=levels))
    eager = optimize(problem)
    lazy = optimize_lazily(DocumentSource(problem, random), node_budget=nodes).answer
    if eager.status == "unsatisfiable":
        assert lazy.status in ("unsatisfiable", "unknown")
        return
    assert lazy.status in ("optimal", "feasible", "unknown")
    assert lazy.upper_bound >= eager.stacks[0].score
    assert all(found.scores <= eager.stacks[0].scores for found in lazy.stacks)


CHAIN = {
    "format": "thoth-problem/1",
    "name": "chain",
    "roots": ["app"],
    "packages": {
        "app": {"2": {"requires": ["lib>=2"]}, "1": {"requires": ["lib<2"]}},
        "lib": {"2": {}, "1": {}, "0": {}},
    },
    "unary": {"app": {"1": -3}, "lib": {"1": -5, "0": -9}},
}


REWARDED = {
    "format": "thoth-problem/1",
    "name": "rewarded",
    "roots": ["app"],
    "packages": {
        "app": {"1": {"requires": ["lib"]}},
        "lib": {"2": {}, "1": {}, "0": {"requires": ["one", "two", "three"]}},
        "one": {"2": {}, "1": {}},
        "two": {"2": {}, "1": {}},
        "three": {"2": {}, "1": {}},
    },
    "unary": {"lib": {"2": -100, "0": -100}},
    "pairs": [
        {"a": a, "a_versions": ["2", "1"], "b": b, "b_versions": ["2", "1"], "score": 5}
        for a, b in (("one", "two"), ("two", "three"), ("three", "one"))
    ],
}


def test_unloaded_releases_do_not_reach_each_other_in_circles():
    problem = read(REWARDED)
    known = DocumentSource(problem, None, loaded=[("app", "1"), ("lib", "1"), ("lib", "0")]).known()
    encoded = encode_problem(relaxed_problem(known), (2, 1))
    answer = _engine.Optimizer(_engine.Problem(**encoded.arrays)).run()
    assert (answer["upper_bound"], answer["loops"]) == (0, 0)


def test_what_cannot_beat_the_incumbent_is_never_asked_for():
    source = DocumentSource(read(CHAIN), None)
    found = optimize_lazily(source)
    assert found.answer.stacks[0].stack == {"app": "2", "lib": "2"}
    assert found.batches == ((("app", "2"),), (("lib", "2"),))
    assert (found.loaded, found.existing) == (2, 5)


def test_a_release_that_could_only_equal_the_incumbent_is_not_asked_for():
    document = CHAIN | {"unary": {}}
    source = DocumentSource(read(document), None, loaded={("app", "1"), ("lib", "1")})
    assert optimize_lazily(source).batches == ()


def test_an_unloaded_release_may_reach_a_package_with_a_positive_pair():
    document = {
        "format": "thoth-problem/1",
        "name": "reach",
        "roots": ["app"],
        "packages": {
            "app": {"2": {}, "1": {"requires": ["lib"]}},
            "lib": {"1": {}},
        },
        "unary": {"app": {"1": -5}},
        "pairs": [{"a": "app", "a_versions": ["1"], "b": "lib", "b_versions": ["1"], "score": 9}],
    }
    source = DocumentSource(read(document), None, loaded={("app", "2")})
    found = optimize_lazily(source)
    assert found.answer.stacks[0].stack == {"app": "1", "lib": "1"}
    assert (found.answer.stacks[0].score, found.loaded) == (4, 3)


def test_a_package_that_is_not_even_listed_counts_by_the_terms_that_name_it():
    document = {
        "format": "thoth-problem/1",
        "name": "unlisted",
        "roots": ["app"],
        "packages": {"app": {"2": {}, "1": {"requires": ["lib"]}}, "lib": {"2": {}, "1": {}}},
        "unary": {"app": {"1": -5}},
        "terms": [
            {
                "when": [
                    {"package": "app", "versions": ["1"]},
                    {"package": "lib", "versions": ["1"]},
                ],
                "score": 9,
            }
        ],
    }
    source = DocumentSource(read(document), None, loaded={("app", "2")})
    source.listed = {"app"}
    found = optimize_lazily(source)
    assert found.answer.stacks[0].stack == {"app": "1", "lib": "1"}
    assert found.batches[0] == (("app", "1"), ("lib", None))
    assert found.promises[0] == (4,)


def test_without_time_the_answer_is_a_bound():
    found = optimize_lazily(DocumentSource(read(CHAIN), None), budget_seconds=0)
    assert found.answer.status == "unknown"
    assert found.answer.upper_bound >= 0
    assert found.batches == ()


def test_json_says_how_many_releases_were_loaded_and_how_many_exist():
    answer = optimize_lazily(DocumentSource(read(CHAIN), None)).to_json()
    assert answer["releases"] == {"loaded": 2, "existing": 5, "batches": 2}
    assert "2 of 5 releases loaded" in answer["explanation"]


def test_an_unloaded_release_that_is_not_reported_does_not_hide_behind_a_loaded_one():
    """Both ways to `app[x]` are reported alike as long as the second is not loaded."""
    document = {
        "format": "thoth-problem/1",
        "name": "alike",
        "roots": ["app[x]"],
        "packages": {
            "app": {"1": {}},
            "app[x]": {"1": {}, "2": {"requires": ["lib"]}},
            "lib": {"1": {}},
        },
    }
    loaded = {("app", "1"), ("app[x]", "1"), ("lib", "1")}
    source = DocumentSource(read(document), None, loaded=loaded)
    found = optimize_lazily(source, count=2)
    assert [each.stack for each in found.answer.stacks] in (
        [{"app": "1"}, {"app": "1", "lib": "1"}],
        [{"app": "1", "lib": "1"}, {"app": "1"}],
    )
