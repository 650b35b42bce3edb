"""Reads OSV data from disk: a folder, a zip, JSON lines, or one document. Bounded; follows no links.

Files may be compressed with gzip or xz. A file that is no OSV data at all, or that is cut off, refuses
the whole; a single document that cannot be read is passed over and named.
"""

from __future__ import annotations

import gzip
import lzma
import os
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from advisor_core.advisories.osv import (
    MAXIMUM_DOCUMENT_BYTES,
    UnreadableError,
    read_json,
    read_yaml,
)
from advisor_core.errors import InputError
from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from advisor_core.advisories.records import AdvisoryRecord

__all__ = ["OsvData", "read_osv"]

_MOST_DOCUMENTS = 1_000_000
_MOST_BYTES = 8 << 30
"""Of all documents together, decompressed: a small archive cannot grow without end."""

_MOST_UNREADABLE = 100
"""Documents that may be passed over, or a twentieth of all if that is more. Past it the data is not
what it should be, and half of it would look like knowledge."""

_YAML = (".yaml", ".yml")
_JSON = (".json", ".jsonl", ".ndjson", ".gz", ".xz")
_DAMAGED = "the file is damaged or cut off: fetch it again; nothing was imported"


@dataclass(slots=True)
class OsvData:
    """What was read of one source."""

    records: list[AdvisoryRecord] = field(default_factory=list)
    documents: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """Documents that were passed over: place and reason. Foreign text: escape."""
    bytes_read: int = 0
    blank: int = 0
    """Empty lines and files: they say nothing, but an archive of them must end too."""


def read_osv(path: Path, *, progress: Callable[[OsvData], None] | None = None) -> OsvData:
    """Return the records of the OSV data at `path`. Raises InputError, which names the place.

    `progress` is told after every document. Every record is in memory then: some 2 kB each.
    """
    data = OsvData()
    try:
        for place, text, is_yaml in _documents(path):
            _take(data, place, text, is_yaml=is_yaml)
            if progress is not None:
                progress(data)
    except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as exc:
        raise InputError.single(str(path), f"cannot be read: {exc}", hint=_DAMAGED) from exc
    except (NotImplementedError, RuntimeError) as exc:
        # What zipfile raises for encrypted entries and unknown methods of compression.
        raise InputError.single(str(path), f"cannot be read: {exc}", hint=_DAMAGED) from exc
    except OSError as exc:
        reason = exc.strerror or str(exc)
        raise InputError.single(exc.filename or str(path), f"cannot be read: {reason}") from exc
    _check(data, path)
    return data


def _take(data: OsvData, place: str, text: bytes, *, is_yaml: bool) -> None:
    is_blank = not text.strip()
    data.documents += not is_blank
    data.blank += is_blank
    data.bytes_read += len(text)
    if data.documents + data.blank > _MOST_DOCUMENTS or data.bytes_read > _MOST_BYTES:
        limit = f"{_MOST_DOCUMENTS} documents or {_MOST_BYTES >> 30} GiB"
        raise InputError.single(place, f"more than {limit}; nothing was imported")
    if is_blank:
        return
    try:
        data.records += read_yaml(text) if is_yaml else read_json(text)
    except UnreadableError as exc:
        data.skipped.append((place, str(exc)[:300]))


def _check(data: OsvData, path: Path) -> None:
    hint = "name OSV data: a folder, a .zip, JSON lines, or one .json or .yaml document"
    if not data.documents:
        raise InputError.single(str(path), "holds no OSV documents", hint=hint)
    unreadable = len(data.skipped)
    if unreadable == data.documents or unreadable > max(_MOST_UNREADABLE, data.documents // 20):
        place, reason = data.skipped[0]
        raise InputError.single(
            place,
            f"{reason}; {unreadable} of {data.documents} documents cannot be read: not imported",
            hint=hint,
        )


def _documents(path: Path) -> Iterator[tuple[str, bytes, bool]]:
    """Yield place, text and whether it is YAML."""
    if path.is_dir():
        yield from _folder(path)
        return
    if path.exists() and not path.is_file():  # a device has no end, and a pipe waits
        hint = "write what it gives into a file first"
        raise InputError.single(str(path), "is no file and no folder", hint=hint)
    with path.open("rb") as file:
        if zipfile.is_zipfile(file):
            file.seek(0)
            yield from _archive(path, file)
            return
        file.seek(0)
        yield from _single(str(path), file, is_yaml=path.suffix.lower() in _YAML)


def _folder(path: Path) -> Iterator[tuple[str, bytes, bool]]:
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            suffix = Path(name).suffix.lower()
            file = Path(folder, name)
            if suffix in (*_YAML, *_JSON) and file.is_file() and not file.is_symlink():
                with file.open("rb") as opened:
                    yield from _single(str(file), opened, is_yaml=suffix in _YAML)


def _archive(path: Path, file: BinaryIO) -> Iterator[tuple[str, bytes, bool]]:
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            suffix = Path(entry.filename).suffix.lower()
            if entry.is_dir() or suffix not in (*_YAML, ".json", ".jsonl", ".ndjson"):
                continue
            with archive.open(entry) as opened:
                place = f"{path}: {entry.filename}"
                yield from _single(place, cast("BinaryIO", opened), is_yaml=suffix in _YAML)


def _single(place: str, file: BinaryIO, *, is_yaml: bool) -> Iterator[tuple[str, bytes, bool]]:
    """Yield the document of the file, or of each line when it holds JSON lines."""
    if is_yaml:
        yield place, file.read(MAXIMUM_DOCUMENT_BYTES + 1), True
        return
    stream, first = _decompressed(file)
    head = first + stream.read(MAXIMUM_DOCUMENT_BYTES + 1 - len(first))
    if len(head) <= MAXIMUM_DOCUMENT_BYTES and not _has_lines(head):
        yield place, head, False
        return
    yield from _lines(place, stream, head)


def _has_lines(head: bytes) -> bool:
    """Return whether the text is JSON lines, and not one document over several lines."""
    first, separator, rest = head.strip().partition(b"\n")
    return (
        bool(separator)
        and first.rstrip()[-1:] in {b"}", b"]"}
        and rest.lstrip()[:1] in {b"{", b"["}
    )


def _lines(place: str, stream: BinaryIO, head: bytes) -> Iterator[tuple[str, bytes, bool]]:
    number = 0
    rest = head
    while True:
        *complete, rest = rest.split(b"\n")
        for line in complete:
            number += 1
            yield f"{place}:{number}", line, False
        if len(rest) > MAXIMUM_DOCUMENT_BYTES:
            limit = f"{MAXIMUM_DOCUMENT_BYTES >> 20} MiB"
            raise InputError.single(f"{place}:{number + 1}", f"a line of more than {limit}")
        more = stream.read(1 << 20)
        if not more:
            break
        rest += more
    if rest.strip():
        if not rest.rstrip().endswith((b"}", b"]")):
            raise InputError.single(
                f"{place}:{number + 1}", "the last line is cut off", hint=_DAMAGED
            )
        yield f"{place}:{number + 1}", rest, False


def _decompressed(file: BinaryIO) -> tuple[BinaryIO, bytes]:
    """Return the decompressed stream, and what of it was read already."""
    first = file.read(6)
    if first[:2] == b"\x1f\x8b":
        file.seek(0)
        return cast("BinaryIO", gzip.GzipFile(fileobj=file)), b""
    if first == b"\xfd7zXZ\x00":
        file.seek(0)
        return cast("BinaryIO", lzma.LZMAFile(file)), b""
    return file, first
