"""Reading what CI runs, builds and imports said: the advisor's `Evidence` over the knowledge base.

Votes count that were made in environments like the target's, or in unknown ones. Private ones are read only
for the installation that they belong to.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from advisor_core.scoring.interface import Observed, ObservedPair
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.knowledge.plain_reading import Query
    from advisor_core.model import Environment

__all__ = ["StoredEvidence"]

_COLUMNS = {
    "sqlite": "SELECT name FROM pragma_table_info('observation') WHERE name = 'voter'",
    "postgresql": "SELECT 1 FROM information_schema.columns WHERE table_name = 'observation' "
    "AND column_name = 'voter'",
}
"""A knowledge base of an older program has no votes yet."""

_ENVIRONMENTS = "SELECT id, description FROM environment"

_VISIBLE = """\
o.kind IN ('ci', 'build', 'import') AND o.environment_id IN ({environments})
AND (o.installation_id IS NULL OR o.installation_id = ?)"""

_RELEASES = """\
SELECT o.version, o.outcome, sum(o.count), sum(o.count * coalesce(o.weight, 100))
FROM observation AS o WHERE o.package = ? AND o.other_package IS NULL AND {visible}
GROUP BY o.version, o.outcome"""
"""Answered from the index alone: a package may have a hundred thousand."""

_PAIRS = """\
SELECT o.version, o.other_package, o.other_version, o.outcome, sum(o.count),
       sum(o.count * coalesce(o.weight, 100))
FROM observation AS o WHERE o.package = ? AND o.other_package IS NOT NULL AND {visible}
GROUP BY o.version, o.other_package, o.other_version, o.outcome"""

_OWN = """\
SELECT o.package, o.version, o.other_package, o.other_version, o.count, coalesce(o.weight, 100)
FROM observation AS o WHERE o.repository_id = ? AND o.outcome = 'failed' AND {visible}"""

_LINK = """\
SELECT o.link FROM observation AS o WHERE o.package = ? AND o.version = ? AND o.other_package IS NULL
AND o.outcome = 'failed' AND o.installation_id IS NULL AND o.link <> '' LIMIT 1"""
"""No link leads to what is private."""

_TOGETHER = """\
SELECT count(*), count(DISTINCT p.voter) FROM (
SELECT o.key, o.lock_digest FROM observation AS o
WHERE o.package = ? AND o.version = ? AND o.other_package IS NULL AND o.outcome = 'passed'
AND {visible} ORDER BY o.id DESC LIMIT ?) AS o
LEFT JOIN observation AS p ON p.key = substr(o.key, 1, length(o.key) - ?) || ?
AND p.lock_digest = o.lock_digest AND p.outcome = 'passed'"""
"""How many of the newest passes of one release there are, and who of them saw the other pass in the same
lock: pairs that pass have no rows of their own. The other's vote is found by its key, which differs from
this one's in the release that it ends with."""

_NO_INSTALLATION = -1

_MOST_PAIRS = 100
"""Of one package whose passes are counted, those with the most failures; others keep their failures alone
and so are believed a little too much."""

_MOST_PASSES = 400
"""Of a release that are looked at to count who saw it pass with another; of more, the newest stand for all.
So a pair costs as many look-ups at most, however many repositories have it."""

_WHOLE = 100
"""The weight of a failure of which one thing alone is the reason."""

_Failed = tuple[str, str, "str | None", "str | None"]
"""Package, version, other package, other version."""


