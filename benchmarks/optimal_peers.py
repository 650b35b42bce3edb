"""The peers of `optimal.py`: toulbar2, CP-SAT and clingo on the instance reduced to version classes.

`reduce_instance` does in Python what the engine's first step does: releases that nothing in the
problem tells apart but their score are one value. Every peer gets this same instance, in a process
of its own; what it took to import and build is not counted.
"""

from __future__ import annotations

import math
import signal
import time
from dataclasses import dataclass, field
from typing import Any

from packaging.requirements import Requirement

Packages = dict[str, dict[str, dict[str, Any]]]
Accepted = dict[str, tuple[str, set[str]]]
"""Requirement text to its node and the versions it accepts."""
Cells = dict[tuple[int, int], int | None]
Run = tuple[int | None, int | None, float, int]


@dataclass
class Reduced:
    """A cost function problem: variables with values, unary scores, tables, supporters."""

    names: list[str]
    values: list[list[str | None]]
    """Of each variable: the best release of each class; last None where it may be absent."""
    scores: list[list[int]]
    tables: dict[tuple[int, int], Cells] = field(default_factory=dict)
    """(x, y), x < y: (value of x, value of y) to points; None forbids."""
    supporters: dict[int, dict[int, set[int]]] = field(default_factory=dict)
    """Variable that may be absent: requirer to the values that require it."""


def reduce_instance(document: dict[str, Any]) -> Reduced:
    """Return the instance with version classes. Only what `make_instance` writes is understood."""
    packages = document["packages"]
    accepted = _accepted(packages)
    live, required = _filter(document, accepted)
    features: dict[str, list[set[str]]] = {name: [] for name in live}
    for name, versions in live.items():
        for version in versions:
            for text in packages[name][version]["requires"]:
                target, matching = accepted[text]
                features[target].append(matching)
    for pair in document["pairs"]:
        for side in "ab":
            if pair[side] in features:
                features[pair[side]].append(set(pair[f"{side}_versions"]))
    names = sorted(live)
    index = {name: position for position, name in enumerate(names)}
    unary = document["unary"]
    values: list[list[str | None]] = []
    for name in names:
        distinct = list({frozenset(feature & live[name]) for feature in features[name]})
        best: dict[tuple, str] = {}
        for version in sorted(live[name]):
            key = (
                tuple(sorted(packages[name][version]["requires"])),
                tuple(version in feature for feature in distinct),
            )
            points = unary.get(name, {}).get(version, 0)
            if key not in best or points > unary.get(name, {}).get(best[key], 0):
                best[key] = version
        values.append([*best.values(), *([] if name in required else [None])])
    reduced = Reduced(
        names,
        values,
        [
            [
                unary.get(name, {}).get(version, 0) if version else 0
                for version in values[index[name]]
            ]
            for name in names
        ],
    )
    _add_tables(reduced, document, accepted, index)
    return reduced


def _accepted(packages: Packages) -> Accepted:
    texts = {
        text
        for releases in packages.values()
        for each in releases.values()
        for text in each["requires"]
    }
    accepted = {}
    for text in texts:
        requirement = Requirement(text)
        extra = f"{requirement.name}[{','.join(requirement.extras)}]"
        name = extra if extra in packages else requirement.name
        matching = {
            version
            for version in packages.get(name, {})
            if requirement.specifier.contains(version, prereleases=True)
        }
        accepted[text] = (name, matching)
    return accepted


def _filter(document: dict[str, Any], accepted: Accepted) -> tuple[dict[str, set[str]], set[str]]:
    """Return the releases that can be in a stack, by name, and the names that must be."""
    packages = document["packages"]
    live = {name: set(releases) for name, releases in packages.items()}
    required = set(document["roots"])
    while _drop_unmet(packages, accepted, live) | _require_common(
        packages, accepted, live, required
    ):
        pass
    reached, queue = set(document["roots"]), list(document["roots"])
    for name in queue:
        new = _targets(packages, accepted, name, live[name]).keys() - reached
        reached |= new
        queue += sorted(new)
    return {name: live[name] for name in reached}, required


def _targets(
    packages: Packages, accepted: Accepted, name: str, versions: set[str]
) -> dict[str, list[set[str]]]:
    """Return what the versions require: target to what each version that requires it accepts."""
    targets: dict[str, list[set[str]]] = {}
    for version in versions:
        for text in packages[name][version]["requires"]:
            target, matching = accepted[text]
            targets.setdefault(target, []).append(matching)
    return targets


