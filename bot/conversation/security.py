"""What is said of known vulnerabilities: pull requests, the check run, the dashboard. Pure.

Identifiers, summaries, versions and links come from advisories and indexes: all of it is quoted.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.conversation.advice import evidence
from bot.conversation.change_list import change_list
from bot.conversation.messages import (
    MAX_TITLE_CHARACTERS,
    PULL_REQUEST_MARKER,
    files_digest,
    join_parts,
)
from bot.conversation.quoting import (
    code,
    comment_block,
    fence,
    plain,
    prose,
    remark,
    truncate,
    unlinked,
)
from bot.conversation.release_notes import NO_NOTES
from bot.conversation.releases import release_links, supply_chain
from bot.conversation.sections import MAX_PATH, count, environments
from bot.conversation.tables import MAX_NAME, MAX_VERSION, change_tables, table
from bot.conversation.verdicts import MAX_ANNOTATIONS
from bot.forge import Annotation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.advisories.interface import Advisory
    from advisor_core.security_outcome import Fixed, SecurityFix, Unfixed
    from bot.conversation.release_notes import Notes
    from bot.forge import BranchName

__all__ = [
    "loosen_annotations",
    "security_body",
    "security_message",
    "security_title",
    "still_there",
    "still_there_title",
    "vulnerable_packages",
]

_PROOF_BYTES = 14_000
_STILL_BYTES = 12_000
_REASON_BYTES = 3_000
_CHANGES_BYTES = 16_000
_TABLE_BYTES = 8_000

_MAX_SUMMARY = 160
"""Characters shown of an advisory's summary."""

_MAX_RANGE = 160
"""Characters shown of the releases that an advisory concerns."""

_MOST_EXPLAINED = 6
"""Vulnerabilities without a fix whose reason is written out; the table has the others."""


def security_title(fix: SecurityFix) -> str:
    """Return the title: what is fixed, in which lockfile."""
    lockfile = plain(fix.outcome.target.lockfile, limit=MAX_PATH)
    packages = list(dict.fromkeys(each.package for each in fix.fixed))
    if len(packages) == 1:
        first = fix.fixed[0]
        more = f" and {len(fix.fixed) - 1} more" if len(fix.fixed) > 1 else ""
        done = "Remove" if first.new is None else "Update"
        to = "" if first.new is None else f" to {plain(first.new, limit=MAX_VERSION)}"
        name = plain(first.package, limit=MAX_NAME)
        text = f"Security: {done} {name}{to} in {lockfile} ({plain(first.advisory.id)}{more})"
    else:
        named = ", ".join(plain(name, limit=40) for name in packages[:2])
        rest = f" and {len(packages) - 2} more" if len(packages) > 2 else ""
        what = "1 vulnerability" if len(fix.fixed) == 1 else f"{len(fix.fixed)} vulnerabilities"
        text = f"Security: fix {what} of {named}{rest} in {lockfile}"
    return truncate(unlinked(plain(text)), limit=MAX_TITLE_CHARACTERS)


def security_message(fix: SecurityFix, *, branch: BranchName) -> str:
    """Return the message of the commit: nothing that a forge would act on."""
    names = ", ".join(dict.fromkeys(plain(each.advisory.id, limit=60) for each in fix.fixed[:20]))
    return (
        f"{security_title(fix)}\n\n"
        f"The smallest change without {unlinked(names)}; {_as_of(fix)}.\n\n"
        f"Thoth-Branch: {branch}\n"
    )


def security_body(fix: SecurityFix, *, branch: BranchName, releases: Notes = NO_NOTES) -> str:
    """Return the pull request's text in Markdown, with the marker of pull requests."""
    outcome = fix.outcome
    lockfile = code(outcome.target.lockfile, limit=MAX_PATH)
    moved = count(len(outcome.changes), "package")
    opening = (
        f"This takes **{_known(len(fix.fixed))}** out of {lockfile} with the smallest change that "
        f"does: {moved} changed, and nothing else moves."
    )
    closing = (
        "---\n\nThis pull request stands beside Thoth's ordinary update of the lockfile: merge either "
        "first, and the other is made anew, or closed when nothing is left to do. Commit to "
        f"{code(branch, limit=MAX_PATH)} yourself and Thoth leaves it to you."
    )
    before = [
        opening,
        "### What no longer applies\n\n" + _proof(fix),
        _still(fix),
        "### Changes\n\n" + change_tables(outcome.changes, limit_bytes=_CHANGES_BYTES),
        supply_chain(outcome),
        release_links(outcome),
    ]
    after = [
        "### Environments\n\n" + environments(outcome.target),
        "### How sure this is\n\n" + _certainty(fix),
        closing,
    ]
    advisories: dict[str, list[str]] = {}
    for each in fix.fixed:
        advisories.setdefault(each.package, []).append(each.advisory.id)
    marker = {
        "branch": branch,
        "files": files_digest(outcome.files),
        "advisories": " ".join(dict.fromkeys(each.advisory.id[:60] for each in fix.fixed[:50])),
    }
    blocks = [change_list(outcome, advisories), comment_block(PULL_REQUEST_MARKER, marker)]
    return join_parts(before, after, blocks, outcome=outcome, releases=releases)


