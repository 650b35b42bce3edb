"""A whole problem, told bit by bit: what the lazy search is tested with."""

from __future__ import annotations

from advisor_core.resolver.partial_problem import PartialProblem
from advisor_core.resolver.problem import Release
from advisor_core.values import replace


class DocumentSource:
    """Hides what releases require, and which packages are listed, until asked.

    With a random number generator some releases are loaded from the start, and packages that nothing
    loaded names are unlisted; without one every package is listed.
    """

    def __init__(self, whole, random, *, loaded=()):
        self.whole = whole
        self.loaded = set(loaded)
        self.listed = set(whole.packages) if random is None else set()
        if random is not None:
            self.loaded |= {
                (node, version)
                for node, releases in whole.packages.items()
                for version in releases
                if random.random() < 0.2
            }
            self.listed |= {node for node in whole.packages if random.random() < 0.3}
        self.list_named()

    def load(self, wanted):
        for node, version in wanted:
            if version is None:
                assert node not in self.listed
                self.listed.add(node)
            else:
                assert (node, version) not in self.loaded
                self.loaded.add((node, version))
        self.list_named()

    def list_named(self):
        """List what the roots and loaded releases of listed packages name."""
        before = -1
        while before != len(self.listed):
            before = len(self.listed)
            self.listed |= {
                target
                for requirement in self.whole.roots
                for target in requirement.targets
                if target in self.whole.packages
            }
            self.listed |= {
                target
                for node, version in self.loaded
                if node in self.listed
                for requirement in self.whole.packages[node][version].requires
                for target in requirement.targets
                if target in self.whole.packages
            }

    def known(self):
        packages, unloaded = {}, {}
        for node, releases in self.whole.packages.items():
            if node not in self.listed:
                continue
            packages[node] = {
                version: release if (node, version) in self.loaded else Release((), release.virtual)
                for version, release in releases.items()
            }
            unloaded[node] = frozenset(v for v in releases if (node, v) not in self.loaded)
        return PartialProblem(
            replace(self.whole, packages=packages),
            unloaded,
            frozenset(self.whole.packages.keys() - self.listed),
        )