def _drop_unmet(packages: Packages, accepted: Accepted, live: dict[str, set[str]]) -> bool:
    """Drop releases with a requirement that nothing meets; return whether any went."""
    unmet = {
        text
        for text, (target, matching) in accepted.items()
        if not matching & live.get(target, set())
    }
    changed = False
    for name, versions in list(live.items()):
        gone = {v for v in versions if not unmet.isdisjoint(packages[name][v]["requires"])}
        live[name] = versions - gone
        changed |= bool(gone)
    return changed


def _require_common(
    packages: Packages, accepted: Accepted, live: dict[str, set[str]], required: set[str]
) -> bool:
    """Require what every release of a required package does; return whether that changed anything."""
    changed = False
    for name in sorted(required):
        for target, accepts in _targets(packages, accepted, name, live[name]).items():
            if len(accepts) < len(live[name]):
                continue
            gone = live[target] - set().union(*accepts)
            changed |= target not in required or bool(gone)
            required.add(target)
            live[target] -= gone
    return changed


def _table(reduced: Reduced, x: int, y: int) -> Cells:
    return reduced.tables.setdefault((min(x, y), max(x, y)), {})


def _cell(x: int, a: int, y: int, b: int) -> tuple[int, int]:
    return (a, b) if x < y else (b, a)


def _add_tables(
    reduced: Reduced, document: dict[str, Any], accepted: Accepted, index: dict[str, int]
) -> None:
    for x, name in enumerate(reduced.names):
        for a, version in enumerate(reduced.values[x]):
            if version is not None:
                for text in document["packages"][name][version]["requires"]:
                    target, matching = accepted[text]
                    _require(reduced, x, a, index[target], matching)
    for pair in document["pairs"]:
        if pair["a"] in index and pair["b"] in index:
            _add_pair(reduced, index[pair["a"]], index[pair["b"]], pair)


def _require(reduced: Reduced, x: int, a: int, y: int, matching: set[str]) -> None:
    if y == x:
        return
    for b, other in enumerate(reduced.values[y]):
        if other not in matching:
            _table(reduced, x, y)[_cell(x, a, y, b)] = None
    if None in reduced.values[y]:
        reduced.supporters.setdefault(y, {}).setdefault(x, set()).add(a)


def _add_pair(reduced: Reduced, x: int, y: int, pair: dict[str, Any]) -> None:
    table = _table(reduced, x, y)
    rows = [a for a, version in enumerate(reduced.values[x]) if version in pair["a_versions"]]
    columns = [b for b, version in enumerate(reduced.values[y]) if version in pair["b_versions"]]
    for a in rows:
        for b in columns:
            points = table.get(_cell(x, a, y, b), 0)
            if points is not None:
                table[_cell(x, a, y, b)] = points + pair["score"]


def _hidden_values(reduced: Reduced, y: int) -> list[tuple[int, set[int]]]:
    """Return the supporters of a variable in order; the support value after them means absent."""
    return sorted(reduced.supporters.get(y, {}).items())


def run_toulbar2(reduced: Reduced, budget: float) -> Run:
    """Return (score, bound, CPU seconds, nodes) of toulbar2 with VAC at the root, as in the facts."""
    import pytoulbar2  # noqa: PLC0415 - may be missing

    top = 10**8
    network = pytoulbar2.CFN(top, vac=1)
    network.Option.showSolutions = 0
    network.Option.verbose = -1
    network.Option.hbfs = 1
    offset = 0
    for x in range(len(reduced.names)):
        network.AddVariable(f"v{x}", [f"d{a}" for a in range(len(reduced.values[x]))])
        most = max(reduced.scores[x])
        offset += most
        network.AddFunction([f"v{x}"], [most - score for score in reduced.scores[x]])
    for (x, y), cells in reduced.tables.items():
        most = max([0, *(score for score in cells.values() if score is not None)])
        offset += most
        costs = []
        for a in range(len(reduced.values[x])):
            for b in range(len(reduced.values[y])):
                score = cells.get((a, b), 0)
                costs.append(top if score is None else most - score)
        network.AddFunction([f"v{x}", f"v{y}"], costs)
    for y, values in enumerate(reduced.values):
        if values[-1] is not None:
            continue
        supporters = _hidden_values(reduced, y)
        network.AddVariable(f"h{y}", [f"s{k}" for k in range(len(supporters) + 1)])
        absent = len(values) - 1
        network.AddFunction(
            [f"h{y}", f"v{y}"],
            [
                0 if (k == len(supporters)) == (b == absent) else top
                for k in range(len(supporters) + 1)
                for b in range(len(values))
            ],
        )
        for k, (x, requiring) in enumerate(supporters):
            network.AddFunction(
                [f"h{y}", f"v{x}"],
                [
                    0 if kk != k or a in requiring else top
                    for kk in range(len(supporters) + 1)
                    for a in range(len(reduced.values[x]))
                ],
            )
    limit = max(1, round(budget))
    start = time.process_time()
    answer = network.Solve(timeLimit=limit)
    seconds = time.process_time() - start
    # The limit is a timer of this process's CPU seconds. Nothing in the answer tells a proof from a run
    # that was cut, but a timer that still runs does.
    proved = answer is not None and signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 0
    score = None if answer is None else offset - round(answer[1])
    bound = score if proved else offset - math.ceil(network.GetDDualBound())
    return score, bound, seconds, network.GetNbNodes()


