"""What Thoth answers to commands. Pure; everything quoted goes through `bot.conversation.quoting`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.config.rules import is_over
from bot.conversation.actions import Close, Nothing, OpenPullRequest, SetCheck, UpdateBranch
from bot.conversation.commands import MOST_COMMANDS, USAGE, Command, Misunderstood
from bot.conversation.quoting import code, fence, prose, remark
from bot.conversation.tables import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.config.rules import PackageRule
    from advisor_core.errors import Fault
    from advisor_core.outcome import LockOutcome
    from bot.conversation.actions import Action
    from bot.managers.merging import Weakest

__all__ = [
    "answer",
    "closed",
    "configured",
    "done",
    "gave_up",
    "help_text",
    "ignores",
    "information",
    "left_to_person",
    "merged_already",
    "misunderstood",
    "not_green",
    "not_reopened",
    "not_sure",
    "nothing_left",
    "nothing_to_configure",
    "nothing_to_undo",
    "onboarded",
    "only_own",
    "refused",
    "taken_back",
    "unknown_environment",
    "will_merge",
    "will_not_merge",
    "withdrawn",
    "wrong_files",
]

_MEANINGS = {
    "advise [ENVIRONMENT]": "compute the best stack now, and say what came of it",
    "cancel": "take `merge when green` back",
    "close": "close this pull request; the same proposal is not made again",
    "config": "propose a `.thoth.yaml`, with what Renovate and Dependabot are told here",
    "explain": "say how good the best stack is, and why it is the best",
    "help": "this text",
    "ignore PACKAGE [major|minor|patch|==VERSION] [until DATE]": (
        "stop proposing these updates, as a rule in `.thoth.yaml`"
    ),
    "info": "what Thoth knows of this repository",
    "merge when green": "merge this once every check has passed, not only the required ones",
    "pin PACKAGE==VERSION": "stay at this version, as a rule in `.thoth.yaml`",
    "rebase": "compute the pull request anew on top of the base branch",
    "recreate": "the same, and discard commits that people made on its branch",
    "release KIND": (
        "set the next version: major, minor, patch, calendar, pre, final, or one that is named"
    ),
    "reopen": "open this pull request again",
    "show ignores": "list the rules for single packages",
    "unignore PACKAGE": "remove the rules that `ignore` and `pin` made",
    "split PACKAGE": "propose what this holds for one package in a pull request of its own",
    "undo": "take back what the last command here decided, else the last change of rules",
    "update [PACKAGE ...]": (
        "look for better lockfiles now; with packages: only these, and what they need, in a pull "
        "request of its own"
    ),
    "why PACKAGE": "say why this release of it, and why no newer one",
}

_TABLE_BYTES = 20_000
_ERROR_BYTES = 4_000
_FAULTS = 20


def answer(parts: Sequence[str], *, cut: bool) -> str:
    """Return one comment with the answers to all commands of a message."""
    text = "\n\n".join(part for part in parts if part)
    if cut:
        text += f"\n\nOnly the first {MOST_COMMANDS} commands of a comment are carried out."
    return text


def help_text() -> str:
    """Return how commands are written, and what each does."""
    rows = [(f"`/thoth {USAGE[name].replace('|', '/')}`", _MEANINGS[USAGE[name]]) for name in USAGE]
    text, _ = table(("Command", "What it does"), rows, limit_bytes=_TABLE_BYTES)
    return (
        f"{text}\n\nA command is a line of its own in a comment. Commands that change something need "
        "write access, or a place among the `approvers` of `OWNERS`."
    )


def misunderstood(said: Misunderstood) -> str:
    """Return the answer to what is no command, with the nearest one."""
    nearest = (
        f"The nearest command is `/thoth {said.usage.replace('|', '/')}`; `/thoth help` lists all."
        if said.usage != "help"
        else "`/thoth help` lists all commands."
    )
    return f"Not understood: {prose(said.text, limit=80)}: {said.reason}. {nearest}"


def refused(command: Command | Misunderstood) -> str:
    """Return the answer to somebody who may not give the command."""
    name = f"`/thoth {command.name}`" if isinstance(command, Command) else "That"
    return (
        f"{name} needs write access to this repository, or a place among the `approvers` of `OWNERS` "
        "on the base branch. Somebody who has it can write the same comment."
    )


def only_own(command: Command) -> str:
    """Return the answer when the thread is no pull request of Thoth's."""
    return f"`/thoth {command.name}` works on pull requests that Thoth opened; this is none."


