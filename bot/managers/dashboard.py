"""The dashboard: one issue that says how a repository stands, with boxes to ask for work. Pure.

    ### Lockfiles
    | `Pipfile.lock` | default | #7 is open |
    - [ ] Look for better lockfiles now <!-- thoth:update -->

A person who may edit the issue (GitHub asks for write access) checks a box; the next run does what the
box says and writes the issue anew, with the box empty. Written only when what it says has changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.conversation import replies
from bot.conversation.quoting import code, comment_block, plain, prose, read_comment_block, remark
from bot.conversation.sections import MAX_PATH
from bot.conversation.security import vulnerable_packages
from bot.conversation.tables import table
from bot.managers.update import branch_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.config.rules import PackageRule
    from advisor_core.errors import Fault
    from advisor_core.outcome import LockOutcome
    from advisor_core.security_outcome import SecurityFix
    from bot.forge import BranchName, PullRequest

__all__ = [
    "DASHBOARD_TITLE",
    "Box",
    "DashboardFacts",
    "checked_boxes",
    "is_dashboard",
    "render_dashboard",
]

DASHBOARD_TITLE = "Thoth dashboard"

_MARKER = "thoth-dashboard/1"

Box = Literal["update", "recreate"]
"""`update`: look now, and propose again what a person declined. `recreate`: the same, and discard
people's commits on Thoth's branches."""

_BOXES: tuple[tuple[Box, str], ...] = (
    ("update", "Look for better lockfiles now, and propose again what was declined"),
    ("recreate", "The same, and discard commits that people made on Thoth's branches"),
)
_CHECKED = re.compile(r"^\s*[-*] \[[xX]\] .*<!-- thoth:(update|recreate) -->\s*$", re.MULTILINE)

_TABLE_BYTES = 15_000
_MOST_LINES = 30


@dataclass(frozen=True, slots=True)
class DashboardFacts:
    """What a dashboard says."""

    mode: str
    outcomes: Sequence[LockOutcome] = ()
    fixes: Sequence[SecurityFix] = ()
    """Of the lockfiles of which it is known whether they have vulnerabilities."""
    pull_requests: Sequence[PullRequest] = ()
    """Thoth's own, as they are after the run."""
    edited: Mapping[BranchName, str] | None = None
    """Branches with a person's commit, and who made it."""
    faults: Sequence[Fault] = ()
    notes: Sequence[str] = ()
    rules: Sequence[PackageRule] = ()
    waits: str = ""
    """Until when no new pull request may come, by the schedule. Empty: it may now."""
    today: str = ""
    """A day in UTC, for rules that end."""


def is_dashboard(body: str | None) -> bool:
    """Return whether an issue's text is a dashboard."""
    return read_comment_block(_MARKER, body or "") is not None


def checked_boxes(body: str | None) -> tuple[Box, ...]:
    """Return the boxes that are checked in a dashboard, none in any other text."""
    if not is_dashboard(body):
        return ()
    found = set(_CHECKED.findall(body or ""))
    return tuple(box for box, _ in _BOXES if box in found)


def render_dashboard(facts: DashboardFacts) -> str:
    """Return the issue's text: at most some 40,000 bytes."""
    parts = [
        f"How Thoth sees this repository. Mode: `{facts.mode}`.",
        "Close this issue to do without it; open it again to have it back.",
        replies.wrong_files(facts.faults) if facts.faults else "",
        "### Lockfiles\n\n" + _lockfiles(facts),
        "### Vulnerable packages\n\n" + vulnerable_packages(facts.fixes) if facts.outcomes else "",
        "### Ask for work\n\n"
        + "\n".join(f"- [ ] {text} <!-- thoth:{box} -->" for box, text in _BOXES),
        "### Ignored and pinned\n\n" + replies.ignores(facts.rules, today=facts.today),
        _notes(facts.notes),
        "`/thoth help` in a comment lists every command.",
        comment_block(_MARKER, {}),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _lockfiles(facts: DashboardFacts) -> str:
    rows = [
        (
            code(outcome.target.lockfile, limit=MAX_PATH),
            ", ".join(code(each.name) for each in outcome.target.environments),
            _state(outcome, facts),
        )
        for outcome in facts.outcomes
    ]
    text, left = table(("Lockfile", "Environments", "State"), rows, limit_bytes=_TABLE_BYTES)
    if not text:
        return "None is known." if facts.faults else "None was found."
    return text + (f"\n\n… and {left} more." if left else "")


def _state(outcome: LockOutcome, facts: DashboardFacts) -> str:
    branch = branch_name(outcome.target.lockfile)
    mine = [each for each in facts.pull_requests if each.branch == branch]
    opened = next((each for each in mine if each.state == "open"), None)
    editor = (facts.edited or {}).get(branch)
    if outcome.status == "unchanged":
        return "up to date"
    if outcome.status == "conflict":
        return "no stack exists: see the failed check run"
    if editor is not None:
        where = f"#{opened.number}" if opened else code(branch, limit=MAX_PATH)
        return f"{where} is left to {prose(editor, limit=40)}, who committed to it"
    if opened is not None:
        return f"#{opened.number} is open"
    if mine and mine[-1].state == "closed" and not mine[-1].closed_by_thoth:
        return f"can be better; #{mine[-1].number} was declined"
    if facts.waits:
        return f"can be better; the schedule is closed until {plain(facts.waits)}"
    return "can be better"


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    lines = [f"- {remark(note)}" for note in notes[:_MOST_LINES]]
    more = [f"- … and {len(notes) - _MOST_LINES} more"] if len(notes) > _MOST_LINES else []
    return "### Notes\n\n" + "\n".join([*lines, *more])
