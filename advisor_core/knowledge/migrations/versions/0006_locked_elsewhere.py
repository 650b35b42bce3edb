"""Say which packages lockfiles take from another index than the one that is asked by default."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "locked_elsewhere",
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("manifest_id", sa.Integer(), nullable=False),
        sa.Column("index_url", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("package_id", "manifest_id", name="pk_locked_elsewhere"),
        sa.ForeignKeyConstraint(
            ["package_id"], ["locked_package.id"], name="fk_locked_elsewhere_package_id"
        ),
        sa.ForeignKeyConstraint(
            ["manifest_id"],
            ["manifest.id"],
            name="fk_locked_elsewhere_manifest_id",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_locked_elsewhere_index_url_package_id", "locked_elsewhere", ["index_url", "package_id"]
    )
