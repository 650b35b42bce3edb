"""What `why` and `explain` answer."""

from __future__ import annotations

from dataclasses import replace

from advisor_core.advice import AdvisedPackage, NotChosen
from advisor_core.pipeline.interface import ScorePart
from bot.conversation.reasons import explain, why
from fakes.advices import make_advice
from fakes.markdown_judge import GITHUB_REFERENCES, judge
from fakes.outcomes import NO_STACK, ORDINARY

HOSTILE = "@octocat fixes #1 <img src=x> | `"


def scored(*packages):
    return replace(ORDINARY, advice=make_advice(packages=packages))


def package(**facts):
    given = {
        "name": "urllib3",
        "version": "1.26.0",
        "category": "default",
        "points": -40,
        "parts": (ScorePart("freshness", -40, "the index"), ScorePart("age", 0, "the index")),
        "not_chosen": (NotChosen("2.0", ("botocore needs <2",)), NotChosen("1.27", ("x",), -5)),
    }
    return AdvisedPackage(**(given | facts))


def test_why_shows_points_and_newer_releases_with_reasons():
    text = why("urllib3", [scored(package())])
    assert "**`urllib3` `1.26.0`** in `Pipfile.lock` (transitive), -40 points" in text
    assert "| `freshness` | -40 | the index |" in text
    assert "`age`" not in text
    assert "| `2.0` | no valid stack | botocore needs &#60;2 |" in text
    assert "| `1.27` | -5 | x |" in text


def test_why_of_the_newest_says_so():
    text = why("urllib3", [scored(package(not_chosen=()))])
    assert "No newer release is a candidate." in text


def test_why_of_a_stranger_says_that_it_is_in_no_stack():
    assert why("flask", [scored(package())]) == "`flask` is in no stack of this repository."


def test_without_a_stack_both_give_the_conflict():
    assert NO_STACK.conflict.explanation.splitlines()[0] in why("urllib3", [NO_STACK])
    assert NO_STACK.conflict.explanation.splitlines()[0] in explain([NO_STACK])


def test_explain_says_how_good_and_why():
    assert "it breaks0" in explain([scored(package())])
    assert "Newest-first, not scored" in explain([ORDINARY])


def test_what_strangers_wrote_is_inert():
    hostile = package(
        version=HOSTILE,
        parts=(ScorePart(HOSTILE, 1, HOSTILE),),
        not_chosen=(NotChosen(HOSTILE, (HOSTILE,)),),
    )
    for text in (why("urllib3", [scored(hostile)]), explain([scored(hostile)])):
        shown = judge(text)
        assert not GITHUB_REFERENCES.search(shown.linkable)
        assert "img" not in shown.tags
