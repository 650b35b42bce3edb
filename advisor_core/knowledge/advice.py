"""Keeping advice that was given, with the problem that gives it again. Inside a given transaction."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from advisor_core.knowledge.records import clean_text
from advisor_core.knowledge.tables import METADATA
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from advisor_core.advice import StoredAdvice
    from advisor_core.knowledge.writing import Writer

__all__ = ["AdviceRecord", "keep_advice", "list_advice", "read_advice", "record_advice"]

KEPT_OF_A_REPOSITORY = 50
"""The newest, one for each category of each lockfile; with its problem one has some 20 kB."""

MOST_LISTED = 1_000

_ADVICE = METADATA.tables["advice"]
_REPOSITORY = METADATA.tables["repository"]


@dataclass(frozen=True, slots=True)
class AdviceRecord:
    """An advice that was given."""

    id: str
    """128 bits, hexadecimal, that nobody can guess."""
    created_at: int
    purpose: str
    """`stable`, `security`, ...: what was asked for."""
    status: str
    answer: str
    """The JSON object of the advice."""
    problem: bytes
    """`thoth-problem/1`, gzip: `thoth solve` gives the same stack again."""
    score: int | None = None
    upper_bound: int | None = None
    forge_id: int | None = None
    """GitHub's number of the repository; None: given on a command line, or it is not watched."""


def record_advice(writer: Writer, record: AdviceRecord) -> None:
    """Insert the advice; its repository, if it is known, takes it along when it is forgotten."""
    repository = select(_REPOSITORY.c.id).where(_REPOSITORY.c.forge_id == record.forge_id)
    writer.connection.execute(
        insert(_ADVICE).values(
            id=record.id,
            repository_id=repository.scalar_subquery(),
            created_at=record.created_at,
            purpose=clean_text(record.purpose),
            status=record.status,
            score=record.score,
            upper_bound=record.upper_bound,
            answer=record.answer,
            problem=record.problem,
        )
    )


def keep_advice(writer: Writer, stored: StoredAdvice, *, forge_id: int, now: int) -> int:
    """Keep an advice of a repository that is known, a row for each category; return how many are new.

    Each row has the problem of its category, with the status, score and bound that solving it gives.
    The same advice again is the same row. The oldest of the repository beyond a number go.
    """
    repository = writer.connection.execute(
        select(_REPOSITORY.c.id).where(_REPOSITORY.c.forge_id == forge_id)
    ).scalar_one_or_none()
    if repository is None:
        return 0
    ids = {
        category: hashlib.sha256(f"{stored.id}/{forge_id}/{category}".encode()).hexdigest()[:32]
        for category in stored.problems
    }
    known = set(
        writer.connection.execute(
            select(_ADVICE.c.id).where(_ADVICE.c.id.in_(list(ids.values())))
        ).scalars()
    )
    new = 0
    for category, problem in stored.problems.items():
        if ids[category] in known:
            continue
        new += 1
        status, score, bound = stored.results[category]
        purpose = stored.purpose if category == "default" else f"{stored.purpose} {category}"
        answer = stored.answer.decode("utf-8", "replace")
        record_advice(
            writer,
            AdviceRecord(
                ids[category], now, purpose, status, answer, problem, score, bound, forge_id
            ),
        )
    if new:
        of_repository = select(_ADVICE.c.id).where(_ADVICE.c.repository_id == repository)
        newest = of_repository.order_by(_ADVICE.c.created_at.desc(), _ADVICE.c.id)
        kept = writer.connection.execute(newest.limit(KEPT_OF_A_REPOSITORY)).scalars().all()
        writer.connection.execute(
            delete(_ADVICE).where(_ADVICE.c.repository_id == repository, _ADVICE.c.id.not_in(kept))
        )
    return new


def list_advice(connection: Connection, *, limit: int) -> list[AdviceRecord]:
    """Return the newest advice, without answers and problems."""
    rows = connection.execute(
        select(
            _ADVICE.c.id,
            _ADVICE.c.created_at,
            _ADVICE.c.purpose,
            _ADVICE.c.status,
            _ADVICE.c.score,
            _ADVICE.c.upper_bound,
            _REPOSITORY.c.forge_id,
        )
        .outerjoin(_REPOSITORY, _REPOSITORY.c.id == _ADVICE.c.repository_id)
        .order_by(_ADVICE.c.created_at.desc(), _ADVICE.c.id)
        .limit(min(limit, MOST_LISTED))
    )
    return [
        AdviceRecord(
            id=row.id,
            created_at=row.created_at,
            purpose=row.purpose,
            status=row.status,
            answer="",
            problem=b"",
            score=row.score,
            upper_bound=row.upper_bound,
            forge_id=row.forge_id,
        )
        for row in rows
    ]


def read_advice(connection: Connection, advice_id: str) -> AdviceRecord | None:
    """Return the advice, None when there is none of this id."""
    row = connection.execute(
        select(_ADVICE, _REPOSITORY.c.forge_id)
        .outerjoin(_REPOSITORY, _REPOSITORY.c.id == _ADVICE.c.repository_id)
        .where(_ADVICE.c.id == advice_id)
    ).one_or_none()
    if row is None:
        return None
    return AdviceRecord(
        id=row.id,
        created_at=row.created_at,
        purpose=row.purpose,
        status=row.status,
        answer=row.answer,
        problem=row.problem,
        score=row.score,
        upper_bound=row.upper_bound,
        forge_id=row.forge_id,
    )
