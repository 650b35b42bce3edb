"""From the engine's chosen candidates back to a stack of releases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.model import Edge, Pin, Requirement, Stack
from advisor_core.releases import CoreMetadata
from advisor_core.resolver.encode import SHARED, Active, Encoding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from advisor_core.model import Skipped
    from advisor_core.resolver.request import ResolutionRequest
    from advisor_core.resolver.restrictions import Restrictions

__all__ = ["decode"]


def decode(
    encoding: Encoding,
    *,
    request: ResolutionRequest,
    restrictions: Restrictions,
    metadata: Mapping[tuple[str, int], CoreMetadata | Skipped],
    active_of: Callable[[str, int, int, str], list[Active]],
    engine_name: str,
) -> Stack:
    """Return the stack of a solved encoding, with who requires what in which environments."""
    chosen: dict[str, int] = {}
    extras: dict[str, set[str]] = {}
    present: dict[str, set[int]] = {}
    edges: dict[str, dict[tuple[str | None, Requirement], list[int]]] = {}

    def add_edge(parent: str | None, requirement: Requirement, environment: int) -> None:
        own = edges.setdefault(requirement.name, {}).setdefault((parent, requirement), [])
        if environment not in own:
            own.append(environment)

    spellings: dict[tuple[str | None, str], str] = {}
    for declared, environment in restrictions.roots:
        add_edge(None, declared.requirement, environment)
    for identity, preference in encoding.engine.solution():
        node = encoding.nodes[identity]
        candidates = encoding.candidates(identity)
        if node.environment == SHARED or node.tied or candidates is None:
            continue
        position = candidates.position(preference)
        chosen[node.name] = position
        present.setdefault(node.name, set()).add(node.environment)
        if node.extra is not None:
            extras.setdefault(node.name, set()).add(node.extra)
        known = metadata[node.name, position]
        for name, wanted, specifier, url, line in active_of(
            node.name, position, node.environment, node.extra or ""
        ):
            marker = _marker_of(known, line)
            spellings.setdefault((node.name, name), _spelling_of(known, line))
            add_edge(node.name, Requirement(name, wanted, specifier, marker, url), node.environment)
    names = [environment.name for environment in request.environments]
    pins = {}
    for name in sorted(chosen):
        releases = encoding.releases(name)
        known = metadata[name, chosen[name]]
        artifacts = tuple(
            artifact
            for artifact in releases.artifacts(chosen[name])
            if restrictions.admits(name, artifact)
        )
        yanked = [artifact.yanked for artifact in artifacts]
        pins[name] = Pin(
            name=name,
            version=releases.versions[chosen[name]],
            artifacts=artifacts,
            index=releases.index,
            extras=tuple(sorted(extras.get(name, ()))),
            requires_python=known.requires_python if isinstance(known, CoreMetadata) else None,
            required_by=tuple(
                Edge(
                    parent,
                    requirement,
                    tuple(names[index] for index in sorted(where)),
                    spellings.get((parent, name), ""),
                )
                for (parent, requirement), where in edges.get(name, {}).items()
            ),
            environments=tuple(names[index] for index in sorted(present[name])),
            yanked=yanked[0] if yanked and all(reason is not None for reason in yanked) else None,
        )
    return Stack(pins, engine=engine_name)


def _marker_of(known: CoreMetadata | Skipped, line: int) -> str | None:
    if not isinstance(known, CoreMetadata):
        return None
    _requirement, _semicolon, marker = known.requires_dist[line].partition(";")
    return marker.strip() or None


def _spelling_of(known: CoreMetadata | Skipped, line: int) -> str:
    """Return a requirement's name as its metadata spells it, which pipenv locks."""
    if not isinstance(known, CoreMetadata):
        return ""
    found = re.match(r"\s*([A-Za-z0-9._-]+)", known.requires_dist[line])
    return found.group(1) if found else ""
