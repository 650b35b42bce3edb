"""The package indexes that a `pyproject.toml` names for uv, Poetry or PDM, and what comes from them.

    [[tool.uv.index]]        in this order, the one with `default = true` last; else PyPI is last
    [[tool.poetry.source]]   the primary ones, else PyPI; then the supplemental ones
    [[tool.pdm.source]]      the one named `pypi`, or PyPI, first

`find-links` and `format = "flat"` of uv, `type = "find_links"` of PDM, and a Poetry source that ends in
`.html` are pages of links, or folders of the project. An `explicit` index has only the
packages that name it. Of several indexes of one package the first whose marker or extra holds is chosen
where the environment is known (`variants`).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.manifests.faults import shown
from advisor_core.manifests.files import join_path
from advisor_core.model import IndexSource
from advisor_core.standards import normalize_name
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.manifests.pyproject_reading import Reading

__all__ = ["DEFAULT_INDEX", "NamedIndexes", "read_sources"]

DEFAULT_INDEX = IndexSource("pypi", "https://pypi.org/simple")

_MAX_SOURCES = 100
"""Indexes of one project."""


@dataclass(frozen=True, slots=True)
class NamedIndexes:
    """What a project says of indexes."""

    sources: tuple[IndexSource, ...]
    """In the order in which they are asked; empty when it says nothing."""
    choices: Mapping[str, tuple[tuple[str, str | None, str | None], ...]]
    """Package to the indexes it may come from: name of the index, marker, extra."""
    paths: Mapping[str, str]
    """Package to the folder of the project that it is."""


def read_sources(reading: Reading, tools: Mapping[str, object]) -> NamedIndexes:
    """Return the indexes of whichever tool the project uses; faults go to `reading`."""
    for name, read in (("uv", _read_uv), ("poetry", _read_poetry), ("pdm", _read_pdm)):
        table = tools.get(name)
        if isinstance(table, dict):
            found = read(reading, table)
            if found.sources or found.choices or found.paths:
                return found
    return NamedIndexes((), {}, {})


def _read_uv(reading: Reading, table: Mapping[str, object]) -> NamedIndexes:
    default: list[IndexSource] = []
    others: list[IndexSource] = []
    for keys, item in _tables(reading, ("tool", "uv", "index"), table):
        source = _source(
            reading,
            keys,
            item,
            explicit=item.get("explicit") is True,
            flat=item.get("format") == "flat",
        )
        if source is not None:
            (default if item.get("default") is True else others).append(source)
    extra = table.get("extra-index-url")
    for position, url in enumerate(extra if isinstance(extra, list) else []):
        if isinstance(url, str):
            others.append(IndexSource(f"extra-{position + 1}", url))
    url = table.get("index-url")
    if isinstance(url, str):
        default.append(IndexSource("default", url))
    links = table.get("find-links")
    flat = []
    for position, url in enumerate(links[:_MAX_SOURCES] if isinstance(links, list) else []):
        item = {"name": f"find-links-{position + 1}", "url": url}
        source = _source(reading, ("tool", "uv", "find-links"), item, flat=True)
        flat += [source] if source is not None else []
    if table.get("no-index") is True and flat:
        default, others = [], []
    elif (others or flat) and not default:
        default = [DEFAULT_INDEX]
    known = (*flat, *others, *default[:1])
    paths: dict[str, str] = {}
    choices = _uv_choices(reading, table, {source.name for source in known}, paths)
    return NamedIndexes(known, choices, paths)


def _uv_choices(
    reading: Reading, table: Mapping[str, object], known: set[str], paths: dict[str, str]
) -> dict[str, tuple[tuple[str, str | None, str | None], ...]]:
    """Return what `[tool.uv.sources]` says of indexes, and add what it says of folders."""
    sources = table.get("sources")
    found: dict[str, tuple[tuple[str, str | None, str | None], ...]] = {}
    for name, value in sources.items() if isinstance(sources, dict) else ():
        choices = []
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict):
                continue
            elsewhere = next((key for key in ("git", "url", "workspace") if key in item), None)
            if elsewhere is not None:
                reading.fault(
                    ("tool", "uv", "sources", name),
                    f"`{elsewhere}` cannot be resolved against an index: {shown(name)}",
                    "require a released version, or leave this package out of the lock",
                )
            if isinstance(item.get("path"), str):
                paths[normalize_name(name)] = item["path"]
            index = item.get("index")
            if index is None:
                continue
            if index not in known:
                reading.fault(
                    ("tool", "uv", "sources", name),
                    f"no index has this name: {shown(index)}",
                    "add it as `[[tool.uv.index]]`",
                )
                continue
            marker, extra = item.get("marker"), item.get("extra")
            choices.append(
                (
                    index,
                    marker if isinstance(marker, str) else None,
                    normalize_name(extra) if isinstance(extra, str) else None,
                )
            )
        if choices:
            found[normalize_name(name)] = tuple(choices)
    return found


def _read_poetry(reading: Reading, table: Mapping[str, object]) -> NamedIndexes:
    primary: list[IndexSource] = []
    later: list[IndexSource] = []
    for keys, item in _tables(reading, ("tool", "poetry", "source"), table):
        priority = item.get("priority", "primary")
        if str(item.get("name")).lower() == "pypi" and "url" not in item:
            source: IndexSource | None = DEFAULT_INDEX
        else:
            single = str(item.get("url")).lower().endswith((".html", ".htm"))
            source = _source(reading, keys, item, explicit=priority == "explicit", flat=single)
        if source is not None:
            (primary if priority in ("primary", "default") else later).append(source)
    if later and not primary:
        primary = [DEFAULT_INDEX]
    return NamedIndexes((*primary, *later), {}, {})


def _read_pdm(reading: Reading, table: Mapping[str, object]) -> NamedIndexes:
    found: list[IndexSource] = []
    choices: dict[str, tuple[tuple[str, str | None, str | None], ...]] = {}
    for keys, item in _tables(reading, ("tool", "pdm", "source"), table):
        source = _source(reading, keys, item, flat=item.get("type") == "find_links")
        if source is None:
            continue
        found.append(source)
        included = item.get("include_packages")
        for name in included if isinstance(included, list) else []:
            if isinstance(name, str) and "*" not in name:
                choices[normalize_name(name)] = ((source.name, None, None),)
    if found and all(source.name != "pypi" for source in found):
        found.insert(0, DEFAULT_INDEX)
    found.sort(key=lambda source: (not source.flat, source.name != "pypi"))
    return NamedIndexes(tuple(found), choices, {})


def _tables(
    reading: Reading, keys: tuple[str, ...], table: Mapping[str, object]
) -> Sequence[tuple[tuple[str | int, ...], Mapping[str, object]]]:
    value = table.get(keys[-1], [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        reading.fault(
            keys, f"not an array of tables: {shown(value)}", f"write `[[{'.'.join(keys)}]]`"
        )
        return []
    if len(value) > _MAX_SOURCES:
        reading.fault(keys, f"more than {_MAX_SOURCES} indexes", "name fewer")
    return [((*keys, position), item) for position, item in enumerate(value[:_MAX_SOURCES])]


def _source(
    reading: Reading,
    keys: tuple[str | int, ...],
    item: Mapping[str, object],
    *,
    explicit: bool = False,
    flat: bool = False,
) -> IndexSource | None:
    name, url, verify = item.get("name"), item.get("url"), item.get("verify_ssl", True)
    if flat and isinstance(url, str) and not re.match("https?://", url):
        url = _folder(reading, keys, url)
        if url is None:
            return None
    elif not isinstance(url, str) or not url.isprintable() or "://" not in url or " " in url:
        reading.fault(
            (*keys, "url"),
            f"not the address of an index: {shown(url)}",
            'write `url = "https://pypi.org/simple"`',
        )
        return None
    if name is None:
        name = f"index-{keys[-1]}"
    if not isinstance(name, str) or not name or not name.isprintable():
        reading.fault((*keys, "name"), f"not a name: {shown(name)}", 'write `name = "pypi"`')
        return None
    return IndexSource(name, url, verify is not False, explicit, flat=flat)


def _folder(reading: Reading, keys: tuple[str | int, ...], path: str) -> str | None:
    """Return a folder of the project, None, and a fault, when it is none."""
    folder = None
    if not path.lower().startswith("file:") and "://" not in path:
        try:
            folder = join_path(posixpath.dirname(reading.path), path)
            if reading.files.list(folder) is None:
                folder = None
        except InputError:
            folder = None
    if folder is None:
        reading.fault(
            keys,
            f"no such folder in the project: {shown(path)}",
            "name a folder with wheels, relative to this file, or an `https` page with links",
        )
    return folder
