"""`thoth prescriptions validate` reports every fault of every file, with its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from advisor_core.cli.main import main
from advisor_core.pipeline.prescriptions.validate import validate_prescriptions

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
units:
  steps:
  - name: Only
    type: step
    should_include: {adviser_pipeline: true}
"""
RUN = "    run: {not_acceptable: never}\n"


def check(tmp_path: Path, **files: str) -> list[str]:
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return [str(fault) for fault in validate_prescriptions([tmp_path]).faults]


def test_all_faults_of_all_files_are_reported_at_once(tmp_path):
    first = """\
units:
  steps:
  - name: A
    type: step
    should_include: {adviser_pipeline: true, sometimes: true}
    match:
      package_version: {name: Flask, version: "<1.5,>1.12"}
    run:
      score: 1.5
      justification:
      - {type: info, message: "", link: www.example.org}
  - name: B
    type: stepp
    should_include: {}
"""
    second = """\
units:
  boots:
  - name: C
    should_include: {adviser_pipeline: yes please}
    type: boot
    run: {stack_info: [{type: INFO, message: hello, link: "ftp://example.org"}]}
  steps: nothing
"""
    assert [line.splitlines()[0] for line in check(tmp_path, a=first, b=second)] == [
        "a.yaml:5: should_include has no key 'sometimes'",
        "a.yaml:7: name is not in its normalized form: 'Flask'",
        "a.yaml:7: version holds no version at all: '<1.5,>1.12'",
        "a.yaml:9: score must be from -1 to 1: 1.5",
        "a.yaml:11: type must be one of INFO, WARNING, ERROR: 'info'",
        (
            "a.yaml:13: type must be one of step, step.AddPackage, step.Group, "
            "step.SkipPackage: 'stepp'"
        ),
        "b.yaml:4: adviser_pipeline must be true or false",
        "b.yaml:6: link is no web address: 'ftp://example.org'",
        "b.yaml:7: steps must be a list",
    ]


def test_links_in_a_circle_are_the_fault_of_their_file_alone(tmp_path):
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    faults = check(tmp_path, bad="units: 1\n")
    assert any(fault.startswith("loop.yaml: cannot be read") for fault in faults)
    assert any(fault.startswith("bad.yaml") for fault in faults)


@pytest.mark.parametrize(
    "specifier",
    [
        "<1.5,>1.12",
        ">2.0.0,<2.0.0",
        "==1.0,==2.0",
        "~=1.4,>=2",
        "<1.0,>1.4",
        "==1.*,!=1.*",
        "===weird",
    ],
)
def test_a_range_that_holds_no_version_is_a_fault(tmp_path, specifier):
    text = f'{HEAD}    match: {{package_version: {{name: a, version: "{specifier}"}}}}\n{RUN}'
    (fault,) = check(tmp_path, a=text)
    assert fault.startswith(f"a.yaml:6: version holds no version at all: '{specifier}'")
    assert "a comma means `and`" in fault


@pytest.mark.parametrize(
    "specifier", [">=1,<2", "==1.0.*", ">1.0", "<3,>2.9.9", "===1.0", "!=1,!=2"]
)
def test_a_range_that_holds_something_is_no_fault(tmp_path, specifier):
    text = f'{HEAD}    match: {{package_version: {{name: a, version: "{specifier}"}}}}\n{RUN}'
    assert check(tmp_path, a=text) == []


def test_names_are_unique_among_units_of_a_kind_over_all_files(tmp_path):
    text = f"{HEAD}    match: {{package_version: {{name: a}}}}\n{RUN}"
    assert check(tmp_path, a=text, b=text.replace("Only", "Other"), c=text) == [
        (
            "c.yaml:3: the name is taken among steps: 'Only', first in a.yaml:3\n  hint: names are unique"
            " among units of a kind"
        )
    ]


