"""What people read: titles, pull request texts, check runs, comments. Pure.

Everything quoted goes through `bot.conversation.quoting`. Each text has a fixed budget per part, so
that the whole never exceeds what GitHub takes, whatever the repository holds.
"""

from __future__ import annotations

import hashlib
import shlex
from typing import TYPE_CHECKING

from bot.conversation.quoting import (
    code,
    comment_block,
    fence,
    plain,
    prose,
    read_comment_block,
    remark,
    truncate,
    unlinked,
)
from bot.conversation.tables import MAX_NAME, MAX_VERSION, MAX_WHY, change_tables, ordered, table
from bot.forge import Annotation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.errors import Fault
    from advisor_core.model import DeclaredRequirement, Target
    from advisor_core.outcome import LockOutcome
    from bot.forge import BranchName

__all__ = [
    "MAX_ANNOTATIONS",
    "MAX_BODY_BYTES",
    "MAX_TITLE_CHARACTERS",
    "commit_message",
    "conflict_annotations",
    "conflict_summary",
    "conflict_title",
    "edited_comment",
    "fault_annotations",
    "fault_summary",
    "files_digest",
    "proposed_digest",
    "pull_request_body",
    "pull_request_title",
]

MAX_BODY_BYTES = 65_000
"""GitHub takes pull request bodies of 65,536 characters and check run texts of 65,535. Bytes are
counted here, which are never fewer. The parts below add up to less."""

_CHANGES_BYTES = 40_000
_ENVIRONMENTS_BYTES = 5_000
_SKIPPED_BYTES = 6_000
_NOTES_BYTES = 4_000
_COMMAND_BYTES = 3_000
_EXPLANATION_BYTES = 30_000
_FAULTS_BYTES = 15_000

MAX_TITLE_CHARACTERS = 250
"""GitHub takes titles of 256 characters."""

MAX_ANNOTATIONS = 50
"""As many as GitHub takes in one request
(https://docs.github.com/en/rest/checks/runs#create-a-check-run)."""

_MAX_PATH = 100
"""Characters shown of a file's path."""

_LOOSEN = (
    "### What to do\n\nLoosen or remove one of these lines and commit; "
    "Thoth looks again at the next commit."
)

_MARKER = "thoth-pull-request/1"


def pull_request_title(outcome: LockOutcome) -> str:
    """Return the title: what changes in which lockfile."""
    lockfile = plain(outcome.target.lockfile, limit=_MAX_PATH)
    changes = ordered(outcome.changes)
    if not changes:
        text = f"Refresh {lockfile}"
    elif outcome.old_text is None:
        text = f"Lock {_count(len(changes), 'package')} in {lockfile}"
    elif len(changes) == 1 and changes[0].new is not None:
        change = changes[0]
        text = f"Update {change.package} to {change.new} in {lockfile}"
    else:
        named = ", ".join(plain(change.package, limit=40) for change in changes[:2])
        rest = f" and {len(changes) - 2} more" if len(changes) > 2 else ""
        text = f"Update {named}{rest} in {lockfile}"
    return truncate(unlinked(plain(text)), limit=MAX_TITLE_CHARACTERS)


