"""`thoth-bot secret set|list|remove`: credentials of package indexes, kept encrypted.

User and password come from standard input, never from the command line, which others on the machine
can see: asked for at a terminal, else two lines.
"""

from __future__ import annotations

import contextlib
import getpass
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.index.credentials import origin_of
from bot.commands.service import load_settings
from bot.store.secrets import EVERY_REPOSITORY, Secrets, open_box
from bot.store.service import ServiceStore

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read_origin", "run_secret"]

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_PORTS = {"http": 80, "https": 443}


def run_secret(action: str, origin: str | None, repository: str | None) -> int:
    """Do what is asked; return the exit code. Raises InputError."""
    if repository is not None and not _REPOSITORY.fullmatch(repository):
        raise InputError.single(
            "--repository", f"not a repository: {repository!r}", hint="write it as OWNER/NAME"
        )
    place = repository or EVERY_REPOSITORY
    with _open() as secrets:
        if action == "list" or origin is None:
            for kept in secrets.list():
                day = datetime.fromtimestamp(kept.kept_at, UTC).date()
                sys.stdout.write(f"{kept.origin}  {kept.repository or 'every repository'}  {day}\n")
            return 0
        origin = read_origin(origin)
        if action == "remove":
            if not secrets.remove(origin, place):
                raise InputError.single(
                    origin, "nothing is kept for it", hint="thoth-bot secret list"
                )
            sys.stdout.write(f"forgotten: {origin}\n")
            return 0
        user, password = _ask()
        secrets.keep(origin, place, user, password)
    sys.stdout.write(f"kept: {origin} for {repository or 'every repository'}\n")
    return 0


def read_origin(text: str) -> str:
    """Return an origin as it is kept: `https://host`, or `https://host:port` when the port is special.

    Of an index's address everything after the host is left out. Raises InputError.
    """
    hint = "write it as https://pypi.example"
    if "@" in text:
        raise InputError.single(
            "ORIGIN", "holds a user or a password, which others see on a command line", hint=hint
        )
    try:
        scheme, host, port = origin_of(text)
    except ValueError as exc:
        raise InputError.single("ORIGIN", f"not an http or https URL: {text!r}", hint=hint) from exc
    named = f"[{host}]" if ":" in host else host
    return f"{scheme}://{named}" + ("" if _PORTS[scheme] == port else f":{port}")


@contextlib.contextmanager
def _open() -> Iterator[Secrets]:
    settings = load_settings()
    box = open_box(settings.secret_key)
    with contextlib.closing(ServiceStore.open(settings.database_url)) as store:
        yield Secrets(store.database, box)


def _ask() -> tuple[str, str]:
    if sys.stdin.isatty():
        sys.stderr.write("user: ")
        sys.stderr.flush()
        user = sys.stdin.readline().strip()
        password = getpass.getpass("password: ")
    else:
        user, password = (sys.stdin.readline().rstrip("\r\n") for _ in range(2))
    if not user and not password:
        raise InputError.single(
            "standard input",
            "no user and no password",
            hint="write the user, then the password, each on a line of its own",
        )
    return user, password