class StoredEvidence:
    """What is known for one answer; what was read once is kept."""

    def __init__(
        self,
        query: Query,
        *,
        installation_id: int | None = None,
        repository_id: int | None = None,
        is_sqlite: bool,
    ) -> None:
        """`repository_id`: GitHub's number of the repository that is advised; what failed there is known."""
        self._query = query
        self._reader = _NO_INSTALLATION if installation_id is None else installation_id
        self._repository_id = repository_id
        self._own: dict[str, dict[_Failed, list[tuple[int, int]]]] = {}
        there = query(_COLUMNS["sqlite" if is_sqlite else "postgresql"], ())
        self._described: list[tuple[int, Mapping[str, Any]]] = (
            [(row[0], json.loads(row[1])) for row in query(_ENVIRONMENTS, ())] if there else []
        )
        self._alike: dict[frozenset[str], str] = {}
        self._releases: dict[tuple[str, str], dict[str, Observed]] = {}
        self._pairs: dict[tuple[str, str], tuple[ObservedPair, ...]] = {}
        """By package and environments: with failures alone."""
        self._passes: dict[tuple[_Failed, str], int] = {}

    def observed(
        self, package: str, versions: Sequence[str], environments: Sequence[Environment]
    ) -> Mapping[str, Observed]:
        """Return what was observed, by version; versions of which nothing is known are left out."""
        alike = self._like(environments)
        if not alike:
            return {}
        if (package, alike) not in self._releases:
            self._releases[package, alike] = self._read_releases(package, alike)
        found = self._releases[package, alike]
        return {version: found[version] for version in versions if version in found}

    def failed_pairs(
        self, packages: Iterable[str], environments: Sequence[Environment]
    ) -> Sequence[ObservedPair]:
        """Return pairs of releases of these packages that failed together somewhere."""
        alike = self._like(environments)
        names = set(packages)
        if not alike:
            return ()
        found: list[ObservedPair] = []
        for name in sorted(names):
            if (name, alike) not in self._pairs:
                self._pairs[name, alike] = self._read_pairs(name, alike)
            # Which of them are counted does not depend on what else is asked for.
            found += [
                self._with_passes(each, alike) if place < _MOST_PAIRS else each
                for place, each in enumerate(self._pairs[name, alike])
                if each.other_package in names
            ]
        return found

    def _like(self, environments: Sequence[Environment]) -> str:
        """Return the ids of environments like the target's, or unknown ones, as SQL; empty: none."""
        pythons = frozenset(_minor(each.python) for each in environments)
        if pythons not in self._alike:
            ids = [
                identifier
                for identifier, described in self._described
                if not described.get("python") or _minor(str(described["python"])) in pythons
            ]
            self._alike[pythons] = ", ".join(str(int(each)) for each in ids)
        return self._alike[pythons]

    def _read_releases(self, package: str, alike: str) -> dict[str, Observed]:
        rows = self._query(_complete(_RELEASES, alike), (package, self._reader))
        by_version: dict[str, list[Sequence[Any]]] = {}
        for version, *rest in rows:
            by_version.setdefault(version, []).append(rest)
        found = {}
        for version, counted in by_version.items():
            seen = self._sum_up((package, version, None, None), counted, alike)
            if seen.failed:
                links = self._query(_LINK, (package, version))
                seen = replace(seen, link=str(links[0][0]) if links else "")
            if seen.passed or seen.failed or seen.flaky:
                found[version] = seen
        return found

    def _read_pairs(self, package: str, alike: str) -> tuple[ObservedPair, ...]:
        rows = self._query(_complete(_PAIRS, alike), (package, self._reader))
        pairs: dict[tuple[str, str, str], list[Sequence[Any]]] = {}
        for version, other, other_version, *rest in rows:
            pairs.setdefault((version, other, other_version), []).append(rest)
        summed = {
            pair: self._sum_up((package, *pair), counted, alike) for pair, counted in pairs.items()
        }
        return tuple(
            ObservedPair(package, version, other, other_version, seen)
            for (version, other, other_version), seen in sorted(
                summed.items(), key=lambda each: (-each[1].failed, each[0])
            )
            if seen.failed
        )

    def _read_own(self, alike: str) -> dict[_Failed, list[tuple[int, int]]]:
        """Return how often, and with which weight, the repository itself has seen something fail."""
        if alike not in self._own:
            found: dict[_Failed, list[tuple[int, int]]] = {}
            if self._repository_id is not None:
                parameters = (self._repository_id, self._reader)
                for *failed, count, weight in self._query(_complete(_OWN, alike), parameters):
                    package, version, other, other_version = failed
                    key = (package, version, other, other_version)
                    found.setdefault(key, []).append((int(count), int(weight)))
            self._own[alike] = found
        return self._own[alike]

    def _sum_up(self, failed: _Failed, rows: Sequence[Sequence[Any]], alike: str) -> Observed:
        """Return what rows of (outcome, count, weight) come to.

        Of its own failures a repository takes those for granted whose reason is known. Others are looked
        into (`bot.managers.bisect`), and would only shuffle its update.
        """
        counts = {str(row[0]): int(row[1]) for row in rows}
        blame = sum(int(row[2]) for row in rows if row[0] == "failed")
        own = self._read_own(alike).get(failed, ())
        unsure = [(count, weight) for count, weight in own if weight < _WHOLE]
        return Observed(
            passed=counts.get("passed", 0),
            failed=counts.get("failed", 0) - sum(count for count, _ in unsure),
            flaky=counts.get("flaky", 0),
            blame=blame - sum(count * weight for count, weight in unsure),
            own_blame=_WHOLE if len(own) > len(unsure) else 0,
            voters="repositories",
            source="CI",
        )

    def _with_passes(self, pair: ObservedPair, alike: str) -> ObservedPair:
        key = (pair.package, pair.version, pair.other_package, pair.other_version)
        if (key, alike) not in self._passes:
            self._passes[key, alike] = self._count_together(pair, alike)
        return replace(pair, observed=replace(pair.observed, passed=self._passes[key, alike]))

    def _count_together(self, pair: ObservedPair, alike: str) -> int:
        """Return how many saw two releases pass in one lock; of very many, by those of the newest."""
        ends = [(pair.package, pair.version), (pair.other_package, pair.other_version)]
        # From the one that fewer have: the fewer are looked at, the more of all they are.
        passes = [self._passes_of(*end, alike) for end in ends]
        if passes[1] < passes[0]:
            ends.reverse()
        (package, version), other = ends
        parameters = (
            *(package, version, self._reader, _MOST_PASSES),
            *(len(f"{package}=={version}"), "==".join(other)),
        )
        rows = self._query(_complete(_TOGETHER, alike), parameters)
        looked_at, together = (int(rows[0][0]), int(rows[0][1])) if rows else (0, 0)
        if looked_at < _MOST_PASSES:
            return together
        return round(together * max(min(passes), looked_at) / looked_at)

    def _passes_of(self, package: str, version: str, alike: str) -> int:
        if (package, alike) not in self._releases:
            self._releases[package, alike] = self._read_releases(package, alike)
        found = self._releases[package, alike].get(version)
        return 0 if found is None else found.passed


def _complete(statement: str, environments: str) -> str:
    return statement.format(visible=_VISIBLE.format(environments=environments))


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])
