"""Every error the advisor raises on purpose.

    ThothError
    +-- InputError (also ValueError)          the input is wrong; exit code 2; holds all faults of it
    +-- IndexFailure (also OSError)           network or index failure; exit code 3
    |   +-- OfflineError                      the answer is not in the cache and the network is off
    +-- NoStackError                          no stack exists, proved; exit code 1
    +-- BudgetExceededError (also TimeoutError)   nothing found in the budget, nothing disproved; exit 4
    +-- StoreError                            the knowledge base cannot be used
    +-- ToolFailure                           the project's own tool did not write the lockfile

Exceptions hold data in attributes; the text is made from them.
"""

from __future__ import annotations

from advisor_core.values import dataclass

__all__ = [
    "BudgetExceededError",
    "Fault",
    "IndexFailure",
    "InputError",
    "NoStackError",
    "OfflineError",
    "StoreError",
    "ThothError",
    "ToolFailure",
    "message_and_hint",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one input, with the place and the fix."""

    place: str
    """File, then line or key: `Pipfile:7`, `.thoth.yaml: runtime_environments[0].name`."""

    message: str
    """What is wrong: lower case, no final full stop, the offending value last and repr'd."""

    hint: str = ""
    """What to do about it; empty when the message already says so."""

    def __str__(self) -> str:
        """Return `place: message`, and the hint on a line of its own."""
        text = f"{self.place}: {self.message}"
        return f"{text}\n  hint: {self.hint}" if self.hint else text


class ThothError(Exception):
    """Something the advisor cannot do."""

    exit_code = 1

    hint: str = ""
    """What the reader can do next; empty when the message says it."""

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        super().__init__(message or self.__class__.__doc__ or "")
        self.hint = hint


class InputError(ThothError, ValueError):
    """The input is wrong. Holds every fault found in it, never only the first."""

    exit_code = 2

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
        """Pickle by the faults: jobs keep errors in a database."""
        return type(self), (self.faults,)

    @classmethod
    def single(cls, place: str, message: str, *, hint: str = "") -> InputError:
        """Return an error with exactly one fault."""
        return cls((Fault(place, message, hint),))


class IndexFailure(ThothError, OSError):  # noqa: N818 - the word of the design
    """The package index or the network failed, or the index lied."""

    exit_code = 3


class OfflineError(IndexFailure):
    """The answer is not in the cache and the network may not be used."""


class NoStackError(ThothError):
    """No stack satisfies the requirements: proved, with the explanation as message."""

    exit_code = 1


class BudgetExceededError(ThothError, TimeoutError):
    """No stack was found within the budget, and none was disproved."""

    exit_code = 4


class StoreError(ThothError):
    """The knowledge base cannot be used as asked."""

    exit_code = 2


class ToolFailure(ThothError):  # noqa: N818 - as above
    """The project's own tool did not write the lockfile."""

    exit_code = 2


def message_and_hint(error: ThothError) -> tuple[str, str]:
    """Return what a program reads of an error: what is wrong, and apart from it what to do."""
    if not isinstance(error, InputError):
        return str(error), error.hint
    message = "\n".join(f"{fault.place}: {fault.message}" for fault in error.faults)
    hints = dict.fromkeys(fault.hint for fault in error.faults if fault.hint)
    return message, "\n".join(hints)
