"""Turns what CI said of a lockfile into observations. Every function works inside the given transaction.

A lock of a repository was checked: at `commit_sha` all checks passed, or some failed that had passed before
`changed` was changed. That is one vote of this repository on each release concerned:

    passed   on every release of the lock: all of them work together
    failed   on each changed release, and on each two of them together, as far as this repository has not
             seen them pass. One of these explains it, so each of n weighs one n-th
    error    CI ended before it tested anything: kept, and counted for nothing

One vote for each repository, environment and release (or pair); the newest lock's counts. Both outcomes on
one commit make it flaky: the checks then say nothing of the release, and go on doing so for that commit.
"""

from __future__ import annotations

import hashlib
from itertools import combinations
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from advisor_core.knowledge.membership import upsert_repository
from advisor_core.knowledge.observations import Observation, find_environment
from advisor_core.knowledge.tables import METADATA
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Row

    from advisor_core.knowledge.check_records import CheckedLock
    from advisor_core.knowledge.writing import Writer

__all__ = ["MOST_VOTES", "record_checked_locks"]

MOST_VOTES = 20_000
"""Of one repository that are kept, the newest: years of updates. Whoever has more, by accident or to flood
the knowledge base, loses the oldest."""

MOST_PINS = 2_000
"""Of one lock; a longer one says nothing. The largest known have some 900."""

MOST_CHANGED_IN_PAIRS = 24
"""Changed releases whose pairs are looked at one by one, 276 of them; of more a pair hardly explains a
failure better than chance."""

_MOST_NAME, _MOST_VERSION = 120, 60
"""Characters of a name and a version; longer ones are no releases that anybody else has."""

_AT_ONCE = 500

_OBSERVATION = METADATA.tables["observation"]


def record_checked_locks(writer: Writer, locks: Iterable[CheckedLock]) -> int:
    """Record votes; return how many are new or different. A later observation is never replaced."""
    changed = 0
    environments: dict[str, int] = {}
    for lock in locks:
        upsert_repository(writer, lock.repository, lock.observed_at)
        if lock.outcome == "passed":
            votes = _passing_votes(lock)
        else:
            votes = _failing_votes(writer, lock)
        if votes:
            environment = find_environment(writer, lock.environment, environments)
            changed += _record(writer, lock, votes, environment)
    return changed


def lock_digest(pins: Mapping[str, str]) -> str:
    """Return what two locks share only if they have the same releases."""
    text = "\n".join(f"{name}=={version}" for name, version in sorted(pins.items()))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _readable_pins(lock: CheckedLock) -> dict[str, str]:
    if len(lock.pins) > MOST_PINS:
        return {}
    return {
        name: version
        for name, version in sorted(lock.pins.items())
        if len(name) <= _MOST_NAME and len(version) <= _MOST_VERSION
    }


def _passing_votes(lock: CheckedLock) -> dict[str, Observation]:
    pins = _readable_pins(lock)
    return dict(_vote(lock, {name: version}, 100) for name, version in pins.items())


