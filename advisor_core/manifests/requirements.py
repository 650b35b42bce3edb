"""Reader of requirements files (`requirements.in`, `requirements.txt`) with what they include.

`-r` adds requirements, `-c` adds constraints, both inside the project only. What cannot be pinned
with hashes (editable, version control, path and URL lines) is refused with the way out. Variables
such as `${TOKEN}` are kept as written, never expanded.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.manifests.faults import FaultCollector, shown
from advisor_core.manifests.files import join_path
from advisor_core.manifests.interface import MAX_INCLUDED_FILES, MAX_REQUIREMENTS
from advisor_core.manifests.requirements_lines import (
    decode_requirements,
    logical_lines,
    split_options,
)
from advisor_core.model import Category, DeclaredRequirement, IndexSource, Manifest, Origin
from advisor_core.standards import normalize_name, parse_requirement

if TYPE_CHECKING:
    from advisor_core.manifests.interface import Files, ReadOptions
    from advisor_core.manifests.requirements_lines import LogicalLine

__all__ = ["RequirementsReader", "read_requirements"]

_LONG = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "-f": "--find-links",
}
_WITHOUT_EFFECT = frozenset(
    ("--require-hashes", "--trusted-host", "--use-feature", "--config-settings", "--config-setting")
)
"""Options of pip that do not change which versions fit."""

_MAX_SOURCES = 100
"""Indexes, pages and folders of links of one manifest; each package may be asked for at all of them."""

_MAX_OPTIONS = 10_000
"""Options of one line. A release of the largest projects has some hundred hashes."""

_SUPPORTED = (
    "`-r`, `-c`, `--index-url`, `--extra-index-url`, `--find-links`, `--no-index`, `--pre`, "
    "`--only-binary`, `--no-binary`, `--hash`"
)
_HASH = re.compile(r"(?:sha256|sha384|sha512):[0-9a-f]{64,128}")
_NOT_A_NAME = re.compile(r"[./\\~]|[A-Za-z][A-Za-z+.-]*:")
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz)$", re.IGNORECASE)
_DEFAULT_INDEX = IndexSource("pypi", "https://pypi.org/simple")


def read_requirements(files: Files, path: str, data: bytes, options: ReadOptions) -> Manifest:  # noqa: ARG001
    """Return the manifest of a requirements file. Raises InputError with every fault of it."""
    reader = RequirementsReader(files)
    reader.read_file(path, data, (), constraint=False)
    if reader.no_index is not None and not reader.find_links:
        reader.faults.add(
            reader.no_index,
            "`--no-index` without `--find-links`: there is nothing to lock from",
            hint="name a folder or page with `--find-links`, or remove this line",
        )
    reader.faults.raise_if_any()
    return Manifest(
        path=path,
        kind="requirements",
        categories=(Category("default", tuple(reader.requirements), tuple(reader.constraints)),),
        sources=reader.sources(),
        allow_prereleases=reader.allow_prereleases,
        files=reader.contents,
        only_binary=tuple(reader.only_binary),
        no_binary=tuple(reader.no_binary),
    )


class RequirementsReader:
    """Gathers what one file and all it includes say."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.faults = FaultCollector()
        self.contents: dict[str, bytes] = {}
        self.requirements: list[DeclaredRequirement] = []
        self.constraints: list[DeclaredRequirement] = []
        self.index_url: str | None = None
        self.extra_index_urls: list[str] = []
        self.find_links: dict[str, None] = {}
        self.no_index: Origin | None = None
        self.allow_prereleases = False
        self.only_binary: list[str] = []
        self.no_binary: list[str] = []
        self._refused_sources = False
        self._links_read = 0
        self._read_as: set[tuple[str, bool]] = set()

    def sources(self) -> tuple[IndexSource, ...]:
        """Return pages and folders of links, then the indexes in pip's order; none when no line names one.

        What a page or folder has comes from there alone: an index must not slip in a package of its name.
        """
        if self.index_url is None and not self.extra_index_urls and not self.find_links:
            return ()
        first = [] if self.index_url is None else [self.index_url]
        named = dict.fromkeys((*first, *self.extra_index_urls)) if self.no_index is None else {}
        sources: list[IndexSource] = []
        for url in (*self.find_links, *named):
            if url in named and not first and not any(not each.flat for each in sources):
                sources.append(_DEFAULT_INDEX)
            taken = {source.name for source in sources}
            stem = name = url if url in self.find_links and "://" not in url else _source_name(url)
            number = 2
            while name in taken:
                name = f"{stem}-{number}"
                number += 1
            sources.append(IndexSource(name, url, flat=url in self.find_links))
        if self.no_index is None and not named:
            sources.append(_DEFAULT_INDEX)
        return tuple(sources)

    def read_file(
        self, path: str, data: bytes, inside: tuple[str, ...], *, constraint: bool
    ) -> None:
        """Read one file, as requirements or as constraints, and what it includes."""
        self._read_as.add((path, constraint))
        self.contents[path] = data
        try:
            text = decode_requirements(path, data)
        except InputError as exc:
            self.faults.extend(exc)
            return
        for line in logical_lines(text):
            if len(self.requirements) + len(self.constraints) > MAX_REQUIREMENTS:
                self.faults.add(
                    f"{path}:{line.number}",
                    f"more than {MAX_REQUIREMENTS} requirements",
                    hint="split the file",
                )
                return
            self.read_line(path, line, (*inside, path), constraint=constraint)

    def read_line(
        self, path: str, line: LogicalLine, inside: tuple[str, ...], *, constraint: bool
    ) -> None:
        """Read one logical line."""
        origin = Origin(path, line.number)
        control = next(
            (char for char in line.text if not char.isprintable() and char != "\t"), None
        )
        if control is not None:
            self.faults.add(
                origin, f"holds a control character: {shown(control)}", hint="remove it"
            )
            return
        before, options = split_options(line.text)
        if len(options) > _MAX_OPTIONS:
            self.faults.add(
                origin, f"more than {_MAX_OPTIONS} options", hint="put them on lines of their own"
            )
            return
        if before:
            self.read_requirement(origin, line.text, before, options, constraint=constraint)
            return
        for name, value in options:
            self.read_option(origin, _LONG.get(name, name), value, inside, constraint=constraint)

    def read_option(
        self, origin: Origin, name: str, value: str, inside: tuple[str, ...], *, constraint: bool
    ) -> None:
        """Read one option that stands by itself."""
        if name in _WITHOUT_EFFECT:
            return
        if name == "--pre":
            self.allow_prereleases = True
        elif (
            name
            in (
                "--requirement",
                "--constraint",
                "--index-url",
                "--extra-index-url",
                "--find-links",
            )
            and not value
        ):
            self.faults.add(origin, f"`{name}` without a value", hint=f"write `{name} VALUE`")
        elif name in ("--requirement", "--constraint"):
            self.include(origin, value, inside, constraint=constraint or name == "--constraint")
        elif name == "--index-url":
            self.index_url = value
        elif name == "--extra-index-url":
            self.extra_index_urls.extend(value.split())
            if len(self.extra_index_urls) > _MAX_SOURCES:
                self.refuse_more_sources(origin)
                del self.extra_index_urls[_MAX_SOURCES:]
        elif name == "--find-links":
            self.read_links(origin, value)
        elif name == "--no-index":
            self.no_index = origin
        elif name in ("--only-binary", "--no-binary"):
            self.read_formats(origin, name, value)
        elif name == "--editable":
            self.refuse_unpinnable(origin, f"-e {value}")
        else:
            self.faults.add(
                origin,
                f"an option that is not supported: {shown(name)}",
                hint=f"supported are {_SUPPORTED}",
            )

    def refuse_more_sources(self, origin: Origin) -> None:
        """Add the fault for too many indexes or pages, once."""
        if not self._refused_sources:
            self._refused_sources = True
            self.faults.add(
                origin, f"more than {_MAX_SOURCES} indexes or pages of links", hint="name fewer"
            )

    def read_links(self, origin: Origin, value: str) -> None:
        """Read `--find-links`: a page, or a folder of the project, relative to file or project."""
        self._links_read += 1
        if self._links_read > _MAX_SOURCES:
            self.refuse_more_sources(origin)
            return
        if re.match("https?://", value):
            self.find_links[value] = None
            return
        if "://" in value or value.lower().startswith("file:"):
            self.faults.add(
                origin,
                f"neither a page nor a folder of the project: {shown(value)}",
                hint="name an `https` page with links, or a folder with `/` as separator",
            )
            return
        try:
            beside = join_path(posixpath.dirname(origin.file), value)
            folders = dict.fromkeys((beside, join_path("", value)))
        except InputError as exc:
            for fault in exc.faults:
                self.faults.add(origin, f"{shown(value)}: {fault.message}", hint=fault.hint)
            return
        folder = next((each for each in folders if self.files.list(each) is not None), None)
        if folder is None:
            self.faults.add(
                origin,
                f"no such folder in the project: {shown(value)}",
                hint="commit the folder with its files, or remove this line",
            )
        else:
            self.find_links[folder] = None

    def read_formats(self, origin: Origin, name: str, value: str) -> None:
        """Read `--only-binary` and `--no-binary`: names, `:all:`, or `:none:` for no names."""
        own, other = (
            (self.only_binary, self.no_binary)
            if name == "--only-binary"
            else (self.no_binary, self.only_binary)
        )
        for word in re.split(r"[\s,]+", value.strip()):
            if word == ":none:":
                own.clear()
            elif word == ":all:":
                own[:] = [":all:"]
                other.clear()
            elif re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", word):
                package = normalize_name(word)
                own.extend([package] if package not in own else [])
                other[:] = [known for known in other if known != package]
            else:
                self.faults.add(
                    origin,
                    f"not a package name: {shown(word)}",
                    hint=f"write `{name} package` or `{name} :all:`",
                )

    def include(
        self, origin: Origin, value: str, inside: tuple[str, ...], *, constraint: bool
    ) -> None:
        """Read the file that `-r` or `-c` names."""
        if "://" in value:
            self.faults.add(
                origin,
                f"an included file must be in the project: {shown(value)}",
                hint="copy it into the project",
            )
            return
        try:
            target = join_path(posixpath.dirname(origin.file), value)
            if target in inside:
                cycle = " -> ".join((*inside[inside.index(target) :], target))
                self.faults.add(
                    origin, f"the file includes itself: {cycle}", hint="remove this line"
                )
                return
            if (target, constraint) in self._read_as:
                return
            data = self.files.read(target)
        except InputError as exc:
            for fault in exc.faults:
                self.faults.add(origin, f"{shown(value)}: {fault.message}", hint=fault.hint)
            return
        if data is None:
            self.faults.add(
                origin, f"no such file: {shown(value)}", hint="the path is relative to this file"
            )
        elif len(self.contents) >= MAX_INCLUDED_FILES:
            self.faults.add(
                origin, f"more than {MAX_INCLUDED_FILES} included files", hint="include fewer"
            )
        else:
            self.read_file(target, data, inside, constraint=constraint)

    def refuse_unpinnable(self, origin: Origin, text: str) -> None:
        """Add the fault for what has no released version."""
        self.faults.add(
            origin,
            f"cannot be pinned with hashes: {shown(text)}",
            hint="require a released version, or install this line apart with `--no-deps`",
        )

    def read_requirement(
        self,
        origin: Origin,
        text: str,
        before: str,
        options: list[tuple[str, str]],
        *,
        constraint: bool,
    ) -> None:
        """Read a requirement with its options."""
        hashes: list[str] = []
        for name, value in options:
            if name == "--hash" and _HASH.fullmatch(value):
                hashes.append(value)
            elif name == "--hash":
                self.faults.add(
                    origin,
                    f"not a hash: {shown(value)}",
                    hint="write `--hash=sha256:` and 64 hexadecimal digits",
                )
            elif name not in _WITHOUT_EFFECT:
                self.faults.add(
                    origin,
                    f"an option that is not supported here: {shown(name)}",
                    hint="after a requirement only `--hash` is supported",
                )
        head = before.split(";", 1)[0].strip()
        if _NOT_A_NAME.match(head) or _ARCHIVE.search(head):
            self.refuse_unpinnable(origin, before)
            return
        try:
            requirement = parse_requirement(before)
        except ValueError as exc:
            said = str(exc).strip().splitlines() or ["it does not parse"]
            self.faults.add(
                origin,
                f"not a PEP 508 requirement: {shown(before)}",
                hint=f"{said[0][:200]}; write it like `package>=1; python_version < '3.12'`",
            )
            return
        if requirement.url is not None:
            self.refuse_unpinnable(origin, before)
        elif constraint and requirement.extras:
            self.faults.add(
                origin,
                f"a constraint with extras: {shown(before)}",
                hint="remove the brackets; a constraint only restricts versions",
            )
        else:
            declared = DeclaredRequirement(requirement, origin, text, hashes=tuple(hashes))
            (self.constraints if constraint else self.requirements).append(declared)


def _source_name(url: str) -> str:
    """Return a short name for an index: its host, `pypi` for pypi.org."""
    host = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://", "", url).split("/", 1)[0].rsplit("@", 1)[-1]
    host = host.split(":", 1)[0].lower()
    return "pypi" if host == "pypi.org" else host or "index"
