"""Reads a file of another repository: the configuration that an owner's repositories share."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from advisor_core.errors import InputError
from bot.conversation.quoting import plain
from bot.errors import BrokenError, NotFoundError, PermissionMissingError

if TYPE_CHECKING:
    from bot.github.client import Client

__all__ = ["read_shared"]

_LARGEST: Final = 1_000_000
"""Bytes; GitHub gives larger files in no answer of this kind, and a configuration is some kilobytes."""


class _ContentAnswer(msgspec.Struct, frozen=True):
    type: str
    size: int = 0
    encoding: str = ""
    content: str = ""


async def read_shared(client: Client, full_name: str, path: str) -> bytes | None:
    """Return a file on the default branch, None when it is not there or not for the App to read.

    Raises InputError when it is no regular file or too large, GitHubError.
    """
    place = f"/repos/{quote(full_name)}/contents/{quote(path)}"
    try:
        answer: object = await client.get(place, object)
    except (NotFoundError, PermissionMissingError):
        return None
    where = plain(f"{full_name}/{path}")
    try:
        found = msgspec.convert(answer, _ContentAnswer)
    except msgspec.ValidationError:  # a folder is a list
        found = _ContentAnswer("dir")
    if found.type != "file":
        raise InputError.single(where, "not a regular file")
    if found.size > _LARGEST or found.encoding != "base64":
        raise InputError.single(
            where, f"the file is too large: {found.size} bytes", hint=f"keep it below {_LARGEST}"
        )
    try:
        return base64.b64decode(found.content)
    except binascii.Error as error:
        raise BrokenError(f"GET {place}", "the content is not base64") from error
