"""The service's tables. Shapes only, no queries. Times are epoch seconds (UTC).

    delivery 1--* errand *--1 job    an errand: this delivery waits for that generation of a job
    worker                           processes that are alive
    pace, write                      how fast each installation is written to
    turn                             when each repository is looked at by itself
    chore                            what the service does for itself from time to time
    secret                           credentials of package indexes, encrypted
    tally                            what all processes have counted
    deed                             what was done in each repository lately

A job is a subject (a repository, a pull request) that is worked on again and again. Three counters
say where it is: `wanted >= begun >= done`. Something new raises `wanted`, unless a generation waits
already (`wanted > begun`): that one will see it. So a burst is one generation, and nothing that
comes in while a generation is at work is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

if TYPE_CHECKING:
    from sqlalchemy import Table

__all__ = [
    "FORGOTTEN",
    "METADATA",
    "ChoreRow",
    "DeedRow",
    "DeliveryRow",
    "ErrandRow",
    "JobRow",
    "PaceRow",
    "SecretRow",
    "TallyRow",
    "TurnRow",
    "WorkerRow",
    "WriteRow",
    "table_of",
]

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


FORGOTTEN = 0
"""In the place of an installation's id: the App was removed, and nothing is known of the subject."""


class _Table(SQLModel):
    metadata: ClassVar[MetaData] = METADATA


