"""Checks and bounds what units in Python answer, before the problem is built of it. Pure.

A unit may be of another package, and wrong. What it says that makes no sense raises ValueError, so that
the unit is named and passed over; long texts are cut, names normalized, and links kept only where they are
web addresses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import (
    Justification,
    Match,
    MatchTerm,
    Removal,
    ScorePart,
    StackMessage,
)
from advisor_core.pipeline.units.interface import Stop
from advisor_core.standards import (
    normalize_name,
    normalize_version,
    parse_requirement,
    specifier_contains,
)
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from advisor_core.pipeline.interface import FinalStack, PackageCandidates
    from advisor_core.pipeline.units.interface import Boot, Pseudonym, Sieve, Step, Stride, Wrap

__all__ = [
    "ask_boot",
    "ask_pseudonym",
    "ask_sieve",
    "ask_step",
    "ask_stride",
    "ask_terms",
    "ask_wrap",
    "check_packages",
]

_LONGEST_TEXT = 2_000
"""Characters of one message. It is read by people, and goes into comments with a limit of their own."""

_MOST_MESSAGES = 200
"""Of one unit for one question; more are summed up in one."""

_MOST_TERMS = 20_000
"""Of one unit. Past it the unit fails: each costs time in the search."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,200}[a-z0-9])?", re.ASCII)
# https://packaging.python.org/en/latest/specifications/name-normalization/

_NO_REASON = "it gives no reason"


def ask_boot(boot: Boot) -> Iterator[StackMessage | Stop]:
    """Yield what a boot says."""
    told = 0
    for said in boot.run():
        if isinstance(said, Stop):
            yield Stop(_cut(said.reason) or _NO_REASON)
            continue
        told += 1
        if told <= _MOST_MESSAGES:
            yield replace(said, message=_cut(said.message), link=_link(said.link))
    if told > _MOST_MESSAGES:
        message = f"{told - _MOST_MESSAGES} more messages"
        yield StackMessage("INFO", message, source=boot.name)


def ask_sieve(sieve: Sieve, package: PackageCandidates) -> Iterator[Removal]:
    """Yield what a sieve removes."""
    for removal in sieve.run(package):
        reason = _cut(removal.reason) or _NO_REASON
        yield Removal(removal.version, reason, sieve.name, _link(removal.link))


def ask_step(step: Step, package: PackageCandidates) -> Iterator[tuple[str, ScorePart]]:
    """Yield the points that a step gives."""
    for version, part in step.run(package):
        said = tuple(_check_notes(part.justifications))
        yield version, replace(part, link=_link(part.link), justifications=said)


def ask_pseudonym(pseudonym: Pseudonym, package: PackageCandidates) -> Iterator[MatchTerm]:
    """Yield the releases that may stand for one."""
    for version, other, other_version in pseudonym.run(package):
        yield MatchTerm(
            when=(Match(package.name, versions=frozenset({version})),),
            unit=pseudonym.name,
            stands_for=_check_release(other, other_version),
        )


def ask_terms(step: Step) -> Iterator[MatchTerm]:
    """Yield the terms of a step."""
    for count, term in enumerate(step.terms(), 1):
        if count > _MOST_TERMS:
            raise ValueError(f"it makes more than {_MOST_TERMS:,} terms")
        yield _check_term(term)


def ask_stride(stride: Stride, stack: FinalStack) -> str | None:
    """Return why a stride refuses a stack; None: accepted."""
    reason = stride.run(stack)
    return None if reason is None else _cut(reason) or _NO_REASON


def ask_wrap(wrap: Wrap, stack: FinalStack) -> Iterator[Justification]:
    """Yield what a wrap says of a stack."""
    return _check_notes(wrap.run(stack))


def check_packages(packages: object) -> tuple[str, ...] | None:
    """Return the packages that a unit is about, normalized; raises ValueError when they are no names."""
    if packages is None:
        return None
    if not isinstance(packages, tuple | list) or not all(
        isinstance(each, str) for each in packages
    ):
        raise ValueError(f"`packages` is no tuple of names: {packages!r:.80}")
    return tuple(_check_name(each) for each in packages)


def _check_notes(notes: Iterable[Justification]) -> Iterator[Justification]:
    for told, note in enumerate(notes, 1):
        if told > _MOST_MESSAGES:
            raise ValueError(f"it says more than {_MOST_MESSAGES} things of one stack")
        yield replace(note, message=_cut(note.message), link=_link(note.link))


def _check_term(term: MatchTerm) -> MatchTerm:
    effects = [
        term.score is not None, term.forbid is not None, term.requires is not None,
        term.skips is not None, term.stands_for is not None,
    ]  # fmt: skip
    if sum(effects) != 1:
        message = "a term has exactly one of `score`, `forbid`, `requires`, `skips`, `stands_for`"
        raise ValueError(f"{message}: {term!r:.200}")
    if term.stands_for is not None and len(term.stands_for) != 2:
        raise ValueError(f"`stands_for` is no package and version: {term.stands_for!r:.200}")
    for text in term.requires or ():
        if parse_requirement(text).url is not None:
            raise ValueError(f"a term cannot require an address: {text!r:.200}")
    return replace(
        term,
        when=tuple(_check_match(match) for match in term.when),
        forbid=None if term.forbid is None else _cut(term.forbid) or _NO_REASON,
        skips=None if term.skips is None else _check_name(term.skips),
        stands_for=None if term.stands_for is None else _check_release(*term.stands_for),
        link=_link(term.link),
        justifications=tuple(_check_notes(term.justifications)),
    )


def _check_match(match: Match) -> Match:
    specifier_contains(match.specifier, "1")  # raises ValueError when it is none
    return replace(match, name=_check_name(match.name))


def _check_release(name: str, version: str) -> tuple[str, str]:
    """Return name and version normalized; an empty version means any."""
    return _check_name(name), normalize_version(version) if version else ""


def _check_name(text: str) -> str:
    name = normalize_name(text)
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"not the name of a package: {text!r:.80}")
    return name


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def _link(text: str) -> str:
    return text if text.startswith(("https://", "http://")) and len(text) <= _LONGEST_TEXT else ""
