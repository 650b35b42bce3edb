"""Where packages are made, on the same GitHub: the releases and the changelog of other public projects.

Which project is asked for is the word of a package's author, so only addresses on GitHub's own host count,
and what is read has to be public: the App's own repository, which its token reads though it may be private,
is never read as another's, under no former name either. What was found is kept for some hours for every
repository, so that a release costs one or two requests however many repositories lock it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import msgspec

from bot.errors import ConflictError, NotFoundError, PermissionMissingError
from bot.forge import Changelog, Project, PublishedRelease

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.github.client import Client

__all__ = ["Projects", "Shelf", "find_project"]

MOST_RELEASES: Final = 50
"""Of a project that are looked at, the newest ones: one request."""

_LONGEST_TEXT: Final = 15_000
"""Characters kept of what a project says of one release."""

_LONGEST_TEXTS: Final = 100_000
"""Characters kept of all its releases; what is older has no text then."""

_LONGEST_CHANGELOG: Final = 100_000
"""Characters kept of a changelog. People write the newest release on top."""

_LARGEST_FILE: Final = 1_000_000
"""Bytes; GitHub gives larger files in no answer of this kind."""

_KEPT_SECONDS: Final = 6 * 3600.0
_MOST_KEPT: Final = 200

_NAMES = re.compile(
    r"/(?P<owner>[A-Za-z0-9][A-Za-z0-9-]{0,38})/(?P<name>[\w.-]{1,100})(?:/.*)?", re.ASCII
)
_NO_OWNERS: Final = frozenset(
    {"apps", "features", "marketplace", "orgs", "search", "sponsors", "topics"}
)
"""First parts of GitHub's own pages, as packages name them."""

_CHANGELOG = re.compile(
    r"(?:changelog|changes|history|news|releases?|release[-_]notes|whats[-_]new)(?:\.(?:md|markdown|rst|txt))?",
    re.IGNORECASE | re.ASCII,
)


class _ReleaseAnswer(msgspec.Struct, frozen=True):
    tag_name: str
    html_url: str
    draft: bool = False
    body: str | None = None


class _EntryAnswer(msgspec.Struct, frozen=True):
    type: str
    name: str
    html_url: str | None = None
    size: int = 0


class _FileAnswer(msgspec.Struct, frozen=True):
    html_url: str | None = None
    encoding: str = ""
    content: str = ""


@dataclass(slots=True)
class Shelf:
    """What was read of projects, for some hours. For one event loop."""

    clock: Callable[[], float]
    _kept: OrderedDict[tuple[str, str], tuple[float, object]] = field(default_factory=OrderedDict)

    def find(self, kind: str, project: Project) -> object | None:
        """Return what is kept, in a tuple of one; None: nothing is, or it is old."""
        key = (kind, project.name.lower())
        found = self._kept.get(key)
        if found is None or self.clock() - found[0] > _KEPT_SECONDS:
            return None
        self._kept.move_to_end(key)
        return found[1]

    def keep(self, kind: str, project: Project, value: object) -> None:
        """Keep it in the place of what was there; what was not used for longest goes."""
        key = (kind, project.name.lower())
        self._kept[key] = (self.clock(), value)
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)


@dataclass(slots=True)
class Projects:
    """Other projects, as one repository's job reads them."""

    client: Client
    own: str
    """`owner/name` of the job's repository: the one that may be private."""
    shelf: Shelf

    async def releases(self, project: Project) -> tuple[PublishedRelease, ...]:
        """Return the newest releases, the newest first. Raises GitHubError."""
        kept = self.shelf.find("releases", project)
        if isinstance(kept, tuple):
            return kept
        path = f"/repos/{quote(project.name)}/releases"
        try:
            answer = await self.client.get(
                path, list[_ReleaseAnswer], query={"per_page": MOST_RELEASES}
            )
        except (NotFoundError, PermissionMissingError, ConflictError):
            answer = []
        room = _LONGEST_TEXTS
        found = []
        for each in answer[:MOST_RELEASES]:
            if each.draft or self._is_own(each.html_url):
                continue
            text = (each.body or "")[: min(_LONGEST_TEXT, room)]
            room -= len(text)
            found.append(PublishedRelease(each.tag_name[:200], text))
        releases = tuple(found)
        self.shelf.keep("releases", project, releases)
        return releases

    async def changelog(self, project: Project) -> Changelog | None:
        """Return the changelog, None when there is none. Raises GitHubError."""
        kept = self.shelf.find("changelog", project)
        if isinstance(kept, Changelog):
            return kept
        if kept is None:
            found = await self._read_changelog(project)
            self.shelf.keep("changelog", project, found if found is not None else False)
            return found
        return None

    async def _read_changelog(self, project: Project) -> Changelog | None:
        root = f"/repos/{quote(project.name)}/contents"
        try:
            listed = await self.client.get(root, list[_EntryAnswer])
            named = [
                each
                for each in listed
                if each.type == "file"
                and 0 < each.size <= _LARGEST_FILE
                and _CHANGELOG.fullmatch(each.name)
                and not self._is_own(each.html_url)
            ]
            if not named:
                return None
            path = min(
                named, key=lambda each: (not each.name.lower().startswith("change"), each.name)
            ).name
            file = await self.client.get(f"{root}/{quote(path)}", _FileAnswer)
        except (NotFoundError, PermissionMissingError, ConflictError):
            return None
        if file.encoding != "base64" or self._is_own(file.html_url):
            return None
        try:
            text = base64.b64decode(file.content).decode("utf-8", "replace")
        except binascii.Error:
            return None
        return Changelog(path, text[:_LONGEST_CHANGELOG])

    def _is_own(self, url: str | None) -> bool:
        """Whether a page is of the job's own repository, which somebody named under a former name."""
        names = _NAMES.fullmatch(urlsplit(url or "").path)
        return names is None or f"{names['owner']}/{names['name']}".lower() == self.own.lower()


def find_project(url: str, *, own_page: str) -> Project | None:
    """Return the project that an address leads to; None: none on the host of `own_page`, or that itself."""
    try:
        parts, here = urlsplit(url), urlsplit(own_page)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if parts.scheme not in {"https", "http"} or not host or host != here.hostname or len(url) > 300:
        return None
    names = _NAMES.fullmatch(parts.path)
    if names is None or names["owner"].lower() in _NO_OWNERS:
        return None
    name = f"{names['owner']}/{names['name'].removesuffix('.git')}"
    if name.lower() == here.path.strip("/").lower() or names["name"] in {".", ".."}:
        return None
    return Project(name, f"{here.scheme}://{here.netloc}/{name}")
