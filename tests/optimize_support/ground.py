"""A document word by word as sets of releases: what solvers of other kinds are told.

It reads the JSON document itself, as `brute_force` does, and shares no code with the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from optimize_support.brute_force import targets


@dataclass(frozen=True)
class Condition:
    """The node is at one of the versions; None: the node is absent."""

    node: str
    versions: frozenset[str] | None


@dataclass(frozen=True)
class Demand:
    """Once `needs` are reached and `when` holds, and not all of `unless`: the target is wanted."""

    needs: frozenset[str]
    when: tuple[Condition, ...]
    unless: tuple[Condition, ...] | None
    target: Condition


@dataclass
class Ground:
    nodes: dict[str, list[str]]
    demands: list[Demand] = field(default_factory=list)
    forbidden: list[tuple[Condition, ...]] = field(default_factory=list)
    scores: list[list[tuple[tuple[Condition, ...], int]]] = field(default_factory=list)
    """For each level: what must hold, and the points it earns."""


def ground(document):
    """Return the document as sets of releases."""
    found = Ground({node: list(releases) for node, releases in document["packages"].items()})
    _add_demands(document, found, (), document["roots"])
    for node, releases in document["packages"].items():
        for version, release in releases.items():
            when = (Condition(node, frozenset([version])),)
            _add_demands(document, found, when, release.get("requires", []))
    for level in document.get("levels", [document]):
        found.scores.append(list(_scores(found, level)))
        for term in level.get("terms", []):
            when = _conditions(found, term["when"])
            if "forbid" in term:
                found.forbidden.append(when)
            elif "requires" in term:
                _add_demands(document, found, when, term["requires"])
    return found


def _conditions(found, conditions):
    return tuple(
        Condition(
            condition["package"],
            None
            if condition.get("absent")
            else frozenset(condition["versions"]) & set(found.nodes[condition["package"]]),
        )
        for condition in conditions
    )


def _add_demands(document, found, when, requirements):
    needs = frozenset(condition.node for condition in when if condition.versions is not None)
    for requirement in requirements:
        text, unless = requirement, None
        if not isinstance(requirement, str):
            text = requirement["requirement"]
            unless = _conditions(found, requirement["unless"])
        nodes, specifier = targets(document, text)
        for node in nodes:
            allowed = _allowed(found.nodes.get(node, ()), specifier)
            found.demands.append(Demand(needs, when, unless, Condition(node, allowed)))


def _allowed(versions, specifier):
    return frozenset(each for each in versions if specifier.contains(each, prereleases=True))


def _scores(found, level):
    for node, points in level.get("unary", {}).items():
        for version, score in points.items():
            yield (Condition(node, frozenset([version])),), score
    for pair in level.get("pairs", []):
        one = Condition(pair["a"], frozenset(pair["a_versions"]))
        yield (one, Condition(pair["b"], frozenset(pair["b_versions"]))), pair["score"]
    for term in level.get("terms", []):
        if "score" in term:
            yield _conditions(found, term["when"]), term["score"]