def test_a_name_is_taken_whatever_folder_or_line_it_is_in(tmp_path):
    text = f"{HEAD}    match: {{package_version: {{name: a}}}}\n{RUN}"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(text)
    first = tmp_path / "one"
    assert len(validate_prescriptions([first, tmp_path / "two"]).faults) == 1
    assert validate_prescriptions([first, first / "a.yaml"]).faults == ()
    run = "{log: {type: INFO, message: hi}}"
    unit = f"{{name: A, type: boot, should_include: {{adviser_pipeline: true}}, run: {run}}}"
    assert len(check(tmp_path / "one", a=f"units: {{boots: [{unit}, {unit}]}}")) == 1


def test_what_cannot_be_a_name_of_a_package_is_a_fault(tmp_path):
    text = f"{HEAD}    match: {{package_version: {{name: not a name!}}}}\n{RUN}"
    assert check(tmp_path, a=text) == ["a.yaml:6: name is no package's name: 'not a name!'"]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("{adviser_pipeline: false}", "neither `adviser_pipeline` nor"),
        ("{adviser_pipeline: true, times: 0}", "`times` is 0"),
        (
            (
                "{adviser_pipeline: true, recommendation_types: {not: "
                "[latest, stable, testing, security, performance]}}"
            ),
            "`recommendation_types` leaves none",
        ),
        (
            "{adviser_pipeline: true, runtime_environments: {python_version: '==3.9.1'}}",
            "holds no minor release",
        ),
        (
            "{adviser_pipeline: true, runtime_environments: {python_version: null}}",
            "there always is",
        ),
        ("{adviser_pipeline: true, dependencies: {boots: [Missing]}}", "unknown unit: 'Missing'"),
    ],
)
def test_a_unit_that_can_never_run_is_a_fault(tmp_path, condition, said):
    head = HEAD.replace("{adviser_pipeline: true}", condition)
    (fault,) = check(tmp_path, a=f"{head}    match: {{package_version: {{name: a}}}}\n{RUN}")
    assert fault.startswith("a.yaml:3: Only: it can never run")
    assert said in fault


def test_a_unit_that_waits_for_one_that_never_runs_is_a_fault(tmp_path):
    text = """\
units:
  boots:
  - name: Off
    type: boot
    should_include: {adviser_pipeline: true, times: 0}
    run: {log: {type: INFO, message: hello}}
  - name: Waits
    type: boot
    should_include: {adviser_pipeline: true, dependencies: {boots: [Off]}}
    run: {log: {type: INFO, message: hello}}
"""
    assert len(check(tmp_path, a=text)) == 2


def test_one_package_at_two_versions_at_once_is_a_fault(tmp_path):
    text = HEAD.replace("type: step", "type: step.Group")
    text += '    match: {group: [{name: a, version: "<1"}, {name: a, version: ">=1"}]}\n'
    (fault,) = check(tmp_path, a=text + RUN)
    assert "a cannot be <1 and >=1 at once" in fault


def test_a_unit_that_does_nothing_is_a_fault(tmp_path):
    (fault,) = check(tmp_path, a=HEAD + "    match: {package_version: {name: a}}\n    run: {}\n")
    assert "it does nothing" in fault


def test_a_dependency_on_a_faulty_unit_is_not_a_second_fault(tmp_path):
    text = """\
units:
  boots:
  - {name: Bad, type: boot, should_include: {adviser_pipeline: maybe}, run: {log: {type: INFO, message: m}}}
  - name: Good
    type: boot
    should_include: {adviser_pipeline: true, dependencies: {boots: [Bad]}}
    run: {log: {type: INFO, message: m}}
"""
    assert len(check(tmp_path, a=text)) == 1


