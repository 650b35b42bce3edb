"""Knowledge that travels: export, import, copies, pruning; on both databases where both can."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zipfile
from dataclasses import replace

import pytest

from advisor_core.advisories.interface import Advisory
from advisor_core.advisories.records import AdvisoryRecord
from advisor_core.errors import InputError, StoreError
from advisor_core.knowledge import (
    AdvisoryImport,
    ManifestRecord,
    MetadataRecord,
    ProjectRecord,
    RepositoryRecord,
    Store,
    backup,
    open_advisories,
)
from advisor_core.knowledge.advice import AdviceRecord
from advisor_core.knowledge.check_records import CheckedLock
from advisor_core.knowledge.observations import Observation
from advisor_core.model import Skipped
from advisor_core.releases import CoreMetadata
from fakes.project_pages import FakeReleases, make_artifact

INDEX = "https://pypi.example/simple"
FLASK = FakeReleases(
    "flask",
    {
        "1.0": [make_artifact("flask-1.0.tar.gz", yanked="broken")],
        "2.0": [
            make_artifact("flask-2.0-py3-none-any.whl", requires_python=">=3.8", metadata=True)
        ],
    },
)
SECRET = RepositoryRecord(1, 7, "o/secret", is_private=True)
SEEN = Observation(
    key="ci 1",
    kind="ci",
    outcome="failed",
    environment={"python": "3.12"},
    package="werkzeug",
    version="3.0",
    other_package="flask",
    other_version="2.0",
    observed_at=50,
    count=3,
)


def fill(store):
    store.record_projects([ProjectRecord(INDEX, FLASK, 100, "serial-1")])
    store.record_metadata(
        [
            MetadataRecord(INDEX, "flask", "2.0", CoreMetadata("flask", "2.0", ("click>=8",)), 100),
            MetadataRecord(INDEX, "flask", "1.0", Skipped("it is dynamic"), 100),
        ]
    )
    advisory = Advisory("PYSEC-1", "flask", aliases=("CVE-1",), severity="high", modified_at=90)
    record = AdvisoryRecord(advisory, ranges=((("introduced", "0"), ("fixed", "2")),))
    store.record_advisories(AdvisoryImport("test", [record], 1, 100))
    private = Observation("ci 2", "ci", "passed", {}, "flask", "2.0", 60, installation_id=7)
    store.record_observations([SEEN, private])
    store.record_manifests(
        [
            ManifestRecord(
                RepositoryRecord(1, 7, "o/secret", is_private=True),
                "l",
                "",
                "c",
                1,
                {"flask": "2.0"},
            )
        ]
    )
    store.record_advice(
        AdviceRecord(
            "a" * 32, 5, "stable", "optimal", "{}", b"gz", score=3, upper_bound=3, forge_id=1
        )
    )


@pytest.fixture
def store(database_url):
    with Store.open(database_url) as opened:
        fill(opened)
        yield opened


@pytest.fixture
def exported(store, tmp_path):
    path = tmp_path / "knowledge.zip"
    store.export(path, clock=lambda: 1_000)
    return path


def test_what_was_exported_is_known_elsewhere(exported, tmp_path):
    url = f"sqlite:///{tmp_path}/other.db"
    with Store.open(url) as other:
        done = other.import_file(exported, clock=lambda: 2_000)
        assert (done.packages, done.releases_added, done.metadata_added) == (1, 2, 2)
        assert (done.advisories_added, done.observations) == (1, 1)
        assert [each.version for each in other.releases("flask")] == ["2.0", "1.0"]
        assert other.artifacts("flask", "1.0") == tuple(FLASK.files["1.0"])
        assert other.artifacts("flask", "2.0") == tuple(FLASK.files["2.0"])
        assert [each.name for each in other.requirements("flask", "2.0")] == ["click"]
        assert other.metadata("flask", "1.0") == Skipped("it is dynamic")
        (observation,) = other.observations("flask")
        assert (observation.package, observation.other_package) == ("flask", "werkzeug")
        assert observation.environment == {"python": "3.12"}
    with open_advisories(url) as advisories:
        assert advisories.of_package("flask")[0].severity == "high"
        assert advisories.as_of == 90


def test_it_is_known_elsewhere_when_a_release_was_first_seen(exported, tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/other.db") as other:
        other.record_projects([ProjectRecord(INDEX, FLASK, 500)])
        assert {each.first_seen_at for each in other.releases("flask")} == {500}
        other.import_file(exported, clock=lambda: 2_000)
        assert {each.first_seen_at for each in other.releases("flask")} == {100}
    with Store.open(f"sqlite:///{tmp_path}/earlier.db") as earlier:
        earlier.record_projects([ProjectRecord(INDEX, FLASK, 50)])
        earlier.import_file(exported, clock=lambda: 2_000)
        assert {each.first_seen_at for each in earlier.releases("flask")} == {50}


def test_what_is_an_installations_own_does_not_travel(exported, tmp_path):
    with zipfile.ZipFile(exported) as archive:
        text = b"".join(archive.read(name) for name in archive.namelist())
        manifest = json.loads(archive.read("manifest.json"))
    assert b"o/secret" not in text
    assert b"ci 2" not in text
    assert manifest["format"] == "thoth-knowledge/1"
    assert manifest["members"]["packages.jsonl"]["lines"] == 1


def test_importing_again_changes_nothing_and_what_is_newer_stays(store, exported):
    before = store.info().counts
    newer = FakeReleases("flask", {"3.0": []})
    store.record_projects([ProjectRecord(INDEX, newer, 500)])
    done = store.import_file(exported)
    assert (done.releases_added, done.advisories_added, done.advisories_changed) == (0, 0, 0)
    listed = [each.version for each in store.releases("flask") if each.vanished_at is None]
    assert listed == ["3.0"]
    assert store.info().counts["advisory"] == before["advisory"]


def rewrite(path, name, change):
    with zipfile.ZipFile(path) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    members[name] = change(members[name])
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in members.items():
            archive.writestr(each, text)


def reseal(path, name, text):
    """Put a member in with the checksum that belongs to it, as somebody hostile would."""
    rewrite(path, name, lambda _: text)

    def seal(old):
        manifest = json.loads(old)
        manifest["members"][name] = {
            "sha256": hashlib.sha256(text).hexdigest(),
            "lines": text.count(b"\n"),
        }
        return json.dumps(manifest).encode()

    rewrite(path, "manifest.json", seal)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (
            "packages.jsonl",
            lambda text: text.replace(b"flask-2.0", b"flask-9.0"),
            "damaged or changed",
        ),
        ("packages.jsonl", lambda text: text[:-5], "not as it should be"),
        ("packages.jsonl", lambda _: b"", "damaged or changed"),
        ("manifest.json", lambda _: b"{", "not JSON"),
        (
            "manifest.json",
            lambda text: text.replace(b"knowledge/1", b"knowledge/9"),
            "not a format",
        ),
        (
            "manifest.json",
            lambda text: text.replace(b"packages.jsonl", b"other.jsonl"),
            "does not name",
        ),
    ],
)
def test_a_damaged_file_changes_nothing(exported, tmp_path, name, change, said):
    rewrite(exported, name, change)
    with Store.open(f"sqlite:///{tmp_path}/other.db") as other:
        with pytest.raises(InputError, match=said) as caught:
            other.import_file(exported)
        assert "knowledge.zip" in str(caught.value)
        assert sum(other.info().counts.values()) == 0


PACKAGE = {"index": INDEX, "name": "flask", "seen_at": 1, "releases": []}
ADVISORY = {
    "id": "A",
    "aliases": [],
    "summary": "",
    "link": "",
    "published_at": None,
    "modified_at": None,
    "withdrawn": False,
    "packages": [{"name": "a", "severity": "low", "ranges": [], "versions": [], "unread": 0}],
}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("packages.jsonl", {**PACKAGE, "name": "Flask"}),
        ("packages.jsonl", {**PACKAGE, "index": "file:///etc"}),
        ("packages.jsonl", {**PACKAGE, "extra": 1}),
        ("packages.jsonl", {**PACKAGE, "releases": [{"version": "1.0.banana", "files": []}]}),
        (
            "packages.jsonl",
            {**PACKAGE, "releases": [{"version": "1", "files": [], "requires": [">"]}]},
        ),
        (
            "packages.jsonl",
            {**PACKAGE, "releases": [{"version": "1", "files": [], "first_seen_at": 1 << 60}]},
        ),
        ("packages.jsonl", [[[[]]]]),
        ("advisories.jsonl", {**ADVISORY, "id": 5}),
        (
            "advisories.jsonl",
            {**ADVISORY, "packages": [{**ADVISORY["packages"][0], "versions": ["1.0"]}]},
        ),
        (
            "advisories.jsonl",
            {**ADVISORY, "packages": [{**ADVISORY["packages"][0], "severity": "dreadful"}]},
        ),
        ("observations.jsonl", {"key": "a"}),
    ],
)
def test_a_hostile_file_changes_nothing(exported, tmp_path, name, line):
    reseal(exported, name, json.dumps(line).encode() + b"\n")
    with Store.open(f"sqlite:///{tmp_path}/other.db") as other:
        with pytest.raises(InputError, match=f"{name}:1"):
            other.import_file(exported)
        assert sum(other.info().counts.values()) == 0


def test_a_file_that_is_no_export_is_named(store, tmp_path):
    path = tmp_path / "x.zip"
    with pytest.raises(InputError, match="cannot be read"):
        store.import_file(path)
    path.write_bytes(b"no archive")
    with pytest.raises(InputError, match="no knowledge file") as caught:
        store.import_file(path)
    assert "thoth kb export" in str(caught.value)


@pytest.mark.parametrize("name", ["/dev/zero", "pipe.zip", "."])
def test_a_device_a_pipe_and_a_folder_are_no_export(store, tmp_path, name):
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(InputError, match="it is no file"):
        store.import_file(tmp_path / name)


def test_a_file_that_cannot_be_written_leaves_the_old_one(store, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        store.export(tmp_path / "no" / "folder.zip")
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_a_copy_is_whole_while_others_write(tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "_PAGES_AT_ONCE", 10)
    url = f"sqlite:///{tmp_path}/knowledge.db"
    copy = tmp_path / "copy.db"
    with Store.open(url) as store:
        fill(store)
        with Store.open(url) as writer:
            left = []

            def write(pages, _total):
                assert len(left) < 50, "it begins anew with each write"
                left.append(pages)
                writer.record_projects(
                    [ProjectRecord(INDEX, FakeReleases(f"later{len(left)}", {"1.0": []}), 1)]
                )

            store.back_up(copy, progress=write)
        assert len(left) > 3
        assert left == sorted(left, reverse=True)
        assert store.releases("later1")
    with Store.open(f"sqlite:///{copy}") as restored:
        assert len(restored.releases("flask")) == 2
        assert restored.advice("a" * 32).forge_id == 1
        assert restored.info().counts["membership"] == 1
        assert not restored.releases("later1"), "the state of one moment"
    assert not list(tmp_path.glob(".copy.db*"))


def test_a_copy_that_fills_the_disk_is_named(tmp_path, monkeypatch):
    class Full(sqlite3.Connection):
        def __init__(self, name, *arguments, **options):
            super().__init__(name, *arguments, **options)
            self.execute("PRAGMA max_page_count = 5")

    connect = sqlite3.connect
    with Store.open(f"sqlite:///{tmp_path}/knowledge.db") as store:
        fill(store)
        monkeypatch.setattr(backup.sqlite3, "connect", lambda name: connect(name, factory=Full))
        with pytest.raises(StoreError, match=r"copy\.db: cannot be written: .*full") as caught:
            store.back_up(tmp_path / "copy.db")
        assert "another one" in caught.value.hint
        store.record_projects([ProjectRecord(INDEX, FakeReleases("later", {"1.0": []}), 1)])
    assert not list(tmp_path.glob("*copy.db*"))


def test_a_copy_of_a_damaged_file_is_refused_and_the_old_copy_stays(tmp_path):
    path, copy = tmp_path / "knowledge.db", tmp_path / "copy.db"
    with Store.open(f"sqlite:///{path}") as store:
        files = [make_artifact(f"big-1.0-{number}-py3-none-any.whl") for number in range(2000)]
        store.record_projects([ProjectRecord(INDEX, FakeReleases("big", {"1.0": files}), 1)])
    content = bytearray(path.read_bytes())
    content[-4096 * 40 : -4096 * 30] = b"\xff" * 4096 * 10
    path.write_bytes(content)
    copy.write_bytes(b"the old copy")
    with Store.open(f"sqlite:///{path}") as store, pytest.raises(StoreError):
        store.back_up(copy)
    assert copy.read_bytes() == b"the old copy"


def test_postgresql_is_copied_by_its_own_tool(postgres_url, tmp_path):
    with Store.open(postgres_url) as store, pytest.raises(StoreError) as caught:
        store.back_up(tmp_path / "copy")
    assert "pg_dump" in caught.value.hint
    assert not (tmp_path / "copy").exists()


def test_pruning_deletes_what_ended_long_ago_and_nothing_else(store):
    store.record_projects([ProjectRecord(INDEX, FakeReleases("flask", {"2.0": []}), 200)])
    assert store.prune(150).releases == 0
    pruned = store.prune(201)
    assert (pruned.releases, pruned.files, pruned.advice) == (1, 2, 0)
    assert [each.version for each in store.releases("flask")] == ["2.0"]
    counts = store.info().counts
    assert (counts["advisory"], counts["advisory_import"], counts["observation"]) == (1, 1, 2)
    assert store.advice("a" * 32) is None


def test_an_observation_recorded_again_replaces_the_older_one(store):
    later = replace(SEEN, outcome="passed", observed_at=70)
    assert store.record_observations([later]) == 1
    assert store.record_observations([SEEN]) == 0
    assert [each.outcome for each in store.observations("flask")] == ["passed"]


def test_private_observations_are_seen_in_their_installation_alone(store):
    assert [each.key for each in store.observations("flask")] == ["ci 1"]
    assert [each.key for each in store.observations("flask", installation_id=7)] == ["ci 1", "ci 2"]
    assert [each.key for each in store.observations("flask", installation_id=8)] == ["ci 1"]
    assert store.record_observations([replace(SEEN, installation_id=9, observed_at=99)]) == 0


def test_a_copy_is_one_file_without_a_log(tmp_path):
    path = tmp_path / "copy.db"
    with Store.open(f"sqlite:///{tmp_path}/k.db") as store:
        store.back_up(path)
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_what_ci_said_in_private_travels_only_when_it_is_asked_for_and_without_a_link(
    store, tmp_path
):
    for number, private in ((1, True), (2, False)):
        lock = CheckedLock(
            RepositoryRecord(number, 7, f"o/r{number}", private),
            "c",
            "failed",
            {"a": "2"},
            5,
            frozenset({"a"}),
            link=f"https://github.example/o/r{number}/pull/1",
        )
        store.record_checked_locks([lock])
    told = {}
    for with_private in (False, True):
        path = tmp_path / f"{with_private}.zip"
        store.export(path, with_private=with_private)
        with zipfile.ZipFile(path) as archive:
            text = archive.read("observations.jsonl").decode()
        lines = [json.loads(line) for line in text.splitlines()]
        told[with_private] = {line["voter"]: line.get("link") for line in lines if "voter" in line}
        assert "o/r1" not in text
        with Store.open(f"sqlite:///{tmp_path}/{with_private}.db") as other:
            other.import_file(path)
            assert len(other.observations("a")) == 1 + with_private
    public = "https://github.example/o/r2/pull/1"
    assert told == {
        False: {"repository 2": public},
        True: {"repository 1": None, "repository 2": public},
    }
