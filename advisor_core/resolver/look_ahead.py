"""What a resolution is likely to ask for next, so that it can be fetched before it is asked for.

Two guesses. For every package that is required but not decided, the release that the search would take
now. And when the search goes down through the releases of one package, the releases that come after:
asked for one by one, each costs a round trip, and a hundred releases are not rare. Neither changes an
answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.model import Skipped
from advisor_core.resolver.encode import SHARED
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.resolver.candidates import Candidates
    from advisor_core.resolver.encode import Encoding, Node
    from advisor_core.resolver.needs import MetadataNeed, Needs
    from advisor_core.resolver.session import Session

__all__ = ["list_likely"]

_DESCENT = 5
"""Releases of one package that were looked at before more are asked for at once. Then as many again as
were looked at: at most twice what the search would have asked for."""

_MAX_AHEAD = 50
"""Releases of one package asked for ahead."""


_NEW = ("", -1)
"""Stands for a release that was not foreseen yet."""


def list_likely(
    session: Session, encoding: Encoding, needs: Needs, likely: Iterable[tuple[int, int]]
) -> Needs:
    """Return the needs with what is likely next, each thing once per encoding.

    `likely` are nodes with their candidates.
    """
    projects: dict[str, None] = {}
    metadata: dict[tuple[str, int], MetadataNeed] = {}
    foreseen = encoding.foreseen
    for likely_one in likely:
        release = foreseen.get(likely_one, _NEW)
        # Once is enough: who fetches ahead remembers what it was told.
        if release is None or (release is not _NEW and release not in session.metadata):
            continue
        identity, preference = likely_one
        node = encoding.nodes[identity]
        candidates = encoding.candidates(identity)
        if node.environment == SHARED or node.tied or candidates is None:
            continue
        position = candidates.position(preference)
        if candidates.misfit(position) is not None:
            foreseen[likely_one] = None
            continue
        known = session.metadata.get((node.name, position))
        foreseen[likely_one] = None if known is not None else (node.name, position)
        if known is None:
            need = session.metadata_need(candidates.releases, position, node.environment)
            if need is not None:
                metadata[node.name, position] = need
        elif not isinstance(known, Skipped):
            projects.update(_missing_projects(session, node, position))
    for need in needs.metadata:
        metadata.update(_descent(session, encoding, need))
    return replace(needs, likely_projects=tuple(projects), likely_metadata=tuple(metadata.values()))


def _missing_projects(session: Session, node: Node, position: int) -> dict[str, None]:
    try:
        active = session.active_of(node.name, position, node.environment, node.extra or "")
    except ValueError:
        return {}
    return {name: None for name, *_rest in active if name not in session.projects}


def _descent(
    session: Session, encoding: Encoding, need: MetadataNeed
) -> dict[tuple[str, int], MetadataNeed]:
    """Return the needs for the releases after one, if enough of the package were looked at."""
    name = need.releases.name
    seen = session.looked_at(name)
    if seen < _DESCENT:
        return {}
    found = encoding.first_candidates(name)
    if found is None:
        return {}
    environment, candidates = found
    allowed = _allowed_by_manifest(session, name, environment, candidates)
    ahead: dict[tuple[str, int], MetadataNeed] = {}
    allowed &= -1 << (candidates.preference(need.position) + 1)
    while len(ahead) < min(seen, _MAX_AHEAD):
        preference = candidates.first_usable(allowed)
        if preference is None:
            break
        allowed &= -1 << (preference + 1)
        position = candidates.position(preference)
        if (name, position) in session.metadata:
            continue
        following = session.metadata_need(candidates.releases, position, environment)
        if following is not None:
            ahead[name, position] = following
    return ahead


def _allowed_by_manifest(
    session: Session, name: str, environment: int, candidates: Candidates
) -> int:
    """Return the integer bitset (by preference) that the manifest's own lines allow."""
    allowed = (1 << len(candidates)) - 1
    for declared, where in session.restrictions.roots:
        if declared.requirement.name == name and where == environment:
            allowed &= int.from_bytes(candidates.matching(declared.requirement.specifier), "little")
    return allowed
