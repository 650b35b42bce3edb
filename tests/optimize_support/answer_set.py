"""The best stack by answer set programming (clingo): presence is a least fixed point there, by definition."""

from __future__ import annotations

import clingo


class _Program:
    def __init__(self, found):
        self.found = found
        self.lines = []
        self.conditions = {}
        self.nodes = {node: number for number, node in enumerate(found.nodes)}

    def at(self, node, version):
        return f"at({self.nodes[node]},{self.found.nodes[node].index(version)})"

    def holds(self, condition):
        """Return the atom of a condition."""
        if condition not in self.conditions:
            atom = self.conditions[condition] = f"holds({len(self.conditions)})"
            if condition.versions is None:
                self.lines.append(f"{atom} :- not in({self.nodes[condition.node]}).")
            for version in condition.versions or ():
                self.lines.append(f"{atom} :- {self.at(condition.node, version)}.")
            self.lines.append(f"#external {atom} : #false.")  # it may have no rule
        return self.conditions[condition]

    def body(self, conditions):
        return "".join(f", {self.holds(condition)}" for condition in conditions)

    def add_demand(self, number, demand):
        reached = "".join(f", reached({self.nodes[node]})" for node in sorted(demand.needs))
        self.lines.append(
            f"active({number}) :- #true{reached}{self.body(demand.when)}, not off({number})."
        )
        if demand.unless is not None:
            self.lines.append(f"off({number}) :- #true{self.body(demand.unless)}.")
        if demand.target.node in self.nodes:
            target = self.nodes[demand.target.node]
            self.lines.append(f"reached({target}) :- active({number}), in({target}).")
        met = f", not {self.holds(demand.target)}" if demand.target.versions else ""
        self.lines.append(f":- active({number}){met}.")

    def text(self):
        self.lines += ["in(N) :- at(N,_).", ":- in(N), not reached(N).", "#defined off/1."]
        for node, versions in self.found.nodes.items():
            choices = ";".join(self.at(node, version) for version in versions)
            self.lines.append(f"{{{choices}}} 1.")
        for number, demand in enumerate(self.found.demands):
            self.add_demand(number, demand)
        self.lines += [f":- #true{self.body(when)}." for when in self.found.forbidden]
        for level, scores in enumerate(self.found.scores):
            priority = len(self.found.scores) - level
            for number, (when, points) in enumerate(scores):
                self.lines.append(f"earned({level},{number}) :- #true{self.body(when)}.")
                atom = f"earned({level},{number})"
                self.lines.append(f"#maximize{{{points}@{priority},{level},{number} : {atom}}}.")
        return "\n".join(self.lines)


def best_stack(found):
    """Return the best stack, or None when there is none."""
    program = _Program(found)
    control = clingo.Control(["--opt-strategy=usc", "--warn=none"])
    control.add("base", [], program.text())
    control.ground([("base", [])])
    best = None
    with control.solve(yield_=True) as handle:
        for model in handle:
            best = [symbol for symbol in model.symbols(atoms=True) if symbol.name == "at"]
    if best is None:
        return None
    nodes = list(found.nodes)
    stack = {}
    for symbol in best:
        node, version = (argument.number for argument in symbol.arguments)
        stack[nodes[node]] = found.nodes[nodes[node]][version]
    return stack