def unknown_environment(name: str, known: Sequence[str]) -> str:
    """Return the answer when no runtime environment has the name."""
    names = ", ".join(code(each) for each in known) or "none is declared"
    return f"There is no runtime environment {code(name)}. Known: {names}."


def ignores(rules: Sequence[PackageRule], *, today: str) -> str:
    """Return the rules for single packages, with those whose last day has passed marked."""
    rows = []
    for rule in rules:
        said = [f"only {code(rule.allow)}"] if rule.allow else []
        said += [f"stays at {code(rule.pin)}"] if rule.pin else []
        for ignored in rule.ignore:
            until = f" until {ignored.until}" if ignored.until else ""
            over = " (over)" if is_over(ignored, today) else ""
            said.append(f"ignores {code(ignored.text)}{until}{over}")
        said += [f"from index {code(rule.index)}"] if rule.index else []
        said += ["with pre-releases"] if rule.prereleases else []
        rows += [
            (code(name), "; ".join(said), code(str(rule.origin))) for name in rule.names if said
        ]
    if not rows:
        return "No package is ignored or pinned."
    text, left = table(("Package", "Rule", "Where"), rows, limit_bytes=_TABLE_BYTES)
    return text + (f"\n\n… and {left} more." if left else "")


def information(
    *, mode: str, targets: Sequence[tuple[str, str, Sequence[str]]], notes: Sequence[str]
) -> str:
    """Return what Thoth knows of a repository; targets are manifest, lockfile, environments."""
    rows = [
        (code(manifest), code(lockfile), ", ".join(code(each) for each in environments))
        for manifest, lockfile, environments in targets
    ]
    text, left = table(("Manifest", "Lockfile", "Environments"), rows, limit_bytes=_TABLE_BYTES)
    parts = [
        f"Mode: `{mode}`.",
        text or "No manifest with a lockfile was found.",
        f"… and {left} more." if left else "",
        "\n".join(f"- {remark(note)}" for note in notes[:_FAULTS]),
    ]
    return "\n\n".join(part for part in parts if part)


def wrong_files(faults: Sequence[Fault]) -> str:
    """Return the answer when the repository's files cannot be read."""
    lines = [f"- {remark(f'{fault.place}: {fault.message}')}" for fault in faults[:_FAULTS]]
    more = [f"- … and {len(faults) - _FAULTS} more"] if len(faults) > _FAULTS else []
    return "Thoth cannot read this repository's files:\n\n" + "\n".join([*lines, *more])


def done(outcomes: Sequence[LockOutcome], actions: Sequence[Action]) -> str:
    """Return what an update came to."""
    lines = [line for action in actions if (line := _done(action))]
    for outcome in outcomes:
        if outcome.status == "conflict":
            manifest = code(outcome.target.manifest.path)
            lines.append(f"No stack satisfies {manifest}; the failed check run says why.")
    return "\n".join(f"- {line}" for line in dict.fromkeys(lines)) or "Nothing had to be done."


def _done(action: Action) -> str:
    match action:
        case OpenPullRequest(branch=branch):
            return f"Opened a pull request from {code(branch)}."
        case UpdateBranch(number=number):
            return f"Brought #{number} up to date."
        case Close(number=number, reason=reason):
            return f"Closed #{number}. {reason}"
        case Nothing(reason=reason):
            return f"{remark(reason[:1].upper() + reason[1:])}."
        case SetCheck(check_run) if check_run.conclusion == "action_required":
            return "A check run says what is wrong in the repository's files."
        case _:
            return ""


def closed(author: str) -> str:
    """Return what is said on a pull request that a person had closed by command."""
    return (
        f"Closed because {prose(author, limit=60)} asked for it. The same proposal is not made again; "
        "new input brings another. `/thoth reopen` opens it again."
    )


