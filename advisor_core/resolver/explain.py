"""A conflict in plain English: the lines of the manifest at fault, then the facts that clash.

no stack satisfies
  Pipfile:7: tensorflow = ">=2.16"
  Pipfile:9: numpy = "<1.20"
because
  tensorflow 2.16.1 to 2.17.1 require numpy <2.0.0,>=1.23.5
  tensorflow 2.18.0 to 2.21.0 require numpy >=1.26.0
  tensorflow 2.16.0rc0 is a pre-release

Releases that the lines at fault do not allow are left out of the facts: they are no way out.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from advisor_core.outcome import Conflict
from advisor_core.resolver import bits
from advisor_core.resolver.facts import Constrained, Excluded, Required, Rooted
from advisor_core.resolver.minimise import minimise_conflict
from advisor_core.resolver.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from advisor_core.model import DeclaredRequirement
    from advisor_core.resolver.encode import Encoding
    from advisor_core.resolver.interface import Solver
    from advisor_core.resolver.session import Impasse

__all__ = ["explain_impasse"]

_RequiredKey = tuple[str, str, "str | None", bool]
"""Parent, name, extra, missing."""

_ExcludedKey = tuple[str, str, "str | None"]
"""Name, reason, environment."""

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
    reasons = list(dict.fromkeys(_Facts(encoding, tags).sentences()))
    if reasons:
        lines.append("because")
        lines += [f"  {reason}" for reason in reasons[:_MAX_LINES]]
        if len(reasons) > _MAX_LINES:
            lines.append(f"  and {len(reasons) - _MAX_LINES} further facts")
    told = _told_as_unknown(encoding, tags)
    skipped = _skipped_lines(impasse.skipped, told)
    if skipped:
        lines.append("releases left out because their requirements are unknown")
        lines += [f"  {line}" for line in skipped]
    return Conflict(
        "\n".join(lines), tuple(at_fault.values()), impasse.skipped, _hint(encoding, tags)
    )


def _hint(encoding: Encoding, tags: Sequence[int]) -> str:
    facts = [encoding.facts[tag] for tag in tags]
    if any(
        isinstance(fact, Rooted) and encoding.is_missing(fact.declared.requirement.name)
        for fact in facts
    ):
        return "check how the name is spelled, or add the index that has the package"
    if any(isinstance(fact, Excluded) and fact.unknown for fact in facts):
        return (
            "allow another release, one with a wheel or static metadata: "
            "what a release requires is never learnt by running its code"
        )
    loosen = "loosen one of the lines named above"
    unfit = ("have no wheel", "need Python")
    if any(isinstance(fact, Excluded) and fact.reason.startswith(unfit) for fact in facts):
        return f"{loosen}, or choose another Python or platform"
    return loosen


class _Facts:
    """Puts a conflict's facts into words: one sentence per group, in the order they were met."""

    def __init__(self, encoding: Encoding, tags: Sequence[int]) -> None:
        self._encoding = encoding
        self._tags = tags
        self._allowed = _allowed_by_lines(encoding, tags)

    def sentences(self) -> Iterable[str]:
        """Yield the sentences."""
        required: dict[_RequiredKey, dict[str, list[int]]] = {}
        excluded: dict[_ExcludedKey, list[int]] = {}
        sentences: list[Callable[[], Iterable[str]]] = []
        for tag in self._tags:
            fact = self._encoding.facts[tag]
            if isinstance(fact, Required):
                key = (fact.parent, fact.name, fact.extra, fact.missing)
                if key not in required:
                    required[key] = {}
                    sentences.append(partial(self._required, key, required[key]))
                required[key].setdefault(fact.specifier, []).append(tag)
            elif isinstance(fact, Excluded):
                own = (fact.name, fact.reason, fact.environment)
                if own not in excluded:
                    excluded[own] = []
                    sentences.append(partial(self._excluded, own, excluded[own]))
                excluded[own].append(tag)
            elif isinstance(fact, Constrained):
                sentences.append(partial(iter, (fact.text,)))
            elif isinstance(fact, Rooted):
                sentences.append(partial(self._rooted, tag))
        for sentence in sentences:
            yield from sentence()

    def _rooted(self, tag: int) -> Iterable[str]:
        fact = self._encoding.facts[tag]
        assert isinstance(fact, Rooted)  # noqa: S101 - the caller's condition
        requirement = fact.declared.requirement
        if self._encoding.is_missing(requirement.name):
            yield f"no index has a package named {requirement.name}"
        elif not any(any(clause.bits) for clause in self._encoding.clauses[tag]):
            yield self._unmet(requirement.name, requirement.specifier)

    def _excluded(self, key: _ExcludedKey, tags: list[int]) -> Iterable[str]:
        name, reason, environment = key
        said = self._say(name, tags, reason)
        if said:
            yield said + (f" (in {environment})" if environment else "")

    def _required(self, key: _RequiredKey, by_specifier: dict[str, list[int]]) -> Iterable[str]:
        parent, name, extra, missing = key
        target = f"{name}[{extra}]" if extra else name
        if len(by_specifier) > _MAX_SPECIFIERS:
            together = [tag for tags in by_specifier.values() for tag in tags]
            examples = ", ".join(f"{target} {each}".strip() for each in list(by_specifier)[:2])
            ranges = f"{len(by_specifier)} different ranges, such as {examples}"
            said = self._say(parent, together, f"require {target} in {ranges}")
            if said:
                yield said
            return
        for specifier, tags in by_specifier.items():
            said = self._say(parent, tags, f"require {target} {specifier}".rstrip())
            if not said:
                continue
            if missing:
                said += ", which no index has"
            elif not any(
                any(clause.allowed) for tag in tags for clause in self._encoding.clauses[tag]
            ):
                said += f": {self._unmet(name, specifier)}"
            yield said

    def _unmet(self, name: str, specifier: str) -> str:
        """Return that no release is in a range, and what the newest one is."""
        releases = self._encoding.releases(name)
        if not releases.versions:
            return f"the index lists no release of {name} that can be used"
        late = set(bits.indexes(releases.prereleases))
        finals = (each for n, each in enumerate(releases.versions) if n not in late)
        newest = next(finals, releases.versions[0])
        return f"no release of {name} is {specifier}, the newest is {newest}"

    def _say(self, name: str, tags: Iterable[int], predicate: str) -> str:
        """Return the sentence about the releases that the tags speak of; empty: there are none."""
        versions: Sequence[str] = ()
        positions = set()
        for tag in tags:
            for clause in self._encoding.clauses[tag]:
                node = self._encoding.nodes[clause.node]
                candidates = self._encoding.candidates(clause.node)
                if candidates is None:
                    continue
                versions = candidates.releases.versions
                allowed = self._allowed.get(node.name, -1)
                for preference in bits.indexes(clause.bits):
                    if allowed >> preference & 1:
                        positions.add(candidates.position(preference))
        return say(name, versions, positions, predicate) if positions else ""


