"""Seeded problems for `optimal.py`: pair terms laid over the graph and unary scores of a problem.

Terms score +-[10, 200], two of three negative, on packages that depend on each other or have a
parent in common. Shapes: `box`, a range of versions times a range (2-35 % of each, biased to the
recent ones); `point`, one version times one; `core`, boxes on the 12 best connected packages.
"""

from __future__ import annotations

import gzip
import itertools
import json
import random
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

Document = dict[str, Any]
"""A problem as JSON."""

CORE_SIZE = 12


def load_graph(path: str) -> Document:
    """Return the document of a problem file."""
    content = Path(path).read_bytes()
    return json.loads(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)


def merge_graphs(documents: list[Document]) -> Document:
    """Return one document with the roots, packages and unary scores of all."""
    merged = {"format": "thoth-problem/1", "roots": [], "packages": {}, "unary": {}}
    for document in documents:
        merged["roots"] += [root for root in document["roots"] if root not in merged["roots"]]
        for name, releases in document["packages"].items():
            known = merged["packages"].setdefault(name, {})
            for version, release in releases.items():
                known.setdefault(version, release)
        for name, scores in document.get("unary", {}).items():
            known = merged["unary"].setdefault(name, {})
            for version, score in scores.items():
                known.setdefault(version, score)
    return merged


def keep_newest(graph: Document, count: int) -> Document:
    """Return the document with the newest `count` versions of each package."""
    packages = {}
    for name, releases in graph["packages"].items():
        kept = sorted(releases, key=Version)[-count:]
        packages[name] = {version: releases[version] for version in kept}
    return graph | {"packages": packages}


def make_instance(graph: Document, *, terms: int, seed: int, shape: str = "box") -> Document:
    """Return a document: the graph with `terms` pair terms drawn with `seed`."""
    draw = random.Random(f"{seed}/{terms}/{shape}")
    versions = {name: sorted(releases, key=Version) for name, releases in graph["packages"].items()}
    candidates = _related_pairs(graph)
    if shape == "core":
        degrees: dict[str, int] = {}
        for a, b in candidates:
            degrees[a] = degrees.get(a, 0) + 1
            degrees[b] = degrees.get(b, 0) + 1
        core = set(sorted(degrees, key=lambda name: (-degrees[name], name))[:CORE_SIZE])
        candidates = [pair for pair in candidates if core.issuperset(pair)]
    pick = _point if shape == "point" else _range
    pairs = []
    for _ in range(terms):
        a, b = draw.choice(candidates)
        points = draw.randint(10, 200)
        pairs.append(
            {
                "a": a,
                "a_versions": pick(draw, versions[a]),
                "b": b,
                "b_versions": pick(draw, versions[b]),
                "score": points if draw.randrange(3) == 0 else -points,
            }
        )
    return graph | {"name": f"{terms}-{shape}-{seed}", "pairs": pairs, "terms": []}


def _point(draw: random.Random, versions: list[str]) -> list[str]:
    return [draw.choice(versions)]


def _range(draw: random.Random, versions: list[str]) -> list[str]:
    length = max(1, round(len(versions) * draw.uniform(0.02, 0.35)))
    # The larger of two draws: recent versions are named more often.
    last = max(draw.randrange(length - 1, len(versions)) for _ in range(2))
    return versions[last - length + 1 : last + 1]


def _related_pairs(graph: Document) -> list[tuple[str, str]]:
    """Return the pairs of packages with an edge or a parent in common, sorted."""
    related = set()
    names: dict[str, str] = {}
    for package, releases in graph["packages"].items():
        children = set()
        for release in releases.values():
            for text in release["requires"]:
                if text not in names:
                    names[text] = Requirement(text).name
                children.add(names[text])
        children &= graph["packages"].keys()
        related |= {tuple(sorted((package, child))) for child in children if child != package}
        related |= {tuple(sorted(pair)) for pair in itertools.combinations(children, 2)}
    return sorted(related)
