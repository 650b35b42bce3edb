"""Keep when an installation's next job begins that nobody waits for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.add_column(
        "pace", sa.Column("next_job_at", sa.Float(), nullable=False, server_default=sa.text("0"))
    )
