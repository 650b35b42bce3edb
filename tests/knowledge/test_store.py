from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import sqlalchemy
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.knowledge import MetadataRecord, ProjectRecord, Recorded, Store
from advisor_core.knowledge.migration import HEAD_REVISION
from advisor_core.knowledge.records import clean_text, fields_of, to_artifact
from advisor_core.model import Artifact, Requirement, Skipped
from advisor_core.releases import CoreMetadata
from fakes.project_pages import FakeReleases, make_artifact

INDEX = "https://pypi.example/simple"
WHEEL = make_artifact(
    "flask-2.0-py3-none-any.whl",
    requires_python=">=3.8",
    upload_time=1_700_000_000,
    metadata="ab" * 32,
)
SDIST = make_artifact("flask-2.0.tar.gz", metadata=False)
OLD = make_artifact("flask-1.0.tar.gz", yanked="broken")
FLASK = FakeReleases("flask", {"1.0": [OLD], "2.0": [WHEEL, SDIST], "3.0rc1": []})


@pytest.fixture
def store(database_url):
    with Store.open(database_url) as opened:
        yield opened


def record(store, releases=FLASK, *, seen_at=100, index=INDEX, cursor=None):
    return store.record_projects([ProjectRecord(index, releases, seen_at, cursor)])


def record_metadata(store, version, metadata, *, seen_at=100, name="flask"):
    return store.record_metadata([MetadataRecord(INDEX, name, version, metadata, seen_at)])


def filled(info):
    """The rows of the tables that have any."""
    return {name: count for name, count in info.counts.items() if count}


def with_file(version, artifact):
    return replace(FLASK, files={**FLASK.files, version: [artifact]})


def test_a_page_is_read_back_newest_version_first(store):
    assert record(store) == Recorded(releases_added=3, artifacts_added=3)
    releases = store.releases("flask")
    assert [release.version for release in releases] == ["3.0rc1", "2.0", "1.0"]
    assert {release.index_url for release in releases} == {INDEX}
    assert {release.first_seen_at for release in releases} == {100}
    assert store.artifacts("flask", "2.0") == (WHEEL, SDIST)
    assert store.artifacts("flask", "1.0") == (OLD,)
    assert store.artifacts("flask", "3.0rc1") == ()


def test_an_unknown_package_has_no_releases(store):
    assert store.releases("django") == ()
    assert store.artifacts("django", "1.0") == ()


def test_recording_a_page_again_changes_nothing(store):
    record(store)
    before = store.info()
    assert record(store, seen_at=200) == Recorded()
    after = store.info()
    assert after.counts == before.counts
    assert (before.last_seen_at, after.last_seen_at) == (100, 200)


@pytest.mark.parametrize(
    "changed",
    [
        replace(OLD, yanked=None),
        replace(OLD, yanked=""),
        replace(OLD, hashes={"sha256": "f" * 64}),
        replace(OLD, requires_python=">=3.12"),
        replace(OLD, url="https://elsewhere.example/flask-1.0.tar.gz"),
        replace(OLD, upload_time=5),
        replace(OLD, size=None),
        replace(OLD, metadata=True),
    ],
)
def test_what_changed_of_a_file_is_recorded(store, changed):
    record(store)
    assert record(store, with_file("1.0", changed), seen_at=200) == Recorded(artifacts_changed=1)
    assert store.artifacts("flask", "1.0") == (changed,)


def test_what_the_index_no_longer_lists_is_marked_and_comes_back(store):
    record(store)
    less = replace(FLASK, files={"2.0": [WHEEL]})
    assert record(store, less, seen_at=200) == Recorded(releases_vanished=2, artifacts_vanished=2)
    vanished = {release.version: release.vanished_at for release in store.releases("flask")}
    assert vanished == {"3.0rc1": 200, "2.0": None, "1.0": 200}
    assert store.artifacts("flask", "2.0") == (WHEEL,)
    assert record(store, seen_at=300) == Recorded(artifacts_changed=2)
    assert {release.vanished_at for release in store.releases("flask")} == {None}
    assert store.artifacts("flask", "2.0") == (WHEEL, SDIST)


