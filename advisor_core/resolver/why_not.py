"""Says why something is not in the best stack: what the best stack with it loses, and through what.

    asked = find_asked(problem, "lib<2")
    told = explain_why_not(problem, asked, best=optimize(problem))
    told.difference, told.changes, told.constraints, told.conflict

The problem is solved again with the package fixed to what was asked for. Points that the two stacks do
not share are the changes; their sum is the difference. Where another package has to change, the
requirement that forces it is a constraint. When no stack has what was asked for, a minimal conflict says
why. Performs no I/O.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.resolver.conflict import ScoredConflict, describe_condition, explain_conflict
from advisor_core.resolver.optimize import DEFAULT_MEMORY_BYTES, Answer, optimize
from advisor_core.resolver.problem import Condition, Term
from advisor_core.resolver.stack_difference import (
    Change,
    compare_scores,
    list_forced_changes,
)
from advisor_core.standards import normalize_name, parse_requirement, specifier_contains
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from advisor_core.resolver.problem import Problem

__all__ = ["Asked", "WhyNot", "explain_why_not", "find_asked"]

_MAX_LINES = 12
"""Changes told one by one in the text; the JSON has them all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted in the stack."""

    text: str
    """As written: `lib`, `lib==1.0`, `lib<2`."""
    node: str
    versions: frozenset[str]
    """Any of these will do; not empty."""


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The answer to "why not?"."""

    asked: Asked
    found: Answer
    """Of the problem with the package fixed; of the problem itself when its best stack has it."""
    in_best: bool
    difference: int | None
    """Points that the best stack has more, all levels together; None when either stack is missing."""
    levels: tuple[tuple[str, int, int], ...] = ()
    """Name, points in the best stack and in the other, of each level; empty when either is missing."""
    changes: tuple[Change, ...] = ()
    """The largest loss first, the largest gain last."""
    constraints: tuple[str, ...] = ()
    """Sentences: which requirements make other packages change."""
    conflict: ScoredConflict | None = None
    """Why no stack has it."""

    @property
    def explanation(self) -> str:
        """The whole in lines for a person."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        name = self.asked.text
        if self.in_best:
            yield f"{name} is in the best stack"
        elif self.conflict is not None:
            yield from self._impossible(name, self.conflict)
        elif self.difference is None:
            yield f"{name}: no stack with it was found within the budget, and none was ruled out"
        else:
            yield self._headline(name, self.difference)
            for change in self.changes[:_MAX_LINES]:
                level = f"{change.level}: " if change.level else ""
                yield f"  {change.difference:+d}  {level}{change.text}"
            rest = self.changes[_MAX_LINES:]
            if rest:
                points = sum(change.difference for change in rest)
                yield f"  {points:+d}  {len(rest)} more changes together"
            yield from (f"  {constraint}" for constraint in self.constraints)

    def _impossible(self, name: str, conflict: ScoredConflict) -> Iterator[str]:
        if not conflict.roots and not conflict.reasons:
            yield f"no stack has {name}: nothing that a stack can hold requires it"
            return
        yield f"no stack has {name}{' and satisfies' if conflict.roots else ''}"
        yield from (f"  {root}" for root in conflict.roots)
        if conflict.reasons:
            yield "because"
            yield from (f"  {reason}" for reason in conflict.reasons)

    def _headline(self, name: str, difference: int) -> str:
        if len(self.levels) > 1:
            told = ", ".join(f"{level} {asked} (not {best})" for level, best, asked in self.levels)
            return f"the best stack with {name} has, in order of levels, {told}:"
        score = self.found.stacks[0].score
        proved = self.found.status == "optimal"
        known = "scores" if proved else "known so far scores"
        if difference == 0:
            return f"{name} would do as well: the best stack with it {known} {score} too"
        less = "less" if difference > 0 else "more"
        return f"the best stack with {name} {known} {score}, {abs(difference)} {less}:"

    def to_json(self) -> dict[str, object]:
        """Return the answer as a JSON object."""
        stack = self.found.stacks[0] if self.found.stacks else None
        return {
            "asked": self.asked.text,
            "in_best": self.in_best,
            "status": self.found.status,
            "stack": dict(stack.stack) if stack else None,
            "score": stack.score if stack else None,
            "difference": self.difference,
            "levels": [
                {"name": level, "best": mine, "asked": theirs}
                for level, mine, theirs in self.levels
            ],
            "changes": [
                {
                    "level": change.level,
                    "what": change.text,
                    "best": change.best,
                    "asked": change.asked,
                }
                for change in self.changes
            ],
            "constraints": list(self.constraints),
            "conflict": None if self.conflict is None else self.conflict.to_json(),
            "explanation": self.explanation,
        }


def _refuse(place: str, text: str) -> InputError:
    hint = "ask about a name, a version or a range: numpy, 'numpy==2.1', 'numpy<2'"
    return InputError.single(place, f"not PACKAGE or PACKAGE==VERSION: {text!r:.200}", hint=hint)


def find_asked(problem: Problem, text: str, *, place: str = "--why-not") -> Asked:
    """Return what a requirement (`lib`, `lib==1.0`, `lib[x]<2`) asks for of a problem.

    Raises InputError when it is none, or when the problem has no such package or release.
    """
    try:
        parsed = parse_requirement(text)
    except ValueError as exc:
        raise _refuse(place, text) from exc
    if parsed.marker is not None or parsed.url is not None or len(parsed.extras) > 1:
        raise _refuse(place, text)
    name = parsed.name if not parsed.extras else f"{parsed.name}[{parsed.extras[0]}]"
    spellings = {_folded(node): node for node in problem.packages}
    node = spellings.get(_folded(name))
    if node is None:
        raise InputError.single(
            place,
            f"the problem has no such package: {name!r}",
            hint="name one that some release requires",
        )
    versions = frozenset(
        version
        for version in problem.packages[node]
        if specifier_contains(parsed.specifier, version)
    )
    if not versions:
        every = Condition(node, frozenset(problem.packages[node]))
        raise InputError.single(
            place,
            f"the problem has no such release: {text!r}",
            hint=f"there are: {describe_condition(problem, every)}"
            if every.versions
            else "it has none of this package",
        )
    return Asked(text, node, versions)


def explain_why_not(
    problem: Problem,
    asked: Asked,
    *,
    best: Answer,
    budget_seconds: float | None = None,
    node_budget: int | None = None,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
    clock: Callable[[], float] = time.monotonic,
) -> WhyNot:
    """Return why the best stack (of `best`, an answer to the problem) lacks what is asked for."""
    start = clock()
    top = best.stacks[0] if best.stacks else None
    if top is not None and top.nodes.get(asked.node) in asked.versions:
        return WhyNot(asked, best, in_best=True, difference=0)
    demand = _demand(problem, asked)
    first, *rest = problem.levels
    fixed = replace(problem, levels=(replace(first, terms=(*first.terms, demand)), *rest))
    found = optimize(
        fixed, budget_seconds=budget_seconds, node_budget=node_budget, memory_bytes=memory_bytes
    )
    if found.status == "unsatisfiable":
        left = None if budget_seconds is None else max(start + budget_seconds - clock(), 0.0)
        conflict = explain_conflict(fixed, given=demand, budget_seconds=left)
        return WhyNot(asked, found, in_best=False, difference=None, conflict=conflict)
    if not found.stacks or top is None:
        return WhyNot(asked, found, in_best=False, difference=None)
    other = found.stacks[0]
    changes = sorted(
        compare_scores(problem, top.nodes, other.nodes), key=lambda change: change.difference
    )
    return WhyNot(
        asked,
        found,
        in_best=False,
        difference=top.score - other.score,
        levels=tuple(
            zip(found.level_names, top.scores, other.scores, strict=True),
        ),
        changes=tuple(changes),
        constraints=tuple(list_forced_changes(problem, top.nodes, other.nodes)),
    )


def _folded(name: str) -> str:
    base, bracket, extra = name.partition("[")
    return normalize_name(base) + (f"[{normalize_name(extra.rstrip(']'))}]" if bracket else "")


def _demand(problem: Problem, asked: Asked) -> Term:
    """Return the term that leaves only stacks with what is asked for; it requires nothing."""
    others = frozenset(problem.packages[asked.node]) - asked.versions
    lacking = Condition(asked.node, others, or_absent=True)
    return Term((lacking,), forbid=f"{asked.text} was asked for")