def merged_already() -> str:
    """Return what is said when a merged pull request is to be opened, closed or merged."""
    return "It is merged already. To take it back, revert it on GitHub."


def not_reopened(reason: str) -> str:
    """Return what is said when GitHub does not open a pull request again; `reason` is GitHub's."""
    return f"GitHub does not open it again: {prose(reason)}"


def configured(asked: str, *, path: str) -> str:
    """Return what is said when a rule was proposed; `asked` is the command."""
    return (
        f"{code(asked)} is proposed as a change of {code(path)}, in a pull request of its own. "
        "It counts once that is merged."
    )


def nothing_to_configure(asked: str, *, path: str) -> str:
    """Return what is said when the file says so already."""
    return f"{code(path)} says so already: nothing to do for {code(asked)}."


def onboarded(number: int | None, *, path: str) -> str:
    """Return what is said when a configuration was asked for; `number` of the pull request, if any."""
    if number is None:
        return f"There is a {code(path)} already, or a person is at work on it: edit that one."
    return f"#{number} proposes a {code(path)}, and says what will happen once it is merged."


def taken_back(*, path: str) -> str:
    """Return what is said when the last change of rules was taken back."""
    return (
        f"The last change of rules is taken back, in the pull request that changes {code(path)}. It counts "
        "once that is merged."
    )


def gave_up(reason: str, hint: str, *, attempts: int) -> str:
    """Return what is said in a thread when what was asked for there could not be done."""
    tried = f" {attempts} times" if attempts > 1 else ""
    told = fence(f"{reason}\nhint: {hint}" if hint else reason, limit_bytes=_ERROR_BYTES)
    return (
        f"Thoth tried{tried} to do what was asked for here, and gave up:\n\n{told}\n\n"
        "Write the command again to have it tried again."
    )


def nothing_left(path: str) -> str:
    """Return why the pull request for rules is closed when all of them were taken back."""
    return f"All of it was taken back: {code(path)} stays as it is."


def withdrawn(number: int) -> str:
    """Return what is said when the last rule of a pull request was taken back."""
    return f"Closed #{number}: nothing is left of it."


def nothing_to_undo() -> str:
    """Return what is said when no decision is known."""
    return (
        "There is nothing to take back: no command in this thread decided anything that still holds, "
        "and no pull request of Thoth's changed rules."
    )


def left_to_person(branch: str, editor: str) -> str:
    """Return what is said when a person's commit is on the branch that would be written."""
    return (
        f"{prose(editor, limit=60)} committed to {code(branch)}, so it is left alone. Merge or delete "
        "that branch, then ask again."
    )


def will_merge() -> str:
    """Return what is said when a pull request is to be merged once it is green."""
    return (
        "This is merged once every check has passed; one that fails stops it. `/thoth cancel` takes "
        "this back."
    )


def will_not_merge() -> str:
    """Return what is said when a pull request is not to be merged by Thoth any more."""
    return "It is not merged by Thoth any more."


def not_green(failed: Sequence[str]) -> str:
    """Return what is said when a check failed on a pull request that was to be merged."""
    names = ", ".join(code(name, limit=60) for name in failed[:_FAULTS])
    more = f" and {len(failed) - _FAULTS} more" if len(failed) > _FAULTS else ""
    return f"Not merged: {names}{more} failed. It is looked at again when the checks are run again."


def not_sure(weakest: Weakest, confidence: int) -> str:
    """Return what is said when a green pull request is not merged unasked for lack of evidence."""
    if weakest.package:
        release = f"{code(weakest.package, limit=60)} {code(weakest.version, limit=60)}"
        seen = remark(weakest.seen, limit=200) if weakest.seen else "nobody has tried it here yet"
        why = f"for {release} that is {weakest.percent} % ({seen})"
    else:
        why = "what CI said of its releases is not known"
    return (
        f"Green, and not merged by itself: `automerge.confidence` asks that CI passes in {confidence} % of "
        f"the repositories, with 95 % credibility, and {why}. It is looked at again with each run; "
        "`/thoth merge when green` merges it now."
    )
