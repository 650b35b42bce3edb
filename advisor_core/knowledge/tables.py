"""The tables of the knowledge base: what package indexes and advisories said. Shapes only, no queries.

    package_index 1--* package 1--* release 1--* artifact
                                       `--* requirement
    advisory_import 1--* advisory 1--* advisory_package

A release's requirements are kept as the ranges that its metadata states, never expanded into pairs
of releases: a new release of anything changes no row of what depends on it. Nothing is deleted when
an index stops listing it; `vanished_at` says when that was noticed. Times are epoch seconds (UTC).
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Index, MetaData, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

__all__ = [
    "METADATA",
    "AdvisoryImportRow",
    "AdvisoryPackageRow",
    "AdvisoryRow",
    "ArtifactRow",
    "IndexRow",
    "PackageRow",
    "ReleaseRow",
    "RequirementRow",
]

METADATA = MetaData(
    naming_convention={
        # Named by rule, so that a later migration can name what it alters, on both databases.
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class _Table(SQLModel):
    """Base of every table here: their own metadata, apart from tables of other parts."""

    metadata: ClassVar[MetaData] = METADATA


class IndexRow(_Table, table=True):
    """A package index."""

    __tablename__: ClassVar[str] = "package_index"

    id: int | None = Field(default=None, primary_key=True)
    url: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    """Of the simple API, without credentials and without a slash at the end."""
    first_seen_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class PackageRow(_Table, table=True):
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


class ReleaseRow(_Table, table=True):
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


class ArtifactRow(_Table, table=True):
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


class RequirementRow(_Table, table=True):
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


class AdvisoryImportRow(_Table, table=True):
    """One import of advisories that was kept, whether it brought something new or not."""

    __tablename__: ClassVar[str] = "advisory_import"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_column=Column(Text, nullable=False))
    """The path or URL, without credentials."""
    imported_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    data_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Of when the data is: the newest change in it, never after the import."""
    documents: int = Field(nullable=False)
    added: int = Field(nullable=False)
    changed: int = Field(nullable=False)


class AdvisoryRow(_Table, table=True):
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


class AdvisoryPackageRow(_Table, table=True):
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
