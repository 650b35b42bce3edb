"""Count observations of a package without looking at each: an index that has all that is counted."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Go one step up."""
    op.create_index(
        "ix_observation_counted",
        "observation",
        [
            "package",
            "other_package",
            "version",
            "outcome",
            "environment_id",
            "installation_id",
            "kind",
            "weight",
            "count",
        ],
    )
