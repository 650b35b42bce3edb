"""What CI said of lockfiles becomes evidence: who votes, what it weighs, and who may learn from it."""

from __future__ import annotations

import pytest

from advisor_core.environment.declaration import make_environment
from advisor_core.knowledge import RepositoryRecord, Store, evidence_reading
from advisor_core.knowledge import checked_locks as module
from advisor_core.knowledge.check_records import CheckedLock
from advisor_core.knowledge.evidence_reading import StoredEvidence
from advisor_core.knowledge.observations import Observation
from advisor_core.knowledge.plain_reading import open_reading

HERE = (make_environment(python="3.11.7", platform="manylinux_2_28_x86_64"),)
OLD_PYTHON = (make_environment(python="3.9.2", platform="manylinux_2_28_x86_64"),)


def repository(number, *, installation=1, private=False):
    return RepositoryRecord(number, installation, f"o/r{number}", private)


class World:
    """A knowledge base, and short ways to tell it and to ask it."""

    def __init__(self, url):
        self.url = url
        self.store = Store.open(url)
        self.moment = 0

    def see(
        self, number, outcome, *changed, sha="c1", at=None, private=False, installation=1, **more
    ):
        """Tell what the checks said; `more`: the pins."""
        self.moment += 1
        options = {name: more.pop(name) for name in ("certainty", "environment") if name in more}
        lock = CheckedLock(
            repository(number, installation=installation, private=private),
            sha,
            outcome,
            {name: version.replace("_", ".") for name, version in more.items()},
            at or self.moment,
            frozenset(changed),
            **options,
        )
        return self.store.record_checked_locks([lock])

    def of(self, package, *, reader=1, own=None, environments=HERE):
        """Return version to (passed, failed, flaky, blame, own)."""
        with open_reading(self.url) as read:
            evidence = self._evidence(read, reader, own)
            found = evidence.observed(package, ["1", "2", "3"], environments)
        return {
            version: (seen.passed, seen.failed, seen.flaky, seen.blame, seen.own_blame)
            for version, seen in found.items()
        }

    def pairs(self, *packages, reader=1):
        """Return pairs to (passed, failed, blame)."""
        with open_reading(self.url) as read:
            found = self._evidence(read, reader, None).failed_pairs(packages, HERE)
        return {
            (each.package, each.version, each.other_package, each.other_version): (
                each.observed.passed,
                each.observed.failed,
                each.observed.blame,
            )
            for each in found
        }

    def _evidence(self, read, reader, own):
        return StoredEvidence(
            read,
            installation_id=reader,
            repository_id=own,
            is_sqlite=self.url.startswith("sqlite"),
        )


@pytest.fixture
def world(database_url):
    made = World(database_url)
    yield made
    made.store.close()


def test_a_repository_has_one_vote_for_a_release_and_the_newest_lock_counts(world):
    world.see(1, "passed", a="1", b="1")
    for push in range(5):
        assert world.see(1, "passed", sha=f"p{push}", a="1", b="1") == 0
    world.see(2, "passed", a="1", b="1")
    assert world.of("a") == {"1": (2, 0, 0, 0, 0)}
    world.see(3, "failed", "a", a="2", b="1")
    assert world.of("a") == {"1": (2, 0, 0, 0, 0), "2": (0, 1, 0, 100, 0)}
    assert world.of("b")["1"] == (2, 0, 0, 0, 0)
    world.see(3, "passed", "a", sha="c2", a="2", b="1")
    assert world.of("a")["2"] == (1, 0, 0, 0, 0)
    world.see(3, "failed", "a", sha="c0", at=1, a="2", b="1")
    assert world.of("a")["2"] == (1, 0, 0, 0, 0), "what was seen earlier changes nothing"


