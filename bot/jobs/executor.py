"""Names of workers, and whether the worker with a name can still be alive."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass

__all__ = ["Executor"]


@dataclass(frozen=True, slots=True)
class Executor:
    """A worker process: where it runs, its number there, and a token for this very start."""

    place: str
    """Host and, on Linux, the namespace of process numbers: containers may share a host name."""
    process_id: int
    token: str

    @classmethod
    def current(cls) -> Executor:
        """Return a name for this process; a new one each time."""
        try:
            namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - the text, not a path
        except OSError:
            namespace = ""
        host = socket.gethostname().replace("/", "-")[:100]
        return cls(f"{host}~{namespace}", os.getpid(), secrets.token_hex(4))

    @classmethod
    def parse(cls, text: str) -> Executor | None:
        """Return the worker that `str` names, None when the text is no such name."""
        place, _, rest = text.partition("/")
        number, _, token = rest.partition("/")
        return cls(place, int(number), token) if number.isdecimal() and token else None

    def __str__(self) -> str:
        """Return the name."""
        return f"{self.place}/{self.process_id}/{self.token}"

    def sees_gone(self, other: Executor) -> bool:
        """Return whether another worker has certainly ended: it ran here, and its process is gone."""
        if other.place != self.place or other == self:
            return False
        if other.process_id == self.process_id:
            return True
        try:
            os.kill(other.process_id, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False
