"""Create the tables of turns and chores."""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up. What is known already has its turn within a day, spread over it."""
    op.create_table(
        "turn",
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("repository_id", name="pk_turn"),
    )
    op.create_index("ix_turn_due_at", "turn", ["due_at"])
    op.create_table(
        "chore",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_chore"),
    )
    names = ("kind", "repository_id", "installation_id", "full_name")
    job = sa.table("job", *(sa.column(name) for name in names))
    columns = ("repository_id", "installation_id", "full_name", "due_at")
    turn = sa.table("turn", *(sa.column(name) for name in columns))
    spread = sa.literal(time.time()) + job.c.repository_id % 86_400
    known = sa.select(job.c.repository_id, job.c.installation_id, job.c.full_name, spread).where(
        job.c.kind == "update",
        job.c.repository_id.is_not(None),
        job.c.installation_id != 0,
        job.c.full_name.is_not(None),
    )
    op.execute(sa.insert(turn).from_select(columns, known))
