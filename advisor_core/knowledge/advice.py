"""Keeping advice that was given, with the problem that gives it again. Inside a given transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from advisor_core.knowledge.records import clean_text
from advisor_core.knowledge.tables import METADATA
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from advisor_core.knowledge.writing import Writer

__all__ = ["AdviceRecord", "read_advice", "record_advice"]

_ADVICE = METADATA.tables["advice"]
_REPOSITORY = METADATA.tables["repository"]


@dataclass(frozen=True, slots=True)
class AdviceRecord:
    """An advice that was given."""

    id: str
    """128 random bits, hexadecimal (`secrets.token_hex(16)`)."""
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
