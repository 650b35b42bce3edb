"""Boots, pseudonyms, skipped and added packages, strides and wraps of prescriptions."""

from __future__ import annotations

import logging

import pytest

from advisor_core.pipeline.interface import FinalStack, Match
from fakes.pipelines import (
    PYPI,
    find_faults,
    make_candidates,
    make_context,
    make_manifest,
    make_stack,
    prepare_with,
)

ON = "should_include: {adviser_pipeline: true}"
LINK = 'link: "https://example.org/"'


def unit(kind: str, unit_type: str, *lines: str) -> str:
    """Return a file with one unit."""
    rest = "".join(f"    {line}\n" for line in (ON, *lines))
    return f"units:\n  {kind}:\n  - name: U\n    type: {unit_type}\n{rest}"


@pytest.mark.parametrize("key", ["not_acceptable", "eager_stop_pipeline"])
def test_a_boot_stops_the_run_when_the_manifest_requires_its_package(key):
    text = unit(
        "boots",
        "boot",
        "match: [{package_name: flask}, {package_name: django}]",
        f"run: {{{key}: no web today}}",
    )
    assert prepare_with(text).stop is None
    assert prepare_with(text, make_context(manifest=make_manifest("numpy"))).stop is None
    stopped = prepare_with(text, make_context(manifest=make_manifest("numpy", "Django>=4")))
    assert stopped.stop == "prescription U: no web today"


def test_a_boot_logs_and_speaks_once(caplog):
    said = f"  stack_info: [{{type: INFO, message: hi, {LINK}}}]"
    text = unit("boots", "boot", "run:", "  log: {type: WARNING, message: hello}", said)
    with caplog.at_level(logging.INFO):
        prepared = prepare_with(text)
    assert [(said.type, said.message, said.link, said.source) for said in prepared.stack_info] == [
        ("INFO", "hi", "https://example.org/", "prescription U")
    ]
    (record,) = caplog.records
    assert (record.levelname, record.said) == ("WARNING", "hello")


def test_a_boot_of_an_image_is_asked_for_that_image_only():
    text = f"""
units:
  boots:
  - name: Image
    type: boot
    should_include: {{adviser_pipeline: true, runtime_environments: {{base_images: ["q/x:v1", "q/x:v2"]}}}}
    run: {{stack_info: [{{type: INFO, message: image, {LINK}}}]}}
"""
    assert len(prepare_with(text, make_context(base_image="q/x:v2")).stack_info) == 1
    assert not prepare_with(text, make_context(base_image="q/x:v3")).stack_info
    assert not prepare_with(text).stack_info


def test_a_pseudonym_offers_a_version():
    text = unit(
        "pseudonyms", "pseudonym",
        'match: {package_version: {name: tensorflow, version: "<2"}}',
        "run: {yield: {package_version: {name: intel-tensorflow, locked_version: ==2.0, index_url: null}}}",
    )  # fmt: skip
    (term,) = prepare_with(text).terms(["tensorflow"])
    assert (term.when, term.stands_for) == (
        (Match("tensorflow", "<2"),),
        ("intel-tensorflow", "2.0"),
    )


def test_a_pseudonym_offers_the_matched_version_of_each_candidate():
    text = unit(
        "pseudonyms", "pseudonym",
        f'match: {{package_version: {{name: a, version: ">=2", index_url: "{PYPI}"}}}}',
        "run: {yield: {yield_matched_version: true, package_version: {name: b}}}",
    )  # fmt: skip
    prepared = prepare_with(text)
    assert prepared.terms(["a"]) == []
    prepared.judge_package(make_candidates("a", "3", "2", "1"))
    assert [(term.when[0].versions, term.stands_for) for term in prepared.terms(["a"])] == [
        ({"3"}, ("b", "3")),
        ({"2"}, ("b", "2")),
    ]
    elsewhere = prepare_with(text)
    elsewhere.judge_package(make_candidates("a", "3", index_url="https://x.example/simple"))
    assert elsewhere.terms(["a"]) == []


