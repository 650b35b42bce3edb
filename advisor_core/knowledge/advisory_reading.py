"""Reading advisories: a source of them over the knowledge base, for whoever judges releases.

Nothing is created or migrated here; a knowledge base without advisories knows none.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from advisor_core.advisories.interface import Advisory
from advisor_core.advisories.packages import PackageAdvisories
from advisor_core.advisories.records import AdvisoryRecord
from advisor_core.knowledge.plain_reading import open_reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from advisor_core.knowledge.plain_reading import Query

__all__ = ["StoredAdvisories", "open_advisories"]

_AS_OF = "SELECT nullif(max(data_at), 0) FROM advisory_import"
_NAMES = "SELECT DISTINCT package FROM advisory_package"
_RECORDS = """\
SELECT p.package, a.identifier, a.aliases, a.summary, a.link, a.published_at, a.modified_at,
       a.withdrawn, p.severity, p.ranges, p.versions, p.unread
FROM advisory_package AS p JOIN advisory AS a ON a.id = p.advisory_id
WHERE p.package IN ({names}) ORDER BY p.package, a.identifier"""

_MOST_AT_ONCE = 500


class StoredAdvisories:
    """An `AdvisorySource`; what was read once is kept, so one lives as long as one answer."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._read: dict[str, PackageAdvisories] = {}
        self._names: set[str] | None = None
        self._as_of: tuple[int | None] | None = None

    @property
    def as_of(self) -> int | None:
        """Of when the newest imported data is (epoch seconds); None: nothing was ever imported."""
        if self._as_of is None:
            rows = self._query(_AS_OF, ())
            self._as_of = (rows[0][0] if rows else None,)
        return self._as_of[0]

    def affecting(self, package: str, versions: Sequence[str]) -> list[list[Advisory]]:
        """Return, per version, the advisories that concern it; withdrawn ones are left out."""
        return self._package(package).affecting(versions)

    def describe(self, advisory: Advisory) -> str:
        """Return the releases that it concerns in words: `<2.2.5, or >=3 and <3.1`."""
        return self._package(advisory.package).describe(advisory.id)

    def fixed_in(self, advisory: Advisory, versions: Sequence[str]) -> list[str]:
        """Return those of `versions` that the advisory does not concern, in the order given."""
        found = self._package(advisory.package).affecting(versions)
        return [
            version
            for version, concerning in zip(versions, found, strict=True)
            if all(each.id != advisory.id for each in concerning)
        ]

    def of_package(self, package: str) -> tuple[Advisory, ...]:
        """Return every advisory of the package, aliases merged, withdrawn ones left out."""
        return self._package(package).advisories

    def prefetch(self, packages: Iterable[str]) -> None:
        """Read the advisories of many packages together: a few statements instead of one each."""
        if self._names is None:
            self._names = {row[0] for row in self._query(_NAMES, ())}
        wanted = sorted({*packages} & self._names - self._read.keys())
        for first in range(0, len(wanted), _MOST_AT_ONCE):
            some = wanted[first : first + _MOST_AT_ONCE]
            records: dict[str, list[AdvisoryRecord]] = {name: [] for name in some}
            marks = ", ".join("?" * len(some))
            for row in self._query(_RECORDS.format(names=marks), some):
                records[row[0]].append(_to_record(row))
            for name, found in records.items():
                self._read[name] = PackageAdvisories(found)

    def _package(self, name: str) -> PackageAdvisories:
        self.prefetch([name])
        return self._read.get(name) or _NONE


_NONE = PackageAdvisories(())


@contextmanager
def open_advisories(url: str) -> Iterator[StoredAdvisories]:
    """Open the advisories of the knowledge base at the URL. Raises StoreError when it cannot be read.

    A SQLite file that does not exist is not made: nothing is known then.
    """
    with open_reading(url) as read:
        yield StoredAdvisories(read)


def _to_record(row: Sequence[Any]) -> AdvisoryRecord:
    (package, identifier, aliases, summary, link, published_at, modified_at) = row[:7]
    (withdrawn, severity, ranges, versions, unread) = row[7:]
    return AdvisoryRecord(
        Advisory(
            id=identifier,
            package=package,
            aliases=tuple(aliases.split()),
            summary=summary,
            severity=severity,
            link=link,
            published_at=published_at,
            modified_at=modified_at,
            withdrawn=bool(withdrawn),
        ),
        ranges=tuple(tuple((kind, key) for kind, key in one) for one in json.loads(ranges)),
        versions=tuple(versions.split()),
        unread=unread,
    )
