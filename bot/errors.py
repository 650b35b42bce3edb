"""Every error the App raises on purpose, besides the advisor's own.

    ThothError
    +-- ForgeError                 the forge cannot do what was asked
        +-- BranchMovedError       somebody wrote to the branch since it was read; look again
        +-- GitError               `git` failed on the repository

Exit code 2 for all of them: the repository, not the resolver, is in the way.
"""

from __future__ import annotations

from advisor_core.errors import ThothError

__all__ = ["BranchMovedError", "ForgeError", "GitError"]


class ForgeError(ThothError):
    """The forge cannot do what was asked."""

    exit_code = 2


class BranchMovedError(ForgeError):
    """Somebody wrote to the branch since it was read."""

    def __init__(self, branch: str, *, expected: str | None) -> None:
        found = "it did not exist" if expected is None else f"it was at {expected[:12]}"
        super().__init__(
            f"the branch changed while Thoth was at work ({found} when read): {branch!r}",
            hint="run the same command again",
        )
        self.branch = branch
        self.expected = expected


class GitError(ForgeError):
    """A `git` command failed on the repository."""

    def __init__(self, command: str, detail: str, *, hint: str = "") -> None:
        super().__init__(f"git {command} failed: {detail}", hint=hint)
        self.command = command
        self.detail = detail
