"""Create the tables of the pace of writing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "pace",
        sa.Column("installation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("held_until", sa.Float(), nullable=False),
        sa.Column("written_at", sa.Float(), nullable=False),
        sa.Column("closed_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", name="pk_pace"),
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "write",
        sa.Column("id", number, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.Float(), nullable=False),
    )
    op.create_index(
        "ix_write_installation_id_written_at", "write", ["installation_id", "written_at"]
    )
