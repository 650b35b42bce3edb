"""What a check of a lockfile finds: codes, and their collection over several environments.

The first eight codes are those of the Thoth project's provenance check, with their meaning there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from advisor_core.model import Origin

__all__ = ["PROVENANCE_CODES", "Code", "Finding", "Findings"]


class Code(StrEnum):
    """What is wrong. Each says when it is found."""

    ARTIFACT_DIFFERENT_SOURCE = "ARTIFACT-DIFFERENT-SOURCE"
    """A file with this hash is on another declared index than the one the entry names."""
    ARTIFACT_POSSIBLE_DIFFERENT_SOURCE = "ARTIFACT-POSSIBLE-DIFFERENT-SOURCE"
    """The entry names no index, and the hash is only on one that is not asked first."""
    DIFFERENT_ARTIFACTS_ON_SOURCES = "DIFFERENT-ARTIFACTS-ON-SOURCES"
    """The entry names no index, and declared indexes have other files of the same release."""
    MISSING_PACKAGE = "MISSING-PACKAGE"
    """No declared index has the release."""
    INVALID_ARTIFACT_HASH = "INVALID-ARTIFACT-HASH"
    """No file of the release on the declared indexes has this hash."""
    INVALID_LOCK_HASH = "INVALID-LOCK-HASH"
    """The lockfile was not made from this manifest."""
    SOURCE_NOT_WHITELISTED = "SOURCE-NOT-WHITELISTED"
    """The lockfile names an index that the manifest does not declare."""
    INSECURE_SOURCE = "INSECURE-SOURCE"
    """An index or file is fetched over http, or without checking certificates."""

    MISSING_HASH = "MISSING-HASH"
    """An entry without hashes, in a lockfile that has some: whatever the index serves would be installed."""
    NO_HASHES = "NO-HASHES"
    """A requirements file without any hash: pip does not check what it downloads."""
    NOT_PINNED = "NOT-PINNED"
    """An entry that would be installed, in any version."""
    MISSING_REQUIREMENT = "MISSING-REQUIREMENT"
    """Something required, by the manifest or by a locked release, is not locked."""
    UNSATISFIED_REQUIREMENT = "UNSATISFIED-REQUIREMENT"
    """The locked version is not one that is required."""
    NOT_INSTALLABLE = "NOT-INSTALLABLE"
    """No locked file of the release can be installed in a runtime environment."""
    YANKED = "YANKED"
    """Every locked file of the release was yanked."""
    NOT_REQUIRED = "NOT-REQUIRED"
    """Locked, but nothing requires it."""
    UNKNOWN_REQUIREMENTS = "UNKNOWN-REQUIREMENTS"
    """What a locked release requires cannot be known without building it."""


PROVENANCE_CODES = tuple(Code)[:8]

_WARNINGS = frozenset(
    (
        Code.ARTIFACT_POSSIBLE_DIFFERENT_SOURCE,
        Code.DIFFERENT_ARTIFACTS_ON_SOURCES,
        Code.NO_HASHES,
        Code.YANKED,
        Code.NOT_REQUIRED,
        Code.UNKNOWN_REQUIREMENTS,
    )
)
"""Codes of a lockfile that installs what it says nonetheless."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a lockfile."""

    code: Code
    origin: Origin
    """In the lockfile; in the manifest for what only that names."""
    message: str
    """Lower case, no final full stop. Holds names from outside: escape."""
    hint: str
    package: str | None = None
    environments: tuple[str, ...] = ()
    """Where it holds; empty: everywhere."""

    @property
    def is_error(self) -> bool:
        """Whether the lockfile fails by it; else it is a warning."""
        return self.code not in _WARNINGS

    def __str__(self) -> str:
        """Return `file:line: CODE: message (in ENVIRONMENT, ...)`."""
        where = f" (in {', '.join(self.environments)})" if self.environments else ""
        return f"{self.origin}: {self.code}: {self.message}{where}"


class Findings:
    """Gathers findings; the same one of several environments is one."""

    def __init__(self, environments: tuple[str, ...]) -> None:
        self._all = environments
        self._found: dict[tuple[Code, Origin, str, str, str | None], list[str]] = {}

    def add(
        self,
        code: Code,
        origin: Origin,
        message: str,
        *,
        hint: str,
        package: str | None = None,
        environment: str | None = None,
    ) -> None:
        """Add one; `environment` None: it holds in all of them."""
        names = self._found.setdefault((code, origin, message, hint, package), [])
        names.extend(self._all if environment is None else (environment,))

    def result(self) -> tuple[Finding, ...]:
        """Return the findings: by file, line and code."""
        found = [
            Finding(
                code,
                origin,
                message,
                hint,
                package,
                () if set(names) >= set(self._all) else tuple(dict.fromkeys(names)),
            )
            for (code, origin, message, hint, package), names in self._found.items()
        ]
        return tuple(sorted(found, key=_place))


def _place(finding: Finding) -> tuple[str, int, str, str]:
    origin = finding.origin
    return origin.file, origin.line or 0, finding.code, finding.message
