"""Tells a person on the commit that work was given up, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.config.file import read_configuration
from advisor_core.errors import InputError, StoreError, ThothError
from advisor_core.proposal import CONFIGURATION_PATH
from bot.conversation import replies
from bot.managers.failure import FailureFacts, decide_failure
from bot.perform import perform

if TYPE_CHECKING:
    from bot.forge import CommitSha, Forge
    from bot.github.forge import GitHubForge

__all__ = ["tell_failure", "tell_in_dashboard", "tell_in_thread"]

_OUR_FAULT = "an error in Thoth itself; the log of whoever runs this App says more"


async def tell_failure(
    forge: GitHubForge,
    error: Exception,
    *,
    number: int | None,
    attempts: int,
    error_id: str | None = None,
) -> None:
    """Put a check run on the head of a pull request (None: of the base). Raises ForgeError.

    `error_id` finds the error in the log, for who runs the App.
    """
    base = await forge.base()
    head_sha = base.head if number is None else (await forge.pulls.view(number)).head_sha
    reason, hint = _describe(error, error_id)
    facts = FailureFacts(
        head_sha=head_sha,
        reason=reason,
        hint=hint,
        attempts=attempts,
        check_runs=await forge.check_runs(head_sha),
        mode=await _read_mode(forge, base.head),
    )
    await perform(decide_failure(facts), forge=forge)


async def tell_in_dashboard(
    forge: GitHubForge, error: Exception, *, error_id: str | None = None
) -> None:
    """Have the dashboard tell the same, where there is one. Raises ForgeError."""
    reason, hint = _describe(error, error_id)
    await forge.tell_in_dashboard(reason, hint)


async def tell_in_thread(
    forge: Forge,
    error: Exception,
    *,
    number: int,
    key: str,
    attempts: int,
    error_id: str | None = None,
) -> None:
    """Tell it where a person asked for the work; `key` makes it once. Raises ForgeError."""
    reason, hint = _describe(error, error_id)
    text = replies.gave_up(reason, hint, attempts=attempts)
    await forge.comment(number, key=key, text=text)


def _describe(error: Exception, error_id: str | None) -> tuple[str, str]:
    """Return reason and hint in plain words."""
    if isinstance(error, ThothError) and not isinstance(error, StoreError):
        return str(error), error.hint
    if isinstance(error, TimeoutError):
        return "it took too long", ""
    return _OUR_FAULT, f"there it is error {error_id}" if error_id else ""


async def _read_mode(forge: GitHubForge, commit: CommitSha) -> str:
    """Return how much the repository wants to hear. What cannot be read asks for no silence."""
    try:
        content = await forge.read_file(commit, CONFIGURATION_PATH)
        mode = read_configuration(content, CONFIGURATION_PATH).mode
    except InputError:
        mode = None
    return mode or "pull-request"
