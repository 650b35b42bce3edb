"""What units may do to a stack, and how it is told: removals, conditional requirements, strides."""

from __future__ import annotations

import pytest

from advisor_core.advising.category import SearchOptions
from advisor_core.errors import InputError
from advisor_core.pipeline.interface import (
    Justification,
    Match,
    MatchTerm,
    PackageJudgement,
    Removal,
    StackMessage,
    UnitFailure,
)
from fakes.advising import FakePipeline, advise, make_target
from fakes.releases import Release, pins

INDEX = {
    "app": {"1": Release(("lib",)), "2": Release(("lib",))},
    "lib": {"1": Release(), "2": Release()},
    "other": {"1": Release(), "2": Release(("lib",))},
}


def removing(name, *versions, reason="it crashes", unit="prescription P"):
    removals = tuple(Removal(version, reason, unit) for version in versions)
    return FakePipeline(judgements={name: PackageJudgement(removals)})


def stack(outcome):
    return pins(outcome.stacks["default"])


def test_a_removed_release_is_not_chosen_and_the_reason_is_told():
    outcome = advise(INDEX, ["app"], pipeline=removing("lib", "2"))
    assert stack(outcome) == {"app": "2", "lib": "1"}
    lib = next(each for each in outcome.advice.packages if each.name == "lib")
    assert lib.not_chosen[0].version == "2"
    assert lib.not_chosen[0].reasons == ("removed by prescription P because it crashes",)


def test_removing_every_candidate_is_explained():
    outcome = advise(INDEX, ["app"], pipeline=removing("lib", "1", "2"))
    assert outcome.status == "conflict"
    assert "lib was removed by prescription P because it crashes" in outcome.conflict.explanation
    assert [each.text for each in outcome.conflict.at_fault] == ["app"]


def test_contradictory_rules_are_explained():
    terms = (
        MatchTerm((Match("app"), Match("lib", "==1")), "prescription One", forbid="1 is slow"),
        MatchTerm((Match("app"), Match("lib", "==2")), "prescription Two", forbid="2 is wrong"),
    )
    outcome = advise(INDEX, ["app"], pipeline=FakePipeline(terms))
    assert outcome.status == "conflict"
    for words in ("1 is slow (prescription One)", "2 is wrong (prescription Two)"):
        assert words in outcome.conflict.explanation


def test_an_added_package_is_locked():
    terms = (MatchTerm((Match("app", "==2"),), "AddOther", requires=("other>=2",)),)
    outcome = advise(INDEX, ["app"], pipeline=FakePipeline(terms))
    assert stack(outcome) == {"app": "2", "lib": "2", "other": "2"}
    assert b"other==2" in outcome.new_text


def test_an_added_package_that_no_index_has_rules_out_what_adds_it():
    terms = (MatchTerm((Match("app", "==2"),), "AddGone", requires=("gone>=1",)),)
    assert stack(advise(INDEX, ["app"], pipeline=FakePipeline(terms)))["app"] == "1"
    terms = (MatchTerm((Match("app"),), "AddGone", requires=("gone>=1",)),)
    outcome = advise(INDEX, ["app"], pipeline=FakePipeline(terms))
    assert outcome.status == "conflict"
    assert "gone>=1 is required when app (AddGone)" in outcome.conflict.explanation


def test_a_skipped_requirement_is_void():
    terms = (MatchTerm((Match("app", ">=2"),), "SkipLib", skips="lib"),)
    assert stack(advise(INDEX, ["app"], pipeline=FakePipeline(terms))) == {"app": "2"}


def test_a_package_skipped_for_everybody_is_gone():
    terms = (MatchTerm((), "SkipLib", skips="lib"),)
    outcome = advise(INDEX, ["app", "other", "lib"], pipeline=FakePipeline(terms))
    assert stack(outcome) == {"app": "2", "other": "2"}


def test_skipping_makes_a_stack_where_the_manifest_alone_has_none():
    index = {"app": {"1": Release(("gone",))}}
    terms = (MatchTerm((Match("app"),), "SkipGone", skips="gone"),)
    assert advise(index, ["app"]).status == "conflict"
    assert stack(advise(index, ["app"], pipeline=FakePipeline(terms))) == {"app": "1"}


def test_another_package_may_stand_for_one():
    index = {
        "app": {"1": Release(("lib>=1",))},
        "lib": {"1": Release()},
        "fastlib": {"9": Release()},
    }
    terms = (
        MatchTerm((Match("lib", versions=frozenset({"1"})),), "Fast", stands_for=("fastlib", "9")),
        MatchTerm((Match("fastlib"), Match("app")), "Reward", score=500),
    )
    outcome = advise(index, ["app"], pipeline=FakePipeline(terms))
    assert stack(outcome) == {"app": "1", "fastlib": "9"}
    assert outcome.advice.products[0].stack == {"app": "1", "fastlib": "9"}


