"""Parts that pull request texts and check run texts share, each within its own size. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from bot.conversation.quoting import code, fence, remark
from bot.conversation.tables import MAX_NAME, MAX_VERSION, MAX_WHY, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import Target
    from advisor_core.outcome import LockOutcome

__all__ = ["MAX_PATH", "by_hand", "count", "environments", "further_files", "skipped_releases"]

_ENVIRONMENTS_BYTES = 5_000
_SKIPPED_BYTES = 6_000
_COMMAND_BYTES = 3_000

_SHOWN_FILES = 20

MAX_PATH = 100
"""Characters shown of a file's path, and of a branch."""


def environments(target: Target) -> str:
    """Return the table of a target's environments."""
    rows = [
        (
            code(each.name, limit=MAX_NAME),
            code(each.python),
            code(each.platform) if each.platform else "any",
        )
        for each in target.environments
    ]
    text, left = table(("Name", "Python", "Platform"), rows, limit_bytes=_ENVIRONMENTS_BYTES)
    return text + (f"\n\n… and {left} more." if left else "")


def skipped_releases(by_category: Mapping[str, Mapping[str, Mapping[str, str]]]) -> str:
    """Return the releases that were no candidates because their requirements are unknown."""
    releases = {
        (package, version): reason
        for skipped in by_category.values()
        for package, versions in skipped.items()
        for version, reason in versions.items()
    }
    if not releases:
        return ""
    rows = [
        (
            code(package, limit=MAX_NAME),
            code(version, limit=MAX_VERSION),
            remark(reason, limit=MAX_WHY),
        )
        for (package, version), reason in sorted(releases.items())
    ]
    text, left = table(("Package", "Release", "Why"), rows, limit_bytes=_SKIPPED_BYTES)
    more = f"\n\n… and {left} more releases." if left else ""
    return (
        "### Releases left out\n\nWhat they require is not known without running their code, which "
        f"Thoth does not do.\n\n{text}{more}"
    )


def by_hand(target: Target, *, write: bool, advised: bool = False) -> str:
    """Return the command that comes to the same; `advised`: with scores, not newest-first."""
    manifest = target.manifest
    words = ["thoth", "advise" if advised else "lock"]
    if manifest.kind == "requirements":
        words += ["--requirements" if advised else "-r", manifest.path]
    else:
        # Named as a file, a manifest in a folder still gets the environments of the repository.
        words += [manifest.path if "/" in manifest.path else "."]
    if len(target.environments) == 1:
        environment = target.environments[0]
        words += ["--python", environment.python]
        words += ["--platform", environment.platform] if environment.platform else []
    if write:
        words += ["--write"] if advised else ["-o", target.lockfile]
    known = ", and with the same knowledge" if advised else ""
    return (
        f"{fence(shlex.join(words), limit_bytes=_COMMAND_BYTES)}\n\n"
        f"comes to the same as long as nothing new is published{known}."
    )


def further_files(outcome: LockOutcome) -> str:
    """Return which files change together with the lockfile; empty when none do."""
    if not outcome.further:
        return ""
    paths = [code(each.path, limit=MAX_PATH) for each in outcome.further[:_SHOWN_FILES]]
    more = (
        f" and {len(outcome.further) - len(paths)} more"
        if len(outcome.further) > len(paths)
        else ""
    )
    return f"{', '.join(paths)}{more} change{'s' if len(outcome.further) == 1 else ''} with it."


def count(number: int, noun: str) -> str:
    """Return a number with its noun, which gets an s unless there is one."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
