"""The button "Apply advice" on a person's pull request: commits the lockfile that Thoth would write. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation import messages
from bot.conversation.quoting import code, plain, prose, unlinked
from bot.conversation.sections import MAX_PATH
from bot.forge import CheckAction, NewCommit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.outcome import LockOutcome
    from bot.forge import BranchName, CommitSha

__all__ = ["APPLY", "apply_commit", "apply_refused"]

APPLY = CheckAction("Apply advice", "Commit this lockfile to the branch", "apply")
"""The button on a check run that tells of a better lockfile, on pull requests of the repository itself."""


def apply_commit(
    outcomes: Sequence[LockOutcome], *, branch: BranchName, head: CommitSha
) -> NewCommit | None:
    """Return the commit on top of a branch with every better lockfile; None: there is none."""
    files = {
        path: text
        for outcome in outcomes
        if outcome.status == "improved"
        for path, text in outcome.files.items()
    }
    if not files:
        return None
    title = messages.pull_request_title(outcomes[0]) if len(outcomes) == 1 else "Update lockfiles"
    listed = "\n".join(f"- {unlinked(plain(path, limit=MAX_PATH))}" for path in sorted(files))
    return NewCommit(
        branch=branch,
        parent=head,
        expected_head=head,
        files=files,
        message=f"{title}\n\nApplies what Thoth advises:\n{listed}\n",
    )


def apply_refused(author: str) -> str:
    """Return what is said when somebody without the right pressed the button."""
    return (
        f"{prose(author, limit=60)} pressed {code(APPLY.label)}, which needs write access to this "
        "repository, or a place among the `approvers` of `OWNERS` on the base branch."
    )
