"""Create the table of tallies; keep when a job began, and what GitHub said of its limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "tally",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name="pk_tally"),
    )
    op.add_column("job", sa.Column("begun_at", sa.Float(), nullable=True))
    op.add_column("pace", sa.Column("requests_left", sa.Integer(), nullable=True))
    op.add_column("pace", sa.Column("resets_at", sa.Float(), nullable=True))
