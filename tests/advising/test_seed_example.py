"""The example that every reader should understand: the best stack is not the latest one."""

from __future__ import annotations

import pytest

from advisor_core.pipeline.interface import Justification, Match, MatchTerm
from fakes.advising import FakePipeline, advise
from fakes.releases import Release

ERRORS = "anotherlib 2 with dependency2 2 causes errors"
FASTER = "simplelib 1 with dependency1 1 performs better"


def seed(names=("simplelib", "anotherlib", "dependency1", "dependency2"), points=1000):
    simple, another, first, second = names
    requires = (first, second)
    index = {
        simple: {"1": Release(requires), "2": Release(requires)},
        another: {"1": Release(requires), "2": Release(requires)},
        first: {"1": Release(), "2": Release()},
        second: {"1": Release(), "2": Release()},
    }
    terms = (
        MatchTerm(
            (Match(another, "==2"), Match(second, "==2")),
            "AnotherLibErrors",
            score=-points,
            justifications=(Justification("WARNING", ERRORS),),
        ),
        MatchTerm(
            (Match(simple, "==1"), Match(first, "==1")),
            "SimpleLibPerformance",
            score=points,
            justifications=(Justification("INFO", FASTER),),
        ),
    )
    return index, [simple, another], FakePipeline(terms)


@pytest.mark.parametrize("points", [1000, 500])
@pytest.mark.parametrize("kind", ["latest", "stable", "performance", "security", "testing"])
def test_best_stack_is_not_the_latest(points, kind):
    index, roots, pipeline = seed(points=points)
    outcome = advise(index, roots, pipeline=pipeline, recommendation_type=kind)
    best = outcome.advice.products[0]
    assert best.stack == {
        "anotherlib": "2",
        "dependency1": "1",
        "dependency2": "1",
        "simplelib": "1",
    }
    assert best.status == "optimal"
    assert best.upper_bound == best.score
    effects = {said.justification.message: said.effect for said in best.justifications}
    assert effects[ERRORS] == "avoided"
    assert effects[FASTER] == "holds"
