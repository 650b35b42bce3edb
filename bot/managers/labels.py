"""The label manager, `label-bot`: labels new issues by the words in them. Pure.

    managers:
    - name: label-bot
      configuration:
        labels: {bug: [traceback, crash], question: ["how do i"]}

Kebechet's asked a service that is no more. These are the repository's own words: whole ones, in any case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor_core.config.model import Manager

__all__ = ["choose_labels"]

_MOST_LABELS = 100
"""In the configuration; GitHub takes 100 on an issue."""

_MOST_WORDS = 100
"""Of one label."""

_LONGEST = 50
"""Characters of a label, as GitHub has it, and of a word."""

_MOST_CHARACTERS = 20_000
"""Of an issue that are looked at."""


def choose_labels(manager: Manager | None, *, title: str, body: str) -> tuple[str, ...]:
    """Return the labels of a new issue, in the order of the configuration."""
    rules = manager.configuration.get("labels") if manager is not None and manager.enabled else None
    if not isinstance(rules, dict):
        return ()
    text = " ".join(f"{title}\n{body}"[:_MOST_CHARACTERS].casefold().split())
    return tuple(
        label
        for label, words in list(rules.items())[:_MOST_LABELS]
        if 0 < len(label) <= _LONGEST
        and isinstance(words, list)
        and any(_holds(text, word) for word in words[:_MOST_WORDS])
    )


def _holds(text: str, word: object) -> bool:
    wanted = " ".join(str(word).casefold().split())[:_LONGEST]
    if not wanted:
        return False
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text) is not None
