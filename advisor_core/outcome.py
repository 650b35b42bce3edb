"""What locking a target came to: the new lockfile, or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.advice import Advice, StoredAdvice
    from advisor_core.model import DeclaredRequirement, Skipped, Stack, Target
    from advisor_core.release_facts import ChangeFacts
    from advisor_core.releases import CoreMetadata, ProjectReleases

__all__ = ["Answers", "Change", "Conflict", "FurtherLock", "LockOutcome"]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the indexes said while a target was locked."""

    projects: Mapping[str, ProjectReleases] = field(default_factory=dict)
    """By package name; packages that no index has are left out."""
    metadata: Mapping[tuple[str, str], CoreMetadata | Skipped] = field(default_factory=dict)
    """By package name and version."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the lock diff."""

    package: str
    category: str
    old: str | None
    """None: added."""
    new: str | None
    """None: removed."""
    direct: bool
    why: str
    """Plain text, one clause: `newest release that every requirement accepts`. Not escaped."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """No stack exists, and why."""

    explanation: str
    """Plain English, several lines, not escaped."""
    at_fault: tuple[DeclaredRequirement, ...]
    """The smallest set of manifest lines that cannot hold together."""
    skipped: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Package to version to reason: releases whose requirements are unknown, left out of the proof."""
    hint: str = "loosen one of the lines named above"
    """What a person can do."""


@dataclass(frozen=True, slots=True)
class FurtherLock:
    """A file that changes together with a lockfile."""

    path: str
    """Relative to the project."""
    old_text: bytes | None
    new_text: bytes
    manifest: str = ""
    """Path of the manifest that it locks; empty: it repeats another lockfile."""


@dataclass(frozen=True, slots=True)
class LockOutcome:
    """What locking one target came to."""

    target: Target
    status: Literal["improved", "unchanged", "conflict"]
    old_text: bytes | None
    """The lockfile before, None when there was none."""
    new_text: bytes | None
    """The lockfile proposed; None on a conflict."""
    stacks: Mapping[str, Stack] = field(default_factory=dict)
    """By category."""
    changes: tuple[Change, ...] = ()
    conflict: Conflict | None = None
    engine: str = "c"
    answers: Answers = field(default_factory=Answers)
    advice: Advice | None = None
    """How good the stack is and why; None: newest-first, not scored."""
    stored: StoredAdvice | None = None
    """What is to be kept of the advice; None: it was not packed."""
    facts: tuple[ChangeFacts, ...] = ()
    """What the indexes tell of changed packages; empty: nobody asked."""
    by_environment: Mapping[str, Mapping[str, Stack]] = field(default_factory=dict)
    """Of a lock with a stack for each environment: environment to category to stack; else empty."""
    further: tuple[FurtherLock, ...] = ()
    """What changes with the lockfile: requirements files that repeat it, and those of further layers."""

    @property
    def files(self) -> dict[str, bytes]:
        """The new text of every file that changes, by path; empty when there is no new lockfile."""
        if self.new_text is None:
            return {}
        further = {each.path: each.new_text for each in self.further}
        return {self.target.lockfile: self.new_text, **further}
