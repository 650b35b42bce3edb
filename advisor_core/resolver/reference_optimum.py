"""The engine's twin in Python: the same answers, slowly, for when no compiler was there.

Depth-first branch and bound over nodes in the order the roots reach them. The bound is what is
chosen so far, plus the best release of every open node, plus every positive pair and term that can
still hold. Performs no I/O.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from advisor_core.resolver.judge import all_hold, find_fault, score_stack
from advisor_core.standards import specifier_contains
from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor_core.resolver.problem import Condition, Problem

__all__ = ["ReferenceAnswer", "find_best_stacks"]


@dataclass(slots=True)
class ReferenceAnswer:
    """What the twin found."""

    complete: bool = False
    """Every stack was looked at or ruled out by the bound."""
    stacks: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """(weighted score, stack), best first; at most `count`, different in what is visible."""
    bound: int = 0
    """No stack has a higher weighted score."""
    nodes: int = 0


def find_best_stacks(
    problem: Problem,
    weights: Sequence[int],
    *,
    count: int,
    should_stop: Callable[[int], bool],
    all_visible: bool = False,
) -> ReferenceAnswer:
    """Return the `count` best stacks, or the best found when `should_stop(nodes)` says so.

    With `all_visible`, stacks that differ only in what is not reported are different stacks.
    """
    return _Search(problem, weights, count, should_stop, all_visible=all_visible).run()


class _Search:
    def __init__(
        self,
        problem: Problem,
        weights: Sequence[int],
        count: int,
        should_stop: Callable[[int], bool],
        *,
        all_visible: bool,
    ) -> None:
        self.problem = problem
        self.weights = weights
        self.count = count
        self.should_stop = should_stop
        self.all_visible = all_visible
        self.answer = ReferenceAnswer()
        self.order = self._reachable()
        self.points: dict[str, dict[str, int]] = {
            node: {
                version: sum(
                    weight * level.unary.get(node, {}).get(version, 0)
                    for weight, level in zip(weights, problem.levels, strict=True)
                )
                for version in problem.packages[node]
            }
            for node in self.order
        }
        self.extra = sum(
            max(0, weight * score)
            for weight, level in zip(weights, problem.levels, strict=True)
            for score in (
                *(pair.score for pair in level.pairs),
                *(term.score or 0 for term in level.terms),
            )
        )
        """All positive pairs and terms together."""
        best = [
            max(0, *self.points[node].values()) if self.points[node] else 0 for node in self.order
        ]
        self.rest = [sum(best[index:]) for index in range(len(best) + 1)]
        """The best releases of the nodes from an index on."""
        self.kept: dict[tuple[tuple[str, str], ...], tuple[int, dict[str, str]]] = {}
        """Visible stack to its best score and stack, for the `count` best."""
        self.stopped = False
        self.forbidden = self._forbidden()

    def _forbidden(self) -> list[list[tuple[Condition, ...]]]:
        """Return, for each node of the order, the forbidden combinations it is the last node of."""
        places = {node: index for index, node in enumerate(self.order)}
        found: list[list[tuple[Condition, ...]]] = [[] for _ in self.order]
        for term in self.problem.terms:
            if term.forbid is not None and self.order:
                last = max((places.get(each.node, 0) for each in term.when), default=0)
                found[last].append(term.when)
        return found

    def _reachable(self) -> list[str]:
        """Return every node that some requirement can reach, in breadth-first order."""
        queue = [target for root in self.problem.roots for target in root.targets]
        queue += [
            target
            for term in self.problem.terms
            for requirement in term.requires or ()
            for target in requirement.targets
        ]
        seen: dict[str, None] = {}
        for node in queue:
            if node in seen or node not in self.problem.packages:
                continue
            seen[node] = None
            queue.extend(
                target
                for release in self.problem.packages[node].values()
                for requirement in release.requires
                for target in requirement.targets
            )
        return list(seen)

    def run(self) -> ReferenceAnswer:
        self.answer.bound = self.extra + self.rest[0]
        self.descend({}, 0)
        self.answer.complete = not self.stopped
        self.answer.stacks = sorted(self.kept.values(), key=lambda entry: -entry[0])
        if self.answer.complete and self.answer.stacks:
            self.answer.bound = self.answer.stacks[0][0]
        return self.answer

    def threshold(self) -> int | None:
        """Return the score that a further stack has to beat, or None."""
        if len(self.kept) < self.count:
            return None
        return heapq.nsmallest(1, (score for score, _ in self.kept.values()))[0]

    def descend(self, stack: dict[str, str], chosen: int) -> None:
        """Try every value of the next node; `chosen` is the points of the releases in `stack`."""
        # A stack of frames, not recursion: problems may have thousands of nodes.
        frames = [(0, iter(self.values(0)), chosen)]
        while frames and not self.stopped:
            index, values, before = frames[-1]
            version = next(values, "")
            if version == "":
                frames.pop()
                if index > 0:
                    stack.pop(self.order[index - 1], None)
                continue
            self.answer.nodes += 1
            self.stopped = self.should_stop(self.answer.nodes)
            if index == len(self.order):
                self.consider(stack)
                continue
            node = self.order[index]
            after = before
            if version is not None:
                if not self.fits(stack, node, version):
                    continue
                stack[node] = version
                after += self.points[node][version]
            if any(all_hold(when, stack) for when in self.forbidden[index]):
                stack.pop(node, None)
                continue
            threshold = self.threshold()
            if threshold is not None and after + self.rest[index + 1] + self.extra <= threshold:
                stack.pop(node, None)
                continue
            frames.append((index + 1, iter(self.values(index + 1)), after))

    def values(self, index: int) -> list[str | None]:
        """Return what the node at `index` can be, most points first; [None] past the last node."""
        if index == len(self.order):
            return [None]
        points = self.points[self.order[index]]
        return [*sorted(points, key=lambda version: -points[version]), None]

    def fits(self, stack: dict[str, str], node: str, version: str) -> bool:
        """Return whether no unconditional requirement between chosen releases is broken."""
        chosen = stack | {node: version}
        for other, other_version in chosen.items():
            for requirement in self.problem.packages[other][other_version].requires:
                if requirement.unless is not None:
                    continue
                for target in requirement.targets:
                    at = chosen.get(target)
                    if at is not None and not specifier_contains(requirement.specifier, at):
                        return False
        return True

    def consider(self, stack: dict[str, str]) -> None:
        if find_fault(self.problem, stack) is not None:
            return
        scores = score_stack(self.problem, stack)
        score = sum(w * points for w, points in zip(self.weights, scores, strict=True))
        key = tuple(
            (node, version)
            for node, version in sorted(stack.items())
            if self.all_visible or self.problem.is_distinct(node, version)
        )
        if key in self.kept and self.kept[key][0] >= score:
            return
        self.kept[key] = (score, dict(stack))
        if len(self.kept) > self.count:
            del self.kept[min(self.kept, key=lambda kept: self.kept[kept][0])]
