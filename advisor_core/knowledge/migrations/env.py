"""What Alembic runs for every command: on the connection it was given, in its transaction."""

from __future__ import annotations

from alembic import context

from advisor_core.knowledge.migration import VERSION_TABLE
from advisor_core.knowledge.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    # Alembic takes SQLite's DDL for not transactional because of the driver's habits, which
    # `advisor_core.knowledge.database` turns off: a failed step is rolled back there too.
    transactional_ddl=True,
    # SQLite alters a table by copying it.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
