"""Who locks what, on both databases."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor_core.knowledge import AffectedCount, ManifestRecord, RepositoryRecord, Store
from advisor_core.knowledge.tables import METADATA


def repository(number, *, installation=1, name=None, private=False):
    return RepositoryRecord(number, installation, name or f"owner/name-{number}", private)


def locked(number, *, seen_at=1, lockfile="Pipfile.lock", environment="", **pins):
    owner = number if isinstance(number, RepositoryRecord) else repository(number)
    pins = {name.replace("_", "-"): version for name, version in pins.items()}
    return ManifestRecord(owner, lockfile, environment, f"{seen_at:040}", seen_at, pins)


@pytest.fixture
def store(database_url):
    with Store.open(database_url) as opened:
        yield opened


def told(store, package, versions=None, **options):
    return [
        (each.repository.forge_id, each.lockfile, each.environment, each.version)
        for each in store.affected(package, versions, **options)
    ]


def test_who_locks_a_package_is_told_with_environment_and_version(store):
    store.record_manifests(
        [
            locked(1, flask="1.0", django="4.0"),
            locked(2, lockfile="a/requirements.txt", environment="gpu", flask="2.0"),
            locked(3, django="4.0"),
        ]
    )
    assert told(store, "flask") == [
        (1, "Pipfile.lock", "", "1.0"),
        (2, "a/requirements.txt", "gpu", "2.0"),
    ]
    assert told(store, "flask", ["2.0", "3.0"]) == [(2, "a/requirements.txt", "gpu", "2.0")]
    assert told(store, "requests") == []
    assert store.count_affected("django") == AffectedCount(2, 2)
    assert store.count_affected("django", ["9"]) == AffectedCount(0, 0)
    assert sorted(store.locked_versions("flask")) == ["1.0", "2.0"]


def test_a_repository_counts_once_however_many_lockfiles_it_has(store):
    store.record_manifests(
        [
            locked(1, flask="1.0"),
            locked(1, environment="gpu", flask="1.0"),
            locked(1, lockfile="b.lock", flask="2.0"),
        ]
    )
    assert store.count_affected("flask") == AffectedCount(1, 3)


def test_a_lockfile_that_changed_replaces_what_it_had(store):
    assert store.record_manifests([locked(1, flask="1.0", django="4.0")]) == 1
    assert store.record_manifests([locked(1, seen_at=2, flask="1.0", django="4.0")]) == 0
    assert store.record_manifests([locked(1, seen_at=3, flask="2.0")]) == 1
    assert told(store, "flask") == [(1, "Pipfile.lock", "", "2.0")]
    assert told(store, "django") == []


def test_what_was_seen_later_stays(store):
    store.record_manifests([locked(1, seen_at=5, flask="2.0")])
    assert store.record_manifests([locked(1, seen_at=4, flask="1.0")]) == 0
    store.record_manifests([locked(1, seen_at=7, flask="3.0"), locked(1, seen_at=6, flask="4.0")])
    assert told(store, "flask") == [(1, "Pipfile.lock", "", "3.0")]


def test_a_renamed_or_moved_repository_is_the_same_one(store):
    store.record_manifests([locked(1, flask="1.0")])
    moved = repository(1, installation=9, name="new/name", private=True)
    store.record_manifests([locked(moved, seen_at=2, flask="1.0")])
    (found,) = store.affected("flask")
    assert found.repository == moved


def test_what_is_forgotten_is_gone_with_all_that_is_its(store):
    store.record_manifests(
        [
            locked(repository(1, installation=1), flask="1.0"),
            locked(repository(2, installation=2), flask="1.0"),
            locked(repository(3, installation=2), flask="1.0"),
            locked(repository(4, installation=3), flask="1.0"),
        ]
    )
    assert store.forget_installation(2) == 2
    assert store.forget_repositories([1, 77]) == 1
    assert [each[0] for each in told(store, "flask")] == [4]
    counts = store.info().counts
    assert (counts["repository"], counts["manifest"], counts["membership"]) == (1, 1, 1)


def test_pages_follow_each_other_without_gap_or_repeat(store):
    store.record_manifests(
        [locked(number, flask=f"{number % 3}.0", seen_at=1) for number in range(1, 26)]
    )
    whole = store.affected("flask")
    pages, after = [], None
    while page := store.affected("flask", after=after, limit=4):
        pages += page
        after = page[-1].position
    assert pages == whole
    assert list(store.all_affected("flask", page=5)) == whole
    assert {each.repository.forge_id for each in whole} == set(range(1, 26))


def test_a_walk_goes_on_while_others_record(store):
    store.record_manifests([locked(number, flask="1.0") for number in range(1, 11)])
    seen = []
    for found in store.all_affected("flask", page=3):
        seen.append(found.repository.forge_id)
        if len(seen) == 4:
            store.record_manifests([locked(2, seen_at=2, django="1")])
            store.record_manifests([locked(11, flask="1.0")])
    assert seen == list(range(1, 12))


def test_a_failure_in_the_middle_keeps_nothing(store):
    with pytest.raises(TypeError):
        store.record_manifests([locked(1, flask="1.0"), locked(2, flask=None)])
    assert store.info().counts["repository"] == 0


def test_many_lockfiles_are_recorded_at_once(store):
    records = [
        locked(number, **{f"package_{place}": f"{number % 7}" for place in range(40)})
        for number in range(1500)
    ]
    assert store.record_manifests(records) == 1500
    assert store.count_affected("package-3") == AffectedCount(1500, 1500)
    assert store.count_affected("package-3", ["6"]).repositories == 214


PINS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("123"), max_size=3)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("lock"), st.integers(1, 3), st.sampled_from(["x", "y"]), st.integers(1, 4), PINS
        ),
        st.tuples(st.just("forget"), st.integers(1, 3)),
    ),
    max_size=8,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(STEPS)
def test_any_history_gives_what_the_newest_of_each_says(store, steps):
    with store._database.write() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
    model = {}
    for step in steps:
        if step[0] == "forget":
            store.forget_repositories([step[1]])
            model = {key: value for key, value in model.items() if key[0] != step[1]}
        else:
            _, number, lockfile, seen_at, pins = step
            store.record_manifests([locked(number, lockfile=lockfile, seen_at=seen_at, **pins)])
            if model.get((number, lockfile), (0, {}))[0] <= seen_at:
                model[number, lockfile] = (seen_at, pins)
    for package, version in itertools.product("abc", [None, "1", "2"]):
        expected = {
            (number, lockfile, "", pins[package])
            for (number, lockfile), (_, pins) in model.items()
            if package in pins and version in {None, pins[package]}
        }
        found = told(store, package, None if version is None else [version])
        assert set(found) == expected
        assert len(found) == len(expected)
        counted = store.count_affected(package, None if version is None else [version])
        assert counted == AffectedCount(len({each[0] for each in expected}), len(expected))


def test_compacting_gives_room_back_and_changes_nothing(store):
    store.record_manifests(
        [locked(number, **{f"package_{each}": "1" for each in range(50)}) for number in range(300)]
    )
    store.forget_repositories(range(1, 300))
    before = store.info()
    store.compact()
    after = store.info()
    assert after.counts == before.counts
    assert after.size_bytes <= before.size_bytes
    assert [each[0] for each in told(store, "package-1")] == [0]
