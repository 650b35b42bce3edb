"""Answers the commands of one thread on GitHub: an issue, a pull request, and their comments.

What was answered is told by the answers themselves, each with a hidden key, so a repeated delivery,
a killed process and a second worker all find what is left to do by looking at GitHub.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.conversation.commands import parse_comment, parse_title
from bot.jobs.answering import Answering
from bot.jobs.dashboard import obey_dashboard
from bot.jobs.policy import read_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.github.forge import GitHubForge
    from bot.github.threads import Message, Thread
    from bot.jobs.answering import Understood
    from bot.jobs.update import Propose

__all__ = ["acknowledge_thread", "answer_thread"]


async def answer_thread(
    forge: GitHubForge,
    number: int,
    *,
    propose: Propose,
    names: tuple[str, ...] = (),
    clock: Callable[[], float] = time.time,
) -> int:
    """Answer what was not answered yet; return how many messages that was.

    `names` are those that `@NAME` may have besides the App's own. Raises ForgeError, and IndexFailure
    from `propose`.
    """
    thread = await forge.threads.view(number)
    if thread.by_thoth and not thread.is_pull and thread.is_open:
        # Only people with write access can edit an issue that the App wrote, and so check a box.
        await obey_dashboard(forge, thread.body, propose=propose, clock=clock)
    waiting = _waiting(forge, thread, names)
    if not waiting:
        return 0
    policy = await read_policy(forge)
    for message, commands in waiting:
        await _acknowledge(forge, number, message)
        is_opening = message.comment_id is None and not thread.is_pull
        titled = is_opening and parse_title(thread.title) is not None
        answering = Answering(forge, thread, message, policy, propose, clock, titled=titled)
        await answering.run(commands)
    return len(waiting)


async def acknowledge_thread(
    forge: GitHubForge, number: int, *, names: tuple[str, ...] = ()
) -> int:
    """Show people that their commands were seen; return how many messages that was. Raises ForgeError."""
    thread = await forge.threads.view(number)
    waiting = _waiting(forge, thread, names)
    for message, _ in waiting:
        await _acknowledge(forge, number, message)
    return len(waiting)


async def _acknowledge(forge: GitHubForge, number: int, message: Message) -> None:
    if not message.seen:
        await forge.threads.react(number, message, "eyes")


def _waiting(
    forge: GitHubForge, thread: Thread, names: tuple[str, ...]
) -> list[tuple[Message, Understood]]:
    """Return the messages with commands that were not answered yet."""
    names = (forge.repository.bot_slug, *names)
    return [
        (message, commands)
        for message in thread.messages
        if message.key not in thread.answered and (commands := _commands(thread, message, names))
    ]


def _commands(thread: Thread, message: Message, names: tuple[str, ...]) -> Understood:
    commands = parse_comment(message.body, names=names)
    if message.comment_id is None and not thread.is_pull:
        titled = parse_title(thread.title)
        if titled is not None:
            return (titled, *commands)
    return commands
