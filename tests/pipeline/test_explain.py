"""`thoth prescriptions explain` says in English what a unit does."""

from __future__ import annotations

import json

import pytest

from advisor_core.cli.main import main

TEXT = """
units:
  boots:
  - name: NoOldImage
    type: boot
    should_include:
      adviser_pipeline: true
      authenticated: false
      labels: {team: a, area: b}
      runtime_environments:
        base_images: ["quay.io/x/y:v1", "quay.io/x/z"]
        python_version: ">=3.8"
        cuda_version: null
        operating_systems: [{name: rhel, version: "8"}, {name: fedora}]
        platforms: {not: [linux-aarch64]}
        hardware: [{cpu_flags: [avx2], gpu_models: {not: [null]}}]
        abi: {not: [GLIBC_2.4]}
        rpm_packages: [{package_name: gcc}]
        python_packages: {not: [{name: pip, version: "<20"}]}
    match: {package_name: flask}
    run: {not_acceptable: the image is too old}
  pseudonyms:
  - name: Intel
    type: pseudonym
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: tensorflow}}
    run: {yield: {yield_matched_version: true, package_version: {name: intel-tensorflow}}}
  sieves:
  - name: NoOld
    type: sieve
    should_include: {adviser_pipeline: true, recommendation_types: {not: [latest]}}
    match: {package_version: {name: flask, version: "<1", index_url: {not: "https://pypi.org/simple"}}}
    run: {stack_info: [{type: WARNING, message: too old, link: "https://example.org/"}]}
  - name: Skip
    type: sieve.SkipPackage
    should_include: {adviser_pipeline: true}
    match: {package_name: enum34}
  steps:
  - name: SkipScipy
    type: step.SkipPackage
    should_include: {adviser_pipeline: true}
    match:
      package_version: {name: scipy}
      state:
        package_version_from: [{name: tensorflow, version: ">=2.1,<2.4"}]
        package_version_from_allow_other: false
  - name: Add
    type: step.AddPackage
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: a, develop: true}}
    run:
      package_version: {name: b, locked_version: "==1.0", index_url: "https://x.org/s", develop: false}
  - name: Points
    type: step.Group
    should_include: {adviser_pipeline: true, library_usage: {a: [a.x.*]}}
    match: {group: [{name: a}, {name: b, version: "==1"}, {name: c}]}
    run: {score: -0.2, justification: [{type: INFO, message: slow, link: "https://example.org/"}]}
  strides:
  - name: Apart
    type: stride
    should_include: {adviser_pipeline: true, dependencies: {boots: [NoOldImage]}}
    match: {state: {resolved_dependencies: [{name: a}, {name: b}]}}
    run: {not_acceptable: they do not mix}
  wraps:
  - name: Notes
    type: wrap.GHReleaseNotes
    should_include: {adviser_pipeline: true, dependency_monkey_pipeline: true}
    match: {state: {resolved_dependencies: [{name: a}]}}
    run: {release_notes: {organization: o, repository: r}}
  - name: SwitchedOff
    type: wrap
    should_include: {times: 0}
    run: {log: {type: INFO, message: nothing}}
"""


@pytest.fixture
def explain(tmp_path, capsys):
    (tmp_path / "p.yaml").write_text(TEXT)

    def explain(name: str) -> list[str]:
        arguments = ["prescriptions", "explain", name, "--prescription", str(tmp_path), "--json"]
        assert main(arguments) == 0
        (unit,) = json.loads(capsys.readouterr().out)["units"]
        return unit["text"]

    return explain


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "NoOldImage",
            [
                ("It is used for advice, for requests that are not authenticated, with the label team=a or "
                "area=b, on Python >=3.8, without CUDA, on rhel 8 or fedora, on the platform other than "
                "linux-aarch64, on a graphics card other than none and a processor with avx2, in the image "
                "quay.io/x/y:v1 or quay.io/x/z, in an image without the symbols GLIBC_2.4, in an image with "
                "gcc, in an image without pip<20."),
                "When the manifest requires flask, there is no advice: the image is too old.",
            ],
        ),
        (
            "Intel",
            [
                "It is used for advice.",
                "Of tensorflow, intel-tensorflow in the same version may be taken in its place.",
            ],
        ),
        (
            "NoOld",
            [
                "It is used for advice of type other than latest.",
                "Of flask <1 not from https://pypi.org/simple, these releases are taken out.",
                "It says of the run (WARNING): too old <https://example.org/>",
            ],
        ),
        (
            "Skip",
            ["It is used for advice.", "Of enum34, the package is left out, with what only it requires."],
        ),
        (
            "SkipScipy",
            [
                "It is used for advice.",
                ("When scipy is in the stack, required by tensorflow >=2.1,<2.4 and nothing else, the "
                "package is left out, with what only it requires."),
            ],
        ),
        (
            "Add",
            [
                "It is used for advice.",
                "When a (for development) is in the stack, b 1.0 is required too.",
            ],
        ),
        (
            "Points",
            [
                "It is used for advice, where the sources use a.x.*.",
                "When a is in the stack together with b ==1 and c, the stack loses 200 points.",
                "It says of the stack (INFO): slow <https://example.org/>",
            ],
        ),
        (
            "Apart",
            [
                "It is used for advice, together with the unit NoOldImage.",
                "When a is in the stack together with b, such a stack is not acceptable: they do not mix.",
            ],
        ),
        (
            "Notes",
            [
                "It is used for advice and Dependency Monkey.",
                "When a is in the stack, its release notes on GitHub (o/r) are linked.",
            ],
        ),
        ("SwitchedOff", ["It is switched off.", "Always, it says so.", "It logs (INFO): nothing"]),
        ("SetScoreStep", None),
    ],
)  # fmt: skip
def test_units_are_explained_in_english(explain, name, text):
    found = explain(name)
    assert text is None or found == text


def test_an_unknown_unit_is_an_input_error_with_close_names(tmp_path, capsys):
    (tmp_path / "p.yaml").write_text(TEXT)
    arguments = ["prescriptions", "explain", "NoOldImages", "--prescription", str(tmp_path)]
    assert main(arguments) == 2
    assert "did you mean NoOldImage" in capsys.readouterr().err


def test_explanations_are_printed_without_control_characters(tmp_path, capsys):
    (tmp_path / "p.yaml").write_text(TEXT.replace("they do not mix", '"a\\e[31mb"'))
    assert main(["prescriptions", "explain", "Apart", "--prescription", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "a\\x1b[31mb" in printed
    assert printed.startswith("Apart (a stride, p.yaml:")


def test_options_of_units_in_python_are_told_as_a_person_writes_them(capsys):
    assert main(["prescriptions", "explain", "CveSieve"]) == 0
    said = capsys.readouterr().out
    assert "severity (low or medium or high or critical, low when not given): the least one" in said
    assert "allow (texts, none when not given): advisories that are accepted" in said
