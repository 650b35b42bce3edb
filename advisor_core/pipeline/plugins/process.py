"""What runs in the child: one unit of another package, asked over pipes.

    python -P -m advisor_core.pipeline.plugins.process

Messages come pickled, from the parent, which is trusted; answers go as JSON (`wire`). What the unit
prints goes nowhere: standard output is the way back.
"""

from __future__ import annotations

import importlib
import inspect
import os
import pickle
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from advisor_core.pipeline.configuration import check_configuration
from advisor_core.pipeline.plugins.child import LENGTH
from advisor_core.pipeline.plugins.wire import to_plain
from advisor_core.pipeline.units.interface import Stride, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from advisor_core.pipeline.interface import Context

__all__ = ["main"]

_MEMORY_BYTES = 4 * 1024**3
"""Of address space, where the system can limit it: a unit that runs away fails, not the machine."""


def main() -> None:
    """Answer until the parent closes the pipe."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    stream = sys.stdin.buffer
    back = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    host = _Host()
    while True:
        head = stream.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return
        operation, arguments = pickle.loads(stream.read(*LENGTH.unpack(head)))  # noqa: S301 - see above
        _answer(back, host.operations[operation], arguments)


def _answer(back: BinaryIO, function: Callable[..., object], arguments: Sequence[object]) -> None:
    try:
        body = msgspec.json.encode({"answer": to_plain(function(*arguments))})
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - the boundary between the unit and the run
        body = msgspec.json.encode({"error": f"{type(exc).__name__}: {exc}"[:1000]})
    back.write(LENGTH.pack(len(body)) + body)
    back.flush()


def _be_ready() -> object:
    """Answer that everything but the unit is imported."""
    return None


class _Host:
    """The uses of the unit."""

    def __init__(self) -> None:
        self._units: list[Unit] = []
        self.operations: Mapping[str, Callable[..., object]] = {
            "ready": _be_ready,
            "start": self.start,
            "run": self.run,
            "run_one": self.run_one,
            "terms": self.terms,
        }

    def start(
        self,
        target: str,
        name: str,
        context: Context,
        configurations: Sequence[Mapping[str, object]] | None,
    ) -> object:
        """Import the unit and make its uses; return kind and packages of each, its file, and faults."""
        module, _, attribute = target.partition(":")
        cls = getattr(importlib.import_module(module), attribute)
        if not isinstance(cls, type) or not issubclass(cls, Unit) or not hasattr(cls, "kind"):
            raise TypeError(f"{target} is not a unit")
        if configurations is None:
            configurations = list(cls.should_include(context))
        faults: list[object] = []
        for position, given in enumerate(configurations):
            place = f"advice.units.{name}" + (f"[{position}]" if len(configurations) > 1 else "")
            checked, wrong = check_configuration(cls.options, given, place=place)
            faults += [(fault.place, fault.message, fault.hint) for fault in wrong]
            if not wrong:
                self._units.append(cls(context, checked))
        uses = [(unit.kind, unit.packages) for unit in self._units]
        return uses, inspect.getfile(cls), faults

    def run(self, number: int, *arguments: object) -> object:
        """Return all that the unit yields."""
        unit = self._units[number]
        return list(unit.run(*arguments))  # type: ignore[attr-defined] # each family has one

    def run_one(self, number: int, *arguments: object) -> object:
        """Return what the unit returns."""
        unit = self._units[number]
        assert isinstance(unit, Stride)  # noqa: S101 - only strides are asked so
        return unit.run(*arguments)  # type: ignore[arg-type] # a FinalStack

    def terms(self, number: int) -> object:
        """Return the terms of a step."""
        return list(self._units[number].terms())  # type: ignore[attr-defined] # only steps are asked


if __name__ == "__main__":
    main()
