"""A problem as clauses over numbered literals: what MaxSAT and CP-SAT are told."""

from __future__ import annotations


class Formula:
    """Clauses, points of literals, and which literals can hold each node up.

    A literal is a number, or its negation; `at[node, version]` is one.
    """

    def __init__(self, found):
        self.found = found
        self.count = 0
        self.clauses = []
        self.points = []
        self.supports = {node: [] for node in found.nodes}
        """Node to (literal that wants it, the nodes that must be reached first)."""
        self.at = {
            (node, version): self.literal()
            for node, versions in found.nodes.items()
            for version in versions
        }
        self.present = {}
        for node, versions in found.nodes.items():
            literals = [self.at[node, version] for version in versions]
            self.present[node] = self.any_of(literals)
            self.clauses += [
                [-one, -other] for i, one in enumerate(literals) for other in literals[:i]
            ]
        for demand in found.demands:
            self._add_demand(demand)
        for when in found.forbidden:
            self.clauses.append([-self.holds(condition) for condition in when])
        (scores,) = found.scores
        for when, points in scores:
            self.points.append((self.all_of([self.holds(each) for each in when]), points))

    def literal(self):
        self.count += 1
        return self.count

    def any_of(self, literals):
        one = self.literal()
        self.clauses += [[-each, one] for each in literals]
        self.clauses.append([-one, *literals])
        return one

    def all_of(self, literals):
        return -self.any_of([-each for each in literals])

    def holds(self, condition):
        if condition.versions is None:
            return -self.present[condition.node]
        return self.any_of(
            [self.at[condition.node, version] for version in sorted(condition.versions)]
        )

    def stack(self, true):
        """Return the stack of a set of true literals."""
        return {node: version for (node, version), one in self.at.items() if one in true}

    def _add_demand(self, demand):
        wanted = [self.holds(condition) for condition in demand.when]
        if demand.unless is not None:
            wanted.append(-self.all_of([self.holds(condition) for condition in demand.unless]))
        active = self.all_of(wanted)
        target = demand.target
        allowed = [self.at[target.node, version] for version in sorted(target.versions)]
        self.clauses.append([-active, *allowed])
        if target.node in self.supports:
            self.supports[target.node].append((active, demand.needs))
