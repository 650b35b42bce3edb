"""Prescriptions of steps, groups and sieves become points, terms and masks."""

from __future__ import annotations

from advisor_core.pipeline.interface import Match
from fakes.pipelines import make_candidates, make_context, make_stack, prepare_with

SEED = """
units:
  steps:
  - name: AnotherlibWithDependency2
    type: step.Group
    should_include: {adviser_pipeline: true}
    match:
      group:
      - package_version: {name: anotherlib, version: "==2"}
      - package_version: {name: dependency2, version: "==2"}
    run:
      score: -0.5
      justification:
      - {type: ERROR, message: anotherlib 2 with dependency2 2 causes errors, link: "https://example.org/1"}
  - name: SimplelibWithDependency1
    type: step
    should_include: {adviser_pipeline: true}
    match:
      package_version: {name: simplelib, version: "==1"}
      state: {resolved_dependencies: [{name: dependency1, version: "==1"}]}
    run:
      score: 0.5
      justification:
      - {type: INFO, message: simplelib 1 performs better with dependency1 1, link: "https://example.org/2"}
"""


def test_releases_that_occur_together_become_a_term():
    terms = prepare_with(SEED).terms(["simplelib", "anotherlib", "dependency1", "dependency2"])
    assert [(term.when, term.score) for term in terms] == [
        ((Match("anotherlib", "==2"), Match("dependency2", "==2")), -500),
        ((Match("simplelib", "==1"), Match("dependency1", "==1")), 500),
    ]
    assert [term.justifications[0].message for term in terms] == [
        "anotherlib 2 with dependency2 2 causes errors",
        "simplelib 1 performs better with dependency1 1",
    ]
    assert terms[0].unit == "prescription AnotherlibWithDependency2"


def test_a_term_waits_for_every_package_it_needs():
    prepared = prepare_with(SEED)
    assert not prepared.terms(["simplelib", "anotherlib"])
    assert len(prepared.terms(["simplelib", "anotherlib", "dependency1"])) == 1


def test_a_step_on_one_release_gives_points_to_each_release_it_matches():
    text = """
units:
  steps:
  - name: Old
    type: step
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: flask, version: "<2"}}
    run:
      score: -0.25
      justification: [{type: WARNING, message: old, link: "https://example.org/"}]
"""
    judged = prepare_with(text).judge_package(make_candidates("flask", "2.1", "2.0", "1.1", "1.0"))
    assert sorted(judged.parts) == ["1.0", "1.1"]
    (part,) = judged.parts["1.0"]
    assert (part.points, part.source, part.justifications[0].points) == (-250, "test.yaml:4", -250)


def test_a_release_that_is_not_acceptable_is_removed_with_the_reason():
    text = """
units:
  steps:
  - name: Broken
    type: step
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: flask, version: "==1.0"}}
    run: {not_acceptable: it does not import}
"""
    judged = prepare_with(text).judge_package(make_candidates("flask", "1.1", "1.0"))
    (removal,) = judged.removals
    assert (removal.version, removal.reason, removal.unit) == (
        "1.0", "it does not import", "prescription Broken",
    )  # fmt: skip


def test_releases_that_are_not_acceptable_together_become_a_forbidden_combination():
    text = """
units:
  steps:
  - name: Apart
    type: step.Group
    should_include: {adviser_pipeline: true}
    match: {group: [{name: a, version: "==1"}, {name: b}, {name: c, version: ">2"}]}
    run: {not_acceptable: they share a file}
"""
    (term,) = prepare_with(text).terms("abc")
    assert term.forbid == "they share a file"
    assert term.when == (Match("a", "==1"), Match("b"), Match("c", ">2"))


def test_a_sieve_removes_what_it_matches_and_says_why():
    text = """
units:
  sieves:
  - name: NoOld
    type: sieve
    should_include: {adviser_pipeline: true}
    match:
    - package_version: {name: a, version: "<1"}
    - package_version: {name: b, version: "<2"}
    run:
      stack_info: [{type: WARNING, message: too old, link: "https://example.org/"}]
"""
    prepared = prepare_with(text)
    judged = prepared.judge_package(make_candidates("b", "2.0", "1.0", "0.5"))
    assert [(removal.version, removal.reason) for removal in judged.removals] == [
        ("1.0", "too old"),
        ("0.5", "too old"),
    ]
    assert [said.message for said in prepared.stack_info] == ["too old"]


def test_a_match_can_be_limited_to_an_index_or_to_every_other_one():
    text = """
units:
  sieves:
  - name: OnlyHere
    type: sieve
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: a, index_url: "https://pypi.org/simple/"}}
  - name: NotHere
    type: sieve
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: b, index_url: {not: "https://pypi.org/simple"}}}
"""
    prepared = prepare_with(text)
    assert prepared.judge_package(make_candidates("a", "1")).removals
    assert not prepared.judge_package(make_candidates("b", "1")).removals
    other = prepare_with(text)
    assert not other.judge_package(make_candidates("a", "1", index_url="https://x.org/s")).removals
    assert other.judge_package(make_candidates("b", "1", index_url="https://x.org/s")).removals


def test_a_match_without_a_name_is_about_every_package():
    text = """
units:
  steps:
  - name: Ours
    type: step
    should_include: {adviser_pipeline: true}
    match: {package_version: {index_url: "https://ours.example/simple"}}
    run: {score: 0.1}
"""
    prepared = prepare_with(text)
    ours = make_candidates("anything", "2", "1", index_url="https://ours.example/simple")
    assert sorted(prepared.judge_package(ours).parts) == ["1", "2"]
    assert not prepared.judge_package(make_candidates("other", "1")).parts


def test_a_step_without_points_is_said_of_the_stacks_that_it_matches():
    text = """
units:
  steps:
  - name: Note
    type: step
    should_include: {adviser_pipeline: true}
    match:
      package_version: {name: a, version: ">=2"}
      state: {resolved_dependencies: [{name: b}]}
    run:
      justification: [{type: INFO, message: mind the gap, link: "https://example.org/"}]
      stack_info: [{type: INFO, message: there is a gap, link: "https://example.org/"}]
"""
    prepared = prepare_with(text)
    assert not prepared.terms(["a", "b"])
    assert not prepared.annotate(make_stack(a="1", b="1"))
    assert not prepared.annotate(make_stack(a="2"))
    assert not prepared.stack_info
    assert [said.message for said in prepared.annotate(make_stack(a="2", b="1"))] == [
        "mind the gap"
    ]
    assert [said.message for said in prepared.stack_info] == ["there is a gap"]


def test_a_unit_of_another_recommendation_type_is_not_used():
    text = SEED.replace(
        "{adviser_pipeline: true}", "{adviser_pipeline: true, recommendation_types: [latest]}"
    )
    names = ["simplelib", "anotherlib", "dependency1", "dependency2"]
    assert not prepare_with(text, make_context(recommendation_type="stable")).terms(names)
    assert len(prepare_with(text, make_context(recommendation_type="latest")).terms(names)) == 2
