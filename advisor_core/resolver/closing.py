"""From versions per package to an assignment of a problem's nodes, as a lockfile or a person names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.resolver.judge import find_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from advisor_core.resolver.problem import ConditionalRequirement, Problem

__all__ = ["close_stack"]


def close_stack(
    problem: Problem, versions: Mapping[str, str], *, package_of: Callable[[str], str]
) -> tuple[dict[str, str], str | None]:
    """Return every node that the roots reach with these versions, and why that is no valid stack.

    Versions of packages that nothing reaches are left out. `package_of` gives the package of a node.
    """
    nodes: dict[str, str] = {}
    queue: list[ConditionalRequirement] = list(problem.roots)
    for requirement in queue:  # grows while it is gone through
        if requirement.unless is not None and all(
            versions.get(package_of(condition.node)) is None
            if condition.versions is None
            else versions.get(package_of(condition.node)) in condition.versions
            for condition in requirement.unless
        ):
            continue
        for node in requirement.targets:
            releases = problem.packages.get(node)
            if node in nodes or releases is None:  # no index has it: `find_fault` says so
                continue
            version = versions.get(package_of(node))
            release = None if version is None else releases.get(version)
            if version is not None and release is not None:
                nodes[node] = version
                queue.extend(release.requires)
    for term in problem.terms:
        if term.requires is not None:
            # Few problems have such terms: what they require is reached in a second pass.
            return _with_terms(problem, versions, nodes, package_of=package_of)
    return nodes, find_fault(problem, nodes)


def _with_terms(
    problem: Problem,
    versions: Mapping[str, str],
    nodes: dict[str, str],
    *,
    package_of: Callable[[str], str],
) -> tuple[dict[str, str], str | None]:
    queue: list[ConditionalRequirement] = []
    for term in problem.terms:
        if all(
            nodes.get(condition.node) is None
            if condition.versions is None
            else nodes.get(condition.node) in condition.versions
            for condition in term.when
        ):
            queue.extend(term.requires or ())
    for requirement in queue:  # grows while it is gone through
        for node in requirement.targets:
            releases = problem.packages.get(node)
            if node in nodes or releases is None:  # no index has it: `find_fault` says so
                continue
            version = versions.get(package_of(node))
            release = None if version is None else releases.get(version)
            if version is not None and release is not None:
                nodes[node] = version
                queue.extend(release.requires)
    return nodes, find_fault(problem, nodes)