def run_cpsat(reduced: Reduced, budget: float) -> Run:
    """Return (score, bound, CPU seconds, branches) of CP-SAT with one worker."""
    from ortools.sat.python import cp_model  # noqa: PLC0415 - may be missing

    model = cp_model.CpModel()
    at = [
        [model.new_bool_var(f"{x}.{a}") for a in range(len(v))]
        for x, v in enumerate(reduced.values)
    ]
    for literals in at:
        model.add_exactly_one(literals)
    terms = []
    for x, scores in enumerate(reduced.scores):
        terms += [(score, at[x][a]) for a, score in enumerate(scores) if score]
    for (x, y), cells in reduced.tables.items():
        for (a, b), score in cells.items():
            if score is None:
                model.add_bool_or([at[x][a].negated(), at[y][b].negated()])
            elif score:
                both = model.new_bool_var(f"{x}.{a}.{y}.{b}")
                model.add_bool_or([at[x][a].negated(), at[y][b].negated(), both])
                model.add_implication(both, at[x][a])
                model.add_implication(both, at[y][b])
                terms.append((score, both))
    for y, values in enumerate(reduced.values):
        if values[-1] is None:
            model.add_bool_or(
                at[y][-1], *(at[x][a] for x, r in reduced.supporters.get(y, {}).items() for a in r)
            )
    model.maximize(sum(score * literal for score, literal in terms))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = budget
    start = time.process_time()
    status = solver.solve(model)
    seconds = time.process_time() - start
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, None, seconds, solver.num_branches
    return (
        round(solver.objective_value),
        round(solver.best_objective_bound),
        seconds,
        solver.num_branches,
    )


def run_clingo(reduced: Reduced, budget: float) -> Run:
    """Return (score, bound, CPU seconds, choices) of clingo with core-guided optimisation."""
    import clingo  # noqa: PLC0415 - may be missing

    lines = []
    for x, values in enumerate(reduced.values):
        lines.append("1{" + ";".join(f"at({x},{a})" for a in range(len(values))) + "}1.")
        lines += [
            f"#maximize{{{score},u,{x}:at({x},{a})}}."
            for a, score in enumerate(reduced.scores[x])
            if score
        ]
    for (x, y), cells in reduced.tables.items():
        for (a, b), score in cells.items():
            if score is None:
                lines.append(f":-at({x},{a}),at({y},{b}).")
            elif score:
                lines.append(f"#maximize{{{score},p,{x},{y}:at({x},{a}),at({y},{b})}}.")
    for y, values in enumerate(reduced.values):
        if values[-1] is None:
            support = ";".join(
                f"at({x},{a})" for x, r in reduced.supporters.get(y, {}).items() for a in r
            )
            lines.append(f":-not at({y},{len(values) - 1}),{{{support}}}0." if support else "")
    control = clingo.Control(["--opt-strategy=usc", "--warn=none"])
    control.add("base", [], "\n".join(lines))
    control.ground([("base", [])])
    start = time.process_time()
    score, proved = None, False
    with control.solve(yield_=True, async_=True) as handle:
        while True:
            handle.resume()
            if not handle.wait(max(0.0, budget - (time.process_time() - start))):
                handle.cancel()
                break
            model = handle.model()
            if model is None:
                proved = bool(handle.get().exhausted)
                break
            score = -model.cost[0]
    seconds = time.process_time() - start
    choices = int(control.statistics["solving"]["solvers"]["choices"])
    return score, score if proved else None, seconds, choices


PEERS = {"toulbar2": run_toulbar2, "cp-sat": run_cpsat, "clingo": run_clingo}
