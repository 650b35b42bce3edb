"""Every error the App raises on purpose, besides the advisor's own.

    ThothError
    +-- ForgeError                             the forge cannot do what was asked
        +-- BranchMovedError                   somebody wrote to the branch since it was read; look again
        +-- GitError                           `git` failed on the repository
        +-- GitHubError                        GitHub refused or failed
            +-- UnauthorizedError              GitHub does not know the App's key
            +-- PermissionMissingError (also PermissionError)   a permission was not granted
            +-- SuspendedError                 the installation is suspended
            +-- NotFoundError (also LookupError)                it is not there, or not for the App
            |   +-- GoneError                  it was there and is not any more
            +-- ConflictError                  the repository is not in a state for it
            +-- UnprocessableError             GitHub finds the request itself wrong
            +-- RateLimitedError               a limit is used up; holds until when
            +-- BrokenError (also OSError)     GitHub or the way to it failed
                +-- UncertainError             ... and it is not known whether a write was done

Exit code 2 for all of them: the repository, not the resolver, is in the way. No text, argument or
attribute of an error holds a credential.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from advisor_core.errors import ThothError

__all__ = [
    "BranchMovedError",
    "BrokenError",
    "ConflictError",
    "ForgeError",
    "GitError",
    "GitHubError",
    "GoneError",
    "NotFoundError",
    "PermissionMissingError",
    "RateLimitedError",
    "SuspendedError",
    "UnauthorizedError",
    "UncertainError",
    "UnprocessableError",
]


class ForgeError(ThothError):
    """The forge cannot do what was asked."""

    exit_code = 2

    temporary: ClassVar[bool] = False
    """Whether the same work may succeed later with nobody doing anything."""

    def __reduce__(self) -> tuple[object, ...]:
        """Let it be kept and sent as it is, whatever its constructor takes."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[ForgeError], args: tuple[object, ...], state: dict[str, object]) -> object:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class BranchMovedError(ForgeError):
    """Somebody wrote to the branch since it was read."""

    temporary = True

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


class GitHubError(ForgeError):
    """GitHub refused or failed."""

    def __init__(self, action: str, detail: str, *, hint: str = "") -> None:
        super().__init__(f"{action}: {detail}", hint=hint)
        self.action = action
        """What was asked: method and path, `GET /repos/octo/hello`."""
        self.detail = detail
        """What GitHub said, or what happened on the way. Plain text, one line."""


class UnauthorizedError(GitHubError):
    """GitHub does not take the App's credentials."""


class PermissionMissingError(GitHubError, PermissionError):
    """The installation did not grant a permission that is needed."""

    def __init__(self, action: str, detail: str, *, permissions: tuple[str, ...] = ()) -> None:
        named = " or ".join(f"`{permission}`" for permission in permissions)
        super().__init__(
            action,
            f"the App lacks the permission {named}" if named else detail,
            hint="accept the App's permissions in the settings of the account or organization, "
            "under GitHub Apps",
        )
        self.permissions = permissions
        """Any of them will do, like `contents=write`; empty when GitHub did not say."""


class SuspendedError(GitHubError):
    """The installation is suspended."""

    def __init__(self, action: str, detail: str = "this installation is suspended") -> None:
        super().__init__(
            action,
            detail,
            hint="an owner lifts it in the settings of the account, under GitHub Apps",
        )


class NotFoundError(GitHubError, LookupError):
    """It does not exist, or the App may not see it."""

    def __init__(self, action: str, detail: str = "not found", *, hint: str = "") -> None:
        super().__init__(
            action,
            detail,
            hint=hint or "if the repository exists, give the App access to it in its settings",
        )


class GoneError(NotFoundError):
    """It was there and is not any more."""


class ConflictError(GitHubError):
    """The repository is not in a state in which this can be done."""

    temporary = True


class UnprocessableError(GitHubError):
    """GitHub finds the request itself wrong."""


class RateLimitedError(GitHubError):
    """A limit of GitHub's is used up for longer than is waited."""

    temporary = True

    def __init__(self, action: str, detail: str, *, until: float, of_share: bool = False) -> None:
        moment = datetime.fromtimestamp(until, UTC).strftime("%H:%M:%S")
        super().__init__(action, detail, hint=f"nothing to do: it goes on after {moment} UTC")
        self.until = until
        """Seconds since the epoch; before it no request of the installation succeeds."""
        self.of_share = of_share
        """Only the share of the hour's writes that is not kept for security is used up; by `until` it has
        room for a whole update."""


class BrokenError(GitHubError, OSError):
    """GitHub, or the network on the way to it, failed."""

    temporary = True


class UncertainError(BrokenError):
    """The answer to a write was lost: whether it was done has to be looked at."""