class DeliveryRow(_Table, table=True):
    """One webhook delivery; a redelivery has the GUID of the first and so is the same row."""

    __tablename__: ClassVar[str] = "delivery"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index(None, "state", "id"),
        Index(None, "received_at"),
    )

    id: int | None = Field(
        default=None,
        sa_column=Column(
            BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
    )
    """The order in which they came in."""
    guid: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    event: str = Field(sa_column=Column(Text, nullable=False))
    payload: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """As received; None once it was routed."""
    received_at: float = Field(sa_column=Column(Float, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    """`stored`, then `routed` and `done` or `failed`; or `ignored`."""
    note: str | None = Field(default=None, sa_column=Column(Text))
    """Why it was ignored, or failed."""
    finished_at: float | None = Field(default=None, sa_column=Column(Float))


class ErrandRow(_Table, table=True):
    """What a delivery still waits for; gone once it is finished."""

    __tablename__: ClassVar[str] = "errand"
    __table_args__: ClassVar[tuple[object, ...]] = (Index(None, "job_key", "generation"),)

    delivery_id: int = Field(
        sa_column=Column(
            BigInteger().with_variant(Integer(), "sqlite"),
            ForeignKey("delivery.id", ondelete="CASCADE"),
            primary_key=True,
        )
    )
    job_key: str = Field(sa_column=Column(Text, primary_key=True))
    generation: int = Field(sa_column=Column(Integer, nullable=False))


class JobRow(_Table, table=True):
    """One subject of work."""

    __tablename__: ClassVar[str] = "job"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index(None, "installation_id"),
        # What waits in the order in which it is taken; what is done is most of the table.
        Index(
            "ix_job_waiting",
            "urgency",
            "due_at",
            sqlite_where=text("done < wanted"),
            postgresql_where=text("done < wanted"),
        ),
    )

    key: str = Field(sa_column=Column(Text, primary_key=True))
    """`update:REPOSITORY_ID`, `check:REPOSITORY_ID:NUMBER`, `answer:REPOSITORY_ID:NUMBER`,
    `acknowledge:REPOSITORY_ID:NUMBER`, `label:REPOSITORY_ID:NUMBER`,
    `apply:REPOSITORY_ID:NUMBER:LOGIN`, `merge:REPOSITORY_ID` or `scan:INSTALLATION_ID`."""
    kind: str = Field(sa_column=Column(Text, nullable=False))
    installation_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    repository_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    full_name: str | None = Field(default=None, sa_column=Column(Text))
    """As the newest delivery spelled it; a repository may be renamed."""
    number: int | None = Field(default=None, sa_column=Column(Integer))
    """Of the pull request."""
    head_sha: str | None = Field(default=None, sa_column=Column(Text))
    """What was checked last."""
    manual: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    """A person asked for the waiting generation by hand."""
    wanted: int = Field(sa_column=Column(Integer, nullable=False))
    begun: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    done: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    fence: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    """Raised whenever somebody begins; only who holds the newest number may write to GitHub."""
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    """Failures in a row."""
    due_at: float = Field(sa_column=Column(Float, nullable=False))
    """When the waiting generation may begin."""
    urgency: int = Field(
        default=0, sa_column=Column(Integer, nullable=False, server_default=text("0"))
    )
    """Of the waiting generation: 0 somebody waits for it; else nobody does, and less is sooner."""
    begun_at: float | None = Field(default=None, sa_column=Column(Float))
    """When the newest generation to begin has begun; None: it failed, and nobody is at work."""
    error: str | None = Field(default=None, sa_column=Column(Text))


class WorkerRow(_Table, table=True):
    """A process that does jobs."""

    __tablename__: ClassVar[str] = "worker"

    executor: str = Field(sa_column=Column(Text, primary_key=True))
    started_at: float = Field(sa_column=Column(Float, nullable=False))
    beat_at: float = Field(sa_column=Column(Float, nullable=False))
    """By the database's clock on PostgreSQL, so that machines need not agree on the time."""


class PaceRow(_Table, table=True):
    """How fast an installation is written to, over all workers."""

    __tablename__: ClassVar[str] = "pace"

    installation_id: int = Field(
        sa_column=Column(BigInteger, primary_key=True, autoincrement=False)
    )
    holder: str | None = Field(default=None, sa_column=Column(Text))
    """The worker that writes now; None: nobody does."""
    fence: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    """Raised with each turn; only who holds the newest number writes, or ends the turn."""
    held_until: float = Field(default=0.0, sa_column=Column(Float, nullable=False))
    """When the turn ends by itself. By the database's clock on PostgreSQL, as all times here."""
    written_at: float = Field(default=0.0, sa_column=Column(Float, nullable=False))
    """When the last write ended."""
    closed_until: float = Field(default=0.0, sa_column=Column(Float, nullable=False))
    """GitHub refuses everything before that."""
    next_job_at: float = Field(
        default=0.0, sa_column=Column(Float, nullable=False, server_default=text("0"))
    )
    """Before it no job that nobody waits for begins: so many an hour, and none while the hour is full."""
    requests_left: int | None = Field(default=None, sa_column=Column(Integer))
    """As GitHub last said."""
    resets_at: float | None = Field(default=None, sa_column=Column(Float))
    """Until when that holds."""


class WriteRow(_Table, table=True):
    """One write to GitHub; forgotten after two hours."""

    __tablename__: ClassVar[str] = "write"
    __table_args__: ClassVar[tuple[object, ...]] = (Index(None, "installation_id", "written_at"),)

    id: int | None = Field(
        default=None,
        sa_column=Column(
            BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
    )
    installation_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    written_at: float = Field(sa_column=Column(Float, nullable=False))


class TurnRow(_Table, table=True):
    """When a repository is to be looked at, though nothing happened to it."""

    __tablename__: ClassVar[str] = "turn"
    __table_args__: ClassVar[tuple[object, ...]] = (Index(None, "due_at"),)

    repository_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    installation_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    full_name: str = Field(sa_column=Column(Text, nullable=False))
    due_at: float = Field(sa_column=Column(Float, nullable=False))


class ChoreRow(_Table, table=True):
    """Something that one of the workers does from time to time."""

    __tablename__: ClassVar[str] = "chore"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    due_at: float = Field(sa_column=Column(Float, nullable=False))
    """While somebody does it: when it counts as left undone."""


class TallyRow(_Table, table=True):
    """What all processes have counted of one thing."""

    __tablename__: ClassVar[str] = "tally"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    labels: str = Field(sa_column=Column(Text, primary_key=True))
    """A list of texts, in JSON."""
    value: float = Field(sa_column=Column(Float, nullable=False))


class SecretRow(_Table, table=True):
    """Credentials of a package index."""

    __tablename__: ClassVar[str] = "secret"

    origin: str = Field(sa_column=Column(Text, primary_key=True))
    repository: str = Field(sa_column=Column(Text, primary_key=True))
    """`owner/name` in lower case; empty: every repository."""
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """A Fernet token."""
    kept_at: float = Field(sa_column=Column(Float, nullable=False))


class DeedRow(_Table, table=True):
    """Something that was done in a repository; forgotten after two days."""

    __tablename__: ClassVar[str] = "deed"
    __table_args__: ClassVar[tuple[object, ...]] = (Index(None, "repository_id", "done_at"),)

    id: int | None = Field(
        default=None,
        sa_column=Column(
            BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
    )
    repository_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    """`opened`: a pull request. `written`: a branch."""
    done_at: float = Field(sa_column=Column(Float, nullable=False))


def table_of(model: type[SQLModel]) -> Table:
    """Return the table of a model, for typed queries without an object per row."""
    return cast("Table", cast("Any", model).__table__)
