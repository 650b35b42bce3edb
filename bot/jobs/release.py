"""Opens the pull request of a release, when a person asks for one."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bot.conversation import release_texts, replies
from bot.conversation.actions import OpenPullRequest
from bot.forge import NewCommit
from bot.jobs.update import CommitFiles
from bot.managers.version import (
    ReleaseFacts,
    add_to_changelog,
    changelog_section,
    find_identifiers,
    is_candidate,
    next_version,
    release_body,
    release_branch,
    release_message,
    release_title,
    set_version,
)
from bot.perform import perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.config.model import Manager
    from bot.github.forge import GitHubForge

__all__ = ["propose_release"]

CHANGELOG = "CHANGELOG.md"

_MOST_FILES = 50
"""In which a version is looked for: those at the top come first."""


async def propose_release(
    forge: GitHubForge,
    kind: str,
    *,
    number: int,
    manager: Manager,
    clock: Callable[[], float] = time.time,
) -> str:
    """Open the pull request; return what to say to who asked in the thread `number`.

    Raises ForgeError, and InputError for a file that cannot be read.
    """
    base = await forge.base()
    files = CommitFiles(forge, base.head, asyncio.get_running_loop())
    paths = sorted(
        filter(is_candidate, await forge.history.paths(base.head)),
        key=lambda path: (path.count("/"), path),
    )
    contents = {path: await files.fetch(path) for path in paths[:_MOST_FILES]}
    identifiers = find_identifiers({path: text for path, text in contents.items() if text})
    versions = {each.version for each in identifiers}
    if len(versions) != 1:
        return release_texts.no_one_version([(each.path, each.version) for each in identifiers])
    previous = identifiers[0].version
    today = time.strftime("%Y-%m-%d", time.gmtime(clock()))
    version = next_version(previous, kind, today=today)
    if version is None:
        return release_texts.not_after(kind, previous)
    branch = release_branch(version)
    state = await forge.branch_state(branch, base)
    if state is not None and state.foreign is not None and not state.contained:
        return replies.left_to_person(branch, state.foreign)
    tag = await _tag_of(forge, previous)
    commits, left = await forge.history.since(tag, base.head)
    facts = ReleaseFacts(
        version=version,
        previous=previous,
        places=tuple(each.path for each in identifiers),
        subjects=tuple(each.subject for each in commits if not each.is_merge),
        since=tag,
        left=left,
    )
    changed = {
        each.path: set_version(contents[each.path] or b"", each, version) for each in identifiers
    }
    if manager.configuration.get("changelog_file") is True:
        section = changelog_section(facts, today=today)
        changed[CHANGELOG] = add_to_changelog(await files.fetch(CHANGELOG), section)
    commit = NewCommit(
        branch=branch,
        parent=base.head,
        expected_head=state.head if state is not None else None,
        files=changed,
        message=release_message(facts),
    )
    title = release_title(version)
    body = release_body(facts, number=number)
    labels = tuple(map(str, _listed(manager, "labels")))
    await perform([OpenPullRequest(branch, base.branch, title, body, commit, labels)], forge=forge)
    return release_texts.released(version, branch)


async def _tag_of(forge: GitHubForge, version: str) -> str | None:
    for name in (f"v{version}", version):
        if await forge.history.has_tag(name):
            return name
    return None


def _listed(manager: Manager, key: str) -> list[object]:
    value = manager.configuration.get(key)
    return value if isinstance(value, list) else []
