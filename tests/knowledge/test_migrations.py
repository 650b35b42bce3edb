from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from advisor_core.errors import StoreError
from advisor_core.knowledge import Store
from advisor_core.knowledge.database import Database
from advisor_core.knowledge.migration import (
    HEAD_REVISION,
    MIGRATIONS,
    VERSION_TABLE,
    alembic_config,
    finish,
    migrate,
    read_revision,
    upgrade,
)
from advisor_core.knowledge.tables import METADATA

SCRIPTS = ScriptDirectory.from_config(alembic_config())
REVISIONS = sorted(step.revision for step in SCRIPTS.walk_revisions())


@pytest.fixture
def database(database_url):
    opened = Database(database_url)
    yield opened
    opened.close()


def fill_every_table(connection):
    """Put one row into every table as it is at the schema's present revision."""
    metadata = sqlalchemy.MetaData()
    metadata.reflect(connection)
    tables = [table for table in metadata.sorted_tables if table.name != VERSION_TABLE]
    for table in tables:
        row = {column.name: a_value(column) for column in table.columns}
        connection.execute(table.insert(), row)
    return {table.name for table in tables}


def a_value(column):
    kinds = (
        (sqlalchemy.Boolean, True),
        ((sqlalchemy.Integer, sqlalchemy.Float), 1),
        (sqlalchemy.LargeBinary, b"bytes"),
    )
    return next(
        (value for kind, value in kinds if isinstance(column.type, kind)), f"a {column.name}"
    )


def test_the_newest_migration_is_the_one_that_is_stated():
    assert SCRIPTS.get_heads() == [HEAD_REVISION]


def test_the_tables_are_what_the_migrations_make(database):
    with database.write() as connection:
        upgrade(connection)
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_server_default": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_on_sqlite_the_statements_are_the_same_to_the_letter(tmp_path):
    statements = []
    for name, build in (("migrated", upgrade), ("created", METADATA.create_all)):
        database = Database(f"sqlite:///{tmp_path}/{name}.db")
        with database.write() as connection:
            build(connection)
            rows = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
            )
            # A column that was added later stands in the line of the one before.
            statements.append(
                [(name, " ".join(sql.split())) for name, sql in rows if name != VERSION_TABLE]
            )
        database.close()
    assert statements[0] == statements[1]
    assert len(statements[0]) >= len(METADATA.tables)


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_every_revision_is_upgraded_with_its_data(database, database_url, revision):
    with database.write() as connection:
        upgrade(connection, revision)
    with database.write() as connection:
        filled = fill_every_table(connection)
    with Store.open(database_url) as store:
        counts = store.info().counts
        assert {name: counts[name] for name in filled} == dict.fromkeys(filled, 1)
    with database.read() as connection:
        assert read_revision(connection) == HEAD_REVISION


def test_a_migration_that_is_cut_off_leaves_the_database_as_it_was(database, database_url):
    def migrate_and_die():
        with database.write() as connection:
            upgrade(connection)
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        migrate_and_die()
    with database.read() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
    with Store.open(database_url) as store:
        assert store.info().revision == HEAD_REVISION


def test_a_newer_schema_is_refused_and_left_as_it_is(database, database_url):
    Store.open(database_url).close()
    with database.write() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
        fill_every_table(connection)
    with pytest.raises(StoreError, match="newer program") as caught:
        Store.open(database_url)
    assert "pip install --upgrade" in caught.value.hint
    with database.read() as connection:
        assert read_revision(connection) == "9999"
        assert connection.exec_driver_sql("SELECT count(*) FROM package").scalar() == 1


def test_several_that_open_a_new_database_at_once_all_succeed(database_url):
    errors = []

    def work():
        try:
            Store.open(database_url).close()
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_current_database_is_opened_without_alembic(tmp_path):
    url = f"sqlite:///{tmp_path}/knowledge.db"
    Store.open(url).close()
    code = (
        "import sys; from advisor_core.knowledge import Store\n"
        f"Store.open({url!r}).close(); sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_migrations_are_part_of_the_built_package(tmp_path):
    root = Path(__file__).parents[2]
    built = tmp_path / "built"
    build = "import setuptools; setuptools.setup()"
    arguments = [
        "-q",
        "egg_info",
        "--egg-base",
        str(tmp_path),
        "build_py",
        "--build-lib",
        str(built),
    ]
    subprocess.run([sys.executable, "-c", build, *arguments], cwd=root, check=True, timeout=60)
    code = (
        f"import sys; sys.path.insert(0, {str(built)!r})\n"
        "import advisor_core.knowledge as package\n"
        f"assert package.__file__.startswith({str(built)!r}), package.__file__\n"
        f"package.Store.open('sqlite:///{tmp_path}/knowledge.db').close()"
    )
    environment = {**os.environ, "THOTH_PURE": "1"}
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, timeout=60
    )


PRE = """
import sqlalchemy as sa
from alembic import op
revision = "{revision}"
down_revision = "{before}"
branch_labels = depends_on = None
phase = "{phase}"
def upgrade():
    {body}
"""

ADD = 'op.add_column("knowledge_cursor", sa.Column("note", sa.Text(), nullable=True))'
RAISE = (
    "op.execute(\"INSERT INTO knowledge_schema (oldest) VALUES ('9001')\"); "
    'op.drop_column("knowledge_cursor", "value")'
)


@pytest.fixture
def later_program(tmp_path):
    """The migrations of a later version of the program: one step before its deploy, one after."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for revision, before, phase, body in (
        ("9001", REVISIONS[-1], "pre", ADD),
        ("9002", "9001", "post", RAISE),
    ):
        text = PRE.format(revision=revision, before=before, phase=phase, body=body)
        (folder / "versions" / f"{revision}.py").write_text(text)
    return folder


def columns(database):
    with database.read() as connection:
        return {
            column["name"]
            for column in sqlalchemy.inspect(connection).get_columns("knowledge_cursor")
        }


def test_every_step_has_a_phase():
    assert {step.module.phase for step in SCRIPTS.walk_revisions()} <= {"pre", "post"}


def test_opening_adds_and_leaves_to_the_older_program_what_it_needs(
    database, database_url, later_program
):
    Store.open(database_url).close()
    migrate(database, folder=later_program)
    assert columns(database) == {"name", "value", "updated_at", "note"}
    with Store.open(database_url) as older:
        older.info()


def test_after_the_deploy_the_older_program_is_refused(database, database_url, later_program):
    migrate(database, folder=later_program)
    finish(database, folder=later_program)
    finish(database, folder=later_program)
    assert columns(database) == {"name", "updated_at", "note"}
    migrate(database, folder=later_program)
    with pytest.raises(StoreError, match="newer program"):
        Store.open(database_url)


def test_a_process_killed_while_migrating_leaves_the_database_as_it_was(tmp_path):
    path = tmp_path / "knowledge.db"
    url = f"sqlite:///{path}"
    opened = Database(url)
    with opened.write() as connection:
        upgrade(connection, "0001")
        fill_every_table(connection)
    opened.close()
    code = (
        "import os, signal\n"
        "from advisor_core.knowledge import Store, migration\n"
        "real = migration.upgrade\n"
        "def dying(*arguments, **options):\n"
        "    real(*arguments, **options)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "migration.upgrade = dying\n"
        f"Store.open({url!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    opened = Database(url)
    with opened.read() as connection:
        assert read_revision(connection) == "0001"
        assert not sqlalchemy.inspect(connection).has_table("advisory")
    opened.close()
    with Store.open(url) as store:
        assert store.info().counts["package"] == 1
