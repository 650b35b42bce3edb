"""Rules for single packages that a repository configures, and what they make of a manifest. Pure.

    packages:
      - name: django
        ignore: {update: major, until: 2027-01-31}
      - name: torch
        pin: 2.6.0
        index: pytorch

Each rule becomes a constraint with the rule's own line as its origin, as if a person had written it in
a constraints file: it limits a package where it is present and requires nothing, and a conflict with
it is explained like any other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from advisor_core.errors import Fault, InputError
from advisor_core.model import DeclaredRequirement, Origin, Requirement
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.model import Manifest

__all__ = ["UPDATE_KINDS", "Ignored", "PackageRule", "UpdateKind", "apply_rules", "is_over"]

UpdateKind = Literal["all", "major", "minor", "patch"]
"""Which updates of a locked version are left alone: `major` keeps its first number, `minor` its first
two, `patch` its first three, `all` the version itself."""

UPDATE_KINDS: tuple[UpdateKind, ...] = ("all", "major", "minor", "patch")

_RELEASE = re.compile(r"(\d+!)?(\d+(?:\.\d+)*)", re.ASCII)
"""Epoch and release segment of a PEP 440 normalized version."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Releases of a package that are not proposed."""

    origin: Origin
    update: UpdateKind | None = None
    """Relative to the locked version; without a lock it means nothing yet."""
    specifier: str = ""
    """Else the clause that says what is kept: `!=2.1` for `ignore: ==2.1`."""
    text: str = ""
    """As written: `major`, `==2.1`."""
    until: str | None = None
    """The last day it counts, `2027-01-31` (UTC); None: for good."""


@dataclass(frozen=True, slots=True)
class PackageRule:
    """One entry of `packages`."""

    names: tuple[str, ...]
    """PEP 503 normalized, as many as the entry names."""
    origin: Origin
    allow: str | None = None
    """PEP 440: only these releases are candidates."""
    pin: str | None = None
    """The one version that may be used."""
    ignore: tuple[Ignored, ...] = ()
    index: str | None = None
    """Name of the manifest's index source that the packages must come from."""
    prereleases: bool | None = None
    """True: pre-releases are candidates like any release."""


def is_over(ignored: Ignored, today: str) -> bool:
    """Return whether the last day of it has passed; `today` is `2027-01-31` (UTC)."""
    return ignored.until is not None and today > ignored.until


def apply_rules(
    manifest: Manifest,
    rules: Iterable[PackageRule],
    *,
    locked: Mapping[str, Mapping[str, str]],
    today: str,
) -> Manifest:
    """Return the manifest with every rule as constraints of each category.

    `locked` is category to package to version of the present lockfile; `today` is a day in UTC.
    Raises InputError when a rule names an index that the manifest does not.
    """
    rules = tuple(rules)
    if not rules:
        return manifest
    _check_indexes(manifest, rules)
    indexes = {name: rule.index for rule in rules for name in rule.names if rule.index}
    categories = []
    for category in manifest.categories:
        versions = {**locked.get("default", {}), **locked.get(category.name, {})}
        added = tuple(
            constraint
            for rule in rules
            for name in rule.names
            for constraint in _constraints(name, rule, versions.get(name), today)
        )
        requirements = tuple(
            replace(declared, index=indexes[declared.requirement.name])
            if declared.requirement.name in indexes and declared.kept is None
            else declared
            for declared in category.requirements
        )
        categories.append(
            replace(
                category, requirements=requirements, constraints=(*category.constraints, *added)
            )
        )
    return replace(manifest, categories=tuple(categories))


def _check_indexes(manifest: Manifest, rules: tuple[PackageRule, ...]) -> None:
    known = [source.name for source in manifest.sources]
    faults = [
        Fault(
            str(rule.origin),
            f"`index` names no index of {manifest.path}: {rule.index!r}",
            f"known: {', '.join(known)}" if known else f"declare the index in {manifest.path}",
        )
        for rule in rules
        if rule.index is not None and rule.index not in known
    ]
    if faults:
        raise InputError(tuple(faults))


def _constraints(
    name: str, rule: PackageRule, locked: str | None, today: str
) -> Iterable[DeclaredRequirement]:
    """Yield one constraint for each thing that the rule says of the package."""

    def limit(specifier: str, text: str, origin: Origin) -> DeclaredRequirement:
        return DeclaredRequirement(
            requirement=Requirement(name, specifier=specifier),
            origin=origin,
            text=text,
            index=rule.index,
            allow_prereleases=rule.prereleases is True,
        )

    if rule.allow is not None:
        yield limit(rule.allow, f"{name}{rule.allow}", rule.origin)
    if rule.pin is not None:
        yield limit(f"=={rule.pin}", f"{name}=={rule.pin}", rule.origin)
    for ignored in rule.ignore:
        if is_over(ignored, today):
            continue
        specifier = ignored.specifier
        if ignored.update is not None:
            specifier = _keep(ignored.update, locked) if locked is not None else ""
        if specifier:
            text = f"{name}{specifier} (ignored: {ignored.text})"
            yield limit(specifier, text, ignored.origin)
    if rule.allow is None and rule.pin is None and (rule.prereleases or rule.index):
        yield limit("", name, rule.origin)


def _keep(update: UpdateKind, locked: str) -> str:
    """Return the specifier of what may still be proposed for a locked version.

    `major` of 1.4.2 is `<2`: PEP 440 keeps pre-releases of 2 out of that range too.
    """
    if update == "all":
        return f"=={locked}"
    match = _RELEASE.match(locked)
    if match is None:
        return ""
    epoch, release = match[1] or "", [int(part) for part in match[2].split(".")]
    size = {"major": 1, "minor": 2, "patch": 3}[update]
    kept = [*release[:size], *(0 for _ in range(size - len(release)))]
    kept[-1] += 1
    return f"<{epoch}{'.'.join(str(part) for part in kept)}"
