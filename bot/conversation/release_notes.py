"""The notes of releases in a pull request: which ones a change goes over, and how they are shown. Pure.

    flask 3.0 -> 3.1.1      the releases 3.1.1 and 3.1.0 of github.com/pallets/flask, the newest first

A release is known by its tag: `3.1`, `v3.1`, `release-3.1`, and `flask-3.1` or `flask@3.1` where several
packages come from one repository. A project without such releases may have a changelog, of which the
sections under those versions are taken. All of it is foreign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from packaging.version import InvalidVersion, Version

from bot.conversation.foreign import show_foreign
from bot.conversation.quoting import code
from bot.conversation.tables import MAX_NAME, MAX_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.outcome import LockOutcome
    from advisor_core.release_facts import ChangeFacts
    from bot.forge import Changelog, Project, PublishedRelease

__all__ = [
    "NO_NOTES",
    "ChangeKey",
    "Notes",
    "Said",
    "change_key",
    "from_changelog",
    "from_releases",
    "release_notes",
]

_NOTES_BYTES = 12_000
"""Of all packages; less where the other parts of a text leave less."""

_SMALLEST_BYTES = 600
"""With less room than that nothing is shown."""

_RELEASE_BYTES = 2_500
_MOST_RELEASES = 3
"""Of one package that are shown, the newest ones."""

_SECTION_LINES = 400

_TAG_PREFIXES = ("", "release-", "release/", "releases/", "rel-", "version-")
_VERSION = re.compile(
    r"\[?v?(\d+(?:\.[0-9a-z]+){1,5}(?:[.-]?(?:a|b|rc|post|dev)\d*)?)\b", re.IGNORECASE | re.ASCII
)
_SAFE_TAG = re.compile(r"(?!.*\.\.)[\w.+@/=!-]{1,150}", re.ASCII)
_UNDERLINE = re.compile(r"([=~^\"'*#-])\1{2,}\s*")


@dataclass(frozen=True, slots=True)
class Said:
    """What a project says of one release. The text is foreign."""

    version: str
    url: str
    text: str


ChangeKey = tuple[str, str | None, str]
"""Package, old and new version."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What is known of the changes that a run looks at."""

    said: Mapping[ChangeKey, tuple[Said, ...]] = field(default_factory=dict)
    """The newest first."""
    is_complete: bool = True
    """Whether everything that there may be was read; else it is worth another look later."""


NO_NOTES = Notes()


def change_key(facts: ChangeFacts) -> ChangeKey:
    """Return what the notes of a change are kept under."""
    return (facts.package, facts.old, facts.new)


def from_releases(
    package: str, old: str | None, new: str, releases: Sequence[PublishedRelease], project: Project
) -> tuple[Said, ...]:
    """Return what is said of the releases after `old` up to `new`, the newest first.

    Empty when the project has no release of `new`, or says nothing of any of them.
    """
    mine: dict[Version, PublishedRelease] = {}
    others: dict[Version, PublishedRelease] = {}
    for release in releases:
        version, is_named = _read_tag(release.tag, package)
        if version is not None and _SAFE_TAG.fullmatch(release.tag):
            (mine if is_named else others).setdefault(version, release)
    found = mine if _read(new) in mine else others
    return tuple(
        Said(
            str(version), _page(project, f"releases/tag/{found[version].tag}"), found[version].text
        )
        for version in _between(old, new, list(found))
        if found[version].text.strip()
    )


def from_changelog(
    old: str | None, new: str, changelog: Changelog, project: Project
) -> tuple[Said, ...]:
    """Return the sections of a changelog after `old` up to `new`, the newest first."""
    lines = changelog.text.splitlines()
    starts = [
        (version, number)
        for number, line in enumerate(lines)
        if (version := _heading(line, lines[number + 1] if number + 1 < len(lines) else ""))
    ]
    ends = [number for _, number in starts[1:]] + [len(lines)]
    sections: dict[Version, str] = {}
    for (version, number), end in zip(starts, ends, strict=True):
        first = number + (1 if lines[number].startswith("#") else 2)
        sections.setdefault(version, "\n".join(lines[first : min(end, first + _SECTION_LINES)]))
    url = _page(project, f"blob/HEAD/{changelog.path}")
    return tuple(
        Said(str(version), url, sections[version])
        for version in _between(old, new, list(sections))
        if sections[version].strip()
    )


def release_notes(outcome: LockOutcome, notes: Notes, *, room_bytes: int = _NOTES_BYTES) -> str:
    """Return what the projects say of the new releases, folded; empty when nothing is known or fits."""
    room = min(room_bytes, _NOTES_BYTES) - _SMALLEST_BYTES
    parts: list[str] = []
    for facts in outcome.facts:
        said = notes.said.get(change_key(facts), ())
        for each in said[:_MOST_RELEASES]:
            version = code(each.version, limit=MAX_VERSION)
            head = f"{code(facts.package, limit=MAX_NAME)} [{version}]({each.url})"
            limit = min(_RELEASE_BYTES, room - len(head.encode()) - 2 * len(each.url) - 200)
            if limit <= 0:
                break
            text, is_cut = show_foreign(each.text, limit_bytes=limit)
            rest = f"\n\n… [all of it]({each.url})" if is_cut else ""
            parts.append(f"#### {head}\n\n{text}{rest}" if text else f"#### {head}")
            room -= len(parts[-1].encode()) + 2
        left = len(said) - _MOST_RELEASES
        if left > 0 and room > 0:
            parts.append(f"… and {left} more of {code(facts.package, limit=MAX_NAME)} before.")
            room -= len(parts[-1].encode()) + 2
    if not parts:
        return ""
    told = "\n\n".join(parts)
    return (
        "<details><summary>Release notes</summary>\n\nAs the projects wrote them; what they mention here "
        f"tells nobody.\n\n{told}\n\n</details>"
    )


def _between(old: str | None, new: str, versions: Sequence[Version]) -> list[Version]:
    """Return those after `old` up to `new`, the newest first; without an older one `new` alone."""
    upper = _read(new)
    lower = _read(old) if old is not None else None
    if upper is None or upper not in versions:
        return []
    if lower is None or lower >= upper:
        return [upper]
    return sorted(
        (
            each
            for each in versions
            if lower < each <= upper and (each == upper or not each.is_prerelease)
        ),
        reverse=True,
    )


def _read(text: str | None) -> Version | None:
    """Return a version without its local part, which no project tags."""
    try:
        return Version((text or "").partition("+")[0])
    except InvalidVersion:
        return None


def _read_tag(tag: str, package: str) -> tuple[Version | None, bool]:
    """Return the version of a tag, and whether it names the package."""
    text = tag.lower().replace("_", "-")
    for separator in ("-", "@", "/", "=="):
        rest = text.removeprefix(f"{package}{separator}")
        if rest != text:
            return _read(rest), True
    for prefix in _TAG_PREFIXES:
        if text.startswith(prefix) and (version := _read(text[len(prefix) :])) is not None:
            return version, False
    return None, False


def _heading(line: str, after: str) -> Version | None:
    """Return the version that a line is the heading of; `after`: the line that follows it."""
    is_heading = line.startswith("#") or (
        bool(line.strip()) and _UNDERLINE.fullmatch(after) is not None
    )
    found = _VERSION.search(line[:200]) if is_heading else None
    return _read(found[1]) if found is not None else None


def _page(project: Project, rest: str) -> str:
    return f"{project.page}/{quote(rest, safe='/')}"