def still_there_title(fixes: Sequence[SecurityFix], *, with_fixed: bool = False) -> str:
    """Return the title of the check run. Not Markdown."""
    left = sum(len(fix.unfixed) for fix in fixes)
    if with_fixed:
        found = left + sum(len(fix.fixed) for fix in fixes)
        return f"{_known(found)}, {found - left} with a fix"
    return f"{_known(left)} without a fix that the manifest allows"


def still_there(fixes: Sequence[SecurityFix], *, with_fixed: bool = False) -> str:
    """Return the text of the check run: what is still there, what holds it, and what to loosen."""
    parts = []
    for fix in fixes[:_MOST_EXPLAINED]:
        lockfile = code(fix.outcome.target.lockfile, limit=MAX_PATH)
        parts.append(f"## {lockfile}")
        if with_fixed and fix.fixed:
            rows = _proof(fix, limit_bytes=_TABLE_BYTES // len(fixes))
            parts.append(f"### A change would fix\n\n{rows}")
        parts.append(_still(fix, limit_bytes=_STILL_BYTES * 3 // max(3, len(fixes))))
    if len(fixes) > _MOST_EXPLAINED:
        parts.append(f"… and {len(fixes) - _MOST_EXPLAINED} more lockfiles.")
    parts.append(f"{_as_of(fixes[0]).capitalize()}. Thoth looks again when one changes.")
    return "\n\n".join(part for part in parts if part) + "\n"


def loosen_annotations(fixes: Sequence[SecurityFix]) -> tuple[Annotation, ...]:
    """Return a remark on each manifest line that keeps a fixed release out."""
    found: dict[tuple[str, int], Annotation] = {}
    for fix in fixes:
        for each in fix.unfixed:
            for declared in each.loosen:
                line = declared.origin.line or 1
                message = (
                    f"{plain(declared.text)} keeps out the releases of {plain(each.package)} without "
                    f"{plain(each.advisory.id)}; the check run says how"
                )
                found.setdefault(
                    (declared.origin.file, line),
                    Annotation(
                        declared.origin.file,
                        line,
                        line,
                        message,
                        "Known vulnerability",
                        level="warning",
                    ),
                )
    return tuple(found.values())[:MAX_ANNOTATIONS]


def vulnerable_packages(fixes: Sequence[SecurityFix]) -> str:
    """Return the dashboard's section on vulnerable packages."""
    if not fixes:
        return "Not known: no advisories were imported."
    rows = []
    for fix in fixes:
        lockfile = code(fix.outcome.target.lockfile, limit=MAX_PATH)
        rows += [
            (
                lockfile,
                code(each.package, limit=MAX_NAME),
                code(each.old, limit=MAX_VERSION),
                _named(each.advisory),
                "not in the fixed lockfile"
                if each.new is None
                else f"fixed in {code(each.new, limit=MAX_VERSION)}",
            )
            for each in fix.fixed
        ]
        rows += [
            (
                lockfile,
                code(each.package, limit=MAX_NAME),
                code(each.version, limit=MAX_VERSION),
                _named(each.advisory),
                f"**no fix**: {_in_short(each)}",
            )
            for each in fix.unfixed
        ]
    known = _as_of(fixes[0]).capitalize() + "."
    if not rows:
        return f"None is known. {known}"
    text, left = table(
        ("Lockfile", "Package", "Locked", "Advisory", "State"), rows, limit_bytes=_TABLE_BYTES
    )
    more = f"\n\n… and {left} more." if left else ""
    return f"{text}{more}\n\n{known}"


def _in_short(each: Unfixed) -> str:
    if not each.fixed_in:
        return "no release is without it"
    if each.loosen:
        first = each.loosen[0]
        return f"loosen {code(f'{first.origin}: {first.text}', limit=120)}"
    return "what requires it allows no release without it"


def _proof(fix: SecurityFix, *, limit_bytes: int = _PROOF_BYTES) -> str:
    text, left = table(
        ("Advisory", "Severity", "Package", "Concerns", "Before", "After"),
        [_proof_row(each) for each in fix.fixed],
        limit_bytes=limit_bytes,
    )
    more = f"\n\n… and {left} more." if left else ""
    return (
        f"{text}{more}\n\nEach version before lies in what its advisory concerns, each version after "
        f"does not; {_as_of(fix)}."
    )


def _proof_row(each: Fixed) -> tuple[str, ...]:
    return (
        _named(each.advisory),
        prose(each.advisory.severity, limit=20),
        code(each.package, limit=MAX_NAME),
        code(each.affected, limit=_MAX_RANGE) if each.affected else "not told",
        code(each.old, limit=MAX_VERSION),
        "no longer required" if each.new is None else code(each.new, limit=MAX_VERSION),
    )


def _named(advisory: Advisory) -> str:
    """Return an advisory's identifier, its first alias, its link and what it is about."""
    cve = next((name for name in advisory.aliases if name.startswith("CVE-")), "")
    alias = f" ({code(cve, limit=60)})" if cve else ""
    about = f": {remark(advisory.summary, limit=_MAX_SUMMARY)}" if advisory.summary else ""
    return f"{code(advisory.id, limit=60)}{alias}{evidence(advisory.link)}{about}"


def _still(fix: SecurityFix, *, limit_bytes: int = _STILL_BYTES) -> str:
    if not fix.unfixed:
        return ""
    rows, left = table(
        ("Advisory", "Severity", "Package", "Locked", "Without it"),
        [
            (
                _named(each.advisory),
                prose(each.advisory.severity, limit=20),
                code(each.package, limit=MAX_NAME),
                code(each.version, limit=MAX_VERSION),
                ", ".join(code(version, limit=MAX_VERSION) for version in each.fixed_in[:3])
                or "no release",
            )
            for each in fix.unfixed
        ],
        limit_bytes=limit_bytes // 2,
    )
    more = f"\n\n… and {left} more." if left else ""
    room = limit_bytes // 2
    explained = []
    for each in fix.unfixed[:_MOST_EXPLAINED]:
        text = _explain(each)
        room -= len(text.encode()) + 2
        if room < 0:
            break
        explained.append(text)
    return "\n\n".join(["### What still applies", rows + more, *explained])


def _explain(each: Unfixed) -> str:
    name = code(each.package, limit=MAX_NAME)
    advisory = code(each.advisory.id, limit=60)
    if not each.fixed_in:
        return f"**{advisory}**: no release of {name} is without it. Thoth looks again with each release."
    why = fence(each.reason, limit_bytes=_REASON_BYTES)
    if each.loosen:
        lines = "\n".join(
            f"- {code(f'{declared.origin}: {declared.text}', limit=200)}"
            for declared in each.loosen[:5]
        )
        what = f"To let it in, loosen one of these lines:\n\n{lines}"
    else:
        what = (
            f"The manifest is not what keeps it out: what requires {name} allows no other release. "
            "Ask its authors for one that does, or replace it."
        )
    return f"**{advisory}**: what keeps a release of {name} without it out\n\n{why}\n\n{what}"


def _certainty(fix: SecurityFix) -> str:
    severity = "" if fix.least_severity == "low" else f" of severity {fix.least_severity} or more"
    products = fix.outcome.advice.products if fix.outcome.advice is not None else ()
    if products and products[0].status == "optimal":
        text = (
            f"**Proved**: no valid stack has fewer known vulnerabilities{severity}, each by its weight; "
            "and of those with as few, none changes fewer packages."
        )
    else:
        text = (
            "The best change found in the time allowed; that no smaller one exists is not proved."
        )
    return (
        f"{text} Every requirement holds; nothing was installed or run, so let your tests decide."
    )


def _known(number: int) -> str:
    return f"{number:,} known vulnerabilit{'y' if number == 1 else 'ies'}"


def _as_of(fix: SecurityFix) -> str:
    if fix.as_of is None:
        return "no advisories were imported"
    return f"advisories as of {datetime.fromtimestamp(fix.as_of, UTC):%Y-%m-%d}"
