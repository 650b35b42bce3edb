"""Reads what projects say of the releases that a run proposes. Never stops a run: what fails is left out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.conversation.release_notes import (
    NO_NOTES,
    Notes,
    change_key,
    from_changelog,
    from_releases,
)
from bot.errors import ForgeError
from bot.logs import get_log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.outcome import LockOutcome
    from advisor_core.release_facts import ChangeFacts
    from bot.conversation.release_notes import ChangeKey, Said
    from bot.forge import Forge, Project

__all__ = ["read_notes"]

MOST_PACKAGES: Final = 10
"""Whose notes one run reads, direct ones first: each costs three requests at most, once in some hours."""

LONGEST_SECONDS: Final = 20.0
"""That a run waits for all of them; GitHub's limits count in it."""

_SOURCE: Final = ("source", "repositor", "code", "github")
_NOTES: Final = ("change", "release", "history", "news")

_log = get_log(__name__)


async def read_notes(
    forge: Forge, outcomes: Iterable[LockOutcome], *, seconds: float = LONGEST_SECONDS
) -> Notes:
    """Return the notes of what outcomes bring, as far as they could be read. Raises no ForgeError."""
    wanted: dict[ChangeKey, tuple[ChangeFacts, Project]] = {}
    for outcome in outcomes:
        for facts in outcome.facts:
            project = _project_of(forge, facts)
            if project is not None and len(wanted) < MOST_PACKAGES:
                wanted.setdefault(change_key(facts), (facts, project))
    if not wanted:
        return NO_NOTES
    said: dict[ChangeKey, tuple[Said, ...]] = {}
    try:
        async with asyncio.timeout(seconds):
            for key, (facts, project) in wanted.items():
                said[key] = await _read(forge, facts, project)
    except (ForgeError, TimeoutError) as error:
        _log.info("release notes are left out", reason=str(error) or "it took too long")
        return Notes(said, is_complete=False)
    return Notes(said)


async def _read(forge: Forge, facts: ChangeFacts, project: Project) -> tuple[Said, ...]:
    releases = await forge.releases(project)
    said = from_releases(facts.package, facts.old, facts.new, releases, project)
    if said:
        return said
    changelog = await forge.changelog(project)
    if changelog is None:
        return ()
    return from_changelog(facts.old, facts.new, changelog, project)


def _project_of(forge: Forge, facts: ChangeFacts) -> Project | None:
    """Return where a package is made, by the addresses that its author gave."""
    found = (forge.project_at(url) for _, url in sorted(facts.links, key=_rank))
    return next((project for project in found if project is not None), None)


def _rank(link: tuple[str, str]) -> int:
    label = link[0].lower()
    for rank, words in enumerate((_SOURCE, _NOTES, ("home",))):
        if any(word in label for word in words):
            return rank
    return 3
