"""Keep how urgent a job is that nobody waits for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.add_column(
        "job", sa.Column("urgency", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    waits = sa.text("done < wanted")
    op.create_index(
        "ix_job_waiting", "job", ["urgency", "due_at"], sqlite_where=waits, postgresql_where=waits
    )
