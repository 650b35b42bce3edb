"""Packages of a lockfile whose project has published nothing for years. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.outcome import LockOutcome
    from advisor_core.releases import ProjectReleases

__all__ = ["ABANDONED_DAYS", "Abandoned", "find_abandoned"]

ABANDONED_DAYS = 3 * 365
"""Much good software is finished, and a release a year is plenty: three years are worth a look."""

_NEWEST = 5
"""Of a project's versions, how many are looked at: a maintained project's newest one is among them, also
when it is a fix of an older line."""

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Abandoned:
    """One package."""

    package: str
    released_at: int
    """When the project last published something (epoch seconds)."""


def find_abandoned(outcomes: Iterable[LockOutcome], *, now: int) -> tuple[Abandoned, ...]:
    """Return the packages of the proposed stacks that were last released that long ago, oldest first.

    What the index does not date is left out. `now` in epoch seconds; 0: it is not known.
    """
    if not now:
        return ()
    found = {}
    for outcome in outcomes:
        names = {name for stack in outcome.stacks.values() for name in stack.pins}
        for name in names & outcome.answers.projects.keys():
            released_at = _newest_upload(outcome.answers.projects[name])
            if released_at is not None and now - released_at > ABANDONED_DAYS * _DAY:
                found[name] = Abandoned(name, released_at)
    return tuple(sorted(found.values(), key=lambda each: (each.released_at, each.package)))


def _newest_upload(project: ProjectReleases) -> int | None:
    uploads = [
        project.upload_times(position) for position in range(len(project.versions))[:_NEWEST]
    ]
    known = [times[1] for times in uploads if times is not None]
    return max(known) if known and None not in uploads else None
