"""Problems that use every feature of the format, too large for brute force, for solvers of other kinds."""

from __future__ import annotations

from optimize_support.layered import layered_document


def featured_document(
    random, *, packages=12, versions=4, pairs=20, terms=24, levels=False, forbidding=False
):
    """Return a document with circles, extras, virtual releases, long terms, absence, `unless` and more.

    `forbidding`: most terms forbid or require, so that there may be no stack.
    """
    document = layered_document(random, packages=packages, versions=versions, pairs=pairs)
    names = list(document["packages"])
    _add_circles(random, document, names)
    _add_extras(random, document, names)
    for name in random.sample(names, 2):
        for release in document["packages"][name].values():
            release["virtual"] = random.random() < 0.5
    document["terms"] = [_term(random, document, 1 if forbidding else 6) for _ in range(terms)]
    if not levels:
        return document
    more = {
        "pairs": document.pop("pairs"),
        "unary": document.pop("unary"),
        "terms": document.pop("terms"),
    }
    halves = [slice(None, None, 2), slice(1, None, 2)]
    return document | {
        "levels": [
            {
                "name": str(number),
                "unary": dict(list(more["unary"].items())[half]),
                "pairs": more["pairs"][half],
                "terms": more["terms"][half],
            }
            for number, half in enumerate(halves)
        ]
    }


def _add_circles(random, document, names):
    """Have releases require packages before them: packages that could hold each other up."""
    for _ in range(len(names) // 3):
        one, other = sorted(random.sample(range(2, len(names)), 2))
        for version, release in document["packages"][names[other]].items():
            if random.random() < 0.7:
                document["packages"][names[one]][version]["requires"].append(names[other])
                release["requires"].append(names[one])


def _add_extras(random, document, names):
    """Give two packages an extra, which asks for one package more and which others ask for."""
    for name in random.sample(names[1:], 2):
        releases = document["packages"][name]
        node = f"{name}[x]"
        document["packages"][node] = {
            version: {"requires": [f"{name}=={version}", random.choice(names)]}
            for version in releases
        }
        asking = random.choice([other for other in names if other != name])
        for release in document["packages"][asking].values():
            release["requires"] = [node, *release["requires"]]
        document["unary"][node] = {version: random.randint(-20, 30) for version in releases}


def _condition(random, document):
    name = random.choice(list(document["packages"]))
    if random.random() < 0.2:
        return {"package": name, "absent": True}
    listed = list(document["packages"][name])
    return {"package": name, "versions": random.sample(listed, random.randint(1, len(listed)))}


def _conditions(random, document, least, most):
    return [_condition(random, document) for _ in range(random.randint(least, most))]


def _requirement(random, document):
    name = random.choice(list(document["packages"]))
    text = name + random.choice(["", ">=2", "<4", "!=1"])
    if random.random() < 0.5:
        return {"requirement": text, "unless": _conditions(random, document, 1, 2)}
    return text


def _term(random, document, scored):
    kind = random.choice(["score"] * scored + ["forbid", "requires"])
    if kind == "score":
        when = _conditions(random, document, 3, 5)
        return {"when": when, "score": random.choice([-1, 1]) * random.randint(5, 60)}
    if kind == "forbid":
        return {"when": _conditions(random, document, 2, 4), "forbid": "they clash"}
    when = _conditions(random, document, 2, 3)
    return {"when": when, "requires": [_requirement(random, document)]}
