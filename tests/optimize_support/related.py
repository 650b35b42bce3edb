"""Problems like those of an index: a package asks for the same few packages in all releases, terms are boxes.

A term is on two packages of which one requires the other or which a third requires both, and names a
run of versions of each, more often recent ones: as `benchmarks/optimal_instances.py` draws them.
"""

from __future__ import annotations

import itertools


def related_document(random, *, packages=50, versions=12, terms=500):
    """Return a document with scores of releases and of pairs."""
    names = [f"p{index}" for index in range(packages)]
    listed = [str(number) for number in range(1, versions + 1)]
    children = {
        name: random.sample(names[index + 1 : index + 9], min(packages - index - 1, 2))
        for index, name in enumerate(names)
    }
    related = {(name, child) for name in names for child in children[name]}
    related |= {pair for name in names for pair in itertools.combinations(children[name], 2)}
    candidates = sorted(related)
    return {
        "format": "thoth-problem/1",
        "name": "related",
        "roots": names[:3],
        "packages": {
            name: {
                version: {
                    "requires": [
                        f"{child}>={random.randint(1, max(1, int(version) - 4))}"
                        for child in children[name]
                    ]
                }
                for version in listed
            }
            for name in names
        },
        "unary": {
            name: {version: 5 * int(version) + random.randint(0, 40) for version in listed}
            for name in names
        },
        "pairs": [_box(random, random.choice(candidates), listed) for _ in range(terms)],
    }


def _box(random, pair, listed):
    points = random.randint(10, 200)
    return {
        "a": pair[0],
        "a_versions": _run(random, listed),
        "b": pair[1],
        "b_versions": _run(random, listed),
        "score": points if random.randrange(3) == 0 else -points,
    }


def _run(random, listed):
    length = max(1, round(len(listed) * random.uniform(0.02, 0.35)))
    last = max(random.randrange(length - 1, len(listed)) for _ in range(2))
    return listed[last - length + 1 : last + 1]
