"""What an advisory is, and where the advisories of a package come from. Values and a port, no I/O.

An advisory in the terms of OSV (https://ossf.github.io/osv-schema/) says which releases of one package
have a known vulnerability:

    PYSEC-2024-1, also CVE-2024-1: `flask` from 0 until fixed in 2.2.5, severity high

That there is no advisory of a package means that none is known: it is shown as unknown where no data
was imported, and never as clean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Advisory", "AdvisorySource", "Severity"]

Severity = Literal["unknown", "low", "medium", "high", "critical"]
"""The qualitative scale of CVSS v3.1 section 5; `unknown` when the advisory gives no vector."""


@dataclass(frozen=True, slots=True)
class Advisory:
    """One advisory, as far as it concerns one package; aliases that say the same are merged into it."""

    id: str
    """The identifier it is known by here: `PYSEC-2024-1`."""
    package: str
    """PEP 503 normalized."""
    aliases: tuple[str, ...] = ()
    """Other identifiers of the same vulnerability, sorted: `CVE-2024-1`, `GHSA-...`."""
    summary: str = ""
    """One line. May be hostile: escape."""
    severity: Severity = "unknown"
    link: str = ""
    """An https address where it can be read."""
    published_at: int | None = None
    """Epoch seconds (UTC)."""
    modified_at: int | None = None
    """Epoch seconds (UTC)."""
    withdrawn: bool = False
    """Withdrawn ones concern no release; they are kept to tell that they once did."""


class AdvisorySource(Protocol):
    """Whoever knows advisories: the knowledge base, or a table in a test."""

    @property
    def as_of(self) -> int | None:
        """Of when the newest imported data is (epoch seconds); None: nothing was ever imported.

        The newest change in the data rather than the moment of the import: an old file stays old.
        """

    def affecting(self, package: str, versions: Sequence[str]) -> Sequence[Sequence[Advisory]]:
        """Return, per version (PEP 440 normalized, as given), the advisories that concern it.

        `package` is PEP 503 normalized. Withdrawn advisories are left out. Parallel to `versions`.
        """

    def describe(self, advisory: Advisory) -> str:
        """Return the releases that it concerns in words: `<2.2.5, or >=3 and <3.1`; empty: not known.

        Of versions that are PEP 440 alone.
        """

    def fixed_in(self, advisory: Advisory, versions: Sequence[str]) -> Sequence[str]:
        """Return those of `versions` that the advisory does not concern, in the order given."""
