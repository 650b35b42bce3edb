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
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from bot.conversation import replies
from bot.conversation.package_texts import read_wish
from bot.conversation.quoting import (
    code,
    comment_block,
    fence,
    plain,
    prose,
    read_comment_block,
    remark,
)
from bot.conversation.sections import MAX_PATH
from bot.conversation.security import vulnerable_packages
from bot.conversation.tables import MAX_NAME, table
from bot.managers.update import branch_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.abandonment import Abandoned
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
    "with_error",
    "worth_an_edit",
]

DASHBOARD_TITLE = "Thoth dashboard"

_MARKER = "thoth-dashboard/1"

Box = Literal["create", "retry", "update", "rebase", "recreate", "config"]
"""`create`: open now what waits for the schedule or for a limit. `retry`: try again what was given up.
`update`: look now, and propose again what a person declined. `rebase`: put open pull requests on top of the
base's newest commit. `recreate`: discard people's commits on Thoth's branches. `config`: propose a
`.thoth.yaml`."""

_BOXES: dict[Box, str] = {
    "create": "Open now what waits",
    "retry": "Try again now",
    "update": "Look for better lockfiles now, and propose again what was declined",
    "rebase": "Put open pull requests on top of the newest commit",
    "recreate": "Make them anew, and discard commits that people made on Thoth's branches",
    "config": "Propose a `.thoth.yaml`, with what Renovate and Dependabot are told here",
}
_CHECKED = re.compile(rf"^\s*[-*] \[[xX]\] .*<!-- thoth:({'|'.join(_BOXES)}) -->\s*$", re.MULTILINE)

_ERROR = re.compile(r"\n<!-- thoth:error -->\n.*?\n<!-- /thoth:error -->\n", re.DOTALL)
_FRESH = re.compile(r"(dvisories as of )\d{4}-\d\d-\d\d")
"""What is not worth an edit of its own: it changes with each import of advisories."""

_TABLE_BYTES = 15_000
_ERROR_BYTES = 4_000
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
    held: Mapping[BranchName, str] | None = None
    """Branches of which something is to be proposed that waits, and what for; plain text."""
    today: str = ""
    """A day in UTC, for rules that end."""
    abandoned: Sequence[Abandoned] = ()
    has_configuration: bool = True
    """There is a `.thoth.yaml`."""


def is_dashboard(body: str | None) -> bool:
    """Return whether an issue's text is a dashboard."""
    return read_comment_block(_MARKER, body or "") is not None


def checked_boxes(body: str | None) -> tuple[Box, ...]:
    """Return the boxes that are checked in a dashboard, none in any other text."""
    if not is_dashboard(body):
        return ()
    found = set(_CHECKED.findall(body or ""))
    return tuple(box for box in _BOXES if box in found)


def worth_an_edit(present: str, body: str) -> bool:
    """Return whether a dashboard is to be replaced: whether more than the day of advisories changed."""
    return _settled(present) != _settled(body)


def with_error(body: str, reason: str, hint: str = "") -> str:
    """Return a dashboard that tells what was given up last; the next run that ends well drops it.

    `reason` and `hint` are plain text and may quote strangers.
    """
    told = fence(f"{reason}\nhint: {hint}" if hint else reason, limit_bytes=_ERROR_BYTES)
    section = (
        "\n<!-- thoth:error -->\n### What failed\n\nThoth tried, and gave up. No lockfile was changed."
        f"\n\n{told}\n\n{_box('retry')}\n<!-- /thoth:error -->\n"
    )
    first, _, rest = _ERROR.sub("", body).partition("\n")
    return f"{first}\n{section}{rest}"


def render_dashboard(facts: DashboardFacts) -> str:
    """Return the issue's text: at most some 40,000 bytes."""
    parts = [
        f"How Thoth sees this repository. Mode: `{facts.mode}`.",
        "Close this issue to do without it; open it again to have it back.",
        replies.wrong_files(facts.faults) if facts.faults else "",
        "### Lockfiles\n\n" + _lockfiles(facts),
        "### Vulnerable packages\n\n" + vulnerable_packages(facts.fixes) if facts.outcomes else "",
        _packages(facts),
        "### Ask for work\n\n" + "\n".join(map(_box, _offered(facts))),
        "### Ignored and pinned\n\n" + replies.ignores(facts.rules, today=facts.today),
        _abandoned(facts.abandoned),
        _notes(facts.notes),
        "`/thoth help` in a comment lists every command.",
        comment_block(_MARKER, {}),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _settled(body: str) -> str:
    return _FRESH.sub(r"\1…", body.replace("\r\n", "\n").rstrip())


def _box(box: Box) -> str:
    return f"- [ ] {_BOXES[box]} <!-- thoth:{box} -->"


def _offered(facts: DashboardFacts) -> list[Box]:
    """Return the boxes that can come to something, and those that are always there."""
    boxes: list[Box] = ["create"] if facts.held else []
    boxes.append("update")
    if any(each.state == "open" for each in facts.pull_requests):
        boxes.append("rebase")
    boxes.append("recreate")
    return boxes if facts.has_configuration else [*boxes, "config"]


def _packages(facts: DashboardFacts) -> str:
    """Return the open pull requests for single packages."""
    lines = []
    for each in facts.pull_requests:
        wish = read_wish(each.body) if each.state == "open" else None
        if wish is not None:
            names = ", ".join(code(name, limit=MAX_NAME) for name in wish[1].only[:_MOST_LINES])
            lines.append(f"- #{each.number}: {names}")
    return "### Pull requests for single packages\n\n" + "\n".join(lines) if lines else ""


def _abandoned(abandoned: Sequence[Abandoned]) -> str:
    if not abandoned:
        return ""
    rows = [
        (
            code(each.package, limit=MAX_NAME),
            f"{datetime.fromtimestamp(each.released_at, UTC):%Y-%m}",
        )
        for each in abandoned
    ]
    text, left = table(("Package", "Last release"), rows, limit_bytes=_TABLE_BYTES // 3)
    more = f"\n\n… and {left} more." if left else ""
    return (
        "### Abandoned packages\n\nTheir projects have published nothing for three years. They may be "
        f"finished, or left.\n\n{text}{more}"
    )


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
    held = (facts.held or {}).get(branch)
    waits = f"; {plain(held, limit=200)}" if held else ""
    if opened is not None:
        return f"#{opened.number} is open" + (f", and a better one waits{waits}" if waits else "")
    if mine and mine[-1].state == "closed" and not mine[-1].closed_by_thoth:
        return f"can be better; #{mine[-1].number} was declined"
    return f"can be better{waits}"


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    lines = [f"- {remark(note)}" for note in notes[:_MOST_LINES]]
    more = [f"- … and {len(notes) - _MOST_LINES} more"] if len(notes) > _MOST_LINES else []
    return "### Notes\n\n" + "\n".join([*lines, *more])
