"""One OSV document, JSON or YAML, to records. Pure; the text is foreign and everything of it is bounded.

https://ossf.github.io/osv-schema/. Other ecosystems than PyPI are passed over. The short form is a JSON
list: `[id, package, [[event, version], ...], versions, aliases, vectors, published, withdrawn, summary]`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from advisor_core.advisories.interface import Advisory
from advisor_core.advisories.ranges import VersionOrder, mask_of_record, version_key
from advisor_core.advisories.records import AdvisoryRecord
from advisor_core.advisories.severity import read_severity
from advisor_core.standards import normalize_name
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.advisories.records import Event, EventKind, Range

__all__ = ["MAXIMUM_DOCUMENT_BYTES", "UnreadableError", "read_json", "read_yaml"]

MAXIMUM_DOCUMENT_BYTES = 8 << 20
"""The largest documents of OSV's PyPI export are about 1 MB."""

_MOST_EVENTS = 5_000
"""Of all ranges of one package in one document; the most seen is 60."""

_MOST_VERSIONS = 50_000
"""Listed for one package in one document; no package of PyPI has so many releases."""

_MOST_PACKAGES = 2_000
"""Of one document; the most seen is 8."""

_MOST_ALIASES = 100
_SUMMARY_CHARACTERS = 300
_LATEST_MOMENT = 253_402_300_799
"""The end of the year 9999."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?")
_ANCHOR = re.compile(r"(?:^|[\s\[,{:-])&[^\s,\[\]{}]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


class UnreadableError(ValueError):
    """The document is no advisory that can be read; the text says why."""


class _Event(msgspec.Struct):
    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class _Range(msgspec.Struct):
    type: str = ""
    events: list[_Event] | None = None


class _Package(msgspec.Struct):
    name: str = ""
    ecosystem: str = ""


class _Severity(msgspec.Struct):
    type: str = ""
    score: str = ""


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[_Severity] | None = None


class _Document(msgspec.Struct):
    id: str
    modified: str | None = None
    published: str | None = None
    withdrawn: str | None = None
    aliases: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    severity: list[_Severity] | None = None
    affected: list[_Affected] | None = None
    database_specific: Any = None


class _Row(msgspec.Struct, array_like=True):
    id: str
    package: str
    events: list[tuple[str, str]]
    versions: list[str]
    aliases: list[str]
    vectors: list[str]
    published: str | None
    withdrawn: bool
    summary: str


_document_decoder = msgspec.json.Decoder(_Document)
_row_decoder = msgspec.json.Decoder(_Row)


def read_json(text: bytes) -> tuple[AdvisoryRecord, ...]:
    """Return a record per PyPI package of the document; raises UnreadableError."""
    _check_size(text)
    try:
        if text.lstrip()[:1] == b"[":
            return (_read_row(_row_decoder.decode(text)),)
        document = _document_decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as exc:
        raise UnreadableError(f"not an OSV document: {exc}") from exc
    return _read_document(document)


def read_yaml(text: bytes) -> tuple[AdvisoryRecord, ...]:
    """Return a record per PyPI package of the document; raises UnreadableError."""
    import yaml  # noqa: PLC0415 - only few sources are YAML

    _check_size(text)
    # Every scalar stays a text, as in JSON: an unquoted version `1.10` is no number.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        decoded = text.decode("utf-8-sig")
        if _ANCHOR.search(decoded) and any(
            isinstance(event, yaml.AliasEvent) for event in yaml.parse(decoded, Loader=loader)
        ):
            # Nested aliases grow without end ("billion laughs"), and no advisory has one.
            raise UnreadableError("not an OSV document: it has aliases")
        value = yaml.load(decoded, Loader=loader)  # noqa: S506 - a base loader makes texts only
        document = msgspec.convert(value, _Document)
    except (yaml.YAMLError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as exc:
        raise UnreadableError(f"not an OSV document: {_BLANKS.sub(' ', str(exc))}") from exc
    return _read_document(document)


def _check_size(text: bytes) -> None:
    if len(text) > MAXIMUM_DOCUMENT_BYTES:
        raise UnreadableError(f"larger than {MAXIMUM_DOCUMENT_BYTES >> 20} MiB")


@dataclass(frozen=True, slots=True)
class _Concerned:
    """What a document says of one package, not yet judged."""

    ranges: tuple[tuple[tuple[str, str], ...], ...]
    versions: tuple[str, ...]
    vectors: tuple[str, ...]


def _read_document(document: _Document) -> tuple[AdvisoryRecord, ...]:
    specific = document.database_specific
    label = specific.get("severity") if isinstance(specific, dict) else None
    common = tuple(each.score for each in document.severity or ())
    affected = document.affected or []
    if len(affected) > _MOST_PACKAGES:
        raise UnreadableError(f"names more than {_MOST_PACKAGES} packages")
    concerned: dict[str, list[_Concerned]] = {}
    for each in affected:
        if each.package is None or each.package.ecosystem.partition(":")[0].lower() != "pypi":
            continue
        own = tuple(one.score for one in each.severity or ())
        ranges = tuple(
            tuple(_event_pairs(one.events or ()))
            for one in each.ranges or ()
            if one.type.upper() in {"ECOSYSTEM", "SEMVER"}
        )
        concerned.setdefault(_read_name(each.package.name), []).append(
            _Concerned(ranges, tuple(each.versions or ()), own or common)
        )
    advisory = Advisory(
        id=_read_identifier(document.id),
        package="",
        aliases=_read_aliases(document.aliases or ()),
        summary=_read_summary(document.summary or document.details or ""),
        published_at=_read_moment(document.published),
        modified_at=_read_moment(document.modified),
        withdrawn=_is_given(document.withdrawn),
    )
    return tuple(_make(advisory, name, parts, label) for name, parts in concerned.items())


def _event_pairs(events: Iterable[_Event]) -> Iterable[tuple[str, str]]:
    for event in events:
        for kind in ("introduced", "fixed", "last_affected", "limit"):
            version = getattr(event, kind)
            if version is not None:
                yield kind, version


def _read_row(row: _Row) -> AdvisoryRecord:
    # The row keeps no borders of ranges: a new one begins where something is introduced after an end.
    ranges: list[list[tuple[str, str]]] = []
    for kind, version in row.events:
        if not ranges or (kind == "introduced" and ranges[-1][-1][0] != "introduced"):
            ranges.append([])
        ranges[-1].append((kind, version))
    advisory = Advisory(
        id=_read_identifier(row.id),
        package="",
        aliases=_read_aliases(row.aliases),
        summary=_read_summary(row.summary),
        published_at=_read_moment(row.published),
        withdrawn=row.withdrawn,
    )
    concerned = _Concerned(tuple(map(tuple, ranges)), tuple(row.versions), tuple(row.vectors))
    return _make(advisory, _read_name(row.package), [concerned], None)


def _make(
    advisory: Advisory, name: str, parts: Iterable[_Concerned], label: object
) -> AdvisoryRecord:
    """Return the record of one package, of all that the document says of it."""
    parts = list(parts)
    if sum(len(events) for part in parts for events in part.ranges) > _MOST_EVENTS:
        raise UnreadableError(f"more than {_MOST_EVENTS} events for {name}")
    if sum(len(part.versions) for part in parts) > _MOST_VERSIONS:
        raise UnreadableError(f"more than {_MOST_VERSIONS} versions of {name}")
    read = [_read_range(events) for part in parts for events in part.ranges]
    ranges = tuple(dict.fromkeys(one for one in read if one))
    keys = [version_key(version) for part in parts for version in part.versions]
    vectors = [vector for part in parts for vector in part.vectors]
    record = AdvisoryRecord(
        replace(
            advisory,
            package=name,
            severity=read_severity(advisory.id, vectors, label),
            link=f"https://osv.dev/vulnerability/{advisory.id}",
        ),
        ranges=ranges,
        unread=read.count(None) + keys.count(None),
    )
    return replace(record, versions=_outside(record, [key for key in keys if key is not None]))


def _read_range(events: Iterable[tuple[str, str]]) -> Range | None:
    """Return the range, None when some version of it cannot be read: half of it would be wrong."""
    read: list[Event] = []
    kinds: dict[str, EventKind] = {
        "introduced": "introduced",
        "fixed": "fixed",
        "last_affected": "last_affected",
        "limit": "limit",
    }
    for name, version in events:
        kind = kinds.get(name)
        key = "*" if kind == "limit" and version == "*" else version_key(version)
        if kind is None or key is None:
            return None
        read.append((kind, key))
    return tuple(read)


def _outside(record: AdvisoryRecord, keys: list[str]) -> tuple[str, ...]:
    """Return those keys that no range of the record holds: most lists repeat the ranges."""
    named = [version for events in record.ranges for _, version in events if version != "*"]
    order = VersionOrder([*keys, *named])
    ordered = sorted({(order.rank(key), key) for key in keys})
    mask = mask_of_record(record, order, [rank for rank, _ in ordered])
    return tuple(key for place, (_, key) in enumerate(ordered) if not mask >> place & 1)


def _read_identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
        raise UnreadableError(f"not an identifier: {text[:100]!r}")
    return text


def _read_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise UnreadableError(f"not the name of a package: {text[:100]!r}")
    return normalize_name(text)


def _read_aliases(aliases: Iterable[str]) -> tuple[str, ...]:
    kept = sorted({alias for alias in aliases if _IDENTIFIER.fullmatch(alias)})
    return tuple(kept[:_MOST_ALIASES])


def _read_summary(text: str) -> str:
    line = text.lstrip()[: 4 * _SUMMARY_CHARACTERS].partition("\n")[0]
    return _BLANKS.sub(" ", line).strip()[:_SUMMARY_CHARACTERS]


def _is_given(moment: str | None) -> bool:
    return moment is not None and moment not in {"", "null", "~"}


def _read_moment(text: str | None) -> int | None:
    """Return the epoch seconds of an RFC 3339 time, None when it is none."""
    if text is None or not 10 <= len(text) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
        seconds = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds <= _LATEST_MOMENT else None
