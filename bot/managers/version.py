"""The version manager: which release follows, where a project says its version, what changed since. Pure.

    issue "New minor release"     1.4.2 in src/hello/__init__.py     pull request "Release of version 1.5.0"

A version is found where projects write it by hand: `version` of `[project]` or `[tool.poetry]` in
`pyproject.toml`, of `[metadata]` in `setup.cfg`, of `setup(...)` in `setup.py`; `__version__` in a module; a
file `VERSION` or `version.txt` with nothing else in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from bot.conversation.quoting import code, prose, unlinked
from bot.conversation.sections import MAX_PATH, count
from bot.forge import BranchName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "MOST_ENTRIES",
    "Identifier",
    "ReleaseFacts",
    "add_to_changelog",
    "changelog_section",
    "find_identifiers",
    "is_candidate",
    "next_version",
    "release_body",
    "release_branch",
    "release_message",
    "release_title",
    "set_version",
]

MOST_ENTRIES = 300
"""Of a changelog, as Kebechet's; more are counted."""

_BODY_BYTES = 50_000

_ASSIGNED = (
    r"""(?m)^__version__[ \t]*(?::[ \t]*\w+[ \t]*)?=[ \t]*"""
    r"""(?P<quote>['"])(?P<version>[^'"\n]{1,60})(?P=quote)"""
)
_SECTION = (
    r"""(?ms)^\[(?:SECTIONS)\][ \t]*$(?:(?!^\[).)*?^version[ \t]*=[ \t]*"""
    r"""(?P<quote>["']?)(?P<version>[^"'\s#]{1,60})(?P=quote)"""
)
_KINDS = (
    (
        re.compile(r"pyproject\.toml"),
        re.compile(_SECTION.replace("SECTIONS", r"project|tool\.poetry")),
    ),
    (re.compile(r"setup\.cfg"), re.compile(_SECTION.replace("SECTIONS", "metadata"))),
    (
        re.compile(r"setup\.py"),
        re.compile(
            r"""(?m)\bversion[ \t]*=[ \t]*(?P<quote>['"])(?P<version>[^'"\n]{1,60})(?P=quote)"""
        ),
    ),
    (re.compile(r"VERSION|version\.txt"), re.compile(r"\A\s*v?(?P<version>[^\s]{1,60})\s*\Z")),
    (
        re.compile(r"(?:[^/]+/){0,3}(?:__init__|__about__|_?version|__version__)\.py"),
        re.compile(_ASSIGNED),
    ),
)