def test_a_stride_takes_the_best_stack_that_it_accepts():
    pipeline = FakePipeline(refuse=lambda found: "no" if found.versions["lib"] == "2" else None)
    outcome = advise(INDEX, ["app"], pipeline=pipeline)
    assert stack(outcome) == {"app": "2", "lib": "1"}
    assert outcome.advice.products[0].status == "optimal"


def test_strides_that_refuse_every_stack_are_named():
    pipeline = FakePipeline(refuse=lambda _found: "Picky: it is Monday")
    outcome = advise(INDEX, ["app"], pipeline=pipeline)
    assert outcome.status == "conflict"
    assert outcome.conflict.explanation == "every stack (4) was refused:\n  Picky: it is Monday"


def test_a_boot_may_end_the_run():
    with pytest.raises(InputError, match="no advice: wrong platform"):
        advise(INDEX, ["app"], pipeline=FakePipeline(stop="wrong platform"))


def test_failures_messages_and_annotations_are_told():
    pipeline = FakePipeline(
        stack_info=(StackMessage("INFO", "hello", source="Boot"),),
        failures=(UnitFailure("Bad", "bad.yaml:3", "ZeroDivisionError: x"),),
        notes=(Justification("INFO", "release notes", "https://example.org"),),
    )
    advice = advise(INDEX, ["app"], pipeline=pipeline).advice
    said = [each.message for each in advice.stack_info]
    assert "hello" in said
    assert "Bad (bad.yaml:3) failed and was passed over: ZeroDivisionError: x" in said
    assert advice.failures == pipeline.failures
    notes = [each for each in advice.products[0].justifications if each.effect == "note"]
    assert [each.justification.message for each in notes] == ["release notes"]


def test_reasons_are_told_once_the_most_important_first():
    terms = tuple(
        MatchTerm(
            (Match("app"), Match("lib")),
            f"unit {points}",
            score=points,
            justifications=(Justification("INFO", text),),
        )
        for points, text in ((10, "small"), (900, "large"), (300, "same"), (200, "same"))
    )
    advice = advise(INDEX, ["app"], pipeline=FakePipeline(terms)).advice
    said = [each.justification.message for each in advice.products[0].justifications]
    assert said == ["large", "same", "small"]


def test_alternatives_are_next_best_and_different():
    advice = advise(INDEX, ["app"], options=SearchOptions(count=3)).advice
    best, *others = advice.products
    assert len(others) == 2
    scores = [best.score, *(each.score for each in others)]
    assert scores == sorted(scores, reverse=True)
    assert all(each.differences for each in others)


def test_diverse_stacks_differ_in_several_packages():
    index = {name: {"1": Release(), "2": Release()} for name in ("a", "b", "c", "d")}
    advice = advise(index, list(index), options=SearchOptions(count=2)).advice
    assert len(advice.products) == 2
    assert advice.diverse
    assert all(len(each.differences) >= 3 for each in advice.diverse)
    assert all(each.score < advice.products[0].score for each in advice.diverse)


@pytest.mark.parametrize("kind", ["latest", "stable", "performance", "security", "testing"])
def test_more_dependencies_that_are_current_are_no_fault(kind):
    names = [f"lib{number}" for number in range(12)]
    index = {"app": {"1": Release(), "2": Release(tuple(names))}}
    index |= {name: {"1": Release(), "2": Release()} for name in names}
    outcome = advise(index, ["app"], recommendation_type=kind)
    assert stack(outcome) == {"app": "2", **dict.fromkeys(names, "2")}


def test_other_categories_follow_the_default_one():
    index = {**INDEX, "tool": {"1": Release(("lib",)), "2": Release(("lib<2",))}}
    target = make_target([], categories={"default": ["app"], "develop": ["tool"]})
    outcome = advise(index, [], target=target)
    assert pins(outcome.stacks["default"]) == {"app": "2", "lib": "2"}
    assert pins(outcome.stacks["develop"]) == {"lib": "2", "tool": "1"}
    tool = next(each for each in outcome.advice.packages if each.name == "tool")
    assert outcome.advice.products[0].score == tool.points
    assert not [each for each in outcome.advice.packages if each.category == "develop"][1:]


def test_a_release_that_the_manifest_excludes_is_not_said_to_score_less():
    outcome = advise(INDEX, ["app==1"])
    app = next(each for each in outcome.advice.packages if each.name == "app")
    (newer,) = app.not_chosen
    assert newer.reasons == ("the manifest requires app==1",)
