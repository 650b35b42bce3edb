"""Components that are a yes or no of a release: -1 when it is so, else 0."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from advisor_core.environment.python_range import range_holds
from advisor_core.scoring.interface import INDEX, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor_core.pipeline.interface import Level, ReleaseFacts
    from advisor_core.scoring.interface import ScoredPackage

__all__ = ["FLAGS", "Flag"]

_DAY_SECONDS = 86_400

Check = "Callable[[ScoredPackage, ReleaseFacts], str | None]"


class Flag:
    """-1 for each release of which `check` has something to say."""

    level: Level = "main"

    def __init__(
        self,
        name: str,
        rule: str,
        check: Callable[[ScoredPackage, ReleaseFacts], str | None],
        *,
        source: str = INDEX,
        link: str = "",
        type_: Literal["INFO", "WARNING"] = "INFO",
    ) -> None:
        self.name = name
        self.rule = rule
        self._check = check
        self._source = source
        self._link = link
        self._type: Literal["INFO", "WARNING"] = type_

    def amounts(self, package: ScoredPackage) -> Sequence[int]:
        """Return the amounts."""
        check = self._check
        return [
            0 if check(package, release) is None else -1 for release in package.candidates.releases
        ]

    def findings(self, package: ScoredPackage, place: int) -> Sequence[tuple[int, Finding]]:
        """Return what the check says of the release."""
        message = self._check(package, package.candidates.releases[place])
        if message is None:
            return ()
        return ((-1, Finding(message, self._source, self._link, self._type)),)


def _yanked(_package: ScoredPackage, release: ReleaseFacts) -> str | None:
    if release.yanked is None:
        return None
    return f"yanked: {release.yanked}" if release.yanked else "yanked"


def _prerelease(_package: ScoredPackage, release: ReleaseFacts) -> str | None:
    return "a pre-release" if release.prerelease else None


def _young(package: ScoredPackage, release: ReleaseFacts) -> str | None:
    if release.uploaded_at is None or not package.cooldown_days:
        return None
    age = package.now - release.uploaded_at
    if age >= package.cooldown_days * _DAY_SECONDS:
        return None
    day = time.strftime("%Y-%m-%d", time.gmtime(release.uploaded_at))
    return f"published on {day}, less than {package.cooldown_days} days ago"


def _no_headroom(package: ScoredPackage, release: ReleaseFacts) -> str | None:
    if not release.requires_python or not package.python:
        return None
    major, minor = package.python.split(".")[:2]
    following = f"{major}.{int(minor) + 1}"
    try:
        fits = range_holds(release.requires_python, f"{following}.0")
    except ValueError:
        return None
    return None if fits else f"does not allow Python {following}"


def _no_wheel(_package: ScoredPackage, release: ReleaseFacts) -> str | None:
    return "no wheel fits, so it has to be built" if release.wheel is False else None


def _unmaintained(package: ScoredPackage, _release: ReleaseFacts) -> str | None:
    if package.status in {"archived", "deprecated", "quarantined"}:
        return f"the project is {package.status}"
    return None


def _moved(package: ScoredPackage, release: ReleaseFacts) -> str | None:
    locked = package.candidates.locked
    if locked is None or locked == release.version:
        return None
    return f"a change from {locked} in the present lockfile"


FLAGS = (
    Flag(
        "yanked",
        "-1 when the release is yanked (it is a candidate only where something pins it).",
        _yanked,
        link="https://peps.python.org/pep-0592/",
        type_="WARNING",
    ),
    Flag("prerelease", "-1 when it is a pre-release or development release.", _prerelease),
    Flag(
        "cooldown",
        "-1 when it was published less than the type's `cooldown_days` ago; 0 when the index does not "
        "say when. Direct or not makes no difference.",
        _young,
    ),
    Flag(
        "python-headroom",
        "-1 when its Requires-Python excludes the next minor Python after the target's newest.",
        _no_headroom,
    ),
    Flag(
        "wheel", "-1 when no wheel fits every environment, so that it has to be built.", _no_wheel
    ),
    Flag(
        "maintenance",
        "-1 when the index says that the project is archived or deprecated.",
        _unmaintained,
        link="https://peps.python.org/pep-0792/",
        type_="WARNING",
    ),
    Flag(
        "lock-distance",
        "-1 when the present lockfile has another version of the package: a change must pay for itself.",
        _moved,
        source="the present lockfile",
    ),
)
