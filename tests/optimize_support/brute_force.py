"""The definition of an optimal stack, word by word, over every assignment: the oracle of the tests.

It reads the JSON document itself and uses `packaging` for specifiers, so it shares no code with the
reader, the encoder, the engine or the judge. Exponential: for a handful of nodes.
"""

from __future__ import annotations

from itertools import product

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet


def all_stacks(document):
    """Yield every valid stack (node to version, extras nodes included)."""
    packages = document["packages"]
    nodes = list(packages)
    for choice in product(*([None, *packages[node]] for node in nodes)):
        stack = {node: version for node, version in zip(nodes, choice, strict=True) if version}
        if is_valid(document, stack):
            yield stack


def scores(document, stack):
    """Return the points of a stack, one number for each level."""
    levels = document.get("levels", [document])
    return tuple(level_score(level, stack) for level in levels)


def level_score(level, stack):
    points = 0
    for package, version in stack.items():
        points += level.get("unary", {}).get(package, {}).get(version, 0)
    for pair in level.get("pairs", []):
        if (
            stack.get(pair["a"]) in pair["a_versions"]
            and stack.get(pair["b"]) in pair["b_versions"]
        ):
            points += pair["score"]
    for term in level.get("terms", []):
        if "score" in term and all(holds(condition, stack) for condition in term["when"]):
            points += term["score"]
    return points


def visible(document, stack):
    """Return what is reported of a stack."""
    return {
        node: version
        for node, version in stack.items()
        if "[" not in node and not document["packages"][node][version].get("virtual", False)
    }


def holds(condition, stack):
    if condition.get("absent"):
        return condition["package"] not in stack
    return stack.get(condition["package"]) in condition["versions"]


def active(requirements, stack):
    """Yield the requirement strings that are not switched off."""
    for requirement in requirements:
        if isinstance(requirement, str):
            yield requirement
        elif "unless" not in requirement or not all(
            holds(condition, stack) for condition in requirement["unless"]
        ):
            yield requirement["requirement"]


def targets(document, text):
    """Return what a requirement string asks for: (nodes, specifier)."""
    requirement = Requirement(text)
    nodes = [f"{requirement.name}[{extra}]" for extra in requirement.extras]
    listed = [node for node in nodes if node in document["packages"]]
    return [*listed, requirement.name], SpecifierSet(str(requirement.specifier))


def is_met(document, text, stack):
    nodes, specifier = targets(document, text)
    return all(
        node in stack and specifier.contains(stack[node], prereleases=True) for node in nodes
    )


def is_valid(document, stack):
    terms = [
        term
        for level in document.get("levels", [document])
        for term in level.get("terms", [])
        if all(holds(condition, stack) for condition in term["when"])
    ]
    if any("forbid" in term for term in terms):
        return False
    present = set()
    before = None
    while before != present:
        before = set(present)
        demanded = list(active(document["roots"], stack))
        for node in before:
            demanded += active(document["packages"][node][stack[node]].get("requires", []), stack)
        for term in terms:
            needs = {c["package"] for c in term["when"] if not c.get("absent")}
            if "requires" in term and needs <= before:
                demanded += active(term["requires"], stack)
        for text in demanded:
            if not is_met(document, text, stack):
                return False
            present |= {node for node in targets(document, text)[0] if node in stack}
    return present == set(stack)
