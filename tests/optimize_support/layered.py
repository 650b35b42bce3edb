"""Problems of a realistic shape, too large for brute force: layers of packages, ranges, pair terms."""

from __future__ import annotations


def layered_document(random, *, packages=24, versions=8, pairs=60):
    """Return a document whose packages require packages further on, within ranges of versions."""
    names = [f"p{index}" for index in range(packages)]
    listed = [str(number) for number in range(1, versions + 1)]
    document = {"format": "thoth-problem/1", "name": "layered", "roots": names[:2], "packages": {}}
    for index, name in enumerate(names):
        document["packages"][name] = {
            version: {"requires": _requirements(random, names[index + 1 :], int(version), versions)}
            for version in listed
        }
    document["unary"] = {
        name: {version: 5 * int(version) + random.randint(-9, 9) for version in listed}
        for name in names
    }
    document["pairs"] = [_pair(random, names, listed) for _ in range(pairs)]
    return document


def _requirements(random, later, version, versions):
    chosen = random.sample(later, min(len(later), random.randint(1, 3)))
    return [f"{name}>={random.randint(1, max(1, min(version, versions - 2)))}" for name in chosen]


def _pair(random, names, listed):
    a, b = random.sample(names, 2)
    return {
        "a": a,
        "a_versions": random.sample(listed, random.randint(1, min(4, len(listed)))),
        "b": b,
        "b_versions": random.sample(listed, random.randint(1, min(4, len(listed)))),
        "score": random.choice([-1, -1, 1]) * random.randint(5, 60),
    }
