"""Writes a problem as `thoth-problem/1`: reading it again gives a problem with the same answers. Pure."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from advisor_core.resolver.problem import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.resolver.problem import (
        Condition,
        ConditionalRequirement,
        Level,
        Pair,
        Problem,
        Release,
        Term,
    )

__all__ = ["problem_as_json", "write_problem"]


def write_problem(problem: Problem) -> bytes:
    """Return the problem as gzipped JSON; the same bytes for the same problem."""
    text = json.dumps(problem_as_json(problem), ensure_ascii=False, separators=(",", ":"))
    # No time stamp: the digest of the file is that of the problem.
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def problem_as_json(problem: Problem) -> dict[str, object]:
    """Return the problem as JSON values; versions that are sets come sorted."""
    document: dict[str, object] = {
        "format": FORMAT,
        "name": problem.name,
        "roots": [_requirement(each) for each in problem.roots],
        "packages": {
            node: {version: _release(release) for version, release in releases.items()}
            for node, releases in problem.packages.items()
        },
    }
    if len(problem.levels) == 1 and not problem.levels[0].name:
        document |= _level(problem.levels[0])
    else:
        document["levels"] = [{"name": each.name, **_level(each)} for each in problem.levels]
    return document


def _release(release: Release) -> dict[str, object]:
    found: dict[str, object] = {"requires": [_requirement(each) for each in release.requires]}
    if release.virtual:
        found["virtual"] = True
    return found


def _requirement(requirement: ConditionalRequirement) -> object:
    if requirement.unless is None:
        return requirement.text
    return {"requirement": requirement.text, "unless": _conditions(requirement.unless)}


def _conditions(conditions: Iterable[Condition]) -> list[dict[str, object]]:
    return [
        {"package": each.node, "absent": True}
        if each.versions is None
        else {"package": each.node, "versions": sorted(each.versions)}
        for each in conditions
    ]


def _level(level: Level) -> dict[str, object]:
    return {
        "unary": {node: dict(points) for node, points in level.unary.items()},
        "pairs": [_pair(each) for each in level.pairs],
        "terms": [_term(each) for each in level.terms],
    }


def _pair(pair: Pair) -> dict[str, object]:
    found: dict[str, object] = {
        "a": pair.a,
        "a_versions": sorted(pair.a_versions),
        "b": pair.b,
        "b_versions": sorted(pair.b_versions),
        "score": pair.score,
    }
    return found | ({"source": pair.source} if pair.source else {})


def _term(term: Term) -> dict[str, object]:
    found: dict[str, object] = {"when": _conditions(term.when)}
    if term.score is not None:
        found["score"] = term.score
    elif term.forbid is not None:
        found["forbid"] = term.forbid
    else:
        found["requires"] = [_requirement(each) for each in term.requires or ()]
    return found | ({"source": term.source} if term.source else {})
