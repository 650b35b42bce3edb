"""Why each package of a smallest change moves: it was vulnerable, or stood in the way. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from advisor_core.releases import CoreMetadata
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.outcome import Change, LockOutcome
    from advisor_core.security_outcome import Fixed

__all__ = ["explain_changes"]

_MOST_NAMED = 3


def explain_changes(outcome: LockOutcome, fixed: Iterable[Fixed]) -> tuple[Change, ...]:
    """Return the changes of an outcome, each with the reason for which it is part of a smallest one."""
    advisories: dict[str, list[str]] = {}
    for each in fixed:
        advisories.setdefault(each.package, []).append(each.advisory.id)
    return tuple(
        replace(change, why=_explain(change, outcome, advisories.get(change.package, ())))
        for change in outcome.changes
    )


def _explain(change: Change, outcome: LockOutcome, advisories: Iterable[str]) -> str:
    if change.new is None:
        return "no longer required"
    named = list(dict.fromkeys(advisories))
    if named:
        more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
        return f"the nearest release without {', '.join(named[:_MOST_NAMED])}{more}"
    in_the_way = [] if change.old is None else _refused(change.package, change.old, outcome)
    if in_the_way:
        return f"{change.package} {change.old} requires {', '.join(in_the_way[:_MOST_NAMED])}"
    asking = _asking(change, outcome)
    if asking:
        return ", ".join(asking[:_MOST_NAMED])
    return "follows from the other changes"


def _refused(package: str, old: str, outcome: LockOutcome) -> list[str]:
    """Return the requirements of the old release that the new stack does not satisfy."""
    metadata = outcome.answers.metadata.get((package, old))
    if not isinstance(metadata, CoreMetadata):
        return []
    versions = {
        pin.name: pin.version for stack in outcome.stacks.values() for pin in stack.pins.values()
    }
    found = []
    for text in metadata.requires_dist:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        version = versions.get(canonicalize_name(requirement.name))
        if version is not None and not requirement.specifier.contains(version, prereleases=True):
            found.append(f"{requirement.name}{requirement.specifier}")
    return found


def _asking(change: Change, outcome: LockOutcome) -> list[str]:
    """Return who requires the package so that its old release will not do."""
    stack = outcome.stacks.get(change.category)
    pin = stack.pins.get(change.package) if stack is not None else None
    found = []
    for edge in pin.required_by if pin is not None else ():
        specifier = edge.requirement.specifier
        if change.old is None and edge.parent is not None:
            found.append(f"{edge.parent} requires it")
        elif change.old is not None and not _holds(specifier, change.old):
            who = edge.parent or "the manifest"
            found.append(f"{who} requires {change.package}{specifier}")
    return list(dict.fromkeys(found))


def _holds(specifier: str, version: str) -> bool:
    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True