def test_a_failure_of_several_changes_is_shared_out_but_not_to_what_passed_before(world):
    world.see(1, "failed", "a", "b", a="2", b="2", c="1")
    assert world.of("a")["2"] == (0, 1, 0, 33, 0)
    assert world.pairs("a", "b", "c") == {("a", "2", "b", "2"): (0, 1, 33)}
    assert world.pairs("a") == {}
    assert world.of("c") == {}
    world.see(1, "passed", "a", sha="half", a="2", b="1", c="1")
    world.see(1, "failed", "a", "b", sha="again", a="2", b="2", c="1")
    assert world.of("a")["2"] == (1, 0, 0, 0, 0)
    assert world.of("b")["2"] == (0, 1, 0, 50, 0)
    world.see(1, "passed", "b", sha="other", a="1", b="2", c="1")
    world.see(1, "failed", "a", "b", sha="last", a="2", b="2", c="1")
    assert world.pairs("a", "b") == {("a", "2", "b", "2"): (0, 1, 100)}
    assert world.of("b")["2"] == (1, 0, 0, 0, 0)


def test_passes_of_a_pair_are_the_repositories_that_have_both_in_one_passing_lock(world):
    world.see(1, "failed", "a", "b", a="2", b="2")
    world.see(2, "passed", a="2", b="2")
    world.see(3, "passed", a="2", b="1")
    world.see(4, "passed", a="2", b="1", sha="x")
    world.see(4, "passed", a="1", b="2", sha="y")
    assert world.pairs("a", "b") == {("a", "2", "b", "2"): (1, 1, 33)}
    world.see(1, "passed", "a", "b", sha="fixed", a="2", b="2")
    assert world.pairs("a", "b") == {}


def test_of_very_many_passes_of_a_release_the_newest_stand_for_all(world, monkeypatch):
    world.see(1, "failed", "a", "b", a="2", b="2")
    locks = [
        CheckedLock(
            repository(number), "c", "passed", dict.fromkeys(names, "2"), number, frozenset()
        )
        for number in range(100, 160)
        if (names := ["a"] * (number < 130) + ["b"] * (number % 2 == 0))
    ]
    world.store.record_checked_locks(locks)
    assert world.pairs("a", "b")["a", "2", "b", "2"][0] == 15
    monkeypatch.setattr(evidence_reading, "_MOST_PASSES", 10)
    assert world.pairs("a", "b")["a", "2", "b", "2"][0] == 15, "5 of the newest 10 of 30"


def test_both_outcomes_on_one_commit_are_flaky_and_count_for_nothing(world):
    world.see(1, "failed", "a", "b", a="2", b="2")
    world.see(1, "passed", "a", "b", a="2", b="2")
    assert world.of("a")["2"] == (0, 0, 1, 0, 0)
    assert world.pairs("a", "b") == {}
    world.see(1, "failed", "a", "b", a="2", b="2")
    assert world.of("a")["2"] == (0, 0, 1, 0, 0), "whichever comes last"
    world.see(1, "passed", "a", "b", sha="c2", a="2", b="2")
    assert world.of("a")["2"] == (1, 0, 0, 0, 0)


def test_an_error_before_any_test_takes_nothing_back_and_counts_for_nothing(world):
    world.see(1, "error", "a", a="2", b="1")
    assert world.of("a") == {}
    world.see(1, "failed", "a", a="2", b="1")
    world.see(1, "error", "a", sha="c2", a="2", b="1")
    assert world.of("a")["2"] == (0, 1, 0, 100, 0)


def test_what_failed_in_the_repository_itself_is_told_only_when_it_is_certain(world):
    world.see(1, "failed", "a", a="2")
    world.see(1, "failed", "b", "c", b="2", c="2")
    world.see(1, "failed", "d", certainty=50, d="2")
    assert world.of("a", own=1)["2"] == (0, 1, 0, 100, 100)
    assert [world.of(name, own=1) for name in "bcd"] == [{}, {}, {}], "that is looked into"
    assert [world.of(name, own=2)["2"][1] for name in "bcd"] == [1, 1, 1]
    assert world.of("a", own=2)["2"][4] == 0


def test_another_python_does_not_count_and_an_unknown_one_does(world):
    world.see(1, "failed", "a", environment={"python": "3.9"}, a="2")
    world.see(2, "failed", "b", a="1", b="2")
    assert (world.of("a"), world.of("b")["2"][1]) == ({}, 1)
    assert world.of("a", environments=OLD_PYTHON)["2"][1] == 1


