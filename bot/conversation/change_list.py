r"""What a pull request changes, for programs: a hidden line of JSON at the end of its text. Pure.

    <!-- thoth-changes/1 {"changes":[{"advisories":["PYSEC\u002d2023\u002d62"],"category":"default",
    "from":"2.2.4","kind":"minor","name":"flask","relation":"direct","to":"2.3.2","why":"..."}],
    "left":0,"lockfile":"Pipfile.lock"} -->

It is one line, so that what people write around it does not break it; removed or broken, the next run puts it
back. `docs/pull-requests.md` tells its keys; a key may come, none changes its meaning under the same number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from bot.conversation.quoting import comment_block, plain
from bot.conversation.tables import MAX_NAME, MAX_VERSION, ordered
from bot.update_kinds import update_kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.outcome import Change, LockOutcome

__all__ = ["CHANGES_MARKER", "change_list"]

CHANGES_MARKER = "thoth-changes/1"

CHANGES_BYTES = 6_000
"""Of the line; the changes that do not fit are counted under `left`, transitive ones first."""

_MAX_WHY = 100
_MOST_ADVISORIES = 10
_MAX_IDENTIFIER = 40


def change_list(
    outcome: LockOutcome,
    advisories: Mapping[str, Sequence[str]] | None = None,
    *,
    limit_bytes: int = CHANGES_BYTES,
) -> str:
    """Return the line. `advisories`: identifiers of those that no longer apply, by package."""
    changes = sorted(ordered(outcome.changes), key=lambda change: not change.direct)
    lockfile = plain(outcome.target.lockfile, limit=200)
    told: list[dict[str, object]] = []
    size = len(_block([], len(changes), lockfile))
    for change in changes:
        one = _describe(change, (advisories or {}).get(change.package, ()))
        size += len(comment_block("", {"": one})) - len(comment_block("", {}))
        if size > limit_bytes:
            break
        told.append(one)
    return _block(told, len(changes) - len(told), lockfile)


def _block(told: list[dict[str, object]], left: int, lockfile: str) -> str:
    return comment_block(CHANGES_MARKER, {"changes": told, "left": left, "lockfile": lockfile})


def _describe(change: Change, advisories: Sequence[str]) -> dict[str, object]:
    described: dict[str, object] = {
        "name": plain(change.package, limit=MAX_NAME),
        "category": plain(change.category, limit=MAX_NAME),
        "relation": "direct" if change.direct else "transitive",
        "from": None if change.old is None else plain(change.old, limit=MAX_VERSION),
        "to": None if change.new is None else plain(change.new, limit=MAX_VERSION),
        "kind": _kind(change),
        "why": plain(change.why, limit=_MAX_WHY),
    }
    if advisories:
        named = dict.fromkeys(plain(each, limit=_MAX_IDENTIFIER) for each in advisories)
        described["advisories"] = list(named)[:_MOST_ADVISORIES]
    return described


def _kind(change: Change) -> str:
    """Return `added`, `removed`, `lower`, else which part of the version moves."""
    if change.old is None:
        return "added"
    if change.new is None:
        return "removed"
    try:
        if Version(change.new) < Version(change.old):
            return "lower"
    except InvalidVersion:
        return "other"
    return update_kind(change.old, change.new)
