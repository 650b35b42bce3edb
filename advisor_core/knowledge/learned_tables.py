"""The tables of what was measured, of what happened, and of where a watch has got to. Shapes only.

environment 1--* observation
knowledge_event, watched_page, knowledge_cursor, knowledge_schema
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, Text
from sqlmodel import Field

from advisor_core.knowledge.table_base import Table

__all__ = [
    "CursorRow",
    "EnvironmentRow",
    "EventRow",
    "ObservationRow",
    "SchemaRow",
    "WatchedPageRow",
]


class EnvironmentRow(Table, table=True):
    """A runtime environment in which something was observed."""

    __tablename__: ClassVar[str] = "environment"

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    """Of the description."""
    description: str = Field(sa_column=Column(Text, nullable=False))
    """JSON, keys sorted: `{"python": "3.12", "platform": "manylinux_2_28_x86_64", ...}`."""


class ObservationRow(Table, table=True):
    """A measured fact on a release, or on two releases together."""

    __tablename__: ClassVar[str] = "observation"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index(None, "package", "version"),
        Index(None, "other_package", "other_version"),
        Index(None, "repository_id"),
        # All that counting a package's observations needs, so that their rows are not looked at.
        Index(
            "ix_observation_counted",
            "package",
            "other_package",
            "version",
            "outcome",
            "environment_id",
            "installation_id",
            "kind",
            "weight",
            "count",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    """What makes it one observation: recording it again changes its row and adds none."""
    kind: str = Field(sa_column=Column(Text, nullable=False))
    """`build`, `import`, `ci` or `measure`."""
    outcome: str = Field(sa_column=Column(Text, nullable=False))
    """`passed`, `failed`, `error` (before any test) or `flaky`."""
    environment_id: int = Field(sa_column=Column(ForeignKey("environment.id"), nullable=False))
    installation_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    """Whose private knowledge it is; None: everybody's."""
    package: str = Field(sa_column=Column(Text, nullable=False))
    version: str = Field(sa_column=Column(Text, nullable=False))
    other_package: str | None = Field(default=None, sa_column=Column(Text))
    """Of a pair, the one whose name comes later; None: on one release alone."""
    other_version: str | None = Field(default=None, sa_column=Column(Text))
    count: int = Field(nullable=False)
    """How often it was seen."""
    value: float | None = Field(default=None, sa_column=Column(Float))
    unit: str | None = Field(default=None, sa_column=Column(Text))
    observed_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    link: str = Field(sa_column=Column(Text, nullable=False))
    voter: str | None = Field(default=None, sa_column=Column(Text))
    """Who made it, of whom each counts once; None: it counts by itself."""
    repository_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    """GitHub's number of the repository whose CI made it, while that is watched: it becomes private and is
    forgotten with it."""
    commit_sha: str | None = Field(default=None, sa_column=Column(Text))
    """What CI ran on."""
    lock_digest: str | None = Field(default=None, sa_column=Column(Text))
    """Of the whole lock: rows of one voter that share it were seen together."""
    weight: int | None = Field(default=None, sa_column=Column(Integer))
    """In hundredths: how much of a failure is put down to this; None: all of it."""


class EventRow(Table, table=True):
    """Something that happened to a package and has consequences for who locks it."""

    __tablename__: ClassVar[str] = "knowledge_event"
    __table_args__: ClassVar[tuple[object, ...]] = (Index(None, "handled_at", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    """What makes it one event: seeing it again adds none."""
    kind: str = Field(sa_column=Column(Text, nullable=False))
    package: str = Field(sa_column=Column(Text, nullable=False))
    version: str | None = Field(default=None, sa_column=Column(Text))
    """None: it is not about one release."""
    subject: str = Field(sa_column=Column(Text, nullable=False))
    """The index's URL, or the advisory's identifier."""
    severity: str | None = Field(default=None, sa_column=Column(Text))
    """Of an advisory."""
    detail: str = Field(sa_column=Column(Text, nullable=False))
    """What changed, in words. Foreign text: escape."""
    seen_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    handled_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    """When its consequences were on their way."""


class WatchedPageRow(Table, table=True):
    """What is needed to ask an index politely whether a package changed."""

    __tablename__: ClassVar[str] = "watched_page"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index(None, "due_at"),
        {"sqlite_with_rowid": False},
    )

    index_url: str = Field(sa_column=Column(Text, primary_key=True, nullable=False))
    package: str = Field(sa_column=Column(Text, primary_key=True, nullable=False))
    etag: str | None = Field(default=None, sa_column=Column(Text))
    last_modified: str | None = Field(default=None, sa_column=Column(Text))
    serial: str | None = Field(default=None, sa_column=Column(Text))
    checked_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    """When the index last answered; None: never."""
    due_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    failures: int = Field(nullable=False)
    """Of the index, in a row; below 0: looks in a row that found no page."""


class CursorRow(Table, table=True):
    """How far a watch has got."""

    __tablename__: ClassVar[str] = "knowledge_cursor"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=Column(Text, nullable=False))
    updated_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class SchemaRow(Table, table=True):
    """Which programs may use this database: one row."""

    __tablename__: ClassVar[str] = "knowledge_schema"

    oldest: str = Field(sa_column=Column(Text, primary_key=True))
    """Programs whose own newest revision is this or later still understand the tables."""
