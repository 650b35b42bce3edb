"""A problem on which searches differ, and whose optimum the exact search proves at once."""

from __future__ import annotations

import json
import random

from advisor_core.resolver.problem_file import read_problem


def draw_large(seed=1, packages=30, versions=8):
    """Return a problem with conflicts: each release wants recent ones of the next packages."""
    draw = random.Random(seed)
    names = [f"p{index}" for index in range(packages)]
    document = {"format": "thoth-problem/1", "name": "large", "roots": names[:3], "packages": {}}
    for index, name in enumerate(names):
        later = names[index + 1 : index + 4]
        document["packages"][name] = {
            str(version): {
                "requires": [f"{other}>={max(1, version - draw.randint(1, 4))}" for other in later]
            }
            for version in range(1, versions + 1)
        }
    document["unary"] = {
        name: {str(version): draw.randint(-50, 50) for version in range(1, versions + 1)}
        for name in names
    }
    document["pairs"] = [
        {
            "a": a,
            "a_versions": [str(draw.randint(1, versions)) for _ in range(3)],
            "b": b,
            "b_versions": [str(draw.randint(1, versions)) for _ in range(3)],
            "score": draw.randint(-90, 60),
        }
        for a, b in (draw.sample(names, 2) for _ in range(120))
    ]
    return read_problem(json.dumps(document).encode(), place="large.json")
