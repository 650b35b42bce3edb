"""Tells a person on the commit that work was given up, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.config.file import read_configuration
from advisor_core.errors import InputError, StoreError, ThothError
from advisor_core.proposal import CONFIGURATION_PATH
from bot.managers.failure import FailureFacts, decide_failure
from bot.perform import perform

if TYPE_CHECKING:
    from bot.forge import CommitSha
    from bot.github.forge import GitHubForge

__all__ = ["tell_failure"]

_OUR_FAULT = "an error in Thoth itself; the log of whoever runs this App says more"


async def tell_failure(
    forge: GitHubForge, error: Exception, *, number: int | None, attempts: int
) -> None:
    """Put a check run on the head of a pull request (None: of the base). Raises ForgeError."""
    base = await forge.base()
    head_sha = base.head if number is None else (await forge.pulls.view(number)).head_sha
    reason, hint = _OUR_FAULT, ""
    if isinstance(error, ThothError) and not isinstance(error, StoreError):
        reason, hint = str(error), error.hint
    elif isinstance(error, TimeoutError):
        reason = "it took too long"
    facts = FailureFacts(
        head_sha=head_sha,
        reason=reason,
        hint=hint,
        attempts=attempts,
        check_runs=await forge.check_runs(head_sha),
        mode=await _read_mode(forge, base.head),
    )
    await perform(decide_failure(facts), forge=forge)


async def _read_mode(forge: GitHubForge, commit: CommitSha) -> str:
    """Return how much the repository wants to hear. What cannot be read asks for no silence."""
    try:
        content = await forge.read_file(commit, CONFIGURATION_PATH)
        mode = read_configuration(content, CONFIGURATION_PATH).mode
    except InputError:
        mode = None
    return mode or "pull-request"
