"""Collecting every fault of one input, and showing hostile text safely."""

from __future__ import annotations

import re

from advisor_core.errors import Fault, InputError
from advisor_core.manifests.interface import MAX_FILE_BYTES

__all__ = ["FaultCollector", "decode_text", "require_size", "shown"]

_MAX_FAULTS = 100
"""Faults reported of one input. Past it only their number is told: they repeat themselves."""

_MAX_SHOWN = 120
"""Characters of a foreign value repeated in a message; the rest is cut."""


_MAX_LOOKED_AT = 4096
"""Characters of a value in which addresses are looked for; no user and password is as long."""

_USERINFO = re.compile(r"://[^\s/@]*@(?:[^\s/@]*@)*")


def shown(value: object) -> str:
    """Return a foreign value for a message: repr'd, so without control characters, and cut.

    User and password of addresses in it are left out.
    """
    if isinstance(value, str):
        text = repr(_USERINFO.sub("://***@", value[:_MAX_LOOKED_AT])[: 2 * _MAX_SHOWN])
    else:
        text = _USERINFO.sub("://***@", repr(value)[:_MAX_LOOKED_AT])
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."


class FaultCollector:
    """Gathers the faults of one input and raises them together."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._left_out = 0

    def __bool__(self) -> bool:
        """Whether a fault was added."""
        return bool(self._faults)

    def add(self, place: object, message: str, *, hint: str = "") -> None:
        """Add one fault; `place` is shown with `str`."""
        fault = Fault(str(place), message, hint)
        if len(self._faults) >= _MAX_FAULTS:
            self._left_out += 1
        elif fault not in self._faults:
            self._faults.append(fault)

    def extend(self, error: InputError) -> None:
        """Add every fault of another error."""
        for fault in error.faults:
            self.add(fault.place, fault.message, hint=fault.hint)

    def listed(self) -> tuple[Fault, ...]:
        """Return the faults so far."""
        return tuple(self._faults)

    def raise_if_any(self) -> None:
        """Raise InputError with all faults; return when there are none."""
        if not self._faults:
            return
        if self._left_out:
            last = self._faults[-1].place
            hint = "correct those above, then run again to see the rest"
            self._faults.append(Fault(last, f"{self._left_out} more faults", hint))
        raise InputError(tuple(self._faults))


def require_size(path: str, data: bytes) -> None:
    """Raise InputError when a file is larger than any real manifest or lockfile."""
    if len(data) > MAX_FILE_BYTES:
        raise InputError.single(
            path,
            f"larger than {MAX_FILE_BYTES // 1_000_000} MB: {len(data)} bytes",
            hint="a manifest or lockfile of this size is not read; split it",
        )


def decode_text(path: str, data: bytes) -> str:
    """Return UTF-8 text without its byte order mark. Raises InputError when it is not UTF-8."""
    require_size(path, data)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise InputError.single(
            f"{path}:{line}",
            f"not UTF-8: byte {data[exc.start]:#04x} at offset {exc.start}",
            hint="save the file as UTF-8",
        ) from exc
