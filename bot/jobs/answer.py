"""Answers the commands of one thread on GitHub: an issue, a pull request, and their comments.

What was answered is told by the answers themselves, each with a hidden key, so a repeated delivery,
a killed process and a second worker all find what is left to do by looking at GitHub.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from bot.conversation.commands import parse_comment
from bot.conversation.titles import parse_title
from bot.errors import UnprocessableError
from bot.jobs.answering import Answering
from bot.jobs.dashboard import obey_dashboard
from bot.jobs.failure import tell_in_thread
from bot.jobs.policy import read_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.conversation.commands import Command
    from bot.github.forge import GitHubForge
    from bot.github.threads import Message, Thread
    from bot.jobs.answering import Understood
    from bot.jobs.update import Propose

__all__ = ["acknowledge_thread", "answer_thread", "find_waiting"]


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
    answered = 0
    for message, commands in waiting:
        title = _title(thread, message)
        asks_release = title is not None and title.name == "release"
        manager = policy.configuration.manager("version")
        if asks_release and (manager is None or not manager.enabled):
            commands = commands[1:]  # noqa: PLW2901 - just an issue that happens to be called so
            if not commands:
                continue
        if answered:
            thread = await forge.threads.view(number)  # the answer before this one changed it
        await _acknowledge(forge, number, message)
        titled = title is not None and not asks_release
        answering = Answering(forge, thread, message, policy, propose, clock, titled=titled)
        try:
            await answering.run(commands)
        except (InputError, UnprocessableError) as error:
            # It is so the next time too, and what people wrote after this would wait for it.
            await tell_in_thread(forge, error, number=number, key=message.key, attempts=1)
        answered += 1
    return answered


async def find_waiting(
    forge: GitHubForge, number: int, *, names: tuple[str, ...] = ()
) -> str | None:
    """Return the key of the answer that is wanted next, None when all are there. Raises ForgeError."""
    waiting = _waiting(forge, await forge.threads.view(number), names)
    return waiting[0][0].key if waiting else None


async def acknowledge_thread(
    forge: GitHubForge, number: int, *, names: tuple[str, ...] = ()
) -> int:
    """Show people that their commands were seen; return how many messages that was. Raises ForgeError."""
    thread = await forge.threads.view(number)
    seen = 0
    for message, commands in _waiting(forge, thread, names):
        title = _title(thread, message)
        # Whether the title of a release is a command is for the configuration to say.
        if title is None or title.name != "release" or len(commands) > 1:
            await _acknowledge(forge, number, message)
            seen += 1
    return seen


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
    title = _title(thread, message)
    commands = parse_comment(message.body, names=names)
    return commands if title is None else (title, *commands)


def _title(thread: Thread, message: Message) -> Command | None:
    """Return the command that the title is, for the message that opened an issue."""
    is_opening = message.comment_id is None and not thread.is_pull
    return parse_title(thread.title) if is_opening else None
