"""What an advice does with its scores: the margin, extras, and what it says when nothing was measured."""

from __future__ import annotations

import pytest

from advisor_core.pipeline.interface import Match, MatchTerm
from advisor_core.scoring.interface import Observed
from fakes.advising import FakePipeline, advise
from fakes.releases import Release, pins

INDEX = {"app": {"1": Release(), "2": Release()}}
LOCK = b"app==1\n"


@pytest.mark.parametrize(("margin", "kept"), [(43, False), (44, True), (1000, True)])
def test_the_lockfile_is_kept_unless_it_is_beaten_by_more_than_the_margin(margin, kept):
    # One direct release behind costs 48 (and no change of the lockfile), the newest a change: 4.
    outcome = advise(INDEX, ["app"], previous=LOCK, margin=margin)
    assert outcome.advice.keeps_lock is kept
    assert pins(outcome.stacks["default"]) == {"app": "1" if kept else "2"}
    assert outcome.advice.present.score == -48
    assert outcome.advice.newest_score == -4


def test_a_lockfile_that_is_no_valid_stack_is_beaten_by_anything():
    outcome = advise(INDEX, ["app>=2"], previous=LOCK, margin=1000)
    assert outcome.advice.keeps_lock is False
    assert outcome.advice.present.score is None
    assert outcome.advice.present.fault


class Measured:
    """Evidence of one release that was measured."""

    def observed(self, _package, versions, _environments):
        return {"2": Observed(faster_percent=5, source="inspection 7")} if "2" in versions else {}

    def failed_pairs(self, _packages, _environments):
        return ()


def test_performance_says_so_when_no_measurement_is_known():
    said = "No performance measurement of these packages is known"

    def messages(**settings):
        outcome = advise(INDEX, ["app"], **settings)
        return " ".join(each.message for each in outcome.advice.stack_info)

    assert said in messages(recommendation_type="performance")
    assert said not in messages(recommendation_type="performance", evidence=Measured())
    assert said not in messages(recommendation_type="stable")


def test_an_extra_scores_nothing_of_its_own():
    lib = Release(('fast; extra == "speed"',))
    index = {"lib": {"1": lib, "2": lib}, "fast": {"1": Release()}}
    term = MatchTerm((Match("lib", ">1"),), "Not2", forbid="it is wrong")

    def score(requirement):
        advice = advise(index, [requirement], pipeline=FakePipeline((term,))).advice
        return advice.products[0].score

    assert score("lib[speed]") == score("lib") == -48