def test_the_command_prints_faults_and_fails(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text("units: {steps: [{name: A}]}")
    assert main(["prescriptions", "validate", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "a.yaml:1: a unit must have `type`" in printed.err
    assert "a.yaml:1: a unit must have `should_include`" in printed.err
    assert main(["prescriptions", "validate", str(tmp_path), "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "error"
    assert answer["faults"][0] == {
        "file": "a.yaml", "line": 1, "message": "a unit must have `type`", "hint": "",
    }  # fmt: skip


def test_the_command_says_that_there_are_no_faults(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(f"{HEAD}    match: {{package_version: {{name: a}}}}\n{RUN}")
    assert main(["prescriptions", "validate", str(tmp_path), "--show-unit-names"]) == 0
    assert capsys.readouterr().out == "steps Only\n1 unit in 1 file: no faults\n"


def test_a_folder_that_is_not_there_is_an_input_error(tmp_path, capsys):
    assert main(["prescriptions", "validate", str(tmp_path / "absent")]) == 2
    assert "no such file or folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"units: [", "not YAML"),
        (b"\xff\xfe\xff", "not UTF-8"),
        (b"units: " + b"[" * 5000 + b"]" * 5000, "not YAML: while increasing flow level"),
        (b"- " * 5000 + b"a", "not YAML: while increasing block level"),
        (b"units: {steps: []}\n---\nunits: {}\n", "not YAML: expected a single document"),
        (b"units: &a {steps: *a}", "a unit has no key 'steps'"),
        (b"units: {? [a, b] : 1}", "a key of units must be a text"),
        (b"units: {<<: {<<: {<<: {<<: {<<: {<<: {<<: {<<: {<<: {<<: {}}}}}}}}}}}", "`<<` takes"),
        (b"[1, 2]", "a file of prescriptions must be a mapping"),
        (b"other: 1", "a file of prescriptions has no key 'other'"),
        (b"units: !!python/object/apply:os.system [echo]", "units must be a mapping"),
        (b"#" * 1_000_001, "the file is too large"),
    ],
)
def test_a_hostile_file_is_a_fault(tmp_path, text, said):
    (tmp_path / "a.yaml").write_bytes(text)
    faults = [str(fault) for fault in validate_prescriptions([tmp_path]).faults]
    assert said in faults[0]


def test_nested_aliases_are_followed_only_so_far(tmp_path):
    lines = ["a0: &a0 [{name: x}]"]
    for level in range(1, 30):
        lines.append(f"a{level}: &a{level} [*a{level - 1}, *a{level - 1}]")
    changes = "\n".join(f"        {line}" for line in lines)
    text = (
        "units:\n  wraps:\n  - name: Laughs\n    type: wrap\n"
        "    should_include: {adviser_pipeline: true}\n    run:\n"
        f"      advised_manifest_changes:\n{changes}\n"
    )
    (fault,) = check(tmp_path, a=text)
    assert "nested deeper than" in fault or "more than 100000 values" in fault
    wide = "a: &a [" + "1, " * 400 + "1]\nb: &b [" + "*a, " * 400 + "*a]\n"
    changes = "".join(f"        {line}\n" for line in wide.splitlines())
    (fault,) = check(tmp_path, a=text[: text.index("changes:") + 9] + changes)
    assert "more than 100000 values, aliases followed" in fault


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "a*a*a*a*b", "(?:x)", r"(a)\1", "[[a]", "(", "a" * 300]
)
def test_a_regular_expression_that_may_take_long_is_a_fault(tmp_path, pattern):
    head = HEAD.replace(
        "{adviser_pipeline: true}",
        "{adviser_pipeline: true, runtime_environments: {python_packages: [{name: a, location: '"
        + pattern
        + "'}]}}",
    )
    (fault,) = check(tmp_path, a=f"{head}    match: {{package_version: {{name: a}}}}\n{RUN}")
    assert "location is" in fault


def test_links_to_pages_of_thoth_are_noted_not_refused(tmp_path):
    (tmp_path / "a.yaml").write_text(
        f"{HEAD}    match: {{package_version: {{name: a}}}}\n"
        "    run: {not_acceptable: never, stack_info: [{type: INFO, message: m, link: tf_24_np}, "
        "{type: INFO, message: n}]}\n"
    )
    found = validate_prescriptions([tmp_path])
    assert found.faults == ()
    assert [note.message for note in found.notes] == [
        "link is a page of thoth-station.ninja: 'tf_24_np'",
        "stack_info has no `link`",
    ]


def write_chain(**needs: list[str]) -> str:
    lines = ["units:", "  steps:"]
    for name, wanted in needs.items():
        dependencies = f", dependencies: {{steps: [{', '.join(wanted)}]}}" if wanted else ""
        lines += [
            f"  - name: {name}",
            "    type: step",
            f"    should_include: {{adviser_pipeline: true{dependencies}}}",
            "    match: {package_version: {name: flask}}",
            "    run: {score: 0.1}",
        ]
    return "\n".join(lines) + "\n"


def test_units_that_wait_for_each_other_are_faults_with_the_way(tmp_path):
    text = write_chain(A=["B"], B=["C"], C=["A"], D=["C"], E=["E"], F=["G"], G=[])
    assert [line.splitlines()[0] for line in check(tmp_path, a=text)] == [
        "a.yaml:3: A: it can never run: it depends on itself: A -> B -> C -> A",
        "a.yaml:8: B: it can never run: it depends on itself: B -> C -> A -> B",
        "a.yaml:13: C: it can never run: it depends on itself: C -> A -> B -> C",
        "a.yaml:18: D: it can never run: it depends on one that cannot: 'C'",
        "a.yaml:23: E: it can never run: it depends on itself: E -> E",
    ]


@pytest.mark.parametrize(
    "change",
    [
        "just text",
        "[1]",
        "[{apiVersion: v1, kind: Pod}]",
        "[{patch: {op: add, path: /a, value: 1}}]",
        "[{apiVersion: v1, kind: Pod, patch: {op: add, path: /a}}]",
        "[{apiVersion: v1, kind: Pod, patch: {op: put, path: /a, value: 1}}]",
        "[{apiVersion: v1, kind: Pod, patch: {op: move, path: /a}}]",
        "[{apiVersion: v1, kind: Pod, patch: {op: remove, path: a/b}}]",
    ],
)
def test_a_manifest_change_that_is_no_patch_is_a_fault(tmp_path, change):
    (fault,) = check(tmp_path, a=write_wrap(f"{{advised_manifest_changes: {change}}}"))
    assert fault.startswith("a.yaml:7: ")


@pytest.mark.parametrize(
    "change",
    [
        "[{apiVersion: v1, kind: Pod, patch: {op: add, path: /a/0, value: {name: A, value: '1'}}}]",
        "[{apiVersion: v1, kind: Pod, patch: [{op: remove, path: ''}, {op: copy, from: /a, path: /b}]}]",
        "[{file: .thoth.yaml, patch: [{name: base_image, value: quay.io/a/b}]}]",
    ],
)
def test_a_manifest_change_as_thoth_wrote_them_is_none(tmp_path, change):
    assert check(tmp_path, a=write_wrap(f"{{advised_manifest_changes: {change}}}")) == []


def write_wrap(run: str, kind: str = "wrap") -> str:
    return (
        "units:\n  wraps:\n  - name: W\n"
        f"    type: {kind}\n    should_include: {{adviser_pipeline: true}}\n"
        "    match: {state: {resolved_dependencies: [{name: flask}]}}\n"
        f"    run: {run}\n"
    )


@pytest.mark.parametrize(
    ("organization", "repository", "prefix"),
    [
        ("../x", "y", "v"),
        ("x", "..", "v"),
        ("x/y", "z", "v"),
        ("x", "y z", ""),
        ("x", "y", "a/../b"),
    ],
)
def test_release_notes_are_of_a_repository_that_can_exist(
    tmp_path, organization, repository, prefix
):
    notes = f"{{organization: {organization}, repository: '{repository}', tag_version_prefix: '{prefix}'}}"
    (fault,) = check(tmp_path, a=write_wrap(f"{{release_notes: {notes}}}", "wrap.GHReleaseNotes"))
    assert "is none that GitHub takes" in fault


@pytest.mark.parametrize(
    "release", ['{name: flask, index_url: "not url"}', "{name: flask, index_url: {not: pypi}}"]
)
def test_an_index_is_a_web_address(tmp_path, release):
    text = HEAD + f"    match: {{package_version: {release}}}\n" + RUN
    (fault,) = check(tmp_path, a=text)
    assert "index_url is no web address" in fault
