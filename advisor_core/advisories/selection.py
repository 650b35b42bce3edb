"""Some of the advisories of a source: those that are severe enough and that nobody has accepted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.advisories.severity import at_least

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.advisories.interface import Advisory, AdvisorySource, Severity

__all__ = ["SelectedAdvisories"]


class SelectedAdvisories:
    """An `AdvisorySource` of those of another one that count.

    One of unknown severity does: unknown is never taken for harmless.
    """

    def __init__(
        self, source: AdvisorySource, *, least_severity: Severity, accepted: Iterable[str] = ()
    ) -> None:
        """Leave out what is less severe, and `accepted`: advisories by any of their names."""
        self._source = source
        self._least = least_severity
        self._accepted = frozenset(accepted)

    @property
    def as_of(self) -> int | None:
        """Of when the newest imported data is."""
        return self._source.as_of

    def affecting(self, package: str, versions: Sequence[str]) -> list[list[Advisory]]:
        """Return, per version, the advisories that concern it and count."""
        return [
            [each for each in found if self._counts(each)]
            for found in self._source.affecting(package, versions)
        ]

    def describe(self, advisory: Advisory) -> str:
        """Return the releases that an advisory concerns in words."""
        return self._source.describe(advisory)

    def fixed_in(self, advisory: Advisory, versions: Sequence[str]) -> Sequence[str]:
        """Return those of `versions` that the advisory does not concern."""
        return self._source.fixed_in(advisory, versions)

    def _counts(self, advisory: Advisory) -> bool:
        return at_least(advisory.severity, self._least) and self._accepted.isdisjoint(
            (advisory.id, *advisory.aliases)
        )
