"""Guesses what a resolution will ask for, so that it can be fetched before it is asked for.

A walk through the newest releases without any search: right for most packages of most stacks. What it
says changes no answer, only how long the answer takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.model import Skipped
from advisor_core.releases import CoreMetadata
from advisor_core.resolver.candidates import (
    Admission,
    Candidates,
    pick_metadata_artifact,
)
from advisor_core.resolver.needs import MetadataNeed
from advisor_core.resolver.restrictions import kept_packages
from advisor_core.standards import (
    MarkerEnvironment,
    active_requirements,
    evaluate_marker,
    specifier_names_prerelease,
)
from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from advisor_core.releases import ProjectReleases
    from advisor_core.resolver.request import ResolutionRequest

__all__ = ["Guess", "Speculator"]

_MAX_GUESSES = 2000
"""Releases guessed in one resolution. Past it nothing more is guessed; the search asks for itself."""


@dataclass(slots=True)
class Guess:
    """What to fetch early."""

    projects: list[str] = field(default_factory=list)
    metadata: list[MetadataNeed] = field(default_factory=list)


class Speculator:
    """Follows the newest releases that the specifiers seen so far allow, in the first environment."""

    def __init__(self, request: ResolutionRequest) -> None:
        self._request = request
        self._environment = request.environments[0]
        self._markers = MarkerEnvironment(self._environment.markers)
        self._kept = kept_packages(request, self._markers)
        self._specifiers: dict[str, set[str]] = {}
        self._extras: dict[str, set[str]] = {}
        self._candidates: dict[str, Candidates] = {}
        self._metadata: dict[tuple[str, int], CoreMetadata] = {}
        self._guessed: dict[str, int] = {}
        self._asked: set[str] = set()
        self._guesses = 0

    def start(self) -> Guess:
        """Return what the manifest's own requirements will need."""
        guess = Guess()
        for declared in self._request.requirements:
            requirement = declared.requirement
            if declared.kept is not None or requirement.url is not None:
                continue
            if requirement.marker is None or evaluate_marker(requirement.marker, self._markers):
                self._note(requirement.name, requirement.extras, requirement.specifier, guess)
        for declared in self._request.constraints:
            name = declared.requirement.name
            self._specifiers.setdefault(name, set()).add(declared.requirement.specifier)
        for name, version in self._request.fixed.items():
            self._specifiers.setdefault(name, set()).add(f"=={version}")
        return guess

    def saw_project(self, name: str, releases: ProjectReleases | Skipped) -> Guess:
        """Return what is likely next, now that a project is known."""
        guess = Guess()
        if not isinstance(releases, Skipped):
            wanted = any(map(specifier_names_prerelease, self._specifiers.get(name, ())))
            self._candidates[name] = Candidates(
                releases,
                environment=self._environment,
                policy=self._request.policy,
                admission=Admission("wanted" if wanted else "needed"),
            )
            self._pick(name, guess)
        return guess

    def saw_metadata(self, name: str, position: int, metadata: CoreMetadata | Skipped) -> Guess:
        """Return what is likely next, now that a release's metadata is known."""
        guess = Guess()
        if isinstance(metadata, CoreMetadata):
            self._metadata[name, position] = metadata
            self._follow(name, position, guess)
        return guess

    def _follow(self, name: str, position: int, guess: Guess) -> None:
        metadata = self._metadata[name, position]
        for extra in ("", *sorted(self._extras.get(name, ()))):
            try:
                active = active_requirements(metadata.requires_dist, self._markers, extra)
            except ValueError:
                return
            for required, extras, specifier, url, _line in active:
                if url is None and required not in self._kept:
                    self._note(required, extras, specifier, guess)

    def _note(self, name: str, extras: tuple[str, ...], specifier: str, guess: Guess) -> None:
        specifiers = self._specifiers.setdefault(name, set())
        known_extras = self._extras.setdefault(name, set())
        new = specifier not in specifiers or not known_extras.issuperset(extras)
        specifiers.add(specifier)
        known_extras.update(extras)
        if name not in self._asked:
            self._asked.add(name)
            guess.projects.append(name)
        elif new and name in self._candidates:
            self._pick(name, guess)

    def _pick(self, name: str, guess: Guess) -> None:
        candidates = self._candidates[name]
        allowed = (1 << len(candidates)) - 1
        for specifier in self._specifiers.get(name, ()):
            allowed &= int.from_bytes(candidates.matching(specifier), "little")
        preference = candidates.first_usable(allowed)
        if preference is None or self._guesses >= _MAX_GUESSES:
            return
        position = candidates.position(preference)
        if (name, position) in self._metadata:
            self._follow(name, position, guess)
        elif self._guessed.get(name) != position:
            self._guessed[name] = position
            self._guesses += 1
            artifact = pick_metadata_artifact(
                candidates.releases, position, self._environment, policy=self._request.policy
            )
            if artifact is not None:
                guess.metadata.append(MetadataNeed(candidates.releases, position, artifact))