def test_a_sieve_skips_a_package_for_everybody():
    text = unit("sieves", "sieve.SkipPackage", "match: {package_name: enum34}")
    (term,) = prepare_with(text).terms(["enum34", "other"])
    assert (term.when, term.skips) == ((), "enum34")
    assert prepare_with(text).terms(["other"]) == []


def test_a_step_skips_a_package_for_whom_it_was_brought_in_by():
    text = unit(
        "steps", "step.SkipPackage",
        "match:",
        "  package_version: {name: scipy}",
        "  state:",
        '    package_version_from: [{name: tensorflow, version: ">=2.1,<2.4"}]',
        "    resolved_dependencies: [{name: numpy}]",
        f"run: {{stack_info: [{{type: INFO, message: scipy is not needed, {LINK}}}]}}",
    )  # fmt: skip
    prepared = prepare_with(text)
    assert prepared.terms(["scipy", "tensorflow"]) == []
    assert prepared.stack_info == ()
    (term,) = prepared.terms(["scipy", "tensorflow", "numpy"])
    assert term.when == (Match("tensorflow", ">=2.1,<2.4"), Match("numpy"))
    assert (term.skips, term.every_requirer) == ("scipy", False)
    assert [said.message for said in prepared.stack_info] == ["scipy is not needed"]


def test_a_step_skips_a_package_in_a_state():
    text = unit(
        "steps", "step.SkipPackage",
        "match: {package_version: {name: a}, state: {resolved_dependencies: [{name: b}]}}",
    )  # fmt: skip
    (term,) = prepare_with(text).terms(["a", "b"])
    assert (term.when, term.skips, term.every_requirer) == ((Match("b"),), "a", True)


def test_a_step_adds_a_package():
    text = unit(
        "steps", "step.AddPackage",
        'match: {package_version: {name: a, version: "==1"}}',
        f'run: {{package_version: {{name: b, locked_version: ==1.0, index_url: "{PYPI}", develop: false}}}}',
    )  # fmt: skip
    (term,) = prepare_with(text).terms(["a"])
    assert (term.when, term.requires) == ((Match("a", "==1"),), ("b==1.0",))


def test_a_stride_refuses_releases_together():
    text = unit(
        "strides", "stride",
        'match: {state: {resolved_dependencies: [{name: a, version: "<2"}, {name: b}]}}',
        "run: {not_acceptable: they do not mix}",
    )  # fmt: skip
    prepared = prepare_with(text)
    (term,) = prepared.terms(["a", "b"])
    assert (term.when, term.forbid) == ((Match("a", "<2"), Match("b")), "they do not mix")
    assert not prepared.has_strides


def test_a_stride_on_one_release_removes_it():
    text = unit(
        "strides", "stride",
        'match: {state: {resolved_dependencies: [{name: a, version: "<2"}]}}',
        "run: {not_acceptable: it is broken}",
    )  # fmt: skip
    (removal,) = prepare_with(text).judge_package(make_candidates("a", "2", "1")).removals
    assert (removal.version, removal.reason) == ("1", "it is broken")


def test_a_stride_about_any_package_looks_at_finished_stacks():
    text = unit(
        "strides", "stride",
        'match: {state: {resolved_dependencies: [{index_url: {not: "https://pypi.org/simple"}}]}}',
        "run: {not_acceptable: something is from elsewhere}",
    )  # fmt: skip
    prepared = prepare_with(text)
    assert prepared.has_strides
    assert prepared.accept(make_stack(a="1")) is None
    elsewhere = FinalStack({"a": "1"}, {"a": "https://x.example/simple"}, 0)
    assert prepared.accept(elsewhere) == "prescription U: something is from elsewhere"


