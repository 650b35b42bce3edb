"""No bound that anything returns is below a score that anything finds."""

from __future__ import annotations

import json
import random

import pytest
from optimize_support.featured import featured_document
from optimize_support.layered import layered_document
from optimize_support.lazy_source import DocumentSource
from optimize_support.related import related_document

from advisor_core.predictors import PREDICTORS, predict
from advisor_core.resolver.diverse import optimize_diverse
from advisor_core.resolver.lazy import optimize_lazily
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_file import read_problem

DOCUMENTS = {
    "features": lambda: featured_document(random.Random(3), packages=10, pairs=16, terms=20),
    "layers": lambda: layered_document(random.Random(8), packages=16),
    "related": lambda: related_document(random.Random(5), packages=30, terms=200),
}


def all_answers(problem):
    """Return what every search says of the problem, mostly cut short."""
    budgets = (0, 1, 2, 5, 20, None)
    answers = [optimize(problem, node_budget=nodes) for nodes in budgets]
    answers += [optimize(problem, node_budget=nodes, count=3) for nodes in (0, 3, None)]
    answers.append(optimize(problem, memory_bytes=200_000))
    answers += [
        optimize_lazily(DocumentSource(problem, random.Random(1)), node_budget=nodes).answer
        for nodes in (0, 3, 30)
    ]
    answers.append(optimize_diverse(problem, count=3, distance=2).answer)
    answers += [
        predict(problem, make(), seed=1, count=3, stack_budget=300).answer
        for make in PREDICTORS.values()
    ]
    return answers


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_bound_is_at_least_every_score_that_anyone_found(name):
    answers = all_answers(read_problem(json.dumps(DOCUMENTS[name]()).encode(), place="p.json"))
    bounds = [answer.upper_bound for answer in answers if answer.upper_bound is not None]
    scores = [found.score for answer in answers for found in answer.stacks]
    assert len(bounds) == len(answers)
    assert len(set(scores)) > len(PREDICTORS)
    assert min(bounds) >= max(scores)
