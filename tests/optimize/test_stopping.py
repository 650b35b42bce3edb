"""A budget that is over while the search is being set up ends the answer, and the answer says so."""

from __future__ import annotations

import itertools
import json
import random

import pytest
from optimize_support.shapes import SHAPES

from advisor_core import _engine
from advisor_core.predictors.predict import predict
from advisor_core.predictors.sampling import Sampling
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_encoding import EncodingStopped, encode_problem
from advisor_core.resolver.problem_file import read_problem


class Clock:
    """Stands at 0 for some questions, and is far past every deadline from then on."""

    def __init__(self, questions):
        self.questions = questions
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return 0.0 if self.asked <= self.questions else 1e9


@pytest.fixture(scope="module", params=SHAPES)
def problem(request):
    return SHAPES[request.param]()


def test_time_that_is_over_while_encoding_ends_the_answer(problem, monkeypatch):
    monkeypatch.delenv("THOTH_PURE", raising=False)
    for questions in (1, 2, 6):
        clock = Clock(questions)
        answer = optimize(problem, budget_seconds=1.0, clock=clock)
        assert (answer.status, answer.limit, answer.stacks) == ("unknown", "stopped", ())
        assert "The time was over" in answer.explanation
        # One question notices, one tells how long it took.
        assert clock.asked <= questions + 2


def test_time_that_is_over_while_encoding_ends_a_prediction(problem):
    for questions in (1, 2, 6):
        clock = Clock(questions)
        prediction = predict(problem, Sampling(), budget_seconds=1.0, clock=clock)
        answer = prediction.answer
        assert (answer.status, answer.limit, answer.stacks) == ("unknown", "stopped", ())
        assert "The time was over before" in answer.explanation
        assert answer.upper_bound is not None
        assert (prediction.proposed, prediction.history) == (0, ())
        assert clock.asked <= questions + 2


def test_encoding_asks_in_proportion_to_its_work(problem):
    asked = 0

    def count():
        nonlocal asked
        asked += 1
        return False

    encode_problem(problem, (1,), should_stop=count)
    releases = sum(map(len, problem.packages.values()))
    assert asked >= releases // 4096
    for last in {0, asked // 2, asked - 1}:
        left = iter([False] * last + [True])
        with pytest.raises(EncodingStopped):
            encode_problem(problem, (1,), should_stop=lambda left=left: next(left))


def test_the_engine_asks_before_its_search_begins(problem):
    encoded = _engine.Problem(**encode_problem(problem, (1,)).arrays)
    for count in (1, 3):
        answer = _engine.Optimizer(encoded).run(count=count, deadline_seconds=0.0)
        assert (answer["status"], answer["limit"], answer["nodes"]) == ("unknown", "stopped", 0)
        cancelled = _engine.Optimizer(encoded)
        cancelled.cancel()
        answer = cancelled.run(count=count)
        assert (answer["status"], answer["limit"], answer["nodes"]) == ("unknown", "stopped", 0)


def test_memory_that_the_network_would_need_ends_the_answer(problem):
    encoded = _engine.Problem(**encode_problem(problem, (1,)).arrays)
    answer = _engine.Optimizer(encoded).run(memory_budget=1 << 20, node_budget=1)
    assert answer["limit"] == "memory"
    assert answer["status"] in {"unknown", "feasible"}


def test_newest_first_is_the_answer_until_the_search_of_a_large_problem_has_one():
    draw = random.Random(1)
    names, versions = [f"p{i}" for i in range(46)], ["1", "2", "3", "4"]
    pairs = [
        {
            "a": a,
            "a_versions": draw.sample(versions, 2),
            "b": b,
            "b_versions": draw.sample(versions, 2),
            "score": draw.randint(-200, 200),
        }
        for a, b in itertools.combinations(names, 2)
    ]
    document = {
        "format": "thoth-problem/1",
        "name": "large",
        "roots": names,
        "packages": {name: {version: {"requires": []} for version in versions} for name in names},
        "pairs": pairs,
    }
    encoded = encode_problem(read_problem(json.dumps(document).encode(), place="large"), (1,))
    answer = _engine.Optimizer(_engine.Problem(**encoded.arrays)).run(node_budget=0)
    stack, score = answer["stacks"][0]
    assert (answer["status"], answer["limit"]) == ("feasible", "nodes")
    assert set(encoded.decode(stack).values()) == {"4"}
    assert score == sum(
        pair["score"] for pair in pairs if "4" in pair["a_versions"] and "4" in pair["b_versions"]
    )
    assert answer["upper_bound"] > score
