"""Resolves a category once more, held to the advised versions: the check, and what writers are given.

The newest-first session knows nothing of scores or units, so that it comes to the same stack shows that
the stack satisfies the manifest. What units changed about requirements (packages added, skipped, taken
in place of others) is told to it as if the metadata said so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import ThothError
from advisor_core.locking import open_session
from advisor_core.model import DeclaredRequirement, Origin, Stack
from advisor_core.pipeline.interface import Justification
from advisor_core.releases import CoreMetadata
from advisor_core.resolver.term_binding import skip_conditions
from advisor_core.standards import parse_requirement, requirement_to_string
from advisor_core.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.advising.category import CategoryAnswer
    from advisor_core.locking import IndexAccess
    from advisor_core.model import Category, Requirement, Target
    from advisor_core.pipeline.interface import MatchTerm
    from advisor_core.resolver.problem import Condition
    from advisor_core.resolver.request import Policy
    from advisor_core.resolver.session import Session

__all__ = ["AdviceMismatchError", "Amendments", "amend", "explain_amendments", "resolve_held"]

_ORIGIN = Origin("the advice")


class AdviceMismatchError(ThothError, RuntimeError):
    """The advised stack does not pass the check of the resolver: a defect, never shown as an answer."""


@dataclass(frozen=True, slots=True)
class Amendments:
    """What units change about requirements in one stack."""

    skipped: frozenset[tuple[str | None, str]] = frozenset()
    """(Requirer, package) of the requirements that are void; None: the manifest."""
    added: Mapping[str | None, tuple[str, ...]] = field(default_factory=dict)
    """Requirer to what it requires beside; None: the manifest."""
    replaced: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Package to the package and version that are taken in its place."""
    units: Mapping[tuple[str | None, str], tuple[str, str]] = field(default_factory=dict)
    """(Requirer, package) of each of these to the unit that says so, and its link; the requirer of what
    is taken in a package's place is that package."""

    def __bool__(self) -> bool:
        """Return whether anything is changed."""
        return bool(self.skipped or self.added or self.replaced)


def amend(found: CategoryAnswer, nodes: Mapping[str, str]) -> Amendments:
    """Return what terms change about the requirements in a stack."""
    builder = found.builder
    packages = {builder.keys[node].name: version for node, version in nodes.items()}
    skipped: set[tuple[str | None, str]] = set()
    replaced: dict[str, tuple[str, str]] = {}
    added: dict[str | None, list[str]] = {}
    units: dict[tuple[str | None, str], tuple[str, str]] = {}
    for term in found.judge.terms(builder.names):
        if term.skips is not None:
            for requirer, version in [(None, ""), *packages.items()]:
                if _skips(term, requirer, version, found, nodes):
                    skipped.add((requirer, term.skips))
                    units.setdefault((requirer, term.skips), (term.unit, term.link))
        elif term.stands_for is not None:
            original = term.when[0].name
            chosen = packages.get(original)
            if chosen is not None and "thoth." in chosen:
                other = term.stands_for[0]
                if other in packages:
                    replaced[original] = (other, packages[other])
                    units.setdefault((original, other), (term.unit, term.link))
    for bound in found.bound:
        if bound.term.requires and all(_holds(each, nodes) for each in bound.when):
            present = [match.name for match in bound.term.when if not match.absent]
            requirer = present[0] if present else None
            lines = added.setdefault(requirer, [])
            lines += [line for line in bound.term.requires if line not in lines]
            for line in bound.term.requires:
                said = (bound.term.unit, bound.term.link)
                units.setdefault((requirer, parse_requirement(line).name), said)
    return Amendments(
        frozenset(skipped), {who: tuple(lines) for who, lines in added.items()}, replaced, units
    )


def explain_amendments(amendments: Amendments) -> list[Justification]:
    """Return what units changed about requirements, one sentence each."""
    said = []
    for (requirer, name), (unit, link) in amendments.units.items():
        who = requirer or "the manifest"
        if (requirer, name) in amendments.skipped:
            message = f"{name} is left out of what {who} requires"
        elif requirer is not None and amendments.replaced.get(requirer, ("",))[0] == name:
            version = amendments.replaced[requirer][1]
            message = f"{name} {version} is taken in place of {requirer}"
        else:
            lines = amendments.added.get(requirer, ())
            line = next((each for each in lines if parse_requirement(each).name == name), name)
            message = f"{line} is added to what {who} requires"
        said.append(Justification("INFO", message, link, package=name, source=unit))
    return said


