"""All that is known of one package: records of one vulnerability are merged, versions are judged. Pure.

Sources describe one vulnerability under several identifiers (PYSEC, GHSA, CVE). Aliases are symmetric
and transitive (https://ossf.github.io/osv-schema/#aliases-field), so that records are one where a chain
of aliases links them. A merged advisory concerns what any of its records concerns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.advisories.interface import Advisory
from advisor_core.advisories.ranges import (
    VersionOrder,
    describe_releases,
    mask_of_record,
    version_key,
)
from advisor_core.advisories.severity import highest_severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.advisories.records import AdvisoryRecord

__all__ = ["PackageAdvisories", "merge_aliases"]

_PREFERRED = ("MAL-", "PYSEC-", "GHSA-", "CVE-")
"""By which of its identifiers a vulnerability is called, best first; then any other."""


class PackageAdvisories:
    """The advisories of one package."""

    def __init__(self, records: Iterable[AdvisoryRecord]) -> None:
        """Take records of one package; withdrawn ones are passed over."""
        live = [record for record in records if not record.advisory.withdrawn]
        self._groups = merge_aliases(live)
        self._keys = {
            version
            for record in live
            for version in (
                *record.versions,
                *(version for events in record.ranges for _, version in events if version != "*"),
            )
        }

    @property
    def advisories(self) -> tuple[Advisory, ...]:
        """Every one, merged, by identifier."""
        return tuple(advisory for advisory, _ in self._groups)

    def describe(self, identifier: str) -> str:
        """Return the releases that an advisory concerns in words, empty when it is not one of these."""
        for advisory, records in self._groups:
            if advisory.id == identifier:
                return describe_releases(records)
        return ""

    def affecting(self, versions: Sequence[str]) -> list[list[Advisory]]:
        """Return, per version, the advisories that concern it; none for what is not PEP 440.

        Cost: a sort of the versions and of those that the records name, then one step per hit.
        """
        positions: dict[str, list[int]] = {}
        found: list[list[Advisory]] = [[] for _ in versions]
        for position, version in enumerate(versions):
            key = version_key(version)
            if key is not None:
                positions.setdefault(key, []).append(position)
        if not self._groups or not positions:
            return found
        order = VersionOrder([*positions, *self._keys])
        ordered = sorted((order.rank(key), places) for key, places in positions.items())
        ranks = [rank for rank, _ in ordered]
        for advisory, records in self._groups:
            mask = 0
            for record in records:
                mask |= mask_of_record(record, order, ranks)
            while mask:
                lowest = mask & -mask
                for position in ordered[lowest.bit_length() - 1][1]:
                    found[position].append(advisory)
                mask ^= lowest
        return found


def merge_aliases(
    records: Sequence[AdvisoryRecord],
) -> list[tuple[Advisory, tuple[AdvisoryRecord, ...]]]:
    """Return the vulnerabilities that the records speak of, by identifier, each with its records."""
    parents: dict[str, str] = {}

    def find(name: str) -> str:
        parents.setdefault(name, name)
        while parents[name] != name:
            parents[name] = parents[parents[name]]
            name = parents[name]
        return name

    for record in records:
        root = find(record.advisory.id)
        for alias in record.advisory.aliases:
            parents[find(alias)] = root
    groups: dict[str, list[AdvisoryRecord]] = {}
    for record in records:
        groups.setdefault(find(record.advisory.id), []).append(record)
    merged = [(_merge(group), tuple(group)) for group in groups.values()]
    return sorted(merged, key=lambda pair: pair[0].id)


def _merge(records: Sequence[AdvisoryRecord]) -> Advisory:
    told = sorted((record.advisory for record in records), key=lambda each: _rank(each.id))
    best = told[0]
    names = {name for each in told for name in (each.id, *each.aliases)}
    published = [each.published_at for each in told if each.published_at is not None]
    modified = [each.modified_at for each in told if each.modified_at is not None]
    return Advisory(
        id=best.id,
        package=best.package,
        aliases=tuple(sorted(names - {best.id})),
        summary=next((each.summary for each in told if each.summary), ""),
        severity=highest_severity(each.severity for each in told),
        link=next((each.link for each in told if each.link), ""),
        published_at=min(published, default=None),
        modified_at=max(modified, default=None),
        withdrawn=False,
    )


def _rank(identifier: str) -> tuple[int, str]:
    for rank, prefix in enumerate(_PREFERRED):
        if identifier.startswith(prefix):
            return rank, identifier
    return len(_PREFERRED), identifier
