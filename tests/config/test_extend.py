"""A repository's configuration on top of its owner's."""

from __future__ import annotations

import pytest

from advisor_core.config.extend import extended_path, read_project_configuration
from advisor_core.errors import InputError
from advisor_core.manifests import DiskFiles, MappingFiles

OWNER = b"""\
mode: advise
advice: {margin: 20, cooldown_days: 3, units: {CveSieve: true, LabelsBoot: false}}
packages:
- {name: numpy, allow: "<2"}
runtime_environments:
- {name: shared, python_version: "3.12"}
overlays_dir: overlays
managers:
- name: info
- name: update
  configuration: {enabled: false}
"""


def read(own, owner=OWNER):
    files = {".thoth.yaml": own.encode()}
    if owner is not None:
        files[extended_path(".github")] = owner
    return read_project_configuration(MappingFiles(files))


def test_what_the_repository_says_wins_key_by_key():
    configuration, notes = read("extends: .github\nadvice: {margin: 5}\nmode: pull-request\n")
    assert configuration.mode == "pull-request"
    assert (configuration.advice.margin, configuration.advice.cooldown_days) == (5, 3)
    assert configuration.advice.units == {"CveSieve": True, "LabelsBoot": False}
    assert [each.name for each in configuration.environments] == ["shared"]
    assert configuration.overlays_dir == "overlays"
    assert notes == ()


def test_rules_of_both_hold_and_keep_their_places():
    configuration, _ = read("extends: .github\npackages:\n- {name: scipy, pin: 1.0}\n")
    assert [(rule.names, str(rule.origin)) for rule in configuration.packages] == [
        (("numpy",), ".github/.thoth.yaml:4"),
        (("scipy",), ".thoth.yaml:3"),
    ]


def test_environments_and_overlays_go_together():
    configuration, _ = read("extends: .github\nruntime_environments:\n- {name: own}\n")
    assert [each.name for each in configuration.environments] == ["own"]
    assert configuration.overlays_dir is None


def test_a_manager_is_taken_whole_from_the_repository_first():
    configuration, _ = read("extends: .github\nmanagers:\n- {name: update}\n")
    assert configuration.manager("update").enabled
    assert configuration.manager("info") is not None


def test_what_cannot_be_read_is_noted_and_nothing_is_added():
    configuration, (note,) = read("extends: .github\nmode: advise\n", None)
    assert configuration.mode == "advise"
    assert note.startswith(".thoth.yaml: `extends: .github`: no .thoth.yaml can be read there")


def test_a_folder_on_disk_knows_one_repository(tmp_path):
    (tmp_path / ".thoth.yaml").write_text("extends: .github\n")
    _, (note,) = read_project_configuration(DiskFiles(tmp_path))
    assert "nothing is added" in note


def test_there_is_no_chain():
    configuration, (note,) = read("extends: .github\n", b"extends: other\nmode: silent\n")
    assert configuration.mode == "silent"
    assert note == ".github/.thoth.yaml: `extends` counts in a repository only"


def test_faults_of_the_extended_file_name_it():
    with pytest.raises(InputError) as caught:
        read("extends: .github\n", b"mode: loud\n")
    assert caught.value.faults[0].place == ".github/.thoth.yaml:1"


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "https://e.example/x", "a b"])
def test_only_a_repository_of_the_same_owner_can_be_named(name):
    with pytest.raises(InputError, match="not the name of a repository"):
        read(f"extends: '{name}'\n")


def test_units_of_the_repository_win_one_by_one():
    own = "extends: .github\nadvice: {units: {CveSieve: [{severity: high}, {}], PlatformBoot: false}}\n"
    configuration, _ = read(own)
    assert configuration.advice.units == {
        "CveSieve": [{"severity": "high"}, {}],
        "LabelsBoot": False,
        "PlatformBoot": False,
    }


@pytest.mark.parametrize("value", ["5", "text", "[1]", "null"])
def test_units_are_switches_or_options(value):
    with pytest.raises(InputError, match=r"`units\.CveSieve` must be true, false, options"):
        read(f"advice: {{units: {{CveSieve: {value}}}}}\n")


@pytest.mark.parametrize(
    ("base", "own", "updates", "confidence"),
    [
        ("{updates: [patch, minor], confidence: 90}", "", ("patch", "minor"), 90),
        ("{updates: [patch, minor]}", "automerge: {updates: []}", (), None),
        ("{updates: [major], confidence: 90}", "automerge: {confidence: 0}", ("major",), 0),
        ("{}", "", ("patch",), None),
    ],
)
def test_what_is_merged_unasked_is_said_by_either(base, own, updates, confidence):
    found, _ = read(f"extends: .github\n{own}", f"mode: automerge\nautomerge: {base}\n".encode())
    assert (found.merged_updates, found.automerge_confidence) == (updates, confidence)
