"""What check runs say: no stack exists, or the repository's files are wrong. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.quoting import code, fence, plain
from bot.conversation.sections import MAX_PATH, by_hand, count, environments, skipped_releases
from bot.conversation.tables import MAX_WHY, table
from bot.forge import Annotation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.errors import Fault
    from advisor_core.model import DeclaredRequirement, Target
    from advisor_core.outcome import LockOutcome

__all__ = [
    "MAX_ANNOTATIONS",
    "conflict_annotations",
    "conflict_summary",
    "conflict_title",
    "fault_annotations",
    "fault_summary",
]

MAX_ANNOTATIONS = 500
"""GitHub takes 50 in one request (https://docs.github.com/en/rest/checks/runs#create-a-check-run), so
this is ten of them."""

_MAX_TITLE_CHARACTERS = 200
"""GitHub takes 255 characters as the title of an annotation; a check run's is kept as short."""

_EXPLANATION_BYTES = 30_000
_FAULTS_BYTES = 15_000
"""With the shared sections these stay below 65,535 bytes, GitHub's limit for a check run's text."""

_LOOSEN = (
    "### What to do\n\nLoosen or remove one of these lines and commit; "
    "Thoth looks again at the next commit."
)


def conflict_title(target: Target) -> str:
    """Return the title of a check run when no stack exists. Not Markdown."""
    return plain(f"No stack satisfies {target.manifest.path}", limit=_MAX_TITLE_CHARACTERS)


def conflict_summary(outcome: LockOutcome) -> str:
    """Return the check run's text when no stack exists: the proof, the lines, what to do."""
    target, conflict = outcome.target, outcome.conflict
    if conflict is None:
        raise ValueError(f"not a conflict: {outcome.status!r}")
    manifest, lockfile = code(target.manifest.path, limit=MAX_PATH), code(target.lockfile)
    rows, left = table(
        ("Where", "Line"),
        [
            (code(str(each.origin), limit=MAX_PATH), code(each.text, limit=MAX_WHY))
            for each in conflict.at_fault
        ],
        limit_bytes=_FAULTS_BYTES,
    )
    more = f"\n\n… and {left} more lines." if left else ""
    parts = [
        f"No set of releases satisfies {manifest}, so {lockfile} stays as it is.",
        "### Why\n\n" + fence(conflict.explanation, limit_bytes=_EXPLANATION_BYTES),
        f"### Lines that cannot hold together\n\n{rows}{more}" if rows else "",
        _LOOSEN if rows else "",
        "### Environments\n\n" + environments(target),
        skipped_releases({"": conflict.skipped}),
        "### By hand\n\n" + by_hand(target, write=False),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def conflict_annotations(outcome: LockOutcome) -> tuple[Annotation, ...]:
    """Return a remark on each manifest line at fault."""
    at_fault = outcome.conflict.at_fault if outcome.conflict else ()
    return tuple(_annotate(each, len(at_fault)) for each in at_fault[:MAX_ANNOTATIONS])


def fault_summary(faults: Sequence[Fault]) -> str:
    """Return the check run's text when a manifest, lockfile or the configuration is wrong."""
    listed = "\n".join(str(fault) for fault in faults)
    return (
        f"Thoth cannot work on this repository: {count(len(faults), 'fault')} in its files.\n\n"
        f"{fence(listed, limit_bytes=_EXPLANATION_BYTES)}\n\n"
        "Correct them and commit; Thoth looks again at the next commit. No lockfile was changed.\n"
    )


def fault_annotations(faults: Sequence[Fault]) -> tuple[Annotation, ...]:
    """Return a remark on each line at fault; faults without a line are in the summary only."""
    remarks = []
    for fault in faults:
        path, _, line = fault.place.rpartition(":")
        if path and line.isdecimal() and len(line) < 9:
            number = max(1, int(line))
            text = plain(fault.message, limit=1000)
            if fault.hint:
                text += f"\nhint: {plain(fault.hint, limit=1000)}"
            remarks.append(Annotation(path, number, number, text, "Wrong input"))
    return tuple(remarks[:MAX_ANNOTATIONS])


def _annotate(declared: DeclaredRequirement, lines: int) -> Annotation:
    line = declared.origin.line or 1
    others = f" together with {count(lines - 1, 'other line')}" if lines > 1 else ""
    return Annotation(
        path=declared.origin.file,
        start_line=line,
        end_line=line,
        message=f"{plain(declared.text)} cannot hold{others}; the check run says why",
        title="No stack exists",
    )
