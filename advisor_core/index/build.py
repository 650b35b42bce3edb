"""From a page of an index to a cache entry. Performs no I/O.

Files that are no artifact of the project, or that could mislead (a URL of another scheme, a digest
that is none, another project's name), are left out here, so that an answer read online and one
read from the cache are the same bytes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from advisor_core.index.entry import UNKNOWN_TIME, EntryHead, encode, encode_artifact
from advisor_core.index.page import Page, PageFile, clean_text
from advisor_core.standards import (
    VersionList,
    compare_versions,
    parse_sdist_filename,
    parse_wheel_filename,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["build_absence", "build_entry"]

_MAXIMUM_FILENAME = 200
"""Characters of a filename. Longer ones do not fit every file system beside a suffix; such a file
is left out, as one with an invalid name is."""

_MAXIMUM_URL = 2000
"""Characters of a file's URL; a file with a longer one is left out. Signed URLs stay below 1500."""

_MAXIMUM_SPECIFIER = 500
"""Characters of a `requires-python`; a file with a longer one is left out."""


def build_absence(*, index: str, name: str, fresh_seconds: float) -> bytes:
    """Return the entry that says: this index has no such project."""
    return encode(_head(index, name, present=False, fresh_seconds=fresh_seconds), ())


def build_entry(
    page: Page,
    *,
    index: str,
    name: str,
    page_url: str,
    conceal: Callable[[str], str] = str,
    etag: str = "",
    last_modified: str = "",
    fresh_seconds: float,
) -> bytes:
    """Return the entry of a project, its releases sorted descending.

    `page_url` makes relative URLs absolute; `conceal` then takes secrets out of each. Raises
    EntryError when the page is too large.
    """
    files = [] if page.status == "quarantined" else page.files  # PEP 792: offer no files
    grouped: dict[str, list[tuple[PageFile, str]]] = {}
    for file, version, tags in _artifacts(files, name, page_url, conceal):
        grouped.setdefault(version, []).append((file, tags))
    versions = VersionList(list(grouped))
    head = _head(index, name, status=page.status, versions=versions, fresh_seconds=fresh_seconds)
    head = replace(head, etag=clean_text(etag), last_modified=clean_text(last_modified))
    head = replace(head, base=_common_base([release[0][0].url for release in grouped.values()]))
    file_shapes: dict[str, int] = {}
    shapes: dict[str, int] = {}
    records = []
    for release in _aligned(versions.versions, grouped):
        shape = set()
        uploads = [file.upload_time for file, _ in release if file.upload_time is not None]
        for file, tags in release:
            yanked = "0" if file.yanked is None else "1"
            key = f"{tags}\x1f{file.requires_python or ''}\x1f{yanked}"
            shape.add(file_shapes.setdefault(key, len(file_shapes)))
        spelled = " ".join(map(str, sorted(shape)))
        head.shape_of.append(shapes.setdefault(spelled, len(shapes)))
        head.times.append(min(uploads, default=UNKNOWN_TIME))
        head.times.append(max(uploads, default=UNKNOWN_TIME))
        records.append("\n".join(encode_artifact(head.base, file) for file, _ in release))
    return encode(replace(head, file_shapes=tuple(file_shapes), shapes=tuple(shapes)), records)


def _head(
    index: str,
    name: str,
    *,
    status: str = "active",
    present: bool = True,
    versions: VersionList | None = None,
    fresh_seconds: float,
) -> EntryHead:
    return EntryHead(
        index=index,
        name=name,
        present=present,
        status=status,
        fresh_seconds=fresh_seconds,
        versions=versions.versions if versions else (),
        prereleases=versions.prereleases if versions else b"",
    )


def _common_base(urls: list[str]) -> str:
    """Return what the first and the last URL begin with, up to a slash."""
    if not urls:
        return ""
    first, last = urls[0], urls[-1]
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return first[: first.rfind("/", 0, same) + 1]


def _aligned(
    versions: tuple[str, ...], grouped: dict[str, list[tuple[PageFile, str]]]
) -> list[list[tuple[PageFile, str]]]:
    """Return the files of each version; `1.0` and `1.0.0` are one version with two spellings."""
    aligned = [grouped.get(version, []) for version in versions]
    if len(grouped) > len(versions):
        known = set(versions)
        for spelling, files in grouped.items():
            if spelling not in known:
                for version, release in zip(versions, aligned, strict=True):
                    if compare_versions(version, spelling) == 0:
                        release.extend(files)
    return aligned


def _artifacts(
    files: Iterable[PageFile], name: str, page_url: str, conceal: Callable[[str], str]
) -> Iterator[tuple[PageFile, str, str]]:
    """Yield each file that is an artifact of the project, with version and tags (empty: sdist)."""
    for file in files:
        filename = file.filename
        if len(filename) > _MAXIMUM_FILENAME or not filename.isascii():
            continue
        if filename.endswith(".whl"):
            try:
                found, version, _, tags = parse_wheel_filename(filename)
            except ValueError:
                continue
            if found != name:
                continue
        else:
            known = parse_sdist_filename(filename, name)
            if known is None:
                continue
            version, tags = known, ""
        checked = _checked(file, page_url, conceal)
        if checked is not None:
            yield checked, version, tags


def _checked(file: PageFile, page_url: str, conceal: Callable[[str], str]) -> PageFile | None:
    """Return the file with an absolute URL and clean texts, None when it could mislead."""
    url = file.url
    if not url.startswith(("https://", "http://")):
        url = urljoin(page_url, url)
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    if "@" in authority:
        url = f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
    if (
        scheme not in {"https", "http"}
        or not authority
        or len(url) > _MAXIMUM_URL
        or not url.isascii()
        or not url.isprintable()
        or url.endswith("/")
        or (file.hashes and not all(map(_is_hash, file.hashes.split(","))))
    ):
        return None
    url = conceal(url)
    requires_python = file.requires_python
    if requires_python is not None:
        if len(requires_python) > _MAXIMUM_SPECIFIER:
            return None
        requires_python = clean_text(requires_python)
    if url != file.url or requires_python is not file.requires_python or file.yanked:
        yanked = None if file.yanked is None else clean_text(file.yanked)
        return file._replace(url=url, requires_python=requires_python, yanked=yanked)
    return file


def _is_hash(pair: str) -> bool:
    algorithm, _, digest = pair.partition("=")
    try:
        return algorithm.isalnum() and len(bytes.fromhex(digest)) * 2 == len(digest) > 0
    except ValueError:
        return False
