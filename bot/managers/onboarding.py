"""The config manager: proposes a `.thoth.yaml`, with what other tools were told and what will happen. Pure.

Nobody needs the file: without it one environment is detected and everything is looked at. So it is
proposed when a person asks for it, and once unasked where another tool is configured. Merged, it is what
the next run goes by.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from advisor_core.config.file import CONFIGURATION_PATH
from advisor_core.config.reader import parse_configuration
from advisor_core.errors import InputError
from bot.conversation import messages
from bot.conversation.quoting import code, fence, prose, remark
from bot.conversation.sections import MAX_PATH, count
from bot.conversation.tables import table
from bot.forge import BranchName
from bot.importing.interface import Left

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.environment.declaration import EnvironmentDeclaration
    from advisor_core.errors import Fault
    from advisor_core.outcome import LockOutcome
    from bot.importing.interface import Carried, Imported

__all__ = [
    "ONBOARDING_BRANCH",
    "Draft",
    "Preview",
    "draft_configuration",
    "onboarding_body",
    "onboarding_message",
    "onboarding_title",
]

ONBOARDING_BRANCH = BranchName("thoth/config/setup")

_MOST_CARRIED = 200
"""Keys that are taken over; each is tried by itself."""

_HEADER = "# How Thoth looks after this repository. Every key: docs/configuration.md of Thoth.\n"
_OPENING = (
    f"This adds {code(CONFIGURATION_PATH)}. Nothing of it is needed: Thoth works without. With it, what "
    "was detected is said, and stays so when a file that it was learnt from changes."
)
_CLOSING = (
    "### Change it\n\nCommit to this branch, or merge and edit later; a fault is told on its line by a "
    "check run. Close this pull request to go on without: it is proposed again only when somebody asks."
)

_TABLE_BYTES = 15_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A `.thoth.yaml`, and where it comes from."""

    text: bytes
    carried: tuple[tuple[str, Carried], ...] = ()
    """File, and what was taken over from it."""
    left: tuple[tuple[str, Left], ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What the first run with a draft will do."""

    outcomes: Sequence[LockOutcome] = ()
    faults: Sequence[Fault] = ()
    mode: str = "pull-request"
    environments: Sequence[str] = ()
    """One line for each, plain text."""
    notes: Sequence[str] = ()


def draft_configuration(
    declarations: Sequence[EnvironmentDeclaration], imports: Sequence[tuple[str, Imported]]
) -> Draft:
    """Return the file that says what was detected, and what other tools' files (by path) say.

    What Thoth's own reader refuses is left, with the reason.
    """
    document: dict[str, Any] = {
        "runtime_environments": [
            {
                "name": each.name,
                "python_version": each.python.value,
                "platform": each.platform.value,
            }
            for each in declarations
        ]
    }
    carried: list[tuple[str, Carried]] = []
    left: list[tuple[str, Left]] = []
    for path, imported in imports:
        left += [(path, each) for each in imported.left]
        for each in imported.carried:
            wanted = copy.deepcopy(document)
            reason = _merge(wanted, each) or (
                _refusal(wanted) if len(carried) < _MOST_CARRIED else "too many keys"
            )
            if reason:
                left.append((path, Left(each.source, reason)))
            else:
                document = wanted
                carried.append((path, each))
    return Draft(_dump(document), tuple(carried), tuple(left))


def _merge(document: dict[str, Any], carried: Carried) -> str:
    """Add a key to the document in place; return why it cannot be."""
    *parents, last = carried.path
    for parent in parents:
        document = document.setdefault(parent, {})
    present = document.get(last)
    if isinstance(carried.value, list) and last in {"packages", "groups"} and not parents:
        document[last] = [*(present or []), *(v for v in carried.value if v not in (present or []))]
    elif present is None:
        document[last] = carried.value
    elif present != carried.value:
        return "another key says something else already"
    return ""


def _refusal(document: dict[str, Any]) -> str:
    try:
        parse_configuration(_dump(document), CONFIGURATION_PATH)
    except InputError as error:
        return error.faults[0].message
    return ""


def _dump(document: dict[str, Any]) -> bytes:
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return (_HEADER + text).encode()


def onboarding_title() -> str:
    """Return the title of the pull request."""
    return "Configure Thoth"


def onboarding_message() -> str:
    """Return the message of the commit."""
    return "Configure Thoth\n\nSays what was detected, and what other tools here were told.\n"


def onboarding_body(draft: Draft, preview: Preview) -> str:
    """Return the text: what was found, what will happen, what was taken over and what was not."""
    parts = [
        _OPENING,
        "### What was found\n\n" + _listed(preview.environments),
        "### What will happen\n\n" + _what_happens(preview),
        _taken_over(draft),
        _not_taken_over(draft),
        _CLOSING,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {remark(line)}" for line in lines)


def _what_happens(preview: Preview) -> str:
    if preview.faults:
        listed = "\n".join(str(fault) for fault in preview.faults)
        return f"Nothing until these are put right:\n\n{fence(listed)}"
    asked = {
        "silent": "Nothing that anybody sees but the dashboard: `mode: silent`.",
        "advise": "Check runs say what could be better, and no pull request comes: `mode: advise`.",
    }.get(preview.mode, "")
    rows, left = table(
        ("Lockfile", "Once this is merged"),
        [
            (code(outcome.target.lockfile, limit=MAX_PATH), _one(outcome, preview.mode))
            for outcome in preview.outcomes
        ],
        limit_bytes=_TABLE_BYTES,
    )
    more = f"\n\n… and {left} more." if left else ""
    merges = (
        "Those that `automerge.updates` allows are merged once every check has passed."
        if preview.mode == "automerge"
        else ""
    )
    notes = _listed(preview.notes)
    return "\n\n".join(part for part in (asked, rows + more, merges, notes) if part)


def _one(outcome: LockOutcome, mode: str) -> str:
    if outcome.status == "conflict":
        return "a check run explains why no stack exists"
    if outcome.status == "unchanged":
        return "nothing: it is up to date"
    changes = count(len(outcome.changes), "change")
    if mode in {"silent", "advise"}:
        return f"{changes} could be made"
    return f"a pull request with {changes}: {prose(messages.pull_request_title(outcome))}"


def _taken_over(draft: Draft) -> str:
    if not draft.carried:
        return ""
    rows, left = table(
        ("From", "Key", "Here"),
        [
            (code(path), code(each.source), code(f"{'.'.join(each.path)}: {_short(each.value)}"))
            for path, each in draft.carried
        ],
        limit_bytes=_TABLE_BYTES,
    )
    more = f"\n\n… and {left} more." if left else ""
    files = ", ".join(code(path) for path in dict.fromkeys(path for path, _ in draft.carried))
    return (
        f"### Taken over\n\n{rows}{more}\n\nRemove these from {files} once this is merged, or both "
        "tools propose changes."
    )


def _not_taken_over(draft: Draft) -> str:
    if not draft.left:
        return ""
    rows, left = table(
        ("From", "Key", "Why not"),
        [(code(path), code(each.source), remark(each.reason)) for path, each in draft.left],
        limit_bytes=_TABLE_BYTES,
    )
    more = f"\n\n… and {left} more." if left else ""
    return f"### Not taken over\n\n{rows}{more}"


def _short(value: object) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").strip()