def test_an_older_page_never_overwrites_a_newer_one(store):
    record(store, seen_at=200)
    assert record(store, replace(FLASK, files={}), seen_at=100) == Recorded()
    assert store.artifacts("flask", "2.0") == (WHEEL, SDIST)
    assert store.info().last_seen_at == 200


def test_requirements_are_kept_as_ranges_in_their_order(store):
    record(store)
    lines = ("werkzeug>=3,<4", "Click >=8.1", 'asgiref>=3.2; extra == "async"')
    metadata = CoreMetadata("flask", "2.0", lines, ">=3.8", ("async", "dotenv"))
    assert record_metadata(store, "2.0", metadata) == 1
    assert store.metadata("flask", "2.0") == metadata
    assert store.requirements("flask", "2.0") == (
        Requirement("werkzeug", (), ">=3,<4"),
        Requirement("click", (), ">=8.1"),
        Requirement("asgiref", (), ">=3.2", 'extra == "async"'),
    )
    (requirer,) = store.requirers("click")
    assert (requirer.name, requirer.version, requirer.requirement) == (
        "flask",
        "2.0",
        "Click >=8.1",
    )


def test_recording_the_same_metadata_again_changes_nothing(store):
    metadata = CoreMetadata("flask", "2.0", ("click",))
    assert record_metadata(store, "2.0", metadata) == 1
    assert record_metadata(store, "2.0", metadata, seen_at=200) == 0
    assert store.info().counts["requirement"] == 1


def test_newer_metadata_replaces_older_metadata_whole(store):
    record_metadata(store, "2.0", CoreMetadata("flask", "2.0", ("a", "b", "c")))
    assert record_metadata(store, "2.0", CoreMetadata("flask", "2.0", ("b",)), seen_at=200) == 1
    assert record_metadata(store, "2.0", CoreMetadata("flask", "2.0", ()), seen_at=150) == 0
    metadata = store.metadata("flask", "2.0")
    assert isinstance(metadata, CoreMetadata)
    assert metadata.requires_dist == ("b",)


def test_unknown_is_a_value_with_a_reason(store):
    record(store)
    assert store.requirements("flask", "9.0") == Skipped("the release is not in the knowledge base")
    assert store.requirements("flask", "2.0") == Skipped("the metadata was never asked for")
    record_metadata(store, "2.0", Skipped("metadata of the sdist is dynamic"))
    assert store.requirements("flask", "2.0") == Skipped("metadata of the sdist is dynamic")


def test_a_failure_never_replaces_metadata_that_was_read(store):
    record_metadata(store, "2.0", Skipped("no network"))
    assert record_metadata(store, "2.0", CoreMetadata("flask", "2.0", ("a",)), seen_at=200) == 1
    assert record_metadata(store, "2.0", Skipped("gone"), seen_at=300) == 0
    assert store.requirements("flask", "2.0") == (Requirement("a"),)


def test_requirements_that_are_not_pep_508_are_unknown(store):
    record_metadata(store, "2.0", CoreMetadata("flask", "2.0", ("click", "what is this?")))
    found = store.requirements("flask", "2.0")
    assert isinstance(found, Skipped)
    assert "what is this?" in found.reason
    assert store.info().counts["requirement"] == 0


def test_metadata_of_a_release_whose_page_was_not_recorded_is_kept(store):
    record_metadata(store, "2.0", CoreMetadata("flask", "2.0", ("click",)))
    assert store.info().last_seen_at is None
    record(store, seen_at=1)
    assert store.requirements("flask", "2.0") == (Requirement("click"),)


def test_many_requirements_are_recorded_at_once(store):
    lines = tuple(f"package-{number}>={number}" for number in range(200))
    record_metadata(store, "2.0", CoreMetadata("flask", "2.0", lines))
    metadata = store.metadata("flask", "2.0")
    assert isinstance(metadata, CoreMetadata)
    assert metadata.requires_dist == lines


def test_the_same_package_on_two_indexes_is_kept_apart(store):
    other = "https://other.example/simple"
    record(store)
    record(store, replace(FLASK, files={"7.0": []}), index=other)
    assert [release.version for release in store.releases("flask")] == [
        "3.0rc1",
        "2.0",
        "1.0",
        "7.0",
    ]
    assert [release.version for release in store.releases("flask", index_url=f"{other}/")] == [
        "7.0"
    ]
    assert store.artifacts("flask", "2.0", index_url=other) == ()


