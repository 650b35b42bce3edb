"""What pull requests say: titles, texts, commit messages, comments. Pure.

Everything quoted goes through `bot.conversation.quoting`. Each text has a fixed budget per part, so
that the whole never exceeds what GitHub takes, whatever the repository holds.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bot.conversation.advice import advice_sections, quality
from bot.conversation.change_list import change_list
from bot.conversation.quoting import (
    code,
    comment_block,
    plain,
    prose,
    read_comment_block,
    remark,
    truncate,
    unlinked,
)
from bot.conversation.release_notes import NO_NOTES, release_notes
from bot.conversation.releases import release_links, supply_chain
from bot.conversation.sections import (
    MAX_PATH,
    by_hand,
    count,
    environments,
    further_files,
    skipped_releases,
)
from bot.conversation.seen import seen_in_ci
from bot.conversation.tables import change_tables, ordered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.model import Target
    from advisor_core.outcome import LockOutcome
    from bot.conversation.release_notes import Notes
    from bot.forge import BranchName

__all__ = [
    "MAX_BODY_BYTES",
    "MAX_TITLE_CHARACTERS",
    "PULL_REQUEST_MARKER",
    "commit_message",
    "edited_comment",
    "files_digest",
    "is_unfinished",
    "join_parts",
    "mark_unfinished",
    "nobody_there",
    "proposed_digest",
    "pull_request_body",
    "pull_request_title",
]

MAX_BODY_BYTES = 65_000
"""GitHub takes pull request bodies of 65,536 characters. Bytes are counted here, which are never
fewer. The parts, here and in `sections`, add up to less."""

_CHANGES_BYTES = 24_000
_NOTES_BYTES = 4_000

MAX_TITLE_CHARACTERS = 250
"""GitHub takes titles of 256 characters."""

PULL_REQUEST_MARKER = "thoth-pull-request/1"
"""Of the hidden block at the end of each pull request's text."""


_UNFINISHED = "<!-- thoth-unfinished -->"


def pull_request_title(outcome: LockOutcome) -> str:
    """Return the title: what changes in which lockfile."""
    lockfile = plain(outcome.target.lockfile, limit=MAX_PATH)
    changes = ordered(outcome.changes)
    if not changes:
        text = f"Refresh {lockfile}"
    elif outcome.old_text is None:
        text = f"Lock {count(len(changes), 'package')} in {lockfile}"
    elif len(changes) == 1 and changes[0].new is not None:
        change = changes[0]
        text = f"Update {change.package} to {change.new} in {lockfile}"
    else:
        named = ", ".join(plain(change.package, limit=40) for change in changes[:2])
        rest = f" and {len(changes) - 2} more" if len(changes) > 2 else ""
        text = f"Update {named}{rest} in {lockfile}"
    return truncate(unlinked(plain(text)), limit=MAX_TITLE_CHARACTERS)


def pull_request_body(
    outcome: LockOutcome,
    *,
    branch: BranchName,
    notes: Sequence[str] = (),
    releases: Notes = NO_NOTES,
) -> str:
    """Return the pull request's text in Markdown with its marker; at most `MAX_BODY_BYTES`."""
    target = outcome.target
    before = [
        _opening(outcome),
        further_files(outcome),
        change_tables(outcome.changes, limit_bytes=_CHANGES_BYTES),
        supply_chain(outcome),
        release_links(outcome),
    ]
    after = [
        seen_in_ci(outcome),
        "### Environments\n\n" + environments(target) + _together(target),
        "### How good this is\n\n" + _quality(outcome),
        advice_sections(outcome.advice) if outcome.advice is not None else "",
        skipped_releases({category: stack.skipped for category, stack in outcome.stacks.items()}),
        _notes(notes),
        "### By hand\n\n" + by_hand(target, write=True, advised=outcome.advice is not None),
        _closing(branch),
    ]
    marker = {"branch": branch, "files": files_digest(outcome.files)}
    blocks = [change_list(outcome), comment_block(PULL_REQUEST_MARKER, marker)]
    return join_parts(before, after, blocks, outcome=outcome, releases=releases)


def join_parts(
    before: Sequence[str],
    after: Sequence[str],
    blocks: Sequence[str],
    *,
    outcome: LockOutcome,
    releases: Notes,
) -> str:
    """Return the text of a pull request: with the notes of releases, as far as the other parts leave room.

    Where they leave too little for the list of changes, the first of `blocks`, that is left out.
    """
    kept = [*before, *after, *blocks]
    if _size(kept) > MAX_BODY_BYTES:
        blocks = blocks[1:]
        kept = [*before, *after, *blocks]
    told = release_notes(outcome, releases, room_bytes=MAX_BODY_BYTES - _size(kept))
    return "\n\n".join(part for part in [*before, told, *after, *blocks] if part) + "\n"


