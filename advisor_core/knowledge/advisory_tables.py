"""The tables of advisories. Shapes only, no queries.

advisory_import 1--* advisory 1--* advisory_package
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Text
from sqlmodel import Field

from advisor_core.knowledge.table_base import Table

__all__ = ["AdvisoryImportRow", "AdvisoryPackageRow", "AdvisoryRow"]


class AdvisoryImportRow(Table, table=True):
    """One import of advisories that was kept, whether it brought something new or not."""

    __tablename__: ClassVar[str] = "advisory_import"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_column=Column(Text, nullable=False))
    """The path or URL, without credentials."""
    imported_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    data_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Of when the data is: the newest change in it, never after the import. 0: it was not finished."""
    documents: int = Field(nullable=False)
    added: int = Field(nullable=False)
    changed: int = Field(nullable=False)


class AdvisoryRow(Table, table=True):
    """An advisory of one source; which of them are the same vulnerability is seen when they are read."""

    __tablename__: ClassVar[str] = "advisory"
    # By import: what a watch has not seen yet.
    __table_args__: ClassVar[tuple[object, ...]] = (Index(None, "import_id"),)

    id: int | None = Field(default=None, primary_key=True)
    identifier: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    """`PYSEC-2024-1`."""
    aliases: str = Field(sa_column=Column(Text, nullable=False))
    """Sorted, separated by blanks."""
    summary: str = Field(sa_column=Column(Text, nullable=False))
    link: str = Field(sa_column=Column(Text, nullable=False))
    published_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    modified_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    withdrawn: bool = Field(nullable=False)
    digest: str = Field(sa_column=Column(Text, nullable=False))
    """Of everything here and of its packages: an equal one is not written again."""
    import_id: int = Field(sa_column=Column(ForeignKey("advisory_import.id"), nullable=False))
    """The import that brought or last changed it."""


class AdvisoryPackageRow(Table, table=True):
    """Which releases of one package an advisory concerns."""

    __tablename__: ClassVar[str] = "advisory_package"
    # The rows of one package lie together in the key's own tree; by advisory, to replace them.
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index(None, "advisory_id"),
        {"sqlite_with_rowid": False},
    )

    package: str = Field(sa_column=Column(Text, primary_key=True, nullable=False))
    """PEP 503 normalized; not a reference: most of these packages are on no index asked so far."""
    advisory_id: int = Field(
        sa_column=Column(
            ForeignKey("advisory.id", ondelete="CASCADE"), primary_key=True, nullable=False
        )
    )
    severity: str = Field(sa_column=Column(Text, nullable=False))
    """`unknown`, `low`, `medium`, `high` or `critical`."""
    ranges: str = Field(sa_column=Column(Text, nullable=False))
    """JSON: a list of ranges, each a list of `[kind, version key]`."""
    versions: str = Field(sa_column=Column(Text, nullable=False))
    """Version keys that no range holds, separated by blanks."""
    unread: int = Field(nullable=False)
    """Ranges and versions of the source that are not PEP 440."""
