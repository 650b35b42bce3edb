"""What is said while Thoth looks for the change that makes a pull request red. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.quoting import code, plain
from bot.conversation.sections import count
from bot.conversation.tables import MAX_NAME, MAX_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.managers.bisect import Change, Standing, Trial

__all__ = ["note", "tell_culprit", "tell_trial"]

_MOST_NAMED = 20


def tell_trial(trial: Trial, *, first: bool, found: bool, used: int, runs: int) -> str:
    """Return what a run of CI showed, and what comes next. `found`: what fails is known, and not in it."""
    changes = _name(trial.changes)
    if trial.outcome == "passed":
        said = f"CI passes with {changes}: this may be merged as it is."
        return said if found else f"{said} What fails is among the rest."
    if not first:
        said = f"CI fails with no more than {changes}."
        if used >= runs:
            said += (
                f" The {count(runs, 'run')} of CI for finding out more (`bisect.runs`) are used up."
            )
        return said
    return (
        f"CI fails with {changes}, and passed without. Thoth now makes this pull request again with a part "
        f"of them, to find out which one fails: at most {count(runs, 'run')} of CI. What passes on the way "
        "may be merged.\n\n`bisect: {runs: 0}` in `.thoth.yaml` turns this off."
    )


def tell_culprit(culprit: Change, *, head: str, passing: bool) -> str:
    """Return which change fails, and what follows."""
    named = _name([culprit])
    without = "with the other changes here" if passing else "without it"
    name, version = culprit
    have = (
        f" To have it all the same, require it in the manifest: {code(f'{name}=={version}', limit=MAX_NAME)}."
        if version
        else ""
    )
    return (
        f"**{named} is what fails.** CI passes {without}, and fails once it is added (commit {plain(head)}). "
        f"It is left out from now on, and what was learnt counts in the advice for other repositories.{have}"
    )


def note(standing: Standing, *, runs: int, shown: int, whole: int) -> str:
    """Return a remark for the pull request's text: why it holds less than it might. Plain text."""
    if standing.culprits:
        left = ", ".join(_plain(each) for each in sorted(standing.culprits)[:_MOST_NAMED])
        said = f"without {left}, because CI fails with it"
        if not standing.suspects:
            return said
    else:
        said = ""
    if standing.used >= runs:
        why = f"CI fails with all {whole} changes, and the runs for finding out why are used up"
    else:
        why = (
            f"CI fails with all {whole} changes; these {shown} show whether the reason is among them "
            f"(run {standing.used + 1} of at most {runs}, bisect.runs)"
        )
    return f"{said}; {why}" if said else why


def _name(changes: Iterable[Change]) -> str:
    ordered = sorted(changes)
    named = [
        f"{code(name, limit=MAX_NAME)} {code(version, limit=MAX_VERSION)}"
        if version
        else f"{code(name, limit=MAX_NAME)} removed"
        for name, version in ordered[:_MOST_NAMED]
    ]
    more = f" and {len(ordered) - _MOST_NAMED} more" if len(ordered) > _MOST_NAMED else ""
    return f"{', '.join(named)}{more}"


def _plain(change: Change) -> str:
    return f"{plain(change[0], limit=MAX_NAME)} {plain(change[1], limit=MAX_VERSION) or 'removed'}"