_MOST_CHARACTERS = 200_000
"""Of a file in which a version is looked for."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One place where a version is written."""

    path: str
    version: str
    """As written."""
    start: int
    """Offset in the file's characters, and its end."""
    end: int


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What a release pull request says."""

    version: str
    previous: str
    places: tuple[str, ...]
    """Files that say the version."""
    subjects: tuple[str, ...]
    """Of the commits since the last tag, the newest first; hostile."""
    since: str | None
    """The last tag; None: there is none for the previous version, so the newest commits are listed."""
    left: int = 0
    """Commits that are not listed."""


def is_candidate(path: str) -> bool:
    """Return whether a version may be written in a file of that path."""
    return any(paths.fullmatch(path) for paths, _ in _KINDS)


def find_identifiers(files: Mapping[str, bytes]) -> tuple[Identifier, ...]:
    """Return every place with a PEP 440 version, by path."""
    found = []
    for path, content in sorted(files.items()):
        text = content.decode("utf-8", "replace")[:_MOST_CHARACTERS]
        for paths, pattern in _KINDS:
            match = pattern.search(text) if paths.fullmatch(path) else None
            if match is not None and _parse(match["version"]) is not None:
                found.append(
                    Identifier(path, match["version"], match.start("version"), match.end("version"))
                )
                break
    return tuple(found)


def set_version(content: bytes, identifier: Identifier, version: str) -> bytes:
    """Return a file with another version in that place, and nothing else changed."""
    text = content.decode("utf-8", "surrogateescape")
    changed = text[: identifier.start] + version + text[identifier.end :]
    return changed.encode("utf-8", "surrogateescape")


def next_version(present: str, kind: str, *, today: str) -> str | None:
    """Return the release of a kind that follows; None for a version that does not follow the present one.

    `kind`: `major`, `minor`, `patch`, `calendar`, `pre`, `final`, or a version. `today`: `2027-01-31`.
    """
    old = _parse(present)
    if old is None:
        return None
    major, minor, patch = (*old.release, 0, 0, 0)[:3]
    match kind:
        case "major":
            text = f"{major + 1}.0.0"
        case "minor":
            text = f"{major}.{minor + 1}.0"
        case "patch":
            text = f"{major}.{minor}.{patch + 1}"
        case "calendar":
            year, month, day = (int(part) for part in today.split("-"))
            text = f"{year}.{month}.{day}"
        case "pre":
            text = (
                f"{old.base_version}rc{old.pre[1] + 1}"
                if old.pre is not None and old.pre[0] == "rc"
                else f"{old.base_version}rc1"
                if old.is_prerelease
                else f"{major}.{minor}.{patch + 1}rc1"
            )
        case "final":
            text = old.base_version
        case _:
            text = kind
    new = _parse(text)
    return str(new) if new is not None and new > old else None


def add_to_changelog(content: bytes | None, section: str) -> bytes:
    """Return a changelog with a section above those that it has, below its heading."""
    text = (content or b"").decode("utf-8", "surrogateescape")
    place = re.search(r"(?m)^##? (?!.*\b(?i:changelog|change log|changes)\b)", text)
    if not text.strip():
        text = "# Changelog\n\n"
    at = place.start() if place else len(text)
    gap = (
        ""
        if not text[:at] or text[:at].endswith("\n\n")
        else "\n"
        if text[:at].endswith("\n")
        else "\n\n"
    )
    changed = f"{text[:at]}{gap}{section}\n{text[at:]}"
    return changed.encode("utf-8", "surrogateescape")


def changelog_section(facts: ReleaseFacts, *, today: str) -> str:
    """Return the section of a release: Markdown, each commit a line, inert."""
    return f"## {facts.version} ({today})\n\n{_listed(facts.subjects, facts.left)}\n"


def release_branch(version: str) -> BranchName:
    """Return the branch of a release."""
    return BranchName(f"thoth/release/v{version.replace('!', '-')}")


def release_title(version: str) -> str:
    """Return the title of the pull request."""
    return f"Release of version {version}"


def release_message(facts: ReleaseFacts) -> str:
    """Return the message of the commit."""
    places = ", ".join(unlinked(path) for path in facts.places)
    return f"{release_title(facts.version)}\n\nFrom {facts.previous}, in {places}.\n"


def release_body(facts: ReleaseFacts, *, number: int) -> str:
    """Return the pull request's text; merging it closes the issue that asked, by its `number`."""
    places = ", ".join(code(path, limit=MAX_PATH) for path in facts.places)
    since = (
        f"since {code(facts.since)}"
        if facts.since
        else f"the newest ones: no tag names {code(facts.previous)}"
    )
    return (
        f"This sets the version from {code(facts.previous)} to {code(facts.version)} in {places}. The tag is "
        f"yours to make, once this is merged.\n\n### Commits, {since}\n\n"
        f"{_listed(facts.subjects, facts.left)}\n\nCloses #{number}\n"
    )


def _listed(subjects: Iterable[str], left: int) -> str:
    lines: list[str] = []
    size = 0
    rest: Sequence[str] = tuple(subjects)
    for place, subject in enumerate(rest):
        line = f"- {prose(subject, limit=200)}"
        size += len(line.encode()) + 1
        if size > _BODY_BYTES or place == MOST_ENTRIES:
            left += len(rest) - place
            break
        lines.append(line)
    if left:
        lines.append(f"- … and {count(left, 'more commit')}")
    return "\n".join(lines) or "None."


def _parse(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
