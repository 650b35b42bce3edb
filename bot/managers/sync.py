"""The requirements manager, `pipfile-requirements`: keeps `requirements.txt` as the Pipfile says. Pure.

managers:
- name: pipfile-requirements
configuration: {lockfile: true}     # with the versions and hashes of Pipfile.lock; else as the Pipfile asks
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.conversation.actions import Action, Close, Nothing, OpenPullRequest, UpdateBranch
from bot.conversation.quoting import code
from bot.conversation.subjects import Style
from bot.forge import BranchName, NewCommit

if TYPE_CHECKING:
    from bot.forge import Base, BranchState, PullRequest

__all__ = ["REQUIREMENTS", "SYNC_BRANCH", "SyncFacts", "decide_sync"]

SYNC_BRANCH = BranchName("thoth/sync/requirements-txt")

REQUIREMENTS = "requirements.txt"


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """What is known when deciding."""

    base: Base
    source: str
    """The file that says what is wanted: `Pipfile.lock`, or `Pipfile`."""
    present: bytes | None
    """`requirements.txt` on the base; None: there is none."""
    wanted: bytes | None
    """None: the manager does not run any more."""
    state: BranchState | None = None
    at_head: bytes | None = None
    """`requirements.txt` on the branch."""
    opened: PullRequest | None = None
    style: Style = Style()  # noqa: RUF009 - a value that never changes


def decide_sync(facts: SyncFacts) -> tuple[Action, ...]:
    """Return what to do. Asked again with nothing changed it asks for nothing."""
    state, opened = facts.state, facts.opened
    if state is not None and state.foreign is not None and not state.contained:
        return (Nothing(f"a person committed to {SYNC_BRANCH}: it is left alone", SYNC_BRANCH),)
    if facts.wanted is None or facts.wanted == facts.present:
        reason = (
            f"{code(REQUIREMENTS)} on {code(facts.base.branch)} is as {code(facts.source)} says."
            if facts.wanted is not None
            else "The configuration does not ask for it any more."
        )
        return (Close(opened.number, SYNC_BRANCH, reason),) if opened is not None else ()
    title = facts.style.prefixed(f"Sync {REQUIREMENTS} with {facts.source}", of_dependencies=True)
    body = (
        f"{code(REQUIREMENTS)} does not say what {code(facts.source)} says. This brings it in line, and "
        "nothing was resolved anew: change the Pipfile, and both follow.\n"
    )
    is_current = state is not None and state.single and facts.at_head == facts.wanted
    commit = None
    if not is_current:
        commit = NewCommit(
            branch=SYNC_BRANCH,
            parent=facts.base.head,
            expected_head=state.head if state is not None else None,
            files={REQUIREMENTS: facts.wanted},
            message=f"{title}\n\nNothing was resolved anew.\n",
        )
    if opened is None:
        return (OpenPullRequest(SYNC_BRANCH, facts.base.branch, title, body, commit),)
    if commit is None and (opened.title, opened.body) == (title, body):
        return (Nothing("the pull request is up to date", SYNC_BRANCH),)
    return (UpdateBranch(opened.number, SYNC_BRANCH, title, body, commit),)
