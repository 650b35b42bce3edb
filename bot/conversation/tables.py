"""Markdown tables that fit into a given size, never broken in the middle. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from bot.conversation.quoting import code, remark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.outcome import Change

__all__ = ["change_tables", "ordered", "table"]

MAX_NAME = 80
"""Characters shown of a package name, and of a category; PyPI's longest names have about 80."""

MAX_VERSION = 60
"""Characters shown of a version."""

MAX_WHY = 200
"""Characters shown of a reason."""


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, limit_bytes: int
) -> tuple[str, int]:
    """Return a table with as many of the rows as fit, and how many were left out.

    Cells are Markdown already. With no row that fits the text is empty.
    """
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    lines = [head]
    size = len(head.encode())
    for row in rows:
        line = f"| {' | '.join(row)} |"
        size += len(line.encode()) + 1
        if size > limit_bytes:
            break
        lines.append(line)
    shown = len(lines) - 1
    return ("\n".join(lines) if shown else ""), len(rows) - shown


def ordered(changes: Sequence[Change]) -> list[Change]:
    """Return the changes in reading order: default category first, direct first, by name."""
    return sorted(
        changes,
        key=lambda change: (
            change.category != "default",
            change.category,
            not change.direct,
            change.package,
        ),
    )


def change_tables(changes: Sequence[Change], *, limit_bytes: int) -> str:
    """Return the lock diff: one table per category, in reading order, at most `limit_bytes` in all.

    What does not fit is left out whole, and its number is said at the end.
    """
    by_category: dict[str, list[Change]] = {}
    for change in ordered(changes):
        by_category.setdefault(change.category, []).append(change)
    parts: list[str] = []
    left_out = 0
    room = limit_bytes - 100  # for the last line
    for category, members in by_category.items():
        heading = (
            "" if list(by_category) == ["default"] else f"**{code(category, limit=MAX_NAME)}**\n\n"
        )
        text, left = table(
            ("Package", "Old", "New", "Kind", "Why"),
            [_cells(change) for change in members],
            limit_bytes=0 if left_out else room - len(heading.encode()),
        )
        left_out += left
        if text:
            parts.append(heading + text)
            room -= len(parts[-1].encode()) + 2
    if left_out:
        parts.append(f"… and {left_out} more changes; the commit has them all.")
    return "\n\n".join(parts)


def _cells(change: Change) -> tuple[str, ...]:
    return (
        code(change.package, limit=MAX_NAME),
        "not locked" if change.old is None else code(change.old, limit=MAX_VERSION),
        _new(change),
        "direct" if change.direct else "transitive",
        remark(change.why, limit=MAX_WHY),
    )


def _new(change: Change) -> str:
    """Return the new version, with a remark when it is lower than the old one."""
    if change.new is None:
        return "removed"
    shown = code(change.new, limit=MAX_VERSION)
    return f"{shown} (lower)" if _is_lower(change.new, change.old) else shown


def _is_lower(new: str, old: str | None) -> bool:
    try:
        return old is not None and Version(new) < Version(old)
    except InvalidVersion:
        return False