def _allowed_by_lines(encoding: Encoding, tags: Sequence[int]) -> dict[str, int]:
    """Return, as integer bitsets by preference, what the conflict's own lines allow of packages."""
    allowed: dict[str, int] = {}
    for tag in tags:
        for clause in encoding.clauses[tag]:
            if clause.root:
                name = encoding.nodes[clause.node].name
                here = int.from_bytes(clause.bits, "little")
                allowed[name] = allowed.get(name, -1) & here
    return allowed


def _told_as_unknown(encoding: Encoding, tags: Sequence[int]) -> set[tuple[str, str]]:
    """Return the releases whose unknown requirements are among the facts of the conflict."""
    told = set()
    for tag in tags:
        fact = encoding.facts[tag]
        if isinstance(fact, Excluded) and fact.unknown:
            for clause in encoding.clauses[tag]:
                candidates = encoding.candidates(clause.node)
                if candidates is not None:
                    versions = candidates.releases.versions
                    told |= {
                        (fact.name, versions[candidates.position(preference)])
                        for preference in bits.indexes(clause.bits)
                    }
    return told


def _skipped_lines(skipped: dict[str, dict[str, str]], told: set[tuple[str, str]]) -> list[str]:
    lines = []
    for name, by_version in sorted(skipped.items()):
        by_reason: dict[str, list[str]] = {}
        for version, reason in by_version.items():
            if (name, version) in told:
                continue
            by_reason.setdefault(reason, []).append(version)
        for reason, versions in by_reason.items():
            shown = ", ".join(versions[:5]) + (
                f" and {len(versions) - 5} more" if len(versions) > 5 else ""
            )
            lines.append(f"{name} {shown}: {reason}")
    return lines[:_MAX_LINES]
