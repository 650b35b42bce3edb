"""When the App is removed, nothing in any table names what it was taken from: looked up row by row."""

from __future__ import annotations

import json

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from advisor_core.advice import StoredAdvice
from advisor_core.knowledge import ManifestRecord, RepositoryRecord
from advisor_core.knowledge.check_records import CheckedLock
from advisor_core.knowledge.store import Store
from bot.jobs.routing import Work, route
from bot.store.deliveries import Received
from bot.store.secrets import Secrets, open_box
from bot.store.service import ServiceStore

INSTALLATION, REPOSITORY, OTHER = 470_011, 420_042, 420_043
NAME = "hush-owner/hush-name"
MARKS = ("hush", str(INSTALLATION), str(REPOSITORY))

NUMBERS_ALONE = {
    "job": "its key and number, two weeks on: the ids of workflows must not come again",
    "errand": "as its job",
    "pace": "GitHub goes on counting what was written",
    "write": "as pace, for two hours",
    "deed": "how often something was done, for two days",
}
"""Tables in which the installation's or the repository's number may stay, and why; no name may."""


@pytest.fixture
def store(database_url):
    opened = ServiceStore.open(database_url, lambda: 5000.0)
    yield opened
    opened.close()


@pytest.fixture
def knowledge(database_url, store):
    with Store.open(database_url) as opened:
        yield opened


def delivered(store, event, payload, guid):
    body = json.dumps({"installation": {"id": INSTALLATION}, **payload}).encode()
    store.deliveries.keep([Received(guid, event, body, 1.0)])
    (waiting,) = store.deliveries.waiting(1)
    routed = route(event, waiting.payload)
    store.deliveries.settle(waiting, routed, debounce_seconds=0)
    return routed


def remember(store, knowledge):
    """Keep something of the repository in every table that can hold it."""
    repository = {"id": REPOSITORY, "full_name": NAME, "default_branch": "main"}
    delivered(store, "push", {"repository": repository, "ref": "refs/heads/main"}, "g1")
    work = Work("check", INSTALLATION, REPOSITORY, NAME, number=5)
    for each in (work, Work("update", INSTALLATION, REPOSITORY, NAME)):
        key, generation = store.jobs.want(each)
        store.jobs.fail(store.jobs.begin(key, generation), f"{NAME}: failed", retry_seconds=None)
    store.turns.plan(REPOSITORY, installation_id=INSTALLATION, full_name=NAME, due_at=9e9)
    record = RepositoryRecord(REPOSITORY, INSTALLATION, NAME, is_private=True)
    knowledge.record_manifests(
        [ManifestRecord(record, "hush/Pipfile.lock", "", "a" * 40, 1, {"flask": "1.0"})]
    )
    results = {"default": ("optimal", 1, 1)}
    stored = StoredAdvice("b" * 32, b'{"hush": 1}', {"default": b"hush"}, "stable", results)
    knowledge.keep_advice(stored, forge_id=REPOSITORY, now=1)
    knowledge.record_checked_locks(
        [
            CheckedLock(
                record, "a" * 40, "failed", {"flask": "1.0"}, 1, frozenset({"flask"}),
                link="https://example.org/hush",
            )
        ]
    )  # fmt: skip


def found(store):
    """Return which tables hold which of the marks."""
    marks = {}
    with store.database.read() as connection:
        if store.database.is_sqlite:
            query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        else:
            query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        for table in connection.execute(text(query)).scalars().all():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                shown = " ".join(
                    bytes(value).decode("latin-1")
                    if isinstance(value, bytes | memoryview)
                    else str(value)
                    for value in row
                )
                for mark in MARKS:
                    if mark in shown:
                        marks.setdefault(mark, set()).add(table)
    return marks


def forget(store, knowledge):
    routed = delivered(store, "installation", {"action": "deleted"}, "g2")
    assert routed.forgotten_installation == INSTALLATION
    knowledge.forget_installation(routed.forgotten_installation)


def test_no_name_stays_in_any_table_and_numbers_only_where_they_must(store, knowledge):
    remember(store, knowledge)
    before = found(store)
    assert before["hush"] >= {"job", "turn", "repository", "manifest", "advice", "observation"}
    forget(store, knowledge)
    after = found(store)
    assert after.get("hush", set()) == set()
    assert after.get(str(INSTALLATION), set()) <= set(NUMBERS_ALONE)
    assert after.get(str(REPOSITORY), set()) <= set(NUMBERS_ALONE)


KEPT = [("", "all"), ("hush-owner2/x", "other"), ("hushxowner/x", "other")]


@pytest.mark.parametrize(
    ("event", "payload", "kept"),
    [
        ("installation", {"action": "deleted"}, KEPT),
        ("installation", {"action": "suspend"}, [*KEPT, (NAME, "own"), ("hush-owner/two", "own")]),
        (
            "installation_repositories",
            {"action": "removed", "repositories_removed": [{"id": REPOSITORY, "full_name": NAME}]},
            [*KEPT, ("hush-owner/two", "own")],
        ),
    ],
)
def test_credentials_go_with_what_they_are_for_and_stay_while_it_is_suspended(
    store, event, payload, kept
):
    secrets = Secrets(store.database, open_box(Fernet.generate_key().decode()))
    own = [(NAME.title(), "own"), ("hush-owner/two", "own")]
    for repository, user in [*KEPT, *own]:
        secrets.keep("https://pypi.example", repository, user, "word")
    account = {"id": INSTALLATION, "account": {"login": "Hush-Owner", "type": "Organization"}}
    delivered(store, event, {**payload, "installation": account}, "g1")
    assert [each.repository for each in secrets.list()] == sorted(name for name, _ in kept)


def test_what_is_of_others_stays(store, knowledge):
    remember(store, knowledge)
    other = RepositoryRecord(OTHER, 7, "kept/kept", is_private=False)
    knowledge.record_manifests(
        [ManifestRecord(other, "Pipfile.lock", "", "c" * 40, 1, {"flask": "1.0"})]
    )
    store.turns.plan(OTHER, installation_id=7, full_name="kept/kept", due_at=9e9)
    forget(store, knowledge)
    assert [each.repository.full_name for each in knowledge.affected("flask")] == ["kept/kept"]
    with store.database.read() as connection:
        assert connection.execute(text("SELECT full_name FROM turn")).scalars().all() == [
            "kept/kept"
        ]
