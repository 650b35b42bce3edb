"""`thoth why`: the requirement, the rule and the points that keep another release out."""

from __future__ import annotations

import pytest

from advisor_core.advising.advise import advise_in_detail
from advisor_core.advising.asking import ask_why
from advisor_core.advising.settings import AdviceInputs
from advisor_core.environment.declaration import make_environment
from advisor_core.errors import InputError
from advisor_core.pipeline.interface import Match, MatchTerm, PackageJudgement, Removal
from fakes.advising import NOW, FakePipeline, MemoryAccess, make_target
from fakes.releases import Release

INDEX = {
    "app": {"1": Release(("lib",)), "2": Release(("lib<3",))},
    "lib": {
        "1": Release(),
        "2": Release(),
        "3": Release(),
        "4": Release(requires_python=">=3.13"),
        "5a1": Release(),
    },
}


def why(text, *, pipeline=None, environments=(), index=INDEX):
    access = MemoryAccess(index)
    target = make_target(["app"], environments=environments)
    detail = advise_in_detail(
        target,
        access=access,
        settings=AdviceInputs(prepare=lambda _context: pipeline or FakePipeline(), now=NOW),
    )
    return ask_why(
        detail.categories,
        detail.outcome.advice.packages,
        text,
        access=access,
        environments=target.environments,
    ).explanation


def test_requirement_and_points_that_make_the_difference():
    assert why("lib==3") == (
        "lib is at 2 (-24 points of its own)\n"
        "  -24 freshness: lib 2: 1 release behind 3\n"
        "  app requires lib<3\n"
        "the best stack with lib==3 scores -48, 24 less:\n"
        "  -48  app 1 in place of app 2\n"
        "  +24  lib 3 in place of lib 2\n"
        "  app 2 requires lib<3, which lib 3 is not: app 1 in its place"
    )


def test_a_package_alone_is_asked_about_with_its_newest_release():
    assert why("lib") == why("lib==3")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lib==4", "lib 4 is no candidate: such releases need Python >=3.13"),
        ("lib==5a1", "lib 5a1 is no candidate: such releases are pre-releases"),
        ("lib==9", "no index has lib==9"),
        ("lib==2", "lib==2 is in the best stack"),
        ("app", "app is at 2 (+0 points of its own)\n  the manifest requires app"),
    ],
)
def test_what_is_no_candidate_is_said(text, words):
    assert words in why(text)


def test_a_removal_and_a_rule_are_named():
    removals = (Removal("3", "it crashes", "prescription P"),)
    pipeline = FakePipeline(
        (MatchTerm((Match("app"), Match("lib", "==1")), "prescription Q", score=-700),),
        {"lib": PackageJudgement(removals)},
    )
    assert "removed by prescription P because it crashes" in why("lib==3", pipeline=pipeline)
    assert "-700  app 2 with lib 1 (prescription Q)" in why("lib==1", pipeline=pipeline)


def test_environments_are_called_by_their_names():
    environments = tuple(
        make_environment(python=python, platform="manylinux_2_28_x86_64", name=name)
        for name, python in (("web", "3.11.7"), ("batch", "3.12.7"))
    )
    text = why("lib==3", environments=environments)
    assert "thoth-env" not in text
    assert "(in batch)" in text


@pytest.mark.parametrize("text", ["elsewhere", "lib>>1", "lib==>", "lib; python_version > '3'x"])
def test_what_cannot_be_asked_is_an_input_error(text):
    with pytest.raises(InputError, match="PACKAGE") as caught:
        why(text)
    assert all(fault.hint for fault in caught.value.faults)
