"""Say of observations who made them, of which commit, and how much each weighs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Go one step up."""
    op.add_column("observation", sa.Column("voter", sa.Text(), nullable=True))
    op.add_column("observation", sa.Column("repository_id", sa.BigInteger(), nullable=True))
    op.add_column("observation", sa.Column("commit_sha", sa.Text(), nullable=True))
    op.add_column("observation", sa.Column("lock_digest", sa.Text(), nullable=True))
    op.add_column("observation", sa.Column("weight", sa.Integer(), nullable=True))
    op.create_index("ix_observation_repository_id", "observation", ["repository_id"])
