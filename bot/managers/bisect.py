"""Which of several changes makes CI fail: what was tried, and what to try next. Pure.

An update with the changes F is red, its base is green. The pull request is made again with half of them: F
and a part that passes, G (at first nothing), draw together as in a bisection over versions of a program:

    G passes, F fails. Of the suspects F - G half are added to G. It passes: G grows. It fails: F shrinks.

until one suspect is left: with it CI fails, without it CI passes. The rest is proposed without it. n changes
take about log2(n) runs of CI, and each passing one is a smaller update that may be merged at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "MOST_CHANGES",
    "Change",
    "Standing",
    "Trial",
    "find_culprit",
    "read_trial",
    "splits",
    "stand",
    "write_trial",
]

MOST_CHANGES = 200
"""Of an update that is taken apart; of larger ones, first locks mostly, the text would outgrow a comment."""

Change = tuple[str, str]
"""A package and its new version; an empty one: the package is removed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What CI said of one set of changes."""

    outcome: Literal["passed", "failed"]
    base: str
    """Digest of the lockfile that was changed: trials on another one say nothing of this."""
    head: str
    """The commit."""
    changes: frozenset[Change]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a bisection has got to, for the changes that would be proposed now."""

    culprits: frozenset[Change] = frozenset()
    """Known to fail: the rest is proposed without them."""
    failing: frozenset[Change] = frozenset()
    """The smallest set known to fail; empty: none of what would be proposed is."""
    passing: frozenset[Change] = frozenset()
    """The largest part of it known to pass."""
    used: int = 0
    """Runs of CI that were spent on looking."""

    @property
    def suspects(self) -> frozenset[Change]:
        """Return those of which one, or several together, fail."""
        return self.failing - self.passing


def write_trial(trial: Trial) -> str:
    """Return a trial as text; `read_trial` is the inverse."""
    changes = dict(sorted(trial.changes))
    return json.dumps(
        {
            "outcome": trial.outcome,
            "base": trial.base,
            "head": trial.head,
            "changes": changes,
        }
    )


def read_trial(text: str) -> Trial | None:
    """Return the trial, None when the text is none."""
    try:
        found = json.loads(text)
        outcome, changes = found["outcome"], found["changes"]
        if outcome not in {"passed", "failed"}:
            return None
        return Trial(
            cast("Literal['passed', 'failed']", outcome),
            str(found["base"]),
            str(found["head"]),
            frozenset((str(name), str(version)) for name, version in changes.items()),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def stand(trials: Sequence[Trial], base: str, wanted: frozenset[Change]) -> Standing:
    """Return what the trials on this base say of the changes that would be proposed."""
    mine = [each for each in trials if each.base == base]
    culprits: set[Change] = set()
    while True:
        failing = _smallest(mine, wanted - culprits)
        passing = _largest(mine, failing)
        if len(failing - passing) != 1:
            break
        culprits |= failing - passing
    used = max(len(mine) - 1, 0)
    return Standing(frozenset(culprits), failing, passing, used)


def splits(standing: Standing) -> list[frozenset[Change]]:
    """Return what may be tried next, the best first: what passes with a half of the suspects.

    More than one, because packages that depend on each other may not move apart.
    """
    suspects = sorted(standing.suspects)
    half = (len(suspects) + 1) // 2
    parts = [suspects[:half], suspects[half:], suspects[:-1], suspects[1:]]
    found = (standing.passing | frozenset(part) for part in parts if part)
    return [each for each in dict.fromkeys(found) if standing.passing < each < standing.failing]


def find_culprit(trials: Sequence[Trial], newest: Trial) -> tuple[Change, Trial] | None:
    """Return the one change that the newest trial shows to fail, and the failing trial; None: none yet."""
    mine = [each for each in trials if each.base == newest.base]
    if newest.outcome == "failed":
        failed = [newest]
    else:
        failed = [
            each for each in mine if each.outcome == "failed" and newest.changes < each.changes
        ]
    for trial in failed:
        passing = _largest([*mine, newest], trial.changes)
        suspects = trial.changes - passing
        if len(suspects) == 1:
            return next(iter(suspects)), trial
    return None


def _smallest(trials: Iterable[Trial], within: frozenset[Change]) -> frozenset[Change]:
    """Return the smallest set that failed; empty when none did."""
    passed = {each.changes for each in trials if each.outcome == "passed"}
    found = [
        each.changes
        for each in trials
        # Where CI came to both, it says nothing of the changes.
        if each.outcome == "failed" and each.changes <= within and each.changes not in passed
    ]
    return min(found, key=lambda each: (len(each), sorted(each)), default=frozenset())


def _largest(trials: Iterable[Trial], within: frozenset[Change]) -> frozenset[Change]:
    """Return the largest real part that passed; empty when none did."""
    found = [each.changes for each in trials if each.outcome == "passed" and each.changes < within]
    return max(found, key=lambda each: (len(each), sorted(each)), default=frozenset())
