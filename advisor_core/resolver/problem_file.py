"""Reads a problem file (`thoth-problem/1`, JSON, perhaps gzipped), strictly; performs no I/O itself.

The file may be hostile. Its size is bounded before and after decompression, every value is checked
before it is used, and all faults are reported together, each with its place:

    p.json: packages["flask"]["2.0"].requires[1]: not a PEP 508 requirement: 'jinja2>>3'
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from advisor_core.errors import Fault, InputError
from advisor_core.resolver.problem import (
    FORMAT,
    Condition,
    ConditionalRequirement,
    Level,
    Pair,
    Problem,
    Release,
    Term,
)
from advisor_core.standards import normalize_version, parse_requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAXIMUM_FILE_BYTES", "MAXIMUM_INTEGER", "read_problem"]

MAXIMUM_FILE_BYTES = 64 * 1024 * 1024
"""Of the JSON text. A problem of 100 packages, 5,300 versions and 5,000 terms takes 3 MB. A gzip
stream is cut there too, so a small file cannot unfold into a large one."""

MAXIMUM_INTEGER = 2**53
"""What every JSON reader keeps exactly; larger scores are refused."""

MAXIMUM_SPAN = 2**60
"""Bound of the sum of all points' absolute values: the engine adds in int64 and needs three bits of
its own. Past it the problem is refused, because a wrapped sum would make a wrong proof."""

MAXIMUM_LEVELS = 100
"""Levels of one file. Each may need a search of its own, and nobody ranks so many objectives."""

MAXIMUM_FAULTS = 50
"""Faults reported of one file; a note says how many more there are."""

_NODE = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
    r"(?:\[([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\])?",
    re.ASCII,
)
_SEPARATORS = re.compile(r"[-_.]+")
_TOP = {"format", "name", "roots", "packages", "unary", "pairs", "terms", "levels"}
_OBJECTIVES = ("unary", "pairs", "terms")
_NOTES = {"source", "link", "title"}
_MISSING = object()


def read_problem(content: bytes, *, place: str) -> Problem:
    """Return the problem that `content` (the bytes of the file named `place`) holds.

    Raises InputError with all faults found. Takes time and memory linear in the text.
    """
    try:
        document = msgspec.json.decode(_decompressed(content, place))
    except msgspec.DecodeError as exc:
        raise InputError.single(place, f"not JSON: {_first_line(exc)}") from exc
    except RecursionError as exc:
        raise InputError.single(place, "not a problem: nested too deeply") from exc
    reader = _Reader(place)
    problem = reader.problem(document)
    reader.raise_faults()
    return problem


def _decompressed(content: bytes, place: str) -> bytes:
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
                content = stream.read(MAXIMUM_FILE_BYTES + 1)
        except (OSError, EOFError, zlib.error) as exc:
            raise InputError.single(place, f"not a gzip file: {_first_line(exc)}") from exc
    if len(content) > MAXIMUM_FILE_BYTES:
        raise InputError.single(place, f"larger than {MAXIMUM_FILE_BYTES} bytes of JSON")
    return content


def _first_line(exc: BaseException) -> str:
    return (str(exc).splitlines() or [type(exc).__name__])[0]


def _normalized(name: str, extra: str | None) -> str:
    name = _SEPARATORS.sub("-", name).lower()
    return name if extra is None else f"{name}[{_SEPARATORS.sub('-', extra).lower()}]"


class _Reader:
    """Turns the decoded document into values, collecting faults on the way."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.faults: list[Fault] = []
        self.omitted = 0
        self.spellings: dict[str, str] = {}
        """Normalized node to the spelling in `packages`."""
        self.requirements: dict[str, ConditionalRequirement | str] = {}
        """Requirement text to its value, or to what is wrong with it."""
        self.span = 0

    def fault(self, where: str, message: str) -> None:
        if len(self.faults) < MAXIMUM_FAULTS:
            self.faults.append(Fault(f"{self.place}: {where}" if where else self.place, message))
        else:
            self.omitted += 1

    def raise_faults(self) -> None:
        if self.omitted:
            self.faults.append(Fault(self.place, f"further faults not shown: {self.omitted}"))
        if self.faults:
            raise InputError(tuple(self.faults))

    # Values of one JSON type.

    def mapping(self, value: object, where: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.fault(where, f"not an object: {_shown(value)}")
        return {}

    def items(self, value: object, where: str) -> list[Any]:
        if isinstance(value, list):
            return value
        self.fault(where, f"not a list: {_shown(value)}")
        return []

    def text(self, value: object, where: str) -> str:
        if isinstance(value, str):
            return value
        self.fault(where, f"not a string: {_shown(value)}")
        return ""

    def integer(self, value: object, where: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            self.fault(where, f"not an integer: {_shown(value)}")
            return 0
        if abs(value) > MAXIMUM_INTEGER:
            self.fault(where, f"not within -2**53 and 2**53: {_shown(value)}")
            return 0
        return value

    def keys(
        self, value: dict[str, Any], where: str, *, known: set[str], needed: tuple[str, ...] = ()
    ) -> None:
        for key in value:
            if key not in known and key not in _NOTES and not key.startswith("x-"):
                self.fault(where, f"unknown key: {_shown(key)}")
        for key in needed:
            if key not in value:
                self.fault(where, f"missing key: {key!r}")

    # The parts of a problem, outermost first.

    def problem(self, document: object) -> Problem:
        top = self.mapping(document, "")
        if self.faults:
            return Problem("", (), {})
        if top.get("format") != FORMAT:
            self.fault("format", f"not {FORMAT!r}: {_shown(top.get('format'))}")
            return Problem("", (), {})
        self.keys(top, "", known=_TOP, needed=("roots", "packages"))
        listed = self.mapping(top.get("packages", {}), "packages")
        self.learn_spellings(listed)
        packages = {
            node: self.releases(value, f"packages[{_shown(node)}]")
            for node, value in listed.items()
        }
        return Problem(
            name=self.text(top.get("name", ""), "name"),
            roots=self.requires(top.get("roots", []), "roots"),
            packages=packages,
            levels=self.levels(top),
        )

    def learn_spellings(self, listed: dict[str, Any]) -> None:
        for node in listed:
            match = _NODE.fullmatch(node)
            if match is None:
                self.fault(
                    "packages", f"not a package name, perhaps with one extra: {_shown(node)}"
                )
                continue
            normalized = _normalized(match[1], match[2])
            if normalized in self.spellings:
                self.fault("packages", f"same name as {self.spellings[normalized]!r}: {node!r}")
            self.spellings[normalized] = node

    def node(self, value: object, where: str) -> str:
        """Return the spelling in `packages` of a name, or the normalized name when it is not there."""
        name = self.text(value, where)
        if name in self.spellings:
            return self.spellings[name]
        match = _NODE.fullmatch(name)
        if match is None:
            if isinstance(value, str):
                self.fault(where, f"not a package name, perhaps with one extra: {_shown(name)}")
            return name
        normalized = _normalized(match[1], match[2])
        return self.spellings.get(normalized, normalized)

    def releases(self, value: object, where: str) -> dict[str, Release]:
        releases = {}
        for version, release in self.mapping(value, where).items():
            here = f"{where}[{_shown(version)}]"
            try:
                normalize_version(version)
            except ValueError:
                self.fault(here, f"not a PEP 440 version: {_shown(version)}")
            entry = self.mapping(release, here)
            self.keys(entry, here, known={"requires", "virtual"})
            virtual = entry.get("virtual", False)
            if not isinstance(virtual, bool):
                self.fault(f"{here}.virtual", f"not true or false: {_shown(virtual)}")
            releases[version] = Release(
                self.requires(entry.get("requires", []), f"{here}.requires"), virtual is True
            )
        return releases

    def requires(self, value: object, where: str) -> tuple[ConditionalRequirement, ...]:
        return tuple(
            self.requirement(item, f"{where}[{index}]")
            for index, item in enumerate(self.items(value, where))
        )

    def requirement(self, value: object, where: str) -> ConditionalRequirement:
        if isinstance(value, str):
            return self.parsed(value, where)
        if not isinstance(value, dict):
            self.fault(where, f"not a requirement string or object: {_shown(value)}")
            return ConditionalRequirement("", (), "")
        self.keys(value, where, known={"requirement", "unless"}, needed=("requirement",))
        plain = self.parsed(self.text(value.get("requirement", ""), where), where)
        if "unless" not in value:
            return plain
        unless = self.conditions(value["unless"], f"{where}.unless")
        return ConditionalRequirement(plain.text, plain.targets, plain.specifier, unless)

    def parsed(self, text: str, where: str) -> ConditionalRequirement:
        known = self.requirements.get(text)
        if known is None:
            known = self.requirements[text] = self.parse(text)
        if isinstance(known, str):
            self.fault(where, known)
            return ConditionalRequirement(text, (), "")
        return known

    def parse(self, text: str) -> ConditionalRequirement | str:
        """Return the requirement, or what is wrong with it."""
        try:
            parsed = parse_requirement(text)
        except ValueError:
            return f"not a PEP 508 requirement: {_shown(text)}"
        if parsed.marker is not None:
            return f"markers are evaluated before a problem is written: {_shown(text)}"
        if parsed.url is not None:
            return f"a direct reference names no candidate: {_shown(text)}"
        nodes = [_normalized(parsed.name, extra) for extra in parsed.extras]
        targets = [self.spellings[node] for node in nodes if node in self.spellings]
        base = _normalized(parsed.name, None)
        targets.append(self.spellings.get(base, base))
        return ConditionalRequirement(text, tuple(dict.fromkeys(targets)), parsed.specifier)

    def levels(self, top: dict[str, Any]) -> tuple[Level, ...]:
        if "levels" not in top:
            level = self.level("", top, "")
            return (level,)
        for key in _OBJECTIVES:
            if key in top:
                self.fault(key, "stands beside `levels`: move it into a level")
        levels = []
        items = self.items(top["levels"], "levels")
        if len(items) > MAXIMUM_LEVELS:
            self.fault("levels", f"more than {MAXIMUM_LEVELS} of them: {len(items)}")
        for index, value in enumerate(items[:MAXIMUM_LEVELS]):
            where = f"levels[{index}]"
            entry = self.mapping(value, where)
            self.keys(entry, where, known={"name", *_OBJECTIVES}, needed=("name",))
            name = self.text(entry.get("name", ""), f"{where}.name")
            self.span = 0
            levels.append(self.level(name, entry, f"{where}."))
        return tuple(levels) or (Level(""),)

    def level(self, name: str, entry: dict[str, Any], prefix: str) -> Level:
        unary = self.unary(entry.get("unary", {}), f"{prefix}unary")
        pairs = self.pairs(entry.get("pairs", []), f"{prefix}pairs")
        terms = self.terms(entry.get("terms", []), f"{prefix}terms")
        self.span += sum(max(map(abs, points.values()), default=0) for points in unary.values())
        self.span += sum(abs(pair.score) for pair in pairs)
        self.span += sum(abs(term.score or 0) for term in terms)
        if self.span > MAXIMUM_SPAN:
            self.fault(prefix.rstrip("."), "the scores may add up to more than 64 bits hold")
        return Level(name, unary, pairs, terms)

    def unary(self, value: object, where: str) -> dict[str, dict[str, int]]:
        points: dict[str, dict[str, int]] = {}
        for name, versions in self.mapping(value, where).items():
            here = f"{where}[{_shown(name)}]"
            node = self.node(name, here)
            if node in points:
                self.fault(here, f"same name as another key: {_shown(name)}")
            points[node] = {
                version: self.integer(score, f"{here}[{_shown(version)}]")
                for version, score in self.mapping(versions, here).items()
            }
        return points

    def version_set(self, value: object, where: str) -> frozenset[str]:
        return frozenset(
            self.text(item, f"{where}[{index}]")
            for index, item in enumerate(self.items(value, where))
        )

    def pairs(self, value: object, where: str) -> tuple[Pair, ...]:
        return tuple(self._pairs(self.items(value, where), where))

    def _pairs(self, items: list[Any], where: str) -> Iterator[Pair]:
        needed = ("a", "a_versions", "b", "b_versions", "score")
        for index, item in enumerate(items):
            here = f"{where}[{index}]"
            entry = self.mapping(item, here)
            self.keys(entry, here, known=set(needed), needed=needed)
            if any(key not in entry for key in needed):
                continue
            pair = Pair(
                a=self.node(entry["a"], f"{here}.a"),
                a_versions=self.version_set(entry["a_versions"], f"{here}.a_versions"),
                b=self.node(entry["b"], f"{here}.b"),
                b_versions=self.version_set(entry["b_versions"], f"{here}.b_versions"),
                score=self.integer(entry["score"], f"{here}.score"),
                source=self.text(entry.get("source", ""), f"{here}.source"),
            )
            if pair.a == pair.b:
                self.fault(here, f"a pair of a package with itself: {_shown(pair.a)}")
            yield pair

    def conditions(self, value: object, where: str) -> tuple[Condition, ...]:
        return tuple(
            self.condition(item, f"{where}[{index}]")
            for index, item in enumerate(self.items(value, where))
        )

    def condition(self, value: object, where: str) -> Condition:
        entry = self.mapping(value, where)
        self.keys(entry, where, known={"package", "versions", "absent"}, needed=("package",))
        node = self.node(entry.get("package", ""), f"{where}.package") if entry else ""
        absent = entry.get("absent", _MISSING)
        if absent is not _MISSING and absent is not True:
            self.fault(f"{where}.absent", f"not true: {_shown(absent)}")
        if (absent is _MISSING) == ("versions" not in entry):
            self.fault(where, "needs exactly one of `versions` and `absent`")
        if "versions" not in entry:
            return Condition(node, None)
        return Condition(node, self.version_set(entry["versions"], f"{where}.versions"))

    def terms(self, value: object, where: str) -> tuple[Term, ...]:
        effects = {"score", "forbid", "requires"}
        terms = []
        for index, item in enumerate(self.items(value, where)):
            here = f"{where}[{index}]"
            entry = self.mapping(item, here)
            self.keys(entry, here, known={"when", *effects}, needed=("when",))
            if len(effects & entry.keys()) != 1:
                self.fault(here, "needs exactly one of `score`, `forbid` and `requires`")
            when = self.conditions(entry.get("when", []), f"{here}.when")
            source = self.text(entry.get("source", ""), f"{here}.source")
            score = forbid = requires = None
            if "score" in entry:
                score = self.integer(entry["score"], f"{here}.score")
            if "forbid" in entry:
                forbid = self.text(entry["forbid"], f"{here}.forbid")
            if "requires" in entry:
                requires = self.requires(entry["requires"], f"{here}.requires")
            terms.append(Term(when, score, forbid, requires, source))
        return tuple(terms)


def _shown(value: object) -> str:
    """Return a short repr of a foreign value: escaped, and cut where it is long."""
    if isinstance(value, str):
        value = value[:60] + "..." if len(value) > 60 else value
    elif isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return repr(value)[:80]
