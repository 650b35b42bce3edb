"""The failure manager: what a person is told about work that Thoth gave up. Pure.

Nothing is wrong with the repository then, and nobody looks into the log of a service of others. So
the commit that was worked on gets one check run that says what failed and how to try again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.conversation.actions import Nothing, SetCheck
from bot.conversation.quoting import fence
from bot.forge import CheckRun
from bot.managers.check_runs import INPUT_CHECK

if TYPE_CHECKING:
    from bot.conversation.actions import Action
    from bot.forge import CommitSha

__all__ = ["FailureFacts", "decide_failure"]

_MOST_BYTES = 4_000
"""Of the reason: it may quote what a server said."""


@dataclass(frozen=True, slots=True)
class FailureFacts:
    """What is known of work that was given up."""

    head_sha: CommitSha
    """The commit that was worked on."""
    reason: str
    """Plain text, may quote strangers; holds no secret."""
    hint: str = ""
    attempts: int = 1
    check_runs: tuple[CheckRun, ...] = ()
    """Thoth's own on that commit."""
    mode: str = "pull-request"
    """`mode` of the configuration."""


def decide_failure(facts: FailureFacts) -> tuple[Action, ...]:
    """Return the check run to put. Asked again with nothing changed it asks for nothing."""
    if facts.mode == "silent":
        return (Nothing("this repository's configuration asks for silence"),)
    tried = f", {facts.attempts} times," if facts.attempts > 1 else ""
    hint = f"\n{facts.hint}" if facts.hint else ""
    wanted = CheckRun(
        name=INPUT_CHECK,
        head_sha=facts.head_sha,
        conclusion="failure",
        title="Thoth could not do its work here",
        summary=(
            f"Thoth tried{tried} and gave up. No lockfile was changed.\n\n"
            f"{fence(facts.reason + hint, limit_bytes=_MOST_BYTES)}\n\n"
            "The next push is a new try, and so is `Re-run` on this check. "
            "To lock by hand: `thoth lock`.\n"
        ),
    )
    return () if wanted in facts.check_runs else (SetCheck(wanted),)