def _failing_votes(writer: Writer, lock: CheckedLock) -> dict[str, Observation]:
    """Return the votes on all that may explain a failure, the blame shared out between them."""
    pins = _readable_pins(lock)
    changed = {name: pins[name] for name in sorted(lock.changed & pins.keys())}
    alone = [_vote(lock, {name: version}, 1) for name, version in changed.items()]
    known = _read(writer, [key for key, _ in alone])
    passed = {
        vote.package: known[key].lock_digest
        for key, vote in alone
        if key in known
        and known[key].outcome == "passed"
        and known[key].commit_sha != lock.commit_sha
    }
    suspects: list[dict[str, str]] = [
        {name: version} for name, version in changed.items() if name not in passed
    ]
    if lock.outcome == "failed" and len(changed) <= MOST_CHANGED_IN_PAIRS:
        suspects += [
            {a: changed[a], b: changed[b]}
            for a, b in combinations(changed, 2)
            if passed.get(a, "a") != passed.get(b, "b")
        ]
    if not suspects:
        return {}
    weight = max(1, lock.certainty // len(suspects))
    return dict(_vote(lock, each, weight) for each in suspects)


def _vote(lock: CheckedLock, releases: Mapping[str, str], weight: int) -> tuple[str, Observation]:
    environment = hashlib.sha256(repr(sorted(lock.environment.items())).encode()).hexdigest()[:8]
    about = " + ".join(f"{name}=={version}" for name, version in releases.items())
    key = f"ci {lock.repository.forge_id} {environment} {about}"
    (package, version), *others = releases.items()
    other = others[0] if others else (None, None)
    return key, Observation(
        key=key,
        kind="ci",
        outcome=lock.outcome,
        environment=lock.environment,
        package=package,
        version=version,
        other_package=other[0],
        other_version=other[1],
        observed_at=lock.observed_at,
        link=lock.link,
        installation_id=lock.repository.installation_id if lock.repository.is_private else None,
        voter=f"repository {lock.repository.forge_id}",
        repository_id=lock.repository.forge_id,
        commit_sha=lock.commit_sha,
        lock_digest=lock_digest(lock.pins),
        weight=weight,
    )


def _record(
    writer: Writer, lock: CheckedLock, votes: dict[str, Observation], environment_id: int
) -> int:
    known = _read(writer, list(votes))
    if lock.outcome == "passed":
        # What was held against two releases together is answered by a lock in which they passed.
        for row in _failed_pairs(writer, lock, environment_id):
            if lock.pins.get(row.other_package) == row.other_version:
                key, vote = _vote(
                    lock,
                    {row.package: row.version, row.other_package: row.other_version},
                    row.weight or 100,
                )
                votes[key] = vote
                known[key] = row
    rows = [
        _as_row(decided, environment_id)
        for key, vote in sorted(votes.items())
        if (decided := _decide(vote, known.get(key))) is not None
    ]
    if rows:
        statement = writer.upsert(_OBSERVATION)
        names = [name for name in rows[0] if name != "key"]
        writer.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={name: statement.excluded[name] for name in names},
                where=_OBSERVATION.c.observed_at <= statement.excluded.observed_at,
            ),
            rows,
        )
        _drop_oldest(writer, lock.repository.forge_id)
    return len(rows)


def _decide(vote: Observation, known: Row[Any] | None) -> Observation | None:
    """Return what is to be recorded; None: what is known stays."""
    if known is None:
        return vote
    if known.observed_at > vote.observed_at:
        return None
    if vote.outcome == "error":
        return None  # a run that tested nothing takes nothing back
    same_commit = known.commit_sha == vote.commit_sha
    if same_commit and known.outcome not in {vote.outcome, "error"}:
        return None if known.outcome == "flaky" else replace(vote, outcome="flaky")
    same = (known.outcome, known.lock_digest, known.weight, known.installation_id) == (
        vote.outcome,
        vote.lock_digest,
        vote.weight,
        vote.installation_id,
    )
    if same and (vote.outcome == "passed" or same_commit):
        return None  # said before: nothing is written for it
    return vote


def _read(writer: Writer, keys: Sequence[str]) -> dict[str, Row[Any]]:
    found: dict[str, Row[Any]] = {}
    for first in range(0, len(keys), _AT_ONCE):
        rows = writer.connection.execute(
            select(_OBSERVATION).where(_OBSERVATION.c.key.in_(keys[first : first + _AT_ONCE]))
        )
        found.update((row.key, row) for row in rows)
    return found


def _failed_pairs(writer: Writer, lock: CheckedLock, environment_id: int) -> list[Row[Any]]:
    rows = writer.connection.execute(
        select(_OBSERVATION).where(
            _OBSERVATION.c.repository_id == lock.repository.forge_id,
            _OBSERVATION.c.environment_id == environment_id,
            _OBSERVATION.c.other_package.is_not(None),
            _OBSERVATION.c.outcome == "failed",
        )
    )
    return [row for row in rows if lock.pins.get(row.package) == row.version]


def _as_row(vote: Observation, environment_id: int) -> dict[str, Any]:
    names = (
        *("key", "kind", "outcome", "installation_id", "package", "version", "other_package"),
        *("other_version", "count", "value", "unit", "observed_at", "link", "voter"),
        *("repository_id", "commit_sha", "lock_digest", "weight"),
    )
    return {"environment_id": environment_id, **{name: getattr(vote, name) for name in names}}


def _drop_oldest(writer: Writer, forge_id: int) -> None:
    mine = _OBSERVATION.c.repository_id == forge_id
    count = writer.connection.execute(
        select(func.count()).select_from(_OBSERVATION).where(mine)
    ).scalar_one()
    if count > MOST_VOTES:
        oldest = (
            select(_OBSERVATION.c.id)
            .where(mine)
            .order_by(_OBSERVATION.c.observed_at, _OBSERVATION.c.id)
            .limit(count - MOST_VOTES)
        )
        writer.connection.execute(
            delete(_OBSERVATION).where(_OBSERVATION.c.id.in_(oldest.scalar_subquery()))
        )
