"""Answers "why this version, and why not that one?" about a stack that was advised. No I/O of its own.

Of a release that is not in the stack the best stack with it is found, loading what that takes, and
compared: the requirement, the rule, the points that make the difference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.advising.reasons import requirer_text
from advisor_core.advising.source import AdviceSource
from advisor_core.errors import InputError
from advisor_core.resolver.lazy import optimize_lazily
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.partial_problem import pessimistic_problem
from advisor_core.resolver.problem import Condition, Term
from advisor_core.resolver.why_not import explain_why_not, find_asked
from advisor_core.standards import parse_requirement
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.advice import AdvisedPackage
    from advisor_core.advising.composing import CategoryAdvice
    from advisor_core.locking import IndexAccess
    from advisor_core.model import Environment
    from advisor_core.resolver.lazy import Wanted
    from advisor_core.resolver.partial_problem import PartialProblem
    from advisor_core.resolver.why_not import WhyNot

__all__ = ["Told", "ask_why"]

_SHOWN_EXCLUDED = 5

_ENVIRONMENT_NODE = re.compile(r"\[thoth-env-(\d+)(?:-([^\]]*))?\]")


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said of a package."""

    text: str
    """What was asked, as a requirement."""
    package: AdvisedPackage | None
    """The package in the advised stack; None: it is not there."""
    required_by: tuple[str, ...]
    """`app 2 requires lib>=1`, one for each requirer."""
    why_not: WhyNot | None
    """Of the release that was asked about, or else of the newest one; None: it is the one chosen."""
    explanation: str
    """The whole in lines for a person. Plain text, not escaped."""


def ask_why(
    categories: Sequence[CategoryAdvice],
    packages: Sequence[AdvisedPackage],
    text: str,
    *,
    access: IndexAccess,
    environments: Sequence[Environment],
    budget_seconds: float | None = None,
) -> Told:
    """Return why a package is at its version, or why a release (`lib==1.0`, `lib<2`) is not chosen.

    Raises InputError when the text is no requirement, or names what was not met anywhere.
    """
    name, specifier = _read(text)
    one = next((each for each in categories if name in each.answer.builder.names), None)
    if one is None:
        raise InputError.single(
            "PACKAGE",
            f"nothing that was looked at requires it: {name!r}",
            hint="name a package of the stack, or one that some release of it requires",
        )
    package = next((each for each in packages if each.name == name), None)
    required_by = _requirers(one, name)
    lines: list[str] = []
    if package is not None:
        lines.append(f"{name} is at {package.version} ({package.points:+,} points of its own)")
        lines += [
            f"  {part.points:+,} {part.name}: {said.message}"
            for part in package.parts
            for said in part.justifications
        ]
        if package.seen and not any(part.name == "observations" for part in package.parts):
            lines.append(f"  {name} {package.version}: {package.seen}")
    else:
        lines.append(f"{name} is not in the stack")
    lines += [f"  {each}" for each in required_by]
    if not specifier and package is not None and package.not_chosen:
        specifier = f"=={package.not_chosen[0].version}"
    told = None
    excluded = _excluded(one, name, specifier)
    if excluded:
        lines += excluded
    elif specifier or package is None:
        told = _explain(one, f"{name}{specifier}", access, budget_seconds)
        lines += _speak(told.explanation, environments).splitlines()
    return Told(f"{name}{specifier}", package, required_by, told, "\n".join(lines))


def _read(text: str) -> tuple[str, str]:
    try:
        parsed = parse_requirement(text)
    except ValueError as exc:
        message = f"not PACKAGE or PACKAGE==VERSION: {text!r:.200}"
        hint = "ask about a name, a version or a range: numpy, 'numpy==2.1', 'numpy<2'"
        raise InputError.single("PACKAGE", message, hint=hint) from exc
    return parsed.name, parsed.specifier


def _excluded(one: CategoryAdvice, name: str, specifier: str) -> list[str]:
    """Return why none of the releases that a specifier holds is a candidate; empty: one is."""
    view = one.answer.builder.view(name)
    if view is None or not specifier:
        return []
    matched = int.from_bytes(view.releases.match(specifier), "little")
    versions = [
        version for place, version in enumerate(view.releases.versions) if matched >> place & 1
    ]
    if not versions:
        return [f"no index has {name}{specifier}"]
    found = []
    for version in versions:
        reasons = one.reasons.exclusion(name, version)
        if not reasons:
            return []
        found.append(f"{name} {version} is no candidate: {'; '.join(reasons)}")
    return found[:_SHOWN_EXCLUDED] + (
        [f"and {len(found) - _SHOWN_EXCLUDED} more"] if len(found) > _SHOWN_EXCLUDED else []
    )


def _requirers(one: CategoryAdvice, name: str) -> tuple[str, ...]:
    pin = one.stack.pins.get(name)
    if pin is None:
        return ()
    return tuple(requirer_text(one.amendments, edge, name) for edge in pin.required_by)


def _explain(
    one: CategoryAdvice, text: str, access: IndexAccess, budget_seconds: float | None
) -> WhyNot:
    builder = one.answer.builder
    builder.kept = {}
    source = AdviceSource(builder, access)
    asked = find_asked(source.known().problem, text, place="PACKAGE")
    demanding = _Demanding(source, asked.node, asked.versions)
    lazy = optimize_lazily(demanding, budget_seconds=budget_seconds)
    known = source.known()
    if lazy.answer.status == "unsatisfiable":
        # Proved whatever unloaded releases require: so nothing of them is needed to tell why.
        problem = known.problem
    else:
        problem = pessimistic_problem(known)
    best = optimize(problem, budget_seconds=budget_seconds)
    return explain_why_not(
        problem,
        find_asked(problem, text, place="PACKAGE"),
        best=best,
        budget_seconds=budget_seconds,
    )


class _Demanding:
    """The same problem, in which a package is at one of some versions."""

    def __init__(self, plain: AdviceSource, node: str, versions: frozenset[str]) -> None:
        self._plain = plain
        self._node = node
        self._versions = versions

    def known(self) -> PartialProblem:
        """Return what is known, with everything else about the package forbidden."""
        partial = self._plain.known()
        others = frozenset(partial.problem.packages[self._node]) - self._versions
        lacking = Condition(self._node, others, or_absent=True)
        first, *rest = partial.problem.levels
        demand = Term((lacking,), forbid="it was asked for")
        levels = (replace(first, terms=(*first.terms, demand)), *rest)
        return replace(partial, problem=replace(partial.problem, levels=levels))

    def load(self, wanted: Sequence[Wanted], /) -> None:
        """Learn what is wanted."""
        self._plain.load(wanted)


def _speak(text: str, environments: Sequence[Environment]) -> str:
    """Return text in which nodes of environments are named as a person knows them."""

    def name(match: re.Match[str]) -> str:
        number = int(match[1])
        extra = f"[{match[2]}]" if match[2] else ""
        where = environments[number].name if number < len(environments) else match[1]
        return f"{extra} (in {where})"

    return _ENVIRONMENT_NODE.sub(name, text)
