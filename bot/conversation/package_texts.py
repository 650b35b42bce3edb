"""The pull request that moves named packages alone: its texts, and what a person who asked is told. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.wish import Wish
from bot.conversation.change_list import change_list
from bot.conversation.messages import files_digest, join_parts, pull_request_title
from bot.conversation.quoting import (
    code,
    comment_block,
    fence,
    plain,
    read_comment_block,
    unlinked,
)
from bot.conversation.release_notes import NO_NOTES
from bot.conversation.releases import release_links, supply_chain
from bot.conversation.sections import MAX_PATH, count, environments
from bot.conversation.tables import change_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.outcome import LockOutcome
    from bot.conversation.release_notes import Notes
    from bot.forge import BranchName

__all__ = [
    "no_stack",
    "nothing_to_split",
    "packages_body",
    "packages_digest",
    "packages_message",
    "read_wish",
    "unmoved",
]

_MARKER = "thoth-packages/1"
_CHANGES_BYTES = 24_000
_CONFLICT_BYTES = 8_000
_MOST_NAMED = 20

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
_PIN = re.compile(r"([a-z0-9-]+)==([a-z0-9.!+]+)", re.ASCII)


def packages_message(outcome: LockOutcome, wish: Wish, *, branch: BranchName) -> str:
    """Return the message of the commit."""
    named = ", ".join(wish.only[:_MOST_NAMED])
    return (
        f"{pull_request_title(outcome)}\n\n"
        f"Only {unlinked(plain(named))}, and what this needs.\n\nThoth-Branch: {branch}\n"
    )


def packages_body(
    outcome: LockOutcome,
    wish: Wish,
    *,
    branch: BranchName,
    group: str = "",
    releases: Notes = NO_NOTES,
) -> str:
    """Return the pull request's text, with the block by which it is brought up to date.

    `group`: the group of the configuration that the packages are of; empty: a person asked for them.
    """
    target = outcome.target
    moved = sum(change.package in wish.only for change in outcome.changes)
    others = len(outcome.changes) - moved
    lockfile = code(target.lockfile, limit=MAX_PATH)
    along = f" and {count(others, 'package')} that this needs" if others else ""
    pins = ", ".join(code(version) for version in wish.pins.values())
    goal = pins or "the newest release that every requirement and rule allows"
    before = [
        f"This brings {_names(wish.only)} in {lockfile} to {goal}{along}. All else stays as it is.",
        change_tables(outcome.changes, limit_bytes=_CHANGES_BYTES),
        supply_chain(outcome),
        release_links(outcome),
    ]
    after = [
        _proof(outcome),
        "### Environments\n\n" + environments(target),
        _closing(wish, branch, group),
    ]
    marker = {
        "branch": branch,
        "files": files_digest(outcome.files),
        "lockfile": target.lockfile,
        "packages": " ".join(wish.only),
        "pins": " ".join(f"{name}=={version}" for name, version in wish.pins.items()),
    }
    blocks = [change_list(outcome), comment_block(_MARKER, marker)]
    return join_parts(before, after, blocks, outcome=outcome, releases=releases)


def read_wish(body: str) -> tuple[str, Wish] | None:
    """Return the lockfile and the wish of a pull request; None when its block was removed or broken."""
    block = read_comment_block(_MARKER, body)
    if block is None or not block.get("lockfile"):
        return None
    packages = block.get("packages", "").split()
    pins = [_PIN.fullmatch(pin) for pin in block.get("pins", "").split()]
    if not packages or not all(map(_NAME.fullmatch, packages)) or not all(pins):
        return None
    pinned = {pin[1]: pin[2] for pin in pins if pin is not None}
    return block["lockfile"], Wish(only=tuple(packages), pins=pinned)


def packages_digest(body: str) -> str | None:
    """Return the digest of what a pull request for packages proposes, None without its block."""
    return (read_comment_block(_MARKER, body) or {}).get("files")


def no_stack(outcome: LockOutcome) -> str:
    """Return what is said when no stack holds what was asked for."""
    explanation = outcome.conflict.explanation if outcome.conflict is not None else ""
    manifest = code(outcome.target.manifest.path, limit=MAX_PATH)
    return (
        f"No stack of {manifest} holds that:\n\n{fence(explanation, limit_bytes=_CONFLICT_BYTES)}"
    )


def unmoved(packages: Sequence[str], *, at_newest: bool) -> str:
    """Return what is said of packages that an update did not move."""
    if at_newest:
        first = packages[0]
        return (
            f"{_names(packages)}: already at the newest release that everything else allows. "
            f"{code(f'/thoth why {first}')} says what keeps newer ones out."
        )
    return f"{_names(packages)}: in no lockfile of this repository."


def nothing_to_split(package: str) -> str:
    """Return what is said when Thoth proposes no other release of the package."""
    return f"Thoth proposes no other release of {code(package)}, so there is nothing to split off."


def _closing(wish: Wish, branch: BranchName, group: str) -> str:
    if group:
        return (
            f"---\n\nThis is the group {code(group, limit=60)} of `.thoth.yaml`: the pull request for the "
            f"whole lockfile leaves {_names(wish.only)} alone. Commit to {code(branch, limit=MAX_PATH)} "
            "yourself and Thoth leaves it to you."
        )
    return (
        f"---\n\nWhile this is open, the pull request for the whole lockfile leaves {_names(wish.only)} "
        "alone; merge or close this and that one takes over again. Commit to "
        f"{code(branch, limit=MAX_PATH)} yourself and Thoth leaves it to you."
    )


def _names(packages: Sequence[str]) -> str:
    named = ", ".join(code(name) for name in packages[:_MOST_NAMED])
    more = len(packages) - _MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _proof(outcome: LockOutcome) -> str:
    if outcome.advice is None or not outcome.advice.products:
        return ""
    if outcome.advice.products[0].status != "optimal":
        return "Found within the time allowed; fewer changes may do."
    return "Proved: no valid stack is newer here, or as new with fewer changes elsewhere."