def test_a_sieve_stops_the_run_when_a_candidate_matches():
    text = unit(
        "sieves", "sieve",
        'match: {package_version: {name: a, version: "==1"}}',
        "run: {eager_stop_pipeline: never again}",
    )  # fmt: skip
    prepared = prepare_with(text)
    prepared.judge_package(make_candidates("a", "2"))
    assert prepared.stop is None
    assert prepared.judge_package(make_candidates("a", "1")).removals == ()
    assert prepared.stop == "prescription U: never again"


def test_a_wrap_annotates_the_stacks_it_matches():
    text = unit(
        "wraps", "wrap",
        "match:",
        "- state: {resolved_dependencies: [{name: a}, {name: b, version: '>1'}]}",
        "- state: {resolved_dependencies: [{name: c}]}",
        "run:",
        "  justification:",
        f"  - {{type: WARNING, message: look, {LINK}, package_name: a, version_range: '<9', cve_id: CVE-1}}",
        "  advised_manifest_changes: [{op: add, path: /spec, value: {a: 1, b: [x, null, true]}}]",
    )  # fmt: skip
    prepared = prepare_with(text)
    assert prepared.annotate(make_stack(a="1", b="1")) == ()
    for stack in (make_stack(a="1", b="2"), make_stack(c="1"), make_stack(a="1", b="2", c="1")):
        first, second = prepared.annotate(stack)
        assert (first.type, first.message, first.advisory) == ("WARNING", "look", "CVE-1")
        assert (first.package, first.version_range) == ("a", "<9")
        assert second.message.endswith(
            '[{"op":"add","path":"/spec","value":{"a":1,"b":["x",null,true]}}]'
        )


def test_a_wrap_without_a_match_annotates_every_stack():
    text = unit(
        "wraps", "wrap", f"run: {{justification: [{{type: INFO, message: always, {LINK}}}]}}"
    )
    assert [said.message for said in prepare_with(text).annotate(make_stack(a="1"))] == ["always"]


def test_release_notes_are_linked():
    text = unit(
        "wraps", "wrap.GHReleaseNotes",
        "match: {state: {resolved_dependencies: [{name: flask}]}}",
        "run: {release_notes: {organization: pallets, repository: flask, tag_version_prefix: v}}",
    )  # fmt: skip
    (said,) = prepare_with(text).annotate(make_stack(flask="2.0.1"))
    assert said.link == "https://github.com/pallets/flask/releases/tag/v2.0.1"
    assert said.message == "release notes of flask 2.0.1"


def test_development_dependencies_can_be_told_apart():
    text = unit("sieves", "sieve", "match: {package_version: {name: a, develop: true}}")
    assert not prepare_with(text).judge_package(make_candidates("a", "1")).removals
    assert prepare_with(text).judge_package(make_candidates("a", "1", develop=True)).removals


def test_a_step_about_any_package_beside_one_makes_a_term_for_each():
    text = unit(
        "steps", "step",
        "match:",
        "  package_version: {index_url: 'https://x.example/simple'}",
        "  state: {resolved_dependencies: [{name: a}]}",
        "run: {score: -0.1}",
    )  # fmt: skip
    terms = prepare_with(text).terms(["a", "b", "c"])
    assert [[match.name for match in term.when] for term in terms] == [["b", "a"], ["c", "a"]]
    assert {term.when[0].index_url for term in terms} == {"https://x.example/simple"}


def test_a_set_with_a_name_is_said_and_its_units_may_be_named_by_it():
    text = """
prescription: {name: team, release: 2026.1}
units:
  boots:
  - name: Second
    type: boot
    should_include: {adviser_pipeline: true, dependencies: {boots: [team.First]}}
    run: {stack_info: [{type: INFO, message: second, link: "https://example.org/"}]}
  - name: First
    type: boot
    should_include: {adviser_pipeline: true}
    run: {log: {type: INFO, message: first}}
"""
    assert sorted(said.message for said in prepare_with(text).stack_info) == [
        "prescriptions of team 2026.1",
        "second",
    ]


