"""Bring a database to the schema of this program, step by step, or refuse one it cannot read.

The steps are Alembic migrations in `migrations/versions`, packaged with the program. A database
knows its revision in the table `knowledge_version`. All steps of one call run in one transaction under a
lock: a killed or failed migration leaves the database as it was, and of two processes the second finds
the work done.

Each step has a phase, so that a fleet is updated without a stop:

- `pre` only adds. Opening a database does these: programs of the version before go on meanwhile.
- `post` takes away what only older programs used, and raises `knowledge_schema.oldest`. It is done when
  no older program runs any more: by `finish`, or on the way to later `pre` steps.

A landed step is never edited.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy
from sqlalchemy import inspect, text

from advisor_core.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection

    from advisor_core.knowledge.database import Database

__all__ = [
    "HEAD_REVISION",
    "MIGRATIONS",
    "VERSION_TABLE",
    "alembic_config",
    "finish",
    "migrate",
    "read_revision",
    "upgrade",
]

HEAD_REVISION = "0006"
"""Of the newest `pre` migration. Stated here too, so that a current database is opened without Alembic,
whose import takes longer than everything else; a test holds the two together."""

VERSION_TABLE = "knowledge_version"
"""A name of our own: other parts may keep tables and migrations in the same database."""

MIGRATIONS = Path(__file__).with_name("migrations")

_FIRST_SAID = "0003"
"""The revision that made `knowledge_schema`; until a `post` step says otherwise, programs from it on can
read the tables."""

_MIGRATION_LOCK = 0x7407_0001
"""Key of PostgreSQL's advisory lock while migrating."""


def migrate(database: Database, *, folder: Path = MIGRATIONS) -> None:
    """Create or upgrade the tables if needed, `pre` steps alone.

    Raises StoreError for a schema that this program cannot read; then nothing was changed.
    """
    head = HEAD_REVISION if folder == MIGRATIONS else _newest(_script(folder), "pre")
    with database.read() as connection:
        if read_revision(connection) == head:
            return
    _run(database, folder, "pre")


def finish(database: Database, *, folder: Path = MIGRATIONS) -> None:
    """Do the `post` steps that are left. No program of an older version may be running.

    Raises StoreError as `migrate` does.
    """
    _run(database, folder, "post")


def upgrade(connection: Connection, revision: str = "head", *, folder: Path = MIGRATIONS) -> None:
    """Run the migrations up to the revision in the connection's transaction."""
    from alembic import command  # noqa: PLC0415 - slow to import, and rarely needed

    config = alembic_config(folder)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def read_revision(connection: Connection) -> str | None:
    """Return the schema's revision, None for a database without our tables."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    table = sqlalchemy.table(VERSION_TABLE, sqlalchemy.column("version_num"))
    revision: str | None = connection.execute(sqlalchemy.select(table.c.version_num)).scalar()
    return revision


def alembic_config(folder: Path = MIGRATIONS) -> Config:
    """Return the configuration by which Alembic finds the migrations, in a wheel too."""
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def _run(database: Database, folder: Path, phase: str) -> None:
    script = _script(folder)
    order = _order(script)
    target = _newest(script, phase) if phase == "pre" else order[-1]
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        revision = read_revision(connection)
        if revision is not None and revision not in order:
            _check_readable(connection, database, revision, order[-1])
            return
        done = -1 if revision is None else order.index(revision)
        if done < order.index(target):
            upgrade(connection, target, folder=folder)


def _check_readable(connection: Connection, database: Database, revision: str, newest: str) -> None:
    """Raise StoreError unless a newer program says that programs like this one still understand it."""
    if inspect(connection).has_table("knowledge_schema"):
        oldest = connection.execute(text("SELECT max(oldest) FROM knowledge_schema")).scalar()
        readable = newest >= (oldest or _FIRST_SAID)
    else:
        readable = False
    if not readable:
        raise StoreError(
            f"the knowledge base {database.display_url} was written by a newer program: its schema "
            f"is {revision!r}, this program's {newest!r}",
            hint="update this program (`pip install --upgrade thoth-app`); nothing was changed",
        )


def _script(folder: Path) -> ScriptDirectory:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return ScriptDirectory.from_config(alembic_config(folder))


def _order(script: ScriptDirectory) -> list[str]:
    """Return every revision, oldest first: they are one line."""
    return [step.revision for step in script.walk_revisions()][::-1]


def _newest(script: ScriptDirectory, phase: str) -> str:
    return next(step.revision for step in script.walk_revisions() if step.module.phase == phase)
