"""What Alembic runs for every command: on the connection it was given, in its transaction."""

from __future__ import annotations

from alembic import context

from bot.store.migration import VERSION_TABLE
from bot.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # also on SQLite: see advisor_core.knowledge.database
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