def test_a_prescription_may_depend_on_a_unit_in_python():
    from advisor_core.pipeline.engine import prepare
    from advisor_core.pipeline.registry import BUILT_IN_NAMES
    from fakes.pipelines import read_library

    text = """
units:
  boots:
  - name: AfterLabels
    type: boot
    should_include: {adviser_pipeline: true, dependencies: {boots: [LabelsBoot]}}
    run: {stack_info: [{type: INFO, message: labels, link: "https://example.org/"}]}
"""
    library = read_library(text, built_in=BUILT_IN_NAMES)
    with_labels = prepare(make_context(labels={"a": "b"}), prescriptions=library)
    assert "labels" in [said.message for said in with_labels.stack_info]
    without = prepare(make_context(), prescriptions=library)
    assert "labels" not in [said.message for said in without.stack_info]


def test_only_the_first_faults_of_a_set_are_told():
    from advisor_core.pipeline.prescriptions.library import MemoryLibrary
    from advisor_core.pipeline.prescriptions.reader import read_prescriptions

    text = "units:\n  boots:\n" + "  - {name: Faulty}\n" * 40
    library = MemoryLibrary([read_prescriptions(text.encode(), "many.yaml")])
    assert len(library.failures) == 51
    assert library.failures[-1].reason == "30 more faults"


def test_a_wrap_may_speak_of_the_run():
    text = unit(
        "wraps", "wrap",
        "match: [{state: {resolved_dependencies: [{name: a}]}}]",
        f"run: {{stack_info: [{{type: INFO, message: a is on a forge, {LINK}}}]}}",
    )  # fmt: skip
    prepared = prepare_with(text)
    assert prepared.annotate(make_stack(b="1")) == ()
    assert prepared.stack_info == ()
    assert prepared.annotate(make_stack(a="1")) == ()
    assert [said.message for said in prepared.stack_info] == ["a is on a forge"]


def test_a_unit_that_would_make_too_many_terms_is_named_and_passed_over():
    entry = (
        "- {package_version: {index_url: https://x}, state: {resolved_dependencies: [{name: a}]}}"
    )
    text = unit("steps", "step", "match:", *[entry] * 999, "run: {score: 0.1}")
    prepared = prepare_with(text)
    assert len(prepared.terms(["a", "b"])) == 999
    assert prepared.terms(["a", *(f"p{number}" for number in range(30))]) == []
    (failure,) = prepared.failures
    assert (failure.unit, failure.file) == ("prescription U", "test.yaml:3")
    assert failure.reason == "ValueError: it would make 29970 terms"
    (fault,) = find_faults(unit("steps", "step", "match:", *[entry] * 1001, "run: {score: 0.1}"))
    assert "match has more than 1000 entries" in fault


def test_units_that_wait_for_each_other_are_skipped_and_named():
    text = """
units:
  boots:
  - name: First
    type: boot
    should_include: {adviser_pipeline: true, dependencies: {steps: [Second]}}
    run: {not_acceptable: never}
  steps:
  - name: Second
    type: step
    should_include: {adviser_pipeline: true, dependencies: {boots: [First]}}
    match: {package_version: {name: a}}
    run: {score: -1}
  - name: Third
    type: step
    should_include: {adviser_pipeline: true, dependencies: {steps: [Second]}}
    match: {package_version: {name: a}}
    run: {score: -1}
"""
    prepared = prepare_with(text)
    assert prepared.stop is None
    assert not prepared.judge_package(make_candidates("a", "1")).parts
    assert [(failed.file, failed.reason) for failed in prepared.failures] == [
        ("test.yaml:4", "'First' can never run: it depends on itself: First -> Second -> First"),
        ("test.yaml:9", "'Second' can never run: it depends on itself: Second -> First -> Second"),
        ("test.yaml:14", "'Third' can never run: it depends on one that cannot: 'Second'"),
    ]
