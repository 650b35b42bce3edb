"""Removes releases with a known vulnerability.

Thoth's `CveSieve`, which ran for the type `security`. Manual here: that type compares stacks by their
vulnerabilities before anything else, which finds the least vulnerable stack also where none is free of
them; a sieve would find nothing. Releases without a known vulnerability are unknown, and stay.
The label `allow-cve` names advisories that are accepted, separated by commas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.interface import Removal
from advisor_core.pipeline.units.interface import Option, Sieve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.advisories.interface import Advisory
    from advisor_core.pipeline.interface import PackageCandidates

__all__ = ["CveSieve"]

_SEVERITIES = ("low", "medium", "high", "critical")


class CveSieve(Sieve):
    """Removes what has an advisory of at least a severity."""

    manual = True
    options: ClassVar[Mapping[str, Option]] = {
        "package_name": Option("package", help="only this package; all when not given"),
        "severity": Option(
            "choice", "low", choices=_SEVERITIES, help="the least one; unknown ones count as it"
        ),
        "allow": Option("texts", (), help="advisories that are accepted, by any of their names"),
    }

    def run(self, package: PackageCandidates) -> Iterable[Removal]:
        """Return the vulnerable releases, each with its worst advisory."""
        allowed = {*self.texts("allow"), *self.context.labels.get("allow-cve", "").split(",")}
        allowed = {name.strip() for name in allowed}
        for release in package.releases:
            found = [
                advisory
                for advisory in release.advisories
                if self._counts(advisory) and allowed.isdisjoint((advisory.id, *advisory.aliases))
            ]
            if found:
                worst = max(found, key=lambda advisory: (_rank(advisory), advisory.id))
                said = f" of severity {worst.severity}" if worst.severity != "unknown" else ""
                reason = f"it has the known vulnerability {worst.id}{said}"
                yield Removal(release.version, reason, self.name, worst.link)

    def _counts(self, advisory: Advisory) -> bool:
        least = _SEVERITIES.index(self.text("severity"))
        return advisory.severity == "unknown" or _rank(advisory) >= least


def _rank(advisory: Advisory) -> int:
    return _SEVERITIES.index(advisory.severity) if advisory.severity in _SEVERITIES else -1
