"""Sentences about releases of one package: `a 1.0 to 1.4 need Python >=3.12`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["describe_versions", "say"]

_MAX_RUNS = 3
"""Runs of versions named one by one; more are summed up by their count."""

_SINGULAR = {"are": "is", "have": "has", "need": "needs", "require": "requires"}


def say(name: str, versions: Sequence[str], members: Iterable[int], predicate: str) -> str:
    """Return what releases of a package are or do, in the singular where it is one.

    `versions` is descending; `members` are positions in it, at least one. The predicate is in the
    plural, present tense: `are yanked`.
    """
    chosen = set(members)
    if len(chosen) == len(versions) and len(chosen) > 1:
        return f"every release of {name} {_singular(predicate)}"
    if len(chosen) == 1:
        predicate = _singular(predicate)
    return f"{name} {describe_versions(versions, chosen)} {predicate}"


def describe_versions(versions: Sequence[str], members: Iterable[int]) -> str:
    """Return `1.0 to 1.4, 2.1`: runs of a project's versions, oldest first.

    `versions` is descending; `members` are positions in it.
    """
    runs: list[list[int]] = []
    for position in sorted(members, reverse=True):
        if runs and runs[-1][-1] == position + 1:
            runs[-1].append(position)
        else:
            runs.append([position])
    texts = [
        versions[run[0]] if len(run) == 1 else f"{versions[run[0]]} to {versions[run[-1]]}"
        for run in runs
    ]
    if len(texts) > _MAX_RUNS:
        rest = sum(len(run) for run in runs[_MAX_RUNS - 1 : -1])
        texts = [*texts[: _MAX_RUNS - 1], f"{rest} more", texts[-1]]
    return ", ".join(texts)


def _singular(predicate: str) -> str:
    if predicate == "are pre-releases":
        return "is a pre-release"
    verb, blank, rest = predicate.partition(" ")
    return f"{_SINGULAR.get(verb, verb)}{blank}{rest}"
