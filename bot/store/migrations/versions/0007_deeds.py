"""Create the table of deeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "deed",
        sa.Column("id", number, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("repository_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("done_at", sa.Float(), nullable=False),
    )
    op.create_index("ix_deed_repository_id_done_at", "deed", ["repository_id", "done_at"])