def resolve_held(
    found: CategoryAnswer,
    stack: Mapping[str, str],
    amendments: Amendments,
    *,
    target: Target,
    category: Category,
    policy: Policy,
    fixed: Mapping[str, str],
    access: IndexAccess,
) -> tuple[Session, Stack]:
    """Return the session and its answer: the stack with everything that lockfile writers need.

    Raises AdviceMismatchError when the session comes to another stack.
    """
    constraints = tuple(
        DeclaredRequirement(
            parse_requirement(f"{name}==={version}"), _ORIGIN, f"{name}==={version}"
        )
        for name, version in stack.items()
    )
    category = replace(category, constraints=(*category.constraints, *constraints))
    if amendments:
        category = replace(category, requirements=_amend_roots(category, amendments))
    session = open_session(target, category, policy=policy, fixed=fixed)
    for name, releases in found.session.projects.items():
        session.projects[name] = releases
    for (name, position), metadata in found.session.metadata.items():
        releases = found.session.projects[name]
        if releases is None:
            continue
        if amendments and isinstance(metadata, CoreMetadata):
            metadata = _amend_metadata(metadata, name, amendments)  # noqa: PLW2901 - the same, amended
        session.supply_metadata(name, position, metadata)
    answer = access.resolve(session)
    if not isinstance(answer, Stack):
        raise AdviceMismatchError(
            "the advised stack does not pass the check: no such stack exists",
            hint="report this with the problem file",
        )
    versions = {name: pin.version for name, pin in answer.pins.items()}
    if versions != dict(stack):
        wrong = sorted(dict(versions.items() ^ stack.items()))
        raise AdviceMismatchError(
            f"the advised stack does not pass the check: {', '.join(wrong)}",
            hint="report this with the problem file",
        )
    return session, answer


def _skips(
    term: MatchTerm,
    requirer: str | None,
    version: str,
    found: CategoryAnswer,
    nodes: Mapping[str, str],
) -> bool:
    if requirer is None and term.when and not term.every_requirer:
        return False
    for environment in found.builder.term_environments:
        when = skip_conditions(term, requirer or "", version, environment, found.builder)
        if when is not None and all(_holds(each, nodes) for each in when):
            return True
    return False


def _holds(condition: Condition, nodes: Mapping[str, str]) -> bool:
    version = nodes.get(condition.node)
    if condition.versions is None:
        return version is None
    return version is not None and version in condition.versions


def _amend_roots(category: Category, amendments: Amendments) -> tuple[DeclaredRequirement, ...]:
    kept = []
    for declared in category.requirements:
        wanted = declared.requirement
        if declared.kept is None:
            if (None, wanted.name) in amendments.skipped:
                continue
            wanted = _replace(wanted, amendments)
        kept.append(replace(declared, requirement=wanted))
    added = (
        DeclaredRequirement(parse_requirement(line), _ORIGIN, line)
        for line in amendments.added.get(None, ())
    )
    return (*kept, *added)


def _amend_metadata(metadata: CoreMetadata, name: str, amendments: Amendments) -> CoreMetadata:
    lines = []
    for line in metadata.requires_dist:
        try:
            wanted = parse_requirement(line)
        except ValueError:
            lines.append(line)
            continue
        if (name, wanted.name) in amendments.skipped:
            continue
        changed = _replace(wanted, amendments)
        lines.append(line if changed is wanted else requirement_to_string(changed))
    lines += amendments.added.get(name, ())
    return replace(metadata, requires_dist=tuple(lines))


def _replace(wanted: Requirement, amendments: Amendments) -> Requirement:
    found = amendments.replaced.get(wanted.name)
    if found is None:
        return wanted
    return replace(wanted, name=found[0], specifier=f"==={found[1]}")
