"""Why each package is at its version and not at a newer one: what would be different with that one.

Of a stack only one release is exchanged at a time; what then fails, or what is gained and lost, is the
reason. `thoth why` asks the engine for the best stack with another release; this is the quick answer
that every advice has for every package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from advisor_core.advice import NotChosen, ShownJustification
from advisor_core.pipeline.interface import Justification
from advisor_core.resolver.judge import find_fault, score_stack
from advisor_core.standards import specifier_contains
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.advising.category import CategoryAnswer
    from advisor_core.advising.held import Amendments
    from advisor_core.model import Edge, Pin, Stack
    from advisor_core.resolver.problem import Condition
    from advisor_core.resolver.term_binding import BoundTerm

__all__ = ["StackReasons", "requirer_text"]

_MOST_NEWER = 5
"""Newer releases that are looked at for each package: the newest ones."""


class StackReasons:
    """Explains one stack of a category."""

    def __init__(
        self,
        found: CategoryAnswer,
        nodes: Mapping[str, str],
        stack: Stack,
        amendments: Amendments,
    ) -> None:
        self._found = found
        self._amendments = amendments
        self._nodes = dict(nodes)
        self._stack = stack
        self._score = sum(score_stack(found.problem, nodes))
        self._holding = [each for each in found.bound if _all_hold(each.when, nodes)]
        self._avoided: dict[int, BoundTerm] = {}

    def newer(self, name: str) -> tuple[NotChosen, ...]:
        """Return the newer releases of a package with why they were not chosen, newest first."""
        package = self._found.judge.packages.get(name)
        pin = self._stack.pins.get(name)
        if package is None or pin is None or pin.version not in package.places:
            return ()
        place = package.places[pin.version]
        releases = package.scored.candidates.releases[:place]
        if not package.scored.prereleases_wanted:
            releases = [each for each in releases if not each.prerelease and each.yanked is None]
        return tuple(self._explain(pin, each.version) for each in releases[:_MOST_NEWER])

    def exclusion(self, name: str, version: str) -> list[str]:
        """Return why a release is no candidate; nothing when it is one."""
        package = self._found.judge.packages.get(name)
        if package is not None and version not in package.places:
            return [self._found.builder.misfit(name, version)]
        return (self._removed(name, version) if package else []) or self._refused(name, version)

    def justifications(self) -> list[ShownJustification]:
        """Return what speaks for the stack: call after `newer`, which finds what it avoids."""
        found: list[ShownJustification] = []
        for each in self._holding:
            found += _said(each, "holds")
        for each in self._avoided.values():
            found += _said(each, "avoided")
        for name, pin in self._stack.pins.items():
            for part in self._found.judge.explain(name, pin.version):
                found += [ShownJustification(said, "holds") for said in part.justifications]
        return found

    def _explain(self, pin: Pin, version: str) -> NotChosen:
        name = pin.name
        reasons = self._removed(name, version) or self._refused(name, version)
        if reasons:
            return NotChosen(version, tuple(reasons))
        reasons += [
            requirer_text(self._amendments, edge, pin.name)
            for edge in pin.required_by
            if edge.requirement.specifier
            and not specifier_contains(edge.requirement.specifier, version)
        ]
        exchanged = {
            node: version if self._found.package_of(node) == name else at
            for node, at in self._nodes.items()
        }
        lost, gained = self._terms_between(exchanged)
        reasons += lost + gained
        reasons += self._parts(name, version)
        fault = find_fault(self._found.problem, exchanged)
        points = None
        if fault is None:
            points = sum(score_stack(self._found.problem, exchanged)) - self._score
        elif not _is_excluded(pin, version) and (not reasons or not (lost or gained)):
            reasons.append(self._say_fault(name, version, fault))
        return NotChosen(version, tuple(dict.fromkeys(reasons)), points)

    def _removed(self, name: str, version: str) -> list[str]:
        removals = self._found.judge.packages[name].judgement.removals
        return [
            f"removed by {each.unit} because {each.reason}"
            for each in removals
            if each.version == version
        ]

    def _refused(self, name: str, version: str) -> list[str]:
        reason = self._found.builder.refusal(name, version)
        return [] if reason is None else [reason]

    def _terms_between(self, exchanged: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """Return what the exchange would lose, and what it would bring that is worth avoiding."""
        lost, brought = [], []
        for each in self._found.bound:
            before, after = _all_hold(each.when, self._nodes), _all_hold(each.when, exchanged)
            term = each.term
            if before and not after and (term.score or 0) > 0:
                lost.append(f"loses {term.score:+} points: {_describe(each)}")
            elif after and not before and (term.forbid is not None or (term.score or 0) < 0):
                self._avoided[id(term)] = each
                what = "not acceptable" if term.forbid is not None else f"{term.score:+} points"
                brought.append(f"{what}: {_describe(each)}")
        return lost, brought

    def _parts(self, name: str, version: str) -> list[str]:
        return [
            f"{part.points:+} points: {said.message.removeprefix(f'{name} {version}: ')}"
            for part in self._found.judge.explain(name, version)
            for said in part.justifications
            if part.points < 0 and part.name != "lock-distance"
        ]

    def _say_fault(self, name: str, version: str, fault: str) -> str:
        release = self._found.problem.packages.get(name, {}).get(version)
        if release is None:
            return "no stack with it can score as much"
        for requirement in release.requires:
            for target in requirement.targets:
                at = self._nodes.get(target)
                if at is not None and not specifier_contains(requirement.specifier, at):
                    return f"requires {requirement.text}, which is at {at}"
        return fault


def _is_excluded(pin: Pin, version: str) -> bool:
    """Return whether the manifest itself does not allow the version, so that no stack has it."""
    return any(
        edge.parent is None
        and edge.requirement.specifier
        and not specifier_contains(edge.requirement.specifier, version)
        for edge in pin.required_by
    )


def requirer_text(amendments: Amendments, edge: Edge, name: str) -> str:
    """Return `app requires lib<2`, with the unit where one says so."""
    text = f"{edge.parent or 'the manifest'} requires {name}{edge.requirement.specifier}"
    line = f"{name}{edge.requirement.specifier}"
    unit, _link = amendments.units.get((edge.parent, name), ("", ""))
    if unit and line in amendments.added.get(edge.parent, ()):
        return f"{text} ({unit})"
    return text


def _all_hold(conditions: Iterable[Condition], nodes: Mapping[str, str]) -> bool:
    return all(
        nodes.get(each.node) is None
        if each.versions is None
        else nodes.get(each.node) in each.versions
        for each in conditions
    )


def _said(bound: BoundTerm, effect: Literal["holds", "avoided"]) -> Sequence[ShownJustification]:
    term = bound.term
    points = term.score or 0
    if term.justifications:
        return [
            ShownJustification(
                replace(each, points=points, source=each.source or term.unit),
                effect,
            )
            for each in term.justifications
        ]
    if not points and term.forbid is None:
        return []
    bad = points < 0 or term.forbid is not None
    said = Justification(
        "WARNING" if bad else "INFO",
        _describe(bound),
        term.link,
        source=term.unit,
        points=points,
    )
    return [ShownJustification(said, effect)]


def _describe(bound: BoundTerm) -> str:
    term = bound.term
    if term.forbid:
        return f"{term.forbid} ({term.unit})"
    if term.justifications:
        return f"{term.justifications[0].message} ({term.unit})"
    matched = " with ".join(
        f"no {match.name}" if match.absent else f"{match.name}{match.specifier}"
        for match in term.when
    )
    return f"{matched} ({term.unit})"
