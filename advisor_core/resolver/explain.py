"""A conflict in plain English: the lines of the manifest at fault, then the facts that clash.

no stack satisfies
  Pipfile:7: tensorflow = ">=2.16"
  Pipfile:9: numpy = "<1.20"
because
  tensorflow 2.16.1 to 2.21.0 require numpy >=1.23.5,<2.0.0 or numpy >=1.26.0
  tensorflow 2.16.0rc0 are pre-releases
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from advisor_core.outcome import Conflict
from advisor_core.resolver import bits
from advisor_core.resolver.facts import Constrained, Excluded, Required, Rooted
from advisor_core.resolver.minimise import minimise_conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from advisor_core.model import DeclaredRequirement
    from advisor_core.resolver.encode import Encoding
    from advisor_core.resolver.interface import Solver
    from advisor_core.resolver.session import Impasse

__all__ = ["describe_versions", "explain_impasse"]

_RequiredKey = tuple[str, str, "str | None", bool]
"""Parent, name, extra, missing."""

_ExcludedKey = tuple[str, str, "str | None"]
"""Name, reason, environment."""

_MAX_RUNS = 3
"""Runs of versions named one by one; more are summed up by their count."""

_MAX_LINES = 60
"""Lines of facts shown; a longer list ends with the count of the rest."""

_MAX_SPECIFIERS = 4
"""Different specifiers of one dependency named one by one."""


def explain_impasse(impasse: Impasse, *, engine: Callable[[], Solver]) -> Conflict:
    """Return the minimal conflict of an impasse, told for a person."""
    encoding = impasse.encoding
    tags = minimise_conflict(encoding, engine=engine)
    at_fault: dict[tuple[str, str], DeclaredRequirement] = {}
    for tag in tags:
        fact = encoding.facts[tag]
        if isinstance(fact, (Rooted, Constrained)) and fact.declared is not None:
            declared = fact.declared
            at_fault.setdefault((str(declared.origin), declared.text), declared)
    lines = ["no stack satisfies" if at_fault else "no stack exists"]
    lines += [f"  {declared.origin}: {declared.text}" for declared in at_fault.values()]
    reasons = list(dict.fromkeys(_facts(encoding, tags)))
    if reasons:
        lines.append("because")
        lines += [f"  {reason}" for reason in reasons[:_MAX_LINES]]
        if len(reasons) > _MAX_LINES:
            lines.append(f"  and {len(reasons) - _MAX_LINES} further facts")
    skipped = _skipped_lines(impasse.skipped)
    if skipped:
        lines.append("releases left out because their requirements are unknown")
        lines += [f"  {line}" for line in skipped]
    return Conflict("\n".join(lines), tuple(at_fault.values()), impasse.skipped)


def describe_versions(versions: Sequence[str], members: Iterable[int]) -> str:
    """Return `1.0 to 1.4, 2.1`: runs of a project's versions, oldest first.

    `versions` is descending; `members` are positions in it.
    """
    chosen = sorted(members, reverse=True)
    if len(chosen) == len(versions) and len(chosen) > 1:
        return "(every release)"
    runs: list[list[int]] = []
    for position in chosen:
        if runs and runs[-1][-1] == position + 1:
            runs[-1].append(position)
        else:
            runs.append([position])
    texts = [
        versions[run[0]] if len(run) == 1 else f"{versions[run[0]]} to {versions[run[-1]]}"
        for run in runs
    ]
    if len(texts) > _MAX_RUNS:
        rest = sum(len(run) for run in runs[_MAX_RUNS - 1 : -1])
        texts = [*texts[: _MAX_RUNS - 1], f"{rest} more", texts[-1]]
    return ", ".join(texts)


def _facts(encoding: Encoding, tags: Sequence[int]) -> Iterable[str]:
    """Yield one sentence per group of facts, in the order in which they were met."""
    required: dict[_RequiredKey, dict[str, set[tuple[int, int]]]] = {}
    excluded: dict[_ExcludedKey, set[tuple[int, int]]] = {}
    sentences: list[Callable[[], Iterable[str]]] = []
    for tag in tags:
        fact = encoding.facts[tag]
        if isinstance(fact, Required):
            key = (fact.parent, fact.name, fact.extra, fact.missing)
            if key not in required:
                required[key] = {}
                sentences.append(partial(_required_lines, encoding, key, required[key]))
            required[key].setdefault(fact.specifier, set()).update(_members(encoding, tag))
        elif isinstance(fact, Excluded):
            own = (fact.name, fact.reason, fact.environment)
            if own not in excluded:
                excluded[own] = set()
                sentences.append(partial(_excluded_lines, encoding, own, excluded[own]))
            excluded[own].update(_members(encoding, tag))
        elif isinstance(fact, Constrained):
            sentences.append(partial(iter, (fact.text,)))
        elif isinstance(fact, Rooted) and encoding.is_missing(fact.declared.requirement.name):
            text = f"no index has a package named {fact.declared.requirement.name}"
            sentences.append(partial(iter, (text,)))
    for sentence in sentences:
        yield from sentence()


def _excluded_lines(
    encoding: Encoding, key: _ExcludedKey, members: set[tuple[int, int]]
) -> Iterable[str]:
    name, reason, environment = key
    where = describe_versions(*_positions(encoding, members))
    yield f"{name} {where} {reason}" + (f" (in {environment})" if environment else "")


def _required_lines(
    encoding: Encoding,
    key: _RequiredKey,
    by_specifier: dict[str, set[tuple[int, int]]],
) -> Iterable[str]:
    parent, name, extra, missing = key
    target = f"{name}[{extra}]" if extra else name
    shown = list(by_specifier.items())
    if len(shown) > _MAX_SPECIFIERS:
        together = set().union(*by_specifier.values())
        where = describe_versions(*_positions(encoding, together))
        examples = ", ".join(f"{target} {specifier}".strip() for specifier, _ in shown[:2])
        yield f"{parent} {where} require {target} in {len(shown)} different ranges, such as {examples}"
        return
    for specifier, members in shown:
        where = describe_versions(*_positions(encoding, members))
        tail = ", which no index has" if missing else ""
        yield f"{parent} {where} require {target} {specifier}".rstrip() + tail


def _members(encoding: Encoding, tag: int) -> Iterable[tuple[int, int]]:
    for clause in encoding.clauses[tag]:
        for preference in bits.indexes(clause.bits):
            yield clause.node, preference


def _positions(encoding: Encoding, members: set[tuple[int, int]]) -> tuple[Sequence[str], set[int]]:
    positions = set()
    versions: Sequence[str] = ()
    for node, preference in members:
        candidates = encoding.candidates(node)
        if candidates is not None:
            versions = candidates.releases.versions
            positions.add(candidates.position(preference))
    return versions, positions


def _skipped_lines(skipped: dict[str, dict[str, str]]) -> list[str]:
    lines = []
    for name, by_version in sorted(skipped.items()):
        by_reason: dict[str, list[str]] = {}
        for version, reason in by_version.items():
            by_reason.setdefault(reason, []).append(version)
        for reason, versions in by_reason.items():
            shown = ", ".join(versions[:5]) + (
                f" and {len(versions) - 5} more" if len(versions) > 5 else ""
            )
            lines.append(f"{name} {shown}: {reason}")
    return lines[:_MAX_LINES]
