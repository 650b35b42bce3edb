"""Bring the service's tables to the schema of this program, or refuse a newer one.

As `advisor_core.knowledge.migration` does for its own tables in the same database: Alembic steps in
one transaction under a lock, the revision in a version table of our own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from advisor_core.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from advisor_core.knowledge.database import Database

__all__ = ["VERSION_TABLE", "alembic_config", "migrate", "read_revision"]

VERSION_TABLE = "service_version"

_MIGRATION_LOCK = 0x7407_0002
"""Key of PostgreSQL's advisory lock while migrating."""


def migrate(database: Database) -> None:
    """Create or upgrade the tables if needed; raises StoreError for a schema newer than ours."""
    config = alembic_config()
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head()
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        revision = read_revision(connection)
        if revision == head:
            return
        if revision is not None and revision not in {
            step.revision for step in script.walk_revisions()
        }:
            raise StoreError(
                f"the service's tables in {database.display_url} were written by a newer program: "
                f"their schema is {revision!r}, this program's {head!r}",
                hint="update this program (`pip install --upgrade thoth-app`); nothing was changed",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def read_revision(connection: Connection) -> str | None:
    """Return the schema's revision, None for a database without our tables."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    table = sqlalchemy.table(VERSION_TABLE, sqlalchemy.column("version_num"))
    revision: str | None = connection.execute(sqlalchemy.select(table.c.version_num)).scalar()
    return revision


def alembic_config() -> Config:
    """Return the configuration by which Alembic finds the migrations, in a wheel too."""
    config = Config()
    folder = Path(__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config
