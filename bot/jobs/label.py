"""Labels a new issue, where the configuration of the default branch asks for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from advisor_core.config.extend import read_project_configuration
from advisor_core.errors import InputError
from bot.jobs.background import call_in_thread
from bot.jobs.update import CommitFiles
from bot.managers.labels import choose_labels

if TYPE_CHECKING:
    from bot.github.forge import GitHubForge

__all__ = ["label_issue"]


async def label_issue(forge: GitHubForge, number: int) -> tuple[str, ...]:
    """Label an issue; return the labels. A file that is wrong asks for none. Raises ForgeError."""
    base = await forge.base()
    files = CommitFiles(forge, base.head, asyncio.get_running_loop())
    try:
        configuration, _ = await call_in_thread(lambda: read_project_configuration(files))
    except InputError:
        return ()
    manager = configuration.manager("label-bot")
    if manager is None or not manager.enabled or configuration.mode == "silent":
        return ()
    thread = await forge.threads.view(number)
    if thread.is_pull or not thread.is_open or thread.by_thoth:
        return ()
    labels = choose_labels(manager, title=thread.title, body=thread.body)
    if labels:
        await forge.add_labels(number, labels)
    return labels