def _size(parts: Sequence[str]) -> int:
    return sum(len(part.encode()) + 2 for part in parts)


def files_digest(files: Mapping[str, bytes]) -> str:
    """Return a digest of paths and contents, by which a proposal is known again."""
    digest = hashlib.sha256()
    for path in sorted(files):
        for part in (path.encode("utf-8", "surrogateescape"), files[path]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def proposed_digest(body: str) -> str | None:
    """Return the digest in a pull request's marker, None when a person removed or broke it."""
    return (read_comment_block(PULL_REQUEST_MARKER, body) or {}).get("files")


def mark_unfinished(body: str) -> str:
    """Return the text of a pull request that is open, and of which labels or people are to come still."""
    return f"{body}\n{_UNFINISHED}\n"


def is_unfinished(body: str) -> bool:
    """Return whether labels or people were still to come when a text was written."""
    return body.rstrip().endswith(_UNFINISHED)


def commit_message(outcome: LockOutcome, *, branch: BranchName) -> str:
    """Return the message of the commit: nothing that a forge would act on."""
    packages = count(len(outcome.changes), "package")
    manifest = unlinked(plain(outcome.target.manifest.path, limit=MAX_PATH))
    return (
        f"{pull_request_title(outcome)}\n\n"
        f"{_stack_word(outcome)} for {manifest}; {packages} changed.\n\n"
        f"Thoth-Branch: {branch}\n"
    )


def edited_comment(branch: BranchName, editor: str) -> str:
    """Return what is said when a person's commit is on the branch."""
    return (
        f"{prose(editor, limit=80)} committed to {code(branch, limit=MAX_PATH)}, so Thoth leaves "
        "the branch and this pull request alone from now on.\n\n"
        "To hand it back, comment `/thoth recreate`, or delete the branch: it is made anew, without that "
        "commit."
    )


def nobody_there(names: Sequence[str]) -> str:
    """Return what is said when GitHub did not take some of those who were to look."""
    listed = ", ".join(code(name, limit=80) for name in names[:30])
    return (
        f"GitHub did not take {listed} as assignee or reviewer. It takes people and teams with write "
        "access to this repository: give it to them, or correct `pull_requests` in `.thoth.yaml`."
    )


def _opening(outcome: LockOutcome) -> str:
    target = outcome.target
    lockfile, manifest = code(target.lockfile), code(target.manifest.path, limit=MAX_PATH)
    if not outcome.changes:
        return (
            f"{lockfile} no longer belongs to {manifest}. This brings it up to date; "
            "every version stays as it is."
        )
    direct = sum(change.direct for change in outcome.changes)
    split = f"{direct} direct, {len(outcome.changes) - direct} transitive"
    new = outcome.old_text is None
    verb = "adds" if new else "updates"
    changed = count(len(outcome.changes), "package" if new else "change")
    return f"This {verb} {lockfile} from {manifest}: **{changed}** ({split})."


def _closing(branch: BranchName) -> str:
    return (
        "---\n\nThoth keeps this pull request up to date in place. Commit to "
        f"{code(branch, limit=MAX_PATH)} yourself and Thoth leaves it to you."
    )


def _together(target: Target) -> str:
    return "\n\nOne stack for all of them." if len(target.environments) > 1 else ""


def _quality(outcome: LockOutcome) -> str:
    if outcome.advice is not None:
        return quality(outcome.advice)
    where = " in every environment" if len(outcome.target.environments) > 1 else ""
    return (
        "**Newest-first, not scored.** Each package, in the order of "
        f"{code(outcome.target.manifest.path, limit=MAX_PATH)} and then of what it requires, "
        "is at the newest release with which a whole stack still exists. "
        f"Every requirement holds{where}; nothing was installed or run. "
        "Whether the stack is faster or safer was not looked at, so let your tests decide. "
        f"(Engine: {code(outcome.engine)}.)"
    )


def _stack_word(outcome: LockOutcome) -> str:
    if outcome.advice is None:
        return "Newest-first stack"
    best = outcome.advice.products[0]
    proof = "proved optimal" if best.status == "optimal" else f"at most {best.upper_bound}"
    return f"Stack of score {best.score} ({proof})"


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
