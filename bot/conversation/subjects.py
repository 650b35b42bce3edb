"""What the first line of a pull request and of its commit is like: the repository's own style. Pure.

Conventional commits (https://www.conventionalcommits.org/en/v1.0.0/) are known by the subjects of the base
branch's newest commits: where at least half of them are, ours are too, with the prefix that people gave to
changes of dependencies, if they gave one:

    feat: add a page, build(deps): bump flask, ...      build(deps): update flask to 3.1 in Pipfile.lock
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.conversation.quoting import plain, truncate, unlinked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.config.pull_requests import PullRequestSettings
    from advisor_core.outcome import LockOutcome

__all__ = ["Style", "style_of"]

_MAX_TITLE = 250
_FEWEST = 5
"""Subjects from which a habit is seen."""

_TYPES = "build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test"
_CONVENTIONAL = re.compile(rf"({_TYPES})(\([\w./-]{{1,40}}\))?!?: \S", re.ASCII)
_OF_DEPENDENCIES = re.compile(rf"((?:{_TYPES})\((?:deps|dependencies|deps-dev)\)): \S", re.ASCII)
_MERGE = re.compile(r"Merge (?:pull request|branch|remote-tracking|tag|commit) ")
_DEFAULT_PREFIX = "chore(deps)"
_ZERO_WIDTH_SPACE = "\u200b"
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Style:
    """How subjects are written."""

    prefix: str = ""
    """Before `: `; empty: none."""
    title: str = ""
    """Template of titles; empty: as they are."""
    message: str = ""
    """Template of subjects of commits."""

    def as_title(self, plain_title: str, outcome: LockOutcome) -> str:
        """Return the title of a pull request."""
        return self._write(self.title, plain_title, outcome)

    def as_message(self, plain_message: str, outcome: LockOutcome) -> str:
        """Return the message of a commit: its first line in the repository's style, the rest as it is."""
        subject, line, rest = plain_message.partition("\n")
        return self._write(self.message, subject, outcome) + line + rest

    def prefixed(self, text: str, *, of_dependencies: bool = False) -> str:
        """Return a title or a message of anything else: with the prefix alone, no template.

        `of_dependencies`: it changes requirements, else the scope of the prefix is left out.
        """
        if not self.prefix:
            return text
        prefix = self.prefix if of_dependencies else self.prefix.partition("(")[0]
        return f"{prefix}: {text[:1].lower()}{text[1:]}"

    def _write(self, template: str, subject: str, outcome: LockOutcome) -> str:
        if self.prefix:
            subject = f"{self.prefix}: {subject[:1].lower()}{subject[1:]}"
        if not template and not self.prefix:
            return subject
        if template:
            fields = _fields(subject, outcome)
            subject = _FIELD.sub(lambda found: fields.get(found[1], found[0]), template)
        # What is unlinked already would show: all of it is written anew, with what the template adds.
        bare = subject.replace(_ZERO_WIDTH_SPACE, "")
        return truncate(unlinked(plain(bare)), limit=_MAX_TITLE)


def _fields(subject: str, outcome: LockOutcome) -> dict[str, str]:
    names = list(dict.fromkeys(change.package for change in outcome.changes))
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return {
        "title": subject,
        "packages": shown,
        "count": str(len(outcome.changes)),
        "lockfile": outcome.target.lockfile,
    }


def style_of(settings: PullRequestSettings, subjects: Sequence[str]) -> Style:
    """Return the style that a repository asks for, or shows with its newest commits' subjects."""
    prefix = ""
    if settings.conventional == "always" or (
        settings.conventional == "auto" and _is_conventional(subjects)
    ):
        prefix = _prefix(subjects)
    return Style(prefix, settings.title, settings.commit_message)


def _is_conventional(subjects: Sequence[str]) -> bool:
    counted = [subject for subject in subjects if not _MERGE.match(subject)]
    found = sum(_CONVENTIONAL.match(subject) is not None for subject in counted)
    return found >= _FEWEST and 2 * found >= len(counted)


def _prefix(subjects: Sequence[str]) -> str:
    matches = (_OF_DEPENDENCIES.match(subject) for subject in subjects)
    used = Counter(found[1] for found in matches if found)
    return used.most_common(1)[0][0] if used else _DEFAULT_PREFIX
