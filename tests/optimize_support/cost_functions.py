"""The best score by toulbar2, a solver of cost function networks; for scores of releases and of pairs."""

from __future__ import annotations

import pytoulbar2

TOP = 10**8


class _Network:
    def __init__(self, found):
        self.nodes = {node: [*versions, None] for node, versions in found.nodes.items()}
        self.solver = pytoulbar2.CFN(TOP, vac=1)
        self.solver.Option.showSolutions = 0
        self.solver.Option.verbose = -1
        self.offset = 0
        for node, values in self.nodes.items():
            self.solver.AddVariable(node, [f"v{index}" for index in range(len(values))])

    def add_points(self, nodes, points):
        """Have each combination of the nodes' values cost what it lacks to the best of them."""
        most = max(points)
        self.offset += most
        self.solver.AddFunction(list(nodes), [most - each for each in points])

    def forbid(self, nodes, allowed):
        self.solver.AddFunction(list(nodes), [0 if each else TOP for each in allowed])


def best_score(found):
    """Return the score of the best stack, or None when there is none.

    Understands requirements and scores of one release or two; nothing may require itself in a circle.
    """
    network = _Network(found)
    (scores,) = found.scores
    tables = {}
    for when, points in scores:
        nodes = tuple(condition.node for condition in when)
        tables.setdefault(tuple(sorted(nodes)), []).append((when, points))
    for nodes, entries in tables.items():
        network.add_points(nodes, _sum_tables(network, nodes, entries))
    supports = {node: [] for node in found.nodes}
    for demand in found.demands:
        values = network.nodes[demand.target.node]
        allowed = [value in demand.target.versions for value in values]
        supports[demand.target.node].append(demand.when)
        if not demand.when:
            network.forbid([demand.target.node], allowed)
            continue
        (source,) = demand.when
        network.forbid(
            [source.node, demand.target.node],
            [
                other not in source.versions or met
                for other in network.nodes[source.node]
                for met in allowed
            ],
        )
    for node, wanting in supports.items():
        if () not in wanting:
            _add_support(network, node, [when[0] for when in wanting])
    answer = network.solver.Solve()
    return None if answer is None else network.offset - round(answer[1])


def _sum_tables(network, nodes, entries):
    """Return the points of all combinations of values, those of the last node changing fastest."""
    rows = [()]
    for node in nodes:
        rows = [(*row, value) for row in rows for value in network.nodes[node]]
    return [
        sum(
            points
            for when, points in entries
            if all(row[nodes.index(each.node)] in each.versions for each in when)
        )
        for row in rows
    ]


def _add_support(network, node, wanting):
    """Add a variable whose value is what wants the node; its last value: the node is absent."""
    hidden = f"{node} is wanted"
    count = len(wanting) + 1
    network.solver.AddVariable(hidden, [f"w{index}" for index in range(count)])
    network.forbid(
        [hidden, node],
        [
            (index == len(wanting)) == (value is None)
            for index in range(count)
            for value in network.nodes[node]
        ],
    )
    for at, source in enumerate(wanting):
        network.forbid(
            [hidden, source.node],
            [
                index != at or value in source.versions
                for index in range(count)
                for value in network.nodes[source.node]
            ],
        )