def test_credentials_are_never_stored(store, database_url, request):
    leaky = replace(OLD, url="https://user:hunter2@files.example/flask-1.0.tar.gz")
    record(store, with_file("1.0", leaky), index="https://__token__:hunter2@pypi.example/simple/")
    assert store.releases("flask")[0].index_url == INDEX
    assert store.artifacts("flask", "1.0")[0].url == "https://files.example/flask-1.0.tar.gz"


def test_text_that_a_database_cannot_hold_is_made_storable(store):
    hostile = replace(
        OLD, yanked="a\x00b\ud800c", requires_python="\x00", size=2**70, upload_time=-1
    )
    record(store, with_file("1.0", hostile), cursor="\x00")
    (found,) = store.artifacts("flask", "1.0")
    assert found == replace(
        OLD, yanked="a\ufffdb\ufffdc", requires_python="\ufffd", size=None, upload_time=None
    )
    assert record(store, with_file("1.0", hostile), seen_at=200) == Recorded()


def test_a_failure_in_the_middle_keeps_nothing(store):
    class Broken(FakeReleases):
        def artifacts(self, position):
            raise RuntimeError(f"truncated at {position}")

    with pytest.raises(RuntimeError, match="truncated"):
        store.record_projects(
            [
                ProjectRecord(INDEX, FLASK, 100),
                ProjectRecord(INDEX, Broken("zope", {"1.0": []}), 100),
            ]
        )
    assert store.releases("flask") == ()
    assert sum(store.info().counts.values()) == 0


def test_what_was_recorded_is_there_after_opening_again(store, database_url):
    record(store)
    store.close()
    with Store.open(database_url) as again:
        assert len(again.releases("flask")) == 3
        info = again.info()
    assert info.revision == HEAD_REVISION
    assert info.size_bytes > 0
    assert filled(info) == {
        "package_index": 1,
        "package": 1,
        "release": 3,
        "artifact": 3,
    }


def test_threads_that_record_at_once_lose_nothing(store):
    pages = [FakeReleases(f"p{number}", FLASK.files) for number in range(4)]
    errors = []

    def work(number):
        try:
            order = [*pages[number:], *pages[:number]]
            for seen_at in range(1, 4):
                store.record_projects([ProjectRecord(INDEX, page, seen_at) for page in order])
                record_metadata(
                    store, "2.0", CoreMetadata("p0", "2.0", ("click",)), name="p0", seen_at=seen_at
                )
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert filled(store.info()) == {
        "package_index": 1,
        "package": 4,
        "release": 12,
        "artifact": 12,
        "requirement": 1,
    }


@pytest.mark.parametrize("read", ["releases", "requirers"])
def test_lookups_by_name_use_an_index(tmp_path, read):
    statements = []
    with Store.open(f"sqlite:///{tmp_path}/knowledge.db") as opened:
        engine = opened._database.engine
        sqlalchemy.event.listen(
            engine, "before_cursor_execute", lambda *given: statements.append(given[2:4])
        )
        getattr(opened, read)("flask")
        query, parameters = statements[-1]
        with engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters).all()
    steps = [row[-1] for row in plan]
    assert any("USING" in step and "(name=?)" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN")]


TEXTS = st.text(max_size=20).map(clean_text)
ARTIFACTS = st.builds(
    Artifact,
    filename=TEXTS,
    url=TEXTS.map(lambda text: "https://h/" + text),
    hashes=st.dictionaries(st.sampled_from(["md5", "sha256"]), st.text("0123456789abcdef")),
    size=st.none() | st.integers(0, 2**63 - 1),
    requires_python=st.none() | TEXTS,
    yanked=st.none() | TEXTS,
    upload_time=st.none() | st.integers(0, 2**63 - 1),
    metadata=st.none() | st.booleans() | st.text("0123456789abcdef", min_size=1),
)


@given(ARTIFACTS)
def test_an_artifact_survives_its_row(artifact):
    assert to_artifact(artifact.filename, fields_of(artifact)) == artifact


@given(st.text() | st.text(st.characters(categories=["Cs", "Cc"])))
def test_clean_text_is_storable_and_stable(text):
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    assert cleaned.encode().decode() == cleaned
    assert clean_text(cleaned) == cleaned
