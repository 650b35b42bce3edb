"""The tables of what package indexes said. Shapes only, no queries.

    package_index 1--* package 1--* release 1--* artifact
                                       `--* requirement

A release's requirements are kept as the ranges that its metadata states, never expanded into pairs
of releases: a new release of anything changes no row of what depends on it. Nothing is deleted when
an index stops listing it; `vanished_at` says when that was noticed.
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Text, UniqueConstraint
from sqlmodel import Field

from advisor_core.knowledge.table_base import Table

__all__ = ["ArtifactRow", "IndexRow", "PackageRow", "ReleaseRow", "RequirementRow"]


class IndexRow(Table, table=True):
    """A package index."""

    __tablename__: ClassVar[str] = "package_index"

    id: int | None = Field(default=None, primary_key=True)
    url: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    """Of the simple API, without credentials and without a slash at the end."""
    first_seen_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class PackageRow(Table, table=True):
    """A package on one index."""

    __tablename__: ClassVar[str] = "package"
    # Looked up by name over all indexes; the unique constraint alone would need the index first.
    __table_args__: ClassVar[tuple[object, ...]] = (
        UniqueConstraint("index_id", "name"),
        Index(None, "name"),
    )

    id: int | None = Field(default=None, primary_key=True)
    index_id: int = Field(sa_column=Column(ForeignKey("package_index.id"), nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    """PEP 503 normalized."""
    seen_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """When the index was last asked."""
    cursor: str | None = Field(default=None, sa_column=Column(Text))
    """What the index gives to tell whether its page changed: an ETag or `_last-serial`."""
    digest: str | None = Field(default=None, sa_column=Column(Text))
    """Of the page's content as recorded; an equal page is not compared row by row again."""


class ReleaseRow(Table, table=True):
    """A version of a package on one index."""

    __tablename__: ClassVar[str] = "release"
    __table_args__: ClassVar[tuple[object, ...]] = (UniqueConstraint("package_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    package_id: int = Field(
        sa_column=Column(ForeignKey("package.id", ondelete="CASCADE"), nullable=False)
    )
    version: str = Field(sa_column=Column(Text, nullable=False))
    """PEP 440 normalized."""
    first_seen_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    vanished_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    metadata_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    """When the metadata was read or found to be unreadable; None: it was never asked for."""
    metadata_problem: str | None = Field(default=None, sa_column=Column(Text))
    """Why the requirements are unknown; None: they are known, or were never asked for."""
    requires_python: str | None = Field(default=None, sa_column=Column(Text))
    """Of the metadata; each artifact has the index's word on it too."""
    provides_extra: str = Field(default="", sa_column=Column(Text, nullable=False))
    """Separated by blanks, in the order of the metadata."""


class ArtifactRow(Table, table=True):
    """A file of a release."""

    __tablename__: ClassVar[str] = "artifact"
    # The rows of one release lie together in the key's own tree: one lookup, and no second index.
    __table_args__: ClassVar[tuple[object, ...]] = ({"sqlite_with_rowid": False},)

    release_id: int = Field(
        sa_column=Column(
            ForeignKey("release.id", ondelete="CASCADE"), primary_key=True, nullable=False
        )
    )
    filename: str = Field(sa_column=Column(Text, primary_key=True, nullable=False))
    url: str = Field(sa_column=Column(Text, nullable=False))
    """Without credentials."""
    hashes: str = Field(sa_column=Column(Text, nullable=False))
    """`sha256:...`, several separated by blanks, sorted; empty when the index gives none."""
    size: int | None = Field(default=None, sa_column=Column(BigInteger))
    requires_python: str | None = Field(default=None, sa_column=Column(Text))
    yanked: str | None = Field(default=None, sa_column=Column(Text))
    """None: not yanked; else the reason, possibly empty (PEP 592)."""
    uploaded_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    metadata_hash: str | None = Field(default=None, sa_column=Column(Text))
    """PEP 658: a sha256, `yes`, `no`, or None when the index says nothing."""
    vanished_at: int | None = Field(default=None, sa_column=Column(BigInteger))


class RequirementRow(Table, table=True):
    """One `Requires-Dist` line of a release."""

    __tablename__: ClassVar[str] = "requirement"
    # By name: which releases require a package.
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index(None, "name"),
        {"sqlite_with_rowid": False},
    )

    release_id: int = Field(
        sa_column=Column(
            ForeignKey("release.id", ondelete="CASCADE"), primary_key=True, nullable=False
        )
    )
    position: int = Field(primary_key=True)
    """From 0, in the order of the metadata, which is the order of preference of the resolver."""
    name: str = Field(sa_column=Column(Text, nullable=False))
    """PEP 503 normalized."""
    text: str = Field(sa_column=Column(Text, nullable=False))
    """The line as written: name, extras, range, marker."""
