"""Random problems that use every feature of the format, small enough for brute force."""

from __future__ import annotations

NAMES = ("a", "b", "c", "d", "a[x]", "e")
VERSIONS = ("1", "2", "3rc1", "2+local")
SPECIFIERS = ("", "", "", "", ">=2", "<2", "==2", "!=1", "==1", "<3", "==2+local", ">=9")


class Generator:
    """Draws documents of `thoth-problem/1` from a random number generator."""

    def __init__(self, random):
        self.random = random
        self.names = random.sample(NAMES, random.randint(1, 5))

    def name(self):
        # `ghost` is no package: what names it is ignored, or cannot be met.
        return "ghost" if self.random.random() < 0.03 else self.random.choice(self.names)

    def versions(self):
        # Version 7 is in no package either.
        return self.random.sample([*VERSIONS, "7"], self.random.randint(0, 4))

    def points(self):
        return self.random.randint(-6, 6)

    def condition(self):
        if self.random.random() < 0.3:
            return {"package": self.name(), "absent": True}
        return {"package": self.name(), "versions": self.versions()}

    def conditions(self, most=3):
        return [self.condition() for _ in range(self.random.randint(0, most))]

    def requirement(self):
        name = self.name()
        if name == "a" and self.random.random() < 0.3:
            name = self.random.choice(["a[x]", "a[x,y]", "a[y]"])
        text = name + self.random.choice(SPECIFIERS)
        if self.random.random() < 0.2:
            return {"requirement": text, "unless": self.conditions(2)}
        return text

    def requirements(self, most):
        return [self.requirement() for _ in range(self.random.randint(0, most))]

    def release(self):
        release = {"requires": self.requirements(2)}
        if self.random.random() < 0.15:
            release["virtual"] = True
        return release

    def package(self):
        versions = self.random.sample(VERSIONS, self.random.randint(1, 3))
        return {version: self.release() for version in versions}

    def pair(self):
        a, b = self.random.sample(self.names, 2)
        return {
            "a": a,
            "a_versions": self.versions(),
            "b": b,
            "b_versions": self.versions(),
            "score": self.points(),
            "source": "test",
        }

    def term(self):
        kind = self.random.choice(["score", "score", "score", "forbid", "requires"])
        if kind == "score":
            return {"when": self.conditions(4), "score": self.points()}
        if kind == "forbid":
            return {"when": [self.condition(), *self.conditions(2)], "forbid": "because"}
        return {"when": self.conditions(), "requires": self.requirements(2)}

    def objective(self):
        objective = {}
        if self.random.random() < 0.8:
            objective["unary"] = {
                name: {version: self.points() for version in self.versions()}
                for name in [*self.names, "ghost"]
            }
        if self.random.random() < 0.8 and len(self.names) > 1:
            objective["pairs"] = [self.pair() for _ in range(self.random.randint(0, 6))]
        if self.random.random() < 0.7:
            objective["terms"] = [self.term() for _ in range(self.random.randint(0, 3))]
        return objective

    def document(self, *, levels=0):
        """Return a document; with `levels`, one that has so many of them."""
        document = {
            "format": "thoth-problem/1",
            "name": "random",
            "packages": {name: self.package() for name in self.names},
            "roots": self.requirements(3),
        }
        if not levels:
            return document | self.objective()
        return document | {
            "levels": [{"name": str(level)} | self.objective() for level in range(levels)]
        }
