"""The tables of who locks what, and of what was advised. Shapes only, no queries.

    repository 1--* manifest 1--* membership *--1 pin *--1 locked_package
    repository 1--* advice

A pin is a release by name; `membership` turns "who locks it" into one walk along its key.
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field

from advisor_core.knowledge.table_base import Table

__all__ = [
    "AdviceRow",
    "ElsewhereRow",
    "LockedPackageRow",
    "ManifestRow",
    "MembershipRow",
    "PinRow",
    "RepositoryRow",
]


class RepositoryRow(Table, table=True):
    """A watched repository."""

    __tablename__: ClassVar[str] = "repository"
    __table_args__: ClassVar[tuple[object, ...]] = (Index(None, "installation_id"),)

    id: int | None = Field(default=None, primary_key=True)
    forge_id: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    """GitHub's number: names change, it does not."""
    installation_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    full_name: str = Field(sa_column=Column(Text, nullable=False))
    is_private: bool = Field(sa_column=Column(Boolean, nullable=False))
    seen_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class ManifestRow(Table, table=True):
    """A lockfile of a repository in one runtime environment, as its default branch has it."""

    __tablename__: ClassVar[str] = "manifest"
    __table_args__: ClassVar[tuple[object, ...]] = (
        UniqueConstraint("repository_id", "lockfile", "environment"),
    )

    id: int | None = Field(default=None, primary_key=True)
    repository_id: int = Field(
        sa_column=Column(ForeignKey("repository.id", ondelete="CASCADE"), nullable=False)
    )
    lockfile: str = Field(sa_column=Column(Text, nullable=False))
    """Its path in the repository."""
    environment: str = Field(sa_column=Column(Text, nullable=False))
    """The name that `.thoth.yaml` gives it; empty where none is declared."""
    commit_sha: str = Field(sa_column=Column(Text, nullable=False))
    seen_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class LockedPackageRow(Table, table=True):
    """A package that some lockfile names, whatever index it comes from."""

    __tablename__: ClassVar[str] = "locked_package"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    """PEP 503 normalized."""


class PinRow(Table, table=True):
    """A release that some lockfile names."""

    __tablename__: ClassVar[str] = "pin"
    __table_args__: ClassVar[tuple[object, ...]] = (UniqueConstraint("package_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    package_id: int = Field(sa_column=Column(ForeignKey("locked_package.id"), nullable=False))
    version: str = Field(sa_column=Column(Text, nullable=False))
    """PEP 440 normalized."""


class MembershipRow(Table, table=True):
    """A release in a lockfile. Of one package a lockfile has one in each environment."""

    __tablename__: ClassVar[str] = "membership"
    # By package, then repository: "who is affected" reads rows that lie together, and finds in the key
    # all that it counts. By manifest: to replace what a lockfile had.
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index(None, "manifest_id"),
        {"sqlite_with_rowid": False},
    )

    package_id: int = Field(primary_key=True)
    """That of the pin, repeated."""
    repository_id: int = Field(primary_key=True)
    """That of the manifest, repeated: repositories are counted without reading manifests. No reference
    of its own, which would be searched without an index when a repository goes."""
    manifest_id: int = Field(
        sa_column=Column(
            ForeignKey("manifest.id", ondelete="CASCADE"), primary_key=True, nullable=False
        )
    )
    pin_id: int = Field(sa_column=Column(ForeignKey("pin.id"), primary_key=True, nullable=False))


class ElsewhereRow(Table, table=True):
    """A package that a lockfile takes from another index than the one that is asked by default."""

    __tablename__: ClassVar[str] = "locked_elsewhere"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index(None, "index_url", "package_id"),
        {"sqlite_with_rowid": False},
    )

    package_id: int = Field(
        sa_column=Column(ForeignKey("locked_package.id"), primary_key=True, nullable=False)
    )
    manifest_id: int = Field(
        sa_column=Column(
            ForeignKey("manifest.id", ondelete="CASCADE"), primary_key=True, nullable=False
        )
    )
    index_url: str = Field(sa_column=Column(Text, nullable=False))
    """Of the simple API, without credentials and without a slash at the end."""


class AdviceRow(Table, table=True):
    """An advice that was given, with the problem that gives it again."""

    __tablename__: ClassVar[str] = "advice"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index(None, "repository_id", "created_at"),
        Index(None, "created_at"),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    """128 random bits, hexadecimal: it is part of an address that nobody can guess."""
    repository_id: int | None = Field(
        default=None, sa_column=Column(ForeignKey("repository.id", ondelete="CASCADE"))
    )
    """None: given on a command line."""
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    purpose: str = Field(sa_column=Column(Text, nullable=False))
    """`stable`, `security`, ...: what was asked for."""
    status: str = Field(sa_column=Column(Text, nullable=False))
    score: int | None = Field(default=None, sa_column=Column(BigInteger))
    upper_bound: int | None = Field(default=None, sa_column=Column(BigInteger))
    answer: str = Field(sa_column=Column(Text, nullable=False))
    """The JSON object of the advice."""
    problem: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """`thoth-problem/1`, gzip."""
