"""Whether everything required is locked: by the manifest, and by each locked release. Pure.

Each category is walked in each environment from the manifest's requirements on, as an installer
would: an entry whose marker does not hold there is not there.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from advisor_core.model import EXTRA_PREFIX, Origin, Skipped
from advisor_core.standards import (
    MarkerEnvironment,
    active_requirements,
    evaluate_marker,
    specifier_contains,
)
from advisor_core.values import dataclass
from advisor_core.verification.findings import Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.lockfiles.entries import LockedEntry, LockedFile
    from advisor_core.model import Category, DeclaredRequirement, Environment, Manifest
    from advisor_core.releases import CoreMetadata
    from advisor_core.verification.findings import Findings

__all__ = ["check_closure", "is_installed"]


_LOCK_AGAIN = "lock again: thoth lock"


def is_installed(entry: LockedEntry, environment: Environment, category: str) -> bool:
    """Return whether an environment installs an entry with a category; with no marker it does."""
    if entry.marker is None:
        return True
    name = category.removeprefix(EXTRA_PREFIX)
    extras = () if category == "default" else (name,)
    groups = () if name != category else extras
    try:
        values = MarkerEnvironment(environment.markers, extras=extras, dependency_groups=groups)
        # A poetry.lock says `extra == 'NAME'`.
        return evaluate_marker(entry.marker, values, "" if category == "default" else name)
    except ValueError:
        return True  # a marker nobody can evaluate keeps nothing away


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    extras: tuple[str, ...]
    specifier: str
    origin: Origin
    """Of the requirer."""
    by: str
    """Who requires it: `a 1.0`; empty for the manifest."""


def check_closure(
    lock: LockedFile,
    manifest: Manifest,
    environments: Sequence[Environment],
    metadata: Mapping[tuple[str, str], CoreMetadata | Skipped],
    findings: Findings,
) -> frozenset[tuple[str, str | None, str]]:
    """Check every category in every environment, then that nothing else is locked.

    Returns what each environment installs: name, version, environment.
    """
    installed: set[tuple[str, str | None, str]] = set()
    for environment in environments:
        found: set[tuple[str, str | None]] = set()
        for category in manifest.categories:
            _Walk(lock, manifest, environment, category, metadata, findings, found).run()
        installed.update((name, version, environment.name) for name, version in found)
    reached = {(name, version) for name, version, _ in installed}
    if not lock.universal:
        _check_unrequired(lock, manifest, environments, metadata, reached, findings)
    return frozenset(installed)


class _Walk:
    """One category in one environment."""

    def __init__(
        self,
        lock: LockedFile,
        manifest: Manifest,
        environment: Environment,
        category: Category,
        metadata: Mapping[tuple[str, str], CoreMetadata | Skipped],
        findings: Findings,
        reached: set[tuple[str, str | None]],
    ) -> None:
        self._environment = environment
        self._markers = MarkerEnvironment(environment.markers)
        self._category = category
        self._metadata = metadata
        self._findings = findings
        self._reached = reached
        self._kept = {
            declared.requirement.name
            for each in manifest.categories
            if each is category or not manifest.independent_categories
            for declared in each.requirements
            if declared.kept is not None
        }
        visible = [category.name]
        if lock.one_category:
            visible = ["default"]
        elif not manifest.independent_categories:
            visible.append("default")
        self._entries: dict[str, LockedEntry] = {}
        for name in visible:
            for entry in lock.entries:
                if name in entry.categories and is_installed(entry, environment, category.name):
                    self._entries.setdefault(entry.name, entry)
        self._done: set[tuple[str, str]] = set()

    def run(self) -> None:
        """Walk from the manifest's requirements; each package and extra once."""
        queue = deque(
            _Wanted(
                declared.requirement.name,
                declared.requirement.extras,
                declared.requirement.specifier,
                declared.origin,
                "",
            )
            for declared in self._category.requirements
            if self._is_active(declared)
        )
        self._check_constraints()
        while queue:
            wanted = queue.popleft()
            entry = self._find(wanted)
            if entry is None:
                continue
            self._reached.add((entry.name, entry.version))
            for extra in ("", *wanted.extras):
                if (entry.name, extra) not in self._done:
                    self._done.add((entry.name, extra))
                    queue.extend(self._requirements_of(entry, extra))

    def _is_active(self, declared: DeclaredRequirement) -> bool:
        marker = declared.requirement.marker
        if marker is None:
            return True
        try:
            return evaluate_marker(marker, self._markers)
        except ValueError:
            return True

    def _find(self, wanted: _Wanted) -> LockedEntry | None:
        """Return the entry that answers a requirement; None, with the finding, when there is none."""
        entry = self._entries.get(wanted.name)
        required = f"{wanted.name}{_bare(wanted.specifier)}"
        if entry is None:
            if wanted.name in self._kept:
                return None
            by = f"{wanted.by} requires {required}" if wanted.by else f"{required} is required"
            self._add(
                Code.MISSING_REQUIREMENT,
                wanted.origin,
                f"{by}, which is not locked",
                wanted.name,
            )
            return None
        if entry.free:
            self._add(Code.NOT_PINNED, entry.origin, f"{entry.name} is not pinned", entry.name)
        if entry.version is None:
            return entry
        if wanted.specifier and not _holds(wanted.specifier, entry.version):
            by = f"{wanted.by} requires" if wanted.by else f"{wanted.origin} requires"
            self._add(
                Code.UNSATISFIED_REQUIREMENT,
                entry.origin,
                f"{entry.name} is locked at {entry.version}, but {by} {required}",
                entry.name,
            )
        return entry

    def _check_constraints(self) -> None:
        for declared in self._category.constraints:
            entry = self._entries.get(declared.requirement.name)
            specifier = declared.requirement.specifier
            if entry is None or entry.version is None or not self._is_active(declared):
                continue
            if specifier and not _holds(specifier, entry.version):
                self._add(
                    Code.UNSATISFIED_REQUIREMENT,
                    entry.origin,
                    f"{entry.name} is locked at {entry.version}, but {declared.origin} "
                    f"allows {entry.name}{_bare(specifier)}",
                    entry.name,
                )

    def _requirements_of(self, entry: LockedEntry, extra: str) -> list[_Wanted]:
        if entry.version is None:
            return []
        known = self._metadata.get((entry.name, entry.version))
        if known is None or isinstance(known, Skipped):
            return []
        by = f"{entry.name}{f'[{extra}]' if extra else ''} {entry.version}"
        try:
            active = active_requirements(known.requires_dist, self._markers, extra)
        except ValueError as exc:
            self._add(
                Code.UNKNOWN_REQUIREMENTS,
                entry.origin,
                f"{by} has a requirement that cannot be read: {exc}",
                entry.name,
            )
            return []
        return [
            _Wanted(name, extras, specifier, entry.origin, by)
            for name, extras, specifier, url, _ in active
            if url is None
        ]

    def _add(self, code: Code, origin: Origin, message: str, package: str) -> None:
        self._findings.add(
            code,
            origin,
            message,
            hint=_LOCK_AGAIN,
            package=package,
            environment=self._environment.name,
        )


