"""Which of a package's candidates a specifier holds, remembered per specifier. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.standards import VersionList

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["VersionMatcher"]


class VersionMatcher:
    """The candidates of one package."""

    __slots__ = ("_answers", "_list", "_versions")

    def __init__(self, versions: Sequence[str]) -> None:
        """Take PEP 440 normalized versions, in any order, no repeats."""
        self._versions = tuple(versions)
        self._list: VersionList | None = None
        self._answers: dict[str, tuple[str, ...]] = {"": self._versions}

    def matching(self, specifier: str) -> tuple[str, ...]:
        """Return the versions that the specifier holds, pre-releases included, newest first.

        For the empty specifier: all, in the order given. Raises ValueError when the specifier is not
        PEP 440.
        """
        answer = self._answers.get(specifier)
        if answer is None:
            if self._list is None:
                self._list = VersionList(self._versions)
            bits = int.from_bytes(self._list.match(specifier), "little")
            versions = self._list.versions
            found = []
            while bits:
                lowest = bits & -bits
                found.append(versions[lowest.bit_length() - 1])
                bits ^= lowest
            answer = self._answers[specifier] = tuple(found)
        return answer
