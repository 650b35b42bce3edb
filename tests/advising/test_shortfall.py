"""What one lockfile for several environments costs each of them."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings

from advisor_core.environment.declaration import make_environment
from fakes.advising import FakePipeline, advise, make_target
from fakes.releases import Release
from fakes.worlds import terms, worlds

TWO = tuple(
    make_environment(python=python, platform="manylinux_2_28_x86_64", name=python)
    for python in ("3.11.7", "3.12.7")
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(extras=True), terms())
def test_the_environments_scores_add_up_and_alone_is_never_worse(world, given_terms):
    index, roots = world
    target = make_target(roots, environments=TWO)
    outcome = advise(index, roots, target=target, pipeline=FakePipeline(given_terms))
    assume(outcome.advice is not None)
    scores = outcome.advice.environments
    assert [name for name, _score, _alone in scores] == ["3.11.7", "3.12.7"]
    assert sum(score for _name, score, _alone in scores) == outcome.advice.products[0].score
    assert all(alone >= score for _name, score, alone in scores)


def test_the_one_that_holds_the_others_back_is_seen():
    index = {"a": {"1": Release(), "2": Release(requires_python=">=3.12")}}
    outcome = advise(index, ["a"], target=make_target(["a"], environments=TWO))
    (old, old_score, old_alone), (new, new_score, new_alone) = outcome.advice.environments
    assert (old, new) == ("3.11.7", "3.12.7")
    assert old_score == old_alone
    assert new_alone - new_score > 0


def test_one_environment_has_nothing_to_compare():
    index = {"a": {"1": Release()}}
    assert advise(index, ["a"]).advice.environments == ()
