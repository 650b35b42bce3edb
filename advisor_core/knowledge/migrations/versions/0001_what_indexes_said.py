"""Create the tables of what package indexes said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "package_index",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_package_index"),
        sa.UniqueConstraint("url", name="uq_package_index_url"),
    )
    op.create_table(
        "package",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_package"),
        sa.UniqueConstraint("index_id", "name", name="uq_package_index_id_name"),
        sa.ForeignKeyConstraint(["index_id"], ["package_index.id"], name="fk_package_index_id"),
    )
    op.create_index("ix_package_name", "package", ["name"])
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("vanished_at", sa.BigInteger(), nullable=True),
        sa.Column("metadata_at", sa.BigInteger(), nullable=True),
        sa.Column("metadata_problem", sa.Text(), nullable=True),
        sa.Column("requires_python", sa.Text(), nullable=True),
        sa.Column("provides_extra", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_release"),
        sa.UniqueConstraint("package_id", "version", name="uq_release_package_id_version"),
        sa.ForeignKeyConstraint(
            ["package_id"], ["package.id"], name="fk_release_package_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "artifact",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("hashes", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("requires_python", sa.Text(), nullable=True),
        sa.Column("yanked", sa.Text(), nullable=True),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=True),
        sa.Column("metadata_hash", sa.Text(), nullable=True),
        sa.Column("vanished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("release_id", "filename", name="pk_artifact"),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name="fk_artifact_release_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "requirement",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("release_id", "position", name="pk_requirement"),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name="fk_requirement_release_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_requirement_name", "requirement", ["name"])