def _check_unrequired(
    lock: LockedFile,
    manifest: Manifest,
    environments: Sequence[Environment],
    metadata: Mapping[tuple[str, str], CoreMetadata | Skipped],
    reached: set[tuple[str, str | None]],
    findings: Findings,
) -> None:
    """Find what nothing requires; says nothing while what something requires is not known."""
    known = {key for key, value in metadata.items() if not isinstance(value, Skipped)}
    kept = any(entry.version is None and not entry.free for entry in lock.entries)
    if kept or any(
        (entry.name, entry.version) not in known for entry in lock.entries if entry.version
    ):
        return
    walked = {category.name for category in manifest.categories}
    for entry in lock.entries:
        if entry.version is None or (entry.name, entry.version) in reached:
            continue
        if any(
            is_installed(entry, environment, category)
            for category in walked & set(entry.categories)
            for environment in environments
        ):
            findings.add(
                Code.NOT_REQUIRED,
                entry.origin,
                f"nothing requires {entry.name} {entry.version}",
                hint=_LOCK_AGAIN,
                package=entry.name,
            )


def _holds(specifier: str, version: str) -> bool:
    try:
        return specifier_contains(specifier, version)
    except ValueError:
        return True  # `===` of no version, and what an index let through


def _bare(specifier: str) -> str:
    return f" {specifier}" if specifier else ""
