"""Recording and reading measured facts. Every function works inside the transaction it is given."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, true

from advisor_core.knowledge.records import clean_text
from advisor_core.knowledge.tables import METADATA
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement, Connection

    from advisor_core.knowledge.writing import Writer

__all__ = [
    "Observation",
    "find_environment",
    "is_visible",
    "read_observations",
    "record_observations",
]

_ENVIRONMENT = METADATA.tables["environment"]
_OBSERVATION = METADATA.tables["observation"]

_COLUMNS = (
    "key",
    "kind",
    "outcome",
    "package",
    "version",
    "other_package",
    "other_version",
    "count",
    "value",
    "unit",
    "observed_at",
    "link",
    "installation_id",
    "voter",
    "repository_id",
    "commit_sha",
    "lock_digest",
    "weight",
)


@dataclass(frozen=True, slots=True)
class Observation:
    """A measured fact on a release, or on two releases together, in one environment."""

    key: str
    """What makes it one observation: recording it again replaces it."""
    kind: str
    """`build`, `import`, `ci` or `measure`."""
    outcome: str
    """`passed`, `failed`, `error` (before any test) or `flaky`."""
    environment: Mapping[str, str]
    package: str
    version: str
    observed_at: int
    other_package: str | None = None
    """Of a pair; the order of the two does not matter."""
    other_version: str | None = None
    count: int = 1
    value: float | None = None
    unit: str | None = None
    link: str = ""
    installation_id: int | None = None
    """Whose private knowledge it is; None: everybody's."""
    voter: str | None = None
    """Who made it, of whom each counts once; None: it counts by itself."""
    repository_id: int | None = None
    """GitHub's number of the watched repository whose CI made it."""
    commit_sha: str | None = None
    lock_digest: str | None = None
    """Of the whole lock: observations of one voter that share it were made together."""
    weight: int | None = None
    """In hundredths: how much of a failure is put down to this; None: all of it."""


def record_observations(writer: Writer, observations: Iterable[Observation]) -> int:
    """Record observations; what was observed later stays. Return how many were new or changed."""
    recorded = 0
    environments: dict[str, int] = {}
    # In the order of the keys: two processes cannot wait for each other in a circle.
    for observation in sorted(map(_ordered, observations), key=lambda each: each.key):
        row: dict[str, Any] = {name: getattr(observation, name) for name in _COLUMNS}
        row = {k: clean_text(v) if isinstance(v, str) else v for k, v in row.items()}
        row["environment_id"] = find_environment(writer, observation.environment, environments)
        statement = writer.upsert(_OBSERVATION).values(row)
        changed = writer.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={name: statement.excluded[name] for name in row if name != "key"},
                # Who has seen it in private may not change what everybody sees, nor the reverse.
                where=(_OBSERVATION.c.observed_at <= statement.excluded.observed_at)
                & _OBSERVATION.c.installation_id.is_not_distinct_from(
                    statement.excluded.installation_id
                )
                & _OBSERVATION.c.repository_id.is_not_distinct_from(
                    statement.excluded.repository_id
                ),
            ).returning(_OBSERVATION.c.id)
        )
        recorded += len(changed.all())
    return recorded


def read_observations(
    connection: Connection,
    package: str | None,
    installation_id: int | None,
    *,
    everything: bool = False,
) -> list[Observation]:
    """Return what is known of the package (None: of all), alone and in pairs, by key.

    Public observations, and those of the installation if one is given; with `everything` all of them.
    """
    mine = true() if everything else is_visible(installation_id)
    if package is not None:
        mine &= or_(_OBSERVATION.c.package == package, _OBSERVATION.c.other_package == package)
    rows = connection.execute(
        select(_ENVIRONMENT.c.description, *(_OBSERVATION.c[name] for name in _COLUMNS))
        .join(_ENVIRONMENT, _ENVIRONMENT.c.id == _OBSERVATION.c.environment_id)
        .where(mine)
        .order_by(_OBSERVATION.c.key)
    )
    return [
        Observation(environment=json.loads(row[0]), **dict(zip(_COLUMNS, row[1:], strict=True)))
        for row in rows
    ]


def is_visible(installation_id: int | None) -> ColumnElement[bool]:
    """Return the condition that an observation is public, or of the installation if one is given."""
    public: ColumnElement[bool] = _OBSERVATION.c.installation_id.is_(None)
    if installation_id is not None:
        public |= _OBSERVATION.c.installation_id == installation_id
    return public


def _ordered(observation: Observation) -> Observation:
    other = observation.other_package
    if other is None or observation.package <= other:
        return observation
    return replace(
        observation,
        package=other,
        version=observation.other_version or "",
        other_package=observation.package,
        other_version=observation.version,
    )


def find_environment(writer: Writer, described: Mapping[str, str], known: dict[str, int]) -> int:
    """Return the id of an environment's row; makes it if it is new. `known`: those found before."""
    description = clean_text(json.dumps(dict(described), sort_keys=True))
    digest = hashlib.sha256(description.encode()).hexdigest()
    if digest not in known:
        writer.connection.execute(
            writer.upsert(_ENVIRONMENT)
            .values(digest=digest, description=description)
            .on_conflict_do_nothing(index_elements=["digest"])
        )
        known[digest] = writer.connection.execute(
            select(_ENVIRONMENT.c.id).where(_ENVIRONMENT.c.digest == digest)
        ).scalar_one()
    return known[digest]
