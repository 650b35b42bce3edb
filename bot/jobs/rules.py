"""Proposes changes of `packages` in `.thoth.yaml`, in one pull request, and takes them back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from advisor_core.config.edit import edit_rules
from advisor_core.config.file import CONFIGURATION_PATH
from advisor_core.config.reader import parse_configuration
from advisor_core.errors import InputError
from bot.conversation import replies
from bot.conversation.decisions import inverse_edits, steps_of_edits
from bot.conversation.proposed_rules import (
    CONFIGURATION_BRANCH,
    read_rules_steps,
    read_undone,
    rules_body,
    rules_message,
    rules_title,
)
from bot.forge import NewCommit
from bot.jobs.update import read_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.config.edit import RuleEdit
    from bot.conversation.decisions import Step
    from bot.forge import Base, BranchState, Forge, PullRequest

__all__ = ["RulesReport", "last_rules_step", "propose_rules"]


@dataclass(frozen=True, slots=True)
class RulesReport:
    """What became of a change of rules."""

    text: str
    """What to say, Markdown."""
    undo: Step | None = None
    """How to take it back; None: nothing was changed."""


async def last_rules_step(forge: Forge, *, asker: str) -> Step | Literal["done"] | None:
    """Return how the last change of rules is taken back: the open one, else the one merged last.

    `done`: `asker` has had one taken back, and the run that did so was cut off before it said so. None:
    there is none.
    """
    pulls = await forge.pull_requests([CONFIGURATION_BRANCH])
    mine = [each for each in pulls if each.branch == CONFIGURATION_BRANCH]
    if any(asker in read_undone(each.body) for each in mine):
        return "done"
    opened = [each for each in mine if each.state == "open"]
    merged = [each for each in mine if each.state == "merged"]
    for each in (*opened, *reversed(merged)):
        steps = read_rules_steps(each.body)
        if steps:
            return steps[-1]
    return None


async def propose_rules(
    forge: Forge,
    base: Base,
    edits: Sequence[RuleEdit],
    *,
    asked: str,
    undone: Step | None = None,
    asker: str = "",
) -> RulesReport:
    """Propose edits, on the open pull request for rules if there is one.

    `asked` is the command. `undone`: the edits take this back, for `asker`. Raises ForgeError.
    """
    state = await forge.branch_state(CONFIGURATION_BRANCH, base)
    if state is not None and state.foreign is not None and not state.contained:
        return RulesReport(replies.left_to_person(CONFIGURATION_BRANCH, state.foreign))
    opened = await _opened(forge)
    at = base.head
    if opened is not None and state is not None and not state.contained:
        at = state.head
    before = await forge.read_file(base.head, CONFIGURATION_PATH)
    present = await forge.read_file(at, CONFIGURATION_PATH)
    try:
        text = _apply(present, edits)
        # Asked again after it was cut off, it is there already: then it is taken back to the base.
        known = before if text is None else present
        step = steps_of_edits(_inverse(known, edits))
    except InputError as error:
        return RulesReport(replies.wrong_files(error.faults))
    if text is None and opened is None:
        return RulesReport(replies.nothing_to_configure(asked, path=CONFIGURATION_PATH))
    askers = read_undone(opened.body) if opened is not None else ()
    askers = (*askers, asker) if asker else askers
    if opened is not None and text is not None and _is_same(before, text):
        if asker:
            body = rules_body(before, present or b"", path=CONFIGURATION_PATH, undone=askers)
            await forge.edit_pull_request(opened.number, title=opened.title, body=body)
        reason = replies.nothing_left(CONFIGURATION_PATH)
        await forge.close_pull_request(opened.number, reason=reason)
        return RulesReport(replies.withdrawn(opened.number), step)
    settings = parse_configuration(before or b"", CONFIGURATION_PATH).pull_requests
    style = await read_style(forge, base, settings)
    if text is not None:
        await forge.write_commit(_commit(base, state, text, style.prefixed(rules_message(asked))))
    steps = read_rules_steps(opened.body) if opened is not None else ()
    steps = tuple(each for each in steps if each != undone)
    if undone is None and step not in steps:
        steps = (*steps, step)
    body = rules_body(
        before, text or present or b"", path=CONFIGURATION_PATH, steps=steps, undone=askers
    )
    await forge.open_pull_request(
        CONFIGURATION_BRANCH,
        base=base.branch,
        title=style.prefixed(rules_title(CONFIGURATION_PATH)),
        body=body,
    )
    if undone is not None:
        return RulesReport(replies.taken_back(path=CONFIGURATION_PATH), step)
    return RulesReport(replies.configured(asked, path=CONFIGURATION_PATH), step)


async def _opened(forge: Forge) -> PullRequest | None:
    pulls = await forge.pull_requests([CONFIGURATION_BRANCH])
    mine = (each for each in pulls if each.branch == CONFIGURATION_BRANCH)
    return next((each for each in mine if each.state == "open"), None)


def _apply(text: bytes | None, edits: Sequence[RuleEdit]) -> bytes | None:
    """Return the file with every edit; None when it says so already."""
    changed = None
    for edit in edits:
        after = edit_rules(changed if changed is not None else text, edit)
        changed = after if after is not None else changed
    return changed if changed != text else None


def _inverse(text: bytes | None, edits: Sequence[RuleEdit]) -> list[RuleEdit]:
    rules = parse_configuration(text or b"", CONFIGURATION_PATH).packages
    packages = dict.fromkeys(edit.package for edit in edits)
    return [each for package in packages for each in inverse_edits(rules, package)]


def _is_same(before: bytes | None, after: bytes) -> bool:
    """Return whether nothing is left of what was proposed."""
    return after == before or (before is None and after.strip() in {b"", b"{}"})


def _commit(base: Base, state: BranchState | None, text: bytes, message: str) -> NewCommit:
    return NewCommit(
        branch=CONFIGURATION_BRANCH,
        parent=base.head,
        expected_head=state.head if state is not None else None,
        files={CONFIGURATION_PATH: text},
        message=message,
    )
