"""Bring a database to the schema of this program, step by step, or refuse a newer one.

The steps are Alembic migrations in `migrations/versions`, packaged with the program. A database
knows its revision in the table `knowledge_version`. All steps run in one transaction under a lock:
a killed or failed migration leaves the database as it was, and of two processes the second finds
the work done.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy
from sqlalchemy import inspect, text

from advisor_core.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

    from advisor_core.knowledge.database import Database

__all__ = ["HEAD_REVISION", "VERSION_TABLE", "alembic_config", "migrate", "read_revision"]

HEAD_REVISION = "0002"
"""Of the newest migration. Stated here too, so that a current database is opened without Alembic,
whose import takes longer than everything else; a test holds the two together."""

VERSION_TABLE = "knowledge_version"
"""A name of our own: other parts may keep tables and migrations in the same database."""

_MIGRATION_LOCK = 0x7407_0001
"""Key of PostgreSQL's advisory lock while migrating."""


def migrate(database: Database) -> None:
    """Create or upgrade the tables if needed; raises StoreError for a schema newer than ours."""
    with database.read() as connection:
        if read_revision(connection) == HEAD_REVISION:
            return
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        revision = read_revision(connection)
        if revision != HEAD_REVISION:
            _check_known(revision, database)
            upgrade(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to the revision in the connection's transaction."""
    from alembic import command  # noqa: PLC0415 - slow to import, and rarely needed

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def read_revision(connection: Connection) -> str | None:
    """Return the schema's revision, None for a database without our tables."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    table = sqlalchemy.table(VERSION_TABLE, sqlalchemy.column("version_num"))
    revision: str | None = connection.execute(sqlalchemy.select(table.c.version_num)).scalar()
    return revision


def alembic_config() -> Config:
    """Return the configuration by which Alembic finds the migrations, in a wheel too."""
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    folder = Path(__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def _check_known(revision: str | None, database: Database) -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    known = {
        step.revision for step in ScriptDirectory.from_config(alembic_config()).walk_revisions()
    }
    if revision is not None and revision not in known:
        raise StoreError(
            f"the knowledge base {database.display_url} was written by a newer program: its schema "
            f"is {revision!r}, this program's {HEAD_REVISION!r}",
            hint="update this program (`pip install --upgrade thoth-app`); nothing was changed",
        )
