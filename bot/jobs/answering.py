"""Carries out the commands of one message, and answers them together."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from advisor_core.config.file import CONFIGURATION_PATH
from advisor_core.errors import InputError
from advisor_core.wish import Wish
from bot.conversation import package_texts, reasons, release_texts, replies
from bot.conversation.commands import MOST_COMMANDS, Command, Misunderstood
from bot.conversation.decisions import Step, decode_steps, encode_steps, step_edits
from bot.errors import UnprocessableError
from bot.github.pulls import CLOSED_FOR_A_PERSON
from bot.jobs.dashboard import update_and_tell
from bot.jobs.merge import merge_green
from bot.jobs.onboarding import propose_configuration
from bot.jobs.packages import propose_packages, release_of
from bot.jobs.release import propose_release
from bot.jobs.rules import last_rules_step, propose_rules
from bot.jobs.update import CommitFiles
from bot.managers.command import Asked, CommandFacts, Reply, decide_command
from bot.managers.update import UpdateEvent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from advisor_core.config.edit import RuleEdit
    from bot.github.forge import GitHubForge
    from bot.github.threads import Message, Thread
    from bot.jobs.policy import Policy
    from bot.jobs.update import Propose

__all__ = ["Answering", "Understood"]

Understood = tuple[Command | Misunderstood, ...]


@dataclass(slots=True)
class Answering:
    """One message, and what becomes of its commands."""

    forge: GitHubForge
    thread: Thread
    message: Message
    policy: Policy
    propose: Propose
    clock: Callable[[], float]
    titled: bool = False
    """The issue's title is the command: it is closed when that is done."""
    merges: list[str] = field(default_factory=list)
    """Whether it is merged when green, as decided so far."""
    steps: list[Step] = field(default_factory=list)
    """How what was decided so far is taken back."""
    undone: list[str] = field(default_factory=list)
    """Keys of answers whose decisions were taken back."""
    rules_undone: int = 0
    """How many changes of rules that no answer here decided were to be taken back."""

    async def run(self, commands: Understood) -> None:
        """Carry the commands out in order, and answer them together."""
        permission = await self.forge.threads.permission(self.message.author)
        is_approver = self.message.author.lower() in self.policy.approvers
        parts = []
        answered = []
        for command in commands:
            asked = Asked(command, self.message.author, permission, is_approver)
            reply = decide_command(asked, self._facts())
            answered.append(reply)
            if reply.merge:
                self.merges.append(reply.merge)
                self.steps.append(Step(merge="off" if reply.merge == "on" else "on"))
            parts.append(await self._carry_out(command, reply))
        text = replies.answer(parts, cut=len(commands) == MOST_COMMANDS)
        number = self.thread.number
        await self.forge.pulls.comment(number, key=self.message.key, text=text, state=self._state())
        if self.merges:
            await merge_green(self.forge)
        if any(reply.refused for reply in answered):
            await self.forge.threads.react(number, self.message, "-1")
        elif not all(reply.understood for reply in answered):
            await self.forge.threads.react(number, self.message, "confused")
        else:
            await self.forge.threads.react(number, self.message, "+1")
            if self.titled:
                await self.forge.threads.set_open(number, is_open=False)

    def _facts(self) -> CommandFacts:
        """Return what is known now: a command before this one may have changed it."""
        return CommandFacts(
            is_pull=self.thread.is_pull,
            is_open=self.thread.is_open,
            by_thoth=self.thread.by_thoth,
            is_merged=self.thread.is_merged,
            configuration=self.policy.configuration,
            environments=self.policy.environments,
            today=time.strftime("%Y-%m-%d", time.gmtime(self.clock())),
        )

    def _state(self) -> dict[str, str]:
        """Return what the answer keeps hidden: what holds from now on, and how it is taken back."""
        state = {}
        if self.merges:
            state["merge"] = self.merges[-1]
        if self.steps:
            state["undo"] = encode_steps(self.steps)
        if self.undone:
            state["undone"] = self.undone[-1]
        return state

    async def _carry_out(self, command: Command | Misunderstood, reply: Reply) -> str:
        """Do the work of a reply; return what to say."""
        if reply.text or not isinstance(command, Command):
            return reply.text
        if self.policy.failure is not None and reply.work not in {"close", "configure"}:
            return replies.wrong_files(self.policy.failure.faults)
        if reply.work == "configure" and reply.edit is not None:
            return await self._configure(command, reply.edit)
        works: dict[str, Callable[[Command], Awaitable[str]]] = {
            "close": self._close,
            "explain": self._explain,
            "merge": self._merge,
            "onboard": self._onboard,
            "packages": self._move_packages,
            "recreate": self._update,
            "release": self._release,
            "reopen": self._reopen,
            "split": self._split,
            "undo": self._undo,
            "update": self._update,
        }
        work = works.get(reply.work)
        return await work(command) if work is not None else self._inform()

    async def _close(self, _command: Command) -> str:
        await self._set_open(is_open=False)
        self.steps.append(Step(state="open"))
        return "Closed."

    async def _reopen(self, command: Command) -> str:
        said = await self._open_again()
        if self.thread.is_open:
            self.steps.append(Step(state="closed"))
        return f"{said}\n\n{await self._update(command)}"

    async def _open_again(self) -> str:
        """Open it, and return what to say; GitHub opens none whose branch is gone or was rewritten."""
        try:
            await self._set_open(is_open=True)
        except UnprocessableError as error:
            return replies.not_reopened(error.detail)
        return "Opened again."

    async def _release(self, command: Command) -> str:
        manager = self.policy.configuration.manager("version")
        if manager is None:
            return release_texts.no_version_manager(CONFIGURATION_PATH)
        try:
            return await propose_release(
                self.forge,
                command.release or command.version or "",
                number=self.thread.number,
                manager=manager,
                clock=self.clock,
            )
        except InputError as error:
            return replies.wrong_files(error.faults)

    async def _merge(self, _command: Command) -> str:
        return replies.will_merge()

    def _inform(self) -> str:
        targets = [
            (
                each.target.manifest.path,
                each.target.lockfile,
                [environment.name for environment in each.target.environments],
            )
            for each in self.policy.targets
        ]
        mode = self.policy.configuration.mode or "pull-request"
        return replies.information(mode=mode, targets=targets, notes=self.policy.notes)

    async def _explain(self, command: Command) -> str:
        files = CommitFiles(self.forge, self.policy.base.head, asyncio.get_running_loop())
        try:
            proposal = await self.propose(files)
        except InputError as error:
            return replies.wrong_files(error.faults)
        if command.packages:
            return reasons.why(command.packages[0], proposal.outcomes)
        return reasons.explain(proposal.outcomes)

    async def _update(self, command: Command) -> str:
        kinds: dict[str, Literal["rebase", "recreate"]]
        kinds = {"rebase": "rebase", "recreate": "recreate"}
        event = UpdateEvent(kinds.get(command.name, "manual"))
        report = await update_and_tell(
            self.forge, event=event, propose=self.propose, clock=self.clock
        )
        return replies.done(report.facts.outcomes, report.actions)

    async def _configure(self, command: Command, edit: RuleEdit) -> str:
        """Propose a rule."""
        report = await propose_rules(self.forge, self.policy.base, [edit], asked=command.text)
        if report.undo is not None:
            self.steps.append(report.undo)
        return report.text

    async def _move_packages(self, command: Command) -> str:
        return await self._move(Wish(only=command.packages))

    async def _move(self, wish: Wish) -> str:
        """Propose packages alone, and leave them out of what is proposed for the whole lockfile."""
        try:
            report = await propose_packages(self.forge, wish, propose=self.propose)
        except InputError as error:
            return replies.wrong_files(error.faults)
        conflicts = [each for each in report.outcomes if each.conflict is not None]
        parts = [package_texts.no_stack(each) for each in conflicts]
        if report.actions:
            parts.append(replies.done((), report.actions))
        stay = [name for name in wish.only if name in report.known - report.moved]
        strange = [name for name in wish.only if name not in report.known]
        if stay and not conflicts:
            parts.append(package_texts.unmoved(stay, at_newest=True))
        if strange and not conflicts:
            parts.append(package_texts.unmoved(strange, at_newest=False))
        if report.moved:
            await update_and_tell(
                self.forge, event=UpdateEvent("push"), propose=self.propose, clock=self.clock
            )
        return "\n\n".join(parts)

    async def _split(self, command: Command) -> str:
        package = command.packages[0]
        try:
            version = await release_of(self.forge, package, propose=self.propose)
        except InputError as error:
            return replies.wrong_files(error.faults)
        if version is None:
            return package_texts.nothing_to_split(package)
        return await self._move(Wish(only=(package,), pins={package: version}))

    async def _onboard(self, _command: Command) -> str:
        try:
            number = await propose_configuration(self.forge, propose=self.propose)
        except InputError as error:
            return replies.wrong_files(error.faults)
        return replies.onboarded(number, path=CONFIGURATION_PATH)

    async def _undo(self, _command: Command) -> str:
        """Take back what this message decided, else what the thread did, else the last rules."""
        if self.steps:
            return await self._take_back(self.steps.pop())
        if self.thread.decisions:
            key, text = self.thread.decisions[-1]
            self.undone.append(key)
            self.thread = replace(self.thread, decisions=self.thread.decisions[:-1])
            done = [await self._take_back(step) for step in reversed(decode_steps(text))]
            return "\n\n".join(dict.fromkeys(done)) or replies.nothing_to_undo()
        self.rules_undone += 1
        asker = f"{self.thread.number}:{self.message.key}:{self.rules_undone}"
        step = await last_rules_step(self.forge, asker=asker)
        if step == "done":
            return replies.taken_back(path=CONFIGURATION_PATH)
        if step is None:
            return replies.nothing_to_undo()
        return await self._take_back(step, asker=asker)

    async def _take_back(self, step: Step, *, asker: str = "") -> str:
        parts = []
        if step.edits:
            edits = step_edits(step)
            report = await propose_rules(
                self.forge, self.policy.base, edits, asked="undo", undone=step, asker=asker
            )
            parts.append(report.text)
        if (step.merge or step.state) and self.thread.is_merged:
            parts.append(replies.merged_already())
            return "\n\n".join(parts)
        if step.merge:
            self.merges.append(step.merge)
            on = step.merge == "on"
            parts.append(replies.will_merge() if on else replies.will_not_merge())
        if step.state == "open":
            parts.append(await self._open_again())
        elif step.state:
            await self._set_open(is_open=False)
            parts.append("Closed.")
        return "\n\n".join(parts)

    async def _set_open(self, *, is_open: bool) -> None:
        number = self.thread.number
        if not is_open:
            key = f"{CLOSED_FOR_A_PERSON}:{self.message.key}"
            await self.forge.comment(number, key=key, text=replies.closed(self.message.author))
        await self.forge.threads.set_open(number, is_open=is_open)
        self.thread = replace(self.thread, is_open=is_open)
