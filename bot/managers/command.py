"""What a command comes to: who may give it, and which work and which answer follow. Pure.

    asked = Asked(Command("ignore", packages=("django",), update="major"), "ada", "write")
    decide_command(asked, facts) -> Reply(edit=RuleEdit("django", ignore="major"))

The work itself (an update, an edited configuration) is done by whoever carries the reply out, and
what became of it is put into words by `bot.conversation.replies`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from advisor_core.config.edit import RuleEdit
from advisor_core.config.file import CONFIGURATION_PATH
from bot.conversation import release_texts, replies
from bot.conversation.commands import Command, CommandName, Misunderstood

if TYPE_CHECKING:
    from advisor_core.config.model import Configuration

__all__ = ["OPEN_TO_ALL", "Asked", "CommandFacts", "Reply", "decide_command", "may_command"]

OPEN_TO_ALL: frozenset[CommandName] = frozenset({"help", "info", "show ignores"})
"""Commands that change nothing and cost nothing; whoever may read the repository may give them."""

Work = Literal[
    "none",
    "update",
    "packages",
    "split",
    "recreate",
    "close",
    "onboard",
    "reopen",
    "configure",
    "explain",
    "merge",
    "release",
    "undo",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A command, and who gave it."""

    command: Command | Misunderstood
    author: str
    permission: Literal["admin", "write", "read", "none"]
    """What GitHub says of the author here; never what a payload says."""
    is_approver: bool = False
    """Named among `approvers` of OWNERS on the base branch."""


@dataclass(frozen=True, slots=True)
class CommandFacts:
    """What is known when deciding."""

    is_pull: bool
    is_open: bool
    by_thoth: bool
    """The thread is a pull request that Thoth opened."""
    configuration: Configuration
    environments: tuple[str, ...] = ()
    """Names of all runtime environments."""
    today: str = ""
    """A day in UTC: `2027-01-31`."""
    is_merged: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What is to be done, and what is to be said."""

    work: Work = "none"
    text: str = ""
    """Markdown; what comes of `work` is added to it."""
    edit: RuleEdit | None = None
    """For `configure`."""
    merge: Literal["on", "off", ""] = ""
    """Whether the pull request is merged when it is green from now on; empty: as before."""
    refused: bool = False
    understood: bool = True


def may_command(asked: Asked) -> bool:
    """Return whether GitHub, or OWNERS, lets the author give the command."""
    if asked.permission in {"admin", "write"} or asked.is_approver:
        return True
    if isinstance(asked.command, Misunderstood):
        return asked.permission == "read"
    return asked.permission == "read" and asked.command.name in OPEN_TO_ALL


def decide_command(asked: Asked, facts: CommandFacts) -> Reply:
    """Return what a command comes to."""
    command = asked.command
    if not may_command(asked) and not _maintains(asked, facts):
        return Reply(text=replies.refused(command), refused=True)
    if isinstance(command, Misunderstood):
        return Reply(text=replies.misunderstood(command), understood=False)
    if command.name in {"ignore", "unignore", "pin"}:
        return Reply("configure", edit=_edit(command))
    return _DECISIONS[command.name](command, facts)


def _maintains(asked: Asked, facts: CommandFacts) -> bool:
    """Return whether the configuration of the manager `version` lets the author ask for releases."""
    manager = facts.configuration.manager("version")
    if not isinstance(asked.command, Command) or asked.command.name != "release" or manager is None:
        return False
    named = manager.configuration.get("maintainers")
    logins = named if isinstance(named, list) else []
    return asked.author.lower() in {str(each).lower() for each in logins}


def _release(_command: Command, facts: CommandFacts) -> Reply:
    manager = facts.configuration.manager("version")
    if manager is None or not manager.enabled:
        return Reply(text=release_texts.no_version_manager(CONFIGURATION_PATH))
    return Reply("release")


def _edit(command: Command) -> RuleEdit:
    package = command.packages[0]
    if command.name == "pin":
        return RuleEdit(package, pin=command.version)
    if command.name == "unignore":
        return RuleEdit(package, remove=("ignore", "pin"))
    what = command.update or (f"=={command.version}" if command.version else "all")
    return RuleEdit(package, ignore=what, until=command.until)


def _say_help(_command: Command, _facts: CommandFacts) -> Reply:
    return Reply(text=replies.help_text())


def _show_ignores(_command: Command, facts: CommandFacts) -> Reply:
    return Reply(text=replies.ignores(facts.configuration.packages, today=facts.today))


def _say_info(_command: Command, _facts: CommandFacts) -> Reply:
    return Reply()


def _update(command: Command, facts: CommandFacts) -> Reply:
    if command.environment and command.environment not in facts.environments:
        return Reply(text=replies.unknown_environment(command.environment, facts.environments))
    return Reply("packages" if command.packages else "update")


def _split(_command: Command, _facts: CommandFacts) -> Reply:
    return Reply("split")


def _onboard(_command: Command, _facts: CommandFacts) -> Reply:
    return Reply("onboard")


def _undo(_command: Command, _facts: CommandFacts) -> Reply:
    return Reply("undo")


def _recreate(_command: Command, _facts: CommandFacts) -> Reply:
    return Reply("recreate")


def _merge(command: Command, facts: CommandFacts) -> Reply:
    if not facts.by_thoth or not facts.is_pull:
        return Reply(text=replies.only_own(command))
    if not facts.is_open:
        return Reply(text=replies.merged_already() if facts.is_merged else "It is closed.")
    if command.name == "cancel":
        return Reply(text=replies.will_not_merge(), merge="off")
    return Reply("merge", merge="on")


def _explain(_command: Command, _facts: CommandFacts) -> Reply:
    return Reply("explain")


def _close(command: Command, facts: CommandFacts) -> Reply:
    if not facts.by_thoth or not facts.is_pull:
        return Reply(text=replies.only_own(command))
    if not facts.is_open:
        return Reply(text=replies.merged_already() if facts.is_merged else "It is closed already.")
    return Reply("close")


def _reopen(command: Command, facts: CommandFacts) -> Reply:
    if not facts.by_thoth or not facts.is_pull:
        return Reply(text=replies.only_own(command))
    if facts.is_open:
        return Reply(text="It is open already.")
    if facts.is_merged:
        return Reply(text=replies.merged_already())
    return Reply("reopen")


_DECISIONS = {
    "help": _say_help,
    "show ignores": _show_ignores,
    "info": _say_info,
    "merge when green": _merge,
    "split": _split,
    "undo": _undo,
    "update": _update,
    "advise": _update,
    "rebase": _update,
    "recreate": _recreate,
    "cancel": _merge,
    "close": _close,
    "config": _onboard,
    "explain": _explain,
    "why": _explain,
    "release": _release,
    "reopen": _reopen,
}
