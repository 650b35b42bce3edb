"""Credentials of package indexes, encrypted: Fernet (https://github.com/fernet/spec) with `THOTH_SECRET_KEY`.

A row is for one origin (`https://pypi.example:8443`), and for one repository or for all of them. Without
the key nobody reads them: the database, its backups and its exports hold only tokens. The origin and the
repository are encrypted with the credentials, so that a row that somebody moves is no use.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import delete, insert, select, update

from advisor_core.errors import InputError, StoreError
from bot.store.tables import SecretRow, table_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from advisor_core.knowledge.database import Database

__all__ = ["EVERY_REPOSITORY", "Kept", "Secrets", "forget_secrets", "open_box"]

EVERY_REPOSITORY = ""
"""In the place of a repository's name."""

_SECRET = table_of(SecretRow)

_MOST_NAMES = 500
"""Of one statement: databases bound how many values it may have."""


@dataclass(frozen=True, slots=True)
class Kept:
    """That there are credentials; not which."""

    origin: str
    repository: str
    """`owner/name` in lower case, or EVERY_REPOSITORY."""
    kept_at: float


def open_box(key: str | None) -> MultiFernet:
    """Return what encrypts and decrypts: with the first of several keys, and with any of them.

    Several are separated by commas: so a key is replaced. Raises InputError without showing one.
    """
    hint = (
        'make one: python -c "from cryptography.fernet import Fernet; '
        'print(Fernet.generate_key().decode())"'
    )
    if not key:
        raise InputError.single(
            "THOTH_SECRET_KEY", "not set, so nothing can be kept secret", hint=hint
        )
    try:
        return MultiFernet([Fernet(each.strip()) for each in key.split(",")])
    except (ValueError, TypeError):
        raise InputError.single("THOTH_SECRET_KEY", "not a Fernet key", hint=hint) from None


def forget_secrets(connection: Connection, owner: str, names: Sequence[str]) -> None:
    """Drop the credentials for repositories of an owner (empty: nobody's), and for named ones.

    Those for every repository are the operator's and stay. No key is needed.
    """
    if owner:
        theirs = _SECRET.c.repository.startswith(f"{owner.lower()}/", autoescape=True)
        connection.execute(delete(_SECRET).where(theirs))
    named = sorted({name.lower() for name in names if name})
    for start in range(0, len(named), _MOST_NAMES):
        some = _SECRET.c.repository.in_(named[start : start + _MOST_NAMES])
        connection.execute(delete(_SECRET).where(some))


class Secrets:
    """The table of secrets. Every method blocks."""

    def __init__(
        self, database: Database, box: MultiFernet, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._box = box
        self._clock = clock

    def keep(self, origin: str, repository: str, user: str, password: str) -> None:
        """Keep credentials, in the place of those that were there."""
        repository = repository.lower()
        content = json.dumps([origin, repository, user, password]).encode()
        values = {"content": self._box.encrypt(content), "kept_at": self._clock()}
        here = (_SECRET.c.origin == origin, _SECRET.c.repository == repository)
        with self._database.write() as connection:
            if connection.execute(update(_SECRET).where(*here).values(values)).rowcount == 0:
                connection.execute(
                    insert(_SECRET).values(origin=origin, repository=repository, **values)
                )

    def remove(self, origin: str, repository: str) -> bool:
        """Forget credentials; return whether there were any."""
        here = (_SECRET.c.origin == origin, _SECRET.c.repository == repository.lower())
        with self._database.write() as connection:
            return connection.execute(delete(_SECRET).where(*here)).rowcount > 0

    def list(self) -> list[Kept]:
        """Return what is kept, sorted."""
        columns = (_SECRET.c.origin, _SECRET.c.repository, _SECRET.c.kept_at)
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).order_by(*columns)).all()
        return [Kept(*row) for row in rows]

    def of(self, repository: str) -> dict[str, tuple[str, str]]:
        """Return user and password by origin for a repository: its own before those for every one.

        Raises StoreError when a row cannot be decrypted with the key.
        """
        repository = repository.lower()
        wanted = _SECRET.c.repository.in_((EVERY_REPOSITORY, repository))
        columns = (_SECRET.c.origin, _SECRET.c.repository, _SECRET.c.content)
        with self._database.read() as connection:
            rows = connection.execute(
                select(*columns).where(wanted).order_by(_SECRET.c.repository)
            ).all()
        found = {}
        for origin, kept_for, content in rows:
            found[origin] = self._decrypt(origin, kept_for, content)
        return found

    def _decrypt(self, origin: str, repository: str, content: bytes) -> tuple[str, str]:
        try:
            said = json.loads(self._box.decrypt(content))
        except (InvalidToken, ValueError):
            said = None
        if not isinstance(said, list) or said[:2] != [origin, repository]:
            raise StoreError(
                f"the credentials for {origin} cannot be decrypted with THOTH_SECRET_KEY",
                hint="set the key that they were kept with, or keep them again: thoth-bot secret set",
            )
        return str(said[2]), str(said[3])
