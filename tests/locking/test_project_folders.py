"""Projects in folders that the configuration names."""

from __future__ import annotations

import pytest

from advisor_core.config.reader import parse_configuration
from advisor_core.errors import InputError
from advisor_core.manifests import MappingFiles
from advisor_core.proposal import find_targets


def lockfiles(files):
    given = MappingFiles({path: text.encode() for path, text in files.items()})
    targets, notes = find_targets(given)
    return {
        each.target.lockfile: [e.name for e in each.target.environments] for each in targets
    }, notes


TWO = "runtime_environments: [{name: old, python_version: '3.11'}, {name: new, python_version: '3.12'}]\n"


def test_each_named_folder_is_a_target_for_all_environments_and_no_other_folder_is():
    found, _ = lockfiles(
        {
            ".thoth.yaml": TWO + "projects: [services/api, ./libs/core/, services/api]\n",
            "requirements.in": "a\n",
            "services/api/requirements.in": "a\n",
            "libs/core/Pipfile": '[packages]\na = "*"\n',
            "vendor/x/requirements.in": "a\n",
        }
    )
    both = ["old", "new"]
    assert found == {
        "requirements.txt": both,
        "services/api/requirements.txt": both,
        "libs/core/Pipfile.lock": both,
    }


def test_root_needs_no_manifest_and_a_folder_without_one_is_told():
    found, notes = lockfiles(
        {".thoth.yaml": "projects: [api, gone]\n", "api/requirements.in": "a\n"}
    )
    assert list(found) == ["api/requirements.txt"]
    assert "gone: named by `projects`, but has no manifest" in notes


def test_root_keeps_its_environments_beside_overlays_and_projects():
    found, _ = lockfiles(
        {
            ".thoth.yaml": TWO + "overlays_dir: o\nprojects: [api]\n",
            "requirements.in": "a\n",
            "o/old/requirements.in": "a\n",
            "api/requirements.in": "a\n",
        }
    )
    assert found["requirements.txt"] == ["new"]
    assert found["o/old/requirements.txt"] == ["old"]
    assert found["api/requirements.txt"] == ["old", "new"]


@pytest.mark.parametrize("folder", ["../x", "/x", ".", "libs/*"])
def test_folder_outside_the_project_and_patterns_are_faults(folder):
    with pytest.raises(InputError, match="projects"):
        parse_configuration(f"projects: ['{folder}']\n".encode(), ".thoth.yaml")
