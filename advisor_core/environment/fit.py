"""Which files of a release fit a runtime environment, and the reason of those that do not.

A release fits when one of its files does: a wheel whose tags the environment has, or an sdist,
unless the policy forbids that kind; not yanked (PEP 592), and its `Requires-Python` holds the
environment's Python. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from advisor_core.environment.python_range import range_holds
from advisor_core.environment.python_version import full_version
from advisor_core.environment.tags import SetRanks, WheelTags

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from advisor_core.model import Environment
    from advisor_core.releases import FileShape

__all__ = ["FilePolicy", "release_misfit", "shape_fits", "wheel_rank"]

_ALL = ":all:"

# How far the file that came furthest came before it was refused.
_NO_FILES, _YANKED, _NO_WHEELS_ALLOWED, _NO_SDISTS_ALLOWED, _NO_WHEEL, _OTHER_PYTHON = range(6)

_REASONS = {
    _NO_FILES: "have no files",
    _YANKED: "are yanked",
    _NO_WHEELS_ALLOWED: "have only wheels, which `--no-binary` forbids",
    _NO_SDISTS_ALLOWED: "have only an sdist, which `--only-binary` forbids",
}


class FilePolicy(Protocol):
    """Which kinds of file may be used. Names are PEP 503 normalized, or `:all:`."""

    @property
    def only_binary(self) -> Collection[str]:
        """Packages whose sdists may not be used."""

    @property
    def no_binary(self) -> Collection[str]:
        """Packages whose wheels may not be used."""


def release_misfit(
    shapes: Iterable[FileShape],
    *,
    environment: Environment,
    name: str,
    policy: FilePolicy,
    admit_yanked: bool = False,
) -> str | None:
    """Return None when a file fits, else why none does, as a plural predicate: `are yanked`.

    Of several files the reason of the one that came furthest counts: a wheel of the right platform
    that needs a newer Python says more than one of another platform. A project has thousands of
    files, so the text is made only at the end.
    """
    wheels, sdists = _allowed_kinds(name, policy)
    ranks, python = _ranks_of(environment), environment.python
    furthest, specifier, has_sdist = _NO_FILES, "", False
    for shape in shapes:
        if not shape.tags:
            has_sdist = True
        if shape.yanked and not admit_yanked:
            came = _YANKED
        elif shape.tags and not wheels:
            came = _NO_WHEELS_ALLOWED
        elif not shape.tags and not sdists:
            came = _NO_SDISTS_ALLOWED
        elif shape.tags and ranks[shape.tags] is None:
            came = _NO_WHEEL
        elif shape.requires_python and not _python_is_in(shape.requires_python, python):
            came = _OTHER_PYTHON
            specifier = specifier or shape.requires_python
        else:
            return None
        furthest = max(furthest, came)
    if furthest == _OTHER_PYTHON:
        return f"need Python {specifier}" + _patch_hint(specifier, python)
    if furthest == _NO_WHEEL:
        sdist = "`--only-binary` forbids the sdist" if has_sdist else "no sdist"
        return f"have no wheel for {_describe(environment)} and {sdist}"
    return _REASONS[furthest]


def shape_fits(
    shape: FileShape,
    *,
    environment: Environment,
    name: str,
    policy: FilePolicy,
    admit_yanked: bool = False,
) -> str | None:
    """Return None when the file fits, else why it does not."""
    return release_misfit(
        (shape,), environment=environment, name=name, policy=policy, admit_yanked=admit_yanked
    )


def wheel_rank(filename: str, environment: Environment) -> int | None:
    """Return how well a wheel fits, 0 best, by its filename (PEP 427); None when it does not."""
    parts = filename.removesuffix(".whl").rsplit("-", 3)
    return _ranks_of(environment)["-".join(parts[1:])] if len(parts) == 4 else None


def _ranks_of(environment: Environment) -> SetRanks:
    tags = environment.tags
    return tags.ranks if isinstance(tags, WheelTags) else SetRanks(tags)


def _allowed_kinds(name: str, policy: FilePolicy) -> tuple[bool, bool]:
    """Return whether wheels and whether sdists may be used; a name wins over `:all:`, as in pip."""
    only_binary, no_binary = policy.only_binary, policy.no_binary
    if not only_binary and not no_binary:
        return True, True
    wheels = name not in no_binary and (_ALL not in no_binary or name in only_binary)
    sdists = name not in only_binary and (_ALL not in only_binary or name in no_binary)
    return wheels, sdists


def _describe(environment: Environment) -> str:
    return f"Python {environment.python} on {environment.platform or 'this platform'}"


def _python_is_in(specifier: str, python: str) -> bool:
    """Return whether the set holds the Python; one that is not PEP 440 holds all, as in pip."""
    try:
        return range_holds(specifier, python)
    except ValueError:
        return True


def _patch_hint(specifier: str, python: str) -> str:
    """Tell a person when only the undeclared patch number is in the way."""
    if python.count(".") > 1 or not _python_is_in(specifier, f"{python}.99"):
        return ""
    return f" (Python {python} is taken as {full_version(python)}: declare the patch release)"
