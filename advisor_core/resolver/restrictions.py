"""What a manifest says in each environment: what it requires, and how else it limits a package.

A line counts in the environments where its marker holds. Besides requirements there are constraints
(`-c`, which require nothing), pins of another category, and hashes that a line demands: a release
must then have a file with one of them, and only such files are part of a lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import Fault, InputError
from advisor_core.resolver import bits
from advisor_core.resolver.facts import Constrained
from advisor_core.standards import evaluate_marker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.model import Artifact, DeclaredRequirement
    from advisor_core.resolver.candidates import Candidates
    from advisor_core.resolver.facts import Fact
    from advisor_core.resolver.request import ResolutionRequest
    from advisor_core.standards import MarkerEnvironment

__all__ = ["Restrictions", "kept_packages"]


class Restrictions:
    """The lines of a manifest that count in each of a request's environments."""

    def __init__(self, request: ResolutionRequest, markers: Sequence[MarkerEnvironment]) -> None:
        """`markers` are parallel to the request's environments.

        Raises InputError with every line that cannot be resolved at all.
        """
        self._fixed = request.fixed
        self._constraints: dict[tuple[str, int], list[DeclaredRequirement]] = {}
        self._demands: dict[str, dict[int, list[DeclaredRequirement]]] = {}
        self._kept = [kept_packages(request, each) for each in markers]
        own = [_kept_names(request.requirements, each) for each in markers]
        self.roots: list[tuple[DeclaredRequirement, int]] = []
        """What is required, in the order declared, with the index of the environment."""
        faults: list[Fault] = []
        for declared in request.requirements:
            if declared.kept is None:
                for environment in _environments(declared, markers, faults):
                    if declared.requirement.name not in own[environment]:
                        self.roots.append((declared, environment))
                        self._note_demand(declared, environment)
        for declared in request.constraints:
            for environment in _environments(declared, markers, faults):
                key = declared.requirement.name, environment
                self._constraints.setdefault(key, []).append(declared)
                self._note_demand(declared, environment)
        if faults:
            raise InputError(tuple(faults))

    def kept(self, environment: int) -> frozenset[str]:
        """Return `kept_packages` of an environment."""
        return self._kept[environment]

    def exclusions(
        self, name: str, environment: int, candidates: Candidates
    ) -> Iterable[tuple[bytes, Fact]]:
        """Yield bitsets (by preference) of what may not be used of a package, each with the fact."""
        for declared in self._constraints.get((name, environment), ()):
            text = f"{declared.origin} allows only {declared.text}"
            rest = _all_but(candidates, declared.requirement.specifier)
            yield rest, Constrained(name, text, declared)
        if name in self._fixed:
            version = self._fixed[name]
            text = f"another category pins {name}=={version}"
            yield _all_but(candidates, f"=={version}"), Constrained(name, text, None)
        for declared in self._demands.get(name, {}).get(environment, ()):
            without = _without_file(candidates, declared)
            text = f"{declared.origin} demands hashes that no file of such a release has"
            yield without, Constrained(name, text, declared)

    def admits(self, name: str, artifact: Artifact) -> bool:
        """Return whether some environment may use a file, as far as demanded hashes go."""
        demands = self._demands.get(name)
        return demands is None or any(
            all(_has_hash(artifact, declared) for declared in lines) for lines in demands.values()
        )

    def _note_demand(self, declared: DeclaredRequirement, environment: int) -> None:
        if declared.hashes:
            demands = self._demands.setdefault(declared.requirement.name, {})
            demands.setdefault(environment, []).append(declared)


def kept_packages(request: ResolutionRequest, markers: MarkerEnvironment) -> frozenset[str]:
    """Return the packages that come from a VCS or a path in an environment, so from no index.

    Whoever requires one has it: which version it is would only be known by cloning it, and
    asking an index for its name is what dependency confusion waits for.
    """
    return _kept_names((*request.requirements, *request.kept_elsewhere), markers)


def _kept_names(
    requirements: Iterable[DeclaredRequirement], markers: MarkerEnvironment
) -> frozenset[str]:
    """Return the names of the entries that are kept verbatim where these markers hold."""
    return frozenset(
        declared.requirement.name
        for declared in requirements
        if declared.kept is not None and _holds(declared.requirement.marker, markers)
    )


def _holds(marker: str | None, markers: MarkerEnvironment) -> bool:
    try:
        return marker is None or evaluate_marker(marker, markers)
    except ValueError:
        return True  # the lock keeps the entry everywhere


def _environments(
    declared: DeclaredRequirement, markers: Sequence[MarkerEnvironment], faults: list[Fault]
) -> list[int]:
    """Return where a line counts; add what is wrong with it to `faults`."""
    place, requirement = str(declared.origin), declared.requirement
    if requirement.url is not None:
        message = f"a direct URL cannot be resolved: {declared.text!r}"
        hint = "name a version on an index instead, or keep it as a VCS entry of a Pipfile"
        faults.append(Fault(place, message, hint))
        return []
    if requirement.marker is None:
        return list(range(len(markers)))
    try:
        return [
            environment
            for environment, known in enumerate(markers)
            if evaluate_marker(requirement.marker, known)
        ]
    except ValueError:
        # It can be read, so its comparison is one that PEP 508 leaves undefined.
        message = f"a marker that compares what cannot be compared so: {requirement.marker!r}"
        hint = "compare versions with `<`, `>=` or `~=`, other values with `==`, `!=` or `in`"
        faults.append(Fault(place, message, hint))
        return []


def _all_but(candidates: Candidates, specifier: str) -> bytes:
    """Return the bitset of what a specifier does not hold."""
    everything = int.from_bytes(bits.full(len(candidates)), "little")
    allowed = int.from_bytes(candidates.matching(specifier), "little")
    return (everything & ~allowed).to_bytes((len(candidates) + 7) >> 3, "little")


def _without_file(candidates: Candidates, declared: DeclaredRequirement) -> bytes:
    """Return the bitset of what a line's specifier holds and no file of which has a demanded hash."""
    found = 0
    for preference in bits.indexes(candidates.matching(declared.requirement.specifier)):
        artifacts = candidates.releases.artifacts(candidates.position(preference))
        if not any(_has_hash(artifact, declared) for artifact in artifacts):
            found |= 1 << preference
    return found.to_bytes((len(candidates) + 7) >> 3, "little")


def _has_hash(artifact: Artifact, declared: DeclaredRequirement) -> bool:
    return any(f"{name}:{digest}" in declared.hashes for name, digest in artifact.hashes.items())