def pull_request_body(
    outcome: LockOutcome, *, branch: BranchName, notes: Sequence[str] = ()
) -> str:
    """Return the pull request's text in Markdown with its marker; at most `MAX_BODY_BYTES`."""
    target = outcome.target
    parts = [
        _opening(outcome),
        change_tables(outcome.changes, limit_bytes=_CHANGES_BYTES),
        "### Environments\n\n" + _environments(target) + _together(target),
        "### How good this is\n\n" + _quality(outcome),
        _skipped({category: stack.skipped for category, stack in outcome.stacks.items()}),
        _notes(notes),
        "### By hand\n\n" + _by_hand(target, write=True),
        _closing(branch),
        comment_block(
            _MARKER,
            {
                "branch": branch,
                "files": files_digest({target.lockfile: outcome.new_text or b""}),
            },
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def files_digest(files: Mapping[str, bytes]) -> str:
    """Return a digest of paths and contents, by which a proposal is known again."""
    digest = hashlib.sha256()
    for path in sorted(files):
        for part in (path.encode("utf-8", "surrogateescape"), files[path]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def proposed_digest(body: str) -> str | None:
    """Return the digest in a pull request's marker, None when a person removed or broke it."""
    return (read_comment_block(_MARKER, body) or {}).get("files")


def commit_message(outcome: LockOutcome, *, branch: BranchName) -> str:
    """Return the message of the commit: nothing that a forge would act on."""
    count = _count(len(outcome.changes), "package")
    manifest = unlinked(plain(outcome.target.manifest.path, limit=_MAX_PATH))
    return (
        f"{pull_request_title(outcome)}\n\n"
        f"Newest-first stack for {manifest}; {count} changed.\n\n"
        f"Thoth-Branch: {branch}\n"
    )


def edited_comment(branch: BranchName, editor: str) -> str:
    """Return what is said when a person's commit is on the branch."""
    return (
        f"{prose(editor, limit=80)} committed to {code(branch, limit=_MAX_PATH)}, so Thoth leaves "
        "the branch and this pull request alone from now on.\n\n"
        "To hand it back, delete the branch: the next run makes it anew, without that commit."
    )


def conflict_title(target: Target) -> str:
    """Return the title of a check run when no stack exists. Not Markdown."""
    return plain(f"No stack satisfies {target.manifest.path}", limit=MAX_TITLE_CHARACTERS)


def conflict_summary(outcome: LockOutcome) -> str:
    """Return the check run's text when no stack exists: the proof, the lines, what to do."""
    target, conflict = outcome.target, outcome.conflict
    if conflict is None:
        raise ValueError(f"not a conflict: {outcome.status!r}")
    manifest, lockfile = code(target.manifest.path, limit=_MAX_PATH), code(target.lockfile)
    rows, left = table(
        ("Where", "Line"),
        [
            (code(str(each.origin), limit=_MAX_PATH), code(each.text, limit=MAX_WHY))
            for each in conflict.at_fault
        ],
        limit_bytes=_FAULTS_BYTES,
    )
    more = f"\n\n… and {left} more lines." if left else ""
    parts = [
        f"No set of releases satisfies {manifest}, so {lockfile} stays as it is.",
        "### Why\n\n" + fence(conflict.explanation, limit_bytes=_EXPLANATION_BYTES),
        f"### Lines that cannot hold together\n\n{rows}{more}" if rows else "",
        _LOOSEN if rows else "",
        "### Environments\n\n" + _environments(target),
        _skipped({"": conflict.skipped}),
        "### By hand\n\n" + _by_hand(target, write=False),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def conflict_annotations(outcome: LockOutcome) -> tuple[Annotation, ...]:
    """Return a remark on each manifest line at fault."""
    at_fault = outcome.conflict.at_fault if outcome.conflict else ()
    return tuple(_annotate(each, len(at_fault)) for each in at_fault[:MAX_ANNOTATIONS])


def fault_summary(faults: Sequence[Fault]) -> str:
    """Return the check run's text when a manifest, lockfile or the configuration is wrong."""
    listed = "\n".join(str(fault) for fault in faults)
    return (
        f"Thoth cannot work on this repository: {_count(len(faults), 'fault')} in its files.\n\n"
        f"{fence(listed, limit_bytes=_EXPLANATION_BYTES)}\n\n"
        "Correct them and commit; Thoth looks again at the next commit. No lockfile was changed.\n"
    )


def fault_annotations(faults: Sequence[Fault]) -> tuple[Annotation, ...]:
    """Return a remark on each line at fault; faults without a line are in the summary only."""
    remarks = []
    for fault in faults:
        path, _, line = fault.place.rpartition(":")
        if path and line.isdecimal() and len(line) < 9:
            number = max(1, int(line))
            text = plain(fault.message, limit=1000)
            if fault.hint:
                text += f"\nhint: {plain(fault.hint, limit=1000)}"
            remarks.append(Annotation(path, number, number, text, "Wrong input"))
    return tuple(remarks[:MAX_ANNOTATIONS])


def _annotate(declared: DeclaredRequirement, count: int) -> Annotation:
    line = declared.origin.line or 1
    others = f" together with {_count(count - 1, 'other line')}" if count > 1 else ""
    return Annotation(
        path=declared.origin.file,
        start_line=line,
        end_line=line,
        message=f"{plain(declared.text)} cannot hold{others}; the check run says why",
        title="No stack exists",
    )


def _opening(outcome: LockOutcome) -> str:
    target = outcome.target
    lockfile, manifest = code(target.lockfile), code(target.manifest.path, limit=_MAX_PATH)
    if not outcome.changes:
        return (
            f"{lockfile} no longer belongs to {manifest}. This brings it up to date; "
            "every version stays as it is."
        )
    direct = sum(change.direct for change in outcome.changes)
    split = f"{direct} direct, {len(outcome.changes) - direct} transitive"
    new = outcome.old_text is None
    verb = "adds" if new else "updates"
    count = _count(len(outcome.changes), "package" if new else "change")
    return f"This {verb} {lockfile} from {manifest}: **{count}** ({split})."


def _closing(branch: BranchName) -> str:
    return (
        "---\n\nThoth keeps this pull request up to date in place. Commit to "
        f"{code(branch, limit=_MAX_PATH)} yourself and Thoth leaves it to you."
    )


def _environments(target: Target) -> str:
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


def _together(target: Target) -> str:
    return "\n\nOne stack for all of them." if len(target.environments) > 1 else ""


def _quality(outcome: LockOutcome) -> str:
    where = " in every environment" if len(outcome.target.environments) > 1 else ""
    return (
        "**Newest-first, not scored.** Each package, in the order of "
        f"{code(outcome.target.manifest.path, limit=_MAX_PATH)} and then of what it requires, "
        "is at the newest release with which a whole stack still exists. "
        f"Every requirement holds{where}; nothing was installed or run. "
        "Whether the stack is faster or safer was not looked at, so let your tests decide. "
        f"(Engine: {code(outcome.engine)}.)"
    )


def _skipped(by_category: Mapping[str, Mapping[str, Mapping[str, str]]]) -> str:
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


def _notes(notes: Sequence[str]) -> str:
    lines: list[str] = []
    size = 0
    for note in notes:
        line = f"- {remark(note)}"
        size += len(line.encode()) + 1
        if size > _NOTES_BYTES:
            lines.append(f"- … and {len(notes) - len(lines)} more")
            break
        lines.append(line)
    return "### Notes\n\n" + "\n".join(lines) if lines else ""


def _by_hand(target: Target, *, write: bool) -> str:
    """Return the command that comes to the same."""
    manifest = target.manifest
    words = ["thoth", "lock"]
    if manifest.kind == "requirements":
        words += ["-r", manifest.path]
    else:
        # Named as a file, a manifest in a folder still gets the environments of the repository.
        words += [manifest.path if "/" in manifest.path else "."]
    if len(target.environments) == 1:
        environment = target.environments[0]
        words += ["--python", environment.python]
        words += ["--platform", environment.platform] if environment.platform else []
    words += ["-o", target.lockfile] if write else []
    return (
        f"{fence(shlex.join(words), limit_bytes=_COMMAND_BYTES)}\n\n"
        "comes to the same as long as nothing new is published."
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
