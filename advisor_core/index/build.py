"""From a page of an index to a cache entry. Performs no I/O.

Files that are no artifact of the project, or that could mislead (a URL of another scheme, a digest
that is none, another project's name), are left out here, so that an answer read online and one
read from the cache are the same bytes.
"""

from __future__ import annotations

import os
from array import array
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from advisor_core.index.entry import (
    MAXIMUM_VERSIONS,
    UNKNOWN_TIME,
    EntryError,
    EntryHead,
    Releases,
    encode,
    encode_artifact,
)
from advisor_core.index.page import Page, PageFile, clean_text
from advisor_core.standards import (
    VersionList,
    compare_versions,
    parse_sdist_filename,
    parse_wheel_filename,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from advisor_core._engine import read_page as read_page_fast
else:
    try:
        if os.environ.get("THOTH_PURE") == "1":
            raise ImportError  # noqa: TRY301 - asked for, as if the extension were missing
        from advisor_core._engine import read_page as read_page_fast
    except ImportError:

        def read_page_fast(body, is_json, project):  # noqa: ANN001, ANN202 - see the stub
            """Leave every page to the long way."""


__all__ = ["build_absence", "build_entry", "read_plain_page", "releases_of"]

_MAXIMUM_FILENAME = 200
"""Characters of a filename. Longer ones do not fit every file system beside a suffix; such a file
is left out, as one with an invalid name is."""

_MAXIMUM_URL = 2000
"""Characters of a file's URL; a file with a longer one is left out. Signed URLs stay below 1500."""

_MAXIMUM_SPECIFIER = 500
"""Characters of a `requires-python`; a file with a longer one is left out."""


def build_absence(*, index: str, name: str, fresh_seconds: float) -> bytes:
    """Return the entry that says: this index has no such project."""
    return encode(EntryHead(index, name, present=False, fresh_seconds=fresh_seconds), Releases())


def build_entry(
    releases: Releases,
    *,
    index: str,
    name: str,
    status: str = "active",
    etag: str = "",
    last_modified: str = "",
    fresh_seconds: float,
) -> bytes:
    """Return the entry of a project. Raises EntryError when it is too large."""
    head = EntryHead(
        index,
        name,
        present=True,
        fresh_seconds=fresh_seconds,
        status=status,
        etag=clean_text(etag),
        last_modified=clean_text(last_modified),
    )
    return encode(head, releases)


def read_plain_page(body: bytes, *, is_json: bool, name: str) -> Releases | None:
    """Return the releases of an active project from its page, read in C; releases the GIL.

    None when the page is not plain, or wrong: then the long way says what it is. Where this
    returns releases, the long way returns the same.
    """
    found = read_page_fast(body, is_json, name)
    return None if found is None else Releases(*found)


def releases_of(
    page: Page, *, name: str, page_url: str, conceal: Callable[[str], str] = str
) -> Releases:
    """Return the releases on a page, descending.

    `page_url` makes relative URLs absolute; `conceal` then takes secrets out of each. Raises
    EntryError when there are too many.
    """
    files = [] if page.status == "quarantined" else page.files  # PEP 792: offer no files
    found = list(_artifacts(files, name, page_url, conceal))
    first_files = {version: file for file, version, _ in reversed(found)}
    spellings = tuple(dict.fromkeys(version for _, version, _ in found))
    versions = VersionList(spellings)
    if len(versions) > MAXIMUM_VERSIONS:
        raise EntryError("more releases than an entry holds")
    base = _common_base([first_files[version].url for version in spellings])
    file_shapes: dict[str, int] = {}
    shapes: dict[str, int] = {}
    shape_of = array("H")
    times = array("q")
    records = []
    for release in _grouped(found, spellings, versions.versions):
        shape: set[tuple[bool, int]] = set()
        uploads = [file.upload_time for file, _ in release if file.upload_time is not None]
        for file, tags in release:
            yanked = "0" if file.yanked is None else "1"
            key = f"{tags}\x1f{file.requires_python or ''}\x1f{yanked}"
            # An sdist fits most environments: a search for the first fit finds it at once.
            shape.add((tags != "", file_shapes.setdefault(key, len(file_shapes))))
        spelled = " ".join(str(number) for _, number in sorted(shape))
        shape_of.append(shapes.setdefault(spelled, len(shapes)))
        times.append(min(uploads, default=UNKNOWN_TIME))
        times.append(max(uploads, default=UNKNOWN_TIME))
        records.append("\n".join(encode_artifact(base, file) for file, _ in release).encode())
    return Releases(
        base,
        "\n".join(versions.versions),
        "\n".join(file_shapes),
        "\n".join(shapes),
        versions.prereleases,
        shape_of.tobytes(),
        times.tobytes(),
        records,
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


def _grouped(
    found: list[tuple[PageFile, str, str]], spellings: tuple[str, ...], versions: tuple[str, ...]
) -> list[list[tuple[PageFile, str]]]:
    """Return file and tags by version; `1.0` and `1.0.0` are one version with two spellings."""
    places = {version: place for place, version in enumerate(versions)}
    for spelling in spellings if len(spellings) > len(versions) else ():
        if spelling not in places:
            equal = (version for version in versions if compare_versions(version, spelling) == 0)
            places[spelling] = places[next(equal)]
    releases: list[list[tuple[PageFile, str]]] = [[] for _ in versions]
    for file, version, tags in found:
        releases[places[version]].append((file, tags))
    return releases


def _artifacts(
    files: Iterable[PageFile], name: str, page_url: str, conceal: Callable[[str], str]
) -> Iterator[tuple[PageFile, str, str]]:
    """Yield each file that is an artifact of the project, with version and tags (empty: sdist)."""
    specifiers: dict[str | None, str | None] = {None: None, "": None}
    for file in files:
        found = _release_of(file.filename, name)
        url = _checked_url(file.url, page_url)
        if found is None or url is None or not all(map(_is_hash, filter(None, [file.hashes]))):
            continue
        requires_python = file.requires_python
        if requires_python not in specifiers:
            if len(requires_python or "") > _MAXIMUM_SPECIFIER:
                continue
            specifiers[requires_python] = _valid_specifier(requires_python or "")
        metadata = file.metadata
        if isinstance(metadata, str) and not (len(metadata) == 64 and _is_hash(f"x={metadata}")):
            metadata = True  # there is a file, but no digest to hold it against
        checked = PageFile(
            file.filename,
            conceal(url),
            file.hashes,
            file.size,
            specifiers[requires_python],
            None if file.yanked is None else clean_text(file.yanked),
            file.upload_time,
            metadata,
        )
        yield checked, *found


def _release_of(filename: str, name: str) -> tuple[str, str] | None:
    """Return version and tags of an artifact of the project, None when it is none."""
    if (
        len(filename) > _MAXIMUM_FILENAME
        or not (filename.isascii() and filename.isprintable())
        or "/" in filename
        or "\\" in filename
    ):
        return None
    if not filename.endswith(".whl"):
        known = parse_sdist_filename(filename, name)
        return None if known is None else (known, "")
    try:
        found, version, _, tags = parse_wheel_filename(filename)
    except ValueError:
        return None
    return (version, tags) if found == name else None


def _checked_url(url: str, page_url: str) -> str | None:
    """Return the URL absolute and without credentials, None when it could mislead."""
    if not url.startswith(("https://", "http://")):
        try:
            url = urljoin(page_url, url)
        except ValueError:  # brackets that are no IPv6 address
            return None
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    if "@" in authority:
        authority = authority.rpartition("@")[2]
        url = f"{scheme}://{authority}{slash}{path}"
    if (
        scheme not in {"https", "http"}
        or not authority
        or len(url) > _MAXIMUM_URL
        or not (url.isascii() and url.isprintable())
        or url.endswith("/")
    ):
        return None
    return url


def _valid_specifier(text: str) -> str | None:
    """Return the text cleaned; None when it is not PEP 440: as with pip, it then says nothing."""
    text = clean_text(text)
    try:
        VersionList(()).match(text)
    except ValueError:
        return None
    return text


def _is_hash(pairs: str) -> bool:
    """Return whether this is `sha256=HEX`, or several such joined by commas."""
    for pair in pairs.split(","):
        algorithm, _, digest = pair.partition("=")
        if not (algorithm.isascii() and algorithm.isalnum()):
            return False
        if not digest or len(digest) % 2 or digest.strip("0123456789abcdef"):
            return False
    return True