def test_private_evidence_stays_in_its_installation_and_visibility_may_change(world):
    world.see(1, "failed", "a", private=True, installation=1, a="2")
    world.see(2, "failed", "a", installation=2, a="2")
    assert [world.of("a", reader=who)["2"][1] for who in (1, 2, None)] == [2, 1, 1]
    assert [each.link for each in world.store.observations("a")] == [""]
    world.store.hide_repositories([2])
    assert [world.of("a", reader=who).get("2", (0, 0))[1] for who in (1, 2, None)] == [1, 1, 0]
    assert world.store.observations("a") == []
    world.see(1, "failed", "a", sha="c2", private=False, a="2")
    assert world.of("a", reader=None)["2"][1] == 1, "seen again since it is public"


def test_private_evidence_moves_with_its_repository(world):
    world.see(1, "failed", "a", private=True, installation=1, a="2")
    world.see(1, "passed", private=True, installation=3, sha="c2", b="1")
    assert [world.of("a", reader=who) for who in (1, None)] == [{}, {}]
    assert world.of("a", reader=3)["2"][1] == 1


def test_what_the_app_was_taken_from_votes_no_more(world):
    for number, installation in ((1, 1), (2, 1), (3, 2)):
        world.see(number, "failed", "a", installation=installation, a="2")
    world.see(4, "failed", "a", installation=2, private=True, a="2")
    world.store.forget_repositories([1])
    assert world.of("a")["2"][1] == 2
    world.store.forget_installation(2)
    assert world.of("a", reader=2)["2"][1] == 1
    assert world.store.info().counts["observation"] == 1


def test_a_repository_cannot_flood_the_knowledge_base(world, monkeypatch):
    monkeypatch.setattr(module, "MOST_VOTES", 30)
    for number in range(20):
        world.see(1, "passed", sha=str(number), **{f"p{number}-{each}": "1" for each in range(5)})
    assert world.store.info().counts["observation"] == 30
    assert world.see(1, "passed", **{f"x{each}": "1" for each in range(module.MOST_PINS + 1)}) == 0
    assert world.see(1, "passed", a="1" * 1000, **{"b" * 1000: "1"}) == 0
    assert world.see(
        1, "failed", *(f"q{n}" for n in range(40)), **{f"q{n}": "1" for n in range(40)}
    )
    assert world.pairs(*(f"q{n}" for n in range(40))) == {}, "of so many changes no pair is blamed"


def test_a_hundred_repositories_vote(world):
    locks = [
        CheckedLock(
            repository(number, installation=number % 7),
            "c",
            "failed" if number % 10 == 0 else "passed",
            {"a": "2", "b": "1"},
            number,
            frozenset({"a"}),
        )
        for number in range(1, 101)
    ]
    world.store.record_checked_locks(locks)
    assert world.of("a", reader=None) == {"2": (90, 10, 0, 1000, 0)}
    assert world.store.record_checked_locks(locks) == 0


def test_an_import_is_evidence_but_replaces_no_vote_of_a_watched_repository(world):
    world.see(1, "failed", "a", a="2")
    (vote,) = world.store.observations("a")
    imported = Observation(
        key=vote.key,
        kind="ci",
        outcome="passed",
        environment={},
        package="a",
        version="2",
        observed_at=10**9,
        voter=vote.voter,
    )
    assert world.store.record_observations([imported]) == 0
    another = Observation("ci 99 x", "ci", "passed", {}, "a", "2", 10**9, voter="repository 99")
    world.store.record_observations([another])
    assert world.of("a")["2"] == (1, 1, 0, 100, 0)


def test_a_knowledge_base_of_an_older_program_has_no_evidence(tmp_path):
    with open_reading(f"sqlite:///{tmp_path}/none.db") as read:
        evidence = StoredEvidence(read, is_sqlite=True)
        assert evidence.observed("a", ["1"], HERE) == {}
        assert evidence.failed_pairs(["a"], HERE) == ()
