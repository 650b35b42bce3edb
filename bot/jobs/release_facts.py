"""Adds to an outcome what the indexes tell of the releases that it brings. For the process that computes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from advisor_core.errors import ThothError
from advisor_core.release_facts import ChangeFacts, compare_releases
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from advisor_core.index.release_facts import Release
    from advisor_core.model import IndexSource
    from advisor_core.outcome import Change, LockOutcome
    from advisor_core.release_facts import ReleaseFacts
    from advisor_core.releases import ProjectReleases
    from bot.jobs.indexes import IndexPolicy

__all__ = ["MOST_PACKAGES", "add_release_facts"]

MOST_PACKAGES = 20
"""Changed packages that are looked at, direct ones first: each costs a few requests once."""

_log = logging.getLogger(__name__)


def add_release_facts(
    outcome: LockOutcome,
    *,
    sources: Sequence[IndexSource],
    policy: IndexPolicy,
    cache_folder: Path,
) -> LockOutcome:
    """Return the outcome with `facts`; as it is when nothing changes. What cannot be read is left out."""
    from advisor_core.index.release_facts import read_release_facts  # noqa: PLC0415 - only here

    changes = _looked_at(outcome)
    if outcome.status != "improved" or not changes:
        return outcome
    by_name = {source.name: source for source in sources}
    wanted: dict[str, list[Release]] = {}
    projects = outcome.answers.projects
    try:
        for change in changes:
            project = projects[change.package]
            for version in (change.old, change.new):
                position = _position(project, version)
                if position is not None and version is not None:
                    files = project.artifacts(position)
                    wanted.setdefault(project.index, []).append((change.package, version, files))
        known: dict[tuple[str, str], ReleaseFacts] = {}
        for index, releases in wanted.items():
            if index in by_name and not by_name[index].flat:
                known |= read_release_facts(
                    by_name[index], releases, folder=cache_folder, allow_address=policy.refuse
                )
    except ThothError as error:
        _log.info("what indexes tell of releases is left out: %s", error)
        return outcome
    facts = []
    for change in changes:
        new = known.get((change.package, change.new or ""))
        if new is not None and change.new is not None:
            old = known.get((change.package, change.old)) if change.old is not None else None
            facts.append(
                ChangeFacts(
                    change.package, change.old, change.new, new.links, compare_releases(old, new)
                )
            )
    return replace(outcome, facts=tuple(facts))


def _looked_at(outcome: LockOutcome) -> list[Change]:
    """Return the changes to look at, each package once, direct ones first."""
    found: dict[str, Change] = {}
    for change in sorted(outcome.changes, key=lambda each: (not each.direct, each.package)):
        if change.new is not None and change.package in outcome.answers.projects:
            found.setdefault(change.package, change)
    return list(found.values())[:MOST_PACKAGES]


def _position(project: ProjectReleases, version: str | None) -> int | None:
    try:
        return project.versions.index(version) if version is not None else None
    except ValueError:
        return None
