"""Projects in folders that the configuration names."""

from __future__ import annotations

import pytest

from advisor_core.config.reader import parse_configuration
from advisor_core.errors import InputError
from advisor_core.index.access import list_sources
from advisor_core.index.cache import Cache
from advisor_core.index.client import IndexClient
from advisor_core.index.drive_online import OnlineAccess
from advisor_core.manifests import MappingFiles
from advisor_core.projects import discover_projects
from advisor_core.proposal import propose
from advisor_core.targets import find_targets
from fakes.package_index import PackageIndex


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


LOCKED = {
    "a/Pipfile": '[packages]\nx = "*"\n',
    "a/Pipfile.lock": "{}",
    "b/c/requirements.in": "x\n",
}


def test_folders_with_a_manifest_and_its_lockfile_are_projects_unless_the_configuration_says_which():
    files = {**LOCKED, "b/c/requirements.txt": "x==1\n", "d/requirements.in": "x\n"}
    assert list(lockfiles(files)[0]) == ["a/Pipfile.lock", "b/c/requirements.txt"]
    named = {**files, ".thoth.yaml": "projects: [d]\n"}
    assert list(lockfiles(named)[0]) == ["d/requirements.txt"]


def test_vendored_hidden_and_test_folders_are_not_searched_and_broken_ones_are_noted():
    pair = {"Pipfile": "", "Pipfile.lock": ""}
    away = (".hidden", "vendor/x", "node_modules/y", "tests/data", "src/Third_Party", "1/2/3/4/5")
    files = {f"{folder}/{name}": text for folder in away for name, text in pair.items()}
    files |= {"bad/Pipfile": "[", "bad/Pipfile.lock": "{}", "requirements.in": "x\n"}
    found, notes = lockfiles(files)
    assert list(found) == ["requirements.txt"]
    assert any(note.startswith("bad: passed over: bad/Pipfile:1") for note in notes)


def test_the_search_is_bounded_and_says_so():
    class Endless:
        """Folders in folders without end, none of them the same."""

        asked = 0

        def list(self, _folder):
            self.asked += 1
            return (*(f"{number}/" for number in range(50)), "Pipfile", "Pipfile.lock")

    files = Endless()
    found, notes = discover_projects(files)
    assert (files.asked, len(found), len(notes)) == (500, 50, 1)


def test_overlays_are_no_projects():
    files = {
        ".thoth.yaml": TWO + "overlays_dir: o\n",
        "o/old/requirements.in": "x\n",
        "o/old/requirements.txt": "x==1\n",
        "requirements.in": "x\n",
    }
    assert list(lockfiles(files)[0]) == ["requirements.txt", "o/old/requirements.txt"]


@pytest.fixture
def run(tmp_path):
    with PackageIndex() as index:
        index.add("x", "2.0")

        def run(files):
            def open_access(manifest):
                sources = list_sources(manifest, index.url)
                return OnlineAccess(lambda: IndexClient(sources, Cache(tmp_path / "cache"), {}))

            given = MappingFiles({path: text.encode() for path, text in files.items()})
            return propose(given, open_access=open_access)

        yield run


def test_all_projects_change_in_one_outcome(run):
    files = {
        "requirements.in": "x\n",
        "requirements.txt": "x==2.0\n",
        **LOCKED,
        "b/c/requirements.txt": "# keep me\nx==1.0\n",
    }
    del files["a/Pipfile.lock"]
    files["e/requirements.in"], files["e/requirements.txt"] = "x>2\n", "x==1.0\n"
    proposal = run(files)
    one, conflict = proposal.outcomes
    assert (one.target.lockfile, one.status) == ("requirements.txt", "improved")
    assert one.files["b/c/requirements.txt"] == b"# keep me\nx==2.0\n"
    assert one.files["requirements.txt"] == b"x==2.0\n"
    assert [(each.category, each.package, each.new) for each in one.changes] == [
        ("b/c/requirements.txt", "x", "2.0")
    ]
    assert (conflict.target.lockfile, conflict.status) == ("e/requirements.txt", "conflict")
    assert [each.target.lockfile for each in proposal.targets] == [
        "requirements.txt",
        "e/requirements.txt",
    ]
    again = run({**files, **{path: text.decode() for path, text in one.files.items()}})
    assert [each.status for each in again.outcomes] == ["unchanged", "conflict", "unchanged"]
